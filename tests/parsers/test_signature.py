"""Name blocks and disclaimers, told apart from the words of a mail."""

import pytest

from parsers.blocks import BlockKind, Mailbox
from parsers.lines import lines_of
from parsers.signature import Names, sort_lines

JAN = Names.of(Mailbox(name="Vries, Jan de | OBS De Klimop", address="j.devries@obsdeklimop.nl"))
WORDS = "Wij doen graag mee omdat wij gaan samenwerken met het speciaal onderwijs."


def sorted_words(text: str, kind: BlockKind | None) -> list[str]:
    lines = lines_of(text)
    return [
        line.words for line, found in zip(lines, sort_lines(lines, JAN), strict=True) if found is kind and line.words
    ]


@pytest.mark.parametrize(
    "closing",
    [
        "Met vriendelijke groet,", "Mvg", "mvg Jan de Vries", "Groetjes!", "Vriendelijke groeten uit Horst,", "Gr. Jan", "Hoogachtend,",
        "Met gevoelens van hoogachting,", "Mei freonlike groetnis,", "Kind regards,", "Groet uit het hoge noorden,", "X Jan", "Liefs,",
        "Hartelijke groet, mede namens Carlijn,", "Mit freundlichen Grüßen, met hartelijke groet", "gr jan", "Sterkte en groetjes,",
    ],
)  # fmt: skip
def test_a_closing_line_begins_the_name_block(closing):
    text = f"{WORDS}\n\n{closing}\n\nJan de Vries\ndirecteur\n0592 - 12 34 56\n"
    assert sorted_words(text, None) == [WORDS]
    assert sorted_words(text, BlockKind.SIGNATURE)[0] == closing


@pytest.mark.parametrize("closing", ["Alvast bedankt,", "Fijne dag!", "Tot ziens in Utrecht,", "Oant sjen!", "Dank!"])
def test_a_weak_closing_counts_only_above_a_name(closing):
    assert sorted_words(f"{WORDS}\n\n{closing}\nJan\n", BlockKind.SIGNATURE) == [closing, "Jan"]
    assert sorted_words(f"{closing}\n\n{WORDS} En verder {WORDS.lower()}\n", BlockKind.SIGNATURE) == []


@pytest.mark.parametrize(
    "sentence", ["Ik groet u allen hartelijk en hoop op antwoord", "Doe de groeten aan Ans", "gr 7/8 doet ook mee"]
)
def test_a_sentence_with_a_greeting_in_it_closes_nothing(sentence):
    assert sorted_words(f"{sentence}\n{WORDS}\n", BlockKind.SIGNATURE) == []


def test_words_after_the_name_block_are_words_again():
    text = f"{WORDS}\n\nGroet,\nJan de Vries\n06-12345678\n\nP.S. Ons rooster is vol op dinsdag.\n"
    assert sorted_words(text, None) == [WORDS, "P.S. Ons rooster is vol op dinsdag."]


def test_answers_beneath_the_name_block_stay_words():
    text = "Ik doe mee.\n\nGroet, Jan\n\n1. omdat wij samengaan met het sbo\n2. hoe begin je met zo'n klas\n3. rooster en ouders en geld\n"
    assert len(sorted_words(text, None)) == 4


def test_a_name_block_without_a_closing_is_found_by_its_name():
    text = f"{WORDS}\n\nJan de Vries\ndirecteur OBS De Klimop\nT 0592 - 12 34 56 | M 06-12345678\n"
    assert sorted_words(text, None) == [WORDS]


@pytest.mark.parametrize("name", ["JdV", "Jan", "J. de Vries", "Piet Prins-Bakker"])
def test_a_name_alone_at_the_end_is_a_name_block(name):
    assert sorted_words(f"{WORDS}\n\n{name}\n", BlockKind.SIGNATURE) == [name]


def test_a_last_paragraph_of_numbers_and_places_is_a_name_block():
    text = f"{WORDS}\n\nAfdeling Entree\nDrakesteyn 44, 6001 XC Weert\n0495 - 12 34 56 (teamkamer)\n"
    assert sorted_words(text, None) == [WORDS]


def test_a_mail_that_is_all_fields_is_no_name_block():
    text = "Praktijkschool Het Kompas, Doetinchem\nA. van der Meulen, teamleider, 0314 123 456\n"
    assert len(sorted_words(text, None)) == 2


def test_a_list_of_answers_at_the_end_is_no_name_block():
    text = f"{WORDS}\n\nOnderwerpen:\n- rooster en ruimte voor allen\n- ouders\n"
    assert sorted_words(text, BlockKind.SIGNATURE) == []


@pytest.mark.parametrize(
    "line",
    ["Verstuurd vanaf mijn iPhone", "Sent from my iPad", "Verzonden vanaf mijn Samsung Galaxy-smartphone.", "Denk aan het milieu voordat u deze mail print.", "Outlook voor iOS<https://example.org> downloaden", "[Deze e-mail is afkomstig van een externe afzender. Klik niet op links.]"],
)  # fmt: skip
def test_lines_that_programs_add_are_disclaimers(line):
    assert sorted_words(f"{WORDS}\n\nJan\n\n{line}\n", BlockKind.DISCLAIMER) == [line]


DISCLAIMER = "De informatie in dit e-mailbericht is uitsluitend bestemd voor de geadresseerde. Gebruik door anderen is niet toegestaan."


def test_a_disclaimer_amid_the_words_takes_only_its_paragraph():
    text = f"{WORDS}\n\n{DISCLAIMER}\n\nMijn vraag is hoe je dat begint, en waar.\n"
    assert sorted_words(text, BlockKind.DISCLAIMER) == [DISCLAIMER]
    assert sorted_words(text, None) == [WORDS, "Mijn vraag is hoe je dat begint, en waar."]


@pytest.mark.parametrize(
    "words",
    ["Dit bericht is bestemd voor mevrouw Bos, ik meld ons graag aan voor de ontwikkelgroep po.", "Onze vraag: hoe verwijderen wij de drempels tussen de twee scholen in ons gebouw?"],
)  # fmt: skip
def test_words_that_happen_to_sound_like_a_disclaimer_are_kept(words):
    assert sorted_words(words, None) == [words]
