"""Dutch towns and provinces: which province has a town, a postcode, an area code."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from parsers.dutch import REMEMBERED, folded, knowledge
from parsers.fields.reading import Token
from parsers.fields.vocabulary import TOWN

Key = tuple[str, ...]
"""A town's name as its words, folded."""


@dataclass(frozen=True, slots=True)
class Town:
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
def _towns() -> dict[str, tuple[tuple[Key, str, tuple[str, ...], bool], ...]]:
    """Every town by the first word of its name: its key, its name, its provinces, and whether these are certain."""
    data = knowledge("places")
    by_key: dict[Key, tuple[str, list[str]]] = {}
    for province, names in data["provinces"].items():
        for name in names:
            where = by_key.setdefault(key_of(name), (name, []))[1]
            if province not in where:
                where.append(province)
    first = {key_of(name): province for name, province in data["first"].items()}
    table: dict[str, list[tuple[Key, str, tuple[str, ...], bool]]] = {}
    for key, (name, where) in by_key.items():
        lead = first.get(key)
        ordered = tuple(sorted(where, key=lambda province, lead=lead: province != lead))  # type: ignore[misc]
        table.setdefault(key[0], []).append((key, name, ordered, len(where) == 1 or lead is not None))
    return {word: tuple(sorted(towns, key=lambda town: -len(town[0]))) for word, towns in table.items()}


@cache
def _seconds() -> dict[str, frozenset[str] | None]:
    """The second words of the towns whose names begin with a word; None when that word alone is a town."""
    return {
        word: None if any(len(town[0]) == 1 for town in towns) else frozenset(town[0][1] for town in towns)
        for word, towns in _towns().items()
    }


@lru_cache(maxsize=REMEMBERED)
def key_of(name: str) -> Key:
    """The words of a town's name as they are compared: "St. Jansteen" as "sint", "jansteen"."""
    plain = folded(name).replace("st. ", "sint ").replace("’", "'")
    return tuple(re.findall(r"[^\W_]+(?:['./][^\W_]+)*", plain.replace("-", " ")))


@lru_cache(maxsize=REMEMBERED)
def _words_of(text: str) -> Key:
    parts = folded(text).replace("’", "'").strip("'.").replace("-", " ").split()
    return tuple("sint" if part == "st" else part for part in parts)


@cache
def _also_words() -> frozenset[Key]:
    return frozenset(key_of(name) for name in knowledge("places")["words"]["names"])


def is_also_a_word(name: str) -> bool:
    """Whether a town's name is an ordinary word or a person's name as well: "Best", "Groet", "Erica"."""
    return key_of(name) in _also_words()


def town_at(tokens: tuple[Token, ...], text: str, number: int) -> Town | None:
    """The town whose name begins at a token, the longest one; None when there is none."""
    if not tokens[number].classes & TOWN:
        return None
    start = _words_of(tokens[number].text)
    options = _towns().get(start[0]) if start else None
    if not options:
        return None
    seconds = _seconds()[start[0]]
    if seconds is not None and len(start) == 1:
        following = _words_of(tokens[number + 1].text) if number + 1 < len(tokens) else ()
        if not following or following[0] not in seconds:
            return None
    row, counts = list(start), [len(start)]
    for position in range(number + 1, min(number + 5, len(tokens))):
        gap = text[tokens[position - 1].end : tokens[position].start]
        if gap.strip(" -.'’\n") or gap.count("\n") > 1:
            break
        row.extend(_words_of(tokens[position].text))
        counts.append(len(row))
    for key, name, provinces, sure in options:
        if tuple(row[: len(key)]) == key and len(key) in counts:
            return Town(name, counts.index(len(key)) + 1, provinces, sure)
    return None


def provinces_of(name: str) -> tuple[tuple[str, ...], bool]:
    """The provinces that have a town of this name, the likeliest first, and whether that one is certain enough."""
    key = key_of(name)
    while key:
        for other, _, provinces, sure in _towns().get(key[0], ()):
            if other == key:
                return provinces, sure
        key = key[:-1]
    return (), False


def without_quarter(name: str) -> str:
    """A town's name without the quarter that a hyphen ties to it: "Tiel" of "Tiel-Oost"; other names as they are."""
    head, hyphen, quarter = name.partition("-")
    if not (hyphen and quarter[:1].isupper()) or _is_town(name) or not _is_town(head):
        return name
    return head


def _is_town(name: str) -> bool:
    key = key_of(name)
    return bool(key) and any(other == key for other, _, _, _ in _towns().get(key[0], ()))


@cache
def _postcodes() -> tuple[tuple[int, int, str], ...]:
    return tuple((low, high, province) for low, high, province in knowledge("regions")["postcodes"]["ranges"])


def province_of_postcode(digits: int) -> str:
    """The province where a postcode's four digits lie; empty when there are none such."""
    return next((province for low, high, province in _postcodes() if low <= digits <= high), "")


def province_of_phone(number: str) -> str:
    """The province of a Dutch number's area code; empty for mobile numbers and codes that lie in two."""
    if not number.startswith("+31"):
        return ""
    codes = knowledge("regions")["area_codes"]
    return str(codes.get("0" + number[3:6]) or codes.get("0" + number[3:5]) or "")


@cache
def province_names() -> dict[str, str]:
    """What provinces are called, folded, to their names in lower case."""
    names = knowledge("regions")["names"]
    return {folded(alias): province for province, aliases in names.items() for alias in (province, *aliases)}
