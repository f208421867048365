"""What each word can begin: a role, a town, a kind of school … looked up once for every word of a mail."""

import re
from collections.abc import Mapping
from functools import cache

from parsers.dutch import folded, knowledge, words

MAX_KNOWN = 50_000
"""Words whose classes are kept; beyond that many the memory starts anew."""

ROLE, TOWN, KIND, END, ARTICLE, SECTOR, PROVINCE, CLOSING, SELF, FIRST_NAME = (1 << n for n in range(10))

_known: dict[str, int] = {}


def known_classes() -> Mapping[str, int]:
    """The classes of the words seen so far: to be looked at before `classes_of` is asked."""
    return _known


def classes_of(low: str) -> int:
    """The classes of a word in small letters, as bits."""
    found = _known.get(low)
    if found is None:
        if len(_known) > MAX_KNOWN:
            _known.clear()
        found = _known[low] = _classify(low)
    return found


def _classify(low: str) -> int:
    plain, bare = folded(low), low.rstrip(".")
    tests = (
        (ROLE, is_role_word(bare)),
        (TOWN, _beginning(plain) in first_words("towns")),
        (KIND, bare in first_words("kinds")),
        (END, low in words("organisations", "ends") or _ends_like_school(low)),
        (ARTICLE, low in words("organisations", "articles")),
        (SECTOR, bare in first_words("sectors") or low in first_words("sectors")),
        (PROVINCE, plain in first_words("provinces") or bare in first_words("provinces")),
        (CLOSING, bare in first_words("closings")),
        (SELF, bare in first_words("self")),
        (FIRST_NAME, plain in first_names()),
    )
    return sum(bit for bit, holds in tests if holds)


def _beginning(plain: str) -> str:
    return re.split(r"[-'.’]", plain.strip("'’."), maxsplit=1)[0] or plain


def is_role_word(bare: str) -> bool:
    """Whether a word can be, or begin, what somebody calls their work."""
    heads = first_words("roles")
    if bare in heads:
        return True
    if "@" in bare or len(bare) < 3:
        return False
    if bare.endswith(role_endings()):
        return True
    return ("-" in bare and bare.partition("-")[0] in heads) or ("/" in bare and bare.partition("/")[0] in heads)


@cache
def role_endings() -> tuple[str, ...]:
    """Endings that make a role of a word."""
    return tuple(ending.rstrip(".") for ending in words("roles", "endings"))


@cache
def school_endings() -> tuple[str, ...]:
    """Endings that make a name of a school of a word."""
    return tuple(words("organisations", "endings"))


def _ends_like_school(low: str) -> bool:
    return len(low) > 7 and low.endswith(school_endings()) and low not in words("organisations", "common")


@cache
def first_names() -> frozenset[str]:
    """First names, folded."""
    return frozenset(folded(name) for name in words("names", "first"))


@cache
def first_words(table: str) -> frozenset[str]:
    """The words with which the phrases of a table begin."""
    match table:
        case "towns":
            names = [name for names in knowledge("places")["provinces"].values() for name in names]
            return frozenset({_beginning(folded(name).split()[0]) for name in names} | {"st"})
        case "kinds":
            phrases = list(words("organisations", "kinds"))
        case "roles":
            phrases = list(words("roles", "heads"))
        case "sectors":
            phrases = [phrase for phrases in knowledge("sectors")["stated"].values() for phrase in phrases]
        case "provinces":
            names = knowledge("regions")["names"]
            phrases = [folded(alias) for province, aliases in names.items() for alias in (province, *aliases)]
        case "closings":
            phrases = list(knowledge("people")["closings"]["phrases"])
        case _:
            phrases = [phrase.rstrip(":,") for phrase in knowledge("people")["before"][table]]
    found = {phrase.strip("()").split()[0] for phrase in phrases}
    return frozenset(found | {word.rstrip(".") for word in found} | {re.split(r"[^\w'’.-]", word)[0] for word in found})
