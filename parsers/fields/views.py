"""A mail's candidates as each of its applicants has them: by whose passage they stand in, by name, by nearness."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from parsers.extraction import Candidate
from parsers.fields.applicants import Applicant, applicants_in, applicants_of, shows
from parsers.fields.organisations import core_of, in_domain
from parsers.fields.others import Segment, columns, segments
from parsers.fields.person_names import in_address, same_person
from parsers.fields.shares import SHARED, Names, names_of, shares
from parsers.fields.situation import Situation

MOST_APPLICANTS = 12
"""So many are read out of one mail: a secretary passes on a few, and whoever sends forty is up to no good."""
_FOR_ALL = frozenset({"place", "province", "sector"})
"""Fields of which what is said to all holds beside what is said of one."""
_BEHIND = 70
"""Characters behind a name, or "mij", within which a number or a role is theirs."""
_CLAUSE = re.compile(r"[.!?]\s|\n")
_WRITER = re.compile(r"\b(?:mij|mijn|ik|me|mn|m'n|ikzelf|mijzelf|eigen)\b", re.I)
_OTHER = re.compile(r"\b(?:haar|hem|zijn|hij|zij)\b", re.I)


@dataclass(frozen=True, slots=True)
class Parted:
    """A mail for several applicants; no stretches when it is for one."""

    apart: tuple[tuple[Segment, ...], ...] = ()
    """For each applicant the stretches that are only theirs."""
    applicants: tuple[Applicant, ...] = ()
    """Who they are, where more is known than their stretches."""


def parted(situation: Situation) -> Parted:
    """Find out how many applicants a mail has, and which passages are only theirs."""
    table = columns(situation)
    applicants = applicants_of(table, situation) if table else applicants_in(situation)
    if applicants:
        return Parted(tuple(shares(situation, applicants, table)), applicants)
    return Parted(tuple((segment,) for segment in segments(situation)))


def views(situation: Situation, parts: Parted) -> list[Situation]:
    """The situation as each of the first applicants has it: their own candidates for a field, or what is nobody's."""
    owner_of = _Owners(situation, parts).of
    owners_of = {field: [owner_of(one) for one in candidates] for field, candidates in situation.by_field.items()}
    found = []
    for number in range(min(len(parts.apart), MOST_APPLICANTS)):
        kept = {}
        for field, candidates in situation.by_field.items():
            owned = list(zip(candidates, owners_of[field], strict=True))
            own = tuple(candidate for candidate, owner in owned if owner == number)
            shared = tuple(candidate for candidate, owner in owned if owner is None)
            kept[field] = (*own, *shared) if field in _FOR_ALL or not own else own
        found.append(situation.narrowed(kept))
    return found


class _Owners:
    """Whose a candidate is."""

    def __init__(self, situation: Situation, parts: Parted) -> None:
        self.situation, self.parts = situation, parts
        self.applicants = parts.applicants
        self.names: Names = names_of(parts.applicants)
        self.writer = next((n for n, one in enumerate(parts.applicants) if one.writes), None)
        self.ways: dict[str, Callable[[Candidate], int | None]] = {
            "name": self._by_person,
            "organisation": self._by_core,
            "email": self._by_address,
            "phone": self._by_nearness,
            "role": self._by_nearness,
        }

    def of(self, candidate: Candidate) -> int | None:
        """The number of the applicant whose it is; None for everybody's."""
        way = self.ways.get(candidate.field) if self.applicants else None
        owner = way(candidate) if way else None
        if owner is None:
            owner = self._by_place(candidate)
        if owner is None and candidate.evidence.part.startswith("header:"):
            owner = self.writer
        return owner

    def _by_place(self, candidate: Candidate) -> int | None:
        for number, own in enumerate(self.parts.apart):
            if any(segment.holds(candidate) for segment in own):
                return number
        return None

    def _only(self, fits: Callable[[Applicant], bool]) -> int | None:
        """The one applicant that something fits; None when it fits none or several."""
        found = [number for number, applicant in enumerate(self.applicants) if fits(applicant)]
        return found[0] if len(found) == 1 else None

    def _by_person(self, candidate: Candidate) -> int | None:
        return self._only(lambda one: any(same_person(candidate.value, name.value) for name in one.people))

    def _by_core(self, candidate: Candidate) -> int | None:
        core = core_of(candidate.value)
        return self._only(lambda one: bool(core) and bool(one.core) and (core.startswith(one.core)))

    def _by_address(self, candidate: Candidate) -> int | None:
        address, domain = candidate.value, candidate.value.rpartition("@")[2]
        owner = self._only(lambda one: any(shows(name.value, address) for name in one.people))
        if owner is None:
            owner = self._only(lambda one: any(in_domain(s.value, domain) in ("all", "core") for s in one.schools))
        if owner is None:
            owner = self._only(lambda one: any(in_address(name.value, address) == "first" for name in one.people))
        return owner

    def _by_nearness(self, candidate: Candidate) -> int | None:
        """Whose name, or "mij" and "haar", stands last before it in its sentence."""
        here, passage = candidate.evidence, self.situation.passage_of(candidate)
        if passage is None or here.part.startswith("header:"):
            return None
        before = passage.text[max(passage.start, here.start - _BEHIND) : here.start]
        ends = [match.end() for match in _CLAUSE.finditer(before)]
        before = before[ends[-1] :] if ends else before
        if SHARED.search(before):
            return None
        hits = [(end, number) for _, end, number in self.names.found(before)]
        if candidate.field == "phone" and self.writer is not None:
            hits += [(match.end(), self.writer) for match in _WRITER.finditer(before)]
            if len(self.applicants) == 2:
                hits += [(match.end(), 1 - self.writer) for match in _OTHER.finditer(before)]
        return max(hits)[1] if hits else None
