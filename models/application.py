"""Applications: one organisation's registration for one call, its mails, people, history and relatives."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Key, SafeJson
from models.mail import Mail
from models.value import ApplicationValue, ValueState, match_key


class ApplicationStatus(StrEnum):
    """Whether an application counts."""

    OPEN = "open"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    """It was one with another application, which holds its values now."""


class Relation(StrEnum):
    """What a mail was to an application."""

    CREATED = "created"
    SUPPLEMENT = "supplement"
    """It added or corrected something, or tried to."""
    REPEATED = "repeated"
    """It said again what was known."""
    WITHDRAWAL = "withdrawal"
    REAPPLIED = "reapplied"
    """It brought a withdrawn application back."""
    BOUNCE = "bounce"
    """A report that a letter of ours did not arrive."""
    RELATED = "related"
    """Mail in its conversation that changed nothing: a question, a thank-you."""
    REFUSED = "refused"
    """It would change the application, but its sender may not: a person must look."""


class EventKind(StrEnum):
    """What happened to an application."""

    CREATED = "created"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"
    CORRECTED = "corrected"
    """A person set a value."""
    CONFIRMED = "confirmed"
    """A person looked and found it right."""
    MERGED = "merged"
    SPLIT = "split"
    LINKED = "linked"
    NOTE = "note"
    REFUSED = "refused"
    """A mail that would change it came from someone who may not."""
    UNDELIVERED = "undelivered"
    """A letter to the applicant came back."""


MACHINE = "machine"
"""Who set what no person set. Staff's names are whatever they are called by on their machine."""


class Application(Base):
    """One organisation's registration for one call."""

    __tablename__ = "applications"
    __table_args__ = (Index(None, "call", "status"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    """What letters and people call it by: "OG-2026-0001"."""
    call: Mapped[str]
    """The call's id."""
    status: Mapped[ApplicationStatus] = mapped_column(default=ApplicationStatus.OPEN)
    language: Mapped[str] = mapped_column(default="nl")
    """In which its applicant is written to: ISO 639-1."""
    needs_review: Mapped[bool] = mapped_column(default=False)
    review_reasons: Mapped[list[str]] = mapped_column(SafeJson, default=list)
    """Which fields are unsure ("phone", "answer:2"), where a proposal waits ("suggested:phone"), or what else a person
    must look at ("sender", "undelivered")."""
    created_at: Mapped[datetime] = mapped_column(index=True)
    """When its first mail was received by the server."""
    updated_at: Mapped[datetime] = mapped_column(index=True)
    """When the row or anything that belongs to it last changed."""
    withdrawn_at: Mapped[datetime | None]
    """Null unless the status is withdrawn."""
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("applications.id", ondelete="SET NULL"))
    """The application that took its place; null unless the status is merged."""

    values: Mapped[list[ApplicationValue]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="ApplicationValue.id"
    )
    """All values ever, oldest first."""
    mails: Mapped[list["ApplicationMail"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="ApplicationMail.id"
    )
    people: Mapped[list["ApplicationPerson"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="ApplicationPerson.id"
    )
    """Colleagues who were signed up with the applicant."""
    events: Mapped[list["ApplicationEvent"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="ApplicationEvent.id"
    )

    def current(self) -> dict[str, ApplicationValue]:
        """Return the value that holds for each field; a field never given is absent."""
        return {value.field: value for value in self.values if value.state == ValueState.CURRENT}

    def text(self, field: str) -> str:
        """Return the text of the value that holds for the field; "" when there is none."""
        value = self.current().get(field)
        return value.value if value else ""

    def suggested(self) -> dict[str, list[ApplicationValue]]:
        """Return the proposals that wait for a person, by field, oldest first."""
        waiting: dict[str, list[ApplicationValue]] = {}
        for value in self.values:
            if value.state == ValueState.SUGGESTED:
                waiting.setdefault(value.field, []).append(value)
        return waiting

    def missing(self, required: Iterable[str]) -> tuple[str, ...]:
        """Return which of these fields ("phone", "answer:3") have no value, in their order.

        What a person has said there is none of is not missing: nobody needs to be asked again.
        """
        current = self.current()
        return tuple(field for field in required if field not in current)


class ApplicationMail(Base):
    """A mail that has to do with an application, and how."""

    __tablename__ = "application_mails"
    __table_args__ = (UniqueConstraint("application_id", "mail_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    mail_id: Mapped[int] = mapped_column(ForeignKey("mails.id"), index=True)
    relation: Mapped[Relation]
    position: Mapped[int] = mapped_column(default=0)
    """Which of the mail's applications it was, for a mail that holds several."""
    at: Mapped[datetime]
    mail: Mapped[Mail] = relationship()


class ApplicationPerson(Base):
    """A colleague who was signed up with the applicant; "" where something was not given."""

    __tablename__ = "application_people"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(default="")
    email: Mapped[Key] = mapped_column(default="", index=True)
    role: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("mails.id"))
    """The mail that named them; null when a person did."""
    added_by: Mapped[str]
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    """When they were taken off; null while they take part."""


class ApplicationEvent(Base):
    """Something that happened to an application: its history beside that of its values."""

    __tablename__ = "application_events"
    __table_args__ = (Index(None, "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), index=True)
    kind: Mapped[EventKind]
    at: Mapped[datetime]
    by: Mapped[str]
    """"machine" or the name of the person who did it."""
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("mails.id"))
    """The mail that caused it; null when a person did."""
    note: Mapped[str] = mapped_column(default="")
    """A person's words, or details for one to read; "" when the kind says it all."""


class ApplicationLink(Base):
    """Two applications that belong together and are not one: two colleagues of a school who both applied."""

    __tablename__ = "application_links"
    __table_args__ = (
        UniqueConstraint("application_id", "other_id"),
        CheckConstraint("application_id < other_id", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    """The one with the lower id, so that a pair is one row."""
    other_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str]
    """"same organisation", or a person's words."""
    linked_by: Mapped[str]
    linked_at: Mapped[datetime]


def application_by_reference(session: Session, reference: str) -> Application | None:
    """Return the application of that reference, whatever its case; None when there is none."""
    return session.scalar(select(Application).where(Application.reference == reference.strip().upper()))


def surviving(session: Session, application: Application) -> Application:
    """Return the application that a merged one became, through any number of merges; itself when it was not merged."""
    seen = {application.id}
    while application.merged_into is not None and application.merged_into not in seen:
        seen.add(application.merged_into)
        following = session.get(Application, application.merged_into)
        if following is None:
            break
        application = following
    return application


def applications_of_mails(session: Session, mail_ids: Sequence[int]) -> Sequence[Application]:
    """Return the applications that these mails made or changed, oldest first; refused attempts do not count."""
    if not mail_ids:
        return []
    query = (
        select(Application)
        .join(ApplicationMail)
        .where(ApplicationMail.mail_id.in_(mail_ids), ApplicationMail.relation != Relation.REFUSED)
        .order_by(Application.id)
        .distinct()
    )
    return session.scalars(query).all()


def applications_with(session: Session, call: str, field: str, value: str) -> Sequence[Application]:
    """Return a call's applications that have this in a field now, however it is spelt; merged ones are left out.

    The oldest comes first. Only for fields that have a `match_key`; nothing is found for the others.
    """
    key = match_key(field, value)
    if key is None:
        return []
    query = (
        select(Application)
        .join(ApplicationValue)
        .where(
            Application.call == call,
            Application.status != ApplicationStatus.MERGED,
            ApplicationValue.field == field,
            ApplicationValue.match_key == key,
            ApplicationValue.state == ValueState.CURRENT,
        )
        .order_by(Application.id)
    )
    return session.scalars(query).all()


def linked_with(session: Session, application_id: int) -> Sequence[Application]:
    """Return the applications linked with this one, oldest first."""
    pairs = select(ApplicationLink.other_id).where(ApplicationLink.application_id == application_id)
    others = select(ApplicationLink.application_id).where(ApplicationLink.other_id == application_id)
    query = select(Application).where(Application.id.in_(pairs.union(others))).order_by(Application.id)
    return session.scalars(query).all()


def record(
    application: Application,
    kind: EventKind,
    *,
    at: datetime,
    by: str = MACHINE,
    mail_id: int | None = None,
    note: str = "",
) -> ApplicationEvent:
    """Add an event to the application's history and mark it as changed."""
    event = ApplicationEvent(kind=kind, at=at, by=by, mail_id=mail_id, note=note)
    application.events.append(event)
    application.updated_at = at
    return event


def refresh_review(application: Application, reasons: Iterable[str] = ()) -> None:
    """Work out anew what a person must look at.

    These are the unsure fields, what was flagged before and is no field, the reasons given, and proposals that wait. To
    take a reason off, take it out of `review_reasons` first.
    """
    current = application.current()
    unsure = [field for field, value in current.items() if value.unsure]
    before = application.review_reasons or []
    kept = [reason for reason in before if reason not in current and not reason.startswith("suggested:")]
    waiting = [f"suggested:{field}" for field in application.suggested()]
    application.review_reasons = list(dict.fromkeys([*unsure, *kept, *reasons, *waiting]))
    application.needs_review = bool(application.review_reasons)
