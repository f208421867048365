"""Which of several numbers or addresses in a row a letter asks for: "… of 06 12 34 56 78, doe die laatste maar"."""

import re
from collections.abc import Iterator
from functools import cache

from parsers.dutch import alternation, words
from parsers.extraction import Candidate
from parsers.fields.situation import UNSAID, Situation

APART = 90
"""Characters between two values of a row at most."""
BEHIND = 70
"""Characters behind a row in which is said which of its values is meant."""
MOST_VALUES = 60
"""Values of a passage that are looked at."""


def choice_cues(candidate: Candidate, situation: Situation) -> Iterator[str]:
    """Say which place a value has in its row, and whether the words behind the row ask for the first or the last."""
    here = candidate.evidence
    if here.extractor in UNSAID:
        return
    row, said = _rows(candidate, situation).get(here.start, ((), ""))
    if len(row) < 2:
        return
    place = row.index(here.start)
    yield f"row:{min(len(row), 4)}:{min(place, 3)}"
    for which, wanted in (("first", 0), ("last", len(row) - 1)):
        if _asked_for(which).search(said):
            yield f"choice:{which}:{'this' if place == wanted else 'other'}"


def _rows(candidate: Candidate, situation: Situation) -> dict[int, tuple[tuple[int, ...], str]]:
    """By the start of each value of a passage: the starts of its row, and the words behind that row."""
    passage = situation.passage_of(candidate)
    if passage is None:
        return {}
    key = ("rows", candidate.field, passage.part, passage.start)
    if key not in situation.memory:
        inside = (c.evidence for c in situation.of(candidate.field) if c.evidence.extractor not in UNSAID)
        spans = {(e.start, e.end) for e in inside if e.part == passage.part and passage.start <= e.start < passage.end}
        rows: list[list[tuple[int, int]]] = []
        for span in sorted(spans)[:MOST_VALUES]:
            if not rows or span[0] - rows[-1][-1][1] >= APART:
                rows.append([])
            rows[-1].append(span)
        situation.memory[key] = {
            start: (
                tuple(dict.fromkeys(one for one, _ in row)),
                passage.text[row[-1][1] : min(passage.end, row[-1][1] + BEHIND)].lower(),
            )
            for row in rows
            for start, _ in row
        }
    found: dict[int, tuple[tuple[int, ...], str]] = situation.memory[key]
    return found


@cache
def _asked_for(which: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternation(words('contacts', which))})\b")
