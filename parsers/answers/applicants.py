"""Whose answers are whose: a mail as one of its applicants reads it, and the sets of marked answers in a mail."""

import re
from collections.abc import Sequence
from dataclasses import replace

from parsers.answers.markers import Marker
from parsers.answers.reading import Reading
from parsers.blocks import BlockKind
from parsers.message import Message

MAX_SETS = 6
"""Applicants and sets of answers that are read in one mail; each applicant reads all of it anew."""
_SETS = frozenset(("number", "letter", "said", "text", "label", "title"))
_BY_WORDS = frozenset(("said", "label"))
Span = tuple[str, int, int]
"""A part's name, and from where to where."""
_WORDS = re.compile(r"[^\n]+")


def without(message: Message, spans: Sequence[Span]) -> Message:
    """Return the mail with these stretches blanked: every other character keeps its place."""
    if not spans:
        return message
    parts = tuple(replace(part, text=_blanked(part.text, part.name, spans)) for part in message.parts)
    texts = {part.name: part.text for part in parts}
    blocks = tuple(
        replace(block, text=texts.get(block.part, block.text)[block.start : block.end]) for block in message.blocks
    )
    return replace(message, parts=parts, blocks=blocks)


def _blanked(text: str, part: str, spans: Sequence[Span]) -> str:
    """Put blanks for all but the ends of lines."""
    pieces, done = [], 0
    for start, end in sorted((start, end) for name, start, end in spans if name == part):
        blank = _WORDS.sub(lambda line: " " * len(line.group()), text[max(start, done) : end])
        pieces += [text[done:start], blank]
        done = max(done, end)
    return "".join((*pieces, text[done:]))


def answer_sets(reading: Reading) -> list[tuple[int, int]]:
    """Return the first clause and the end of each set of answers; one when nothing tells two.

    A second set begins where answers marked in one way begin anew, at the paragraph that holds their heading. What is
    marked in another way is no second set: the heading above the answers names their question, too ("Uw drie vragen:"),
    and a table of fields has numbers as the answers have.
    """
    starts = [0]
    seen: dict[str, list[int]] = {}
    markers = [marker for marker in reading.markers if _counts(marker, reading)]
    for number, marker in enumerate(markers):
        sort = _sort_of(marker)
        before = seen.setdefault(sort, [])
        rest = {other.questions[0] for other in markers[number:] if _sort_of(other) == sort}
        if _begins_anew(marker, sort, before) and len(rest) > 1 and len(starts) < MAX_SETS:
            starts.append(_heading(reading, markers[number - 1], marker))
            seen = {sort: []}
        seen[sort].append(marker.questions[0])
    return list(zip(starts, [*starts[1:], len(reading.clauses)], strict=True))


def _sort_of(marker: Marker) -> str:
    return marker.kind.partition("+")[0]


def _begins_anew(marker: Marker, sort: str, before: Sequence[int]) -> bool:
    """Tell whether markers of one sort, of which these questions have come, go back to an earlier one.

    To the same one only by words: two numbers alike, or two headings, belong to one answer in pieces.
    """
    question = marker.questions[0]
    if question not in before or len(set(before)) < 2:
        return False
    return before[-1] > question or (before[-1] == question and sort in _BY_WORDS)


def _counts(marker: Marker, reading: Reading) -> bool:
    row = reading.rows[reading.clauses[marker.clause].row]
    return _sort_of(marker) in _SETS and row.kind is not BlockKind.QUOTED


def _heading(reading: Reading, last: Marker, marker: Marker) -> int:
    """Return the clause that opens the paragraph of a marker, or the first paragraph behind the marker before it."""
    clauses, rows = reading.clauses, reading.rows
    place = marker.clause
    for candidate in range(last.clause + 1, marker.clause + 1):
        row, before = rows[clauses[candidate].row], rows[clauses[candidate - 1].row]
        if clauses[candidate].opens_row and row.paragraph != before.paragraph:
            return candidate
    while place > last.clause + 1 and not clauses[place].opens_row:
        place -= 1
    return place
