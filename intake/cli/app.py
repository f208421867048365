"""The commands, put together."""

import typer

from intake.cli import decisions  # noqa: F401 - adds its commands to `applications`
from intake.cli.applications import applications
from intake.cli.database import database
from intake.cli.extract import extract_command
from intake.cli.lists import digest, export
from intake.cli.mails import mails
from intake.cli.privacy import privacy
from intake.cli.service import check, demo, health, init, poll, reconcile_command, run_command
from intake.cli.waiting import outbox, quarantine

app = typer.Typer(
    name="intake",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Reads applications out of a shared mailbox, keeps the list, answers, and reports to the staff once a day.",
)


def main() -> None:
    """Run the command line."""
    app()


app.command("demo")(demo)
app.command("init")(init)
app.command("check")(check)
app.command("run")(run_command)
app.command("poll")(poll)
app.command("health")(health)
app.command("reconcile")(reconcile_command)
app.command("extract")(extract_command)
app.command("export")(export)
app.command("digest")(digest)
app.add_typer(applications, name="applications")
app.add_typer(mails, name="mails")
app.add_typer(quarantine, name="quarantine")
app.add_typer(outbox, name="outbox")
app.add_typer(privacy, name="privacy")
app.add_typer(database, name="db")
