"""How the command line shows words out of mail and moments in time."""

from datetime import datetime

from rich.text import Text

from parsers.extraction import Evidence
from parsers.message import Message
from replies.dutch_time import AMSTERDAM

_CONTEXT = 36
"""Characters shown on either side of the words that a value came from."""
_LONG = 140
"""Words longer than this are shown by their beginning and end."""


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
    inner = " ".join(text.split())
    return (" " if text[:1].isspace() else "") + inner + (" " if text[-1:].isspace() and inner else "")
