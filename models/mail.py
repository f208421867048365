"""Received mails as they came, and what became of each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, and_, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Key, SafeJson, WideInteger, changed
from parsers.extraction import Kind

NOTHING_TAKEN = "nothing taken"
"""The reason to look at a mail that adds to an application, and of which no word could be brought into it."""


class MailState(StrEnum):
    """Where a mail is on its way."""

    RECEIVED = "received"
    """Stored, to be read."""
    READ = "read"
    """Understood; what it asked for is done."""
    DUPLICATE = "duplicate"
    """The same mail was received before: nothing to do."""
    QUARANTINED = "quarantined"
    """Can't be fetched or read after several tries, or is too large: a person must look."""
    GONE = "gone"
    """Deleted or moved away by other hands after it was listed and before it was fetched: nothing to do."""


class Mail(Base):
    """A received mail."""

    __tablename__ = "mails"
    __table_args__ = (
        UniqueConstraint("mailbox", "folder", "uidvalidity", "uid"),
        Index(None, "message_id", "content_hash"),
        Index(None, "state", "next_attempt_at"),
        Index(None, "sender_address"),
        Index(None, "fetched_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)

    # Where it came from.
    mailbox: Mapped[Key]
    """The mailbox's name in the settings; "import" for an imported archive."""
    folder: Mapped[Key]
    """The folder's name as the settings give it; "INBOX" for files that are in none."""
    uidvalidity: Mapped[int] = mapped_column(WideInteger)
    """As the server says; 0 for files."""
    uid: Mapped[int] = mapped_column(WideInteger)
    """As the server says; a number of our own for files."""
    source: Mapped[str | None]
    """The name of a file in a Maildir or folder; null for IMAP, and after erasure."""
    size: Mapped[int] = mapped_column(WideInteger)
    """Bytes, as the server says or as counted."""
    received_at: Mapped[datetime]
    """The server's internal date; for files, the best there is."""
    fetched_at: Mapped[datetime]
    """When we stored it."""

    # What it is.
    raw: Mapped[bytes | None] = mapped_column(deferred=True)
    """The bytes as received; of a mail that is too large only its header (content_hash is "" then). Null when they
    could not be fetched (state quarantined or gone) or were erased (erased_at)."""
    message_id: Mapped[Key]
    """With angle brackets; made from the content when the mail has none (see `identify`). Never empty."""
    content_hash: Mapped[str]
    """SHA-256 in hex of what its sender wrote (see `identify`); "" when the bytes were not fetched, or not all."""
    duplicate_of: Mapped[int | None] = mapped_column(ForeignKey("mails.id"))
    """The earlier copy of the same mail; null when there is none."""
    silent: Mapped[bool] = mapped_column(default=False)
    """Backlog or import: registered, never answered."""

    # The work of reading it.
    state: Mapped[MailState] = mapped_column(default=MailState.RECEIVED)
    attempts: Mapped[int] = mapped_column(default=0)
    """How often fetching or reading it was begun; written before the work, so that a crash counts."""
    next_attempt_at: Mapped[datetime]
    """Not to be read before; while a worker has it, when its claim lapses."""
    claimed_by: Mapped[str | None]
    """The worker that reads it now; null when none does."""
    error: Mapped[str | None] = mapped_column(deferred=True)
    """What went wrong the last time: a traceback's places and the error's type; null when nothing did."""
    read_at: Mapped[datetime | None]
    """When it was read; null while it was not."""

    # What was understood. Null or empty until it was read.
    kind: Mapped[Kind | None] = mapped_column(index=True)
    kind_confidence: Mapped[float | None]
    kind_reason: Mapped[str | None]
    needs_review: Mapped[bool] = mapped_column(default=False)
    review_reasons: Mapped[list[str]] = mapped_column(SafeJson, default=list)
    """A list of texts: of the extraction, and of registering ("sender", "application unknown" …)."""
    language: Mapped[str | None]
    """ISO 639-1."""
    extraction: Mapped[dict[str, Any] | None] = mapped_column(SafeJson, deferred=True)
    """The whole Extraction as `intake extract --jsonl` prints it; null also after erasure."""
    subject: Mapped[str | None]
    """Decoded; null before reading and after erasure."""
    sender_name: Mapped[str | None]
    """From's name; null before reading and after erasure."""
    sender_address: Mapped[Key | None]
    """From's address, lower case; null before reading and after erasure."""
    first_words: Mapped[str | None]
    """The first line or so of its own words, for the digest; null before reading and after erasure."""
    refers_to: Mapped[list[str]] = mapped_column(SafeJson, default=list)
    """The Message-IDs in References and In-Reply-To, oldest first."""
    withheld_reason: Mapped[str | None]
    """Why it got no letter; null when it got one or was not read yet."""

    # What people did with it.
    confirmed_kind: Mapped[Kind | None]
    """What a person says it is; null when nobody said. Reading it again trusts this."""
    confirmed_by: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
    """Who dealt with a question, privacy request or other mail for people; null while nobody did."""
    settled_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    """When its words and personal data were erased; null while they are kept. The row stays, to know the mail again."""


def known_uids(session: Session, *, mailbox: str, folder: str, uidvalidity: int) -> set[int]:
    """Return every UID recorded of a folder, whatever its state."""
    query = select(Mail.uid).where(Mail.mailbox == mailbox, Mail.folder == folder, Mail.uidvalidity == uidvalidity)
    return set(session.scalars(query))


def find_mails(session: Session, message_ids: Sequence[str]) -> Sequence[Mail]:
    """Return the mails with these Message-IDs, oldest first."""
    if not message_ids:
        return []
    return session.scalars(select(Mail).where(Mail.message_id.in_(message_ids)).order_by(Mail.id)).all()


def claim_mail(session: Session, *, now: datetime, lease: timedelta, worker: str) -> Mail | None:
    """Take the oldest mail that is due to be read and count the attempt; None when there is none. Commit at once.

    A worker that dies leaves its claim to lapse after `lease`, or to `release_mails`. Two workers may still come to
    read the same mail; `settle_mail` lets only the last claim through.
    """
    due = and_(Mail.state == MailState.RECEIVED, Mail.next_attempt_at <= now)
    mail = session.scalar(select(Mail).where(due).order_by(Mail.id).limit(1).with_for_update(skip_locked=True))
    if mail is None:
        return None
    mail.attempts += 1
    mail.next_attempt_at = now + lease
    mail.claimed_by = worker
    session.flush()
    return mail


def settle_mail(session: Session, mail_id: int, *, attempt: int) -> Mail | None:
    """Return the mail, locked until the commit, when the claim with that attempt number still holds; else None."""
    query = select(Mail).where(Mail.id == mail_id, Mail.state == MailState.RECEIVED, Mail.attempts == attempt)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def release_mails(session: Session, *, worker: str, now: datetime) -> int:
    """Give back what a worker of this name had claimed when it died; returns how many."""
    query = (
        update(Mail)
        .where(Mail.state == MailState.RECEIVED, Mail.claimed_by == worker)
        .values(claimed_by=None, next_attempt_at=now)
    )
    return changed(session, query)


def quarantined_mails(session: Session) -> Sequence[Mail]:
    """Return the mails that wait for a person because they can't be read, oldest first."""
    return session.scalars(select(Mail).where(Mail.state == MailState.QUARANTINED).order_by(Mail.id)).all()


def retry_mails(session: Session, mail_ids: Sequence[int] | None, *, now: datetime) -> int:
    """Let quarantined mails (these, or all with None) be read again from the first attempt; returns how many.

    Those that were never fetched whole stay in quarantine until *receive* fetched them, which is due now.
    """
    query = update(Mail).where(Mail.state == MailState.QUARANTINED, Mail.erased_at.is_(None))
    if mail_ids is not None:
        query = query.where(Mail.id.in_(mail_ids))
    again = {"attempts": 0, "claimed_by": None, "next_attempt_at": now}
    unfetched = changed(session, query.where(Mail.content_hash == "").values(again))
    return unfetched + changed(
        session, query.where(Mail.content_hash != "").values(again | {"state": MailState.RECEIVED})
    )


def for_people(session: Session, *kinds: Kind) -> Sequence[Mail]:
    """Return the read mails of these kinds that nobody has settled yet, oldest first."""
    kind = or_(Mail.confirmed_kind.in_(kinds), and_(Mail.confirmed_kind.is_(None), Mail.kind.in_(kinds)))
    query = select(Mail).where(Mail.state == MailState.READ, kind, Mail.settled_at.is_(None))
    return session.scalars(query.order_by(Mail.id)).all()
