"""Who else a mail signs up: further people of the applicant's school, and further schools with people of their own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from parsers.extraction import Candidate
from parsers.fields.organisations import core_of
from parsers.fields.person_names import in_address, name_words, same_person
from parsers.fields.situation import Situation

MAX_OTHERS = 4
"""People signed up beside the first one; a longer row is a list of staff."""
NEAR = 60
"""Characters behind a name within which its own role, address or number begins."""
FAR = 400
"""Characters behind a school's name within which the person of that school is named."""

_VOICES = frozenset(
    {"voice:own", "voice:signature", "voice:attachment", "voice:forwarded", "voice:forwarded-signature"}
)
_NOT_SIGNED_UP = frozenset({"before:greeting", "inside-organisation", "school-word", "words:0", "words:1"})
_NUMBERED = re.compile(
    r"^[^\w\n]{0,4}(?:(?:school|aanmelding|organisatie|deelnemer|instelling|opgave|inschrijving)\s*(?:nr\.?\s*)?)?"
    r"\(?(?:[1-4]|[a-d]|i{1,3})\b\s*[).:–-]*\s*",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a part in which one school signs up."""

    part: str
    start: int
    end: int

    def holds(self, candidate: Candidate) -> bool:
        """Whether a candidate stands in it."""
        here = candidate.evidence
        return here.part == self.part and self.start <= here.start < self.end


def others_signed_up(situation: Situation, first: Candidate) -> list[Candidate]:
    """The other people a mail signs up beside the first: only when it says that it is for more than one.

    A person counts who has a role, an address or a number behind the name, or an address elsewhere that shows it.
    """
    if not {"for-two", "for-schools"} & set(situation.flags):
        return []
    found: list[Candidate] = []
    for name in situation.of("name"):
        if name.cues[0] not in _VOICES or _NOT_SIGNED_UP & set(name.cues) or len(name_words(name.value)) < 2:
            continue
        if any(same_person(name.value, known.value) for known in (first, *found)):
            continue
        if _has_data(name, situation):
            found.append(name)
    return found[:MAX_OTHERS]


def _has_data(name: Candidate, situation: Situation) -> bool:
    """Whether a name is a person's that a role, an address or a number belongs to."""
    if name.evidence.extractor in ("author", "header"):
        return False
    if any(in_address(name.value, email.value) == "surname" for email in situation.of("email")):
        return True
    known = {"first-name", "before:title", "before:colleague"} & set(name.cues)
    return bool(known) and any(situation.follows(name, field, NEAR) for field in ("role", "email", "phone"))


def segments(situation: Situation) -> list[Segment]:
    """The stretches of a mail in which several schools sign up one after the other; empty when it is for one.

    Numbered lines with a school each ("School 1: …", "A) …"), or forwarded letters that each answer the call.
    """
    if "for-schools" not in situation.flags:
        return []
    return _numbered(situation) or _forwarded(situation)


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


def within(situation: Situation, segment: Segment, others: Sequence[Segment]) -> Situation:
    """The situation as one school's stretch shows it; what stands in no school's stretch is for all."""
    kept = {}
    for field, candidates in situation.by_field.items():
        inside = tuple(candidate for candidate in candidates if segment.holds(candidate))
        shared = tuple(c for c in candidates if not any(other.holds(c) for other in (segment, *others)))
        kept[field] = (*inside, *shared) if field in _SHARED or not inside else inside
    return situation.narrowed(kept)


_SHARED = frozenset({"place", "province", "sector"})
