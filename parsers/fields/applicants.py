"""Which schools a mail signs up when it is for several: each with its person, by which its passages are known."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from parsers.dutch import alternation, words
from parsers.extraction import Candidate, Evidence
from parsers.fields.gazetteer import provinces_of
from parsers.fields.letters import letter_of
from parsers.fields.organisations import core_of, in_domain
from parsers.fields.others import NOT_SIGNED_UP, Segment, is_board
from parsers.fields.person_names import in_address, name_words, same_person
from parsers.fields.reading import Voice
from parsers.fields.situation import UNSAID, Situation

MAX_APPLICANTS = 4
"""Schools signed up in one mail; a longer row is a list of schools."""
MAX_NAMED = 20
"""Schools and people named in a mail that says whom it signs up; with more, it lists them."""
MIN_CORE = 3
FAR = 260
"""Characters between a school and the person of it."""
APART = 120
"""What a blank line between them counts as."""
FURTHER = 60
"""What "en", or the end of a sentence, between a school and a name behind it counts as."""
LEAD = 60
"""Characters before a school's name in which a sentence begins with it."""
ROLE = 160
CONTACT = 170
"""Characters behind a person's name within which their number or address begins."""

_SPOKEN = frozenset({"voice:own", "voice:attachment", "voice:forwarded", "voice:forwarded-signature"})
_NOT_IN_NAMES = re.compile(r"[@|<>:;]|\d{3}")
_NOT_IN_PEOPLE = re.compile(r"[@|<>:;,(\d]")
_BEGIN = re.compile(r"[.!?]\s+|\n\s*")
_LEAD = re.compile(
    rf"[^\w(]*(?:(?:{alternation(words('applicants', 'counting'))}"
    r"|(?:school|aanmelding|opgave|deelnemer|organisatie)\W*\w{1,6}|[0-9a-z]{1,3}[.):])[^\w(]+){0,2}",
    re.I,
)
MAX_LETTER = 8000
"""Characters of a passage in which it is looked for whether a mail is for several."""
_SEVERAL = re.compile(rf"(?<!\w)(?:{alternation(words('applicants', 'several'))})(?!\w)", re.I)
_GOES_ON = re.compile(r"\ben\b|[.;]\s")
_DECLINES = re.compile(
    r"(?<!\bik )(?<!\bwij )(?<!\bwe )\b(?:doe[nt]|ga(?:at|an)|kan|kunnen|neemt|nemen)\b"
    r"(?:(?!\b(?:ik|wij|we)\b)[^.;\n]){0,30}\bniet\s(?:mee|deel)\b",
    re.I,
)
_TWO_NAMES = re.compile(r" (?:en|&|\+) (?:de|het|'t|[a-z]{2,4}) ", re.I)
_NO_NAME = frozenset({"shape:lower", "shape:lower-bare", "shape:lower-long", "lower"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """A school that a mail signs up beside others, with all its mentions and those of its person."""

    core: str
    schools: tuple[Candidate, ...]
    people: tuple[Candidate, ...] = ()
    writes: bool = False
    """Whether its person wrote the mail."""


@dataclass(slots=True)
class _Link:
    cost: float
    school: int
    person: int


def applicants_in(situation: Situation) -> tuple[Applicant, ...]:
    """The schools that a mail signs up, in order, when these are two or more; empty when it is for one."""
    schools = _schools(situation)
    people = _people(situation, [name for mentions in schools for name in mentions])
    if not 1 < len(schools) <= MAX_NAMED or len(people) > MAX_NAMED:
        return ()
    of_school = _persons_of(schools, people, situation)
    found = []
    for number, mentions in enumerate(schools):
        person = people[of_school[number]] if number in of_school else []
        if person and (_writes(person, situation) or _has_contact(person, mentions, situation)):
            found.append(_applicant(mentions, person, situation))
    return _signed_up(_one_writer(found), situation) or _enumerated(schools, people, of_school, situation)


def _applicant(mentions: Sequence[Candidate], names: Sequence[Candidate], situation: Situation) -> Applicant:
    return Applicant(
        core=core_of(mentions[0].value) if mentions else "",
        schools=tuple(mentions),
        people=tuple(names),
        writes=_writes(names, situation),
    )


def _persons_of(
    schools: Sequence[Sequence[Candidate]], people: Sequence[Sequence[Candidate]], situation: Situation
) -> dict[int, int]:
    """The person of each school by their numbers: those bound most closely first, each to one.

    An address at a school's domain binds, unless several have one there: then it is a board's.
    """
    links = sorted(_links(schools, people, situation), key=lambda link: link.cost)
    boards = Counter(link.school for link in links if link.cost < 0)
    links = [link for link in links if link.cost >= 0 or boards[link.school] == 1]
    at_home = {link.person: link.school for link in links if link.cost < 0}
    links = [link for link in links if at_home.get(link.person, link.school) == link.school]
    of_school: dict[int, int] = {}
    for link in links:
        if link.school not in of_school and link.person not in of_school.values():
            of_school[link.school] = link.person
    return of_school


def _enumerated(
    schools: Sequence[list[Candidate]],
    people: Sequence[list[Candidate]],
    of_school: Mapping[int, int],
    situation: Situation,
) -> tuple[Applicant, ...]:
    """The schools that are each put first in a sentence, where a mail says that it is for several: "De eerste is …"."""
    if "for-schools" not in situation.flags:
        return ()
    found = []
    for number, mentions in enumerate(schools):
        if any(_leads(name, situation) for name in mentions) and not any(is_board(name.value) for name in mentions):
            names = people[of_school[number]] if number in of_school else []
            found.append(_applicant(mentions, names, situation))
    found = [one for one in _one_writer(found) if not _declines(one, situation)]
    return tuple(found) if 1 < len(found) <= MAX_APPLICANTS else ()


def _leads(name: Candidate, situation: Situation) -> bool:
    """Whether a school's name begins a line or sentence, or stands behind the words that count it out."""
    passage = situation.passage_of(name)
    if passage is None or passage.voice not in (Voice.OWN, Voice.ATTACHMENT):
        return False
    before = passage.text[max(passage.start, name.evidence.start - LEAD) : name.evidence.start]
    begins = [(match.end(), "\n" in match.group()) for match in _BEGIN.finditer(before)]
    begin, line = begins[-1] if begins else (0, len(before) < LEAD)
    counted = _LEAD.fullmatch(before, begin)
    return counted is not None and (line or bool(counted.group().strip())) and (line or bool(begins))


def applicants_of(segments: Sequence[Segment], situation: Situation) -> tuple[Applicant, ...]:
    """The applicants whose stretches of a mail are known: the schools and people named in each."""
    schools = _schools(situation)
    people = _people(situation, [name for mentions in schools for name in mentions])
    found = []
    for segment in segments:
        inside = [mentions for mentions in schools if any(segment.holds(name) for name in mentions)]
        persons = [names for names in people if any(segment.holds(name) for name in names)]
        found.append(_applicant(inside[0] if inside else [], persons[0] if persons else [], situation))
    return tuple(_one_writer(found))


def _one_writer(found: Sequence[Applicant]) -> list[Applicant]:
    """Leave one writer of the mail: the one whose name stands in the From header; none when that is not one."""
    writers = [one for one in found if one.writes]
    named = [one for one in writers if any(name.evidence.part == "header:From" for name in one.people)]
    known = named if len(writers) > 1 else writers
    return [replace(one, writes=len(known) == 1 and one is known[0]) for one in found]


def _signed_up(found: Sequence[Applicant], situation: Situation) -> tuple[Applicant, ...]:
    """Leave out who passes others on; nobody when it is a board and its school, or the mail is said to be for one."""
    found = [applicant for applicant in found if not _declines(applicant, situation)]
    others = [applicant for applicant in found if not applicant.writes]
    if len(others) > 1:
        found = others
    kinds = {_is_board(applicant) for applicant in found}
    if not 1 < len(found) <= MAX_APPLICANTS or len(kinds) > 1:
        return ()
    if not all(_has_role(one, situation) for one in found):
        return ()
    if "for-schools" in situation.flags:
        return tuple(found)
    passed_on = not any(applicant.writes for applicant in found)
    told = all(any(situation.follows(name, "role", CONTACT) for name in one.people) for one in found)
    return (
        tuple(found) if _are_complete(found, situation) and ((passed_on and told) or _says_several(situation)) else ()
    )


def _says_several(situation: Situation) -> bool:
    passages = situation.reading.passages
    said = " ".join(p.words[:MAX_LETTER] for p in passages if p.voice in (Voice.SUBJECT, Voice.OWN, Voice.SIGNATURE))
    return _SEVERAL.search(said) is not None


def _declines(applicant: Applicant, situation: Situation) -> bool:
    return declines((*applicant.schools, *applicant.people), situation)


def declines(names: Sequence[Candidate], situation: Situation) -> bool:
    """Whether it is said behind the name of a school or its person that they do not take part."""
    for name in names:
        passage = situation.passage_of(name)
        if passage and _DECLINES.search(passage.text, name.evidence.end, min(passage.end, name.evidence.end + FAR)):
            return True
    return False


def _has_role(applicant: Applicant, situation: Situation) -> bool:
    roles = sorted((role.evidence.part, role.evidence.start) for role in situation.of("role"))
    spots = [name.evidence for name in (*applicant.people, *applicant.schools)]
    return any(part == spot.part and -ROLE < start - spot.end < ROLE for part, start in roles for spot in spots)


def _are_complete(found: Sequence[Applicant], situation: Situation) -> bool:
    """Whether each person who did not write the mail has an address of their own."""
    return all(one.writes or _has_address(one.people, one.schools, situation) for one in found)


def shows(name: str, address: str) -> bool:
    """Whether an address shows a person's surname, and no other's first name or initial before it."""
    if in_address(name, address) != "surname":
        return False
    first, dot, _ = address.partition("@")[0].lower().partition(".")
    spoken = name_words(name)
    return not dot or first in spoken or first[:1] == spoken[0][0]


def _has_address(names: Sequence[Candidate], mentions: Sequence[Candidate], situation: Situation) -> bool:
    for email in situation.of("email"):
        if any(shows(name.value, email.value) for name in names):
            return True
        if any(in_domain(school.value, email.value.rpartition("@")[2]) in ("all", "core") for school in mentions):
            return True
    return False


def _is_board(applicant: Applicant) -> bool:
    return any(is_board(name.value) for name in applicant.schools)


def _schools(situation: Situation) -> list[list[Candidate]]:
    """The mentions of each school that is named, the shortest writing of each; longer ones hold towns."""
    found: dict[str, list[Candidate]] = {}
    for name in _mentions(situation):
        core = core_of(name.value)
        known = next((other for other in found if core.startswith(other) or other.startswith(core)), None)
        found.setdefault(known or core, []).append(name)
    return list(found.values())


def _mentions(situation: Situation) -> Iterator[Candidate]:
    """Yield the names of schools where each begins first, in order; nothing that stands within another."""
    people = {(name.evidence.part, name.evidence.start) for name in situation.of("name") if "first-name" in name.cues}
    names = [
        name
        for name in situation.of("organisation")
        if name.cues[0] in _SPOKEN
        and (name.cues[0] != "voice:forwarded-signature" or "forward" in situation.flags)
        and is_named(name)
        and not ("by:label" in name.cues and (name.evidence.part, name.evidence.start) in people)
    ]
    names.sort(key=lambda name: (name.evidence.part, name.evidence.start, name.evidence.end))
    part, start, end = "", -1, -1
    for name in names:
        here = name.evidence
        if here.part == part and here.start <= end + 1:
            if here.start == start and not _TWO_NAMES.search(name.value):
                end = max(end, here.end)
            continue
        core = core_of(name.value)
        bare = "domain-words" in name.cues and not {"has:kind", "article"} & set(name.cues)
        if len(core) < (MIN_CORE - 1 if "has:kind" in name.cues else MIN_CORE) or (bare and provinces_of(core)[0]):
            continue
        part, start, end = here.part, here.start, here.end
        yield name


def is_named(name: Candidate) -> bool:
    """Whether a candidate is written as a school's own name."""
    cues = set(name.cues)
    if cues & _NO_NAME or _NOT_IN_NAMES.search(name.value) or not any(char.isupper() for char in name.value):
        return False
    if "after-article" in cues or ("bare" in cues and "has:end" not in cues):
        return name.value.rpartition(" ")[2].lower() in words("organisations", "ends")
    return bool(cues & {"has:kind", "has:end", "article", "domain-words", "by:label"})


def _people(situation: Situation, schools: Sequence[Candidate]) -> list[list[Candidate]]:
    """The mentions of each person named in full, and the writer as the From header has it."""
    found: list[list[Candidate]] = []
    for name in situation.of("name"):
        if _NOT_IN_PEOPLE.search(name.value) or any(_overlap(name.evidence, school.evidence) for school in schools):
            continue
        header = name.evidence.extractor in UNSAID
        if not header and (NOT_SIGNED_UP & set(name.cues) or name.cues[0] not in {*_SPOKEN, "voice:signature"}):
            continue
        if len(name_words(name.value)) < 2 or provinces_of(name.value)[0]:
            continue
        known = next((group for group in found if same_person(group[0].value, name.value)), None)
        if known is None:
            found.append([name])
        else:
            known.append(name)
    return found


def _overlap(one: Evidence, other: Evidence) -> bool:
    return one.part == other.part and one.start < other.end and other.start < one.end


def _links(
    schools: Sequence[Sequence[Candidate]], people: Sequence[Sequence[Candidate]], situation: Situation
) -> Iterator[_Link]:
    every = sorted((c.evidence.part, c.evidence.start, n) for n, mentions in enumerate(schools) for c in mentions)
    for number, mentions in enumerate(schools):
        for other, names in enumerate(people):
            costs = [_cost(school, name, number, every, situation) for school in mentions for name in names]
            if _shares_domain(mentions, names, situation):
                costs.append(-1000)
            if costs and min(costs) < FAR:
                yield _Link(min(costs), number, other)


def _cost(
    school: Candidate, name: Candidate, number: int, every: Sequence[tuple[str, int, int]], situation: Situation
) -> float:
    if name.evidence.extractor in UNSAID:
        return FAR
    one, other = sorted((school.evidence, name.evidence), key=lambda evidence: evidence.start)
    if one.part != other.part:
        return FAR
    gap = other.start - one.end
    if gap >= FAR:
        return FAR
    if any(part == one.part and one.end <= start < other.start and n != number for part, start, n in every):
        return FAR
    passage, named = situation.passage_of(school), situation.passage_of(name)
    if passage is None or named is None or letter_of(passage) != letter_of(named):
        return FAR
    between = passage.text[one.end : other.start]
    goes_on = one is school.evidence and _GOES_ON.search(between) is not None
    return gap + APART * between.count("\n\n") + FURTHER * goes_on


def _shares_domain(mentions: Sequence[Candidate], names: Sequence[Candidate], situation: Situation) -> bool:
    for email in situation.of("email"):
        if any(shows(name.value, email.value) for name in names):
            domain = email.value.rpartition("@")[2]
            if any(in_domain(school.value, domain) for school in mentions):
                return True
    return False


def _writes(names: Sequence[Candidate], situation: Situation) -> bool:
    sender = situation.reading.message.from_
    return any(name.evidence.part == "header:From" or shows(name.value, sender.address) for name in names)


def _has_contact(names: Sequence[Candidate], mentions: Sequence[Candidate], situation: Situation) -> bool:
    """Whether an address or a number is a person's: by the name in it, or as it stands behind the name."""
    if _has_address(names, mentions, situation):
        return True
    return any(situation.follows(name, field, CONTACT) for name in names for field in ("phone", "email"))
