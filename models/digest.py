"""One row for each day's digest: what makes it be sent once."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base


class Digest(Base):
    """One day's digest."""

    __tablename__ = "digests"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(unique=True)
    """The day in Europe/Amsterdam on which it is due."""
    covered_from: Mapped[datetime]
    """It tells what happened from here …"""
    covered_to: Mapped[datetime]
    """… up to here; the next one begins here, so that nothing falls between two."""
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id"))
    """The letter in the outbox; null when there was nothing to tell and the settings want no letter then."""
    created_at: Mapped[datetime]


def digest_of(session: Session, day: date) -> Digest | None:
    """Return the digest of that day, or None."""
    return session.scalar(select(Digest).where(Digest.day == day))


def last_digest(session: Session, *, before: date | None = None) -> Digest | None:
    """Return the latest digest (of those before a day): where the next one begins; None when there is none."""
    query = select(Digest).order_by(Digest.covered_to.desc()).limit(1)
    return session.scalar(query if before is None else query.where(Digest.day < before))
