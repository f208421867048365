"""The training of the answers model: what it is given, what it makes, and how sure it says it is."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import answers_gold, answers_optimiser
from benchmarks.answers_gold import Example, examples, word_f1
from benchmarks.train_answers import CALL, fit, packed, sureness_of, write
from config.call import load_calls
from parsers.answers import answers_in
from parsers.answers.model import model_of
from parsers.answers.passages import text_of

IN_PIECES = """From: Jet Noor <j.noor@dekade.nl>
To: steunpuntpassendonderwijs@vo-raad.nl
Subject: ontwikkelgroep
Content-Type: text/plain; charset=utf-8

Graag praten wij over het rooster van de gymzaal. En ook over het vervoer van onze leerlingen.

Onze school staat in een dorp waar nooit iets gebeurt, en dat is precies goed zo, zegt onze conciërge elke ochtend.

Dan nog de ouders.
"""


@pytest.fixture(scope="module")
def some() -> list[Example]:
    return [example for example in examples(["learn"], load_calls()[CALL]) if example.name < "da-030"]


def test_gold_answers_are_found_in_their_mails(some):
    assert sum(example.unaligned for example in some) == 0
    marked = next(example for example in some if example.name == "da-001")
    assert all(marked.spans)


@pytest.mark.parametrize(
    ("pieces", "learned"),
    [
        (
            ["het rooster van de gymzaal", "het vervoer van onze leerlingen"],
            "het rooster van de gymzaal. En ook over het vervoer van onze leerlingen.",
        ),
        (["het vervoer van onze leerlingen", "de ouders"], "het vervoer van onze leerlingen."),
    ],
)
def test_pieces_are_learned_as_one_answer_where_few_words_part_them(pieces, learned, tmp_path: Path, monkeypatch):
    (example,) = _example(tmp_path, monkeypatch, {"3": answers_gold.PIECES.join(pieces)})
    span = example.spans[2]
    assert span
    assert text_of(example.reading.rows, example.reading.clauses, *span) == learned


def test_pieces_between_which_another_answer_stands_are_not_one(tmp_path: Path, monkeypatch):
    pieces = answers_gold.PIECES.join(("het rooster van de gymzaal", "het vervoer van onze leerlingen", "de ouders"))
    (example,) = _example(tmp_path, monkeypatch, {"1": "onze conciërge", "3": pieces})
    first, _, third = example.spans
    assert first
    assert third
    assert third[1] < first[0]


def _example(folder: Path, monkeypatch: pytest.MonkeyPatch, answers: dict[str, str]) -> list[Example]:
    """Return the mail in pieces with these gold answers, as the training reads it."""
    (folder / "own").mkdir()
    (folder / "own" / "za-001.eml").write_text(IN_PIECES, "utf-8")
    gold = {"kind": "application", "applications": [{"answers": answers}]}
    (folder / "own" / "za-001.gold.json").write_text(json.dumps(gold), "utf-8")
    monkeypatch.setattr(answers_gold, "CORPUS", folder)
    return examples(["own"], load_calls()[CALL])


def test_the_same_data_gives_the_same_model_byte_for_byte(some, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(answers_optimiser, "EPOCHS", 2)
    for name in ("one", "other"):
        write(packed(fit(some)), {"version": 1}, tmp_path / name)
    one, other = ((tmp_path / name / f"{CALL}.json.gz").read_bytes() for name in ("one", "other"))
    assert one == other


def test_what_was_learned_reads_what_it_was_learned_from(some, monkeypatch):
    monkeypatch.setattr(answers_optimiser, "EPOCHS", 8)
    data = packed(fit(some))
    model = model_of(json.loads(gzip.decompress(gzip.compress(json.dumps(data).encode()))))
    right = total = 0
    for example in some:
        given = {candidate.field[-1]: candidate.value for candidate in answers_in(example.reading, model)}
        for app in (example.gold.get("applications") or [])[:1]:
            for question, gold in (app.get("answers") or {}).items():
                total += 1
                right += word_f1(given.get(question, ""), gold) >= 0.8
    assert right >= 0.8 * total


def test_what_makes_sure_follows_how_often_it_was_right():
    rng = np.random.default_rng(3)
    judged = []
    for _ in range(3000):
        score, marked = rng.normal(0, 2), float(rng.random() < 0.5)
        truth = 1 / (1 + np.exp(-(0.5 * score + marked)))
        judged.append(((1.0, float(score), marked), bool(rng.random() < truth)))
    any_, score, marked = sureness_of(judged)
    assert abs(any_) < 0.25
    assert abs(score - 0.5) < 0.1
    assert abs(marked - 1.0) < 0.3
