"""Conversations about what we were not sure of: our letter asks, the applicant says yes, no or something else."""

from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest

import intake.jobs
from intake.jobs import jobs_of
from intake.understanding import Understood, understand
from models.application import ApplicationStatus
from models.value import ApplicationValue, ValueState
from parsers.extraction import Kind
from tests.stories.conversation import (
    Conversation,
    apple_reply,
    gmail_reply,
    outlook_reply,
    subject_for_reply,
    text_of,
    write,
)
from tests.stories.test_conversations import HANNA, apply


def ask(talk: Conversation, *fields: str) -> EmailMessage:
    """Apply in a way that leaves these fields unsure, and return the letter that asks about them.

    Which words leave the parsers unsure changes whenever they learn: here they are made to doubt.
    """

    def doubtful(*given: Any) -> Understood:
        understood = understand(*given)
        extraction = replace(understood.extraction, needs_review=True, review_reasons=fields)
        return replace(understood, extraction=extraction)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake.jobs, "understand", doubtful)
        talk.jobs = jobs_of(talk.installation)
        letter: EmailMessage = apply(talk)
    talk.jobs = jobs_of(talk.installation)
    assert set(talk.application()["review"]) == set(fields)
    assert " ".join(text_of(letter).split()).count("Klopt het dat") == len(fields)
    return letter


def held(talk: Conversation, field: str) -> list[tuple[str, ValueState, bool, int | None]]:
    with talk.installation.sessions() as session:
        query = session.query(ApplicationValue).filter_by(field=field).order_by(ApplicationValue.id)
        return [(value.value, value.state, value.unsure, value.mail_id) for value in query]


def reply(talk: Conversation, letter, words: str, *, client=gmail_reply, sender: str = HANNA, **more) -> bytes:
    return write(sender, subject_for_reply(letter), client(words, letter), answers=letter, **more)


def test_what_is_unsure_is_asked_and_not_repeated_as_noted(talk):
    text = " ".join(text_of(ask(talk, "phone")).split())
    asked, noted = text.index("Klopt het dat uw telefoonnummer"), text.index("DIT HEBBEN WIJ GENOTEERD")
    assert asked < text.index("06 21436580") < noted
    assert "06 21436580" not in text[noted:]


@pytest.mark.parametrize("client", [gmail_reply, outlook_reply, apple_reply])
@pytest.mark.parametrize("words", ["ja", "Ja, klopt", "Ja, dat klopt.\n\nMet vriendelijke groet,\nHanna Wiersum"])
def test_a_yes_confirms_what_was_asked_and_is_kept_with_its_mail(talk, client, words):
    letter = ask(talk, "phone")
    first = talk.mail().id
    answer = talk.answer_to(reply(talk, letter, words, client=client))
    assert talk.mail().kind is Kind.SUPPLEMENT
    assert held(talk, "phone") == [
        ("+31621436580", ValueState.SUPERSEDED, True, first),
        ("+31621436580", ValueState.CURRENT, False, talk.mail().id),
    ]
    assert talk.application()["review"] == ()
    assert "compleet" in text_of(answer)
    assert "Klopt het" not in text_of(answer)
    assert talk.receive() == []


def test_a_yes_confirms_everything_that_was_asked(talk):
    letter = ask(talk, "phone", "role")
    talk.answer_to(reply(talk, letter, "Ja, klopt allemaal."))
    assert talk.application()["review"] == ()


def test_a_yes_may_come_with_something_new(talk):
    letter = ask(talk, "role")
    talk.answer_to(reply(talk, letter, "Ja, dat klopt.\n\nMijn telefoonnummer is veranderd: 06 - 48 39 20 17."))
    assert held(talk, "role")[-1][1:3] == (ValueState.CURRENT, False)
    assert talk.application()["phone"] == "+31648392017"


def test_a_yes_beneath_one_of_two_questions_is_for_a_person(talk):
    letter = ask(talk, "phone", "role")
    quoted = text_of(letter).replace("‘06\u00a021436580’ is?", "‘06\u00a021436580’ is? Ja")
    assert "Ja" in quoted
    quoted = "\n".join(f"> {line}".rstrip() for line in quoted.splitlines())
    talk.silence_after(write(HANNA, subject_for_reply(letter), quoted, answers=letter))
    assert {"phone", "role", "answer unclear"} <= set(talk.application()["review"])


@pytest.mark.parametrize("words", ["nee", "Nee, dat klopt niet.", "Nee hoor.\n\nGroet, Hanna"])
def test_a_no_leaves_it_unsure_and_a_person_looks(talk, words):
    letter = ask(talk, "phone")
    talk.silence_after(reply(talk, letter, words, client=outlook_reply))
    assert [state for _, state, unsure, _ in held(talk, "phone") if unsure] == [ValueState.CURRENT]
    assert {"phone", "denied"} <= set(talk.application()["review"])


@pytest.mark.parametrize(
    ("field", "words", "value"),
    [
        ("phone", "Nee, het is 06 - 48 39 20 17.", "+31648392017"),
        ("role", "Nee, het is teamleider.", "teamleider"),
        ("role", "Nee, dat klopt niet. Mijn functie is gedragswetenschapper.", "gedragswetenschapper"),
    ],
)
def test_a_no_with_the_right_value_gives_it(talk, field, words, value):
    letter = ask(talk, field)
    answer = talk.answer_to(reply(talk, letter, words))
    assert talk.application()[field] == value
    assert talk.application()["review"] == ()
    assert "Klopt het" not in text_of(answer)


@pytest.mark.parametrize("words", ["Ja en nee.", "Klopt, behalve de functie.", "Het eerste klopt, het tweede niet."])
def test_an_answer_that_may_mean_either_is_for_a_person(talk, words):
    letter = ask(talk, "phone", "role")
    talk.receive(reply(talk, letter, words))
    assert {"phone", "role"} <= set(talk.application()["review"])
    assert "answer unclear" in talk.application()["review"]


def test_a_yes_from_a_stranger_or_a_forger_confirms_nothing(talk):
    letter = ask(talk, "phone")
    talk.silence_after(reply(talk, letter, "Ja, klopt", sender="Iemand <iemand@andereschool.nl>"))
    talk.silence_after(reply(talk, letter, "Ja, klopt", dmarc="fail"))
    assert [value[2] for value in held(talk, "phone")] == [True]
    assert "phone" in talk.application()["review"]


def test_a_colleagues_yes_counts_and_a_person_looks(talk):
    letter = ask(talk, "phone")
    talk.receive(reply(talk, letter, "Ja, dat klopt.", sender="Administratie <administratie@obsdelantaarn.nl>"))
    assert talk.application()["review"] == ("sender",)


def test_a_yes_with_a_question_confirms_and_the_question_waits_for_a_person(talk):
    letter = ask(talk, "phone")
    talk.silence_after(reply(talk, letter, "Ja, dat klopt.\n\nWanneer en waar is de eerste bijeenkomst precies?"))
    assert held(talk, "phone")[-1][1:3] == (ValueState.CURRENT, False)
    assert talk.mail().settled_at is None


def test_thanks_for_a_letter_that_asks_confirm_nothing(talk):
    letter = ask(talk, "phone")
    talk.silence_after(reply(talk, letter, "Dank u wel voor de snelle reactie!"))
    assert "phone" in talk.application()["review"]


def test_a_yes_to_a_letter_that_asked_nothing_changes_nothing(talk):
    letter = apply(talk)
    talk.silence_after(reply(talk, letter, "Ja, klopt."))
    assert talk.application()["review"] == ()


def test_only_what_the_letter_asked_is_confirmed(talk):
    first = ask(talk, "phone")
    talk.receive(reply(talk, first, "Mijn nummer is nu 06 - 10 20 30 40 of 06 - 50 60 70 80."))
    now = held(talk, "phone")[-1]
    if now[2]:
        # The first letter asked about another number.
        talk.receive(reply(talk, first, "Ja, klopt"))
        assert held(talk, "phone")[-1] == now


def test_the_way_back_that_the_withdrawal_letter_offers_works(talk):
    letter = apply(talk)
    words = "Helaas moet ik onze aanmelding intrekken, we hebben er toch geen tijd voor."
    gone = talk.answer_to(reply(talk, letter, words))
    assert "Ik wil toch meedoen" in " ".join(text_of(gone).split())
    back = talk.answer_to(reply(talk, gone, "Ik wil toch meedoen", client=outlook_reply))
    assert talk.application()["status"] is ApplicationStatus.OPEN
    assert talk.application()["phone"] == "+31621436580"
    assert "geldt weer" in text_of(back)
