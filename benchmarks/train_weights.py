"""Learn the weights by which fields are decided: a part of `python -m benchmarks.train`, which ships what it makes.

Reads the mails to learn from and those of our own with their gold answers; starts from the hand-set weights in
weights_priors.toml. Scores and calibrates on mails whose writers were left out of the training. Deterministic.

By itself, `python -m benchmarks.train_weights ta xd` tells how it does with these writers when it has not seen them;
it writes nothing.

A field's candidates and "not given" compete: the right ones together should be likely. Fields are learned in the order
in which they are decided, each knowing what was decided before it, right or wrong.
"""

import argparse
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config.call import load_calls
from parsers.extraction import Candidate, Kind
from parsers.fields import propose_fields
from parsers.fields.reading import read
from parsers.fields.situation import Situation, situation_of
from parsers.message import parse_message
from parsers.weigh import ORDER, Decisions, decide, decide_all, log_odds, options, state_of, weights_of, with_derived

ROOT = Path(__file__).parent.parent
LEARN, OWN = ROOT / "tests" / "corpus" / "learn", ROOT / "tests" / "corpus" / "own"
PRIORS = Path(__file__).parent / "weights_priors.toml"
RIDGE, RIDGE_OF_PAIRS = 1.0, 3.0
"""How strongly weights are held to where they start; a cue together with a voice more, for there are many of them."""
RIDGE_OF_SCALES = 3.0
TOO_SMALL = 1e-9
"""A step that changes nothing."""
STEPS, RATE = 200, 0.1
SEEN_AT_LEAST = 2
SPOKEN, SPOKEN_AT_LEAST = ("around&", "says&"), 4
"""Plain words beside a value or in the letter count only when so many mails have them."""
BESIDE_STRANGERS = frozenset({"email"})
"""Fields that learn beside the name that would be decided in mails by writers left out, for it decides most of theirs;
the others learn better beside the name that is decided with what their own writer taught."""

Plain = dict[str, dict[str, float]]
"""Weights by field and cue."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A mail for one organisation, ready to be weighed."""

    name: str
    situation: Situation
    gold: Mapping[str, Any]

    @property
    def writer(self) -> str:
        """Which group of writers it is by."""
        return self.name[:2]


@dataclass(frozen=True, slots=True)
class Choice:
    """The options of one field in one mail: their cues, and which of them are right."""

    cues: list[list[str]]
    right: list[bool]


def main() -> None:
    """Learn without some writers, and tell how it does with them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("writers", nargs="+", help="the prefixes of their mails' names")
    writers = set(parser.parse_args().writers)
    mails = [*examples(LEARN), *examples(OWN)]
    weights = train([one for one in mails if one.writer not in writers], tomllib.loads(PRIORS.read_text("utf-8")))
    print(json.dumps(scores_of(decided_by(weights, [one for one in mails if one.writer in writers])), indent=2))


def examples(folder: Path) -> list[Example]:
    """The mails of a folder that hold exactly one application, in the order of their names."""
    call = load_calls()["ontwikkelgroep"]
    found = []
    for path in sorted(folder.glob("*.gold.json")):
        gold = json.loads(path.read_text("utf-8"))
        if gold["kind"] not in ("application", "supplement") or len(gold["applications"]) != 1:
            continue
        name = path.name.removesuffix(".gold.json")
        kind = Kind(gold["kind"])
        reading = read(parse_message((folder / f"{name}.eml").read_bytes()), call, kind)
        situation = situation_of(reading, kind, propose_fields(reading))
        found.append(Example(name=name, situation=situation, gold=gold["applications"][0]))
    return found


def decided_by(weights: Plain, mails: Sequence[Example]) -> list[tuple[Example, Decisions]]:
    """What these weights decide in mails."""
    tables = weights_of(weights)
    return [(one, decide_all(one.situation, tables)) for one in mails]


def scores_of(decided: Sequence[tuple[Example, Decisions]]) -> dict[str, float]:
    """F1 by field and of all."""
    counts: Counter[tuple[str, str]] = Counter()
    for example, decisions in decided:
        for field, decision in decisions.items():
            counts.update(outcome(field, decision.candidate, example.gold))
    return {**{field: _f1(counts, [field]) for field in ORDER}, "all": _f1(counts, ORDER)}


def scales_of(decided: Sequence[tuple[Example, Decisions]]) -> dict[str, dict[str, tuple[float, float]]]:
    """By field and state the slope and shift in log odds under which probabilities mean how often they were right."""
    told: dict[tuple[str, str], list[tuple[float, bool]]] = {}
    for example, decisions in decided:
        for field, decision in decisions.items():
            right = is_right(field, decision.candidate, example.gold)
            told.setdefault((field, state_of(decision.candidate)), []).append((log_odds(decision.probability), right))
    scales: dict[str, dict[str, tuple[float, float]]] = {}
    for (field, state), pairs in sorted(told.items()):
        scales.setdefault(field, {})[state] = _scale(pairs)
    return scales


def _scale(pairs: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """Logistic regression by Newton's method, held to leaving things as they are.

    A step that makes things worse is halved: where almost all is right, whole steps run off to infinity.
    """
    odds, right = (np.array(column, np.float64) for column in zip(*pairs, strict=True))
    table, start = np.stack([odds, np.ones_like(odds)], axis=1), np.array([1.0, 0.0])

    def loss(at: Floats) -> float:
        signed = np.where(right, 1.0, -1.0) * (table @ at)
        return float(np.logaddexp(0.0, -signed).sum() + RIDGE_OF_SCALES / 2 * ((at - start) ** 2).sum())

    line = start.copy()
    for _ in range(20):
        likely = 1 / (1 + np.exp(-table @ line))
        slope = table.T @ (likely - right) + RIDGE_OF_SCALES * (line - start)
        bend = (table.T * (likely * (1 - likely))) @ table + RIDGE_OF_SCALES * np.eye(2)
        step = np.linalg.solve(bend, slope)
        while np.abs(step).max() > TOO_SMALL and loss(line - step) > loss(line):
            step = step / 2
        line = line - step
    return round(float(line[0]), 4), round(float(line[1]), 4)


def _f1(counts: Counter[tuple[str, str]], fields: Iterable[str]) -> float:
    hit, wrong, missed = (sum(counts[field, what] for field in fields) for what in ("hit", "wrong", "missed"))
    return round(2 * hit / max(1, 2 * hit + wrong + missed), 4)


def outcome(field: str, candidate: Candidate | None, gold: Mapping[str, Any]) -> list[tuple[str, str]]:
    """How a decision counts: a hit, a wrong value, a missed one, or both of these."""
    given = bool(gold.get(field))
    if candidate is not None and given and is_right(field, candidate, gold):
        return [(field, "hit")]
    return [(field, "wrong")] * (candidate is not None) + [(field, "missed")] * given


def train(mails: Sequence[Example], priors: Plain) -> Plain:
    """Learn every field's weights, in the order of deciding."""
    weights: Plain = {}
    situations = [example.situation for example in mails]
    names: list[Candidate | None] = []
    for field in ORDER:
        situations = [with_derived(field, situation) for situation in situations]
        seen = situations
        if names and field in BESIDE_STRANGERS:
            seen = [situation.having("name", name) for situation, name in zip(situations, names, strict=True)]
        choices = [choice_of(field, situation, mail.gold) for situation, mail in zip(seen, mails, strict=True)]
        prior = priors.get(field, {})
        weights[field] = fit(choices, prior)
        if field == "name" and len({mail.writer for mail in mails}) > 1:
            names = names_as_strangers(mails, situations, choices, prior)
        tables = weights_of(weights)
        decided = (decide(field, situation, tables).candidate for situation in situations)
        situations = [situation.having(field, c) for situation, c in zip(situations, decided, strict=True)]
    return weights


def names_as_strangers(
    mails: Sequence[Example], situations: Sequence[Situation], choices: Sequence[Choice], prior: Mapping[str, float]
) -> list[Candidate | None]:
    """The name that is decided in each mail by weights that half of the writers taught, those that did not write it.

    A field then learns how far to trust the name in a stranger's mail: in mails that it was learned from, it is nearly
    always right.
    """
    writers = sorted({mail.writer for mail in mails})
    half = set(writers[::2])
    sides = [mail.writer in half for mail in mails]
    tables = {
        side: weights_of({"name": fit([c for c, own in zip(choices, sides, strict=True) if own is not side], prior)})
        for side in (True, False)
    }
    return [decide("name", one, tables[side]).candidate for one, side in zip(situations, sides, strict=True)]


def choice_of(field: str, situation: Situation, gold: Mapping[str, Any]) -> Choice:
    """The options of a field with the right ones marked.

    Where a candidate is right by the gold's first value, those that only its alternatives allow are left out: neither
    wanted nor wrong.
    """
    found = options(field, situation)
    right = [is_right(field, candidate, gold) for candidate, _ in found]
    first = [is_right(field, candidate, {field: gold.get(field)}) for candidate, _ in found]
    if any(first):
        kept = [n for n in range(len(found)) if first[n] or not right[n]]
        return Choice([found[n][1] for n in kept], [first[n] for n in kept])
    return Choice([cues for _, cues in found], right)


def is_right(field: str, candidate: Candidate | None, gold: Mapping[str, Any]) -> bool:
    """Whether a candidate is what the gold holds, as score.py counts it; no candidate is right where gold has none."""
    wanted = gold.get(field) or None
    if candidate is None or wanted is None:
        return candidate is None and wanted is None
    if field == "sector":
        return set(candidate.value.split(",")) == set(wanted)
    if field == "name":
        return _same_name(candidate.value, wanted)
    if field in ("organisation", "role", "place"):
        return any(_overlap(candidate.value, text) >= 0.75 for text in (wanted, *(gold.get(f"{field}_alt") or ())))
    return candidate.value.lower() == str(wanted).lower()


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.replace("\u00ad", "").lower())


def _overlap(one: str, other: str) -> float:
    a, b = set(_words(one)), set(_words(other))
    return len(a & b) / len(a | b) if a | b else 1.0


def _same_name(one: str, other: str) -> bool:
    a, b = sorted(_words(one)), sorted(_words(other))
    long, short = (a, b) if len(a) >= len(b) else (b, a)
    full = {word for word in short if len(word) > 1}
    fits = all(any(w.startswith(word) for w in long) for word in short)
    return a == b or (bool(full) and full <= set(long) and fits and len(long) - len(short) <= 1)


def fit(choices: Sequence[Choice], prior: Mapping[str, float]) -> dict[str, float]:
    """Weights under which the right options are likely, held to their priors; choices with none right are left out."""
    seen = Counter(cue for choice in choices for cues in choice.cues for cue in set(cues))
    by_mail = Counter(cue for choice in choices for cue in {cue for cues in choice.cues for cue in cues})
    known = (cue for cue, count in seen.items() if count >= SEEN_AT_LEAST)
    kept = sorted(cue for cue in known if not cue.startswith(SPOKEN) or by_mail[cue] >= SPOKEN_AT_LEAST)
    index = {cue: n for n, cue in enumerate(kept)}
    start = np.array([prior.get(cue, 0.0) for cue in index])
    ridge = np.array([RIDGE_OF_PAIRS if "&" in cue else RIDGE for cue in index])
    rows, columns, groups, right = _arrays([choice for choice in choices if any(choice.right)], index)
    weights = _descend(start, ridge, rows, columns, groups, right)
    learned = {cue: round(float(weights[n]), 4) for cue, n in index.items() if abs(weights[n]) > _smallest(cue)}
    return {**{cue: value for cue, value in prior.items() if cue not in index}, **learned}


def _smallest(cue: str) -> float:
    """Below this a weight is left out of the file; of plain words there are many thousands."""
    return 0.02 if cue.startswith(SPOKEN) else 0.001


def _arrays(choices: Sequence[Choice], index: Mapping[str, int]) -> tuple[NDArray[np.intp], ...]:
    rows: list[int] = []
    columns: list[int] = []
    groups: list[int] = []
    right: list[bool] = []
    for group, choice in enumerate(choices):
        for cues, is_one in zip(choice.cues, choice.right, strict=True):
            known = [index[cue] for cue in cues if cue in index]
            rows.extend([len(groups)] * len(known))
            columns.extend(known)
            groups.append(group)
            right.append(is_one)
    return tuple(np.array(values, np.intp) for values in (rows, columns, groups, right))


def _descend(start: Floats, ridge: Floats, *arrays: NDArray[np.intp]) -> Floats:
    """Adam on the likelihood of the right options; the last two fifths of the steps are smaller."""
    rows, columns, groups, right = arrays
    weights, first, second = start.copy(), np.zeros_like(start), np.zeros_like(start)
    edges = np.r_[0, np.flatnonzero(np.diff(groups)) + 1]
    for step in range(1, STEPS + 1):
        scores = np.bincount(rows, weights=weights[columns], minlength=len(groups))
        mass = np.exp(scores - np.maximum.reduceat(scores, edges)[groups])
        wanted = mass * right + 1e-12 * right
        error = mass / np.add.reduceat(mass, edges)[groups] - wanted / np.add.reduceat(wanted, edges)[groups]
        gradient = np.bincount(columns, weights=error[rows], minlength=len(weights)) + ridge * (weights - start)
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        rate = RATE if step < 0.6 * STEPS else 0.3 * RATE
        weights -= rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return weights


if __name__ == "__main__":
    main()
