"""`intake init`, `check`, `run`, `poll` and `health`: setting the service up, running it, asking how it is."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from config.example import example_settings
from config.log import set_up_log
from intake.check import examine
from intake.cli.start import ConfigOption, fail, opened, read_settings
from intake.cli.words import local
from intake.guard import AlreadyRunningError, only_worker
from intake.installation import Installation, watched_jobs
from intake.jobs import jobs_of, release_claims
from intake.mailboxes import MailboxError
from intake.receive import reconcile
from intake.worker import Job, Stop, now, run, run_round, stop_on_signals
from models.heartbeat import heartbeats
from replies.render import RenderError


def init(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("intake.toml"),
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a commented configuration to fill in.

    Example: intake init intake.toml
    """
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            path.chmod(0o600)
            file.write(example_settings())
    except FileExistsError:
        fail(f"{path} is there already; --force replaces it")
    except OSError as error:
        fail(f"{path}: {error.strerror}")
    print(f"Wrote {path}. Fill it in, then run: intake check --config {path}")


def check(config: ConfigOption = None) -> None:
    """Try everything the settings name, logging in everywhere; say what is wrong and how to mend it.

    Example: intake check --config intake.toml
    """
    console, bad = Console(), 0
    for finding in examine(read_settings(config)):
        mark = ("good", "green") if finding.good else ("WRONG", "bold red")
        console.print(Text.assemble(mark, f"  {finding.name}: {finding.words}"), soft_wrap=True)
        bad += not finding.good
    raise typer.Exit(1 if bad else 0)


def run_command(config: ConfigOption = None) -> None:
    """Run the service until SIGTERM or Ctrl-C: every job on its schedule.

    The unit of work in hand is finished first; a second signal stops at once. Either way nothing is lost.

    Example: intake run --config intake.toml
    """
    stop = Stop()
    stop_on_signals(stop)
    with opened(config, make=True) as installation:
        _need_mailbox(bool(installation.watches))
        try:
            with only_worker(installation.engine, installation.worker):
                release_claims(installation)
                run(installation, _jobs(installation, began=now()), stop)
        except AlreadyRunningError as error:
            fail(str(error))


def poll(config: ConfigOption = None) -> None:
    """Do one round of every step, print what was done, and stop; status 1 when a step failed.

    Example: intake poll --config intake.toml
    """
    stop = Stop()
    stop_on_signals(stop)
    failed = False
    with opened(config, make=True) as installation:
        _need_mailbox(bool(installation.watches))
        for job in _jobs(installation):
            if stop.is_set():
                break
            done = run_round(installation, job, stop)
            did = ", ".join(f"{word} {count}" for word, count in done.counts.items() if count) or "nothing to do"
            print(f"{job.name}: {did}" + (f"; failed: {done.trouble}" if done.trouble else ""))
            failed = failed or bool(done.trouble)
    raise typer.Exit(1 if failed else 0)


def reconcile_command(config: ConfigOption = None) -> None:
    """Compare every mail that the mailboxes list with what is recorded; status 1 when one is missing.

    What is missing is received in the next round.

    Example: intake reconcile
    """
    bad = False
    with opened(config) as installation:
        for watch in installation.watches:
            for folder in watch.mailbox.folders:
                where = f"{watch.mailbox.name} {folder}".rstrip()
                try:
                    found = reconcile(installation.sessions, watch.mailbox, folder, now=now())
                except MailboxError as error:
                    print(f"{where}: {error}")
                    bad = True
                    continue
                words = f"{found.listed} listed, {found.recorded} recorded, {len(found.waiting)} new"
                print(f"{where}: {words}, {len(found.missing)} missing")
                bad = bad or bool(found.missing)
            watch.mailbox.close()
    raise typer.Exit(1 if bad else 0)


def demo(
    folder: Annotated[Path, typer.Option(help="Where to leave the letters and the database.")] = Path("demo"),
) -> None:
    """See the whole service at work on embedded servers and sample mail: nothing to configure, nothing leaves.

    Example: intake demo
    """
    # Only here: the embedded servers are not needed by anything else.
    from intake.demo.run import run_demo  # noqa: PLC0415

    set_up_log("console", "warning")
    try:
        run_demo(folder, Console())
    except OSError as error:
        fail(f"{folder}: {error.strerror or error}")


def health(config: ConfigOption = None) -> None:
    """Say when each job last did a good round; status 1 when one is late. For health checks of containers.

    Example: intake health
    """
    with opened(config) as installation, installation.readers() as session:
        limit = timedelta(minutes=installation.settings.alarm.after_minutes)
        names = watched_jobs(installation.settings)
        rows = [row for row in heartbeats(session) if row.name in names]
        late = [row for row in rows if now() - (row.last_good_at or row.started_at) > limit]
        for row in rows:
            words = f"last good round {local(row.last_good_at) or 'never'}"
            print(f"{'LATE' if row in late else 'good'}  {row.name}: {words}" + _because(row.last_error))
    if not rows:
        print("LATE  no job has run yet")
    raise typer.Exit(1 if late or not rows else 0)


def _jobs(installation: Installation, *, began: datetime | None = None) -> list[Job]:
    try:
        return jobs_of(installation, began=began)
    except RenderError as error:
        fail(f"letters.template_folder: {error}")


def _because(error: str | None) -> str:
    return f"; since then: {error}" if error else ""


def _need_mailbox(given: bool) -> None:
    if not given:
        fail("mailbox: none is configured (`intake init` writes a configuration with one)")
