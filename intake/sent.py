"""A copy of each letter in the mailbox's own Sent folder, where colleagues look whether somebody was answered.

Off unless the settings name the folder: it is the one thing that the service ever writes into a mailbox. A mailbox has
one connection, so this runs in turn with receiving from it, not beside it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from intake.mailboxes.imap import ImapMailbox
from models.letter import Letter, LetterState
from models.mail import Mail

YOUNG = timedelta(days=7)
"""Older letters are not copied any more: neither those of before the folder was named, nor after a long trouble."""


def copy_round(
    sessions: sessionmaker[Session],
    mailbox: ImapMailbox,
    folder: str,
    *,
    clock: Callable[[], datetime],
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Copy until every sent letter that answers mail of this mailbox has its copy; return how many were made.

    While the mailbox rests after trouble nothing is done. Raises MailboxError.
    """
    copied = 0
    while not stop() and mailbox.rest.over(clock()) and copy_one(sessions, mailbox, folder, now=clock()):
        copied += 1
    return copied


def copy_one(sessions: sessionmaker[Session], mailbox: ImapMailbox, folder: str, *, now: datetime) -> bool:
    """Put the copy of one sent letter into the folder; False when none is to be copied.

    Killed before it is recorded, it is found by its Message-ID the next time and not made again. Raises MailboxError.
    """
    query = (
        select(Letter)
        .join(Mail, Mail.id == Letter.mail_id)
        .where(
            Letter.state == LetterState.SENT,
            Letter.copied_at.is_(None),
            Letter.raw.is_not(None),
            Letter.sent_at > now - YOUNG,
            Mail.mailbox == mailbox.name,
        )
        .order_by(Letter.id)
        .limit(1)
    )
    with sessions() as session:
        letter = session.scalar(query)
        raw = letter.raw if letter else None
    if letter is None or raw is None:
        return False
    mailbox.open()
    mailbox.keep(folder, raw, message_id=letter.message_id, at=letter.sent_at or now)
    with sessions.begin() as session:
        session.get_one(Letter, letter.id).copied_at = now
    return True
