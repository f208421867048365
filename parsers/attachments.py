"""Document bytes into text, within limits; the format is told by the content, not by the name."""

import io
import re
import zipfile

from parsers.charset import decode
from parsers.html import html_to_text
from parsers.mime import Reading
from parsers.text import limited, tidied

MAX_DOCUMENT = 20_000_000
MAX_UNZIPPED = 30_000_000
MAX_PAGES = 50


def read_document(data: bytes, *, filename: str, media_type: str, charset: str | None, reading: Reading) -> str | None:
    """Return the text of an attached document, or None when it holds none that we can read. Never raises."""
    if len(data) > MAX_DOCUMENT:
        reading.cut(f"attachment over {MAX_DOCUMENT:,} bytes not read")
        return None
    try:
        text = _read(data, filename.lower(), media_type, charset, reading)
    except Exception as error:  # noqa: BLE001 - document libraries raise anything on broken files
        reading.wrong(f"attachment unreadable ({type(error).__name__})")
        return None
    return limited(tidied(text), reading) if text and text.strip() else None


def _read(data: bytes, filename: str, media_type: str, charset: str | None, reading: Reading) -> str | None:
    head = data[:1024].lstrip()
    if data[:4] == b"PK\x03\x04":
        return _read_zip(data, reading)
    if b"%PDF-" in head:
        return _read_pdf(data, reading)
    if head.startswith(b"{\\rtf"):
        return _read_rtf(data)
    if not media_type.startswith("text/") and not filename.endswith((".txt", ".html", ".htm", ".csv")):
        return None
    if media_type in ("text/vcard", "text/calendar", "text/x-vcard", "text/directory"):
        return None
    text = decode(data, charset)[0]
    return html_to_text(text).text if media_type == "text/html" or filename.endswith((".html", ".htm")) else text


def _read_zip(data: bytes, reading: Reading) -> str | None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(item.file_size for item in archive.infolist()) > MAX_UNZIPPED:
            reading.cut("attachment unpacks to too much")
            return None
        names = set(archive.namelist())
    if "word/document.xml" in names:
        return _read_docx(data)
    if "content.xml" in names:
        return _read_odt(data)
    return None


def _read_docx(data: bytes) -> str:
    import docx
    from docx.table import Table

    lines: list[str] = []
    for item in docx.Document(io.BytesIO(data)).iter_inner_content():
        if isinstance(item, Table):
            for row in item.rows:
                lines.append(" | ".join(cell.text.replace("\n", " ") for cell in row.cells))
        else:
            lines.append(item.text)
    return "\n".join(lines)


def _read_odt(data: bytes) -> str:
    from odf import teletype
    from odf.opendocument import load
    from odf.text import P

    return "\n".join(teletype.extractText(item) for item in load(io.BytesIO(data)).getElementsByType(P))


def _read_pdf(data: bytes, reading: Reading) -> str:
    import pypdf

    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    if len(pages) > MAX_PAGES:
        reading.cut(f"PDF cut at {MAX_PAGES} pages")
    return "\n".join(pages[number].extract_text() for number in range(min(len(pages), MAX_PAGES)))


def _read_rtf(data: bytes) -> str:
    text = data.decode("cp1252", "replace")
    text = re.sub(r"\{\\\*?\\?(?:fonttbl|colortbl|stylesheet|info|generator)[^{}]*(?:\{[^{}]*\}[^{}]*)*\}", "", text)
    text = re.sub(r"\\'([0-9a-fA-F]{2})", lambda found: bytes.fromhex(found[1]).decode("cp1252", "replace"), text)
    text = re.sub(r"\\par[d]?\b ?|\\line\b ?", "\n", text)
    text = re.sub(r"\\[a-z]+-?\d* ?", "", text)
    return re.sub(r"[{}]", "", text)
