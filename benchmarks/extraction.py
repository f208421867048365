"""What understanding a mail costs: `python -m benchmarks.extraction`.

Measures, mail by mail and in one run, mail-parser's parse of the same bytes and our own steps after it, in CPU time,
and prints the medians and how many times the parse each is. The machine's speed falls out of a ratio; the figure to
keep low is the last one. Start-up, the imports and everything that is loaded once, is measured in a process of its own.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import mailparser

from config.call import Call, load_calls
from parsers.extract import extract
from parsers.kind import recognise
from parsers.message import parse_message

CORPUS = Path(__file__).parent.parent / "tests" / "corpus"
BUDGET = 3.0
"""Times mail-parser's parse that understanding may cost."""
START_UP = """
from config.call import load_calls
from parsers.extract import extract
from parsers.extraction import Kind
from parsers.message import parse_message
mail = b"From: a@example.org\\r\\nSubject: x\\r\\n\\r\\nOBS De Klimop, Jan de Vries, 06 12345678. Wij doen graag mee."
extract(parse_message(mail), load_calls()["ontwikkelgroep"], Kind.APPLICATION)
"""


def main() -> int:
    """Measure and print; the exit status is 0."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folders", nargs="*", default=["learn"], help="folders of the corpus")
    given = arguments.parse_args()
    raws = [path.read_bytes() for name in given.folders for path in sorted((CORPUS / name).glob("*.eml"))]
    call = load_calls()["ontwikkelgroep"]
    steps = steps_of(call)
    for raw in raws[:10]:
        for step in steps.values():
            step(raw)
    costs = {name: [cost(step, raw) for raw in raws] for name, step in steps.items()}
    show(costs)
    print(f"start-up {start_up():.2f} s of CPU")
    return 0


def steps_of(call: Call) -> dict[str, Callable[[bytes], object]]:
    """What is measured, by name."""
    return {
        "mail-parser": mailparser.parse_from_bytes,
        "message": parse_message,
        "message + kind": lambda raw: recognise(parse_message(raw), call),
        "all": lambda raw: extract(parse_message(raw), call),
    }


def cost(step: Callable[[bytes], object], raw: bytes) -> float:
    """Milliseconds of CPU: the better of two, for the first may have found the caches cold."""
    taken = []
    for _ in range(2):
        began = time.process_time()
        step(raw)
        taken.append(time.process_time() - began)
    return min(taken) * 1000


def show(costs: dict[str, list[float]]) -> None:
    """Print the medians, and the medians of each mail's ratio to its parse."""
    floor = costs["mail-parser"]
    print(f"{len(floor)} mails, milliseconds of CPU a mail and times the parse, medians; budget {BUDGET}")
    for name, taken in costs.items():
        ratio = statistics.median(one / base for one, base in zip(taken, floor, strict=True))
        print(
            f"  {name:16} {statistics.median(taken):7.2f} ms {ratio:6.2f} times (mean {statistics.mean(taken):.2f} ms)"
        )


def start_up() -> float:
    """Seconds of CPU until the first mail is understood, in a new process with compiled modules; least of four."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    taken = []
    for _ in range(4):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", START_UP], check=True, cwd=CORPUS.parent.parent, env=environment)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(taken)


if __name__ == "__main__":
    sys.exit(main())
