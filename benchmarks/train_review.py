"""Learn when a person must look at a mail: `python -m benchmarks.train_review`, after the other trainings.

Some writers are left out: fields and answers are learned anew without their mails and tried on these, as on a
stranger's. What each sort of doubt is worth is fitted to what was wrong there, and the threshold is set so that
a given share of their applications is reviewed. Writes parsers/knowledge/review.json with what other thresholds give.
Deterministic; takes some minutes, most of them for the answers.
"""

import argparse
import importlib.util
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import answers_gold, train_answers, train_weights
from config.call import Call, load_calls
from parsers.answers import answers_in
from parsers.answers.model import Model, load_model, model_of
from parsers.answers.reading import read as read_answers
from parsers.dutch import KNOWLEDGE
from parsers.extraction import Extraction, Kind
from parsers.fields import propose_fields
from parsers.fields.reading import read
from parsers.kind import recognise
from parsers.message import parse_message
from parsers.report import as_json
from parsers.review import Caution, Doubt, doubts_of, expected
from parsers.weigh import Weighed, Weights, weigh, weights_of

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "tests" / "corpus"
FOLDERS = ("learn", "own")
LEFT_OUT = ("df", "dh", "dn", "do", "pa", "ra")
"""Writers of ordinary, hard and brief mails."""
SHARE = 0.44
"""Of the applications of writers left out, how many may be reviewed."""
KIND_WORTH = 2.4
"""What a doubt of the kind is worth: not learned, for the kinds have seen these mails. More than another doubt, for in
a mail that is no application every value is wrong."""
SURE_OF_KIND = 0.8
HELD = 10.0
"""How strongly a worth is held to where it starts, in mails."""
ENOUGH = 1
"""Wrong values of one mail that count: a mail with one is to be looked at as much as one with four. Counting them all
left more wrong among the mails that nobody would see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A mail as the service would see it, its doubts, and what was wrong with it."""

    name: str
    doubts: list[Doubt]
    wrong: int
    values: int


def main() -> None:
    """Try, fit, choose, write."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--share", type=float, default=SHARE, help="share of the applications to review")
    arguments.add_argument("--output", type=Path, default=KNOWLEDGE / "review.json")
    given = arguments.parse_args()
    call = load_calls()["ontwikkelgroep"]
    outcomes = try_out(call, learn_fields(), learn_answers(call))
    caution = choose(outcomes, given.share)
    trade = [trade_off(outcomes, caution, share / 100) for share in range(0, 80, 5)]
    for row in trade:
        print("review {review:.3f}  silent {silent:.4f}  expected {threshold:.2f}".format(**row))
    written = {
        "version": 1,
        "mails": len(outcomes),
        "writers left out": list(LEFT_OUT),
        "threshold": caution.threshold,
        "kind": caution.kind,
        "worth": dict(caution.worth),
        "trade-off": trade,
    }
    given.output.write_text(json.dumps(written, indent=1) + "\n", "utf-8")


def learn_fields() -> Weights:
    """Weights that never saw the writers left out, with the shipped calibration."""
    shipped = json.loads((KNOWLEDGE / "weights.json").read_text("utf-8"))["scales"]
    priors = tomllib.loads(train_weights.PRIORS.read_text("utf-8"))
    mails = [one for folder in FOLDERS for one in train_weights.examples(CORPUS / folder) if one.writer not in LEFT_OUT]
    tables = weights_of(train_weights.train(mails, priors))
    return {field: replace(table, scale=shipped.get(field, {})) for field, table in tables.items()}


def learn_answers(call: Call) -> Model:
    """A model of answers that never saw the writers left out, with the shipped calibration."""
    found = answers_gold.examples(FOLDERS, call)
    model = model_of(train_answers.packed(train_answers.fit([one for one in found if one.writer not in LEFT_OUT])))
    shipped = load_model(call.answers_model)
    return replace(model, sureness=shipped.sureness) if shipped else model


def try_out(call: Call, weights: Weights, answers: Model) -> list[Outcome]:
    """Read the mails of the writers left out as the service would."""
    found = []
    paths = sorted(path for folder in FOLDERS for path in (CORPUS / folder).glob("*.eml"))
    for path in paths:
        gold = json.loads(path.with_suffix(".gold.json").read_text("utf-8"))
        if path.name[:2] not in LEFT_OUT or gold["kind"] not in {"application", "supplement"}:
            continue
        message = parse_message(path.read_bytes())
        verdict = recognise(message, call)
        kind = Kind(gold["kind"])
        verdict = replace(verdict, kind=kind)
        reading = read(message, call, kind)
        candidates = propose_fields(reading) + answers_in(read_answers(message, call), answers)
        weighed = weigh(candidates, reading=reading, kind=kind, weights=weights)
        wrong, values = count(gold, weighed, kind)
        doubts = [doubt for doubt in doubts_of(verdict, weighed, call) if doubt.about != "kind"]
        found.append(Outcome(name=path.stem, doubts=doubts, wrong=wrong, values=values))
    return found


def count(gold: Mapping[str, Any], weighed: Weighed, kind: Kind) -> tuple[int, int]:
    """How many values are wrong, missed or invented, and how many there are, as score.py counts."""
    score = _score()
    said = Extraction(
        kind=kind, kind_confidence=1.0, kind_reason="", needs_review=False, applications=weighed.applications
    )
    wrong = values = 0
    for wanted, found in score.pair(gold.get("applications") or [], as_json("", said)["applications"]):
        for field in score.FIELDS:
            one, other = score.value(wanted, field), score.value(found, field)
            values += one is not None or other is not None
            wrong += (one is not None or other is not None) and not (
                one is not None and other is not None and score.right(field, other, wanted)
            )
    return wrong, values


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
    caution = Caution(worth={"kind": KIND_WORTH, **worth_of(outcomes)}, threshold=0.0, kind=SURE_OF_KIND)
    return replace(caution, threshold=trade_off(outcomes, caution, share)["threshold"])


def worth_of(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Least squares of whether anything is wrong on the doubts of each sort, none worth less than nothing."""
    sorts = sorted({doubt.sort for outcome in outcomes for doubt in outcome.doubts})
    table = np.array([[_sum(outcome, sort) for sort in sorts] for outcome in outcomes])
    wrong = np.array([min(outcome.wrong, ENOUGH) for outcome in outcomes], np.float64)
    start = np.array([0.3 if sort.startswith("no-answer") else 1.0 for sort in sorts])
    worth = start.copy()
    step = 1 / (np.linalg.norm(table, 2) ** 2 + HELD)
    for _ in range(3000):
        worth = np.maximum(worth - step * (table.T @ (table @ worth - wrong) + HELD * (worth - start)), 0.0)
    return {sort: round(float(value), 3) for sort, value in zip(sorts, worth, strict=True)}


def _sum(outcome: Outcome, sort: str) -> float:
    return sum(doubt.chance for doubt in outcome.doubts if doubt.sort == sort)


def trade_off(outcomes: Sequence[Outcome], caution: Caution, share: float) -> dict[str, float]:
    """What reviewing the most doubtful mails, this share of them, leaves wrong in the others."""
    ordered = sorted(outcomes, key=lambda outcome: -expected(outcome.doubts, caution))
    reviewed = round(share * len(ordered))
    rest = ordered[reviewed:]
    threshold = expected(rest[0].doubts, caution) if rest else 0.0
    silent = sum(outcome.wrong for outcome in rest) / max(1, sum(outcome.values for outcome in rest))
    return {"review": round(share, 3), "silent": round(silent, 4), "threshold": round(threshold + 0.0005, 3)}


if __name__ == "__main__":
    main()
