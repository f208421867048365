"""The text of a mail, told apart by whose words it is."""

from dataclasses import dataclass
from enum import StrEnum


class BlockKind(StrEnum):
    """Whose words a block holds."""

    OWN = "own"
    """Written by the mail's author for this mail (inline answers between quoted lines included)."""
    QUOTED = "quoted"
    """An earlier mail that this one answers, repeated by the mail program; our own letters and call text included."""
    FORWARDED = "forwarded"
    """Another person's mail passed on for us to read, inline or attached."""
    SIGNATURE = "signature"
    """The closing name block: name, role, organisation, address, numbers, slogans."""
    DISCLAIMER = "disclaimer"
    """Confidentiality notices, virus-scanner lines, "sent from my phone", print-this-mail pleas."""
    ATTACHMENT = "attachment"
    """Text read out of an attached document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A name and address as a header gives them (RFC 5322 section 3.4); either may be empty."""

    name: str
    address: str
    """Lower case; empty when there is none that can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One text of a mail. Evidence points into it by character offsets."""

    name: str
    """"body", "attachment:1", "mail:1" (an attached mail, or an attachment of it as "mail:1/attachment:1") …"""
    text: str
    """Decoded, line ends as \\n, no-break spaces as spaces, otherwise as written (quote marks included)."""
    filename: str = ""
    media_type: str = "text/plain"
    from_html: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A span of one part. The blocks of a part are in order, do not overlap, and together cover all its text."""

    kind: BlockKind
    part: str
    """The name of the part."""
    start: int
    end: int
    text: str
    """part.text[start:end]; quote marks are still in it, see `quote_depth`."""
    quote_depth: int = 0
    """How many leading ">" marks each of its lines carries; 0 for quoting without marks."""
    author: Mailbox | None = None
    """Who wrote a quoted or forwarded block, from its attribution line or header block."""
    level: int = 0
    """0 for this mail, 1 for the mail quoted or forwarded in it, 2 for one within that …; a signature has the level
    of the mail that it closes."""
    doubtful: bool = False
    """The separation was a guess: read it, with less confidence."""
    heading: bool = False
    """It introduces a repeated mail: an attribution line, or the header block above it."""
