"""Word, OpenDocument and Excel files into text, streamed within limits.

python-docx and odfpy were weighed: python-docx passes over text boxes and content controls, which is what forms are made
of, odfpy runs table cells together, and both unpack a zip bomb before they look. The XML itself is plain enough.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterable
from typing import Any, Protocol
from zlib import error as ZlibError  # noqa: N812 - its name says less

import lxml.etree

from parsers.canvas import row_text

MAX_UNPACKED = 40_000_000
"""Bytes of one file within the archive, counted while they are unpacked: the directory may lie."""
MAX_EVENTS = 400_000
MAX_TEXT = 400_000
MAX_FILES = 30
_CHUNK = 65_536

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HEAD = re.compile(r"word/header\d*\.xml")
_FOOT = re.compile(r"word/footer\d*\.xml")
_SHEET = re.compile(r"xl/worksheets/sheet(\d{1,3})\.xml")


class OfficeError(Exception):
    """The file is too large, or not what it says."""


class _EnoughError(Exception):
    """As much was read as may be."""


class Target(Protocol):
    """What the parser calls for each element (lxml's target interface)."""

    def start(self, tag: str, attrib: dict[str, str]) -> None: ...
    def end(self, tag: str) -> None: ...
    def data(self, data: str) -> None: ...
    def close(self) -> None: ...


def read_office(data: bytes) -> tuple[str, str, str]:
    """Return media type, text, and what was cut ("" for nothing). Raises OfficeError, and whatever zipfile raises."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [item.filename for item in archive.infolist()[:5000]]
        if "word/document.xml" in names:
            return _WORD, *_read_word(archive, names)
        if "content.xml" in names:
            return "application/vnd.oasis.opendocument.text", *_read_open(archive, names)
        if "xl/workbook.xml" in names:
            return _EXCEL, *_read_excel(archive, names)
    return "application/zip", "", ""


def _read_word(archive: zipfile.ZipFile, names: list[str]) -> tuple[str, str]:
    numbering = _Numbering()
    if "word/numbering.xml" in names:
        _stream(archive, "word/numbering.xml", numbering)
    heads = [name for name in names if _HEAD.fullmatch(name)][:MAX_FILES]
    feet = [name for name in names if _FOOT.fullmatch(name)][:MAX_FILES]
    return _read_files(archive, [*heads, "word/document.xml", *feet], lambda: Word(numbering.formats))


def _read_open(archive: zipfile.ZipFile, names: list[str]) -> tuple[str, str]:
    mimetype = archive.open("mimetype").read(200) if "mimetype" in names else b""
    if b"encrypted" in mimetype:
        raise OfficeError("attachment is encrypted")
    files = ["styles.xml", "content.xml"] if "styles.xml" in names else ["content.xml"]
    return _read_files(archive, files, Open)


def _read_excel(archive: zipfile.ZipFile, names: list[str]) -> tuple[str, str]:
    strings = _Strings()
    if "xl/sharedStrings.xml" in names:
        _stream(archive, "xl/sharedStrings.xml", strings)
    sheets = sorted((name for name in names if _SHEET.fullmatch(name)), key=lambda name: (len(name), name))
    return _read_files(archive, sheets[:MAX_FILES], lambda: Excel(strings.found))


def _read_files(archive: zipfile.ZipFile, names: Iterable[str], make: "Callable[[], Page]") -> tuple[str, str]:
    """Read the files in order, a text that was there already (the same header on every page) once."""
    texts: list[str] = []
    cut = ""
    for name in names:
        page = make()
        cut = _stream(archive, name, page) or cut
        text = page.text()
        if text and text not in texts:
            texts.append(text)
    return "\n".join(texts), cut


def _stream(archive: zipfile.ZipFile, name: str, target: Target) -> str:
    """Feed a file of the archive to a target; return what was cut, if anything."""
    parser: Any = lxml.etree.XMLParser(
        target=_Counted(target), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, recover=True
    )
    size = 0
    try:
        with archive.open(name) as file:
            while chunk := file.read(_CHUNK):
                if b"<!DOCTYPE" in chunk:
                    raise OfficeError("attachment declares its own entities")
                size += len(chunk)
                if size > MAX_UNPACKED:
                    return "unpacks to too much"
                parser.feed(chunk)
            if size:
                parser.close()
    except _EnoughError:
        return "too long"
    except (ZlibError, zipfile.BadZipFile, EOFError, lxml.etree.LxmlError):
        return "damaged"
    return ""


class _Counted:
    """Passes on what the parser calls, and stops it when there has been enough."""

    def __init__(self, target: Target) -> None:
        self.close = target.close
        self._start, self._end, self._data = target.start, target.end, target.data
        self._events = self._characters = 0

    def start(self, tag: str, attrib: dict[str, str]) -> None:
        self._events += 1
        if self._events > MAX_EVENTS:
            raise _EnoughError
        self._start(tag.rpartition("}")[2], attrib)

    def end(self, tag: str) -> None:
        self._end(tag.rpartition("}")[2])

    def data(self, data: str) -> None:
        self._characters += len(data)
        if self._characters > 3 * MAX_TEXT:
            raise _EnoughError
        self._data(data)


class Page:
    """Paragraphs and table rows in the making; the base of the targets for each format."""

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

    def close(self) -> None:
        """End the document."""

    def text(self) -> str:
        """Return what was read: at most one empty line between others."""
        while self._outer:
            self.close_cell()
            self.close_row()
        if self.pieces:
            self.end_paragraph()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.lines)).strip()


class Word(Page):
    """A document, header or footer of a .docx (ECMA-376)."""

    def __init__(self, formats: dict[tuple[str, str], str]) -> None:
        super().__init__()
        self._formats = formats
        self._counts: dict[tuple[str, str], int] = {}
        self._reading = False
        self._unread: list[str] = []
        self._level, self._list = "0", ""
        self._control: list[int] = []

    def start(self, tag: str, attrib: dict[str, str]) -> None:
        """Take an element's begin."""
        if self._unread:
            if tag == self._unread[-1]:
                self._unread.append(tag)
            return
        match tag:
            case "Fallback" | "del" | "moveFrom" | "instrText" | "delText":
                # A text box stands twice, for new and for old programs; deleted words are still in the file.
                self._unread.append(tag)
            case "t":
                self._reading = True
            case "tab":
                self.add("\t")
            case "br" | "cr":
                self.add("\n")
            case "noBreakHyphen":
                self.add("-")
            case "tr":
                self.open_row()
            case "tc":
                self.open_cell()
            case "p" if self.pieces:
                self.end_paragraph()
            case "pStyle" | "numId" | "ilvl":
                self._style(tag, next((value for key, value in attrib.items() if key.endswith("val")), ""))
            case "sdt":
                self._control.append(0)
            case "showingPlcHdr" if self._control:
                self._control[-1] = 1
            case "sdtContent" if self._control and self._control[-1]:
                # A content control that nobody filled shows "Klik of tik om tekst in te voeren".
                self._unread.append(tag)

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
            case "sdt" if self._control:
                self._control.pop()

    def data(self, data: str) -> None:
        """Take text."""
        if self._reading and not self._unread:
            self.add(data)

    def _style(self, tag: str, value: str) -> None:
        if tag == "ilvl":
            self._level = value
        elif tag == "numId":
            self._list = value
        elif re.match(r"List(?:Number|Bullet)|Lijst(?:nummering|opsom)", value):
            self._list = value

    def _bullet(self) -> str:
        """Return what stands before a list item, and forget the list."""
        key, (self._list, self._level) = (self._list, self._level), ("", "0")
        if not key[0] or key[0] == "0":
            return ""
        numbered = "umm" in key[0] or "umb" in key[0]
        style = self._formats.get(key, "decimal" if numbered else "bullet")
        if style in {"bullet", "none"}:
            return "- " if style == "bullet" else ""
        self._counts[key] = number = self._counts.get(key, 0) + 1
        if style in {"lowerLetter", "upperLetter"} and number <= 26:  # noqa: PLR2004 - letters of the alphabet
            return chr(ord("a" if style == "lowerLetter" else "A") + number - 1) + ". "
        return f"{number}. "


class _Numbering:
    """Which lists of a .docx are numbered: (list, level) to its number format."""

    def __init__(self) -> None:
        self.formats: dict[tuple[str, str], str] = {}
        self._abstract: dict[str, dict[str, str]] = {}
        self._current, self._level, self._number = "", "", ""

    def start(self, tag: str, attrib: dict[str, str]) -> None:
        value = {key.rpartition("}")[2]: value for key, value in attrib.items()}
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

    def end(self, tag: str) -> None:
        pass

    def data(self, data: str) -> None:
        pass

    def close(self) -> None:
        pass


class Open(Page):
    """The content.xml or styles.xml of an OpenDocument file (ISO/IEC 26300)."""

    _UNREAD = frozenset(
        {"tracked-changes", "annotation", "forms", "note-citation", "script", "font-face-decls", "meta"}
    )

    def __init__(self) -> None:
        super().__init__()
        self._unread = 0
        self._depth = 0
        self._numbered: set[str] = set()
        self._style = ""
        self._lists: list[tuple[bool, int]] = []

    def start(self, tag: str, attrib: dict[str, str]) -> None:
        """Take an element's begin."""
        if self._unread or tag in self._UNREAD:
            self._unread += 1
            return
        value = {key.rpartition("}")[2]: value for key, value in attrib.items()}
        match tag:
            case "p" | "h":
                self._depth += 1
            case "s":
                self.add(" " * min(int(value.get("c", "1")), 50))
            case "tab":
                self.add("\t")
            case "line-break":
                self.add("\n")
            case "table-row":
                self.open_row()
            case "table-cell":
                self.open_cell()
            case "list-style":
                self._style = value.get("name", "")
            case "list-level-style-number" if value.get("level") == "1":
                self._numbered.add(self._style)
            case "list":
                inherited = bool(self._lists) and self._lists[-1][0]
                self._lists.append((value["style-name"] in self._numbered if "style-name" in value else inherited, 0))
            case "list-item" if self._lists:
                numbered, count = self._lists[-1]
                self._lists[-1] = (numbered, count + 1)
                self.prefix = f"{count + 1}. " if numbered else "- "

    def end(self, tag: str) -> None:
        """Take an element's end."""
        if self._unread:
            self._unread -= 1
            return
        match tag:
            case "p" | "h":
                self._depth -= 1
                self.end_paragraph()
            case "table-cell":
                self.close_cell()
            case "table-row":
                self.close_row()
            case "list" if self._lists:
                self._lists.pop()

    def data(self, data: str) -> None:
        """Take text: only what stands in paragraphs is any."""
        if self._depth > 0 and not self._unread:
            self.add(re.sub(r"\s+", " ", data))


class _Strings:
    """The shared strings of a workbook."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._reading = False

    def start(self, tag: str, attrib: dict[str, str]) -> None:  # noqa: ARG002
        self._reading = tag == "t"
        if tag == "si":
            self._pieces = []

    def end(self, tag: str) -> None:
        self._reading = False
        if tag == "si":
            self.found.append("".join(self._pieces))

    def data(self, data: str) -> None:
        if self._reading:
            self._pieces.append(data)

    def close(self) -> None:
        pass


class Excel(Page):
    """A sheet of a workbook (ECMA-376)."""

    def __init__(self, strings: list[str]) -> None:
        super().__init__()
        self._strings = strings
        self._type = ""
        self._reading = False

    def start(self, tag: str, attrib: dict[str, str]) -> None:
        """Take an element's begin."""
        if tag == "row":
            self.open_row()
        elif tag == "c":
            self.open_cell()
            self._type = attrib.get("t", "")
        self._reading = tag in {"v", "t"}

    def end(self, tag: str) -> None:
        """Take an element's end."""
        self._reading = False
        if tag == "c":
            value = "".join(self.pieces)
            if self._type == "s" and value.isdecimal() and int(value[:9]) < len(self._strings):
                self.pieces[:] = [self._strings[int(value[:9])]]
            self.close_cell()
        elif tag == "row":
            self.close_row()

    def data(self, data: str) -> None:
        """Take text."""
        if self._reading:
            self.add(data)
