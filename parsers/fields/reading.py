"""A message as the field extractors read it: passages, each with the voice that speaks in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from config.call import Call
from parsers.blocks import Block, BlockKind, Mailbox
from parsers.dutch import words
from parsers.extraction import Candidate, Evidence, Kind
from parsers.fields.person_names import display_names, same_person
from parsers.fields.vocabulary import classes_of, known_classes
from parsers.message import Message

MAX_READ = 200_000
"""Characters of words that are read for fields; an application says who it is from long before that."""

FEW_WORDS = 300
"""Own words below this many characters: somebody who passes something on, adds to it, or says yes to it."""

_MARKS = re.compile(r"^[ \t]*>[> \t]*", re.M)
_LINE = re.compile(r"[^\n]+")
_TOKEN = re.compile(r"(?:[^\W\d_]\.){1,7}(?![^\W\d_]{2})|[^\W_]+(?:[’'.&/@-]+[^\W_]+)*|['’][^\W\d_]\b|&|\+")


class Token(NamedTuple):
    """A word with its place in the part: "ib'er", "J.M.", "5/6", "adjunct-directeur"."""

    start: int
    end: int
    text: str
    low: str
    classes: int
    """What the word can begin, in the bits of `vocabulary`."""


class Voice(StrEnum):
    """Who speaks in a passage."""

    OWN = "own"
    SIGNATURE = "signature"
    FORWARDED = "forwarded"
    FORWARDED_SIGNATURE = "forwarded-signature"
    EARLIER = "earlier"
    """The sender's own earlier mail, quoted."""
    ORGANISER = "organiser"
    """Our own letters and the call's text, quoted."""
    QUOTED = "quoted"
    ATTACHMENT = "attachment"
    DISCLAIMER = "disclaimer"
    SUBJECT = "subject"
    SENDER = "sender"
    """The display name of the From header, which often holds the school as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A block with its voice; `text` is the whole part's text with quote marks blanked, so that offsets hold."""

    voice: Voice
    part: str
    text: str
    start: int
    end: int
    level: int
    author: Mailbox | None
    doubtful: bool = False
    tokens: tuple[Token, ...] = ()

    @property
    def words(self) -> str:
        """What is said in it."""
        return self.text[self.start : self.end]

    def starting(self, classes: int) -> Iterator[int]:
        """Yield the numbers of the tokens of these classes."""
        return (number for number, token in enumerate(self.tokens) if token[4] & classes)

    def lines(self) -> Iterator[tuple[int, int]]:
        """Yield start and end of each line that has words, without the white space around it."""
        for match in _LINE.finditer(self.text, self.start, self.end):
            line = match.group()
            stripped = line.strip()
            if stripped:
                begin = match.start() + line.index(stripped[0])
                yield begin, begin + len(stripped)


@dataclass(frozen=True, slots=True)
class Organiser:
    """Who sends out the call: its addresses, and everybody at its domains unless these are open to all."""

    addresses: frozenset[str]
    domains: frozenset[str]

    def __contains__(self, address: object) -> bool:
        text = str(address)
        return text in self.addresses or text.rpartition("@")[2] in self.domains


def organiser_of(call: Call) -> Organiser:
    """The organiser of a call."""
    addresses = frozenset({*call.addresses, call.contact_email.lower()})
    return Organiser(addresses, frozenset(a.rpartition("@")[2] for a in addresses) - words("contacts", "providers"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything the extractors look at."""

    message: Message
    call: Call
    organiser: Organiser
    """Whose addresses are never an applicant's."""
    passages: tuple[Passage, ...] = ()
    truncated: bool = False
    memory: dict[Any, Any] = field(default_factory=dict, compare=False)
    """What several extractors need and one has worked out."""


def read(message: Message, call: Call, kind: Kind | None = None) -> Reading:
    """Make passages of a message's subject and blocks; what lies beyond MAX_READ characters is left out and said to be.

    What the organiser wrote is read only where it can matter: for a supplement, to know which values are old, and
    when the sender's own words are so few that they can only say yes to it.
    """
    organiser = organiser_of(call)
    passages = [_header("Subject", message.subject, Voice.SUBJECT), _header("From", message.from_.name, Voice.SENDER)]
    texts = {part.name: unmarked(part.text) for part in message.parts}
    own = sum(len(block.text) for block in message.blocks if block.kind is BlockKind.OWN)
    ours = kind in (None, Kind.SUPPLEMENT) or own < FEW_WORDS
    left = MAX_READ
    for block in message.blocks:
        voice = _voice(block, message, organiser)
        if not block.text.strip() or (voice is Voice.ORGANISER and not ours):
            continue
        if left <= 0:
            break
        end = min(block.end, block.start + left)
        left -= end - block.start
        text = texts[block.part]
        passages.append(
            Passage(
                voice=voice,
                part=block.part,
                text=text,
                start=block.start,
                end=end,
                level=block.level,
                author=block.author,
                doubtful=block.doubtful,
                tokens=tokens(text, block.start, end),
            )
        )
    return Reading(message=message, call=call, passages=tuple(passages), truncated=left <= 0, organiser=organiser)


def _header(name: str, text: str, voice: Voice) -> Passage:
    return Passage(
        voice=voice,
        part=f"header:{name}",
        text=text,
        start=0,
        end=len(text),
        level=0,
        author=None,
        tokens=tokens(text, 0, len(text)),
    )


def tokens(text: str, start: int, end: int) -> tuple[Token, ...]:
    """The words of a span."""
    known, make = known_classes(), tuple.__new__  # as the named tuple itself does it, without a call of Python's
    found = []
    for match in _TOKEN.finditer(text, start, end):
        word = match.group()
        low = word.lower()
        classes = known.get(low)
        if classes is None:
            classes = classes_of(low)
        found.append(make(Token, (*match.span(), word, low, classes)))
    return tuple(found)


def adjacent(text: str, one: Token, other: Token) -> bool:
    """Whether only a blank stands between two words, or the end of a line long enough to have been wrapped."""
    gap = text[one.end : other.start]
    if gap in (" ", "  ", "\t"):
        return True
    return "\n" in gap and not gap.strip() and gap.count("\n") == 1 and one.end - text.rfind("\n", 0, one.end) > 45


def unmarked(text: str) -> str:
    """Blank the quote marks at the starts of lines, keeping every character's place."""
    if ">" not in text:
        return text
    return _MARKS.sub(lambda match: " " * len(match.group()), text)


def _voice(block: Block, message: Message, organiser: Organiser) -> Voice:
    address = block.author.address if block.author else ""
    plain = _PLAIN_VOICES.get(block.kind)
    if plain:
        return plain
    if address in organiser:
        return Voice.ORGANISER
    if block.kind is BlockKind.SIGNATURE:
        return Voice.SIGNATURE if block.level == 0 else Voice.FORWARDED_SIGNATURE
    if block.kind is BlockKind.FORWARDED:
        return Voice.FORWARDED
    return Voice.EARLIER if _is_sender(block.author, message) else Voice.QUOTED


def _is_sender(author: Mailbox | None, message: Message) -> bool:
    """Whether a quoted mail is the sender's own: by its address, by its name where it has no address."""
    if author is None:
        return False
    if author.address:
        return author.address == message.from_.address
    return bool(author.name) and any(
        same_person(one, other) for one in display_names(author.name) for other in display_names(message.from_.name)
    )


_PLAIN_VOICES = {
    BlockKind.OWN: Voice.OWN,
    BlockKind.DISCLAIMER: Voice.DISCLAIMER,
    BlockKind.ATTACHMENT: Voice.ATTACHMENT,
}


def tidy(text: str) -> str:
    """White space as single spaces, none around."""
    return " ".join(text.split())


def candidate(field: str, value: str, passage: Passage, span: tuple[int, int], extractor: str, *cues: str) -> Candidate:
    """Propose a value that stands at a span of a passage's part."""
    evidence = Evidence(part=passage.part, start=span[0], end=span[1], extractor=extractor)
    return Candidate(
        field=field,
        value=value,
        confidence=0.5,
        evidence=evidence,
        cues=(f"voice:{passage.voice}", f"by:{extractor}", *cues),
    )
