"""The worker: every job in one place, run once (`intake poll`) or on a schedule until a signal (`intake run`)."""

import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from intake.installation import Installation
from models.heartbeat import beat

log = structlog.get_logger("intake.worker")

STOP_SECONDS = 9.0
"""How long a unit of work in hand may take after SIGTERM. Cutting it off loses nothing: each is safe to repeat."""


class Stop(threading.Event):
    """Set when the worker is to stop: jobs look at it between two units of work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round of a job came to."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """What was done, by its English word: "received", "read", "sent" …"""
    trouble: str = ""
    """Why the round failed, in one line; "" for a good round."""
    rested: bool = False
    """Nothing was tried: the server is left alone for a while after trouble that was told before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job of the worker."""

    name: str
    """As heartbeats and logs call it: "mailbox:main", "read", "deliver" …"""
    seconds: float
    """How often it runs."""
    work: Callable[[Stop], Round]
    """One round: units of work until there are none or the worker is to stop."""


def run_round(installation: Installation, job: Job, stop: Stop) -> Round:
    """Run one round of a job, and record and log how it went. Never raises: the next round tries again."""
    try:
        done = job.work(stop)
    except Exception as error:
        log.exception("job failed", job=job.name)
        done = Round(trouble=f"{type(error).__name__} (see the log)")
    if done.rested:
        return done
    counts = {word: count for word, count in done.counts.items() if count}
    if done.trouble:
        log.warning("round failed", job=job.name, reason=done.trouble, **counts)
    elif counts:
        log.info("round done", job=job.name, **counts)
    try:
        with installation.sessions.begin() as session:
            beat(session, job.name, now=now(), error=done.trouble or None)
    except Exception as error:  # noqa: BLE001 - the database may be what is away
        log.warning("heartbeat failed", job=job.name, reason=type(error).__name__)
    return done


def now() -> datetime:
    """Return the time: the only clock of the service."""
    return datetime.now(UTC)


def run(installation: Installation, jobs: Sequence[Job], stop: Stop) -> None:
    """Run the jobs on their schedule until `stop` is set, then let each finish the unit of work it has in hand.

    What is not finished STOP_SECONDS later is cut off by leaving the process: nothing is lost, and the next start does
    it again. Nothing that is due is remembered here: a restart finds all of it in the database.
    """
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(len(jobs))},
        # QUIRK: by default the scheduler skips a job that is a second late (agronholm/apscheduler#292).
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    for job in jobs:
        scheduler.add_job(
            run_round,
            "interval",
            args=(installation, job, stop),
            id=job.name,
            seconds=job.seconds,
            next_run_time=now(),
        )
    scheduler.start()
    log.info("started", worker=installation.worker, jobs=[job.name for job in jobs])
    stop.wait()
    log.info("stopping")
    ending = threading.Thread(target=scheduler.shutdown, daemon=True)
    ending.start()
    ending.join(STOP_SECONDS)
    for watch in installation.watches if not ending.is_alive() else []:
        watch.mailbox.close()
    log.info("stopped", unfinished=ending.is_alive())
    if ending.is_alive():
        os._exit(0)


def stop_on_signals(stop: Stop) -> None:
    """Let SIGTERM and SIGINT set `stop`, and a second one leave at once. Call it in the main thread."""

    def handle(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
