"""Conversations: mails in, letters out, and the state of the application after each."""

import pytest

from intake.staff import decide_kind
from intake.worker import now
from models.application import ApplicationStatus, application_by_reference, linked_with
from models.letter import Letter
from models.mail import Mail
from models.value import ApplicationValue, ValueState
from parsers.extraction import Kind
from tests.stories.conversation import (
    BOX,
    Conversation,
    apple_reply,
    gmail_reply,
    outlook_reply,
    subject_for_reply,
    text_of,
    write,
)

HANNA = "Hanna Wiersum <h.wiersum@obsdelantaarn.nl>"
COMPLETE = """
Beste mensen,

Graag meld ik onze school aan voor de ontwikkelgroep.

Organisatie: OBS De Lantaarn, Assen
Sector: primair onderwijs
Naam: Hanna Wiersum
Functie: intern begeleider
E-mail: h.wiersum@obsdelantaarn.nl
Telefoon: 06 - 21 43 65 80

1. Ik wil graag deelnemen aan deze ontwikkelgroep, omdat wij een gang delen met de school voor speciaal onderwijs.
2. Ik heb de volgende ontwikkelvraag: hoe maak je van twee teams één team?
3. Ik wil de volgende onderwerpen in de groep bespreken: roosters, studiedagen en het gesprek met ouders.

Met vriendelijke groet,

Hanna Wiersum
intern begeleider OBS De Lantaarn
"""
WITHOUT_PHONE_AND_ROLE = COMPLETE.replace("Telefoon: 06 - 21 43 65 80\n", "").replace(
    "Functie: intern begeleider\n", ""
).replace("intern begeleider OBS De Lantaarn", "OBS De Lantaarn")  # fmt: skip


def apply(talk: Conversation, body: str = COMPLETE, sender: str = HANNA, subject: str = "Aanmelding ontwikkelgroep"):
    return talk.answer_to(write(sender, subject, body))


def test_a_complete_application_is_thanked_and_told_what_was_noted(talk):
    letter = apply(talk)
    row = talk.application()
    text = text_of(letter)
    assert row["phone"] == "+31621436580"
    assert row["reference"] in str(letter["Subject"])
    assert row["reference"] in text
    for noted in ("OBS De Lantaarn", "intern begeleider", "06 21436580", "hoe maak je van twee teams één team?"):
        assert noted in " ".join(text.split())
    assert letter["Auto-Submitted"] == "auto-replied"
    assert str(letter["In-Reply-To"]).strip() in str(letter["References"])
    assert letter["To"] == "h.wiersum@obsdelantaarn.nl"
    assert talk.receive() == []


def test_the_flags_in_the_mailbox_stay_as_they_were(talk):
    talk.account.append(write(HANNA, "Aanmelding ontwikkelgroep", COMPLETE), flags=(b"\\Flagged",))
    talk.account.append(write("Piet <piet@example-school.nl>", "Vraag", "Wanneer is de eerste bijeenkomst?"))
    before = talk.account.flags()
    assert len(talk.receive()) == 1
    assert talk.account.flags() == before


@pytest.mark.parametrize("client", [gmail_reply, outlook_reply, apple_reply])
def test_what_is_missing_is_asked_and_a_reply_with_only_that_completes_it(talk, client):
    letter = apply(talk, WITHOUT_PHONE_AND_ROLE)
    text = text_of(letter)
    assert "Functie: …" in text
    assert "Telefoonnummer: …" in text
    assert "Organisatie: …" not in text
    words = "Functie: intern begeleider\nTelefoonnummer: 0592 - 31 40 50"
    answer = talk.answer_to(write(HANNA, subject_for_reply(letter), client(words, letter), answers=letter))
    row = talk.application()
    assert (row["role"], row["phone"]) == ("intern begeleider", "+31592314050")
    assert row["answer:2"] == "hoe maak je van twee teams één team?"
    assert "…" not in text_of(answer).replace(" …\n", "\n")
    assert row["reference"] in str(answer["Subject"])


def test_a_reply_filled_in_between_the_quoted_lines_completes_it(talk):
    letter = apply(talk, WITHOUT_PHONE_AND_ROLE)
    quoted = "\n".join(f"> {line}".rstrip() for line in text_of(letter).splitlines())
    quoted = quoted.replace(">     Telefoonnummer: …", ">     Telefoonnummer: …\n0592 - 31 40 50")
    assert "0592" in quoted
    talk.answer_to(write(HANNA, subject_for_reply(letter), f"Zie onder.\n\n{quoted}", answers=letter))
    assert talk.application()["phone"] == "+31592314050"


def test_a_correction_replaces_the_value_and_keeps_the_earlier_one_with_its_mail(talk):
    letter = apply(talk)
    first = talk.mail().id
    words = "Mijn telefoonnummer is veranderd, het is nu 06 - 48 39 20 17."
    answer = talk.answer_to(write(HANNA, subject_for_reply(letter), gmail_reply(words, letter), answers=letter))
    assert talk.application()["phone"] == "+31648392017"
    assert "06 48392017" in " ".join(text_of(answer).split())
    second = talk.mail().id
    with talk.installation.sessions() as session:
        query = session.query(ApplicationValue).filter_by(field="phone").order_by(ApplicationValue.id)
        history = [(value.value, value.state, value.mail_id) for value in query]
    assert history == [
        ("+31621436580", ValueState.SUPERSEDED, first),
        ("+31648392017", ValueState.CURRENT, second),
    ]


def test_a_withdrawal_is_confirmed_with_a_way_back_and_she_may_come_back(talk):
    letter = apply(talk)
    words = "Helaas moet ik onze aanmelding intrekken, we hebben er toch geen tijd voor."
    gone = talk.answer_to(write(HANNA, subject_for_reply(letter), outlook_reply(words, letter), answers=letter))
    assert [row["status"] for row in talk.applications()] == [ApplicationStatus.WITHDRAWN]
    assert "ingetrokken" in text_of(gone)
    back = talk.answer_to(write(HANNA, "Toch weer: aanmelding ontwikkelgroep", COMPLETE))
    assert talk.application()["reference"] == talk.applications()[0]["reference"]
    assert talk.application()["reference"] in str(back["Subject"])


def test_the_same_mail_sent_twice_gets_one_letter(talk):
    mail = write(HANNA, "Aanmelding ontwikkelgroep", COMPLETE, message_id="<same@obsdelantaarn.nl>")
    assert len(talk.receive(mail, mail)) == 1
    assert talk.receive(mail) == []
    assert len(talk.applications()) == 1


def test_the_same_words_sent_again_under_another_message_id_change_nothing(talk):
    apply(talk)
    talk.receive(write(HANNA, "Aanmelding ontwikkelgroep", COMPLETE))
    assert len(talk.applications()) == 1
    assert talk.application()["phone"] == "+31621436580"


def test_an_application_sent_again_with_changes_is_an_update(talk):
    apply(talk)
    changed = COMPLETE.replace("06 - 21 43 65 80", "06 - 48 39 20 17")
    letter = talk.answer_to(write(HANNA, "Aanmelding ontwikkelgroep (verbeterd)", changed))
    assert talk.application()["phone"] == "+31648392017"
    assert talk.application()["reference"] in str(letter["Subject"])


def test_two_colleagues_of_one_school_are_linked_and_not_merged(talk):
    apply(talk)
    piet = (
        COMPLETE.replace("Hanna Wiersum", "Piet Smit")
        .replace("h.wiersum", "p.smit")
        .replace("21 43 65 80", "48 39 20 17")
    )
    apply(talk, piet, "Piet Smit <p.smit@obsdelantaarn.nl>")
    first, second = talk.applications()
    assert (first["name"], second["name"]) == ("Hanna Wiersum", "Piet Smit")
    with talk.installation.sessions() as session:
        row = application_by_reference(session, first["reference"])
        assert row is not None
        assert [other.reference for other in linked_with(session, row.id)] == [second["reference"]]


def test_a_reference_number_in_the_subject_is_enough(talk):
    apply(talk, WITHOUT_PHONE_AND_ROLE)
    reference = talk.application()["reference"]
    talk.answer_to(write(HANNA, f"aanvulling {reference}", "Mijn telefoonnummer is 0592 - 31 40 50.\n\nHanna Wiersum"))
    assert talk.application()["phone"] == "+31592314050"


def test_a_supplement_without_any_thread_is_found_by_its_sender(talk):
    apply(talk, WITHOUT_PHONE_AND_ROLE)
    body = "Bij onze aanmelding voor de ontwikkelgroep vergat ik mijn telefoonnummer: 0592 - 31 40 50.\n\nHanna Wiersum"
    talk.answer_to(write(HANNA, "aanvulling op onze aanmelding ontwikkelgroep", body))
    assert talk.application()["phone"] == "+31592314050"


def test_a_stranger_who_knows_the_number_can_not_withdraw_somebody(talk):
    apply(talk)
    reference = talk.application()["reference"]
    body = f"Wij trekken onze aanmelding {reference} voor de ontwikkelgroep in."
    talk.silence_after(write("Iemand Anders <iemand@andereschool.nl>", f"intrekken {reference}", body))
    row = talk.application()
    assert row["status"] is ApplicationStatus.OPEN
    assert row["review"]


def test_a_forged_sender_can_neither_change_nor_be_answered(talk):
    letter = apply(talk)
    words = "Mijn telefoonnummer is nu 06 - 48 39 20 17."
    forged = write(HANNA, subject_for_reply(letter), gmail_reply(words, letter), answers=letter, dmarc="fail")
    assert "dmarc" in talk.silence_after(forged)
    assert talk.application()["phone"] == "+31621436580"


def test_a_colleague_from_the_same_domain_may_change_it_and_a_person_looks(talk):
    letter = apply(talk, WITHOUT_PHONE_AND_ROLE)
    words = "Namens Hanna: haar telefoonnummer is 0592 - 31 40 50."
    colleague = "Administratie OBS De Lantaarn <administratie@obsdelantaarn.nl>"
    talk.receive(write(colleague, subject_for_reply(letter), outlook_reply(words, letter), answers=letter))
    assert talk.application()["phone"] == "+31592314050"
    assert "sender" in talk.application()["review"]


def test_a_question_in_the_conversation_gets_no_letter_and_is_shown_with_it(talk):
    letter = apply(talk)
    words = "Dank voor de bevestiging. Op welke dag is de eerste bijeenkomst, en waar?"
    talk.silence_after(write(HANNA, subject_for_reply(letter), gmail_reply(words, letter), answers=letter))
    assert talk.mail().kind is Kind.QUESTION


def test_a_bare_thank_you_gets_no_letter(talk):
    letter = apply(talk)
    talk.silence_after(write(HANNA, subject_for_reply(letter), gmail_reply("Dank je wel!", letter), answers=letter))
    assert talk.application()["phone"] == "+31621436580"


def test_an_out_of_office_to_our_letter_gets_no_letter(talk):
    letter = apply(talk)
    away = (("Auto-Submitted", "auto-replied"), ("Return-Path", "<>"))
    talk.silence_after(write(HANNA, "Automatisch antwoord", "Ik ben er niet.", answers=letter, headers=away))


def test_a_bounce_is_tied_to_the_letter_it_is_about(talk):
    letter = apply(talk)
    message_id = str(letter["Message-ID"])
    report = f"""Return-Path: <>
From: Mail Delivery Subsystem <mailer-daemon@mail.vo-raad.nl>
To: {BOX}
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-1@mail.vo-raad.nl>
Date: Mon, 23 Nov 2026 09:15:00 +0100
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

The mail system could not deliver your message.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.vo-raad.nl

Final-Recipient: rfc822; h.wiersum@obsdelantaarn.nl
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

Message-ID: {message_id}
Subject: {letter["Subject"]}

--b--
""".replace("\n", "\r\n").encode()
    talk.silence_after(report)
    about = talk.mail().id
    with talk.installation.sessions() as session:
        kept = session.query(Letter).filter_by(message_id=message_id).one()
        assert (kept.bounce_status, kept.bounce_mail_id) == ("5.1.1", about)
    assert "undelivered" in talk.application()["review"]


def test_a_privacy_request_gets_no_letter_and_waits_for_the_staff(talk):
    apply(talk)
    body = "Op grond van de AVG verzoek ik u alle persoonsgegevens die u van mij heeft te verwijderen.\n\nHanna Wiersum"
    talk.silence_after(write(HANNA, "Verzoek verwijdering persoonsgegevens", body))
    assert talk.mail().kind is Kind.PRIVACY
    assert talk.mail().settled_at is None


def test_an_english_application_gets_an_english_letter(talk):
    body = """
Dear Steunpunt,

Please sign us up for the development group. I am the school psychologist at Rivierpark International School in
Rotterdam (primary education), phone +31 10 742 19 60.

1. I would like to take part because we welcome more and more pupils from special education.
2. Our development question is how to share one plan for a child across two schools.
3. I would like to discuss language support, staff training and transport.

Kind regards,
Claire Donovan
"""
    letter = talk.answer_to(write("Claire Donovan <c.donovan@rivierparkschool.nl>", "Sign-up development group", body))
    assert letter["Content-Language"] == "en"
    assert "Thank you" in text_of(letter)


def test_a_secretary_who_signs_somebody_up_gets_the_letter_and_so_does_the_applicant(talk):
    body = f"Hierbij de aanmelding van mijn collega.\n\n{COMPLETE}"
    body = body.replace(
        "Met vriendelijke groet,\n\nHanna Wiersum\nintern begeleider OBS De Lantaarn",
        "Groet, Tineke Lok\nadministratie",
    )
    letter = talk.answer_to(write("Tineke Lok <administratie@obsdelantaarn.nl>", "Aanmelding ontwikkelgroep", body))
    assert "administratie@obsdelantaarn.nl" in str(letter["To"])
    assert "h.wiersum@obsdelantaarn.nl" in str(letter["To"])


def test_the_letter_goes_to_reply_to_when_there_is_one(talk):
    header = (("Reply-To", "Hanna <hanna.wiersum@obsdelantaarn.nl>"),)
    body = COMPLETE.replace("E-mail: h.wiersum@obsdelantaarn.nl\n", "")
    letter = talk.answer_to(write(HANNA, "Aanmelding ontwikkelgroep", body, headers=header))
    assert letter["To"] == "hanna.wiersum@obsdelantaarn.nl"


def test_what_is_unsure_in_kind_is_answered_after_a_person_has_decided(talk):
    body = "Kunt u mij terugbellen op 06 - 21 43 65 80? Dan kan ik u vertellen waar het om gaat.\n\nHanna Wiersum"
    talk.silence_after(write(HANNA, "terugbellen", body))
    with talk.installation.sessions.begin() as session:
        mail = session.get(Mail, talk.mail().id)
        assert mail is not None
        decide_kind(mail, Kind.APPLICATION, by="Anna", now=now())
    (letter,) = talk.receive()
    assert talk.application()["phone"] == "+31621436580"
    assert talk.application()["reference"] in str(letter["Subject"])


def test_the_letter_to_a_supplement_says_what_changed_and_what_is_still_missing(talk):
    letter = apply(talk, WITHOUT_PHONE_AND_ROLE)
    words = "Mijn telefoonnummer is 0592 - 31 40 50."
    answer = talk.answer_to(write(HANNA, subject_for_reply(letter), gmail_reply(words, letter), answers=letter))
    text = " ".join(text_of(answer).split())
    assert "DIT IS VERANDERD Telefoonnummer: 0592 314 050" in text.replace("\u00a0", " ")
    assert "Functie: …" in text
    assert "Telefoonnummer: …" not in text
    words = "Functie: intern begeleider"
    last = talk.answer_to(write(HANNA, subject_for_reply(answer), gmail_reply(words, answer), answers=answer))
    assert "Uw aanmelding is nu compleet" in " ".join(text_of(last).split())


def test_a_colleague_joins_by_a_reply(talk):
    letter = apply(talk)
    words = (
        "Mijn collega Piet Smit (leerkracht, p.smit@obsdelantaarn.nl) wil ook graag meedoen. Kunt u hem erbij zetten?"
    )
    talk.receive(write(HANNA, subject_for_reply(letter), gmail_reply(words, letter), answers=letter))
    with talk.installation.sessions() as session:
        row = application_by_reference(session, talk.application()["reference"])
        assert row is not None
        told = [person.name for person in row.people] + [tie.relation for tie in row.mails[1:]]
    # Signed up along, or shown with the application for a person to decide.
    assert told
    assert talk.application()["name"] == "Hanna Wiersum"
    assert talk.application()["email"] == "h.wiersum@obsdelantaarn.nl"


def test_the_letters_of_a_conversation_stay_in_its_thread(talk):
    mail = write(HANNA, "Aanmelding ontwikkelgroep", WITHOUT_PHONE_AND_ROLE, message_id="<eerste@obsdelantaarn.nl>")
    letter = talk.answer_to(mail)
    words = "Telefoonnummer: 0592 - 31 40 50"
    reply = write(
        HANNA,
        subject_for_reply(letter),
        outlook_reply(words, letter),
        answers=letter,
        message_id="<tweede@obsdelantaarn.nl>",
    )
    answer = talk.answer_to(reply)
    assert str(answer["In-Reply-To"]).strip() == "<tweede@obsdelantaarn.nl>"
    chain = ["<eerste@obsdelantaarn.nl>", str(letter["Message-ID"]), "<tweede@obsdelantaarn.nl>"]
    assert str(answer["References"]).split() == chain
    reference = talk.application()["reference"]
    assert str(answer["Subject"]) == str(letter["Subject"]) == f"Re: [{reference}] Aanmelding ontwikkelgroep"
    assert "Telefoonnummer: 0592 - 31 40 50" not in text_of(answer)
