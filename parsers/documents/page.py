"""Paragraphs and table rows in the making, out of the events of an XML parser."""

import re

from parsers.canvas import row_text


class Target:
    """What an XML parser calls for each element and text; a subclass takes what it wants. Tags have no namespace."""

    def start(self, tag: str, attrib: dict[str, str]) -> None:
        """Take an element's begin."""

    def end(self, tag: str) -> None:
        """Take an element's end."""

    def data(self, data: str) -> None:
        """Take text."""


class Page(Target):
    """A text of paragraphs and table rows; the base of the readers of each format."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.pieces: list[str] = []
        self.prefix = ""
        self._outer: list[list[str]] = []
        self._rows: list[list[str]] = []

    def add(self, text: str) -> None:
        """Add words to the paragraph."""
        self.pieces.append(text)

    def end_paragraph(self) -> None:
        """End the paragraph."""
        text = "".join(self.pieces).strip()
        self.lines.append(f"{self.prefix}{text}" if text else "")
        self.pieces.clear()
        self.prefix = ""

    def open_row(self) -> None:
        """Begin a table row."""
        self._rows.append([])

    def open_cell(self) -> None:
        """Begin a table cell."""
        self._outer.append(self.lines)
        self.lines = []

    def close_cell(self) -> None:
        """End a table cell."""
        if self.pieces:
            self.end_paragraph()
        if self._outer:
            text = "\n".join(line for line in self.lines if line)
            self.lines = self._outer.pop()
            if self._rows:
                self._rows[-1].append(text)

    def close_row(self) -> None:
        """End a table row and write it."""
        if self._rows and (cells := [cell for cell in self._rows.pop() if cell.strip()]):
            self.lines.append(row_text(cells))

    def text(self) -> str:
        """Return what was read: at most one empty line between others."""
        while self._outer:
            self.close_cell()
            self.close_row()
        if self.pieces:
            self.end_paragraph()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.lines)).strip()


def bare(attrib: dict[str, str]) -> dict[str, str]:
    """Return an element's attributes without their namespaces."""
    return {key.rpartition("}")[2]: value for key, value in attrib.items()}
