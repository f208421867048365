"""Phrases as data: a small language for wordings, and finding them in sentences in one pass.

A phrase is words with blanks between: "wil|willen * meedoen". `a|b` is either word, `stem~` any word that begins so,
`*` up to eight words or none. Matching stays within a sentence and never backtracks beyond a phrase's two stars.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest

GAP = 8
STEM = 4
"""A stem has at least so many letters: phrases are looked up by them."""
_BREAK = re.compile(r"\n\s*\n|(?<=[.!?…])[\s)\"'”’]+|\n(?=\s*(?:[-*•–>]|\(?\w{1,2}[.):/]))")
_TOKEN = re.compile(
    r"(?P<url>(?:https?|hxxps?)://\S{1,200}|www\.\S{1,200})"
    r"|(?P<mail>[\w.+-]{1,64}(?:@|\s?[(\[]at[)\]]\s?)[\w-]{1,63}\.[\w.-]{2,60})"
    r"|(?P<number>\+?\(?\d[\d\s()./–-]{0,20}\d|\d)"
    r"|(?P<word>[^\W\d_]+(?:['’-][^\W\d_]+)*)"
    r"|(?P<mark>[?€])"
)
SHORT_LINE = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence as normalised words: lower case; addresses, numbers and links as "_mail", "_tel", "_num", "_url"."""

    words: tuple[str, ...]
    asks: bool
    """It ends with, or holds, a question mark."""


def sentences_of(text: str) -> list[Sentence]:
    """Cut a text into sentences. Short lines stand alone, as in lists and signatures; other line ends are wrapping."""
    chunks = (_words(chunk) for piece in _BREAK.split(text) for chunk in _lines(piece))
    return [
        Sentence(words=tuple(word for word in words if word != "?"), asks="?" in words) for words in chunks if words
    ]


def _lines(piece: str) -> list[str]:
    """Join wrapped lines: a line goes on when it is long, or when the next one begins in lower case."""
    found: list[str] = []
    wrapped = False
    for line in piece.split("\n"):
        bare = line.strip()
        if found and (wrapped or bare[:1].islower()):
            found[-1] = f"{found[-1]} {bare}"
        else:
            found.append(bare)
        wrapped = len(line) > SHORT_LINE
    return found


def _words(text: str) -> list[str]:
    words = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind in {"word", "mark"}:
            words.append(match.group().lower().replace("’", "'"))
        elif kind == "number":
            words.append(_number(match.group()))
        else:
            words.append(f"_{kind}")
    return words


def _number(text: str) -> str:
    digits = sum(character.isdigit() for character in text)
    if digits >= 9:
        return "_tel"
    return text if digits == 1 and len(text) == 1 else "_num"


@dataclass(frozen=True, slots=True)
class _Phrase:
    family: str
    items: tuple[frozenset[str] | str | None, ...]
    """Words of which one must stand there, a stem, or None for a gap."""
    needed: tuple[frozenset[str], ...]
    """The words of the items after the first: without one of each in the sentence there is no need to look."""


@dataclass(slots=True)
class _Beginning:
    """What phrases that begin with one word ask for besides; most are ruled out without a look at them."""

    alone: list[str] = field(default_factory=list)
    """Families that need no more."""
    followed: dict[str, list[str]] = field(default_factory=dict)
    """Families by the word that must follow at once."""
    needing: dict[str, list[_Phrase]] = field(default_factory=dict)
    """Phrases by each word of which one must stand somewhere."""
    needed: set[str] = field(default_factory=set)
    """Those words."""
    others: list[_Phrase] = field(default_factory=list)

    def add(self, phrase: _Phrase) -> None:
        """Put a phrase where it costs least to find."""
        match phrase.items[1:]:
            case ():
                self.alone.append(phrase.family)
            case (frozenset() as following,):
                for word in following:
                    self.followed.setdefault(word, []).append(phrase.family)
            case _ if phrase.needed:
                self.needed |= phrase.needed[-1]
                for word in phrase.needed[-1]:
                    self.needing.setdefault(word, []).append(phrase)
            case _:
                self.others.append(phrase)


class Phrases:
    """Families of phrases, ready to be found."""

    def __init__(self, families: Mapping[str, Iterable[str]]) -> None:
        """Compile the phrases of each family. Raises ValueError for one that the language above does not know."""
        self.families = tuple(families)
        self._by_word: dict[str, _Beginning] = {}
        self._by_stem: dict[str, list[_Phrase]] = {}
        for family, wordings in families.items():
            for wording in wordings:
                self._add(family, wording)

    def _add(self, family: str, wording: str) -> None:
        items = tuple(_item(word) for word in wording.split())
        if not items or items[0] is None or items[-1] is None or items.count(None) > 2:
            raise ValueError(f"{family}: {wording!r}: begin and end with a word, and use at most two stars")
        needed = tuple(item for item in items[1:] if isinstance(item, frozenset))
        phrase, first = _Phrase(family, items, needed), items[0]
        if isinstance(first, str):
            self._by_stem.setdefault(first[:STEM], []).append(phrase)
        else:
            for word in first:
                self._by_word.setdefault(word, _Beginning()).add(phrase)

    def find(self, words: tuple[str, ...]) -> dict[str, list[int]]:
        """Tell, for each family found in a sentence's words, at which words its phrases begin (some twice)."""
        found: dict[str, list[int]] = {}
        present = set(words)
        for position, (word, following) in enumerate(zip_longest(words, words[1:], fillvalue="")):
            if beginning := self._by_word.get(word):
                for family in beginning.alone:
                    found.setdefault(family, []).append(position)
                for family in beginning.followed.get(following, ()):
                    found.setdefault(family, []).append(position)
                for needed in beginning.needed & present:
                    _look(beginning.needing[needed], words, position, found)
                _look(beginning.others, words, position, found)
            if stems := self._by_stem.get(word[:STEM]):
                _look(stems, words, position, found)
        return dict(sorted(found.items()))


def _look(phrases: list[_Phrase], words: tuple[str, ...], position: int, found: dict[str, list[int]]) -> None:
    """Note the families of the phrases that stand here."""
    for phrase in phrases:
        if _fits(phrase.items, 0, words, position):
            found.setdefault(phrase.family, []).append(position)


def _item(word: str) -> frozenset[str] | str | None:
    if word == "*":
        return None
    if word.endswith("~"):
        if len(word) <= STEM or "|" in word:
            raise ValueError(f"{word!r}: a stem has at least {STEM} letters and no alternatives")
        return word[:-1]
    return frozenset(word.split("|"))


def _fits(items: tuple[frozenset[str] | str | None, ...], index: int, words: tuple[str, ...], position: int) -> bool:
    """Whether the items from `index` on stand in the words from `position` on."""
    while index < len(items):
        item = items[index]
        if item is None:
            last = min(position + GAP, len(words) - 1)
            return any(_fits(items, index + 1, words, start) for start in range(position, last + 1))
        if position >= len(words):
            return False
        word = words[position]
        if not (word.startswith(item) if isinstance(item, str) else word in item):
            return False
        index, position = index + 1, position + 1
    return True
