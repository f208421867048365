"""How applicants call their work: words known as roles, with what belongs to them before and after."""

import re
from collections.abc import Iterator
from functools import cache

from parsers.dutch import alternation, words
from parsers.extraction import Candidate
from parsers.fields.reading import Passage, Reading, Voice, adjacent, candidate, tidy

MAX_ROLES = 60
"""Roles looked at in one passage: a list of all staff says nothing of who applies."""

_LINK = words("roles", "links")
_SMALL = words("roles", "small")
_STOP = words("roles", "stop")
_GROUP = re.compile(
    r"(?:\s*van)?(?:\s+de)?\s+(?:groep|klas|leerjaar|unit)(?:en)?\s*\d(?:\s*(?:/|-|t/m|tm|en|\+|tot en met)\s*\d)*",
    re.I,
)
_BRACKET = re.compile(r"\s*\((?:groep|gr\.?|onder|boven|midden|havo|vwo|vmbo|so|vso|po|vo|a\.i\.)[^)\n]{0,30}\)", re.I)


def propose_roles(reading: Reading) -> Iterator[Candidate]:
    """Propose every role in the mail, in the lengths in which people would copy it."""
    for passage in reading.passages:
        yield from _unknown(passage)
        position, count = passage.start, 0
        for number in range(len(passage.tokens)):
            if passage.tokens[number].start < position:
                continue
            last = _role_at(passage, number)
            if last is None:
                continue
            first = _widened(passage, number)
            for start, end, shape in _spans(passage, first, last):
                position = max(position, end if shape != "shape:segment" else tokens_end(passage, last))
                value = tidy(passage.text[start:end])
                yield candidate("role", value, passage, (start, end), "role", shape, *_context(passage, start, end))
            count += 1
            if count > MAX_ROLES:
                break


def tokens_end(passage: Passage, number: int) -> int:
    """Where a token ends."""
    return passage.tokens[number].end


_NAMED = re.compile(
    r"(?:\bik\s+ben(?:\s+(?:er|daar|hier|nu|zelf|sinds\s+\w+))*|\bben(?:\s+(?:er|daar|hier|zelf))?|\bwerk(?:zaam)?(?:\s+\w+){0,3}\s+als|^als|\bals)\s+(?:de\s+|een\s+)?"
    r"((?:[a-zë'’/-]{3,30}\s+){1,4}?)(?:op|bij|van|aan|in)\s+(?:de\s+|het\s+|'t\s+|een\s+)?(?=[A-ZÀ-Þ]|obs|cbs|sbo|vso|so\b|ikc|basisschool|swv|samenwerkingsverband|school)",
    re.I | re.M,
)


def _unknown(passage: Passage) -> Iterator[Candidate]:
    """Propose what stands where a role stands, whatever its words: "als zij-instromer bij …", the line under a name."""
    for match in _NAMED.finditer(passage.text, passage.start, passage.end):
        value = match.group(1).strip()
        span = (match.start(1), match.start(1) + len(match.group(1).rstrip()))
        if not set(value.lower().split()) & (words("common", "words") - _SMALL) and not is_role(value):
            yield candidate("role", tidy(passage.text[span[0] : span[1]]), passage, span, "sentence", f"words:{len(value.split())}")
    if passage.voice not in (Voice.SIGNATURE, Voice.FORWARDED_SIGNATURE):
        return
    for number, (start, end) in enumerate(list(passage.lines())[1:5]):
        line = re.split(r"\s*[|•·,]\s*|\s+[-–]\s+", passage.text[start : min(end, start + 80)])[0]
        if 3 < len(line) < 60 and len(line.split()) < 7 and not re.search(r"[\d@:]|www", line) and not is_role(line):
            yield candidate("role", tidy(line), passage, (start, start + len(line)), "signature-line", f"line:{number}", f"capital:{line[0].isupper()}")


@cache
def _heads() -> dict[str, tuple[tuple[str, ...], ...]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for head in words("roles", "heads"):
        parts = tuple(head.rstrip(".").split())
        found.setdefault(parts[0], []).append(parts)
    return {key: tuple(sorted(value, key=len, reverse=True)) for key, value in found.items()}


@cache
def _endings() -> tuple[str, ...]:
    return tuple(ending.rstrip(".") for ending in words("roles", "endings"))


def _role_at(passage: Passage, number: int) -> int | None:
    """The number of the last token of a role that begins here; None when none does."""
    tokens = passage.tokens
    low = tokens[number].low.rstrip(".")
    for head in _heads().get(low, ()):
        span = tokens[number : number + len(head)]
        if tuple(token.low.rstrip(".") for token in span) == head:
            return number + len(head) - 1
    if (
        low.endswith(_endings())
        or (low.partition("-")[0] in _heads() and "-" in low)
        or low.partition("/")[0] in _heads()
    ):
        return number if "@" not in low and len(low) > 2 else None
    return None


def is_role(phrase: str) -> bool:
    """Whether a phrase begins or ends as a role does."""
    low = phrase.lower().rstrip(".")
    last = low.split()[-1] if low.split() else ""
    return (
        low in _heads() or low.endswith(_endings()) or last in _heads() or any(w in _heads() for w in low.split()[:2])
    )


def _widened(passage: Passage, number: int) -> int:
    """The number of the first token that belongs to a role: "waarnemend", "learning support"."""
    tokens, before = passage.tokens, words("roles", "before")
    while number and tokens[number - 1].low in before and adjacent(passage.text, tokens[number - 1], tokens[number]):
        number -= 1
    return number


def _spans(passage: Passage, first: int, last: int) -> Iterator[tuple[int, int, str]]:
    """Yield the role as short, as long and joined with a second one as people would copy it."""
    tokens = passage.tokens
    start = tokens[first].start
    head = tokens[last].end + passage.text.startswith(".", tokens[last].end) * _abbreviated(passage, last)
    longer, after = _extended(passage, last)
    joined = _joined(passage, after)
    spans = {head: "shape:head"}
    spans[longer] = "shape:known"
    if joined:
        spans[longer] = "shape:first-of-two"
        spans[joined] = "shape:joined"
    segment = _segment_end(passage, last)
    if segment > max(spans):
        spans[segment] = "shape:segment"
    longest = max(spans)
    for end, shape in spans.items():
        yield (
            start,
            end,
            shape
            if end != longest or shape == "shape:segment"
            else shape.replace("known", "whole").replace("head", "whole"),
        )


def _abbreviated(passage: Passage, number: int) -> bool:
    low = passage.tokens[number].low + "."
    return low in words("roles", "heads") or low.endswith(
        tuple(e for e in words("roles", "endings") if e.endswith("."))
    )


def _extended(passage: Passage, last: int) -> tuple[int, int]:
    """Where a role ends, its school type, group or subject included; and the number of the next token."""
    tokens, after, text = passage.tokens, words("roles", "after"), passage.text
    while True:
        end = tokens[last].end
        more = _GROUP.match(text, end, passage.end) or _BRACKET.match(text, end, passage.end)
        if more:
            number = last + 1
            while number < len(tokens) and tokens[number].start < more.end():
                number += 1
            return more.end(), number
        number = last + 1
        while (
            number < len(tokens) and tokens[number].low in _SMALL and adjacent(text, tokens[number - 1], tokens[number])
        ):
            number += 1
        fits = (
            number < len(tokens)
            and number - last <= 3
            and tokens[number].low in after
            and not tokens[number].low.isdigit()
            and adjacent(text, tokens[number - 1], tokens[number])
            and not (tokens[number].low in words("organisations", "kinds") and _named_after(passage, number))
            and _role_at(passage, number) is None
        )
        if not fits:
            return end, last + 1
        last = number


def _named_after(passage: Passage, number: int) -> bool:
    """Whether a name follows a word that is a kind of school too: "leerkracht van so De Bosrank"."""
    tokens = passage.tokens
    if number + 1 >= len(tokens) or not adjacent(passage.text, tokens[number], tokens[number + 1]):
        return False
    following = tokens[number + 1]
    return following.text[0].isupper() or following.low in ("de", "het", "'t")


def _joined(passage: Passage, number: int) -> int:
    """Where a second role ends that is joined to the first by "en", "/" or "+"; 0 when none is."""
    tokens = passage.tokens
    if not 0 < number < len(tokens):
        return 0
    gap = passage.text[tokens[number - 1].end : tokens[number].start]
    if gap.strip() == "/" or (gap.strip() == "," and _role_at(passage, number) is not None):
        second = number
    elif tokens[number].low in _LINK and not gap.strip():
        second = number + 1
        while second < len(tokens) and tokens[second].low in ("sinds", "kort", "ook", "tevens"):
            second += 1
    else:
        return 0
    while second < len(tokens) and tokens[second].low in words("roles", "before"):
        second += 1
    last = _role_at(passage, second) if second < len(tokens) else None
    if last is None or tokens[last].end - tokens[number - 1].end > 70:
        return 0
    return _extended(passage, last)[0]


def _segment_end(passage: Passage, last: int) -> int:
    """Where a piece of up to seven words ends: at a mark, a line's end, or a word that leads to something else."""
    tokens, text = passage.tokens, passage.text
    end = tokens[last].end
    for number in range(last + 1, min(last + 7, len(tokens))):
        token = tokens[number]
        if (
            not adjacent(text, tokens[number - 1], token)
            or token.low in _STOP
            or (token.low[0].isdigit() and len(token.low) > 5)
        ):
            break
        if token.low in words("organisations", "kinds") and _named_after(passage, number):
            break
        if token.low == "van" and _named_after(passage, number):
            break
        if token.low in words("common", "words") - words("roles", "after") - _SMALL:
            break
        if token.text[0].isupper() and (not tokens[last].text[0].isupper() or token.low in words("organisations", "articles")):
            break
        if token.low not in _SMALL:
            end = token.end
    return end


_FILL = (
    r"(?:\s+(?:ik|de|een|er|daar|hier|nu|sinds|zelf|ook|al|\d+|jaar|jaren|enkele|vorig|dit|kort|augustus|september|januari|"
    r"schooljaar|met|veel|plezier|inmiddels|nog|steeds|net|werkzaam|the|a|an)){0,6}[\s:,]*$"
)
_SELF = re.compile(
    r"\b(?:ik\s+ben|ben\s+(?:ik|er|daar|hier|zelf)|ben|werk(?:zaam)?(?:\s+\w+){0,3}\s+als|als|functie(?:\s+\w+){0,2}\s+is|functie|rol(?:\s+\w+)?\s+is|"
    r"zelf|i\s+am|i'm|werk\s+is|ik\s+bin|bin|aangesteld\s+als|begonnen\s+als|ik,?|heet\s+nu|mag|hier|my\s+role\s+is|position\s+is)"
    + _FILL,
    re.I,
)
_THEIRS = re.compile(
    r"\b(?:onze|mijn|m'n|haar|zijn|hun|de|die|diens|een|uw|jullie|iedere|elke|geen|welke|twee|drie|vier|veel|alle|andere|oud-?|ex-?|"
    r"voormalig|vorige|toenmalig\w*|nieuwe|collega-?|the|our|my)\s*$",
    re.I,
)
_PLACE = re.compile(
    r"\s*(?:\([^)\n]{0,40}\)\s*)?,?\s*(?:op|bij|van|aan|in|at|of|fan)\s+(?:de\s+|het\s+|'t\s+|een\s+|onze\s+)?", re.I
)


@cache
def _kind() -> re.Pattern[str]:
    return re.compile(rf"[A-ZÀ-Þ]|(?:{alternation(words('organisations', 'kinds'))})\b", 0)


def _context(passage: Passage, start: int, end: int) -> Iterator[str]:
    before = passage.text[max(passage.start, start - 70) : start]
    after = passage.text[end : min(passage.end, end + 50)]
    cut = max(before.rfind("\n\n"), before.rfind(". "))
    clause = before[cut + 1 :] if cut >= 0 else before
    line = clause.rsplit("\n", 1)[-1]
    if _SELF.search(clause):
        yield "self"
    if _THEIRS.search(clause):
        yield "theirs"
    if not line.strip(" \t-–*•|"):
        yield "line-start"
    elif line.rstrip()[-1] in ",|/·•-–":
        yield "after-separator"
    elif line.rstrip()[-1] == "(":
        yield "in-bracket"
    place = _PLACE.match(after)
    if place:
        yield "then-name" if _kind().match(after, place.end()) else "then-place"
    rest = after.split("\n", 1)[0].strip()
    if not rest:
        yield "line-end"
    elif rest[0] in ",|;/":
        yield "then-separator"
    elif rest[0] == ")":
        yield "then-close"
    if passage.voice is Voice.OWN and passage.end - end < 300:
        yield "late"
