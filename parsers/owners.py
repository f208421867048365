"""Each line of a text given to the mail it belongs to: this one, one that it quotes or forwards, one within that."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from parsers.blocks import BlockKind, Mailbox
from parsers.dutch import alternation, knowledge, words
from parsers.introductions import Introduction, Style, is_header
from parsers.lines import Line

MAX_FRAMES = 60
"""Mails within mails that are kept apart."""
MAX_LETTERHEAD = 10
"""Lines that may stand above "Van: …" in a letterhead."""

_KNOWN = knowledge("quotes")
_PASSING_ON = re.compile(rf"\b(?:{alternation(_KNOWN['passing_on']['cues'])})\b", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is known of the mail that a text belongs to."""

    kind: BlockKind = BlockKind.OWN
    """Whose its unquoted words are: OWN, or FORWARDED and QUOTED for a mail attached to ours."""
    level: int = 0
    author: Mailbox | None = None
    """Who wrote the attached mail; None for the mail itself."""
    sender: Mailbox = field(default_factory=lambda: Mailbox(name="", address=""))
    """Who wrote the text's unquoted words."""
    ours: frozenset[str] = frozenset()
    """The addresses at which the mail was delivered."""
    recipients: frozenset[str] = frozenset()
    """The addresses it was sent to, copies included."""
    is_forward: bool = False
    """Its subject says so."""
    is_reply: bool = False

    @property
    def our_domains(self) -> frozenset[str]:
        """The domains of our addresses, when they tell us from the sender and from everybody."""
        domains = {address.rpartition("@")[2] for address in self.ours}
        return frozenset(domains - words("contacts", "providers") - {self.sender.address.rpartition("@")[2]})


_PREFIX = re.compile(r"\s*(?:\[[^\]]{1,40}\]\s*)*([A-Za-z.]{1,12}?)\.?\s?(?:\[\d+\])?:")


def is_forward(subject: str) -> bool:
    """Tell whether a subject says that a mail is passed on: its first prefix counts."""
    found = _PREFIX.match(subject)
    return found is not None and found[1].lower() in _KNOWN["subjects"]["forward"]


def is_reply(subject: str) -> bool:
    """Tell whether a subject says that a mail answers another: its first prefix counts."""
    found = _PREFIX.match(subject)
    return found is not None and found[1].lower() in _KNOWN["subjects"]["reply"]


def attached(setting: Setting, author: Mailbox | None, *, level: int) -> Setting:
    """Return the setting of a mail attached to one with this setting; at level 0, the mail itself."""
    if not level:
        return setting
    ours = _is_ours(author, setting)
    kind = BlockKind.QUOTED if ours else BlockKind.FORWARDED
    return replace(
        setting, kind=kind, level=level, author=author, sender=author or Mailbox(name="", address=""), is_forward=False
    )


@dataclass(slots=True, eq=False, kw_only=True)
class Frame:
    """One mail in a text."""

    kind: BlockKind
    level: int
    depth: int = 0
    """The quote depth of its lines."""
    author: Mailbox | None = None
    region: int = 0
    when: tuple[int, ...] = ()
    ours: bool = False
    """We wrote it."""
    marked: bool = False
    """Quote marks or the HTML tell its lines; without them, it may go on beyond its end."""
    doubtful: bool = False
    outer: "Frame | None" = None
    """The mail that a quotation of nobody known stands in."""


def owners_of(lines: Sequence[Line], intros: Sequence[Introduction], setting: Setting) -> list[Frame]:
    """Return for each line the mail it belongs to; an introduction belongs to the mail that it introduces."""
    walk = _Walk(lines, setting)
    number = 0
    for intro in intros:
        walk.take(number, intro.first)
        walk.introduce(intro)
        number = intro.end
    walk.take(number, len(lines))
    _judge_unsigned(lines, walk.owners, setting)
    return walk.owners


class _Walk:
    """The mails open at a line, from this mail inward, while the lines are walked."""

    def __init__(self, lines: Sequence[Line], setting: Setting) -> None:
        self.lines, self.setting = lines, setting
        base = Frame(kind=setting.kind, level=setting.level, author=setting.author)
        self.stack = [base]
        self.owners: list[Frame] = []
        self.frames = 1
        self.pending: Frame | None = None
        self.left: dict[tuple[int, int], list[Frame]] = {}
        """Quotations left for words between quoted lines, to be resumed."""

    def take(self, first: int, end: int) -> None:
        """Give lines that introduce nothing to the mails they stand in."""
        for number in range(first, end):
            line = self.lines[number]
            if line.is_blank and not line.marks and self.owners:
                self.owners.append(self.owners[-1] if self.pending is None else self.pending)
                continue
            self._leave(line)
            if line.depth > self.stack[-1].depth:
                self._enter(line)
            self.pending = None
            self.owners.append(self.stack[-1])

    def introduce(self, intro: Introduction) -> None:
        """Begin the mail that is introduced."""
        line = self.lines[intro.first]
        self._leave(line)
        if self._is_letterhead(intro):
            self.owners.extend([self.stack[-1]] * (intro.end - intro.first))
            return
        following = next(
            (self.lines[n] for n in range(intro.end, min(intro.end + 4, len(self.lines))) if self.lines[n].words), None
        )
        inner = following is not None and following.depth > line.depth and following.region == line.region
        if inner and following is not None:
            if line.depth > self.stack[-1].depth:
                self._enter(line)
            frame = self._frame(intro, depth=following.depth, region=line.region)
            self.pending = frame
        else:
            frame = self._frame(intro, depth=line.depth, region=line.region)
            if self._is_sibling(intro, frame):
                self.stack.pop()
            self._push(frame)
            self.pending = None
        self.owners.extend([frame] * (intro.end - intro.first))

    def _leave(self, line: Line) -> None:
        """Leave the mails that this line does not stand in."""
        gone: list[Frame] = []
        while len(self.stack) > 1 and (
            self.stack[-1].depth > line.depth or (self.stack[-1].region and self.stack[-1].region != line.region)
        ):
            gone.insert(0, self.stack.pop())
        if gone:
            self.left[id(self.stack[-1]), gone[0].depth] = gone

    def _enter(self, line: Line) -> None:
        """Enter a quotation: the one just introduced, the one left before, or a new one of nobody known."""
        parent = self.stack[-1]
        if self.pending is not None and self.pending.depth <= line.depth:
            self._push(self.pending)
        elif (again := self.left.get((id(parent), line.depth))) is not None:
            self.stack.extend(again)
        else:
            kind = BlockKind.FORWARDED if parent.kind is BlockKind.FORWARDED else BlockKind.QUOTED
            self._push(
                Frame(
                    kind=kind,
                    level=parent.level + line.depth - parent.depth,
                    depth=line.depth,
                    marked=True,
                    region=line.region,
                    outer=parent,
                )
            )

    def _push(self, frame: Frame) -> None:
        if self.frames < MAX_FRAMES:
            self.stack.append(frame)
            self.frames += 1

    def _frame(self, intro: Introduction, *, depth: int, region: int) -> Frame:
        parent = self.stack[-1]
        sibling = self._is_later(intro)
        level = parent.level if sibling else parent.level + max(depth - parent.depth, 1)
        outer = self.stack[-2] if sibling else parent
        ours = _is_ours(intro.author, self.setting)
        return Frame(
            kind=self._kind(intro, outer, ours=ours),
            level=level,
            depth=depth,
            author=intro.author or (parent.author if intro.style is Style.FORWARD and parent.level else None),
            region=region,
            when=intro.when,
            ours=ours,
            marked=depth > parent.depth,
            doubtful=intro.style is Style.HEADERS and not ours and self._may_be_ours(intro),
        )

    def _kind(self, intro: Introduction, outer: Frame, *, ours: bool) -> BlockKind:
        """Tell a mail that is answered from one that is passed on for us to read."""
        setting = self.setting
        own = intro.author is not None and _same(intro.author, setting.sender)
        if outer.level > setting.level or outer.kind is not BlockKind.OWN:
            # A mail of the sender's own within an answer of ours that is passed on went astray before.
            passed_on = (outer.ours and own and setting.is_forward) or outer.kind is BlockKind.FORWARDED
        elif own and _is_to_us(intro, setting):
            passed_on = False
        elif setting.is_forward or intro.style is Style.FORWARD:
            passed_on = True
        elif intro.style is Style.ATTRIBUTION or intro.author is None or own or self._may_be_ours(intro):
            passed_on = False
        else:
            passed_on = intro.author.address not in setting.recipients
        return BlockKind.FORWARDED if passed_on and not ours else BlockKind.QUOTED

    def _may_be_ours(self, intro: Introduction) -> bool:
        """Tell whether an unmarked mail of a name without an address, not the sender's own, may be what is answered."""
        author, setting = intro.author, self.setting
        if author is None or author.address or self.lines[intro.first].depth or not setting.is_reply:
            return False
        return not _same(author, setting.sender)

    def _is_letterhead(self, intro: Introduction) -> bool:
        """Tell whether the author put "Van: … Betreft: …" above a letter of their own: nothing else is above it."""
        if intro.style is not Style.HEADERS or len(self.stack) > 1 or self.lines[intro.first].depth:
            return False
        if intro.first > MAX_LETTERHEAD:
            return False
        if any(line.words and not is_header(line.words) for line in self.lines[: intro.first]):
            return False
        author = intro.author
        return (
            author is not None
            and (_same(author, self.setting.sender) or not author.address)
            and not self.setting.is_forward
        )

    def _is_later(self, intro: Introduction) -> bool:
        """Tell whether this mail is younger than the one it would stand in: then they stand beside each other."""
        current = self.stack[-1]
        return (
            len(self.stack) > 1
            and not current.marked
            and bool(intro.when)
            and bool(current.when)
            and intro.when > current.when
        )

    def _is_sibling(self, intro: Introduction, frame: Frame) -> bool:
        return self._is_later(intro) and frame.depth == self.stack[-1].depth


def _is_ours(author: Mailbox | None, setting: Setting) -> bool:
    """Tell whether we wrote a mail: from one of our addresses or domains, or by a name that our address is made of."""
    if author is None:
        return False
    if author.address:
        return author.address in setting.ours or author.address.rpartition("@")[2] in setting.our_domains
    letters = re.sub(r"\W", "", author.name.lower())
    return len(letters) > 5 and any(letters == re.sub(r"\W", "", address.partition("@")[0]) for address in setting.ours)


def _is_to_us(intro: Introduction, setting: Setting) -> bool:
    """Tell whether a repeated mail was sent to us; one without addressee is taken to be."""
    if not intro.to or intro.style is Style.ATTRIBUTION:
        return True
    if any(address in intro.to for address in setting.ours):
        return True
    if "@" in intro.to:
        return any(f"@{domain}" in intro.to for domain in setting.our_domains)
    letters = re.sub(r"\W", "", intro.to)
    return any(letters in address or address.partition("@")[0] in letters for address in setting.ours)


def _same(one: Mailbox, other: Mailbox) -> bool:
    """Tell whether two mailboxes are the same person's: the same address, or the same words in the name."""
    if one.address and one.address == other.address:
        return True
    words, others = _name_words(one.name), _name_words(other.name)
    return len(words) > 1 and words == others


def _name_words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]{2,}", name.partition("|")[0].lower()))


def _judge_unsigned(lines: Sequence[Line], owners: Sequence[Frame], setting: Setting) -> None:
    """Take quoted lines of nobody known for passed on when the author says so; doubt them when nothing is answered."""
    unsigned = {frame for frame in owners if frame.author is None and frame.marked and frame.level == setting.level + 1}
    if not unsigned or setting.level:
        return
    own = " ".join(line.words for line, owner in zip(lines, owners, strict=True) if owner.kind is BlockKind.OWN)[:5000]
    for frame in unsigned:
        if frame.kind is BlockKind.QUOTED and _PASSING_ON.search(own):
            frame.kind, frame.doubtful = BlockKind.FORWARDED, True
        elif not setting.is_reply and not setting.is_forward:
            frame.doubtful = True
            stretch = [line.words for line, owner in zip(lines, owners, strict=True) if owner is frame]
            first = next(n for n, owner in enumerate(owners) if owner is frame)
            if all(owner is frame for owner in owners[first : first + len(stretch)]) and not _asks(stretch):
                # QUIRK: some write ">" for a bullet, or paste their own form with marks.
                frame.kind, frame.level = setting.kind, setting.level


def _asks(stretch: Sequence[str]) -> bool:
    """Tell whether lines hold the open questions of a form, which are quoted even where nothing else is."""
    return any(words.endswith(("…", "...", "…:", "...:")) for words in stretch)
