"""Writers in groups that take turns at being left out: what is learned from the others is tried on them."""

from collections.abc import Mapping, Sequence

Sizes = Sequence[float]
"""How large the share of a writer is, measured in one way or several: mails, words …"""


def folds_of(writers: Mapping[str, Sizes], count: int) -> list[frozenset[str]]:
    """Deal the writers into so many groups of about the same size in every measure; the same each time.

    The largest writer comes first, each into the group that it makes least uneven. With words beside mails among the
    measures, brief writers and those who tell stories are mixed. Some groups are empty when there are too few writers.
    """
    totals = [max(sum(each), 1e-9) for each in zip(*writers.values(), strict=True)]
    shares = {
        writer: [size / total for size, total in zip(sizes, totals, strict=True)] for writer, sizes in writers.items()
    }
    groups: list[list[str]] = [[] for _ in range(count)]
    loads = [[0.0] * len(totals) for _ in range(count)]

    def unevenness(group: int, writer: str) -> float:
        pairs = zip(loads[group], shares[writer], strict=True)
        return float(sum((load + share) ** 2 - load**2 for load, share in pairs))

    for writer in sorted(shares, key=lambda writer: (-sum(shares[writer]), writer)):
        group = min(range(count), key=lambda group: unevenness(group, writer))
        groups[group].append(writer)
        loads[group] = [load + share for load, share in zip(loads[group], shares[writer], strict=True)]
    return [frozenset(group) for group in groups]
