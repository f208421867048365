"""`intake privacy`: what is kept about one person, shown and erased."""

import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from intake.cli.start import ConfigOption, fail, opened
from intake.cli.words import local, plain, progress
from intake.privacy import Kept, erase_person, kept_about
from intake.retention import overwrite
from intake.worker import now
from models.application import Application
from models.base import lock
from models.letter import Letter
from models.mail import Mail

privacy = typer.Typer(no_args_is_help=True, help="All that is kept about one person: see it, erase it.")

AddressArgument = Annotated[str, typer.Argument(metavar="ADDRESS", help="The person's e-mail address.")]


@privacy.command("show")
def show_person(
    address: AddressArgument,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with the mails' words.")] = False,
) -> None:
    """Show all that is kept about a person: applications with their history, mails, letters.

    Example: intake privacy show jan@school.nl
    """
    _check(address)
    with opened(config) as installation, installation.readers() as session:
        found = _told(kept_about(session, address, _progress), session)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    if not any(found.values()):
        print("Nothing is kept about this address.")
    for what, rows in found.items():
        if rows:
            print(f"{what} ({len(rows)})")
        for row in rows:
            words = "; ".join(f"{name}: {value}" for name, value in row.items() if value and name != "text")
            print(f"  {' '.join(plain(words).split())}")


@privacy.command("erase")
def erase_all(
    address: AddressArgument,
    config: ConfigOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Erase all that is kept about a person. What lies in the mailbox itself, and in backups, is for you to delete.

    Example: intake privacy erase jan@school.nl
    """
    _check(address)
    with opened(config) as installation:
        with installation.sessions.begin() as session:
            lock(session, "register")
            kept = kept_about(session, address, _progress)
            counts = _counts(kept)
            if not kept:
                print("Nothing is kept about this address.")
                return
            if not yes and not typer.confirm(f"Erase {counts}? This can't be undone."):
                raise typer.Exit(1)
            places = sorted({f"{mail.mailbox} {mail.folder} UID {mail.uid}" for mail in kept.mails})
            erase_person(session, kept, now=now())
        overwrite(installation.engine)
    print(f"Erased: {counts}.")
    if places:
        print("The mailbox itself still has these mails, unless somebody deleted them:")
        for place in places:
            print(f"  {place}")


def _check(address: str) -> None:
    if "@" not in address.strip("@ "):
        fail(f"{address}: not an e-mail address")


def _progress(rows: Iterable[int], what: str, total: int) -> Iterator[int]:
    return progress(rows, what, total)


def _counts(kept: Kept) -> str:
    elsewhere = len(kept.people) + len(kept.values) + len(kept.events)
    numbers = {
        "applications": len(kept.applications),
        "mentions in other applications": elsewhere,
        "mails": len(kept.mails),
        "letters": len(kept.letters),
    }
    return ", ".join(f"{number} {what}" for what, number in numbers.items() if number)


def _told(kept: Kept, session: Session) -> dict[str, list[dict[str, Any]]]:
    """What was found, as plain values for people and programs."""
    return {
        "applications": [_application(one) for one in kept.applications],
        "values": [
            {"application": one.reference, "field": value.field, "value": value.value, "state": str(value.state),
             "set": local(value.set_at), "by": value.set_by}
            for one in kept.applications
            for value in one.values
        ],
        "history": [
            {"application": one.reference, "what": str(event.kind), "at": local(event.at), "by": event.by,
             "note": event.note}
            for one in kept.applications
            for event in one.events
        ],
        "elsewhere": [
            *(
                {"application": _reference(session, person.application_id), "as": "colleague", "name": person.name,
                 "email": person.email, "role": person.role, "phone": person.phone}
                for person in kept.people
            ),
            *(
                {"application": _reference(session, value.application_id), "as": f"{value.field} ({value.state})",
                 "value": value.value}
                for value in kept.values
            ),
            *(
                {"application": _reference(session, event.application_id), "as": str(event.kind), "note": event.note}
                for event in kept.events
            ),
        ],
        "mails": [_mail(mail) for mail in kept.mails],
        "letters": [_letter(letter) for letter in kept.letters],
    }  # fmt: skip


def _application(application: Application) -> dict[str, Any]:
    return {
        "reference": application.reference,
        "call": application.call,
        "status": str(application.status),
        "since": local(application.created_at),
    }


def _reference(session: Session, application_id: int) -> str:
    return session.get_one(Application, application_id).reference


def _mail(mail: Mail) -> dict[str, Any]:
    return {
        "mail": mail.id,
        "received": local(mail.received_at),
        "from": mail.sender_address or "",
        "subject": mail.subject or "",
        "kind": str(mail.confirmed_kind or mail.kind or ""),
        "where": f"{mail.mailbox} {mail.folder} UID {mail.uid}",
        "text": (mail.raw or b"").decode("utf-8", "replace"),
    }


def _letter(letter: Letter) -> dict[str, Any]:
    return {
        "letter": letter.id,
        "kind": str(letter.kind),
        "to": ", ".join(letter.recipients),
        "subject": letter.subject,
        "sent": local(letter.sent_at),
        "text": (letter.raw or b"").decode("utf-8", "replace"),
    }
