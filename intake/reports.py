"""Reports that a letter of ours was not delivered, tied to the letter and its application."""

import re
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from config.call import Call
from models.application import Application, ApplicationMail, EventKind, Relation, record
from models.letter import Letter, LetterState, find_letters, letters_to
from models.mail import Mail
from parsers.automatic import Source, markers
from parsers.message import Message

UNDELIVERED = "undelivered"
"""Why a person must look at an application: its applicant does not get our mail."""

_MESSAGE_ID = re.compile(rb"<[^<>\s]{1,400}>")
# RFC 3464 sections 2.3.2 to 2.3.4.
_ACTION = re.compile(rb"^Action:[ \t]*([a-z]{1,20})", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(rb"^Status:[ \t]*([245]\.\d{1,3}\.\d{1,3})", re.IGNORECASE | re.MULTILINE)
_RECIPIENT = re.compile(
    rb"^(?:Original|Final)-Recipient:[ \t]*rfc822[ \t]*;[ \t]*<?([^\s<>;]{3,320})", re.IGNORECASE | re.MULTILINE
)
_LONGEST = 2_000_000
_MOST = 200
_LATEST = timedelta(days=14)


def take_report(session: Session, mail: Mail, message: Message, call: Call, *, now: datetime) -> Letter | None:
    """Tie a report of failure to the letter it is about; return the letter, or None when the mail is no such report.

    The letter is the one whose Message-ID stands in the report; else, in a structured report (RFC 3464), the last one
    of two weeks to the address that failed. Delays, receipts and out-of-office mail change nothing.
    """
    status = _failure(mail.raw or b"", message)
    if status is None:
        return None
    letter = _letter(session, mail.raw or b"", message, now=now)
    if letter is None or letter.bounce_mail_id is not None:
        return letter
    letter.bounced_at, letter.bounce_status, letter.bounce_mail_id = now, status, mail.id
    application = session.get(Application, letter.application_id) if letter.application_id else None
    if application is not None and application.call == call.id:
        application.mails.append(ApplicationMail(mail_id=mail.id, relation=Relation.BOUNCE, at=now))
        record(application, EventKind.UNDELIVERED, at=now, mail_id=mail.id, note=status)
        if UNDELIVERED not in application.review_reasons:
            application.review_reasons = [*application.review_reasons, UNDELIVERED]
        application.needs_review = True
    return letter


def _failure(raw: bytes, message: Message) -> str | None:
    """Return the status of a failure ("5.1.1", or "failed" when none is given); None for everything else."""
    body = _body(raw)
    if "message/delivery-status" in message.content_types:
        actions = {action.lower() for action in _ACTION.findall(body)[:_MOST]}
        statuses: list[str] = [status.decode() for status in _STATUS.findall(body)[:_MOST]]
        lasting = [status for status in statuses if status.startswith("5")]
        if b"failed" in actions or (not actions and lasting):
            return (lasting or ["failed"])[0]
        return None
    if any(marker.source is Source.DAEMON for marker in markers(message)):
        return "failed"
    return None


def _letter(session: Session, raw: bytes, message: Message, *, now: datetime) -> Letter | None:
    body = _body(raw)
    identifiers = dict.fromkeys(found.decode("latin-1") for found in _MESSAGE_ID.findall(body)[:_MOST])
    # The report's own headers may name our letter, too: Exchange sends reports as answers.
    for letter in find_letters(session, [*identifiers, *message.in_reply_to, *message.references]):
        return letter
    for recipient in _RECIPIENT.findall(body)[:10]:
        for letter in letters_to(session, recipient.decode("latin-1").lower()):
            if letter.state is LetterState.SENT and letter.sent_at and now - letter.sent_at < _LATEST:
                return letter
    return None


def _body(raw: bytes) -> bytes:
    """The bytes after the header, with plain line ends; not more than a report has."""
    return raw[:_LONGEST].replace(b"\r\n", b"\n").partition(b"\n\n")[2]
