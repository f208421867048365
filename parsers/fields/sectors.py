"""The sectors that a mail states or that a school's name makes certain."""

import re
from collections.abc import Iterator
from functools import cache

from parsers.dutch import alternation, knowledge, words
from parsers.extraction import Candidate
from parsers.fields.labels import labelled
from parsers.fields.reading import Passage, Reading, Voice, candidate
from parsers.fields.vocabulary import SECTOR

SECTORS = ("po", "sbo", "so", "vo", "vso", "pro", "mbo")


@cache
def _pattern(table: str) -> tuple[re.Pattern[str], dict[str, str]]:
    tables = (knowledge("sectors")[table], knowledge("sectors")["several"])
    phrases = {phrase: sectors for found in tables for sectors, listed in found.items() for phrase in listed}
    return re.compile(rf"(?<![\w@.])(?:\(v\)so|{alternation(phrases)})(?![\w@])", re.I), phrases


def sectors_in(text: str, table: str = "stated") -> dict[str, int]:
    """The sectors that a text names, each with where its first word stands."""
    pattern, phrases = _pattern(table)
    found: dict[str, int] = {}
    for match in pattern.finditer(text):
        words = re.sub(r"\s+", " ", match.group().lower())
        for sector in ("so", "vso") if words == "(v)so" else phrases[words].split("-"):
            found.setdefault(sector, match.start())
    if table == "names" and not found:
        low = text.lower()
        if re.search(r"\w(?:college|lyceum|gymnasium|mavo)\b", low) and "praktijk" not in low and "entree" not in low:
            found["vo"] = 0
        elif re.search(r"\wbasisschool\b|\w(?:daltonschool|montessorischool|jenaplanschool)\b", low):
            found["po"] = 0
        elif "praktijkschool" in low or "praktijkcollege" in low:
            found["pro"] = 0
    return found


def code(found: dict[str, int] | set[str]) -> str:
    """Sectors as one value, "po,sbo", in the usual order."""
    return ",".join(sector for sector in SECTORS if sector in found)


def propose_sectors(reading: Reading) -> Iterator[Candidate]:
    """Propose the sets of sectors that labels and statements give; what a name tells follows in `derived`."""
    for passage in reading.passages:
        for item in labelled(passage, reading):
            if "sector" in item.fields:
                yield from _set(
                    passage, item.start, item.end, "label", f"label:{item.shape}", f"labels:{min(len(item.fields), 2)}"
                )
        for start, end, cue in _statements(passage):
            yield from _set(passage, start, end, "statement", cue)


def _set(passage: Passage, start: int, end: int, extractor: str, *cues: str) -> Iterator[Candidate]:
    text = passage.text[start:end]
    found = sectors_in(text)
    value = code(found)
    if value:
        first = min(found.values())
        yield candidate("sector", value, passage, (start + first, end), extractor, f"size:{min(len(found), 3)}", *cues)


def _statements(passage: Passage) -> Iterator[tuple[int, int, str]]:
    """Yield spans that state nothing but a sector: "(so, cluster 3)", ", primair onderwijs dus", a line "vo"."""
    if passage.voice is Voice.SENDER:
        yield passage.start, passage.end, "sender"
        return
    pattern, _ = _pattern("stated")
    last = -1
    for number in passage.starting(SECTOR):
        match = pattern.match(passage.text, passage.tokens[number].start, passage.end)
        if not match or match.start() < last:
            continue
        start, end = _clause(passage, match.start(), match.end())
        last = end
        inside = pattern.sub(" ", passage.text[start:end])
        rest = [word for word in re.findall(r"\w+", inside.lower()) if word not in _EMPTY and not word.isdigit()]
        cue = "pure" if not rest else "nearly" if len(rest) < 3 else "in-text"
        if cue != "in-text" or passage.voice is not Voice.ORGANISER:
            yield start, end, cue


_EMPTY = words("sectors", "empty")
_MARKS = ".,;:!?()\n|/–-"


def _clause(passage: Passage, start: int, end: int) -> tuple[int, int]:
    text = passage.text
    while start > passage.start and text[start - 1] not in ".,;:!?()\n|" and end - start < 90:
        start -= 1
    while end < passage.end and text[end] not in ".;:!?()\n|" and end - start < 120:
        end += 1
    return start, end
