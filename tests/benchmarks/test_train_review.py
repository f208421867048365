from dataclasses import replace
from typing import Any

import pytest

from benchmarks.answers_gold import CORPUS
from benchmarks.train_review import THRESHOLD, WORTH, Outcome, Stranger, learned, outcome_of, trade_off, try_out
from benchmarks.train_weights import scales_of
from config.call import load_calls
from parsers.answers.model import load_model
from parsers.extract import Found
from parsers.extraction import Candidate, Evidence, ExtractedApplication, Kind, Value
from parsers.kind import Verdict
from parsers.review import Caution, Doubt
from parsers.weigh import Decision, Weighed, calibrated, learned_weights

PLACE = Evidence(part="body", start=0, end=1, extractor="label")


def outcome(name: str, wrong: int, **chances: float) -> Outcome:
    doubts = [Doubt(about=sort, sort=sort, chance=chance) for sort, chance in chances.items()]
    return Outcome(name=name, doubts=doubts, wrong=wrong, values=10)


MAILS = [outcome(f"xa-{n}", wrong=n % 2 * 2, place=0.8 * (n % 2) + n / 6000) for n in range(600)]
CAUTION = Caution(worth={}, threshold=0.5, kind=0.8, put_aside=0.15)


def test_reviewing_the_most_doubtful_mails_leaves_less_wrong_in_the_others():
    nobody, half = trade_off(MAILS, replace(CAUTION, threshold=9.0)), trade_off(MAILS, CAUTION)
    assert nobody["review"] == 0.0
    assert nobody["silent"] == pytest.approx(0.1)
    assert (half["review"], half["silent"]) == (0.5, 0.0)


def test_mails_of_unsure_kind_are_reviewed_whatever_is_in_them():
    unsure = [replace(mail, unsure=True) for mail in MAILS[:100]]
    assert trade_off([*unsure, *MAILS[100:]], CAUTION)["review"] == pytest.approx((300 + 50) / 600, abs=0.001)


def test_only_applications_count_for_the_share_that_is_reviewed():
    others = [replace(mail, counts=False) for mail in MAILS if mail.wrong]
    assert trade_off([mail for mail in MAILS if not mail.wrong] + others, CAUTION)["review"] == 0.0


def test_the_shipped_threshold_and_what_others_would_give_are_written_down(capsys):
    written = learned(MAILS)
    assert (written["threshold"], written["worth"]) == (THRESHOLD, WORTH)
    assert [row["review"] for row in written["trade-off"]] == sorted(
        (row["review"] for row in written["trade-off"]), reverse=True
    )
    assert f"doubt {THRESHOLD}" in capsys.readouterr().out


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
