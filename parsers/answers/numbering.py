"""The numbers of facts that return in mail after mail, looked up together and once."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from parsers.answers.remembered import Remembered
from parsers.answers.sentences import bucket
from parsers.answers.vocabulary import Vocabulary

Ids = tuple[int, ...]
Joint = tuple[str, bool, bool, str, str]
"""What parts two clauses, whether a sentence begins there, whether a paragraph does; where a row ends, whether it and
the next are items of a list, and the kind of words that begins."""

_WORD = ("iw=", "bb=", "bsw=", "enw=", "eaw=")
_STEM = ("ip=", "bp=")
_STEM_LENGTH = 5
_FACT = ("bs:", "bs-:", "bs+:", "bso:", "b:o", "b:c", "is:", "is-:", "is+:", "es:", "es+:")
_PLACE = ("bs:", "is:", "b:o", "e:z")


class OfWords(NamedTuple):
    """The numbers of words: in their own clause, before a clause, in the sentence before or behind; 0 is none."""

    inside: Ids = ()
    before: Ids = ()
    earlier: Ids = ()
    later: Ids = ()
    next: Ids = ()
    inside_stem: Ids = ()
    before_stem: Ids = ()


class OfFacts(NamedTuple):
    """The numbers of a sentence's facts: of its own clauses, of those in the sentences around."""

    begin: Ids
    begin_after: Ids
    begin_ahead: Ids
    earlier: Ids
    opens: Ids
    colon: Ids
    inside: Ids
    inside_after: Ids
    inside_ahead: Ids
    end: Ids
    end_ahead: Ids


class OfPlace(NamedTuple):
    """The numbers of where a sentence stands."""

    begin: Ids
    inside: Ids
    opens: Ids
    closes: Ids


class Group(NamedTuple):
    """The numbers of facts of use in all three places."""

    begin: Ids
    inside: Ids
    end: Ids


class Numbering:
    """A vocabulary by what is asked of it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._number = vocabulary.number
        self.tables = tuple(vocabulary.table(prefix) for prefix in ("b:", "i:", "e:", "i2="))
        self.firsts = tuple(vocabulary.table("b:" + name) for name in ("first=", "token=", "first2="))
        self.lasts = tuple(vocabulary.table("b:" + name) for name in ("last1=", "last2=", "last3="))
        self.thens = tuple(vocabulary.table("e:" + name) for name in ("then=", "then2=", "word="))
        self.earlier_ends = vocabulary.table("b:earlier-end")
        self._words = Remembered(self._word)
        self._facts: Remembered[str, Ids] = Remembered(lambda name: self._numbers(_FACT, name))
        self._places: Remembered[str, Ids] = Remembered(lambda name: self._numbers(_PLACE, name))
        self._groups: Remembered[tuple[str, ...], Group] = Remembered(
            lambda names: Group(*(self.of("bie"[n] + ":", names) for n in range(3)))
        )
        self.joints: Remembered[tuple[str, Joint | None], Ids] = Remembered(
            lambda key: self.of("e:", _joint_facts(*key))
        )
        self.positions: Remembered[tuple[int, int], Group] = Remembered(lambda key: self.group(_position_facts(*key)))
        self.since: Remembered[int, Ids] = Remembered(lambda count: self.of("b:", ("any", "since" + bucket(count))))
        self.inside: Remembered[int, Ids] = Remembered(lambda count: self.of("i:", ("any", "words" + bucket(count))))
        self.left = Remembered(self._left)

    def of(self, prefix: str, names: Iterable[str]) -> Ids:
        """Return the numbers of facts of one sort."""
        return tuple([self._number(prefix + name) for name in names])

    def words(self, words: Sequence[str]) -> OfWords:
        """Return the numbers of words, column by column."""
        return OfWords(*zip(*[self._words[word] for word in words], strict=True))

    def facts(self, names: Sequence[str]) -> OfFacts:
        """Return the numbers of a sentence's facts, of which each has some."""
        return OfFacts(*zip(*[self._facts[name] for name in names], strict=True))

    def place(self, names: Sequence[str]) -> OfPlace:
        """Return the numbers of where a sentence stands, of which each has some."""
        return OfPlace(*zip(*[self._places[name] for name in names], strict=True))

    def group(self, names: tuple[str, ...]) -> Group:
        """Return the numbers of facts of use in all three places."""
        return self._groups[names]

    def _numbers(self, prefixes: Sequence[str], name: str) -> Ids:
        """Return the numbers of one fact in each of the places that the prefixes tell."""
        return tuple(self._number(prefix + name) for prefix in prefixes)

    def _word(self, word: str) -> Ids:
        stem = word[:_STEM_LENGTH] if len(word) > _STEM_LENGTH else ""
        return self._numbers(_WORD, word) + tuple(self._number(prefix + stem) if stem else 0 for prefix in _STEM)

    def _left(self, key: tuple[str, int]) -> Ids:
        """Number how much of its sentence is left where a clause begins; the key says whether it opens it too."""
        how, left = key
        names = how + "left" + bucket(left, (1, 3, 6, 12)), "left" + bucket(left, (0, 1, 2, 3, 4, 6, 9, 14, 20))
        return self.of("b:", names)


def _position_facts(left: int, share: int) -> tuple[str, ...]:
    to_closing = bucket(left, (1, 2, 4, 8, 16, 30)) if left else "after"
    return "closing" + to_closing, f"share{share}"


def _joint_facts(last: str, joint: Joint | None) -> list[str]:
    """Name what stands at the joint behind a clause that ends with a sign, or behind the last one."""
    if joint is None:
        return ["any", "sentence-ends", "last=" + last, "last-clause", "parted=END"]
    parting, opens, apart, bullets, kind = joint
    facts = ["any", "sentence-ends" if opens else "mid-sentence", "last=" + last]
    facts += ("parted=" + parting, f"parted={last}{parting}{int(apart)}")
    if bullets:
        facts += ("paragraph-ends" if apart else "row-ends", "bullets" + bullets)
    if kind:
        facts.append("then" + kind)
    return facts


@lru_cache(maxsize=2)
def numbering_of(vocabulary: Vocabulary) -> Numbering:
    """Return the numbering by a vocabulary; those of the last two are kept."""
    return Numbering(vocabulary)
