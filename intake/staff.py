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
    MACHINE,
    Application,
    ApplicationLink,
    ApplicationMail,
    ApplicationStatus,
    EventKind,
    Relation,
    record,
)
from models.mail import Mail, MailState
from models.value import ApplicationValue, ValueState
from parsers.extraction import Kind
from parsers.fields.gazetteer import provinces_of
from parsers.fields.sectors import SECTORS
from replies.clean import paragraphs


class StaffError(ValueError):
    """It can't be done; the message is one line that says why."""


def correct(
    session: Session, application: Application, field: str, value: str, *, call: Call, by: str, now: datetime
) -> tuple[str, ...]:
    """Set a field; "" says that there is none. Return the fields that followed it.

    A province brings its region along. A place brings both, when it lies in one province for certain and nobody set
    them.

    Raises StaffError for a field that the call does not have and for a value that its field can't hold.
    """
    known = {one.id for one in call.fields} | {f"answer:{one.id}" for one in call.questions} | {"region"}
    if field not in known:
        raise StaffError(f"{field}: no such field (known: {', '.join(sorted(known))})")
    text = normalised(field, value, call)
    _set(session, application, field, text, by=by, now=now)
    followed = follow(session, application, field, call=call, now=now)
    if field == "province" and call.regions:
        _set(session, application, "region", call.regions.get(text, ""), by=by, now=now)
        followed = ("region",)
    _looked_at(application, [field])
    record(application, EventKind.CORRECTED, at=now, by=by, note=f"{field}: {text or 'none'}")
    return followed


def follow(session: Session, application: Application, field: str, *, call: Call, now: datetime) -> tuple[str, ...]:
    """Bring province and region along with the place, or the region with the province; return which of them changed.

    They stay a machine's, so that they follow the next change, too. What a person set or confirmed stays as it is, and
    so does all when a town of that name lies in several provinces, or in none that is known.
    """
    followed = []
    provinces = provinces_of(application.text("place"))[0] if field == "place" else ()
    if len(provinces) == 1 and _derive(session, application, "province", provinces[0], now=now):
        followed.append("province")
    region = call.regions.get(application.text("province")) if followed or field == "province" else None
    if region is not None and _derive(session, application, "region", region, now=now):
        followed.append("region")
    return tuple(followed)


def _derive(session: Session, application: Application, field: str, text: str, *, now: datetime) -> bool:
    """Let a value that follows from another one hold, unless a person stands for the one that holds."""
    held = application.current().get(field)
    if held is not None and (held.by_person or held.value == text):
        return False
    _set(session, application, field, text, by=MACHINE, now=now)
    _looked_at(application, [field])
    return True


def normalised(field: str, value: str, call: Call) -> str:
    """Return a person's value as the list holds it, without characters that show nothing or command a terminal.

    Raises StaffError when it is none.
    """
    lines = [" ".join(paragraphs(line, len(value) + 1)) for line in value.strip().splitlines()]
    text = "\n".join(lines) if field.startswith("answer:") else " ".join(" ".join(lines).split())
    if not text.strip():
        if value.strip():
            raise StaffError(f"{field}: nothing of that can be seen")
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
    if not phonenumbers.is_valid_number(number):
        raise StaffError(f"phone: {text}: no telephone number is like that")
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


def accept(
    session: Session, application: Application, field: str, *, call: Call, by: str, now: datetime
) -> tuple[str, ...]:
    """Take the newest value that was suggested for the field, and return the fields that followed it.

    Raises StaffError when none waits.
    """
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
    return follow(session, application, field, call=call, now=now)


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


def check_undone(session: Session, mail: Mail, kind: Kind) -> None:
    """Raise StaffError when saying that the mail is of this kind would leave in the list what it did there.

    Reading a mail again undoes nothing: who says that it was no application must take back the one that it made.
    """
    if kind in {Kind.APPLICATION, Kind.SUPPLEMENT}:
        return
    query = select(Application, ApplicationMail.relation).join(ApplicationMail)
    for row, relation in session.execute(query.where(ApplicationMail.mail_id == mail.id).order_by(Application.id)):
        made = relation in {Relation.CREATED, Relation.REAPPLIED} and row.status is ApplicationStatus.OPEN
        ended = relation is Relation.WITHDRAWAL and row.status is ApplicationStatus.WITHDRAWN
        if made or (ended and kind is not Kind.WITHDRAWAL):
            did, command = ("made", "withdraw") if made else ("withdrew", "restore")
            name = row.reference
            raise StaffError(f"mail {mail.id} {did} {name}: first `intake applications {command} {name}`")


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
