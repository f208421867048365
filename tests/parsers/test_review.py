import pytest

from config.call import load_calls
from parsers.extraction import Candidate, Evidence, ExtractedApplication, Kind, Value
from parsers.kind import Verdict
from parsers.review import Caution, doubts_of, review_reasons
from parsers.weigh import ORDER, Decision, Weighed, calibrated

CALL = load_calls()["ontwikkelgroep"]
CAUTION = Caution(
    worth={"kind": 2.0, "no-answer:application:some": 0.0, "no-answer:application:none": 0.0},
    threshold=0.6,
    kind=0.8,
    put_aside=0.15,
)
PLACE = Evidence(part="body", start=0, end=1, extractor="label")


def a_mail(*, sure: float = 1.0, answers: float = 1.0, **less: float) -> Weighed:
    decisions = {}
    for field in ORDER:
        candidate = Candidate(field=field, value="x", confidence=0.5, evidence=PLACE)
        decisions[field] = Decision(candidate=candidate, probability=less.get(field, sure))
    given = {question.id: Value(value="omdat", confidence=answers) for question in CALL.questions}
    return Weighed((ExtractedApplication(answers=given),), (decisions,))


def verdict(kind: Kind = Kind.APPLICATION, confidence: float = 1.0, *others: tuple[Kind, float]) -> Verdict:
    return Verdict(kind=kind, confidence=confidence, reason="", alternatives=others)


def reasons(weighed: Weighed, said: Verdict | None = None, *, truncated: bool = False) -> tuple[str, ...]:
    return review_reasons(said or verdict(), weighed, CALL, truncated=truncated, caution=CAUTION)


def test_a_mail_that_is_sure_in_everything_needs_nobody():
    assert reasons(a_mail()) == ()


def test_one_great_doubt_is_enough_and_is_named():
    assert reasons(a_mail(phone=0.3)) == ("phone",)


def test_one_middling_doubt_alone_is_not_enough():
    assert reasons(a_mail(phone=0.6)) == ()


def test_many_small_doubts_together_are_enough():
    assert reasons(a_mail(sure=0.9, answers=0.9))


def test_of_many_doubts_the_greatest_are_named_first():
    found = reasons(a_mail(sure=0.95, answers=0.95, role=0.5))
    assert found[0] == "role"
    assert len(found) < len(ORDER)


def test_a_plain_doubt_is_always_named_in_a_mail_that_is_reviewed():
    assert set(reasons(a_mail(phone=0.2, role=0.65))) == {"phone", "role"}


def test_what_seems_not_to_be_given_can_be_doubted_too():
    weighed = a_mail()
    absent = {**weighed.decided[0], "role": Decision(candidate=None, probability=0.2)}
    assert reasons(Weighed(weighed.applications, (absent,))) == ("role",)


def test_an_application_or_supplement_is_no_doubt_about_values():
    said = verdict(Kind.APPLICATION, 0.81, (Kind.SUPPLEMENT, 0.19))
    assert next(d for d in doubts_of(said, a_mail(), CALL) if d.about == "kind").chance == pytest.approx(0.0)


def test_a_question_that_may_be_an_application_is_looked_at():
    assert reasons(Weighed(()), verdict(Kind.QUESTION, 0.82, (Kind.APPLICATION, 0.18))) == ("kind",)
    assert reasons(Weighed(()), verdict(Kind.QUESTION, 0.88, (Kind.APPLICATION, 0.12))) == ()


def test_a_mail_that_was_cut_is_always_looked_at():
    assert reasons(a_mail(), truncated=True) == ("truncated",)


def test_a_kind_that_is_unsure_is_named_whatever_the_values():
    assert reasons(a_mail(), verdict(Kind.APPLICATION, 0.7, (Kind.SUPPLEMENT, 0.3))) == ("kind",)


def test_a_probability_is_calibrated_in_log_odds():
    assert calibrated(0.5, (1.0, 0.0)) == pytest.approx(0.5)
    assert calibrated(0.9, (0.5, 0.0)) == pytest.approx(0.75)
    assert calibrated(0.9, None) == 0.9
    assert 0.99 < calibrated(1.0, (1.0, 0.0)) < 1.0
