"""A MIME text part into readable text: transfer encoding, charset, format=flowed, HTML."""

import re
from email.message import Message as MimePart

from parsers.charset import decode, mend, printable
from parsers.html import html_to_text
from parsers.mime import Reading

MAX_TEXT = 1_000_000


def text_of(part: MimePart, reading: Reading) -> str:
    """Return the text of a text part, HTML rendered. Never raises."""
    text = source_of(part, reading)
    if part.get_content_type() == "text/html":
        rendered = html_to_text(text)
        if rendered.cut:
            reading.cut("HTML cut")
        text = rendered.text
    elif str(part.get_param("format") or "").lower() == "flowed":
        text = unflow(text, delsp=str(part.get_param("delsp") or "").lower() == "yes")
    return limited(text, reading)


def source_of(part: MimePart, reading: Reading) -> str:
    """Return the text of a text part as it was sent, decoded."""
    try:
        octets = part.get_payload(decode=True)
        charset = part.get_content_charset()
    except Exception as error:  # noqa: BLE001 - the standard library may raise anything on a broken part
        reading.wrong(f"part unreadable ({type(error).__name__})")
        return ""
    if not isinstance(octets, bytes):
        return ""
    text, wrong = decode(octets, charset)
    if wrong:
        reading.wrong(wrong)
    return tidied(mend(text))


def tidied(text: str) -> str:
    """Line ends as \\n, no-break spaces as spaces, no control characters."""
    text = (
        text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").replace("\u200b", "").replace("\ufeff", "")
    )
    return printable(text)


def limited(text: str, reading: Reading) -> str:
    """Cut a text that is too long, and say so."""
    if len(text) > MAX_TEXT:
        reading.cut(f"cut at {MAX_TEXT:,} characters")
        return text[:MAX_TEXT]
    return text


def unflow(text: str, *, delsp: bool = False) -> str:
    """Join flowed lines (RFC 3676): a line that ends in a space goes on in the next one of the same quote depth."""
    lines: list[str] = []
    depth_before, flowing = -1, False
    for line in text.split("\n"):
        marks = re.match(r">*", line)
        depth = marks.end() if marks else 0
        words = line[depth:]
        words = words[1:] if words.startswith(" ") else words
        if flowing and depth == depth_before and words != "-- ":
            lines[-1] += words
        else:
            lines.append((">" * depth + " " if depth else "") + words)
        flowing = words.endswith(" ") and words != "-- "
        if flowing and delsp:
            lines[-1] = lines[-1][:-1]
        depth_before = depth
    return "\n".join(lines)
