"""Which applications a mail is about: by its conversation, a reference number, its sender, or the person in it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.call import Call
from intake.likeness import same_person
from models.application import (
    Application,
    ApplicationMail,
    ApplicationPerson,
    ApplicationStatus,
    Relation,
    application_by_reference,
    applications_of_mails,
    applications_with,
    surviving,
)
from models.letter import find_letters
from models.mail import Mail, find_mails
from models.value import ValueState
from parsers.blocks import BlockKind
from parsers.extraction import ExtractedApplication
from parsers.message import Message

_IDENTIFIERS = 50
_REFERENCES = 5
_TEXT = 200_000
TIES = (Relation.CREATED, Relation.SUPPLEMENT, Relation.REPEATED, Relation.WITHDRAWAL, Relation.REAPPLIED)
"""What a mail must have been to an application for its sender to have to do with it."""


class Way(StrEnum):
    """How applications were found, the surest first."""

    ITSELF = "itself"
    """This very mail made or changed them before: it is read again."""
    THREAD = "thread"
    """It answers a letter of ours about them, or a mail that made or changed them."""
    REFERENCE = "reference"
    """It names their number."""
    SENDER = "sender"
    """Its sender belongs to them."""
    PERSON = "person"
    """It names the same person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Applications that a mail may be about, oldest first, and how they were found."""

    way: Way
    applications: tuple[Application, ...]


def find(
    session: Session, mail: Mail, message: Message, call: Call, *, stated: ExtractedApplication | None = None
) -> Iterator[Found]:
    """Yield the applications of this call that the mail may be about, way by way; a way that finds none is left out.

    `stated` is the application in the mail, when there is one: the person in it is the last way.
    """
    ways = (
        (Way.ITSELF, _of_itself(session, mail)),
        (Way.THREAD, _of_thread(session, mail, message)),
        (Way.REFERENCE, _of_references(session, message, call)),
        (Way.SENDER, _of_address(session, message.from_.address, call)),
        (Way.PERSON, _of_person(session, stated, call)),
    )
    for way, applications in ways:
        found = _distinct(session, applications, call)
        if found:
            yield Found(way=way, applications=found)


def find_conversation(session: Session, mail: Mail, message: Message, call: Call) -> tuple[Application, ...]:
    """Return the applications that this very mail changed before, or whose conversation it goes on with."""
    return _distinct(session, [*_of_itself(session, mail), *_of_thread(session, mail, message)], call)


def in_thread(session: Session, mail: Mail, message: Message, application: Application) -> bool:
    """Tell whether the mail answers a letter about the application, or a mail that made or changed it.

    Who can do that has seen one of them: their Message-IDs can't be guessed.
    """
    return application.id in {surviving(session, found).id for found in _of_thread(session, mail, message)}


def addresses_of(session: Session, application: Application) -> frozenset[str]:
    """Return every address that has to do with an application, lower case; who may change it, `standing` knows.

    They are those of the applicant, now and before, of colleagues who take part, and of those who sent what made it.
    """
    held = {ValueState.CURRENT, ValueState.SUPERSEDED}
    given = {value.value for value in application.values if value.field == "email" and value.state in held}
    people = {person.email for person in application.people if person.removed_at is None}
    query = (
        select(Mail.sender_address)
        .join(ApplicationMail)
        .where(ApplicationMail.application_id == application.id, ApplicationMail.relation.in_(TIES))
    )
    senders = {address for address in session.scalars(query) if address}
    return frozenset(address.lower() for address in given | people | senders if address)


def _of_itself(session: Session, mail: Mail) -> Iterator[Application]:
    yield from applications_of_mails(session, [mail.id])


def _of_thread(session: Session, mail: Mail, message: Message) -> Iterator[Application]:
    """The newest identifiers count first: a long thread begins with somebody else's."""
    identifiers = list(dict.fromkeys([*message.in_reply_to, *reversed(message.references)]))[:_IDENTIFIERS]
    letters = find_letters(session, identifiers)
    mails = [found for found in find_mails(session, identifiers) if found.id != mail.id]
    mail_ids = {found.duplicate_of or found.id for found in mails}
    mail_ids |= {letter.mail_id for letter in letters if letter.mail_id is not None}
    for letter in letters:
        application = session.get(Application, letter.application_id) if letter.application_id else None
        if application is not None:
            yield application
    yield from applications_of_mails(session, sorted(mail_ids))


def _of_references(session: Session, message: Message, call: Call) -> Iterator[Application]:
    """The subject and the sender's own words count before what is quoted."""
    pattern = re.compile(rf"\b{re.escape(call.reference_prefix)}-[0-9]{{4}}-[0-9]{{4,8}}\b", re.IGNORECASE)
    own = f"{message.subject}\n{message.words(BlockKind.OWN)}"
    everything = "\n".join(part.text for part in message.parts)
    for text in (own, everything):
        named = list(dict.fromkeys(reference.upper() for reference in pattern.findall(text[:_TEXT])))
        found = [application_by_reference(session, reference) for reference in named[:_REFERENCES]]
        if any(found):
            yield from filter(None, found)
            return


def _of_address(session: Session, address: str, call: Call) -> Iterator[Application]:
    address = address.strip().lower()
    if not address:
        return
    yield from applications_with(session, call.id, "email", address)
    people = select(Application).join(ApplicationPerson)
    people = people.where(ApplicationPerson.email == address, ApplicationPerson.removed_at.is_(None))
    yield from session.scalars(people)
    senders = select(Application).join(ApplicationMail).join(Mail)
    yield from session.scalars(senders.where(Mail.sender_address == address, ApplicationMail.relation.in_(TIES)))


def _of_person(session: Session, stated: ExtractedApplication | None, call: Call) -> Iterator[Application]:
    """The stated address, else the stated name at the stated organisation."""
    if stated is None:
        return
    given = {field: value.value for field, value in stated.fields.items()}
    if "email" in given:
        yield from _of_address(session, given["email"], call)
    if "name" in given and "organisation" in given:
        there = applications_with(session, call.id, "organisation", given["organisation"])
        yield from (application for application in there if same_person(application.text("name"), given["name"]))


def _distinct(session: Session, applications: Iterable[Application], call: Call) -> tuple[Application, ...]:
    """Each once, a merged one as what it became, those of other calls left out, oldest first."""
    lasting = (surviving(session, application) for application in applications)
    known = {found.id: found for found in lasting if found.call == call.id}
    return tuple(known[key] for key in sorted(known))


def same_school(session: Session, call: Call, organisation: str) -> Sequence[Application]:
    """Return the call's applications that count and carry this organisation's name, oldest first."""
    found = applications_with(session, call.id, "organisation", organisation)
    return [application for application in found if application.status is ApplicationStatus.OPEN]
