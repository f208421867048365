"""The daemon as an operator runs it: real processes, real signals, a real SMTP server."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.base import open_engine, open_sessions
from models.heartbeat import heartbeats
from models.letter import Letter, LetterState
from models.mail import Mail, MailState
from tests.servers.smtp import STALL, SmtpServer, Stage

ROOT = Path(__file__).parents[2]
SAMPLE = (ROOT / "intake/demo/mails/01-neat.eml").read_bytes()
ADDRESS = "steunpuntpassendonderwijs@vo-raad.nl"
PATIENCE = 180
"""Seconds to wait for something that must happen, on a busy machine."""


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A Maildir with one application in it: what is renamed into it is whole, and read at once."""
    folder = tmp_path / "box"
    for part in ("tmp", "new", "cur"):
        (folder / part).mkdir(parents=True)
    drop(folder, "one", SAMPLE)
    return folder


def drop(folder: Path, name: str, raw: bytes) -> None:
    (folder / "tmp" / name).write_bytes(raw)
    (folder / "tmp" / name).rename(folder / "new" / name)


@pytest.fixture
def config(tmp_path: Path, box: Path, smtp: SmtpServer) -> Path:
    folder = tmp_path
    path = folder / "intake.toml"
    path.write_text(
        f"""
[database]
url = "sqlite:///{folder}/intake.db"
[mailbox.main]
type = "maildir"
path = "{box}"
addresses = ["{ADDRESS}"]
since = 2000-01-01
poll_seconds = 0.2
[smtp]
host = "127.0.0.1"
port = {smtp.port}
security = "plain"
from_address = "{ADDRESS}"
"""
    )
    return path


def intake(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "intake", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env=clean_environment(), timeout=120
    )


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("INTAKE_")} | {"COLUMNS": "200"}


@pytest.fixture
def daemon() -> Iterator[Callable[[Path], subprocess.Popen[str]]]:
    with ExitStack() as stack:

        def start(config: Path) -> subprocess.Popen[str]:
            command = [sys.executable, "-m", "intake", "run", "--config", str(config)]
            process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env=clean_environment())
            stack.callback(finish, process)
            return process

        yield start


def finish(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.kill()
    process.communicate()


def wait_for(condition: Callable[[], object], process: subprocess.Popen[str] | None = None) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert process is None or process.poll() is None, "the worker ended"
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def rows(config: Path, query):
    engine = open_engine(f"sqlite:///{config.parent}/intake.db")
    try:
        with open_sessions(engine)() as session:
            return session.scalars(query).all()
    finally:
        engine.dispose()


def test_the_daemon_answers_an_applicant_and_stops_at_sigterm(config, smtp, daemon):
    process = daemon(config)
    wait_for(lambda: smtp.taken, process)
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    assert process.wait(timeout=PATIENCE) == 0
    assert time.monotonic() - began < 10
    assert len(smtp.taken) == 1
    assert smtp.taken[0].recipients == ["h.wiersum@obsdelantaarn.nl"]


def test_mail_that_comes_later_is_answered_too_and_the_first_one_not_again(config, box, smtp, daemon):
    process = daemon(config)
    wait_for(lambda: smtp.taken, process)
    drop(
        box,
        "two.eml",
        SAMPLE.replace(b"Lantaarn", b"Vuurtoren").replace(b"demo-01", b"demo-77").replace(b"lantaarn", b"vuurtoren"),
    )
    wait_for(lambda: len(smtp.taken) == 2, process)
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=PATIENCE)
    again = daemon(config)
    wait_for(lambda: rows(config, select(Mail.state)) == [MailState.READ] * 2, again)
    assert len(smtp.taken) == 2


def test_a_stalled_server_does_not_keep_the_daemon_from_stopping(config, smtp, daemon):
    smtp.trouble(Stage.DATA, STALL)
    process = daemon(config)
    wait_for(lambda: LetterState.SENDING in states(config), process)
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    assert process.wait(timeout=PATIENCE) == 0
    assert time.monotonic() - began < 12
    assert states(config) == [LetterState.SENDING]


def states(config: Path) -> list[LetterState]:
    try:
        return list(rows(config, select(Letter.state)))
    except Exception:  # noqa: BLE001 - the tables are being made
        return []


def test_a_second_signal_stops_at_once(config, smtp, daemon):
    smtp.trouble(Stage.DATA, STALL)
    process = daemon(config)
    wait_for(lambda: LetterState.SENDING in states(config), process)
    process.send_signal(signal.SIGTERM)
    assert process.stderr is not None
    while "stopping" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    assert process.wait(timeout=PATIENCE) == 128 + signal.SIGTERM
    assert time.monotonic() - began < 4


def test_a_second_worker_on_the_same_file_is_refused_in_one_line(config, smtp, daemon):
    process = daemon(config)
    wait_for(lambda: smtp.taken, process)
    second = intake("run", "--config", config)
    assert second.returncode == 2
    assert re.fullmatch(r"intake: database\.url: a worker runs on this SQLite file already.*\n", second.stderr)


def test_poll_does_one_round_and_says_what_it_did(config, smtp):
    first = intake("poll", "--config", config)
    assert first.returncode == 0, first.stderr
    assert "mailbox:main: received 1" in first.stdout
    assert "read: read 1" in first.stdout
    assert "deliver: sent 1" in first.stdout
    second = intake("poll", "--config", config)
    assert second.returncode == 0
    assert "received" not in second.stdout
    assert len(smtp.taken) == 1


def test_poll_fails_when_a_step_fails_and_the_next_round_makes_up_for_it(config, smtp):
    smtp.stop()
    failed = intake("poll", "--config", config)
    assert failed.returncode == 1
    assert "failed: " in failed.stdout
    assert "Traceback" not in failed.stderr + failed.stdout
    smtp.start()
    assert intake("poll", "--config", config).returncode == 0
    assert len(smtp.taken) == 1


def test_the_log_holds_nothing_personal(config, smtp):
    done = intake("poll", "--config", config)
    log = done.stderr + done.stdout
    assert not re.search(r"Wiersum|Lantaarn|obsdelantaarn|21 43 65 80|\+316", log)


def test_health_asks_when_the_jobs_last_did_well(config, smtp):
    assert intake("poll", "--config", config).returncode == 0
    good = intake("health", "--config", config)
    assert good.returncode == 0
    assert "good  mailbox:main" in good.stdout
    assert {row.name for row in rows_of_heartbeats(config)} >= {"mailbox:main", "read", "deliver", "watch"}


def rows_of_heartbeats(config: Path):
    engine = open_engine(f"sqlite:///{config.parent}/intake.db")
    try:
        with open_sessions(engine)() as session:
            return heartbeats(session)
    finally:
        engine.dispose()


def test_health_is_bad_before_the_first_round(config):
    assert intake("db", "upgrade", "--config", config).returncode == 0
    assert intake("health", "--config", config).returncode == 1


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('type = "maildir"', 'type = "maildirs"', "mailbox.main.type"),
        ("poll_seconds = 0.2", "poll_secs = 1", "mailbox.main.poll_secs: no such key (did you mean poll_seconds?)"),
        ("poll_seconds = 0.2", 'call = "practice"', "mailbox.main.call: no such call"),
        ('security = "plain"', 'security = "none"', "smtp.security"),
        ("[smtp]", "[smpt]", "smpt: no such key (did you mean smtp?)"),
        ("sqlite:///", "mysql://", "database.url"),
    ],
)
@pytest.mark.parametrize("command", ["run", "poll", "check"])
def test_wrong_configuration_is_one_line_that_names_the_key(config, command, old, new, complaint):
    config.write_text(config.read_text().replace(old, new, 1))
    done = intake(command, "--config", config)
    words = done.stderr + done.stdout
    assert complaint in words
    assert "Traceback" not in words
    assert done.returncode == (1 if command == "check" and "such call" in complaint else 2)


def test_a_database_that_is_away_is_one_line(config):
    config.write_text(re.sub(r'url = ".*"', 'url = "postgresql://x:geheim@127.0.0.1:9/intake"', config.read_text()))
    done = intake("poll", "--config", config)
    assert done.returncode == 2
    assert done.stderr.startswith("intake: database.url: ")
    assert "geheim" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_check_logs_in_everywhere_and_says_what_is_wrong(config, smtp, box):
    good = intake("check", "--config", config)
    assert good.returncode == 0, good.stdout
    assert "mailbox.main: opened read-only" in good.stdout
    smtp.stop()
    bad = intake("check", "--config", config)
    assert bad.returncode == 1
    assert "WRONG  smtp: nothing listens at 127.0.0.1" in bad.stdout


def test_init_writes_a_configuration_that_only_its_owner_can_read_and_keeps_an_old_one(tmp_path):
    path = tmp_path / "new.toml"
    assert intake("init", path).returncode == 0
    assert path.stat().st_mode & 0o077 == 0
    again = intake("init", path)
    assert again.returncode == 2
    assert "--force" in again.stderr


def test_a_worker_that_is_killed_while_sending_sends_it_after_the_restart(config, smtp, daemon):
    smtp.trouble(Stage.RCPT, STALL, times=1)
    process = daemon(config)
    # Not as soon as its state is `sending`: that is noted before dialling, and the second worker would be stalled.
    wait_for(lambda: any(said.startswith("RCPT") for said in smtp.commands), process)
    process.kill()
    process.wait(timeout=PATIENCE)
    assert states(config) == [LetterState.SENDING]
    again = daemon(config)
    wait_for(lambda: smtp.taken, again)
    assert len(smtp.taken) == 1


def test_every_letter_is_counted_once_after_many_rounds(config, smtp):
    for _ in range(3):
        assert intake("poll", "--config", config).returncode == 0
    assert rows(config, select(func.count(Letter.id))) == [1]
