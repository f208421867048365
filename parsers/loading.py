"""Loading what is needed for every mail: once, and without looking for garbage meanwhile."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Let the garbage collector wait while something is loaded that stays: it would go through all of it many times.

    Also a decorator. Within another one, or where the collector is off anyway, it does nothing.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
