"""Values that stand behind a label: "School: De Klimop", "functie = ib'er", a label alone above its value, tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from config.call import Call
from parsers.dutch import alternation, knowledge
from parsers.extraction import Candidate
from parsers.fields.reading import Passage, Reading, Voice, candidate, tidy

FIELDS = ("organisation", "sector", "role", "name", "email", "phone", "place", "province", "address")
MAX_VALUE = 160
"""Characters of a label's value that can be a field's: what is longer is an answer."""

_MARK = r"(?:[ \t]*(?:\([^()\n]{1,40}\)[ \t]*)?(?:[:=]|\.{3,}:?|…:?|-->|->|=>|→|»)[ \t]*|[ \t]+[-–—|][ \t]+|[ \t]*\t[ \t]*|[ \t]*\|[ \t]*|[ \t]{3,}|[ \t]+(?:is|luidt|wordt)[ \t]*:?[ \t]+)"
_JOIN = r"[ \t]*(?:\ben\b|&|/|,|\+)[ \t]*(?:de[ \t]|het[ \t]|uw[ \t]|mijn[ \t])?"
_BULLET = r"[ \t]*(?:[-–—*•·>o]|\(?\d{1,2}[.):]|\(?[a-h][.):])?[ \t]*"


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


def labelled(passage: Passage, call: Call) -> list[Labelled]:
    """Find the labels of a passage with their values."""
    found = list(_on_lines(passage, call))
    return sorted(found, key=lambda item: item.at)


@cache
def _labels(call_fields: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    known = knowledge("labels")
    for field in FIELDS:
        for label in known.get(field, ()):
            table.setdefault(_plain(label), []).append(field)
    for field, labels in call_fields:
        for label in labels:
            fields = table.setdefault(_plain(label), [])
            if field not in fields:
                fields.append(field)
    return {label: tuple(fields) for label, fields in table.items()}


def _of_call(call: Call) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (field.id, (field.label.lower(), *field.labels, *((field.label_en.lower(),) if field.label_en else ())))
        for field in call.fields
    )


def _plain(label: str) -> str:
    return tidy(label.lower()).rstrip(":. ")


@cache
def _patterns(
    call_fields: tuple[tuple[str, tuple[str, ...]], ...],
) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    names = alternation(_labels(call_fields))
    fill = rf"(?:(?:{alternation(knowledge('labels')['filler']['before'])})[ \t]+)?"
    one = rf"(?:{names})(?:\.(?=[ \t:]))?"
    several = rf"{one}(?:{_JOIN}{one}){{0,3}}"
    line = re.compile(rf"^{_BULLET}[*_]{{0,2}}{fill}(?P<label>{several})[*_]{{0,2}}{_MARK}", re.I)
    inline = re.compile(
        rf"(?:(?<=[,;/|(•·])|(?<=\.))[ \t]*{fill}(?P<label>{several})(?:[ \t]*[:=][ \t]*|[ \t]+(?=[\w.+-]+@|\(?\+?\d[\d -]{{6}}))",
        re.I,
    )
    alone = re.compile(
        rf"^{_BULLET}[*_]{{0,2}}{fill}(?P<label>{several})[ \t]*(?:\([^()\n]{{1,40}}\))?[ \t]*[*_]{{0,2}}[:?.]?$", re.I
    )
    return line, inline, alone


def _on_lines(passage: Passage, call: Call) -> Iterator[Labelled]:
    call_fields = _of_call(call)
    table = _labels(call_fields)
    line_pattern, inline, alone = _patterns(call_fields)
    lines = list(passage.lines())
    for number, (start, end) in enumerate(lines):
        text = passage.text[start : min(end, start + 400)]
        starts = list(_starts(text, line_pattern, inline))
        if not starts:
            single = alone.match(text) if end - start < 70 else None
            if single and number + 1 < len(lines) and lines[number + 1][0] - end < 6:
                begin, stop = lines[number + 1]
                following = passage.text[begin:stop]
                if not alone.match(following) and not line_pattern.match(following):
                    yield Labelled(
                        fields=_fields(single.group("label"), table),
                        start=begin,
                        end=min(stop, begin + MAX_VALUE),
                        at=start,
                        shape="above",
                    )
            continue
        for count, (label, label_start, value_start, shape) in enumerate(starts):
            stop = starts[count + 1][1] if count + 1 < len(starts) else len(text)
            value = text[value_start:stop]
            begin = start + value_start
            finish = begin + len(value.rstrip(" \t,;/|(•·-–"))
            fields = _fields(label, table)
            if finish > begin:
                yield Labelled(
                    fields=fields, start=begin, end=min(finish, begin + MAX_VALUE), at=start + label_start, shape=shape
                )
            elif count == len(starts) - 1 and number + 1 < len(lines):
                begin, finish = lines[number + 1]
                if not line_pattern.match(passage.text[begin:finish]) and lines[number + 1][0] - end < 4:
                    yield Labelled(
                        fields=fields,
                        start=begin,
                        end=min(finish, begin + MAX_VALUE),
                        at=start + label_start,
                        shape="above",
                    )


def _starts(text: str, line: re.Pattern[str], inline: re.Pattern[str]) -> Iterator[tuple[str, int, int, str]]:
    """Yield the labels of one line: text, where it begins, where its value begins, shape."""
    first = line.match(text)
    position = 0
    if first:
        yield first.group("label"), first.start("label"), first.end(), "line"
        position = first.end()
    for match in inline.finditer(text, position):
        yield match.group("label"), match.start(), match.end(), "inline"


def _fields(label: str, table: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The fields that a label names, several when it joins labels: "e-mail en telefoon"."""
    plain = _plain(label)
    if plain in table:
        return table[plain]
    fields: list[str] = []
    for piece in re.split(r"\s*(?:\ben\b|&|/|,|\+)\s*", plain):
        piece = re.sub(r"^(?:de|het|uw|mijn)\s+", "", piece)
        fields.extend(field for field in table.get(_plain(piece), ()) if field not in fields)
    return tuple(fields)


_UNCERTAIN = re.compile(
    r"^(?:niet (?:gevonden|bekend|ingevuld|van toepassing|beantwoord)|nvt|n\.?v\.?t\.?|onbekend|zie|idem|-+|\.+|…+|_+|\?+)\b",
    re.I,
)


def propose_labelled(reading: Reading) -> Iterator[Candidate]:
    """Propose what stands behind labels of free text: organisation, name, role, place, and fields only the call knows."""
    wanted = {field.id for field in reading.call.fields}
    for passage in reading.passages:
        if passage.voice in (Voice.SENDER,):
            continue
        for item in labelled(passage, reading.call):
            for field in item.fields:
                if field in ("organisation", "name", "role", "place") or (field in wanted and field not in FIELDS):
                    yield from _values(passage, item, field)


_CUTS = {
    "organisation": re.compile(r"\s*(?:,|\(|\||;|\s[-–]\s|\s/\s|\s+(?:te|in|uit)\s+(?=[A-ZÀ-Þ'’]))"),
    "name": re.compile(r"\s*(?:,|\(|\||;|\s[-–]\s|/|\.\s|\d)"),
    "role": re.compile(
        r"\s*(?:,|\(|\||;|\s[-–]\s|\.\s|\s+(?:op|bij|van|aan)\s+(?=[A-ZÀ-Þ'’]|de\s|het\s|(?:obs|cbs|sbo|vso|so|ikc|basisschool)\b))"
    ),
    "place": re.compile(r"\s*(?:,|\(|\||;|\s[-–]\s|\s/\s|\.\s)"),
}


def _values(passage: Passage, item: Labelled, field: str) -> Iterator[Candidate]:
    """Yield the whole value and the value up to its first mark."""
    text = passage.text[item.start : item.end]
    lead = len(text) - len(text.lstrip(" \t\"'“‘*_"))
    text = text.strip(' \t"“”‘*_').rstrip("'’.,;")
    text = re.sub(r"^'(?![ts]\s)", "", text)
    if not text or _UNCERTAIN.match(text):
        return
    start = item.start + lead
    cues = (
        f"label:{item.shape}",
        f"labels:{min(len(item.fields), 2)}",
        f"first:{item.fields[0] == field}",
        f"length:{min(len(text.split()) // 3, 4)}",
    )
    yield candidate(field, tidy(text), passage, (start, start + len(text)), "label", "whole", *cues)
    cut = _CUTS[field].search(text) if field in _CUTS else None
    if cut and cut.start() > 1:
        short = text[: cut.start()]
        yield candidate(field, tidy(short), passage, (start, start + len(short)), "label", "cut", *cues)
