"""What is true of the mail as a whole, and how one candidate stands to the others: cues that need to see all."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from parsers.dutch import compact, folded, knowledge, words
from parsers.extraction import Candidate, Kind
from parsers.fields.organisations import in_domain
from parsers.fields.people import display_names, in_address, same_person
from parsers.fields.reading import Reading, Voice

NEAR = 150
"""Characters within which a name before a value says whose the value is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A mail with all its candidates, and what has been decided so far."""

    reading: Reading
    kind: Kind
    candidates: tuple[Candidate, ...]
    chosen: Mapping[str, Candidate] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    old: frozenset[str] = frozenset()
    """Values that quoted letters hold already."""

    def having(self, field: str, candidate: Candidate | None) -> "Situation":
        """The situation once a field is decided."""
        return replace(self, chosen={**self.chosen, field: candidate}) if candidate else self

    def of(self, field: str) -> list[Candidate]:
        """The candidates for a field."""
        return [candidate for candidate in self.candidates if candidate.field == field]


def situation_of(reading: Reading, kind: Kind, candidates: Iterable[Candidate]) -> Situation:
    """Look at a mail as a whole."""
    found = tuple(candidates)
    return Situation(
        reading=reading,
        kind=kind,
        candidates=found,
        flags=tuple(_flags(reading, kind)),
        old=frozenset(
            _key(c) for c in found if c.cues and c.cues[0] in ("voice:organiser", "voice:earlier", "voice:quoted")
        ),
    )


def _flags(reading: Reading, kind: Kind) -> Iterator[str]:
    voices = {passage.voice for passage in reading.passages}
    own = sum(passage.end - passage.start for passage in reading.passages if passage.voice is Voice.OWN)
    if kind is Kind.SUPPLEMENT:
        yield "supplement"
        if reading.message.in_reply_to or Voice.ORGANISER in voices or Voice.EARLIER in voices:
            yield "reply"
    if Voice.FORWARDED in voices:
        yield "forward"
    if Voice.ATTACHMENT in voices:
        yield "attachment"
    if not any(True for _ in display_names(reading.message.from_.name)):
        yield "office"
    if own < 300:
        yield "short"
    host = reading.message.from_.address.rpartition("@")[2]
    if host in words("contacts", "providers"):
        yield "provider"


def _key(candidate: Candidate) -> str:
    return f"{candidate.field}={compact(candidate.value)}"


def cues_of(candidate: Candidate, situation: Situation) -> list[str]:
    """All that speaks for or against a candidate: its own cues, those of its place among others, and of the mail."""
    cues = list(candidate.cues)
    voice = candidate.cues[0] if candidate.cues else "voice:none"
    cues.extend(_RELATIONS[candidate.field](candidate, situation) if candidate.field in _RELATIONS else ())
    cues.extend(f"{voice}&{cue}" for cue in cues[1:])
    cues.extend(f"{voice}&mail:{flag}" for flag in situation.flags)
    if situation.kind is Kind.SUPPLEMENT:
        state = "old" if _key(candidate) in situation.old else "new"
        cues.extend((f"sup:{state}", f"sup:{voice}", f"sup:{state}&{voice}"))
        cues.extend(f"sup:{cue}" for cue in candidate.cues[1:])
    return cues


def nothing_cues(field: str, situation: Situation) -> list[str]:
    """What speaks for a field not being given at all."""
    found = situation.of(field)
    own = [c for c in found if c.cues[0] in ("voice:own", "voice:signature", "voice:attachment", "voice:subject")]
    cues = ["nothing", f"nothing:own:{min(len(own), 2)}"]
    cues.extend(f"nothing:{flag}" for flag in situation.flags)
    return cues


def _name(candidate: Candidate, situation: Situation) -> Iterator[str]:
    message = situation.reading.message
    senders = list(display_names(message.from_.name))
    if any(same_person(candidate.value, sender) for sender in senders):
        yield "is-sender"
    elif senders:
        yield "not-sender"
    shown = in_address(candidate.value, message.from_.address)
    yield f"from-address:{shown}"
    others = [c for c in situation.of("email") if c.value != message.from_.address]
    best = {in_address(candidate.value, c.value) for c in others}
    if "surname" in best:
        yield "other-address:surname"
    same = [c for c in situation.of("name") if same_person(c.value, candidate.value)]
    yield f"said:{min(len(same), 4)}"
    longest = max((_full_words(c.value) for c in same), default=0)
    yield "fullest" if _full_words(candidate.value) >= longest else "shorter"
    if any(c.evidence.extractor == "label" for c in same):
        yield "same-as-label"
    if any("before:self" in c.cues for c in same):
        yield "same-as-self"
    if any(c.evidence.extractor == "closing" and c.cues[0] in ("voice:signature", "voice:own") for c in same):
        yield "same-as-closing"
    if any("before:behalf" in c.cues for c in same):
        yield "same-as-behalf"
    if any(c.cues[0].startswith("voice:forwarded") for c in same):
        yield "same-as-forwarded"
    if any("before:greeting" in c.cues for c in same):
        yield "same-as-greeted"
    for kind in ("role", "phone", "email"):
        if _follows(candidate, situation, kind):
            yield f"then-{kind}"


def _full_words(name: str) -> int:
    return len([word for word in re.split(r"[\s.]+", name) if len(word) > 1])


def _follows(candidate: Candidate, situation: Situation, field: str) -> bool:
    here = candidate.evidence
    return any(
        other.evidence.part == here.part and -2 <= other.evidence.start - here.end <= 45
        for other in situation.of(field)
        if other.evidence.extractor not in ("author", "header")
    )


def _whose(candidate: Candidate, situation: Situation) -> Iterator[str]:
    """Say whose a value is by the names that stand nearest before it and on its line."""
    chosen = situation.chosen.get("name")
    here = candidate.evidence
    text = next((p.text for p in situation.reading.passages if p.part == here.part), "")
    names = [
        c
        for c in situation.of("name")
        if c.evidence.part == here.part and c.evidence.extractor not in ("author", "header")
    ]
    before = [c for c in names if 0 <= here.start - c.evidence.end <= NEAR]
    nearest = max(before, key=lambda c: c.evidence.end, default=None)
    if nearest is None:
        yield "near:nobody"
    else:
        mine = chosen is not None and same_person(nearest.value, chosen.value)
        line = "\n" not in text[nearest.evidence.end : here.start]
        yield f"near:{'me' if mine else 'other'}"
        if line:
            yield f"line:{'me' if mine else 'other'}"
    after = [
        c for c in names if 0 <= c.evidence.start - here.end <= 40 and "\n" not in text[here.end : c.evidence.start]
    ]
    first = min(after, key=lambda c: c.evidence.start, default=None)
    if first is not None and (nearest is None or first.evidence.start - here.end < here.start - nearest.evidence.end):
        yield f"then:{'me' if chosen and same_person(first.value, chosen.value) else 'other'}"
    if chosen is not None and _voices_meet(chosen, candidate):
        yield "with-me"


def _voices_meet(one: Candidate, other: Candidate) -> bool:
    if one.cues[0] == other.cues[0]:
        return True
    pair = {one.cues[0], other.cues[0]}
    return pair in (
        {"voice:own", "voice:signature"},
        {"voice:forwarded", "voice:forwarded-signature"},
        {"voice:own", "voice:header"},
        {"voice:signature", "voice:header"},
    )


def _email(candidate: Candidate, situation: Situation) -> Iterator[str]:
    yield from _whose(candidate, situation)
    message = situation.reading.message
    chosen = situation.chosen.get("name")
    local, _, host = candidate.value.partition("@")
    if chosen:
        shown = in_address(chosen.value, candidate.value)
        yield f"mine:{shown}"
        if not shown:
            others = [c.value for c in situation.of("name") if not same_person(c.value, chosen.value)]
            if any(in_address(name, candidate.value) == "surname" for name in others):
                yield "somebody-else's"
    if candidate.value == message.from_.address:
        yield "is-from"
    from_host = message.from_.address.rpartition("@")[2]
    yield "provider" if host in words("contacts", "providers") else "same-host" if host == from_host else "other-host"
    offices = knowledge("people")["offices"]["words"]
    if any(local.startswith(word) for word in offices if len(word) > 2):
        yield "office"
    said = [c for c in situation.of("email") if c.value == candidate.value and c.evidence.extractor == "address"]
    yield f"said:{min(len(said), 2)}"
    distinct = {
        c.value for c in situation.of("email") if c.evidence.extractor == "address" and c.cues[0] != "voice:organiser"
    }
    yield f"addresses:{min(len(distinct), 3)}"
    if any(box.address == candidate.value for box in (*message.to, *message.cc)):
        yield "is-copied"
    if chosen and chosen.cues[0] in ("voice:header",) and candidate.value == message.from_.address:
        yield "from-with-name"


def _phone(candidate: Candidate, situation: Situation) -> Iterator[str]:
    yield from _whose(candidate, situation)
    found = [c for c in situation.of("phone") if c.cues[0] != "voice:organiser"]
    values = {c.value for c in found}
    yield f"numbers:{min(len(values), 3)}"
    mobiles = {value for value in values if value.startswith("+316")}
    if candidate.value in mobiles:
        yield "only-mobile" if len(mobiles) == 1 else "one-of-mobiles"
    elif mobiles:
        yield "mobile-elsewhere"
    own = [c for c in found if c.cues[0] == "voice:own"]
    if candidate.cues[0] == "voice:signature" and own:
        yield "other-in-text"
    said = sum(c.value == candidate.value for c in found)
    yield f"said:{min(said, 3)}"
    order = sorted({c.evidence.start for c in found if c.evidence.part == candidate.evidence.part})
    yield f"place:{min(order.index(candidate.evidence.start), 2) if candidate.evidence.start in order else 'x'}"


def _role(candidate: Candidate, situation: Situation) -> Iterator[str]:
    yield from _whose(candidate, situation)
    found = [c for c in situation.of("role") if c.cues[0] != "voice:organiser"]
    low = candidate.value.lower()
    said = {(c.evidence.part, c.evidence.start) for c in found if c.value.lower() == low}
    yield f"said:{min(len(said), 3)}"
    elsewhere = [c for c in found if c.evidence.start != candidate.evidence.start and low in c.value.lower()]
    if elsewhere:
        yield "longer-elsewhere"
    if any(c.evidence.extractor == "label" and low in c.value.lower() for c in found):
        yield "in-label"
    yield f"words:{min(len(low.split()), 6)}"
    before = [
        c
        for c in situation.of("organisation")
        if 0 <= c.evidence.start - candidate.evidence.end <= 12 and c.evidence.part == candidate.evidence.part
    ]
    if before:
        yield "then-organisation"


def _organisation(candidate: Candidate, situation: Situation) -> Iterator[str]:
    yield from _whose(candidate, situation)
    message = situation.reading.message
    email = situation.chosen.get("email")
    address = email.value if email else message.from_.address
    hosts = {a.rpartition("@")[2] for a in (address, message.from_.address)} - words("contacts", "providers")
    shown = [in_domain(candidate.value, host) for host in hosts if host]
    yield f"domain:{next((s for s in ('all', 'core', 'part') if s in shown), 'none' if hosts else 'unknown')}"
    found = situation.of("organisation")
    key = compact(candidate.value)
    same = {(c.evidence.part, c.evidence.start) for c in found if compact(c.value) == key}
    yield f"said:{min(len(same), 4)}"
    holding = [c for c in found if key != compact(c.value) and key in compact(c.value)]
    if any(
        c.evidence.part == candidate.evidence.part
        and c.evidence.start <= candidate.evidence.start
        and c.evidence.end >= candidate.evidence.end
        for c in holding
    ):
        yield "inside-longer"
    if any(c.cues[0] == "voice:sender" and (key in compact(c.value) or compact(c.value) in key) for c in found):
        yield "in-sender"
    if (
        any(c.cues[0] == "voice:subject" and (key in compact(c.value)) for c in found)
        and candidate.cues[0] != "voice:subject"
    ):
        yield "in-subject"
    if any(c.evidence.extractor == "label" and key in compact(c.value) for c in found):
        yield "in-label"
    if any(c.cues[0] == "voice:signature" and key in compact(c.value) for c in found):
        yield "in-signature"
    yield f"words:{min(len(candidate.value.split()), 6)}"
    low = folded(candidate.value)
    if re.match(r"(?:stichting|onderwijsgroep|scholengroep|stg)\b", low):
        yield "is:board"
    if re.search(r"\b(?:swv|samenwerkingsverband)\b", low):
        yield "is:swv"
    if re.search(r"\b(?:ontwikkelgroep\w*|steunpunt|ncoj|passend onderwijs)\b", low):
        yield "is:ours"
    for role in situation.of("role"):
        gap = candidate.evidence.start - role.evidence.end
        if role.evidence.part == candidate.evidence.part and 0 <= gap <= 14:
            chosen = situation.chosen.get("role")
            yield "after-role" if not chosen or chosen.value.lower() in role.value.lower() else "after-other-role"
            break


def _place(candidate: Candidate, situation: Situation) -> Iterator[str]:
    message = situation.reading.message
    chosen = situation.chosen.get("organisation")
    here = candidate.evidence
    key = compact(candidate.value)
    if chosen:
        name = compact(chosen.value)
        mentions = [
            c
            for c in situation.of("organisation")
            if compact(c.value) == name or (len(name) > 5 and compact(c.value).endswith(name))
        ]
        gaps = [
            here.start - c.evidence.end
            for c in mentions
            if c.evidence.part == here.part and here.start >= c.evidence.end
        ]
        gap = min(gaps, default=999)
        yield "after-mine" if gap <= 6 else "near-mine" if gap <= 45 else "behind-mine" if gap <= 200 else "far"
        if key in name and len(key) > 2:
            yield "in-mine"
        others = [
            c
            for c in situation.of("organisation")
            if compact(c.value) not in name
            and name not in compact(c.value)
            and c.evidence.part == here.part
            and 0 <= here.start - c.evidence.end <= 6
        ]
        if others and gap > 6:
            yield "after-other"
    inside = [
        c
        for c in situation.of("organisation")
        if c.evidence.part == here.part
        and c.evidence.start < here.start
        and c.evidence.end >= here.end
        and "shape:capital" in c.cues
    ]
    if inside:
        yield "inside-organisation"
    host = compact(message.from_.address.rpartition("@")[2])
    if len(key) > 3 and key in host:
        yield "in-host"
    found = situation.of("place")
    said = {
        (c.evidence.part, c.evidence.start) for c in found if compact(c.value) == key and c.cues[0] != "voice:organiser"
    }
    yield f"said:{min(len(said), 3)}"
    if any("after-postcode" in c.cues and compact(c.value) == key for c in found):
        yield "has-postcode"
    if any(c.evidence.extractor == "label" and key in compact(c.value) for c in found):
        yield "in-label"
    names = [
        c
        for c in situation.of("name")
        if c.evidence.part == here.part and c.evidence.start <= here.start and c.evidence.end >= here.end
    ]
    if names:
        yield "inside-name"
    yield f"distinct:{min(len({compact(c.value) for c in found if c.cues[0] != 'voice:organiser'}), 4)}"


def _sector(candidate: Candidate, situation: Situation) -> Iterator[str]:
    chosen = situation.chosen.get("organisation")
    here = candidate.evidence
    if chosen:
        name = compact(chosen.value)
        gaps = [
            max(here.start - c.evidence.end, c.evidence.start - here.end)
            for c in situation.of("organisation")
            if c.evidence.part == here.part and (compact(c.value) == name)
        ]
        gap = min(gaps, default=999)
        yield "at-mine" if gap <= 4 else "near-mine" if gap <= 40 else "behind-mine" if gap <= 120 else "far"
    from_name = [c for c in situation.of("sector") if c.evidence.extractor == "organisation"]
    if from_name and candidate.evidence.extractor != "organisation":
        mine = set(from_name[0].value.split(","))
        this = set(candidate.value.split(","))
        yield "as-name" if mine == this else "widens-name" if mine < this else "against-name"
    same = {(c.evidence.part, c.evidence.start) for c in situation.of("sector") if c.value == candidate.value}
    yield f"said:{min(len(same), 3)}"
    yield f"is:{candidate.value}"


def _province(candidate: Candidate, situation: Situation) -> Iterator[str]:
    same = {c.evidence.extractor for c in situation.of("province") if c.value == candidate.value}
    for extractor in sorted(same - {candidate.evidence.extractor}):
        yield f"also:{extractor}"


_RELATIONS = {
    "name": _name,
    "email": _email,
    "phone": _phone,
    "role": _role,
    "organisation": _organisation,
    "place": _place,
    "sector": _sector,
    "province": _province,
}
