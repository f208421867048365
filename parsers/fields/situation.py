"""A mail with all its candidates and what has been decided so far: what the weighing of one candidate looks at."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from parsers.dutch import compact
from parsers.extraction import Candidate, Kind
from parsers.fields.letters import Place, flags_of, letter_cues
from parsers.fields.reading import Passage, Reading

CO_APPLICANT = "co-applicant"
"""A flag: the person chosen is one that the letter's writer signs up, be it the writer or not."""

OWN = frozenset({"voice:own", "voice:signature", "voice:attachment", "voice:subject"})
QUOTED = frozenset({"voice:organiser", "voice:earlier", "voice:quoted"})
UNSAID = frozenset({"author", "header"})
"""The extractors of what stands in headers: nothing stands beside it, before it or behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A mail, its candidates by field, and the candidates chosen for the fields decided already."""

    reading: Reading
    kind: Kind
    flags: tuple[str, ...] = ()
    """What is true of the mail as a whole: "forward", "office", "for-other" …"""
    by_field: Mapping[str, tuple[Candidate, ...]] = field(default_factory=dict)
    letters: Mapping[Place, tuple[str, ...]] = field(default_factory=dict)
    """What each passage's letter says of applying."""
    old: frozenset[tuple[str, str]] = frozenset()
    """Fields with values that quoted letters hold already."""
    chosen: Mapping[str, Candidate] = field(default_factory=dict)
    memory: dict[Any, Any] = field(default_factory=dict, compare=False)
    """What has been worked out for the names and passages of this mail and this chosen name."""

    def of(self, field: str) -> tuple[Candidate, ...]:
        """The candidates for a field."""
        return self.by_field.get(field, ())

    def adding(self, field: str, candidates: Iterable[Candidate]) -> "Situation":
        """The situation with more candidates for a field."""
        added = tuple(candidates)
        return replace(self, by_field={**self.by_field, field: (*self.of(field), *added)}) if added else self

    def without(self, field: str, values: Iterable[str]) -> "Situation":
        """The situation with the candidates of these values left out of a field."""
        keys = {compact(value) for value in values}
        kept = tuple(candidate for candidate in self.of(field) if compact(candidate.value) not in keys)
        return replace(self, by_field={**self.by_field, field: kept})

    def having(self, field: str, candidate: Candidate | None) -> "Situation":
        """The situation once a field is decided."""
        if candidate is None:
            return self
        memory = {} if field == "name" else self.memory
        return replace(self, chosen={**self.chosen, field: candidate}, memory=memory)

    def about(self, person: Candidate) -> "Situation":
        """The situation seen anew for another person of the same mail."""
        return replace(self, chosen={"name": person}, flags=(*self.flags, CO_APPLICANT), memory={})

    def narrowed(self, by_field: Mapping[str, tuple[Candidate, ...]]) -> "Situation":
        """The situation with these candidates only."""
        return replace(self, by_field=by_field, chosen={}, memory={}, flags=(*self.flags, CO_APPLICANT))

    def passage_of(self, candidate: Candidate) -> Passage | None:
        """The passage that holds a candidate; None for one out of a header."""
        here = candidate.evidence
        parts: dict[str, tuple[list[int], list[Passage]]] | None = self.memory.get("passages")
        if parts is None:
            parts = {}
            for passage in self.reading.passages:
                starts, passages = parts.setdefault(passage.part, ([], []))
                starts.append(passage.start)
                passages.append(passage)
            self.memory["passages"] = parts
        if here.part not in parts:
            return None
        starts, passages = parts[here.part]
        return passages[max(bisect_right(starts, here.start) - 1, 0)]

    def names_in(self, part: str) -> list[Candidate]:
        """The names that stand in a part, in order."""
        key = ("names", part)
        if key not in self.memory:
            found = [c for c in self.of("name") if c.evidence.part == part and c.evidence.extractor not in UNSAID]
            self.memory[key] = sorted(found, key=lambda c: (c.evidence.start, c.evidence.end))
        names: list[Candidate] = self.memory[key]
        return names

    def follows(self, candidate: Candidate, field: str, within: int) -> bool:
        """Whether a candidate for a field begins within so many characters behind this one."""
        here = candidate.evidence
        key = ("starts", field, here.part)
        if key not in self.memory:
            found = (c.evidence for c in self.of(field) if c.evidence.extractor not in UNSAID)
            self.memory[key] = sorted({evidence.start for evidence in found if evidence.part == here.part})
        starts: list[int] = self.memory[key]
        at = bisect_right(starts, here.end - 3)
        return at < len(starts) and starts[at] - here.end <= within

    def keyed(self, field: str) -> list[tuple[str, Candidate]]:
        """The candidates for a field with their compact values."""
        key = ("keyed", field, len(self.of(field)))
        if key not in self.memory:
            self.memory[key] = [(compact(c.value), c) for c in self.of(field)]
        found: list[tuple[str, Candidate]] = self.memory[key]
        return found

    def letter(self, candidate: Candidate) -> tuple[str, ...]:
        """What the letter that holds a candidate says of applying."""
        passage = self.passage_of(candidate)
        return self.letters.get((passage.part, passage.start) if passage else ("header:From", 0), ())


def situation_of(reading: Reading, kind: Kind, candidates: Iterable[Candidate]) -> Situation:
    """Look at a mail and its candidates as a whole."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.field, []).append(candidate)
    return Situation(
        reading=reading,
        kind=kind,
        flags=tuple(flags_of(reading, kind)),
        by_field={name: tuple(group) for name, group in groups.items()},
        letters=letter_cues(reading),
        old=frozenset((c.field, compact(c.value)) for group in groups.values() for c in group if c.cues[0] in QUOTED),
    )
