"""An mbox as a mailbox: a file with mails one after the other (RFC 4155), read and never rewritten."""

import fcntl
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from intake.mailboxes import BusyError, FolderMissingError, Listed, number_of
from intake.mailboxes.files import FilesMailbox, Found

SETTLED_SECONDS = 3
"""The last mail is read when nothing was written for so long: until then its end may still be on the way."""

_STALE_SECONDS = 600
_LINE = 65_536
# A mail begins at such a line, at the file's start or after an empty line. A sentence may begin with "From " as well,
# and not every program puts ">" before it.
_START = re.compile(rb"From [^\n]{0,400}\d\d:\d\d[^\n]{0,40}\d{4}")
# What mail programs write into the file for themselves; it changes while the mail stays the same.
_BOOKKEEPING = re.compile(
    rb"^(?:Status|X-Status|X-Keywords|X-UID|X-IMAP|X-IMAPbase|X-Mozilla-(?:Status2?|Keys)|Content-Length):"
    rb"[^\n]*\n(?:[ \t][^\n]*\n)*",
    re.IGNORECASE | re.MULTILINE,
)
_DATE_FORMATS = ("%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %z %Y")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One mail's place in the file."""

    start: int
    end: int
    uid: int
    received_at: datetime | None


@dataclass(slots=True)
class _Mbox:
    """What is known of the file; a file that only grew is read on from where it ended."""

    path: Path
    clock: Callable[[], float]
    entries: list[_Entry] = field(default_factory=list)

    def scan(self, _folder: str) -> Iterator[Found]:
        with self._open() as file:
            status = os.fstat(file)
            self._read_on(file, status.st_size)
        settled = status.st_ctime <= self.clock() - SETTLED_SECONDS
        for entry in self.entries if settled else self.entries[:-1]:
            received_at = entry.received_at or datetime.fromtimestamp(status.st_mtime, UTC)
            listed = Listed(uid=entry.uid, size=entry.end - entry.start, received_at=received_at)
            yield Found(listed=listed, read=self._reader(entry))

    def _read_on(self, file: int, size: int) -> None:
        """Find the mails that were added; all of them again when what was known is not as it was."""
        # The last one known is read again: it may have been half there.
        known = self.entries[:-1]
        if known and _entry(file, known[-1].start, known[-1].end) != known[-1]:
            known = []
        starts = list(_starts(file, known[-1].end if known else 0))
        self.entries = known + [_entry(file, *ends) for ends in pairwise([*starts, size])]

    def _reader(self, entry: _Entry) -> Callable[[int], bytes | None]:
        def read(limit: int) -> bytes | None:
            try:
                with self._open() as file:
                    text = os.pread(file, entry.end - entry.start, entry.start)
            except FolderMissingError:
                return None
            # Another program may have rewritten the file meanwhile.
            return _mail(text)[: limit if limit >= 0 else None] if _uid(text) == entry.uid else None

        return read

    @contextmanager
    def _open(self) -> Iterator[int]:
        """Open the file for reading under a shared lock. Raises BusyError while another program writes."""
        with suppress(FileNotFoundError):
            lock = self.path.with_name(self.path.name + ".lock")
            if self.clock() - lock.stat().st_mtime < _STALE_SECONDS:
                raise BusyError(f"another program has locked {self.path}")
        try:
            file = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            raise FolderMissingError(f"{self.path} can't be read: {error.strerror}") from error
        try:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            yield file
        except BlockingIOError as error:
            raise BusyError(f"another program has locked {self.path}") from error
        finally:
            os.close(file)


def mbox(name: str, path: Path, *, clock: Callable[[], float] = time.time) -> FilesMailbox:
    """Make a mailbox of an mbox file; it has no folders."""
    return FilesMailbox(name, ("",), _Mbox(path, clock).scan)


def _starts(file: int, begin: int) -> Iterator[int]:
    """Yield where a mail begins, from a place on where one begins or the file ends."""
    # Read, not mapped: a file that another program shortens meanwhile would end this one by a signal.
    with open(file, "rb", closefd=False) as lines:
        lines.seek(begin)
        offset, empty, ended = begin, True, True
        while line := lines.readline(_LINE):
            if empty and _START.match(line):
                yield offset
            empty = ended and line in {b"\n", b"\r\n"}
            ended = line.endswith(b"\n")
            offset += len(line)


def _entry(file: int, start: int, end: int) -> _Entry:
    text = os.pread(file, end - start, start)
    return _Entry(start=start, end=end, uid=_uid(text), received_at=_received_at(text))


def _uid(text: bytes) -> int:
    """Return a UID made from the mail itself: the same wherever in the file it is, and whatever flags it has."""
    return number_of(_mail(text))


def _mail(text: bytes) -> bytes:
    """Return the mail without the "From " line, what mail programs noted in its header, and the empty line after it."""
    _, _, mail = text.partition(b"\n")
    mail = mail.removesuffix(b"\r\n" if mail.endswith(b"\r\n") else b"\n")
    end = re.search(rb"\r?\n\r?\n", mail)
    if end is None:
        return mail
    return _BOOKKEEPING.sub(b"", mail[: end.start() + 1]) + mail[end.start() + 1 :]


def _received_at(text: bytes) -> datetime | None:
    """Return the time in the "From " line, which names no zone: UTC (RFC 4155); None when there is none."""
    words = text.partition(b"\n")[0].split()[2:]
    for form in _DATE_FORMATS:
        try:
            date = datetime.strptime(b" ".join(words).decode("ascii", "replace"), form)  # noqa: DTZ007 (below)
        except ValueError:
            continue
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date
    return None
