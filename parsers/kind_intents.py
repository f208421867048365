"""What each sentence of a mail is meant to do (sign up, ask, withdraw, correct …), as a trained model sees it."""

from collections.abc import Iterator
from itertools import pairwise
from math import log1p

import numpy as np
from numpy.typing import NDArray

from parsers.kind_model import Intents
from parsers.kind_voices import Region, Voices
from parsers.phrases import Sentence

SENTENCES, FORWARDED_SENTENCES, OPENING, CLOSING = 40, 20, 5, 4
"""How many sentences are judged: of the author's own, of forwarded ones, as the opening and as the close."""
REMEMBERED = 20_000
"""Words whose rows are kept: most return from mail to mail."""
_STORY = frozenset({"reason", "devq", "topics", "identity", "small", "earlier"})
"""Intents that applications are made of; the others are acts."""
_CROSSED = (
    "withdraw", "ask", "correct", "add", "thanks", "signup", "undecided", "decline", "privacy", "event", "excuse",
    "business",
)  # fmt: skip
_CONDITIONS = ("letter", "passed_on", "signs_up", "earlier", "answers", "data", "document", "about")


def traits_of(sentence: Sentence, families: dict[str, list[int]]) -> list[str]:
    """Return what the model knows a sentence by: words, pairs, letters, families, question or not, length."""
    traits = _traits_as_whole(sentence, families)
    for word in sentence.words:
        traits.extend(word_traits(word))
    return traits


def _traits_as_whole(sentence: Sentence, families: dict[str, list[int]]) -> list[str]:
    asks = str(sentence.asks)
    traits = [f"?{asks}", f"n{_length(len(sentence.words))}"]
    for family in families:
        traits.append(f"F{family}")
        traits.append(f"F{family}|{asks}")
    traits.extend([f"b{left} {right}" for left, right in pairwise(("^", *sentence.words, "$"))])
    return traits


def word_traits(word: str) -> tuple[str, ...]:
    """The word, its beginning, and every four letters of it: what it shares with its inflections and misspellings."""
    if len(word) < 5 or word.startswith("_"):
        return (f"u{word}",)
    edged = f"<{word[:40]}>"
    return (f"u{word}", f"p{word[:5]}", *(f"c{edged[start : start + 4]}" for start in range(len(edged) - 3)))


def _rows_of(sentence: Sentence, families: dict[str, list[int]], intents: Intents) -> tuple[list[int], int]:
    """The rows of the traits that the model knows, and how many traits there are."""
    row_of, remembered = intents.vocabulary.get, intents.remembered
    traits = _traits_as_whole(sentence, families)
    rows = [row for trait in traits if (row := row_of(trait)) is not None]
    size = len(traits)
    for word in sentence.words:
        if (known := remembered.get(word)) is None:
            known = _remember(word, intents)
        rows += known[0]
        size += known[1]
    return rows, size


def _remember(word: str, intents: Intents) -> tuple[list[int], int]:
    if len(intents.remembered) >= REMEMBERED:
        intents.remembered.clear()
    traits = word_traits(word)
    known = [row for trait in traits if (row := intents.vocabulary.get(trait)) is not None], len(traits)
    intents.remembered[word] = known
    return known


def _length(words: int) -> int:
    return sum(words >= bound for bound in (3, 7, 15, 30))


def intent_signals(voices: Voices, intents: Intents) -> dict[str, float]:
    """Condense the intents of a mail's sentences into signals."""
    signals: dict[str, float] = {}
    own = _judged(voices.own, intents, SENTENCES)
    if len(own):
        strongest, total = own.max(axis=0), own.sum(axis=0)
        signals.update(_named("intent", intents.labels, strongest, 0.15))
        signals.update(
            (f"{name} in all", log1p(value)) for name, value in _named("intent", intents.labels, total, 0.15)
        )
        for where, part in (("first", own[:OPENING]), ("last", own[-CLOSING:])):
            named = _named("intent", intents.labels, part.max(axis=0), 0.15)
            signals.update((f"{name} {where}", value) for name, value in named)
        signals.update(_acts(intents.labels, strongest))
    for name, region, limit in (("subject", voices.subject, 3), ("forwarded", voices.forwarded, FORWARDED_SENTENCES)):
        judged = _judged(region, intents, limit)
        if len(judged):
            signals.update(_named(f"{name} intent", intents.labels, judged.max(axis=0), 0.15))
    return signals


def with_crossed(signals: dict[str, float]) -> dict[str, float]:
    """Add what an act means under a fact: to withdraw in answer to our letter is another thing than in a story."""
    crossed: dict[str, float] = {}
    for condition in _CONDITIONS:
        state = condition if f"fact.{condition}" in signals else f"no {condition}"
        for act in _CROSSED:
            strength = signals.get(f"act {act}", 0.0)
            if strength > 0.1:
                crossed[f"act {act} & {state}"] = strength
    return {**signals, **crossed}


def _judged(region: Region, intents: Intents, limit: int) -> NDArray[np.float32]:
    """Give each sentence its probability of each intent, as rows."""
    rows: list[int] = []
    starts: list[int] = []
    lengths: list[int] = []
    for sentence, families in zip(region.sentences[:limit], region.found[:limit], strict=True):
        known, size = _rows_of(sentence, families, intents)
        if known:
            starts.append(len(rows))
            rows.extend(known)
            lengths.append(size)
    if not rows:
        return np.zeros((0, len(intents.labels)), np.float32)
    sums = np.add.reduceat(intents.weights[rows], starts, axis=0)
    return softmax(np.asarray(sums / np.sqrt(lengths)[:, None], np.float32))


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn rows of scores into rows of probabilities."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _named(
    prefix: str, labels: tuple[str, ...], values: NDArray[np.float32], least: float
) -> Iterator[tuple[str, float]]:
    return ((f"{prefix} {label}", float(value)) for label, value in zip(labels, values, strict=True) if value > least)


def _acts(labels: tuple[str, ...], strongest: NDArray[np.float32]) -> Iterator[tuple[str, float]]:
    """How much each act stands out among the acts."""
    squares = {label: float(value) ** 2 for label, value in zip(labels, strongest, strict=True) if label not in _STORY}
    total = sum(squares.values())
    return ((f"act {label}", square / total) for label, square in squares.items() if square > 0.04)
