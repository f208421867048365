"""The lines of a text: where each stands, its quote marks, its words, and how deep its HTML says it is quoted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from parsers.canvas import Mark
from parsers.html import Span

MAX_LINES = 8_000
"""Lines that are told apart; what follows goes with the last of them."""
MAX_SPANS = 500
MAX_WORDS = 2_000
"""Characters of a line that are looked at."""

_ARROW_MARKS = re.compile(r"[ \t]{0,3}>(?:[ \t]?>)*")
_PIPE_MARKS = re.compile(r"[ \t]{0,3}[>|](?:[ \t]?[>|])*")


@dataclass(slots=True)
class Line:
    """One line of a part's text."""

    start: int
    end: int
    """Behind its line end."""
    words: str
    """Without quote marks and the white space around; cut when very long."""
    marks: int = 0
    """How many quote marks it begins with."""
    depth: int = 0
    """How deep it is quoted: its marks and the quotations that its HTML says it stands in."""
    region: int = 0
    """Which stretch that a mail program put beneath the answer it stands in; 0 for none."""
    signature: bool = False
    """Its HTML says that it belongs to a signature."""
    coloured: bool = False
    """Its HTML says that its words stand out in colour."""

    @property
    def is_blank(self) -> bool:
        """Tell whether nothing stands on it."""
        return not self.words


def lines_of(text: str, spans: Sequence[Span] = ()) -> list[Line]:
    """Cut a text into lines; beyond the limit, the rest is one line."""
    rows = text.split("\n", MAX_LINES)
    pattern = _PIPE_MARKS if _has_pipe_marks(rows) else _ARROW_MARKS
    lines: list[Line] = []
    position = 0
    for row in rows:
        end = min(position + len(row) + 1, len(text))
        marks = 0
        words = row
        found = pattern.match(row, 0, 200) if ">" in row[:4] or "|" in row[:4] else None
        if found:
            marks = found[0].count(">") + found[0].count("|")
            words = row[found.end() :]
        lines.append(Line(position, end, words[:MAX_WORDS].strip(), marks, marks))
        position = end
    if lines and lines[-1].start == lines[-1].end:
        lines.pop()
    _apply(spans, lines)
    return lines


def _has_pipe_marks(rows: Sequence[str]) -> bool:
    """Tell whether a mail program quotes with "|": several lines begin so, and they are no rows of a table."""
    piped = [row for row in rows if row.lstrip()[:1] == "|"]
    return len(piped) > 2 and not any(row.rstrip().endswith("|") and len(row.strip()) > 2 for row in piped)


def _apply(spans: Sequence[Span], lines: list[Line]) -> None:
    """Tell the lines what the HTML said of their words."""
    regions = 0
    for span in spans[:MAX_SPANS]:
        if span.mark is Mark.REGION:
            regions += 1
        for line in _within(span, lines):
            match span.mark:
                case Mark.QUOTE:
                    line.depth += 1
                case Mark.INDENT:
                    pass
                case Mark.REGION:
                    line.region = regions
                case Mark.SIGNATURE:
                    line.signature = True
                case Mark.COLOUR:
                    line.coloured = line.coloured or span.end - span.start >= len(line.words) // 2


def _within(span: Span, lines: list[Line]) -> list[Line]:
    """Return the lines that begin within a span."""
    first = first_from(span.start, lines)
    if first and span.start < lines[first - 1].end and lines[first - 1].start >= span.start - 4:
        first -= 1
    last = first_from(span.end, lines)
    return lines[first:last]


def first_from(position: int, lines: Sequence[Line]) -> int:
    """Return the number of the first line that begins at or behind a position."""
    low, high = 0, len(lines)
    while low < high:
        middle = (low + high) // 2
        if lines[middle].start < position:
            low = middle + 1
        else:
            high = middle
    return low
