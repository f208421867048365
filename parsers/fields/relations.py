"""How a candidate stands to the rest of its mail: cues that only show when all is seen together."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import pairwise

from parsers.dutch import REMEMBERED, compact, folded, words
from parsers.extraction import Candidate, Kind
from parsers.fields.choices import choice_cues
from parsers.fields.organisations import core_of, in_domain
from parsers.fields.person_names import display_names, in_address, name_words, offices, same_person
from parsers.fields.persons import is_sender, owner_cues, person_cues
from parsers.fields.reading import Voice
from parsers.fields.situation import CO_APPLICANT, OWN, UNSAID, Situation
from parsers.fields.vocabulary import school_endings

_BESIDE = {"name": (2, 1), "role": (2, 1), "organisation": (2, 1), "place": (2, 1), "sector": (2, 1), "email": (3, 3)}
"""By field, by how many plain words before and after them values are judged as well."""
_SILENT = frozenset({CO_APPLICANT, "for-two", "for-schools"})
"""Flags that say how a mail is divided, and nothing of its values."""
NEAR = 150
"""Characters within which a name before a value says whose the value is."""


def cues_of(candidate: Candidate, situation: Situation) -> list[str]:
    """What speaks for or against a candidate: its own cues, those of its place among others, and of its letter."""
    cues = list(candidate.cues[1:])
    relation = RELATIONS.get(candidate.field)
    if relation:
        cues.extend(relation(candidate, situation))
    cues.extend(situation.letter(candidate))
    return cues


def voice_cues(voice: str, situation: Situation) -> list[str]:
    """A candidate's voice with what is true of the whole mail."""
    key = ("whole", voice)
    if key not in situation.memory:
        situation.memory[key] = [voice, *(f"{voice}&mail:{flag}" for flag in situation.flags if flag not in _SILENT)]
    cues: list[str] = situation.memory[key]
    return cues


def whole_cues(candidate: Candidate, situation: Situation) -> list[str]:
    """The plain words beside a candidate, what tells whose it is; in a supplement, whether the value is new as well."""
    cues = _words_around(candidate, situation)
    for asked in _ASKED.get(candidate.field, ()):
        cues += asked(candidate, situation)
    if situation.kind is Kind.SUPPLEMENT:
        voice = candidate.cues[0]
        state = "old" if (candidate.field, compact(candidate.value)) in situation.old else "new"
        own = [f"sup:{cue}" for cue in candidate.cues[1:]]
        return [*cues, f"sup:{state}", f"sup:{voice}", f"sup:{state}&{voice}", *own]
    return cues


_ASKED: Mapping[str, tuple[Callable[[Candidate, Situation], Iterable[str]], ...]] = {
    "name": (person_cues,),
    "phone": (owner_cues, choice_cues),
    "email": (choice_cues,),
    "role": (owner_cues,),
}
"""By field, what else is asked of a candidate."""


def _words_around(candidate: Candidate, situation: Situation) -> list[str]:
    """The plain words before and after a value: what they mean is learned."""
    beside, here = _BESIDE.get(candidate.field), candidate.evidence
    passage = situation.passage_of(candidate) if beside and here.extractor not in UNSAID else None
    if passage is None or beside is None:
        return []
    tokens, (before, behind) = passage.tokens, beside
    first = bisect_left(tokens, (here.start,))  # a token begins with its start
    after = bisect_left(tokens, (here.end,), lo=first)
    cues = [f"around&-{step}:{_plainly(tokens[first - step].low)}" for step in range(1, min(before, first) + 1)]
    last = min(after + behind, len(tokens))
    return cues + [f"around&+{place - after + 1}:{_plainly(tokens[place].low)}" for place in range(after, last)]


@lru_cache(maxsize=REMEMBERED)
def _plainly(low: str) -> str:
    """A word, or "0" for what is or holds a number: which one says nothing of the value beside it."""
    return "0" if any(char.isdigit() for char in low) else low


def nothing_cues(field: str, situation: Situation) -> list[str]:
    """What speaks for a field not being given at all."""
    own = [c for c in situation.of(field) if c.cues[0] in OWN or "letter:most" in situation.letter(c)]
    return [
        "nothing",
        f"nothing:own:{min(len(own), 2)}",
        *(f"nothing:{flag}" for flag in situation.flags if flag not in _SILENT),
    ]


def _name(candidate: Candidate, situation: Situation) -> Iterator[str]:
    message = situation.reading.message
    yield from _as_sender(candidate, situation)
    yield f"from-address:{in_address(candidate.value, message.from_.address)}"
    if any(
        in_address(candidate.value, c.value) == "surname"
        for c in situation.of("email")
        if c.value != message.from_.address
    ):
        yield "other-address:surname"
    same = [c for c in situation.of("name") if same_person(c.value, candidate.value)]
    yield f"said:{min(len(same), 4)}"
    longest = max((_full_words(c.value) for c in same), default=0)
    yield "fullest" if _full_words(candidate.value) >= longest else "shorter"
    yield from {f"same-as-{cue}" for c in same for cue in _mentions(c)}
    for field in ("role", "phone", "email", "organisation"):
        if situation.follows(candidate, field, 45):
            yield f"then-{field}"
    if any("has:kind" in c.cues and covers(c, candidate) for c in situation.of("organisation")):
        yield "inside-organisation"


SAYS = "says&"
"""How the cues of a letter's words begin."""
MOST_SAID = 150
"""Words of the sender's own text whose pairs say whom the mail is for."""


def letter_words(candidate: Candidate, situation: Situation) -> tuple[str, list[str]]:
    """The pairs of words with which the sender's own text begins, as cues for or against the sender, or who is not.

    Only for names, where the sender has one. The first value tells which of the two a candidate is.
    """
    if candidate.field != "name":
        return "", []
    mine = is_sender(candidate.value, situation)
    key = ("said", mine)
    if key not in situation.memory:
        own = [] if mine == "no-sender" else [p.tokens for p in situation.reading.passages if p.voice is Voice.OWN]
        lows = [[token.low for token in tokens[:MOST_SAID]] for tokens in own]
        situation.memory[key] = sorted(
            {f"{SAYS}{mine}:{one}_{other}" for said in lows for one, other in pairwise(said)}
        )
    cues: list[str] = situation.memory[key]
    return mine, cues


def _as_sender(candidate: Candidate, situation: Situation) -> Iterator[str]:
    mine = is_sender(candidate.value, situation)
    yield mine
    flags = situation.flags
    yield from (f"{mine}&mail:{flag}" for flag in ("for-self", "for-other", "forward", "attachment") if flag in flags)
    if ("for-self" in flags) != ("for-other" in flags):
        yield f"{mine}&mail:only-{'for-self' if 'for-self' in flags else 'for-other'}"


def _mentions(name: Candidate) -> Iterator[str]:
    """What one mention of a person tells of all its mentions."""
    if name.evidence.extractor == "label":
        yield "label"
    if name.evidence.extractor == "closing" and name.cues[0] in ("voice:signature", "voice:own"):
        yield "closing"
    if name.cues[0].startswith("voice:forwarded"):
        yield "forwarded"
    for cue in ("self", "behalf", "greeting"):
        if f"before:{cue}" in name.cues or f"before-relation:{cue}" in name.cues:
            yield cue
    if "stays-out" in name.cues:
        yield "stays-out"


@cache
def _full_words(name: str) -> int:
    return sum(len(word) > 1 for word in name_words(name))


def covers(one: Candidate, other: Candidate) -> bool:
    """Whether one candidate stands around another."""
    a, b = one.evidence, other.evidence
    return a.part == b.part and a.start <= b.start and a.end >= b.end


def _whose(candidate: Candidate, situation: Situation) -> list[str]:
    """Say whose a value is by the names that stand nearest before it and on its line, and by its letter's author."""
    here = candidate.evidence
    key = ("whose", here.part, here.start, here.end)
    if key not in situation.memory:
        situation.memory[key] = list(_whose_at(candidate, situation))
    cues: list[str] = situation.memory[key]
    return cues


def _whose_at(candidate: Candidate, situation: Situation) -> Iterator[str]:
    here, chosen, passage = candidate.evidence, situation.chosen.get("name"), situation.passage_of(candidate)
    text = passage.text if passage else ""
    names = situation.names_in(here.part)

    def mine(name: Candidate) -> str:
        return "me" if chosen is not None and same_person(name.value, chosen.value) else "other"

    before = [c for c in names if 0 <= here.start - c.evidence.end <= NEAR]
    nearest = max(before, key=lambda c: c.evidence.end, default=None)
    if nearest is None:
        yield "near:nobody"
    else:
        yield f"near:{mine(nearest)}"
        if "\n" not in text[nearest.evidence.end : here.start]:
            yield f"line:{mine(nearest)}"
    after = [c for c in names if 0 <= c.evidence.start - here.end <= 40]
    first = min(after, key=lambda c: c.evidence.start, default=None)
    if (
        first is not None
        and "\n" not in text[here.end : first.evidence.start]
        and (nearest is None or first.evidence.start - here.end < here.start - nearest.evidence.end)
    ):
        yield f"then:{mine(first)}"
    if chosen is not None:
        yield f"author:{_author(candidate, situation, chosen.value)}"
    opening = _bracket(text, here.start)
    if opening >= 0:
        yield "in-bracket"
        owner = max((c for c in names if c.evidence.end <= opening + 1), key=lambda c: c.evidence.end, default=None)
        if owner is not None and opening - owner.evidence.end < 50:
            yield f"bracket:{mine(owner)}"


def _bracket(text: str, position: int) -> int:
    """Where the bracket opens that a position stands in, within a hundred characters; -1 for none."""
    before = text[max(0, position - 100) : position]
    opening = before.rfind("(")
    if opening < 0 or ")" in before[opening:] or "\n\n" in before[opening:]:
        return -1
    return position - len(before) + opening


def _author(candidate: Candidate, situation: Situation, name: str) -> str:
    """Whether the letter that holds a candidate is by the person chosen: "me", "other", "attachment" or "unknown"."""
    if candidate.cues[0] == "voice:attachment":
        return "attachment"
    if CO_APPLICANT in situation.flags:
        return "me"
    box = situation.reading.message.from_
    passage = situation.passage_of(candidate)
    if passage and (passage.level or passage.author):
        if passage.author is None:
            return "unknown"
        box = passage.author
    names = display_names(box.name)
    if any(same_person(name, other) for other in names) or in_address(name, box.address) == "surname":
        return "me"
    return "other" if names or (box.address and not in_address(name, box.address)) else "unknown"


def _near_mine(candidate: Candidate, situation: Situation) -> Iterator[str]:
    """Say whether the chosen organisation and role stand nearest, or others."""
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
    message, chosen = situation.reading.message, situation.chosen.get("name")
    local, _, host = candidate.value.partition("@")
    if chosen:
        shown = in_address(chosen.value, candidate.value)
        yield f"mine:{shown}"
        others = (c.value for c in situation.of("name") if not same_person(c.value, chosen.value))
        if not shown and any(in_address(name, candidate.value) == "surname" for name in others):
            yield "somebody-else's"
    if candidate.value == message.from_.address:
        yield "is-from"
    if host in words("contacts", "providers"):
        yield "provider"
    else:
        yield "same-host" if host == message.from_.address.rpartition("@")[2] else "other-host"
    if any(local.startswith(word) for word in offices() if len(word) > 2):
        yield "office"
    written = [c for c in situation.of("email") if c.evidence.extractor == "address"]
    yield f"said:{min(sum(c.value == candidate.value for c in written), 2)}"
    yield f"addresses:{min(len({c.value for c in written if c.cues[0] != 'voice:organiser'}), 3)}"
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
    if candidate.cues[0] == "voice:signature" and any(c.cues[0] == "voice:own" for c in found):
        yield "other-in-text"
    yield f"said:{min(sum(c.value == candidate.value for c in found), 3)}"
    order = sorted({c.evidence.start for c in found if c.evidence.part == candidate.evidence.part})
    yield f"place:{min(order.index(candidate.evidence.start), 2) if candidate.evidence.start in order else 'x'}"


def _role(candidate: Candidate, situation: Situation) -> Iterator[str]:
    yield from _whose(candidate, situation)
    found = [c for c in situation.of("role") if c.cues[0] != "voice:organiser"]
    low, here = candidate.value.lower(), candidate.evidence
    yield f"said:{min(len({(c.evidence.part, c.evidence.start) for c in found if c.value.lower() == low}), 3)}"
    if any(c.evidence.start != here.start and low in c.value.lower() for c in found):
        yield "longer-elsewhere"
    if any(c.evidence.extractor == "label" and low in c.value.lower() for c in found):
        yield "in-label"
    yield f"words:{min(len(low.split()), 6)}"
    if any(c.evidence.extractor == "stated" and covers(c, candidate) and len(c.value) > len(low) for c in found):
        yield "inside-stated"
    if situation.follows(candidate, "organisation", 12):
        yield "then-organisation"


_ARTICLE = re.compile(r"(?:het|de|'t)\s", re.I)
_SMALL_ARTICLE = re.compile(
    r"(?:het|de|'t) (?:\S*(?:college|lyceum|gymnasium|mavo|school)\b|.*\b(?:College|Lyceum|Gymnasium|School)\b)"
)
_BOARD = re.compile(r"(?:stichting|onderwijsgroep|scholengroep|stg)\b")
_SWV = re.compile(r"\b(?:swv|samenwerkingsverband)\b")
_OURS = re.compile(r"\b(?:ontwikkelgroep\w*|steunpunt|ncoj|passend onderwijs)\b")
_HOLDS_IN = re.compile(r"\s(?:in|te|uit|op|aan)\s")


def _organisation(candidate: Candidate, situation: Situation) -> Iterator[str]:
    yield from _whose(candidate, situation)
    yield from _in_domains(candidate, situation)
    here = candidate.evidence
    yield from _other_mentions(candidate, situation)
    yield from _written(candidate, situation)
    for role in situation.of("role"):
        if role.evidence.part == here.part and 0 <= here.start - role.evidence.end <= 14:
            chosen = situation.chosen.get("role")
            yield "after-role" if not chosen or chosen.value.lower() in role.value.lower() else "after-other-role"
            break


def _other_mentions(candidate: Candidate, situation: Situation) -> Iterator[str]:
    """Say where else the name stands, whole or in a longer one."""
    key, said, cues = compact(candidate.value), set(), set()
    for other_key, other in situation.keyed("organisation"):
        if key not in other_key:
            if other.cues[0] == "voice:sender" and other_key in key:
                cues.add("in-sender")
            continue
        if other_key == key:
            said.add((other.evidence.part, other.evidence.start))
        elif covers(other, candidate):
            cues.add("inside-longer")
        if other.evidence.extractor == "label":
            cues.add("in-label")
        if (other.cues[0] in _TELLING and other.cues[0] != candidate.cues[0]) or other.cues[0] == "voice:signature":
            cues.add(_TELLING[other.cues[0]])
    yield f"said:{min(len(said), 4)}"
    yield from cues


_TELLING = {"voice:sender": "in-sender", "voice:subject": "in-subject", "voice:signature": "in-signature"}


def _in_domains(candidate: Candidate, situation: Situation) -> tuple[str, ...]:
    """Say how much of the name the applicant's and the sender's mail domains show."""
    email, sender = situation.chosen.get("email"), situation.reading.message.from_.address
    return _shown_in(candidate.value, email.value if email else sender, sender)


@lru_cache(maxsize=REMEMBERED)
def _shown_in(name: str, *addresses: str) -> tuple[str, ...]:
    hosts = {address.rpartition("@")[2] for address in addresses} - words("contacts", "providers") - {""}
    shown = {in_domain(name, host) for host in hosts}
    domain = next((s for s in ("all", "core", "part") if s in shown), "none" if hosts else "unknown")
    core = core_of(name)
    plain = [compact(host.rpartition(".")[0]) for host in hosts]
    covered = max((len(core) / len(host) for host in plain if len(core) > 3 and core in host), default=0.0)
    return f"domain:{domain}", f"covers:{int(covered * 4.99)}"


def _written(candidate: Candidate, situation: Situation) -> Iterator[str]:
    """Say how an organisation's name is written."""
    value = candidate.value
    yield f"words:{min(len(value.split()), 6)}"
    if _SMALL_ARTICLE.match(value):
        yield "small-article"
    article = _ARTICLE.match(value) is not None or "after-article" in candidate.cues
    if article and value.lower().endswith(school_endings()):
        yield "article-of-school" if "after-article" not in candidate.cues else "school-without-article"
    if any(_ends_in(town, candidate) for town in situation.of("place")):
        yield "ends-in-town"
    if _HOLDS_IN.search(value.partition(" ")[2]):
        yield "holds-in"
    low = folded(value)
    for cue, pattern in (("is:board", _BOARD), ("is:swv", _SWV), ("is:ours", _OURS)):
        if pattern.match(low) if cue == "is:board" else pattern.search(low):
            yield cue


def _ends_in(town: Candidate, name: Candidate) -> bool:
    return covers(name, town) and town.evidence.end == name.evidence.end and town.evidence.start > name.evidence.start


def _place(candidate: Candidate, situation: Situation) -> Iterator[str]:
    yield from _beside_mine(candidate, situation)
    here, key, found = candidate.evidence, compact(candidate.value), situation.of("place")
    organisations = situation.of("organisation")
    if any(c.evidence.start < here.start and covers(c, candidate) and "shape:capital" in c.cues for c in organisations):
        yield "inside-organisation"
    if len(key) > 3 and key in compact(situation.reading.message.from_.address.rpartition("@")[2]):
        yield "in-host"
    same = [c for c in found if compact(c.value) == key]
    yield f"said:{min(len({(c.evidence.part, c.evidence.start) for c in same if c.cues[0] != 'voice:organiser'}), 3)}"
    if any("after-postcode" in c.cues for c in same):
        yield "has-postcode"
    if any(c.evidence.extractor == "label" and key in compact(c.value) for c in found):
        yield "in-label"
    if any(covers(c, candidate) for c in situation.names_in(here.part) if c.evidence.extractor == "name"):
        yield "inside-name"
    person = situation.chosen.get("name")
    if person and folded(candidate.value) in folded(person.value):
        yield "is-surname"
    yield f"distinct:{min(len({compact(c.value) for c in found if c.cues[0] != 'voice:organiser'}), 4)}"


def _beside_mine(candidate: Candidate, situation: Situation) -> Iterator[str]:
    """Say how near a town stands to the chosen organisation, and whether it stands beside another one."""
    chosen, here = situation.chosen.get("organisation"), candidate.evidence
    if chosen is None:
        return
    name = compact(chosen.value)
    near = [c for c in situation.of("organisation") if c.evidence.part == here.part]
    mentions = [c for c in near if compact(c.value) == name or (len(name) > 5 and compact(c.value).endswith(name))]
    gap = min((here.start - c.evidence.end for c in mentions if here.start >= c.evidence.end), default=999)
    yield "after-mine" if gap <= 6 else "near-mine" if gap <= 45 else "behind-mine" if gap <= 200 else "far"
    if min((c.evidence.start - here.end for c in mentions if c.evidence.start >= here.end), default=999) <= 40:
        yield "before-mine"
    if len(candidate.value) > 2 and compact(candidate.value) in name:
        yield "in-mine"
    if gap > 6 and any(
        0 <= here.start - c.evidence.end <= 6 and compact(c.value) not in name and name not in compact(c.value)
        for c in near
    ):
        yield "after-other"


def _sector(candidate: Candidate, situation: Situation) -> Iterator[str]:
    chosen, here = situation.chosen.get("organisation"), candidate.evidence
    if chosen:
        name = compact(chosen.value)
        gap = min(
            (
                max(here.start - c.evidence.end, c.evidence.start - here.end)
                for c in situation.of("organisation")
                if c.evidence.part == here.part and compact(c.value) == name
            ),
            default=999,
        )
        yield "at-mine" if gap <= 4 else "near-mine" if gap <= 40 else "behind-mine" if gap <= 120 else "far"
    found = situation.of("sector")
    named = next((c for c in found if c.evidence.extractor == "organisation"), None)
    if named is not None and here.extractor != "organisation":
        name_set, this = set(named.value.split(",")), set(candidate.value.split(","))
        yield "as-name" if name_set == this else "widens-name" if name_set < this else "against-name"
    yield f"said:{min(len({(c.evidence.part, c.evidence.start) for c in found if c.value == candidate.value}), 3)}"
    yield f"is:{candidate.value}"
    mine = set(candidate.value.split(","))
    yield from {cue for other in found if other is not candidate for cue in _beside_set(mine, other)}


def _beside_set(mine: set[str], other: Candidate) -> Iterator[str]:
    """Say what another statement of sectors means for a set: that it holds it, or leaves it out."""
    sectors = set(other.value.split(","))
    relation = "same" if sectors == mine else "holds" if sectors < mine else "lacks" if sectors - mine else ""
    if other.cues[1] not in {"by:part", "by:joined"}:
        yield f"{relation}-{other.cues[1]}:{other.cues[0].partition(':')[2]}"


def _province(candidate: Candidate, situation: Situation) -> Iterator[str]:
    same = {c.evidence.extractor for c in situation.of("province") if c.value == candidate.value}
    yield from (f"also:{extractor}" for extractor in sorted(same - {candidate.evidence.extractor}))


RELATIONS: Mapping[str, Callable[[Candidate, Situation], Iterator[str]]] = {
    "name": _name,
    "email": _email,
    "phone": _phone,
    "role": _role,
    "organisation": _organisation,
    "place": _place,
    "sector": _sector,
    "province": _province,
}
