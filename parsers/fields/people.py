"""Names of people in a mail: in headers, at the foot of letters, behind the words that introduce them."""

import re
from collections.abc import Iterator
from functools import cache

from parsers.dutch import alternation, knowledge, words
from parsers.extraction import Candidate, Evidence
from parsers.fields.person_names import LETTER, display_names, name_words, offices, same_person, titles
from parsers.fields.reading import Passage, Reading, Token, Voice, adjacent, candidate, tidy
from parsers.fields.vocabulary import CLOSING, FIRST_NAME, SELF, first_names, is_role_word, role_endings

Span = tuple[int, int]

MAX_FOOT = 500
"""Characters behind closing words in which a name is looked for."""
MOST_CAPITALS = 0.05
"""The share of words with a capital up to which a text counts as written without."""
_TITLES = frozenset({"heer", "dhr", "mevrouw", "mevr", "mw", "mr", "meneer", "drs", "dr", "mej"})

_SPLIT = re.compile(r"\s*[,|•·(\[/]\s*|\s+[-–—]+\s+|\s{3,}|\t|(?=\d)|\s*:\s")
_LETTERS = re.compile(rf"(?:{LETTER}|['’-])+\.?")
_LINE = re.compile(r"[^\n]*[^\s][^\n]*")
_NAME_WORD = re.compile(rf"^(?:{LETTER}|['’.-])+$")
_NO_CLOSING = frozenset({Voice.ATTACHMENT, Voice.SUBJECT, Voice.SENDER, Voice.ORGANISER})
_FOOT = frozenset({Voice.SIGNATURE, Voice.FORWARDED_SIGNATURE})


def propose_people(reading: Reading) -> Iterator[Candidate]:
    """Propose every name of a person, with who the words around it say it is; the call's contact left out."""
    ours = reading.call.contact_name
    yield from _from_headers(reading)
    for passage in reading.passages:
        if passage.voice not in (Voice.DISCLAIMER, Voice.SENDER):
            yield from (found for found in _in_passage(passage) if not ours or not same_person(found.value, ours))


def _in_passage(passage: Passage) -> Iterator[Candidate]:
    taken: set[Span] = set()
    ways = (
        ("name", _capitalised),
        ("closing", _closing_names),
        ("introduced", _introduced),
        ("line", _on_lines),
        ("small", _in_small_letters),
    )
    for extractor, find in ways:
        for span in find(passage):
            if span not in taken:
                taken.add(span)
                value = tidy(passage.text[span[0] : span[1]])
                yield candidate("name", value, passage, span, extractor, *_shape(value), *_context(passage, *span))


def _capitalised(passage: Passage) -> Iterator[Span]:
    """Yield each row of capitalised words that can be a person's name: full ones, and single first names."""
    tokens, after = passage.tokens, 0
    particles, prepositions = words("names", "particles"), words("names", "prepositions")
    for number, token in enumerate(tokens):
        if number < after or not token.text[0].isupper() or not _may_begin(token):
            continue
        last = _run(passage, number)
        after = last + 1
        short = _before_particles(tokens, number, last)
        if short < last:
            yield token.start, tokens[short].end
            if any(later.low in prepositions for later in tokens[short + 1 : last]):
                after = short + 1
                continue
        full = [name for name in tokens[number : last + 1] if name.low not in particles]
        initials = "." in full[0].text[1:-1] and len(full[0].text) > 5
        titled = bool(number) and tokens[number - 1].low.rstrip(".") in _TITLES
        if len(full) > 1 or initials or titled or (last == number and token.classes & FIRST_NAME):
            yield token.start, tokens[last].end


def _may_begin(token: Token) -> bool:
    if "." in token.text and not token.text.replace(".", "").isupper():
        return False
    return not _excluded(token.low) and token.low not in words("names", "particles")


@cache
def _excluded(low: str) -> bool:
    return low in _no_names() or "@" in low or any(char.isdigit() for char in low)


@cache
def _no_names() -> frozenset[str]:
    never = words("names", "never") - words("names", "particles")
    schools = words("organisations", "kinds") | words("organisations", "ends")
    return never | schools | words("names", "titles") | offices()


def _run(passage: Passage, number: int) -> int:
    """The last token of a name that begins here: capitals, initials, particles between them, "(Jan)"."""
    tokens, text, particles = passage.tokens, passage.text, words("names", "particles")
    last = number
    while number + 1 < len(tokens) and number - last < 4:
        gap, following = text[tokens[number].end : tokens[number + 1].start], tokens[number + 1]
        married = gap == " - " and following.low in particles and last == number
        called = gap == " (" and text.startswith(")", following.end)  # "J. (Jan) Smit"
        if not (married or called or gap in (" ", "", "-", ") ") or adjacent(text, tokens[number], following)):
            break
        number += 1
        if following.low in particles:
            continue
        if not following.text[0].isupper() or _excluded(following.low):
            break
        last = number
    return last


def _before_particles(tokens: tuple[Token, ...], first: int, last: int) -> int:
    """The end of first name and surname when particles follow these: "Daan Vermeulen van de Spaarneboog"."""
    particles = words("names", "particles")
    for number in range(first + 2, last + 1):
        if tokens[number].low in particles:
            return last if any(token.low in particles for token in tokens[first:number]) else number - 1
    return last


def _shape(value: str) -> Iterator[str]:
    parts = [part for part in re.split(r"[\s.]+", value) if part]
    full = [part for part in parts if len(part) > 1 and part.lower() not in words("names", "particles")]
    yield f"words:{min(len(full), 3)}"
    spoken = name_words(value)
    if spoken and spoken[0] in first_names():
        yield "first-name"
    elif parts and len(parts[0]) == 1:
        yield "initials"
    if value.islower():
        yield "lower"
    if any(part.lower() in words("organisations", "ends") for part in parts):
        yield "school-word"


@cache
def _phrases(side: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    table = knowledge("people")[side]
    return tuple((cls, tuple(f" {p.rstrip(' ,.:;!')}" for p in phrases)) for cls, phrases in table.items())


_HOW = frozenset({"self", "behalf", "greeting"})
_SENTENCE_END = re.compile(r"[.!?;](?=\s|$)|\n\s*\n")


def _introduction(lead: str) -> Iterator[str]:
    """Say how a name is led up to, by itself and with what the person is to the writer in between."""
    far = _without_relation(lead)
    for cls, phrases in _phrases("before"):
        if lead.endswith(phrases):
            yield f"before:{cls}"
        elif far != lead and cls in _HOW and far.endswith(phrases):
            yield f"before-relation:{cls}"


def _stays_out(passage: Passage, end: int) -> bool:
    """Whether the rest of the sentence says of a person that they do not take part."""
    rest = _SENTENCE_END.split(passage.text[end : min(passage.end, end + 140)].lower(), maxsplit=1)[0]
    return any(phrase in rest for phrase in knowledge("people")["out"]["phrases"])


def _without_relation(lead: str) -> str:
    """What stands before a name without what the person is to the writer: "namens mijn collega" as "namens"."""
    parts = lead.split()
    kept = len(parts)
    while kept and len(parts) - kept < 5 and (parts[kept - 1] in _relations() or is_role_word(parts[kept - 1])):
        kept -= 1
    return " " + " ".join(parts[:kept]) if kept else lead


@cache
def _relations() -> frozenset[str]:
    return frozenset(knowledge("people")["relations"]["words"])


def _context(passage: Passage, start: int, end: int) -> Iterator[str]:
    before = passage.text[max(passage.start, start - 60) : start].lower()
    after = passage.text[end : min(passage.end, end + 40)].lower()
    lead = f" {before.rstrip(' ,.:;!')}".replace("\n", " ").rstrip(" ,.:;!")
    yield from _introduction(lead)
    if _stays_out(passage, end):
        yield "stays-out"
    follow = f" {after.lstrip(' ,')} ".replace(",", " ")
    for cls, phrases in _phrases("after"):
        if any(follow.startswith(f"{phrase} ") for phrase in phrases):
            yield f"after:{cls}"
    head = passage.text[max(passage.start, start - 3) : start]
    if not head.strip() and ("\n" in head or start - passage.start < 3):
        yield "line-start"
    rest = after.split("\n")[0].strip(" .!")
    marks = {",": "then-comma", "(": "then-bracket", "|": "then-bar", "<": "then-bar"}
    if not rest:
        yield "line-end"
    elif rest[0] in marks:
        yield marks[rest[0]]
    if passage.end - end < 12:
        yield "last"


@cache
def _closing() -> re.Pattern[str]:
    """A letter's closing words, with "van" or "uit Assen" after them."""
    phrases = alternation(knowledge("people")["closings"]["phrases"])
    return re.compile(
        rf"(?:{phrases})(?:\s+(?:van|from|fan|uit\s+[\w'’-]+))*\s*[,.!;:)-]*[ \t]*(?:\n\s*|(?<=[\s,.!;:)-])(?=\w)|$)",
        re.I,
    )


def _closing_names(passage: Passage) -> Iterator[Span]:
    """Yield spans where a letter's writer puts their name: after its closing words, else on its last line."""
    if passage.voice in _NO_CLOSING:
        return
    found, after = False, -1
    for number in passage.starting(CLOSING):
        start = passage.tokens[number].start
        match = _closing().match(passage.text, start, passage.end) if start >= after else None
        if match:
            after = match.end()
            for span in _name_lines(passage, after, 2):
                found = True
                yield span
    if passage.voice in _FOOT:
        yield from _name_lines(passage, passage.start, 3)
    elif not found:
        for start, end in list(passage.lines())[-2:]:
            yield from _segment(passage, start, end)


def _name_lines(passage: Passage, position: int, count: int) -> Iterator[Span]:
    for number, match in enumerate(_LINE.finditer(passage.text, position, min(passage.end, position + MAX_FOOT))):
        if number >= count:
            return
        yield from _segment(passage, match.start(), match.end())


def _segment(passage: Passage, start: int, end: int) -> Iterator[Span]:
    """Yield the first piece of a line when it could be a name: one to five words, nothing but letters."""
    line = passage.text[start : min(end, start + 80)]
    lead = len(line) - len(line.lstrip(" \t-–*~_"))
    piece = _SPLIT.split(line[lead:], maxsplit=1)[0].rstrip(" .!,;")
    title = titles().match(piece)
    if title:
        lead += title.end()
        piece = piece[title.end() :]
    tokens = piece.split()
    if not 1 <= len(tokens) <= 5 or len(piece) < 3 or not all(_NAME_WORD.match(token) for token in tokens):
        return
    lower = [token.lower().strip(".") for token in tokens]
    particles = words("names", "particles")
    if lower[0] in _no_line() or lower[-1] in particles or any(w in _no_line() and w not in particles for w in lower):
        return
    if not any(word.endswith(role_endings()) for word in lower):
        yield start + lead, start + lead + len(piece)


@cache
def _no_line() -> frozenset[str]:
    return words("names", "never") | words("organisations", "kinds") | words("roles", "heads")


def _on_lines(passage: Passage) -> Iterator[Span]:
    """Yield what begins a line with a first name and goes on like a name: for letters without capitals."""
    for number in passage.starting(FIRST_NAME):
        start = passage.tokens[number].start
        begin = passage.text.rfind("\n", passage.start, start) + 1
        if not passage.text[max(begin, passage.start) : start].strip():
            stop = passage.text.find("\n", start, passage.end)
            for span in _segment(passage, start, stop if stop >= 0 else passage.end):
                if len(passage.text[span[0] : span[1]].split()) > 1:
                    yield span


@cache
def _introductions() -> re.Pattern[str]:
    return re.compile(rf"(?:{alternation(knowledge('people')['before']['self'])})\s+", re.I)


def _introduced(passage: Passage) -> Iterator[Span]:
    """Yield what follows "ik ben" and the like, when the first word is a first name: for letters without capitals."""
    particles = words("names", "particles")
    for number in passage.starting(SELF):
        match = _introductions().match(passage.text, passage.tokens[number].start, passage.end)
        tokens = list(_row(passage, match.end())) if match else []
        if not tokens or not set(name_words(tokens[0].group())) & first_names():
            continue
        count = 1
        while count < len(tokens) and tokens[count].group().lower() in particles:
            count += 1
        if count < len(tokens):
            yield tokens[0].start(), tokens[count].end()
        yield tokens[0].start(), tokens[0].end()


def _in_small_letters(passage: Passage) -> Iterator[Span]:
    """Yield a first name with the word behind it where nearly nothing is written with a capital."""
    tokens, particles = passage.tokens, words("names", "particles")
    if sum(token.text[0].isupper() for token in tokens) > MOST_CAPITALS * len(tokens):
        return
    for number in passage.starting(FIRST_NAME):
        last = number + 1
        while last < len(tokens) and tokens[last].low in particles and last - number < 4:
            last += 1
        if last == len(tokens) or not all(_next_to(passage, place) for place in range(number + 1, last + 1)):
            continue
        low = tokens[last].low
        ordinary = {tokens[number].low, low} & words("common", "words")
        if not (ordinary or _excluded(low) or is_role_word(low)):
            yield tokens[number].start, tokens[last].end


def _next_to(passage: Passage, number: int) -> bool:
    return passage.text[passage.tokens[number - 1].end : passage.tokens[number].start] in (" ", "-")


def _row(passage: Passage, position: int) -> Iterator[re.Match[str]]:
    """Yield the words from a position on that only blanks part."""
    for word in _LETTERS.finditer(passage.text, position, min(passage.end, position + 60)):
        gap = passage.text[position : word.start()]
        if gap.strip() or "\n\n" in gap:
            return
        position = word.end()
        yield word


def _from_headers(reading: Reading) -> Iterator[Candidate]:
    """Propose the names in From and Reply-To, and of the authors of forwarded and quoted mails."""
    message = reading.message
    for header, box in [("From", message.from_), *(("Reply-To", box) for box in message.reply_to)]:
        if box.address in reading.organiser:
            continue
        raw = message.header(header) or box.name
        for value in display_names(box.name):
            start = raw.find(value)
            span = (start, start + len(value)) if start >= 0 else (0, len(raw))
            evidence = Evidence(part=f"header:{header}", start=span[0], end=span[1], extractor="header")
            cues = ("voice:header", f"by:{header.lower()}", *_shape(value))
            yield Candidate(field="name", value=value, confidence=0.5, evidence=evidence, cues=cues)
    seen = set()
    for passage in reading.passages:
        author = passage.author
        if not author or author.address in reading.organiser or passage.voice in (Voice.EARLIER, Voice.ORGANISER):
            continue
        for value in display_names(author.name):
            if (value, passage.voice) not in seen and not same_person(value, reading.call.contact_name):
                seen.add((value, passage.voice))
                cues = (*_shape(value), f"level:{passage.level}")
                yield candidate("name", value, passage, (passage.start, passage.start), "author", *cues)
