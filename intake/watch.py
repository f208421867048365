"""Telling the operators, once, that something stands still, and once that it is over."""

from datetime import datetime, timedelta

import structlog

from intake.installation import Installation
from intake.posting import post
from intake.senders import own_sender
from models.base import lock
from models.heartbeat import Heartbeat, heartbeats
from models.letter import LetterKind
from replies.alarm import alarm, recovery
from replies.digest_content import LatePlace
from replies.letter import Letter
from replies.render import Templates

log = structlog.get_logger("intake.watch")


def watch_heartbeats(
    installation: Installation, templates: Templates, names: frozenset[str], *, now: datetime
) -> dict[str, int]:
    """Compare each job's last good round with the limit; return how many alarms and recoveries were told.

    Only the jobs of these names count: one that was taken out of the settings is not missed. The row remembers what was
    told, so that it is told once whatever restarts, and by one worker of several.
    """
    limit = timedelta(minutes=installation.settings.alarm.after_minutes)
    with installation.sessions.begin() as session:
        lock(session, "alarm")
        rows = [row for row in heartbeats(session) if row.name in names]
        late = [row for row in rows if row.alarmed_at is None and now - _good(row) > limit]
        well = [row for row in rows if row.alarmed_at is not None and now - _good(row) <= limit]
        letters: list[tuple[str, Letter]] = []
        to = installation.settings.alarm.recipients
        if late and to:
            letters.append(("alarm", alarm([_place(row) for row in late], to=to, templates=templates)))
        if well and to:
            letters.append(("recovery", recovery([_place(row) for row in well], now, to=to, templates=templates)))
        for what, letter in letters:
            seed = f"{what} {now.isoformat()}"
            post(
                session,
                letter,
                LetterKind.ALARM,
                sender=own_sender(installation.settings, installation.calls),
                seed=seed,
                now=now,
            )
        for row in late:
            row.alarmed_at = now
            log.error("stands still", job=row.name, since=_good(row).isoformat(), reason=row.last_error or "")
        for row in well:
            row.alarmed_at = None
            log.info("works again", job=row.name)
    return {"alarms": len(late), "recoveries": len(well)}


def _good(row: Heartbeat) -> datetime:
    return row.last_good_at or row.started_at


def _place(row: Heartbeat) -> LatePlace:
    since = row.alarmed_at or _good(row)
    return LatePlace(name=row.name, since=since, error=row.last_error or "")
