"""The markers of machine mail: what shows that a machine wrote a mail, and what forbids an automatic answer to it."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import translate
from functools import cache
from pathlib import Path

from parsers.message import Message

KNOWLEDGE = Path(__file__).parent / "knowledge" / "kinds_machines.toml"
_NO_MAIL = "no mail to "
_NOTHING = frozenset({"no", "false", "none", "0"})
_EXTERNAL = re.compile(r"^(?:\s*\[(?:ext|extern|external|spam\??)\]\s*:?)+", re.IGNORECASE)


class Source(StrEnum):
    """What a marker tells about who wrote the mail."""

    REPORT = "report"
    """A bounce, delivery report or read receipt."""
    REPLY = "reply"
    """A responder's answer: out of office, ticket system."""
    CALENDAR = "calendar"
    """An invitation or the answer to one, made by a calendar."""
    DAEMON = "daemon"
    """The sender is a mail system."""
    GENERATED = "generated"
    """Made by a program, perhaps with a person's words in it (a web form)."""
    BULK = "bulk"
    """Sent to many, or through a mailing list."""
    PLEA = "plea"
    """Asks for no automatic answer; people's mail carries it too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """One trace of a machine in a mail."""

    source: Source
    reason: str
    """As found, short: "Auto-Submitted: auto-replied"."""


def markers(message: Message) -> tuple[Marker, ...]:
    """List every marker in the mail's headers, sender, subject and structure; the more telling sources first."""
    found = (*_structure(message), *_headers(message), *_senders(message), *_subject(message))
    order = list(Source)
    return tuple(sorted(dict.fromkeys(found), key=lambda marker: order.index(marker.source)))


def automatic_reason(message: Message) -> str | None:
    """Return the most telling marker that a machine wrote this mail, or None. A mere plea for silence is none."""
    return next((marker.reason for marker in markers(message) if marker.source is not Source.PLEA), None)


def answer_stoppers(message: Message) -> tuple[str, ...]:
    """Name everything in the mail that forbids an automatic answer, though a person may have written it.

    The union of RFC 3834 section 2 and what the big helpdesks test for. A sender that takes no mail ("noreply@") stops
    the answer only when no Reply-To leads elsewhere.
    """
    return tuple(dict.fromkeys([*(marker.reason for marker in markers(message)), *_unanswerable(message)]))


def takes_no_mail(message: Message) -> bool:
    """Whether an answer would go to an address that nobody reads ("noreply@")."""
    return any(reason.startswith(_NO_MAIL) for reason in _unanswerable(message))


@cache
def _knowledge() -> dict[str, frozenset[str]]:
    return {key: frozenset(values) for key, values in tomllib.loads(KNOWLEDGE.read_text("utf-8")).items()}


@cache
def _prefixes(key: str) -> tuple[str, ...]:
    return tuple(sorted(_knowledge()[key]))


def _structure(message: Message) -> Iterator[Marker]:
    """Reports (RFC 6522) and calendar mail (RFC 6047). What stands inside an attached mail says nothing of this one."""
    types = [message.content_type, *message.content_types]
    if "message/rfc822" in types:
        types = types[: types.index("message/rfc822")]
    for media_type in dict.fromkeys(types):
        if media_type in _knowledge()["report_types"]:
            yield Marker(source=Source.REPORT, reason=f"Content-Type: {media_type}")
        elif media_type in _knowledge()["calendar_types"]:
            yield Marker(source=Source.CALENDAR, reason=f"Content-Type: {media_type}")


def _headers(message: Message) -> Iterator[Marker]:
    for name, raw in message.headers:
        key, value = name.strip().lower(), raw.strip()
        source = _by_name(key)
        if key == "auto-submitted":
            yield from _auto_submitted(value)
        elif key in _knowledge()["precedence_headers"]:
            yield from _precedence(name.strip(), value)
        elif key == "return-path" and _without_comments(value).replace(" ", "") in {"<>", ""}:
            yield Marker(source=Source.REPORT, reason="Return-Path: <>")
        elif key == "delivered-to" and value.lower().lstrip("<").startswith("autoresponder"):
            yield Marker(source=Source.REPLY, reason="Delivered-To: autoresponder")
        elif source and value.lower() not in _NOTHING and _pleads(key, value):
            yield Marker(source=source, reason=f"{name.strip()}: {value[:60]}".rstrip(": "))


def _pleads(key: str, value: str) -> bool:
    """Whether X-Auto-Response-Suppress asks for silence from us, and not for no read receipts only."""
    return key != "x-auto-response-suppress" or bool(
        _knowledge()["suppress"] & set(re.split(r"[\s,;]+", value.lower()))
    )


def _by_name(key: str) -> Source | None:
    """What a header says by its mere presence."""
    known = _knowledge()
    if key in known["reply_headers"]:
        return Source.REPLY
    if key in known["bulk_headers"] or key.startswith("list-"):
        return Source.BULK
    return Source.PLEA if key in known["loop_headers"] or key == "x-auto-response-suppress" else None


def _auto_submitted(value: str) -> Iterator[Marker]:
    """RFC 3834 section 5: anything but "no" is automatic; comments and parameters may follow, in any case."""
    word = _without_comments(value).split(";")[0].strip().lower()
    if word in _NOTHING:
        return
    source = Source.GENERATED if word in {"auto-generated", "auto_generated", ""} else Source.REPLY
    yield Marker(source=source, reason=f"Auto-Submitted: {value[:60]}".rstrip(": "))


def _precedence(name: str, value: str) -> Iterator[Marker]:
    word = value.lower()
    if word.startswith(tuple(_knowledge()["precedence_reply"])):
        yield Marker(source=Source.REPLY, reason=f"{name}: {value[:60]}")
    elif word.startswith(tuple(_knowledge()["precedence_bulk"])):
        yield Marker(source=Source.BULK, reason=f"{name}: {value[:60]}")


def _without_comments(value: str) -> str:
    """Take away comments in parentheses (RFC 5322 section 3.2.2), nested or never closed."""
    depth, kept = 0, []
    for character in value[:500]:
        if character == "(":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
        elif not depth:
            kept.append(character)
    return "".join(kept).strip()


def _senders(message: Message) -> Iterator[Marker]:
    senders = [message.from_.address, message.sender.address if message.sender else ""]
    for address in dict.fromkeys(senders):
        if address and _matches(address, "daemon_senders"):
            yield Marker(source=Source.DAEMON, reason=f"sender {address.partition('@')[0]}@")


def _subject(message: Message) -> Iterator[Marker]:
    """Only at its very start, after a gateway's tag like "[EXTERN]"; a person's "Fwd:" or "Re:" before it clears it."""
    subject = _EXTERNAL.sub("", message.subject[:300]).strip().lower()
    for source, key in (
        (Source.REPORT, "report_subjects"),
        (Source.REPLY, "reply_subjects"),
        (Source.CALENDAR, "calendar_subjects"),
    ):
        if prefix := next((prefix for prefix in _prefixes(key) if subject.startswith(prefix)), None):
            yield Marker(source=source, reason=f"subject begins with {prefix.rstrip(':')!r}")


def _unanswerable(message: Message) -> Iterator[str]:
    """Where an answer would go to nobody: RFC 3834 section 2."""
    targets = [mailbox.address for mailbox in message.reply_to if mailbox.address] or [message.from_.address]
    for address in targets:
        if not address:
            yield "no sender address"
        elif _matches(address, "unanswerable_senders") or _matches(address, "daemon_senders"):
            yield f"{_NO_MAIL}{address.partition('@')[0]}@"


def _matches(address: str, key: str) -> bool:
    return bool(_pattern(key).match(address.partition("@")[0].strip().lower()[:100]))


@cache
def _pattern(key: str) -> re.Pattern[str]:
    """All patterns of a list as one; each has a star at its beginning or its end at most."""
    return re.compile("|".join(translate(pattern) for pattern in sorted(_knowledge()[key])))
