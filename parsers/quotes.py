"""A text told apart into blocks by whose words they are."""

import re

from parsers.blocks import Block, BlockKind, Mailbox, Part

_ATTRIBUTION = re.compile(
    r"^\W{0,3}(?:op|on|am|le|den)\s.{4,200}(?:schreef|geschreven|wrote|schrieb|skreau)\b.{0,160}:?\W{0,3}$", re.I
)
_FORWARD = re.compile(
    r"^[\s*>]*(?:-{2,}\s*(?:forwarded message|doorgestuurd bericht|original message|oorspronkelijk bericht|"
    r"oorspronkelijke bericht)\s*-{2,}|begin doorgestuurd bericht:?|begin forwarded message:?)\s*$",
    re.I,
)
_HEADER = re.compile(
    r"^[\s*>]*(van|from|fan|von|verzonden|sent|datum|date|aan|to|onderwerp|subject|cc)\s*\*?:\*?\s*(.*)$", re.I
)
_CLOSING = re.compile(
    r"^\s*(?:met\s+(?:vriendelijke|hartelijke|collegiale|zonnige|warme)\s+groet|(?:vriendelijke|hartelijke)\s+groet|"
    r"(?:veel\s+)?groet(?:en|jes)?|m\.?v\.?g|gr|mei\s+freonlike\s+groetnis|kind regards|best regards|regards|hoogachtend)\b",
    re.I,
)
_DISCLAIMER = re.compile(
    r"^\s*(?:verstuurd vanaf|verzonden vanaf|sent from my|outlook voor|de informatie (?:in|verzonden)|dit (?:e-?mail)?bericht|"
    r"denk aan het milieu|disclaimer|this e-?mail)",
    re.I,
)
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]+@[^\s<>()\[\],;:\"]+")


def blocks_of(part: Part, *, forwarded: bool = False, level: int = 0, author: Mailbox | None = None) -> list[Block]:
    """Return the blocks of a part, in order, without overlap, covering all its text."""
    kind, base = (BlockKind.OWN, BlockKind.OWN) if not level else (BlockKind.FORWARDED, BlockKind.FORWARDED)
    passed_on = forwarded
    depth = 0
    lines = part.text.splitlines(keepends=True)
    spans: list[tuple[BlockKind, int, Mailbox | None, int, int, int]] = []
    position = 0
    for number, line in enumerate(lines):
        marks = re.match(r"[>\s]*", line[:40])
        depth = marks.group().count(">") if marks else 0
        bare = line.strip(" >\t\n")
        if _FORWARD.match(line) or _ATTRIBUTION.match(line[:400]) or _is_header_block(lines, number):
            inside = _HEADER.match(line) and spans and spans[-1][0] in (BlockKind.FORWARDED, BlockKind.QUOTED)
            if not (inside and number and _FORWARD.match(lines[number - 1])):
                level += 1
            wrote = bool(_ATTRIBUTION.match(line[:400]))
            kind = base = BlockKind.QUOTED if wrote or not passed_on else BlockKind.FORWARDED
            author = _author(lines, number)
        elif kind is base and _CLOSING.match(bare) and len(bare) < 60:
            kind = BlockKind.SIGNATURE
        elif _DISCLAIMER.match(bare):
            kind = BlockKind.DISCLAIMER
        spans.append(
            (kind if not depth or level else BlockKind.QUOTED, level, author, depth, position, position + len(line))
        )
        position += len(line)
    return _merged(part, spans)


def _is_header_block(lines: list[str], number: int) -> bool:
    first = _HEADER.match(lines[number][:300])
    if not first or first.group(1).lower() not in ("van", "from", "fan", "von"):
        return False
    return sum(bool(_HEADER.match(line[:300])) for line in lines[number + 1 : number + 6]) >= 2


def _author(lines: list[str], number: int) -> Mailbox | None:
    for line in lines[number : number + 6]:
        found = _ADDRESS.search(line[:500])
        if found:
            name = re.sub(r"^.*?(?:schreef|van\s*:|from\s*:)", "", line[: found.start()], flags=re.I)
            return Mailbox(name=name.strip(" <>[]*\"'"), address=found.group().lower().strip(".>"))
    return None


def _merged(part: Part, spans: list[tuple[BlockKind, int, Mailbox | None, int, int, int]]) -> list[Block]:
    blocks: list[Block] = []
    for kind, level, author, depth, start, end in spans:
        last = blocks[-1] if blocks else None
        if last and (last.kind, last.level, last.author, last.quote_depth) == (kind, level, author, depth):
            start = last.start
            blocks.pop()
        text = part.text[start:end]
        blocks.append(
            Block(
                kind=kind,
                part=part.name,
                start=start,
                end=end,
                text=text,
                quote_depth=depth,
                author=author,
                level=level,
            )
        )
    return blocks
