"""Two applicants in one mail get each their own answers."""

from config.call import load_calls
from parsers.answers import propose_answers
from parsers.extraction import Candidate, Evidence
from parsers.fields.others import Segment
from parsers.message import parse_message
from parsers.weigh import _answers

CALL = load_calls()["ontwikkelgroep"]
MAIL = b"""From: a@school.example
To: b@vo-raad.nl
Subject: aanmelding
Content-Type: text/plain

Hierbij meld ik twee scholen aan.

OBS De Wilg
1. Wij willen leren van andere scholen.
2. Hoe betrekken we ouders?
3. Overgang en toetsing.

SO De Es
1. Bij ons komen steeds meer kinderen binnen.
2. Wanneer gaat een kind terug?
3. Vervoer en geld.
"""


def _candidate(question: int, value: str, *, group: int = 0, start: int = 0) -> Candidate:
    evidence = Evidence(part="body", start=start, end=start + 1, extractor="test")
    return Candidate(field=f"answer:{question}", value=value, confidence=0.9, evidence=evidence, group=group)


def _values(candidates: list[Candidate], count: int, parts: list[Segment]) -> list[dict[str, str]]:
    return [{number: v.value for number, v in given.items()} for given in _answers(candidates, count, parts)]


def test_each_applicant_gets_the_answers_of_its_own_set():
    found = propose_answers(parse_message(MAIL), CALL)
    first, second = _values(found, 2, [])
    assert first["2"] == "Hoe betrekken we ouders?"
    assert second["2"] == "Wanneer gaat een kind terug?"


def test_one_set_of_answers_is_for_all_applicants():
    assert _values([_candidate(1, "zo")], 2, []) == [{"1": "zo"}, {"1": "zo"}]


def test_a_second_applicant_without_an_answer_of_its_own_shares_the_first_ones():
    found = [_candidate(1, "zo"), _candidate(2, "hoe"), _candidate(1, "anders", group=1)]
    assert _values(found, 2, []) == [{"1": "zo", "2": "hoe"}, {"1": "anders", "2": "hoe"}]


def test_answers_outside_the_stretches_of_two_schools_go_by_their_group():
    parts = [Segment("body", 10, 20), Segment("body", 20, 30)]
    found = [_candidate(1, "eerst", start=40), _candidate(1, "dan", group=1, start=50)]
    assert _values(found, 2, parts) == [{"1": "eerst"}, {"1": "dan"}]


def test_an_answer_in_the_stretch_of_a_school_is_that_schools():
    parts = [Segment("body", 10, 20), Segment("body", 20, 30)]
    found = [_candidate(1, "eerst", start=12), _candidate(1, "dan", start=22), _candidate(3, "samen", start=40)]
    assert _values(found, 2, parts) == [{"1": "eerst", "3": "samen"}, {"1": "dan", "3": "samen"}]
