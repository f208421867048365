"""From whom our letters are, and which addresses are ours: answers, digests and alarms choose by the same rule."""

from collections.abc import Mapping
from dataclasses import dataclass

from config.call import Call
from config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """From whom our letters are."""

    address: str
    name: str
    reply_to: str = ""
    """Where replies go; empty for the address itself."""


def sender_for(settings: Settings, calls: Mapping[str, Call], mailbox: str) -> Sender:
    """Return from whom the letters of a mailbox are.

    The address is that of the settings, else the mailbox's own, else the one it logs in with, else its call's.
    """
    watched = settings.mailbox.get(mailbox)
    call = calls.get(watched.call) if watched else next(iter(calls.values()), None)
    username = getattr(watched, "username", "") or ""
    choices = (
        settings.smtp.from_address,
        *(watched.addresses if watched else ()),
        username if "@" in username else None,
        *(call.addresses if call else ()),
    )
    return Sender(
        address=next(filter(None, choices), ""),
        name=settings.smtp.from_name or (call.organiser if call else ""),
        reply_to=settings.smtp.reply_to or "",
    )


def own_sender(settings: Settings, calls: Mapping[str, Call]) -> Sender:
    """Return from whom letters are that answer no mail: as those of the first mailbox."""
    return sender_for(settings, calls, next(iter(settings.mailbox), ""))


def own_addresses(settings: Settings, calls: Mapping[str, Call]) -> list[str]:
    """Return every address that the service reads or writes from: mail from it is never answered."""
    own = [settings.smtp.from_address, settings.smtp.reply_to]
    for watched in settings.mailbox.values():
        own += [*watched.addresses, getattr(watched, "username", None)]
    for call in calls.values():
        own += call.addresses
    return [address.lower() for address in own if address and "@" in address]
