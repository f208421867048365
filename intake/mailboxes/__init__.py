"""Where mail is received from: what every mailbox can do, and what can go wrong with it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from intake.patience import Rest


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderState:
    """What a folder says of itself when it is opened."""

    uidvalidity: int
    """Another number than before: the UIDs were given out anew (RFC 3501 section 2.3.1.1). 0 for files."""
    uidnext: int | None
    """Lower than any UID to come; None when the server does not say, and for files."""
    count: int
    """How many mails are in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A mail in a folder, before its bytes are fetched."""

    uid: int
    size: int
    """Bytes, as the server says: some servers are a little off."""
    received_at: datetime | None
    """When it came into the mailbox, aware; None when the server does not say."""
    source: str | None = None
    """The name of its file; None on a server."""


class Mailbox(Protocol):
    """One account, or one place with files, that mail is received from. It is only ever read."""

    name: str
    """Its name in the settings."""
    folders: Sequence[str]
    """The folders that are watched."""
    numbered: bool
    """UIDs ascend in the order of arrival, so that one position stands for all mail up to it."""
    rest: Rest
    """Whether it is left alone for a while after trouble."""

    def open(self) -> None:
        """Make sure that it can be used: connect and log in where needed. Raises MailboxError."""

    def state(self, folder: str) -> FolderState:
        """Open the folder read-only and return its state. Raises MailboxError."""

    def uids(self, folder: str, *, after: int = 0) -> list[int]:
        """Return the UIDs above `after` (all of them when it is not `numbered`), oldest first. Raises MailboxError."""

    def look(self, folder: str, uids: Sequence[int]) -> dict[int, Listed]:
        """Return sizes and dates of these mails; those that are gone are left out. Raises MailboxError."""

    def fetch(self, folder: str, uids: Sequence[int]) -> dict[int, bytes]:
        """Return the bytes of these mails; those that the mailbox does not give are left out. Raises MailboxError."""

    def head(self, folder: str, uid: int, *, limit: int) -> bytes:
        """Return at most `limit` bytes of a mail's header; empty when there is none. Raises MailboxError."""

    def close(self) -> None:
        """End the connection. Never raises; a closed mailbox can be opened again."""


class MailboxError(Exception):
    """A mailbox can't be used now. The message is one line: what is wrong and, where that is known, how to mend it."""

    pause = timedelta(seconds=5)
    """How long the mailbox is left alone at least after this error."""


class UnreachableError(MailboxError):
    """There is no connection: the name is unknown, nothing listens, or nobody answers in time."""


class ConnectionLostError(MailboxError):
    """The connection broke, or an answer did not come in time."""


class GarbledError(MailboxError):
    """The server's answer can't be understood."""


class ServerRefusedError(MailboxError):
    """The server said no to a command."""


class BusyError(MailboxError):
    """Another program is writing to the files just now, or the server asks to come back later (RFC 5530)."""


class CertificateError(MailboxError):
    """The server's certificate is not the one that is expected, or it can't encrypt as the settings demand."""

    pause = timedelta(minutes=1)


class LoginRefusedError(MailboxError):
    """The server refused the user name with this password or token."""

    # Servers lock an account, or the address that asks, after a few refused logins in short time.
    pause = timedelta(minutes=1)


class FolderMissingError(MailboxError):
    """There is no such folder, or it may not be read."""


def number_of(*parts: str | bytes | int) -> int:
    """Return the UID of a mail in a file: the same for the same parts, never 0, fitting a database's wide integer."""
    text = b"\0".join(
        part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogateescape") for part in parts
    )
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") >> 1 or 1
