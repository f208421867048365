"""Word, OpenDocument and Excel files: zip archives of XML, unpacked and read in a stream, within limits.

python-docx and odfpy were weighed: python-docx passes over text boxes and content controls, which is what forms are
made of, odfpy runs table cells together, and both unpack a zip bomb before they look at it.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterable
from typing import Any
from zlib import error as ZlibError  # noqa: N812 - it has no name of its own

import lxml.etree

from parsers.documents.excel import Sheet, Strings
from parsers.documents.opendocument import OpenDocument
from parsers.documents.page import Page, Target
from parsers.documents.word import Numbering, Word

MAX_UNPACKED = 40_000_000
"""Bytes of one file within the archive, counted while they are unpacked: the directory may lie."""
MAX_EVENTS = 300_000
MAX_TEXT = 400_000
MAX_FILES = 20
MAX_LISTED = 5_000
_CHUNK = 65_536

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OPEN = "application/vnd.oasis.opendocument.text"
_HEAD = re.compile(r"word/header\d*\.xml")
_FOOT = re.compile(r"word/footer\d*\.xml")
_SHEET = re.compile(r"xl/worksheets/sheet\d{1,3}\.xml")


class ArchiveError(Exception):
    """The file is too large, encrypted or hostile; the message says which."""


class _EnoughError(Exception):
    """As much was read as may be."""


def read_archive(data: bytes) -> tuple[str, str, str]:
    """Return media type, text, and what was cut ("" for nothing) of a zipped document; of another archive, no text.

    Raises ArchiveError, and whatever zipfile raises on a broken archive.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [item.filename for item in archive.infolist()[:MAX_LISTED]]
        if "word/document.xml" in names:
            return _WORD, *_read_word(archive, names)
        if "content.xml" in names:
            return _OPEN, *_read_open(archive, names)
        if "xl/workbook.xml" in names:
            return _EXCEL, *_read_excel(archive, names)
    return "application/zip", "", ""


def _read_word(archive: zipfile.ZipFile, names: list[str]) -> tuple[str, str]:
    numbering = Numbering()
    if "word/numbering.xml" in names:
        _stream(archive, "word/numbering.xml", numbering)
    heads = [name for name in names if _HEAD.fullmatch(name)][:MAX_FILES]
    feet = [name for name in names if _FOOT.fullmatch(name)][:MAX_FILES]
    return _read_files(archive, [*heads, "word/document.xml", *feet], lambda: Word(numbering.formats))


def _read_open(archive: zipfile.ZipFile, names: list[str]) -> tuple[str, str]:
    files = ["styles.xml", "content.xml"] if "styles.xml" in names else ["content.xml"]
    return _read_files(archive, files, OpenDocument)


def _read_excel(archive: zipfile.ZipFile, names: list[str]) -> tuple[str, str]:
    strings = Strings()
    if "xl/sharedStrings.xml" in names:
        _stream(archive, "xl/sharedStrings.xml", strings)
    sheets = sorted((name for name in names if _SHEET.fullmatch(name)), key=lambda name: (len(name), name))
    return _read_files(archive, sheets[:MAX_FILES], lambda: Sheet(strings.found))


def _read_files(archive: zipfile.ZipFile, names: Iterable[str], make: Callable[[], Page]) -> tuple[str, str]:
    """Read the files in order; a text that was there already (the same head on every page) once."""
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
                    raise ArchiveError("attachment declares entities of its own")
                size += len(chunk)
                if size > MAX_UNPACKED:
                    return "attachment unpacks to too much"
                parser.feed(chunk)
            if size:
                parser.close()
    except _EnoughError:
        return "attachment too long"
    except (ZlibError, zipfile.BadZipFile, EOFError, NotImplementedError, lxml.etree.LxmlError):
        return "attachment damaged"
    return ""


class _Counted:
    """Passes on what the parser calls, without namespaces, and stops it when there has been enough."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._events = self._characters = 0

    def start(self, tag: str, attrib: dict[str, str]) -> None:
        self._events += 1
        if self._events > MAX_EVENTS:
            raise _EnoughError
        self._target.start(tag.rpartition("}")[2], attrib)

    def end(self, tag: str) -> None:
        self._target.end(tag.rpartition("}")[2])

    def data(self, data: str) -> None:
        self._characters += len(data)
        if self._characters > MAX_TEXT:
            raise _EnoughError
        self._target.data(data)

    def close(self) -> None:
        pass
