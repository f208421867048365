"""What the parsers know of Dutch: word lists read once from `knowledge/`, and ways to compare words."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

REMEMBERED = 4096
"""Short texts whose other forms are kept: the same words return within a mail, and from mail to mail."""
_OTHER = re.compile(r"[\W_]+")

KNOWLEDGE = Path(__file__).parent / "knowledge"


@cache
def knowledge(name: str) -> dict[str, Any]:
    """Read one file of word lists, "roles" for knowledge/roles.toml. It is data of ours: a wrong file is a bug."""
    return tomllib.loads((KNOWLEDGE / f"{name}.toml").read_text("utf-8"))


@cache
def words(name: str, key: str) -> frozenset[str]:
    """One word list as a set."""
    return frozenset(knowledge(name)[key])


def alternation(phrases: Iterable[str]) -> str:
    """Phrases as one regular expression, the longest first, any white space between their words."""
    ordered = sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase))
    return "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in ordered)


@lru_cache(maxsize=REMEMBERED)
def folded(text: str) -> str:
    """Lower case without accents: "Bûtenpost" and "butenpost" meet."""
    if text.isascii():
        return text.lower()
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)).lower()


@lru_cache(maxsize=REMEMBERED)
def compact(text: str) -> str:
    """Only the letters and digits, folded, as domain names write things: "obs De Klimop" as "obsdeklimop"."""
    return _OTHER.sub("", folded(text))
