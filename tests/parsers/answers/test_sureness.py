"""An answer of the model is the surer the likelier it is and the more of its surroundings agree."""

from dataclasses import replace

import pytest

from config.call import load_calls
from parsers.answers import answers_in
from parsers.answers.model import load_model
from parsers.answers.reading import Reading, read
from parsers.answers.spans import Choice
from parsers.answers.sureness import SIGNALS, probability, signals
from parsers.message import parse_message

CALL = load_calls()["ontwikkelgroep"]
HEAD = b"From: a@school.example\r\nTo: b@vo-raad.nl\r\nSubject: aanmelding\r\nContent-Type: text/plain\r\n\r\n"


@pytest.fixture
def marked() -> Reading:
    return read(parse_message(HEAD + b"1. Wij willen leren.\r\n2. Hoe kan dat?\r\n3. Ouders en geld.\r\n"), CALL)


def _strengths(reading: Reading, choice: Choice) -> dict[str, float]:
    return dict(zip(SIGNALS, signals(reading, reading.passages, choice), strict=True))


def test_a_choice_that_is_just_what_stands_behind_the_marker_says_so(marked):
    passage = next(passage for passage in marked.passages if passage.question == 1)
    strengths = _strengths(marked, Choice(1, passage.first, passage.last, 0.9))
    assert strengths["as marked"] == strengths["just as marked"] == strengths["several marked"] == 1
    assert strengths["question 1"] == 1
    assert strengths["nothing marked"] == strengths["question 2"] == 0


def test_a_choice_elsewhere_than_the_marker_is_not_as_marked(marked):
    other = next(passage for passage in marked.passages if passage.question == 2)
    strengths = _strengths(marked, Choice(1, other.first, other.last, 0.9))
    assert strengths["this marked"] == 1
    assert strengths["as marked"] == strengths["just as marked"] == 0


def test_prose_without_markers_says_so():
    reading = read(parse_message(HEAD + b"Wij willen leren. Hoe kan dat?\r\n"), CALL)
    assert _strengths(reading, Choice(0, 0, 0, 0.5))["nothing marked"] == 1


@pytest.mark.parametrize("score", [0.0, 1.0, 0.5])
def test_no_score_makes_an_answer_certain(marked, score):
    strengths = signals(marked, marked.passages, Choice(0, 0, 0, score))
    assert 0 < probability([1.0] * len(SIGNALS), strengths) < 1


def test_a_better_score_is_surer(marked):
    weights = [0.5 if signal == "score" else 0.0 for signal in SIGNALS]
    low, high = (probability(weights, signals(marked, (), Choice(0, 0, 0, score))) for score in (0.4, 0.8))
    assert low < 0.5 < high


def test_what_is_marked_is_no_answer_where_the_model_chooses_nothing(marked):
    model = load_model("ontwikkelgroep")
    assert model is not None
    assert [candidate.value for candidate in answers_in(marked, None)][1:] == ["Hoe kan dat?", "Ouders en geld."]
    assert answers_in(marked, replace(model, presence=2.0)) == []


def test_several_questions_put_off_together_are_not_answered():
    put_off = b"Vraag 1: wij willen leren van scholen die al verder zijn.\r\nVraag 2 en 3 komen volgende week.\r\n"
    found = answers_in(read(parse_message(HEAD + put_off), CALL), load_model("ontwikkelgroep"))
    assert [candidate.field for candidate in found] == ["answer:1"]


def test_a_short_question_that_says_not_yet_is_an_answer_all_the_same():
    asked = b"1. Wij willen leren.\r\n2. Hoe kies je met iemand die je nog niet kent\r\n3. Ouders en geld.\r\n"
    reading = read(parse_message(HEAD + asked), CALL)
    for model in (None, load_model("ontwikkelgroep")):
        assert any(candidate.value.startswith("Hoe kies je") for candidate in answers_in(reading, model))
