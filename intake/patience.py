"""How long a server is waited for, and how long it is left alone after trouble."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(slots=True, kw_only=True)
class Rest:
    """When a server that gave trouble is tried again: after a pause that doubles, up to a limit."""

    limit: timedelta = timedelta(minutes=15)
    failures: int = 0
    until: datetime | None = None

    def over(self, now: datetime) -> bool:
        """Say whether the server may be tried."""
        return self.until is None or now >= self.until

    def failed(self, pause: timedelta, *, now: datetime) -> None:
        """Begin a pause, longer than the last one."""
        doubled: timedelta = pause * 2 ** min(self.failures, 20)
        self.failures += 1
        self.until = now + min(doubled, self.limit)

    def succeeded(self) -> None:
        """Forget the trouble."""
        self.failures = 0
        self.until = None


@dataclass(slots=True)
class Limit:
    """A time limit that runs."""

    passed: bool = False
    """It is over, and the connection was ended."""


@contextmanager
def time_limit(connection: socket.socket, seconds: float) -> Iterator[Limit]:
    """End a connection after so many seconds, whatever is going on: whoever reads from it sees its end.

    A socket's own timeout is for silence only: a server that drips a byte now and then never meets it.
    """
    limit = Limit()

    def end() -> None:
        limit.passed = True
        with suppress(OSError):
            # Not the method of an SSLSocket: that takes the encryption off beneath the reader's feet.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield limit
    finally:
        timer.cancel()
