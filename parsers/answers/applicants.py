"""Whose answers are whose, when one mail signs up two organisations and marks the answers of each."""

from parsers.answers.markers import Marker
from parsers.answers.reading import Reading
from parsers.blocks import BlockKind

MAX_APPLICANTS = 6
_SETS = frozenset(("number", "letter", "said", "text", "label", "title"))


def applicants(reading: Reading) -> list[tuple[int, int]]:
    """Return the first clause and the end of each applicant's part of the mail; one part when nothing tells two.

    A second applicant's part begins where a second set of marked answers does, at the paragraph that holds its heading.
    """
    starts = [0]
    seen: set[int] = set()
    markers = [marker for marker in reading.markers if _counts(marker, reading)]
    for number, marker in enumerate(markers):
        question = marker.questions[0]
        rest = {other.questions[0] for other in markers[number:]}
        if question in seen and len(seen) > 1 and len(rest) > 1 and len(starts) < MAX_APPLICANTS:
            starts.append(_heading(reading, markers[number - 1], marker))
            seen = set()
        seen.add(question)
    return list(zip(starts, [*starts[1:], len(reading.clauses)], strict=True))


def _counts(marker: Marker, reading: Reading) -> bool:
    row = reading.rows[reading.clauses[marker.clause].row]
    return marker.kind.partition("+")[0] in _SETS and row.kind is not BlockKind.QUOTED


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
