from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from models.base import open_readers
from models.heartbeat import beat, heartbeats

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_a_good_round_forgets_the_error_and_remembers_the_time(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        beat(session, "mailbox:main", now=NOW, error="login refused")
    with sessions() as session:
        (heartbeat,) = heartbeats(session)
        assert (heartbeat.last_good_at, heartbeat.last_error) == (None, "login refused")
    with sessions.begin() as session:
        beat(session, "mailbox:main", now=NOW + timedelta(minutes=1))
    with sessions() as session:
        (heartbeat,) = heartbeats(session)
        assert heartbeat.last_error is None
        assert heartbeat.last_error_at == NOW
        assert heartbeat.started_at == NOW
        assert heartbeat.last_good_at == NOW + timedelta(minutes=1)


def test_a_reader_sees_one_moment_and_keeps_no_writer_waiting(engine, sessions: sessionmaker[Session]):
    with open_readers(engine)() as reading:
        assert not heartbeats(reading)
        with sessions.begin() as session:
            beat(session, "smtp", now=NOW)
        assert not heartbeats(reading)
    with open_readers(engine)() as reading:
        assert len(heartbeats(reading)) == 1
