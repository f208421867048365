"""One received mail after the other: understood, brought into the list, answered."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from config.call import Call
from intake.answer import Answer, Registered
from intake.confirmations import conversation_of
from intake.register import register
from intake.registration import Registration
from intake.understanding import ReadingError, Understand, Understood, where
from models.base import lock
from models.mail import Mail, MailState, claim_mail, find_mails, settle_mail
from parsers.blocks import BlockKind
from parsers.message import Message
from parsers.report import as_json
from replies.policy import Rules

log = structlog.get_logger("intake.read")

_SUBJECT = 500
_FIRST_WORDS = 300
_REFERENCES = 50
_GRACE = timedelta(minutes=2)
"""How much longer a claim lasts than reading may take: for the database, and for starting a new process."""
_WAIT = timedelta(seconds=5)


class Outcome(StrEnum):
    """What became of one mail."""

    READ = "read"
    FAILED = "failed"
    """It is tried again later."""
    QUARANTINED = "quarantined"
    POSTPONED = "postponed"
    """It goes on with an earlier mail that is not read yet."""
    LOST = "lost"
    """Another worker took it over meanwhile; nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What reading takes."""

    understand: Understand
    call_of: Callable[[str], Call]
    """The call that a mailbox's mail reacts to, by the mailbox's name."""
    rules_of: Callable[[str], Rules]
    """Who may be believed and answered, by the mailbox's name."""
    answer: Answer
    """Answers, or says in the mail's row why not."""
    worker: str
    attempts: int = 3
    """A mail that was begun so often without success is quarantined."""
    retry: timedelta = timedelta(minutes=1)
    """The pause after the first failure, doubled after each."""
    wall_clock: timedelta = timedelta(seconds=30)
    """How long understanding one mail may take."""


def read_one(sessions: sessionmaker[Session], reader: Reader, *, clock: Callable[[], datetime]) -> Outcome | None:
    """Read the oldest mail that is due; None when none is.

    1. Claim it and count the attempt: a mail that kills the worker is not tried for ever.
    2. Understand it, outside any transaction.
    3. Register it, answer it and settle it: one transaction. Killed anywhere, the next attempt does it whole.

    A mail that fails is put off, and quarantined at last; the mails behind it are read all the same. Raises
    sqlalchemy.exc.OperationalError when the database is away.
    """
    with sessions.begin() as session:
        mail = claim_mail(session, now=clock(), lease=reader.wall_clock + _GRACE, worker=reader.worker)
        if mail is None:
            return None
        raw, error_before = mail.raw or b"", mail.error
    if mail.attempts > reader.attempts:
        return _set_aside(sessions, mail, reader, error_before or "the worker died while reading it", now=clock())
    try:
        call = reader.call_of(mail.mailbox)
        with sessions() as session:
            conversation = conversation_of(session, raw, call)
        understood = reader.understand(raw, call, mail.confirmed_kind, conversation)
        return _settle(sessions, mail, reader, understood, now=clock())
    except OperationalError:
        # The database's trouble is not the mail's.
        raise
    except Exception as error:  # noqa: BLE001 - one mail must not stop the others
        return _set_aside(sessions, mail, reader, _told(error), now=clock())


def _told(error: Exception) -> str:
    """What is kept of an error: nothing that quotes the mail."""
    return str(error) if isinstance(error, ReadingError) else where(error)


def _settle(
    sessions: sessionmaker[Session], claimed: Mail, reader: Reader, understood: Understood, *, now: datetime
) -> Outcome:
    """Do everything that the mail asks for, and say that it was read."""
    with sessions.begin() as session:
        # Two mails of one applicant, read at once, would become two applications, and slip under the caps.
        lock(session, "register")
        mail = settle_mail(session, claimed.id, attempt=claimed.attempts)
        if mail is None:
            return Outcome.LOST
        _describe(mail, understood)
        if mail.attempts == 1 and _comes_before(session, mail):
            return _postpone(session, mail, now=now)
        call, rules = reader.call_of(mail.mailbox), reader.rules_of(mail.mailbox)
        message, extraction = understood.message, understood.extraction
        registration = register(session, mail, message, extraction, call, rules=rules, now=now)
        _review(mail, understood, registration)
        reader.answer(
            Registered(
                session=session,
                mail=mail,
                message=message,
                extraction=extraction,
                call=call,
                registration=registration,
                now=now,
            )
        )
        mail.state, mail.read_at, mail.claimed_by, mail.error = MailState.READ, now, None, None
        log.info("mail read", mail=mail.id, kind=str(mail.kind), withheld=mail.withheld_reason)
    return Outcome.READ


def _describe(mail: Mail, understood: Understood) -> None:
    """Put what was understood into the mail's row."""
    message, extraction = understood.message, understood.extraction
    mail.kind, mail.kind_confidence, mail.kind_reason = (
        extraction.kind,
        extraction.kind_confidence,
        extraction.kind_reason,
    )
    mail.language = extraction.language
    mail.extraction = as_json(str(mail.id), extraction)
    mail.subject = message.subject[:_SUBJECT]
    mail.sender_name, mail.sender_address = message.from_.name[:_SUBJECT], message.from_.address.lower()
    mail.first_words = _first_words(message)
    mail.refers_to = list(dict.fromkeys([*message.references, *message.in_reply_to]))[-_REFERENCES:]


def _first_words(message: Message) -> str:
    """The beginning of the sender's own words; of a forwarded mail, of what was forwarded."""
    words = message.words(BlockKind.OWN).strip() or message.words(BlockKind.FORWARDED)
    line = " ".join(words[: _FIRST_WORDS * 4].split())
    return line if len(line) <= _FIRST_WORDS else line[: _FIRST_WORDS - 1].rsplit(" ", 1)[0] + "…"


def _review(mail: Mail, understood: Understood, registration: Registration) -> None:
    """Say what a person must look at: what is unsure in the mail, and what could not be done with it."""
    reasons = [*understood.extraction.review_reasons, *registration.reasons]
    if registration.vouched:
        reasons = [reason for reason in reasons if reason != "kind"]
    mail.review_reasons = list(dict.fromkeys(reasons))
    mail.needs_review = bool(mail.review_reasons)


def _comes_before(session: Session, mail: Mail) -> bool:
    """Whether an earlier mail that this one goes on with is still to be read, perhaps by another worker just now.

    Only mail that was stored before counts, so that two mails can't wait for each other; and only for the first
    attempt, so that nothing waits long.
    """
    earlier = find_mails(session, mail.refers_to)
    return any(found.id < mail.id and found.state is MailState.RECEIVED for found in earlier)


def _postpone(session: Session, mail: Mail, *, now: datetime) -> Outcome:
    mail.next_attempt_at, mail.claimed_by = now + _WAIT, None
    session.flush()
    return Outcome.POSTPONED


def _set_aside(sessions: sessionmaker[Session], claimed: Mail, reader: Reader, error: str, *, now: datetime) -> Outcome:
    """Put a mail that failed off, or into quarantine when it failed too often."""
    with sessions.begin() as session:
        mail = settle_mail(session, claimed.id, attempt=claimed.attempts)
        if mail is None:
            return Outcome.LOST
        mail.error, mail.claimed_by = error, None
        if mail.attempts >= reader.attempts:
            mail.state = MailState.QUARANTINED
            log.error("mail quarantined", mail=mail.id, attempts=mail.attempts, error=error)
            return Outcome.QUARANTINED
        mail.next_attempt_at = now + reader.retry * 2 ** min(mail.attempts - 1, 10)
        log.warning("mail failed", mail=mail.id, attempts=mail.attempts, error=error)
        return Outcome.FAILED
