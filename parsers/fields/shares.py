"""Whose passages are whose in a mail for several applicants: sentence by sentence, by whom they speak of."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parsers.dutch import alternation, words
from parsers.fields.applicants import Applicant
from parsers.fields.others import Segment
from parsers.fields.person_names import same_person
from parsers.fields.reading import Passage, Voice
from parsers.fields.situation import Situation

MAX_UNITS = 1200
"""Sentences of a mail that are looked at; the rest is everybody's."""
HEADING = 25
"""Characters within which a line in a block says that it is for all."""
NEAR = 45
"""Characters between two names that one sentence joins."""
LEADING = 6
"""Words at the beginning of a sentence among which whom it speaks of is named."""
_READ = frozenset({Voice.OWN, Voice.ATTACHMENT, Voice.FORWARDED, Voice.SIGNATURE, Voice.FORWARDED_SIGNATURE})

_UNIT = re.compile(
    r"(?:[.!?…][\"”’')]*|[.!?]?[\"”’](?= [\"“]))\s+(?=[\"“'‘(]?[A-ZÀ-Þ0-9\"“])|;\s+|\n+|,\s+(?=(?:die|dat) van )"
)
_ABBREVIATION = re.compile(rf"(?:^|[\s(.])(?:[A-Za-z]|{alternation(words('applicants', 'abbreviations'))})\.\s+$", re.I)
_WORD = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*")
SHARED = re.compile(rf"\b(?:{alternation(words('applicants', 'shared'))})\b", re.I)
_FIRST_PERSON = words("applicants", "first_person")
_THIRD_PERSON = words("applicants", "third_person")
_THEIRS = re.compile(
    r"\W*(?:(?:van|voor|wat|bij) )?(?:de andere?|de hare|de zijne|haar kant|zijn kant|haar|hem):", re.I
)
_MINE = re.compile(r"\b(?:(?:aan|van|bij) )?(?:onze|mijn) kant\b", re.I)
_WE = re.compile(r"\W*(?:wij|we)\b", re.I)
_AND = re.compile(r" en |,|/|&")
_QUOTES = re.compile(r"[\"“”]")


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, or a line with a break behind it."""

    start: int
    end: int
    opens_line: bool
    opens_paragraph: bool


def units(passage: Passage) -> Iterator[Unit]:
    """Cut a passage into sentences; a line that was only wrapped goes on."""
    start, line, paragraph = passage.start, True, True
    for match in _UNIT.finditer(passage.text, passage.start, passage.end):
        gap = match.group()
        if "\n" not in gap and _ABBREVIATION.search(passage.text, max(start, match.start() - 12), match.end()):
            continue
        if gap == "\n" and _is_wrapped(passage.text, match.start(), match.end()):
            continue
        if passage.text[start : match.end()].strip():
            yield Unit(start, match.end(), line, paragraph)
            line, paragraph = "\n" in gap, gap.count("\n") > 1
        else:
            line, paragraph = True, paragraph or gap.count("\n") > 1
        start = match.end()
    if passage.text[start : passage.end].strip():
        yield Unit(start, passage.end, line, paragraph)


_NEW_LINE = re.compile(r"\W{0,40}(?:[-–*•]|[A-Za-z]{1,6} ?\d\b|\(?\w{1,2}[.):]\s|[A-Z][\w ]{1,30}:)")


def _is_wrapped(text: str, end: int, following: int) -> bool:
    """Whether a line was broken only because it was full."""
    begin = text.rfind("\n", 0, end) + 1
    if end - begin < 55 or "|" in text[begin:end] or text[end - 1] == ":":
        return False
    return not _NEW_LINE.match(text, following)


@dataclass(slots=True)
class Names:
    """By what each applicant is known in a mail."""

    pattern: re.Pattern[str]
    owner: dict[str, int]

    def found(self, text: str) -> list[tuple[int, int, int]]:
        """Start, end and owner of each mention."""
        return [(m.start(), m.end(), self.owner[m.group("name")]) for m in self.pattern.finditer(text)]


def names_of(applicants: Sequence[Applicant]) -> Names:
    """The writings of schools and people by which one applicant is told from the others."""
    owner: dict[str, int] = {}
    shared: set[str] = set()
    for number, applicant in enumerate(applicants):
        for name in set(_writings(applicant)):
            if owner.setdefault(name, number) != number:
                shared.add(name)
    known = {name: number for name, number in owner.items() if name not in shared}
    names = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True)) or r"\b\B"
    return Names(re.compile(rf"(?<![\w@.-])(?P<name>{names})(?:'s|’s|s)?(?![\w@]|\.\w)"), known)


def _writings(applicant: Applicant) -> Iterator[str]:
    for school in applicant.schools:
        bare = _bare(school.value)
        yield from (name for name in (school.value, bare) if len(name) > 2)
    for person in applicant.people:
        yield person.value
        parts = person.value.split()
        if len(parts) > 1:
            if len(parts[0].strip(".")) > 2:
                yield parts[0]
            rest = " ".join(parts[1:])
            yield rest[0].upper() + rest[1:]
            if len(parts[-1]) > 3:
                yield parts[-1]
            initials = "".join(part[0] for part in parts)
            if initials.isupper() and len(initials) == 2:
                yield initials + ":"


def _bare(name: str) -> str:
    """A school's name from its article or first capital on that is no kind: "De Klimop" of "obs De Klimop"."""
    parts = name.split()
    kinds = words("organisations", "kinds")
    while len(parts) > 1 and (parts[0].lower() in kinds or (parts[0].islower() and parts[0] not in ("de", "het"))):
        parts = parts[1:]
    if len(parts) > 1 and parts[0].lower() in ("de", "het", "'t", "d'n", "it"):
        parts = parts[1:]
    return " ".join(parts)


@dataclass(slots=True)
class _Walk:
    """A mail read from its beginning, with whom it speaks of now."""

    names: Names
    writer: int | None
    other: int | None
    """Who "he" or "she" is: the last one spoken of who did not write the mail."""
    owner: int | None = None
    by_name: bool = False
    """Whether the one spoken of was named: then "her question" is theirs, also when they wrote the mail."""
    block: bool = False
    goes_on: bool = False
    quoted: bool = False

    def step(self, text: str, unit: Unit) -> int | None:
        """Whom a sentence is of; None for all."""
        fresh = unit.opens_paragraph and not self.goes_on and not self.quoted
        kept = None if fresh and not self.block else self.owner
        hints = self._hints(text, unit)
        if hints:
            owner = self._named(text, unit, hints)
            self.owner = owner
        else:
            self.owner = kept
            owner = self._meant(text, kept)
        if owner is not None and owner != self.writer:
            self.other = owner
        self.goes_on = text.rstrip().endswith(":")
        if len(_QUOTES.findall(text)) % 2:
            self.quoted = not self.quoted
        return owner

    def _hints(self, text: str, unit: Unit) -> list[tuple[int, int | None]]:
        """Where the beginning of a sentence says whom it is of: by name, as the writer, or as of all."""
        spoken = [(m.start(), m.group().lower()) for m in _WORD.finditer(text)]
        limit = spoken[LEADING][0] if len(spoken) > LEADING else len(text)
        speech = _QUOTES.search(text)
        said = 0 if self.quoted else speech.start() if speech else len(text)
        inside = self.block and not unit.opens_paragraph
        found: list[tuple[int, int | None]] = []
        for start, end, number in self.names.found(text):
            addressed = text[end : end + 1] == ":"
            if addressed or (start < limit and (not inside or self.owner is None or _opens_block(text, start))):
                found.append((start, number))
        first = next((at for at, word in spoken[: LEADING - 1] if word in _FIRST_PERSON and at < said), None)
        if first is None and (mine := _MINE.search(text, 0, min(limit, said))):
            first = mine.start()
        others = inside and self.owner not in (None, self.writer)
        if first is not None and self.writer is not None and not self.goes_on and not others:
            found.append((first, self.writer))
        if self.other is not None and (theirs := _THEIRS.match(text)):
            found.append((theirs.start(), self.other))
        shared = SHARED.search(text, 0, min(said, text.find(":") if ":" in text else limit, limit))
        if shared and (not self.block or (unit.opens_line and (unit.opens_paragraph or shared.start() < HEADING))):
            found.append((shared.start(), None))
        return sorted(found, key=lambda hint: hint[0])

    def _named(self, text: str, unit: Unit, hints: Sequence[tuple[int, int | None]]) -> int | None:
        at, owner = hints[0]
        everybody = {number for *_, number in self.names.found(text)}
        if len(everybody) > 1 and (_CONTACT.search(text) or _WE.match(text)):
            self.block = False
            return None
        second = next((start for start, number in hints if number not in (owner, None) and start - at < NEAR), None)
        if owner is not None and second is not None and _AND.search(text, at, second):
            return None
        named = any(start == at for start, *_ in self.names.found(text))
        self.block = owner is not None and unit.opens_line and named and _opens_block(text, at)
        self.by_name = named
        return owner

    def _meant(self, text: str, kept: int | None) -> int | None:
        """Whom a sentence that names nobody is of: "he" is the last other one, for this sentence alone."""
        first_words = [m.group().lower() for m in _WORD.finditer(text[:80])][:3]
        third = not self.quoted and not text.lstrip().startswith(('"', "“")) and _THIRD_PERSON & set(first_words)
        if third and (kept is None or (kept == self.writer and not self.by_name)):
            return self.other
        return kept


_CONTACT = re.compile(r"@|\d{3}")


def _opens_block(text: str, at: int) -> bool:
    """Whether a line is a heading or the first line of somebody's details: not a sentence about somebody."""
    if len(_WORD.findall(text[:at])) > 3:
        return False
    return _CONTACT.search(text) is not None or (len(text.strip()) < 90 and text.rstrip()[-1] not in ".?!")


@dataclass(slots=True)
class _Owned:
    """A sentence with whom it is of."""

    passage: Passage
    unit: Unit
    owner: int | None
    block: bool

    @property
    def text(self) -> str:
        return self.passage.text[self.unit.start : self.unit.end]


def shares(
    situation: Situation, applicants: Sequence[Applicant], known: Sequence[Segment] = ()
) -> list[tuple[Segment, ...]]:
    """For each applicant the stretches of the mail that are only theirs, in order; what is in none is for all.

    `known` are stretches that were found before, for each applicant one.
    """
    names = names_of(applicants)
    writer = next((number for number, applicant in enumerate(applicants) if applicant.writes), None)
    found: list[list[Segment]] = [[segment] for segment in known] or [[] for _ in applicants]
    left = MAX_UNITS
    walk = _Walk(names, writer, _other_than(writer, len(applicants)))
    for passage in situation.reading.passages:
        if passage.voice not in _READ:
            continue
        author = _author(passage, applicants)
        if author is not None:
            found[author].append(Segment(passage.part, passage.start, passage.end))
            continue
        if passage.level and passage.author is not None:
            walk = _Walk(names, None, None)
        owned = []
        for unit in units(passage):
            left -= 1
            if left < 0:
                break
            if any(part.part == passage.part and part.start <= unit.start < part.end for part in known):
                continue
            owner = walk.step(passage.text[unit.start : unit.end], unit)
            owned.append(_Owned(passage, unit, owner, walk.block))
        _trim(owned)
        for one in owned:
            if one.owner is not None:
                found[one.owner].append(Segment(passage.part, one.unit.start, one.unit.end))
    return [tuple(_joined(segments)) for segments in found]


def _other_than(writer: int | None, count: int) -> int | None:
    """The other one of two applicants; None where there are more, or none wrote the mail."""
    return 1 - writer if count == 2 and writer is not None else None


def _trim(owned: list[_Owned]) -> None:
    """Let the last of several blocks end as the others do: with the details where these have nothing else.

    The last one has no other behind it that ends it; what follows it may be for all.
    """
    runs: list[list[_Owned]] = []
    for one in owned:
        if runs and runs[-1][-1].owner == one.owner:
            runs[-1].append(one)
        else:
            runs.append([one])
    last = next((run for run in reversed(runs) if run[0].owner is not None and run[0].block), None)
    others = [run for run in runs if last and run[0].owner not in (None, last[0].owner)]
    if last is None or not others:
        return
    said = any(_is_said(one) for run in others for one in run)
    most = max(sum(one.unit.opens_paragraph for one in run[1:]) for run in others)
    paragraphs, ended = 0, False
    for number, one in enumerate(last):
        paragraphs += bool(number) and one.unit.opens_paragraph
        ended = ended or paragraphs > most or (not said and number > 0 and _is_said(one))
        if ended:
            one.owner = None


def _is_said(one: _Owned) -> bool:
    """Whether a sentence says something, and gives no details."""
    return len(_WORD.findall(one.text)) > 4 and not _DETAILS.search(one.text)


_DETAILS = re.compile(r"@|\d(?:[ -]?\d){5}")


def _author(passage: Passage, applicants: Sequence[Applicant]) -> int | None:
    """Whose letter a forwarded passage is."""
    if not passage.level or passage.author is None:
        return None
    for number, applicant in enumerate(applicants):
        if any(passage.author.name and same_person(passage.author.name, name.value) for name in applicant.people):
            return number
    return None


def _joined(segments: Sequence[Segment]) -> Iterator[Segment]:
    last: Segment | None = None
    for segment in segments:
        if last is not None and last.part == segment.part and last.end == segment.start:
            last = Segment(last.part, last.start, segment.end)
            continue
        if last is not None:
            yield last
        last = segment
    if last is not None:
        yield last
