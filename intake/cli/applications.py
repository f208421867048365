"""`intake applications`: the list, and one application with all that is known of it."""

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.call import Call
from intake.cli.start import ConfigOption, fail, opened
from intake.cli.words import highlighted, local, plain
from intake.export import write_csv
from intake.installation import Installation
from intake.listing import Filter, find_applications, mistakes
from intake.whole import as_json, write_jsonl
from models.application import (
    Application,
    ApplicationMail,
    ApplicationStatus,
    application_by_reference,
    linked_with,
    surviving,
)
from models.letter import Letter
from models.mail import Mail
from models.value import ApplicationValue, ValueState
from parsers.extraction import Evidence
from parsers.message import Message, parse_message

applications = typer.Typer(no_args_is_help=True, help="The list of applications.")

ReferenceArgument = Annotated[str, typer.Argument(metavar="REFERENCE", help="As letters call it: OG-2026-0001.")]


class Format(StrEnum):
    """How the list is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@applications.command("list")
def list_applications(
    config: ConfigOption = None,
    call: Annotated[str | None, typer.Option(help="Of this call only.")] = None,
    status: Annotated[ApplicationStatus | None, typer.Option(help="With this status only.")] = None,
    sector: Annotated[str | None, typer.Option(help="po, sbo, so, vo, vso, pro, mbo, or unknown.")] = None,
    region: Annotated[str | None, typer.Option(help="noord, zuid, or unknown.")] = None,
    incomplete: Annotated[bool | None, typer.Option("--incomplete/--complete", help="By what is missing.")] = None,
    review: Annotated[bool | None, typer.Option("--review/--no-review", help="By whether a person must look.")] = None,
    text: Annotated[str, typer.Option(help="Words that occur in it.")] = "",
    output: Annotated[Format, typer.Option("--format", help="For people, or for programs.")] = Format.TABLE,
) -> None:
    """List the applications, oldest first.

    Example: intake applications list --sector po --region noord --incomplete
    """
    wanted = Filter(
        call=call, status=status, sector=sector, region=region, incomplete=incomplete, needs_review=review, text=text
    )
    with opened(config) as installation, installation.readers() as session:
        if wrong := mistakes(wanted, installation.calls):
            fail("\n".join(wrong))
        rows = find_applications(session, wanted, installation.calls, whole=output is Format.JSON)
        match output:
            case Format.TABLE:
                Console().print(_table(rows, installation.calls))
            case Format.JSON:
                write_jsonl(session, rows, sys.stdout)
            case Format.CSV:
                write_csv(rows, installation.calls, sys.stdout, delimiter=csv.excel.delimiter)


def _table(rows: Iterator[Application], calls: dict[str, Call]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("reference", "organisation", "place", "sector", "region", "name", "role", "contact", "missing"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "reference")
    for row in rows:
        missing = ", ".join(row.missing(calls[row.call].required)) if row.call in calls else ""
        marks = [word for word in (missing, "REVIEW" if row.needs_review else "", _status(row)) if word]
        contact = "\n".join(filter(None, (row.text("email"), row.text("phone"))))
        texts = [row.text(field) for field in ("organisation", "place", "sector", "region", "name", "role")]
        table.add_row(*(Text(plain(text)) for text in (row.reference, *texts, contact, "; ".join(marks))))
    return table


def _status(row: Application) -> str:
    return "" if row.status is ApplicationStatus.OPEN else str(row.status)


@applications.command("show")
def show_application(
    reference: ReferenceArgument,
    config: ConfigOption = None,
    output: Annotated[Format, typer.Option("--format", help="For people, or json for programs.")] = Format.TABLE,
) -> None:
    """Show one application: each value with the words it came from, its history, mails and letters.

    Example: intake applications show OG-2026-0001
    """
    with opened(config) as installation, installation.readers() as session:
        row = find(session, reference)
        if output is Format.JSON:
            print(json.dumps(as_json(session, row), ensure_ascii=False, indent=2))
            return
        _show(Console(), session, installation, row)


def find(session: Session, reference: str) -> Application:
    """Return the application of that reference, or end with status 2."""
    row = application_by_reference(session, reference)
    if row is None:
        fail(f"there is no application {reference}")
    return row


def _show(console: Console, session: Session, installation: Installation, row: Application) -> None:
    call = installation.calls.get(row.call)
    console.print(f"[bold]{row.reference}[/]  {row.call}, {row.status}, received {local(row.created_at)}")
    if call and (missing := row.missing(call.required)):
        console.print("missing: " + ", ".join(missing))
    if row.needs_review:
        console.print("[yellow]a person should look at:[/] " + ", ".join(row.review_reasons))
    survivor = surviving(session, row)
    if survivor is not row:
        console.print(f"part of {survivor.reference}")
    console.print(_values(session, row))
    for person in row.people:
        if person.removed_at is None:
            told = ", ".join(filter(None, (person.name, person.role, person.email, person.phone)))
            console.print(Text(plain(f"also: {told}")))
    for linked in linked_with(session, row.id):
        told = ", ".join(filter(None, (linked.text("organisation"), linked.text("name"))))
        console.print(Text(plain(f"linked with {linked.reference} ({told})")))
    _list(console, "suggested", (_dated(value) for values in row.suggested().values() for value in values))
    _list(console, "mails", map(_mail, row.mails))
    letters = session.scalars(select(Letter).where(Letter.application_id == row.id).order_by(Letter.id))
    _list(console, "letters", (f"{local(one.created_at)}  letter {one.id}: {_outcome(one)}" for one in letters))
    past = {ValueState.SUPERSEDED, ValueState.DISMISSED}
    _list(console, "earlier values", (_dated(value) for value in row.values if value.state in past))
    happened = (f"{local(event.at)}  {event.kind} by {event.by}  {event.note}" for event in row.events)
    _list(console, "history", happened)


def _dated(value: ApplicationValue) -> str:
    source = f"mail {value.mail_id}" if value.mail_id is not None else value.set_by
    return f"{local(value.set_at)}  {value.field}: {value.value}  ({value.state}, from {source})"


def _mail(one: ApplicationMail) -> str:
    sender = one.mail.sender_name or one.mail.sender_address or "?"
    return f"{local(one.at)}  mail {one.mail_id}: {one.relation}, by {sender}: {one.mail.subject or ''}"


def _outcome(letter: Letter) -> str:
    if letter.bounced_at:
        return f"came back {local(letter.bounced_at)} ({letter.bounce_status or 'no status'})"
    return f"{letter.state} {local(letter.sent_at)}".rstrip()


def _list(console: Console, heading: str, lines: Iterable[str]) -> None:
    for n, line in enumerate(lines):
        if n == 0:
            console.print(f"[bold]{heading}[/]")
        console.print(Text(f"  {plain(line)}"))


def _values(session: Session, row: Application) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading, ratio in (("field", None), ("value", 3), ("sure", None), ("set by", None), ("words", 4)):
        table.add_column(heading, ratio=ratio, overflow="fold", header_style="dim")
    messages: dict[int, Message | None] = {}
    for field, value in row.current().items():
        by = value.confirmed_by or value.set_by
        sure = "ask" if value.unsure else f"{value.confidence:.0%}"
        table.add_row(field, Text(plain(value.value)), sure, Text(plain(by)), _words(session, value, messages))
    return table


def _words(session: Session, value: ApplicationValue, messages: dict[int, Message | None]) -> Text:
    """The words in the mail that the value came from; nothing when a person set it or the mail was erased."""
    if value.mail_id is None or not value.evidence:
        return Text("")
    if value.mail_id not in messages:
        mail = session.get(Mail, value.mail_id)
        messages[value.mail_id] = parse_message(mail.raw) if mail and mail.raw else None
    message = messages[value.mail_id]
    return highlighted(message, Evidence(**value.evidence[0])) if message else Text("")
