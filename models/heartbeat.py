"""When each mailbox and job last did a good round: what makes a silent stop impossible."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, lock


class Heartbeat(Base):
    """The last good round of one mailbox ("mailbox:main"), job ("job:read") or server ("smtp")."""

    __tablename__ = "heartbeats"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    started_at: Mapped[datetime]
    """When it was first heard of: a thing that never had a good round is late from here on."""
    last_good_at: Mapped[datetime | None]
    """When a round last succeeded; null when none did yet."""
    last_error: Mapped[str | None]
    """What the last failed round said, in one line; null since the last good one."""
    last_error_at: Mapped[datetime | None]
    """When the last failed round was; kept after a good one."""
    alarmed_at: Mapped[datetime | None]
    """When the operators were told that it is late; null while all is well."""


def beat(session: Session, name: str, *, now: datetime, error: str | None = None) -> Heartbeat:
    """Record a round: good without an error, else what it said."""
    lock(session, f"heartbeat {name}")
    heartbeat = session.scalar(select(Heartbeat).where(Heartbeat.name == name))
    if heartbeat is None:
        heartbeat = Heartbeat(name=name, started_at=now)
        session.add(heartbeat)
    heartbeat.last_error = error
    if error is None:
        heartbeat.last_good_at = now
    else:
        heartbeat.last_error_at = now
    session.flush()
    return heartbeat


def heartbeats(session: Session) -> Sequence[Heartbeat]:
    """Return them all, by name."""
    return session.scalars(select(Heartbeat).order_by(Heartbeat.name)).all()
