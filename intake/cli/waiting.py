"""`intake quarantine` and `intake outbox`: mail and letters that wait, and letting them try again."""

import json
from collections.abc import Callable, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import select

from intake.cli.start import ConfigOption, fail, opened
from intake.cli.words import local
from intake.worker import now
from models.letter import Letter, LetterState, retry_letters
from models.mail import Mail, MailState, quarantined_mails, retry_mails

quarantine = typer.Typer(no_args_is_help=True, help="Mail that could not be fetched or read, and waits for a person.")
outbox = typer.Typer(no_args_is_help=True, help="Letters: waiting, sent, failed.")

_WAITING = {LetterState.QUEUED, LetterState.SENDING}

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
IdsArgument = Annotated[list[int] | None, typer.Argument(metavar="[ID…]", help="Which; none for all.")]


@quarantine.command("list")
def list_quarantine(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the mails that wait for a person.

    Example: intake quarantine list
    """
    with opened(config) as installation, installation.readers() as session:
        rows = [
            {
                "id": mail.id,
                "mailbox": mail.mailbox,
                "folder": mail.folder,
                "uid": mail.uid,
                "received": local(mail.received_at),
                "bytes": mail.size,
                "attempts": mail.attempts,
                "error": (mail.error or "").strip().splitlines()[-1:],
            }
            for mail in quarantined_mails(session)
        ]
    _print(rows, as_json, nothing="No mail is in quarantine.")


@quarantine.command("show")
def show_quarantined(
    mail_id: Annotated[int, typer.Argument(metavar="ID")],
    config: ConfigOption = None,
    raw: Annotated[bool, typer.Option("--raw", help="Write the mail's bytes to standard output.")] = False,
) -> None:
    """Show why a mail is in quarantine; with --raw its bytes, to look at or to repair.

    Example: intake quarantine show 12 --raw > mail.eml
    """
    with opened(config) as installation, installation.readers() as session:
        mail = session.get(Mail, mail_id)
        if mail is None or mail.state is not MailState.QUARANTINED:
            fail(f"no mail {mail_id} is in quarantine")
        if raw:
            if mail.raw is None:
                fail(f"the bytes of mail {mail_id} were never fetched; it is still in the mailbox")
            typer.get_binary_stream("stdout").write(mail.raw)
            return
        console = Console()
        console.print(
            f"mail {mail.id}: {mail.mailbox} {mail.folder} UID {mail.uid}, {mail.size} bytes", highlight=False
        )
        console.print(f"received {local(mail.received_at)}, tried {mail.attempts} times", highlight=False)
        console.print(Text(mail.error or "no reason was recorded"))


@quarantine.command("retry")
def retry_quarantined(ids: IdsArgument = None, config: ConfigOption = None) -> None:
    """Let mails in quarantine be read again, from the first attempt.

    Example: intake quarantine retry 12
    """
    with opened(config) as installation, installation.sessions.begin() as session:
        count = _retried(ids, lambda some: retry_mails(session, some, now=now()), "no mail {} is in quarantine")
    print(f"{count} will be tried again in the next round.")


@outbox.command("list")
def list_outbox(
    config: ConfigOption = None,
    every: Annotated[bool, typer.Option("--all", help="Also those that were sent.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the letters that wait or failed.

    Example: intake outbox list --all
    """
    query = select(Letter).order_by(Letter.id)
    if not every:
        query = query.where(Letter.state != LetterState.SENT)
    with opened(config) as installation, installation.readers() as session:
        rows = [
            {
                "id": letter.id,
                "kind": str(letter.kind),
                "to": ", ".join(letter.recipients),
                "subject": letter.subject,
                "state": str(letter.state),
                "attempts": letter.attempts,
                "next": local(letter.next_attempt_at) if letter.state in _WAITING else "",
                "sent": local(letter.sent_at),
                "error": letter.last_error or "",
            }
            for letter in session.scalars(query)
        ]
    _print(rows, as_json, nothing="No letter waits.")


@outbox.command("show")
def show_letter(letter_id: Annotated[int, typer.Argument(metavar="ID")], config: ConfigOption = None) -> None:
    """Write a letter as it was sent, or will be, to standard output.

    Example: intake outbox show 3 > letter.eml
    """
    with opened(config) as installation, installation.readers() as session:
        letter = session.get(Letter, letter_id)
        if letter is None or letter.raw is None:
            fail(f"there is no letter {letter_id}" if letter is None else f"letter {letter_id} was erased")
        typer.get_binary_stream("stdout").write(letter.raw)


@outbox.command("retry")
def retry_outbox(ids: IdsArgument = None, config: ConfigOption = None) -> None:
    """Send failed letters again (all without IDs), and those named at once.

    Example: intake outbox retry 3
    """
    with opened(config) as installation, installation.sessions.begin() as session:
        count = _retried(ids, lambda some: retry_letters(session, some, now=now()), "no letter {} waits or failed")
    print(f"{count} will be sent in the next round.")


def _retried(ids: list[int] | None, retry: Callable[[Sequence[int] | None], int], missing: str) -> int:
    """Try again all, or those named; end with status 2, and nothing changed, when one of those can't be."""
    if not ids:
        return retry(None)
    named = list(dict.fromkeys(ids))
    if lacking := [number for number in named if not retry([number])]:
        fail("\n".join(missing.format(number) for number in lacking))
    return len(named)


def _print(rows: list[dict[str, object]], as_json: bool, *, nothing: str) -> None:
    """Print rows as a table for people or as JSON lines."""
    if as_json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
        return
    if not rows:
        print(nothing)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in rows[0]:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(" ".join(value) if isinstance(value, list) else str(value)) for value in row.values()))
    Console().print(table)
