"""Two applicants in one mail get each their own answers."""

import pytest

from config.call import load_calls
from parsers.answers import propose_answers
from parsers.answers.applicants import MAX_SETS, without
from parsers.extract import extract
from parsers.extraction import Candidate, Evidence, Kind
from parsers.message import parse_message
from parsers.weigh import _answers

CALL = load_calls()["ontwikkelgroep"]
HEAD = """From: Anna Kuipers <a.kuipers@obsdewilg.nl>
To: b@vo-raad.nl
Subject: twee aanmeldingen
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Hierbij meld ik twee scholen aan.

"""
SETS = """OBS De Wilg
1. Wij willen leren van andere scholen.
2. Hoe betrekken we ouders?
3. Overgang en toetsing.

SO De Es
1. Bij ons komen steeds meer kinderen binnen.
2. Wanneer gaat een kind terug?
3. Vervoer en geld.
"""
PROSE = """De eerste is obs De Wilg in Assen, Anna Kuipers, directeur, a.kuipers@obsdewilg.nl. De tweede is so De Beuk in Rolde, \
Joris Tamminga, teamleider, j.tamminga@sodebeuk.nl.

Anna wil meedoen omdat haar school elk jaar vijf kleuters ziet vertrekken. Haar ontwikkelvraag is: hoe houden we kinderen \
dichtbij?

Joris wil meedoen omdat zijn team handen over heeft. Zijn ontwikkelvraag is: wat kan een gewone leerkracht van ons leren?

Beide scholen willen de volgende onderwerpen bespreken: vervoer, geld en de ouders.
"""


def _candidate(question: int, value: str, *, group: int = 0) -> Candidate:
    evidence = Evidence(part="body", start=0, end=1, extractor="test")
    return Candidate(field=f"answer:{question}", value=value, confidence=0.9, evidence=evidence, group=group)


def _values(candidates: list[Candidate], count: int, *, shared: bool) -> list[dict[str, str]]:
    return [{number: v.value for number, v in given.items()} for given in _answers(candidates, count, shared=shared)]


def _read(text: str) -> list[dict[str, str]]:
    found = extract(parse_message((HEAD + text).encode()), CALL, kind=Kind.APPLICATION).applications
    return [{number: v.value for number, v in one.answers.items()} for one in found]


def test_each_applicant_gets_the_answers_of_its_own_set():
    found = propose_answers(parse_message((HEAD + SETS).encode()), CALL)
    first, second = _values(found, 2, shared=True)
    assert first["2"] == "Hoe betrekken we ouders?"
    assert second["2"] == "Wanneer gaat een kind terug?"


@pytest.mark.parametrize(
    "heading", ["De vragen uit de oproep heb ik ingevuld:", "Naar aanleiding van uw bericht:", "Uw drie vragen\n"]
)
def test_a_heading_that_names_a_question_begins_no_set_of_its_own(heading):
    answers = SETS.partition("SO De Es")[0]
    found = propose_answers(parse_message(f"{HEAD}{heading}\n\n{answers}".encode()), CALL)
    assert {candidate.group for candidate in found} == {0}
    assert [candidate.value for candidate in found][1] == "Hoe betrekken we ouders?"


def test_a_numbered_table_of_fields_and_labelled_answers_are_one_set():
    table = "1. Organisatie: OBS De Wilg\n2. Functie: directeur\n3. Plaats: Assen\n\n"
    answers = "Motivatie: wij willen leren.\nOntwikkelvraag: hoe betrekken we ouders?\nOnderwerpen: toetsing.\n"
    found = propose_answers(parse_message((HEAD + table + answers).encode()), CALL)
    assert {candidate.group for candidate in found} == {0}


def test_a_number_that_stands_twice_belongs_to_one_answer():
    answers = SETS.partition("SO De Es")[0].replace("3. ", "2. vervolg: wat doen anderen?\n3. ")
    found = propose_answers(parse_message((HEAD + answers).encode()), CALL)
    assert {candidate.group for candidate in found} == {0}


def test_in_prose_each_applicant_gets_what_is_said_of_them_and_of_both():
    first, second = _read(PROSE)
    assert "vijf kleuters" in first["1"]
    assert "handen over" not in first["1"]
    assert first["2"] == "hoe houden we kinderen dichtbij?"
    assert second["2"] == "wat kan een gewone leerkracht van ons leren?"
    assert first["3"] == second["3"]


def test_one_set_of_answers_is_for_all_applicants():
    assert _values([_candidate(1, "zo")], 2, shared=True) == [{"1": "zo"}, {"1": "zo"}]


def test_a_second_applicant_without_an_answer_of_its_own_shares_the_first_ones():
    found = [_candidate(1, "zo"), _candidate(2, "hoe"), _candidate(1, "anders", group=1)]
    assert _values(found, 2, shared=True) == [{"1": "zo", "2": "hoe"}, {"1": "anders", "2": "hoe"}]


def test_an_answer_that_was_found_for_one_applicant_is_no_others():
    found = [_candidate(1, "eerst"), _candidate(1, "dan", group=1), _candidate(2, "hoe", group=1)]
    assert _values(found, 2, shared=False) == [{"1": "eerst"}, {"1": "dan", "2": "hoe"}]


def test_what_is_others_is_blank_and_everything_else_keeps_its_place():
    message = parse_message((HEAD + SETS).encode())
    text = message.parts[0].text
    start, end = text.index("OBS De Wilg"), text.index("SO De Es")
    seen = without(message, [("body", start, end)])
    assert "Wilg" not in seen.parts[0].text
    assert seen.parts[0].text[end:] == text[end:]
    assert [len(block.text) for block in seen.blocks] == [len(block.text) for block in message.blocks]


def test_stretches_that_overlap_are_blank_and_lines_stay():
    message = parse_message((HEAD + SETS).encode())
    text = message.parts[0].text
    seen = without(message, [("body", 5, 40), ("body", 0, 20), ("body", 10, 15), ("other", 50, 60)]).parts[0].text
    assert not seen[:40].strip()
    assert [place for place, sign in enumerate(seen) if sign == "\n"] == [n for n, s in enumerate(text) if s == "\n"]
    assert seen[40:] == text[40:]


def test_answers_are_looked_for_of_so_many_applicants_and_no_more():
    message = parse_message((HEAD + SETS).encode())
    found = propose_answers(message, CALL, [[]] * (MAX_SETS + 4))
    assert {answer.group for answer in found} == set(range(MAX_SETS))
