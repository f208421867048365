"""The log: one line for each thing that happens, for people or for machines, and never anything personal."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO

import structlog

_ADDRESS = re.compile(r"[^\s@<>\"'(),;:]{1,64}@[^\s@<>\"'(),;:]{1,255}")
_PHONE = re.compile(r"(?<![\w.+-])(?:\+\d|00?[1-9])(?:[\s().-]{0,3}\d){7,13}(?!\d)")
_LONGEST = 10_000
# What the log writes itself; a time looks like a number.
_OWN_KEYS = frozenset({"timestamp", "level", "logger"})


def redact(text: str) -> str:
    """Return the text with what looks like an e-mail address, Message-ID or telephone number taken out.

    The last defence only: whoever logs gives ids and kinds in the first place. Very long texts are cut.
    """
    return _PHONE.sub("<number>", _ADDRESS.sub("<address>", text[:_LONGEST]))


def set_up_log(
    form: Literal["console", "json"] = "console", level: str = "info", *, stream: TextIO | None = None
) -> None:
    """Send everything that is logged, by us and by libraries, to the stream (standard error) in that form.

    May be called again: the last call counts.
    """
    out = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=_last_steps(form, colours=out.isatty())
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Libraries tell every job and every command; what they find wrong is enough.
    for chatty in ("apscheduler", "imapclient", "alembic", "pypdf"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))


def _last_steps(form: Literal["console", "json"], *, colours: bool) -> list[structlog.typing.Processor]:
    steps: list[structlog.typing.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    if form == "json":
        return [*steps, structlog.processors.JSONRenderer(ensure_ascii=False, default=lambda value: redact(str(value)))]
    return [*steps, structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=0)]


def _redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Redact every text in the event, however deep it is."""
    for key, value in event.items():
        if key not in _OWN_KEYS:
            event[key] = _redacted(value)
    return event


def _redacted(value: Any) -> Any:
    match value:
        case bool() | int() | float() | None:
            return value
        case dict():
            return {redact(str(key)): _redacted(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_redacted(item) for item in value]
        case _:
            return redact(str(value))
