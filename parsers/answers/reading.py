"""A mail read for answers: rows, clauses, markers and what the rules make of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.call import Call
from parsers.answers.clauses import Clause, split_clauses
from parsers.answers.cues import Cues, cues_of
from parsers.answers.markers import Marker, find_markers
from parsers.answers.rows import Row, read_rows
from parsers.answers.rules import Passage, ruled_passages
from parsers.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that the rules know of a mail."""

    rows: Sequence[Row]
    clauses: Sequence[Clause]
    markers: Sequence[Marker]
    passages: Sequence[Passage]
    cues: Cues


def read(message: Message, call: Call) -> Reading:
    """Read a mail for answers to the call's questions."""
    cues = cues_of(call)
    rows = read_rows(message, call)
    clauses = split_clauses(rows)
    markers = find_markers(rows, clauses, cues)
    passages = ruled_passages(rows, clauses, markers, cues)
    return Reading(rows=rows, clauses=clauses, markers=markers, passages=passages, cues=cues)
