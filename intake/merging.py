"""Two applications made one, and one made two; nothing that was stated is lost.

Each function changes rows of one session; the caller commits. `by` is the name of the person who does it.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from config.call import Call
from intake.staff import StaffError
from models.application import (
    Application,
    ApplicationMail,
    ApplicationPerson,
    ApplicationStatus,
    EventKind,
    Relation,
    record,
)
from models.reference import next_reference
from models.value import ApplicationValue, ValueState

_PERSONAL = ("name", "email", "role", "phone")
"""What belongs to one person: never mixed of two."""


def merge(into: Application, other: Application, *, by: str, now: datetime) -> None:
    """Make two applications one: `into` stays, and gets what it lacks; what differs becomes its history.

    The other's applicant becomes a colleague when it is another person, and its mails lead to `into` from now on.
    Raises StaffError when they are the same, of two calls, or one was merged before; also when only one is withdrawn:
    the other, which counts, would be lost in it, or its people would count again who took themselves back.
    """
    if into.id == other.id:
        raise StaffError("an application is not merged with itself")
    if into.call != other.call:
        raise StaffError(f"{into.reference} and {other.reference} are for different calls")
    if ApplicationStatus.MERGED in {into.status, other.status}:
        raise StaffError("one of them was merged before")
    if into.status is not other.status:
        gone = into if into.status is ApplicationStatus.WITHDRAWN else other
        raise StaffError(f"{gone.reference} is withdrawn: first `intake applications restore {gone.reference}`")
    held = set(into.current()) | set(_PERSONAL if _take_people(into, other, by=by, now=now) else ())
    for value in other.current().values():
        into.values.append(_copied(value, ValueState.SUPERSEDED if value.field in held else ValueState.CURRENT, now))
    have = {one.mail_id for one in into.mails}
    into.mails += [
        ApplicationMail(mail_id=one.mail_id, relation=one.relation, position=one.position, at=one.at)
        for one in other.mails
        if one.mail_id not in have
    ]
    other.status, other.merged_into = ApplicationStatus.MERGED, into.id
    other.needs_review, other.review_reasons = False, []
    record(into, EventKind.MERGED, at=now, by=by, note=f"with {other.reference}")
    record(other, EventKind.MERGED, at=now, by=by, note=f"into {into.reference}")


def _take_people(into: Application, other: Application, *, by: str, now: datetime) -> bool:
    """Add the other's applicant and colleagues, but for those that are there; say whether its applicant is another."""
    addresses = {into.text("email"), *(person.email for person in into.people)} - {""}
    names = {into.text("name").lower(), *(person.name.lower() for person in into.people)} - {""}
    applicant = tuple(other.text(field) for field in _PERSONAL)
    colleagues = [(one.name, one.email, one.role, one.phone) for one in other.people if one.removed_at is None]
    added = []
    for name, email, role, phone in (applicant, *colleagues):
        if not (name or email) or email in addresses or name.lower() in names:
            continue
        added.append((name, email, role, phone))
        into.people.append(ApplicationPerson(name=name, email=email, role=role, phone=phone, added_by=by, added_at=now))
    return applicant in added


def _copied(value: ApplicationValue, state: ValueState, now: datetime) -> ApplicationValue:
    return ApplicationValue(
        field=value.field,
        value=value.value,
        state=state,
        confidence=value.confidence,
        unsure=value.unsure,
        evidence=value.evidence,
        mail_id=value.mail_id,
        set_by=value.set_by,
        set_at=value.set_at,
        confirmed_by=value.confirmed_by,
        superseded_at=now if state is ValueState.SUPERSEDED else None,
    )


def split_off(
    session: Session, application: Application, mail_id: int, *, call: Call, by: str, now: datetime
) -> Application:
    """Make what one mail stated an application of its own, and give the first one back what held before.

    Raises StaffError when the mail is not one of its mails, or the only one.
    """
    tie = next((one for one in application.mails if one.mail_id == mail_id), None)
    if tie is None:
        raise StaffError(f"mail {mail_id} is not one of {application.reference}'s")
    if len(application.mails) == 1:
        raise StaffError(f"{application.reference} has no other mail: there is nothing to split")
    own = Application(
        reference=next_reference(session, call.reference_prefix, now=now),
        call=application.call,
        language=application.language,
        created_at=tie.mail.received_at,
        updated_at=now,
    )
    session.add(own)
    stated = [value for value in application.values if value.mail_id == mail_id]
    for field in {value.field for value in stated}:
        newest = [value for value in stated if value.field == field][-1]
        own.values.append(_copied(newest, ValueState.CURRENT, now))
    for value in stated:
        if value.state is ValueState.CURRENT:
            _give_back(session, application, value, now=now)
        elif value.state is ValueState.SUGGESTED:
            value.state, value.superseded_at = ValueState.DISMISSED, now
    application.mails.remove(tie)
    own.mails.append(ApplicationMail(mail_id=mail_id, relation=Relation.CREATED, at=tie.at))
    record(own, EventKind.SPLIT, at=now, by=by, mail_id=mail_id, note=f"off {application.reference}")
    session.flush()
    record(application, EventKind.SPLIT, at=now, by=by, mail_id=mail_id, note=own.reference)
    return own


def _give_back(session: Session, application: Application, value: ApplicationValue, *, now: datetime) -> None:
    """End a value that holds, and let the one before it hold again."""
    before = [
        one
        for one in application.values
        if one.field == value.field and one.state is ValueState.SUPERSEDED and one.mail_id != value.mail_id
    ]
    value.state, value.superseded_at = ValueState.SUPERSEDED, now
    session.flush()
    if before:
        application.values.append(_copied(before[-1], ValueState.CURRENT, now))
