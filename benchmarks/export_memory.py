"""What an export of many applications costs: time and the process's peak of memory, by format and number.

Each export is the command in a process of its own, over an SQLite file of invented applications. Bounded means that ten
times as many cost about the same memory.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from models.application import Application, ApplicationEvent, ApplicationPerson, ApplicationStatus, EventKind
from models.base import open_engine, open_sessions
from models.migrations import upgrade
from models.value import ApplicationValue, ValueState, match_key

ROOT = Path(__file__).parents[1]
_NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_WORDS = "Wij willen leerlingen uit het speciaal onderwijs beter laten instromen in onze brugklas en zoeken partners. "


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("numbers", nargs="*", type=int, default=[1_000, 10_000])
    numbers = parser.parse_args().numbers
    print(f"{'applications':>12} {'format':>7} {'seconds':>8} {'peak MB':>8} {'file MB':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            database = Path(folder) / f"{number}.db"
            fill(database, number)
            for kind in ("csv", "xlsx", "jsonl"):
                out = Path(folder) / f"{number}.{kind}"
                began = time.monotonic()
                peak = export_peak(database, out)
                size = out.stat().st_size / 1e6
                print(f"{number:>12} {kind:>7} {time.monotonic() - began:>8.1f} {peak / 1e6:>8.0f} {size:>8.1f}")


def fill(database: Path, number: int) -> None:
    """Make a database with so many applications, each with every value, a colleague, and some history."""
    engine = open_engine(f"sqlite:///{database}")
    upgrade(engine)
    with open_sessions(engine).begin() as session:
        session.execute(insert(Application), [_application(one) for one in range(1, number + 1)])
        for start in range(1, number + 1, 1000):
            some = range(start, min(start + 1000, number + 1))
            session.execute(insert(ApplicationValue), [row for one in some for row in _values(one)])
            session.execute(insert(ApplicationPerson), [_colleague(one) for one in some])
            session.execute(insert(ApplicationEvent), [_event(one) for one in some])
    engine.dispose()


def export_peak(database: Path, out: Path) -> int:
    """Run the export in a process of its own and return the bytes of memory it held at most. Raises when it fails."""
    measured = (
        "import resource, sys\n"
        "from intake.cli.app import app\n"
        "app(['export', sys.argv[1]], standalone_mode=False)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("INTAKE_")}
    done = subprocess.run(
        [sys.executable, "-c", measured, str(out)],
        cwd=ROOT,
        env=environment | {"INTAKE_DATABASE__URL": f"sqlite:///{database}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stderr.split()[-1]) * 1024


def _application(one: int) -> dict[str, Any]:
    at = _NOW + timedelta(minutes=one)
    return {
        "id": one,
        "reference": f"OG-2026-{one:05}",
        "call": "ontwikkelgroep",
        "status": ApplicationStatus.OPEN,
        "language": "nl",
        "needs_review": False,
        "review_reasons": [],
        "created_at": at,
        "updated_at": at,
    }


def _values(one: int) -> Iterator[dict[str, Any]]:
    fields = {
        "organisation": f"OBS De Klimop {one}",
        "sector": ("po", "vo", "po,sbo")[one % 3],
        "role": "intern begeleider",
        "name": f"Jan de Vries {one}",
        "email": f"jan{one}@klimop.example",
        "phone": f"+316{one:08}",
        "place": "Assen",
        "province": "drenthe",
        "region": ("noord", "zuid")[one % 2],
        "answer:1": _WORDS * 4,
        "answer:2": _WORDS * 6,
        "answer:3": "- bekostiging\n- scholing\n" + _WORDS * 2,
    }
    for field, text in fields.items():
        yield _value(one, field, text, ValueState.CURRENT)
    yield _value(one, "role", "directeur", ValueState.SUPERSEDED)


def _value(one: int, field: str, text: str, state: ValueState) -> dict[str, Any]:
    place = {"part": "body", "start": 100, "end": 100 + len(text), "extractor": "label"}
    return {
        "application_id": one,
        "field": field,
        "value": text,
        "match_key": match_key(field, text),
        "state": state,
        "confidence": 0.95,
        "unsure": False,
        "evidence": [place],
        "set_by": "machine",
        "set_at": _NOW,
    }


def _colleague(one: int) -> dict[str, Any]:
    return {
        "application_id": one,
        "name": f"Els Bakker {one}",
        "email": "",
        "role": "directeur",
        "phone": "",
        "added_by": "machine",
        "added_at": _NOW,
    }


def _event(one: int) -> dict[str, Any]:
    return {"application_id": one, "kind": EventKind.CREATED, "at": _NOW, "by": "machine", "note": ""}


if __name__ == "__main__":
    main()
