"""The XML of a Word document (ECMA-376, part 1, section 17): paragraphs, tables, lists, text boxes, controls."""

import re

from parsers.documents.page import Page, Target, bare

_ALPHABET = 26
_LIST_STYLE = re.compile(r"List(?:Number|Bullet)|Lijst(?:nummering|opsom)")


class Word(Page):
    """A document, header or footer. Deleted words, and controls that nobody filled in, are left out."""

    # A text box stands twice, for new and for old programs.
    _UNREAD = frozenset({"Fallback", "del", "moveFrom", "instrText", "delText"})
    _ADDED = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}  # noqa: RUF012 - never changed

    def __init__(self, formats: dict[tuple[str, str], str]) -> None:
        super().__init__()
        self._formats = formats
        self._counts: dict[tuple[str, str], int] = {}
        self._reading = False
        self._unread: list[str] = []
        self._list, self._level = "", "0"
        self._unfilled: list[bool] = []

    def start(self, tag: str, attrib: dict[str, str]) -> None:
        """Take an element's begin."""
        if self._unread:
            self._unread += [tag] if tag == self._unread[-1] else []
        elif tag in self._UNREAD or (tag == "sdtContent" and self._unfilled and self._unfilled[-1]):
            self._unread.append(tag)
        elif tag in self._ADDED:
            self.add(self._ADDED[tag])
        elif tag == "t":
            self._reading = True
        elif tag == "p":
            if self.pieces:
                self.end_paragraph()
        else:
            self._begin(tag, attrib)

    def _begin(self, tag: str, attrib: dict[str, str]) -> None:
        match tag:
            case "tr":
                self.open_row()
            case "tc":
                self.open_cell()
            case "sdt":
                self._unfilled.append(False)
            case "showingPlcHdr" if self._unfilled:
                self._unfilled[-1] = True
            case "ilvl":
                self._level = bare(attrib).get("val", "0")
            case "numId":
                self._list = bare(attrib).get("val", "")
            case "pStyle" if _LIST_STYLE.match(bare(attrib).get("val", "")):
                self._list = bare(attrib)["val"]

    def end(self, tag: str) -> None:
        """Take an element's end."""
        if self._unread:
            if tag == self._unread[-1]:
                self._unread.pop()
            return
        match tag:
            case "t":
                self._reading = False
            case "pPr":
                self.prefix = self._bullet()
            case "p":
                self.end_paragraph()
            case "tc":
                self.close_cell()
            case "tr":
                self.close_row()
            case "sdt" if self._unfilled:
                self._unfilled.pop()

    def data(self, data: str) -> None:
        """Take text."""
        if self._reading and not self._unread:
            self.add(data)

    def _bullet(self) -> str:
        """Return what stands before a list item, and forget the list."""
        key, (self._list, self._level) = (self._list, self._level), ("", "0")
        if key[0] in {"", "0"}:
            return ""
        numbered = "umm" in key[0] or "umb" in key[0]
        style = self._formats.get(key, "decimal" if numbered else "bullet")
        if style in {"bullet", "none"}:
            return "- " if style == "bullet" else ""
        self._counts[key] = number = self._counts.get(key, 0) + 1
        if style in {"lowerLetter", "upperLetter"} and number <= _ALPHABET:
            return chr(ord("a" if style == "lowerLetter" else "A") + number - 1) + ". "
        return f"{number}. "


class Numbering(Target):
    """Which lists of a document are numbered: (list, level) to its number format."""

    def __init__(self) -> None:
        self.formats: dict[tuple[str, str], str] = {}
        self._abstract: dict[str, dict[str, str]] = {}
        self._current, self._level, self._number = "", "", ""

    def start(self, tag: str, attrib: dict[str, str]) -> None:
        """Take an element's begin."""
        value = bare(attrib)
        match tag:
            case "abstractNum":
                self._current, self._number = value.get("abstractNumId", ""), ""
            case "lvl":
                self._level = value.get("ilvl", "0")
            case "numFmt" if self._current and not self._number:
                self._abstract.setdefault(self._current, {})[self._level] = value.get("val", "")
            case "num":
                self._number = value.get("numId", "")
            case "abstractNumId" if self._number:
                for level, style in self._abstract.get(value.get("val", ""), {}).items():
                    self.formats[self._number, level] = style
