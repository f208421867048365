"""Raw bytes into a MIME tree, within limits; wraps the standard library's parser and mail-parser, which both may raise."""

import email
import re
from dataclasses import dataclass, field
from email._policybase import Compat32
from email.message import Message as MimePart

import mailparser

MAX_BYTES = 30_000_000
MAX_LINES = 600_000
MAX_HEADER = 20_000
MAX_MIME_HEADER = 2_000
MAX_PARTS = 300
MAX_DEPTH = 20


@dataclass(slots=True, kw_only=True)
class Reading:
    """What went wrong while one mail is read; shared by all who read a piece of it."""

    defects: list[str] = field(default_factory=list)
    truncated: bool = False

    def wrong(self, defect: str) -> None:
        """Note a defect once."""
        if defect not in self.defects and len(self.defects) < 50:
            self.defects.append(defect)

    def cut(self, defect: str) -> None:
        """Note that a limit cut something off."""
        self.truncated = True
        self.wrong(defect)


class _Limited(Compat32):
    """The standard library's policy with short MIME headers: it needs 12 s for a Content-Type of 14,000 semicolons."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, _, value = sourcelines[0].partition(":")
        value = (value.lstrip(" \t") + "".join(sourcelines[1:])).rstrip("\r\n")
        limit = MAX_MIME_HEADER if name[:8].lower() == "content-" else MAX_HEADER
        if len(value) > limit:
            value = value[:limit]
        if limit == MAX_MIME_HEADER and value.count(";") > 40:
            value = ";".join(value.split(";", 40)[:40])
        return name, value


_POLICY = _Limited()


def open_mail(raw: bytes, reading: Reading) -> tuple[MimePart, mailparser.MailParser | None]:
    """Parse the bytes; mail-parser's view is None when it can't be had. Never raises."""
    raw = _within_limits(raw, reading)
    try:
        message = email.message_from_bytes(raw, policy=_POLICY)
    except Exception as error:  # noqa: BLE001 - the standard library may raise anything here, RecursionError among it
        reading.cut(f"MIME structure unreadable ({type(error).__name__})")
        message = MimePart()
        message.set_payload(raw[:1_000_000].decode("ascii", "surrogateescape"))
    try:
        return message, mailparser.MailParser(message)
    except Exception as error:  # noqa: BLE001 - so may mail-parser
        reading.wrong(f"mail-parser failed ({type(error).__name__})")
        return message, None


def _within_limits(raw: bytes, reading: Reading) -> bytes:
    raw = bytes(raw)
    if len(raw) > MAX_BYTES:
        reading.cut(f"cut at {MAX_BYTES:,} bytes")
        raw = raw[:MAX_BYTES]
    if raw.count(b"\n") > MAX_LINES:
        reading.cut(f"cut at {MAX_LINES:,} lines")
        raw = b"\n".join(raw.split(b"\n", MAX_LINES)[:MAX_LINES])
    return _skip_envelope(raw)


def _skip_envelope(raw: bytes) -> bytes:
    """Drop what stands before the headers: blank lines, a byte order mark."""
    return re.sub(rb"\A(?:\xef\xbb\xbf|[\r\n])+", b"", raw[:100]) + raw[100:]
