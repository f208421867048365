"""Who is never answered, what the staff are told of it, and letters that go elsewhere than to From."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from config.sections import LetterSettings
from intake.cli.app import app
from intake.digest import write_digest
from models.application import ApplicationStatus
from models.letter import Letter
from models.mail import Mail
from parsers.extraction import Kind
from replies.digest_facts import Period
from replies.render import open_templates
from tests.stories.conversation import (
    BOX,
    Conversation,
    begin,
    end,
    gmail_reply,
    outlook_reply,
    subject_for_reply,
    text_of,
    write,
)
from tests.stories.test_conversations import COMPLETE, HANNA, apply

NUMBER = "Zoals gezegd.\n\nHanna Wiersum, 06 - 21 43 65 80"


def digest_of(talk: Conversation) -> str:
    """Today's digest, as text on one line."""
    now = datetime.now(UTC)
    period = Period(day=now.date(), start=now - timedelta(days=1), end=now + timedelta(minutes=1))
    with talk.installation.sessions() as session:
        letter = write_digest(session, talk.installation, open_templates([]), period)
    assert letter is not None
    return " ".join(letter.text.split())


@pytest.mark.parametrize(
    ("sender", "marks", "reason", "told"),
    [
        ("Hanna <hanna@school.local>", {"dmarc": "none"}, "bad address", "aan dit adres kan geen mail"),
        (f"Hanna <{BOX}>", {}, "own address", "afkomstig van onszelf"),
        (HANNA, {"headers": (("Precedence", "bulk"),)}, "bulk", "mail aan velen of via een lijst"),
        (
            HANNA,
            {"headers": (("X-Auto-Response-Suppress", "All"),)},
            "silence asked",
            "vraagt om geen automatisch antwoord",
        ),
        (HANNA, {"dmarc": "fail"}, "dmarc", "afzender is misschien vervalst (DMARC)"),
    ],
)
def test_a_withheld_letter_has_its_reason_in_the_database_and_in_the_digest(talk, sender, marks, reason, told):
    mail = write(sender, "Aanmelding ontwikkelgroep", COMPLETE, **marks)
    assert talk.silence_after(mail).startswith(reason)
    assert talk.mail().kind is Kind.APPLICATION
    assert told in digest_of(talk)


def test_mail_that_was_there_first_is_listed_and_never_answered(account, smtp, sqlite_url):
    account.append(write(HANNA, "Aanmelding ontwikkelgroep", COMPLETE), at=datetime.now(UTC) - timedelta(hours=3))
    talk = begin(account, smtp, sqlite_url, since=None)
    assert talk.receive() == []
    assert talk.withheld().startswith("backlog")
    assert talk.application()["name"] == "Hanna Wiersum"
    piet = COMPLETE.replace("Hanna Wiersum", "Piet Smit").replace("h.wiersum", "p.smit")
    new = write("Piet Smit <p.smit@obsdelantaarn.nl>", "Aanmelding ontwikkelgroep", piet)
    assert len(talk.receive(new)) == 1
    end(talk)


def test_an_address_gets_so_many_letters_in_a_moving_window(account, smtp, sqlite_url):
    talk = begin(account, smtp, sqlite_url, letters=LetterSettings(address_cap=3, window_hours=24))
    letter = apply(talk)
    changes = [f"Mijn telefoonnummer is nu 06 - 48 39 20 {n}." for n in (11, 12, 13, 14)]
    replies = [write(HANNA, subject_for_reply(letter), gmail_reply(words, letter), answers=letter) for words in changes]
    assert [len(talk.receive(mail)) for mail in replies[:3]] == [1, 1, 0]
    assert talk.withheld() == "address cap: 3 within 24 hours"
    assert talk.application()["phone"] == "+31648392013"
    with talk.installation.sessions.begin() as session:
        oldest = session.query(Letter).order_by(Letter.id).first()
        assert oldest is not None
        day = oldest.created_at - timedelta(hours=24)
        session.execute(update(Letter).where(Letter.id == oldest.id).values(created_at=day))
    assert len(talk.receive(replies[3])) == 1
    end(talk)


def test_a_forged_withdrawal_changes_nothing_and_is_told_to_the_staff(talk):
    letter = apply(talk)
    words = "Wij trekken onze aanmelding voor de ontwikkelgroep in."
    forged = write(HANNA, subject_for_reply(letter), outlook_reply(words, letter), answers=letter, dmarc="fail")
    assert "dmarc" in talk.silence_after(forged)
    # Without a verdict of the server, and outside the conversation, it is no better.
    talk.silence_after(write(HANNA, "intrekken aanmelding ontwikkelgroep", words, dmarc="none"))
    assert talk.application()["status"] is ApplicationStatus.OPEN
    assert talk.application()["phone"] == "+31621436580"
    assert "afzender hoort niet bij deze aanmelding" in digest_of(talk)


def test_a_privacy_request_is_on_top_of_the_digest_with_its_deadline(talk):
    apply(talk)
    body = "Op grond van de AVG verzoek ik u alle persoonsgegevens die u van mij heeft te verwijderen.\n\nHanna Wiersum"
    assert talk.silence_after(write(HANNA, "Verzoek verwijdering persoonsgegevens", body)) == "kind: privacy"
    text = digest_of(talk).upper()
    assert text.index("PRIVACYVERZOEKEN (AVG)") < text.index("NIEUWE AANMELDINGEN")
    assert "UITERLIJK" in text
    assert talk.application()["status"] is ApplicationStatus.OPEN


def test_what_is_added_to_a_withdrawn_application_waits_for_a_person(talk):
    letter = apply(talk)
    words = "Helaas moet ik onze aanmelding intrekken, we hebben er toch geen tijd voor."
    gone = talk.answer_to(write(HANNA, subject_for_reply(letter), gmail_reply(words, letter), answers=letter))
    words = "Mijn telefoonnummer is overigens veranderd: 06 - 48 39 20 17."
    talk.silence_after(write(HANNA, subject_for_reply(gone), gmail_reply(words, gone), answers=gone))
    assert [row["status"] for row in talk.applications()] == [ApplicationStatus.WITHDRAWN]


def test_the_letter_goes_to_the_writer_alone_when_the_setting_says_so(account, smtp, sqlite_url):
    talk = begin(account, smtp, sqlite_url, letters=LetterSettings(copy_to_applicant="never"))
    body = f"Hierbij de aanmelding van mijn collega.\n\n{COMPLETE}".replace(
        "Met vriendelijke groet,\n\nHanna Wiersum\nintern begeleider OBS De Lantaarn",
        "Groet, Tineke Lok\nadministratie",
    )
    letter = talk.answer_to(write("Tineke Lok <administratie@obsdelantaarn.nl>", "Aanmelding ontwikkelgroep", body))
    assert letter["To"] == "administratie@obsdelantaarn.nl"
    end(talk)


def test_colleagues_see_the_letter_in_the_sent_folder(account, smtp, sqlite_url):
    account.append(folder="Sent")
    talk = begin(account, smtp, sqlite_url, letters=LetterSettings(copy_to_sent="Sent"))
    letter = apply(talk)
    assert talk.receive() == []
    with account.session() as client:
        client.select_folder("Sent", readonly=True)
        (kept,) = client.fetch(client.search("ALL"), ["BODY.PEEK[HEADER]"]).values()
    assert str(letter["Message-ID"]).encode() in kept[b"BODY[HEADER]"]
    end(talk)


@pytest.mark.parametrize("words", [("accept", "{}", "--as", "application"), ("confirm", "{}")])
def test_staff_decide_on_the_command_line_and_the_right_letter_goes_out(talk, sqlite_url, tmp_path, words):
    talk.silence_after(write(HANNA, "nummer", NUMBER))
    number = talk.mail().id
    config = tmp_path / "intake.toml"
    config.write_text(
        f"[database]\nurl = {json.dumps(sqlite_url)}\n[mailbox.main]\ntype = 'maildir'\npath = '{tmp_path}'\n"
    )
    run = CliRunner()

    def intake(*words: str) -> str:
        done = run.invoke(app, [*words, "--config", str(config)])
        assert done.exit_code == 0, done.output
        return done.output

    assert f"{number}" in intake("mails", "list")
    intake("applications", *(word.format(number) for word in words), "--by", "Anna")
    (letter,) = talk.receive()
    row = talk.application()
    assert row["reference"] in str(letter["Subject"])
    assert row["phone"] == "+31621436580"
    assert "Wij hebben nog iets van u nodig" in " ".join(text_of(letter).split())
    assert talk.receive() == []
    with talk.installation.sessions() as session:
        mail = session.get_one(Mail, number)
        assert (mail.confirmed_kind, mail.confirmed_by) == (Kind.APPLICATION, "Anna")


def test_staff_confirm_an_application_and_no_mail_changes_it_any_more(talk, sqlite_url, tmp_path):
    letter = apply(talk)
    reference = talk.application()["reference"]
    config = tmp_path / "intake.toml"
    config.write_text(
        f"[database]\nurl = {json.dumps(sqlite_url)}\n[mailbox.main]\ntype = 'maildir'\npath = '{tmp_path}'\n"
    )
    done = CliRunner().invoke(app, ["applications", "confirm", reference, "--config", str(config)])
    assert done.exit_code == 0, done.output
    assert talk.application()["review"] == ()
    words = "Mijn telefoonnummer is nu 06 - 48 39 20 17."
    talk.receive(write(HANNA, subject_for_reply(letter), gmail_reply(words, letter), answers=letter))
    # What a person stands for no mail changes: it waits.
    assert talk.application()["phone"] == "+31621436580"


def test_a_reply_to_our_english_letter_is_answered_in_english(talk):
    english = """
Dear Steunpunt,

Please sign us up for the development group. I am the school psychologist at Rivierpark International School in
Rotterdam (primary education).

1. I would like to take part because we welcome more and more pupils from special education.
2. Our development question is how to share one plan for a child across two schools.
3. I would like to discuss language support, staff training and transport.

Kind regards,
Claire Donovan
"""
    claire = "Claire Donovan <c.donovan@rivierparkschool.nl>"
    letter = talk.answer_to(write(claire, "Sign-up development group", english))
    assert "We still need something from you" in " ".join(text_of(letter).split())
    words = "Telephone: +31 10 742 19 60\n\nKind regards,\nClaire"
    answer = talk.answer_to(write(claire, subject_for_reply(letter), gmail_reply(words, letter), answers=letter))
    assert talk.application()["phone"] == "+31107421960"
    assert answer["Content-Language"] == "en"
    assert "Thank you for your message" in text_of(answer)
    assert "Telephone: +31" in " ".join(text_of(answer).split()) or "Telephone: 010" in text_of(answer)
