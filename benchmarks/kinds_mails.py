"""Short mails written down as data (`kinds_mails.toml`), made into messages to learn from."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from config.call import Call
from parsers.extraction import Kind
from parsers.message import Message, parse_message

MAILS = Path(__file__).parent / "kinds_mails.toml"
PART = "---"
SENDER = "Robin Verbeek <r.verbeek@dewaterlelie.example>"
LETTER = """Beste Robin Verbeek,

Hartelijk dank voor uw aanmelding voor de ontwikkelgroepen. Wij noteerden:

Organisatie: De Waterlelie
Sector: po

Klopt er iets niet, of ontbreekt er iets? Laat het ons weten door deze mail te beantwoorden.
Uw kenmerk is OG-2019-0108.

Marloes Pieters"""


def short_mails(call: Call) -> Iterator[tuple[Kind, Message]]:
    """Give every short mail with its kind, in order. Raises ValueError for a section that is no kind."""
    for kind, text in tomllib.loads(MAILS.read_text("utf-8")).items():
        for mail in text.strip().split(f"\n{PART}\n"):
            subject, _, words = mail.partition("\n")
            yield Kind(kind), parse_message(raw_mail(subject, words, call))


def raw_mail(subject: str, words: str, call: Call) -> bytes:
    """Make the bytes of a mail. "Re:" answers a letter of ours about an application, "RE:" the invitation."""
    lines = [f"From: {SENDER}", f"To: {call.addresses[0]}", f"Subject: {subject}"]
    quoted = LETTER if subject.startswith("Re:") else call.published_text if subject.startswith("RE:") else ""
    if quoted:
        domain = call.addresses[0].partition("@")[2]
        lines.append(f"In-Reply-To: <letter@{domain}>")
        marked = "\n".join(f"> {line}" for line in quoted.strip().splitlines())
        words = f"{words}\n\nOp 4 feb. 2019 om 10:12 schreef {call.organiser} <{call.addresses[0]}>:\n{marked}"
    return "\n".join((*lines, 'Content-Type: text/plain; charset="utf-8"', "", words, "")).encode()
