"""Whether a short reply says yes or no to what our letter asked ("Klopt het dat …?"), or wants to come back."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from parsers.blocks import Block, BlockKind
from parsers.dutch import alternation, knowledge, words
from parsers.message import Message

LONGEST = 4_000
"""Characters of a reply that are looked at: who writes more does not merely say yes."""
MAX_VALUE = 100
_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)?")
_CLAUSE = re.compile(r"[^.,!?;:\n…()]+")
_ENDS = re.compile(r"\s*(?:[.!\n;…]|$)")
_MARKS = re.compile(r"(?m)^[ \t>|]+")
_QUOTES = " \t\n.,;:!\"'‘’“”«»"


class Saying(StrEnum):
    """What a reply says to our questions."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"
    """Both, or yes with a reservation."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """How a reply answers our questions."""

    saying: Saying
    alone: bool = False
    """Besides manners it says nothing else."""
    pieces: int = 0
    """How many stretches of the reply say it: one above the quoted letter, or several beneath its questions."""
    inserted: bool = False
    """It stands among our own lines, beneath one of the questions perhaps."""
    start: int = 0
    """Where in the part "body" it is said."""
    end: int = 0
    rest: str = ""
    """What follows a no."""


NONE = Confirmation(saying=Saying.NOTHING)
_OWN = frozenset({BlockKind.OWN, BlockKind.SIGNATURE})


def confirmation_in(message: Message) -> Confirmation:
    """Return what the author's own words say to our questions; NOTHING for a mail that is about something else.

    Our own letter must have been taken out before (`parsers.repeated`).
    """
    stretches = list(_stretches(message))
    if sum(block.end - block.start for stretch, _ in stretches for block in stretch) > LONGEST:
        return NONE
    name = {word.lower() for word in _WORD.findall(message.from_.name)}
    read = [found for stretch, among in stretches if (found := _read(stretch, name, among=among)) is not None]
    said = [one for one in read if one.saying is not Saying.NOTHING]
    if not said:
        return NONE
    sayings = {one.saying for one in said}
    first = said[0]
    return Confirmation(
        saying=first.saying if len(sayings) == 1 else Saying.UNCLEAR,
        alone=all(one.alone for one in read),
        pieces=len(said),
        inserted=any(one.inserted for one in said),
        start=first.start,
        end=first.end,
        rest=first.rest,
    )


def wants_back(message: Message) -> bool:
    """Tell whether the author, in a sentence without conditions, says to take part after all."""
    own = message.words(BlockKind.OWN)[:LONGEST].lower()
    not_back = words("confirmations", "not_back")
    back = re.compile(rf"(?<!\w)(?:{alternation(knowledge('confirmations')['back'])})(?!\w)")
    for sentence in re.split(r"[.!\n]+", own):
        if back.search(sentence) and "?" not in sentence and not not_back & set(_WORD.findall(sentence)):
            return True
    return False


def value_instead(rest: str, names: Sequence[str]) -> str:
    """Return the value that follows a no: "het is teamleider" gives "teamleider"; "" when none is given plainly.

    `names` are what the asked value is called ("functie"): "mijn nummer is …" is no answer to a question about a role.
    """
    data = knowledge("confirmations")["instead"]
    subject = rf"(?:{alternation(data['what'])}|(?:{alternation(data['whose'])})\s+(?P<name>[\w-]{{2,30}})|)"
    pattern = (
        rf"\s*(?:{subject}\s*\b(?:{alternation(data['is'])})|{alternation(data['i_am'])})\b\s*:?\s*(?P<value>\S.*)"
    )
    found = re.match(pattern, rest.lstrip(_QUOTES)[:LONGEST], re.IGNORECASE)
    if found is None:
        return ""
    called = (found["name"] or "").lower()
    if called and not any(called in name.lower() for name in names):
        return ""
    value = re.split(r"[.!;\n](?:\s|$)", found["value"], maxsplit=1)[0].strip(_QUOTES)
    return value if len(value) <= MAX_VALUE and not words("confirmations", "but") & set(value.lower().split()) else ""


def _stretches(message: Message) -> Iterator[tuple[list[Block], bool]]:
    """The author's own blocks of the body, cut where quoted words stand between them; whether such stand above them."""
    stretch: list[Block] = []
    among = False
    for block in message.blocks:
        if block.part != "body" or not block.text.strip():
            continue
        if block.kind in _OWN and not block.level:
            stretch.append(block)
        elif block.kind is BlockKind.QUOTED:
            if stretch:
                yield stretch, among
            stretch, among = [], among or not block.heading
    if stretch:
        yield stretch, among


@dataclass(slots=True, kw_only=True)
class _Clause:
    says: Saying | None
    """None for manners."""
    start: int
    end: int
    sure: bool = False
    ends: bool = False
    """A full stop or a line's end follows."""
    words: frozenset[str] = frozenset()


def _read(stretch: Sequence[Block], name: set[str], *, among: bool) -> Confirmation | None:
    """What one stretch says; None when it holds manners alone."""
    text = "".join(" " * (block.start - before) + block.text for before, block in _placed(stretch))
    text, offset = _MARKS.sub(lambda marks: " " * len(marks[0]), text), stretch[0].start
    signed = next((block.start - offset for block in stretch if block.kind is BlockKind.SIGNATURE), len(text))
    # A short answer on a line of its own looks like a name block; what else stands there answers nothing.
    clauses = [
        clause
        for clause in _clauses(text, name)
        if clause.says is not None and (clause.start < signed or clause.says is not Saying.NOTHING)
    ]
    if not clauses:
        return None
    first, said = clauses[0], [clause for clause in clauses if clause.says is not Saying.NOTHING]
    if first.says is Saying.NOTHING:
        # "Wij zijn een basisschool, ja." answers nothing.
        return Confirmation(saying=Saying.NOTHING)
    saying = first.says if len({clause.says for clause in said}) == 1 else Saying.UNCLEAR
    assert saying is not None
    others = [clause for clause in clauses if clause.says is Saying.NOTHING]
    if others and saying is Saying.YES:
        if words("confirmations", "but") & frozenset().union(*(clause.words for clause in others)):
            saying = Saying.UNCLEAR
        elif not any(clause.sure or clause.ends for clause in said):
            # "Ja, ik wil graag ook een collega aanmelden" begins with a word that answers nothing.
            return Confirmation(saying=Saying.NOTHING)
    lasts = max(clause.end for clause in said)
    return Confirmation(
        saying=saying,
        alone=not others,
        pieces=1,
        inserted=among,
        start=offset + first.start,
        end=offset + lasts,
        rest=text[first.end :],
    )


def _placed(stretch: Sequence[Block]) -> Iterator[tuple[int, Block]]:
    end = stretch[0].start
    for block in stretch:
        yield end, block
        end = block.end


def _clauses(text: str, name: set[str]) -> Iterator[_Clause]:
    """Cut a text at its commas, full stops and lines; what follows a closing is a name."""
    closings = words("confirmations", "closings")
    for found in _CLAUSE.finditer(text):
        said = [word.lower() for word in _WORD.findall(found.group())]
        if not said:
            continue
        if said[0] in closings and set(said) <= closings | name:
            return
        yield _clause(said, found, text, name)


def _clause(said: Sequence[str], found: re.Match[str], text: str, name: set[str]) -> _Clause:
    data = {key: words("confirmations", key) for key in ("yes", "sure", "no", "beside", "some", "greetings", "thanks")}
    spoken = frozenset(said)
    clause = _Clause(
        says=Saying.NOTHING,
        start=found.start() + len(found.group()) - len(found.group().lstrip()),
        end=found.start() + len(found.group().rstrip()),
        sure=bool(spoken & data["sure"]),
        ends=_ENDS.match(text, found.end()) is not None,
        words=spoken,
    )
    plain = spoken <= data["yes"] | data["no"] | data["beside"] | data["some"]
    if plain and spoken & data["some"] and spoken & (data["yes"] | data["no"]):
        clause.says = Saying.UNCLEAR
    elif plain and spoken & data["no"]:
        clause.says = Saying.UNCLEAR if "ja" in spoken else Saying.NO
    elif plain and spoken & data["yes"]:
        clause.says = Saying.YES
    elif (
        spoken <= name | data["beside"]
        or (said[0] in data["greetings"] and len(said) <= 5)
        or (said[0] in data["thanks"] and len(said) <= 8)
    ):
        clause.says = None
    return clause
