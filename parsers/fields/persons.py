"""Whose application a mail is: what all mentions of a person together say of them, beside who sent the mail.

One mention says little: who writes for a colleague signs as well, and has an address and a number. What tells them
apart is all of it: whose name the written addresses spell, whose numbers stand behind which name, whether the letter
speaks of itself or of a third, and whether its writer's work is to write for others.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice

from parsers.dutch import alternation, words
from parsers.extraction import Candidate
from parsers.fields.person_names import display_names, in_address, name_words, same_person
from parsers.fields.reading import Passage, Token, Voice
from parsers.fields.situation import UNSAID, Situation

MOST_READ = 400
"""Words of a passage whose persons are counted."""
MOST_OTHERS, MOST_WRITTEN = 60, 40
"""Names of others, and addresses and numbers, that are compared with a name."""
NEAR = 80
"""Characters before an address or a number within which a name or a pronoun says whose it is."""
FOLLOWING = 45
"""Characters behind a name within which its own number, address or role begins."""
MOST_SIGNATURE = 300

_WRITTEN = frozenset({"voice:own", "voice:signature", "voice:attachment"})
_OLD = frozenset({"voice:organiser", "voice:quoted"})
_QUOTED = re.compile(r"\"[^\"]{20,2000}\"|“[^“”]{20,2000}”|‘[^‘’\n]{20,1500}’")
_SPEAKS = ("before", "after", "stays")
"""How the cues begin that one mention of a person lends to all."""


def is_sender(name: str, situation: Situation) -> str:
    """Whether a name is that of the mail's sender: "is-sender", "not-sender", or "no-sender" when no name is known."""
    senders = display_names(situation.reading.message.from_.name)
    if not senders:
        return "no-sender"
    return "is-sender" if any(same_person(name, sender) for sender in senders) else "not-sender"


def person_cues(candidate: Candidate, situation: Situation) -> list[str]:
    """What all mentions of a person say of whether the mail is for them; none for other fields than the name."""
    if candidate.field != "name":
        return []
    key = ("person", candidate.value)
    if key not in situation.memory:
        mine = is_sender(candidate.value, situation)
        same = [c for c in situation.of("name") if same_person(c.value, candidate.value)]
        both = {
            *_addresses(candidate.value, situation),
            *_mentions(same, situation),
            *_data(candidate.value, situation),
        }
        alone = {*_letter(situation), *_work(situation)}
        pairs = (f"{cue}&{mine}" for cue in (*both, *alone))
        family = _family(candidate.value, mine, situation)
        situation.memory[key] = sorted({f"who:{cue}" for cue in (*both, *pairs, *family)})
    cues: list[str] = situation.memory[key]
    return cues


def owner_cues(candidate: Candidate, situation: Situation) -> Iterator[str]:
    """Say whose a value is by the pronoun before it, and whether the person chosen is the mail's sender."""
    chosen, here = situation.chosen.get("name"), candidate.evidence
    who = is_sender(chosen.value, situation) if chosen else "nobody"
    yield f"chosen:{who}"
    yield f"{candidate.cues[0]}:{who}"
    key = ("pronoun", here.part, here.start)
    if key not in situation.memory:
        situation.memory[key] = _pronoun_before(candidate, situation) or "none"
    yield f"pronoun:{situation.memory[key]}"
    yield f"pronoun:{situation.memory[key]}:{who}"


def _written(field: str, situation: Situation) -> list[Candidate]:
    """The candidates for a field that stand in what the sender wrote."""
    key = ("written", field)
    if key not in situation.memory:
        said = (c for c in situation.of(field) if c.cues[0] in _WRITTEN and c.evidence.extractor not in UNSAID)
        situation.memory[key] = list(islice(said, MOST_WRITTEN))
    found: list[Candidate] = situation.memory[key]
    return found


def _addresses(name: str, situation: Situation) -> Iterator[str]:
    """Say how the written addresses show a name, and whether they show somebody else's instead."""
    sent = situation.reading.message.from_.address
    written = {c.value for c in _written("email", situation)}
    shown = {in_address(name, address) for address in written}
    if "surname" in shown or "first" in shown:
        yield f"address:{'surname' if 'surname' in shown else 'first'}"
    else:
        yield "address:none" if written else "address:unwritten"
    if written and "surname" not in shown:
        others = {c.value for c in situation.of("name")[:MOST_OTHERS] if not same_person(c.value, name)}
        if any(in_address(other, address) == "surname" for other in others for address in written):
            yield "address-of-other"
    for address in written:
        yield f"written:{'from' if address == sent else in_address(name, address) or 'other'}"


def _mentions(same: Sequence[Candidate], situation: Situation) -> Iterator[str]:
    """Say where and how a person is mentioned, all mentions taken together."""
    yield f"voices:{'+'.join(sorted({c.cues[0].partition(':')[2] for c in same}))}"
    own = {(c.evidence.part, c.evidence.start) for c in same if c.cues[0] == "voice:own"}
    yield f"own:{min(len(own), 4)}"
    for mention in same:
        if mention.cues[0] in _OLD:
            continue
        whose = "theirs" if "forwarded" in mention.cues[0] else "own"
        yield from (f"{whose}:{cue}" for cue in mention.cues[1:] if cue.startswith(_SPEAKS))
        for field in ("phone", "email", "role"):
            if situation.follows(mention, field, FOLLOWING):
                yield f"{whose}:then-{field}"
        most = [cue for cue in situation.letter(mention) if cue in ("letter:most", "letter:not-most")]
        yield most[0] if most else "letter:none"


def _data(name: str, situation: Situation) -> Iterator[str]:
    """Say whose numbers and addresses stand nearest behind this name, and whose behind another one or a pronoun."""
    for field, voice, pronoun, nearest in _owned(situation):
        if pronoun:
            yield f"data:{field}:{pronoun}"
        if nearest:
            yield f"data:{field}:{voice}:{'mine' if same_person(nearest, name) else 'other'}"


def _owned(situation: Situation) -> list[tuple[str, str, str, str]]:
    """Of each written address and number its voice, the pronoun and the name that stand last before it."""
    key = "owned"
    if key not in situation.memory:
        situation.memory[key] = sorted(
            {
                (field, c.cues[0].partition(":")[2], _pronoun_before(c, situation), _name_before(c, situation))
                for field in ("phone", "email")
                for c in _written(field, situation)
            }
        )
    found: list[tuple[str, str, str, str]] = situation.memory[key]
    return found


def _name_before(candidate: Candidate, situation: Situation) -> str:
    here = candidate.evidence
    near = (n for n in situation.names_in(here.part) if 0 <= here.start - n.evidence.end <= NEAR)
    nearest = max(near, key=lambda name: name.evidence.end, default=None)
    return nearest.value if nearest else ""


def _pronoun_before(candidate: Candidate, situation: Situation) -> str:
    """Which person is spoken of last before a value: "first", "third", or "" for neither."""
    here, passage = candidate.evidence, situation.passage_of(candidate)
    if passage is None:
        return ""
    end = bisect_right(passage.tokens, here.start, key=lambda token: token.start)
    for token in reversed(passage.tokens[max(0, end - 14) : end]):
        if here.start - token.end > NEAR:
            break
        if here.start >= token.end and (person := _person_of(token.low)):
            return person
    return ""


@cache
def _person_of(low: str) -> str:
    if low in words("applicants", "writing"):
        return "first"
    return "third" if low in words("applicants", "written_of") else ""


def _letter(situation: Situation) -> list[str]:
    """Say how often the sender's own words, quoted speech left out, speak of their writer, of several, of a third."""
    if "speaks" not in situation.memory:
        own = [p for p in situation.reading.passages if p.voice is Voice.OWN]
        said = [low for passage in own for low in _unquoted(passage)]
        first, third = (sum(_person_of(low) == person for low in said) for person in ("first", "third"))
        several = sum(low in words("applicants", "several_writing") for low in said)
        more = "third" if third > first else "same" if third == first else "first"
        quotes = any(_QUOTED.search(p.text, p.start, _last(p.tokens[:MOST_READ], p)) for p in own)
        situation.memory["speaks"] = [
            f"first:{min(first, 4)}",
            f"third:{min(third, 4)}",
            f"we:{min(several, 4)}",
            f"more:{more}",
            f"quotes:{quotes}",
        ]
    cues: list[str] = situation.memory["speaks"]
    return cues


def _unquoted(passage: Passage) -> Iterator[str]:
    """Yield the words of a passage, in small letters, that do not stand between quote marks."""
    tokens = passage.tokens[:MOST_READ]
    spans = [match.span() for match in _QUOTED.finditer(passage.text, passage.start, _last(tokens, passage))]
    starts = [start for start, _ in spans]
    for token in tokens:
        at = bisect_right(starts, token.start) - 1
        if at < 0 or token.start >= spans[at][1]:
            yield token.low


def _last(tokens: Sequence[Token], passage: Passage) -> int:
    return min(tokens[-1].end + 2, passage.end) if tokens else passage.start


@cache
def _writing_for_others() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternation(words('applicants', 'writing_for_others'))})", re.I)


def _work(situation: Situation) -> list[str]:
    """Name the words of the signature and the From header for work that is to write for others."""
    if "work" not in situation.memory:
        box = situation.reading.message.from_
        foot = [p.words[:MOST_SIGNATURE] for p in situation.reading.passages if p.voice is Voice.SIGNATURE]
        found = sorted({match.group().lower() for match in _writing_for_others().finditer("\n".join(foot))})
        named = _writing_for_others().search(f"{box.name} {box.address}") is not None
        situation.memory["work"] = [*(f"work:{word}" for word in found), *_told("work-from", named)]
        situation.memory["work"] += _told("work", bool(found) or named)
    cues: list[str] = situation.memory["work"]
    return cues


def _told(cue: str, holds: bool) -> list[str]:
    return [cue] if holds else []


def _family(name: str, mine: str, situation: Situation) -> Iterable[str]:
    """Say that somebody else's name ends like the sender's: "C.J. Troost", where "Kees-Jan Troost" sent the mail."""
    if mine != "not-sender":
        return ()
    last = name_words(name)[-1:]
    senders = display_names(situation.reading.message.from_.name)
    long = bool(last) and len(last[0]) > 2
    return ("family",) if long and any(last == name_words(sender)[-1:] for sender in senders) else ()
