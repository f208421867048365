"""The training of the kind model: what it learns from, and how it says what it is worth."""

import json

import numpy as np
import pytest

from benchmarks.kinds_mails import raw_mail, short_mails
from benchmarks.train_kind import KIND, SHORT, Example, best_temperature, fit, held_out, of_one_length, sure
from config.call import load_calls
from parsers.blocks import BlockKind
from parsers.extraction import Kind
from parsers.kind import chosen
from parsers.kind_model import MODEL
from parsers.message import Message, parse_message

CALL = load_calls()["ontwikkelgroep"]
TWO = (Kind.APPLICATION, Kind.SUPPLEMENT)


def examples(group: str, kinds: list[Kind]) -> list[Example]:
    return [Example(name=f"{group}-{n}", group=group, kind=kind, message=Message()) for n, kind in enumerate(kinds)]


def test_short_mails_of_every_kind_are_learned_from():
    assert {kind for kind, _ in short_mails(CALL)} == set(Kind)


def test_no_short_mail_is_given_twice():
    words = [message.words(BlockKind.OWN) + message.subject for _, message in short_mails(CALL)]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("subject", "quoted"), [("Re: Uw aanmelding", "Wij noteerden"), ("RE: oproep", "Heeft u interesse")]
)
def test_a_short_answer_quotes_what_it_answers_and_owns_only_its_words(subject, quoted):
    message = parse_message(raw_mail(subject, "Dank, alles klopt.", CALL))
    assert message.in_reply_to
    assert quoted in message.words(BlockKind.QUOTED)
    assert message.words(BlockKind.OWN).split() == ["Dank,", "alles", "klopt."]


def test_a_short_mail_of_its_own_answers_nothing():
    message = parse_message(raw_mail("vraag", "Is er nog plek?", CALL))
    assert not message.in_reply_to
    assert not message.words(BlockKind.QUOTED).strip()


def test_a_writer_is_scored_by_a_model_that_never_saw_him():
    """One writer's mails all have a feature that no other has: left out, nothing is known of them."""
    table = of_one_length(np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32), 30.0)
    scores = held_out(table @ table.T, [*examples("aa", list(TWO)), *examples("bb", [Kind.SPAM, Kind.SPAM])])
    assert not scores[2:].any()


def test_fitting_is_the_same_each_time_and_tells_the_kinds_apart():
    table = of_one_length(np.array([[1, 0], [1, 0.1], [0, 1], [0.1, 1]], np.float32), 30.0)
    first, second = (fit(table, [0, 0, 1, 1], KIND) for _ in range(2))
    assert np.array_equal(first, second)
    assert (table @ first).argmax(axis=1).tolist() == [0, 0, 1, 1]


def test_scores_that_are_often_wrong_are_cooled_until_confidence_is_how_often_they_are_right():
    mails = examples("wa", [Kind.APPLICATION] * 3 + [Kind.OTHER])
    scores = np.zeros((4, len(Kind)), np.float32)
    scores[:, list(Kind).index(Kind.APPLICATION)] = 8.0
    assert best_temperature(scores, mails) > 2.0


def test_mails_are_counted_by_confidence_without_the_short_ones():
    verdicts = [(Kind.OTHER, 0.99), (Kind.OTHER, 0.99), (Kind.OTHER, 0.55)]
    mails = [*examples("wa", [Kind.OTHER, Kind.SPAM]), *examples(SHORT, [Kind.OTHER])]
    counted = sure(verdicts, mails)
    assert counted["0.98"] == "1/2"
    assert counted["0.50"] == "0/0"


def test_a_mail_that_may_well_be_an_application_is_not_put_aside():
    chances = {**dict.fromkeys(Kind, 0.0), Kind.QUESTION: 0.55, Kind.APPLICATION: 0.42, Kind.SUPPLEMENT: 0.03}
    assert chosen(chances) == (Kind.APPLICATION, 0.42)
    assert chosen({**chances, Kind.QUESTION: 0.8, Kind.APPLICATION: 0.2, Kind.SUPPLEMENT: 0.0})[0] is Kind.QUESTION


def test_the_shipped_model_tells_how_sure_its_verdicts_on_unseen_writers_were_and_what_came_of_them():
    counted = json.loads(MODEL.read_text("utf-8"))["score"]["sure"]
    right, mails = map(int, counted["0.98"].split("/"))
    assert right / mails > 0.97
