"""A MIME text part into readable text: transfer encoding, charset, format=flowed (RFC 3676), HTML."""

import re
from dataclasses import dataclass
from email.message import Message as MimePart
from itertools import pairwise

from parsers.canvas import Mark
from parsers.charset import decode, mend, printable
from parsers.html import Rendered, Span, render
from parsers.mime import Reading

MAX_TEXT = 300_000
MAX_SOURCE = 4 * MAX_TEXT
STUB = 300
"""A plain part shorter than this may only say that the mail is HTML."""
WRAP = 82

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\u2028\u2029]")
_BLANKS = str.maketrans({0xA0: " ", 0x202F: " ", 0x2007: " ", 0x200B: None, 0x2060: None, 0xFEFF: None, 0xAD: None})
_CELLS = re.compile(r"</t[dh]>\s*<t[dh]\b", re.I)
_COLOUR_WORDS = re.compile(r"\b(?:rood|rode|blauwe?|groene?|kleur(?:en)?|red|blue|green|colou?r)\b", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A readable text, and what its HTML said of its words."""

    text: str
    from_html: bool = False
    spans: tuple[Span, ...] = ()


def text_of(part: MimePart, reading: Reading) -> Body:
    """Read a text part. Never raises; an unreadable one is an empty text."""
    if part.get_content_type() == "text/html":
        return _rendered(render(source_of(part, reading)), reading)
    text = source_of(part, reading)
    if _parameter(part, "format") == "flowed":
        text = unflow(text, delsp=_parameter(part, "delsp") == "yes")
    return Body(text=limited(text, reading))


def better_of(plain: MimePart, html: MimePart | None, reading: Reading) -> Body:
    """Read the plain part of an alternative, or the HTML part where the plain one is poorer.

    The plain part is poorer when it is a stub, when it has a table's cells on lines of their own, when its paragraphs
    are cut into short lines, and when its author answers in colour.
    """
    body = text_of(plain, reading)
    if html is None:
        return body
    stub, wrapped = len(body.text) < STUB, _is_wrapped(body.text)
    coloured = _COLOUR_WORDS.search(body.text) is not None
    source = source_of(html, reading)
    if not (stub or wrapped or coloured or _CELLS.search(source)):
        return body
    rendered = render(source)
    words, richer = _weight(body.text), _weight(rendered.text)
    if richer * 10 < words * 8:
        return body
    in_colour = coloured and any(span.mark is Mark.COLOUR for span in rendered.spans)
    if wrapped or rendered.rows or in_colour or (stub and richer > 2 * words + 20):
        return _rendered(rendered, reading)
    return body


def source_of(part: MimePart, reading: Reading) -> str:
    """Return the text of a text part as it was sent, decoded."""
    try:
        octets = part.get_payload(decode=True)
        charset = part.get_content_charset()
    except Exception as error:  # noqa: BLE001 - the standard library may raise anything on a broken part
        reading.wrong(f"text part unreadable ({type(error).__name__})")
        return ""
    if not isinstance(octets, bytes):
        return ""
    if len(octets) > MAX_SOURCE:
        reading.cut(f"text cut at {MAX_SOURCE:,} bytes")
        octets = octets[:MAX_SOURCE]
    text, wrong = decode(octets, charset)
    if wrong:
        reading.wrong(wrong)
    return tidied(mend(text))


def tidied(text: str) -> str:
    """Return a text with \\n for every line end, spaces for no-break spaces, no control or zero-width characters."""
    if "\r" in text or not text.isascii() or "\x0b" in text or "\x0c" in text:
        text = _LINE_ENDS.sub("\n", text)
    if not text.isascii():
        text = text.translate(_BLANKS)
    return printable(text)


def limited(text: str, reading: Reading) -> str:
    """Cut a text that is too long, and say so."""
    if len(text) > MAX_TEXT:
        reading.cut(f"text cut at {MAX_TEXT:,} characters")
        return text[:MAX_TEXT]
    return text


def unflow(text: str, *, delsp: bool = False) -> str:
    """Join flowed lines (RFC 3676): one that ends in a space goes on in the next of the same quote depth.

    The signature line "-- " stands alone; `delsp` takes the joining space away. Stuffed spaces are taken out.
    """
    lines: list[str] = []
    paragraph: list[str] = []
    depth = -1
    for line in text.split("\n"):
        marks = len(line) - len(line.lstrip(">"))
        words = line[marks:].removeprefix(" ")
        flows = words.endswith(" ") and words != "-- "
        if paragraph and (marks != depth or words == "-- "):
            lines.append(_joined(paragraph, depth))
            paragraph = []
        depth = marks
        paragraph.append(words[:-1] if flows and delsp else words)
        if not flows:
            lines.append(_joined(paragraph, depth))
            paragraph = []
    if paragraph:
        lines.append(_joined(paragraph, depth))
    return "\n".join(lines)


def _joined(paragraph: list[str], depth: int) -> str:
    return (">" * depth + " " if depth else "") + "".join(paragraph)


def _rendered(rendered: Rendered, reading: Reading) -> Body:
    if rendered.cut:
        reading.cut("HTML too long or too deep")
    return Body(text=limited(rendered.text, reading), from_html=True, spans=rendered.spans)


def _parameter(part: MimePart, name: str) -> str:
    return str(part.get_param(name) or "").lower()


def _weight(text: str) -> int:
    """Count what is no white space, quote mark or bullet."""
    return len(text) - sum(map(text.count, " \n\t>*-_|"))


def _is_wrapped(text: str) -> bool:
    """Tell whether paragraphs were cut into lines of 60 to 80 characters."""
    lines = text.split("\n", 2000)[:2000]
    if max(map(len, lines), default=0) > 3 * WRAP:
        # Quoted lines are often left long beneath wrapped ones of the author's own.
        lines = [line for line in lines if not line.startswith(">")]
        if max(map(len, lines), default=0) > 2 * WRAP:
            return False
    full = sum(_breaks_sentence(line, following) for line, following in pairwise(lines))
    return full >= 2


def _breaks_sentence(line: str, following: str) -> bool:
    """Tell whether a line ends where the first word of the next would not have fitted."""
    if not 55 <= len(line) <= WRAP or not following[:1].isalnum():
        return False
    return len(line) + len(following.split(" ", 1)[0]) >= 68
