"""How applicants call their work: words known as roles, and what stands where a role stands."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from itertools import islice

from parsers.dutch import alternation, knowledge, words
from parsers.extraction import Candidate
from parsers.fields.reading import Passage, Reading, Token, Voice, adjacent, candidate, tidy
from parsers.fields.vocabulary import FIRST_NAME, KIND, ROLE, classes_of, is_role_word

MAX_ROLES = 60
"""Roles looked at in one passage: a list of all staff says nothing of who applies."""
MAX_SEGMENT = 7
"""Words of a role that is read up to the next mark."""

_GROUP = re.compile(
    r"(?:\s*van)?(?:\s+de)?\s+(?:groep|klas|leerjaar|unit|niveau)(?:en)?"
    r"\s*\d(?:\s*(?:/|-|t/m|tm|en|\+|tot en met)\s*\d)*",
    re.I,
)
_BRACKET = re.compile(r"\s*\((?:groep|gr\.?|onder|boven|midden|havo|vwo|vmbo|a\.i\.)[^)\n]{0,30}\)", re.I)
_TAKING = frozenset({"shape:head", "shape:known", "shape:whole", "shape:first-of-two", "shape:before-segment"})
"""Lengths of a role within which no other begins."""
_OF = re.compile(
    r"\s+van\s+(?:de|het|ons|onze|een)\s+[a-zë-]{4,30}(?:\s+van\s+bestuur|\s+passend\s+onderwijs)?(?=[\s,.;)|]|$)"
)
_AGES = re.compile(r"\d{1,2}-\d{1,2}")
_OF_MORE = re.compile(
    r"\s+van\s+(?:(?:de|het|ons|onze|een)\s+[a-zë-]{4,30}\s+[a-zë-]{4,30}|[a-zë-]{4,30}(?:\s+(?:[a-zë-]{3,30}|\d{1,2}))?)(?=[\s,.;)|]|$)"
)
_LEARNING = re.compile(r"\s+in\s+opleiding(?:\s+tot\s+[\w-]{2,40})?", re.I)
_WORD = re.compile(r"\s+[\w-]{1,40}")
_FOOT = frozenset({Voice.SIGNATURE, Voice.FORWARDED_SIGNATURE})


_FORMS = (_GROUP, _BRACKET, _LEARNING)
"""What may follow a role in a form of its own: "van groep 3/4", "(havo)", "in opleiding"."""


def propose_roles(reading: Reading) -> Iterator[Candidate]:
    """Propose every role in the mail, in the lengths in which people would copy it."""
    for passage in reading.passages:
        if passage.voice is Voice.DISCLAIMER:
            continue
        yield from _stated(passage)
        if passage.voice in _FOOT:
            yield from _under_names(passage)
        yield from _known(passage)


def _known(passage: Passage) -> Iterator[Candidate]:
    position, count = passage.start, 0
    for number in passage.starting(ROLE):
        last = _role_at(passage, number) if passage.tokens[number].start >= position else None
        if last is None:
            continue
        count += 1
        if count > MAX_ROLES:
            return
        linked = ("second",) if number and passage.tokens[number - 1].low in _list("links") else ()
        for start, end, shape in _spans(passage, _widened(passage, number), last):
            position = max(position, end if shape in _TAKING else passage.tokens[last].end)
            value = tidy(passage.text[start:end])
            yield candidate(
                "role", value, passage, (start, end), "role", shape, *linked, *_context(passage, start, end)
            )


def _list(key: str) -> frozenset[str]:
    return words("roles", key)


@cache
def _heads() -> dict[str, tuple[tuple[str, ...], ...]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for head in _list("heads"):
        parts = tuple(head.rstrip(".").split())
        found.setdefault(parts[0], []).append(parts)
    return {key: tuple(sorted(value, key=len, reverse=True)) for key, value in found.items()}


@cache
def _only_begins(low: str) -> bool:
    """Whether a word is a role only together with others: "remedial" of "remedial teacher"."""
    heads = _heads().get(low, ())
    return bool(heads) and all(len(head) > 1 for head in heads) and not low.endswith(tuple(_list("endings")))


def _role_at(passage: Passage, number: int) -> int | None:
    """The number of the last token of a role that begins here; None when none does."""
    tokens = passage.tokens
    if not tokens[number].classes & ROLE:
        return None
    low = tokens[number].low.rstrip(".")
    for head in _heads().get(low, ()):
        span = tokens[number : number + len(head)]
        if tuple(token.low.rstrip(".") for token in span) == head:
            return number + len(head) - 1
    return None if _only_begins(low) else number


def is_role(phrase: str) -> bool:
    """Whether a phrase begins or ends as a role does."""
    parts = phrase.lower().rstrip(".").split()
    return any(is_role_word(part.rstrip(".")) for part in (*parts[:2], *parts[-1:]))


def _widened(passage: Passage, number: int) -> int:
    """The number of the first token that belongs to a role: "waarnemend", "learning support"."""
    tokens = passage.tokens
    while number and tokens[number - 1].low in _list("before") and _next_to(passage, number):
        number -= 1
    return number


def _next_to(passage: Passage, number: int) -> bool:
    """Whether only a blank parts a token from the one before it."""
    return adjacent(passage.text, passage.tokens[number - 1], passage.tokens[number])


def _spans(passage: Passage, first: int, last: int) -> Iterator[tuple[int, int, str]]:
    """Yield the role as short, as long and joined with a second one as people would copy it."""
    tokens = passage.tokens
    start = tokens[first].start
    head = tokens[last].end + _abbreviated(passage, last)
    longer, after = _extended(passage, last)
    joined, last_joined = _joined(passage, after)
    spans = {head: "shape:head"}
    spans[longer] = "shape:first-of-two" if joined else "shape:known"
    if joined:
        spans[joined] = "shape:joined"
        spans.setdefault(_segment_end(passage, last_joined), "shape:joined-segment")
        third, _ = _joined(passage, last_joined + 1)
        spans.setdefault(third or joined, "shape:joined-three")
        spans.setdefault(_of(passage, joined, _OF) or joined, "shape:joined-of")
        spans.setdefault(_of(passage, joined, _OF_MORE) or joined, "shape:joined-of-more")
    segment = _segment_end(passage, last)
    longest = max(spans)
    if spans[longest] in ("shape:known", "shape:head"):
        spans[longest] = "shape:whole"
    if of := _of(passage, longest, _OF):
        spans[of] = "shape:of"
    if more := _of(passage, longest, _OF_MORE):
        spans.setdefault(more, "shape:of-more")
    if segment > longest:
        spans[segment] = "shape:segment"
        if spans[longest] == "shape:whole":
            spans[longest] = "shape:before-segment"
    for end, shape in spans.items():
        yield start, end, shape


def _of(passage: Passage, end: int, form: re.Pattern[str]) -> int:
    """Where a role ends with what it is of: "lid van de dagelijkse leiding"; 0 where that is a school or nothing."""
    of = form.match(passage.text, end, passage.end)
    return of.end() if of and not _is_school(of.group()) and not _school_at(passage, of.end()) else 0


def _is_school(phrase: str) -> bool:
    """Whether "van de basisschool" speaks of a school, and not of the role's field of work."""
    last = phrase.rsplit(maxsplit=1)[-1].strip("-")
    schools = words("organisations", "kinds") | words("organisations", "ends") | words("organisations", "common")
    return last in schools or last.endswith(("school", "college", "lyceum", "scholen"))


def _school_at(passage: Passage, position: int) -> bool:
    """Whether the next word is one for a school: the words before it are about that, "van de openbare basisschool"."""
    following = _WORD.match(passage.text, position, passage.end)
    return following is not None and _is_school(following.group())


def _abbreviated(passage: Passage, number: int) -> bool:
    """Whether the full stop behind a word belongs to it: "dir.", "zorgcoörd."."""
    token = passage.tokens[number]
    if not passage.text.startswith(".", token.end):
        return False
    low = f"{token.low}."
    return low in _list("heads") or low.endswith(tuple(ending for ending in _list("endings") if ending.endswith(".")))


def _extended(passage: Passage, last: int) -> tuple[int, int]:
    """Where a role ends, its school type, group or subject included; and the number of the next token."""
    tokens, text = passage.tokens, passage.text
    while True:
        end = tokens[last].end
        more = next((found for form in _FORMS if (found := form.match(text, end, passage.end))), None)
        if more:
            number = last + 1
            while number < len(tokens) and tokens[number].start < more.end():
                number += 1
            return more.end(), number
        number = last + 1
        while number < len(tokens) and tokens[number].low in _list("small") and _next_to(passage, number):
            number += 1
        if number - last > 3 or not _belongs(passage, number):
            return end, last + 1
        last = number


def _belongs(passage: Passage, number: int) -> bool:
    """Whether a token goes on with the role before it: a school type, a group, a subject; no name, no other role."""
    tokens = passage.tokens
    if number >= len(tokens) or not _next_to(passage, number):
        return False
    token = tokens[number]
    if not _is_of_a_role(token.low) or _role_at(passage, number) is not None:
        return False
    if token.classes & FIRST_NAME and token.text[0].isupper() and _named_after(passage, number):
        return False  # "docent Frans Jansen"
    return not (token.classes & KIND and _named_after(passage, number))


def _is_of_a_role(low: str) -> bool:
    """Whether a word can go on with a role: a known one, one that ends like it, a range of ages."""
    if low in _list("after"):
        return not low.isdigit()
    return low.endswith(tuple(_list("after_endings"))) or _AGES.fullmatch(low) is not None


def _named_after(passage: Passage, number: int) -> bool:
    """Whether a name follows a word that is a kind of school too: "leerkracht van so De Bosrank"."""
    tokens = passage.tokens
    if number + 1 >= len(tokens) or not _next_to(passage, number + 1):
        return False
    return tokens[number + 1].text[0].isupper() or tokens[number + 1].low in ("de", "het", "'t")


def _joined(passage: Passage, number: int) -> tuple[int, int]:
    """Where a second role ends that is joined to the first by "en", "/" or "+", and its last token; 0 when none is."""
    tokens = passage.tokens
    if not 0 < number < len(tokens):
        return 0, 0
    first_end = tokens[number - 1].end
    gap = passage.text[first_end : tokens[number].start].strip()
    second = number
    if tokens[number].low in _list("links") and not gap:
        second = number + 1
        while second < len(tokens) and tokens[second].low in _list("besides"):
            second += 1
    elif gap not in ("/", ","):
        return 0, 0
    while second < len(tokens) and tokens[second].low in _list("before"):
        second += 1
    last = _role_at(passage, second) if second < len(tokens) else None
    if last is None or tokens[last].end - first_end > 70:
        return 0, 0
    end, after = _extended(passage, last)
    return end, after - 1


def _segment_end(passage: Passage, last: int) -> int:
    """Where a piece of a few words ends: at a mark, a line's end, or a word that leads to something else."""
    tokens = passage.tokens
    end = tokens[last].end
    for number in range(last + 1, min(last + MAX_SEGMENT, len(tokens))):
        token = tokens[number]
        if not _next_to(passage, number) or _leads_on(passage, number, tokens[last]):
            break
        if token.low not in _list("small"):
            end = token.end
    return end


def _leads_on(passage: Passage, number: int, role: Token) -> bool:
    token = passage.tokens[number]
    if token.low == "en" and _begins_another(passage, number + 1):
        return True
    if token.low in _list("stop") or token.low == "van" or re.match(r"0|\d{4}|\d+-\d{3}", token.low):
        return True
    if token.classes & KIND and _named_after(passage, number):
        return True
    if token.low in words("common", "words") and token.low not in _list("after") and token.low not in _list("small"):
        return True
    capital = token.text[0].isupper()
    return capital and (not role.text[0].isupper() or token.low in words("organisations", "articles"))


def _begins_another(passage: Passage, number: int) -> bool:
    """Whether what follows "en" is another thing of its own: "directeur en het nummer is", "ib'er en mijn collega"."""
    return number < len(passage.tokens) and passage.tokens[number].low in _DETERMINERS


_DETERMINERS = frozenset({"de", "het", "een", "mijn", "m'n", "ons", "onze", "ik", "wij", "we", "dit", "dat"})


_MARK = re.compile(r"[.,;:!?()|\n–]")


@cache
def _introductions() -> re.Pattern[str]:
    """What people say before they name their role, by how sure it is that a role follows."""
    ways = "|".join(
        rf"(?P<{way}>{alternation(phrases)})" for way, phrases in knowledge("roles")["introductions"].items()
    )
    between = alternation(knowledge("roles")["between"])
    return re.compile(rf"(?<!\w)(?:{ways})(?:\s{{1,3}}(?:{between})){{0,4}}\s{{0,3}}:?\s{{1,3}}[\"'“‘]?(?=\w)", re.I)


@cache
def _openings() -> frozenset[str]:
    """The words with which introductions begin: only there they are looked for."""
    phrases = [phrase for listed in knowledge("roles")["introductions"].values() for phrase in listed]
    return frozenset(phrase.split()[0].rstrip(":") for phrase in phrases)


def _introduced(passage: Passage) -> Iterator[re.Match[str]]:
    after, openings, pattern = 0, _openings(), _introductions()
    for token in passage.tokens:
        if token.low in openings and token.start >= after:
            match = pattern.match(passage.text, token.start, passage.end)
            if match:
                after = match.end()
                yield match


def _stated(passage: Passage) -> Iterator[Candidate]:
    """Propose what follows "mijn functie is" or "ik ben hier", up to a mark and up to each preposition before it."""
    for match in islice(_introduced(passage), MAX_ROLES):
        way = match.lastgroup or ""
        first = bisect_left(passage.tokens, match.end(), key=lambda token: token.start)
        if first == len(passage.tokens):
            continue
        for last, end in _ends(passage, first):
            span = passage.tokens[first].start, passage.tokens[last].end
            said = [token.low for token in passage.tokens[first : last + 1]]
            known = "first" if is_role_word(said[0]) else "inside" if any(map(is_role_word, said)) else "none"
            if known != "none" or (way == "sure" and not set(said) & words("common", "words") - _list("small")):
                cues = (f"way:{way}", f"known:{known}", f"ends:{end}", f"words:{min(len(said), 6)}")
                value = tidy(passage.text[span[0] : span[1]])
                yield candidate("role", value, passage, span, "stated", *cues, *_context(passage, *span))


def _ends(passage: Passage, first: int) -> Iterator[tuple[int, str]]:
    """Yield where a phrase of at most eight words can end: before each preposition, and at its mark or verb."""
    tokens, last = passage.tokens, first
    for number in range(first + 1, min(first + 9, len(tokens))):
        token = tokens[number]
        if _MARK.search(passage.text, tokens[number - 1].end, token.start) and not _next_to(passage, number):
            yield last, "mark"
            return
        if token.low in _PREPOSITIONS:
            yield last, "preposition"
            if token.low not in ("van", "voor") or _named_after(passage, number):
                return
        elif token.low in _list("stop"):
            yield last, "stop"
            return
        if token.low not in _list("small"):
            last = number
    yield last, "long"


_PREPOSITIONS = frozenset({"op", "bij", "aan", "in", "te", "van", "voor", "vanuit", "binnen", "at", "of", "fan", "yn"})


def _under_names(passage: Passage) -> Iterator[Candidate]:
    """Propose the short lines under the name at a letter's foot."""
    for number, (start, end) in enumerate(list(passage.lines())[1:5]):
        line = re.split(r"\s*[|•·,]\s*|\s+[-–]\s+", passage.text[start : min(end, start + 80)])[0]
        if classes_of(line.split()[0].lower() if line.split() else "") & KIND:
            continue  # A school's name under a person's.
        if 3 < len(line) < 60 and len(line.split()) < 7 and not re.search(r"[\d@:]|www", line) and not is_role(line):
            cues = (f"line:{number}", f"capital:{line[0].isupper()}")
            yield candidate("role", tidy(line), passage, (start, start + len(line)), "signature-line", *cues)


_FILL = (
    r"(?:\s+(?:ik|de|een|er|daar|hier|nu|sinds|zelf|ook|al|\d+|jaar|jaren|enkele|vorig|dit|kort|augustus|september|januari|"
    r"schooljaar|met|veel|plezier|inmiddels|nog|steeds|net|werkzaam|the|a|an)){0,6}[\s:,]*$"
)
_SELF = re.compile(
    r"\b(?:ben|werk(?:zaam)?(?:\s+\w+){0,3}\s+als|als|functie(?:\s+\w+){0,2}\s+is|functie|rol(?:\s+\w+)?\s+is|"
    r"zelf|i\s+am|i'm|werk\s+is|bin|aangesteld\s+als|begonnen\s+als|ik,?|heet\s+nu|mag|hier|my\s+role\s+is|position\s+is)"
    + _FILL,
    re.I,
)
_THEIRS = re.compile(
    r"\b(?:onze|mijn|m'n|haar|zijn|hun|de|die|diens|een|uw|jullie|iedere|elke|geen|welke|twee|drie|vier|veel|alle|andere|"
    r"oud-?|ex-?|voormalig|vorige|toenmalig\w*|nieuwe|collega-?|the|our|my)\s*$",
    re.I,
)
_PLACE = re.compile(
    r"\s*(?:\([^)\n]{0,40}\)\s*)?,?\s*(?:op|bij|van|aan|in|at|of|fan)\s+(?:de\s+|het\s+|'t\s+|een\s+|onze\s+)?", re.I
)


@cache
def _name() -> re.Pattern[str]:
    return re.compile(rf"[A-ZÀ-Þ]|(?:{alternation(words('organisations', 'kinds'))})\b")


def _context(passage: Passage, start: int, end: int) -> Iterator[str]:
    before = passage.text[max(passage.start, start - 70) : start]
    cut = max(before.rfind("\n\n"), before.rfind(". "))
    clause = before[cut + 1 :]
    line = clause.rsplit("\n", 1)[-1]
    if _SELF.search(clause):
        yield "self"
    if _THEIRS.search(clause):
        yield "theirs"
    if not line.strip(" \t-–*•|"):
        yield "line-start"
    elif line.rstrip()[-1] in ",|/·•-–(":
        yield "in-bracket" if line.rstrip()[-1] == "(" else "after-separator"
    yield from _right(passage, end)


def _right(passage: Passage, end: int) -> Iterator[str]:
    after = passage.text[end : min(passage.end, end + 50)]
    place = _PLACE.match(after)
    if place:
        yield "then-name" if _name().match(after, place.end()) else "then-place"
    rest = after.split("\n", 1)[0].strip()
    if not rest:
        yield "line-end"
    elif rest[0] in ",|;/)":
        yield "then-close" if rest[0] == ")" else "then-separator"
    if passage.voice is Voice.OWN and passage.end - end < 300:
        yield "late"
