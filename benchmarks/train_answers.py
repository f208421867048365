"""Learn where answers stand in running prose: a part of `python -m benchmarks.train`, which ships what it makes.

Reads the mails to learn from and those of our own with their gold answers. The score in the report is of mails whose
writers were left out of the training; what makes an answer sure is learned on the same. Deterministic; one training
takes some minutes on one core.

By itself, `python -m benchmarks.train_answers ta xd` tells how it does with these writers when it has not seen them;
it writes nothing.
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
from parsers.answers.model import STEP, Model, model_of
from parsers.answers.spans import QUESTIONS
from parsers.answers.sureness import SIGNALS
from parsers.answers.vocabulary import Vocabulary

CALL = "ontwikkelgroep"
FOLDERS = ("learn", "own")
RIGHT = 0.8
BONUS, PRESENCE = 1.6, 0.4
"""Tuned over the writers left out: what is likelier wrong than right is better looked for by a person."""
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
    """Train without some writers, and tell how it does with them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("writers", nargs="+", help="the prefixes of their mails' names")
    writers = set(parser.parse_args().writers)
    found = examples(FOLDERS, load_calls()[CALL])
    print(f"{len(found)} mails, {sum(example.unaligned for example in found)} pieces of answers not found in them")
    model = model_of(packed(fit([example for example in found if example.writer not in writers])))
    outcome = tried([example for example in found if example.writer in writers], model)
    print(json.dumps(scores_of(outcome.tally), indent=1))


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
        "sureness": named(sureness),
    }


def named(sureness: Sequence[float]) -> dict[str, float]:
    """Return the weights of the signals as the model's file holds them."""
    return {signal: round(weight, 3) for signal, weight in zip(SIGNALS, sureness, strict=True)}


def write(data: Mapping[str, Any], report: Mapping[str, Any], folder: Path) -> None:
    """Write the model and its report; the same data gives the same bytes."""
    folder.mkdir(exist_ok=True)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    (folder / f"{CALL}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    (folder / f"{CALL}.json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")


def tried(found: Iterable[Example], model: Model) -> Outcome:
    """Answer mails with a model and compare."""
    outcome = Outcome()
    for example in found:
        if example.gold["kind"] in WITH_DATA:
            _compare(example, model, outcome)
    return outcome


def report(folders: Sequence[str], mails: int, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return what goes beside the model: what it was made of, and its score with writers that it had not seen."""
    tally: Tally = sum((outcome.tally for outcome in outcomes), Counter())
    return {"version": VERSION, "data": data_hash(folders), "mails": mails, "writers left out": scores_of(tally)}


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
