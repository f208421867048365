"""Fixtures that tests of several folders share; each family lives in a file of its own."""

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
