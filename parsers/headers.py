"""The headers of a MIME part: decoded and unfolded text, mailboxes, the date; each read so that it can't fail."""

import email.header
import email.utils
import re
from datetime import UTC, datetime
from email.message import Message as MimePart

from parsers.blocks import Mailbox
from parsers.charset import decode, mend, printable

MAX_HEADERS = 500
MAX_MAILBOXES = 200

_FOLD = re.compile(r"\s*[\r\n]+\s*")
_ENCODED = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@]+@[^\s<>()\[\],;:\"@]+")


def headers_of(part: MimePart) -> tuple[tuple[str, str], ...]:
    """Return the headers in order, decoded and unfolded."""
    return tuple((printable(name), decoded(value)) for name, value in list(part.raw_items())[:MAX_HEADERS])


def decoded(raw: object) -> str:
    """Return a header's text: raw octets and encoded words (RFC 2047) decoded, folding undone, white space tidied."""
    value = str(raw)
    if not value.isascii():
        octets = value.encode("utf-8", "surrogateescape")
        value = mend(decode(octets, None)[0])
    value = _FOLD.sub(" ", value)
    if "=?" in value:
        value = decode_words(value)
    return printable(value).strip()


def decode_words(value: str) -> str:
    """Decode the encoded words (RFC 2047) in a text; a broken one stays as it is."""
    joined = re.sub(r"(\?=)\s+(?==\?)", r"\1", value)
    pieces: list[str] = []
    pending: tuple[str, bytes] | None = None
    end = 0
    for match in _ENCODED.finditer(joined):
        charset, encoding, text = match.groups()
        octets = _word_octets(encoding, text)
        if octets is None:
            continue
        between = joined[end : match.start()]
        if pending and (between or pending[0] != charset.lower()):
            pieces.append(mend(decode(pending[1], pending[0])[0]))
            pending = None
        pieces.append(between)
        pending = (charset.lower(), (pending[1] if pending else b"") + octets)
        end = match.end()
    if pending:
        pieces.append(mend(decode(pending[1], pending[0])[0]))
    return "".join(pieces) + joined[end:]


def _word_octets(encoding: str, text: str) -> bytes | None:
    import binascii

    try:
        if encoding in "bB":
            return binascii.a2b_base64(text + "=" * (-len(text) % 4))
        return binascii.a2b_qp(text.replace("_", " "), header=False)
    except (binascii.Error, ValueError):
        return None


def mailboxes(raw: object) -> tuple[Mailbox, ...]:
    """Read an address header (RFC 5322 section 3.4); what can't be read as an address keeps its words as the name."""
    value = _FOLD.sub(" ", str(raw))[:20_000]
    if not value.isascii():
        value = mend(decode(value.encode("utf-8", "surrogateescape"), None)[0])
    try:
        pairs = email.utils.getaddresses([value])
    except Exception:  # noqa: BLE001 - the standard library may raise anything on a broken address
        pairs = []
    boxes = tuple(mailbox(name, address) for name, address in pairs[:MAX_MAILBOXES] if name or address)
    if any(box.address for box in boxes):
        return tuple(box for box in boxes if box.name or box.address)
    found = _ADDRESS.search(value)
    if found:
        return (mailbox(value[: found.start()], found.group()),)
    return (mailbox(value, ""),) if value.strip() else ()


def mailbox(name: str, address: str) -> Mailbox:
    """Make a Mailbox out of a raw name and address."""
    name = decoded(name).strip(" \t\"'<>(")
    found = _ADDRESS.search(address)
    address = printable(found.group()).lower().strip("'.") if found else ""
    return Mailbox(name="" if name.lower() == address else name, address=address)


def date_of(raw: object) -> datetime | None:
    """Read a Date header (RFC 5322 section 3.3); an aware time, or None."""
    try:
        date = email.utils.parsedate_to_datetime(str(raw).strip())
        date.utcoffset()
    except Exception:  # noqa: BLE001 - the standard library may raise anything on a broken date
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def message_ids(raw: object) -> tuple[str, ...]:
    """Return the message ids in a References or In-Reply-To header, with angle brackets."""
    return tuple(re.findall(r"<[^<>\s]+>", str(raw)))[:100]
