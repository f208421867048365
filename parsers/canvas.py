"""Where HTML is drawn as text: lines, list items, table rows, and marks for what the document says of its words."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

CELL = " | "
MAX_LABEL = 120
MAX_NESTED_CELLS = 20

_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")


class Mark(StrEnum):
    """What a document itself says of some of its words. The values are characters that stand for it while drawing."""

    QUOTE = "\ue000"
    """A blockquote that a mail program made of the mail that is answered."""
    INDENT = "\ue002"
    """A blockquote that may be a quotation or just indented."""
    REGION = "\ue004"
    """All that a mail program put beneath the answer: the attribution and the mail that is answered or forwarded."""
    SIGNATURE = "\ue006"
    COLOUR = "\ue008"


_MARKS = {mark.value: mark for mark in Mark}
_ENDS = {chr(ord(mark.value) + 1): mark for mark in Mark}
_PRIVATE = re.compile("[\ue000-\ue009]")


@dataclass(slots=True)
class _Sheet:
    """The lines of the page, or of one table cell."""

    pieces: list[str] = field(default_factory=list)
    started: bool = False
    """Something stands on it."""
    filled: bool = False
    """Something stands on the current line."""
    blank: bool = False
    """The current line holds a no-break space, which is how mail programs write an empty line."""
    due: int = 0
    """Line ends to write before the next word."""
    begun: list[Mark] = field(default_factory=list)
    glued: bool = False
    """A bullet was written: the next block goes on behind it."""


@dataclass(slots=True)
class _List:
    number: int | None
    style: str


class Canvas:
    """Text in the making. Every method may be called in any order: mail is full of broken HTML."""

    def __init__(self) -> None:
        """Begin with an empty page."""
        self.sheet = _Sheet()
        self.preformatted = 0
        self.rows = 0
        self._outer: list[_Sheet] = []
        self._cells: list[list[str]] = []
        self._lists: list[_List] = []
        self._links: list[tuple[str, _Sheet, int]] = []

    def write(self, text: str | None) -> None:
        """Add words to the current line."""
        if not text:
            return
        if not text.isascii():
            text = _PRIVATE.sub("", text)
        if self.preformatted > 0:
            for number, line in enumerate(text.split("\n")):
                if number:
                    self.line_break()
                self._put(line)
            return
        text = _SPACES.sub(" ", text)
        sheet = self.sheet
        if not sheet.filled or (sheet.pieces and sheet.pieces[-1].endswith(" ")):
            text = text.lstrip(" ")
        self._put(text)

    def end_line(self, *, blank: bool = False) -> None:
        """Begin a new line unless the current one is empty; with `blank`, leave an empty line."""
        sheet = self.sheet
        if sheet.glued:
            sheet.glued = False
            return
        if sheet.filled:
            sheet.due = max(sheet.due, 1)
            sheet.filled = False
        elif sheet.blank:
            sheet.due += 1
        sheet.blank = False
        if blank and sheet.started:
            sheet.due = max(sheet.due, 2)

    def line_break(self) -> None:
        """End the current line, empty or not."""
        sheet = self.sheet
        sheet.due = sheet.due + 1 if not sheet.filled else max(sheet.due, 1)
        sheet.filled = sheet.blank = sheet.glued = False

    def begin(self, mark: Mark) -> None:
        """Mark what follows."""
        self.sheet.begun.append(mark)

    def finish_mark(self, mark: Mark) -> None:
        """End a mark; one around nothing is taken back."""
        if self.sheet.begun and self.sheet.begun[-1] is mark:
            self.sheet.begun.pop()
        else:
            self.sheet.pieces.append(chr(ord(mark.value) + 1))

    def open_list(self, number: int | None, style: str) -> None:
        """Begin a list; numbered from `number`, or with bullets."""
        self._lists.append(_List(number, style))

    def close_list(self) -> None:
        """End a list."""
        if self._lists:
            self._lists.pop()

    def bullet(self, value: int) -> None:
        """Write what stands before a list item; `value` overrides its number."""
        indent = "  " * min(len(self._lists) - 1, 5)
        label = "-"
        if self._lists and self._lists[-1].number is not None:
            current = self._lists[-1]
            number = value or current.number or 1
            current.number = number + 1
            label = _label(number, current.style) + "."
        self._put(f"{indent}{label} ")
        self.sheet.glued = True

    def open_link(self, href: str) -> None:
        """Begin a link."""
        self._links.append((href[:300], self.sheet, len(self.sheet.pieces)))

    def close_link(self) -> None:
        """End a link; an address or number that its words do not show is added."""
        if not self._links:
            return
        href, sheet, start = self._links.pop()
        scheme, _, target = href.partition(":")
        target = target.partition("?")[0].strip()
        if sheet is not self.sheet or scheme.lower() not in {"mailto", "tel"} or not target:
            return
        words = "".join(sheet.pieces[start:])
        shown = "@" in words if scheme.lower() == "mailto" else sum(map(str.isdigit, words)) > 5
        if not shown:
            self._put(f" <{target}>" if words else target)

    def open_row(self) -> None:
        """Begin a table row."""
        self._cells.append([])

    def close_row(self) -> None:
        """End a table row and write it."""
        cells = [cell for cell in self._cells.pop() if _PRIVATE.sub("", cell).strip()] if self._cells else []
        if not cells:
            return
        self.end_line()
        if len(cells) > 1:
            self.rows += 1
        self._put(row_text(cells))

    def open_cell(self) -> None:
        """Begin a table cell."""
        if self._cells and len(self._outer) < MAX_NESTED_CELLS:
            self._outer.append(self.sheet)
            self.sheet = _Sheet()
        else:
            self._outer.append(self.sheet)
            self.end_line()

    def close_cell(self) -> None:
        """End a table cell."""
        if not self._outer:
            return
        sheet, self.sheet = self.sheet, self._outer.pop()
        if sheet is self.sheet:
            self.end_line()
            return
        text = "".join(sheet.pieces).strip()
        if self._cells:
            self._cells[-1].append(text)
        else:
            self._put(text)

    def has_text(self) -> bool:
        """Tell whether anything was written."""
        return self.sheet.started or any(sheet.started for sheet in self._outer)

    def finish(self) -> tuple[str, list[tuple[Mark, int, int]]]:
        """Return the text and the marked stretches of it."""
        while self._outer:
            self.close_cell()
            self.close_row()
        pieces: list[str] = []
        marked: list[tuple[Mark, int, int]] = []
        opened: list[tuple[Mark, int]] = []
        length = 0
        for piece in re.split("([\ue000-\ue009])", "".join(self.sheet.pieces).replace("\xa0", " ")):
            if mark := _MARKS.get(piece):
                opened.append((mark, length))
            elif mark := _ENDS.get(piece):
                begun = next((n for n in range(len(opened) - 1, -1, -1) if opened[n][0] is mark), None)
                if begun is not None:
                    marked.append((mark, opened.pop(begun)[1], length))
            else:
                pieces.append(piece)
                length += len(piece)
        marked.extend((mark, start, length) for mark, start in opened)
        return "".join(pieces), sorted(marked, key=lambda item: (item[1], -item[2]))

    def _put(self, text: str) -> None:
        if not text:
            return
        sheet = self.sheet
        if text.isspace() and not sheet.filled:
            sheet.blank = sheet.blank or "\xa0" in text
            return
        if not sheet.filled:
            if sheet.started:
                while sheet.pieces and sheet.pieces[-1].isspace():
                    sheet.pieces.pop()
                sheet.pieces.append("\n" * min(sheet.due, 3))
            sheet.due = 0
            sheet.started = sheet.filled = True
        if sheet.begun:
            sheet.pieces.extend(sheet.begun)
            sheet.begun.clear()
        sheet.glued = False
        sheet.pieces.append(text)


def row_text(cells: list[str]) -> str:
    """Write a table row: one line when it can be, the label before a value of several, or cells beneath each other."""
    if all("\n" not in cell for cell in cells):
        return CELL.join(cells)
    if "\n" in cells[0] or len(cells[0]) > MAX_LABEL:
        return "\n".join(cells)
    if len(cells) == 2:
        return CELL.join(cells)
    return CELL.join(" ".join(cell.split("\n")) for cell in cells)


def _label(number: int, style: str) -> str:
    match style:
        case "a" | "A" if number <= 26:
            return chr(ord(style) + number - 1)
        case "i" | "I" if number <= len(_ROMAN):
            return _ROMAN[number - 1] if style == "i" else _ROMAN[number - 1].upper()
        case _:
            return str(number)
