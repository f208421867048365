"""What is true of the mail as a whole, and how one candidate stands to the others: cues that need to see all."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from config.call import Call
from parsers.dutch import alternation, compact, folded, knowledge, words
from parsers.extraction import Candidate, Kind
from parsers.fields.organisations import core_of, in_domain
from parsers.fields.people import display_names, in_address, same_person
from parsers.fields.reading import Passage, Reading, Voice, tidy

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
    passages: Mapping[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    letters: Mapping[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    """What each passage's letter says of applying, by part and start."""

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
        passages=passage_cues(reading),
        letters=letter_cues(reading),
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
    words_of_own = " ".join(
        passage.words.lower() for passage in reading.passages if passage.voice in (Voice.OWN, Voice.SIGNATURE)
    )
    for whom in ("self", "other"):
        if _speaks_of(whom).search(words_of_own):
            yield f"for-{whom}"
    host = reading.message.from_.address.rpartition("@")[2]
    if host in words("contacts", "providers"):
        yield "provider"


@cache
def _speaks_of(whom: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{alternation(knowledge('people')['mail'][whom])})(?!\w)")


def passage_cues(reading: Reading) -> dict[tuple[str, int], tuple[str, ...]]:
    """What each passage of others is, by part and start: the call passed on, or a letter that signs up."""
    call = tidy(reading.call.published_text)[:160].lower()
    cues = {}
    for passage in reading.passages:
        if passage.voice in (Voice.FORWARDED, Voice.QUOTED, Voice.EARLIER, Voice.ATTACHMENT):
            said = tidy(passage.words[:6000]).lower()
            found = [f"passage:{'call' if call[:60] in said else 'no-call'}"]
            if _speaks_of("self").search(said):
                found.append("passage:signs-up")
            cues[passage.part, passage.start] = tuple(found)
    return cues


_MARKED = re.compile(
    r"^[ \t*•-]*(?:(?:ad|vraag|vr|antwoord|punt|nr|q|ad vraag|question|antwoord op vraag|antwoord vraag)\.?[ \t]*)?\(?([1-3a-c])(?:[.):/]|[ \t]*[-–=][ \t]|[ \t]+(?=[a-z]))",
    re.I | re.M,
)


def letter_answers(reading: Reading) -> dict[tuple[int, str], int]:
    """How many of the call's questions each letter within the mail seems to answer, by level and author."""
    published = _sentences(reading.call.published_text)
    said: dict[tuple[int, str], list[str]] = {}
    for passage in reading.passages:
        if passage.voice in (Voice.SUBJECT, Voice.SENDER, Voice.ORGANISER, Voice.DISCLAIMER):
            continue
        said.setdefault(letter_of(passage), []).append(passage.words[:8000])
    return {letter: _answered("\n".join(texts), reading.call, published) for letter, texts in said.items()}


def letter_of(passage: Passage) -> tuple[int, str]:
    """Which letter within the mail a passage belongs to."""
    if passage.voice is Voice.ATTACHMENT:
        return 0, passage.part
    return passage.level, passage.author.address or passage.author.name if passage.author else ""


def letter_cues(reading: Reading) -> dict[tuple[str, int], tuple[str, ...]]:
    """Say of each passage whether its letter is the one that answers the call's questions."""
    answers = letter_answers(reading)
    most = max(answers.values(), default=0)
    own = answers.get((0, ""), 0)
    cues = {}
    for passage in reading.passages:
        count = answers.get((0, "") if passage.part.startswith("header:") else letter_of(passage), 0)
        level = "own" if passage.level == 0 else "other"
        found = [f"letter:{count}", f"letter:{count}:{level}"]
        if most and count == most and (passage.level == 0 or own < most):
            found.append("letter:most")
        elif most and count < most:
            found.append("letter:not-most")
        cues[passage.part, passage.start] = tuple(found)
    return cues


def _sentences(text: str) -> list[str]:
    return [tidy(piece).lower() for piece in re.split(r"[\n.…?]+", text) if len(piece) > 20]


def _answered(text: str, call: Call, published: list[str]) -> int:
    low = tidy(text).lower() if published and any(sentence in tidy(text).lower() for sentence in published) else ""
    for sentence in published if low else ():
        low = low.replace(sentence, " ")
    low = low or text.lower()
    marks = {"123".find(m) if m in "123" else "abc".find(m) for m in (found.lower() for found in _MARKED.findall(text))}
    cued = sum(any(cue in low for cue in question.cues) for question in call.questions)
    return min(max(cued, len(marks) if not (low and published and "1. ik wil graag deelnemen" in tidy(text).lower()) else 0), 3)


def _key(candidate: Candidate) -> str:
    return f"{candidate.field}={compact(candidate.value)}"


def cues_of(candidate: Candidate, situation: Situation) -> list[str]:
    """All that speaks for or against a candidate: its own cues, those of its place among others, and of the mail."""
    cues = list(candidate.cues)
    voice = candidate.cues[0] if candidate.cues else "voice:none"
    cues.extend(_RELATIONS[candidate.field](candidate, situation) if candidate.field in _RELATIONS else ())
    cues.extend(f"{voice}&{cue}" for cue in cues[1:])
    cues.extend(f"{voice}&mail:{flag}" for flag in situation.flags)
    cues.extend(_at(candidate, situation.passages) if voice in _ELSEWHERE else ())
    cues.extend(_at(candidate, situation.letters) or situation.letters.get(("header:From", 0), ()))
    if situation.kind is Kind.SUPPLEMENT:
        state = "old" if _key(candidate) in situation.old else "new"
        cues.extend((f"sup:{state}", f"sup:{voice}", f"sup:{state}&{voice}"))
        cues.extend(f"sup:{cue}" for cue in candidate.cues[1:])
    return cues


def _at(candidate: Candidate, cues: Mapping[tuple[str, int], tuple[str, ...]]) -> tuple[str, ...]:
    """The cues of the passage that holds a candidate."""
    here = candidate.evidence
    starts = [start for part, start in cues if part == here.part and start <= here.start]
    return cues[here.part, max(starts)] if starts else ()


_OWN = frozenset(f"voice:{v}" for v in (Voice.OWN, Voice.SIGNATURE, Voice.ATTACHMENT, Voice.SUBJECT))
_ELSEWHERE = frozenset(
    f"voice:{v}" for v in (Voice.FORWARDED, Voice.FORWARDED_SIGNATURE, Voice.QUOTED, Voice.EARLIER, Voice.ATTACHMENT)
)


def nothing_cues(field: str, situation: Situation) -> list[str]:
    """What speaks for a field not being given at all."""
    found = situation.of(field)
    own = [c for c in found if c.cues[0] in _OWN or "letter:most" in _at(c, situation.letters)]
    cues = ["nothing", f"nothing:own:{min(len(own), 2)}"]
    cues.extend(f"nothing:{flag}" for flag in situation.flags)
    return cues


def _name(candidate: Candidate, situation: Situation) -> Iterator[str]:
    message = situation.reading.message
    senders = list(display_names(message.from_.name))
    mine = "is-sender" if any(same_person(candidate.value, sender) for sender in senders) else "not-sender" if senders else "no-sender"
    yield mine
    for flag in ("for-self", "for-other", "forward", "attachment"):
        if flag in situation.flags:
            yield f"{mine}&mail:{flag}"
    if "for-other" in situation.flags and "for-self" not in situation.flags:
        yield f"{mine}&mail:only-for-other"
    if "for-self" in situation.flags and "for-other" not in situation.flags:
        yield f"{mine}&mail:only-for-self"
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
    for kind in ("role", "phone", "email", "organisation"):
        if _follows(candidate, situation, kind):
            yield f"then-{kind}"
    inside = {c.evidence for c in situation.of("organisation") if _covers(c, candidate) and "has:kind" in c.cues}
    if inside:
        yield "inside-organisation"


def _covers(one: Candidate, other: Candidate) -> bool:
    a, b = one.evidence, other.evidence
    return a.part == b.part and a.start <= b.start and a.end >= b.end


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
    if chosen is not None:
        yield f"author:{_author(candidate, situation, chosen.value)}"
    bracket = _bracket(text, here.start)
    if bracket >= 0:
        yield "in-bracket"
        owner = max((c for c in names if c.evidence.end <= bracket + 1), key=lambda c: c.evidence.end, default=None)
        if owner is not None and bracket - owner.evidence.end < 50:
            yield f"bracket:{'me' if chosen and same_person(owner.value, chosen.value) else 'other'}"


def _bracket(text: str, position: int) -> int:
    """Where the bracket opens that a position stands in, within a hundred characters; -1 for none."""
    before = text[max(0, position - 100) : position]
    opening = before.rfind("(")
    if opening < 0 or ")" in before[opening:] or "\n\n" in before[opening:]:
        return -1
    return position - len(before) + opening


def _author(candidate: Candidate, situation: Situation, name: str) -> str:
    """Whether the letter that holds a candidate is by the person chosen: "me", "other" or "unknown"."""
    here = candidate.evidence
    if candidate.cues[0] == "voice:attachment":
        return "attachment"
    box = situation.reading.message.from_
    for passage in situation.reading.passages:
        if passage.part == here.part and passage.start <= here.start <= passage.end and not here.part.startswith("header:"):
            if passage.level or passage.author:
                if passage.author is None:
                    return "unknown"
                box = passage.author
            break
    names = list(display_names(box.name))
    if any(same_person(name, other) for other in names) or in_address(name, box.address) == "surname":
        return "me"
    return "other" if names or in_address(name, box.address) == "" and box.address else "unknown"


def _near_mine(candidate: Candidate, situation: Situation) -> Iterator[str]:
    """Say whether the chosen organisation or role stands near, and nearer than another one."""
    here = candidate.evidence
    for field in ("organisation", "role"):
        chosen = situation.chosen.get(field)
        if chosen is None:
            continue
        key = compact(chosen.value)
        found = [
            (abs(here.start - c.evidence.end), key in compact(c.value) or compact(c.value) in key)
            for c in situation.of(field)
            if c.evidence.part == here.part and -60 < here.start - c.evidence.end < 90
        ]
        if found:
            yield f"near-{field}:{'mine' if min(found)[1] else 'other'}"


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


def _phone(candidate: Candidate, situation: Situation) -> Iterator[str]:
    yield from _whose(candidate, situation)
    yield from _near_mine(candidate, situation)
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
    if candidate.value[:4] in ("het ", "de O", "de P", "de V", "de b") or re.match(r"(?:het|de|'t) \S*(?:college|lyceum|gymnasium|mavo|school)|(?:het|de|'t) .*\b(?:College|Lyceum|Gymnasium|School)\b", candidate.value):
        yield "small-article"
    hosts_core = [compact(h.rpartition(".")[0]) for h in hosts]
    core = core_of(candidate.value)
    covered = max((len(core) / len(host) for host in hosts_core if len(core) > 3 and core in host), default=0.0)
    yield f"covers:{int(covered * 4.99)}"
    if any(_ends_in(c, candidate) for c in situation.of("place")):
        yield "ends-in-town"
    after_first = candidate.value.split(" ", 1)[-1]
    if re.search(r"\s(?:in|te|uit|op|aan)\s", after_first):
        yield "holds-in"
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


def _ends_in(town: Candidate, name: Candidate) -> bool:
    return _covers(name, town) and town.evidence.end == name.evidence.end and town.evidence.start > name.evidence.start


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
        ahead = [c.evidence.start - here.end for c in mentions if c.evidence.part == here.part and c.evidence.start >= here.end]
        if min(ahead, default=999) <= 40:
            yield "before-mine"
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
    if any(_covers(c, candidate) for c in situation.of("name") if c.evidence.extractor == "name"):
        yield "inside-name"
    person = situation.chosen.get("name")
    if person and folded(candidate.value) in folded(person.value):
        yield "is-surname"
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
