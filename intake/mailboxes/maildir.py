"""A Maildir as a mailbox: read where it lies, nothing moved from new to cur, no flag touched."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from imapclient.imap_utf7 import encode as encode_utf7

from intake.mailboxes import Listed, number_of
from intake.mailboxes.files import FilesMailbox, Found, read_file, regular_files


def maildir(name: str, path: Path, folders: Sequence[str] = ("INBOX",)) -> FilesMailbox:
    """Make a mailbox of a Maildir and its subfolders (Maildir++: "INBOX" is itself, "Werk" is `.Werk` in it)."""

    def scan(folder: str) -> Iterator[Found]:
        root = path if folder == "INBOX" else path / f".{encode_utf7(folder).decode('ascii')}"
        # What is still being delivered lies in `tmp`.
        for part in ("new", "cur"):
            for entry, status in regular_files(root / part):
                yield _found(entry, status)

    return FilesMailbox(name, folders, scan)


def _found(entry: "os.DirEntry[str]", status: os.stat_result) -> Found:
    """Return a mail; its UID is made from the part of its file's name that stays when flags change."""
    key = entry.name.partition(":")[0]
    listed = Listed(uid=number_of(key), size=status.st_size, received_at=_received_at(key, status), source=key)
    return Found(listed=listed, read=read_file(Path(entry.path)))


def _received_at(key: str, status: os.stat_result) -> datetime:
    """Return the time of delivery: a name begins with it, and a copied file keeps its name but not its time."""
    seconds = key.partition(".")[0]
    # Nine or ten digits: 1973 to 2286.
    if seconds.isascii() and seconds.isdigit() and 9 <= len(seconds) <= 10:
        return datetime.fromtimestamp(int(seconds), UTC)
    return datetime.fromtimestamp(status.st_mtime, UTC)
