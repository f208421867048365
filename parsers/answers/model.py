"""The learned model: weights that `benchmarks/train_answers.py` made out of the corpus, read once when first needed."""

import gzip
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from parsers.answers.features import describe
from parsers.answers.reading import Reading
from parsers.answers.spans import (
    QUESTIONS,
    SHAPES,
    Array,
    Choice,
    best_spans,
    infer,
    shape_scores,
    shapes_of,
    span_scores,
)
from parsers.answers.sureness import SIGNALS
from parsers.answers.vocabulary import Vocabulary
from parsers.loading import uncollected

LEARNED = Path(__file__).parents[1] / "learned"
STEP = 1 / 512
"""Weights are stored as whole numbers of this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A trained model; its arrays are never changed."""

    vocabulary: Vocabulary
    facts: Array
    """By fact and question; fact 0 is every unknown one."""
    shapes: Array
    order: Array
    final: Array
    presence: float = 0.5
    """An answer that is less likely than this to be there and to be right is not given."""
    bonus: float = 0.0
    """Added for every question answered: a missed answer is worse than one to be reviewed."""
    sureness: Sequence[float] = (0.0,) * len(SIGNALS)
    """The weights of the signals that an answer is right, learned from mail of writers who were left out."""


class Chooser:
    """A model before one mail: what it knows of the mail is found out once for all its applicants."""

    def __init__(self, model: Model, reading: Reading) -> None:
        self.model, self.reading = model, reading
        described = describe(reading, model.vocabulary)
        self.sentence_facts = described.sentence_facts
        own = (described.begin, described.inside, described.end)
        of_sentences = (described.begin_of_sentence, described.inside_of_sentence, described.end_of_sentence)
        every = _sums(model.facts, [*chain(*own, *of_sentences)])
        clauses, sentences = np.split(every, [3 * len(reading.clauses)])
        shared = sentences.reshape(3, -1, QUESTIONS)[:, described.sentence]
        self.sums = clauses.reshape(3, -1, QUESTIONS) + shared
        """For beginning, inside and end: what the facts of each clause say for each question."""

    def scores(self, first: int, end: int) -> Array:
        """Return the score of every span between two clauses."""
        shapes = shapes_of(self.reading, self.sentence_facts, first, end)
        begin, inside, last = self.sums[:, first:end]
        return span_scores(begin, inside, last, shape_scores(shapes, self.model.shapes), shapes.allowed)

    def choose(self, first: int, end: int) -> list[Choice]:
        """Return the likeliest span for each question between two clauses; none overlap."""
        if first >= end:
            return []
        model = self.model
        posterior = infer(self.scores(first, end), model.order + model.bonus, model.final)
        words = [len(clause.words) for clause in self.reading.clauses[first:end]]
        return [
            Choice(choice.question, choice.first + first, choice.last + first, choice.score)
            for choice in best_spans(posterior, words, model.presence)
        ]


def _sums(weights: Array, ids: Sequence[list[int]]) -> Array:
    """Add up the weights of the facts of each clause or sentence; each has some."""
    starts = np.cumsum([0, *map(len, ids)])[:-1]
    every = np.fromiter(chain.from_iterable(ids), dtype=np.intp)
    return np.add.reduceat(weights.take(every, axis=0), starts, axis=0)


@lru_cache(maxsize=4)
@uncollected()
def load_model(name: str) -> Model | None:
    """Return the model of that name in `learned/`, None when there is none: a call may name one that is not shipped."""
    path = LEARNED / f"{name}.json.gz"
    if not re.fullmatch(r"[a-z0-9_-]{1,60}", name) or not path.is_file():
        return None
    return model_of(json.loads(gzip.decompress(path.read_bytes())))


def model_of(data: Mapping[str, Any]) -> Model:
    """Make a model of what its file holds."""
    facts = np.array(data["facts"], dtype=np.float32).reshape(-1, QUESTIONS) * STEP
    shapes = np.array(data["shapes"], dtype=np.float32) * STEP
    assert shapes.shape == (QUESTIONS, SHAPES), "trained for other shapes: train again"
    return Model(
        vocabulary=Vocabulary(data["names"]),
        facts=np.concatenate([np.zeros((1, QUESTIONS), dtype=np.float32), facts]),
        shapes=shapes,
        order=np.array(data["order"]) * STEP,
        final=np.array(data["final"]) * STEP,
        presence=data["presence"],
        bonus=data["bonus"],
        sureness=tuple(data["sureness"][signal] for signal in SIGNALS),
    )
