"""The plain words of a mail, as the trained model counts them beside what they are meant to do."""

from collections import Counter
from itertools import pairwise
from math import log

from parsers.kind_voices import Voices


def words_of(voices: Voices) -> dict[str, float]:
    """Count the author's own words and pairs of neighbours, and the subject's words: the tenth time adds little."""
    counts: Counter[str] = Counter()
    for sentence in voices.own.sentences:
        counts.update(f"u{word}" for word in sentence.words)
        ends = ("^", *sentence.words, "?" if sentence.asks else "$")
        counts.update(f"b{left} {right}" for left, right in pairwise(ends))
    for sentence in voices.subject.sentences:
        counts.update(f"s{word}" for word in sentence.words)
    return {word: 1.0 + log(count) for word, count in counts.items()}
