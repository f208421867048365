"""What was found out for a key, kept for the next time it is asked for."""

from collections.abc import Callable
from typing import TypeVar

MAX_REMEMBERED = 50_000
"""Keys that are kept: mail is endless. What comes later is found out each time."""
K = TypeVar("K")
V = TypeVar("V")


class Remembered(dict[K, V]):
    """A table that finds out what it lacks: the caller's function is asked once for each of the first keys."""

    def __init__(self, find: Callable[[K], V]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, key: K) -> V:
        value = self._find(key)
        if len(self) < MAX_REMEMBERED:
            self[key] = value
        return value
