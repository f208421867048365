"""Answers that are marked are read by rules alone, for any call."""

import re
import time
from dataclasses import replace
from email.message import EmailMessage

import pytest

from config.call import Call, Question, load_calls
from parsers.answers import propose_answers
from parsers.extraction import Candidate
from parsers.message import parse_message

CALL = replace(load_calls()["ontwikkelgroep"], answers_model="")


def mail(text: str) -> bytes:
    message = EmailMessage()
    message["From"] = "Jan de Vries <j.devries@obsdeklimop.example>"
    message["To"] = "steunpuntpassendonderwijs@vo-raad.nl"
    message["Subject"] = "Aanmelding"
    message.set_content(text)
    return message.as_bytes()


def candidates(text: str, call: Call = CALL) -> list[Candidate]:
    return propose_answers(parse_message(mail(text)), call)


def answers(text: str, call: Call = CALL) -> dict[str, str]:
    return {candidate.field: candidate.value for candidate in candidates(text, call) if candidate.group == 0}


THREE = {
    "answer:1": "wij samen een klas delen",
    "answer:2": "hoe maken we één team?",
    "answer:3": "ouders, vervoer en geld",
}


@pytest.mark.parametrize(
    "marks",
    [
        ("1. ", "2. ", "3. "),
        ("1) ", "2) ", "3) "),
        ("a. ", "b. ", "c. "),
        ("Vraag 1: ", "Vraag 2: ", "Vraag 3: "),
        ("ad 1. ", "ad 2. ", "ad 3. "),
        ("Q1: ", "Q2: ", "Q3: "),
        ("1. omdat ", "2. ", "3. "),
        ("Motivatie: ", "Ontwikkelvraag = ", "Onderwerpen - "),
        ("Waarom doen wij mee? ", "Onze leervraag: ", "Te bespreken: "),
        ("Reden van deelname\n", "Ontwikkelvraag\n", "Onderwerpen\n"),
        (
            "1. Ik wil graag deelnemen aan deze ontwikkelgroep, omdat... ",
            "2. Ik heb de volgende ontwikkelvraag: ",
            "3. Ik wil de volgende onderwerpen in de groep bespreken: ",
        ),
    ],
    ids=lambda marks: marks[0].strip(),
)
def test_marked_answers_are_read_without_their_marks(marks):
    rows = [mark + answer for mark, answer in zip(marks, THREE.values(), strict=True)]
    text = "Beste mensen,\n\nHierbij meld ik ons aan.\n\n" + "\n".join(rows) + "\n\nMet vriendelijke groet,\nJan\n"
    assert answers(text) == THREE


def test_three_bare_bullets_are_the_answers_in_order():
    text = "Graag doen wij mee:\n\n" + "\n".join(f"- {answer}" for answer in THREE.values()) + "\n\nGroet,\nJan\n"
    assert answers(text) == THREE


def test_answers_out_of_order_go_by_their_numbers():
    assert answers("3. ouders en geld\n2. hoe begin je?\n1. wij starten nu\n") == {
        "answer:1": "wij starten nu",
        "answer:2": "hoe begin je?",
        "answer:3": "ouders en geld",
    }


def test_an_answer_to_two_questions_stands_under_both():
    found = answers("Vraag 1: wij starten nu\nVraag 2 en 3: hoe verdelen we het geld?\n")
    assert found["answer:2"] == found["answer:3"] == "hoe verdelen we het geld?"


def test_an_answer_that_is_put_off_is_no_answer():
    assert answers("Vraag 1: wij starten nu\nVraag 2: volgt nog\nVraag 3: daar kom ik op terug\n") == {
        "answer:1": "wij starten nu"
    }


@pytest.mark.parametrize(
    "text",
    ["", "Onze antwoorden volgen nog.\n", "Kunt u mij vertellen waar de bijeenkomsten zijn?\n", "Dank je wel!\n"],
)
def test_a_mail_without_answers_gives_none(text):
    assert answers(text) == {}


def test_a_list_of_another_length_is_not_taken_for_the_answers():
    assert answers("Mee te nemen:\n1. pen\n2. papier\n3. laptop\n4. brood\n5. melk\n").keys() <= {
        "answer:1",
        "answer:2",
        "answer:3",
    }


def test_answers_between_quoted_questions_are_read():
    text = (
        "Zie hieronder.\n\nOp ma 14 jan. 2019 om 09:30 schreef Steunpunt <steunpuntpassendonderwijs@vo-raad.nl>:\n\n"
        "> 1. Ik wil graag deelnemen aan deze ontwikkelgroep, omdat….\n\nwij starten nu\n\n"
        "> 2. Ik heb de volgende ontwikkelvraag:…\n\nhoe begin je?\n\n"
        "> 3. Ik wil de volgende onderwerpen in de groep bespreken:…\n\nouders en geld\n"
    )
    assert answers(text) == {
        "answer:1": "wij starten nu",
        "answer:2": "hoe begin je?",
        "answer:3": "ouders en geld",
    }


def test_two_schools_in_one_mail_keep_their_own_answers():
    text = (
        "School A: De Vaan\n1. wij starten nu\n2. hoe begin je?\n3. ouders\n\n"
        "School B: Het Kristal\n1. wij zijn ver\n2. hoe houd je vol?\n3. geld\n"
    )
    found = {(candidate.group, candidate.field): candidate.value for candidate in candidates(text)}
    assert found[0, "answer:2"] == "hoe begin je?"
    assert found[1, "answer:2"] == "hoe houd je vol?"


def test_evidence_points_at_the_words_of_the_answer():
    text = "Beste mensen,\n\n1. wij starten nu\n2. hoe begin je\n   met zo'n klas?\n3. ouders en geld\n"
    message = parse_message(mail(text))
    found = propose_answers(message, CALL)
    assert len(found) == 3
    for candidate in found:
        part = message.part(candidate.evidence.part)
        assert part is not None
        there = part.text[candidate.evidence.start : candidate.evidence.end]
        assert re.sub(r"\s+", " ", there) == re.sub(r"\s+", " ", candidate.value)


def test_another_call_needs_no_line_of_code():
    questions = (
        Question(id="a", text="Wij oefenen deze toets omdat", topic="reden", ask="waarom u oefent"),
        Question(id="b", text="Onze leerlingen maken de toets op", topic="datum", ask="wanneer", cues=("toetsdatum",)),
    )
    call = replace(CALL, questions=questions)
    assert answers("Reden: wij willen het eens proberen\nToetsdatum: na de kerst\n", call) == {
        "answer:a": "wij willen het eens proberen",
        "answer:b": "na de kerst",
    }


@pytest.mark.parametrize(
    "text",
    [
        "woord " * 170_000,
        "1. " * 300_000,
        "vraag " * 160_000,
        "(" * 900_000,
        "a, " * 300_000,
        "> " * 450_000,
        "een\n" * 250_000,
    ],
    ids=["words", "numbers", "labels", "brackets", "commas", "marks", "rows"],
)
def test_a_body_of_a_million_characters_takes_seconds_at_most(text):
    message = parse_message(mail(text))
    started = time.process_time()
    propose_answers(message, load_calls()["ontwikkelgroep"])
    assert time.process_time() - started < 3
