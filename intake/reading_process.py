"""The process in which mail is understood: `python -m intake.reading_process`, started by `intake.understanding`."""

import os
import resource
import signal
import sys
from multiprocessing.connection import Connection
from typing import Any

from config.call import load_calls
from intake.understanding import OUT_OF_MEMORY, Understood, too_large, understand, where
from parsers.extraction import Kind

_WARM_UP = b"From: a@example.org\r\nSubject: x\r\n\r\nOBS De Klimop, Jan de Vries, 06 12345678. Wij doen graag mee.\r\n"


def _serve(pipe: "Connection[Any, Any]", memory_mb: int) -> None:
    """Understand one mail after the other until the pipe is closed."""
    pipe.send("ready")
    while True:
        try:
            raw, call, kind, conversation = pipe.recv()
        except (EOFError, OSError):
            return
        except MemoryError:
            # Half a mail is in the pipe: only another process can go on.
            sys.exit(OUT_OF_MEMORY)
        try:
            answer: Understood | str = understand(raw, call, kind, conversation)
        except MemoryError:
            answer = too_large(memory_mb)
        except Exception as error:  # noqa: BLE001 - one mail; the error is the answer
            answer = where(error)
        try:
            pipe.send(answer)
        except MemoryError:
            sys.exit(OUT_OF_MEMORY)
        except BrokenPipeError:
            return


def _limit(memory_mb: int) -> None:
    """Let this process grow by so much from here on: its libraries are loaded and map much that they never use."""
    with open("/proc/self/statm", "rb") as numbers:  # noqa: PTH123
        mapped = int(numbers.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    limit = mapped + memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Serve the pipe that the arguments name: its descriptor, and how many megabytes a mail may take."""
    descriptor, memory_mb = int(sys.argv[1]), int(sys.argv[2])
    # The worker decides when to stop: what a terminal or an init system sends to all of a group is not for us.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for call in load_calls().values():
        # With all that is learned: read once, it is no mail's.
        understand(_WARM_UP, call, Kind.APPLICATION)
    _limit(memory_mb)
    _serve(Connection(descriptor), memory_mb)


if __name__ == "__main__":
    main()
