"""The name block and the disclaimers of one mail, told apart from its words.

Words that are not surely a name block or a disclaimer stay words: what stands in a name block is read for names and
numbers, but not for answers.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from parsers.blocks import BlockKind, Mailbox
from parsers.dutch import alternation, knowledge
from parsers.lines import Line

MAX_CLOSING = 100
MAX_NAME_BLOCK = 110
"""Characters of a line in a name block."""
MAX_TAIL = 14
"""Lines of a name block without a closing line."""

_CLOSINGS = knowledge("quotes")["closings"]
_DISCLAIMERS = knowledge("quotes")["disclaimers"]


_WORD = re.compile(r"[^\W\d_]+(?:[.'’-][^\W\d_]+)*\.?")
_CLOSING_WORDS = frozenset(_CLOSINGS["words"])
_SHORT_CLOSING = re.compile(rf"(?:(?:vr|met vr|h|hart)\.?\s)?(?:{alternation(_CLOSINGS['short'])})[.,!]?(?:\s|$)", re.I)
_NOT_BEFORE = frozenset(_CLOSINGS["not_before"])
_WEAK_CLOSING = re.compile(rf"\W{{0,3}}(?:{alternation(_CLOSINGS['weak'])})(?!\w)", re.I)
_POSTSCRIPT = re.compile(rf"(?:{alternation(_CLOSINGS['postscripts'])})(?!\w)[\s:,.]", re.I)
_DISCLAIMER_LINES = tuple(_DISCLAIMERS["lines"])
_BANNER = re.compile(r"\[(?:extern|deze|let op|external|caution|this)", re.I)
_PRONOUN = re.compile(
    r"\b(?:ik|wij|we|ons|onze|mij|mijn|me|je|jij|jou|jouw|jullie|u|uw|i|my|you|your|our|us|wy|ús|ik|hij|zij|ze)\b", re.I
)
_CONTENT = re.compile(
    r"(?:\(?\d{1,2}\s?[.):/-]|(?-i:[a-d][.):]\s)|[-*•–])\s*[^\W\d_]\S*\s+\S+\s+\S|(?:ad|vraag|antwoord|question)\s?\d|"
    r"(?:ontwikkelvraag|onderwerpen|reden|motivatie|bespreken|omdat|waarom)\b",
    re.I,
)
_CONTACT = re.compile(
    r"\d{2,4}[\s)./-]{0,3}[\d\s.-]{5,}|@|www\.|https?:|\b\d{4}\s?[A-Z]{2}\b|\b(?:"
    + alternation(knowledge("quotes")["contacts"]["words"])
    + r")\b",
    re.I,
)
_SENTENCE_END = re.compile(r"[.!?…][\"')\]]*$")
_PARTICLES = frozenset(
    "van de der den het ten ter te in op el al la le du von und the mw dhr drs dr mr ir prof mevr mevrouw heer".split()  # noqa: SIM905 - reads better than quoted words
)
_NAME = re.compile(
    r"(?:(?:drs?|mr|ir|prof|mw|dhr|mevr|mevrouw|juf|meester)\.?\s)?(?:[A-ZÀ-Þ][\w.'’-]*\.?|v\.?d\.?|van|de|der|den|het|ten|ter|te|in|op|'t|el|al|en)"
    r"(?:\s(?:\([A-Z][\w'-]*\)|[A-ZÀ-Þ][\w.'’-]*\.?|v\.?d\.?|van|de|der|den|het|ten|ter|te|in|op|'t|el|al|&|en|-)){0,6}[,.!]?"
)
_INITIALS = re.compile(r"(?:[A-Z][a-z]?\.?\s?){1,4}[.!]?|[A-Z][a-z]?[A-Z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The words of a person's name and address, to recognise them at the end of a mail."""

    words: frozenset[str]
    initials: str

    @classmethod
    def of(cls, box: Mailbox | None) -> "Names":
        """Take the words out of a mailbox."""
        if box is None:
            return cls(words=frozenset(), initials="")
        local = re.split(r"[\W\d_]+", box.address.partition("@")[0])
        found = [word.strip(".").lower() for word in _WORD.findall(box.name)] + [word.lower() for word in local]
        words = frozenset(word for word in found if len(word) > 2 and word not in _PARTICLES)
        return cls(words=words, initials="".join(word[0] for word in found if word))


def sort_lines(
    lines: Sequence[Line], names: Names, *, is_first: bool = True, is_last: bool = True
) -> list[BlockKind | None]:
    """Return for each line of a mail SIGNATURE, DISCLAIMER or None for its words.

    `is_last` says that the mail ends here, so that a name block without a closing line is looked for; `is_first` that
    it begins here, so that not all of it is a name block.
    """
    kinds: list[BlockKind | None] = [None] * len(lines)
    _mark_disclaimers(lines, kinds)
    _mark_closings(lines, kinds)
    if is_last:
        _mark_tail(lines, kinds, names, is_first=is_first)
    return kinds


def is_prose(words: str) -> bool:
    """Tell whether a line is a sentence somebody wrote, and no line of a name block."""
    count = words.count(" ") + 1
    if count < 6:
        return False
    contacts = _CONTACT.search(words) is not None
    ends = _SENTENCE_END.search(words) is not None
    if words.count(" | ") > 1 or (words[0] in "\"“'‘" and words[-1] in "\"”'’"):
        return False
    if count >= 14:
        return ends or not contacts
    return _PRONOUN.search(words) is not None and (ends or count >= 9) and not (contacts and not ends)


def _mark_disclaimers(lines: Sequence[Line], kinds: list[BlockKind | None]) -> None:
    for first, stop in _paragraphs(lines):
        lowered = [line.words.lower() for line in lines[first:stop]]
        start = _banner(lowered) or 0
        kinds[first : first + start] = [BlockKind.DISCLAIMER] * start
        text = " ".join(lowered[start:])
        end = len(lowered)
        if len(text) > 60 and _disclaims(text):
            end = next((n for n in range(start, end) if _disclaimer_words(lowered[n])), start)
            kinds[first + end : stop] = [BlockKind.DISCLAIMER] * (stop - first - end)
        for number in range(start, end):
            if len(lowered[number]) < 160 and lowered[number].lstrip("-*~_ ([").startswith(_DISCLAIMER_LINES):
                kinds[first + number] = BlockKind.DISCLAIMER


def _banner(lowered: Sequence[str]) -> int | None:
    """Return how many lines a banner in brackets takes that a mail server put above or beneath a mail."""
    if not _BANNER.match(lowered[0]):
        return None
    return next((number + 1 for number, words in enumerate(lowered[:6]) if words.endswith("]")), None)


def _disclaims(text: str) -> bool:
    """Tell whether a paragraph is a disclaimer: it has a phrase that no applicant writes, or three words of theirs."""
    return any(phrase in text for phrase in _DISCLAIMERS["sure"]) or _disclaimer_words(text[:3000]) > 2


def _disclaimer_words(text: str) -> int:
    return sum(word in text for word in _DISCLAIMERS["words"])


def _mark_closings(lines: Sequence[Line], kinds: list[BlockKind | None]) -> None:
    """Mark each closing line and the name block beneath it, until somebody speaks again."""
    inside = False
    delimited = False
    for number, line in enumerate(lines):
        if kinds[number] is not None:
            continue
        if line.words == "--" or _is_closing(line.words) or (not inside and _closes_weakly(lines, kinds, number)):
            inside = True
            delimited = delimited or line.words == "--"
        elif inside and not line.is_blank and _speaks(line.words, delimited=delimited):
            inside = False
        if inside or (line.signature and not is_prose(line.words)):
            kinds[number] = BlockKind.SIGNATURE


def _speaks(words: str, *, delimited: bool) -> bool:
    """Tell whether a line beneath a closing is no part of the name block."""
    if _POSTSCRIPT.match(words):
        return True
    if delimited and words.count(" ") < 14:
        return False
    return is_prose(words) or _CONTENT.match(words) is not None or len(words) > 2 * MAX_NAME_BLOCK


def _is_closing(words: str) -> bool:
    if len(words) > MAX_CLOSING or not words:
        return False
    if _SHORT_CLOSING.match(words):
        rest = words.split(" ")[1:]
        return len(_WORD.findall(" ".join(rest))) < 6 and not (rest and rest[0][:1].isdigit())
    count = words.count(" ") + 1
    for match in islice(_WORD.finditer(words), 5):
        lower = match[0].lower().rstrip(".")
        if lower in _CLOSING_WORDS:
            return count <= 12 and not re.search(r"[.!?:]\s", words[: match.start()])
        if lower in _NOT_BEFORE:
            return False
    return False


def _closes_weakly(lines: Sequence[Line], kinds: Sequence[BlockKind | None], number: int) -> bool:
    """Tell whether "Alvast bedankt," or the like closes the mail: only a name block follows."""
    words = lines[number].words
    if len(words) > 60 or words.count(" ") > 8 or not _WEAK_CLOSING.match(words):
        return False
    rest = (n for n in range(number + 1, len(lines)) if kinds[n] is None and lines[n].words)
    following = [lines[n].words for n in islice(rest, MAX_TAIL + 1)]
    if not following or len(following) > MAX_TAIL or any(_is_closing(line) for line in following):
        return False
    if sum(":" in line[:25] and not _CONTACT.search(line) for line in following) * 2 >= len(following):
        return False
    return all(_fits_name_block(line) for line in following) and (
        len(following) > 1 or _NAME.fullmatch(following[0]) is not None or _INITIALS.fullmatch(following[0]) is not None
    )


def _fits_name_block(words: str) -> bool:
    return (
        len(words) <= MAX_NAME_BLOCK
        and not is_prose(words)
        and not _CONTENT.match(words)
        and not words.endswith((":", "?"))
        and (words.count(" ") < 9 or _CONTACT.search(words) is not None)
    )


def _mark_tail(lines: Sequence[Line], kinds: list[BlockKind | None], names: Names, *, is_first: bool) -> None:
    """Mark a name block at the end that no closing line introduces: it begins with a name, or holds numbers."""
    end = len(lines)
    while end and (lines[end - 1].is_blank or kinds[end - 1] is BlockKind.DISCLAIMER):
        end -= 1
    start = end
    while start and end - start < MAX_TAIL and kinds[start - 1] is None and _may_be_tail(lines[start - 1].words):
        start -= 1
    begin = _begin_of_tail(lines, start, end, names)
    if begin is None:
        return
    if is_first and not any(kind is None and line.words for line, kind in zip(lines[:begin], kinds, strict=False)):
        return
    for number in range(begin, end):
        kinds[number] = BlockKind.SIGNATURE


def _may_be_tail(words: str) -> bool:
    return not words or _fits_name_block(words)


def _begin_of_tail(lines: Sequence[Line], start: int, end: int, names: Names) -> int | None:
    """Return where the name block begins: at the author's name, or with a last paragraph of numbers and places."""
    for number in range(start, end):
        alone = number == end - 1
        if lines[number].is_blank or not (alone or number == 0 or lines[number - 1].is_blank):
            continue
        before = next((line.words for line in reversed(lines[:number]) if line.words), "")
        if _is_name(lines[number].words, names, alone=alone, before=before):
            return number
    last = next((first for first, stop in _paragraphs(lines[:end]) if stop == end), end)
    if last < start:
        return None
    if end - last == 1:
        return last if lines[last].words.count(" | ") > 1 and _CONTACT.search(lines[last].words) else None
    contacts = sum(_CONTACT.search(line.words) is not None for line in lines[last:end])
    labelled = sum(":" in line.words[:25] for line in lines[last:end])
    return last if contacts * 2 >= end - last and labelled * 2 < end - last else None


def _is_name(words: str, names: Names, *, alone: bool, before: str) -> bool:
    """Tell whether a line begins a name block: the author's name, perhaps with a role, or at the end just a name."""
    found = [word.lower().strip(".") for word in _WORD.findall(words[:80])]
    if not found or len(words) > MAX_NAME_BLOCK or "@" in words:
        return False
    known = [word for word in found if word in names.words]
    if known and (len(known) > 1 or len(found) <= 4) and found[0][:1] in names.initials:
        return True
    if not alone or len(words) > 45:
        return False
    if known and _WEAK_CLOSING.match(words):
        return True
    if _INITIALS.fullmatch(words):
        return True
    named = len([word for word in found if word not in _PARTICLES])
    return _NAME.fullmatch(words) is not None and (
        named > 1 or (before.endswith((".", "!", "?", ")")) and len(words) < 16)
    )


def _paragraphs(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """Return the first line of each paragraph and the line behind its last."""
    found: list[tuple[int, int]] = []
    start: int | None = None
    for number, line in enumerate(lines):
        if line.is_blank:
            if start is not None:
                found.append((start, number))
            start = None
        elif start is None:
            start = number
    if start is not None:
        found.append((start, len(lines)))
    return found
