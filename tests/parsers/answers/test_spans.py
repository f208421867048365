"""The model's sums over all placings of the answers are exact."""

import itertools

import numpy as np
import pytest

from parsers.answers.spans import IMPOSSIBLE, MASKS, MOVES, QUESTIONS, best_spans, infer, last_clauses, move_number


def test_the_posterior_is_what_counting_every_placing_gives():
    rng = np.random.default_rng(7)
    count = 4
    inside = last_clauses(count) < count
    scores = np.where(inside, rng.normal(0, 2, (QUESTIONS, count, count)), IMPOSSIBLE)
    order, final = rng.normal(0, 1, MOVES), rng.normal(0, 1, MASKS)
    spans = [None, *((i, j) for i in range(count) for j in range(i, count))]
    total, expected = 0.0, np.zeros_like(scores)
    for placing in itertools.product(spans, repeat=QUESTIONS):
        placed = sorted((span[0], span[1], question) for question, span in enumerate(placing) if span)
        if any(one[1] >= other[0] for one, other in itertools.pairwise(placed)):
            continue
        mask, weight = 0, 0.0
        for first, last, question in placed:
            weight += scores[question, first, last - first] + order[move_number(mask, question)]
            mask |= 1 << question
        weight = np.exp(weight + final[mask])
        total += weight
        for first, last, question in placed:
            expected[question, first, last - first] += weight
    posterior = infer(scores, order, final)
    assert np.allclose(posterior.spans, expected / total)
    assert np.isclose(posterior.masks.sum(), 1)


def test_scores_far_apart_neither_overflow_nor_vanish():
    scores = np.full((QUESTIONS, 3, 3), IMPOSSIBLE)
    scores[0, 0, 0], scores[1, 1, 0], scores[2, 2, 0] = 400.0, -400.0, 0.0
    posterior = infer(scores, np.zeros(MOVES), np.zeros(MASKS))
    assert np.isfinite(posterior.spans).all()
    assert np.isclose(posterior.spans[0].sum(), 1)


def test_the_span_chosen_agrees_best_with_all_likely_ones():
    scores = np.full((QUESTIONS, 3, 3), IMPOSSIBLE)
    scores[0, 0, 1] = scores[0, 0, 2] = 3.0
    chosen = best_spans(infer(scores, np.zeros(MOVES), np.zeros(MASKS)), [10, 10, 1])
    assert [(choice.question, choice.first) for choice in chosen] == [(0, 0)]


@pytest.mark.parametrize(("longer", "shorter", "first"), [(1.0, 1.5, 1), (1.5, 1.0, 0)])
def test_of_spans_with_the_same_words_the_likelier_is_chosen(longer, shorter, first):
    scores = np.full((QUESTIONS, 3, 3), IMPOSSIBLE)
    scores[0, 0, 1], scores[0, 1, 0] = longer, shorter
    chosen = best_spans(infer(scores, np.zeros(MOVES), np.zeros(MASKS)), [0, 10, 1])
    assert [(choice.question, choice.first) for choice in chosen] == [(0, first)]


def test_an_answer_gives_way_to_a_surer_one_and_is_chosen_beside_it():
    scores = np.full((QUESTIONS, 3, 3), IMPOSSIBLE)
    scores[0, 0, 1] = 6.0
    scores[1, 1, 0], scores[1, 2, 0] = 5.0, 4.5
    chosen = best_spans(infer(scores, np.zeros(MOVES), np.zeros(MASKS)), [10, 10, 10])
    assert [(choice.question, choice.first, choice.last) for choice in chosen] == [(0, 0, 1), (1, 2, 2)]


def test_what_is_less_likely_right_than_asked_is_not_chosen():
    scores = np.full((QUESTIONS, 3, 3), IMPOSSIBLE)
    scores[0, 0, 0], scores[1, 2, 0] = 3.0, -3.0
    posterior = infer(scores, np.zeros(MOVES), np.zeros(MASKS))
    assert [choice.question for choice in best_spans(posterior, [10, 10, 10], least=0.4)] == [0]
    assert [choice.question for choice in best_spans(posterior, [10, 10, 10])] == [0, 1]
