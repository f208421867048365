"""The corpus as examples for `train_answers`: mails read, with the clauses that their gold answers are."""

import difflib
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from config.call import Call
from parsers.answers.cues import cues_of
from parsers.answers.reading import Reading, read
from parsers.answers.spans import QUESTIONS
from parsers.blocks import BlockKind
from parsers.message import Message, parse_message

CORPUS = Path(__file__).parent.parent / "tests" / "corpus"
WITH_DATA = ("application", "supplement")
PIECES = " […] "

_RANK = {BlockKind.OWN: 0, BlockKind.ATTACHMENT: 1, BlockKind.FORWARDED: 1, BlockKind.SIGNATURE: 1, BlockKind.QUOTED: 2}
_WORD = re.compile(r"\w+")
Words = list[tuple[str, int, int]]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A mail, read unless its kind holds no answers, and what a careful person would enter."""

    name: str
    folder: str
    reading: Reading
    gold: Mapping[str, Any]
    spans: tuple[Span | None, ...]
    """For each question the first and last clause of its answer."""
    unaligned: int
    """Pieces of gold answers that are not found in the mail."""

    @property
    def writer(self) -> str:
        """Who wrote the mail, by the prefix of its name."""
        return self.name[:2]

    @property
    def is_own(self) -> bool:
        """Tell whether it is one of our own mails, which came after the corpus."""
        return self.folder == "own"

    @property
    def is_for_training(self) -> bool:
        """Tell whether the mail may hold answers, and one to each question: two applicants may have different ones."""
        if self.gold["kind"] not in WITH_DATA:
            return False
        given = [tuple(sorted((app.get("answers") or {}).items())) for app in self.gold.get("applications") or [{}]]
        return bool(self.reading.clauses) and len(set(given)) == 1


def examples(folders: Iterable[str], call: Call) -> list[Example]:
    """Return all mails of the corpus's folders, in order; only those whose kind may hold answers are read."""
    paths = sorted(path for folder in folders for path in (CORPUS / folder).glob("*.eml"))
    return [_example(path, json.loads(path.with_suffix(".gold.json").read_text("utf-8")), call) for path in paths]


def _example(path: Path, gold: Mapping[str, Any], call: Call) -> Example:
    if gold["kind"] in WITH_DATA:
        message = parse_message(path.read_bytes())
        reading = read(message, call)
        spans, unaligned = _spans(message, reading, gold)
    else:
        reading = Reading(rows=(), clauses=(), markers=(), passages=(), cues=cues_of(call))
        spans, unaligned = (None,) * QUESTIONS, 0
    return Example(
        name=path.stem, folder=path.parent.name, reading=reading, gold=gold, spans=spans, unaligned=unaligned
    )


def data_hash(folders: Iterable[str]) -> str:
    """Return a hash of all mails and gold answers of the folders."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in folders for path in (CORPUS / folder).glob("*.*")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def word_f1(one: str, other: str) -> float:
    """Return the harmonic mean of precision and recall over words, as score.py does."""
    a, b = Counter(_plain_words(one)), Counter(_plain_words(other))
    hits = sum((a & b).values())
    return 2 * hits / (a.total() + b.total()) if hits else 0.0


def _plain_words(text: str) -> list[str]:
    return _WORD.findall(text.replace("\u00ad", "").lower())


def _spans(message: Message, reading: Reading, gold: Mapping[str, Any]) -> tuple[tuple[Span | None, ...], int]:
    """Align the gold answers: which clauses are mostly in them."""
    texts = {part.name: _words(part.text) for part in message.parts}
    places: list[set[int]] = [set() for _ in range(QUESTIONS)]
    unaligned = 0
    for app in gold.get("applications") or []:
        for number, answer in (app.get("answers") or {}).items():
            for piece in answer.split(PIECES):
                found = _find(piece, texts, message)
                unaligned += found is None
                places[int(number) - 1].update(_clauses_in(found, reading) if found else ())
    taken: set[int] = set()
    spans: list[Span | None] = []
    for number, wanted in enumerate(places):
        others = taken.union(*places[number + 1 :])
        span = _nearest(wanted - taken, others, reading)
        taken.update(range(span[0], span[1] + 1) if span else ())
        spans.append(span)
    return tuple(spans), unaligned


def _words(text: str) -> Words:
    return [(match.group().lower(), match.start(), match.end()) for match in _WORD.finditer(text)]


def _find(piece: str, texts: Mapping[str, Words], message: Message) -> tuple[str, int, int] | None:
    """Return where a piece stands: the author's own words first; word for word, else nearly so."""
    wanted = [word for word, _, _ in _words(piece)]
    exact = [hit for name, words in texts.items() for hit in _exact(wanted, name, words)]
    if exact:
        return min(exact, key=lambda hit: _rank(hit, message))
    return next((hit for name, words in texts.items() for hit in _near(wanted, name, words)), None)


def _exact(wanted: Sequence[str], name: str, words: Words) -> Iterator[tuple[str, int, int]]:
    plain = [word for word, _, _ in words]
    for start in range(len(plain) - len(wanted) + 1):
        if wanted and plain[start] == wanted[0] and plain[start : start + len(wanted)] == wanted:
            yield name, words[start][1], words[start + len(wanted) - 1][2]


def _near(wanted: Sequence[str], name: str, words: Words) -> Iterator[tuple[str, int, int]]:
    plain = [word for word, _, _ in words]
    blocks = difflib.SequenceMatcher(None, plain, list(wanted), autojunk=False).get_matching_blocks()[:-1]
    hits = sum(block.size for block in blocks)
    if len(wanted) < 3 or hits < 0.85 * len(wanted):
        return
    first, last = blocks[0].a, blocks[-1].a + blocks[-1].size - 1
    if last - first <= 1.4 * len(wanted) + 3:
        yield name, words[first][1], words[last][2]


def _rank(hit: tuple[str, int, int], message: Message) -> tuple[int, str, int]:
    name, start, _ = hit
    block = next((block for block in message.blocks if block.part == name and block.start <= start < block.end), None)
    return _RANK.get(block.kind, 3) if block else 9, name, start


def _clauses_in(found: tuple[str, int, int], reading: Reading) -> Iterator[int]:
    name, start, end = found
    for place, clause in enumerate(reading.clauses):
        common = min(end, clause.end) - max(start, clause.start)
        if reading.rows[clause.row].part == name and common > 0 and common >= 0.5 * (clause.end - clause.start):
            yield place


def _nearest(places: set[int], others: set[int], reading: Reading) -> Span | None:
    """Return the span that agrees best with these clauses and holds none of the others.

    An answer is learned as one: of 260 in pieces, 221 are right by score.py when the words between are taken along
    where that agrees better, 122 when only the longest piece is given.
    """
    total = np.concatenate([[0], np.cumsum([len(clause.words) for clause in reading.clauses])])
    wanted = sum(len(reading.clauses[place].words) for place in places)
    firsts = sorted(place for place in places if place - 1 not in places)
    lasts = sorted(place for place in places if place + 1 not in places)
    foreign = others - places
    spans = [(one, other) for one in firsts for other in lasts if one <= other]

    def agreement(span: Span) -> float:
        hits = sum(len(reading.clauses[place].words) for place in places if span[0] <= place <= span[1])
        return 2 * hits / max(1, wanted + int(total[span[1] + 1] - total[span[0]]))

    free = (span for span in spans if foreign.isdisjoint(range(span[0], span[1] + 1)))
    return max(free, key=agreement, default=None)
