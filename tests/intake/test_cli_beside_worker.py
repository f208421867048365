"""Staff at work on the list while the worker reads mail into it."""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from models.application import application_by_reference
from models.base import lock, open_engine, open_sessions
from tests.intake.test_cli_list import DEMO, FIRST, settings_in, typed
from tests.intake.test_worker import clean_environment, finish, wait_for
from tests.models.test_application import an_application

ROOT = Path(__file__).parents[2]
MAILS = 12
SAMPLE = (DEMO / "01-neat.eml").read_bytes()


def a_mail(number: int) -> bytes:
    """The same application from another school each time."""
    words = {b"Lantaarn": f"Vuurtoren {number}", b"lantaarn": f"vuurtoren{number}", b"demo-01": f"beside-{number}"}
    raw = SAMPLE
    for before, after in words.items():
        raw = raw.replace(before, after.encode())
    return raw.replace(b"Hanna Wiersum", b"Persoon Wiersum %d" % number).replace(
        b"21 43 65", b"21 4%d 65" % (number % 10)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("tmp", "new", "cur"):
        (tmp_path / "box" / part).mkdir(parents=True)
    shutil.copy(DEMO / "01-neat.eml", tmp_path / "box" / "new" / "1.first")
    settings_in(tmp_path)
    return tmp_path


def test_every_command_is_safe_while_the_worker_reads(folder: Path) -> None:
    config = folder / "intake.toml"
    config.write_text(config.read_text().replace("since =", "poll_seconds = 0.2\nsince ="))

    def staff(*words: object) -> str:
        done = typed(config, "applications", *words)
        assert done.exit_code == 0, done.output
        return done.stdout

    def rows() -> list[dict[str, Any]]:
        return [json.loads(line) for line in staff("list", "--format", "json").splitlines()]

    command = [sys.executable, "-m", "intake", "run", "--config", str(config)]
    worker = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env=clean_environment())
    try:
        wait_for(lambda: (folder / "intake.db").exists() and typed(config, "health").exit_code != 2, worker)
        wait_for(lambda: len(rows()) == 1, worker)
        for number in range(1, MAILS + 1):
            (folder / "box" / "tmp" / f"{number}.x").write_bytes(a_mail(number))
            (folder / "box" / "tmp" / f"{number}.x").rename(folder / "box" / "new" / f"{number}.x")
            staff("note", FIRST, f"nummer {number}", "--by", "Anna")
            staff("correct", FIRST, "phone", f"0592 31 40 {number:02}", "--by", "Anna")
            staff("show", FIRST)
            assert typed(config, "export", folder / "x.xlsx").exit_code == 0
            assert typed(config, "digest", "--preview").exit_code == 0
        staff("withdraw", FIRST, "--by", "Anna")
        wait_for(lambda: len(rows()) == MAILS + 1, worker)
        second, third = (row["reference"] for row in rows()[1:3])
        staff("merge", second, third, "--by", "Anna")
        staff("link", FIRST, second, "--by", "Anna")
    finally:
        finish(worker)
    first, *others = rows()
    assert (first["status"], first["values"]["phone"]["value"]) == ("withdrawn", f"+3159231401{MAILS - 10}")
    assert [one["note"] for one in first["events"] if one["kind"] == "note"] == [
        f"nummer {n}" for n in range(1, MAILS + 1)
    ]
    assert len(others) == MAILS - 1
    assert len({one["reference"] for one in others}) == len(others)
    assert others[0]["linked"] == [FIRST]


def test_on_postgresql_a_decision_waits_until_the_worker_has_registered_its_mail(
    postgres_url: str, tmp_path: Path
) -> None:
    config = settings_in(tmp_path)
    config.write_text(config.read_text().replace(f"sqlite:///{tmp_path}/intake.db", postgres_url))
    engine = open_engine(postgres_url)
    sessions = open_sessions(engine)
    with sessions.begin() as session:
        session.add(an_application(1, phone="+31612345678"))
    with ThreadPoolExecutor(1) as pool, sessions() as registering:
        lock(registering, "register")
        words = ("applications", "correct", "OG-2026-0001", "phone", "0592 31 40 50", "--by", "Anna")
        decided = pool.submit(typed, config, *words)
        waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        wait_for(lambda: decided.done() or registering.scalar(waits) == 1)
        assert not decided.done()
        registering.rollback()
        assert decided.result(60).exit_code == 0
    with sessions() as session:
        row = application_by_reference(session, "OG-2026-0001")
        assert row is not None
        assert row.text("phone") == "+31592314050"
    engine.dispose()
