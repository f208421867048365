"""Train the model that tells what a mail is: `python -m benchmarks.train_kind`.

Reads the example sentences, the short mails, the mails of our own and those to learn from, with their gold answers;
writes parsers/knowledge/kind_model.json with its version and score: of mails whose writers were left out of
the training (some groups of writers at a time). Deterministic; takes some minutes.
"""

import argparse
import hashlib
import json
import random
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.folds import folds_of
from benchmarks.kinds_mails import MAILS, short_mails
from config.call import Call, load_calls
from parsers.extraction import Kind
from parsers.kind import chosen, features_of
from parsers.kind_intents import softmax, traits_of
from parsers.kind_model import MODEL, Intents, packed, unpacked
from parsers.kind_voices import Region, region_of
from parsers.message import Message, parse_message

Floats = NDArray[np.float32]
ROOT = Path(__file__).parent.parent
SENTENCES = ROOT / "parsers" / "knowledge" / "kinds_sentences.toml"
FOLDERS = (ROOT / "tests" / "corpus" / "learn", ROOT / "tests" / "corpus" / "own")
STORIES = {"1": "reason", "2": "devq", "3": "topics"}
STORY_LIMIT = 900
"""Sentences of applicants' answers to learn from: enough to tell them from the other intents, not to drown those."""
SHORT = "short"
SHORT_WORTH = 0.5
"""How much a short mail counts beside a whole one: nearly all are near-misses, and a mailbox holds fewer of them."""
BOUNDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.01)
"""Between which confidences the verdicts are counted."""
KINDS = tuple(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One mail to learn from."""

    name: str
    group: str
    kind: Kind
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a linear model is fitted."""

    ridge: float
    steps: int
    balance: float = 0.5
    """0 counts every example alike, 1 every class alike."""


INTENTS = Settings(ridge=0.00005, steps=500)
KIND = Settings(ridge=0.0002, steps=300)
TURNS = 6
"""In how many turns groups of writers are left out."""
STRETCH = 30.0
"""The squared length of a mail's signals, however many it has: a long mail is not surer than a short one."""
WORD_STRETCH = 15.0
"""The same for its words, which tell less by themselves."""


def main() -> None:
    """Train, measure, write."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--output", type=Path, default=MODEL)
    arguments.add_argument(
        "--told", type=Path, help="write here what models that saw none of its group say of each mail"
    )
    given = arguments.parse_args()
    output: Path = given.output
    call = load_calls()["ontwikkelgroep"]
    examples = [*read_examples(), *short_examples(call)]
    intents = train_intents(call)
    features = [features_of(example.message, call, intents) for example in examples]
    names, raw = tabulate([mail.signals for mail in features])
    scales = np.round(raw.std(axis=0) + np.float32(0.1), 4)
    words, counted = tabulate([mail.words for mail in features])
    table = np.hstack((of_one_length(raw / scales, STRETCH), of_one_length(counted, WORD_STRETCH)))
    gram = table @ table.T
    scores = held_out(gram, examples)
    temperature = best_temperature(scores, examples)
    measured = report(scores, examples, temperature)
    if given.told:
        told = zip((example.name for example in examples), _chances(scores, temperature), strict=True)
        given.told.write_text(json.dumps(dict(told)), "utf-8")
    labels = np.array([KINDS.index(example.kind) for example in examples])
    weights = np.asarray(table.T @ _fit_gram(gram, labels, KIND, worths_of(examples)), np.float32)
    data = {
        "version": version_of(examples),
        "score": measured,
        "kinds": {
            "labels": list(KINDS),
            "signals": {
                "features": names,
                "scales": [round(float(scale), 4) for scale in scales],
                "weights": packed(weights[: len(names)] * np.float32(STRETCH**0.5)),
            },
            "words": {"features": words, "weights": packed(weights[len(names) :] * np.float32(WORD_STRETCH**0.5))},
            "temperature": round(temperature, 3),
        },
        "intents": {
            "labels": list(intents.labels),
            "vocabulary": list(intents.vocabulary),
            "weights": packed(intents.weights),
        },
    }
    output.write_text(json.dumps(data, ensure_ascii=False, indent=0) + "\n", "utf-8")
    print(f"wrote {output.name}: {output.stat().st_size:,} bytes, version {data['version']}")


def read_examples() -> Iterator[Example]:
    """Read every mail that has a gold answer beside it, in order."""
    for folder in FOLDERS:
        for gold in sorted(folder.glob("*.gold.json")):
            name = gold.name.removesuffix(".gold.json")
            kind = Kind(json.loads(gold.read_text("utf-8"))["kind"])
            message = parse_message((folder / f"{name}.eml").read_bytes())
            yield Example(name=name, group=group_of(name), kind=kind, message=message)


def short_examples(call: Call) -> Iterator[Example]:
    """The short mails that are written down as data: one more group of writers, which is learned from only."""
    for number, (kind, message) in enumerate(short_mails(call), 1):
        yield Example(name=f"{SHORT}-{number:03}", group=SHORT, kind=kind, message=message)


def group_of(name: str) -> str:
    """Mails of one group of writers are left out together."""
    return name.partition("-")[0]


def train_intents(call: Call) -> Intents:
    """Learn what sentences are meant to do from the example sentences and from applicants' answers."""
    sentences = [*_example_sentences(call), *_answer_sentences(call)]
    labels = sorted({label for _, label in sentences})
    counts = Counter(trait for traits, _ in sentences for trait in set(traits))
    vocabulary = {trait: row for row, trait in enumerate(sorted(trait for trait, count in counts.items() if count > 1))}
    table = np.zeros((len(sentences), len(vocabulary)), np.float32)
    for number, (traits, _) in enumerate(sentences):
        for trait in traits:
            if (row := vocabulary.get(trait)) is not None:
                table[number, row] += 1 / np.sqrt(len(traits))
    # scaled up, since a sentence's traits share a length of one
    weights = fit(table * np.float32(10**0.5), [labels.index(label) for _, label in sentences], INTENTS) * np.float32(
        10**0.5
    )
    kept = unpacked(packed(weights))
    return Intents(labels=tuple(labels), vocabulary=vocabulary, weights=kept)


def _example_sentences(call: Call) -> Iterator[tuple[list[str], str]]:
    for label, section in tomllib.loads(SENTENCES.read_text("utf-8")).items():
        for line in section["sentences"].splitlines():
            region = region_of(line, call)
            for sentence, families in zip(region.sentences, region.found, strict=True):
                yield traits_of(sentence, families), label


def _answer_sentences(call: Call) -> list[tuple[list[str], str]]:
    """Sentences of the answers in the gold of our own mails, a fixed sample."""
    found = [
        (traits_of(sentence, families), STORIES[number])
        for path in sorted(FOLDERS[1].glob("*.gold.json"))
        for application in json.loads(path.read_text("utf-8")).get("applications", [])
        for number, answer in application.get("answers", {}).items()
        for sentence, families in _long_sentences(region_of(answer, call))
    ]
    random.Random(1).shuffle(found)
    return found[:STORY_LIMIT]


def _long_sentences(region: Region) -> list[tuple[Any, dict[str, list[int]]]]:
    pairs = zip(region.sentences, region.found, strict=True)
    return [(sentence, families) for sentence, families in pairs if len(sentence.words) > 2]


def tabulate(signals: Sequence[Mapping[str, float]]) -> tuple[list[str], Floats]:
    """Lay the signals or words that three mails or more have in a table."""
    counts = Counter(name for row in signals for name in row)
    names = sorted(name for name, count in counts.items() if count > 2)
    columns = {name: column for column, name in enumerate(names)}
    table = np.zeros((len(signals), len(names)), np.float32)
    for number, row in enumerate(signals):
        for name, value in row.items():
            if name in columns:
                table[number, columns[name]] = value
    return names, table


def of_one_length(table: Floats, stretch: float) -> Floats:
    """Bring every row to the same squared length; one of nothing stays so."""
    lengths = np.maximum(np.linalg.norm(table, axis=1, keepdims=True), np.float32(1e-6))
    return np.asarray(table / lengths * np.float32(stretch**0.5), np.float32)


def worths_of(examples: Sequence[Example]) -> Floats:
    """How much each example counts."""
    return np.array([SHORT_WORTH if example.group == SHORT else 1.0 for example in examples], np.float32)


def fit(table: Floats, labels: Sequence[int], settings: Settings) -> Floats:
    """Fit multinomial logistic regression with a ridge by accelerated gradient descent on the examples' Gram matrix."""
    alphas = _fit_gram(table @ table.T, np.array(labels), settings, np.ones(len(labels), np.float32))
    return np.asarray(table.T @ alphas, np.float32)


def _fit_gram(gram: Floats, labels: NDArray[np.int64], settings: Settings, worths: Floats) -> Floats:
    classes = int(labels.max()) + 1
    counts = np.bincount(labels, minlength=classes)
    rarity = ((len(labels) / np.maximum(counts, 1)) ** settings.balance)[labels] * worths
    weight: Floats = np.asarray(rarity / rarity.mean(), np.float32)[:, None]
    truth = np.eye(classes, dtype=np.float32)[labels]
    step = 1 / (0.5 * _largest(gram * np.sqrt(weight * weight.T)) / len(labels) + settings.ridge)
    current: Floats = np.zeros((len(labels), classes), np.float32)
    ahead = current
    momentum = 1.0
    for _ in range(settings.steps):
        slope = (softmax(gram @ ahead) - truth) * weight / len(labels) + settings.ridge * ahead
        following = np.asarray(ahead - step * slope, np.float32)
        next_momentum = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = np.asarray(following + (momentum - 1) / next_momentum * (following - current), np.float32)
        current, momentum = following, next_momentum
    return current


def _largest(matrix: Floats) -> float:
    """The largest eigenvalue, by power iteration."""
    vector: Floats = np.ones(len(matrix), np.float32)
    for _ in range(30):
        product = np.asarray(matrix @ vector, np.float32)
        vector = np.asarray(product / np.linalg.norm(product), np.float32)
    return float(vector @ matrix @ vector)


def held_out(gram: Floats, examples: Sequence[Example]) -> Floats:
    """Score every mail by a model that has not seen its group, some of which are left out at a time.

    `gram` is the mails' Gram matrix: making it takes longer than all else, so that it is made once.
    """
    labels = np.array([KINDS.index(example.kind) for example in examples])
    sizes = {group: [float(size)] for group, size in Counter(example.group for example in examples).items()}
    worths = worths_of(examples)
    scores = np.zeros((len(examples), len(KINDS)), np.float32)
    for groups in folds_of(sizes, TURNS):
        is_unseen = np.array([example.group in groups for example in examples])
        seen, unseen = np.flatnonzero(~is_unseen), np.flatnonzero(is_unseen)
        alphas = _fit_gram(gram[np.ix_(seen, seen)], labels[seen], KIND, worths[seen])
        scores[unseen, : alphas.shape[1]] = gram[np.ix_(unseen, seen)] @ alphas
    return scores


def best_temperature(scores: Floats, examples: Sequence[Example]) -> float:
    """The divisor that makes the held-out probabilities of our own mails, the harder ones, most likely."""
    ours = [number for number, example in enumerate(examples) if _part(example) == "own"]
    scores, examples = scores[ours], [examples[number] for number in ours]
    return min((step / 20 for step in range(10, 60)), key=lambda temperature: _loss(scores, examples, temperature))


def _part(example: Example) -> str:
    """Which figures a mail counts in."""
    return example.group if example.group == SHORT else "learn" if example.name[0] == "d" else "own"


def _loss(scores: Floats, examples: Sequence[Example], temperature: float) -> float:
    chances = softmax(scores / np.float32(temperature))
    truth = [KINDS.index(example.kind) for example in examples]
    return float(-np.log(np.maximum(chances[np.arange(len(truth)), truth], 1e-6)).mean())


def report(scores: Floats, examples: Sequence[Example], temperature: float) -> dict[str, Any]:
    """Print how well groups that were left out are told apart; return the figures."""
    verdicts = [chosen(chances) for chances in _chances(scores, temperature)]
    guesses = [kind for kind, _ in verdicts]
    pairs = list(zip(examples, guesses, strict=True))
    figures: dict[str, Any] = {}
    for part in ("learn", "own"):
        told = [(example.kind, guess) for example, guess in pairs if _part(example) == part]
        figures[part] = {
            "mails": len(told),
            "kind_accuracy": round(sum(kind == guess for kind, guess in told) / len(told), 4),
            "applications_missed": sum(_with_data(kind) and not _with_data(guess) for kind, guess in told),
            "machines_answered": sum(
                _mute(kind) and not _mute(guess) and guess is not Kind.OTHER for kind, guess in told
            ),
            "by_kind": {kind: _right(kind, told) for kind in KINDS},
        }
        print(part, json.dumps(figures[part], ensure_ascii=False))
    figures["sure"] = sure(verdicts, examples)
    print("right and mails by confidence", json.dumps(figures["sure"]))
    print(f"log loss {_loss(scores, examples, temperature):.4f} at temperature {temperature}")
    for example, guess in pairs:
        if example.kind != guess and _part(example) != SHORT:
            print(f"  {example.name}: {example.kind} taken for {guess}")
    return figures


def _chances(scores: Floats, temperature: float) -> Iterator[dict[Kind, float]]:
    for row in softmax(scores / np.float32(temperature)):
        yield dict(zip(KINDS, map(float, row), strict=True))


def sure(verdicts: Sequence[tuple[Kind, float]], examples: Sequence[Example]) -> dict[str, str]:
    """Of the mails told with a confidence between two bounds: how many were right, of how many."""
    counts: dict[str, str] = {}
    for low, high in pairwise(BOUNDS):
        rights = [
            kind == example.kind
            for (kind, confidence), example in zip(verdicts, examples, strict=True)
            if low <= confidence < high and _part(example) != SHORT
        ]
        counts[f"{low:.2f}"] = f"{sum(rights)}/{len(rights)}"
    return counts


def _right(kind: Kind, chosen: Sequence[tuple[Kind, Kind]]) -> str:
    """How many of a kind were told, of how many."""
    return f"{sum(kind == truth == guess for truth, guess in chosen)}/{sum(kind == truth for truth, _ in chosen)}"


def _with_data(kind: Kind) -> bool:
    return kind in {Kind.APPLICATION, Kind.SUPPLEMENT}


def _mute(kind: Kind) -> bool:
    return kind in {Kind.AUTOMATIC, Kind.SPAM}


def version_of(examples: Sequence[Example]) -> str:
    """A short name for what was learned from: it changes with the mails, the sentences and the phrases."""
    digest = hashlib.sha256()
    for path in (*sorted((ROOT / "parsers" / "knowledge").glob("kinds*.toml")), MAILS):
        digest.update(path.read_bytes())
    for example in examples:
        digest.update(f"{example.name} {example.kind}".encode())
    return digest.hexdigest()[:12]


if __name__ == "__main__":
    main()
