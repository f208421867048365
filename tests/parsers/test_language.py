"""Which language a mail is written in."""

import pytest

from parsers.blocks import Block, BlockKind
from parsers.language import language_of, recognise_language
from parsers.message import Message


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Graag meld ik onze school aan voor de ontwikkelgroep.", "nl"),
        ("Wij doen mee! Bel mij op school.", "nl"),
        ("Wie van sbo 't Spölwark in Almelo wilt ok wal metdoon, en wij hebben der veul zin an.", "nl"),
        ("We would love to join the northern group and hope that English is fine.", "en"),
        ("Wy wolle graach meidwaan oan de ûntwikkelgroep, want ús skoalle is lyts.", "fy"),
        ("", "nl"),
        ("06 - 12 34 56 78", "nl"),
        ("OBS De Join, The School", "en"),
    ],
)
def test_a_language_is_known_by_its_own_words(text, language):
    assert language_of(text) == language


def test_a_dutch_mail_that_opens_in_frisian_is_dutch():
    text = "Goeie allegear, wy wolle tige graach meidwaan. Verder in het Nederlands, dan kan iedereen het lezen: wij zijn een school met 96 leerlingen en zoeken naar meer samenwerking met het speciaal onderwijs."
    assert language_of(text) == "nl"


def test_the_quoted_words_of_others_do_not_count():
    own = Block(kind=BlockKind.OWN, part="body", start=0, end=0, text="Please put me down for the group.")
    quoted = Block(
        kind=BlockKind.QUOTED,
        part="body",
        start=0,
        end=0,
        text="Wilt u de naam van uw organisatie vermelden en de vragen beantwoorden?",
    )
    assert recognise_language(Message(blocks=(own, quoted))) == "en"


def test_a_mail_that_only_forwards_has_the_forwarded_language():
    passed_on = Block(
        kind=BlockKind.FORWARDED, part="body", start=0, end=0, text="I would like to join, and this is my question."
    )
    assert recognise_language(Message(blocks=(passed_on,))) == "en"
