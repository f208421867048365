"""Who may change an application: nobody can withdraw or rewrite another's by writing their name in From."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.threads import TIES, in_thread
from models.application import Application, ApplicationMail, Relation
from models.mail import Mail
from models.value import ApplicationValue, ValueState
from parsers.message import Message
from replies.addresses import is_provider
from replies.authentication import Dmarc, dmarc
from replies.policy import Rules

_HELD = frozenset({ValueState.CURRENT, ValueState.SUPERSEDED})


class Standing(StrEnum):
    """What the sender of a mail is to an application."""

    OWNER = "owner"
    """Their address belongs to it: what they say holds."""
    COLLEAGUE = "colleague"
    """From the same organisation's domain, which vouches for it: what they say holds, and a person looks at it."""
    STRANGER = "stranger"
    """Anybody else, also who was signed up along: what they say waits for a person."""


def standing_of(session: Session, mail: Mail, message: Message, application: Application, rules: Rules) -> Standing:
    """Return what the mail's sender may do to the application.

    1. A From that the operator's server found forged, that is missing, there twice or names several, is a stranger's.
    2. An address of the applicant, or of who signed them up, is the owner's. Where the operator's server checks senders
       (`authserv_id`), it must have vouched for this one, or the mail must answer one of the conversation: domains
       without DMARC are many, and only who got a letter of ours can answer it.
    3. Who was only signed up along, or came in when two applications were made one, can't speak for the applicant:
       "ik trek mij terug" is said of themselves.
    4. Another address of an owner's domain is a colleague's when the server vouches for it and the domain is not one
       where anybody can have an address.
    """
    address = message.from_.address.lower()
    senders = sum(name.strip().lower() == "from" for name, _ in message.headers)
    verdict = dmarc(message, rules.authserv_id)
    if not address or senders > 1 or message.from_unclear or verdict is Dmarc.FAIL:
        return Standing.STRANGER
    known = belonging_of(session, application)
    if address in known.owners:
        vouched = verdict is Dmarc.PASS or rules.authserv_id is None
        return Standing.OWNER if vouched or in_thread(session, mail, message, application) else Standing.STRANGER
    if address in known.companions:
        return Standing.STRANGER
    domain = address.rpartition("@")[2]
    if verdict is Dmarc.PASS and not is_provider(domain) and any(one.endswith(f"@{domain}") for one in known.owners):
        return Standing.COLLEAGUE
    return Standing.STRANGER


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """The addresses that have to do with an application, lower case; none is in both."""

    owners: frozenset[str]
    """The applicant's, now and before, and of who sent what made it."""
    companions: frozenset[str]
    """Of who was signed up along, and what came in with applications that were made one with it."""


def belonging_of(session: Session, application: Application) -> Belonging:
    """Return whose addresses the application's are.

    What made it makes its sender an owner, and so does a person who said that a mail counts. Whatever else an owner
    sends may give further addresses. What a machine took over from a colleague, for a person to look at, makes nobody
    an owner: neither its sender nor an address in it.
    """
    query = select(Application).where(Application.merged_into == application.id)
    merged = session.scalars(query).all()
    brought = {value.value.lower() for one in merged for value in _emails(one)}
    companions = brought | {person.email.lower() for one in (application, *merged) for person in one.people}
    mails = _own_mails(session, application, merged)
    companions |= {sender for one in merged for _, mail in _own_mails(session, one, ()) if (sender := _sender(mail))}
    owners: set[str] = set()
    while True:
        trusted = {mail.id: _sender(mail) for tie, mail in mails if _is_owners(tie, mail, owners, companions)}
        stated = {value.value.lower() for value in _emails(application) if _is_applicants(value, trusted, brought)}
        found = {address for address in (*trusted.values(), *stated) if address}
        if found <= owners:
            return Belonging(owners=frozenset(owners), companions=frozenset(companions - owners - {""}))
        owners |= found


def _emails(application: Application) -> list[ApplicationValue]:
    return [value for value in application.values if value.field == "email" and value.state in _HELD]


def _sender(mail: Mail) -> str:
    return (mail.sender_address or "").lower()


def _own_mails(
    session: Session, application: Application, merged: Sequence[Application]
) -> list[tuple[ApplicationMail, Mail]]:
    """The mails that made or changed it, without those that came in with a merged one."""
    copied = {(tie.mail_id, tie.position) for one in merged for tie in one.mails}
    query = select(ApplicationMail, Mail).join(Mail, Mail.id == ApplicationMail.mail_id)
    query = query.where(ApplicationMail.application_id == application.id, ApplicationMail.relation.in_(TIES))
    return [(tie, mail) for tie, mail in session.execute(query) if (tie.mail_id, tie.position) not in copied]


def _is_owners(tie: ApplicationMail, mail: Mail, owners: set[str], companions: set[str]) -> bool:
    """Of a mail that was erased nobody knows the sender any more; what it gave is kept as it was."""
    sender = _sender(mail)
    if tie.relation is Relation.CREATED or not sender or sender in owners:
        return True
    return mail.confirmed_kind is not None and sender not in companions


def _is_applicants(value: ApplicationValue, trusted: dict[int, str], brought: set[str]) -> bool:
    if value.value.lower() in brought and value.state is not ValueState.CURRENT:
        return False
    return value.by_person or value.mail_id is None or value.mail_id in trusted or value.value.lower() in brought
