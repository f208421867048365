"""What stands above a repeated mail: attributions ("Op … schreef …:"), header blocks ("Van: … Aan: …"), markers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from parsers.blocks import Mailbox
from parsers.dutch import alternation, knowledge
from parsers.headers import mailboxes
from parsers.lines import Line

_KNOWN = knowledge("quotes")
MAX_ATTRIBUTION = 400
MAX_BLOCK = 14
MAX_UNOPENED = 16
"""Words of an attribution that does not begin with a date."""


class Style(StrEnum):
    """How a repeated mail is introduced."""

    ATTRIBUTION = "attribution"
    """ "Op … schreef …:" — mail programs put it above the mail that is answered."""
    HEADERS = "headers"
    """ "Van: … Verzonden: …" — put above mail that is answered or passed on."""
    FORWARD = "forward"
    """A line that says in words that a mail is passed on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """Lines `first` up to `end` introduce the mail beneath them."""

    first: int
    end: int
    style: Style
    author: Mailbox | None = None
    to: str = ""
    when: tuple[int, ...] = ()
    """Year, month, day, hour, minute, as far as the date can be read."""


_LABELS = {label: key for key, labels in _KNOWN["headers"].items() for label in labels}
_HEADER = re.compile(rf"[*_]{{0,2}}({alternation(_LABELS)})\s{{0,3}}[*_]{{0,2}}\s?:[*_]{{0,2}}(?:\s+(.*)|$)", re.I)
_VERBS = _KNOWN["attribution"]["verbs"]
_VERB = re.compile(rf"\b({alternation(_VERBS)})\b", re.I)
_OPENER = re.compile(rf"\W{{0,3}}(?:{alternation(_KNOWN['attribution']['openers'])})\b", re.I)
_PRONOUN = re.compile(rf"\s*(?:{alternation(_KNOWN['attribution']['pronouns'])})\b", re.I)
_RULE = re.compile(r"[-_=*~]{5,}")
_MARKER = re.compile(
    rf"[-‐–—_*=>\s]{{1,40}}(?:({alternation(_KNOWN['markers']['forward'])})|({alternation(_KNOWN['markers']['original'])}))\b[^\n]{{0,120}}",
    re.I,
)
_BEGIN = re.compile(rf"[*_]{{0,2}}(?:{alternation(_KNOWN['markers']['begin'])})[*_]{{0,2}}\s?:[*_]{{0,2}}", re.I)
_BEGIN_FORWARD = re.compile(rf"(?:{alternation(_KNOWN['markers']['forward'])}|begin )", re.I)
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@]{1,64}@[^\s<>()\[\],;:\"@]{1,200}")
_TIME = re.compile(
    r"(?:\d{1,2}[:.]\d{2}(?:[:.]\d{2})?|\b(?:19|20)\d{2}\b)(?:\s?(?:[AP]M|uur|CES?T|GMT|UTC))?[^\w<\"']*", re.I
)
_SUBJECT_FOLLOWS = frozenset({"schreef", "schreven", "schrieb", "skreau"})
"""Verbs that stand before the name when the date comes first: "Op 14 januari schreef Jan"."""
_ON_DATE = re.compile(r"\s(?:op|on|am)\s\D{0,20}\d{1,4}[-/. ]", re.I)
_AROUND_NAME = re.compile(
    r"^\s*(?:heeft|hat|has|hawwe)\b|\b(?:heeft|hat|has|het volgende)\b.*$|\[?mailto:.*$|\b(?:op|on|am)\s+\d.*$"
    r"|'?\svia\s.*$",
    re.I,
)
_NOTES_NAME = re.compile(r"/\w[\w/@ -]*$")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan",
            "feb fév",
            "mar maa mrt mär mrz mai",
            "apr",
            "may mei",
            "jun",
            "jul",
            "aug",
            "sep",
            "oct okt",
            "nov",
            "dec dez",
        ),
        1,
    )
    for name in names.split()
}
_LINKED = re.compile(r"(?<=[\w])<mailto:[^>\s]*>", re.I)
"""What Outlook writes behind an address that it made a link of: "jan@x.nl<mailto:jan@x.nl>"."""
_DAYS = ("dag", "tag", "day", "dei")
_DATE_PARTS = re.compile(r"\d{1,4}|[^\W\d_]{3,12}")


def introductions(lines: Sequence[Line]) -> list[Introduction]:
    """Find what introduces repeated mails, from the top down. Each line belongs to one introduction at most."""
    found: list[Introduction] = []
    number = 0
    while number < len(lines):
        introduction = _at(lines, number)
        if introduction is None:
            number += 1
            continue
        found.append(introduction)
        number = introduction.end
    return found


def is_header(words: str) -> bool:
    """Tell whether a line is one of a header block, a label and a value."""
    return _HEADER.fullmatch(words) is not None


def _at(lines: Sequence[Line], number: int) -> Introduction | None:
    words = lines[number].words
    if not words or len(words) > MAX_ATTRIBUTION:
        return None
    first = words[0]
    if first in "-_=*~>‐–—" and (found := _MARKER.fullmatch(words)):
        return _marked(lines, number, is_forward=found[1] is not None)
    if first in "-_=*~" and _RULE.fullmatch(words):
        return _ruled(lines, number)
    if ":" not in words[-3:] and ":" not in words[:24]:
        return _attribution(lines, number)
    if _BEGIN.fullmatch(words):
        return _marked(lines, number, is_forward=_BEGIN_FORWARD.match(words) is not None)
    return _headers(lines, number, marked=False) or _attribution(lines, number)


def _marked(lines: Sequence[Line], number: int, *, is_forward: bool) -> Introduction | None:
    """Read a marker line and the header block or attribution beneath it."""
    style = Style.FORWARD if is_forward else Style.HEADERS
    following = _next_filled(lines, number + 1)
    found = _headers(lines, following, marked=True) if following is not None else None
    if found is None and following is not None and (found := _attribution(lines, following)):
        style = Style.FORWARD if is_forward else Style.ATTRIBUTION
    if found is None:
        return Introduction(first=number, end=number + 1, style=style) if is_forward else None
    return Introduction(first=number, end=found.end, style=style, author=found.author, to=found.to, when=found.when)


def _ruled(lines: Sequence[Line], number: int) -> Introduction | None:
    """Read a line of dashes and the header block beneath it."""
    following = _next_filled(lines, number + 1)
    block = _headers(lines, following, marked=False) if following is not None else None
    if block is None:
        return None
    return Introduction(
        first=number, end=block.end, style=Style.HEADERS, author=block.author, to=block.to, when=block.when
    )


def _next_filled(lines: Sequence[Line], number: int) -> int | None:
    return next((n for n in range(number, min(number + 3, len(lines))) if not lines[n].is_blank), None)


def _headers(lines: Sequence[Line], number: int, *, marked: bool) -> Introduction | None:
    """Read a header block; None when these lines are none. A block has an author, and a date, subject or addressee."""
    values: dict[str, str] = {}
    position = number
    depth = lines[number].depth
    key = ""
    while position < min(number + MAX_BLOCK, len(lines)):
        line = lines[position]
        found = _HEADER.fullmatch(line.words) if line.depth == depth or not line.words else None
        if found:
            key = _LABELS[found[1].lower()]
            if key in values and key != "other":
                break
            values[key] = (found[2] or "").strip()
        elif not key or line.is_blank or not _continues(lines, position, values.get(key, "")):
            break
        else:
            values[key] = f"{values[key]} {line.words}"
        position += 1
    if not _is_block(values, lines[number], marked=marked):
        return None
    if position < len(lines) and _RULE.fullmatch(lines[position].words):
        position += 1
    return Introduction(
        first=number,
        end=position,
        style=Style.HEADERS,
        author=_author(values.get("from", "")),
        to=values.get("to", "").lower(),
        when=_when(values.get("date", "")),
    )


def _continues(lines: Sequence[Line], number: int, value: str) -> bool:
    """Tell whether a line without a label goes on with the header above: another follows, or an address is open."""
    if value.endswith((";", ",", "<")) or (not value and number and _HEADER.fullmatch(lines[number - 1].words)):
        return True
    return any(_HEADER.fullmatch(line.words) for line in lines[number + 1 : number + 3])


def _is_block(values: dict[str, str], first: Line, *, marked: bool) -> bool:
    if not values.get("from"):
        return False
    if marked:
        return len(values) > 1
    found = _HEADER.fullmatch(first.words)
    begins = found is not None and _LABELS[found[1].lower()] in {"from", "date", "subject"}
    dated = any(character.isdigit() for character in values.get("date", ""))
    return begins and len(values) > 1 and (dated or "subject" in values or "@" in values["from"])


def _attribution(lines: Sequence[Line], number: int) -> Introduction | None:
    """Read an attribution, also when it was wrapped over up to three lines."""
    text = ""
    for end in range(number, min(number + 4, len(lines))):
        line = lines[end]
        if line.is_blank or line.depth != lines[number].depth:
            return None
        text = f"{text} {line.words}" if text else line.words
        if len(text) > MAX_ATTRIBUTION:
            return None
        verb = None
        if line.words.endswith((":", ":*", ": ", ">")) and (verb := _last_verb(text)) is not None:
            return _read_attribution(lines, number, end + 1, text, verb)
        if end == number and not _OPENER.match(text) and _VERB.search(text) is None:
            return None
    return None


def _last_verb(text: str) -> re.Match[str] | None:
    """Return the verb of an attribution, unless one of the author's own pronouns follows."""
    found = None
    for found in _VERB.finditer(text):
        if _PRONOUN.match(text, found.end()):
            return None
    return found


def _read_attribution(
    lines: Sequence[Line], first: int, end: int, text: str, verb: re.Match[str]
) -> Introduction | None:
    opened = _OPENER.match(text) is not None
    address = _ADDRESS.search(text)
    if not text.rstrip("* ").endswith(":") and not (opened and address):
        return None
    following = _next_filled(lines, end)
    quoted = following is not None and lines[following].depth > lines[first].depth
    dated = any(character.isdigit() for character in text if opened) or _ON_DATE.search(text, verb.end()) is not None
    if not (quoted or dated or address) or len(text) - verb.end() > 200 or verb.start() > 260:
        return None
    if not opened and (
        text.count(" ") > MAX_UNOPENED or (verb[1].lower() == "geschreven" and "het volgende" not in text)
    ):
        return None  # "Hij heeft zijn stukje zelf geschreven:" is a sentence of the author's own
    return Introduction(
        first=first,
        end=end,
        style=Style.ATTRIBUTION,
        author=_attributed(text, verb, address, opened=opened),
        when=_when(text),
    )


def _attributed(text: str, verb: re.Match[str], address: re.Match[str] | None, *, opened: bool) -> Mailbox | None:
    """Find the author's name in an attribution: behind the verb, or between the date and the verb or address."""
    behind = text[verb.end() : address.start() if address and address.start() > verb.end() else len(text)]
    head = text[: address.start() if address and address.start() < verb.start() else verb.start()]
    times = list(_TIME.finditer(head)) if opened else []
    name = _bare_name(head[times[-1].end() :] if times else head)
    if not name or (opened and verb[1].lower() in _SUBJECT_FOLLOWS):
        name = _bare_name(behind) or name
    if not name and not address:
        return None
    return Mailbox(name=name[:120], address=address[0].lower().strip("'.>") if address else "")


def _bare_name(text: str) -> str:
    """Take away what stands around a name in an attribution."""
    text = _AROUND_NAME.sub("", text)
    return _NOTES_NAME.sub("", text.strip(" \t<>[]()\"'*:,&;-‐‑–"))


def _author(value: str) -> Mailbox | None:
    """Read the author in a header block: as in a header, or as Lotus Notes writes names ("Jan Jansen/SCHOOL/NL")."""
    value = _LINKED.sub("", value)
    value = re.sub(r"\[mailto:([^\]\s]*)\]|<mailto:([^>\s]*)>", r"<\1\2>", value).strip("* ")
    box = next(iter(mailboxes(value)), None)
    if box is None:
        return None
    return Mailbox(name=_NOTES_NAME.sub("", box.name), address=box.address)


def _when(value: str) -> tuple[int, ...]:
    """Read a date as mail programs write it, roughly: enough to say which of two mails is the older."""
    year = month = day = 0
    clock: list[int] = []
    for found in list(_DATE_PARTS.finditer(value))[:12]:
        part = found[0]
        if not part.isdigit():
            if not part.lower().endswith(_DAYS):
                month = month or _MONTHS.get(part[:3].lower(), 0)
        elif len(part) == 4:
            year = year or int(part)
        elif not day:
            day = int(part)
        elif not month:
            month = int(part)
        else:
            clock.append(int(part))
    if year and month > 12:
        day, month = month, day
    return (year, month, day, *clock[:2]) if year and month and day else ()
