"""Staff at work on the list while the worker reads mail into it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.intake.test_cli_list import DEMO, FIRST, settings_in, typed
from tests.intake.test_worker import clean_environment, finish, wait_for

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
