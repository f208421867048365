import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.blocks import BlockKind, Mailbox
from parsers.message import parse_message
from parsers.repeated import without_letters

WE = Mailbox(name="Steunpunt", address="steunpunt@vo-raad.nl")
LETTER = """Beste Jan de Vries,

Bedankt voor uw aanmelding voor de ontwikkelgroepen samenwerking regulier
en speciaal onderwijs.

Wij hebben nog iets van u nodig. Uw aanmeldnummer is OG-2026-0001.

DIT HEBBEN WIJ NOG NODIG

Wilt u ons dit nog sturen? U kunt gewoon op deze mail antwoorden.
Alleen deze regels invullen is genoeg:

    Functie: …
    Telefoonnummer: …
    2. Ik heb de volgende ontwikkelvraag: …

EVEN CONTROLEREN

- Klopt het dat de naam van uw organisatie ‘OBS De Klimop’ is?

DIT HEBBEN WIJ GENOTEERD

Naam: Jan de Vries
E-mailadres: j.devries@deklimop-assen.nl
1. Ik wil graag deelnemen aan deze ontwikkelgroep, omdat:
    Wij werken al twee jaar samen met een school voor speciaal
    onderwijs. Wat is de volgende stap?

HOE HET VERDER GAAT

Een medewerker van het NCOJ neemt contact met u op. Daarna stelt het
NCOJ de groepen samen.

Met vriendelijke groet,
Steunpunt Passend Onderwijs
"""


def words(body: str, kind: BlockKind = BlockKind.OWN) -> str:
    """The words of one kind in a reply, without quote marks."""
    head = "From: Jan <jan@klimop.example>\r\nSubject: Re: [OG-2026-0001]\r\nIn-Reply-To: <intake.1@x.nl>\r\n"
    raw = f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{body}".encode()
    message = without_letters(parse_message(raw), [LETTER], WE)
    check(message)
    return " ".join(message.words(kind).replace(">", " ").split())


def check(message) -> None:
    """The blocks cover the text of each part, in order."""
    for part in message.parts:
        blocks = [block for block in message.blocks if block.part == part.name]
        assert "".join(block.text for block in blocks) == part.text
        for block in blocks:
            assert part.text[block.start : block.end] == block.text


def marked(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def filled(letter: str = LETTER) -> str:
    return letter.replace("Functie: …", "Functie: intern begeleider").replace(
        "Telefoonnummer: …", "Telefoonnummer: 0592 - 31 40 50"
    )


def test_a_letter_quoted_without_any_mark_is_not_the_applicants():
    assert words(f"Dank u wel!\n\n{LETTER}") == "Dank u wel!"


def test_a_letter_that_was_broken_into_other_lines_is_known():
    for width in (20, 47, 2000):
        assert words("Dank u wel!\n\n" + textwrap.fill(LETTER, width)) == "Dank u wel!"


@pytest.mark.parametrize("quote", [str, marked])
def test_what_was_typed_into_the_lines_we_left_open_is_the_applicants(quote):
    own = words(f"Zie hieronder.\n\n{quote(filled())}")
    assert "Functie: intern begeleider" in own
    assert "Telefoonnummer: 0592 - 31 40 50" in own
    assert "Jan de Vries" not in own
    assert "twee jaar" not in own


@pytest.mark.parametrize("quote", [str, marked])
def test_what_was_typed_behind_the_dots_keeps_its_label(quote):
    letter = LETTER.replace("Functie: …", "Functie: … intern begeleider")
    own = words(f"Zie hieronder.\n\n{quote(letter)}")
    assert "Functie: … intern begeleider" in own
    assert "Telefoonnummer" not in own


@pytest.mark.parametrize("quote", [str, marked])
def test_what_was_typed_beneath_a_line_of_ours_keeps_its_label(quote):
    letter = quote(LETTER)
    for label, value in (("Functie: …", "intern begeleider"), ("ontwikkelvraag: …", "Hoe betrek je ouders?\nEn wie?")):
        letter = letter.replace(label, f"{label}\n{value}")
    own = words(f"Zie hieronder.\n\n{letter}")
    assert "Functie: … intern begeleider" in own
    assert "ontwikkelvraag: … Hoe betrek je ouders? En wie?" in own
    assert "CONTROLEREN" not in own


@pytest.mark.parametrize("quote", [str, marked])
def test_an_answer_behind_our_question_is_the_applicants(quote):
    letter = LETTER.replace("‘OBS De Klimop’ is?", "‘OBS De Klimop’ is? Ja, klopt.")
    assert words(f"Zie onder.\n\n{quote(letter)}") == "Zie onder. Ja, klopt."


def test_links_that_a_mail_program_adds_are_nobodys_words():
    letter = LETTER.replace(
        "j.devries@deklimop-assen.nl", "j.devries@deklimop-assen.nl<mailto:j.devries@deklimop-assen.nl>"
    )
    assert words(f"Dank u wel!\n\n{letter}") == "Dank u wel!"


def test_a_word_of_the_letter_alone_is_the_applicants():
    own = "Mijn functie is anders.\nOBS De Klimop\nheet voortaan De Regenboog."
    assert words(f"{own}\n\n{marked(LETTER)}") == " ".join(own.split())


def test_a_mail_that_repeats_nothing_is_left_as_it_is():
    message = parse_message(b"From: a@b.nl\r\n\r\nIk wil graag meedoen.\r\n")
    assert without_letters(message, [LETTER], WE) == message
    assert without_letters(message, [], WE) == message
    assert without_letters(message, ["", "…"], WE) == message


@given(st.text(max_size=300), st.text(max_size=300), st.integers(0, 20))
def test_any_text_is_told_apart_without_losing_a_character(own, letter, cut):
    lines = [*LETTER.splitlines()[cut:], *own.splitlines()]
    message = parse_message(b"From: a@b.nl\r\n\r\n" + "\n".join(lines).encode("utf-8", "replace"))
    check(without_letters(message, [LETTER, letter], WE))
