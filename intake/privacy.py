"""All that is kept about one person, by their e-mail address: found, and erased (AVG articles 15 and 17)."""

import email
import email.policy
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import Message as RawMail
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.erasure import erase_application, erase_letter, erase_mail
from models.application import Application, ApplicationEvent, ApplicationMail, ApplicationPerson, Relation
from models.letter import Letter
from models.mail import Mail, MailState
from models.value import ApplicationValue

_MADE = (Relation.CREATED, Relation.REAPPLIED)
_DECODED = (b"base64", b"quoted-printable")
_Row = TypeVar("_Row", Mail, Letter)
_LONGEST = 5_000_000
"""Bytes of a mail that are searched for an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept about a person."""

    applications: Sequence[Application] = ()
    """Those in which they are the applicant, now or before."""
    people: Sequence[ApplicationPerson] = ()
    """Where they were signed up along with somebody else."""
    values: Sequence[ApplicationValue] = ()
    """Their address in other people's applications: suggested, or long replaced."""
    events: Sequence[ApplicationEvent] = ()
    """Notes that name their address in other people's applications."""
    mails: Sequence[Mail] = ()
    """What they wrote, and what others wrote that names their address."""
    letters: Sequence[Letter] = ()
    """Letters to them, and digests that name their address."""

    def __bool__(self) -> bool:
        return any([self.applications, self.people, self.values, self.events, self.mails, self.letters])


Progress = Callable[[Iterable[int], str, int], Iterator[int]]
"""Goes through the numbers of rows and tells how far it is: what they are, and how many."""


def kept_about(session: Session, address: str, progress: Progress) -> Kept:
    """Find all that is kept about the person with this address; changes nothing.

    1. Applications with this address as the applicant's; of those that only a sender ties to it, the ones it made for
       somebody else stay: they are that person's.
    2. Rows elsewhere that hold the address: colleagues, proposals, notes.
    3. Every stored mail and letter is searched for it, decoded where it must be: that takes a while.
    """
    address = address.strip().lower()
    applications = _applications(session, address)
    own = {application.id for application in applications}
    people = session.scalars(select(ApplicationPerson).where(ApplicationPerson.email == address)).all()
    values = session.scalars(select(ApplicationValue).where(ApplicationValue.value.icontains(address, autoescape=True)))
    events = session.scalars(select(ApplicationEvent).where(ApplicationEvent.note.icontains(address, autoescape=True)))
    tied = {tie.mail_id for application in applications for tie in application.mails}
    mails = [mail for mail in _all(session, Mail, "mails", progress) if mail.id in tied or _names(mail, address)]
    letters = [
        letter
        for letter in _all(session, Letter, "letters", progress)
        if letter.application_id in own
        or address in map(str.lower, [*letter.recipients, *letter.refused, letter.to_address])
        or mentions(letter.raw or b"", address)
    ]
    return Kept(
        applications=applications,
        people=[person for person in people if person.application_id not in own],
        values=[value for value in values if value.application_id not in own],
        events=[event for event in events if event.application_id not in own],
        mails=[mail for mail in mails if mail.erased_at is None],
        letters=[letter for letter in letters if letter.raw is not None],
    )


def erase_person(session: Session, kept: Kept, *, now: datetime) -> None:
    """Erase what was found. The caller holds the lock "register" and commits.

    A mail that is still to be read is not read any more; one that names several people loses its words for all of them,
    and the values of the others' applications stay.
    """
    for person in kept.people:
        session.delete(person)
    for value in kept.values:
        session.delete(value)
    for event in kept.events:
        event.note = ""
    for letter in kept.letters:
        erase_letter(letter)
    for application in kept.applications:
        erase_application(session, application, now=now)
    for mail in kept.mails:
        if mail.state in {MailState.RECEIVED, MailState.QUARANTINED}:
            mail.state = MailState.GONE
        erase_mail(mail, now=now)
    session.flush()


def mentions(raw: bytes, address: str) -> bool:
    """Tell whether a mail's bytes name an address, in whatever way its parts are encoded; never raises."""
    wanted = address.lower().encode("utf-8", "replace")
    if wanted in raw[:_LONGEST].lower():
        return True
    if not any(encoding in raw[:_LONGEST].lower() for encoding in _DECODED):
        return False
    try:
        parts = email.message_from_bytes(raw[:_LONGEST], policy=email.policy.compat32).walk()
        return any(wanted in _payload(part).lower() for part in parts)
    except Exception:  # noqa: BLE001 - bytes that the library can't take apart were searched as they are
        return False


def _payload(part: RawMail) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _applications(session: Session, address: str) -> list[Application]:
    """Those whose applicant has, or had, the address, and those that it made without naming another's."""
    values = select(ApplicationValue.application_id).where(
        ApplicationValue.field == "email", ApplicationValue.match_key == address[:500]
    )
    ties = select(ApplicationMail.application_id).join(Mail, Mail.id == ApplicationMail.mail_id)
    made = ties.where(Mail.sender_address == address, ApplicationMail.relation.in_(_MADE))
    query = select(Application).where(Application.id.in_(values.union(made))).order_by(Application.id)
    return [one for one in session.scalars(query) if one.text("email") in {"", address} or _was(one, address)]


def _was(application: Application, address: str) -> bool:
    """Whether the address held for the applicant before: who corrected their own address is the same person."""
    return any(
        value.field == "email" and value.value.lower() == address and value.superseded_by is not None
        for value in application.values
    )


def _names(mail: Mail, address: str) -> bool:
    return mail.sender_address == address or mentions(mail.raw or b"", address)


def _all(session: Session, table: type[_Row], what: str, progress: Progress) -> Iterator[_Row]:
    """Every row of a table, one in memory at a time."""
    ids = session.scalars(select(table.id).order_by(table.id)).all()
    for row_id in progress(ids, what, len(ids)):
        row = session.get_one(table, row_id)
        yield row
        # Its bytes are not needed any more, and of ten thousand mails they would not fit.
        session.expire(row, ["raw"])
