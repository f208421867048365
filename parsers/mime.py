"""Raw bytes into a MIME tree, within limits.

mail-parser reads the mail over the standard library's parser. Both may raise on real mail (an IndexError for a
Message-ID of "<>", a RecursionError for nested multiparts), and the standard library takes 12 seconds for a
Content-Type of 14,000 semicolons: headers are cut to size while they are read, and every call is guarded.
"""

import email
import logging
import re
from dataclasses import dataclass, field
from email._policybase import Compat32
from email.message import Message as MimePart

import mailparser

MAX_BYTES = 40_000_000
MAX_LINES = 600_000
"""A mail of 40 MB in lines of 76 characters has 530,000."""
MAX_HEADER = 10_000
MAX_MIME_HEADER = 2_000
MAX_PARAMETERS = 40
MAX_HEADERS = 500
MAX_DEFECTS = 40
MAX_DIAGNOSED = 2_000
"""Parts' headers in a mail that mail-parser still reads: beyond, nothing would be learnt from it."""


# It logs headers that it can't decode, names and addresses among them.
logging.getLogger("mailparser").setLevel(logging.CRITICAL + 1)


@dataclass(slots=True, kw_only=True)
class Reading:
    """What one mail's reading has met: shared by all who read a piece of it."""

    defects: list[str] = field(default_factory=list)
    truncated: bool = False
    seconds: float = 0.0
    """Spent on attachments."""

    def wrong(self, defect: str) -> None:
        """Note a defect, once."""
        if defect not in self.defects and len(self.defects) < MAX_DEFECTS:
            self.defects.append(defect)

    def cut(self, defect: str) -> None:
        """Note that a limit cut something off."""
        self.truncated = True
        self.wrong(defect)


class _Limited(Compat32):
    """The standard library's policy for mail as it is, with headers cut to size while they are read."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, _, value = sourcelines[0].partition(":")
        value = (value.lstrip(" \t") + "".join(sourcelines[1:])).rstrip("\r\n")
        if name[:8].lower() == "content-":
            value = value[:MAX_MIME_HEADER]
            if value.count(";") > MAX_PARAMETERS:
                value = ";".join(value.split(";", MAX_PARAMETERS)[:MAX_PARAMETERS])
        return name, value[:MAX_HEADER]


_POLICY = _Limited()


def open_mail(raw: bytes, reading: Reading) -> MimePart:
    """Parse the bytes of a mail. Never raises: bytes that are no mail become the text of one without headers."""
    raw = _within_limits(raw, reading)
    try:
        tree = email.message_from_bytes(raw, policy=_POLICY)
    except Exception as error:  # noqa: BLE001 - the standard library may raise anything here
        reading.cut(f"MIME structure unreadable ({type(error).__name__})")
        return _flat(raw)
    if len(tree) > MAX_HEADERS:
        reading.cut(f"more than {MAX_HEADERS} headers")
    elif raw.count(b"\nContent-") < MAX_DIAGNOSED:
        _diagnose(tree, reading)
    return tree


def parse_attached(raw: bytes) -> MimePart | None:
    """Parse a mail that was attached as a file or in a transfer encoding; None when it can't be."""
    try:
        return email.message_from_bytes(raw, policy=_POLICY)
    except Exception:  # noqa: BLE001 - the standard library may raise anything here
        return None


def _diagnose(tree: MimePart, reading: Reading) -> None:
    """Let mail-parser read the tree and note what it found wrong."""
    try:
        parsed = mailparser.MailParser(tree)
        found = sorted(parsed.defects_categories)
    except Exception as error:  # noqa: BLE001 - mail-parser raises on some ordinary bounces
        reading.wrong(f"mail-parser failed ({type(error).__name__})")
        return
    for category in found:
        reading.wrong(category)


def _flat(raw: bytes) -> MimePart:
    """Make a mail without structure: the headers before the first empty line, the rest as text."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    try:
        tree = email.message_from_bytes(
            re.sub(rb"(?im)^content-[^\n]*\n(?:[ \t][^\n]*\n)*", b"", head[:100_000] + b"\n\n")
        )
    except Exception:  # noqa: BLE001 - as above
        tree = MimePart()
    tree.set_payload(body[:4_000_000].decode("ascii", "surrogateescape"))
    return tree


def _within_limits(raw: bytes, reading: Reading) -> bytes:
    """Cut the bytes to size, and drop what stands before the headers: blank lines, a byte order mark."""
    start = re.match(rb"(?:\xef\xbb\xbf|[\r\n])*", raw[:1000])
    raw = raw[start.end() if start else 0 :][:MAX_BYTES]
    if len(raw) == MAX_BYTES:
        reading.cut(f"cut at {MAX_BYTES:,} bytes")
    if raw.count(b"\r") > MAX_LINES and raw.count(b"\r\n") < MAX_LINES:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if raw.count(b"\n") > MAX_LINES:
        reading.cut(f"cut at {MAX_LINES:,} lines")
        raw = b"\n".join(raw.split(b"\n", MAX_LINES)[:MAX_LINES])
    return _without_blanks_in_names(raw)


_OBSOLETE = re.compile(rb"(?m)^([!-9;-~]{1,70})[ \t]{1,20}:")


def _without_blanks_in_names(raw: bytes) -> bytes:
    """Take away what stands between a header's name and its colon (RFC 5322 section 4.5).

    QUIRK: the standard library takes such a line, and every header beneath it, for the body. Bytes whose first line is
    no header are left as they are.
    """
    head = re.split(rb"\r?\n\r?\n", raw[:200_000], maxsplit=1)[0]
    if re.match(rb"[!-9;-~]{1,70}[ \t]{0,20}:", head) is None or _OBSOLETE.search(head) is None:
        return raw
    return _OBSOLETE.sub(rb"\1:", head) + raw[len(head) :]
