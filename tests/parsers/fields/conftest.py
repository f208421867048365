from collections.abc import Callable

import pytest

from config.call import Call, load_calls
from parsers.extraction import ExtractedApplication, Kind
from parsers.fields import propose_fields
from parsers.fields.reading import Reading, read
from parsers.message import parse_message
from parsers.weigh import decide_applications, with_answers

Decide = Callable[..., tuple[ExtractedApplication, ...]]
Understand = Callable[..., Reading]


@pytest.fixture(scope="session")
def call() -> Call:
    return load_calls()["ontwikkelgroep"]


@pytest.fixture
def reading_of(call: Call) -> Understand:
    def make(
        text: str, sender: str = "Jan de Vries <j.devries@obsdeklimop.nl>", subject: str = "Aanmelding"
    ) -> Reading:
        raw = f"From: {sender}\nTo: steunpuntpassendonderwijs@vo-raad.nl\nSubject: {subject}\n"
        raw += (
            f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n"
        )
        return read(parse_message(raw.encode()), call, Kind.APPLICATION)

    return make


@pytest.fixture
def decide(reading_of: Understand) -> Decide:
    def run(text: str, **mail: str) -> tuple[ExtractedApplication, ...]:
        reading = reading_of(text, **mail)
        decided = decide_applications(propose_fields(reading), reading=reading, kind=Kind.APPLICATION)
        return with_answers(decided, (), reading.call).applications

    return run
