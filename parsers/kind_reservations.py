"""Words that make a verdict unsure: "niet", "als", "concept", "met verlof" near what the model hears.

The model weighs words, and takes "wij trekken ons niet terug" for a withdrawal. What such a verdict does is hard to
undo, so a person decides when these words stand near: a withdrawal must be plain, an application no draft and no
refusal, an addition no absence message.
"""

import re
from functools import cache

from parsers.dutch import alternation, knowledge
from parsers.extraction import Kind
from parsers.kind_voices import Region, Voices

UNSURE = 0.45
"""The chance that a verdict with a reservation is given at the most: below every threshold, a conversation's too."""
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")


def bounded(kind: Kind, confidence: float, voices: Voices) -> float:
    """Return how sure a kind is at the most, for what its author says besides."""
    return min(confidence, UNSURE) if has_reservation(kind, voices.own) else confidence


def has_reservation(kind: Kind, own: Region) -> bool:
    """Whether the author's own words hold a reservation against this kind; False for kinds that need none."""
    if kind not in knowledge("kinds_reservations"):
        return False
    if _pattern(kind, "never").search(own.text):
        return True
    return kind is Kind.WITHDRAWAL and not _is_plain(own.text)


def _is_plain(text: str) -> bool:
    """Whether a sentence withdraws without a condition, a question or somebody else in it; or none says how."""
    says, unless = _pattern(Kind.WITHDRAWAL, "says"), _pattern(Kind.WITHDRAWAL, "unless")
    found = [match.group() for match in _SENTENCE.finditer(text) if says.search(match.group())]
    return not found or any(not unless.search(one) and not one.endswith("?") for one in found)


@cache
def _pattern(kind: str, key: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{alternation(knowledge('kinds_reservations')[kind][key])})(?!\w)", re.I)
