"""Who else a mail signs up: further people of the applicant's school, and further schools with people of their own."""

import re
from dataclasses import dataclass

from parsers.extraction import Candidate
from parsers.fields.gazetteer import provinces_of
from parsers.fields.organisations import core_of
from parsers.fields.person_names import in_address, name_words, same_person
from parsers.fields.reading import Passage, Voice
from parsers.fields.situation import UNSAID, Situation

MAX_OTHERS = 4
"""People signed up beside the first one; a longer row is a list of staff."""
NEAR = 60
"""Characters behind a name within which its own role, address or number begins."""
FAR = 400
"""Characters behind a school's name within which the person of that school is named."""

_VOICES = frozenset(
    {"voice:own", "voice:signature", "voice:attachment", "voice:forwarded", "voice:forwarded-signature"}
)
NOT_SIGNED_UP = frozenset({"before:greeting", "inside-organisation", "school-word", "words:0", "words:1"})
_NUMBERED = re.compile(
    r"^[^\w\n]{0,4}(?:(?:school|aanmelding|organisatie|deelnemer|instelling|opgave|inschrijving)\s*(?:nr\.?\s*)?)?"
    r"\(?(?:[1-4]|[a-d]|i{1,3})\b\s*[).:–-]*\s*",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a part in which one school signs up; of a table with a column for each school, its cells."""

    part: str
    start: int
    end: int
    cells: tuple[tuple[int, int], ...] = ()

    def holds(self, candidate: Candidate) -> bool:
        """Whether a candidate stands in it."""
        here = candidate.evidence
        if here.part != self.part or not self.start <= here.start < self.end:
            return False
        return not self.cells or any(start <= here.start < end for start, end in self.cells)

    def spans(self) -> list[tuple[str, int, int]]:
        """The part, start and end of each piece of it."""
        pieces = self.cells or ((self.start, self.end),)
        return [(self.part, start, end) for start, end in pieces]


def others_signed_up(situation: Situation, first: Candidate) -> list[Candidate]:
    """The other people a mail signs up beside the first: only when it says that it is for more than one.

    A person counts who has a role, an address or a number behind the name, or an address elsewhere that shows it.
    """
    if not {"for-two", "for-schools"} & set(situation.flags):
        return []
    found: list[Candidate] = []
    for name in situation.of("name"):
        if name.cues[0] not in _VOICES or NOT_SIGNED_UP & set(name.cues) or len(name_words(name.value)) < 2:
            continue
        if provinces_of(name.value)[0]:
            continue
        if any(same_person(name.value, known.value) for known in (first, *found)):
            continue
        if _has_data(name, situation):
            found.append(name)
    return found[:MAX_OTHERS]


def _has_data(name: Candidate, situation: Situation) -> bool:
    """Whether a name is a person's that a role, an address or a number belongs to."""
    if name.evidence.extractor in UNSAID:
        return False
    if any(in_address(name.value, email.value) == "surname" for email in situation.of("email")):
        return True
    known = {"first-name", "before:title", "before:colleague"} & set(name.cues)
    return bool(known) and any(situation.follows(name, field, NEAR) for field in ("role", "email", "phone"))


def segments(situation: Situation) -> list[Segment]:
    """The stretches of a mail in which several schools sign up one after the other; empty when it is for one.

    Numbered lines with a school each ("School 1: …", "A) …"), forwarded letters that each answer the call, or sentences
    that name a school each with somebody of it.
    """
    if "for-schools" not in situation.flags:
        return []
    ways = (_numbered, _forwarded, _introduced)
    return next((found for way in ways if (found := way(situation))), [])


def columns(situation: Situation) -> list[Segment]:
    """The columns of a table with a label and two values in each of its rows, when each column names a school."""
    for passage in situation.reading.passages:
        if passage.voice not in _WITH_TABLES or "|" not in passage.words:
            continue
        rows = list(_ROW.finditer(passage.text, passage.start, passage.end))
        if len(rows) < MIN_ROWS:
            continue
        head = [row for row in (_HEAD.search(passage.text, passage.start, rows[0].start()),) if row]
        found = []
        for number in (1, 2):
            cells = tuple(row.span(number) for row in (*head, *rows))
            found.append(Segment(passage.part, cells[0][0], cells[-1][1], cells))
        one, other = (_school_of(segment, situation) for segment in found)
        if one and other and one != other:
            return found
    return []


def _school_of(segment: Segment, situation: Situation) -> str:
    """The core of the first school that is named in a column; empty when none is."""
    named = {"has:kind", "has:end", "article"}
    inside = (c for c in situation.of("organisation") if segment.holds(c) and named & set(c.cues) and core_of(c.value))
    first = min(inside, key=lambda name: name.evidence.start, default=None)
    return core_of(first.value) if first else ""


_WITH_TABLES = frozenset({Voice.OWN, Voice.ATTACHMENT, Voice.FORWARDED})
_ROW = re.compile(r"^\|?[^|\n]{0,60}\|([^|\n]*\|)([^|\n]*)(?:\|[ \t]*)?$", re.M)
_HEAD = re.compile(r"^([^|\n]{3,80}\|)([^|\n]{3,80})\n\Z", re.M)
MIN_ROWS = 3


def _numbered(situation: Situation) -> list[Segment]:
    starts: list[tuple[str, int, int, str]] = []
    for name in situation.of("organisation"):
        passage = situation.passage_of(name)
        if passage is None or name.cues[0] not in ("voice:own", "voice:attachment", "voice:forwarded"):
            continue
        here = name.evidence
        line = passage.text.rfind("\n", passage.start, here.start) + 1
        above = passage.text.rfind("\n", passage.start, max(line - 1, passage.start)) + 1
        core = core_of(name.value)
        marked = _marked(passage.text[line : here.start]) or (
            line == here.start and _marked(passage.text[above:line].strip()) and line - above < 30
        )
        if marked and not any(core in known or known in core for *_, known in starts):
            begin = line if _marked(passage.text[line : here.start]) else above
            starts.append((passage.part, begin, passage.end, core))
    if len(starts) < 2 or len({part for part, *_ in starts}) > 1:
        return []
    starts.sort()
    ends = [start for _, start, *_ in starts[1:]] + [starts[-1][2]]
    found = [Segment(part, start, end) for (part, start, *_), end in zip(starts, ends, strict=True)]
    return found if all(_has_person(segment, situation) for segment in found) else []


def _marked(lead: str) -> bool:
    """Whether what stands before a school's name on its line is nothing but a number."""
    match = _NUMBERED.match(lead)
    return match is not None and not lead[match.end() :].strip()


def _has_person(segment: Segment, situation: Situation) -> bool:
    return any(
        segment.holds(name) and name.evidence.start - segment.start < FAR and "words:1" not in name.cues
        for name in situation.of("name")
    )


def _introduced(situation: Situation) -> list[Segment]:
    """The stretches that begin with the sentence in which a school is named for the first time with a person of it."""
    for passage in situation.reading.passages:
        if passage.voice not in (Voice.OWN, Voice.ATTACHMENT):
            continue
        mentions = _schools_in(passage, situation)
        found: dict[str, Segment] = {}
        for number, (start, core) in enumerate(mentions):
            after = next((other for other, name in mentions[number + 1 :] if name != core), passage.end)
            segment = Segment(passage.part, start, min(after, _paragraph_end(passage, start)))
            if core not in found and _introduces(segment, passage, situation):
                found[core] = segment
        if 1 < len(found) <= MAX_OTHERS:
            return list(found.values())
    return []


def _schools_in(passage: Passage, situation: Situation) -> list[tuple[int, str]]:
    """Where the sentences begin that name a school by its kind, with the name's core, in order; boards left out."""
    found: dict[tuple[int, str], None] = {}
    cores: list[str] = []
    for name in sorted(situation.of("organisation"), key=lambda name: name.evidence.start):
        here, core = name.evidence, core_of(name.value)
        if here.part != passage.part or not passage.start <= here.start < passage.end or len(core) < MIN_CORE:
            continue
        if not _KINDS & set(name.cues) or (is_board(name.value) and not _PARTNERSHIP.match(name.value.lower())):
            continue
        known = next((other for other in cores if core in other or other in core), None)
        if known is None:
            cores.append(core)
        found[_sentence_start(passage, here.start), known or core] = None
    return sorted(found)


def _sentence_start(passage: Passage, position: int) -> int:
    begin = max(passage.start, position - FAR)
    ends = [match.end() for match in _ENDS.finditer(passage.text, begin, position)]
    return ends[-1] if ends else begin


def _paragraph_end(passage: Passage, position: int) -> int:
    end = passage.text.find("\n\n", position, passage.end)
    return passage.end if end < 0 else end


def _introduces(segment: Segment, passage: Passage, situation: Situation) -> bool:
    """Whether a stretch has an address, a number or somebody with a role; or counts the schools ("De tweede is …")."""
    if _ORDINAL.match(passage.text, segment.start, segment.end):
        return True
    if any(segment.holds(value) for field in ("email", "phone") for value in situation.of(field)):
        return True
    named = any(segment.holds(name) and _is_person(name) for name in situation.of("name"))
    return named and any(segment.holds(role) for role in situation.of("role"))


def _is_person(name: Candidate) -> bool:
    return "first-name" in name.cues and not {"words:1", "school-word"} & set(name.cues)


_KINDS = frozenset({"has:kind", "has:end"})
_ENDS = re.compile(r"[.!?;]\s+|\n\s*")
_ORDINAL = re.compile(r"(?:de|onze)?\s*(?:eerste|tweede|derde|1e|2e|ene|andere)\s+(?:school\s+)?is\b", re.I)
MIN_CORE = 3


def is_board(name: str) -> bool:
    """Whether a name is a board's or a partnership's, which have schools and are none."""
    return _BOARD.match(name.lower()) is not None


_BOARD = re.compile(r"(?:stichting|onderwijsgroep|scholengroep|stg|bestuur|gemeente|swv|samenwerkingsverband)\b")
_PARTNERSHIP = re.compile(r"(?:swv|samenwerkingsverband)\b")


def _forwarded(situation: Situation) -> list[Segment]:
    """The forwarded letters of different authors that each answer the call."""
    found: dict[tuple[str, str], Segment] = {}
    for passage in situation.reading.passages:
        if passage.level != 1 or passage.author is None:
            continue
        key = passage.part, passage.author.name or passage.author.address
        cues = situation.letters.get((passage.part, passage.start), ())
        if key in found:
            found[key] = Segment(passage.part, found[key].start, passage.end)
        elif "letter:2" in cues or "letter:3" in cues:
            found[key] = Segment(passage.part, passage.start, passage.end)
    return list(found.values()) if len(found) > 1 else []
