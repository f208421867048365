"""When a digest is due, and the one transaction that makes it: a row for the day, and the letter in the outbox.

What is due lives in the rows, not in a scheduler: whoever asks, however often, gets one digest a day. A day that was
missed is caught up in the next digest, which begins where the last one ended.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from intake.installation import Installation, watched_jobs
from intake.posting import post
from intake.senders import own_sender
from models.base import lock
from models.digest import Digest, digest_of, last_digest
from models.heartbeat import heartbeats
from models.letter import LetterKind
from replies.digest import compose_digest
from replies.digest_due import due_at, due_digest, missed_before
from replies.digest_facts import Period, gather
from replies.dutch_time import AMSTERDAM
from replies.letter import Letter
from replies.render import Templates

SETTLED = timedelta(minutes=2)
"""A digest ends so long ago: what a transaction still writes down bears a time from before its commit."""


def period_of(installation: Installation, day: date, last: Digest | None, *, end: datetime) -> Period:
    """Return what a digest covers: from where the last one ended (a day back when there is none) to `end`."""
    settings = installation.settings
    last_day = last.day if last else None
    return Period(
        day=day,
        start=last.covered_to if last and last.covered_to < end else end - timedelta(days=1),
        end=end,
        missed_days=missed_before(day, days=settings.digest.days, last_day=last_day),
        incomplete_after_days=settings.digest.incomplete_after_days,
        late_after=timedelta(minutes=settings.alarm.after_minutes),
        # A digest that is being made does not stand still.
        watched=watched_jobs(settings) - {"digest"},
    )


def write_digest(session: Session, installation: Installation, templates: Templates, period: Period) -> Letter | None:
    """Return the digest of a period; None for an empty one when the settings want no letter then."""
    content = gather(session, installation.calls, period)
    settings = installation.settings.digest
    if content.empty and not settings.send_when_empty:
        return None
    return compose_digest(content, installation.calls, to=settings.recipients, templates=templates)


def make_digest(installation: Installation, templates: Templates, *, now: datetime) -> bool:
    """Make the digest that is due; False when none is, another worker made it, or nobody wants one.

    1. Lock, so that of several workers one goes on.
    2. Look which day is due, by the row of the last one.
    3. Gather, write, enqueue, add the row: one transaction. Killed anywhere, the next call does it whole.
    """
    settings = installation.settings.digest
    if not settings.recipients:
        return False
    with installation.sessions.begin() as session:
        lock(session, "digest")
        last = last_digest(session)
        due = due_digest(now, at=settings.time, days=settings.days, last_day=last.day if last else None)
        # The first digest is the one that falls due after the service began, not the one before.
        if due is None or (last is None and due_at(due.day, settings.time) < _began(session, now)):
            return False
        period = period_of(installation, due.day, last, end=now - SETTLED)
        letter = write_digest(session, installation, templates, period)
        row = None
        if letter is not None:
            seed, sender = due.day.isoformat(), own_sender(installation.settings, installation.calls)
            row = post(session, letter, LetterKind.DIGEST, sender=sender, seed=seed, now=now)
        session.add(
            Digest(
                day=due.day,
                covered_from=period.start,
                covered_to=period.end,
                letter_id=row.id if row else None,
                created_at=now,
            )
        )
    return True


def preview_period(session: Session, installation: Installation, day: date, *, now: datetime) -> Period:
    """Return what the digest of a day covered; for a day without one, what it would cover if it were made now."""
    made, last = digest_of(session, day), last_digest(session, before=day)
    if made is not None:
        return replace(period_of(installation, day, last, end=made.covered_to), start=made.covered_from)
    passed = day < now.astimezone(AMSTERDAM).date()
    end = min(due_at(day, installation.settings.digest.time), now) if passed else now
    return period_of(installation, day, last, end=end)


def _began(session: Session, now: datetime) -> datetime:
    """When the service first did anything."""
    return min((one.started_at for one in heartbeats(session)), default=now)
