"""The jobs of one installation: each step of a mail, made into a round that the worker can run."""

from collections import Counter
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.exc import OperationalError

from config.call import Call
from intake.answer import Desk, Registered, answer, rules_for
from intake.deliver import deliver_round
from intake.digest import SETTLED, make_digest
from intake.installation import Installation, Watch, database_trouble, watched_jobs
from intake.mailboxes import MailboxError
from intake.mailboxes.imap import ImapMailbox
from intake.read import Outcome, Reader, read_one
from intake.receive import receive_round
from intake.retention import overwrite, retention_due, retention_round
from intake.senders import sender_for
from intake.sent import copy_round
from intake.smtp import SmtpConnection, SmtpError
from intake.understanding import ReadingProcess, understand
from intake.watch import watch_heartbeats
from intake.worker import Job, Round, Stop, now
from models.heartbeat import heartbeats
from models.letter import release_letters
from models.mail import release_mails
from replies.render import Templates, open_templates

_OFTEN = 2.0
"""Seconds between two looks into the database for work that is due."""
_MINUTE = 60.0
_FIRST_LOOK = SETTLED + timedelta(minutes=1)
_LONGEST_LOOK = timedelta(minutes=15)
"""How long a worker's first digest waits for its first look into the mailboxes: at least, and at most."""


def jobs_of(installation: Installation, *, began: datetime | None = None) -> list[Job]:
    """Return the jobs in the order of a mail's way, so that one round of each brings a mail all the way.

    With the time when a worker began that goes on running, its first digest waits for a look into the mailboxes.
    Raises replies.render.RenderError when the operator's templates can't be used.
    """
    folder = installation.settings.letters.template_folder
    templates = open_templates([folder] if folder else [])
    steps = [_receiving(installation, watch) for watch in installation.watches]
    steps.append(Job(name="read", seconds=_OFTEN, work=partial(_read, installation, _reader(installation, templates))))
    if installation.settings.digest.recipients:
        steps.append(Job(name="digest", seconds=_MINUTE, work=partial(_digest, installation, templates, began)))
    steps.append(Job(name="retention", seconds=_MINUTE, work=partial(_retain, installation)))
    if installation.settings.smtp.host is not None:
        smtp = SmtpConnection(installation.settings.smtp)
        steps.append(Job(name="deliver", seconds=_OFTEN, work=partial(_deliver, installation, smtp)))
    watched = frozenset(step.name for step in steps)
    return [*steps, Job(name="watch", seconds=_MINUTE, work=partial(_watch, installation, templates, watched))]


def release_claims(installation: Installation) -> None:
    """Give back the work that this worker had in hand when it died. Only for the one worker of this name."""
    with installation.sessions.begin() as session:
        release_mails(session, worker=installation.worker, now=now())
        release_letters(session, worker=installation.worker, now=now())


def _receiving(installation: Installation, watch: Watch) -> Job:
    name = f"mailbox:{watch.mailbox.name}"
    return Job(name=name, seconds=watch.poll_seconds, work=partial(_receive, installation, watch))


def _receive(installation: Installation, watch: Watch, stop: Stop) -> Round:
    try:
        got = receive_round(installation.sessions, watch.mailbox, terms=watch.terms, clock=now, stop=stop.is_set)
    except MailboxError as error:
        return Round(trouble=str(error))
    if got is None:
        return Round(rested=True)
    aside = got.too_large + got.unfetched
    counts = {"received": got.stored, "duplicates": got.duplicates, "quarantined": aside, "gone": got.gone}
    folder = installation.settings.letters.copy_to_sent
    if folder and isinstance(watch.mailbox, ImapMailbox):
        # In this job, since an account has one connection, and it is busy with receiving otherwise.
        try:
            counts["copied"] = copy_round(installation.sessions, watch.mailbox, folder, clock=now, stop=stop.is_set)
        except MailboxError as error:
            return Round(counts=counts, trouble=f"letters.copy_to_sent: {error}")
    return Round(counts=counts)


def _reader(installation: Installation, templates: Templates) -> Reader:
    settings, calls = installation.settings, installation.calls
    limits = settings.limits

    def call_of(mailbox: str) -> Call:
        watched = settings.mailbox.get(mailbox)
        return calls[watched.call] if watched else next(iter(calls.values()))

    def answer_at_desk(done: Registered) -> None:
        mailbox = done.mail.mailbox
        rules, sender = rules_for(settings, calls, mailbox), sender_for(settings, calls, mailbox)
        answer(done, Desk(rules=rules, sender=sender, templates=templates, enabled=settings.letters.enabled))

    separate = ReadingProcess(seconds=limits.wall_clock_seconds, memory_mb=limits.memory_mb)
    return Reader(
        understand=separate if limits.separate_process else understand,
        call_of=call_of,
        rules_of=lambda mailbox: rules_for(settings, calls, mailbox),
        answer=answer_at_desk,
        worker=installation.worker,
        attempts=limits.attempts,
        retry=timedelta(seconds=limits.retry_seconds),
        wall_clock=timedelta(seconds=limits.wall_clock_seconds),
    )


def _read(installation: Installation, reader: Reader, stop: Stop) -> Round:
    outcomes: Counter[Outcome] = Counter()
    try:
        while not stop.is_set() and (outcome := read_one(installation.sessions, reader, clock=now)):
            outcomes[outcome] += 1
    except OperationalError as error:
        return Round(trouble=f"the database: {database_trouble(error)}")
    return Round(counts={str(outcome): count for outcome, count in outcomes.items()})


def _deliver(installation: Installation, connection: SmtpConnection, stop: Stop) -> Round:
    try:
        outcomes = deliver_round(
            installation.sessions,
            connection,
            worker=installation.worker,
            max_attempts=installation.settings.letters.max_attempts,
            clock=now,
            stop=stop.is_set,
        )
    except SmtpError as error:
        return Round(trouble=str(error))
    finally:
        connection.close()
    if outcomes is None:
        return Round(rested=True)
    return Round(counts={str(outcome): count for outcome, count in outcomes.items()})


def _digest(installation: Installation, templates: Templates, began: datetime | None, _stop: Stop) -> Round:
    if began is not None and _too_early(installation, began):
        return Round(rested=True)
    return Round(counts={"made": int(make_digest(installation, templates, now=now()))})


def _too_early(installation: Installation, began: datetime) -> bool:
    """Whether a worker has not yet looked into each mailbox and read what was in it, for better or worse.

    After days off a digest is due at once: made then, it would tell of an empty mailbox. It ends some minutes ago, so
    that the mail of the first look belongs to it only after as many.
    """
    age = now() - began
    if age < _FIRST_LOOK or age > _LONGEST_LOOK:
        return age < _FIRST_LOOK
    names = watched_jobs(installation.settings)
    with installation.readers() as session:
        rounds = {
            row.name: max(filter(None, (row.last_good_at, row.last_error_at)), default=None)
            for row in heartbeats(session)
        }
    waited_for = (name for name in names if name == "read" or name.startswith("mailbox:"))
    return not all((at := rounds.get(name)) is not None and at >= began for name in waited_for)


def _retain(installation: Installation, stop: Stop) -> Round:
    settings = installation.settings.retention
    with installation.readers() as session:
        if not retention_due(session, at=settings.time, now=now()):
            return Round()
    erased = retention_round(
        installation.sessions,
        installation.calls,
        other_mail_days=settings.other_mail_days,
        now=now(),
        stop=stop.is_set,
    )
    overwrite(installation.engine)
    return Round(counts={f"erased_{what}": count for what, count in asdict(erased).items()} if erased else {})


def _watch(installation: Installation, templates: Templates, names: frozenset[str], _stop: Stop) -> Round:
    return Round(counts=watch_heartbeats(installation, templates, names, now=now()))
