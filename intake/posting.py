"""Letters of our own accord (digests, alarms) into the outbox."""

from datetime import datetime

from sqlalchemy.orm import Session

from intake.answer import Sender, sender_for
from intake.installation import Installation
from models.letter import Letter as LetterRow
from models.letter import LetterKind, enqueue
from parsers.blocks import Mailbox
from replies.letter import Letter, make_message_id, to_bytes


def own_sender(installation: Installation) -> Sender:
    """Return from whom letters are that answer no mail: as those of the first mailbox."""
    first = next(iter(installation.settings.mailbox), "")
    return sender_for(installation.settings, installation.calls, first)


def post(session: Session, letter: Letter, kind: LetterKind, *, sender: Sender, seed: str, now: datetime) -> LetterRow:
    """Put a letter that answers no mail into the outbox. The same seed always gives the same Message-ID."""
    message_id = make_message_id(sender.address.rpartition("@")[2], str(kind), seed)
    from_ = Mailbox(name=sender.name, address=sender.address)
    row = LetterRow(
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
    return enqueue(session, row)
