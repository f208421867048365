"""Learn when a person must look at a mail: a part of `python -m benchmarks.train`, which ships what it makes.

Every mail is understood with what was learned without its writer, as a stranger's would be. What each sort of doubt is
worth is fitted to what was wrong then, and the threshold is set so that a given share of the applications is reviewed.
What other shares would leave wrong is written beside it: of writers whose mails no worth was fitted to.
"""

import importlib.util
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.answers_gold import CORPUS, WITH_DATA
from benchmarks.folds import folds_of
from config.call import Call
from parsers.answers.model import Model
from parsers.extract import WITH_APPLICATIONS, Found, values_of
from parsers.extraction import Extraction, Kind
from parsers.kind import Verdict, recognise
from parsers.message import parse_message
from parsers.report import as_json
from parsers.review import KIND, UNANSWERED, Caution, Doubt, doubts_of, expected, is_kind_unsure
from parsers.weigh import Weights

SHARE = 0.55
"""Of the applications of these strangers, how many may be reviewed. Many of theirs were written to be hard, and were
understood with a third of the writers left out: of others' at this threshold less than half are."""
SURE_OF_KIND, PUT_ASIDE = 0.8, 0.15
"""What a Caution's `kind` and `put_aside` are. One mail in twenty of those that are no applications is as likely to be
one as that; of the applications that were put aside, only those that nothing gave away were less likely."""
OF_KIND = 2.4
"""What a doubt of the kind is worth: not learned. In a mail that is no application every value is wrong, not only one,
and few such mails are there to learn it from."""
OF_UNANSWERED = 0.3
"""What an answer that was not found is worth before anything is learned: most are not there. Any other doubt begins at
what it says."""
HELD = 10.0
"""How strongly a worth is held to where it starts, in mails. Doubts are calibrated already."""
ENOUGH = 1
"""Wrong values of one mail that count: a mail with one is to be looked at as much as one with four. Counting them all
left more wrong among the mails that nobody would see."""
ROUNDS = 500
PARTS = 5
"""In how many turns writers are left out of the fit to tell what it is worth."""

Chances = Mapping[str, Mapping[str, float]]
"""By mail, how likely each kind is to a model that has seen none of its writer's mails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """What some writers' mails are understood with: learned without them."""

    writers: frozenset[str]
    weights: Weights
    answers: Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A mail as the service would see it, its doubts, and what was wrong with it."""

    name: str
    doubts: list[Doubt]
    wrong: int
    values: int
    counts: bool = True
    """It is an application or a supplement: the share of those that are reviewed is what is bounded."""
    unsure: bool = False
    """It is reviewed for its kind, whatever its values."""

    @property
    def writer(self) -> str:
        """Who wrote it, by the prefix of its name."""
        return self.name[:2]


def learned(outcomes: Sequence[Outcome], share: float) -> dict[str, Any]:
    """Fit, choose the threshold, and tell what it and others are worth with strangers: what review.json holds."""
    caution = choose(outcomes, share)
    doubts = as_strangers(outcomes)
    trade = [trade_off(outcomes, doubts, each / 100) for each in range(0, 80, 5)]
    for row in trade:
        print("review {review:.2f}  silent {silent:.4f}".format(**row))
    return {
        "version": 2,
        "mails": len(outcomes),
        "threshold": caution.threshold,
        "kind": caution.kind,
        "put_aside": caution.put_aside,
        "worth": dict(caution.worth),
        "trade-off": trade,
    }


def try_out(paths: Sequence[Path], call: Call, strangers: Sequence[Stranger], chances: Chances) -> Iterator[Outcome]:
    """Understand mails as the service would understand a stranger's; what neither is nor seems an application is not
    told of."""
    for path in paths:
        gold = json.loads(path.with_suffix(".gold.json").read_text("utf-8"))
        message = parse_message(path.read_bytes())
        verdict = recognise(message, call, {Kind(kind): chance for kind, chance in chances[path.stem].items()})
        if verdict.kind not in WITH_DATA and gold["kind"] not in WITH_DATA:
            continue
        known = next((one for one in strangers if path.name[:2] in one.writers), strangers[0])
        has_values = verdict.kind in WITH_APPLICATIONS
        found = values_of(message, call, verdict.kind, known.weights, known.answers) if has_values else Found()
        yield outcome_of(path.stem, gold, verdict, found, call)


def outcome_of(name: str, gold: Mapping[str, Any], verdict: Verdict, found: Found, call: Call) -> Outcome:
    """Compare what was found in a mail with its gold answer."""
    wrong, values = count(gold, found, verdict.kind)
    return Outcome(
        name=name,
        doubts=doubts_of(verdict, found.weighed, call),
        wrong=wrong,
        values=values,
        counts=gold["kind"] in WITH_DATA,
        unsure=is_kind_unsure(verdict, Caution(worth={}, threshold=0.0, kind=SURE_OF_KIND, put_aside=PUT_ASIDE)),
    )


def count(gold: Mapping[str, Any], found: Found, kind: Kind) -> tuple[int, int]:
    """How many values are wrong, missed or invented, and how many there are, as score.py counts."""
    score = _score()
    said = Extraction(
        kind=kind, kind_confidence=1.0, kind_reason="", needs_review=False, applications=found.weighed.applications
    )
    golds = gold.get("applications") or [] if gold["kind"] in WITH_DATA else []
    wrong = values = 0
    for wanted, given in score.pair(golds, as_json("", said)["applications"]):
        for field in score.FIELDS:
            one, other = score.value(wanted, field), score.value(given, field)
            values += one is not None or other is not None
            wrong += (one is not None or other is not None) and not (
                one is not None and other is not None and score.right(field, other, wanted)
            )
    return wrong, values


@cache
def _score() -> Any:
    """score.py as a module; it is a script of the corpus."""
    spec = importlib.util.spec_from_file_location("score", CORPUS / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def choose(outcomes: Sequence[Outcome], share: float) -> Caution:
    """Fit what doubts are worth, then the threshold that has this share reviewed."""
    caution = Caution(worth=worth_of(outcomes), threshold=0.0, kind=SURE_OF_KIND, put_aside=PUT_ASIDE)
    doubts = [expected(outcome.doubts, caution) for outcome in outcomes]
    return replace(caution, threshold=trade_off(outcomes, doubts, share)["threshold"])


def worth_of(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Least squares of whether anything is wrong on the doubts of each sort, none worth less than nothing.

    What the doubt of the kind tells already is left to it.
    """
    sorts = sorted({doubt.sort for outcome in outcomes for doubt in outcome.doubts} - {KIND})
    with_values = [outcome for outcome in outcomes if any(doubt.sort != KIND for doubt in outcome.doubts)]
    table = np.array([[_sum(outcome, sort) for sort in sorts] for outcome in with_values])
    wrong = np.array([min(outcome.wrong, ENOUGH) - _sum(outcome, KIND) for outcome in with_values], np.float64)
    start = np.array([OF_UNANSWERED if sort.startswith(UNANSWERED) else 1.0 for sort in sorts])
    bend = table.T @ table + HELD * np.eye(len(sorts))
    slope = table.T @ wrong + HELD * start
    worth = start.copy()
    for _ in range(ROUNDS):
        for number in range(len(worth)):
            better = worth[number] + (slope[number] - bend[number] @ worth) / bend[number, number]
            worth[number] = max(0.0, better)
    return {KIND: OF_KIND, **{sort: round(float(value), 3) for sort, value in zip(sorts, worth, strict=True)}}


def _sum(outcome: Outcome, sort: str) -> float:
    return sum(doubt.chance for doubt in outcome.doubts if doubt.sort == sort)


def as_strangers(outcomes: Sequence[Outcome]) -> list[float]:
    """The doubt about each mail, by worths that were fitted to other writers' mails."""
    sizes = {outcome.writer: [0.0] for outcome in outcomes}
    for outcome in outcomes:
        sizes[outcome.writer][0] += 1
    doubts = [0.0] * len(outcomes)
    for writers in folds_of(sizes, PARTS):
        worth = worth_of([outcome for outcome in outcomes if outcome.writer not in writers])
        caution = Caution(worth=worth, threshold=0.0, kind=SURE_OF_KIND, put_aside=PUT_ASIDE)
        for number, outcome in enumerate(outcomes):
            if outcome.writer in writers:
                doubts[number] = expected(outcome.doubts, caution)
    return doubts


def trade_off(outcomes: Sequence[Outcome], doubts: Sequence[float], share: float) -> dict[str, float]:
    """What reviewing the most doubtful applications, this share of them, leaves wrong in the others.

    Those whose kind is unsure are among the share, and reviewed even where it is smaller.
    """
    counted = sorted(
        (d for one, d in zip(outcomes, doubts, strict=True) if one.counts and not one.unsure), reverse=True
    )
    forced = sum(one.counts and one.unsure for one in outcomes)
    reviewed = max(0, round(share * (len(counted) + forced)) - forced)
    threshold = counted[reviewed] if reviewed < len(counted) else 0.0
    rest = [one for one, doubt in zip(outcomes, doubts, strict=True) if not one.unsure and doubt <= threshold]
    silent = sum(one.wrong for one in rest) / max(1, sum(one.values for one in rest))
    return {"review": round(share, 3), "silent": round(silent, 4), "threshold": round(threshold + 0.0005, 3)}
