"""The jobs of one installation: each step of a mail, made into a round that the worker can run."""

from functools import partial

from intake.deliver import deliver_round
from intake.installation import Installation, Watch
from intake.mailboxes import MailboxError
from intake.receive import receive_round
from intake.smtp import SmtpConnection, SmtpError
from intake.worker import Job, Round, Stop, now
from models.letter import release_letters
from models.mail import release_mails

_OFTEN = 5.0
"""Seconds between two looks into the database for work that is due."""


def jobs_of(installation: Installation) -> list[Job]:
    """Return the jobs in the order of a mail's way, so that one round of each brings a mail all the way."""
    smtp = SmtpConnection(installation.settings.smtp)
    return [
        *(_receiving(installation, watch) for watch in installation.watches),
        Job(name="deliver", seconds=_OFTEN, work=partial(_deliver, installation, smtp)),
    ]


def _receiving(installation: Installation, watch: Watch) -> Job:
    name = f"mailbox:{watch.mailbox.name}"
    return Job(name=name, seconds=watch.poll_seconds, work=partial(_receive, installation, watch))


def release_claims(installation: Installation) -> None:
    """Give back the work that this worker had in hand when it died. Only for the one worker of this name."""
    with installation.sessions.begin() as session:
        release_mails(session, worker=installation.worker, now=now())
        release_letters(session, worker=installation.worker, now=now())


def _receive(installation: Installation, watch: Watch, stop: Stop) -> Round:
    try:
        got = receive_round(installation.sessions, watch.mailbox, terms=watch.terms, clock=now, stop=stop.is_set)
    except MailboxError as error:
        return Round(trouble=str(error))
    if got is None:
        return Round(rested=True)
    aside = got.too_large + got.unfetched
    counts = {"received": got.stored, "duplicates": got.duplicates, "quarantined": aside, "gone": got.gone}
    return Round(counts=counts)


def _deliver(installation: Installation, connection: SmtpConnection, stop: Stop) -> Round:
    letters = installation.settings.letters
    try:
        outcomes = deliver_round(
            installation.sessions,
            connection,
            worker=installation.worker,
            max_attempts=letters.max_attempts,
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
