"""The letters to applicants: what they say, and what never gets into them."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsers.blocks import Mailbox
from parsers.extraction import Extraction, Kind, Person
from parsers.message import Message
from replies.acknowledgement import acknowledge
from replies.application_view import ApplicationView, Change, Happening, Noted
from replies.call_words import phone_text
from replies.letter import Letter
from tests.replies.conftest import Page

EXTRACTION = Extraction(kind=Kind.APPLICATION, kind_confidence=1, kind_reason="", needs_review=False)
MESSAGE = Message(
    message_id="<1@deklimop-assen.nl>",
    subject="RE: Aanmelding",
    from_=Mailbox(name="Jan de Vries", address="j.devries@deklimop-assen.nl"),
    references=("<0@vo-raad.nl>",),
)
VALUES = {
    "organisation": "OBS De Klimop",
    "sector": "po,sbo",
    "role": "intern begeleider",
    "name": "Jan de Vries",
    "email": "j.devries@deklimop-assen.nl",
    "phone": "+31612345678",
    "place": "Assen",
    "province": "drenthe",
    "answer:1": "Wij willen leren.",
    "answer:2": "Hoe geven we samen les?",
    "answer:3": "- bekostiging\n- scholing",
}


def a_view(*, unsure: tuple[str, ...] = (), without: tuple[str, ...] = (), **more: Any) -> ApplicationView:
    return ApplicationView(
        reference=more.pop("reference", "OG-2026-0001"),
        values={
            name: Noted(value=value, unsure=name in unsure) for name, value in VALUES.items() if name not in without
        },
        missing=without,
        **more,
    )


@pytest.fixture
def answer(call, templates):
    def make(
        *views: ApplicationView, language: str = "nl", to: str = VALUES["email"], message: Message = MESSAGE
    ) -> Letter:
        extraction = replace(EXTRACTION, language=language)
        return acknowledge(message, extraction, views, call, to=(to,), templates=templates)

    return make


def flat(letter: Letter) -> str:
    return " ".join(letter.text.replace("\u200c", "").replace("\u2060", "").replace("\u00a0", " ").split())


def test_a_complete_application_is_thanked_for_and_repeated_whole(answer):
    letter = answer(a_view())
    text = flat(letter)
    assert text.startswith("Beste Jan de Vries, Bedankt voor uw aanmelding voor de ontwikkelgroepen")
    assert "Uw aanmelding is compleet. Uw aanmeldnummer is OG-2026-0001." in text
    for line in (
        "Organisatie: OBS De Klimop",
        "Sector: primair onderwijs (po), speciaal basisonderwijs (sbo)",
        "Functie: intern begeleider",
        "E-mailadres: j.devries@deklimop-assen.nl",
        "Telefoonnummer: 06 12345678",
        "Provincie: Drenthe",
        "Hoe geven we samen les?",
        "- bekostiging - scholing",
    ):
        assert line in text
    assert "Een medewerker van het NCOJ neemt contact met u op." in text
    assert "Bel Marloes Pieters (030 - 232 48 57) of mail naar steunpuntpassendonderwijs@vo-raad.nl." in text
    assert "Antwoord op deze mail" in text
    assert "Wij gebruiken uw gegevens alleen voor de ontwikkelgroepen" in text
    assert "nog nodig" not in text
    assert "Klopt" not in text


def test_text_and_html_tell_the_same(answer):
    for view in (a_view(), a_view(unsure=("role",), without=("phone", "answer:2"))):
        letter = answer(view)
        page = Page(letter.html).text
        words = set(re.findall(r"\w{4,}", letter.text.lower()))
        assert words <= set(re.findall(r"\w{4,}", page.lower()))


def test_the_answer_stands_in_the_thread(answer):
    letter = answer(a_view())
    assert letter.subject == "Re: [OG-2026-0001] Aanmelding"
    assert letter.in_reply_to == "<1@deklimop-assen.nl>"
    assert letter.references == ("<0@vo-raad.nl>", "<1@deklimop-assen.nl>")
    assert answer(a_view(), message=replace(MESSAGE, subject="")).subject == "Re: [OG-2026-0001] uw aanmelding"


def test_what_is_missing_is_asked_for_line_by_line(answer):
    text = answer(a_view(without=("role", "phone", "answer:2"))).text
    assert "Wij hebben nog iets van u nodig." in text
    assert "    Functie: …\n    Telefoonnummer: …\n    2. Ik heb de volgende ontwikkelvraag: …\n" in text
    assert "compleet" not in text


def test_an_unsure_value_is_asked_about_and_not_repeated_as_noted(answer):
    text = flat(answer(a_view(unsure=("role", "sector", "answer:2"))))
    assert "Klopt het dat uw functie ‘intern begeleider’ is?" in text
    assert "Klopt het dat de sector waarin u werkt ‘primair onderwijs (po), speciaal basisonderwijs (sbo)’ is?" in text
    assert (
        "Klopt het dat dit uw antwoord is op vraag 2 (ontwikkelvraag)? Zo lezen wij het: ‘Hoe geven we samen les?’"
        in text
    )
    noted = text.partition("DIT HEBBEN WIJ GENOTEERD")[2]
    assert "intern begeleider" not in noted
    assert "Hoe geven we samen les?" not in noted
    assert "OBS De Klimop" in noted


def test_an_unsure_name_greets_nobody(answer):
    assert answer(a_view(unsure=("name",))).text.startswith("Goedendag,\n")


def test_somebody_who_writes_for_the_applicant_is_not_called_by_their_name(answer):
    assert answer(a_view(), to="administratie@deklimop-assen.nl").text.startswith("Goedendag,\n")


def test_a_correction_tells_what_changed(answer):
    changes = (
        Change(field="phone", before="+31201234567", after="+31612345678"),
        Change(field="answer:2", before="", after=VALUES["answer:2"]),
        Change(field="place", before="Assen", after=""),
    )
    text = flat(answer(a_view(happening=Happening.CHANGED, changes=changes)))
    assert "DIT IS VERANDERD Telefoonnummer: 06 12345678 (was: 020 123 4567)" in text
    assert "Plaats: verwijderd (was: Assen)" in text
    assert "Uw aanmelding is nu compleet." in text
    still = flat(answer(a_view(happening=Happening.CHANGED, changes=changes[:1], without=("sector",))))
    assert "Wij hebben nog iets van u nodig." in still
    assert "Sector: …" in still


def test_what_no_call_asks_for_is_not_told_as_a_change(answer):
    changes = (
        Change(field="place", before="Assen", after="Breda"),
        Change(field="region", before="noord", after="zuid"),
    )
    text = flat(answer(a_view(happening=Happening.CHANGED, changes=changes)))
    assert "DIT IS VERANDERD Plaats: Breda (was: Assen)" in text
    assert "region" not in text
    assert "VERANDERD" not in flat(answer(a_view(happening=Happening.CHANGED, changes=changes[1:])))


def test_a_withdrawal_is_confirmed_with_a_way_back_and_tells_nothing_else(answer):
    text = flat(answer(a_view(happening=Happening.WITHDRAWN, without=("phone",))))
    assert "is ingetrokken: u doet niet mee. Het gaat om aanmelding OG-2026-0001." in text
    assert "Antwoord dan op deze mail met ‘Ik wil toch meedoen’." in text
    assert "nodig?" not in text
    assert "06 12345678" not in text
    assert "OBS De Klimop" not in text


def test_a_return_is_welcomed(answer):
    assert "Fijn dat u toch wilt meedoen" in answer(a_view(happening=Happening.RESTORED)).text


def test_two_organisations_in_one_mail_get_one_letter(answer):
    letter = answer(
        a_view(people=(Person(name="Els Bakker", role="directeur", email="els@deklimop-assen.nl"),)),
        a_view(reference="OG-2026-0002", without=("phone",)),
    )
    text = flat(letter)
    assert letter.subject == "Re: [OG-2026-0001] [OG-2026-0002] Aanmelding"
    assert "Uw aanmeldnummers zijn OG-2026-0001 en OG-2026-0002." in text
    assert "Ook aangemeld: Els Bakker, directeur, els@deklimop-assen.nl" in text
    assert "Aanmelding OG-2026-0002 Telefoonnummer: …" in text


def test_english_mail_gets_an_english_letter(answer):
    letter = answer(a_view(unsure=("role",), without=("phone", "answer:2")), language="en")
    text = flat(letter)
    assert letter.language == "en"
    assert '<html lang="en"' in letter.html
    assert text.startswith("Dear Jan de Vries, Thank you for your application for the development groups")
    assert "Telephone: … 2. Development question: …" in text
    assert "Is it right that your role is “intern begeleider”?" in text
    assert not re.search(r"\b(uw|wij|aanmelding|antwoord)\b", text)


def test_frisian_mail_gets_a_dutch_letter(answer):
    assert answer(a_view(), language="fy").language == "nl"


def test_a_call_without_english_texts_is_answered_in_dutch(call, templates):
    english = replace(EXTRACTION, language="en")
    letter = acknowledge(
        MESSAGE, english, [a_view()], replace(call, privacy_en=""), to=("a@b.nl",), templates=templates
    )
    assert letter.language == "nl"


def test_the_html_is_for_everybody(answer):
    page = Page(answer(a_view(without=("phone",))).html)
    tags = [tag for tag, _ in page.tags]
    assert ("html", {"lang": "nl", "dir": "ltr"}) in [
        (tag, {k: v for k, v in attrs.items() if k != "style"}) for tag, attrs in page.tags
    ]
    assert "h2" in tags
    assert all(attrs.get("scope") == "row" for tag, attrs in page.tags if tag == "th")
    assert any(attrs.get("name") == "color-scheme" for _, attrs in page.tags)
    assert not {"img", "script", "link", "iframe", "object", "form", "input", "button", "svg"} & set(tags)
    assert page.links() == []


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=http://evil.nl/x.png>',
    "{{ 7*7 }}{% include '/etc/passwd' %}",
    "kijk op https://evil.nl/inloggen of www.evil.nl",
    "\u202eevil\u202c \u200bweg\x00\x1b[31m",
    "a\r\nBcc: x@y.nl\r\n\r\n.\r\n--=_boundary",
    "<style>*{display:none}</style><!--",
    "x" * 5000,
    "@import url(http://evil.nl)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_stands_in_a_mail_becomes_text_and_nothing_else(answer, text):
    names = [*VALUES, "onbekend"]
    view = ApplicationView(
        reference="OG-2026-0001",
        happening=Happening.CHANGED,
        values={name: Noted(value=text, unsure=name in {"role", "answer:2"}) for name in names},
        people=(Person(name=text, email=text, role=text),),
        changes=(Change(field="name", before=text, after=text), Change(field="answer:3", before="", after=text)),
    )
    letter = answer(view, message=replace(MESSAGE, subject=text))
    plain = answer(
        a_view(
            unsure=("role", "answer:2"),
            happening=Happening.CHANGED,
            changes=(Change(field="name", before="a", after="b"), Change(field="answer:3", before="", after="b")),
        )
    )
    page = Page(letter.html)
    assert page.links() == []
    assert {tag for tag, _ in page.tags} <= {tag for tag, _ in Page(plain.html).tags}
    for told in (letter.text, page.text, letter.subject if "://" not in text else ""):
        assert not re.search(r"\w://\w|\bwww\.\w|evil\.nl", told)
        assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\u200b]", told)
    assert all(len(line) <= 72 for line in letter.text.splitlines())
    assert letter.html.count("<style") == 1


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from([*VALUES, "x"]), st.text(max_size=60)), st.sets(st.sampled_from([*VALUES, "x"])))
def test_any_values_make_a_letter(answer, values, unsure):
    view = ApplicationView(
        reference="OG-2026-0001",
        values={name: Noted(value=value, unsure=name in unsure) for name, value in values.items()},
        missing=tuple(set(VALUES) - set(values) - {"place", "province"}),
    )
    letter = answer(view)
    assert Page(letter.html).links() == []
    assert "OG-2026-0001" in letter.text


def test_a_letter_about_nothing_is_refused(answer):
    with pytest.raises(ValueError, match="application"):
        answer()


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+31612345678", "06 12345678"),
        ("+31592123456", "0592 123 456"),
        ("+3225551234", "+32 2 555 12 34"),
        ("geen", "geen"),
    ],
)
def test_numbers_are_written_as_they_are_dialled(number, shown):
    assert phone_text(number) == shown
