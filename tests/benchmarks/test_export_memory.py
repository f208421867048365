"""An export holds a batch in memory, however many applications there are."""

from pathlib import Path

import pytest

from benchmarks.export_memory import export_peak, fill

FEW, MANY = 250, 1500
GROWTH = 8_000_000
"""Bytes that the many may cost more. Held in memory whole, they would cost some 50 million."""


@pytest.fixture
def databases(tmp_path: Path) -> dict[int, Path]:
    made = {number: tmp_path / f"{number}.db" for number in (FEW, MANY)}
    for number, path in made.items():
        fill(path, number)
    return made


def test_six_times_as_many_applications_cost_no_more_memory(databases, tmp_path):
    few, many = (export_peak(databases[number], tmp_path / f"{number}.xlsx") for number in (FEW, MANY))
    assert many - few < GROWTH
    assert (tmp_path / f"{MANY}.xlsx").stat().st_size > (tmp_path / f"{FEW}.xlsx").stat().st_size
