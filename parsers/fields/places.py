"""Towns and provinces: names from a list, postcodes, area codes, and what stands where a town belongs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from parsers.dutch import folded, knowledge, words
from parsers.extraction import Candidate
from parsers.fields.reading import Passage, Reading, Token, Voice, candidate, tidy

_POSTCODE = re.compile(r"(?<!\w)([1-9]\d{3})[ \t]?([A-Za-z]{2})(?![\w])[ \t]*[,|]?[ \t]*")
_STREET = re.compile(
    r"(?:straat|weg|laan|plein|kade|dijk|singel|gracht|hof|pad|steeg|dreef|baan|park|markt|ring|wal|plantsoen|burg)$|^(?:van|de|den|der)$"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A town found in a row of words."""

    name: str
    """As the list writes it."""
    count: int
    """Of how many words."""
    provinces: tuple[str, ...]
    """The provinces that have one of this name; the likeliest first, when one is likelier."""
    sure: bool
    """There is one such town, or one that people mean."""


@cache
def _gazetteer() -> dict[str, tuple[tuple[tuple[str, ...], str, tuple[str, ...], bool], ...]]:
    data = knowledge("places")
    provinces: dict[str, list[str]] = {}
    for province, names in data["provinces"].items():
        for name in names:
            provinces.setdefault(name, []).append(province)
    by_key: dict[tuple[str, ...], tuple[str, list[str]]] = {}
    for name, where in provinces.items():
        key = _key(name)
        kept = by_key.setdefault(key, (name, []))
        kept[1].extend(p for p in where if p not in kept[1])
    first = {_key(name): province for name, province in data["first"].items()}
    table: dict[str, list[tuple[tuple[str, ...], str, tuple[str, ...], bool]]] = {}
    for key, (name, where) in by_key.items():
        lead = first.get(key)
        ordered = tuple(sorted(where, key=lambda province: province != lead))
        table.setdefault(key[0], []).append((key, name, ordered, len(where) == 1 or lead is not None))
    return {key: tuple(sorted(value, key=lambda item: -len(item[0]))) for key, value in table.items()}


def _key(name: str) -> tuple[str, ...]:
    plain = folded(name).replace("st. ", "sint ").replace("’", "'")
    return tuple(re.findall(r"[^\W_]+(?:['./][^\W_]+)*", plain.replace("-", " ")))


def _words_of(token: Token) -> list[str]:
    return folded(token.text).replace("’", "'").strip("'.").replace("-", " ").split()


@cache
def _word_places() -> frozenset[tuple[str, ...]]:
    return frozenset(_key(name) for name in knowledge("places")["words"]["names"])


def place_at(tokens: tuple[Token, ...], text: str, number: int) -> Place | None:
    """The town whose name begins at a token, the longest one; None when there is none."""
    start = _words_of(tokens[number])
    if not start:
        return None
    options = _gazetteer().get("sint" if start[0] == "st" else start[0])
    if not options:
        return None
    row, counts, position = [], [], number
    while position < len(tokens) and position - number < 5:
        if position > number:
            gap = text[tokens[position - 1].end : tokens[position].start]
            if gap.strip(" -.'’\n") or gap.count("\n") > 1:
                break
        row.extend("sint" if word == "st" else word for word in _words_of(tokens[position]))
        position += 1
        counts.append(len(row))
    for key, name, provinces, sure in options:
        if tuple(row[: len(key)]) == key and len(key) in counts:
            return Place(name, counts.index(len(key)) + 1, provinces, sure)
    return None


def provinces_of(name: str) -> tuple[tuple[str, ...], bool]:
    """The provinces that have a town of this name, the likeliest first, and whether that one is certain enough."""
    key = _key(name)
    while key:
        for other, _, provinces, sure in _gazetteer().get(key[0], ()):
            if other == key:
                return provinces, sure
        key = key[:-1]
    return (), False


def propose_places(reading: Reading) -> Iterator[Candidate]:
    """Propose every town of the mail, and what follows a postcode."""
    for passage in reading.passages:
        number = 0
        tokens = passage.tokens
        while number < len(tokens):
            found = place_at(tokens, passage.text, number)
            if not found:
                number += 1
                continue
            last = tokens[number + found.count - 1]
            start = tokens[number].start
            if _key(found.name) in _word_places() and _only_a_word(passage, number):
                number += 1
                continue
            if passage.text[start - 1 : start] in ("'", "’") and start and passage.text[start] == "s":
                start -= 1
            value = tidy(passage.text[start : last.end])
            yield candidate(
                "place",
                value,
                passage,
                (start, last.end),
                "town",
                *_context(passage, number, found),
                *_kind(found, value, tokens[number]),
            )
            part = re.match(
                r"[^\W\d_]{4,}(?=[ -](?:zuid|noord|oost|west|centrum|zuidoost|nieuw-west|hoogvliet|overvecht))",
                value,
                re.I,
            )
            if part:
                yield candidate(
                    "place",
                    part.group(),
                    passage,
                    (start, start + part.end()),
                    "town",
                    *_context(passage, number, found),
                    "of-longer",
                )
            number += found.count
        yield from _after_postcodes(passage)


def _only_a_word(passage: Passage, number: int) -> bool:
    """Whether a word that is also a town's name is just that word here: in small letters, a greeting, a sentence's first."""
    token = passage.tokens[number]
    if token.text.islower() or token.low in words("names", "never"):
        return True
    before = passage.text[max(passage.start, token.start - 3) : token.start]
    first = token.start - passage.start < 2 or "\n" in before or before.endswith((". ", "? ", "! "))
    return first and bool(re.match(r"[ ,]*[a-z]|,?\n\s*[a-z]|,\s*$", passage.text[token.end : passage.end]))


def _kind(found: Place, value: str, token: Token) -> Iterator[str]:
    if _key(found.name) in _word_places():
        yield "also-a-word"
    if not token.text[0].isupper() and token.text[0] != "'":
        yield "lower"
    if not found.sure:
        yield "many-provinces"


_IN = re.compile(
    r"(?<!\w)(in|te|uit|bij|van|naar|tot|rond|omgeving|regio|richting|vanuit|yn|from)\s+(?:het\s+|de\s+)?$", re.I
)
_HOUSE = re.compile(r"\s+\d{1,4}\s?[a-zA-Z]?(?=[\s,|\n]|$)")
_PO_BOX = re.compile(r"postbus\s*\d+[\s,|·-]*(?:\d{4}\s?[a-z]{2})?\s*$", re.I)


def _context(passage: Passage, number: int, found: Place) -> Iterator[str]:
    tokens, text = passage.tokens, passage.text
    start, end = tokens[number].start, tokens[number + found.count - 1].end
    before = text[max(passage.start, start - 40) : start]
    line = before.rsplit("\n", 1)[-1]
    lead = _IN.search(before)
    if lead:
        yield f"in:{lead.group(1).lower()}"
    stripped = line.rstrip()
    if not stripped:
        yield "line-start"
    elif stripped[-1] == ",":
        yield "after-comma"
    elif stripped[-1] in "|/-–·•":
        yield "after-bar"
    elif stripped[-1] == "(":
        yield "in-bracket"
    elif not lead:
        if number and tokens[number - 1].low in words("organisations", "articles") and text[tokens[number - 1].end : start] == " ":
            yield "after-article"
        if number and text[tokens[number - 1].end : start] == " " and tokens[number - 1].text[0].isupper():
            yield "after-capital"
    if re.search(r"[1-9]\d{3}\s?[A-Za-z]{2}[\s,]*$", before):
        yield "after-postcode"
    if _HOUSE.match(text, end, passage.end):
        yield "then-number"
    after = text[end : min(passage.end, end + 30)]
    rest = after.split("\n", 1)[0].strip(" .")
    if not rest:
        yield "line-end"
    elif rest[0] in ",|;":
        yield "then-separator"
    elif after[:1] == "-":
        yield "then-hyphen"
    elif after[:1] == " " and number + found.count < len(tokens) and tokens[number + found.count].text[0].isupper():
        yield "then-capital"


def _after_postcodes(passage: Passage) -> Iterator[Candidate]:
    for match in _POSTCODE.finditer(passage.text, passage.start, passage.end):
        town = re.compile(r"(?:['’][st]\s?)?[^\W\d_][^\n,|()·•;:]{1,30}").match(passage.text, match.end(), passage.end)
        if not town or (match.group(2).lower() in ("de", "en", "in", "op", "te") and match.group(2).islower()):
            continue
        value = re.split(r"\s+[-–]|\s{2,}|\s+(?:T|M|E|Tel|tel|KvK|www)\b|\.\s", town.group())[0].strip(" .")
        if value and len(value.split()) <= 4:
            yield candidate(
                "place", value, passage, (town.start(), town.start() + len(value)), "postcode", "after-postcode"
            )


@cache
def _ranges() -> tuple[tuple[int, int, str], ...]:
    return tuple((low, high, province) for low, high, province in knowledge("regions")["postcodes"]["ranges"])


def province_of_postcode(postcode: int) -> str:
    """The province where a postcode's four digits lie; empty when there are none such."""
    return next((province for low, high, province in _ranges() if low <= postcode <= high), "")


def province_of_phone(number: str) -> str:
    """The province of a Dutch number's area code; empty for mobile numbers and codes that lie in two."""
    if not number.startswith("+31"):
        return ""
    codes = knowledge("regions")["area_codes"]
    return str(codes.get("0" + number[3:6]) or codes.get("0" + number[3:5]) or "")


def postcodes(passage: Passage) -> Iterator[tuple[int, int, int]]:
    """Yield the place and the digits of each postcode."""
    for match in _POSTCODE.finditer(passage.text, passage.start, passage.end):
        if match.group(2).isupper() or match.group(2).islower():
            yield match.start(), match.end(), int(match.group(1))


@cache
def province_names() -> dict[str, str]:
    """What provinces are called, folded, to their names in lower case."""
    return {
        folded(alias): province
        for province, aliases in knowledge("regions")["names"].items()
        for alias in [province, *aliases]
    }


@cache
def _province_pattern() -> re.Pattern[str]:
    names = sorted(province_names(), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(name) for name in names)})(?!\w)")


def propose_provinces(reading: Reading) -> Iterator[Candidate]:
    """Propose the provinces that a mail names; of Utrecht and Groningen only when said to be the province."""
    for passage in reading.passages:
        low = folded(passage.words)
        if len(low) != passage.end - passage.start:
            low = passage.words.lower()
        for match in _province_pattern().finditer(low):
            name = province_names()[match.group()]
            start, end = passage.start + match.start(), passage.start + match.end()
            before = low[max(0, match.start() - 14) : match.start()]
            said = "provinc" in before
            if name in ("utrecht", "groningen") and not said and match.group() in ("utrecht", "groningen"):
                continue
            cues = ["said"] if said else []
            if passage.voice is Voice.SUBJECT:
                cues.append("subject")
            yield candidate("province", name, passage, (start, end), "province", *cues)
