"""Erasing what is too old: other people's mail after some weeks, applications when their call says so."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from config.call import Call
from intake.erasure import erase_application, erase_letter, erase_mail
from models.application import Application, ApplicationMail
from models.base import lock
from models.heartbeat import Heartbeat, beat
from models.letter import Letter, LetterKind, LetterState
from models.mail import Mail, MailState

DONE = "retention done"
"""The heartbeat's name that says when a round of erasing was last finished."""
_BATCH = 100
_AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_OVER = (LetterState.SENT, LetterState.FAILED, LetterState.UNSURE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What a round erased."""

    applications: int = 0
    mails: int = 0
    letters: int = 0


def retention_due(session: Session, *, at: time, now: datetime) -> bool:
    """Tell whether today's round is still to be done, or an earlier one that was missed; `at` is a Dutch time."""
    today = now.astimezone(_AMSTERDAM)
    due = datetime.combine(today.date(), at, _AMSTERDAM).astimezone(UTC)
    if due > now:
        due = datetime.combine(today.date() - timedelta(days=1), at, _AMSTERDAM).astimezone(UTC)
    last = session.scalar(select(Heartbeat.last_good_at).where(Heartbeat.name == DONE))
    return last is None or last < due


def retention_round(
    sessions: sessionmaker[Session],
    calls: Mapping[str, Call],
    *,
    other_mail_days: int,
    now: datetime,
    stop: Callable[[], bool] = lambda: False,
) -> Erased | None:
    """Erase all that is too old, some rows at a time, and note that it is done; None when it was stopped before that.

    1. Applications that nothing happened to for their call's `retention_days`, with their mails and letters. Those of a
       call whose file is gone stay: nobody says how long they may be kept.
    2. Mail that belongs to no application, so many days after it was fetched. Quarantined mail waits for a person for
       as long as the calls keep applications.
    3. Digests and alarms, which repeat what stands elsewhere, after as many days.
    """
    before = now - timedelta(days=other_mail_days)
    longest = now - timedelta(days=max((call.retention_days for call in calls.values()), default=other_mail_days))
    steps: list[Callable[[Session], int]] = [
        *(_applications(call, now - timedelta(days=call.retention_days), now) for call in calls.values()),
        _mails(before, longest, now),
        _letters(before),
    ]
    counts = []
    for step in steps:
        erased = 0
        while done := _batch(sessions, step):
            erased += done
            if stop():
                return None
        counts.append(erased)
    with sessions.begin() as session:
        beat(session, DONE, now=now)
    return Erased(applications=sum(counts[:-2]), mails=counts[-2], letters=counts[-1])


def overwrite(engine: Engine) -> None:
    """Take what was erased out of SQLite's journal, too; PostgreSQL sees to its own."""
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
            driver_connection = connection.connection.driver_connection
            assert driver_connection is not None
            driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _batch(sessions: sessionmaker[Session], step: Callable[[Session], int]) -> int:
    with sessions.begin() as session:
        # Not while a mail is registered that may just now belong to what is erased.
        lock(session, "register")
        return step(session)


def _applications(call: Call, before: datetime, now: datetime) -> Callable[[Session], int]:
    def erase(session: Session) -> int:
        query = select(Application).where(Application.call == call.id, Application.updated_at < before)
        found = session.scalars(query.order_by(Application.id).limit(_BATCH)).all()
        for application in found:
            erase_application(session, application, now=now)
        return len(found)

    return erase


def _mails(before: datetime, longest: datetime, now: datetime) -> Callable[[Session], int]:
    def erase(session: Session) -> int:
        tied = select(ApplicationMail.id).where(ApplicationMail.mail_id == Mail.id).exists()
        query = select(Mail).where(
            Mail.erased_at.is_(None),
            ((Mail.fetched_at < before) & Mail.state.in_([MailState.READ, MailState.DUPLICATE, MailState.GONE]))
            | ((Mail.fetched_at < longest) & (Mail.state == MailState.QUARANTINED)),
            ~tied,
        )
        found = session.scalars(query.order_by(Mail.id).limit(_BATCH)).all()
        for mail in found:
            erase_mail(mail, now=now)
        return len(found)

    return erase


def _letters(before: datetime) -> Callable[[Session], int]:
    def erase(session: Session) -> int:
        query = select(Letter).where(
            Letter.kind != LetterKind.ACKNOWLEDGEMENT,
            Letter.raw.is_not(None),
            Letter.created_at < before,
            Letter.state.in_(_OVER),
        )
        found = session.scalars(query.order_by(Letter.id).limit(_BATCH)).all()
        for letter in found:
            erase_letter(letter)
        return len(found)

    return erase
