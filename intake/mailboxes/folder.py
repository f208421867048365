"""A folder of .eml files as a mailbox: what other programs save there is read, and left there."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from intake.mailboxes import Listed, number_of
from intake.mailboxes.files import FilesMailbox, Found, read_file, regular_files

SETTLED_SECONDS = 3
"""A file is read when nothing was written to it for so long: many programs write it where it will stay, bit by bit."""


def eml_folder(name: str, path: Path, *, clock: Callable[[], float] = time.time) -> FilesMailbox:
    """Make a mailbox of the files in a folder that are called *.eml; folders in it are not looked into."""

    def scan(_folder: str) -> Iterator[Found]:
        settled = clock() - SETTLED_SECONDS
        for entry, status in regular_files(path):
            if entry.name.lower().endswith(".eml") and status.st_ctime <= settled:
                yield _found(entry, status)

    return FilesMailbox(name, ("",), scan)


def _found(entry: "os.DirEntry[str]", status: os.stat_result) -> Found:
    """Return a mail; its UID is made from the file's name, size and time: written over, it is another mail."""
    listed = Listed(
        uid=number_of(entry.name, status.st_size, status.st_mtime_ns),
        size=status.st_size,
        # When it came to lie here: a copied or moved file may keep the time at which it was once saved elsewhere.
        received_at=datetime.fromtimestamp(status.st_ctime, UTC),
        source=entry.name,
    )
    return Found(listed=listed, read=read_file(Path(entry.path)))
