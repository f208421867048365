"""The model's inference: the probability of every span of clauses being the answer to each question.

A semi-Markov model over clauses: a mail holds at most one span for each question, and spans do not overlap. A span's
score is the sum of what its first clause, its inside, its last clause and its shape say; the words outside score
nothing. As the sum over all ways to place the spans factors by the questions already placed, it costs a few products
of matrices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from parsers.answers.reading import Reading
from parsers.dutch import knowledge

Array = npt.NDArray[Any]

QUESTIONS = 3
"""The model is made for three questions; a call that names it has as many."""
MASKS = 1 << QUESTIONS
IMPOSSIBLE = -1e30
SIGNS = tuple(knowledge("answers_signs"))
_SIGN_NUMBERS = {sign: number for number, sign in enumerate(SIGNS)}

_WORDS = np.array([1, 2, 3, 4, 6, 8, 11, 15, 20, 26, 34, 45, 60, 90])
_SIZES = (len(_WORDS) + 1, 28, 16, 18, 32)
_OFFSETS = np.concatenate([[0], np.cumsum(_SIZES)])
SHAPES = int(_OFFSETS[-1]) + 2 * len(SIGNS)
"""How many weights of shape there are for each question."""


@lru_cache(maxsize=1)
def _moves() -> tuple[dict[tuple[int, int], int], list[tuple[list[int], list[int], list[int]]]]:
    """Number the moves "with these questions placed, place this one next"; by question list from, to and number."""
    masks = [[mask for mask in range(MASKS) if not mask >> q & 1] for q in range(QUESTIONS)]
    numbers = {move: n for n, move in enumerate((mask, q) for q in range(QUESTIONS) for mask in masks[q])}
    lists = [
        (masks[q], [mask | 1 << q for mask in masks[q]], [numbers[mask, q] for mask in masks[q]])
        for q in range(QUESTIONS)
    ]
    return numbers, lists


def move_number(mask: int, question: int) -> int:
    """Return the number of placing a question when those in the mask have been placed."""
    return _moves()[0][mask, question]


MOVES = QUESTIONS * MASKS // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    """The moves from masks of the same number of questions: as many for each question, and made at once."""

    masks: Array
    """By question and move, from which mask …"""
    thens: Array
    """… to which, …"""
    numbers: Array
    """… and the move's number."""
    left: list[int]
    """The masks that are moved from, …"""
    ways_from: Array
    """… and for each the places of its moves, counted through; …"""
    reached: list[int]
    """… so the masks that are reached …"""
    ways_to: Array
    """… by which moves."""


@lru_cache(maxsize=1)
def _levels() -> tuple[_Level, ...]:
    """Group the moves by how many questions have been placed."""
    return tuple(_level(size) for size in range(QUESTIONS))


def _level(size: int) -> _Level:
    masks = [[m for m in range(MASKS) if m.bit_count() == size and not m >> q & 1] for q in range(QUESTIONS)]
    moves = [(mask, question) for question, those in enumerate(masks) for mask in those]
    left, reached = sorted({m for m, _ in moves}), sorted({m | 1 << q for m, q in moves})
    return _Level(
        masks=np.array(masks),
        thens=np.array([[mask | 1 << question for mask in those] for question, those in enumerate(masks)]),
        numbers=np.array([[move_number(mask, question) for mask in those] for question, those in enumerate(masks)]),
        left=left,
        ways_from=np.array([[n for n, (m, _) in enumerate(moves) if m == mask] for mask in left]),
        reached=reached,
        ways_to=np.array([[n for n, (m, q) in enumerate(moves) if m | 1 << q == mask] for mask in reached]),
    )


MAX_SPAN = 28
"""Clauses of the longest span; one answer in two hundred is longer. So the work grows with the mail, no faster."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """What every span of a mail is like as a whole, by its first clause and how many clauses it goes on."""

    buckets: Array
    """Numbers of weights, some for each span."""
    holds: Array
    """By sign too: 1 where the span holds the sign."""
    several: Array
    """1 where a span goes beyond one sentence."""
    allowed: Array
    """Where a span may stand: from a clause to a later one of the same part."""


@lru_cache(maxsize=64)
def last_clauses(count: int) -> Array:
    """Return the last clause of every span, by its first and how many clauses it goes on; `count` where none is."""
    last: Array = np.minimum(np.arange(count)[:, None] + np.arange(min(count, MAX_SPAN)), count)
    last.flags.writeable = False
    return last


def shapes_of(reading: Reading, facts: Sequence[Sequence[str]], first: int, end: int) -> Shapes:
    """Describe the spans between two clauses; `facts` are those of each clause's sentence."""
    clauses = reading.clauses[first:end]
    rows = [reading.rows[clause.row] for clause in clauses]
    last = last_clauses(len(clauses))
    beyond, last = last == len(clauses), np.minimum(last, len(clauses) - 1)
    sentence = np.array([clause.sentence for clause in clauses])
    paragraph = np.array([row.paragraph for row in rows])
    parts = {name: number for number, name in enumerate(dict.fromkeys(row.part for row in rows))}
    part = np.array([parts[row.part] for row in rows])
    asks = np.array([clause.tokens[-1][-1] == "?" for clause in clauses], dtype=np.int64)
    opens = np.array([clause.opens_sentence for clause in clauses])
    closes = np.append(opens[1:], True)
    paragraph_opens = np.append([True], paragraph[1:] != paragraph[:-1])
    paragraph_closes = np.append(paragraph_opens[1:], True)
    words = _sums([len(clause.words) for clause in clauses], last)
    commas = _sums([sum(token in _JOINING for token in clause.tokens) for clause in clauses], last)
    more = (sentence[last] - sentence[:, None]).clip(0, 6)
    further = (paragraph[last] - paragraph[:, None]).clip(0, 3)
    asked = _sums(asks, last).clip(0, 2)
    buckets = (
        np.searchsorted(_WORDS, words, side="left"),
        more * 4 + opens[:, None] * 2 + closes[last],
        further * 4 + paragraph_opens[:, None] * 2 + paragraph_closes[last],
        asked * 6 + asks[last] * 3 + np.minimum(more, 2),
        commas.clip(0, 7) * 4 + np.searchsorted([3, 8, 16], words),
    )
    return Shapes(
        buckets=np.stack(buckets) + _OFFSETS[:-1, None, None],
        holds=_holding(facts[first:end], last),
        several=(more > 0).astype(np.float32),
        allowed=~beyond & (part[:, None] == part[last]),
    )


_JOINING = frozenset((",", ";", "en", "and", "/"))


def _sums(values: Sequence[int] | Array, last: Array) -> Array:
    """Return the sum of the values of every span."""
    total = np.concatenate([[0], np.cumsum(values)])
    sums: Array = total[last + 1] - total[:-1, None]
    return sums


def _holding(facts: Sequence[Sequence[str]], last: Array) -> Array:
    present = np.zeros((len(facts) + 1, len(SIGNS)), dtype=np.int32)
    of_sentence: list[int] = []
    for place, names in enumerate(facts, 1):
        if place == 1 or names is not facts[place - 2]:
            of_sentence = [_SIGN_NUMBERS[name] for name in names if name in _SIGN_NUMBERS]
        present[place, of_sentence] = 1
    total = np.cumsum(present, axis=0)
    holds: Array = (total[last + 1] > total[:-1, None]).astype(np.float32)
    return holds


def shape_scores(shapes: Shapes, weights: Array) -> Array:
    """Return what the shape of every span says, question by span."""
    scores = np.stack([each.take(shapes.buckets).sum(axis=0) for each in weights])
    alone, also = weights[:, _OFFSETS[-1] : -len(SIGNS)], weights[:, -len(SIGNS) :]
    held = np.moveaxis(shapes.holds @ np.concatenate([alone, also]).T.astype(np.float32), 2, 0)
    total: Array = scores + held[:QUESTIONS] + held[QUESTIONS:] * shapes.several
    return total


def span_scores(begin: Array, inside: Array, end: Array, shape: Array, allowed: Array) -> Array:
    """Return the score of every span, by question; IMPOSSIBLE where none may stand."""
    total = np.concatenate([np.zeros((1, QUESTIONS)), np.cumsum(inside, axis=0)])
    last = np.minimum(last_clauses(len(begin)), len(begin) - 1)
    scores = (begin - total[:-1]).T[:, :, None] + (end + total[1:]).T[:, last] + shape
    return np.where(allowed, scores, IMPOSSIBLE)


@dataclass(frozen=True, slots=True)
class Posterior:
    """What the model holds likely."""

    spans: Array
    """The probability of each span, by question."""
    masks: Array
    """The probability that just the questions of each mask are answered."""
    moves: Array
    """How often each move is expected."""


def infer(scores: Array, order: Array, final: Array) -> Posterior:
    """Return the posterior. `order` weighs the moves, `final` the sets of questions that are answered in the end."""
    highest = np.maximum(scores.max(axis=(1, 2)), 0.0)
    mass = np.exp(scores - highest[:, None, None])
    weight = np.exp(order)
    moved = _by_last(mass)
    before = _before(moved, weight)
    scale = np.array([sum(highest[q] for q in range(QUESTIONS) if mask >> q & 1) for mask in range(MASKS)])
    ends = final + scale + np.log(np.maximum(before[:, -1], 1e-300))
    total = ends.max() + np.log(np.exp(ends - ends.max()).sum())
    behind, ways = _behind(moved, weight, np.exp(final + scale - total))
    count = mass.shape[1]
    first, last = np.arange(count)[:, None], np.minimum(last_clauses(count), count - 1)
    expected = np.zeros(MOVES)
    spans = np.empty_like(mass)
    for question, (masks, thens, numbers) in enumerate(_moves()[1]):
        left = before[masks, :-1] * weight[numbers][:, None]
        expected[numbers] = (left * ways[numbers]).sum(axis=1)
        spans[question] = mass[question] * (left.T @ behind[thens, 1:])[first, last]
    return Posterior(spans=spans, masks=np.exp(ends - total), moves=expected)


def _by_last(mass: Array) -> Array:
    """Return the spans by first and last clause; for the thousand clauses that a mail may have, some megabytes."""
    count = mass.shape[1]
    spread = np.zeros((QUESTIONS, count, count + 1))
    spread[:, np.arange(count)[:, None], last_clauses(count)] = mass
    return spread[:, :, :count]


def _before(moved: Array, weight: Array) -> Array:
    """Return the weight of all ways to place the questions of each mask before each clause."""
    count = moved.shape[1]
    before = np.zeros((MASKS, count + 1))
    before[0] = 1
    for level in _levels():
        left = before[level.masks, :count] * weight[level.numbers][..., None]
        ways = np.matmul(left, moved).reshape(-1, count)
        before[level.reached, 1:] = np.cumsum(ways[level.ways_to].sum(axis=1), axis=1)
    return before


def _behind(moved: Array, weight: Array, final: Array) -> tuple[Array, Array]:
    """Return the weight of all ways to go on from each mask behind each clause, and of each move from each clause."""
    count = moved.shape[1]
    behind = np.zeros((MASKS, count + 1))
    behind[-1] = final[-1]
    ways = np.zeros((MOVES, count))
    for level in reversed(_levels()):
        going_on = np.matmul(moved, np.swapaxes(behind[level.thens, 1:], 1, 2))
        ways[level.numbers] = np.swapaxes(going_on, 1, 2)
        weighed = (ways[level.numbers] * weight[level.numbers][..., None]).reshape(-1, count)
        total = np.cumsum(weighed[level.ways_from].sum(axis=1)[:, ::-1], axis=1)[:, ::-1]
        behind[level.left] = final[level.left, None]
        behind[level.left, :count] += total
    return behind, ways


@dataclass(frozen=True, slots=True)
class Choice:
    """The span to answer a question with."""

    question: int
    first: int
    last: int
    score: float
    """How likely the question is answered, and the span overlaps the right one well enough."""


RIGHT = 0.8
SHARPNESS = 60.0
"""How nearly a span is wrong below a word F1 of RIGHT with the true one, and right above it."""
TIE = 1e-6
"""Of spans with the same words, with a sign more or less, the likelier is better."""
MAX_COMPARED = 60
"""Spans of a question that are compared; the rest is unlikely."""


def likely_spans(posterior: Posterior, words: Sequence[int]) -> list[Choice]:
    """Return the spans that may answer the questions, each with how likely its word F1 with the right one is 0.8."""
    total = np.concatenate([[0], np.cumsum(words)]).astype(float)
    found: list[Choice] = []
    for question, mass in enumerate(posterior.spans):
        flat = mass.ravel()
        likely = (
            np.argpartition(-flat, MAX_COMPARED)[:MAX_COMPARED] if flat.size > MAX_COMPARED else np.arange(flat.size)
        )
        likely = likely[flat[likely] > 1e-5]
        first, further = np.unravel_index(likely, mass.shape)
        last = first + further
        start, end = total[first], total[last + 1]
        common = np.minimum(end[:, None], end[None]) - np.maximum(start[:, None], start[None])
        f1 = 2 * common.clip(0) / np.maximum((end - start)[:, None] + (end - start)[None], 1e-9)
        worth = (1 / (1 + np.exp((RIGHT - f1) * SHARPNESS))) @ flat[likely] + TIE * flat[likely]
        found += map(Choice, [question] * len(likely), first.tolist(), last.tolist(), worth.tolist())
    return found


def best_spans(posterior: Posterior, words: Sequence[int], least: float = 0.0) -> list[Choice]:
    """Choose for each question the span that most likely agrees with the right one; the surest first, none overlap.

    Where a surer answer to another question stands, the best of the spans that are left is chosen; of those less likely
    to be right than `least`, none.
    """
    taken: dict[int, Choice] = {}
    for choice in sorted(likely_spans(posterior, words), key=lambda choice: -choice.score):
        if choice.score < least:
            break
        free = all(choice.last < other.first or other.last < choice.first for other in taken.values())
        if free and choice.question not in taken:
            taken[choice.question] = choice
    return list(taken.values())
