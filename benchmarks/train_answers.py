"""Learn where answers stand in running prose: `python -m benchmarks.train_answers`.

Reads the mails to learn from and those of our own with their gold answers, and writes ontwikkelgroep.json.gz in
parsers/learned/, with a report of the same name beside it. The score in the report is of mails whose writers were left
out of the training, some at a time; what makes an answer sure is learned on the same. Deterministic; takes some minutes
on one core.

`--aside` also scores the mails kept aside, which nothing is learned from.
"""

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.answers_gold import WITH_DATA, Example, data_hash, examples, word_f1
from benchmarks.answers_optimiser import Trained, prepare, train
from config.call import load_calls
from parsers.answers import candidate_of, proposals
from parsers.answers.model import LEARNED, STEP, Model, model_of
from parsers.answers.spans import QUESTIONS
from parsers.answers.sureness import SIGNALS
from parsers.answers.vocabulary import Vocabulary

CALL = "ontwikkelgroep"
FOLDERS = ("learn", "own")
LEFT_OUT = (frozenset(("df", "dh", "dl", "dn")), frozenset(("da", "dj", "pa", "ra")))
"""The writers who are left out to score and to learn what makes sure: ordinary, brief and hard ones, some at a time."""
RIGHT = 0.8
BONUS, PRESENCE = 1.6, 0.4
"""Tuned over the writers left out: an answer missed weighs somewhat heavier than one invented."""
MILDNESS = 0.8
"""What is learned is too sure of itself with other writers: all weights are lessened by this."""
SMALLEST = 2 * STEP
"""Facts of less weight are left out of the file."""
VERSION = 3

Tally = Counter[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the answers of some mails."""

    tally: Tally = field(default_factory=Counter)
    judged: list[tuple[tuple[float, ...], bool]] = field(default_factory=list)
    """The signals of each answer that the model gave, and whether it was right."""


def main() -> None:
    """Train, score and write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--aside", action="store_true", help="score the mails kept aside too")
    parser.add_argument("--only", nargs="*", help="only score these writers, and write nothing")
    args = parser.parse_args()
    found = examples(FOLDERS, load_calls()[CALL])
    print(f"{len(found)} mails, {sum(example.unaligned for example in found)} pieces of answers not found in them")
    outcome = Outcome()
    for writers in [frozenset(args.only)] if args.only else LEFT_OUT:
        _leave_out(found, writers, outcome)
    print(json.dumps(scores_of(outcome.tally), indent=1))
    if args.only:
        return
    data = packed(fit(found), sureness_of(outcome.judged))
    scores = scores_of(outcome.tally)
    report = {"version": VERSION, "data": data_hash(FOLDERS), "mails": len(found), "writers left out": scores}
    if args.aside:
        aside = Outcome()
        _apply(examples(("aside",), load_calls()[CALL]), model_of(data), aside)
        report["aside"] = scores_of(aside.tally)
        print(json.dumps(report["aside"], indent=1))
    write(data, report, LEARNED)


def _leave_out(found: Sequence[Example], writers: frozenset[str], outcome: Outcome) -> None:
    """Train without these writers and try on their mails."""
    model = model_of(packed(fit([example for example in found if example.writer not in writers])))
    _apply([example for example in found if example.writer in writers], model, outcome)


def fit(found: Sequence[Example]) -> Trained:
    """Train on the examples that tell one answer to each question."""
    vocabulary = Vocabulary(is_open=True)
    return train(prepare([example for example in found if example.is_for_training], vocabulary), vocabulary)


def packed(trained: Trained, sureness: Sequence[float] = (0.0,) * len(SIGNALS)) -> dict[str, Any]:
    """Return a model as its file holds it: whole numbers, and only the facts that weigh something."""
    facts = trained.facts * MILDNESS
    kept = [n for n in range(1, len(trained.names)) if np.abs(facts[n]).max() >= SMALLEST]
    whole = {
        "facts": facts[kept].ravel(),
        "shapes": trained.shapes * MILDNESS,
        "order": trained.order * MILDNESS,
        "final": trained.final * MILDNESS,
    }
    return {
        "names": [trained.names[n] for n in kept],
        **{name: np.rint(values / STEP).astype(int).tolist() for name, values in whole.items()},
        "bonus": BONUS,
        "presence": PRESENCE,
        "sureness": {signal: round(weight, 3) for signal, weight in zip(SIGNALS, sureness, strict=True)},
    }


def write(data: Mapping[str, Any], report: Mapping[str, Any], folder: Path) -> None:
    """Write the model and its report; the same data gives the same bytes."""
    folder.mkdir(exist_ok=True)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    (folder / f"{CALL}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    (folder / f"{CALL}.json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")


def _apply(found: Iterable[Example], model: Model, outcome: Outcome) -> None:
    """Answer mails with a model and compare."""
    for example in found:
        if example.gold["kind"] in WITH_DATA:
            _compare(example, model, outcome)


def _compare(example: Example, model: Model, outcome: Outcome) -> None:
    given = {(proposal.group, proposal.passage.question): proposal for proposal in proposals(example.reading, model)}
    for group, app in enumerate(example.gold["applications"]):
        for place in range(QUESTIONS):
            question = str(place + 1)
            gold = (app.get("answers") or {}).get(question)
            answer = given.get((group, place)) or given.get((0, place))
            value = candidate_of(example.reading, answer).value if answer else ""
            right = bool(gold and word_f1(value, gold) >= RIGHT)
            if gold:
                outcome.tally[example.writer, question, "gold"] += 1
            if answer:
                outcome.tally[example.writer, question, "right" if right else "wrong" if gold else "invented"] += 1
                if answer.signals:
                    outcome.judged.append((answer.signals, right))


def scores_of(tally: Tally) -> dict[str, Any]:
    """Return the share right by question and by writer, and what was wrong or invented."""

    def count(outcome: str, writer: str = "", question: str = "") -> int:
        fits = (v for (w, q, o), v in tally.items() if o == outcome and writer in ("", w) and question in ("", q))
        return sum(fits)

    def share(**of: str) -> float:
        return round(count("right", **of) / max(1, count("gold", **of)), 3)

    writers = sorted({writer for writer, _, _ in tally})
    return {
        "right": {question: share(question=question) for question in ("1", "2", "3")},
        "answers": count("gold"),
        "wrong": count("wrong"),
        "missed": count("gold") - count("right") - count("wrong"),
        "invented": count("invented"),
        "by writer": {writer: share(writer=writer) for writer in writers} if len(writers) > 1 else {},
    }


def sureness_of(judged: Sequence[tuple[tuple[float, ...], bool]]) -> list[float]:
    """Return the weights under which the signals of answers best tell the right ones: a logistic regression."""
    signals, right = np.array([each for each, _ in judged]), np.array([float(each) for _, each in judged])
    weights = np.zeros(signals.shape[1])
    ridge = np.eye(len(weights))
    for _ in range(30):
        likely = 1 / (1 + np.exp(-(signals @ weights).clip(-30, 30)))
        slope = signals.T @ (likely - right) + ridge @ weights
        bend = (signals * (likely * (1 - likely))[:, None]).T @ signals + ridge
        weights = weights - np.linalg.solve(bend, slope)
    return [float(weight) for weight in weights]


if __name__ == "__main__":
    main()
