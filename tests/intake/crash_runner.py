"""The worker in a process of its own, which ends it with SIGKILL at the commit that a test names."""

import logging
import multiprocessing
import os
import signal
from enum import StrEnum
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import event

from config.settings import load_settings
from intake.installation import Installation, open_installation
from intake.jobs import jobs_of, release_claims
from intake.worker import Stop, run_round


class Moment(StrEnum):
    """On which side of a commit the worker dies."""

    BEFORE = "before"
    """All is done, sent and received that the transaction speaks of; it is not committed."""
    AFTER = "after"
    """It is committed, and nothing more is done."""


def run(settings: Path, *, commit: int = 0, moment: Moment = Moment.AFTER) -> int | None:
    """Run a round of each of the worker's jobs in a new process; return its exit code (-9 when it was killed).

    Killed at the so-manieth commit that wrote something; 0 lets it live.
    """
    context = _processes()
    process = context.Process(target=_work, args=(str(settings), commit, str(moment)))
    process.start()
    process.join(120)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise TimeoutError("the worker did not end")
    return process.exitcode


def _processes() -> ForkServerContext:
    """Processes that are copies of one which has loaded everything and has no threads."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.intake.crash_preload", "pytest"])
    return context


def _work(settings: str, commit: int, moment: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    installation = open_installation(load_settings(Path(settings), {}))
    if commit:
        _die_at(installation, commit, Moment(moment))
    release_claims(installation)
    jobs = jobs_of(installation)
    for job in jobs:
        run_round(installation, job, Stop())
    os._exit(0)


def _die_at(installation: Installation, commit: int, moment: Moment) -> None:
    """Kill this process at a commit. Those that wrote nothing, or heartbeats only, do not count: nothing hangs on them."""
    wrote = False
    commits = 0

    @event.listens_for(installation.engine, "after_cursor_execute")
    def notice(_connection: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal wrote
        words = statement.split(maxsplit=3)
        # SQLite does not count rows that come back by RETURNING.
        changed = words[0] == "INSERT" or (words[0] in {"UPDATE", "DELETE"} and cursor.rowcount != 0)
        wrote = wrote or (changed and "heartbeats" not in words)

    @event.listens_for(installation.engine, "rollback")
    def forget(_connection: Any) -> None:
        nonlocal wrote
        wrote = False

    @event.listens_for(installation.engine, "commit")
    def committing(_connection: Any) -> None:
        nonlocal commits, wrote
        commits += wrote
        if wrote and commits == commit and moment is Moment.BEFORE:
            os.kill(os.getpid(), signal.SIGKILL)
        wrote = False

    @event.listens_for(installation.sessions, "after_commit")
    def committed(_session: Any) -> None:
        if commits == commit and moment is Moment.AFTER:
            os.kill(os.getpid(), signal.SIGKILL)
