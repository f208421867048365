"""The plain words of a mail, as the trained model counts them beside what they are meant to do."""

from collections import Counter
from itertools import pairwise
from math import log

from parsers.kind_voices import Voices

STEM = 4
"""Letters that a word is known by: inflections and compounds of rare words count as one."""


def words_of(voices: Voices) -> dict[str, float]:
    """Count the stems of the author's own words and pairs of neighbours, and the subject's: the tenth adds little."""
    counts: Counter[str] = Counter()
    for sentence in voices.own.sentences:
        stems = _stems(sentence.words)
        counts.update([f"u{stem}" for stem in stems])
        ends = ("^", *stems, "?" if sentence.asks else "$")
        counts.update([f"b{left} {right}" for left, right in pairwise(ends)])
    for sentence in voices.subject.sentences:
        counts.update([f"s{stem}" for stem in _stems(sentence.words)])
    return {word: 1.0 + log(count) for word, count in counts.items()}


def _stems(words: tuple[str, ...]) -> list[str]:
    """Beginnings of words; what stands for an address, a number or the call's name stays whole."""
    return [word if word.startswith("_") else word[:STEM] for word in words]
