"""What tells an answer by its words: compiled once for a call out of its questions and `knowledge/answers*.toml`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from config.call import Call, Question
from parsers.answers.remembered import Remembered
from parsers.dutch import knowledge

Kinds = tuple[str, ...]


class Lexicon:
    """Words and phrases, each with the names it stands for; a * ends a word whose ending is free."""

    def __init__(self, lists: Mapping[str, Iterable[str]]) -> None:
        self._words: dict[str, set[str]] = {}
        self._stems: dict[str, set[str]] = {}
        self._phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name, phrases in lists.items():
            for phrase in phrases:
                self._add(name, tuple(phrase.split()))
        self._lengths = sorted({len(stem) for stem in self._stems})
        self.known = Remembered(self._of_word)
        """What single lower-case words stand for."""

    def _add(self, name: str, parts: tuple[str, ...]) -> None:
        if len(parts) > 1:
            self._phrases.setdefault(parts[0], []).append((parts[1:], name))
        elif parts[0].endswith("*"):
            self._stems.setdefault(parts[0][:-1], set()).add(name)
        else:
            self._words.setdefault(parts[0], set()).add(name)

    def _of_word(self, word: str) -> Kinds:
        found = set(self._words.get(word, ()))
        for length in self._lengths:
            found |= self._stems.get(word[:length], set()) if len(word) >= length else set()
        return tuple(sorted(found))

    def of_words(self, row: Sequence[str]) -> set[str]:
        """Name what the words of a sentence stand for, phrases included."""
        known = self.known
        found = {name for word in row for name in known[word]}
        phrases = self._phrases
        for number, word in enumerate(row, 1):
            if word in phrases:
                for rest, name in phrases[word]:
                    if name not in found and _goes_on(row, number, rest):
                        found.add(name)
        return found

    def begins(self, row: Sequence[str]) -> bool:
        """Tell whether a row of words begins with one of the words or phrases."""
        if not row:
            return False
        return bool(self.known[row[0]]) or any(_goes_on(row, 1, rest) for rest, _ in self._phrases.get(row[0], ()))


def _goes_on(row: Sequence[str], start: int, rest: tuple[str, ...]) -> bool:
    if len(row) < start + len(rest):
        return False
    for place, part in enumerate(rest, start):
        word = row[place]
        if word != part and not (part[-1] == "*" and word.startswith(part[:-1])):
            return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Cues:
    """A call's questions as patterns. Questions go by their place in the call, from 0."""

    ids: tuple[str, ...]
    published: tuple[tuple[str, ...], ...]
    """The words of each question as published."""
    labels: tuple[re.Pattern[str], ...]
    """What labels or introduces an answer to each question."""
    leads: tuple[frozenset[str], ...]
    """Words with which an answer may begin that belong to the question: "omdat"."""
    label_words: Lexicon
    """The single words of those labels, named by the question's place."""


@lru_cache(maxsize=16)
def _cues(questions: tuple[Question, ...]) -> Cues:
    families = knowledge("answers")["families"]
    labels, leads, published = [], [], []
    for question in questions:
        said = f"{question.text} {question.topic} {' '.join(question.cues)}".lower()
        own = [
            family
            for family in families.values()
            if any(re.search(rf"(?<!\w){re.escape(key)}", said) for key in family["keys"])
        ]
        phrases = [question.topic.lower(), *question.cues]
        labels.append([*phrases, *(label for family in own for label in family["labels"])])
        text = tuple(re.findall(r"\w+", question.text.lower()))
        published.append(text)
        leads.append(frozenset(lead for family in own for lead in family["leads"]) | frozenset(text[-1:]))
    return Cues(
        ids=tuple(question.id for question in questions),
        published=tuple(published),
        labels=tuple(pattern_of(each) for each in labels),
        leads=tuple(leads),
        label_words=Lexicon({str(place): each for place, each in enumerate(labels)}),
    )


def cues_of(call: Call) -> Cues:
    """Return the call's cues; the work is done once for each set of questions."""
    return _cues(call.questions)


def pattern_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """One regular expression for phrases, whole words, a * for any ending; without phrases it matches nothing."""
    ordered = sorted(
        {phrase.strip() for phrase in phrases if phrase.strip()}, key=lambda phrase: (-len(phrase), phrase)
    )
    alternatives = [re.escape(phrase).replace(r"\ ", r"\s").replace(r"\*", r"\w{0,25}") for phrase in ordered]
    return re.compile(rf"(?<![\w-])(?:{'|'.join(alternatives) or '(?!)'})(?!\w)", re.I)


@lru_cache(maxsize=1)
def signs() -> Lexicon:
    """Return what the words of a sentence speak of."""
    return Lexicon(knowledge("answers_signs"))


@lru_cache(maxsize=1)
def openings() -> Lexicon:
    """Return the words with which a mail is opened."""
    return Lexicon({"opening": knowledge("answers")["lines"]["openings"]})


@lru_cache(maxsize=1)
def closings() -> Lexicon:
    """Return the words with which a mail is closed."""
    return Lexicon({"closing": knowledge("answers")["lines"]["closings"]})


@lru_cache(maxsize=1)
def field_labels() -> Lexicon:
    """Return the words that label a field."""
    return Lexicon({"field": knowledge("answers")["lines"]["fields"]})


SHORT_ANSWER = 12
"""Words up to which an answer that speaks of "later" is taken to be put off."""


def puts_off(words: Sequence[str], text: str) -> bool:
    """Tell whether few words only put an answer off; "hoe begin je als nog niet iedereen wil" asks."""
    asks = "asking" in signs().known[words[0].lower()]
    return len(words) <= SHORT_ANSWER and not asks and postponements().search(text) is not None


@lru_cache(maxsize=1)
def postponements() -> re.Pattern[str]:
    """Return the pattern of saying that an answer comes later or not at all."""
    return pattern_of(knowledge("answers")["later"]["phrases"])
