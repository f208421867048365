"""Bytes into a `Message`: the parsed view of a mail. Never raises."""

from dataclasses import dataclass, field
from datetime import datetime

from parsers.blocks import Block, BlockKind, Mailbox, Part


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
