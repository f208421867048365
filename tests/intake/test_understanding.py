import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.call import load_calls
from intake.understanding import ANSWERS, Conversation, ReadingError, ReadingProcess, understand, where
from parsers.extraction import Kind

CALL = load_calls()["ontwikkelgroep"]
ROOT = Path(__file__).parent.parent.parent
MAIL = b"""From: Jan de Vries <jan@klimop.example>\r
To: steunpunt@steunpunt.example\r
Subject: Aanmelding ontwikkelgroep\r
\r
Graag doen wij mee.\r
\r
Organisatie: OBS De Klimop\r
Telefoon: 06-12345678\r
"""


@pytest.fixture
def process() -> Iterator[ReadingProcess]:
    reading = ReadingProcess(seconds=60, memory_mb=1000)
    yield reading
    reading.close()


def child(process: ReadingProcess) -> int:
    assert process._process is not None
    return process._process.pid


def test_another_process_understands_the_same(process: ReadingProcess):
    assert process(MAIL, CALL) == understand(MAIL, CALL)
    assert process(MAIL, CALL, Kind.OTHER).extraction.kind is Kind.OTHER


def test_another_process_knows_the_conversation_too(process: ReadingProcess):
    reply = b"From: jan@klimop.example\r\nSubject: Re: x\r\n\r\nJa, dat klopt.\r\n"
    asked = Conversation(letters=("Klopt het dat uw functie directeur is?",), asks=True)
    understood = process(reply, CALL, None, asked)
    assert understood == understand(reply, CALL, None, asked)
    assert (understood.extraction.kind, understood.extraction.kind_reason) == (Kind.SUPPLEMENT, ANSWERS)
    # What a person said that it is stands.
    assert process(reply, CALL, Kind.OTHER, asked).extraction.kind is Kind.OTHER


def test_one_process_serves_many_mails(process: ReadingProcess):
    process(MAIL, CALL)
    first = child(process)
    process(b"", CALL)
    process(b"\x00\xff" * 1000, CALL)
    assert child(process) == first


def test_a_mail_that_takes_too_long_is_given_up_and_the_next_one_is_read(process: ReadingProcess):
    process(MAIL, CALL)
    first = child(process)
    process.seconds = 0.001
    with pytest.raises(ReadingError, match=r"^took longer than 0\.001 seconds$"):
        process(MAIL + b"en nog een woord " * 1_000_000, CALL)
    process.seconds = 60
    assert process(MAIL, CALL).message.from_.address == "jan@klimop.example"
    assert child(process) != first


def test_a_mail_that_takes_too_much_memory_is_given_up_and_the_next_one_is_read():
    process = ReadingProcess(seconds=60, memory_mb=40)
    try:
        with pytest.raises(ReadingError, match=r"^took more than 40 MB of memory$"):
            process(MAIL + b"x" * 60_000_000, CALL)
        assert process(MAIL, CALL).message.from_.address == "jan@klimop.example"
    finally:
        process.close()


def test_a_process_that_was_killed_is_replaced(process: ReadingProcess):
    process(MAIL, CALL)
    assert process._process is not None
    os.kill(child(process), 9)
    process._process.wait()
    assert process(MAIL, CALL).message.from_.address == "jan@klimop.example"


def test_the_process_ends_with_the_worker_even_when_that_is_killed():
    script = (
        "import time; from tests.intake.test_understanding import *\n"
        "p = ReadingProcess(seconds=60, memory_mb=1000); p(MAIL, CALL); print(child(p), flush=True); time.sleep(60)"
    )
    worker = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT)
    assert worker.stdout is not None
    pid = int(worker.stdout.readline())
    worker.kill()
    worker.wait()
    deadline = time.monotonic() + 10
    while _runs(pid):
        assert time.monotonic() < deadline, "the reading process outlived its worker"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_an_errors_places_are_told_and_not_its_words():
    try:
        int("jan@klimop.example")
    except ValueError as error:
        told = where(error)
    assert told.splitlines()[-1] == "ValueError"
    assert "test_understanding.py" in told
    assert "klimop" not in told
