"""What the operator's own mail server found about a sender: the Authentication-Results header (RFC 8601)."""

import re
from enum import StrEnum

from parsers.message import Message

_LIMIT = 8_000
_RESULT = re.compile(r"\s*dmarc\s*(?:/\s*\d+\s*)?=\s*([a-z]+)", re.IGNORECASE)
_CHECKED = re.compile(r"(?<![\w.])header\.from\s*=\s*([^\s;]{0,400})", re.IGNORECASE)


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

    A pass is one for the domain that the server says it checked (`header.from`): for another than that of the From that
    we read, or one above it, it is none.
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
    found = [(verdict[1].lower(), result) for result in results if (verdict := _RESULT.match(result))]
    verdicts = {verdict for verdict, _ in found}
    if "fail" in verdicts:
        return Dmarc.FAIL
    checked = [domain for _, result in found for domain in _CHECKED.findall(result)]
    own = _domain(message.from_.address)
    meant = all(_is_above(_domain(domain), own) for domain in checked)
    return Dmarc.PASS if verdicts == {"pass"} and meant else Dmarc.NONE


def _domain(address: str) -> str:
    """Return an address's domain, or a domain itself, as it is compared: ASCII, lower case, without its last dot."""
    domain = address.rpartition("@")[2].strip("\"'<>. ").lower()
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def _is_above(domain: str, own: str) -> bool:
    """Whether a domain is the sender's own or its organisation's; a top level domain is nobody's."""
    return domain == own or ("." in domain and own.endswith(f".{domain}"))


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
