"""A letter and the bytes of its mail: headers that keep it in its thread and keep other machines quiet."""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Any

from parsers.blocks import Mailbox
from replies.clean import encodable, one_line

LOOP_HEADER = "X-Intake-Loop"
"""On every letter of ours, whatever instance wrote it; mail that carries it is never answered."""
MESSAGE_ID_MARK = "intake."
"""How the local part of our Message-IDs begins: some providers take X- headers off, and none takes the Message-ID."""

SUBJECT_LIMIT = 150
REFERENCES_LIMIT = 30
_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,400}>")
# What RFC 5256 section 2.1 takes off a subject, in the languages of Dutch mailboxes ("RE[2]: ", "Antw.: " …), and
# the tag of a mail gateway.
_PREFIX = re.compile(
    r"(?:(?:re|r|aw|antw|antwoord|betr|betreft|sv|ref|fw|fwd|wg|tr|doorst|doorgestuurd)\.?\s{0,3}"
    r"(?:\[\d{1,3}\]|\(\d{1,3}\))?\s{0,3}[:：]|\[(?:ext|extern|external|spam\??)\]\s{0,3}:?)",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"\[[A-Z]{1,10}-\d{4}-\d{3,8}\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A rendered outgoing mail, not yet sent."""

    to: tuple[str, ...]
    """Bare addresses: ASCII, without display names."""
    subject: str
    text: str
    html: str
    language: str = "nl"
    in_reply_to: str = ""
    """The Message-ID that it answers; empty for a letter that answers none."""
    references: tuple[str, ...] = ()
    """The whole chain, oldest first, the answered mail last."""
    thread_topic: str = ""
    """The conversation's subject and index as Outlook counts them (MS-OXOMSG 2.2.1.3); empty when there are none."""
    thread_index: str = ""
    answers: bool = True
    """It answers a mail (Auto-Submitted: auto-replied); otherwise the service wrote it by itself (auto-generated)."""


class _LetterPolicy(EmailPolicy):
    """The standard library's policy, with long identifiers left whole.

    It writes a Message-ID longer than its line as an encoded word (RFC 2047), which no mail program finds again in a
    thread; those of Exchange are that long. RFC 5322 section 2.2.3 has room for one identifier on each line.
    """

    _WHOLE = frozenset({"message-id", "in-reply-to", "references", "thread-index"})

    def fold(self, name: str, value: Any) -> str:
        if name.lower() in self._WHOLE:
            return f"{name}: " + f"{self.linesep} ".join(str(value).split()) + self.linesep
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in self._WHOLE:
            return self.fold(name, value).encode("ascii", "replace")
        return super().fold_binary(name, value)


class _Headers(HeaderRegistry):
    """The standard library's registry, which makes a new class for every header of every mail; one of each will do."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        # Its name is one of the few that a letter has: the cache can't grow.
        key = name.lower()
        if key not in self._made:
            self._made[key] = super().__getitem__(name)
        return self._made[key]


_POLICY = _LetterPolicy(linesep=SMTP.linesep, max_line_length=76, cte_type="7bit", header_factory=_Headers())


def make_message_id(domain: str, *seeds: str) -> str:
    """Make the Message-ID of a letter from what it is about: the same seeds always give the same.

    A domain that can't stand in one (RFC 5322 section 3.6.4) becomes "localhost".
    """
    digest = hashlib.sha256("\x1f".join(seeds).encode("utf-8", "replace")).hexdigest()[:32]
    host = domain.lower()
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?", host) or ".." in host:
        host = "localhost"
    return f"<{MESSAGE_ID_MARK}{digest}@{host}>"


def is_our_message_id(message_id: str) -> bool:
    """Tell whether a Message-ID was made by `make_message_id`, here or at another instance."""
    return re.fullmatch(rf"<{re.escape(MESSAGE_ID_MARK)}[0-9a-f]{{32}}@[^<>@\s]{{1,255}}>", message_id) is not None


def thread_subject(subject: str, marks: Sequence[str], otherwise: str) -> str:
    """Return "Re: [OG-2026-0001] subject", with one "Re:" and only these marks; `otherwise` stands in for no subject.

    The mark stands in front because there RFC 5256 section 2.1 does not count it: "Re: [mark] subject" and "subject"
    are one thread for programs that go by the subject. Behind it would begin a new one.
    """
    base = one_line(subject, SUBJECT_LIMIT * 2)
    base = _REFERENCE.sub(" ", base)
    for mark in marks:
        base = base.replace(f"[{mark}]", " ")
    base = base.strip()
    while prefix := _PREFIX.match(base):
        base = base[prefix.end() :].strip()
    shown = " ".join(f"[{one_line(mark, 40)}]" for mark in dict.fromkeys(marks))
    return " ".join(f"Re: {shown} {one_line(base, SUBJECT_LIMIT) or otherwise}".split())


def thread_references(message_id: str, references: Sequence[str], in_reply_to: Sequence[str]) -> tuple[str, ...]:
    """Return the chain for a reply (RFC 5322 section 3.6.4): the answered mail's references, then the mail itself.

    A mail without References lends its In-Reply-To when that is one identifier. What is no identifier is left out; of a
    chain that is too long the first one stays, which is the thread's root, and the newest.
    """
    earlier = references or (in_reply_to if len(in_reply_to) == 1 else ())
    chain = [item for item in [*earlier, message_id] if _MESSAGE_ID.fullmatch(item)]
    # The answered mail must be last, so of a repeated identifier its last place counts.
    chain = list(dict.fromkeys(reversed(chain)))[::-1]
    if len(chain) > REFERENCES_LIMIT:
        chain = [chain[0], *chain[-(REFERENCES_LIMIT - 1) :]]
    return tuple(chain)


def child_thread_index(parent: str, seed: str) -> str:
    """Return Outlook's index for a reply to a mail with this one: the same bytes and five more (MS-OXOMSG 2.2.1.3).

    The five hold a time and a random number; ours come from the seed. Empty for what is no index.
    """
    try:
        decoded = base64.b64decode("".join(parent.split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    if not 22 <= len(decoded) <= 22 + 5 * 40 or (len(decoded) - 22) % 5:
        return ""
    return base64.b64encode(decoded + hashlib.sha256(seed.encode("utf-8", "replace")).digest()[:5]).decode("ascii")


def to_bytes(letter: Letter, *, message_id: str, date: datetime, sender: Mailbox, reply_to: str = "") -> bytes:
    """Return the letter as a mail (RFC 5322, CRLF, seven bits); the same arguments always give the same bytes.

    Whatever the letter's texts hold, they can't add or end a header. Raises ValueError for what its maker got wrong: no
    recipient, an address that is none, a time without a zone, a Message-ID that is none.
    """
    if not letter.to:
        raise ValueError("a letter needs a recipient")
    if date.tzinfo is None:
        raise ValueError("a letter's date needs a zone")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError("not a Message-ID")
    mail = EmailMessage(policy=_POLICY)
    mail["Date"] = format_datetime(date)
    mail["From"] = _address(sender.address, _header_text(sender.name, 100))
    mail["To"] = [_address(address) for address in letter.to]
    if reply_to:
        mail["Reply-To"] = _address(reply_to)
    mail["Subject"] = _header_text(letter.subject, SUBJECT_LIMIT + 60)
    mail["Message-ID"] = message_id
    for name, value in (*_thread_headers(letter), *_quiet_headers(letter)):
        mail[name] = value
    mail.set_content(_body(letter.text), cte="quoted-printable")
    mail.add_alternative(_body(letter.html), subtype="html", cte="quoted-printable")
    # Only now: earlier it would have moved into the first part with the other Content headers.
    mail["Content-Language"] = letter.language if re.fullmatch(r"[a-z]{2}", letter.language) else "nl"
    mail.set_boundary("=_" + hashlib.sha256(message_id.encode()).hexdigest()[:32])
    return mail.as_bytes()


def _thread_headers(letter: Letter) -> list[tuple[str, str]]:
    references = [item for item in letter.references if _MESSAGE_ID.fullmatch(item)]
    headers = []
    if _MESSAGE_ID.fullmatch(letter.in_reply_to):
        headers.append(("In-Reply-To", letter.in_reply_to))
    if references:
        headers.append(("References", " ".join(references)))
    if topic := _header_text(letter.thread_topic, SUBJECT_LIMIT):
        headers.append(("Thread-Topic", topic))
    if re.fullmatch(r"[A-Za-z0-9+/]{20,400}={0,2}", letter.thread_index):
        headers.append(("Thread-Index", letter.thread_index))
    return headers


def _quiet_headers(letter: Letter) -> list[tuple[str, str]]:
    """What keeps other machines from answering (RFC 3834 sections 3.1.7, 3.1.8 and 5; MS-OXCMAIL 2.1.3.2.6).

    X-Auto-Response-Suppress names everything except NDR: "All" would also silence the reports that tell staff that an
    applicant does not get our mail. For the same reason, and because mail filters put "bulk" away, Precedence is the
    responders' "auto_reply"; all that heed only "bulk" heed Auto-Submitted as well.
    """
    return [
        ("Auto-Submitted", "auto-replied" if letter.answers else "auto-generated"),
        ("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply"),
        ("Precedence", "auto_reply"),
        (LOOP_HEADER, "yes"),
    ]


def _address(address: str, name: str = "") -> Address:
    """Make the address of a header; ValueError when it is none or holds what a mail server without SMTPUTF8 refuses."""
    local, at, domain = address.rpartition("@")
    if not at or not re.fullmatch(r"[\x21\x23-\x27\x2a\x2b\x2d\x2f-\x39\x3d\x3f\x41-\x5a\x5e-\x7e.]{1,64}", local):
        raise ValueError("not an address")
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?", domain):
        raise ValueError("not an address")
    return Address(display_name=name, username=local, domain=domain)


def _header_text(text: str, limit: int) -> str:
    """One visible line without the beginnings of encoded words (RFC 2047).

    QUIRK: the standard library decodes those in a value that it is given, and writes the line ends that come out.
    """
    return one_line(text, limit).replace("=?", "= ?")


def _body(text: str) -> str:
    """Line ends as \\n and nothing that ends or garbles a MIME part."""
    return encodable(text).replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
