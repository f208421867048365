"""What an author typed into the mail that is quoted beneath the answer, where no quote marks tell it apart.

Nothing is certain here, so what is found is doubtful. It is looked for only in what we wrote ourselves: our call and
our letters have a form that an insertion breaks.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from parsers.dutch import alternation, knowledge
from parsers.lines import Line
from parsers.signature import is_prose

MAX_LABEL = 9
"""Words of a line that may be a label."""

_INSERTED = knowledge("quotes")["inserted"]
_TYPED = re.compile(rf"(?<!\w)(?:{alternation(_INSERTED['typed'])})(?!\w)", re.I)
_CUE = re.compile(rf"(?<!\w)(?:{alternation(_INSERTED['cues'])})(?!\w)", re.I)
_ARROW = re.compile(rf"(?:{alternation(_INSERTED['arrows'])})\s*\S")
_PLACEHOLDER = re.compile(rf"\b(?:{alternation(_INSERTED['placeholders'])})\b", re.I)
_PROMPT = re.compile(r"(?:…|\.\.\.)[.…:]{0,3}$|:(?:…|\.\.\.)")
_ANSWERED = re.compile(r"(?:…|\.\.\.)[.…:]{0,3}\s+[^\W\d_]\S*\s+\S+\s+\S")
_LABELLED = re.compile(r"[^\W\d_][^:\n]{2,60}:\s+\S")
_NUMBERED = re.compile(r"(?:\d{1,2}\s?[.):]|[-*•])\s+\S")
_FOOTER = re.compile(rf"(?:{alternation(_INSERTED['footers'])})", re.I)
_CONTACT = re.compile(r"\d{2,4}[\s)./-]{0,3}[\d\s.-]{5,}|\S@\S")
_TELEPHONE = re.compile(r"(?<!\d)0\d{1,3}[\s./-]{0,3}\d[\d\s.-]{5,}")
_YOU = re.compile(r"\b(?:u|uw|you|your)\b", re.I)


def find_inserted(lines: Sequence[Line], signed: Sequence[bool], *, own: str, marked: bool) -> list[bool]:
    """Return for each line of a quoted mail of ours whether its author's reader typed it in.

    `signed` tells the lines of its name block and disclaimers, `own` are the words above it;
    `marked` says that quote marks tell its lines already, so that only arrows count.
    """
    found = [_ARROW.search(line.words) is not None or _is_filled(line.words) for line in lines]
    if marked:
        return found
    _after_prompts(lines, signed, found)
    _behind_prompts(lines, signed, found)
    _in_colour(lines, found)
    if says_typed(own):
        _after_labels(lines, signed, found)
        _with_numbers(lines, signed, found)
    if _CUE.search(own) or not own.strip():
        _after_questions(lines, signed, found)
        _after_end(lines, signed, found)
    return found


def says_typed(own: str) -> bool:
    """Tell whether an author says that answers were typed between the lines of the quoted mail."""
    return _TYPED.search(own) is not None


def _is_filled(words: str) -> bool:
    """Tell whether a number or address stands behind the words that our letters put where one is missing."""
    placeholder = _PLACEHOLDER.search(words)
    return placeholder is not None and _CONTACT.search(words, placeholder.end(), placeholder.end() + 60) is not None


def _after_prompts(lines: Sequence[Line], signed: Sequence[bool], found: list[bool]) -> None:
    """What stands beneath lines that end in dots, as the questions of a form do."""
    prompts = [n for n, line in enumerate(lines) if _PROMPT.search(line.words) and not signed[n]]
    if len(prompts) < 2:
        return
    answered = 0
    for prompt, following in pairwise(prompts):
        between = [n for n in range(prompt + 1, following) if not lines[n].is_blank and not signed[n]]
        if between and not _NUMBERED.match(lines[between[0]].words):
            answered += 1
            for number in between:
                found[number] = True
    if not answered:
        return
    _above_prompts(lines, signed, found, prompts[0])
    for number in range(prompts[-1] + 1, len(lines)):
        if signed[number] or (lines[number].is_blank and found[number - 1]):
            break
        found[number] = not lines[number].is_blank


def _above_prompts(lines: Sequence[Line], signed: Sequence[bool], found: list[bool], first: int) -> None:
    """What stands between the sentence that asks for data, which addresses its reader, and the first question."""
    asking = next((n for n in range(first - 1, -1, -1) if _YOU.search(lines[n].words) and not signed[n]), None)
    for number in range(first if asking is None else asking + 1, first):
        words = lines[number].words
        found[number] = found[number] or bool(words and not signed[number] and not words.endswith(("?", ":")))


def _behind_prompts(lines: Sequence[Line], signed: Sequence[bool], found: list[bool]) -> None:
    """What stands behind the dots of two questions or more, and behind the labels of the same form."""
    answered = [n for n, line in enumerate(lines) if not signed[n] and _ANSWERED.search(line.words)]
    if len(answered) < 2:
        return
    for number, line in enumerate(lines):
        found[number] = (
            found[number] or number in answered or (not signed[number] and _LABELLED.match(line.words) is not None)
        )


def _in_colour(lines: Sequence[Line], found: list[bool]) -> None:
    """What stands out in colour, when less than half of the mail does."""
    coloured = [n for n, line in enumerate(lines) if line.coloured and not line.is_blank]
    if len(coloured) * 2 < sum(not line.is_blank for line in lines):
        for number in coloured:
            found[number] = True


def _after_labels(lines: Sequence[Line], signed: Sequence[bool], found: list[bool]) -> None:
    """What stands right beneath a short line without an end, as a form's labels are, and addresses nobody."""
    for number in range(1, len(lines)):
        label, words = lines[number - 1].words, lines[number].words
        if not label or not words or signed[number] or _YOU.search(words) or _NUMBERED.match(words):
            continue
        if found[number - 1]:
            found[number] = True
        elif label.count(" ") < MAX_LABEL and not label.endswith((".", ",", "!", ";")) and not _LABELLED.match(words):
            found[number] = not _LABELLED.match(label)


def _with_numbers(lines: Sequence[Line], signed: Sequence[bool], found: list[bool]) -> None:
    """A line with a telephone number that no label introduces and no "you" is addressed in."""
    for number, line in enumerate(lines):
        if not (signed[number] or _LABELLED.match(line.words) or _YOU.search(line.words)):
            found[number] = found[number] or _TELEPHONE.search(line.words) is not None


def _after_questions(lines: Sequence[Line], signed: Sequence[bool], found: list[bool]) -> None:
    """A sentence, a number or an address on the line beneath a question, unless it asks or is labelled itself."""
    for number in range(1, len(lines)):
        words = lines[number].words
        if not lines[number - 1].words.endswith("?") or found[number - 1] or signed[number] or not words:
            continue
        if words.endswith("?") or _PROMPT.search(words) or _NUMBERED.match(words) or _LABELLED.match(words):
            continue
        found[number] = found[number] or is_prose(words) or _CONTACT.search(words) is not None


def _after_end(lines: Sequence[Line], signed: Sequence[bool], found: list[bool]) -> None:
    """What is said after the mail's name block or the last line of a newsletter."""
    ends = [n for n, line in enumerate(lines) if signed[n] or _FOOTER.search(line.words)]
    if not ends:
        return
    rest = [n for n in range(ends[-1] + 1, len(lines)) if not lines[n].is_blank]
    if any(is_prose(lines[n].words) or _NUMBERED.match(lines[n].words) for n in rest):
        for number in rest:
            found[number] = True
