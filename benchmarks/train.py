"""Train the parsers' models from the corpus, all of them in one go: `make train`.

Writers are left out in turns. Fields and answers are learned without some writers' mails and tried on these, and the
kind of each mail is told by a model that saw none of its writer's. What came of that, for every mail as for a
stranger's, is measured once and serves for all that must know it: the scores, how sure a value is, and when a person
must look at a mail. What is shipped is learned from all mails.

Writes kind_model.json, weights.json and review.json in parsers/knowledge/, and the answers' model in parsers/learned/;
what belongs together at the end, when all went well. Deterministic. Takes minutes on two cores.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks import answers_gold, train_answers, train_review, train_weights
from benchmarks.folds import folds_of
from benchmarks.train_review import Chances, Outcome, Stranger
from config.call import Call, load_calls
from parsers.answers.model import LEARNED, model_of
from parsers.dutch import KNOWLEDGE
from parsers.weigh import Decisions, weights_of

FOLDERS = ("learn", "own")
TURNS = 3
"""In how many turns the writers are left out. More would leave fewer out at a time, and take longer."""
NOBODY: frozenset[str] = frozenset()
CHUNK = 150
"""Mails that are tried out in one go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The corpus, read once before the processes part."""

    call: Call
    answers: list[answers_gold.Example]
    fields: list[train_weights.Example]
    priors: train_weights.Plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What was learned without some writers, or from all, and what came of it with the mails of those left out."""

    left_out: frozenset[str]
    answers: dict[str, Any]
    answered: train_answers.Outcome
    fields: train_weights.Plain
    decided: list[Decisions]
    """Of each mail of theirs, in order."""


_shared: dict[str, Any] = {}
"""What the processes inherit: it is large, and is not sent to them."""


def main() -> None:
    """Read, learn without some writers and from all, try out, write."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--processes", type=int, default=2)
    given = arguments.parse_args()
    began = time.monotonic()
    with learning_kinds() as told:
        material = read_material()
        folds = folds_of(sizes_of(material.answers), TURNS)
        say(began, f"{len(material.answers)} mails read; in turns without {', without '.join(map(_names, folds))}")
        whole, *turns = learn(material, [NOBODY, *folds], given.processes)
        chances = told()
    say(began, "learned")
    answers, fields = answers_file(whole, turns), fields_file(material, whole, turns)
    outcomes = try_out(strangers_of(turns, answers, fields), chances, given.processes)
    say(began, f"{len(outcomes)} mails tried out")
    review = train_review.learned(outcomes)
    report = train_answers.report(FOLDERS, len(material.answers), [turn.answered for turn in turns])
    train_answers.write(answers, report, LEARNED)
    _write("weights.json", fields, indent=0)
    _write("review.json", review, indent=1)
    say(began, "written")


def _names(writers: frozenset[str]) -> str:
    return " ".join(sorted(writers))


def say(began: float, what: str) -> None:
    """Tell how far the training is, for it takes minutes."""
    print(f"{time.monotonic() - began:5.0f} s  {what}", flush=True)


def read_material() -> Material:
    """Read the corpus for every training."""
    call = load_calls()["ontwikkelgroep"]
    return Material(
        call=call,
        answers=answers_gold.examples(FOLDERS, call),
        fields=[one for folder in FOLDERS for one in train_weights.examples(answers_gold.CORPUS / folder)],
        priors=tomllib.loads(train_weights.PRIORS.read_text("utf-8")),
    )


def sizes_of(examples: Sequence[answers_gold.Example]) -> dict[str, list[float]]:
    """By writer, how many mails hold values and how many words these have: in a story there is more to mistake."""
    sizes: dict[str, list[float]] = {example.writer: [0.0, 0.0] for example in examples}
    for example in examples:
        if example.gold["kind"] in answers_gold.WITH_DATA:
            sizes[example.writer][0] += 1
            sizes[example.writer][1] += sum(len(clause.words) for clause in example.reading.clauses)
    return sizes


@contextmanager
def learning_kinds() -> Iterator[Callable[[], Chances]]:
    """Learn to tell kinds meanwhile, in a process of its own: it reads the corpus in its own way.

    Gives what waits for it, and then tells what it says of each mail when it has seen none of its writer's. That raises
    CalledProcessError when the training failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.json"
        command = [sys.executable, "-m", "benchmarks.train_kind", "--told", str(told)]
        with subprocess.Popen(command) as training:

            def wait() -> Chances:
                if training.wait():
                    raise subprocess.CalledProcessError(training.returncode, command)
                chances: Chances = json.loads(told.read_text("utf-8"))
                return chances

            try:
                yield wait
            finally:
                training.terminate()


def learn(material: Material, left_out: Sequence[frozenset[str]], processes: int) -> list[Turn]:
    """Learn everything without each of these groups of writers, side by side; what takes longest first."""
    _shared["material"] = material
    with _pool(processes) as pool:
        answers = [pool.submit(learn_answers, writers) for writers in left_out]
        fields = [pool.submit(learn_fields, writers) for writers in left_out]
        return [
            Turn(left_out=writers, answers=data, answered=answered, fields=weights, decided=decided)
            for writers, (data, answered), (weights, decided) in zip(
                left_out, (each.result() for each in answers), (each.result() for each in fields), strict=True
            )
        ]


def _pool(processes: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, mp_context=get_context("fork"))


def learn_answers(left_out: frozenset[str]) -> tuple[dict[str, Any], train_answers.Outcome]:
    """The answers' model without these writers, and what it makes of their mails."""
    found: list[answers_gold.Example] = _shared["material"].answers
    data = train_answers.packed(train_answers.fit([one for one in found if one.writer not in left_out]))
    return data, train_answers.tried([one for one in found if one.writer in left_out], model_of(data))


def learn_fields(left_out: frozenset[str]) -> tuple[train_weights.Plain, list[Decisions]]:
    """The weights without these writers, and what they decide in their mails."""
    material: Material = _shared["material"]
    weights = train_weights.train([one for one in material.fields if one.writer not in left_out], material.priors)
    theirs = [one for one in material.fields if one.writer in left_out]
    return weights, [decisions for _, decisions in train_weights.decided_by(weights, theirs)]


def answers_file(whole: Turn, turns: Sequence[Turn]) -> dict[str, Any]:
    """The answers' model with how sure it is, as its file holds it."""
    judged = [each for turn in turns for each in turn.answered.judged]
    return {**whole.answers, "sureness": train_answers.named(train_answers.sureness_of(judged))}


def fields_file(material: Material, whole: Turn, turns: Sequence[Turn]) -> dict[str, Any]:
    """The weights with their scales and scores, as their file holds them."""
    decided = [
        pair
        for turn in turns
        for pair in zip((one for one in material.fields if one.writer in turn.left_out), turn.decided, strict=True)
    ]
    return {
        "version": 3,
        "mails": len(material.fields),
        "score": train_weights.scores_of(decided),
        "scales": train_weights.scales_of(decided),
        "weights": whole.fields,
    }


def strangers_of(turns: Sequence[Turn], answers: Mapping[str, Any], fields: Mapping[str, Any]) -> list[Stranger]:
    """What each group of writers is tried with: learned without them, as sure as what is shipped."""
    return [
        Stranger(
            writers=turn.left_out,
            answers=model_of({**turn.answers, "sureness": answers["sureness"]}),
            weights={
                field: replace(table, scale=fields["scales"].get(field, {}))
                for field, table in weights_of(turn.fields).items()
            },
        )
        for turn in turns
    ]


def try_out(strangers: Sequence[Stranger], chances: Chances, processes: int) -> list[Outcome]:
    """Understand every mail as the service would understand a stranger's."""
    _shared.update(strangers=strangers, chances=chances)
    material: Material = _shared["material"]
    known = (one for one in material.answers if one.name in chances)
    paths = [answers_gold.CORPUS / one.folder / f"{one.name}.eml" for one in known]
    with _pool(processes) as pool:
        chunks = [paths[start : start + CHUNK] for start in range(0, len(paths), CHUNK)]
        return [outcome for found in pool.map(_try_chunk, chunks) for outcome in found]


def _try_chunk(paths: Sequence[Path]) -> list[Outcome]:
    material: Material = _shared["material"]
    return list(train_review.try_out(paths, material.call, _shared["strangers"], _shared["chances"]))


def _write(name: str, data: Mapping[str, Any], indent: int) -> None:
    text = json.dumps(data, ensure_ascii=False, indent=indent, sort_keys=indent == 0)
    (KNOWLEDGE / name).write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
