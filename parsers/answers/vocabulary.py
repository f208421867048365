"""The names of facts and their numbers."""

from collections.abc import Iterable

from parsers.answers.remembered import Remembered

Table = Remembered[str, int]
"""Numbers of the facts of one sort; 0 for what the vocabulary does not know."""


class Vocabulary:
    """The names of all facts the model has a weight for; while it is open, new names get new numbers."""

    def __init__(self, names: Iterable[str] = (), *, is_open: bool = False) -> None:
        self.numbers = {name: number for number, name in enumerate(names, 1)}
        self.is_open = is_open
        self._tables: dict[str, Table] = {}

    def number(self, name: str) -> int:
        """Return a name's number, 0 when it is unknown."""
        if self.is_open:
            return self.numbers.setdefault(name, len(self.numbers) + 1)
        return self.numbers.get(name, 0)

    def table(self, prefix: str) -> Table:
        """Return the table of one sort of facts."""
        found = self._tables.get(prefix)
        if found is None:
            found = self._tables[prefix] = Remembered(lambda name: self.number(prefix + name))
        return found
