from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from config.call import load_calls
from config.settings import load_settings
from intake.answer import ANSWERED, LETTERS_OFF, NO_SENDER, Desk, answer, rules_for
from intake.read import Outcome, Reader, read_one
from intake.senders import Sender, own_sender, sender_for
from intake.understanding import Understood
from models.application import Application
from models.letter import Letter, LetterKind
from models.mail import Mail, MailState
from parsers.blocks import Mailbox
from parsers.extraction import Extraction, Kind
from parsers.message import Message
from replies.policy import CopyRule
from replies.render import open_templates
from tests.intake.scene import ANSWERS, CALL, JAN, RULES, extracted, understood
from tests.models.test_mail import a_mail

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DESK = Desk(
    rules=RULES,
    sender=Sender(address="steunpunt@steunpunt.example", name="Steunpunt"),
    templates=open_templates(),
)
WHOLE = understood(Kind.APPLICATION, extracted(JAN, answers=ANSWERS, sector=["po"]))
UNKNOWN_KIND = understood(Kind.APPLICATION, extracted(JAN), unsure=["kind"], confidence=0.5)


class Office:
    """Mail in, letters out, on one list."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self.sessions = sessions
        self.desk = DESK
        self.number = 0

    def receive(self, extraction: Extraction = WHOLE, *, sender: str = "jan@klimop.example", **values: Any) -> Mail:
        """Store and read one mail, and return its row."""
        self.number += 1
        message_id = f"<{self.number}@school.example>"
        silent = values.pop("silent", False)
        headers = (("From", sender), *values.pop("headers", ()))
        message = Message(
            message_id=message_id,
            subject="Aanmelding",
            from_=Mailbox(name="", address=sender),
            headers=headers,
            **values,
        )
        with self.sessions.begin() as session:
            session.add(a_mail(self.number, silent=silent))
        return self.read(lambda *_: Understood(message=message, extraction=extraction))

    def read(self, understand: Callable[..., Understood]) -> Mail:
        reader = Reader(
            understand=understand,
            call_of=lambda _: CALL,
            rules_of=lambda _: self.desk.rules,
            answer=partial(answer, desk=self.desk),
            worker="one",
        )
        assert read_one(self.sessions, reader, clock=lambda: NOW) is Outcome.READ
        with self.sessions() as session:
            return session.scalars(select(Mail).where(Mail.uid == self.number)).one()

    def letters(self) -> list[tuple[Letter, EmailMessage]]:
        with self.sessions() as session:
            rows = session.scalars(select(Letter).order_by(Letter.id)).all()
            return [(row, message_from_bytes(row.raw or b"", policy=policy.default)) for row in rows]


@pytest.fixture
def office(sessions: sessionmaker[Session]) -> Office:
    return Office(sessions)


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_an_applicant_gets_one_letter_in_the_thread(office: Office):
    mail = office.receive()
    assert mail.withheld_reason is None
    ((row, letter),) = office.letters()
    assert (row.kind, row.mail_id, row.recipients) == (LetterKind.ACKNOWLEDGEMENT, mail.id, ["jan@klimop.example"])
    assert (row.sender, row.to_domain, row.thread) == (
        "steunpunt@steunpunt.example",
        "klimop.example",
        "<1@school.example>",
    )
    assert letter["Message-ID"] == row.message_id
    assert letter["In-Reply-To"] == "<1@school.example>"
    assert letter["From"] == "Steunpunt <steunpunt@steunpunt.example>"
    assert "OG-2026-0001" in letter["Subject"]
    assert "OBS De Klimop" in text_of(letter)


def test_reading_a_mail_again_does_not_answer_it_again(office: Office):
    mail = office.receive()
    with office.sessions.begin() as session:
        again = session.get_one(Mail, mail.id)
        again.state, again.attempts, again.next_attempt_at = MailState.RECEIVED, 0, NOW
    message = Message(message_id=mail.message_id, from_=Mailbox(name="", address="jan@klimop.example"))
    mail = office.read(lambda *_: Understood(message=message, extraction=WHOLE))
    assert mail.withheld_reason == ANSWERED
    assert len(office.letters()) == 1


def test_a_supplement_is_answered_with_what_changed(office: Office):
    office.receive()
    ((first, _),) = office.letters()
    office.receive(understood(Kind.SUPPLEMENT, extracted({"role": "directeur"})), references=(first.message_id,))
    row, letter = office.letters()[1]
    assert row.thread == first.message_id
    assert "directeur" in text_of(letter)


def test_the_same_mail_again_gets_no_second_letter(office: Office):
    office.receive()
    mail = office.receive()
    assert mail.withheld_reason == "not registered: nothing new"
    assert len(office.letters()) == 1


@pytest.mark.parametrize(
    ("extraction", "values", "reason"),
    [
        (WHOLE, {"silent": True}, "backlog"),
        (WHOLE, {"sender": "steunpunt@steunpunt.example"}, "own address"),
        (WHOLE, {"headers": (("Auto-Submitted", "auto-replied"),)}, "auto-submitted"),
        (WHOLE, {"unread": ("scan.pdf",)}, ""),
        (understood(Kind.QUESTION), {}, "kind"),
        (UNKNOWN_KIND, {}, "kind unsure"),
        (understood(Kind.SUPPLEMENT, extracted({"role": "x"})), {}, "not registered"),
    ],
)
def test_a_letter_that_is_withheld_has_its_reason(office: Office, extraction, values: dict[str, Any], reason: str):
    mail = office.receive(extraction, **values)
    assert (mail.withheld_reason or "").partition(":")[0] == reason
    assert len(office.letters()) == (0 if reason else 1)


def test_a_stranger_gets_no_letter_about_somebody_elses_application(office: Office):
    office.receive()
    mail = office.receive(
        understood(Kind.WITHDRAWAL), sender="mallory@elders.example", references=(office.letters()[0][0].message_id,)
    )
    assert mail.withheld_reason == "not registered: a person must look"
    assert len(office.letters()) == 1


def test_letters_can_be_turned_off(office: Office):
    office.desk = replace(DESK, enabled=False)
    assert office.receive().withheld_reason == LETTERS_OFF
    assert office.letters() == []


def test_without_an_address_of_our_own_nothing_is_sent(office: Office):
    office.desk = replace(DESK, sender=Sender(address="", name=""))
    assert office.receive().withheld_reason == NO_SENDER


def test_the_cap_of_an_address_holds(office: Office):
    office.desk = replace(DESK, rules=replace(RULES, address_cap=2))
    reasons = [
        office.receive(
            understood(Kind.APPLICATION, extracted(JAN | {"organisation": f"OBS Nummer{number}"}))
        ).withheld_reason
        for number in range(4)
    ]
    assert reasons[:2] == [None, None]
    assert [reason and reason.partition(":")[0] for reason in reasons[2:]] == ["address cap", "address cap"]
    with office.sessions() as session:
        assert len(session.scalars(select(Application.id)).all()) == 4


def test_a_secretary_and_the_applicant_both_get_the_letter(office: Office):
    office.receive(sender="secretariaat@klimop.example")
    ((row, _),) = office.letters()
    assert row.recipients == ["secretariaat@klimop.example", "jan@klimop.example"]


def test_a_forged_reply_to_carries_nothing_out_of_the_list(office: Office):
    office.receive()
    elsewhere = (Mailbox(name="", address="mallory@elders.example"),)
    office.receive(understood(Kind.SUPPLEMENT, extracted({"role": "directeur"})), reply_to=elsewhere)
    assert [row.recipients for row, _ in office.letters()] == [["jan@klimop.example"]] * 2


def test_an_unsure_stated_address_gets_no_copy(office: Office):
    office.desk = replace(DESK, rules=replace(RULES, copy=CopyRule.ALWAYS))
    office.receive(understood(Kind.APPLICATION, extracted(JAN), unsure=["email"]), sender="secretariaat@klimop.example")
    ((row, _),) = office.letters()
    assert row.recipients == ["secretariaat@klimop.example"]


# From the settings.

TOML = """
[mailbox.main]
host = "imap.example.org"
username = "Box@example.org"
password = "x"
addresses = ["intake@example.org"]
authserv_id = "mx.example.org"

[mailbox.second]
host = "imap.example.org"
username = "second@example.org"
password = "x"

[letters]
window_hours = 6
address_cap = 2
copy_to_applicant = "never"
max_age_days = 9
"""


def test_the_rules_of_a_mailbox_come_from_the_settings(tmp_path: Path):
    path = tmp_path / "intake.toml"
    path.write_text(TOML + '[smtp]\nreply_to = "reply@example.org"\n')
    settings, calls = load_settings(path, {}), load_calls()
    rules = rules_for(settings, calls, "main")
    assert {
        "box@example.org",
        "intake@example.org",
        "second@example.org",
        "reply@example.org",
        "steunpuntpassendonderwijs@vo-raad.nl",
    } == rules.own_addresses
    assert (rules.authserv_id, rules.address_cap, rules.copy) == ("mx.example.org", 2, CopyRule.NEVER)
    assert (rules.window, rules.max_age) == (timedelta(hours=6), timedelta(days=9))
    assert rules_for(settings, calls, "second").authserv_id is None
    assert rules_for(settings, calls, "gone").own_addresses == rules.own_addresses


@pytest.mark.parametrize(
    ("smtp", "mailbox", "address"),
    [
        ('[smtp]\nfrom_address = "from@example.org"', "main", "from@example.org"),
        ("", "main", "intake@example.org"),
        ("", "second", "second@example.org"),
    ],
)
def test_our_letters_are_from_an_address_that_the_mailbox_reads(tmp_path: Path, smtp: str, mailbox: str, address: str):
    path = tmp_path / "intake.toml"
    path.write_text(TOML + smtp)
    settings, calls = load_settings(path, {}), load_calls()
    sender = sender_for(settings, calls, mailbox)
    assert (sender.address, sender.name) == (address, "Steunpunt Passend Onderwijs")
    assert sender.address in rules_for(settings, calls, mailbox).own_addresses
    # Digests and alarms are from whom the answers of the first mailbox are.
    assert own_sender(settings, calls) == sender_for(settings, calls, "main")
