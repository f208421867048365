import io
import json
import logging
import time

import pytest
import structlog

from config.log import redact, set_up_log


@pytest.fixture
def written():
    return io.StringIO()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("refused j.devries@obsdeklimop.nl: 550", "refused <address>: 550"),
        ("<CAF=x+1@mail.gmail.com>", "<<address>>"),
        ("bel 06-12345678 of +31 (0)6 12 34 56 78", "bel <number> of <number>"),
        ("tel 0592 - 31 22 33.", "tel <number>."),
        ("010 1234567", "<number>"),
        ("took 0.0123456789 s on 2026-03-02 09:00:00", "took 0.0123456789 s on 2026-03-02 09:00:00"),
        ("uidvalidity 1712345678, 100 mails", "uidvalidity 1712345678, 100 mails"),
        ("/usr/lib/python3.11/x.py:120", "/usr/lib/python3.11/x.py:120"),
    ],
)
def test_addresses_and_telephone_numbers_are_redacted(text: str, expected: str):
    assert redact(text) == expected


def test_redacting_hostile_text_takes_no_time():
    began = time.process_time()
    for text in ("a" * 1_000_000, "0 " * 500_000, "@" * 1_000_000, "+1 (" * 250_000):
        redact(text)
    assert time.process_time() - began < 0.5


def test_json_lines_carry_the_values_and_nothing_personal(written: io.StringIO):
    set_up_log("json", "info", stream=written)
    structlog.get_logger("intake").info("read", mail=7, kind="application", note=["jan@school.example"])
    line = json.loads(written.getvalue())
    assert line.items() >= {"event": "read", "mail": 7, "kind": "application", "level": "info"}.items()
    assert line["note"] == ["<address>"]


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_traceback_is_kept_without_the_address_in_its_message(written: io.StringIO, form):
    set_up_log(form, "info", stream=written)
    try:
        int("no mailbox jan@school.example")
    except ValueError:
        structlog.get_logger("intake").exception("failed", mail=7)
    assert "test_log.py" in written.getvalue()
    assert "ValueError" in written.getvalue()
    assert "jan@" not in written.getvalue()


def test_what_libraries_log_is_redacted_too(written: io.StringIO):
    set_up_log("json", "info", stream=written)
    logging.getLogger("some.library").warning("no answer for %s", "jan@school.example")
    assert json.loads(written.getvalue())["event"] == "no answer for <address>"


def test_a_line_below_the_level_is_not_written(written: io.StringIO):
    set_up_log("console", "warning", stream=written)
    structlog.get_logger("intake").info("read")
    assert written.getvalue() == ""
