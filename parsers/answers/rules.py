"""Passages by structure alone: what stands between one marker and the next."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from parsers.answers.clauses import Clause
from parsers.answers.cues import Cues, closings, field_labels, puts_off
from parsers.answers.markers import Marker
from parsers.answers.rows import BULLET, Row
from parsers.blocks import BlockKind

_CONTACT = re.compile(r"@|(?<!\w)(?:0#|tel|bel|mobiel|nummer|bereikbaar|mail|app)")
MAX_ROWS_OF_ANSWER = 60


@dataclass(frozen=True, slots=True)
class Passage:
    """Clauses that answer a question, both ends included."""

    question: int
    first: int
    last: int
    rule: str
    """The kind of marker that it follows, or how else it was found."""


def ruled_passages(
    rows: Sequence[Row], clauses: Sequence[Clause], markers: Sequence[Marker], cues: Cues
) -> list[Passage]:
    """Return the passage behind each marker, in order; a marker with several questions gives one for each."""
    passages: list[Passage] = []
    for number, marker in enumerate(markers):
        following = markers[number + 1] if number + 1 < len(markers) else None
        first = _first_behind(marker, clauses)
        stop = following.clause if following else len(clauses)
        if first is None or first >= stop:
            continue
        first = _behind_lead(first, stop, marker, clauses, cues)
        last = _last_from(first, stop, rows, clauses, bounded=following is not None and following.part == marker.part)
        text = _text_of(rows, clauses, first, last)
        if not text.strip(" .…:-") or puts_off(text.split(), text):
            continue
        passages.extend(Passage(question, first, last, marker.kind) for question in marker.questions)
    return passages or _three_in_a_row(rows, clauses, markers, cues)


def _first_behind(marker: Marker, clauses: Sequence[Clause]) -> int | None:
    """Return the first clause behind a marker's words that holds a word."""
    place = marker.clause
    while place < len(clauses) and clauses[place].start < marker.end:
        place += 1
    while place < len(clauses) and not clauses[place].words:
        place += 1
    return place if place < len(clauses) else None


def _behind_lead(first: int, stop: int, marker: Marker, clauses: Sequence[Clause], cues: Cues) -> int:
    """Step over the question's own word at the beginning of an answer: "omdat"."""
    leads = cues.leads[marker.questions[0]]
    while first + 1 < stop and clauses[first].words and all(word in leads for word in clauses[first].words):
        first += 1
    return first


def _last_from(first: int, stop: int, rows: Sequence[Row], clauses: Sequence[Clause], *, bounded: bool) -> int:
    """Return the last clause of the answer that begins with the first.

    An answer ends before the next marker, a closing, a field, other people's words; before a blank line too, unless a
    list goes on below it or more answers follow.
    """
    begin = rows[clauses[first].row]
    last = first
    for place in range(first + 1, stop):
        clause = clauses[place]
        row = rows[clause.row]
        if clause.opens_sentence and is_other(row, place, clauses):
            break
        if clause.row != clauses[last].row:
            if (
                row.part != begin.part
                or row.kind is not begin.kind
                or clause.row - clauses[first].row > MAX_ROWS_OF_ANSWER
            ):
                break
            apart = row.paragraph != rows[clauses[last].row].paragraph
            if apart and not bounded and not BULLET.match(row.text):
                break
        last = place
    while last > first and not clauses[last].words:
        last -= 1
    return last


def is_other(row: Row, place: int, clauses: Sequence[Clause]) -> bool:
    """Tell whether the sentence beginning with a clause is certainly no answer: it closes the mail or gives a field."""
    if row.kind in (BlockKind.SIGNATURE, BlockKind.DISCLAIMER):
        return True
    clause = clauses[place]
    words = list(clause.words)
    for following in clauses[place + 1 : place + 12]:
        if following.sentence != clause.sentence:
            break
        words += following.words
    if not words:
        return False
    if (closings().begins(words) or "0#" in words or "@" in words) and len(words) <= 9:
        return "0#" not in words or bool(_CONTACT.search(" ".join(words))) or len(words) <= 3
    if BULLET.match(row.text):
        return False
    return field_labels().begins(words) and len(clause.words) <= 4 and clause.tokens[-1] in (":", "=")


def _text_of(rows: Sequence[Row], clauses: Sequence[Clause], first: int, last: int) -> str:
    row = rows[clauses[first].row]
    end = clauses[last].end if clauses[last].row == clauses[first].row else row.end
    return row.text[clauses[first].start - row.start : end - row.start]


def _three_in_a_row(
    rows: Sequence[Row], clauses: Sequence[Clause], markers: Sequence[Marker], cues: Cues
) -> list[Passage]:
    """Take a list of as many bullets as there are questions for the answers in order, when nothing is marked."""
    if markers:
        return []
    run: list[int] = []
    for number, row in enumerate(rows):
        is_item = BULLET.match(row.text) is not None and row.kind in (BlockKind.OWN, BlockKind.ATTACHMENT)
        if is_item:
            run.append(number)
        elif run and row.paragraph != rows[run[-1]].paragraph and len(run) == len(cues.ids):
            break
        elif run:
            run = []
    if len(run) != len(cues.ids) or len(run) < 2:
        return []
    passages = []
    for question, number in enumerate(run):
        own = [place for place, clause in enumerate(clauses) if clause.row == number and clause.words]
        if not own:
            return []
        first = own[0]
        while first < own[-1] and all(word in cues.leads[question] for word in clauses[first].words):
            first += 1
        passages.append(Passage(question, first, own[-1], "list"))
    return passages
