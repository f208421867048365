"""The demo: sample mail in an embedded mailbox, the real worker over it, and a look at what came out."""

import email
import email.policy
import shutil
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from imapclient import IMAPClient
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.sections import DatabaseSettings, DigestSettings, LogSettings
from config.servers import ImapMailbox, SmtpSettings
from config.settings import Settings
from intake.demo.servers import Server, imap_server, smtp_server
from intake.digest import preview_period, write_digest
from intake.installation import Installation, open_installation
from intake.jobs import jobs_of
from intake.listing import Filter, find_applications
from intake.worker import Stop, now, run_round
from models.application import Application
from models.letter import Letter
from models.mail import Mail
from models.migrations import upgrade
from replies.dutch_time import AMSTERDAM
from replies.render import open_templates

ADDRESS = "steunpuntpassendonderwijs@vo-raad.nl"
_SERVER_NAME = "mail.vo-raad.nl"
"""By which the sample mails' Authentication-Results are signed."""


def run_demo(folder: Path, console: Console) -> None:
    """Run the whole service once over the sample mails, on embedded servers, and show what came out.

    Everything is left in the folder: the database, the letters as .eml and .html, a digest. What an earlier demo left
    there is replaced. Raises OSError when the folder can't be written.
    """
    database, letters = folder / "demo.db", folder / "letters"
    for path in folder.glob("demo.db*"):
        path.unlink()
    shutil.rmtree(letters, ignore_errors=True)
    letters.mkdir(parents=True)
    with imap_server() as imap, smtp_server() as (smtp, sent):
        samples = _fill(imap)
        console.print(f"{samples} sample mails are in the mailbox of an IMAP server on {imap.host}:{imap.port}.")
        installation = open_installation(_settings(database, imap, smtp))
        upgrade(installation.engine)
        for job in jobs_of(installation):
            done = run_round(installation, job, Stop())
            did = ", ".join(f"{word} {count}" for word, count in done.counts.items() if count)
            console.print(Text(f"  {job.name}: {did or done.trouble or 'nothing to do'}"))
        for watch in installation.watches:
            watch.mailbox.close()
        for n, message in enumerate(sent, start=1):
            _write_letter(letters / f"{n:02}", message.as_bytes())
    with installation.readers() as session:
        _write_digest(installation, session, folder / "digest.html")
        _show(console, installation, session)
    installation.engine.dispose()
    console.print(
        f"\nThe {len(sent)} letters that the SMTP server got: {letters}/*.eml and *.html (open them in a browser)"
    )
    console.print(f"What the staff would get tomorrow morning: {folder / 'digest.html'}")
    console.print(f"The database: {database}")
    console.print(_NEXT.format(database=database, year=now().year), highlight=False, soft_wrap=True)


_NEXT = """
[bold]Look further[/]
  export INTAKE_DATABASE__URL=sqlite:///{database}
  .venv/bin/intake applications list
  .venv/bin/intake applications show OG-{year}-0001     [dim]# each value with the words it came from[/]

[bold]Connect a real mailbox[/]
  .venv/bin/intake init       [dim]# writes intake.toml: fill in the mailbox and the SMTP server[/]
  .venv/bin/intake check      [dim]# tries everything, and says what to mend[/]
  .venv/bin/intake run        [dim]# mail that is there already is listed, and not answered[/]"""


def _fill(imap: Server) -> int:
    """Append the shipped sample mails, in the order of their names, to the server's INBOX."""
    samples = sorted((one for one in files("intake.demo").joinpath("mails").iterdir()), key=lambda one: one.name)
    mails = [one.read_bytes() for one in samples if one.name.endswith(".eml")]
    with IMAPClient(imap.host, imap.port, ssl=False, timeout=10) as client:
        client.login(imap.username, imap.password)
        for raw in mails:
            client.append("INBOX", raw)
    return len(mails)


def _settings(database: Path, imap: Server, smtp: Server) -> Settings:
    mailbox = ImapMailbox(
        host=imap.host,
        port=imap.port,
        security="plain",
        username=imap.username,
        password=SecretStr(imap.password),
        addresses=(ADDRESS,),
        authserv_id=_SERVER_NAME,
        # A real mailbox starts with silence for what is there already.
        since=datetime(2000, 1, 1, tzinfo=UTC),
    )
    return Settings(
        database=DatabaseSettings(url=SecretStr(f"sqlite:///{database}")),
        mailbox={"demo": mailbox},
        smtp=SmtpSettings(host=smtp.host, port=smtp.port, security="plain", from_address=ADDRESS),
        digest=DigestSettings(),
        log=LogSettings(level="warning"),
    )


def _write_letter(path: Path, raw: bytes) -> None:
    """Write a letter as a mail program gets it, and its HTML part as a browser shows it."""
    path.with_suffix(".eml").write_bytes(raw)
    html = email.message_from_bytes(raw, policy=email.policy.default).get_body(("html",))
    if html is not None:
        path.with_suffix(".html").write_text(html.get_content(), "utf-8")


def _write_digest(installation: Installation, session: Session, path: Path) -> None:
    period = preview_period(session, installation, now().astimezone(AMSTERDAM).date(), now=now())
    letter = write_digest(session, installation, open_templates(), period)
    if letter is not None:
        path.write_text(letter.html, "utf-8")


def _show(console: Console, installation: Installation, session: Session) -> None:
    console.print("\n[bold]Applications[/]")
    table = _table("reference", "organisation", "place", "sector", "name", "contact", "still missing")
    for row in find_applications(session, Filter(), installation.calls):
        contact = row.text("phone") or row.text("email")
        fields = (row.text(field) for field in ("organisation", "place", "sector", "name"))
        table.add_row(row.reference, *map(Text, fields), Text(contact), Text(_state(row, installation)))
    console.print(table)
    console.print("\n[bold]Mails that got no letter[/]")
    table = _table("from", "subject", "is", "because")
    answered = select(Letter.mail_id).where(Letter.mail_id.is_not(None))
    for mail in session.scalars(select(Mail).where(Mail.id.not_in(answered)).order_by(Mail.id)):
        sender = mail.sender_name or mail.sender_address or ""
        table.add_row(
            *map(Text, (sender, mail.subject or "", str(mail.kind or mail.state), mail.withheld_reason or ""))
        )
    console.print(table)


def _state(row: Application, installation: Installation) -> str:
    missing = ", ".join(row.missing(installation.calls[row.call].required)) or "nothing"
    return f"{missing} ({row.status})" if row.status != "open" else missing


def _table(*headings: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold", no_wrap=heading == "reference")
    return table
