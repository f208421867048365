"""What an author put before an answer to say which question it answers: numbers, labels, the question's own words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from parsers.answers.clauses import Clause, split_at
from parsers.answers.cues import Cues
from parsers.answers.rows import Row
from parsers.blocks import BlockKind
from parsers.dutch import alternation, knowledge

LOOK_AHEAD = 160
"""Characters of a row that are looked at for a marker."""


@dataclass(slots=True)
class Marker:
    """Words that say which questions the words behind them answer."""

    questions: tuple[int, ...]
    """By their places in the call."""
    kind: str
    """"text": the question repeated; "said": "vraag 2"; "number", "letter": bare; "label"; "asked": a label that asks;
    "title": a label alone on its row; "ordinal"; with "+" when a number has a label too."""
    part: str
    start: int
    end: int
    clause: int = 0
    """The first clause that it covers."""

    @property
    def is_bare(self) -> bool:
        """Tell whether only a row of them makes it a marker."""
        return self.kind in ("number", "letter")


_NUMBERS = knowledge("answers")["numbers"]
_NUMBER = re.compile(
    rf"\W{{0,4}}(?:(?P<said>(?:{alternation(_NUMBERS['before'])}))(?![^\W\d])\.?\s{{0,2}}#?)?"
    rf"(?P<number>\d{{1,2}}|[a-eA-E]|{alternation(_NUMBERS['words'])})(?![\w/])"
    rf"(?P<more>(?:\s?(?:[/+&,]|en|and|t/m)\s?(?:vraag\s)?(?:\d|[b-e]|{alternation(_NUMBERS['words'])})(?!\w)){{0,4}})"
    r"(?P<close>(?:\s{0,2}[).:=/–—\]…-])*)",
    re.I,
)
_OTHER_NUMBER = re.compile(rf"\d|(?<!\w)[b-e](?!\w)|{alternation(_NUMBERS['words'])}", re.I)
_ORDINAL = re.compile(
    rf"\W{{0,3}}(?:[^\W\d]+\s){{0,4}}?(?P<ordinal>{alternation(_NUMBERS['ordinals'])})\s(?:{alternation(_NUMBERS['nouns'])})\b",
    re.I,
)
_COUNTED = re.compile(rf"\s{{0,2}}(?:{alternation(_NUMBERS['counted'])})(?!\w)", re.I)
_LABEL = re.compile(r"(?P<label>[^:=?…\n]{2,90}?)(?P<close>\s{0,2}(?:\.\.\.|[:=?…])|\s[-–—]\s|\.\s|$)")
_AFTER_LABEL = re.compile(r"[\s:.…=–—?\"-]{0,20}")
_HEADER = re.compile(r"\W{0,4}(?:van|aan|verzonden|datum|cc|from|to|sent|date|subject|onderwerp|fan|oan)\s?:\W", re.I)
_WORD = re.compile(r"\w+")
_BEFORE_NUMBER = frozenset(("SENTENCE", "BULLET", "PICTURE", "DASH", "BRACKET", "SEMICOLON", "NUMBER"))
_ANYWHERE = frozenset(
    ("LINE", "SENTENCE", "DASH", "QUOTE", "PICTURE", "BRACKET", "SEMICOLON", "BULLET", "NUMBER", "COLON")
)


def find_markers(rows: Sequence[Row], clauses: list[Clause], cues: Cues) -> list[Marker]:
    """Return the markers in order, and cut the clauses so that what follows a marker begins one."""
    found = list(_candidates(rows, clauses, cues))
    found = [marker for marker in found if _is_live(marker, found, rows, clauses)]
    found = _kept(found, len(cues.ids))
    _fit(found, rows, clauses)
    return found


def _candidates(rows: Sequence[Row], clauses: Sequence[Clause], cues: Cues) -> Iterator[Marker]:
    last = ("", 0)
    for place, clause in enumerate(clauses):
        row = rows[clause.row]
        if last[0] == row.part and clause.start < last[1]:
            continue
        if not (clause.before in _ANYWHERE or (clause.tokens[0] in ("vraag", "vr", "ad", "punt"))):
            continue
        marker = _marker_at(row, clause, cues)
        if marker:
            marker.clause = place
            last = (marker.part, marker.end - 1)
            yield marker


def _marker_at(row: Row, clause: Clause, cues: Cues) -> Marker | None:
    if _HEADER.match(row.text):
        return None
    offset = clause.start - row.start
    text = row.text[offset : offset + LOOK_AHEAD]
    number = _number_at(text, clause, row.text[:offset], len(cues.ids))
    base = number[2] if number else 0
    label = None
    if number or clause.opens_sentence or clause.opens_row or clause.before in ("BULLET", "DASH", "QUOTE", "PICTURE"):
        label = _label_at(text[base:], cues, alone=clause.opens_row or number is not None, numbered=number is not None)
    if number and label:
        kind = "text" if label[1] == "text" else number[1] + "+" + label[1]
        questions, end = (label[0] if label[1] == "text" else number[0]), base + label[2]
    elif number or label:
        questions, kind, end = number or label  # type: ignore[misc]
    else:
        return _ordinal_at(text, row, clause, len(cues.ids)) if clause.opens_sentence else None
    return Marker(questions, kind, row.part, clause.start, clause.start + end)


def _number_at(text: str, clause: Clause, before: str, count: int) -> tuple[tuple[int, ...], str, int] | None:
    """Read "vraag 2:", "2)", "b.", "vraag 2 en 3"."""
    found = _NUMBER.match(text)
    if not found:
        return None
    number, said = found["number"].lower(), found["said"]
    places = [_place_of(number, count)]
    places += [_place_of(other.lower(), count) for other in _OTHER_NUMBER.findall(found["more"])]
    if None in places:
        return None
    questions = tuple(sorted({place for place in places if place is not None}))
    if "t/m" in found["more"]:
        questions = tuple(range(questions[0], questions[-1] + 1))
    kind = "said" if said else _bare_kind(found, text, clause, before)
    return (questions, kind, found.end()) if kind else None


def _bare_kind(found: re.Match[str], text: str, clause: Clause, before: str) -> str:
    """Tell whether a number or letter without a word before it may be a question's."""
    number, close = found["number"].lower(), found["close"].strip()
    if number.isdigit():
        is_part = before[-1:].isdigit() or before[-1:] in ("+", "€")
        if is_part or _COUNTED.match(text, found.end()):
            return ""
        return "number" if close or clause.opens_row or clause.before in _BEFORE_NUMBER else ""
    if len(number) == 1:
        return "letter" if close[:1] in tuple(").:-") and (clause.opens_row or close[:1] == ")") else ""
    return "number" if clause.opens_row and close[:1] in tuple(").:") else ""


def _place_of(number: str, count: int) -> int | None:
    """Return which question a number, letter or number word names."""
    if number.isdigit():
        place = int(number) - 1
    elif len(number) == 1:
        place = ord(number) - ord("a")
    else:
        place = _NUMBERS["words"].get(number, 0) - 1
    return place if 0 <= place < count else None


def _label_at(text: str, cues: Cues, *, alone: bool, numbered: bool) -> tuple[tuple[int, ...], str, int] | None:
    """Read the question's own words, or a label: "Motivatie:", "Waarom doen wij mee?", "Onderwerpen" on its own row."""
    repeated = _published_at(text, cues)
    if repeated:
        return repeated
    found = _LABEL.match(text)
    if not found:
        return None
    label, close = found["label"], found["close"].strip()
    count = len(label.split())
    matches = [(pattern.search(label), place) for place, pattern in enumerate(cues.labels)]
    named = [(len(match.group()), place) for match, place in matches if match]
    if not named or count > 11:
        return None
    if close in (":", "=", "…", "..."):
        kind = "label"
    elif close == "?":
        kind = "asked" if count <= 6 else ""
    elif close in ("-", "–", "—") or close == ".":
        kind = "label" if count <= (4 if numbered else 3) and text[found.end() :].strip() else ""
    else:
        kind = "title" if alone and count <= 7 and len(text) < LOOK_AHEAD else ""
    if not kind:
        return None
    questions = _named(label, [place for _, place in sorted(named, reverse=True)])
    if kind == "title" and count > 1 and label.split()[0].lower() in cues.leads[questions[0]]:
        return None  # "omdat wij willen leren" is the answer itself
    after = _AFTER_LABEL.match(text, found.end())
    return questions, kind, after.end() if after else found.end()


_AND = re.compile(r"\s(?:en|and|&|\+)\s|/")


def _named(label: str, places: Sequence[int]) -> tuple[int, ...]:
    """Return which questions a label names: all when it joins them with "en", else the one it says most of."""
    return tuple(sorted(places)) if len(places) > 1 and _AND.search(label) and len(label.split()) <= 5 else (places[0],)


def _published_at(text: str, cues: Cues) -> tuple[tuple[int, ...], str, int] | None:
    """Read a question as published, at its beginning or nearly so: three words of four stand there."""
    longest = max(map(len, cues.published), default=0)
    found = [(match[0].lower(), match.end()) for match in islice(_WORD.finditer(text), longest + 3)]
    for place, words in enumerate(cues.published):
        if len(words) < 3:
            continue
        head = found[: len(words) + 3]
        wanted = set(words)
        common = wanted.intersection([word for word, _ in head])
        if len(common) >= 0.75 * len(wanted):
            end = max((end for word, end in head if word in common), default=0)
            after = _AFTER_LABEL.match(text, end)
            return (place,), "text", after.end() if after else end
    return None


def _ordinal_at(text: str, row: Row, clause: Clause, count: int) -> Marker | None:
    found = _ORDINAL.match(text)
    if not found:
        return None
    number = _NUMBERS["ordinals"][found["ordinal"].lower()]
    place = count - 1 if number < 0 else number - 1
    if place >= count:
        return None
    return Marker((place,), "ordinal", row.part, clause.start, clause.start + found.end())


def _kept(found: Sequence[Marker], count: int) -> list[Marker]:
    """Drop bare numbers that do not count the questions: alone, or beside labels that name the questions."""
    labelled = {
        q
        for marker in found
        if not marker.is_bare and "+" not in marker.kind and marker.kind != "ordinal"
        for q in marker.questions
    }
    kept = [marker for marker in found if not marker.is_bare]
    counted: set[int] = set()
    for kind in ("number", "letter"):
        row = [marker for marker in found if marker.kind == kind or marker.kind.startswith(kind + "+")]
        good = set()
        for one, other in pairwise(row):
            if 0 < abs(other.questions[0] - one.questions[-1]) <= 2 and other.part == one.part:
                good |= {id(one), id(other)}
        bare = [marker for marker in row if marker.is_bare and id(marker) in good]
        outside = labelled - {q for marker in bare for q in marker.questions} if len(bare) < count else set()
        if len(labelled) >= 2 and (outside or len(labelled) >= count):
            continue
        if len(counted) > 1:  # letters beside numbers name something else: two schools, say
            continue
        counted = {q for marker in row for q in marker.questions if id(marker) in good}
        kept.extend(bare)
    return sorted(kept, key=lambda marker: marker.clause)


def _is_live(marker: Marker, found: Sequence[Marker], rows: Sequence[Row], clauses: Sequence[Clause]) -> bool:
    """Tell whether words may answer here: a question in quoted words counts only when something else stands below."""
    number = clauses[marker.clause].row
    row = rows[number]
    if row.kind is not BlockKind.QUOTED and not (row.kind is BlockKind.FORWARDED and marker.kind == "text"):
        return True
    if row.text[marker.end - row.start :].strip(" .…:>\t-_"):
        return True
    following = rows[number + 1] if number + 1 < len(rows) else None
    if following is None or following.part != row.part:
        return False
    if following.kind is not row.kind or following.level < row.level:
        return following.kind is not BlockKind.SIGNATURE
    starts = {clauses[other.clause].row for other in found}
    return row.kind is BlockKind.FORWARDED and number + 1 not in starts


def _fit(found: Sequence[Marker], rows: Sequence[Row], clauses: list[Clause]) -> None:
    """Make a clause begin behind each marker, and note which clause each begins with."""
    shift = 0
    for marker in found:
        marker.clause += shift
        place = marker.clause
        while place + 1 < len(clauses) and clauses[place].end <= marker.end and clauses[place + 1].start < marker.end:
            place += 1
        if clauses[place].start < marker.end < clauses[place].end:
            before = len(clauses)
            split_at(clauses, rows, marker.end, place)
            shift += len(clauses) - before
