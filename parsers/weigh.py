"""The one place that decides: which candidate is each field's value, for each application, and how sure that is."""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from config.call import Call
from parsers.dutch import KNOWLEDGE, REMEMBERED, compact
from parsers.extraction import Candidate, Evidence, ExtractedApplication, Kind, Person, Value
from parsers.fields.applicants import declines, is_named
from parsers.fields.derived import provinces_of_place, sectors_derived
from parsers.fields.organisations import core_of, in_domain
from parsers.fields.others import Segment, is_board, others_signed_up
from parsers.fields.person_names import name_words, same_person
from parsers.fields.reading import Reading
from parsers.fields.relations import SAYS, cues_of, letter_words, nothing_cues, voice_cues, whole_cues
from parsers.fields.situation import QUOTED, Situation, situation_of
from parsers.fields.views import parted, views
from parsers.loading import uncollected

ORDER = ("name", "email", "role", "organisation", "phone", "place", "sector", "province")
"""Fields in the order of deciding: whose mail it is first, what follows from others last."""

_IN_WORDS = frozenset({"organisation", "role", "name", "place"})
"""Fields whose values are compared word by word."""
_WORD = re.compile(r"\w+")
MOST_UNSURE = 0.0005
"""Nothing is surer or less sure than this before it is calibrated."""
LABELLED = 0.9
"""How sure a value is that stands behind the label of a field that only the call knows."""

DERIVED: Mapping[str, Callable[[Situation], Iterator[Candidate]]] = {
    "sector": sectors_derived,
    "province": provinces_of_place,
}


@dataclass(frozen=True, slots=True)
class Table:
    """The weights of one field's cues: by themselves, and together with the voice in which a candidate stands."""

    alone: Mapping[str, float]
    spoken: Mapping[str, Mapping[str, float]]
    """By voice, by cue: what the cue weighs by itself and with that voice together."""
    heard: frozenset[str]
    """The pairs of words of a letter that weigh anything, in whatever voice: few of those that a letter has."""
    scale: Mapping[str, tuple[float, float]]
    """By "given" and "absent", the slope and shift in log odds that make a probability how often it is right."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What was decided for one mail."""

    applications: tuple[ExtractedApplication, ...]
    decided: tuple[Mapping[str, "Decision"], ...] = ()
    """For each application the decisions by field, those for "not given" among them."""


Weights = Mapping[str, Table]
"""By field."""

_NONE = Table({}, {}, frozenset(), {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A field's most likely value, or None for not given, with its probability."""

    candidate: Candidate | None
    probability: float
    evidence: tuple[Evidence, ...] = ()


@cache
@uncollected()
def learned_weights() -> Weights:
    """The weights that `benchmarks/train_weights.py` learned."""
    learned = json.loads((KNOWLEDGE / "weights.json").read_text("utf-8"))
    tables, scales = weights_of(learned["weights"]), learned.get("scales", {})
    return {field: replace(table, scale=scales.get(field, {})) for field, table in tables.items()}


def weights_of(plain: Mapping[str, Mapping[str, float]]) -> Weights:
    """Make tables of weights by field and cue, "voice:own&label" among the cues."""
    return {field: _table(cues) for field, cues in plain.items()}


def _table(cues: Mapping[str, float]) -> Table:
    alone = {cue: weight for cue, weight in cues.items() if not cue.startswith("voice:")}
    pairs = [(*cue.partition("&")[::2], weight) for cue, weight in cues.items() if cue.startswith("voice:")]
    heard = {cue for cue in (*alone, *(rest for _, rest, _ in pairs)) if cue.startswith(SAYS)}
    plain = alone | {cue: cues.get(cue, 0.0) for cue in heard}
    spoken: dict[str, dict[str, float]] = {}
    for voice, rest, weight in pairs:
        if rest:
            if voice not in spoken:
                spoken[voice] = dict(plain)
            spoken[voice][rest] = cues.get(rest, 0.0) + weight
    return Table(cues, spoken, frozenset(heard), {})


def options(field: str, situation: Situation) -> list[tuple[Candidate | None, list[str]]]:
    """Every candidate for a field with all its cues, and "not given" with its own; the last one. For learning."""
    found: list[tuple[Candidate | None, list[str]]] = []
    for candidate in situation.of(field):
        voice, cues = candidate.cues[0], cues_of(candidate, situation)
        spoken = [f"{voice}&{cue}" for cue in cues]
        whole = (*voice_cues(voice, situation), *whole_cues(candidate, situation))
        found.append((candidate, [*cues, *spoken, *letter_words(candidate, situation)[1], *whole]))
    found.append((None, nothing_cues(field, situation)))
    return found


def decide(field: str, situation: Situation, weights: Weights) -> Decision:
    """Choose a field's value: candidates of one value stand together, the likeliest value wins."""
    table, found = weights.get(field, _NONE), situation.of(field)
    if not found:
        return Decision(candidate=None, probability=calibrated(1.0, table.scale.get(state_of(None))))
    choices: list[Candidate | None] = [*found, None]
    scores = _scores(field, situation, table)
    highest = max(scores)
    masses = [math.exp(score - highest) for score in scores]
    by_value: dict[str, list[int]] = {}
    for number, candidate in enumerate(choices):
        by_value.setdefault(same_value(field, candidate), []).append(number)
    best = max(by_value.values(), key=lambda numbers: sum([masses[n] for n in numbers]))
    lead = max(best, key=masses.__getitem__)
    chosen = choices[lead]
    likely = sum([masses[n] for n in _alike(field, choices, lead)]) / sum(masses)
    if field == "name" and chosen is not None:
        chosen = fullest(chosen, found)
    return Decision(
        candidate=chosen,
        probability=calibrated(likely, table.scale.get(state_of(chosen))),
        evidence=tuple(c.evidence for c in (choices[n] for n in sorted(best, key=lambda n: -masses[n])) if c),
    )


def _scores(field: str, situation: Situation, table: Table) -> list[float]:
    """The sums of the weights of each candidate's cues, alone and with its voice, and that of "not given", the last.

    What candidates of one voice have in common is summed once.
    """
    alone = table.alone.get
    heard: dict[str, list[str]] = {}
    common: dict[tuple[str, str], float] = {}
    scores = []
    for candidate in situation.of(field):
        voice = candidate.cues[0]
        spoken = table.spoken.get(voice, table.alone).get
        whose, said = letter_words(candidate, situation)
        if (voice, whose) not in common:
            if whose not in heard:
                heard[whose] = [cue for cue in said if cue in table.heard]
            mail = [alone(cue, 0.0) for cue in voice_cues(voice, situation)]
            common[voice, whose] = sum([spoken(cue, 0.0) for cue in heard[whose]]) + sum(mail)
        own = sum([spoken(cue, 0.0) for cue in cues_of(candidate, situation)])
        whole = sum([alone(cue, 0.0) for cue in whole_cues(candidate, situation)])
        scores.append(own + whole + common[voice, whose])
    scores.append(sum([alone(cue, 0.0) for cue in nothing_cues(field, situation)]))
    return scores


def state_of(candidate: Candidate | None) -> str:
    """Which scale a decision has: a value and "not given" are sure in different ways."""
    return "absent" if candidate is None else "given"


def calibrated(probability: float, scale: tuple[float, float] | None) -> float:
    """How often a decision of this probability is right, by what was measured on writers left out."""
    if scale is None:
        return probability
    slope, shift = scale
    return 1 / (1 + math.exp(-slope * log_odds(probability) - shift))


def log_odds(probability: float) -> float:
    """The log odds of a probability, within those that can be measured."""
    kept = min(max(probability, MOST_UNSURE), 1 - MOST_UNSURE)
    return math.log(kept / (1 - kept))


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
    return compact(candidate.value) if field in _IN_WORDS else candidate.value


def _alike(field: str, choices: Sequence[Candidate | None], lead: int) -> list[int]:
    """The numbers of the values that say the same as one: "obs De Klimop", "OBS De Klimop in Assen"."""
    chosen = choices[lead]
    if chosen is None:
        return [lead]
    if field not in _IN_WORDS:
        return [n for n, other in enumerate(choices) if other is not None and other.value == chosen.value]
    said = _word_set(chosen.value)
    return [
        n for n, other in enumerate(choices) if other is not None and _overlap(said, _word_set(other.value)) >= 0.75
    ]


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    both, either = len(one & other), len(one | other)
    return both / either if either else 1.0


@lru_cache(maxsize=REMEMBERED)
def _word_set(value: str) -> frozenset[str]:
    return frozenset(_WORD.findall(value.lower()))


def decide_all(situation: Situation, weights: Weights) -> "Decisions":
    """Decide every field in order, each knowing those before it."""
    decisions: dict[str, Decision] = {}
    for field in ORDER:
        situation = with_derived(field, situation)
        decisions[field] = decide(field, situation, weights)
        situation = situation.having(field, decisions[field].candidate)
    return with_dependent(decisions)


def with_dependent(decisions: "Decisions") -> "Decisions":
    """A province that follows from the place is no surer than the place."""
    place, province = decisions["place"], decisions["province"]
    likely = province.probability * place.probability
    return {**decisions, "province": replace(province, probability=likely)}


def with_derived(field: str, situation: Situation) -> Situation:
    """Add the candidates that follow from what has been decided."""
    derive = DERIVED.get(field)
    return situation.adding(field, derive(situation)) if derive else situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The fields of every application in a mail, before their answers are known."""

    applications: tuple["Decisions", ...]
    also: tuple[Person, ...] = ()
    """People signed up beside the first one, for the same school."""
    apart: tuple[tuple[Segment, ...], ...] = ()
    """For each of several applicants the stretches of the mail that are only theirs; empty for one."""

    @property
    def truncated(self) -> bool:
        """Whether there are more applicants than were read."""
        return len(self.apart) > len(self.applications)


def decide_applications(
    candidates: Sequence[Candidate], *, reading: Reading, kind: Kind, weights: Weights | None = None
) -> Decided:
    """Decide who applies, and every field of theirs but the answers, by the learned weights unless others are given.

    No candidates at all: one empty application.
    """
    situation = situation_of(reading, kind, [c for c in candidates if not c.field.startswith("answer:")])
    weights = weights or learned_weights()
    further = _further_fields(candidates, reading.call)
    parts = parted(situation)
    if parts.apart:
        decided = tuple({**decide_all(view, weights), **further} for view in views(situation, parts))
        return Decided(applications=decided, apart=parts.apart)
    applications: list[Decisions] = [decide_all(situation, weights)]
    also = []
    lead = applications[0]["name"].candidate
    for person in others_signed_up(situation, lead) if lead else ():
        decisions = decide_other(situation, person, applications, weights)
        own = "for-schools" in situation.flags and not declines([person], situation)
        if own and _is_own_school(decisions, applications):
            applications.append(decisions)
        else:
            also.append(_person(decisions))
    return Decided(applications=tuple({**one, **further} for one in applications), also=tuple(also))


def with_answers(decided: Decided, candidates: Sequence[Candidate], call: Call) -> Weighed:
    """Give each application its answers."""
    answers = _answers(candidates, len(decided.applications), shared=not decided.apart)
    applications = tuple(
        _application(decisions, given, call, () if number else decided.also)
        for number, (decisions, given) in enumerate(zip(decided.applications, answers, strict=True))
    )
    return Weighed(applications, decided.applications)


def _further_fields(candidates: Sequence[Candidate], call: Call) -> "Decisions":
    """Fields that the call wants and nobody here knows: the first value behind their label is taken."""
    ours = [field.id for field in call.fields if field.id not in ORDER]
    found: Decisions = {}
    for candidate in candidates:
        if candidate.field in ours and "whole" in candidate.cues and candidate.cues[0] not in QUOTED:
            decision = Decision(candidate=candidate, probability=LABELLED, evidence=(candidate.evidence,))
            found.setdefault(candidate.field, decision)
    return found


Decisions = dict[str, Decision]
"""By field."""


def decide_other(
    situation: Situation, person: Candidate, applications: Sequence[Decisions], weights: Weights
) -> Decisions:
    """Decide the fields of another person of the mail; what belongs to those before stays theirs."""
    for field in ("email", "phone", "organisation"):
        taken = (decisions[field].candidate for decisions in applications)
        situation = situation.without(field, [candidate.value for candidate in taken if candidate])
    situation = situation.about(person)
    decisions = {"name": Decision(candidate=person, probability=0.9, evidence=(person.evidence,))}
    for field in ORDER[1:]:
        situation = with_derived(field, situation)
        decisions[field] = decide(field, situation, weights)
        situation = situation.having(field, decisions[field].candidate)
    return decisions


def _is_own_school(decisions: Decisions, applications: Sequence[Decisions]) -> bool:
    """Whether somebody's organisation is surely given and another one than those before have."""
    own = decisions["organisation"]
    if own.candidate is None or own.probability < 0.5 or not is_named(own.candidate):
        return False
    first = applications[0]["organisation"].candidate
    if first and _shares_domain(decisions, applications[0], first.value):
        return False
    if is_board(own.candidate.value) and not (first and is_board(first.value)):
        return False
    core = core_of(own.candidate.value)
    others = [core_of(c.value) for c in (other["organisation"].candidate for other in applications) if c]
    return bool(core) and not any(core in other or other in core for other in others)


def _shares_domain(decisions: Decisions, before: Decisions, organisation: str) -> bool:
    """Whether somebody's address is at the domain of the one before them, and that domain is their organisation's."""
    one, other = decisions["email"].candidate, before["email"].candidate
    if one is None or other is None:
        return False
    domain = one.value.rpartition("@")[2]
    return domain == other.value.rpartition("@")[2] and bool(in_domain(organisation, domain))


def _person(decisions: Decisions) -> Person:
    values = {field: decision.candidate.value for field, decision in decisions.items() if decision.candidate}
    name, email, role, phone = (values.get(field, "") for field in ("name", "email", "role", "phone"))
    return Person(name=name, email=email, role=role, phone=phone)


def _application(
    decisions: Decisions, answers: Mapping[str, Value[str]], call: Call, also: tuple[Person, ...]
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
    return ExtractedApplication(fields=fields, sector=sector, answers=answers, also=also)


def _answers(candidates: Iterable[Candidate], count: int, *, shared: bool) -> list[dict[str, Value[str]]]:
    """The answers of each application: those of its group, and what it lacks from the first one's where they share."""
    ours = sorted((c for c in candidates if c.field.startswith("answer:")), key=lambda c: -c.confidence)
    best: dict[int, dict[str, Candidate]] = {}
    for candidate in ours:
        best.setdefault(candidate.group, {}).setdefault(candidate.field.removeprefix("answer:"), candidate)
    given = best.get(0, {}) if shared else {}
    chosen = ({**given, **best.get(number, {})} for number in range(count))
    return [{question: _value(found[question]) for question in sorted(found)} for found in chosen]


def _value(candidate: Candidate) -> Value[str]:
    return Value(value=candidate.value, confidence=candidate.confidence, evidence=(candidate.evidence,))
