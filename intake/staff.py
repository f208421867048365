"""What staff do to applications and mails: corrections that no machine changes, decisions, notes. All is kept.

Each function changes rows of one session; the caller commits. `by` is the name of the person who does it.
"""

from collections.abc import Sequence
from datetime import datetime

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.call import Call
from intake.changes import set_value
from models.application import (
    Application,
    ApplicationLink,
    ApplicationMail,
    ApplicationPerson,
    ApplicationStatus,
    EventKind,
    Relation,
    record,
)
from models.mail import Mail, MailState
from models.reference import next_reference
from models.value import ApplicationValue, ValueState
from parsers.extraction import Kind
from parsers.fields.sectors import SECTORS

_PERSONAL = {"name", "email", "role", "phone"}
"""What belongs to one person: never mixed of two."""


class StaffError(ValueError):
    """It can't be done; the message is one line that says why."""


def correct(
    session: Session, application: Application, field: str, value: str, *, call: Call, by: str, now: datetime
) -> None:
    """Set a field; "" says that there is none. A province brings its region along.

    Raises StaffError for a field that the call does not have and for a value that its field can't hold.
    """
    known = {one.id for one in call.fields} | {f"answer:{one.id}" for one in call.questions} | {"region"}
    if field not in known:
        raise StaffError(f"{field}: no such field (known: {', '.join(sorted(known))})")
    text = normalised(field, value, call)
    _set(session, application, field, text, by=by, now=now)
    if field == "province" and call.regions:
        _set(session, application, "region", call.regions.get(text, ""), by=by, now=now)
    _looked_at(application, [field])
    record(application, EventKind.CORRECTED, at=now, by=by, note=f"{field}: {text or 'none'}")


def normalised(field: str, value: str, call: Call) -> str:
    """Return a person's value as the list holds it. Raises StaffError when it is none."""
    text = value.strip() if field.startswith("answer:") else " ".join(value.split())
    if not text:
        return ""
    match field:
        case "phone":
            return _phone(text)
        case "email":
            try:
                return validate_email(text, check_deliverability=False).normalized.lower()
            except EmailNotValidError as error:
                raise StaffError(f"email: {error}") from None
        case "sector":
            codes = [code.strip().lower() for code in text.replace(";", ",").split(",")]
            if unknown := [code for code in codes if code not in SECTORS]:
                raise StaffError(f"sector: {', '.join(unknown)}: not one of {', '.join(SECTORS)}")
            return ",".join(sorted(set(codes), key=SECTORS.index))
        case "province" | "region":
            choices = set(call.regions) if field == "province" else set(call.regions.values())
            if choices and text.lower() not in choices:
                raise StaffError(f"{field}: {text}: not one of {', '.join(sorted(choices))}")
            return text.lower()
    return text


def _phone(text: str) -> str:
    try:
        number = phonenumbers.parse(text, "NL")
    except phonenumbers.NumberParseException as error:
        raise StaffError(f"phone: {error}") from None
    if not phonenumbers.is_possible_number(number):
        raise StaffError(f"phone: {text}: no telephone number has so many digits")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _set(session: Session, application: Application, field: str, text: str, *, by: str, now: datetime) -> None:
    value = ApplicationValue(
        field=field,
        value=text,
        state=ValueState.CURRENT,
        confidence=1.0,
        set_by=by,
        set_at=now,
        unsure=False,
        evidence=[],
    )
    set_value(session, application, value)
    _dismiss(application, field, now=now)


def _dismiss(application: Application, field: str, *, now: datetime) -> None:
    """What waited for a person to decide about the field is decided."""
    for waiting in application.suggested().get(field, []):
        waiting.state, waiting.superseded_at = ValueState.DISMISSED, now


def _looked_at(application: Application, fields: Sequence[str] | None) -> None:
    """Take the fields (all reasons with None) off what a person must look at, and what was suggested for them."""
    seen = {reason for field in fields or () for reason in (field, f"suggested:{field}")}
    left = [] if fields is None else [reason for reason in application.review_reasons if reason not in seen]
    application.review_reasons = left
    application.needs_review = bool(left)


def confirm(application: Application, fields: Sequence[str] | None, *, by: str, now: datetime) -> None:
    """Find values right (all that hold, with None): machines may not change them any more.

    Raises StaffError for a field that has no value.
    """
    current = application.current()
    for field in current if fields is None else fields:
        if field not in current:
            raise StaffError(f"{field}: has no value to confirm")
        current[field].confirmed_by, current[field].unsure = by, False
        _dismiss(application, field, now=now)
    if fields is None:
        for field in application.suggested():
            _dismiss(application, field, now=now)
    _looked_at(application, fields)
    record(application, EventKind.CONFIRMED, at=now, by=by, note=", ".join(fields or []))


def accept(session: Session, application: Application, field: str, *, by: str, now: datetime) -> None:
    """Take the newest value that was suggested for the field. Raises StaffError when none waits."""
    waiting = application.suggested().get(field)
    if not waiting:
        raise StaffError(f"{field}: nothing was suggested")
    chosen = waiting[-1]
    chosen.state, chosen.superseded_at = ValueState.SUPERSEDED, now
    value = ApplicationValue(
        field=field,
        value=chosen.value,
        confidence=chosen.confidence,
        unsure=False,
        evidence=chosen.evidence,
        mail_id=chosen.mail_id,
        set_by=chosen.set_by,
        set_at=now,
        confirmed_by=by,
    )
    set_value(session, application, value)
    chosen.superseded_by = value.id
    _dismiss(application, field, now=now)
    _looked_at(application, [field])
    record(application, EventKind.CONFIRMED, at=now, by=by, note=f"{field}: {chosen.value}")


def dismiss(application: Application, field: str, *, by: str, now: datetime) -> None:
    """Decide against what was suggested for the field: what holds is right. Raises StaffError when nothing waits."""
    if field not in application.suggested():
        raise StaffError(f"{field}: nothing was suggested")
    if held := application.current().get(field):
        held.confirmed_by, held.unsure = by, False
    _dismiss(application, field, now=now)
    _looked_at(application, [field])
    record(application, EventKind.CONFIRMED, at=now, by=by, note=f"{field}: kept")


def withdraw(application: Application, *, by: str, now: datetime, note: str = "") -> None:
    """Take the application back. Raises StaffError unless it is open."""
    if application.status is not ApplicationStatus.OPEN:
        raise StaffError(f"{application.reference} is {application.status}")
    application.status, application.withdrawn_at = ApplicationStatus.WITHDRAWN, now
    record(application, EventKind.WITHDRAWN, at=now, by=by, note=note)


def restore(application: Application, *, by: str, now: datetime, note: str = "") -> None:
    """Let a withdrawn application count again. Raises StaffError when it is not withdrawn."""
    if application.status is not ApplicationStatus.WITHDRAWN:
        raise StaffError(f"{application.reference} is {application.status}")
    application.status, application.withdrawn_at = ApplicationStatus.OPEN, None
    record(application, EventKind.RESTORED, at=now, by=by, note=note)


def add_note(application: Application, words: str, *, by: str, now: datetime) -> None:
    """Write a note into the application's history. Raises StaffError when it says nothing."""
    if not words.strip():
        raise StaffError("a note needs words")
    record(application, EventKind.NOTE, at=now, by=by, note=words.strip())


def link(session: Session, one: Application, other: Application, *, reason: str, by: str, now: datetime) -> None:
    """Say that two applications belong together. Raises StaffError when it is one, or they are linked already."""
    if one.id == other.id:
        raise StaffError("an application is not linked with itself")
    low, high = sorted((one.id, other.id))
    pair = select(ApplicationLink).where(ApplicationLink.application_id == low, ApplicationLink.other_id == high)
    if session.scalar(pair) is not None:
        raise StaffError(f"{one.reference} and {other.reference} are linked already")
    session.add(
        ApplicationLink(application_id=low, other_id=high, reason=reason or "linked", linked_by=by, linked_at=now)
    )
    record(one, EventKind.LINKED, at=now, by=by, note=other.reference)
    record(other, EventKind.LINKED, at=now, by=by, note=one.reference)


def merge(into: Application, other: Application, *, by: str, now: datetime) -> None:
    """Make two applications one: `into` stays, and gets what it lacks; what differs becomes its history.

    The other's applicant becomes a colleague when it is another person, and its mails lead to `into` from now on.
    Raises StaffError when they are the same, of two calls, or one was merged before.
    """
    if into.id == other.id:
        raise StaffError("an application is not merged with itself")
    if into.call != other.call:
        raise StaffError(f"{into.reference} and {other.reference} are for different calls")
    if ApplicationStatus.MERGED in {into.status, other.status}:
        raise StaffError("one of them was merged before")
    held = set(into.current()) | (_PERSONAL if _take_people(into, other, by=by, now=now) else set())
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
    applicant = tuple(other.text(field) for field in ("name", "email", "role", "phone"))
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


def decide_kind(mail: Mail, kind: Kind, *, by: str, now: datetime) -> None:
    """Say what a mail is. It is read again as that, and the letter that is due then goes out.

    Raises StaffError when the mail was not read yet, or its bytes are gone.
    """
    if mail.state is not MailState.READ:
        raise StaffError(f"mail {mail.id} is {mail.state}")
    if mail.erased_at is not None:
        raise StaffError(f"mail {mail.id} was erased")
    mail.confirmed_kind, mail.confirmed_by, mail.confirmed_at = kind, by, now
    mail.state, mail.attempts, mail.next_attempt_at, mail.claimed_by = MailState.RECEIVED, 0, now, None


def confirm_kinds(application: Application, *, by: str, now: datetime) -> None:
    """Say of the application's mails whose kind was unsure that they are what they seemed; they are read again."""
    for tie in application.mails:
        mail = tie.mail
        unsure = "kind" in mail.review_reasons and mail.confirmed_kind is None
        if unsure and mail.kind is not None and mail.state is MailState.READ and mail.erased_at is None:
            decide_kind(mail, mail.kind, by=by, now=now)


def settle(mail: Mail, *, by: str, now: datetime) -> None:
    """Note that a person dealt with a mail for people. Raises StaffError when one did before."""
    if mail.settled_at is not None:
        raise StaffError(f"mail {mail.id} was settled by {mail.settled_by}")
    mail.settled_by, mail.settled_at = by, now
