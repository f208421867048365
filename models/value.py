"""The values of applications, each with its evidence, its author and its history."""

import re
import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, SafeJson


class ValueState(StrEnum):
    """Whether a value holds."""

    CURRENT = "current"
    """It holds: at most one for a field of an application."""
    SUPERSEDED = "superseded"
    """It held until another took its place."""
    SUGGESTED = "suggested"
    """It differs from what holds and may not take its place (a machine against a person, or a sender who may not
    change the application): a person must accept or dismiss it."""
    DISMISSED = "dismissed"
    """A person decided against it."""


_MATCHED = frozenset({"organisation", "name", "email", "phone"})


def match_key(field: str, value: str) -> str | None:
    """Return what two spellings of a value have in common ("OBS De Klimop!" and "obs de klimop"), to look it up by.

    None for fields that nothing is looked up by, and for a value without letters or digits.
    """
    if field not in _MATCHED:
        return None
    if field in {"email", "phone"}:
        return value.strip().lower()[:500] or None
    letters = unicodedata.normalize("NFKD", value[:1000].casefold())
    words = re.findall(r"[^\W_]+", "".join(letter for letter in letters if not unicodedata.combining(letter)))
    return " ".join(words)[:500] or None


def _key_of_new_row(context: Any) -> str | None:
    given = context.get_current_parameters()
    return match_key(given["field"], given["value"])


class ApplicationValue(Base):
    """A value that a field of an application has, had, or might have."""

    __tablename__ = "application_values"
    __table_args__ = (
        Index(
            "uq_application_values_current",
            "application_id",
            "field",
            unique=True,
            sqlite_where=text("state = 'current'"),
            postgresql_where=text("state = 'current'"),
        ),
        Index(None, "application_id", "id"),
        Index(None, "set_at"),
        Index(None, "field", "match_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    field: Mapped[str]
    """"organisation", "sector", "role", "name", "email", "phone", "place", "province", "region", "answer:1" …"""
    value: Mapped[str]
    """Normalised as the Extraction gives it; a list of sectors is joined by commas. "" says that a person knows
    there is none: a machine does not fill it again."""
    match_key: Mapped[Key | None] = mapped_column(default=_key_of_new_row)
    """What it is looked up by, made from the value; null for fields that nothing is looked up by."""
    state: Mapped[ValueState] = mapped_column(default=ValueState.CURRENT)
    confidence: Mapped[float]
    """0 to 1; 1 when a person set it."""
    unsure: Mapped[bool] = mapped_column(default=False)
    """Below its threshold when it was read: asked about in letters, shown for review. False once a person confirmed."""
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(SafeJson, default=list)
    """Where in the mail it was found: part, start, end, extractor. Empty when a person set it."""
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("mails.id"), index=True)
    """The mail it was read from; null when a person set it."""
    set_by: Mapped[str]
    """"machine" or the name of the person who set it."""
    set_at: Mapped[datetime]
    confirmed_by: Mapped[str | None]
    """The person who found a machine's value right: machines may not change it then. Null when nobody did."""
    superseded_at: Mapped[datetime | None]
    """When it stopped holding, or was dismissed; null before."""
    superseded_by: Mapped[int | None] = mapped_column(ForeignKey("application_values.id", ondelete="SET NULL"))
    """The value that took its place; null when none did."""

    @property
    def by_person(self) -> bool:
        """Whether a person stands for it, so that no machine may change it."""
        return self.confirmed_by is not None or self.set_by != "machine"
