"""What a letter may know of an application: its reference, its values, and what the mail in hand did to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from config.call import Call
from models.application import Application
from parsers.extraction import Person


class Happening(StrEnum):
    """What a mail did to an application."""

    REGISTERED = "registered"
    CHANGED = "changed"
    """A supplement or correction, or the same application again with other values."""
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"
    """It was withdrawn and counts again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A value of an application as it holds now."""

    value: str
    """Normalised, as the list holds it: E.164, lower-case e-mail, sector codes joined by commas."""
    unsure: bool = False
    """Below its threshold and not looked at by a person: it is asked about, not repeated as noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A value that the mail gave or changed."""

    field: str
    """"phone", "answer:2" …"""
    before: str
    """Empty when there was none."""
    after: str
    """Empty when it was taken away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationView:
    """An application as a letter tells of it."""

    reference: str
    happening: Happening = Happening.REGISTERED
    values: Mapping[str, Noted] = field(default_factory=dict)
    """By field: "organisation", "sector", … "answer:1" …; what is not known is absent."""
    people: tuple[Person, ...] = ()
    """Colleagues who were signed up with the applicant."""
    missing: tuple[str, ...] = ()
    """What the call requires and nobody gave, in the call's order: "phone", "answer:3" …"""
    changes: tuple[Change, ...] = ()

    @property
    def unsure(self) -> tuple[str, ...]:
        """The fields to ask about."""
        return tuple(name for name, noted in self.values.items() if noted.unsure)


def view_of(
    application: Application,
    call: Call,
    *,
    happening: Happening = Happening.REGISTERED,
    changes: Iterable[Change] = (),
) -> ApplicationView:
    """Take the view of a stored application. What a person has said there is none of is not missing."""
    current = application.current()
    return ApplicationView(
        reference=application.reference,
        happening=happening,
        values={name: Noted(value=row.value, unsure=row.unsure) for name, row in current.items() if row.value},
        people=tuple(
            Person(name=person.name, email=person.email, role=person.role, phone=person.phone)
            for person in application.people
            if person.removed_at is None
        ),
        missing=application.missing(call.required),
        changes=tuple(changes),
    )
