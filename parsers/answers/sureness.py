"""How sure an answer that the model chose is: what speaks for it, weighed as it was right in mail of other writers."""

import math
from collections.abc import Sequence

from parsers.answers.reading import Reading
from parsers.answers.rules import Passage
from parsers.answers.spans import QUESTIONS, Choice

SIGNALS = (
    "any",
    "score",
    "nothing marked",
    "several marked",
    "this marked",
    "as marked",
    "just as marked",
    *(f"question {question}" for question in range(1, QUESTIONS)),
)
"""What speaks for or against an answer; each has a weight in the model's file."""
_ALIKE = 0.8
_LEAST = 1e-3


def signals(reading: Reading, passages: Sequence[Passage], choice: Choice) -> tuple[float, ...]:
    """Return the strength of each signal; `passages` are those of the rules in the same part of the mail."""
    score = min(max(choice.score, _LEAST), 1 - _LEAST)
    marked = {passage.question for passage in passages}
    same = max((_likeness(reading, passage, choice) for passage in passages), default=0.0)
    facts = (
        not marked,
        len(marked) > 1,
        choice.question in marked,
        same >= _ALIKE,
        same == 1,
        *(choice.question == question for question in range(1, QUESTIONS)),
    )
    return (1.0, math.log(score / (1 - score)), *map(float, facts))


def _likeness(reading: Reading, passage: Passage, choice: Choice) -> float:
    """Return the word F1 of a choice with the rules' passage for the same question, 0 with another's."""
    if passage.question != choice.question:
        return 0.0

    def words(first: int, last: int) -> int:
        return sum(len(clause.words) for clause in reading.clauses[first : last + 1])

    common = words(max(passage.first, choice.first), min(passage.last, choice.last))
    return 2 * common / max(1, words(passage.first, passage.last) + words(choice.first, choice.last))


def probability(weights: Sequence[float], strengths: Sequence[float]) -> float:
    """Return how often an answer with signals of these strengths is right."""
    total = sum(weight * strength for weight, strength in zip(weights, strengths, strict=True))
    return 1 / (1 + math.exp(-max(min(total, 30.0), -30.0)))
