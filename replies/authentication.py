"""What the operator's own mail server found about a sender: the Authentication-Results header (RFC 8601)."""

import re
from enum import StrEnum

from parsers.message import Message

_LIMIT = 8_000
_RESULT = re.compile(r"\s*dmarc\s*(?:/\s*\d+\s*)?=\s*([a-z]+)", re.IGNORECASE)


class Dmarc(StrEnum):
    """Whether the From address is its domain's own (RFC 7489), as far as somebody we trust has said so."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    NONE = "none"
    """Nobody we trust said anything, the domain has no policy, or the check could not be done."""


def dmarc(message: Message, authserv_id: str | None) -> Dmarc:
    """Return the DMARC verdict of the operator's server; NONE for whatever can't be read or trusted.

    Only the topmost Authentication-Results header counts, and only when it carries the server's own name: a sender
    can write such headers too, and they stand below. `authserv_id` is that name, whatever its case; "" for servers that
    give none (Microsoft 365), None when the operator has none.
    """
    if authserv_id is None:
        return Dmarc.NONE
    header = message.header("Authentication-Results")
    if header is None:
        return Dmarc.NONE
    server, *results = _without_comments(header[:_LIMIT]).split(";")
    if "=" in server:
        # QUIRK: Microsoft 365 leaves its name out and begins with the first result.
        server, results = "", [server, *results]
    name = server.split()[0].strip('"').lower() if server.split() else ""
    if name != authserv_id.strip().lower():
        return Dmarc.NONE
    verdicts = {found[1].lower() for result in results if (found := _RESULT.match(result))}
    if "fail" in verdicts:
        return Dmarc.FAIL
    return Dmarc.PASS if verdicts == {"pass"} else Dmarc.NONE


def _without_comments(value: str) -> str:
    """Blank out comments (RFC 5322 section 3.2.2: nested, with escapes) and what quoted text would seem to be."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for character in value:
        if escaped:
            escaped = False
        elif character == "\\" and (quoted or depth):
            escaped = True
        elif character == '"' and not depth:
            quoted = not quoted
        elif quoted:
            # A name may be quoted; a semicolon or a sign of equality in quotes ends or sets nothing.
            kept.append("_" if character in ";=()" else character)
        elif character == "(":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
            kept.append(" ")
        elif not depth:
            kept.append(character)
    return "".join(kept)
