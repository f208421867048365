"""How the command line shows words out of mail, moments in time, and how far long work is."""

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TypeVar

from rich.console import Console
from rich.progress import track
from rich.text import Text

from parsers.extraction import Evidence
from parsers.message import Message
from replies.clean import paragraphs
from replies.dutch_time import AMSTERDAM

_CONTEXT = 36
"""Characters shown on either side of the words that a value came from."""
_LONG = 140
"""Words longer than this are shown by their beginning and end."""
_WHOLE = 100_000
"""Characters of one value that a terminal is given at most."""
_STEP = 1000
T = TypeVar("T")


def plain(text: str) -> str:
    """Return words out of mail as a terminal may print them: without the characters that command it or hide text."""
    return "\n".join(paragraphs(text, _WHOLE))


def progress(rows: Iterable[T], what: str, total: int) -> Iterator[T]:
    """Go through the rows and tell on standard error how far it is: a bar on a terminal, else a line now and then."""
    if sys.stderr.isatty():
        yield from track(rows, what, total=total, console=Console(stderr=True), transient=True)
        return
    for count, row in enumerate(rows, start=1):
        yield row
        if count % _STEP == 0:
            print(f"{what}: {count} of {total}", file=sys.stderr)


def local(moment: datetime | None) -> str:
    """Return a moment as people in the Netherlands write it down; "" for none."""
    return moment.astimezone(AMSTERDAM).strftime("%Y-%m-%d %H:%M") if moment else ""


def highlighted(message: Message, evidence: Evidence | None) -> Text:
    """Return the words that a value came from, marked, with a little of what stands around them."""
    if evidence is None:
        return Text("")
    part = message.part(evidence.part)
    source = part.text if part else message.header(evidence.part.removeprefix("header:")) or ""
    before, after = source[: evidence.start][-_CONTEXT:], source[evidence.end :][:_CONTEXT]
    found = source[evidence.start : evidence.end]
    if len(found) > _LONG:
        found = f"{found[: _LONG // 2]} … {found[-_LONG // 2 :]}"
    return Text.assemble((_line(before), "dim"), (_line(found), "bold reverse"), (_line(after), "dim"))


def _line(text: str) -> str:
    """The text on one line, a space kept at either end where there was any white space."""
    inner = " ".join(plain(text).split())
    return (" " if text[:1].isspace() else "") + inner + (" " if text[-1:].isspace() and inner else "")
