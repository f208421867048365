"""`intake mails`, and what a person says about a mail: that it is an application, or none, or that it is dealt with."""

from collections.abc import Callable, Iterator
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.cli.applications import applications
from intake.cli.decisions import ByOption, MailArgument, me
from intake.cli.start import ConfigOption, fail, opened
from intake.cli.words import local, plain
from intake.staff import StaffError, check_undone, decide_kind, settle
from intake.worker import now
from models.application import applications_of_mails
from models.base import lock
from models.mail import Mail, MailState
from parsers.extraction import Kind
from parsers.message import parse_message

mails = typer.Typer(no_args_is_help=True, help="Mails that a person must look at.")


def _mail(session: Session, number: int) -> Mail:
    mail = session.get(Mail, number)
    if mail is None:
        raise StaffError(f"there is no mail {number}")
    return mail


def _decide_mail(config: ConfigOption, number: int, deed: Callable[[Session, Mail], str]) -> None:
    try:
        with opened(config) as installation, installation.sessions.begin() as session:
            lock(session, "register")
            said = deed(session, _mail(session, number))
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
            words = plain(f"{mail.sender_name or mail.sender_address or ''}: {mail.subject or ''}")
            print(f"{mail.id:>6}  {local(mail.received_at)}  {kind}{unsure}  {words}")


@mails.command("show")
def show_mail(
    mail: MailArgument,
    config: ConfigOption = None,
    raw: Annotated[bool, typer.Option("--raw", help="Write the mail's bytes to standard output.")] = False,
) -> None:
    """Show a mail: who wrote it, what it was taken for, what came of it, and its text; with --raw its bytes.

    Example: intake mails show 42
    """
    with opened(config) as installation, installation.readers() as session:
        row = session.get(Mail, mail)
        if row is None:
            fail(f"there is no mail {mail}")
        if row.raw is None:
            fail(f"the bytes of mail {mail} are not here: it was erased, or never fetched")
        if raw:
            typer.get_binary_stream("stdout").write(row.raw)
            return
        for line in _told(session, row):
            print(plain(line))
        for part in parse_message(row.raw).parts:
            print(f"\n--- {plain(part.name)}\n{plain(part.text)}")


def _told(session: Session, mail: Mail) -> Iterator[str]:
    """What the list knows of a mail, a line each."""
    kind = mail.confirmed_kind or mail.kind
    yield f"mail {mail.id}: {mail.state}, received {local(mail.received_at)}"
    yield f"from: {mail.sender_name or ''} <{mail.sender_address or ''}>"
    yield f"subject: {mail.subject or ''}"
    if kind is not None:
        sure = (
            "said by " + (mail.confirmed_by or "") if mail.confirmed_kind else f"{mail.kind_confidence or 0:.0%} sure"
        )
        yield f"kind: {kind} ({sure})"
    if mail.needs_review:
        yield "a person should look at: " + ", ".join(mail.review_reasons)
    for application in applications_of_mails(session, [mail.id]):
        yield f"application: {application.reference}"
    if mail.withheld_reason:
        yield f"no letter: {mail.withheld_reason}"
    if mail.settled_by:
        yield f"settled by {mail.settled_by} {local(mail.settled_at)}"


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

    def deed(session: Session, row: Mail) -> str:
        check_undone(session, row, kind)
        decide_kind(row, kind, by=me(by), now=now())
        return f"mail {row.id} is read again as {kind} in the next round"

    _decide_mail(config, mail, deed)


@applications.command("reject")
def reject_mail(mail: MailArgument, by: ByOption = "", config: ConfigOption = None) -> None:
    """Say that a mail is no application; nobody gets a letter.

    Example: intake applications reject 42
    """

    def deed(session: Session, row: Mail) -> str:
        check_undone(session, row, Kind.OTHER)
        decide_kind(row, Kind.OTHER, by=me(by), now=now())
        settle(row, by=me(by), now=now())
        return f"mail {row.id} is no application"

    _decide_mail(config, mail, deed)


@mails.command("settle")
def settle_mail(mail: MailArgument, by: ByOption = "", config: ConfigOption = None) -> None:
    """Note that somebody dealt with a question, a privacy request or other mail.

    Example: intake mails settle 42
    """

    def deed(_: Session, row: Mail) -> str:
        settle(row, by=me(by), now=now())
        return f"mail {row.id} is settled"

    _decide_mail(config, mail, deed)
