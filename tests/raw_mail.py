"""Raw mail out of its pieces, as bytes that no library has tidied."""

import base64
from collections.abc import Iterable

HEAD = b"From: Jan de Vries <j.devries@obsdeklimop.nl>\r\nTo: steunpunt@vo-raad.nl\r\nMIME-Version: 1.0\r\n"


def mail(body: str | bytes, *headers: str, subject: str = "Aanmelding", charset: str = "utf-8") -> bytes:
    """Return a mail of one plain text part, 8bit; headers come after those in HEAD."""
    content = body if isinstance(body, bytes) else body.encode(charset)
    lines = [f"Subject: {subject}", *headers]
    if not any(line.lower().startswith("content-type") for line in headers):
        lines.append(f"Content-Type: text/plain; charset={charset}")
    return HEAD + "\r\n".join(lines).encode() + b"\r\n\r\n" + content.replace(b"\n", b"\r\n")


def html_mail(body: str, *headers: str, subject: str = "Aanmelding") -> bytes:
    """Return a mail of one HTML part."""
    return mail(body, "Content-Type: text/html; charset=utf-8", *headers, subject=subject)


def part(content: str | bytes, media_type: str = "text/plain; charset=utf-8", *, filename: str = "") -> bytes:
    """Return a MIME part, base64; with a file name, an attachment."""
    data = content.encode() if isinstance(content, str) else content
    lines = [f"Content-Type: {media_type}", "Content-Transfer-Encoding: base64"]
    if filename:
        lines.append(f'Content-Disposition: attachment; filename="{filename}"')
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + base64.encodebytes(data).replace(b"\n", b"\r\n")


def multipart(parts: Iterable[bytes], kind: str = "mixed", *, boundary: str = "grens", head: bytes = HEAD) -> bytes:
    """Return a mail, or with an empty head a part, of several parts."""
    opening = b"--" + boundary.encode() + b"\r\n"
    body = b"".join(opening + content + b"\r\n" for content in parts)
    media_type = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    return head + media_type + body + b"--" + boundary.encode() + b"--\r\n"
