"""What a digest tells: plain facts, gathered out of the database by `digest_facts` and written by `digest`.

Texts are as they stand in the database; whoever writes them into a letter cleans them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from parsers.extraction import Kind
from replies.application_view import ApplicationView

UNKNOWN = "unknown"
"""The level or region of an application that has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """The sender of a mail about an application that they do not belong to."""

    name: str
    """As From gives it: anybody's, perhaps the applicant's."""
    address: str
    forged: bool = False
    """The operator's server says that the sender may be another than the mail says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLine:
    """A mail that a person must look at."""

    mail_id: int
    received_at: datetime
    sender: str
    """The name of From, or its address when there is none."""
    subject: str
    first_words: str
    kind: Kind | None = None
    deadline: date | None = None
    """For privacy requests: a month after receipt (AVG article 12, third paragraph)."""
    reason: str = ""
    """Why it waits or got no letter: `str(Refusal)`, a quarantined mail's error, or review reasons and commas."""
    reference: str = ""
    """The application it belongs to; empty when there is none."""
    stranger: Stranger | None = None
    """Its sender, when they do not belong to the application that it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsureApplication:
    """An application with something that a person must look at."""

    view: ApplicationView
    reasons: tuple[str, ...]
    """Fields ("phone", "answer:2") and other reasons ("sender", "undelivered")."""
    suggestions: tuple[tuple[str, str], ...] = ()
    """Field and value of proposals that wait for a person."""
    strangers: tuple[Stranger, ...] = ()
    """Who sent what must be looked at, and does not belong to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedLetter:
    """A letter that did not arrive."""

    letter_id: int
    reference: str
    """Empty for letters that are about no application."""
    to: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LatePlace:
    """A mailbox, server or job without a good round for too long."""

    name: str
    """"mailbox:main", "smtp", "job:read" …"""
    since: datetime
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApplication:
    """An application that came in."""

    view: ApplicationView
    received_at: datetime
    linked: tuple[str, ...] = ()
    """References of applications of the same school."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChange:
    """What one value of an application became."""

    field: str
    before: str
    after: str
    mail_id: int | None
    """The mail that did it; None when a person did."""
    by: str
    """"machine" or a person's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedApplication:
    """An application of which something changed."""

    view: ApplicationView
    changes: tuple[ValueChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawnApplication:
    """An application that was withdrawn."""

    view: ApplicationView
    at: datetime
    mail_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncompleteApplication:
    """An application that has been incomplete for too long."""

    view: ApplicationView
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The open applications of a call at a glance."""

    call: str
    """The call's id."""
    cells: Mapping[tuple[str, str], int]
    """By level ("po", "vo", "both", "unknown") and region ("noord", "zuid", "unknown"); each application once."""
    complete: int
    incomplete: int
    weeks: tuple[tuple[date, int], ...] = ()
    """The Mondays of the last weeks, oldest first, with how many applications came in."""

    @property
    def total(self) -> int:
        """All open applications."""
        return sum(self.cells.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestContent:
    """One digest's facts."""

    day: date
    """The Dutch day it is for."""
    covered_from: datetime
    covered_to: datetime
    missed_days: tuple[date, ...] = ()
    """Days on which a digest was due and none was made; this one tells what they would have."""

    privacy: tuple[MailLine, ...] = ()
    unsure_kinds: tuple[MailLine, ...] = ()
    unsure: tuple[UnsureApplication, ...] = ()
    quarantined: tuple[MailLine, ...] = ()
    failed_letters: tuple[FailedLetter, ...] = ()
    late: tuple[LatePlace, ...] = ()

    new: tuple[NewApplication, ...] = ()
    changed: tuple[ChangedApplication, ...] = ()
    withdrawn: tuple[WithdrawnApplication, ...] = ()
    incomplete: tuple[IncompleteApplication, ...] = ()
    incomplete_after_days: int = 7
    for_people: tuple[MailLine, ...] = ()
    """Questions and other mail, of this period."""
    waiting_for_people: int = 0
    """How many more of those, from before, nobody has settled."""
    withheld: tuple[MailLine, ...] = ()
    """Applications, supplements and withdrawals of this period that got no letter, and why."""

    received: int = 0
    """Mails that came in within the period …"""
    counts: Mapping[str, int] = field(default_factory=dict)
    """… and what they were, each once: a Kind, "unsure", "duplicate", "quarantined", "gone", "unread"."""
    overviews: tuple[Overview, ...] = ()
    more: Mapping[str, int] = field(default_factory=dict)
    """By the name of one of the lists above: how many more there are than are listed."""

    @property
    def urgent(self) -> int:
        """How many things need a person now."""
        named = ("privacy", "unsure_kinds", "unsure", "quarantined", "failed_letters", "late")
        return sum(len(getattr(self, name)) + self.more.get(name, 0) for name in named)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell."""
        told = (self.new, self.changed, self.withdrawn, self.incomplete, self.for_people, self.withheld)
        return not (self.urgent or any(told) or self.waiting_for_people or self.received)
