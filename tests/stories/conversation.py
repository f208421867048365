"""A conversation by mail as a test tells it: mails into Dovecot, rounds of the real jobs, letters out of a real server."""

import email
import email.policy
import email.utils
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from itertools import count
from typing import Any

from pydantic import SecretStr
from sqlalchemy import select

from config.sections import AlarmSettings, DatabaseSettings, DigestSettings, LetterSettings, LimitSettings
from config.servers import ImapMailbox, SmtpSettings
from config.settings import Settings
from intake.installation import Installation, open_installation
from intake.jobs import jobs_of
from intake.worker import Job, Stop, run_round
from models.application import Application, ApplicationStatus
from models.mail import Mail
from models.migrations import upgrade
from tests.servers.dovecot import Account
from tests.servers.smtp import SmtpServer

BOX = "steunpuntpassendonderwijs@vo-raad.nl"
SERVER = "mail.vo-raad.nl"
_NUMBERS = count(1)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def write(
    sender: str,
    subject: str,
    body: str,
    *,
    answers: EmailMessage | None = None,
    references: bool = True,
    dmarc: str = "pass",
    headers: Sequence[tuple[str, str]] = (),
    message_id: str = "",
) -> bytes:
    """Write a mail to the mailbox, as its server delivers it; with `answers`, as a reply to that letter."""
    mail = EmailMessage(policy=email.policy.SMTP)
    address = email.utils.parseaddr(sender)[1]
    domain = address.rpartition("@")[2]
    mail["Return-Path"] = f"<{address}>"
    mail["Authentication-Results"] = f"{SERVER}; dmarc={dmarc} header.from={domain}"
    mail["From"] = sender
    mail["To"] = BOX
    mail["Subject"] = subject
    mail["Date"] = email.utils.format_datetime(datetime.now(UTC))
    mail["Message-ID"] = message_id or f"<story-{next(_NUMBERS)}@{domain}>"
    if answers is not None:
        mail["In-Reply-To"] = str(answers["Message-ID"])
        if references:
            mail["References"] = f"{answers.get('References', '')} {answers['Message-ID']}".strip()
    for name, value in headers:
        if name in mail:
            del mail[name]
        mail[name] = value
    mail.set_content(body.strip("\n") + "\n", cte="quoted-printable")
    return mail.as_bytes()


def gmail_reply(words: str, letter: EmailMessage) -> str:
    """The words above the quoted letter, as Gmail writes it in Dutch."""
    quoted = "\n".join(f"> {line}".rstrip() for line in text_of(letter).splitlines())
    return f"{words}\n\nOp ma 23 nov. 2026 om 09:12 schreef Steunpunt Passend Onderwijs <{BOX}>:\n\n{quoted}\n"


def outlook_reply(words: str, letter: EmailMessage) -> str:
    """The words above the quoted letter, as Outlook writes it in Dutch."""
    head = (
        f"________________________________\nVan: Steunpunt Passend Onderwijs <{BOX}>\n"
        f"Verzonden: maandag 23 november 2026 09:12\nAan: {letter['To']}\nOnderwerp: {letter['Subject']}\n"
    )
    return f"{words}\n\n{head}\n{text_of(letter)}"


def apple_reply(words: str, letter: EmailMessage) -> str:
    """The words above the quoted letter, as an iPhone writes it in Dutch."""
    quoted = "\n".join(f"> {line}".rstrip() for line in text_of(letter).splitlines())
    head = f"> Op 23 nov. 2026 om 09:12 heeft Steunpunt Passend Onderwijs <{BOX}> het volgende geschreven:"
    return f"{words}\n\nVerstuurd vanaf mijn iPhone\n\n{head}\n> \n{quoted}\n"


def text_of(letter: EmailMessage) -> str:
    """The letter's plain text."""
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def subject_for_reply(letter: EmailMessage) -> str:
    """The subject that a mail program gives a reply to the letter."""
    return "Re: " + re.sub(r"^(re: ?)+", "", str(letter["Subject"]), flags=re.IGNORECASE)


@dataclass(slots=True, kw_only=True)
class Conversation:
    """One mailbox, one outside world."""

    account: Account
    smtp: SmtpServer
    installation: Installation
    jobs: list[Job] = field(default_factory=list)

    def receive(self, *mails: bytes) -> list[EmailMessage]:
        """Let mails arrive, run one round of every job, and return the letters that went out."""
        before = len(self.smtp.taken)
        for mail in mails:
            self.account.append(mail)
        for job in self.jobs:
            done = run_round(self.installation, job, Stop())
            assert not done.trouble, f"{job.name}: {done.trouble}"
        return [_parsed(taken.raw) for taken in self.smtp.taken[before:]]

    def answer_to(self, mail: bytes) -> EmailMessage:
        """Let a mail arrive that must be answered by one letter, and return it."""
        letters = self.receive(mail)
        assert len(letters) == 1, f"{len(letters)} letters; withheld: {self.withheld()}"
        return letters[0]

    def silence_after(self, mail: bytes) -> str:
        """Let a mail arrive that must not be answered, and return why it was not."""
        letters = self.receive(mail)
        assert letters == [], [str(letter["Subject"]) for letter in letters]
        return self.withheld()

    def withheld(self) -> str:
        """Why the last mail got no letter."""
        with self.installation.sessions() as session:
            mail = session.scalars(select(Mail).order_by(Mail.id.desc())).first()
            return (mail.withheld_reason if mail else None) or ""

    def applications(self) -> list[dict[str, Any]]:
        """The list as it stands: each application's values, with its reference and status."""
        with self.installation.sessions() as session:
            rows = session.scalars(select(Application).order_by(Application.id)).all()
            return [
                {name: value.value for name, value in row.current().items()}
                | {"reference": row.reference, "status": row.status, "review": tuple(row.review_reasons)}
                for row in rows
            ]

    def application(self) -> dict[str, Any]:
        """The only open application."""
        found = [row for row in self.applications() if row["status"] is ApplicationStatus.OPEN]
        assert len(found) == 1, found
        return found[0]

    def mail(self) -> Mail:
        """The last mail's row."""
        with self.installation.sessions() as session:
            mail = session.scalars(select(Mail).order_by(Mail.id.desc())).first()
            assert mail is not None
            return mail


def _parsed(raw: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def begin(
    account: Account,
    smtp: SmtpServer,
    url: str,
    *,
    letters: LetterSettings | None = None,
    since: datetime | None = _LONG_AGO,
) -> Conversation:
    """Open an installation on the servers, with nothing in it."""
    mailbox = ImapMailbox(
        host="127.0.0.1",
        port=account.server.port,
        security="plain",
        username=account.username,
        password=SecretStr(account.password),
        addresses=(BOX,),
        authserv_id=SERVER,
        since=since,
    )
    settings = Settings(
        database=DatabaseSettings(url=SecretStr(url)),
        mailbox={"main": mailbox},
        smtp=SmtpSettings(host="127.0.0.1", port=smtp.port, security="plain", from_address=BOX),
        letters=letters or LetterSettings(),
        limits=LimitSettings(separate_process=False),
        digest=DigestSettings(),
        alarm=AlarmSettings(),
    )
    installation = open_installation(settings)
    upgrade(installation.engine)
    return Conversation(account=account, smtp=smtp, installation=installation, jobs=jobs_of(installation))


def end(conversation: Conversation) -> None:
    """Close the connections."""
    for watch in conversation.installation.watches:
        watch.mailbox.close()
    conversation.installation.engine.dispose()
