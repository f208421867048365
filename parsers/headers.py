"""The headers of a mail: decoded text, mailboxes, message ids, the date; each read so that it can't fail.

Mailboxes are read here and not by mail-parser or the standard library because both lose names as they stand in real
Dutch mail: `Vries, Jan de | OBS De Klimop <jan@…>` without quotation marks loses "Vries,", and a comment moves.
"""

import binascii
import email.utils
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import Message as MimePart

from parsers.blocks import Mailbox
from parsers.charset import decode, mend, printable
from parsers.mime import MAX_HEADERS

MAX_MAILBOXES = 100
MAX_NAME = 300
MAX_IDS = 100
MAX_FROM = 2_000
MAX_NESTED = 10

_FOLD = re.compile(r"[ \t]*[\r\n]+[ \t]*")
_BETWEEN_WORDS = re.compile(r"(\?=)[ \t]+(?==\?)")
_ENCODED = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,8000})\?=")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@]{1,64}@[^\s<>()\[\],;:\"@]{1,250}")
_TOKENS = re.compile(r"\"[^\"\\]*+(?:\\.[^\"\\]*+)*+\"|[()<>,;]|[^\"()<>,;]++|\"", re.S)
_QUOTED = re.compile(r"\"[^\"\\]*+(?:\\.[^\"\\]*+)*+\"", re.S)
_COMMENT = re.compile(r"\([^()]*+\)")
_IN_BRACKETS = re.compile(rf"\s*+(?:mailto:)?'?{_ADDRESS.pattern}'?\s*+>\s*+", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")


def headers_of(part: MimePart) -> tuple[tuple[str, str], ...]:
    """Return the headers in order, decoded and unfolded; the first few hundred of them."""
    return tuple((printable(name), decoded(value)) for name, value in list(part.raw_items())[:MAX_HEADERS])


def raw_header(part: MimePart, name: str) -> str:
    """Return the first header of that name as it stands in the mail, or nothing."""
    return next((str(value) for key, value in part.raw_items() if key.lower() == name), "")


def decoded(raw: str) -> str:
    """Return a header's text: octets and encoded words (RFC 2047) decoded, unfolded, no control characters."""
    value = _FOLD.sub(" ", raw) if "\n" in raw or "\r" in raw else raw
    if not value.isascii():
        value = mend(decode(value.encode("utf-8", "surrogateescape"), None)[0])
    if "=?" in value:
        value = _decode_words(value)
    return printable(value).strip()


def mailboxes(raw: str) -> tuple[Mailbox, ...]:
    """Read an address header (RFC 5322 section 3.4); words without an address become a mailbox without one."""
    if not raw:
        return ()
    boxes: list[Mailbox] = []
    loose = ""
    for item in _items(_utf8(_FOLD.sub(" ", raw))):
        box = _mailbox(loose + item)
        if not box.address and (box.name or loose) and len(loose) < MAX_NAME:
            # QUIRK: "Vries, Jan de <…>" without quotation marks: the comma is part of the name.
            loose += item
            continue
        loose = ""
        if box.address:
            boxes.append(box)
        if len(boxes) == MAX_MAILBOXES:
            break
    words = loose.strip(" ,;")
    if words and not words.endswith(":") and not boxes:
        boxes.append(_mailbox(words))
    return tuple(boxes)


def is_one_mailbox(raw: str) -> bool:
    """Tell whether a From names one mailbox, and plainly enough that every reader finds the same one in it.

    Several mailboxes, a group (RFC 6854), a route, control characters and leftovers are all read differently by
    different programs: the server may have checked another address than the one we read. A name may hold anything in
    quotes, comments and encoded words, commas without quotes, and the address once more.
    """
    value = _utf8(_FOLD.sub(" ", raw)).strip()
    if len(value) > MAX_FROM or any(
        (ord(character) < 32 and character != "\t") or ord(character) == 127 for character in value
    ):
        return False
    bare = _QUOTED.sub(" ", _ENCODED.sub(" ", value))
    for _ in range(MAX_NESTED):
        bare, found = _COMMENT.subn(" ", bare)
        if not found:
            break
    addresses = [printable(address).lower().strip("'.<>") for address in _ADDRESS.findall(bare)]
    _, bracket, rest = bare.partition("<")
    if bracket and not _IN_BRACKETS.fullmatch(rest):
        return False
    return (
        len(set(addresses)) == 1
        and bare.count("@") == len(addresses)
        and ";" not in bare
        and addresses[0] == next((box.address for box in mailboxes(raw)), "")
    )


def date_of(raw: str) -> datetime | None:
    """Read a Date header (RFC 5322 section 3.3): an aware time, or None when there is none that can be read."""
    try:
        date = email.utils.parsedate_to_datetime(raw.strip()[:200])
        date.utcoffset()
        date.astimezone(UTC)
    except Exception:  # noqa: BLE001 - the standard library may raise anything on a broken date
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def message_ids(raw: str) -> tuple[str, ...]:
    """Return the message ids of a Message-ID, References or In-Reply-To header, with their angle brackets."""
    return tuple(_MESSAGE_ID.findall(decoded(raw)))[:MAX_IDS]


def _utf8(value: str) -> str:
    return value if value.isascii() else mend(decode(value.encode("utf-8", "surrogateescape"), None)[0])


def _items(value: str) -> Iterator[str]:
    """Cut an address list at the commas and semicolons that stand outside quotes, comments and angle brackets."""
    start, depth, angle = 0, 0, False
    for token in _TOKENS.finditer(value):
        match token.group():
            case "(" if not angle:
                depth += 1
            case ")" if depth:
                depth -= 1
            case "<" if not depth:
                angle = True
            case ">":
                angle = False
            case "," | ";" if not depth and not angle:
                yield value[start : token.end()]
                start = token.end()
    yield value[start:]


def _mailbox(item: str) -> Mailbox:
    """Read one mailbox: `name <address>`, `address (name)`, `name [mailto:address]`, or what is like it."""
    item = item.strip().rstrip(",; ")
    name, bracket, rest = item.rpartition("<")
    found = _ADDRESS.search(re.sub(r"\s*@\s*", "@", rest))
    if bracket and found:
        return _named(name, found.group())
    found = _ADDRESS.search(item)
    if not found:
        return Mailbox(name=_name(item), address="")
    before = re.sub(r"(?:[<\[(]\s*)?(?:mailto:)?$", "", item[: found.start()])
    after = item[found.end() :].strip(" >])")
    return _named(before or after.strip("("), found.group())


def _named(name: str, address: str) -> Mailbox:
    address = printable(address).lower().strip("'.<>")
    name = _name(name)
    if name.endswith(":") or name.lower() == address:  # a group's name is nobody's
        name = ""
    return Mailbox(name=name, address=address)


def _name(raw: str) -> str:
    name = raw.strip()
    quoted = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', name, re.S)
    if quoted:
        name = re.sub(r"\\(.)", r"\1", quoted.group(1))
    name = decoded(name).strip(' \t"<>')
    return name[1:-1] if len(name) > 2 and name[0] == name[-1] == "'" else name


def _decode_words(value: str) -> str:
    """Decode the encoded words in a text; words of one charset are joined before, for some programs cut characters."""
    value = _BETWEEN_WORDS.sub(r"\1", value)
    pieces: list[str] = []
    octets, charset, end = b"", "", 0
    for match in _ENCODED.finditer(value):
        word = _octets(match[2], match[3])
        if word is None:
            continue
        between = value[end : match.start()]
        if octets and (between or charset != match[1].lower()):
            pieces.append(mend(decode(octets, charset)[0]))
            octets = b""
        pieces.append(between)
        octets, charset, end = octets + word, match[1].lower().partition("*")[0], match.end()
    if octets:
        pieces.append(mend(decode(octets, charset)[0]))
    return "".join(pieces) + value[end:]


def _octets(encoding: str, text: str) -> bytes | None:
    try:
        if encoding in "bB":
            return binascii.a2b_base64(text + "=" * (-len(text) % 4))
        return binascii.a2b_qp(text.replace("_", " ").encode("utf-8", "replace"))
    except (binascii.Error, ValueError):
        return None
