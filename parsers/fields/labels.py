"""Values that stand behind a label: "School: De Klimop", "functie = ib'er", a label alone above its value, tables."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from config.call import Call
from parsers.dutch import alternation, knowledge
from parsers.extraction import Candidate
from parsers.fields.reading import Passage, Reading, Voice, candidate, tidy

FIELDS = ("organisation", "sector", "role", "name", "email", "phone", "place", "province", "address")
MAX_VALUE = 160
"""Characters of a label's value that can be a field's: what is longer is an answer."""
MAX_LINE = 400
FIRST = 80
"""Characters in which the first words of a line stand: its bullet, then the label."""
_WORD = re.compile(r"[^\W_]+")

_MARK = (
    r"(?:[ \t]*(?:\([^()\n]{1,40}\)[ \t]*)?(?:[:=]|\.{3,}:?|…:?|-->|->|=>|→|»)[ \t]*|[ \t]+[-–—|][ \t]+|[ \t]*\t[ \t]*|"
    r"[ \t]*\|[ \t]*|[ \t]{3,}|[ \t]+(?:is|luidt|wordt)[ \t]*:?[ \t]+)"
)
_JOIN = r"[ \t]*(?:\ben\b|&|/|,|\+)[ \t]*(?:de[ \t]|het[ \t]|uw[ \t]|mijn[ \t])?"
_BULLET = r"[ \t]*(?:[-–—*•·>o]|\(?\d{1,2}[.):]|\(?[a-h][.):])?[ \t]*"
_MARKS = (
    ":",
    "=",
    "\t",
    "|",
    "…",
    "...",
    "->",
    "=>",
    "→",
    "»",
    " - ",
    " – ",
    " — ",
    "   ",
    " is ",
    " luidt",
    " wordt ",
)
_INLINE_SIGN = re.compile(r"[:=@]")
_INLINE_MARKS = re.compile(r"\s\(?\+?\d[\d -]{6}")

CallFields = tuple[tuple[str, tuple[str, ...]], ...]
"""The call's fields with their labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A label with the span of what it labels."""

    fields: tuple[str, ...]
    start: int
    end: int
    at: int
    """Where the label itself begins."""
    shape: str
    """ "line" at a line's start, "inline" within one, "above" on a line of its own over the value."""


@dataclass(frozen=True, slots=True)
class _Patterns:
    line: re.Pattern[str]
    inline: re.Pattern[str]
    alone: re.Pattern[str]
    firsts: frozenset[str]
    """The words with which labels and what may stand before them begin: no other line is looked at closely."""
    table: Mapping[str, tuple[str, ...]]


def labelled(passage: Passage, reading: Reading) -> Sequence[Labelled]:
    """Find the labels of a passage with their values."""
    key = ("labelled", passage.part, passage.start)
    if key not in reading.memory:
        patterns = _patterns(_of_call(reading.call))
        reading.memory[key] = sorted(_on_lines(passage, patterns), key=lambda item: item.at)
    found: list[Labelled] = reading.memory[key]
    return found


def _of_call(call: Call) -> CallFields:
    return tuple(
        (field.id, (field.label.lower(), *field.labels, *((field.label_en.lower(),) if field.label_en else ())))
        for field in call.fields
    )


@cache
def _labels(call_fields: CallFields) -> dict[str, tuple[str, ...]]:
    """Every label, plain, with the fields that it can mean."""
    table: dict[str, list[str]] = {}
    known = knowledge("labels")
    for field, labels in (*((field, known.get(field, ())) for field in FIELDS), *call_fields):
        for label in labels:
            fields = table.setdefault(_plain(label), [])
            if field not in fields:
                fields.append(field)
    return {label: tuple(fields) for label, fields in table.items()}


def _plain(label: str) -> str:
    return tidy(label.lower()).rstrip(":. ")


@cache
def _patterns(call_fields: CallFields) -> _Patterns:
    table = _labels(call_fields)
    names = alternation(table)
    fill = rf"(?:(?:{alternation(knowledge('labels')['filler']['before'])})[ \t]+)?"
    one = rf"(?:{names})(?:\.(?=[ \t:]))?"
    several = rf"{one}(?:{_JOIN}{one}){{0,3}}"
    before = [*table, *knowledge("labels")["filler"]["before"]]
    return _Patterns(
        firsts=frozenset(word for phrase in before for word in _WORD.findall(phrase.lower())[:1]),
        line=re.compile(rf"^{_BULLET}[*_]{{0,2}}{fill}(?P<label>{several})[*_]{{0,2}}{_MARK}", re.I),
        inline=re.compile(
            rf"(?:(?<=[,;/|(•·])|(?<=\.))[ \t]*{fill}(?P<label>{several})"
            r"(?:[ \t]*[:=][ \t]*|[ \t]+(?=[\w.+-]+@|\(?\+?\d[\d -]{6}))",
            re.I,
        ),
        alone=re.compile(
            rf"^{_BULLET}[*_]{{0,2}}{fill}(?P<label>{several})[ \t]*(?:\([^()\n]{{1,40}}\))?[ \t]*[*_]{{0,2}}[:?.]?$",
            re.I,
        ),
        table=table,
    )


def _on_lines(passage: Passage, patterns: _Patterns) -> Iterator[Labelled]:
    lines = list(passage.lines())
    for number, (start, end) in enumerate(lines):
        text = passage.text[start : min(end, start + MAX_LINE)]
        begins = not patterns.firsts.isdisjoint(_WORD.findall(text[:FIRST].lower())[:3])
        starts = list(_starts(text, patterns, begins=begins))
        below = lines[number + 1] if number + 1 < len(lines) else None
        if starts:
            yield from _behind(passage, start, text, starts, below, patterns)
        elif begins and len(text) < 70 and below and below[0] - end < 6:
            single = patterns.alone.match(text)
            following = passage.text[below[0] : below[1]]
            if single and not patterns.alone.match(following) and not patterns.line.match(following):
                fields = _fields(single.group("label"), patterns.table)
                yield Labelled(fields=fields, start=below[0], end=_cut(*below), at=start, shape="above")


def _starts(text: str, patterns: _Patterns, *, begins: bool) -> Iterator[tuple[str, int, int, str]]:
    """Yield the labels of one line, which may begin with one: text, where it begins, where its value begins, shape."""
    position = 0
    first = patterns.line.match(text) if begins and any(mark in text for mark in _MARKS) else None
    if first:
        yield first.group("label"), first.start("label"), first.end(), "line"
        position = first.end()
    if _INLINE_SIGN.search(text, position) or _INLINE_MARKS.search(text, position):
        for match in patterns.inline.finditer(text, position):
            yield match.group("label"), match.start(), match.end(), "inline"


def _behind(  # noqa: PLR0917
    passage: Passage,
    start: int,
    text: str,
    starts: list[tuple[str, int, int, str]],
    below: tuple[int, int] | None,
    patterns: _Patterns,
) -> Iterator[Labelled]:
    """Yield the labels of a line with what stands behind each; a last one without value takes the next line."""
    for count, (label, label_start, value_start, shape) in enumerate(starts):
        stop = starts[count + 1][1] if count + 1 < len(starts) else len(text)
        begin, fields = start + value_start, _fields(label, patterns.table)
        finish = begin + len(text[value_start:stop].rstrip(" \t,;/|(•·-–"))
        if finish > begin:
            yield Labelled(fields=fields, start=begin, end=_cut(begin, finish), at=start + label_start, shape=shape)
        elif count == len(starts) - 1 and below and _takes_below(passage, start + len(text), below, patterns):
            yield Labelled(fields=fields, start=below[0], end=_cut(*below), at=start + label_start, shape="above")


def _takes_below(passage: Passage, end: int, below: tuple[int, int], patterns: _Patterns) -> bool:
    """Whether the line below a label without value is that value, and no label itself."""
    return below[0] - end < 4 and not patterns.line.match(passage.text[below[0] : below[1]])


def _cut(start: int, end: int) -> int:
    return min(end, start + MAX_VALUE)


def _fields(label: str, table: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The fields that a label names, several when it joins labels: "e-mail en telefoon"."""
    plain = _plain(label)
    if plain in table:
        return table[plain]
    fields: list[str] = []
    for piece in re.split(r"\s*(?:\ben\b|&|/|,|\+)\s*", plain):
        name = _plain(re.sub(r"^(?:de|het|uw|mijn)\s+", "", piece))
        fields.extend(field for field in table.get(name, ()) if field not in fields)
    return tuple(fields)


_EMPTY = re.compile(
    r"^(?:niet (?:gevonden|bekend|ingevuld|van toepassing|beantwoord)|nvt|n\.?v\.?t\.?|onbekend|zie|idem|"
    r"-+|\.+|…+|_+|\?+)\b",
    re.I,
)
_NUMBER = re.compile(r"\(?[\d+][\d\s().-]{6}")
_MOST_WORDS = {"name": 7, "place": 6, "role": 10, "organisation": 14}
_NAME_FOLLOWS = r"(?=[A-ZÀ-Þ'’]|de\s|het\s|(?:obs|cbs|sbo|vso|so|ikc|basisschool)\b)"
_CUTS = {
    "organisation": re.compile(r"\s*(?:,|\(|\||;|\s[-–]\s|\s/\s|\s+(?:te|in|uit)\s+(?=[A-ZÀ-Þ'’]))"),
    "name": re.compile(r"\s*(?:,|\(|\||;|\s[-–]\s|/|\.\s|\d)"),
    "role": re.compile(rf"\s*(?:,|\(|\||;|\s[-–]\s|\.\s|\s+(?:op|bij|van|aan)\s+{_NAME_FOLLOWS})"),
    "place": re.compile(r"\s*(?:,|\(|\||;|\s[-–]\s|\s/\s|\.\s)"),
}


@cache
def _lead_in() -> re.Pattern[str]:
    """What a correction says before the value: "dat moet zijn", "is inderdaad niet genoemd, dat is"."""
    return re.compile(
        rf"[^.:\n]{{0,45}}?\b(?:{alternation(knowledge('labels')['filler']['correcting'])})\s+(?=\S)", re.I
    )


def propose_labelled(reading: Reading) -> Iterator[Candidate]:
    """Propose what stands behind labels of free text, and behind labels of fields that only the call knows."""
    ours = {field.id for field in reading.call.fields} - set(FIELDS)
    for passage in reading.passages:
        if passage.voice in (Voice.SENDER, Voice.DISCLAIMER):
            continue
        for item in labelled(passage, reading):
            for field in item.fields:
                if field in _CUTS or field in ours:
                    yield from _values(passage, item, field)


def _values(passage: Passage, item: Labelled, field: str) -> Iterator[Candidate]:
    """Yield the whole value and the value up to its first mark."""
    text = passage.text[item.start : item.end]
    lead = len(text) - len(text.lstrip(" \t\"'“‘*_"))
    text = re.sub(r"^'(?![ts]\s)", "", text.strip(' \t"“”‘*_').rstrip("'’.,;"))
    if not text or _EMPTY.match(text):
        return
    said = _lead_in().match(text)
    if said:
        lead += said.end()
        text = text[said.end() :]
    start = item.start + lead
    cues = (
        f"label:{item.shape}",
        f"labels:{min(len(item.fields), 2)}",
        f"first:{item.fields[0] == field}",
        f"length:{min(len(text.split()) // 3, 4)}",
    )
    is_row = field == "name" and "|" in text  # several people in the columns of a table
    if len(text.split()) <= _MOST_WORDS.get(field, MAX_VALUE) and not _NUMBER.match(text) and not is_row:
        yield candidate(field, tidy(text), passage, (start, start + len(text)), "label", "whole", *cues)
    cut = _CUTS[field].search(text) if field in _CUTS else None
    if cut and cut.start() > 1:
        short = text[: cut.start()]
        yield candidate(field, tidy(short), passage, (start, start + len(short)), "label", "cut", *cues)
