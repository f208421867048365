"""How much of a stranger's mail is understood: `python -m benchmarks.accuracy`.

Scores the corpus with tests/corpus/score.py: the part to learn from, and the part kept aside, whose writers no rule was
made for and no model has seen. Prints the figures for each field and kind, for each mail client, and confidence against
correctness. `--floor FILE` fails when a figure of the aside part is below the committed one; `--raise` writes what is
better into it, so that it only rises.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from config.call import Call, load_calls
from parsers.extract import extract
from parsers.message import Message, parse_message
from parsers.report import as_json

CORPUS = Path(__file__).parent.parent / "tests" / "corpus"
FLOOR = Path(__file__).parent / "accuracy_floor.json"
LOWER_IS_BETTER = frozenset({"replied_to_automatic_or_spam", "applications_missed", "review_rate", "silent_error_rate"})
TOLERANCE = 0.004
"""One mail: another processor's arithmetic may tip one that hangs in the balance."""
CLIENTS = (("outlook", r"outlook|exchange"), ("apple", r"iphone|ipad|apple"), ("gmail", r"gmail|google"))


def main() -> int:
    """Score, print, compare; the exit status."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folders", nargs="*", default=["learn", "aside"], help="folders of the corpus")
    arguments.add_argument("--floor", type=Path, default=None, help="fail when the aside part scores lower than this")
    arguments.add_argument("--raise", dest="raised", action="store_true", help="write better figures into the floor")
    given = arguments.parse_args()
    call = load_calls()["ontwikkelgroep"]
    scores = {}
    for name in given.folders:
        predicted = dict(predict(CORPUS / name, call))
        scores[name] = score([one for one, _ in predicted.values()], CORPUS / name)
        show(name, scores[name])
        show_clients(predicted, CORPUS / name)
        show_calibration([one for one, _ in predicted.values()], CORPUS / name)
    return compare(scores["aside"], given.floor or FLOOR, raised=given.raised) if given.floor or given.raised else 0


def predict(folder: Path, call: Call) -> Iterator[tuple[str, tuple[dict[str, Any], str]]]:
    """Yield for each mail its name, what `intake extract --jsonl` says of it, and its client."""
    for path in sorted(folder.glob("*.eml")):
        message = parse_message(path.read_bytes())
        yield path.name, (as_json(path.name, extract(message, call)), client_of(message))


def client_of(message: Message) -> str:
    """Return which program a mail was written with, as far as it says."""
    said = " ".join(
        filter(None, (message.header("X-Mailer"), message.header("User-Agent"), message.message_id))
    ).lower()
    return next((name for name, pattern in CLIENTS if re.search(pattern, said)), "other")


def score(predictions: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    """Return the figures of score.py for these predictions."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.write("".join(json.dumps(one) + "\n" for one in predictions))
        file.flush()
        command = [sys.executable, str(CORPUS / "score.py"), file.name, str(folder), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def show(name: str, figures: Mapping[str, Any]) -> None:
    """Print the figures of one part of the corpus."""
    print(f"\n{name}: {figures['mails']} mails")
    for key, value in figures.items():
        if key not in {"mails", "fields"}:
            print(f"  {key:30} {value}")
    for field, one in figures["fields"].items():
        print(f"  {field:14} F1 {one['f1']:.3f}  precision {one['precision']:.3f}  recall {one['recall']:.3f}")


def show_clients(predicted: Mapping[str, tuple[dict[str, Any], str]], folder: Path) -> None:
    """Print for each mail client how many kinds were told right."""
    right: dict[str, list[bool]] = defaultdict(list)
    for name, (one, client) in predicted.items():
        right[client].append(one["kind"] == gold_of(folder, name)["kind"])
    for client, told in sorted(right.items()):
        print(f"  kind, {client:8} {sum(told) / len(told):.3f} of {len(told)}")


def show_calibration(predictions: list[dict[str, Any]], folder: Path) -> None:
    """Print how often a kind is right, by how sure it was."""
    bins: dict[int, list[bool]] = defaultdict(list)
    for one in predictions:
        bins[min(int(one["kind_confidence"] * 10), 9)].append(one["kind"] == gold_of(folder, one["file"])["kind"])
    for number, told in sorted(bins.items()):
        print(
            f"  kind sure {number / 10:.1f}–{(number + 1) / 10:.1f}: {sum(told) / len(told):.3f} right of {len(told)}"
        )


def gold_of(folder: Path, name: str) -> dict[str, Any]:
    """Return the gold answers of a mail."""
    gold: dict[str, Any] = json.loads((folder / name.replace(".eml", ".gold.json")).read_text("utf-8"))
    return gold


def flat(figures: Mapping[str, Any]) -> dict[str, float]:
    """Return every figure by one name: "kind_accuracy", "phone" …"""
    plain = {key: float(value) for key, value in figures.items() if key not in {"mails", "fields"}}
    return plain | {field: float(one["f1"]) for field, one in figures["fields"].items()}


def compare(figures: Mapping[str, Any], path: Path, *, raised: bool) -> int:
    """Compare with the floor; return 1 when a figure is worse. With `raised`, write the better of both."""
    now, floor = flat(figures), json.loads(path.read_text("utf-8")) if path.exists() else {}
    worse = [key for key, value in floor.items() if _worse(key, now[key], value)]
    for key in worse:
        print(f"worse than the floor: {key} is {now[key]}, was {floor[key]}")
    if raised and not worse:
        path.write_text(json.dumps(now, indent=1) + "\n", "utf-8")
    return 1 if worse else 0


def _worse(key: str, now: float, floor: float) -> bool:
    return now > floor + TOLERANCE if key in LOWER_IS_BETTER else now < floor - TOLERANCE


if __name__ == "__main__":
    sys.exit(main())
