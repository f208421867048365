"""Bytes into a `Message`: the parsed view of a mail. Never raises."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from parsers.blocks import Block, BlockKind, Mailbox, Part
from parsers.headers import date_of, headers_of, is_one_mailbox, mailboxes, message_ids, raw_header
from parsers.mime import Reading, open_mail
from parsers.owners import Setting, attached, is_forward, is_reply
from parsers.parts import TextPart, contents_of
from parsers.quotes import blocks_of

_NOBODY = Mailbox(name="", address="")
_DELIVERED = frozenset({"delivered-to", "x-original-to", "envelope-to", "x-envelope-to"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The parsed view of a mail. Whatever the bytes were, every attribute can be read."""

    message_id: str = ""
    """With angle brackets, as given; empty when there is none that can be read."""
    subject: str = ""
    """Decoded and unfolded."""
    from_: Mailbox = field(default_factory=lambda: Mailbox(name="", address=""))
    from_unclear: bool = False
    """There is a From, and it does not name one mailbox plainly: what a server checked may be another than `from_`."""
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
    tree = open_mail(bytes(raw), reading)
    headers = headers_of(tree)
    contents = contents_of(tree, reading)
    first = {name.lower(): value for name, value in reversed(headers)}
    sender = next(iter(mailboxes(raw_header(tree, "from"))), _NOBODY)
    message = Message(
        message_id=next(iter(message_ids(raw_header(tree, "message-id"))), ""),
        subject=first.get("subject", ""),
        from_=sender,
        from_unclear=any(name.lower() == "from" and not is_one_mailbox(str(raw)) for name, raw in tree.raw_items()),
        sender=next(iter(mailboxes(raw_header(tree, "sender"))), None),
        reply_to=mailboxes(raw_header(tree, "reply-to")),
        to=mailboxes(raw_header(tree, "to")),
        cc=mailboxes(raw_header(tree, "cc")),
        date=date_of(raw_header(tree, "date")),
        in_reply_to=message_ids(raw_header(tree, "in-reply-to")),
        references=message_ids(raw_header(tree, "references")),
        headers=headers,
        content_type=contents.types[0],
        content_types=tuple(contents.types),
        parts=tuple(text.part for text in contents.texts),
        unread=tuple(contents.unread),
    )
    blocks = _blocks(message, contents.texts)
    return replace(message, blocks=blocks, defects=tuple(reading.defects), truncated=reading.truncated)


def _blocks(message: Message, texts: Sequence[TextPart]) -> tuple[Block, ...]:
    """Tell the words of each text apart; a document is one block."""
    setting = _setting(message)
    found: list[Block] = []
    for text in texts:
        part = text.part
        if text.is_document:
            found.append(
                Block(
                    kind=BlockKind.ATTACHMENT,
                    part=part.name,
                    start=0,
                    end=len(part.text),
                    text=part.text,
                    level=text.level,
                    author=text.author,
                )
            )
        else:
            found += blocks_of(part, attached(setting, text.author, level=text.level), text.spans)
    return tuple(found)


def _setting(message: Message) -> Setting:
    delivered = [value for name, value in message.headers if name.lower() in _DELIVERED]
    ours = [box.address for value in delivered for box in mailboxes(value)] or [box.address for box in message.to]
    return Setting(
        sender=message.from_,
        ours=frozenset(filter(None, ours)),
        recipients=frozenset(box.address for box in message.to + message.cc if box.address),
        is_forward=is_forward(message.subject),
        is_reply=bool(message.in_reply_to or message.references) or is_reply(message.subject),
    )
