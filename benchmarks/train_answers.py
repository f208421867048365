"""Learn where answers stand in running prose: `python -m benchmarks.train_answers`.

Reads the mails to learn from and those of our own with their gold answers, and writes ontwikkelgroep.json.gz in
parsers/learned/, with a report of the same name beside it. The score in the report is of mails whose writers were left
out of the training, all at once; the confidences are calibrated on the same. Deterministic; takes some minutes on two
cores, one for the training without those writers and one for that of all.

`--aside` also scores the mails kept aside, which nothing is learned from.
"""

import argparse
import gzip
import json
import multiprocessing
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.answers_gold import WITH_DATA, Example, data_hash, examples, word_f1
from benchmarks.answers_optimiser import Trained, prepare, train
from config.call import load_calls
from parsers.answers import answers_in
from parsers.answers.model import LEARNED, STEP, Model, model_of
from parsers.answers.spans import QUESTIONS
from parsers.answers.vocabulary import Vocabulary

CALL = "ontwikkelgroep"
FOLDERS = ("learn", "own")
LEFT_OUT = ("df", "dh", "dn")
"""The writers who are left out to score and to calibrate: ordinary, hard and brief ones."""
RIGHT = 0.8
BONUS, PRESENCE = 4.0, 0.5
"""Tuned over the folds: an answer missed weighs heavier than one invented that is then reviewed."""
SMALLEST = 2 * STEP
"""Facts of less weight are left out of the file."""
VERSION = 1

Tally = Counter[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the answers of one mail."""

    tally: Tally
    scored: list[tuple[float, bool]]
    """The confidence of each answer given, and whether it was right."""


def main() -> None:
    """Train, score and write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--aside", action="store_true", help="score the mails kept aside too")
    parser.add_argument("--only", nargs="*", help="only score these writers, and write nothing")
    args = parser.parse_args()
    found = examples(FOLDERS, load_calls()[CALL])
    print(f"{len(found)} mails, {sum(example.unaligned for example in found)} pieces of answers not found in them")
    with multiprocessing.Pool(1) as pool:
        whole = None if args.only else pool.apply_async(fit, [found])
        outcome = _left_out(found, frozenset(args.only or LEFT_OUT))
        print(json.dumps(scores_of(outcome.tally), indent=1))
        if whole is None:
            return
        data = packed(whole.get(), calibrate(outcome.scored))
    scores = scores_of(outcome.tally)
    report = {"version": VERSION, "data": data_hash(FOLDERS), "mails": len(found), "writers left out": scores}
    if args.aside:
        report["aside"] = scores_of(_apply(examples(("aside",), load_calls()[CALL]), model_of(data)).tally)
        print(json.dumps(report["aside"], indent=1))
    write(data, report, LEARNED)


def _left_out(found: Sequence[Example], writers: frozenset[str]) -> Outcome:
    """Train without these writers and try on their mails."""
    model = model_of(packed(fit([example for example in found if example.writer not in writers])))
    return _apply([example for example in found if example.writer in writers], model)


def fit(found: Sequence[Example]) -> Trained:
    """Train on the examples that tell one answer to each question."""
    vocabulary = Vocabulary(is_open=True)
    return train(prepare([example for example in found if example.is_for_training], vocabulary), vocabulary)


def packed(trained: Trained, calibration: Sequence[tuple[float, float]] = ((0.0, 0.0), (1.0, 1.0))) -> dict[str, Any]:
    """Return a model as its file holds it: whole numbers, and only the facts that weigh something."""
    kept = [n for n in range(1, len(trained.names)) if np.abs(trained.facts[n]).max() >= SMALLEST]
    whole = {
        "facts": trained.facts[kept].ravel(),
        "shapes": trained.shapes,
        "order": trained.order,
        "final": trained.final,
    }
    return {
        "names": [trained.names[n] for n in kept],
        **{name: np.rint(values / STEP).astype(int).tolist() for name, values in whole.items()},
        "bonus": BONUS,
        "presence": PRESENCE,
        "calibration": [[round(score, 4), round(right, 4)] for score, right in calibration],
    }


def write(data: Mapping[str, Any], report: Mapping[str, Any], folder: Path) -> None:
    """Write the model and its report; the same data gives the same bytes."""
    folder.mkdir(exist_ok=True)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    (folder / f"{CALL}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    (folder / f"{CALL}.json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")


def _apply(found: Iterable[Example], model: Model) -> Outcome:
    """Answer mails with a model and compare."""
    uncalibrated = replace(model, calibration=((0.0, 0.0), (1.0, 1.0)))
    tally: Tally = Counter()
    scored: list[tuple[float, bool]] = []
    for example in found:
        if example.gold["kind"] in WITH_DATA:
            _compare(example, uncalibrated, tally, scored)
    return Outcome(tally, scored)


def _compare(example: Example, model: Model, tally: Tally, scored: list[tuple[float, bool]]) -> None:
    given = {(candidate.group, candidate.field[-1]): candidate for candidate in answers_in(example.reading, model)}
    for group, app in enumerate(example.gold["applications"]):
        for question in map(str, range(1, QUESTIONS + 1)):
            gold = (app.get("answers") or {}).get(question)
            answer = given.get((group, question)) or given.get((0, question))
            right = bool(gold and answer and word_f1(answer.value, gold) >= RIGHT)
            if gold:
                tally[example.writer, question, "gold"] += 1
            if answer:
                tally[example.writer, question, "right" if right else "wrong" if gold else "invented"] += 1
                if answer.evidence.extractor == "answers:model":
                    scored.append((answer.confidence, right))


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


def calibrate(scored: Sequence[tuple[float, bool]], size: int = 60) -> list[tuple[float, float]]:
    """Return how often answers of rising score were right: pools of neighbours, joined until each is no less so."""
    ordered = sorted(scored)
    ends = [*range(size, len(ordered) - size, size), len(ordered)]
    pools: list[tuple[int, float, int]] = []
    for start, end in zip([0, *ends], ends, strict=False):
        part = ordered[start:end]
        pools.append((len(part), sum(score for score, _ in part), sum(right for _, right in part)))
        while len(pools) > 1 and _share(pools[-2]) >= _share(pools[-1]):
            last, before = pools.pop(), pools.pop()
            pools.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
    return [(score / count, _share((count, score, right))) for count, score, right in pools if count]


def _share(pool: tuple[int, float, int]) -> float:
    """Return the share right, a little less than sure of either."""
    count, _, right = pool
    return (right + 1) / (count + 2)


if __name__ == "__main__":
    main()
