"""How far each folder of each mailbox has been received."""

from datetime import datetime

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Key, WideInteger


class Position(Base):
    """How far a folder of a mailbox has been received."""

    __tablename__ = "positions"
    __table_args__ = (UniqueConstraint("mailbox", "folder"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mailbox: Mapped[Key]
    folder: Mapped[Key]
    uidvalidity: Mapped[int] = mapped_column(WideInteger)
    """The numbering that `last_uid` belongs to; another one on the server starts again at 0."""
    last_uid: Mapped[int] = mapped_column(WideInteger, default=0)
    """Every UID up to this one is recorded in `mails`; 0 when none is."""
    first_seen_at: Mapped[datetime]
    """When this folder was first opened: mail received earlier gets silence unless the settings say another start."""
    changed_at: Mapped[datetime]
    reconciled_at: Mapped[datetime | None]
    """When the server's UIDs were last compared with ours; null when never."""
    listed: Mapped[int | None]
    """How many UIDs the server listed then."""
    recorded: Mapped[int | None]
    """How many of those we had recorded."""


def position_of(session: Session, *, mailbox: str, folder: str) -> Position | None:
    """Return how far a folder has been received; None when it was never opened."""
    return session.scalar(select(Position).where(Position.mailbox == mailbox, Position.folder == folder))
