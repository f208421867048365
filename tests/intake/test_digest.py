"""One digest a day, whatever restarts, whoever asks, whichever clock change comes."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from config.sections import DatabaseSettings, DigestSettings, LimitSettings
from config.servers import FileMailbox, SmtpSettings
from config.settings import Settings
from intake.deliver import deliver_one
from intake.digest import make_digest, preview_period, write_digest
from intake.installation import Installation, open_installation, watched_jobs
from intake.jobs import jobs_of
from intake.smtp import SmtpConnection
from intake.worker import Stop, now, run_round
from models.digest import Digest
from models.heartbeat import beat
from models.letter import Letter, LetterKind, release_letters
from replies.dutch_time import AMSTERDAM
from replies.render import open_templates
from tests.models.test_mail import a_mail

MONDAY = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
"""07:30 in the Netherlands, in winter."""
STAFF = "staff@ncoj.example.nl"


def an_installation(url: str, port: int = 25, **digest) -> Installation:
    settings = Settings(
        database=DatabaseSettings(url=SecretStr(url)),
        smtp=SmtpSettings(host="127.0.0.1", port=port, security="plain", from_address="intake@steunpunt.example.nl"),
        digest=DigestSettings(recipients=(STAFF,), **digest),
    )
    return open_installation(settings)


@pytest.fixture
def installation(database_url):
    made = an_installation(database_url)
    with made.sessions.begin() as session:
        beat(session, "read", now=MONDAY - timedelta(days=5))
    yield made
    made.engine.dispose()


def make(installation: Installation, now: datetime) -> bool:
    return make_digest(installation, open_templates(), now=now)


def digests(installation: Installation) -> list[Digest]:
    with installation.sessions() as session:
        return list(session.scalars(select(Digest).order_by(Digest.day)))


def letters(installation: Installation) -> int:
    with installation.sessions() as session:
        query = select(func.count(Letter.id)).where(Letter.kind == LetterKind.DIGEST)
        return session.scalar(query) or 0


def test_the_digest_is_made_at_its_hour_and_once(installation):
    assert not make(installation, MONDAY - timedelta(minutes=1))
    assert make(installation, MONDAY)
    assert not make(installation, MONDAY + timedelta(minutes=1))
    assert not make(installation, MONDAY + timedelta(hours=16))
    assert letters(installation) == 1


def test_a_service_that_began_after_the_hour_makes_its_first_digest_the_next_day(database_url):
    installation = an_installation(database_url)
    with installation.sessions.begin() as session:
        beat(session, "read", now=MONDAY + timedelta(hours=2))
    assert not make(installation, MONDAY + timedelta(hours=3))
    assert make(installation, MONDAY + timedelta(days=1))


def test_many_workers_make_one_digest(installation):
    others = [an_installation(installation.engine.url.render_as_string(hide_password=False)) for _ in range(4)]
    with ThreadPoolExecutor(len(others)) as pool:
        made = list(pool.map(lambda one: make(one, MONDAY), others))
    assert made.count(True) == 1
    assert letters(installation) == 1
    for one in others:
        one.engine.dispose()


def test_a_second_worker_waits_for_the_first_ones_digest_and_makes_none(postgres_url):
    """The first one stands still before its commit until the second one is seen to wait for it."""
    first, second = an_installation(postgres_url), an_installation(postgres_url)
    with first.sessions.begin() as session:
        beat(session, "read", now=MONDAY - timedelta(days=5))
    waited = threading.Event()

    def hold(_: Session) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not waited.is_set():
            with psycopg.connect(postgres_url) as connection:
                waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                [count] = connection.execute(waits).fetchone() or (0,)
            if count:
                waited.set()

    # One session's commit is held, not every one's: the second worker has sessions of its own.
    event.listen(first.sessions, "before_commit", hold)
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(make, first, MONDAY)
        wait_until(lambda: one.done() or advisory_locks(postgres_url) > 0)
        two = pool.submit(make, second, MONDAY)
        assert (one.result(60), two.result(60)) == (True, False)
    assert waited.is_set()
    event.remove(first.sessions, "before_commit", hold)
    assert letters(first) == 1
    for made in (first, second):
        made.engine.dispose()


def advisory_locks(url: str) -> int:
    with psycopg.connect(url) as connection:
        [count] = connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone() or (0,)
        return int(count)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.mark.parametrize("turns", [40])
def test_two_workers_that_both_make_and_deliver_send_each_digest_once(postgres_url, smtp, turns):
    """Four days, looked at every twelve minutes by two workers at once, each with its own connection and line."""
    workers = [an_installation(postgres_url, port=smtp.port) for _ in range(2)]
    with workers[0].sessions.begin() as session:
        beat(session, "read", now=MONDAY - timedelta(days=5))

    def work(installation: Installation) -> list[datetime]:
        line = SmtpConnection(installation.settings.smtp)
        made = []
        for turn in range(turns):
            moment = MONDAY + timedelta(hours=2.4 * turn)
            if make(installation, moment):
                made.append(moment)
            deliver_all(installation, line, moment)
        return made

    with ThreadPoolExecutor(2) as pool:
        made = [moment for found in pool.map(work, workers) for moment in found]
    assert len(made) == len(digests(workers[0])) == 4
    subjects = sorted(str(message_from_bytes(taken.raw)["Subject"]).partition(":")[0] for taken in smtp.taken)
    assert subjects == sorted(
        f"Dagoverzicht {day}" for day in ("maandag 2 maart", "dinsdag 3 maart", "woensdag 4 maart", "donderdag 5 maart")
    )
    for worker in workers:
        worker.engine.dispose()


def deliver_all(installation: Installation, line: SmtpConnection, moment: datetime) -> None:
    while deliver_one(installation.sessions, line, worker=installation.worker, max_attempts=5, clock=lambda: moment):
        pass


def test_a_gap_of_three_days_is_caught_up_in_one_digest_that_says_so(installation):
    assert make(installation, MONDAY)
    thursday = MONDAY + timedelta(days=3, hours=5)
    with installation.sessions.begin() as session:
        session.add(a_mail(7, fetched_at=MONDAY + timedelta(days=1), received_at=MONDAY + timedelta(days=1)))
    assert make(installation, thursday)
    first, second = digests(installation)
    assert (first.day, second.day) == (date(2026, 3, 2), date(2026, 3, 5))
    assert second.covered_from == first.covered_to
    with installation.sessions() as session:
        raw = session.scalars(select(Letter.raw).order_by(Letter.id)).all()[-1]
    assert raw is not None
    text = raw.decode("ascii")
    assert "dinsdag 3 maart" in text
    assert "woensdag 4 maart" in text
    assert "kwam er 1 mail binnen" in told(installation)[-1]
    assert not make(installation, thursday + timedelta(hours=1))
    assert make(installation, MONDAY + timedelta(days=4))
    assert "is geen dagoverzicht gemaakt" not in told(installation)[-1]


def test_after_days_off_the_worker_looks_into_the_mailbox_before_it_makes_the_digest(sqlite_url, tmp_path):
    for part in ("tmp", "new", "cur"):
        (tmp_path / "box" / part).mkdir(parents=True)
    (tmp_path / "box" / "new" / "1").write_bytes(b"From: a@b.example\r\nSubject: Vraag\r\n\r\nWanneer begint het?\r\n")
    installation = open_installation(
        Settings(
            database=DatabaseSettings(url=SecretStr(sqlite_url)),
            mailbox={"main": FileMailbox(type="maildir", path=tmp_path / "box", addresses=("steunpunt@vo.example",))},
            smtp=SmtpSettings(from_address="intake@steunpunt.example.nl"),
            digest=DigestSettings(
                recipients=(STAFF,), time=datetime.min.time(), days=("mon", "tue", "wed", "thu", "fri", "sat", "sun")
            ),
            limits=LimitSettings(separate_process=False),
        )
    )
    last = now() - timedelta(days=3)
    with installation.sessions.begin() as session:
        for name in ("mailbox:main", "read"):
            beat(session, name, now=last)
        session.add(Digest(day=last.date(), covered_from=last - timedelta(days=1), covered_to=last, created_at=last))
    digest_at = {
        minutes: next(
            job for job in jobs_of(installation, began=now() - timedelta(minutes=minutes)) if job.name == "digest"
        )
        for minutes in (1, 5, 20)
    }
    jobs = {job.name: job for job in jobs_of(installation)}
    for early in ("mailbox:main", "read"):
        assert digest_at[5].work(Stop()).rested
        assert run_round(installation, jobs[early], Stop()).trouble == ""
    assert digest_at[1].work(Stop()).rested
    assert digest_at[5].work(Stop()).counts == {"made": 1}
    with installation.sessions.begin() as session:
        for name in ("mailbox:main", "read"):
            beat(session, name, now=last)
    assert not digest_at[20].work(Stop()).rested
    installation.engine.dispose()


@pytest.mark.parametrize("night", [date(2026, 3, 29), date(2026, 10, 25)])
@pytest.mark.parametrize("hour", ["02:30", "03:00"])
def test_a_night_of_clock_change_has_exactly_one_digest(sqlite_url, night, hour):
    every = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    installation = an_installation(sqlite_url, time=hour, days=every)
    began = datetime.combine(night - timedelta(days=1), datetime.min.time(), UTC)
    with installation.sessions.begin() as session:
        beat(session, "read", now=began - timedelta(days=1))
        # A mail each half hour, in every one of the 72 hours that the clocks may count otherwise.
        moments = [began + timedelta(minutes=minutes) for minutes in range(0, 4 * 24 * 60, 30)]
        session.add_all(a_mail(uid, fetched_at=at, received_at=at) for uid, at in enumerate(moments, start=1))
    made = [moment for moment in moments if make(installation, moment)]
    assert [one.day for one in digests(installation)] == [night + timedelta(days=ahead) for ahead in (-1, 0, 1, 2)]
    # To the minute of Dutch clocks, but for the hour that one night has not: then when they have jumped over it.
    shown = [f"{moment.astimezone(AMSTERDAM):%H:%M}" for moment in made]
    assert shown[0] == shown[2] == shown[3] == hour
    assert shown[1] == ("03:30" if (night.month, hour) == (3, "02:30") else hour)
    covered = [(one.covered_from, one.covered_to) for one in digests(installation)]
    assert all(before[1] == after[0] for before, after in pairwise(covered))
    within = [moment for moment in moments if covered[0][0] <= moment < covered[-1][1]]
    received = [int(found) for text in told(installation) for found in re.findall(r"kwam(?:en)? er (\d+) mail", text)]
    assert len(received) == 4
    assert sum(received) == len(within)


def told(installation: Installation) -> list[str]:
    """The text of each digest, on one line."""
    with installation.sessions() as session:
        raws = session.scalars(select(Letter.raw).where(Letter.kind == LetterKind.DIGEST).order_by(Letter.id)).all()
    bodies = [message_from_bytes(raw or b"", policy=policy.default).get_body(("plain",)) for raw in raws]
    return [" ".join(body.get_content().split()) for body in bodies if body]


def test_killed_between_writing_and_committing_it_is_made_whole_the_next_time(installation, tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(
        "import os, signal\n"
        "from sqlalchemy import event\n"
        "from sqlalchemy.orm import Session\n"
        "from tests.intake.test_digest import MONDAY, an_installation, make\n"
        "event.listen(Session, 'before_commit', lambda session: os.kill(os.getpid(), signal.SIGKILL))\n"
        "make(an_installation(os.environ['URL']), MONDAY)\n"
    )
    url = installation.engine.url.render_as_string(hide_password=False)
    root = Path(__file__).parents[2]
    killed = subprocess.run(
        [sys.executable, script], cwd=root, env=os.environ | {"URL": url, "PYTHONPATH": str(root)}, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert letters(installation) == 0
    assert make(installation, MONDAY + timedelta(minutes=5))
    assert letters(installation) == 1


def test_killed_between_writing_and_sending_it_is_sent_once_and_not_made_again(installation, tmp_path, smtp):
    url = installation.engine.url.render_as_string(hide_password=False)
    script = tmp_path / "killed.py"
    script.write_text(
        "import os, signal\n"
        "from intake.smtp import SmtpConnection\n"
        "from tests.intake.test_digest import MONDAY, an_installation, deliver_all, make\n"
        "installation = an_installation(os.environ['URL'], port=int(os.environ['PORT']))\n"
        "assert make(installation, MONDAY)\n"
        "SmtpConnection.offer = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)\n"
        "deliver_all(installation, SmtpConnection(installation.settings.smtp), MONDAY)\n"
    )
    root = Path(__file__).parents[2]
    environment = os.environ | {"URL": url, "PORT": str(smtp.port), "PYTHONPATH": str(root)}
    killed = subprocess.run([sys.executable, script], cwd=root, env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (letters(installation), len(smtp.taken)) == (1, 0)
    line = SmtpConnection(SmtpSettings(host="127.0.0.1", port=smtp.port, security="plain", from_address=STAFF))
    release = MONDAY + timedelta(minutes=1)
    with installation.sessions.begin() as session:
        release_letters(session, worker=installation.worker, now=release)
    for minutes in range(1, 120, 10):
        assert not make(installation, MONDAY + timedelta(minutes=minutes))
        deliver_all(installation, line, MONDAY + timedelta(minutes=minutes))
    line.close()
    assert [taken.recipients for taken in smtp.taken] == [[STAFF]]
    assert letters(installation) == 1


def test_an_empty_day_without_a_letter_still_has_its_row(database_url):
    installation = an_installation(database_url, send_when_empty=False)
    with installation.sessions.begin() as session:
        beat(session, "read", now=MONDAY)
    assert make(installation, MONDAY)
    assert letters(installation) == 0
    assert [one.letter_id for one in digests(installation)] == [None]


def test_every_job_that_runs_is_watched_and_no_other(database_url):
    settings = Settings(
        database=DatabaseSettings(url=SecretStr(database_url)),
        mailbox={"main": FileMailbox(type="maildir", path=Path("box"), addresses=("steunpunt@vo.example",))},
        smtp=SmtpSettings(host="127.0.0.1", security="plain", from_address="intake@steunpunt.example.nl"),
        digest=DigestSettings(recipients=(STAFF,)),
    )
    for one in (settings, Settings(database=settings.database)):
        installation = open_installation(one)
        names = {job.name for job in jobs_of(installation)}
        assert names == watched_jobs(one) | {"watch"}
        installation.engine.dispose()


def test_a_preview_covers_what_the_digest_then_covers(installation):
    assert make(installation, MONDAY)
    thursday = MONDAY + timedelta(days=3)
    installation = an_installation(
        installation.engine.url.render_as_string(hide_password=False), incomplete_after_days=14
    )
    with installation.readers() as session:
        before = preview_period(session, installation, thursday.date(), now=thursday)
    assert before.missed_days == (date(2026, 3, 3), date(2026, 3, 4))
    assert before.incomplete_after_days == 14
    assert make(installation, thursday)
    with installation.readers() as session:
        after = preview_period(session, installation, thursday.date(), now=thursday + timedelta(days=1))
        missed = preview_period(session, installation, date(2026, 3, 3), now=thursday + timedelta(days=1))
    assert replace(after, end=before.end) == before
    assert (missed.start, missed.end) == (before.start, MONDAY + timedelta(days=1))
    installation.engine.dispose()


def test_a_preview_changes_nothing(installation):
    with installation.readers() as session:
        period = preview_period(session, installation, MONDAY.date(), now=MONDAY)
        letter = write_digest(session, installation, open_templates(), period)
    assert letter is not None
    assert letter.subject
    assert digests(installation) == []
    assert letters(installation) == 0
