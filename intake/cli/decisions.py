"""`intake applications …` for staff who decide: correct, confirm, merge, accept, reject; and `intake mails`."""

import getpass
from collections.abc import Callable
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.call import Call
from intake.cli.applications import ReferenceArgument, applications, find
from intake.cli.start import ConfigOption, fail, opened
from intake.cli.words import local
from intake.installation import Installation
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
    merge,
    restore,
    settle,
    split_off,
    withdraw,
)
from intake.worker import now
from models.application import Application
from models.mail import Mail, MailState
from parsers.extraction import Kind

mails = typer.Typer(no_args_is_help=True, help="Mails that a person must look at.")

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
            said = deed(session, find(session, reference), installation)
    except StaffError as error:
        fail(str(error))
    print(said)


def _me(by: str) -> str:
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
        correct(session, row, field, value, call=_call(installation, row), by=_me(by), now=now())
        return f"{row.reference}: {field} is {row.text(field) or 'nothing'}"

    _decide(config, reference, deed)


@applications.command("confirm")
def confirm_fields(
    reference: ReferenceArgument, fields: FieldsArgument = None, by: ByOption = "", config: ConfigOption = None
) -> None:
    """Find an application's values right; no machine changes them any more.

    Without fields it is an application for sure, too: when its letter waited for that, it goes out.

    Example: intake applications confirm OG-2026-0001 organisation role
    """

    def deed(_: Session, row: Application, __: Installation) -> str:
        confirm(row, fields or None, by=_me(by), now=now())
        if not fields:
            confirm_kinds(row, by=_me(by), now=now())
        return f"{row.reference}: confirmed"

    _decide(config, reference, deed)


@applications.command("take")
def take_suggestion(
    reference: ReferenceArgument, field: FieldArgument, by: ByOption = "", config: ConfigOption = None
) -> None:
    """Take the value that a later mail suggested for a field.

    Example: intake applications take OG-2026-0001 phone
    """

    def deed(session: Session, row: Application, _: Installation) -> str:
        accept(session, row, field, by=_me(by), now=now())
        return f"{row.reference}: {field} is {row.text(field)}"

    _decide(config, reference, deed)


@applications.command("keep")
def keep_value(
    reference: ReferenceArgument, field: FieldArgument, by: ByOption = "", config: ConfigOption = None
) -> None:
    """Keep the value that holds, and drop what a later mail suggested.

    Example: intake applications keep OG-2026-0001 phone
    """

    def deed(_: Session, row: Application, __: Installation) -> str:
        dismiss(row, field, by=_me(by), now=now())
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
        merge(row, find(session, other), by=_me(by), now=now())
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
        own = split_off(session, row, mail, call=_call(installation, row), by=_me(by), now=now())
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
        link(session, row, find(session, other), reason=reason, by=_me(by), now=now())
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
        withdraw(row, by=_me(by), now=now(), note=note)
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
        restore(row, by=_me(by), now=now(), note=note)
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
        add_note(row, words, by=_me(by), now=now())
        return f"{row.reference}: noted"

    _decide(config, reference, deed)


def _mail(session: Session, number: int) -> Mail:
    mail = session.get(Mail, number)
    if mail is None:
        raise StaffError(f"there is no mail {number}")
    return mail


def _decide_mail(config: ConfigOption, number: int, deed: Callable[[Mail], str]) -> None:
    try:
        with opened(config) as installation, installation.sessions.begin() as session:
            said = deed(_mail(session, number))
    except StaffError as error:
        fail(str(error))
    print(said)


@mails.command("list")
def list_mails(
    config: ConfigOption = None,
    every: Annotated[bool, typer.Option("--all", help="All mail, not only what waits for a person.")] = False,
) -> None:
    """List the mails that are unsure in kind, or that nobody has dealt with yet.

    Example: intake mails list
    """
    waiting = Mail.settled_at.is_(None) & (Mail.needs_review | Mail.kind.in_([Kind.QUESTION, Kind.PRIVACY, Kind.OTHER]))
    query = select(Mail).where(Mail.state == MailState.READ).order_by(Mail.id)
    with opened(config) as installation, installation.readers() as session:
        for mail in session.scalars(query if every else query.where(waiting)):
            kind = mail.confirmed_kind or mail.kind
            unsure = "?" if mail.needs_review and mail.confirmed_kind is None else " "
            sender = mail.sender_name or mail.sender_address or ""
            print(f"{mail.id:>6}  {local(mail.received_at)}  {kind}{unsure}  {sender}: {mail.subject or ''}")


@applications.command("accept")
def accept_mail(
    mail: MailArgument,
    kind: Annotated[Kind, typer.Option("--as", help="What it is.")] = Kind.APPLICATION,
    by: ByOption = "",
    config: ConfigOption = None,
) -> None:
    """Say what a mail is. It is read again as that in the next round, and its sender gets the letter that is due.

    Example: intake applications accept 42 --as application
    """

    def deed(row: Mail) -> str:
        decide_kind(row, kind, by=_me(by), now=now())
        return f"mail {row.id} is read again as {kind} in the next round"

    _decide_mail(config, mail, deed)


@applications.command("reject")
def reject_mail(mail: MailArgument, by: ByOption = "", config: ConfigOption = None) -> None:
    """Say that a mail is no application; nobody gets a letter.

    Example: intake applications reject 42
    """

    def deed(row: Mail) -> str:
        decide_kind(row, Kind.OTHER, by=_me(by), now=now())
        settle(row, by=_me(by), now=now())
        return f"mail {row.id} is no application"

    _decide_mail(config, mail, deed)


@mails.command("settle")
def settle_mail(mail: MailArgument, by: ByOption = "", config: ConfigOption = None) -> None:
    """Note that somebody dealt with a question, a privacy request or other mail.

    Example: intake mails settle 42
    """

    def deed(row: Mail) -> str:
        settle(row, by=_me(by), now=now())
        return f"mail {row.id} is settled"

    _decide_mail(config, mail, deed)
