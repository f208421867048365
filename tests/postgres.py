"""Databases for tests: a real PostgreSQL server, and fresh databases with today's schema on it and on SQLite."""

import os
import pwd
import shutil
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from pytest_postgresql.executors import PostgreSQLExecutor
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from models.base import Base, open_engine, open_sessions
from models.migrations import upgrade

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgreSQLExecutor]:
    """A PostgreSQL server on a free port of the loopback interface, in a temporary folder."""
    folder = Path(tempfile.mkdtemp(prefix="intake-postgres-"))
    server = PostgreSQLExecutor(
        executable=str(_pg_ctl(folder)),
        host="127.0.0.1",
        port=_free_port(),
        user="intake",
        dbname="intake",
        datadir=str(folder / "data"),
        unixsocketdir=str(folder),
        logfile=str(folder / "log"),
        startparams="-w",
        postgres_options="-c listen_addresses=127.0.0.1 -c max_connections=60",
    )
    try:
        with server:
            _wait_until_ready(server)
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(server: PostgreSQLExecutor) -> None:
    """Wait until the server lets us in: it listens, and says that it runs, while it is still starting up."""
    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(_postgres_url(server, "postgres")).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _pg_ctl(folder: Path) -> Path:
    """Return a pg_ctl to run: as another user when we are root, whom PostgreSQL refuses."""
    found = shutil.which("pg_ctl") or max(
        map(str, Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")), key=_version, default=""
    )
    if not found:
        pytest.fail("PostgreSQL is not installed (Debian: postgresql)")
    if os.geteuid() != 0:
        return Path(found)
    users = {user.pw_name: user for user in pwd.getpwall()}
    user = users.get("postgres") or users["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    wrapper = folder / "pg_ctl"
    drop = f"setpriv --reuid={user.pw_uid} --regid={user.pw_gid} --clear-groups"
    wrapper.write_text(f'#!/bin/sh\ncd / && exec {drop} "{found}" "$@"\n')
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    return wrapper


def _version(pg_ctl: str) -> float:
    return float(Path(pg_ctl).parts[-3])


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _postgres_url(server: PostgreSQLExecutor, database: str) -> str:
    return f"postgresql://{server.user}@{server.host}:{server.port}/{database}"


@pytest.fixture
def empty_postgres_url(postgres_server: PostgreSQLExecutor) -> Iterator[str]:
    """A PostgreSQL database without tables."""
    yield from _postgres_database(postgres_server, "template0")


@pytest.fixture(scope="session")
def postgres_prepared(postgres_server: PostgreSQLExecutor) -> Iterator[str]:
    """A PostgreSQL database with today's schema, for all tests in turn."""
    for url in _postgres_database(postgres_server, "template0"):
        engine = open_engine(url)
        upgrade(engine)
        engine.dispose()
        yield url


@pytest.fixture
def postgres_url(postgres_server: PostgreSQLExecutor, postgres_prepared: str) -> Iterator[str]:
    """A PostgreSQL database with today's schema and no rows."""
    yield postgres_prepared
    with psycopg.connect(postgres_prepared, autocommit=True) as connection:
        # Whatever a test left open would keep the tables locked.
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE".encode())


def _postgres_database(server: PostgreSQLExecutor, template: str) -> Iterator[str]:
    name = f"test_{next(_NUMBERS)}"
    with psycopg.connect(_postgres_url(server, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        yield _postgres_url(server, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with today's schema, to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A SQLite database with today's schema and no rows."""
    path = tmp_path / "intake.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database with today's schema and no rows: once on SQLite, once on PostgreSQL."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables: once on SQLite, once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The engine of `database_url`."""
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    """The factory of writing sessions of `database_url`."""
    return open_sessions(engine)
