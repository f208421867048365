"""A mail's bytes understood, in a process of its own: no mail can hang the worker or eat the machine's memory."""

import contextlib
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from config.call import Call
from parsers.blocks import Mailbox
from parsers.confirmation import Saying, confirmation_in, wants_back
from parsers.extract import extract
from parsers.extraction import Extraction, Kind
from parsers.message import Message, parse_message
from parsers.repeated import without_letters

_START_SECONDS = 120.0
"""How long a new process may take to load the parsers, on a machine that has other work."""

OUT_OF_MEMORY = 77
"""The exit status of a reading process that could not even take the mail, or give its answer."""


class ReadingError(RuntimeError):
    """A mail can't be understood; the message says why and where, and holds nothing of the mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a mail's bytes say."""

    message: Message
    extraction: Extraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What is known of the conversation that a mail goes on with, before the mail is understood."""

    letters: tuple[str, ...] = ()
    """The texts of our letters that it may repeat."""
    asks: bool = False
    """One of them asks whether a value is right, and nobody has answered that yet."""
    withdrawn: bool = False
    """It is about an application that was withdrawn."""


NO_CONVERSATION = Conversation()
ANSWERS = "answers what our letter asked"
COMES_BACK = "wants to take part after all"

Understand = Callable[[bytes, Call, Kind | None, Conversation], Understood]
"""Bytes, the call they react to, what a person said that the mail is, and the conversation. May raise anything."""


def understand(
    raw: bytes, call: Call, kind: Kind | None = None, conversation: Conversation = NO_CONVERSATION
) -> Understood:
    """Understand a mail in this process, without any limit."""
    message = parse_message(raw)
    if conversation.letters:
        author = Mailbox(name=call.organiser, address=next(iter(call.addresses), call.contact_email))
        message = without_letters(message, conversation.letters, author)
    extraction = extract(message, call, kind)
    if kind is None and (meant := _meant(message, extraction.kind, conversation)) is not None:
        kind, reason = meant
        extraction = replace(extract(message, call, kind), kind_reason=reason)
    return Understood(message=message, extraction=extraction)


_SURE = frozenset({Kind.AUTOMATIC, Kind.SPAM, Kind.PRIVACY})
"""What a mail is whatever it answers."""


def _meant(message: Message, kind: Kind, conversation: Conversation) -> tuple[Kind, str] | None:
    """Return what a short reply is in its conversation, and why; None where the words alone must say it.

    "Ja" and "nee" are nothing by themselves, or sound like anything; beneath our question they are its answer.
    """
    if kind in _SURE:
        return None
    if conversation.withdrawn and kind is not Kind.WITHDRAWAL and wants_back(message):
        return Kind.APPLICATION, COMES_BACK
    if conversation.asks:
        found = confirmation_in(message)
        if found.saying is not Saying.NOTHING and (found.alone or kind is Kind.OTHER):
            return Kind.SUPPLEMENT, ANSWERS
    return None


class ReadingProcess:
    """Understands mail in another process, which is ended and replaced when a mail costs too much.

    Its processes hold nothing but the mail in hand; they end with this one, however it ends. For one thread at a time.
    """

    def __init__(self, *, seconds: float, memory_mb: int) -> None:
        self.seconds = seconds
        self.memory_mb = memory_mb
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection[Any, Any] | None = None

    def __call__(
        self, raw: bytes, call: Call, kind: Kind | None = None, conversation: Conversation = NO_CONVERSATION
    ) -> Understood:
        """Understand a mail. Raises ReadingError when it takes too long or too much memory, or breaks the parsers."""
        pipe = self._started()
        with self._deadline(self.seconds) as passed:
            try:
                pipe.send((raw, call, kind, conversation))
                answer = pipe.recv()
            except (EOFError, OSError) as error:
                raise self._ended(passed) from error
        if isinstance(answer, Understood):
            return answer
        raise ReadingError(str(answer))

    def close(self) -> None:
        """End the process; the next mail starts another."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._pipe = self._process = None

    def _started(self) -> "Connection[Any, Any]":
        """Return the pipe to a process that is ready."""
        if self._pipe is not None and self._process is not None and self._process.poll() is None:
            return self._pipe
        self.close()
        ours, theirs = Pipe()
        self._pipe = ours
        # Not a fork: this process has threads, and what they lock stays locked in a copy.
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "intake.reading_process", str(theirs.fileno()), str(self.memory_mb)],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            # What libraries print there may quote the mail.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).parent.parent,
        )
        theirs.close()
        with self._deadline(_START_SECONDS) as passed:
            try:
                ours.recv()
            except (EOFError, OSError) as error:
                raise self._ended(passed) from error
        return ours

    @contextlib.contextmanager
    def _deadline(self, seconds: float) -> Any:
        """End the process after so many seconds, whatever it or the pipe is doing; the event says that it was."""
        passed = threading.Event()
        process = self._process
        assert process is not None

        def end() -> None:
            passed.set()
            process.kill()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield passed
        finally:
            timer.cancel()

    def _ended(self, passed: threading.Event) -> ReadingError:
        """Say why the process ended, and clean up after it."""
        assert self._process is not None
        status = self._process.wait()
        self.close()
        if passed.is_set():
            return ReadingError(f"took longer than {self.seconds:g} seconds")
        if status == OUT_OF_MEMORY:
            return ReadingError(too_large(self.memory_mb))
        name = signal.Signals(-status).name if -status in set(signal.Signals) else str(status)
        return ReadingError(f"the reading process ended ({name})")


def too_large(memory_mb: int) -> str:
    """What is said of a mail that takes more memory than it may."""
    return f"took more than {memory_mb} MB of memory"


def where(error: BaseException) -> str:
    """Return an error's type and the places it came through; not its message, which may quote a mail."""
    lines = [f"{Path(at.filename).name}:{at.lineno} in {at.name}" for at in traceback.extract_tb(error.__traceback__)]
    return "\n".join([*lines[-20:], type(error).__name__])
