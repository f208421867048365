"""A text told apart into blocks by whose words they are.

1. The lines are cut out, with their quote marks and what the HTML said of them (`lines`).
2. What introduces repeated mails is found (`introductions`).
3. Each line is given to the mail it belongs to: this one, one that it quotes or forwards, one within that (`owners`).
4. In each mail, the name block and the disclaimers are told apart (`signature`).
5. What the author typed into a quoted mail of ours is found (`inserted`).
6. Lines alike become blocks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from parsers.blocks import Block, BlockKind, Part
from parsers.canvas import Mark
from parsers.html import Span
from parsers.inserted import find_inserted, says_typed
from parsers.introductions import Introduction, introductions
from parsers.lines import MAX_SPANS, Line, first_from, lines_of
from parsers.owners import Frame, Setting, owners_of
from parsers.signature import Names, sort_lines

MAX_OWN = 3_000
"""Characters of the author's own words that are looked through for "zie hieronder" and the like."""


@dataclass(slots=True, eq=False)
class _Said:
    """One line, and whose words it is."""

    line: Line
    owner: Frame
    kind: BlockKind
    heading: bool = False
    doubtful: bool = False

    def like(self, other: "_Said") -> bool:
        """Tell whether two lines may stand in one block."""
        return (
            self.kind is other.kind
            and self.owner is other.owner
            and self.line.marks == other.line.marks
            and self.heading is other.heading
            and self.doubtful is other.doubtful
        )


def blocks_of(part: Part, setting: Setting, spans: Sequence[Span] = ()) -> list[Block]:
    """Return the blocks of a part, in order, without overlap, covering all its text."""
    lines = lines_of(part.text, spans)
    if not lines:
        return []
    intros = introductions(lines)
    _deepen_indented(lines, intros, spans)
    said = [
        _Said(line, owner, owner.kind, doubtful=owner.doubtful)
        for line, owner in zip(lines, owners_of(lines, intros, setting), strict=True)
    ]
    for intro in intros:
        for item in said[intro.first : intro.end]:
            item.heading = item.owner.level > setting.level
    runs = list(_runs(said))
    first = {id(run[0].owner): run for run in reversed(runs) if not run[0].heading}
    last = {id(run[0].owner): run for run in runs}
    for run, following in pairwise([*runs, []]):
        owner = id(run[0].owner)
        ends = last[owner] is run or following[0].heading
        _sort(run, setting, is_first=first.get(owner) is run, is_last=ends)
    own = " ".join(item.line.words for item in said if item.kind is BlockKind.OWN and not item.owner.level)[:MAX_OWN]
    for run in runs:
        _find_inserted(run, setting, own=own)
    _keep_words(said, setting)
    return list(_blocks(part, said))


def _deepen_indented(lines: Sequence[Line], intros: Sequence[Introduction], spans: Sequence[Span]) -> None:
    """Take an indented stretch of HTML for a quotation when an introduction stands right above it."""
    ends = {intro.end for intro in intros}
    for span in spans[:MAX_SPANS]:
        if span.mark is not Mark.INDENT:
            continue
        first = first_from(span.start, lines)
        while first < len(lines) and lines[first].is_blank:
            first += 1
        above = first
        while above and lines[above - 1].is_blank:
            above -= 1
        if above in ends:
            for line in lines[first:]:
                if line.start >= span.end:
                    break
                line.depth += 1


def _runs(said: Sequence[_Said]) -> Iterator[list[_Said]]:
    """Cut the lines into stretches of one mail; what introduces a mail stands apart."""
    run: list[_Said] = []
    for item in said:
        if run and (run[-1].owner is not item.owner or run[-1].heading is not item.heading):
            yield run
            run = []
        run.append(item)
    if run:
        yield run


def _sort(run: Sequence[_Said], setting: Setting, *, is_first: bool, is_last: bool) -> None:
    """Tell the name block and the disclaimers of a stretch apart."""
    if run[0].heading:
        return
    owner = run[0].owner
    author = owner.author if owner.level else setting.sender
    kinds = sort_lines([item.line for item in run], Names.of(author), is_first=is_first, is_last=is_last)
    for item, kind in zip(run, kinds, strict=True):
        if kind is not None:
            item.kind = kind


def _find_inserted(run: Sequence[_Said], setting: Setting, *, own: str) -> None:
    """Give the author back what was typed into a quoted mail of ours."""
    owner = run[0].owner
    if _is_typed_in(owner, setting) and says_typed(own):
        for item in run:
            item.kind, item.doubtful = BlockKind.OWN, True
        return
    if run[0].heading or owner.kind is not BlockKind.QUOTED or owner.level != setting.level + 1 or setting.level:
        return
    if owner.author is not None and not owner.ours:
        return
    signed = [item.kind is not BlockKind.QUOTED for item in run]
    found = find_inserted([item.line for item in run], signed, own=own, marked=owner.marked)
    for item, inserted in zip(run, found, strict=True):
        if inserted:
            item.kind, item.doubtful = BlockKind.OWN, True


def _is_typed_in(owner: Frame, setting: Setting) -> bool:
    """Tell whether marked lines stand loose in an unmarked mail of ours: some mark what they type in."""
    outer = owner.outer
    return owner.author is None and outer is not None and outer.ours and not outer.marked and not setting.level


def _keep_words(said: Sequence[_Said], setting: Setting) -> None:
    """When nothing is left of an author's words, doubt what was taken for quoted: something must be read."""
    if setting.level or any(item.kind is BlockKind.OWN and item.line.words for item in said):
        return
    for item in said:
        if item.kind is BlockKind.QUOTED:
            item.doubtful = True


def _blocks(part: Part, said: Sequence[_Said]) -> Iterator[Block]:
    """Join lines alike into blocks; empty lines go with the block above them."""
    first = said[0]
    for before, item in pairwise(said):
        if item.like(first) or (item.line.is_blank and not item.line.marks):
            continue
        yield _block(part, first, before.line.end)
        first = item
    yield _block(part, first, said[-1].line.end)


def _block(part: Part, first: _Said, end: int) -> Block:
    start = first.line.start
    level = 0 if first.kind is BlockKind.OWN else first.owner.level
    return Block(
        kind=first.kind,
        part=part.name,
        start=start,
        end=end,
        text=part.text[start:end],
        quote_depth=first.line.marks,
        author=first.owner.author if level else None,
        level=level,
        doubtful=first.doubtful,
        heading=first.heading,
    )
