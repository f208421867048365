"""The one place that decides: which candidate is each field's value, for each application, and how sure that is."""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain

from config.call import Call
from parsers.dutch import KNOWLEDGE, compact
from parsers.extraction import Candidate, Evidence, ExtractedApplication, Kind, Value
from parsers.fields.derived import provinces_of_place, sectors_of_organisation, sectors_of_role
from parsers.fields.people import name_words, same_person
from parsers.fields.reading import read
from parsers.fields.situation import Situation, cues_of, nothing_cues, situation_of
from parsers.message import Message

ORDER = ("name", "email", "role", "organisation", "phone", "place", "sector", "province")
"""Fields in the order of deciding: whose mail it is first, what follows from others last."""

DERIVED: Mapping[str, Callable[[Situation], Iterator[Candidate]]] = {
    "sector": lambda situation: chain(sectors_of_organisation(situation), sectors_of_role(situation)),
    "province": provinces_of_place,
}

Weights = Mapping[str, Mapping[str, float]]
"""By field, by cue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A field's most likely value, or None for not given, with its probability."""

    candidate: Candidate | None
    probability: float
    evidence: tuple[Evidence, ...] = ()


@cache
def learned_weights() -> Weights:
    """The weights that `benchmarks/train_weights.py` learned."""
    weights: Weights = json.loads((KNOWLEDGE / "weights.json").read_text("utf-8"))["weights"]
    return weights


def options(field: str, situation: Situation) -> list[tuple[Candidate | None, list[str]]]:
    """Every candidate for a field with its cues, and "not given" with its own; the last one."""
    found: list[tuple[Candidate | None, list[str]]] = [(c, cues_of(c, situation)) for c in situation.of(field)]
    found.append((None, nothing_cues(field, situation)))
    return found


def decide(field: str, situation: Situation, weights: Weights) -> Decision:
    """Choose a field's value: candidates of one value stand together, the likeliest value wins."""
    table = weights.get(field, {})
    choices = options(field, situation)
    scores = [sum(table.get(cue, 0.0) for cue in cues) for _, cues in choices]
    highest = max(scores)
    masses = [math.exp(score - highest) for score in scores]
    total = sum(masses)
    by_value: dict[str, list[int]] = {}
    for number, (candidate, _) in enumerate(choices):
        by_value.setdefault(same_value(field, candidate), []).append(number)
    best = max(by_value.values(), key=lambda numbers: sum(masses[n] for n in numbers))
    lead = max(best, key=lambda n: masses[n])
    chosen = choices[lead][0]
    near = [n for n, (c, _) in enumerate(choices) if alike(field, c, chosen)]
    if field == "name" and chosen is not None:
        chosen = fullest(chosen, [c for c, _ in choices if c is not None])
    return Decision(
        candidate=chosen,
        probability=sum(masses[n] for n in near) / total,
        evidence=tuple(choices[n][0].evidence for n in sorted(best, key=lambda n: -masses[n]) if choices[n][0]),  # type: ignore[union-attr]
    )


def fullest(chosen: Candidate, others: Sequence[Candidate]) -> Candidate:
    """The fullest writing of a person's name that the mail has: "Noor el Idrissi" where "Noor" was chosen."""
    known = len(name_words(chosen.value))
    if known > 1:
        return chosen
    fuller = [c for c in others if same_person(c.value, chosen.value) and len(name_words(c.value)) > known]
    trusted = [c for c in fuller if c.cues[0] not in ("voice:organiser", "voice:quoted")]
    return max(trusted, key=lambda c: c.cues[0] == "voice:header", default=chosen)


def same_value(field: str, candidate: Candidate | None) -> str:
    """A key under which candidates of the same value meet."""
    if candidate is None:
        return ""
    return compact(candidate.value) if field in ("organisation", "role", "name", "place") else candidate.value


def alike(field: str, one: Candidate | None, other: Candidate | None) -> bool:
    """Whether two values say the same, however long: "obs De Klimop" and "OBS De Klimop in Assen"."""
    if one is None or other is None:
        return one is other
    if field not in ("organisation", "role", "place", "name"):
        return one.value == other.value
    a, b = (set(re.findall(r"\w+", c.value.lower())) for c in (one, other))
    return len(a & b) >= 0.75 * len(a | b)


def decide_all(situation: Situation, weights: Weights) -> dict[str, Decision]:
    """Decide every field in order, each knowing those before it."""
    decisions: dict[str, Decision] = {}
    for field in ORDER:
        situation = with_derived(field, situation)
        decisions[field] = decide(field, situation, weights)
        situation = situation.having(field, decisions[field].candidate)
    return decisions


def with_derived(field: str, situation: Situation) -> Situation:
    """Add the candidates that follow from what has been decided."""
    derive = DERIVED.get(field)
    return replace(situation, candidates=(*situation.candidates, *derive(situation))) if derive else situation


def weigh(
    candidates: Sequence[Candidate], *, message: Message, call: Call, kind: Kind
) -> tuple[ExtractedApplication, ...]:
    """Decide every field of every application in a mail. No candidates at all: one empty application."""
    reading = read(message, call)
    situation = situation_of(reading, kind, [c for c in candidates if not c.field.startswith("answer:")])
    decisions = decide_all(situation, learned_weights())
    return (_application(decisions, candidates, call),)


def _application(
    decisions: Mapping[str, Decision], candidates: Iterable[Candidate], call: Call
) -> ExtractedApplication:
    fields: dict[str, Value[str]] = {}
    sector = None
    for field, decision in decisions.items():
        if decision.candidate is None:
            continue
        if field == "sector":
            value = tuple(decision.candidate.value.split(","))
            sector = Value(value=value, confidence=decision.probability, evidence=decision.evidence)
        else:
            fields[field] = Value(
                value=decision.candidate.value, confidence=decision.probability, evidence=decision.evidence
            )
    province = fields.get("province")
    if province and province.value in call.regions:
        fields["region"] = Value(
            value=call.regions[province.value], confidence=province.confidence, evidence=province.evidence
        )
    return ExtractedApplication(fields=fields, sector=sector, answers=_answers(candidates))


def _answers(candidates: Iterable[Candidate]) -> dict[str, Value[str]]:
    found: dict[str, Value[str]] = {}
    for candidate in sorted(candidates, key=lambda c: -c.confidence):
        number = candidate.field.removeprefix("answer:")
        if number != candidate.field and number not in found:
            found[number] = Value(
                value=candidate.value, confidence=candidate.confidence, evidence=(candidate.evidence,)
            )
    return found


def review_reasons(
    kind: Kind, confidence: float, applications: Sequence[ExtractedApplication], *, message: Message, call: Call
) -> tuple[str, ...]:
    """Name what a person must look at: an unsure kind, an unsure field, a mail that was cut."""
    reasons = ["kind"] if confidence < 0.8 else []
    for application in applications:
        reasons.extend(field for field, value in application.fields.items() if value.confidence < 0.8)
        if application.sector and application.sector.confidence < 0.8:
            reasons.append("sector")
        reasons.extend(f"answer:{number}" for number, value in application.answers.items() if value.confidence < 0.5)
    if message.truncated:
        reasons.append("truncated")
    return tuple(dict.fromkeys(reasons))
