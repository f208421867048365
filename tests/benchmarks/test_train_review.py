from dataclasses import replace
from typing import Any

import pytest

from benchmarks.answers_gold import CORPUS
from benchmarks.train_review import Outcome, Stranger, as_strangers, choose, outcome_of, trade_off, try_out, worth_of
from benchmarks.train_weights import scales_of
from config.call import load_calls
from parsers.answers.model import load_model
from parsers.extract import Found
from parsers.extraction import Candidate, Evidence, ExtractedApplication, Kind, Value
from parsers.kind import Verdict
from parsers.review import Doubt, expected
from parsers.weigh import Decision, Weighed, calibrated, learned_weights

PLACE = Evidence(part="body", start=0, end=1, extractor="label")


def outcome(name: str, wrong: int, **chances: float) -> Outcome:
    doubts = [Doubt(about=sort, sort=sort, chance=chance) for sort, chance in chances.items()]
    return Outcome(name=name, doubts=doubts, wrong=wrong, values=10)


MAILS = [
    outcome(f"{'xy'[n // 300]}a-{n}", wrong=n % 2 * 2, told=0.8 * (n % 2) + n / 6000, idle=0.5) for n in range(600)
]


def test_a_doubt_that_tells_is_worth_more_than_one_that_does_not():
    worth = worth_of(MAILS)
    assert worth["told"] > 1.5 * worth["idle"]


def test_with_little_to_learn_from_doubts_are_worth_what_they_say():
    assert worth_of(MAILS[:2])["told"] == pytest.approx(1.0, abs=0.05)


def test_reviewing_the_most_doubtful_mails_leaves_less_wrong_in_the_others():
    doubts = as_strangers(MAILS)
    assert trade_off(MAILS, doubts, 0.0)["silent"] == pytest.approx(0.1)
    assert trade_off(MAILS, doubts, 0.5)["silent"] == 0.0


def test_the_threshold_has_the_wanted_share_reviewed():
    caution = choose(MAILS, 0.5)
    assert sum(expected(mail.doubts, caution) > caution.threshold for mail in MAILS) == 300


def test_mails_of_unsure_kind_are_among_the_share_and_those_that_are_no_applications_are_not():
    unsure = [replace(mail, unsure=True) for mail in MAILS[:100]]
    others = [replace(mail, counts=False) for mail in MAILS[-200:]]
    mails = [*unsure, *MAILS[100:-200], *others]
    caution = choose(mails, 0.5)
    seen = [mail for mail in mails if mail.counts]
    reviewed = sum(mail.unsure or expected(mail.doubts, caution) > caution.threshold for mail in seen)
    assert reviewed == pytest.approx(len(seen) / 2, abs=2)


def test_a_mail_that_is_no_application_has_all_that_was_found_in_it_wrong():
    call = load_calls()["ontwikkelgroep"]
    found = Found(Weighed((ExtractedApplication(fields={"name": Value(value="Jan de Vries", confidence=0.9)}),)))
    verdict = Verdict(kind=Kind.APPLICATION, confidence=0.9, reason="")
    told = outcome_of("xa-1", {"kind": "question"}, verdict, found, call)
    assert (told.wrong, told.values, told.counts) == (1, 1, False)


def test_mails_are_understood_as_the_kind_that_a_model_without_their_writer_told():
    call = load_calls()["ontwikkelgroep"]
    model = load_model(call.answers_model)
    assert model
    stranger = Stranger(writers=frozenset(["da"]), weights=learned_weights(), answers=model)
    path = CORPUS / "learn" / "da-001.eml"
    nothing = dict.fromkeys(map(str, Kind), 0.0)
    (seen,) = try_out([path], call, [stranger], {path.stem: nothing | {"application": 1.0}})
    (missed,) = try_out([path], call, [stranger], {path.stem: nothing | {"other": 1.0}})
    assert seen.wrong < seen.values
    assert missed.wrong == missed.values > 0
    assert [doubt.sort for doubt in missed.doubts] == ["kind"]


class Mail:
    """What scales are learned from of a mail: its gold."""

    def __init__(self, **gold: str) -> None:
        self.gold = gold


def test_probabilities_that_claim_too_much_are_brought_down():
    said = Candidate(field="phone", value="+31612345678", confidence=0.5, evidence=PLACE)
    decisions = {"phone": Decision(candidate=said, probability=0.95)}
    mails: list[Any] = [Mail(phone=said.value if n % 4 else "+31612345679") for n in range(200)]
    scale = scales_of([(mail, decisions) for mail in mails])["phone"]["given"]
    assert calibrated(0.95, scale) == pytest.approx(0.75, abs=0.05)
