"""Our own letter taken out of a reply to it, word by word, and what its reader typed between its lines kept.

Mail programs quote in a dozen ways, and some without any mark. Whoever knows the letter needs no marks: what it says
is not the applicant's, and what stands among its lines and is not in it is.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from parsers.blocks import Block, BlockKind, Mailbox
from parsers.message import Message

MANY = 5
"""So many words in a row are not written twice by chance."""
LEAST = 12
"""Words of a letter that must be there, in a row or nearly, before anything is taken for its quotation."""
MAX_LINES = 5_000
MAX_LETTERS = 60_000
"""Characters of our letters that a reply is compared with."""

_WORDS = re.compile(r"\w+")
# What mail programs put behind an address or a number that they make a link of.
_LINK = re.compile(r"<(?:mailto|tel|https?):[^<>\s]{0,500}>|\[cid:[^\[\]\s]{0,200}\]", re.IGNORECASE)
_PIECE = re.compile(r"[^\n?…]*(?:\?[’'\"”»)]{0,2}|…|\n|$)")
_PROMPT = re.compile(r"[…?’”]\s*$")
_OPEN = re.compile(r"…\s*$")
_OWN = frozenset({BlockKind.OWN, BlockKind.SIGNATURE, BlockKind.DISCLAIMER, BlockKind.FORWARDED})


@dataclass(slots=True, eq=False)
class _Piece:
    """A line, or what stands before or behind a question mark or dots in it."""

    block: Block
    start: int
    end: int
    text: str
    words: str
    ours: bool = False
    typed: bool = False


def without_letters(message: Message, letters: Sequence[str], author: Mailbox) -> Message:
    """Return the message with what repeats our letters as quoted words of their author, and what was typed into them as
    its own author's words.

    A message that repeats none of them is returned as it is. Odd input gives no exception.
    """
    texts = _compared(letters)
    if not texts:
        return message
    labels = frozenset(_labels(letters))
    blocks: list[Block] = []
    for part in dict.fromkeys(block.part for block in message.blocks):
        own = [block for block in message.blocks if block.part == part]
        blocks += _told_apart(own, texts, labels, author)
    return replace(message, blocks=tuple(blocks))


def _compared(letters: Sequence[str]) -> list[str]:
    """The letters' words with single spaces between and around them."""
    left, texts = MAX_LETTERS, []
    for letter in letters:
        texts.append(f" {_words_of(letter[:left])} ")
        left -= len(letter)
        if left <= 0:
            break
    return [text for text in texts if text.strip()]


def _words_of(text: str) -> str:
    return " ".join(_WORDS.findall(_LINK.sub(" ", text).casefold()))


def _labels(letters: Sequence[str]) -> Iterator[str]:
    """The words before the dots of the lines that a letter leaves open."""
    for letter in letters:
        for line in letter[:MAX_LETTERS].splitlines():
            if _OPEN.search(line) and (words := _words_of(line)):
                yield words


def _told_apart(blocks: Sequence[Block], texts: Sequence[str], labels: Collection[str], author: Mailbox) -> list[Block]:
    """The blocks of one part, cut where our words end and others begin."""
    if any(block.kind is BlockKind.ATTACHMENT for block in blocks):
        return list(blocks)
    pieces = [piece for block in blocks for piece in _pieces(block)]
    spoken = [piece for piece in pieces if piece.words]
    if len(pieces) > MAX_LINES or not spoken:
        return list(blocks)
    _find_ours(spoken, texts)
    ours = [number for number, piece in enumerate(spoken) if piece.ours]
    if sum(spoken[number].words.count(" ") + 1 for number in ours) < LEAST:
        return list(blocks)
    _find_typed(spoken, ours, labels)
    return _joined(pieces, author)


def _pieces(block: Block) -> Iterator[_Piece]:
    for found in _PIECE.finditer(block.text):
        text = found.group()
        if text:
            start = block.start + found.start()
            yield _Piece(block, start, start + len(text), text, _words_of(text))


def _find_ours(pieces: Sequence[_Piece], texts: Sequence[str]) -> None:
    """Mark what stands in a letter: with its neighbour in a row, or by itself when it is a whole question.

    A short line is never ours alone: whoever answers "intern begeleider" repeats a word of the question.
    """
    for piece, following in pairwise(pieces):
        row = f" {piece.words} {following.words} "
        if any(row in text for text in texts):
            piece.ours = following.ours = True
    for before, piece, behind in zip([None, *pieces], pieces, [*pieces[1:], None], strict=False):
        beside = (before is not None and before.ours) or (behind is not None and behind.ours)
        asks = _PROMPT.search(piece.text) is not None
        if (beside or asks) and piece.words.count(" ") + 1 >= MANY:
            piece.ours = piece.ours or any(f" {piece.words} " in text for text in texts)
    for stretch in _stretches(pieces):
        if sum(piece.words.count(" ") + 1 for piece in stretch) < MANY:
            for piece in stretch:
                piece.ours = False


def _stretches(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    stretch: list[_Piece] = []
    for piece in pieces:
        if piece.ours:
            stretch.append(piece)
        elif stretch:
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def _find_typed(pieces: Sequence[_Piece], ours: Sequence[int], labels: Collection[str]) -> None:
    """Mark what was typed in: behind or beneath a question of ours, or on a line that we left open.

    What else stands among our lines may be what mail programs and scanners put there: it stays what it was taken for.
    """
    for number in range(ours[0], len(pieces)):
        piece, before = pieces[number], pieces[number - 1] if number else None
        if piece.ours or piece.block.heading or piece.words in labels:
            continue
        opened = any(piece.words.startswith(f"{label} ") for label in labels)
        if opened or _is_beneath(before, inside=number < ours[-1], labels=labels):
            piece.typed = True
            if before is not None and before.words in labels:
                # The label of what is typed behind it.
                before.ours, before.typed = False, True


def _is_beneath(before: _Piece | None, *, inside: bool, labels: Collection[str]) -> bool:
    """Whether what follows this piece answers it, or goes on with an answer among our lines."""
    if before is None:
        return False
    asks = before.ours and _PROMPT.search(before.text) is not None
    return asks or before.words in labels or (before.typed and inside)


def _joined(pieces: Sequence[_Piece], author: Mailbox) -> list[Block]:
    """Pieces alike as one block; blank lines go with what stands above them."""
    blocks: list[Block] = []
    for piece in pieces:
        made = _block(piece, author)
        last = blocks[-1] if blocks else None
        if last is not None and last.end == made.start and (not piece.words or _alike(last, made)):
            blocks[-1] = replace(last, end=made.end, text=last.text + made.text)
        else:
            blocks.append(made)
    return blocks


def _alike(one: Block, other: Block) -> bool:
    return (
        one.kind is other.kind
        and (one.quote_depth, one.author, one.level) == (other.quote_depth, other.author, other.level)
        and (one.doubtful, one.heading) == (other.doubtful, other.heading)
    )


def _block(piece: _Piece, author: Mailbox) -> Block:
    made = replace(piece.block, start=piece.start, end=piece.end, text=piece.text)
    if piece.ours and piece.block.kind in _OWN:
        return replace(made, kind=BlockKind.QUOTED, author=author, level=max(made.level, 1), doubtful=False)
    if piece.typed:
        return replace(made, kind=BlockKind.OWN, author=None, level=0, doubtful=False, heading=False)
    return made
