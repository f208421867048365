"""The outbox: rendered letters, what became of each, and what came back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, and_, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Key, SafeJson, changed


class LetterKind(StrEnum):
    """What a letter is."""

    ACKNOWLEDGEMENT = "acknowledgement"
    DIGEST = "digest"
    ALARM = "alarm"


class LetterState(StrEnum):
    """Where a letter is on its way."""

    QUEUED = "queued"
    """To be sent when it is due: new, or refused for now."""
    SENDING = "sending"
    """A worker has it. When the worker died it is due again as the claim lapses: under the same Message-ID."""
    UNSURE = "unsure"
    """The server has the whole letter and its answer is not recorded: the worker died, or the line broke, just then.
    Perhaps it was sent. It is never sent again by itself; a person decides (`intake outbox retry`)."""
    SENT = "sent"
    """A server took it for at least one recipient."""
    FAILED = "failed"
    """Refused for good, or for now too often."""


class Letter(Base):
    """A rendered outgoing mail. What was rendered never changes."""

    __tablename__ = "letters"
    __table_args__ = (
        Index(None, "state", "next_attempt_at"),
        Index(None, "to_address", "created_at"),
        Index(None, "to_domain", "created_at"),
        Index(None, "thread", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[LetterKind]
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("mails.id"), unique=True)
    """The mail it answers: one mail causes at most one letter. Null for digests and alarms."""
    application_id: Mapped[int | None] = mapped_column(ForeignKey("applications.id", ondelete="SET NULL"), index=True)
    """The application it is about; null for digests and alarms, and when the application was erased."""

    message_id: Mapped[Key] = mapped_column(unique=True)
    """With angle brackets; fixed before the first attempt, so that a repeat can be recognised."""
    sender: Mapped[str]
    """The envelope's sender (RFC 5321 MAIL FROM); "" is the null return path."""
    recipients: Mapped[list[str]] = mapped_column(SafeJson)
    """The envelope's recipients; those who refused it for good are taken out and named in `refused`."""
    refused: Mapped[list[str]] = mapped_column(SafeJson, default=list)
    """Recipients that the server refused for good."""
    subject: Mapped[str]
    """For lists; "" after erasure."""
    raw: Mapped[bytes | None] = mapped_column(deferred=True)
    """The mail as rendered (RFC 5322, CRLF); null after erasure."""

    to_address: Mapped[Key]
    """The first recipient, lower case: what the cap per address counts; "" after erasure."""
    to_domain: Mapped[Key]
    """Its domain: what the cap per domain counts; "" after erasure."""
    thread: Mapped[Key]
    """The Message-ID of the conversation's first mail: what the cap per thread counts; "" for digests and alarms, and
    after erasure."""

    state: Mapped[LetterState] = mapped_column(default=LetterState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    """Written before dialling, so that a crash counts."""
    next_attempt_at: Mapped[datetime]
    """Not to be sent before; while sending, when the claim lapses."""
    claimed_by: Mapped[str | None]
    """The worker that sends it now; null when none does."""
    last_error: Mapped[str | None]
    """What the server or the network said the last time, without addresses; null when nothing went wrong."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    copied_at: Mapped[datetime | None]
    """When a copy was put in the mailbox's Sent folder; null when none was."""

    bounced_at: Mapped[datetime | None]
    """When a report came that it was not delivered; null when none came."""
    bounce_status: Mapped[str | None]
    """The report's status (RFC 3463: "5.1.1") or its words; null when no report came."""
    bounce_mail_id: Mapped[int | None] = mapped_column(ForeignKey("mails.id"))
    """The mail that is the report; null when none came."""


def enqueue(session: Session, letter: Letter) -> Letter:
    """Put a letter in the outbox. Raises sqlalchemy.exc.IntegrityError when its mail already has one."""
    letter.to_address = (letter.recipients[0] if letter.recipients else "").lower()
    letter.to_domain = letter.to_address.rpartition("@")[2]
    session.add(letter)
    session.flush()
    return letter


def claim_letter(session: Session, *, now: datetime, lease: timedelta, worker: str) -> Letter | None:
    """Take the letter that is due first and count the attempt; None when there is none. Commit before dialling.

    A letter whose worker died while sending is due again when `lease` is over, or after `release_letters`.
    """
    due = and_(Letter.state.in_([LetterState.QUEUED, LetterState.SENDING]), Letter.next_attempt_at <= now)
    order = (Letter.next_attempt_at, Letter.id)
    letter = session.scalar(select(Letter).where(due).order_by(*order).limit(1).with_for_update(skip_locked=True))
    if letter is None:
        return None
    letter.state = LetterState.SENDING
    letter.attempts += 1
    letter.next_attempt_at = now + lease
    letter.claimed_by = worker
    session.flush()
    return letter


def settle_letter(session: Session, letter_id: int, *, attempt: int, **values: Any) -> bool:
    """Change the letter when the claim with that attempt number still holds; say whether it did."""
    query = update(Letter).where(
        Letter.id == letter_id,
        Letter.state.in_([LetterState.SENDING, LetterState.UNSURE]),
        Letter.attempts == attempt,
    )
    return changed(session, query.values(values)) == 1


def release_letters(session: Session, *, worker: str, now: datetime) -> int:
    """Give back what a worker of this name was sending when it died; returns how many."""
    query = (
        update(Letter)
        .where(Letter.state == LetterState.SENDING, Letter.claimed_by == worker)
        .values(state=LetterState.QUEUED, claimed_by=None, next_attempt_at=now)
    )
    return changed(session, query)


def retry_letters(session: Session, letter_ids: Sequence[int] | None, *, now: datetime) -> int:
    """Make letters due now: those named (queued, unsure or failed), or all failed ones with None; returns how many."""
    query = update(Letter).where(Letter.raw.is_not(None))
    if letter_ids is None:
        query = query.where(Letter.state == LetterState.FAILED)
    else:
        query = query.where(
            Letter.id.in_(letter_ids), Letter.state.in_([LetterState.QUEUED, LetterState.UNSURE, LetterState.FAILED])
        )
    return changed(session, query.values(state=LetterState.QUEUED, attempts=0, claimed_by=None, next_attempt_at=now))


def letter_of(session: Session, mail_id: int) -> Letter | None:
    """Return the letter that answers the mail, or None."""
    return session.scalar(select(Letter).where(Letter.mail_id == mail_id))


def find_letters(session: Session, message_ids: Sequence[str]) -> Sequence[Letter]:
    """Return our letters with these Message-IDs, oldest first."""
    if not message_ids:
        return []
    return session.scalars(select(Letter).where(Letter.message_id.in_(message_ids)).order_by(Letter.id)).all()


def letters_to(session: Session, address: str) -> Sequence[Letter]:
    """Return our letters to this address, newest first."""
    return session.scalars(select(Letter).where(Letter.to_address == address.lower()).order_by(Letter.id.desc())).all()


def acknowledgements_since(
    session: Session,
    since: datetime,
    *,
    address: str | None = None,
    domain: str | None = None,
    thread: str | None = None,
) -> int:
    """Count the acknowledgements queued or sent since then, to an address, a domain or in a thread: for the caps."""
    query = select(func.count()).where(Letter.kind == LetterKind.ACKNOWLEDGEMENT, Letter.created_at >= since)
    if address is not None:
        query = query.where(Letter.to_address == address.lower())
    if domain is not None:
        query = query.where(Letter.to_domain == domain.lower())
    if thread is not None:
        query = query.where(Letter.thread == thread)
    return session.scalar(query) or 0
