"""E-mail addresses and telephone numbers, with what the words around them say of them."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

import phonenumbers

from parsers.dutch import REMEMBERED, knowledge
from parsers.extraction import Candidate, Evidence
from parsers.fields.labels import Labelled, labelled
from parsers.fields.reading import Passage, Reading, Voice, candidate

_ADDRESS = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,6}[a-zA-Z]{2,12}")
_AT = re.compile(
    r"(?<!\s)\s*[\[({<]\s*(?:at|a|apestaartje|apenstaartje|apenstaart|@)\s*[\])}>]\s*|"
    r"(?<!\s)\s+(?:at|apestaartje|apenstaartje|apenstaart|@)\s+|@\s+|(?<!\s)\s+@",
    re.I,
)
_HINTS = (
    "at)",
    "at]",
    "at}",
    "at>",
    "staart",
    " at ",
    "\nat ",
    " at\n",
    "@ ",
    " @",
    "\n@",
    "@\n",
    "(a)",
    "[a]",
    "(@",
    "[@",
)
_DOT = r"(?:\.|\s*[\[({]\s*(?:punt|dot|\.)\s*[\])}]\s*|\s+(?:punt|dot)\s+)"
_LOCAL_PART = re.compile(rf"[\w+-]{{1,40}}(?:{_DOT}[\w+-]{{1,40}}){{0,4}}$", re.I)
_DOMAIN = re.compile(rf"[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{1,4}}", re.I)
_DOTS = re.compile(_DOT, re.I)
_TOP = re.compile(r"\.(?:nl|be|de|com|org|net|eu|nu|frl|edu|info|school|amsterdam|online|education)$")

_NUMBER = re.compile(
    r"(?<![\w@])(?:\(?(?:\+|00)[ \t]?\d{1,3}\)?|\(?[0Oo](?=[\d \t().\-_‐‑–]))"
    r"(?:[\d \t().\-‐-―−/+_]|(?<=[\d -])\n(?=[\d(])){5,60}\d"
)
_DIGIT_WORDS = {
    "nul": "0", "een": "1", "één": "1", "twee": "2", "drie": "3", "vier": "4", "vijf": "5", "zes": "6", "zeven": "7",
    "acht": "8", "negen": "9",
}  # fmt: skip
_JOINING = ("dan", "en", "nog", "daarna", "vervolgens", "nummer", "is")
_DICTATED = re.compile(
    r"(?<![\w@])(?:0\d{1,3}|nul)"
    rf"(?:[ \t,.:;()_-]{{1,4}}(?:\d{{1,8}}|(?:{'|'.join((*_DIGIT_WORDS, *_JOINING))})(?!\w))){{2,16}}",
    re.I,
)
"""A number as one says it: "nul zes, dan 5571 en dan 2049", "0299 dan 40 dan 77 dan 13", "06-nummer: 29 44 10 73"."""
_SAID = re.compile(rf"\d+|(?:{'|'.join(_DIGIT_WORDS)})(?!\w)", re.I)
_SPLIT = re.compile(
    r"\s*(?:/|\||\s-\s|–|\s{2,}|\n)\s*(?=\(?(?:0|\+))|\s+(?=0[1-9]\d{1,2}\s*[-/])|\s+(?=06\s*[-/ ]?\s*\d)|\s+(?=\+\d)"
)
_MOBILE = re.compile(r"(?:\+31|0)\W{0,4}6(?:\W{0,3}\d){8}$")
"""A mobile number in form, though no operator has its range: people mistype."""
_CLAUSE = re.compile(r"[.!?;\n](?:\s|$)")
_SHORT = re.compile(
    r"(?:\b(?:tel|mob|nr|dhr|mw|mevr|doorkiesnr|tst|toest|sec|secr|alg|evt|bijv|t|m|e)|\b(?:\w\.)+\w)\.$"
)
_VALUE = re.compile(r"\d[\d ().-]{6,}\d|\S+@\S+")
_DIGITS = re.compile(r"\D+")


def propose_contacts(reading: Reading) -> Iterator[Candidate]:
    """Propose every address and number of the mail but our own."""
    ours = e164(reading.call.contact_phone)
    for passage in reading.passages:
        items = labelled(passage, reading)
        for start, end, address in addresses_in(passage, reading):
            if address not in reading.organiser:
                cues = [*_near("email", passage, start, end), *_label(items, "email", start)]
                yield candidate("email", address, passage, (start, end), "address", *cues)
        for start, end, number in numbers(passage):
            if number != ours:
                cues = [*_near("phone", passage, start, end), *_label(items, "phone", start), _kind(number)]
                yield candidate("phone", number, passage, (start, end), "number", *cues)


def _label(items: Sequence[Labelled], field: str, start: int) -> Iterator[str]:
    """Say whether a value stands behind a label of its field, or of another one."""
    item = next((item for item in items if item.start <= start <= item.end), None)
    if item is not None:
        yield f"label:{item.shape}" if field in item.fields else "label:other"


def addresses_in(passage: Passage, reading: Reading) -> list[tuple[int, int, str]]:
    """Span and normal form of each e-mail address in a passage, worked out once."""
    key = ("addresses", passage.part, passage.start)
    if key not in reading.memory:
        reading.memory[key] = list(addresses(passage))
    found: list[tuple[int, int, str]] = reading.memory[key]
    return found


def addresses(passage: Passage) -> Iterator[tuple[int, int, str]]:
    """Yield span and normal form of each e-mail address, written plainly or hidden from robots."""
    text = passage.text
    plain = [(m.start(), m.end(), m.group()) for m in _ADDRESS.finditer(text, passage.start, passage.end)]
    for start, end, value in plain:
        yield start, end, value.strip(".-").lower()
    low = passage.words.lower()
    if not any(hint in low for hint in _HINTS):
        return
    last = passage.start
    for at in _AT.finditer(text, passage.start, passage.end):
        local = _LOCAL_PART.search(text, max(last, at.start() - 90), at.start())
        domain = _DOMAIN.match(text, at.end(), min(passage.end, at.end() + 120))
        if not local or not domain or any(s < domain.end() and e > local.start() for s, e, _ in plain):
            continue
        host = _top(_DOTS.sub(".", domain.group()).lower())
        if host:
            last = domain.end()
            yield local.start(), domain.end(), f"{_DOTS.sub('.', local.group()).lower()}@{host}"


def _top(host: str) -> str:
    """Cut what follows the top-level domain; empty when there is none that people here have."""
    labels = host.split(".")
    for count in range(len(labels), 1, -1):
        if _TOP.search(".".join(labels[:count])):
            return ".".join(labels[:count])
    return ""


def numbers(passage: Passage) -> Iterator[tuple[int, int, str]]:
    """Yield span and E.164 form of each valid telephone number; Dutch unless it says otherwise."""
    found = [
        one
        for run in _NUMBER.finditer(passage.text, passage.start, passage.end)
        for one in _in_run(run.group(), run.start())
    ]
    yield from found
    ends = [end for _, end, _ in found]
    for run in _DICTATED.finditer(passage.text, passage.start, passage.end):
        after = bisect_right(ends, run.start())
        if after == len(found) or found[after][0] >= run.end():
            yield from _dictated(run.group(), run.start())


def _dictated(run: str, offset: int) -> Iterator[tuple[int, int, str]]:
    """Yield the number that words and digits say together, whatever follows it left off."""
    said = list(_SAID.finditer(run))
    for last in range(len(said), 1, -1):
        digits = "".join(_DIGIT_WORDS.get(word.group().lower(), word.group()) for word in said[:last])
        if len(digits) == 10 and (value := e164(digits)):
            yield offset, offset + said[last - 1].end(), value
            return


def _in_run(run: str, offset: int) -> Iterator[tuple[int, int, str]]:
    """Yield the numbers in a run of digits and marks: one, several with marks between, or one and something else."""
    if "\n" in run and not e164(run):
        run = run[: run.index("\n")]
    whole = e164(run)
    if whole:
        yield offset, offset + len(run), whole
        return
    pieces = list(_pieces(run))
    if len(pieces) > 1:
        found = ((start, end, e164(run[start:end])) for start, end in pieces)
        yield from ((offset + start, offset + end, value) for start, end, value in found if value)
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


@lru_cache(maxsize=REMEMBERED)
def e164(text: str) -> str:
    """The number in E.164; empty when it is none that exists. The letter O counts as a nought."""
    text = text.replace("O", "0").replace("o", "0").replace("\n", " ").replace("_", " ")
    digits = _DIGITS.sub("", text)
    if not 9 <= len(digits) <= 15:
        return ""
    if digits.startswith(("0031", "31")):
        text = "+31" + _DIGITS.sub("", text.replace("(0)", "")).removeprefix("00").removeprefix("31").lstrip("0")
    elif digits.startswith("00"):
        text = "+" + digits[2:]
    try:
        number = phonenumbers.parse(text, "NL")
    except phonenumbers.NumberParseException:
        return ""
    if not (phonenumbers.is_valid_number(number) or _MOBILE.match(text)):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _kind(number: str) -> str:
    if number.startswith("+316"):
        return "is:mobile"
    if not number.startswith("+31"):
        return "is:foreign"
    return "is:service" if number.startswith(("+3185", "+3188", "+31800", "+3190")) else "is:fixed"


def _near(field: str, passage: Passage, start: int, end: int) -> list[str]:
    """Name the classes of words before and after a value, within its line or clause."""
    before, after = (_plain(text) for text in around(passage, start, end))
    cues = []
    for cls, phrases in _classes(field):
        if any(phrase in before for phrase in phrases):
            cues.append(f"before:{cls}")
        if any(phrase in after for phrase in phrases):
            cues.append(f"after:{cls}")
    return cues


def _plain(text: str) -> str:
    """Words with single blanks around, full stops behind them left off."""
    return f" {_MARKS.sub(' ', text)} "


_MARKS = re.compile(r"\.?[^\w.'’-]+|\.$")


def around(passage: Passage, start: int, end: int, *, left: int = 70, right: int = 50) -> tuple[str, str]:
    """The lower-case words of the same clause before and after a span, up to another number or address."""
    before = passage.text[max(passage.start, start - left) : start].lower()
    cut = max((mark.end() for mark in _clause_ends(before)), default=0)
    value = max((mark.end() for mark in _VALUE.finditer(before)), default=0)
    after = passage.text[end : min(passage.end, end + right)].lower()
    stop = next((mark.start() for mark in _clause_ends(after)), len(after))
    other = _VALUE.search(after)
    return before[max(cut, value) :], after[: min(stop, other.start() if other else stop)]


def _clause_ends(text: str) -> Iterator[re.Match[str]]:
    return (mark for mark in _CLAUSE.finditer(text) if not _SHORT.search(text, 0, mark.start() + 1))


@cache
def _classes(field: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    table = knowledge("contacts")[field]
    return tuple((cls, tuple(_padded(phrase) for phrase in phrases)) for cls, phrases in table.items())


def _padded(phrase: str) -> str:
    """A phrase as it stands among plain words; a star leaves its ending open."""
    plain = _plain(phrase.rstrip("*"))
    return plain[:-1] if phrase.endswith("*") else plain


def header_contacts(reading: Reading) -> Iterator[Candidate]:
    """Propose the addresses of the headers: From, Reply-To, the authors of forwarded mails."""
    message = reading.message
    headers = [("From", message.from_), *(("Reply-To", box) for box in message.reply_to)]
    for header, box in headers:
        if box.address and box.address not in reading.organiser:
            raw = (message.header(header) or "").lower()
            start = max(raw.find(box.address), 0)
            evidence = Evidence(part=f"header:{header}", start=start, end=start + len(box.address), extractor="header")
            cues = ("voice:header", f"by:{header.lower()}")
            yield Candidate(field="email", value=box.address, confidence=0.5, evidence=evidence, cues=cues)
    seen = set()
    for passage in reading.passages:
        address = passage.author.address if passage.author else ""
        if not address or address in reading.organiser or passage.voice is Voice.EARLIER:
            continue
        if (address, passage.voice) not in seen:
            seen.add((address, passage.voice))
            span = (passage.start, passage.start)
            yield candidate("email", address, passage, span, "author", f"level:{passage.level}")
