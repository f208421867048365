"""Towns and provinces in a mail: names from the list, and what stands behind a postcode."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice

from parsers.dutch import alternation, folded, knowledge, words
from parsers.extraction import Candidate
from parsers.fields.gazetteer import (
    Town,
    is_also_a_word,
    province_names,
    provinces_of,
    town_at,
    without_quarter,
)
from parsers.fields.reading import Passage, Reading, Voice, candidate, tidy
from parsers.fields.vocabulary import PROVINCE, TOWN

MAX_TOWNS = 1_500
"""Words of one passage that are looked up: more stand in lists of all towns."""

_POSTCODE = re.compile(r"(?<!\w)([1-9]\d{3})[ \t]?([A-Za-z]{2})(?![\w])[ \t]*[,|]?[ \t]*")
_TOWN_BEHIND = re.compile(r"(?:['’][st]\s?)?[^\W\d_][^\n,|()·•;:]{1,30}")
_TOWN_ENDS = re.compile(r"\s+[-–]|\s{2,}|\s+(?:T|M|E|Tel|tel|KvK|www)\b|\.\s")
_SMALL_WORDS = frozenset({"de", "en", "in", "op", "te"})
_IN = re.compile(
    r"(?<!\w)(in|te|uit|bij|van|naar|tot|rond|omgeving|regio|richting|vanuit|yn|from)\s+(?:het\s+|de\s+)?$", re.I
)
_HOUSE = re.compile(r"\s+\d{1,4}\s?[a-zA-Z]?(?=[\s,|\n]|$)")
_CODE_BEFORE = re.compile(r"[1-9]\d{3}\s?[A-Za-z]{2}[\s,]*$")
_GOES_ON = re.compile(r"[ ,]*[a-z]|,?\n\s*[a-z]|,\s*$")
SILENT = frozenset({Voice.DISCLAIMER})


def propose_places(reading: Reading) -> Iterator[Candidate]:
    """Propose every town of the mail, and what follows a postcode."""
    for passage in reading.passages:
        if passage.voice in SILENT:
            continue
        after = 0
        for number in islice(passage.starting(TOWN), MAX_TOWNS):
            town = town_at(passage.tokens, passage.text, number) if number >= after else None
            if town and not (is_also_a_word(town.name) and _only_a_word(passage, number)):
                yield from _of_town(passage, number, town)
                after = number + town.count
            elif not town and number >= after:
                yield from _of_quarter(passage, number)
        yield from _after_postcodes(passage)


def _of_town(passage: Passage, number: int, town: Town) -> Iterator[Candidate]:
    """Propose a town, and the town of "Rotterdam-Zuid"."""
    text, tokens = passage.text, passage.tokens
    start, end = tokens[number].start, tokens[number + town.count - 1].end
    if start and text[start - 1] in "'’" and text[start] == "s":
        start -= 1
    value = tidy(text[start:end])
    cues = (*_context(passage, number, town), *_kind(town, value))
    yield candidate("place", value, passage, (start, end), "town", *cues)
    part = _parted().match(value)
    if part:
        yield candidate("place", part.group(), passage, (start, start + part.end()), "town", *cues, "of-longer")


def _of_quarter(passage: Passage, number: int) -> Iterator[Candidate]:
    """Propose the town of "Amsterdam-Osdorp", whose quarter no list knows."""
    token = passage.tokens[number]
    name = without_quarter(token.text)
    if name != token.text and not is_also_a_word(name):
        town = Town(name, 1, *provinces_of(name))
        cues = (*_context(passage, number, town), *_kind(town, name))
        span = (token.start, token.start + len(name))
        yield candidate("place", name, passage, span, "town", *cues, "of-longer")


@cache
def _parted() -> re.Pattern[str]:
    """A city with one of its quarters behind it: "Rotterdam-Zuid", not "Velsen-Noord", which is a place by itself."""
    parted = knowledge("places")["words"]
    return re.compile(rf"(?:{alternation(parted['cities'])})(?=[ -](?:{alternation(parted['quarters'])}))", re.I)


def _only_a_word(passage: Passage, number: int) -> bool:
    """Whether a word that is a town's name too is just a word here: small, a greeting, the first of a sentence."""
    token = passage.tokens[number]
    if token.low in words("names", "never"):
        return True
    if token.text.islower():
        lead = passage.tokens[number - 1].low if number else ""
        return lead not in ("in", "te", "uit") or sum(c.isupper() for c in passage.words) > 0.01 * len(passage.words)
    before = passage.text[max(passage.start, token.start - 3) : token.start]
    first = token.start - passage.start < 2 or "\n" in before or before.endswith((". ", "? ", "! "))
    return first and bool(_GOES_ON.match(passage.text, token.end, passage.end))


def _kind(town: Town, value: str) -> Iterator[str]:
    if is_also_a_word(town.name):
        yield "also-a-word"
    if value.islower():
        yield "lower"
    if not town.sure:
        yield "many-provinces"


def _context(passage: Passage, number: int, town: Town) -> Iterator[str]:
    tokens, text = passage.tokens, passage.text
    start, end = tokens[number].start, tokens[number + town.count - 1].end
    before = text[max(passage.start, start - 40) : start]
    lead = _IN.search(before)
    if lead:
        yield f"in:{lead.group(1).lower()}"
    yield from _left(before, tokens[number - 1].low if number else "", bool(lead))
    if _CODE_BEFORE.search(before):
        yield "after-postcode"
    if _HOUSE.match(text, end, passage.end):
        yield "then-number"
    after = text[end : min(passage.end, end + 30)]
    rest = after.split("\n", 1)[0].strip(" .")
    following = tokens[number + town.count] if number + town.count < len(tokens) else None
    if not rest:
        yield "line-end"
    elif rest[0] in ",|;":
        yield "then-separator"
    elif after[:1] == "-":
        yield "then-hyphen"
    elif after[:1] == " " and following and following.text[0].isupper():
        yield "then-capital"


def _left(before: str, previous: str, led: bool) -> Iterator[str]:
    """Say what stands before a town on its line."""
    line = before.rsplit("\n", 1)[-1].rstrip()
    if not line:
        yield "line-start"
    elif line[-1] == ",":
        yield "after-comma"
    elif line[-1] in "|/-–·•":
        yield "after-bar"
    elif line[-1] == "(":
        yield "in-bracket"
    elif not led and before.endswith(" "):
        if previous in words("organisations", "articles"):
            yield "after-article"
        if re.search(r"[A-ZÀ-Þ][\w'’.-]* $", before):
            yield "after-capital"


def _after_postcodes(passage: Passage) -> Iterator[Candidate]:
    for match in _POSTCODE.finditer(passage.text, passage.start, passage.end):
        town = _TOWN_BEHIND.match(passage.text, match.end(), passage.end)
        if not town or match.group(2) in _SMALL_WORDS:
            continue
        value = _TOWN_ENDS.split(town.group())[0].strip(" .")
        if value and len(value.split()) <= 4:
            span = (town.start(), town.start() + len(value))
            yield candidate("place", value, passage, span, "postcode", "after-postcode")


def postcodes(passage: Passage) -> Iterator[tuple[int, int]]:
    """Yield where each postcode ends, and its four digits."""
    for match in _POSTCODE.finditer(passage.text, passage.start, passage.end):
        if match.group(2).isupper() or match.group(2).islower():
            yield match.end(), int(match.group(1))


@cache
def _province_pattern() -> re.Pattern[str]:
    names = sorted(province_names(), key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(re.escape(name) for name in names)})(?!\w)")


def propose_provinces(reading: Reading) -> Iterator[Candidate]:
    """Propose the provinces that a mail names; of Utrecht and Groningen only when said to be the province."""
    for passage in reading.passages:
        position = passage.start
        for number in passage.starting(PROVINCE):
            start = passage.tokens[number].start
            match = _province_pattern().match(folded(passage.text[start : min(start + 30, passage.end)]))
            if not match or start < position:
                continue
            position = start + match.end()
            said = "provinc" in passage.text[max(passage.start, start - 14) : start].lower()
            if match.group() in ("utrecht", "groningen") and not said:
                continue
            cues = (*(("said",) if said else ()), *(("subject",) if passage.voice is Voice.SUBJECT else ()))
            name = province_names()[match.group()]
            yield candidate("province", name, passage, (start, position), "province", *cues)
