"""Persons' names as such: out of display names, compared with each other, found in addresses."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from parsers.dutch import REMEMBERED, alternation, compact, folded, knowledge, words
from parsers.fields.vocabulary import first_names, school_endings

LETTER = r"[^\W\d_]"
_NAME_WORDS = re.compile(rf"{LETTER}+")
_PIECES = re.compile(r"\s+[|/–-]+\s+|\s*\|\s*|\s*[(\[<]|\s+via\s+|\s*[)\]>]")
_NO_NAME = re.compile(r"[^\w\s.'’-]|\d+\w*")
_CALLED = re.compile(rf"\(({LETTER}[^()]{{1,30}})\)")
_BEHIND = re.compile(r"\(|\s[-|/–]\s|\|")


@cache
def titles() -> re.Pattern[str]:
    """Titles and forms of address before a name."""
    return re.compile(rf"(?:(?:{alternation(words('names', 'titles'))})\s+)+", re.I)


@lru_cache(maxsize=256)
def display_names(display: str) -> tuple[str, ...]:
    """The names of persons in a display name: "Vries, Jan de | OBS De Klimop" as "Jan de Vries"."""
    return tuple(_names_of(display.strip(" '\"")))


def _names_of(display: str) -> Iterator[str]:
    if not display or "@" in display:
        return
    turned = _turned(display) if "," in display else ""
    if turned and not _is_office(turned):
        yield turned
        return
    for piece in _PIECES.split(display):
        ends_in_initial = bool(re.search(r"\b\w\.$", piece))
        value = " ".join(_NO_NAME.sub(" ", piece).split()).strip(" -.") + ("." if ends_in_initial else "")
        title = titles().match(value)
        value = value[title.end() :] if title else value
        if len(value) > 2 and not _is_office(value):
            yield value


def _turned(display: str) -> str:
    """ "Loon, K. van (Karin) - CBS De Wegwijzer" as "Karin van Loon"; empty when it is no such name."""
    family, _, rest = display.partition(",")
    called = _CALLED.search(rest)
    rest = _BEHIND.split(rest)[0].strip()
    particles = words("names", "particles")
    family_words = family.split()
    small = [word for word in family_words[1:] if word.lower() in particles]
    given = [word for word in rest.split() if word.lower() not in particles]
    if len(family_words) > 3 or (len(family_words) > 2 and not small) or not 0 < len(given) < 5:
        return ""
    if called and called.group(1).istitle() and folded(called.group(1).split()[0]) in first_names():
        given = [called.group(1)]
    before = [word for word in rest.split() if word.lower() in particles]
    return " ".join([*given, *before, *small, *(word for word in family_words if word not in small)])


@cache
def offices() -> frozenset[str]:
    """Words of display names and addresses that speak of an office and not of a person."""
    return frozenset(knowledge("people")["offices"]["words"])


def _is_office(value: str) -> bool:
    tokens = [token.strip(".'’").lower() for token in value.split()]
    if any(token in offices() or token in words("organisations", "kinds") for token in tokens):
        return True
    if any(token.endswith(school_endings()) for token in tokens) or len(tokens) > 6:
        return True
    return tokens[0] in ("de", "het", "'t", "t", "it")


@lru_cache(maxsize=REMEMBERED)
def name_words(name: str) -> tuple[str, ...]:
    """The words of a name, folded, initials as single letters."""
    return tuple(_NAME_WORDS.findall(folded(name)))


@cache
def _plain_particles() -> frozenset[str]:
    particles = frozenset(word for particle in words("names", "particles") for word in name_words(particle))
    return particles - {"ben", "al", "d", "t", "v"}


@lru_cache(maxsize=REMEMBERED)
def same_person(one: str, other: str) -> bool:
    """Whether two writings can be of one person: no full word against another, initials fitting."""
    particles = _plain_particles()
    a, b = (tuple(word for word in name_words(name) if word not in particles) for name in (one, other))
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    full = {word for word in short if len(word) > 1}
    if not full & set(long):
        return False
    return all(any(w.startswith(word) or (len(w) == 1 and word.startswith(w)) for w in long) for word in short)


@lru_cache(maxsize=REMEMBERED)
def in_address(name: str, address: str) -> str:
    """How an e-mail address shows a name: "surname", "first" or "" for not at all."""
    local = compact(address.partition("@")[0])
    long = [word for word in name_words(name) if len(word) > 2]
    if not long or not local:
        return ""
    if any(word in local for word in long[1:]):
        return "surname"
    return "first" if long[0] in local else ""
