"""What a verdict does is hard to undo: words that speak against it make it unsure, and a plain one stays sure."""

import pytest

from config.call import load_calls
from parsers.extraction import Kind
from parsers.kind import recognise
from parsers.kind_reservations import UNSURE, has_reservation
from parsers.kind_voices import voices_of
from parsers.message import parse_message

CALL = load_calls()["ontwikkelgroep"]


def message(text: str):
    return parse_message(
        b"From: a@example.nl\nSubject: Re: aanmelding\nContent-Type: text/plain; charset=utf-8\n\n" + text.encode()
    )


def reserved(kind: Kind, text: str) -> bool:
    return has_reservation(kind, voices_of(message(text), CALL).own)


@pytest.mark.parametrize(
    "text",
    [
        "We trekken ons niet terug hoor, maar de directeur wil weten wat het kost.",
        "Als het niet lukt met de vervanging moeten we ons terugtrekken. Dat hoor ik volgende week.",
        "Mijn collega Piet trekt zich terug, ik doe zelf wel gewoon mee.",
        "Ik had per ongeluk geschreven dat ik mijn aanmelding wilde intrekken, dat is niet zo.",
        "Mijn directeur wil dat ik mijn aanmelding intrek, maar dat doe ik niet.",
        "Wil je ons afmelden voor de nieuwsbrief? De aanmelding blijft gewoon staan.",
        "Kan ik mijn aanmelding later nog intrekken?",
    ],
)
def test_a_withdrawal_with_a_condition_or_a_denial_is_unsure(text):
    assert reserved(Kind.WITHDRAWAL, text)
    verdict = recognise(message(text), CALL)
    assert verdict.kind is not Kind.WITHDRAWAL or verdict.confidence <= UNSURE


@pytest.mark.parametrize(
    "text",
    [
        "Helaas moeten wij onze aanmelding intrekken. Mocht er volgend jaar weer plek zijn, dan horen we het graag.",
        "Hierbij trek ik mijn aanmelding in. Kunt u dit bevestigen?",
        "Wij zien er toch van af. Veel succes met de groep!",
    ],
)
def test_a_plain_withdrawal_stays_sure_whatever_is_wished_besides(text):
    assert not reserved(Kind.WITHDRAWAL, text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.APPLICATION, "Wij doen dus niet mee. Ter informatie toch onze gegevens: OBS De Klimop."),
        (Kind.APPLICATION, "Kijk jij eens naar deze concept-aanmelding?"),
        (Kind.SUPPLEMENT, "Ik ben met zwangerschapsverlof tot 1 mei. Mijn vervanger is Els Bakker, 06-11223344."),
        (Kind.SUPPLEMENT, "Dit e-mailadres is niet meer in gebruik. Bel 0592-334455."),
    ],
)
def test_a_draft_a_refusal_and_an_absence_are_unsure(kind, text):
    assert reserved(kind, text)


def test_other_kinds_need_no_reservation():
    assert not reserved(Kind.QUESTION, "Kan ik mijn aanmelding later nog intrekken?")
