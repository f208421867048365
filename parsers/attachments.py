"""Document bytes into text, within limits. The format is told by the content: names and media types lie.

Word, OpenDocument and Excel files are read in `office`, RTF in `rtf`. Heavy libraries are imported when first needed.
"""

import io
import logging
import re
import time
from dataclasses import dataclass
from email.message import Message as MimePart

from parsers.charset import decode, mend
from parsers.html import render
from parsers.mime import Reading, parse_attached
from parsers.office import OfficeError, read_office
from parsers.rtf import read_rtf
from parsers.text import limited, tidied
from parsers.vcard import read_vcard

MAX_DOCUMENT = 25_000_000
MAX_PAGES = 60
MAX_PAGE = 2_000_000
"""Bytes of a PDF page's drawing commands: pypdf needs about a second for a million."""
MAX_SECONDS = 2.0
MAX_PLAIN = 1_200_000

_HEADER = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]{1,40}: ?[^\n]*\n(?:[ \t][^\n]*\n)*){3,}")
_MAIL_HEADERS = re.compile(rb"^(?:from|date|subject|to|message-id|mime-version|received): ?", re.I | re.M)
_TEXT_NAMES = (".txt", ".text", ".csv", ".md", ".html", ".htm", ".log", ".eml", ".vcf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What an attachment turned out to be: a text, a mail, or neither."""

    text: str = ""
    media_type: str = ""
    """What it really is; empty when nothing better is known than what the mail says."""
    from_html: bool = False
    mail: MimePart | None = None


def read_document(data: bytes, *, filename: str, media_type: str, charset: str | None, reading: Reading) -> Document:
    """Read an attachment. Never raises; one that holds no text we can read is an empty Document."""
    if len(data) > MAX_DOCUMENT:
        reading.cut(f"attachment over {MAX_DOCUMENT:,} bytes not read")
        return Document()
    try:
        document = _read(data, filename.lower(), media_type, charset, reading)
    except Exception as error:  # noqa: BLE001 - document libraries raise anything on broken files
        reading.wrong(f"attachment unreadable ({type(error).__name__})")
        return Document()
    if document.mail is not None:
        return document
    return Document(
        text=limited(tidied(document.text), reading), media_type=document.media_type, from_html=document.from_html
    )


def _read(data: bytes, filename: str, media_type: str, charset: str | None, reading: Reading) -> Document:
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if data.startswith(b"PK\x03\x04"):
        return _read_zipped(data, reading)
    if b"%PDF-" in head:
        return Document(text=_read_pdf(data, reading), media_type="application/pdf")
    if head.startswith(b"{\\rtf"):
        return Document(text=read_rtf(data), media_type="application/rtf")
    if head[:11].upper() == b"BEGIN:VCARD":
        return Document(text=read_vcard(decode(data[:100_000], charset)[0]), media_type="text/vcard")
    if not (
        media_type.startswith("text/") or filename.endswith(_TEXT_NAMES) or media_type == "application/octet-stream"
    ):
        return Document()
    if filename.endswith(".eml") or (media_type == "application/octet-stream" and _is_mail(head)):
        return Document(mail=parse_attached(data))
    if media_type == "application/octet-stream" and not filename.endswith(_TEXT_NAMES):
        return Document()
    return _read_text(data, head, charset, reading)


def _is_mail(head: bytes) -> bool:
    block = head.replace(b"\r\n", b"\n")
    return bool(_HEADER.match(block)) and len(set(map(bytes.lower, _MAIL_HEADERS.findall(block)))) > 1


def _read_text(data: bytes, head: bytes, charset: str | None, reading: Reading) -> Document:
    if len(data) > MAX_PLAIN:
        reading.cut(f"attachment cut at {MAX_PLAIN:,} bytes")
    if b"\0" in head and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Document()
    text, wrong = decode(data[:MAX_PLAIN], charset)
    if wrong:
        reading.wrong(wrong)
    if re.match(rb"<(?:!doctype html|html|head|body|meta)\b", head, re.I):
        rendered = render(tidied(mend(text)))
        if rendered.cut:
            reading.cut("HTML too long or too deep")
        return Document(text=rendered.text, media_type="text/html", from_html=True)
    return Document(text=mend(text))


def _read_zipped(data: bytes, reading: Reading) -> Document:
    try:
        media_type, text, cut = read_office(data)
    except OfficeError as error:
        reading.cut(str(error))
        return Document()
    if cut:
        reading.cut(f"attachment: {cut}")
    return Document(text=text, media_type=media_type)


def _read_pdf(data: bytes, reading: Reading) -> str:
    """Return the text of a PDF's pages and the values of its form fields."""
    import pypdf  # noqa: PLC0415 - a quarter of a second, needed for few mails

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it logs every oddity of every file
    document = pypdf.PdfReader(io.BytesIO(data))
    if document.is_encrypted and not document.decrypt(""):
        reading.wrong("attachment is encrypted")
        return ""
    deadline = time.monotonic() + MAX_SECONDS
    lines: list[str] = []
    for number, page in enumerate(document.pages):
        if number == MAX_PAGES or time.monotonic() > deadline:
            reading.cut(f"PDF cut after {number} pages")
            break
        contents = page.get_contents()
        if contents is not None and len(contents.get_data()) > MAX_PAGE:
            reading.cut("PDF page too large to read")
            continue
        lines.append(page.extract_text())
    lines += _form_values(document)
    return "\n".join(lines)


def _form_values(document: object) -> list[str]:
    """Return the filled fields of a PDF form as "name: value" lines."""
    get_fields = getattr(document, "get_form_text_fields", None)
    fields = get_fields() if get_fields else None
    return [f"{name}: {value}" for name, value in list((fields or {}).items())[:200] if value]
