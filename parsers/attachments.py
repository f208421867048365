"""Document bytes into text, within limits. The format is told by the content: names and media types lie."""

import re
import time
from dataclasses import dataclass
from email.message import Message as MimePart

from parsers.charset import decode, mend
from parsers.documents.archive import ArchiveError, read_archive
from parsers.documents.pdf import read_pdf
from parsers.documents.rtf import read_rtf
from parsers.documents.vcard import read_vcard
from parsers.html import render
from parsers.mime import Reading, parse_attached
from parsers.text import limited, tidied

MAX_DOCUMENT = 20_000_000
MAX_PLAIN = 1_200_000
MAX_CARD = 100_000
MAX_SECONDS = 2
"""Of computing, for the attachments of one mail together; looked at between them."""

_TEXT_NAMES = (".txt", ".text", ".csv", ".md", ".html", ".htm", ".log", ".eml", ".vcf")
_HEADER_LINES = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]{1,40}: ?[^\n]*\n(?:[ \t][^\n]*\n)*){3}")
_MAIL_HEADERS = re.compile(rb"^(?:from|date|subject|to|message-id|mime-version|received):", re.I | re.M)
_HTML = re.compile(rb"<(?:!doctype html|html|head|body|meta)\b", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What an attachment turned out to be: a text, a mail, or neither."""

    text: str = ""
    media_type: str = ""
    """What it really is; empty when nothing better is known than what the mail says."""
    from_html: bool = False
    mail: MimePart | None = None


_UNREADABLE = Document()


def read_document(data: bytes, *, filename: str, media_type: str, charset: str | None, reading: Reading) -> Document:
    """Read an attachment. Never raises; one that holds no text we can read is an empty Document."""
    if len(data) > MAX_DOCUMENT:
        reading.cut(f"attachment over {MAX_DOCUMENT:,} bytes not read")
        return _UNREADABLE
    if reading.seconds > MAX_SECONDS:
        reading.cut(f"attachments took more than {MAX_SECONDS} seconds")
        return _UNREADABLE
    begun = time.thread_time()
    try:
        return _read(data, filename.lower(), media_type, charset, reading)
    finally:
        reading.seconds += time.thread_time() - begun


def _read(data: bytes, filename: str, media_type: str, charset: str | None, reading: Reading) -> Document:
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    try:
        document = _read_binary(data, head, reading)
        if document is None and _may_be_text(data, filename, media_type, head):
            document = _read_text(data, head, filename, charset, reading)
    except ArchiveError as error:
        reading.cut(str(error))
        return _UNREADABLE
    except Exception as error:  # noqa: BLE001 - document libraries raise anything on broken files
        reading.wrong(f"attachment unreadable ({type(error).__name__})")
        return _UNREADABLE
    if document is None or document.mail is not None:
        return document or _UNREADABLE
    text = limited(tidied(document.text), reading)
    return Document(text=text, media_type=document.media_type, from_html=document.from_html)


def _read_binary(data: bytes, head: bytes, reading: Reading) -> Document | None:
    """Read a format that its first bytes tell; None for any other."""
    if data.startswith(b"PK\x03\x04"):
        media_type, text, cut = read_archive(data)
    elif b"%PDF-" in head:
        media_type, (text, cut) = "application/pdf", read_pdf(data)
    elif head.startswith(b"{\\rtf"):
        media_type, text, cut = "application/rtf", read_rtf(data), ""
    else:
        return None
    if cut:
        reading.cut(cut)
    return Document(text=text, media_type=media_type)


def _may_be_text(data: bytes, filename: str, media_type: str, head: bytes) -> bool:
    if b"\0" in head and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    return media_type.startswith("text/") or filename.endswith(_TEXT_NAMES) or _is_mail(head)


def _is_mail(head: bytes) -> bool:
    lines = head.replace(b"\r\n", b"\n")
    return _HEADER_LINES.match(lines) is not None and len({name.lower() for name in _MAIL_HEADERS.findall(lines)}) > 1


def _read_text(data: bytes, head: bytes, filename: str, charset: str | None, reading: Reading) -> Document:
    if filename.endswith(".eml") or (not filename.endswith(_TEXT_NAMES) and _is_mail(head)):
        return Document(mail=parse_attached(data))
    if head[:11].upper() == b"BEGIN:VCARD":
        return Document(text=read_vcard(decode(data[:MAX_CARD], charset)[0]), media_type="text/vcard")
    if len(data) > MAX_PLAIN:
        reading.cut(f"attachment cut at {MAX_PLAIN:,} bytes")
    text, wrong = decode(data[:MAX_PLAIN], charset)
    if wrong:
        reading.wrong(wrong)
    if not _HTML.match(head):
        return Document(text=mend(text))
    rendered = render(tidied(mend(text)))
    if rendered.cut:
        reading.cut("HTML too long or too deep")
    return Document(text=rendered.text, media_type="text/html", from_html=True)
