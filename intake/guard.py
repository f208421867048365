"""One worker of a name at a time: what a second one would take for a dead worker's work is in a living one's hands."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text


class AlreadyRunningError(RuntimeError):
    """Another worker holds the place; the message is one line that says how to mend it."""


@contextmanager
def only_worker(engine: Engine, name: str) -> Iterator[None]:
    """Hold the worker's place until the block ends, or the process, however it ends. Raises AlreadyRunningError.

    On SQLite there is one place for each database file, on PostgreSQL one for each worker's name.
    """
    if engine.dialect.name == "sqlite":
        with _locked_file(Path(f"{engine.url.database}.worker")):
            yield
        return
    key = int.from_bytes(hashlib.sha256(f"worker {name}".encode()).digest()[:8], "big", signed=True)
    # Its own connection: the lock lasts as long as it does, and ends with the process.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
            raise AlreadyRunningError(f"worker.name: a worker called {name!r} runs already: give this one another name")
        yield


@contextmanager
def _locked_file(path: Path) -> Iterator[None]:
    """Lock the file (flock(2)) until the process ends. It stays, so that nobody locks a deleted one."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(
                "database.url: a worker runs on this SQLite file already: stop it first, or use PostgreSQL for several"
            ) from None
        yield
    finally:
        os.close(handle)
