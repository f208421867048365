"""The MIME tree of a mail into its texts: the body, each readable attachment, each attached mail."""

from dataclasses import dataclass, field
from email.message import Message as MimePart

from parsers.attachments import Document, read_document
from parsers.blocks import Mailbox, Part
from parsers.headers import decoded, mailboxes, raw_header
from parsers.html import Span
from parsers.mime import Reading, parse_attached
from parsers.text import MAX_TEXT, Body, better_of, text_of

MAX_PARTS = 250
MAX_DEPTH = 25
MAX_DOCUMENTS = 20
MAX_TOTAL = 1_000_000
"""Characters of all texts together."""

_SIGNED = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})
_MACHINE = frozenset(
    {"message/delivery-status", "message/disposition-notification", "text/rfc822-headers", "text/calendar"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    """One text of the mail, with what is needed to tell it apart."""

    part: Part
    spans: tuple[Span, ...] = ()
    author: Mailbox | None = None
    """Who sent the attached mail that it is the text of, or is attached to."""
    level: int = 0
    """How many attached mails it is inside."""
    is_document: bool = False


@dataclass(slots=True, kw_only=True)
class Contents:
    """What was found in the tree so far."""

    texts: list[TextPart] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    documents: int = 0
    characters: int = 0


@dataclass(slots=True, kw_only=True)
class _Mail:
    """The mail whose parts are being walked: this one, or one attached to it."""

    prefix: str = ""
    level: int = 0
    author: Mailbox | None = None
    subject: str = ""
    bodies: list[Body] = field(default_factory=list)
    mails: int = 0
    documents: int = 0
    texts: list[TextPart] = field(default_factory=list)


def contents_of(tree: MimePart, reading: Reading) -> Contents:
    """Walk the tree of a mail. Never raises; beyond the limits of count, depth and size nothing more is read."""
    contents = Contents()
    _read_mail(tree, _Mail(), contents, reading, depth=0)
    return contents


def _read_mail(tree: MimePart, mail: _Mail, contents: Contents, reading: Reading, *, depth: int) -> None:
    _walk(tree, mail, contents, reading, depth=depth)
    body = _joined(mail.bodies)
    part = Part(
        name=mail.prefix or "body",
        text=_within_total(body.text, contents, reading),
        filename=mail.subject,
        media_type="message/rfc822" if mail.level else "text/html" if body.from_html else "text/plain",
        from_html=body.from_html,
    )
    contents.texts.append(TextPart(part=part, spans=body.spans, author=mail.author, level=mail.level))
    contents.texts.extend(mail.texts)


def _walk(part: MimePart, mail: _Mail, contents: Contents, reading: Reading, *, depth: int) -> None:
    kind = part.get_content_type()
    if len(contents.types) >= MAX_PARTS or depth > MAX_DEPTH:
        reading.cut(f"more than {MAX_PARTS} parts, or {MAX_DEPTH} inside each other")
        return
    contents.types.append(kind)
    if kind == "message/rfc822" or (kind == "message/global" and part.is_multipart()):
        _attached_mail(_inner(part), mail, contents, reading, depth=depth)
    elif part.is_multipart():
        _walk_multipart(part, kind, mail, contents, reading, depth=depth)
    elif kind in {"text/plain", "text/html"} and _is_body(part, mail):
        mail.bodies.append(text_of(part, reading))
    elif kind not in _SIGNED and kind not in _MACHINE:
        _document(part, kind, mail, contents, reading, depth=depth)


def _walk_multipart(
    part: MimePart, kind: str, mail: _Mail, contents: Contents, reading: Reading, *, depth: int
) -> None:
    children = [child for child in part.get_payload() if isinstance(child, MimePart)]
    if kind == "multipart/alternative":
        children = _alternatives(children, mail, contents, reading)
    for child in children:
        _walk(child, mail, contents, reading, depth=depth + 1)


def _alternatives(children: list[MimePart], mail: _Mail, contents: Contents, reading: Reading) -> list[MimePart]:
    """Read the best text of an alternative, and return the other children that may hold more than the same again."""
    plain = next(
        (child for child in children if child.get_content_type() == "text/plain" and not child.is_multipart()), None
    )
    html = next(
        (child for child in children if child.get_content_type() == "text/html" and not child.is_multipart()), None
    )
    if plain is None:
        return children
    others = [child for child in children if child is not plain and child is not html]
    body = better_of(plain, html, reading)
    if body.text.strip() or not others:
        mail.bodies.append(body)
        contents.types.extend(child.get_content_type() for child in (plain, html) if child is not None)
        # Apple Mail puts attachments inside the alternative that shows them: HTML within multipart/related or mixed.
        contents.types.extend(child.get_content_type() for child in others if not child.is_multipart())
        return [leaf for child in others if child.is_multipart() for leaf in _leaves(child)]
    return others


def _leaves(part: MimePart) -> list[MimePart]:
    """Return the parts within a multipart that are no text of the body."""
    found = []
    for number, leaf in enumerate(part.walk()):
        if number > MAX_PARTS:
            break
        if leaf.is_multipart() and leaf.get_content_type() != "message/rfc822":
            continue
        if leaf.get_content_type() not in {"text/plain", "text/html"} or leaf.get_filename():
            found.append(leaf)
    return found


def _is_body(part: MimePart, mail: _Mail) -> bool:
    if part.get_content_disposition() == "attachment":
        return False
    return not _filename(part) or not mail.bodies


def _attached_mail(inner: MimePart | None, mail: _Mail, contents: Contents, reading: Reading, *, depth: int) -> None:
    if inner is None:
        contents.unread.append("message/rfc822")
        return
    mail.mails += 1
    attached = _Mail(
        prefix=f"{mail.prefix}/mail:{mail.mails}" if mail.prefix else f"mail:{mail.mails}",
        level=mail.level + 1,
        author=next(iter(mailboxes(raw_header(inner, "from"))), None),
        subject=decoded(raw_header(inner, "subject")),
    )
    inside = Contents(
        types=contents.types, unread=contents.unread, documents=contents.documents, characters=contents.characters
    )
    _read_mail(inner, attached, inside, reading, depth=depth + 1)
    contents.documents, contents.characters = inside.documents, inside.characters
    mail.texts.extend(inside.texts)


def _inner(part: MimePart) -> MimePart | None:
    """Return the mail within a message/rfc822 part, also when it was encoded, which RFC 2046 section 5.2.1 forbids."""
    payload = part.get_payload()
    if not isinstance(payload, list) or not payload or not isinstance(payload[0], MimePart):
        return None
    inner: MimePart = payload[0]
    if len(inner) or str(part.get("content-transfer-encoding", "")).strip().lower() not in {
        "base64",
        "quoted-printable",
    }:
        return inner
    inner["Content-Transfer-Encoding"] = str(part.get("content-transfer-encoding"))
    octets = inner.get_payload(decode=True)
    return parse_attached(octets) if isinstance(octets, bytes) else inner


def _document(part: MimePart, kind: str, mail: _Mail, contents: Contents, reading: Reading, *, depth: int) -> None:
    filename = _filename(part)
    document = Document()
    if contents.documents < MAX_DOCUMENTS or kind.startswith("image/"):
        document = read_document(
            _octets(part, reading), filename=filename, media_type=kind, charset=_charset(part), reading=reading
        )
    else:
        reading.cut(f"more than {MAX_DOCUMENTS} attachments")
    if document.mail is not None:
        _attached_mail(document.mail, mail, contents, reading, depth=depth)
        return
    text = _within_total(document.text, contents, reading)
    if not text.strip():
        contents.unread.append(filename or kind)
        return
    contents.documents += 1
    mail.documents += 1
    name = f"{mail.prefix}/attachment:{mail.documents}" if mail.prefix else f"attachment:{mail.documents}"
    found = Part(
        name=name, text=text, filename=filename, media_type=document.media_type or kind, from_html=document.from_html
    )
    mail.texts.append(TextPart(part=found, author=mail.author, level=mail.level, is_document=True))


def _octets(part: MimePart, reading: Reading) -> bytes:
    try:
        octets = part.get_payload(decode=True)
    except Exception as error:  # noqa: BLE001 - the standard library may raise anything on a broken part
        reading.wrong(f"attachment undecodable ({type(error).__name__})")
        return b""
    return octets if isinstance(octets, bytes) else b""


def _filename(part: MimePart) -> str:
    try:
        return decoded(str(part.get_filename() or ""))[:200]
    except Exception:  # noqa: BLE001 - as above; RFC 2231 parameters are easily broken
        return ""


def _charset(part: MimePart) -> str | None:
    try:
        return part.get_content_charset()
    except Exception:  # noqa: BLE001 - as above
        return None


def _joined(bodies: list[Body]) -> Body:
    """Join the texts of a mail that has several, as mailing lists and Apple Mail make them."""
    bodies = [body for body in bodies if body.text.strip()] or bodies[:1]
    if len(bodies) == 1:
        return bodies[0]
    text, spans = "", []
    pieces: list[str] = []
    length = 0
    for body in bodies:
        if length > MAX_TEXT:
            break
        if pieces:
            pieces.append("\n\n")
            length += 2
        spans += [Span(mark=span.mark, start=span.start + length, end=span.end + length) for span in body.spans]
        pieces.append(body.text)
        length += len(body.text)
    text = "".join(pieces)
    return Body(text=text, from_html=any(body.from_html for body in bodies), spans=tuple(spans))


def _within_total(text: str, contents: Contents, reading: Reading) -> str:
    room = MAX_TOTAL - contents.characters
    if len(text) > room:
        reading.cut(f"texts cut at {MAX_TOTAL:,} characters together")
        text = text[: max(room, 0)]
    contents.characters += len(text)
    return text
