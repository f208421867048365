"""The fitting of the answers model: descent on the likelihood of the gold spans, with facts dropped at random."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from benchmarks.answers_gold import Example
from parsers.answers.features import describe
from parsers.answers.spans import (
    IMPOSSIBLE,
    MASKS,
    MAX_SPAN,
    MOVES,
    QUESTIONS,
    SHAPES,
    SIGNS,
    Array,
    Shapes,
    infer,
    last_clauses,
    move_number,
    shape_scores,
    shapes_of,
    span_scores,
)
from parsers.answers.vocabulary import Vocabulary

EPOCHS = 5
BATCH = 24
RATE = 0.05
"""At first; it falls to nothing at the end, so that what is learned hangs less on the mails seen last."""
DROPPED = 0.3
"""Share of the facts that each step does without, so that no few of them decide alone; those of the rules are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How one of several models is trained. They err differently, and their mean less than any of them."""

    ridge: float = 3e-4
    dropped: float = DROPPED
    unmarked: float = 0.0
    """Share of the mails that each step reads as if nothing were marked, so that the words of marked answers teach."""


COURSES = (Course(), Course(unmarked=0.5), Course(ridge=1.2e-3))
SEEN_AT_LEAST = 2
SHARPNESS = 10.0
"""A span with a word F1 of 0.8 or more with the gold one is right too, the less so the less it agrees."""
RIGHT = 0.8
CORPUS_WEIGHT = 3.0
"""What a mail of the corpus teaches beside one of our own, which are ten times as many: its answers are cut as they are
to be. Of 332 answers of three of its writers who were left out, 45 were wrong, missed or invented, without it 47."""
NEGLIGIBLE = 1e-9
"""A span of which the likelihood is off by less teaches nothing."""

_OF_RULES = re.compile(r"rule|behind")
_OF_MARKS = re.compile(r"rule|behind|marked|named|elsewhere|coming|MARKER")
_FIRST, _SECOND = 0.9, 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """Weights, with the names of the facts by number; number 0 is no fact."""

    names: Sequence[str]
    facts: Array
    shapes: Array
    order: Array
    final: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """The spans that are right for a question."""

    places: tuple[int, Array, Array]
    """The question, their first clauses, and how many clauses they go on."""
    loss: Array
    """How right they are: 0 for the gold span, less for others."""
    follows: Array
    """By span of the answer before and by span of this: 1 where the one ends before the other begins."""


@dataclass(slots=True, kw_only=True)
class Prepared:
    """An example as arrays."""

    count: int
    starts: Array
    """For the beginning of every clause, then for the inside, then for the end: where its facts begin …"""
    facts: Array
    """… among the numbers of the facts of all; each has some."""
    shapes: Shapes
    right: tuple["Right", ...]
    """The spans that are right for each question that is answered, in the order of the answers."""
    moves: Array
    """The moves that place the gold spans."""
    mask: int
    """Which questions are answered."""
    is_own: bool
    weight: float
    """How much it teaches beside others."""


def prepare(found: Sequence[Example], vocabulary: Vocabulary) -> list[Prepared]:
    """Describe the examples; the vocabulary learns their facts."""
    return [_prepare(example, vocabulary) for example in found]


def _prepare(example: Example, vocabulary: Vocabulary) -> Prepared:
    reading = example.reading
    described = describe(reading, vocabulary)
    count = len(reading.clauses)
    ids: list[list[int]] = []
    of_sentences = (described.begin_of_sentence, described.inside_of_sentence, described.end_of_sentence)
    for own, shared in zip((described.begin, described.inside, described.end), of_sentences, strict=True):
        ids += [shared[number] + each for number, each in zip(described.sentence, own, strict=True)]
    shapes = shapes_of(reading, described.sentence_facts, 0, count)
    words = np.concatenate([[0], np.cumsum([len(clause.words) for clause in reading.clauses])]).astype(float)
    mask = sum(1 << question for question, span in enumerate(example.spans) if span)
    return Prepared(
        count=count,
        starts=np.cumsum([0, *map(len, ids)])[:-1],
        facts=np.fromiter(chain.from_iterable(ids), dtype=np.intp),
        shapes=shapes,
        right=_right(example.spans, words, shapes.allowed),
        moves=_moves_of(example.spans),
        mask=mask,
        is_own=example.is_own,
        weight=1.0 if example.is_own else CORPUS_WEIGHT,
    )


def _right(spans: Sequence[tuple[int, int] | None], words: Array, allowed: Array) -> tuple[Right, ...]:
    """Return what is right for each question that is answered."""
    found: list[Right] = []
    last = np.full(1, -1)
    for span, question in sorted((span, question) for question, span in enumerate(spans) if span):
        loss = _loss(span, words, allowed)
        first, further = np.nonzero(loss > IMPOSSIBLE / 2)
        follows = (last[:, None] < first).astype(float)
        found.append(Right(places=(question, first, further), loss=loss[first, further], follows=follows))
        last = first + further
    return tuple(found)


def _loss(span: tuple[int, int], words: Array, allowed: Array) -> Array:
    """Return what the score of each span loses beside the gold one; IMPOSSIBLE for those that agree too little."""
    first, last = words[:-1][:, None], words[1:][np.minimum(last_clauses(len(allowed)), len(allowed) - 1)]
    start, end = words[span[0]], words[span[1] + 1]
    common = (np.minimum(last, end) - np.maximum(first, start)).clip(0)
    f1 = 2 * common / np.maximum(last - first + end - start, 1e-9)
    loss = np.where(allowed & (f1 >= RIGHT), SHARPNESS * (f1 - 1), IMPOSSIBLE)
    loss[span[0], min(span[1] - span[0], MAX_SPAN - 1)] = 0.0
    return loss


def _likely(right: Sequence[Right], scores: Array) -> list[Array]:
    """Return how likely each span of each answer is, given that all answers are right."""
    losses = [scores[each.places] + each.loss for each in right]
    weights = [np.exp((loss - loss.max()).clip(-200)) for loss in losses]
    before, behind = [], [np.ones(1)]
    sums = np.ones(1)
    for each, weight in zip(right, weights, strict=True):
        before.append(sums @ each.follows)
        sums = before[-1] * weight
    for each, weight in zip(right[:0:-1], weights[:0:-1], strict=True):
        behind.append(each.follows @ (weight * behind[-1]))
    ways = [b * w * a for b, w, a in zip(before, weights, reversed(behind), strict=False)]
    return [way / way.sum() for way in ways]


def _moves_of(spans: Sequence[tuple[int, int] | None]) -> Array:
    """Count the moves that place these spans in their order."""
    moves, mask = np.zeros(MOVES), 0
    for _, question in sorted((span, question) for question, span in enumerate(spans) if span):
        moves[move_number(mask, question)] += 1
        mask |= 1 << question
    return moves


@dataclass(slots=True)
class _Weights:
    """All weights, or all their slopes."""

    facts: Array
    shapes: Array
    own_shapes: Array
    """Added for our own mails: how long their answers run is the habit of those who wrote them. Not shipped."""
    order: Array
    final: Array

    @classmethod
    def zero(cls, count: int) -> "_Weights":
        shapes = np.zeros((2, QUESTIONS, SHAPES))
        facts = np.zeros((count, QUESTIONS), dtype=np.float32)
        return cls(facts, shapes[0], shapes[1], np.zeros(MOVES), np.zeros(MASKS))

    def __iter__(self) -> Iterator[Array]:
        return iter((self.facts, self.shapes, self.own_shapes, self.order, self.final))


def train(prepared: Sequence[Prepared], vocabulary: Vocabulary, courses: Sequence[Course] = COURSES) -> Trained:
    """Fit the weights in several courses and return their mean."""
    names = ["", *vocabulary.numbers]
    live = _number_anew(prepared, len(names))
    kept = np.array([False, *(bool(_OF_RULES.search(names[number])) for number in live)])
    marks = np.array([True, *(bool(_OF_MARKS.search(names[number])) for number in live)])
    total = _Weights.zero(len(live) + 1)
    for seed, course in enumerate(courses):
        for sums, value in zip(total, _run(course, prepared, kept, marks, seed), strict=True):
            np.add(sums, value, out=sums)
    share = len(courses) * (EPOCHS - EPOCHS // 2)
    facts = np.zeros((len(names), QUESTIONS))
    facts[live] = total.facts[1:] / share
    return Trained(
        names=names,
        facts=facts,
        shapes=total.shapes / share,
        order=total.order / share,
        final=total.final / share,
    )


def _run(course: Course, prepared: Sequence[Prepared], kept: Array, marks: Array, seed: int) -> _Weights:
    """Train once and return the sum of the weights after each round of the second half."""
    rng = np.random.default_rng(seed)
    steps = EPOCHS * math.ceil(len(prepared) / BATCH)
    weights, total, *moments = (_Weights.zero(len(kept)) for _ in range(4))
    step = 0
    for epoch in range(EPOCHS):
        order = rng.permutation(len(prepared))
        for start in range(0, len(order), BATCH):
            batch = [prepared[number] for number in order[start : start + BATCH]]
            there = rng.random(len(kept), dtype=np.float32) > course.dropped
            noise = np.where(kept, np.float32(1), there * np.float32(1 / (1 - course.dropped)))
            noise[0] = 0.0
            without = [marks if drop else None for drop in rng.random(len(batch)) < course.unmarked]
            step += 1
            slope = _slope(weights, batch, noise, without)
            _descend(weights, slope, moments, step, rate=RATE * (1 - (step - 1) / steps), ridge=course.ridge)
        if epoch >= EPOCHS // 2:
            for sums, value in zip(total, weights, strict=True):
                np.add(sums, value, out=sums)
    return total


def _number_anew(prepared: Sequence[Prepared], count: int) -> Array:
    """Keep the facts that enough mails have, number them from 1, and return their old numbers."""
    seen = np.zeros(count, dtype=np.int32)
    latest = np.full(count, -1)
    for place, example in enumerate(prepared):
        fresh = example.facts[latest[example.facts] != place]
        latest[fresh] = place
        seen[fresh] += 1  # once, however often it stands there
    seen[0] = 0
    live = np.flatnonzero(seen >= SEEN_AT_LEAST)
    number = np.zeros(count, dtype=np.intp)
    number[live] = np.arange(1, len(live) + 1)
    for example in prepared:
        anew = number[example.facts]
        example.starts = np.cumsum(np.append(0, anew > 0))[example.starts]
        example.facts = anew[anew > 0]
    return live


def _descend(
    weights: _Weights, slope: _Weights, moments: Sequence[_Weights], step: int, *, rate: float, ridge: float
) -> None:
    """Take one step of Adam, with a ridge on all weights: in place, for the arrays are large; the slope is used up."""
    for value, towards, mean, square in zip(weights, slope, *moments, strict=True):
        np.add(towards, ridge * value, out=towards)
        _add_moments(towards, mean, square)
        np.sqrt(square, out=towards)
        np.multiply(towards, 1 / math.sqrt(1 - _SECOND**step), out=towards)
        np.add(towards, 1e-6, out=towards)
        np.divide(mean, towards, out=towards)
        np.multiply(towards, rate / (1 - _FIRST**step), out=towards)
        np.subtract(value, towards, out=value)


def _add_moments(towards: Array, mean: Array, square: Array) -> None:
    """Renew the running means of the slope and of its square; the slope is used up."""
    mean *= _FIRST
    mean += (1 - _FIRST) * towards
    np.square(towards, out=towards)
    towards *= 1 - _SECOND
    square *= _SECOND
    square += towards


def _slope(weights: _Weights, batch: Sequence[Prepared], noise: Array, without: Sequence[Array | None]) -> _Weights:
    """Return the slope of the mean negative log-likelihood of spans that are right; some go without some facts."""
    slope = _Weights.zero(len(weights.facts))
    facts: list[Array] = []
    parts: list[Array] = []
    noisy = weights.facts * noise[:, None]
    for example, missing in zip(batch, without, strict=True):
        numbers = example.facts if missing is None else np.where(missing[example.facts], 0, example.facts)
        sums = np.add.reduceat(noisy.take(numbers, axis=0), example.starts, axis=0).reshape(3, -1, QUESTIONS)
        own = weights.own_shapes if example.is_own else 0.0
        shape = shape_scores(example.shapes, weights.shapes + own)
        scores = span_scores(sums[0], sums[1], sums[2], shape, example.shapes.allowed)
        wrong = infer(scores, weights.order, weights.final)
        share = example.weight / len(batch)
        difference = wrong.spans * share
        for each, likely in zip(example.right, _likely(example.right, scores), strict=True):
            difference[each.places] -= likely * share
        slope.order += (wrong.moves - example.moves) * share
        slope.final += wrong.masks * share
        slope.final[example.mask] -= share
        _add_shapes(slope.own_shapes if example.is_own else slope.shapes, example.shapes, difference)
        facts.append(numbers)
        parts.append(np.repeat(_by_clause(difference), np.diff(example.starts, append=len(numbers)), axis=1))
    every, part = np.concatenate(facts), np.concatenate(parts, axis=1)
    slope.shapes += slope.own_shapes
    for question in range(QUESTIONS):
        slope.facts[:, question] = np.bincount(every, weights=part[question], minlength=len(noise)) * noise
    return slope


def _by_clause(difference: Array) -> Array:
    """Return what the scores of beginning, inside and end of each clause are to blame for, by question."""
    count = difference.shape[1]
    last = last_clauses(count).ravel()
    begin = difference.sum(axis=2)
    end = np.stack([np.bincount(last, each.ravel(), count + 1)[:-1] for each in difference])
    inside = np.cumsum(begin, axis=1)
    inside[:, 1:] -= np.cumsum(end, axis=1)[:, :-1]
    return np.concatenate([begin, inside, end], axis=1)


def _add_shapes(slope: Array, shapes: Shapes, difference: Array) -> None:
    """Add what the shapes of spans are to blame for; most spans are so unlikely that they are not."""
    several, holds = shapes.several.ravel(), shapes.holds.reshape(-1, len(SIGNS))
    buckets = shapes.buckets.reshape(len(shapes.buckets), -1)
    for question in range(QUESTIONS):
        flat = difference[question].ravel()
        some = np.flatnonzero(np.abs(flat) > NEGLIGIBLE)
        blame = flat[some]
        every = np.concatenate([blame] * len(buckets))
        slope[question] += np.bincount(buckets[:, some].ravel(), weights=every, minlength=SHAPES)
        held = holds[some]
        slope[question, -2 * len(SIGNS) : -len(SIGNS)] += blame @ held
        slope[question, -len(SIGNS) :] += (blame * several[some]) @ held
