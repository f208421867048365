"""What says that two mails are the same one."""

import hashlib
import re

# What the sender wrote. The trace headers (Received, Return-Path, Delivered-To, spam marks …) differ between two
# deliveries of one mail and say nothing about it.
_SENDERS_HEADERS = (b"from", b"date", b"subject", b"content-type", b"content-transfer-encoding")
_HEADER_LIMIT = 256 * 1024
_MESSAGE_ID = re.compile(rb"<[^<>\s]{1,400}>")


def identify(raw: bytes) -> tuple[str, str]:
    """Return the Message-ID and the content hash of a mail: together they say "the same mail".

    The hash covers the body and the headers its sender wrote, with line ends made alike, so that another delivery
    of the mail and another way of storing it (CRLF, LF, a line end more at the end) give the same. A Message-ID that is
    missing, unreadable or longer than 400 characters is made from the hash: the same mail always gets the same.
    """
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    head, _, body = lines.partition(b"\n\n")
    headers = _headers(head[:_HEADER_LIMIT])
    digest = hashlib.sha256()
    for name in _SENDERS_HEADERS:
        for value in headers.get(name, ()):
            digest.update(name + b":" + b" ".join(value.split()) + b"\n")
    digest.update(b"\n" + body.rstrip(b"\n"))
    content_hash = digest.hexdigest()
    found = _MESSAGE_ID.search(b" ".join(headers.get(b"message-id", ())))
    if found is None:
        return f"<{content_hash[:40]}@no-message-id.invalid>", content_hash
    return found[0].decode("latin-1"), content_hash


def _headers(head: bytes) -> dict[bytes, list[bytes]]:
    """Return each header's values, unfolded, by lower-case name (RFC 5322 section 2.2.3); other lines are skipped."""
    fields: list[list[bytes]] = []
    for line in head.split(b"\n"):
        if line[:1] in {b" ", b"\t"} and fields:
            fields[-1].append(line)
        elif b":" in line:
            fields.append([line])
    headers: dict[bytes, list[bytes]] = {}
    for field in fields:
        name, _, value = b"".join(field).partition(b":")
        headers.setdefault(name.strip().lower(), []).append(value)
    return headers


def erased_message_id(message_id: str) -> str:
    """Return what is kept of the Message-ID of an erased mail: enough to know it again, nothing about a person."""
    return f"<{hashlib.sha256(message_id.encode('utf-8', 'replace')).hexdigest()[:40]}@erased.invalid>"
