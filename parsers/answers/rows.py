"""The text of a mail as rows: lines as their author meant them, quote marks and wrapping taken off, offsets kept."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from config.call import Call
from parsers.blocks import Block, BlockKind
from parsers.message import Message

MAX_CHARACTERS = 60_000
"""How much of a mail is read for answers; what applicants write ends long before."""
MAX_ROWS = 1_500

_ARROW_MARKS = re.compile(r"[ \t]{0,8}(?:>[ \t]?){1,20}")
_PIPE_MARKS = re.compile(r"[ \t]{0,8}(?:[>|][ \t]?){1,20}")
BULLET = re.compile(r"\s{0,20}(?:[-–—*•·●▪◦‣○■□✓➢→☐+](?=\s)|o(?=\s\s)|\(?(?:\d{1,2}|[a-zA-Z])[.)](?=\s))")
_LABEL = re.compile(r"[^\W\d][\w/'’ -]{1,38}[:=](?:\s|$)")
_WORD = re.compile(r"\w+")
_NOT_OWN = (BlockKind.QUOTED, BlockKind.SIGNATURE, BlockKind.DISCLAIMER)
_MARKER = re.compile(r"\W{0,3}(?:vraag|vr|ad|punt|q|v)?\W{0,2}\d(?:\W|$)", re.I)


@dataclass(slots=True)
class Row:
    """One line as meant: what a mail program wrapped is joined again."""

    part: str
    kind: BlockKind
    level: int
    quoted: bool
    """Quote marks stood before it."""
    start: int
    end: int
    text: str
    """As long as part.text[start:end]: quote marks and line ends within are blanked."""
    paragraph: int
    """Counted through the whole mail; blank lines and block ends part them."""


def read_rows(message: Message, call: Call) -> list[Row]:
    """Return the rows that may hold answers, in order, up to the limits.

    Of quoted words, the sender's own earlier ones are read; of others' only the call's questions, as answers may stand
    between them. A mail in which nobody says anything else is read whole.
    """
    from_html = {part.name for part in message.parts if part.from_html}
    rows: list[Row] = []
    left = MAX_CHARACTERS
    paragraph = 0
    all_quoted = all(block.kind in _NOT_OWN or not block.text.strip() for block in message.blocks)
    for block in message.blocks:
        if left <= 0 or len(rows) >= MAX_ROWS:
            break
        before = len(rows)
        paragraph = _add_block(rows, block, paragraph + 1, left, wrapped=block.part not in from_html)
        if block.kind is BlockKind.QUOTED and not all_quoted and not _is_senders(block, message, call):
            rows[before:] = [row for row in rows[before:] if _asks(row.text, call)]
        elif block.kind is BlockKind.DISCLAIMER:
            del rows[before:]
        left -= block.end - block.start
    return rows


def _is_senders(block: Block, message: Message, call: Call) -> bool:
    """Tell whether a quoted block is not ours: the sender's own earlier words, or a colleague's."""
    if block.author is None:
        return False
    address = block.author.address
    if not address:
        return block.author.name.lower() == message.from_.name.lower()
    return address not in call.addresses and address.rpartition("@")[2] == message.from_.address.rpartition("@")[2]


def _asks(text: str, call: Call) -> bool:
    """Tell whether a row repeats one of the call's questions."""
    said = set(_WORD.findall(text.lower()[:300]))
    for question in call.questions:
        asked = set(_WORD.findall(question.text.lower()))
        if len(asked & said) >= 0.6 * len(asked):
            return True
    return False


def _add_block(rows: list[Row], block: Block, paragraph: int, limit: int, *, wrapped: bool) -> int:
    text = block.text[:limit]
    lines = list(_lines(text, _marks_of(text) if block.kind is not BlockKind.ATTACHMENT else None))
    width = _wrap_width([line for _, line in lines]) if wrapped else 0
    numbered = sum(_MARKER.match(line) is not None for _, line in lines) > 1
    number = 0
    while number < len(lines):
        start, line = lines[number]
        if not line:
            paragraph += 1
            number += 1
            continue
        last = number
        while width and last + 1 < len(lines) and _goes_on(lines[last][1], lines[last + 1][1], width):
            if numbered and _MARKER.match(lines[last + 1][1]):
                break
            last += 1
        end = lines[last][0] + len(lines[last][1])
        rows.append(
            Row(
                block.part,
                block.kind,
                block.level,
                block.quote_depth > 0,
                block.start + start,
                block.start + end,
                _blanked(lines[number : last + 1]),
                paragraph,
            )
        )
        number = last + 1
    return paragraph


def _marks_of(text: str) -> re.Pattern[str] | None:
    """Return the pattern of the quote marks that the lines of a text begin with: ">", or "|" when nearly all do."""
    if ">" in text:
        return _ARROW_MARKS
    lines = [line for line in text[:5_000].split("\n") if line.strip()]
    return _PIPE_MARKS if sum(line.lstrip()[0] == "|" for line in lines) > 0.7 * len(lines) else None


def _lines(text: str, marks: re.Pattern[str] | None) -> Iterator[tuple[int, str]]:
    """Yield for each line where its words begin, and its words without marks and white space around."""
    position = 0
    for line in text.split("\n"):
        found = marks.match(line) if marks else None
        begin = found.end() if found else 0
        words = line[begin:].strip()
        if words:
            begin = line.index(words[0], begin)
        yield position + begin, words
        position += len(line) + 1


def _wrap_width(lines: Sequence[str]) -> int:
    """Return the width at which these lines were wrapped, 0 when they were not: several lines come close to it."""
    lengths = [len(line) for line in lines if line]
    longest = max(lengths, default=0)
    if not 50 <= longest <= 120:
        return 0
    near = sum(length >= longest - 16 for length in lengths)
    return longest if near >= 2 else 0


def _goes_on(line: str, following: str, width: int) -> bool:
    """Tell whether a line was broken only because the next word did not fit."""
    if not following or len(line) < 35 or BULLET.match(following) or _LABEL.match(following):
        return False
    first = following.split(None, 1)[0]
    if len(line) + 1 + len(first) > width - 2:
        return True
    return first[0].islower() and len(line) >= width - 22 and line[-1] not in ".?!:;"


def _blanked(lines: Sequence[tuple[int, str]]) -> str:
    """Join lines at the length they have in the text, with spaces for marks and line ends."""
    pieces = []
    for (start, words), following in zip(lines, [*lines[1:], None], strict=True):
        gap = following[0] - start - len(words) if following else 0
        pieces.append(words + " " * gap)
    return "".join(pieces)
