"""Letters made into rows of the outbox: answers, and those of our own accord (digests, alarms)."""

from datetime import datetime

from sqlalchemy.orm import Session

from intake.senders import Sender
from models.letter import Letter as LetterRow
from models.letter import LetterKind, enqueue
from parsers.blocks import Mailbox
from replies.letter import Letter, make_message_id, to_bytes


def outgoing(letter: Letter, kind: LetterKind, *, sender: Sender, seeds: tuple[str, ...], now: datetime) -> LetterRow:
    """Return the outbox's row of a letter, not yet in any session. The same seeds always give the same Message-ID.

    Raises ValueError for a sender without an address.
    """
    message_id = make_message_id(sender.address.rpartition("@")[2], *seeds)
    from_ = Mailbox(name=sender.name, address=sender.address)
    return LetterRow(
        kind=kind,
        message_id=message_id,
        sender=sender.address,
        recipients=list(letter.to),
        subject=letter.subject,
        raw=to_bytes(letter, message_id=message_id, date=now, sender=from_, reply_to=sender.reply_to),
        thread="",
        created_at=now,
        next_attempt_at=now,
    )


def post(session: Session, letter: Letter, kind: LetterKind, *, sender: Sender, seed: str, now: datetime) -> LetterRow:
    """Put a letter that answers no mail into the outbox. The same seed always gives the same Message-ID."""
    return enqueue(session, outgoing(letter, kind, sender=sender, seeds=(str(kind), seed), now=now))
