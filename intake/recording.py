"""Fetched mail into rows: what it is called, whether it is a copy, and what becomes of what was not fetched."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.fetching import Fetched
from models.identity import erased_message_id, identify
from models.mail import Mail, MailState
from models.position import Position

FETCH_ATTEMPTS = 8
"""In how many rounds a mail that can't be fetched is asked for before only a person can have it tried again."""
FETCH_LEASE = timedelta(minutes=10)
"""How long one such attempt may take; the pause after the first, doubled after each."""

# Mail that a server gives no date for is backlog in the first hour, and new after that.
_UNDATED = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for all mail of a mailbox."""

    max_bytes: int = 50_000_000
    """Of a larger mail only the header is fetched, and it waits in quarantine."""
    chunk: int = 50
    """So many mails are fetched at once, and stored in one transaction."""
    since: datetime | None = None
    """Mail received earlier is registered and never answered; None: from the first time the folder was opened."""
    siblings: Collection[str] = ()
    """The mailboxes of the same call, whose copies of a mail make it a duplicate; empty: all mailboxes."""


def record(
    session: Session, position: Position, fetched: Iterable[Fetched], *, terms: Terms, now: datetime
) -> list[Mail]:
    """Make a row of each fetched mail of the position's folder, in their order, and add them to the session.

    A mail that was stored before, from wherever, or earlier in the same chunk, is a duplicate: its bytes are not kept
    again.
    """
    mails = [_row(position, one, terms, now=now) for one in fetched]
    settle_copies(session, mails, terms=terms)
    return mails


def settle_copies(session: Session, mails: Sequence[Mail], *, terms: Terms) -> None:
    """Tell the first copy of each of these new mails from the others, and flush them all."""
    firsts = _first_copies(session, mails, terms)
    copies: list[tuple[Mail, Mail | int]] = []
    for mail in mails:
        key = (mail.message_id, mail.content_hash)
        if mail.state is not MailState.RECEIVED:
            continue
        if key in firsts:
            copies.append((mail, firsts[key]))
        else:
            firsts[key] = mail
    for mail, _ in copies:
        mail.state, mail.raw = MailState.DUPLICATE, None
    session.add_all(mails)
    session.flush()
    for mail, first in copies:
        mail.duplicate_of = first.id if isinstance(first, Mail) else first
    session.flush()


def fill(mail: Mail, one: Fetched, *, now: datetime) -> None:
    """Put what was fetched into a row, or why it was not."""
    mail.raw, mail.error, mail.next_attempt_at, mail.content_hash = one.raw, one.error, now, ""
    if one.error is None and one.raw is not None:
        mail.state = MailState.RECEIVED
        mail.attempts = 0
        mail.message_id, mail.content_hash = identify(one.raw)
        return
    mail.message_id = identify(one.raw)[0] if one.raw else _unknown_id(mail)
    mail.state = MailState.GONE if one.gone else MailState.QUARANTINED
    if one.raw is None:
        mail.attempts = (mail.attempts or 0) + 1
        mail.next_attempt_at = now + FETCH_LEASE * 2 ** min(mail.attempts - 1, 20)
    else:
        # Too large today is too large tomorrow: nothing is tried again until a person says so.
        mail.attempts = FETCH_ATTEMPTS


def _row(position: Position, one: Fetched, terms: Terms, *, now: datetime) -> Mail:
    listed = one.listed
    received_at = listed.received_at if listed else None
    mail = Mail(
        mailbox=position.mailbox,
        folder=position.folder,
        uidvalidity=position.uidvalidity,
        uid=one.uid,
        source=listed.source if listed else None,
        size=listed.size if listed else 0,
        received_at=received_at or now,
        fetched_at=now,
        silent=_is_backlog(received_at, position, terms, now=now),
    )
    fill(mail, one, now=now)
    return mail


def _is_backlog(received_at: datetime | None, position: Position, terms: Terms, *, now: datetime) -> bool:
    """Say whether a mail lay there before the service began to answer."""
    if received_at is None:
        return now < position.first_seen_at + _UNDATED
    # A server's dates have no fractions of a second: what arrives within the first second is not older than it.
    return received_at < (terms.since or position.first_seen_at).replace(microsecond=0)


def _first_copies(session: Session, mails: Sequence[Mail], terms: Terms) -> dict[tuple[str, str], Mail | int]:
    """Return the stored first copies of these mails, erased ones included, by Message-ID and content hash."""
    names: Mapping[str, str] = {
        known: mail.message_id
        for mail in mails
        if mail.state is MailState.RECEIVED
        for known in (mail.message_id, erased_message_id(mail.message_id))
    }
    query = select(Mail.id, Mail.message_id, Mail.content_hash).where(
        Mail.message_id.in_(names), Mail.duplicate_of.is_(None), Mail.content_hash != ""
    )
    own = [mail.id for mail in mails if mail.id is not None]
    if own:
        query = query.where(Mail.id.not_in(own))
    if terms.siblings:
        query = query.where(Mail.mailbox.in_(terms.siblings))
    # The newest first, so that the oldest stays.
    rows = session.execute(query.order_by(Mail.id.desc()))
    return {(names[message_id], content_hash): mail_id for mail_id, message_id, content_hash in rows}


def _unknown_id(mail: Mail) -> str:
    """Return a Message-ID for a mail that nothing is known of but where it lay."""
    where = f"{mail.mailbox}\0{mail.folder}\0{mail.uidvalidity}\0{mail.uid}"
    return f"<{hashlib.sha256(where.encode('utf-8', 'replace')).hexdigest()[:40]}@not-fetched.invalid>"
