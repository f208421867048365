from typing import Any

import pytest

from benchmarks.train_review import Outcome, choose, trade_off, worth_of
from benchmarks.train_weights import scales_of
from parsers.extraction import Candidate, Evidence
from parsers.review import Caution, Doubt, expected
from parsers.weigh import Decision, calibrated

PLACE = Evidence(part="body", start=0, end=1, extractor="label")


def outcome(name: str, wrong: int, **chances: float) -> Outcome:
    doubts = [Doubt(about=sort, sort=sort, chance=chance) for sort, chance in chances.items()]
    return Outcome(name=name, doubts=doubts, wrong=wrong, values=10)


MAILS = [outcome(f"x-{n}", wrong=n % 2 * 2, told=0.9 * (n % 2), idle=0.5) for n in range(60)]


def test_a_doubt_that_tells_is_worth_more_than_one_that_does_not():
    worth = worth_of(MAILS)
    assert worth["told"] > 1.5 * worth["idle"]


def test_reviewing_the_most_doubtful_mails_leaves_less_wrong_in_the_others():
    caution = Caution(worth={"told": 2.0}, threshold=0.0, kind=0.8)
    assert trade_off(MAILS, caution, 0.0)["silent"] == pytest.approx(0.1)
    assert trade_off(MAILS, caution, 0.5)["silent"] == 0.0


def test_the_threshold_has_the_wanted_share_reviewed():
    caution = choose(MAILS, 0.5)
    assert sum(expected(mail.doubts, caution) > caution.threshold for mail in MAILS) == 30


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
