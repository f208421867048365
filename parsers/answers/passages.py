"""From clauses back to an author's words: the text of an answer and its place in the mail."""

import re
from collections.abc import Sequence

from parsers.answers.clauses import Clause
from parsers.answers.rows import BULLET, Row
from parsers.extraction import Evidence

_SPACE = re.compile(r"\s+")
_STRAY = " \t.…:;,="


def text_of(rows: Sequence[Row], clauses: Sequence[Clause], first: int, last: int) -> str:
    """Return the words from one clause to another as written, white space tidied; a list keeps its lines."""
    start, end = clauses[first].start, clauses[last].end
    pieces: list[str] = []
    previous: Row | None = None
    for row in rows[clauses[first].row : clauses[last].row + 1]:
        text = _SPACE.sub(" ", row.text[max(start - row.start, 0) : end - row.start]).strip()
        if not text:
            continue
        if previous is not None:
            apart = BULLET.match(row.text) or BULLET.match(previous.text)
            pieces.append("\n" if apart or row.paragraph != previous.paragraph else " ")
        pieces.append(text)
        previous = row
    return "".join(pieces).lstrip(_STRAY).rstrip()


def evidence_of(rows: Sequence[Row], clauses: Sequence[Clause], first: int, last: int, rule: str) -> Evidence:
    """Return where those words stand."""
    row = rows[clauses[first].row]
    start, end = clauses[first].start, clauses[last].end
    begin = row.text[start - row.start : min(end, row.end) - row.start]
    start += len(begin) - len(begin.lstrip(_STRAY))
    return Evidence(part=row.part, start=start, end=end, extractor=f"answers:{rule}")
