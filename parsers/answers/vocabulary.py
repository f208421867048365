"""The names of facts and their numbers."""

from collections.abc import Iterable


class Table(dict[str, int]):
    """Numbers of the facts of one sort, made when first asked for; 0 for what the vocabulary does not know."""

    def __init__(self, vocabulary: "Vocabulary", prefix: str) -> None:
        super().__init__()
        self._vocabulary, self._prefix = vocabulary, prefix

    def __missing__(self, name: str) -> int:
        number = self._vocabulary.number(self._prefix + name)
        if len(self) < Vocabulary.MAX_KNOWN:
            self[name] = number
        return number


class Vocabulary:
    """The names of all facts the model has a weight for; while it is open, new names get new numbers."""

    MAX_KNOWN = 50_000

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
            found = self._tables[prefix] = Table(self, prefix)
        return found
