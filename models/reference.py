"""The numbers that applications are called by: without gaps, never given twice."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, lock


class ReferenceNumber(Base):
    """The last number given under a prefix in a year."""

    __tablename__ = "reference_numbers"
    __table_args__ = (UniqueConstraint("prefix", "year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str]
    """The call's: "OG". Two calls with the same prefix share their numbers."""
    year: Mapped[int]
    last: Mapped[int]


def next_reference(session: Session, prefix: str, *, now: datetime) -> str:
    """Return the next reference of this prefix and (Dutch) year: "OG-2026-0001". A roll-back gives it back."""
    year = now.astimezone(ZoneInfo("Europe/Amsterdam")).year
    lock(session, f"reference {prefix}")
    query = select(ReferenceNumber).where(ReferenceNumber.prefix == prefix, ReferenceNumber.year == year)
    number = session.scalar(query.execution_options(populate_existing=True))
    if number is None:
        number = ReferenceNumber(prefix=prefix, year=year, last=0)
        session.add(number)
    number.last += 1
    session.flush()
    return f"{prefix}-{year}-{number.last:04}"
