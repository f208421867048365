"""Bytes into a `Message`: the parsed view of a mail. Never raises."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from email.message import Message as MimePart

from parsers.attachments import read_document
from parsers.blocks import Block, BlockKind, Mailbox, Part
from parsers.headers import date_of, decoded, headers_of, mailboxes, message_ids
from parsers.mime import MAX_DEPTH, MAX_PARTS, Reading, open_mail
from parsers.quotes import blocks_of
from parsers.text import text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The parsed view of a mail. Whatever the bytes were, every attribute can be read."""

    message_id: str = ""
    """With angle brackets, as given; empty when there is none that can be read."""
    subject: str = ""
    """Decoded and unfolded."""
    from_: Mailbox = field(default_factory=lambda: Mailbox(name="", address=""))
    sender: Mailbox | None = None
    reply_to: tuple[Mailbox, ...] = ()
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    date: datetime | None = None
    """Aware; None when missing or unreadable."""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    """All top-level headers in order: name as written, value decoded and unfolded."""
    content_type: str = "text/plain"
    """The top-level media type, lower case, without parameters."""
    content_types: tuple[str, ...] = ()
    """The media types of all MIME parts in walking order ("text/calendar", "message/delivery-status" …)."""
    parts: tuple[Part, ...] = ()
    """The texts of the mail, the body first."""
    blocks: tuple[Block, ...] = ()
    """The parts' texts told apart by whose words they are, in reading order."""
    unread: tuple[str, ...] = ()
    """Attachments that hold no text we can read, by filename or media type: images, winmail.dat, encrypted files."""
    defects: tuple[str, ...] = ()
    """What was wrong with the bytes, in English: "unknown charset x-foo", "cut at 2,000,000 characters" …"""
    truncated: bool = False
    """A limit of size, depth, count or time cut something off."""

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whatever its case, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def part(self, name: str) -> Part | None:
        """Return the part of that name, or None."""
        return next((part for part in self.parts if part.name == name), None)

    def words(self, *kinds: BlockKind) -> str:
        """Return the text of all blocks of these kinds, in order, joined by line ends."""
        return "\n".join(block.text for block in self.blocks if block.kind in kinds)


def parse_message(raw: bytes) -> Message:
    """Read the bytes of a mail. Never raises: what can't be read is missing, and `defects` and `unread` say so."""
    reading = Reading()
    mime, _ = open_mail(raw, reading)
    headers = headers_of(mime)
    subject = _first(headers, "subject")
    parts, blocks, unread, types = _texts(mime, reading, subject)
    return Message(
        message_id=next(iter(message_ids(_first(headers, "message-id"))), ""),
        subject=subject,
        from_=next(iter(mailboxes(_raw(mime, "from"))), Mailbox(name="", address="")),
        sender=next(iter(mailboxes(_raw(mime, "sender"))), None),
        reply_to=mailboxes(_raw(mime, "reply-to")),
        to=mailboxes(_raw(mime, "to")),
        cc=mailboxes(_raw(mime, "cc")),
        date=date_of(_raw(mime, "date")),
        in_reply_to=message_ids(_raw(mime, "in-reply-to")),
        references=message_ids(_raw(mime, "references")),
        headers=headers,
        content_type=types[0],
        content_types=tuple(types),
        parts=tuple(parts),
        blocks=tuple(blocks),
        unread=tuple(unread),
        defects=tuple(reading.defects),
        truncated=reading.truncated,
    )


def _first(headers: tuple[tuple[str, str], ...], name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _raw(part: MimePart, name: str) -> str:
    return next((str(value) for key, value in part.raw_items() if key.lower() == name), "")


def _texts(mime: MimePart, reading: Reading, subject: str) -> tuple[list[Part], list[Block], list[str], list[str]]:
    forwarded = bool(re.match(r"\s*(?:fwd?|doorgestuurd|doorst|wg)\b", subject, re.I))
    parts: list[Part] = []
    blocks: list[Block] = []
    unread: list[str] = []
    types: list[str] = []
    bodies: list[tuple[str, bool]] = []
    documents: list[Part] = []
    mails: list[tuple[Part, Mailbox | None]] = []
    _walk(mime, reading, types, bodies, documents, mails, unread, depth=0)
    body = Part(name="body", text="\n".join(text for text, _ in bodies), from_html=any(html for _, html in bodies))
    parts.append(body)
    blocks.extend(blocks_of(body, forwarded=forwarded))
    for part in documents:
        parts.append(part)
        blocks.append(Block(kind=BlockKind.ATTACHMENT, part=part.name, start=0, end=len(part.text), text=part.text))
    for part, author in mails:
        parts.append(part)
        blocks.extend(blocks_of(part, forwarded=True, level=1, author=author))
    return parts, blocks, unread, types


def _walk(mime, reading, types, bodies, documents, mails, unread, *, depth, prefix=""):  # type: ignore[no-untyped-def]
    types.append(mime.get_content_type())
    if len(types) > MAX_PARTS or depth > MAX_DEPTH:
        reading.cut("too many parts")
        return
    payload = mime.get_payload()
    if types[-1] == "message/rfc822" and isinstance(payload, list) and payload:
        inner = payload[0]
        inside: list[tuple[str, bool]] = []
        _walk(inner, reading, types, inside, documents, mails, unread, depth=depth + 1, prefix=prefix)
        author = next(iter(mailboxes(_raw(inner, "from"))), None)
        name = f"mail:{len(mails) + 1}"
        mails.append((Part(name=name, text="\n".join(text for text, _ in inside), media_type="message/rfc822"), author))
    elif mime.is_multipart():
        children = list(payload)
        if types[-1] == "multipart/alternative":
            plain = [part for part in children if part.get_content_type() == "text/plain"]
            if plain and text_of(plain[0], reading).strip():
                types.extend(part.get_content_type() for part in children if part is not plain[0])
                children = plain[:1]
        for child in children:
            _walk(child, reading, types, bodies, documents, mails, unread, depth=depth + 1, prefix=prefix)
    elif types[-1] in ("text/plain", "text/html") and mime.get_content_disposition() != "attachment":
        bodies.append((text_of(mime, reading), types[-1] == "text/html"))
    else:
        filename = decoded(mime.get_filename() or "")
        data = mime.get_payload(decode=True)
        text = read_document(
            data if isinstance(data, bytes) else b"",
            filename=filename,
            media_type=types[-1],
            charset=None,
            reading=reading,
        )
        if text is None:
            unread.append(filename or types[-1])
        else:
            name = f"attachment:{len(documents) + 1}"
            documents.append(Part(name=name, text=text, filename=filename, media_type=types[-1]))
