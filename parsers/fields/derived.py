"""Values that follow from others once these are decided: the sector of a school's name, the province of a town."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations

from parsers.dutch import compact, knowledge
from parsers.extraction import Candidate, Evidence
from parsers.fields.gazetteer import province_of_phone, province_of_postcode, provinces_of
from parsers.fields.places import postcodes
from parsers.fields.reading import Voice
from parsers.fields.sectors import code, sectors_in
from parsers.fields.situation import QUOTED, Situation

MAX_JOINED = 8
"""Statements of sectors that are put together two by two."""
_SENTENCE_END = re.compile(r"[.;!?](?=\s|$)|\n\s*\n|(?<![^\n]{45})\n")


def sectors_derived(situation: Situation) -> Iterator[Candidate]:
    """Propose the sectors that the chosen organisation, role and address tell, and the words of the letter."""
    found = [*situation.of("sector")]
    for propose in (sectors_of_organisation, sectors_of_role, sectors_of_host, sectors_of_climate):
        found.extend(proposed := list(propose(situation)))
        yield from proposed
    yield from _taken_apart(found)


def _taken_apart(found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Propose each sector of a set by itself, and two sets together: who names three sectors may work in one."""
    told = [candidate for candidate in found if candidate.cues[0] not in QUOTED]
    seen = {candidate.value for candidate in told}
    for candidate in told:
        for sector in candidate.value.split(","):
            if sector not in seen:
                seen.add(sector)
                yield replace(candidate, value=sector, cues=(candidate.cues[0], "by:part", *candidate.cues[1:2]))
    whole = [candidate for candidate in told if candidate.evidence.extractor not in {"climate", "beside", "both"}]
    for one, other in combinations(whole[:MAX_JOINED], 2):
        value = code({*one.value.split(","), *other.value.split(",")})
        if value not in seen and value.count(",") < 3:
            seen.add(value)
            lead = max(one, other, key=lambda candidate: candidate.evidence.extractor == "organisation")
            yield replace(lead, value=value, cues=(lead.cues[0], "by:joined", f"size:{value.count(',') + 1}"))


def sectors_of_organisation(situation: Situation) -> Iterator[Candidate]:
    """Propose the sectors that the chosen organisation's name makes certain, and those that stand beside it."""
    chosen = situation.chosen.get("organisation")
    if not chosen:
        return
    name = compact(chosen.value)
    seen = set()
    for other in situation.of("organisation"):
        if name not in compact(other.value):
            continue
        part = next(
            (
                p
                for p in situation.reading.passages
                if p.part == other.evidence.part and p.start <= other.evidence.start < p.end
            ),
            None,
        )
        if part is None:
            continue
        start, end = other.evidence.start, other.evidence.end
        before = re.split(r"[\n.;:!?]", part.text[max(part.start, start - 30) : start])[-1]
        after = _SENTENCE_END.split(part.text[end : min(part.end, end + 170)])[0]
        own = sectors_in(f"{before[-30:]}{other.value}", "names")
        beside = sectors_in(after)
        for extractor, found in (("organisation", own), ("beside", beside), ("both", {**own, **beside})):
            value = code(found)
            key = (extractor, value, other.cues[0])
            if value and key not in seen:
                seen.add(key)
                evidence = Evidence(
                    part=other.evidence.part,
                    start=start,
                    end=end + (len(after) if extractor != "organisation" else 0),
                    extractor=extractor,
                )
                exact = "exact" if compact(other.value) == name else "in-longer"
                yield Candidate(
                    field="sector",
                    value=value,
                    confidence=0.5,
                    evidence=evidence,
                    cues=(other.cues[0], f"by:{extractor}", exact, f"size:{min(len(found), 3)}"),
                )


def _sector_of(chosen: Candidate, sector: str, by: str) -> Candidate:
    """Propose a sector that follows from a value chosen before, with that one's place in the mail."""
    cues = (chosen.cues[0], f"by:{by}", f"{by}:{sector}")
    return Candidate(field="sector", value=sector, confidence=0.5, evidence=chosen.evidence, cues=cues)


def sectors_of_role(situation: Situation) -> Iterator[Candidate]:
    """Propose the sector that the chosen role belongs to: "leerkracht groep 6" is primary education."""
    chosen = situation.chosen.get("role")
    if not chosen:
        return
    for sector, pattern in _ROLES.items():
        if re.search(pattern, chosen.value, re.I):
            yield _sector_of(chosen, sector, "role")


def sectors_of_host(situation: Situation) -> Iterator[Candidate]:
    """Propose the sector that the chosen address's domain shows: "vsodepluim.nl", "waterlantvo.nl"."""
    chosen = situation.chosen.get("email")
    if not chosen:
        return
    host = chosen.value.rpartition("@")[2].rpartition(".")[0]
    for sector, marks in knowledge("sectors")["hosts"].items():
        if any(host.startswith(mark) or host.endswith(mark) for mark in marks):
            yield _sector_of(chosen, sector, "host")


def sectors_of_climate(situation: Situation) -> Iterator[Candidate]:
    """Propose the sector whose daily words the applicant's own letter uses most."""
    own = [p for p in situation.reading.passages if "letter:most" in situation.letters.get((p.part, p.start), ())]
    passages = own or [p for p in situation.reading.passages if p.voice in (Voice.OWN, Voice.SIGNATURE)]
    said = f" {_LETTERS.sub(' ', ' '.join(p.words for p in passages).lower())} "
    known = frozenset(said.split(" "))
    counts = {
        sector: len(single & known) + sum([phrase in said for phrase in several])
        for sector, (single, several) in _climates().items()
    }
    sector = max(counts, key=lambda name: counts[name])
    if not counts[sector] or not passages:
        return
    lead = counts[sector] - max(count for name, count in counts.items() if name != sector)
    place = Evidence(part=passages[0].part, start=passages[0].start, end=passages[0].end, extractor="climate")
    cues = (f"voice:{passages[0].voice}", "by:climate", f"climate:{min(counts[sector], 3)}", f"lead:{min(lead, 2)}")
    yield Candidate(field="sector", value=sector, confidence=0.5, evidence=place, cues=cues)


@cache
def _climates() -> dict[str, tuple[frozenset[str], tuple[str, ...]]]:
    """By sector its daily words, and those of its phrases that are more than one word."""
    climates = knowledge("sectors")["climate"].items()
    return {
        sector: (
            frozenset(mark for mark in marks if " " not in mark),
            tuple(f" {mark} " for mark in marks if " " in mark),
        )
        for sector, marks in climates
    }


_LETTERS = re.compile(r"[^\w'’-]+")
_ROLES = {
    "po": r"\bgroep(?:en)?\s*\d|kleuter|\bjuf\b|basisonderwijs",
    "vo": r"\b(?:havo|vwo|vmbo|mavo|conrector|rector|decaan|gymnasium|brugklas)",
}


def provinces_of_place(situation: Situation) -> Iterator[Candidate]:
    """Propose the provinces of the chosen town, of the postcodes and of the area codes on the applicant's side."""
    chosen = situation.chosen.get("place")
    if chosen:
        provinces, sure = provinces_of(chosen.value)
        for count, province in enumerate(provinces):
            extractor = "town" if sure and count == 0 else "town-unsure" if not sure else "town-other"
            yield _derived(chosen, province, extractor)
        here = chosen.evidence
        for passage in situation.reading.passages:
            for end, digits in postcodes(passage):
                province = province_of_postcode(digits)
                if province and passage.part == here.part and 0 <= here.start - end <= 3:
                    yield _derived(chosen, province, "postcode")
    phone = situation.chosen.get("phone")
    numbers = [phone] if phone else []
    numbers.extend(
        c
        for c in situation.of("phone")
        if c.cues[0] in ("voice:signature", "voice:own", "voice:attachment") and c not in numbers
    )
    for number in numbers:
        province = province_of_phone(number.value)
        if province and chosen:
            yield _derived(number, province, "area-code")


def _derived(source: Candidate, province: str, extractor: str) -> Candidate:
    evidence = Evidence(
        part=source.evidence.part, start=source.evidence.start, end=source.evidence.end, extractor=extractor
    )
    return Candidate(
        field="province", value=province, confidence=0.5, evidence=evidence, cues=(source.cues[0], f"by:{extractor}")
    )
