"""Who may change an application: nobody can withdraw or rewrite another's by writing their name in From."""

from enum import StrEnum

from sqlalchemy.orm import Session

from intake.threads import addresses_of, in_thread
from models.application import Application
from models.mail import Mail
from parsers.message import Message
from replies.addresses import is_provider
from replies.authentication import Dmarc, dmarc
from replies.policy import Rules


class Standing(StrEnum):
    """What the sender of a mail is to an application."""

    OWNER = "owner"
    """Their address belongs to it: what they say holds."""
    COLLEAGUE = "colleague"
    """From the same organisation's domain, which vouches for it: what they say holds, and a person looks at it."""
    STRANGER = "stranger"
    """Anybody else: what they say waits for a person."""


def standing_of(session: Session, mail: Mail, message: Message, application: Application, rules: Rules) -> Standing:
    """Return what the mail's sender may do to the application.

    1. A From that the operator's server found forged, that is missing, there twice or names several, is a stranger's.
    2. An address that belongs to the application is the owner's. Where the operator's server checks senders
       (`authserv_id`), it must have vouched for this one, or the mail must answer one of the conversation: domains
       without DMARC are many, and only who got a letter of ours can answer it.
    3. Another address of a domain that belongs to the application is a colleague's when the server vouches for it and
       the domain is not one where anybody can have an address.
    """
    address = message.from_.address.lower()
    senders = sum(name.strip().lower() == "from" for name, _ in message.headers)
    verdict = dmarc(message, rules.authserv_id)
    if not address or senders > 1 or message.from_unclear or verdict is Dmarc.FAIL:
        return Standing.STRANGER
    known = addresses_of(session, application)
    if address in known:
        vouched = verdict is Dmarc.PASS or rules.authserv_id is None
        return Standing.OWNER if vouched or in_thread(session, mail, message, application) else Standing.STRANGER
    domain = address.rpartition("@")[2]
    if verdict is Dmarc.PASS and not is_provider(domain) and any(other.endswith(f"@{domain}") for other in known):
        return Standing.COLLEAGUE
    return Standing.STRANGER
