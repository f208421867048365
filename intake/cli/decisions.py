"""`intake applications …` for staff who decide about an application: correct, confirm, merge, withdraw …"""

import getpass
from collections.abc import Callable, Sequence
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from config.call import Call
from intake.cli.applications import ReferenceArgument, applications, find
from intake.cli.start import ConfigOption, fail, opened
from intake.installation import Installation
from intake.merging import merge, split_off
from intake.staff import (
    StaffError,
    accept,
    add_note,
    confirm,
    confirm_kinds,
    correct,
    decide_kind,
    dismiss,
    link,
    restore,
    withdraw,
)
from intake.worker import now
from models.application import Application
from models.base import lock
from models.mail import Mail
from parsers.extraction import Kind
from replies.policy import ANSWERED

ByOption = Annotated[str, typer.Option("--by", help="Who decides; left out: your name on this machine.")]
FieldsArgument = Annotated[list[str] | None, typer.Argument(metavar="[FIELD…]", help="Which fields; none for all.")]
FieldArgument = Annotated[str, typer.Argument(metavar="FIELD", help="phone, role, answer:2 …")]
OtherArgument = Annotated[str, typer.Argument(metavar="OTHER", help="The other application's reference.")]
MailArgument = Annotated[int, typer.Argument(metavar="MAIL", help="The mail's number, as digests and lists give it.")]
Deed = Callable[[Session, Application, Installation], str]


def _decide(config: ConfigOption, reference: str, deed: Deed) -> None:
    """Find the application, do the deed in one transaction, print what it says; one line when it can't be done."""
    try:
        with opened(config) as installation, installation.sessions.begin() as session:
            # The worker holds it while it registers a mail: what is read here is still so when it is written.
            lock(session, "register")
            said = deed(session, find(session, reference), installation)
    except StaffError as error:
        fail(str(error))
    print(said)


def me(by: str) -> str:
    """Return who decides: the name given, else that of the user on this machine."""
    return by or getpass.getuser()


def _call(installation: Installation, application: Application) -> Call:
    if application.call not in installation.calls:
        raise StaffError(f"{application.reference}: its call {application.call} is not known any more")
    return installation.calls[application.call]


@applications.command("correct")
def correct_field(
    reference: ReferenceArgument,
    field: FieldArgument,
    value: Annotated[str, typer.Argument(help='The right value; "" when there is none.')],
    by: ByOption = "",
    config: ConfigOption = None,
) -> None:
    """Set a field. No machine changes it any more.

    Example: intake applications correct OG-2026-0001 phone "06 12 34 56 78"
    """

    def deed(session: Session, row: Application, installation: Installation) -> str:
        followed = correct(session, row, field, value, call=_call(installation, row), by=me(by), now=now())
        return f"{row.reference}: {field} is {row.text(field) or 'nothing'}{_along(row, field, followed)}"

    _decide(config, reference, deed)


def _along(row: Application, field: str, followed: Sequence[str]) -> str:
    """Say what followed a field, and of a place also what stayed as it was."""
    held = ("province", "region") if field == "place" else ()
    told = [f"{name} is {row.text(name)}" for name in followed]
    told += [f"{name} stays {row.text(name)}" for name in held if name not in followed and row.text(name)]
    return "".join(f", {words}" for words in told)


@applications.command("confirm")
def confirm_fields(
    reference: ReferenceArgument, fields: FieldsArgument = None, by: ByOption = "", config: ConfigOption = None
) -> None:
    """Find an application's values right; no machine changes them any more.

    Without fields it is an application for sure, too: when its letter waited for that, it goes out. A mail's number in
    place of the reference says that the mail is what it seemed to be.

    Example: intake applications confirm OG-2026-0001 organisation role
    """
    if reference.isdigit() and not fields:
        _confirm_mail(config, int(reference), by)
        return

    def deed(_: Session, row: Application, __: Installation) -> str:
        confirm(row, fields or None, by=me(by), now=now())
        if not fields:
            confirm_kinds(row, by=me(by), now=now())
        return f"{row.reference}: confirmed"

    _decide(config, reference, deed)


def _confirm_mail(config: ConfigOption, number: int, by: str) -> None:
    """Say that a mail is what it was read as, when that is answered; else that it is an application."""
    with opened(config) as installation, installation.sessions.begin() as session:
        lock(session, "register")
        row = session.get(Mail, number)
        if row is None:
            fail(f"there is no mail {number}")
        kind = row.kind if row.kind in ANSWERED else Kind.APPLICATION
        try:
            decide_kind(row, kind, by=me(by), now=now())
        except StaffError as error:
            fail(str(error))
    print(f"mail {number} is read again as {kind} in the next round")


@applications.command("take")
def take_suggestion(
    reference: ReferenceArgument, field: FieldArgument, by: ByOption = "", config: ConfigOption = None
) -> None:
    """Take the value that a later mail suggested for a field.

    Example: intake applications take OG-2026-0001 phone
    """

    def deed(session: Session, row: Application, installation: Installation) -> str:
        followed = accept(session, row, field, call=_call(installation, row), by=me(by), now=now())
        return f"{row.reference}: {field} is {row.text(field)}{_along(row, field, followed)}"

    _decide(config, reference, deed)


@applications.command("keep")
def keep_value(
    reference: ReferenceArgument, field: FieldArgument, by: ByOption = "", config: ConfigOption = None
) -> None:
    """Keep the value that holds, and drop what a later mail suggested.

    Example: intake applications keep OG-2026-0001 phone
    """

    def deed(_: Session, row: Application, __: Installation) -> str:
        dismiss(row, field, by=me(by), now=now())
        return f"{row.reference}: {field} stays {row.text(field) or 'as it is'}"

    _decide(config, reference, deed)


@applications.command("merge")
def merge_applications(
    reference: ReferenceArgument, other: OtherArgument, by: ByOption = "", config: ConfigOption = None
) -> None:
    """Make two applications one: the first stays, and gets what it lacks from the other.

    Example: intake applications merge OG-2026-0001 OG-2026-0007
    """

    def deed(session: Session, row: Application, _: Installation) -> str:
        merge(row, find(session, other), by=me(by), now=now())
        return f"{other.upper()} is part of {row.reference} now"

    _decide(config, reference, deed)


@applications.command("split")
def split_application(
    reference: ReferenceArgument, mail: MailArgument, by: ByOption = "", config: ConfigOption = None
) -> None:
    """Make what one of its mails stated an application of its own.

    Example: intake applications split OG-2026-0001 42
    """

    def deed(session: Session, row: Application, installation: Installation) -> str:
        own = split_off(session, row, mail, call=_call(installation, row), by=me(by), now=now())
        return f"{own.reference} was split off {row.reference}"

    _decide(config, reference, deed)


@applications.command("link")
def link_applications(
    reference: ReferenceArgument,
    other: OtherArgument,
    reason: Annotated[str, typer.Option(help="Why they belong together.")] = "",
    by: ByOption = "",
    config: ConfigOption = None,
) -> None:
    """Say that two applications belong together, without making them one.

    Example: intake applications link OG-2026-0001 OG-2026-0007 --reason "same school"
    """

    def deed(session: Session, row: Application, _: Installation) -> str:
        link(session, row, find(session, other), reason=reason, by=me(by), now=now())
        return f"{row.reference} and {other.upper()} are linked"

    _decide(config, reference, deed)


@applications.command("withdraw")
def withdraw_application(
    reference: ReferenceArgument,
    note: Annotated[str, typer.Option(help="Why, for the history.")] = "",
    by: ByOption = "",
    config: ConfigOption = None,
) -> None:
    """Take an application back; nobody gets a letter.

    Example: intake applications withdraw OG-2026-0001 --note "by telephone"
    """

    def deed(_: Session, row: Application, __: Installation) -> str:
        withdraw(row, by=me(by), now=now(), note=note)
        return f"{row.reference} is withdrawn"

    _decide(config, reference, deed)


@applications.command("restore")
def restore_application(
    reference: ReferenceArgument,
    note: Annotated[str, typer.Option(help="Why, for the history.")] = "",
    by: ByOption = "",
    config: ConfigOption = None,
) -> None:
    """Let a withdrawn application count again; nobody gets a letter.

    Example: intake applications restore OG-2026-0001
    """

    def deed(_: Session, row: Application, __: Installation) -> str:
        restore(row, by=me(by), now=now(), note=note)
        return f"{row.reference} counts again"

    _decide(config, reference, deed)


@applications.command("note")
def note_application(
    reference: ReferenceArgument,
    words: Annotated[str, typer.Argument(help="What to note.")],
    by: ByOption = "",
    config: ConfigOption = None,
) -> None:
    """Write a note into an application's history.

    Example: intake applications note OG-2026-0001 "called back on Tuesday"
    """

    def deed(_: Session, row: Application, __: Installation) -> str:
        add_note(row, words, by=me(by), now=now())
        return f"{row.reference}: noted"

    _decide(config, reference, deed)
