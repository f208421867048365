"""Fixtures that tests of several folders share; each family lives in a file of its own."""

import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

from tests.postgres import (  # noqa: F401
    database_url,
    empty_database_url,
    empty_postgres_url,
    engine,
    postgres_prepared,
    postgres_server,
    postgres_url,
    sessions,
    sqlite_template,
    sqlite_url,
)
from tests.servers.fixtures import (  # noqa: F401
    account,
    certificate,
    corpus,
    dovecot,
    foreign_certificate,
    line,
    make_smtp,
    scripted,
    smtp,
    watch,
)

# A busy machine fails no property; the same examples each time fail none by luck.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def log_as_found() -> Iterator[None]:
    """Undo what a command that ran within a test did to the log: it would write to a stream closed since."""
    root = logging.getLogger()
    level = root.level
    yield
    root.setLevel(level)
    for handler in root.handlers[:]:
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(handler)
    structlog.reset_defaults()
