"""E-mail addresses and telephone numbers, with what the words around them say of them."""

import re
from collections.abc import Iterator
from functools import cache

import phonenumbers

from parsers.dutch import alternation, knowledge
from parsers.extraction import Candidate
from parsers.fields.reading import Passage, Reading, Voice, candidate

_ADDRESS = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,6}[a-zA-Z]{2,12}")
_AT = re.compile(
    r"\s*[\[({<]\s*(?:at|a|apestaartje|apenstaartje|apenstaart|@)\s*[\])}>]\s*|"
    r"\s+(?:at|apestaartje|apenstaartje|apenstaart|@)\s+|@\s+|\s+@",
    re.I,
)
_DOT = r"(?:\.|\s*[\[({]\s*(?:punt|dot|\.)\s*[\])}]\s*|\s+(?:punt|dot)\s+)"
_LOCAL_PART = re.compile(rf"[\w+-]{{1,40}}(?:{_DOT}[\w+-]{{1,40}}){{0,4}}$", re.I)
_DOMAIN = re.compile(rf"[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{1,4}}", re.I)
_DOTS = re.compile(_DOT, re.I)
_TOP = re.compile(r"\.(?:nl|be|de|com|org|net|eu|nu|frl|edu|info|school|amsterdam|online|education)$")

_NUMBER = re.compile(
    r"(?<![\w@])(?:\(?(?:\+|00)[ \t]?\d{1,3}\)?|\(?[0Oo](?=[\d \t().-]))(?:[\d \t().\-–/+]|(?<=[\d -])\n(?=[\d(])){5,60}\d"
)
_SPLIT = re.compile(
    r"\s*(?:/|\||\s-\s|–|\s{2,}|\n)\s*(?=\(?(?:0|\+))|\s+(?=0[1-9]\d{1,2}\s*[-/])|\s+(?=06\s*[-/ ]?\s*\d)|\s+(?=\+\d)"
)
_CLAUSE = re.compile(r"[.!?;\n](?:\s|$)")
_WORD = re.compile(r"[\w'’.@*-]+")
_DIGITS = re.compile(r"\D+")


def propose_contacts(reading: Reading) -> Iterator[Candidate]:
    """Propose every address and number of the applicant's side of the mail; our own are left out."""
    for passage in reading.passages:
        for start, end, address in addresses(passage):
            if address not in reading.organiser:
                yield _email(passage, start, end, address)
        ours = _ours(reading)
        for start, end, number in numbers(passage):
            if number not in ours:
                yield _phone(passage, start, end, number)


def addresses(passage: Passage) -> Iterator[tuple[int, int, str]]:
    """Yield span and normal form of each e-mail address, written plainly or hidden from robots."""
    text, last = passage.text, passage.start
    plain = [(m.start(), m.end(), m.group()) for m in _ADDRESS.finditer(text, passage.start, passage.end)]
    for start, end, value in plain:
        yield start, end, value.strip(".-").lower()
    taken = [(start, end) for start, end, _ in plain]
    for at in _AT.finditer(text, passage.start, passage.end):
        local = _LOCAL_PART.search(text, max(last, at.start() - 90), at.start())
        domain = _DOMAIN.match(text, at.end(), min(passage.end, at.end() + 120))
        if not local or not domain or any(start < domain.end() and end > local.start() for start, end in taken):
            continue
        host = _top(_DOTS.sub(".", domain.group()).lower())
        name = _DOTS.sub(".", local.group()).lower().split()[-1]
        if host:
            last = domain.end()
            yield (
                local.end() - len(local.group().split()[-1]) if " " not in name else local.start(),
                domain.end(),
                f"{name}@{host}",
            )


def _top(host: str) -> str:
    """Cut what follows the top-level domain; empty when there is none that people here have."""
    labels = host.split(".")
    for count in range(len(labels), 1, -1):
        if _TOP.search(".".join(labels[:count])):
            return ".".join(labels[:count])
    return ""


def numbers(passage: Passage) -> Iterator[tuple[int, int, str]]:
    """Yield span and E.164 form of each valid telephone number; Dutch unless it says otherwise."""
    for run in _NUMBER.finditer(passage.text, passage.start, passage.end):
        yield from _in_run(run.group(), run.start())


def _in_run(run: str, offset: int) -> Iterator[tuple[int, int, str]]:
    if "\n" in run and not e164(run):
        run = run[: run.index("\n")]
    whole = e164(run)
    if whole:
        yield offset, offset + len(run), whole
        return
    pieces = list(_pieces(run))
    if len(pieces) > 1:
        for start, end in pieces:
            value = e164(run[start:end])
            if value:
                yield offset + start, offset + end, value
        return
    trimmed = run
    while " " in trimmed.strip():
        trimmed = trimmed[: trimmed.rindex(" ")]
        value = e164(trimmed)
        if value:
            yield offset, offset + len(trimmed), value
            return


def _pieces(run: str) -> Iterator[tuple[int, int]]:
    start = 0
    for cut in _SPLIT.finditer(run):
        if cut.start() > start:
            yield start, cut.start()
        start = cut.end()
    yield start, len(run)


@cache
def e164(text: str) -> str:
    """The number in E.164; empty when it is none that exists."""
    text = text.replace("O", "0").replace("o", "0").replace("\n", " ")
    digits = _DIGITS.sub("", text)
    if not 9 <= len(digits) <= 15:
        return ""
    if digits.startswith("0031") or digits.startswith("31"):
        text = "+31" + _DIGITS.sub("", text.replace("(0)", "")).removeprefix("00").removeprefix("31").lstrip("0")
    elif digits.startswith("00"):
        text = "+" + digits[2:]
    try:
        number = phonenumbers.parse(text, "NL")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _ours(reading: Reading) -> frozenset[str]:
    return frozenset({e164(reading.call.contact_phone)})


def _email(passage: Passage, start: int, end: int, address: str) -> Candidate:
    cues = _near("email", passage, start, end)
    return candidate("email", address, passage, (start, end), "address", *cues)


def _phone(passage: Passage, start: int, end: int, number: str) -> Candidate:
    cues = [*_near("phone", passage, start, end)]
    if number.startswith("+316"):
        cues.append("is:mobile")
    elif not number.startswith("+31"):
        cues.append("is:foreign")
    elif number.startswith(("+3185", "+3188", "+31800", "+31900", "+3190")):
        cues.append("is:service")
    else:
        cues.append("is:fixed")
    return candidate("phone", number, passage, (start, end), "number", *cues)


def _near(field: str, passage: Passage, start: int, end: int) -> list[str]:
    """Name the classes of words before and after a value, within its line or clause."""
    before, after = around(passage, start, end)
    cues = []
    for cls, pattern in _classes(field):
        if pattern.search(before):
            cues.append(f"before:{cls}")
        if pattern.search(after):
            cues.append(f"after:{cls}")
    return cues


def around(passage: Passage, start: int, end: int, *, left: int = 70, right: int = 50) -> tuple[str, str]:
    """The lower-case words of the same clause before and after a span, up to another number or address."""
    before = passage.text[max(passage.start, start - left) : start].lower()
    cut = max((mark.end() for mark in _CLAUSE.finditer(before) if not _SHORT.search(before, 0, mark.start() + 1)), default=0)
    value = max((mark.end() for mark in _VALUE.finditer(before)), default=0)
    after = passage.text[end : min(passage.end, end + right)].lower()
    stop = next((m.start() for m in _CLAUSE.finditer(after) if not _SHORT.search(after, 0, m.start() + 1)), len(after))
    other = _VALUE.search(after)
    return before[max(cut, value) :], after[: min(stop, other.start() if other else stop)]


_SHORT = re.compile(r"(?:\b(?:tel|mob|nr|dhr|mw|mevr|doorkiesnr|tst|toest|sec|secr|alg|evt|bijv|t|m|e)|\b(?:\w\.)+\w)\.$")
_VALUE = re.compile(r"\d[\d ().-]{6,}\d|\S+@\S+")


@cache
def _classes(field: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    table = knowledge("contacts")[field]
    return tuple((cls, _pattern(phrases)) for cls, phrases in table.items())


def _pattern(phrases: list[str]) -> re.Pattern[str]:
    exact = [phrase for phrase in phrases if not phrase.endswith("*")]
    stems = [phrase[:-1] for phrase in phrases if phrase.endswith("*")]
    options = [rf"(?:{alternation(exact)})(?!\w)"] + ([rf"(?:{alternation(stems)})"] if stems else [])
    return re.compile(rf"(?<!\w)(?:{'|'.join(options)})")


def header_contacts(reading: Reading) -> Iterator[Candidate]:
    """Propose the addresses of the headers: Reply-To, From, the authors of forwarded mails."""
    message = reading.message
    headers = [("From", message.from_, "by:from")] + [("Reply-To", box, "by:reply-to") for box in message.reply_to]
    for name, box, cue in headers:
        if box.address and box.address not in reading.organiser:
            value = message.header(name) or ""
            start = max(value.lower().find(box.address), 0)
            yield _from_header("email", box.address, f"header:{name}", start, start + len(box.address), cue)
    seen = set()
    for passage in reading.passages:
        author = passage.author
        if author and author.address and author.address not in reading.organiser and passage.voice is not Voice.EARLIER:
            key = (author.address, passage.voice)
            if key not in seen:
                seen.add(key)
                yield candidate(
                    "email", author.address, passage, (passage.start, passage.start), "author", f"level:{passage.level}"
                )


def _from_header(field: str, value: str, part: str, start: int, end: int, cue: str) -> Candidate:
    from parsers.extraction import Evidence

    evidence = Evidence(part=part, start=start, end=end, extractor="header")
    return Candidate(field=field, value=value, confidence=0.5, evidence=evidence, cues=("voice:header", cue))
