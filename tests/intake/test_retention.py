from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.orm import Session, sessionmaker

from intake.fetching import Fetched
from intake.recording import Terms, record
from intake.retention import DONE, Erased, overwrite, retention_due, retention_round
from models.application import Application
from models.base import Base, open_engine, open_sessions
from models.digest import Digest
from models.heartbeat import beat, heartbeats
from models.letter import LetterKind, LetterState, enqueue
from models.mail import Mail, MailState
from models.position import Position
from parsers.extraction import Kind
from tests.intake.scene import CALL, JAN, NOW, Scene, extracted, understood
from tests.models.test_letter import a_letter
from tests.models.test_mail import a_mail

YEARS = NOW + timedelta(days=800)
CALLS = {CALL.id: CALL}


@pytest.fixture
def scene(sessions: sessionmaker[Session]) -> Scene:
    return Scene(sessions)


def erase(scene: Scene, now: datetime) -> Erased | None:
    return retention_round(scene.sessions, CALLS, other_mail_days=90, now=now)


def words_kept(engine: Engine) -> str:
    """Everything that stands in any table, as text."""
    with engine.connect() as connection:
        rows = [
            str(value if not isinstance(value, bytes | memoryview) else bytes(value))
            for table in inspect(engine).get_table_names()
            for row in connection.execute(text(f"SELECT * FROM {table}"))
            for value in row
        ]
    return "\n".join(rows)


def test_an_application_is_kept_until_its_calls_days_are_over(scene: Scene):
    scene.mail(understood(Kind.APPLICATION, extracted(JAN)))
    assert erase(scene, NOW + timedelta(days=CALL.retention_days)) == Erased()
    assert erase(scene, YEARS) == Erased(applications=1)
    assert scene.list() == {}


def test_nothing_about_a_person_is_left_when_their_application_is_erased(scene: Scene, engine: Engine):
    raw = b"Message-ID: <klimop-1@klimop.example>\r\nFrom: jan@klimop.example\r\n\r\nOBS De Klimop"
    mail, _ = scene.mail(
        understood(Kind.APPLICATION, extracted(JAN)),
        raw=raw,
        subject="Jan doet mee",
        source="Klimop.eml",
        first_words="Jan de Vries",
    )
    with scene.sessions.begin() as session:
        session.get_one(Mail, mail.id).extraction = {"name": "Jan de Vries"}
    scene.letter(mail)
    scene.mail(understood(Kind.QUESTION), first_words="Vraag van OBS De Klimop")
    assert "klimop" in words_kept(engine).lower()
    erase(scene, YEARS)
    kept = words_kept(engine).lower()
    assert "klimop" not in kept
    assert "jan" not in kept
    assert "612345678" not in kept


def test_an_erased_mail_is_known_again_when_the_mailbox_is_renumbered(scene: Scene):
    with scene.sessions.begin() as session:
        session.add(a_mail(1, state=MailState.READ, sender_address="jan@klimop.example"))
    assert erase(scene, NOW + timedelta(days=100)) == Erased(mails=1)
    position = Position(mailbox="main", folder="INBOX", uidvalidity=2, first_seen_at=NOW, changed_at=NOW, last_uid=0)
    again = Fetched(uid=9, listed=None, raw=a_mail(1).raw)
    with scene.sessions.begin() as session:
        (copy,) = record(session, position, [again], terms=Terms(), now=NOW)
    assert (copy.state, copy.duplicate_of, copy.raw) == (MailState.DUPLICATE, 1, None)
    with scene.sessions() as session:
        kept = session.get_one(Mail, 1)
        assert (kept.raw, kept.sender_address, kept.uid) == (None, None, 1)
    assert erase(scene, NOW + timedelta(days=100)) == Erased(mails=1)  # The copy names its Message-ID, too.
    assert erase(scene, NOW + timedelta(days=100)) == Erased()


def test_mail_that_belongs_to_an_application_stays_with_it(scene: Scene):
    scene.mail(understood(Kind.APPLICATION, extracted(JAN)))
    scene.mail(understood(Kind.QUESTION))
    assert erase(scene, NOW + timedelta(days=100)) == Erased()


@pytest.mark.parametrize(
    ("state", "days", "erased"),
    [
        (MailState.READ, 89, 0),
        (MailState.READ, 91, 1),
        (MailState.DUPLICATE, 91, 1),
        (MailState.RECEIVED, 5000, 0),
        (MailState.QUARANTINED, 91, 0),
        (MailState.QUARANTINED, 731, 1),
    ],
)
def test_other_mail_is_erased_in_time(scene: Scene, state: MailState, days: int, erased: int):
    with scene.sessions.begin() as session:
        session.add(a_mail(state=state, fetched_at=NOW))
    assert erase(scene, NOW + timedelta(days=days)) == Erased(mails=erased)


def test_a_mail_of_two_applications_is_erased_with_the_last(scene: Scene):
    other = {"organisation": "SBO De Brug", "name": "Els Bakker", "email": "els@brug.example"}
    mail, _ = scene.mail(understood(Kind.APPLICATION, extracted(JAN), extracted(other)))
    with scene.sessions.begin() as session:
        session.get_one(Application, 2).updated_at = YEARS
    assert erase(scene, YEARS) == Erased(applications=1)
    with scene.sessions() as session:
        assert session.get_one(Mail, mail.id).raw is not None


def test_applications_of_a_call_that_is_gone_stay(scene: Scene):
    scene.mail(understood(Kind.APPLICATION, extracted(JAN)))
    other = {"toets": replace(CALL, id="toets")}
    assert retention_round(scene.sessions, other, other_mail_days=90, now=YEARS) == Erased()


def test_digests_lose_their_words_and_keep_their_day(scene: Scene):
    with scene.sessions.begin() as session:
        letter = enqueue(session, a_letter(1, kind=LetterKind.DIGEST, state=LetterState.SENT))
        enqueue(session, a_letter(2, kind=LetterKind.DIGEST))
        session.add(Digest(day=date(2026, 3, 2), covered_from=NOW, covered_to=NOW, letter_id=letter.id, created_at=NOW))
    assert erase(scene, NOW + timedelta(days=91)) == Erased(letters=1)
    with scene.sessions() as session:
        assert session.scalars(select(Digest.day)).one() == date(2026, 3, 2)


def test_a_letter_that_still_waits_is_not_sent_once_it_is_erased(scene: Scene):
    mail, _ = scene.mail(understood(Kind.APPLICATION, extracted(JAN)))
    with scene.sessions.begin() as session:
        enqueue(session, a_letter(1, mail_id=mail.id, application_id=1))
    erase(scene, YEARS)
    with scene.sessions() as session:
        states: list[Any] = list(session.execute(text("SELECT state, raw FROM letters")))
    assert states == [("failed", None)]


def test_a_long_round_goes_on_where_it_was_stopped(scene: Scene):
    with scene.sessions.begin() as session:
        session.add_all([a_mail(uid, state=MailState.READ) for uid in range(1, 251)])
    late = NOW + timedelta(days=91)
    stopped = retention_round(scene.sessions, CALLS, other_mail_days=90, now=late, stop=lambda: True)
    assert stopped is None
    with scene.sessions() as session:
        assert not [row for row in heartbeats(session) if row.name == DONE]
    assert erase(scene, late) == Erased(mails=150)
    with scene.sessions() as session:
        assert [row.last_good_at for row in heartbeats(session) if row.name == DONE] == [late]


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, "2026-03-02T00:00", True),
        ("2026-03-02T02:29", "2026-03-02T02:31", True),  # 03:30 in the Netherlands is 02:30 UTC in winter.
        ("2026-03-02T02:31", "2026-03-02T23:00", False),
        ("2026-03-02T02:31", "2026-03-03T02:29", False),
        ("2026-03-02T02:31", "2026-03-03T02:31", True),
        ("2026-02-20T02:31", "2026-03-03T01:00", True),  # Missed days are caught up.
        ("2026-07-02T01:31", "2026-07-02T12:00", False),
        ("2026-03-29T01:31", "2026-03-29T12:00", False),  # The clock goes forward.
        ("2026-10-25T02:31", "2026-10-25T12:00", False),  # And back.
    ],
)
def test_a_round_is_due_once_a_day(sessions: sessionmaker[Session], last: str | None, now: str, due: bool):
    with sessions.begin() as session:
        if last is not None:
            beat(session, DONE, now=datetime.fromisoformat(last).replace(tzinfo=UTC))
        moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
        assert retention_due(session, at=time(3, 30), now=moment) is due


def test_what_was_erased_is_not_left_in_the_files_of_sqlite(sqlite_url: str):
    engine = open_engine(sqlite_url)
    sessions = open_sessions(engine)
    with sessions.begin() as session:
        session.add(a_mail(raw=b"Reigersbos" * 2000, state=MailState.READ))
    retention_round(sessions, CALLS, other_mail_days=90, now=NOW + timedelta(days=91))
    overwrite(engine)
    path = sqlite_url.removeprefix("sqlite:///")
    for file in (Path(path), Path(f"{path}-wal")):
        assert b"Reigersbos" not in file.read_bytes()
    engine.dispose()


def test_every_text_column_of_a_mail_and_a_letter_is_empty_or_says_nothing_personal_after_erasure():
    """A column that is added must be thought of: it is erased, or named here with what it holds."""
    harmless = {
        "mails": {"mailbox", "folder", "content_hash", "language", "withheld_reason", "confirmed_by", "settled_by"},
        "letters": {"message_id", "sender", "bounce_status"},
    }
    erased = {
        "mails": {"source", "message_id", "claimed_by", "error", "kind_reason", "extraction", "subject"}
        | {"sender_name", "sender_address", "first_words", "refers_to", "review_reasons", "raw"},
        "letters": {"recipients", "refused", "subject", "raw", "to_address", "to_domain", "thread", "claimed_by"}
        | {"last_error"},
    }
    for name, known in harmless.items():
        columns = {
            column.name
            for column in Base.metadata.tables[name].columns
            if type(column.type).__name__ in {"SafeText", "SafeJson", "LargeBinary"}
        }
        assert columns == known | erased[name]
