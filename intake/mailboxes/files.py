"""Files as a mailbox: what a Maildir, an mbox and a folder of .eml files have in common."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from intake.mailboxes import FolderMissingError, FolderState, Listed
from intake.patience import Rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A mail in a file, and how to read it."""

    listed: Listed
    read: Callable[[int], bytes | None]
    """Gives the first so many bytes, all with -1; None when it is gone or may not be read."""


class FilesMailbox:
    """A mailbox that is found anew, by `scan`, each time a folder of it is opened. Nothing is ever written."""

    numbered = False

    def __init__(self, name: str, folders: Sequence[str], scan: Callable[[str], Iterable[Found]]) -> None:
        self.name = name
        self.folders = folders
        self.rest = Rest()
        self._scan = scan
        self._found: dict[str, dict[int, Found]] = {}

    def open(self) -> None:
        """Do nothing: files need no connection."""

    def state(self, folder: str) -> FolderState:
        """Look what is there. Raises MailboxError."""
        found = sorted(self._scan(folder), key=_age)
        self._found[folder] = {one.listed.uid: one for one in found}
        return FolderState(uidvalidity=0, uidnext=None, count=len(self._found[folder]))

    def uids(self, folder: str, *, after: int = 0) -> list[int]:  # noqa: ARG002
        """Return the UIDs of all mails, oldest first."""
        if folder not in self._found:
            self.state(folder)
        return list(self._found[folder])

    def look(self, folder: str, uids: Sequence[int]) -> dict[int, Listed]:
        """Return sizes and dates of these mails."""
        found = self._found[folder]
        return {uid: found[uid].listed for uid in uids if uid in found}

    def fetch(self, folder: str, uids: Sequence[int]) -> dict[int, bytes]:
        """Return the bytes of these mails; those that are gone or may not be read are left out."""
        raws = {uid: self._read(folder, uid, -1) for uid in uids}
        return {uid: raw for uid, raw in raws.items() if raw is not None}

    def head(self, folder: str, uid: int, *, limit: int) -> bytes:
        """Return at most `limit` bytes of a mail's header; empty when there is none."""
        start = self._read(folder, uid, limit) or b""
        for end in (b"\r\n\r\n", b"\n\n"):
            header, found, _ = start.partition(end)
            if found:
                return header + end
        return start

    def close(self) -> None:
        """Forget what was found."""
        self._found.clear()

    def _read(self, folder: str, uid: int, limit: int) -> bytes | None:
        """Read a mail; a file that is not where it was is looked for again: mail programs rename them."""
        found = self._found[folder].get(uid)
        raw = found.read(limit) if found else None
        if raw is None and found:
            self.state(folder)
            found = self._found[folder].get(uid)
            raw = found.read(limit) if found else None
        return raw


def _age(found: Found) -> tuple[float, str, int]:
    """Order mails by their time; what came at the same time, by name."""
    received_at = found.listed.received_at
    return received_at.timestamp() if received_at else 0, found.listed.source or "", found.listed.uid


def regular_files(path: Path) -> Iterator[tuple["os.DirEntry[str]", os.stat_result]]:
    """Yield the visible regular files in a directory. Raises FolderMissingError when it can't be read.

    A symbolic link could lead to any file of this machine, and opening a pipe could wait for ever: not for us.
    """
    try:
        with os.scandir(path) as listing:
            entries = list(listing)
    except OSError as error:
        raise FolderMissingError(f"{path} can't be read: {error.strerror}") from error
    for entry in entries:
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        if stat.S_ISREG(status.st_mode) and not entry.name.startswith("."):
            yield entry, status


def read_file(path: Path) -> Callable[[int], bytes | None]:
    """Return how to read the file at that path."""

    def read(limit: int) -> bytes | None:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        with open(descriptor, "rb") as file:  # noqa: PTH123 (a path alone would follow a link)
            return file.read(limit)

    return read
