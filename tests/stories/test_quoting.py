"""Replies as mail programs really write them: our letter quoted with marks, without, as HTML, and filled in between."""

import re
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from parsers.extraction import Kind
from tests.stories.conversation import BOX, apple_reply, gmail_reply, outlook_reply, subject_for_reply, text_of, write
from tests.stories.test_conversations import COMPLETE, HANNA, WITHOUT_PHONE_AND_ROLE, apply

WITHOUT_ANSWERS = COMPLETE.partition("1. Ik wil")[0] + "Met vriendelijke groet,\n\nHanna Wiersum\n"


def marked(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def filled(letter: EmailMessage) -> str:
    """The letter's text with its open lines filled in."""
    text = "\n".join(text_of(letter).splitlines()) + "\n"
    for label, value in (("Functie: …", "Functie: intern begeleider"), ("nummer: …", "nummer: 0592 - 31 40 50")):
        assert label in text
        text = text.replace(label, value)
    return text


GMAIL = f"Op ma 23 nov. 2026 om 09:12 schreef Steunpunt Passend Onderwijs <{BOX}>:"
OUTLOOK = f"________________________________\nVan: Steunpunt Passend Onderwijs <{BOX}>\nVerzonden: maandag 23 november 2026 09:12\nAan: Hanna Wiersum\nOnderwerp: Re: Aanmelding"
REPLIES: dict[str, Callable[[str], str]] = {
    "gmail": lambda text: f"Zie hieronder.\n\n{GMAIL}\n\n{marked(text)}\n",
    "outlook": lambda text: f"Beste Marloes,\n\nIngevuld!\n\n{OUTLOOK}\n\n{text}",
    "thunderbird, beneath": lambda text: f"{GMAIL}\n{marked(text)}\n\nMet vriendelijke groet,\nHanna Wiersum\n",
    "webmail without any mark": lambda text: f"Hierbij.\n\nHanna Wiersum\n\n{text}",
    "no word of her own": lambda text: text,
}


@pytest.mark.parametrize("program", REPLIES)
def test_the_lines_that_we_left_open_are_filled_in_inside_the_quoted_letter(talk, program):
    letter = apply(talk, WITHOUT_PHONE_AND_ROLE)
    before = talk.application()
    talk.answer_to(write(HANNA, subject_for_reply(letter), REPLIES[program](filled(letter)), answers=letter))
    after = talk.application()
    assert (after["role"], after["phone"]) == ("intern begeleider", "+31592314050")
    assert after["review"] == ()
    assert {name: after[name] for name in before} == before | {"review": ()}


@pytest.mark.parametrize("program", REPLIES)
def test_answers_beneath_our_questions_in_the_quoted_letter_are_read(talk, program):
    letter = apply(talk, WITHOUT_ANSWERS)
    text = "\n".join(text_of(letter).splitlines()) + "\n"
    answers = {
        "1. Ik wil": "Wij delen een gang met de school voor speciaal onderwijs en lopen elkaar nog te vaak mis.",
        "2. Ik heb": "Hoe maak je van twee teams één team?",
        "3. Ik wil": "Roosters, studiedagen en het gesprek met ouders.",
    }
    for start, answer in answers.items():
        text, count = re.subn(rf"(?m)({re.escape(start)}(?:.|\n(?=    \S))*?…)$", rf"\1\n{answer}", text, count=1)
        assert count == 1, start
    talk.answer_to(write(HANNA, subject_for_reply(letter), REPLIES[program](text), answers=letter))
    row = talk.application()
    assert [row.get(f"answer:{n}", "").rstrip(".") for n in "123"] == [one.rstrip(".") for one in answers.values()]
    assert row["name"] == "Hanna Wiersum"


@pytest.mark.parametrize(
    "client", [gmail_reply, outlook_reply, apple_reply, lambda words, letter: f"{words}\n\n{text_of(letter)}"]
)
def test_nothing_of_our_letter_is_taken_for_the_applicants_words(talk, client):
    letter = apply(talk, WITHOUT_PHONE_AND_ROLE)
    before = talk.application()
    words = "Mijn functie is intern begeleider."
    talk.answer_to(write(HANNA, subject_for_reply(letter), client(words, letter), answers=letter))
    after = talk.application()
    assert after.pop("role") == "intern begeleider"
    assert after == before
    assert talk.mail().first_words == words


def test_a_reply_in_outlooks_html_is_read_beneath_each_line(talk):
    letter = apply(talk, WITHOUT_PHONE_AND_ROLE)
    part = letter.get_body(("html",))
    assert part is not None
    html = str(part.get_content()).partition("<body")[2].partition(">")[2].partition("</body>")[0]
    for label, value in (("Functie: …", "intern begeleider"), ("Telefoonnummer: …", "0592 - 31 40 50")):
        assert label in html
        html = html.replace(label, f'{label} <span style="color:#4472C4">{value}</span>')
    mail = EmailMessage()
    heads = f"<b>Van:</b> Steunpunt Passend Onderwijs &lt;{BOX}&gt;<br><b>Verzonden:</b> maandag 23 november 2026 09:12<br><b>Aan:</b> Hanna Wiersum<br><b>Onderwerp:</b> {letter['Subject']}"
    body = f'<p class="MsoNormal">Zie de tekst in blauw.</p><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg" dir="ltr">{heads}</div><div>{html}</div>'
    plain = write(HANNA, subject_for_reply(letter), "x", answers=letter)
    mail.set_content(f"<html><body>{body}</body></html>", subtype="html", cte="base64")
    head = plain.partition(b"\r\n\r\n")[0].split(b"Content-Type")[0]
    talk.answer_to(head + mail.as_bytes().replace(b"\n", b"\r\n"))
    after = talk.application()
    assert (after["role"], after["phone"]) == ("intern begeleider", "+31592314050")


def test_our_letter_forwarded_to_us_by_somebody_else_states_nothing(talk):
    letter = apply(talk, WITHOUT_PHONE_AND_ROLE)
    before = talk.application()
    head = (
        "---------- Forwarded message ---------\nVan: Steunpunt Passend Onderwijs <"
        + BOX
        + ">\nDate: ma 23 nov. 2026 om 09:12\nSubject: "
        + str(letter["Subject"])
        + "\nTo: <h.wiersum@obsdelantaarn.nl>\n"
    )
    body = f"Deze brief kwam bij mij terecht. Klopt dat?\n\n{head}\n\n{text_of(letter)}"
    stranger = "Iemand Anders <iemand@andereschool.nl>"
    talk.silence_after(write(stranger, f"Fwd: {letter['Subject']}", body))
    assert {**talk.application(), "review": ()} == {**before, "review": ()}
    assert len(talk.applications()) == 1
    assert talk.mail().kind is not Kind.APPLICATION
