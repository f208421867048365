"""Names of people: in headers, at the foot of letters, after a label's or a sentence's cue."""

import re
from collections.abc import Iterator
from functools import cache

from parsers.dutch import alternation, compact, folded, knowledge, words
from parsers.extraction import Candidate
from parsers.fields.reading import Passage, Reading, Token, Voice, adjacent, candidate, tidy

_L = r"[^\W\d_]"
_SPLIT = re.compile(r"\s*[,|•·(\[/]\s*|\s+[-–—]+\s+|\s{3,}|\t|(?=\d)|\s*:\s")
_NAME_WORD = re.compile(rf"^(?:{_L}|['’.-])+$")


def propose_people(reading: Reading) -> Iterator[Candidate]:
    """Propose every name of a person, with who the words around it say it is."""
    yield from _from_headers(reading)
    ours = name_words(reading.call.contact_name)
    for passage in reading.passages:
        for found in _in_passage(passage):
            if not same_person(found.value, reading.call.contact_name) or not ours:
                yield found


def _in_passage(passage: Passage) -> Iterator[Candidate]:
    taken = set()
    for span in _capitalised(passage):
        if span not in taken:
            taken.add(span)
            yield _named(passage, span, "name")
    for extractor, spans in (
        ("closing", _closing_names(passage)),
        ("introduced", _introduced(passage)),
        ("line", _on_lines(passage)),
    ):
        for span in spans:
            if span not in taken:
                taken.add(span)
                yield _named(passage, span, extractor)


def _capitalised(passage: Passage) -> Iterator[tuple[int, int]]:
    """Yield each row of capitalised words that can be a person's full name."""
    tokens, number = passage.tokens, 0
    while number < len(tokens):
        if not _may_begin(tokens[number]):
            number += 1
            continue
        last = _run(passage, number)
        short = _before_particles(tokens, number, last)
        if short < last:
            yield tokens[number].start, tokens[short].end
            if {token.low for token in tokens[short + 1 : last]} & words("names", "prepositions"):
                number = short + 1
                continue
        names = tokens[number : last + 1]
        full = [token for token in names if token.low not in words("names", "particles")]
        if len(full) > 1 or (full and "." in full[0].text[1:-1] and len(full[0].text) > 5):
            yield tokens[number].start, tokens[last].end
        if len(names) == 1 and folded(names[0].text) in _first_names() and short == last:
            yield tokens[number].start, tokens[number].end
        number = last + 1


def _before_particles(tokens: tuple[Token, ...], first: int, last: int) -> int:
    """The end of first name and surname when particles follow these: "Daan Vermeulen van de Spaarneboog"."""
    particles = words("names", "particles")
    for number in range(first + 2, last + 1):
        if tokens[number].low in particles:
            return number - 1 if not any(t.low in particles for t in tokens[first:number]) else last
    return last


def _may_begin(token: Token) -> bool:
    if "." in token.text and not token.text.replace(".", "").isupper():
        return False
    return token.text[0].isupper() and not _excluded(token) and token.low not in words("names", "particles")


def _excluded(token: Token) -> bool:
    low = token.low
    return low in _no_names() or any(c.isdigit() for c in low) or "@" in low


@cache
def _no_names() -> frozenset[str]:
    return (
        words("names", "never") - words("names", "particles")
        | words("organisations", "kinds")
        | words("organisations", "ends")
        | words("names", "titles")
        | frozenset(knowledge("people")["offices"]["words"])
    )


def _run(passage: Passage, number: int) -> int:
    """The last token of a name that begins here: capitals, initials, particles between them, "(Jan)"."""
    tokens, text, particles = passage.tokens, passage.text, words("names", "particles")
    last = number
    while number + 1 < len(tokens) and number - last < 4:
        gap = text[tokens[number].end : tokens[number + 1].start]
        following = tokens[number + 1]
        if gap == " - " and following.low in particles and last == number:
            gap = " "
        if not (gap in (" ", "", "-", " (", ") ") or adjacent(text, tokens[number], following)):
            break
        number += 1
        if following.low in particles:
            continue
        if not following.text[0].isupper() or _excluded(following):
            break
        last = number
        if number - last > 5:
            break
    return last


def _named(passage: Passage, span: tuple[int, int], extractor: str) -> Candidate:
    value = tidy(passage.text[span[0] : span[1]])
    return candidate("name", value, passage, span, extractor, *_shape(value), *_context(passage, *span))


def _shape(value: str) -> Iterator[str]:
    parts = [part for part in re.split(r"[\s.]+", value) if part]
    full = [part for part in parts if len(part) > 1 and part.lower() not in words("names", "particles")]
    yield f"words:{min(len(full), 3)}"
    first = folded(parts[0]) if parts else ""
    if first in _first_names():
        yield "first-name"
    elif parts and len(parts[0]) == 1:
        yield "initials"
    if value.islower():
        yield "lower"
    if any(part.lower() in words("organisations", "ends") for part in parts):
        yield "school-word"


@cache
def _first_names() -> frozenset[str]:
    return frozenset(folded(name) for name in words("names", "first"))


@cache
def _around(side: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    table = knowledge("people")[side]
    if side == "before":
        return tuple((cls, re.compile(rf"(?<![\w])(?:{alternation(v)})[\s,.:;!]*$")) for cls, v in table.items())
    return tuple((cls, re.compile(rf"^[\s,]*(?:{alternation(v)})(?!\w)")) for cls, v in table.items())


def _context(passage: Passage, start: int, end: int) -> Iterator[str]:
    before = passage.text[max(passage.start, start - 40) : start].lower()
    after = passage.text[end : min(passage.end, end + 40)].lower()
    for cls, pattern in _around("before"):
        if pattern.search(before):
            yield f"before:{cls}"
    for cls, pattern in _around("after"):
        if pattern.search(after):
            yield f"after:{cls}"
    head = passage.text[max(passage.start, start - 3) : start]
    if not head.strip() and ("\n" in head or start - passage.start < 3):
        yield "line-start"
    rest = after.split("\n")[0].strip(" .!")
    if not rest:
        yield "line-end"
    elif rest[0] == ",":
        yield "then-comma"
    elif rest[0] == "(":
        yield "then-bracket"
    elif rest[0] in "|<":
        yield "then-bar"
    if passage.end - end < 12:
        yield "last"


@cache
def closing_pattern() -> re.Pattern[str]:
    """A letter's closing words, with "van" or "uit Assen" after them."""
    phrases = alternation(knowledge("people")["closings"]["phrases"])
    return re.compile(
        rf"(?:^|(?<=[\s.!?]))(?:{phrases})(?:\s+(?:van|from|fan|uit\s+[\w'’-]+))*\s*[,.!;:)-]*[ \t]*(?:\n\s*|[ \t]|$)",
        re.I | re.M,
    )


def _closing_names(passage: Passage) -> Iterator[tuple[int, int]]:
    """Yield spans that stand where a letter's writer puts their name: after its closing words, else on its last line."""
    if passage.voice in (Voice.ATTACHMENT, Voice.SUBJECT, Voice.SENDER, Voice.ORGANISER):
        return
    found = False
    for match in closing_pattern().finditer(passage.text, passage.start, passage.end):
        for span in _name_lines(passage, match.end(), 2):
            found = True
            yield span
    if passage.voice in (Voice.SIGNATURE, Voice.FORWARDED_SIGNATURE):
        yield from _name_lines(passage, passage.start, 3)
    elif not found:
        lines = list(passage.lines())[-2:]
        for start, end in lines:
            yield from _segment(passage, start, end)


def _name_lines(passage: Passage, position: int, count: int) -> Iterator[tuple[int, int]]:
    for match in re.compile(r"[^\n]*[^\s][^\n]*").finditer(passage.text, position, passage.end):
        yield from _segment(passage, match.start(), match.end())
        count -= 1
        if not count:
            return


def _segment(passage: Passage, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the first piece of a line when it could be a name: one to five words, nothing but letters."""
    line = passage.text[start : min(end, start + 80)]
    lead = len(line) - len(line.lstrip(" \t-–*~_"))
    piece = _SPLIT.split(line[lead:], maxsplit=1)[0].rstrip(" .!,;")
    titles = re.match(rf"(?:(?:{alternation(words('names', 'titles'))})\s+)+", piece, re.I)
    if titles:
        lead += titles.end()
        piece = piece[titles.end() :]
    tokens = piece.split()
    if not 1 <= len(tokens) <= 5 or not all(_NAME_WORD.match(token) for token in tokens) or len(piece) < 3:
        return
    never = words("names", "never") | words("organisations", "kinds") | words("roles", "heads")
    lower = [token.lower().strip(".") for token in tokens]
    particles = words("names", "particles")
    if any(token in never and token not in particles for token in lower) or lower[0] in never or lower[-1] in particles:
        return
    if any(token.endswith(tuple(words("roles", "endings"))) for token in lower):
        return
    yield start + lead, start + lead + len(piece)


def _on_lines(passage: Passage) -> Iterator[tuple[int, int]]:
    """Yield what begins a line with a first name and goes on like a name: for letters without capitals."""
    for start, end in passage.lines():
        first = re.match(rf"(?:{_L}|['’-])+", passage.text[start : min(end, start + 30)])
        if first and folded(first.group()) in _first_names():
            for begin, stop in _segment(passage, start, end):
                if len(passage.text[begin:stop].split()) > 1:
                    yield begin, stop


@cache
def _introductions() -> re.Pattern[str]:
    phrases = alternation(knowledge("people")["before"]["self"])
    return re.compile(rf"(?<!\w)(?:{phrases})\s+", re.I)


def _introduced(passage: Passage) -> Iterator[tuple[int, int]]:
    """Yield what follows "ik ben" and the like, when the first word is a first name: for letters without capitals."""
    particles = words("names", "particles")
    for match in _introductions().finditer(passage.text, passage.start, passage.end):
        tokens = []
        for token in re.compile(rf"(?:{_L}|['’-])+\.?").finditer(
            passage.text, match.end(), min(passage.end, match.end() + 60)
        ):
            gap = passage.text[tokens[-1].end() if tokens else match.end() : token.start()]
            if gap.strip() or "\n\n" in gap:
                break
            tokens.append(token)
        if not tokens or folded(tokens[0].group().strip(".")) not in _first_names():
            continue
        count = 1
        while count < len(tokens) and tokens[count].group().lower() in particles:
            count += 1
        if count < len(tokens) and (count > 1 or True):
            yield tokens[0].start(), tokens[count].end()
        yield tokens[0].start(), tokens[0].end()


def _from_headers(reading: Reading) -> Iterator[Candidate]:
    message = reading.message
    boxes = [("From", message.from_)] + [("Reply-To", box) for box in message.reply_to]
    for header, box in boxes:
        if box.address in reading.organiser:
            continue
        for value in display_names(box.name):
            yield _header_name(header, value, message.header(header) or box.name)
    seen = set()
    for passage in reading.passages:
        author = passage.author
        if not author or author.address in reading.organiser or passage.voice in (Voice.EARLIER, Voice.ORGANISER):
            continue
        for value in display_names(author.name):
            if (value, passage.voice) not in seen:
                seen.add((value, passage.voice))
                if not same_person(value, reading.call.contact_name):
                    yield candidate(
                        "name",
                        value,
                        passage,
                        (passage.start, passage.start),
                        "author",
                        *_shape(value),
                        f"level:{passage.level}",
                    )


def _header_name(header: str, value: str, raw: str) -> Candidate:
    from parsers.extraction import Evidence

    start = max(raw.find(value), 0)
    end = start + len(value) if raw.find(value) >= 0 else len(raw)
    evidence = Evidence(part=f"header:{header}", start=start, end=end, extractor="header")
    return Candidate(
        field="name",
        value=value,
        confidence=0.5,
        evidence=evidence,
        cues=("voice:header", f"by:{header.lower()}", *_shape(value)),
    )


def display_names(display: str) -> Iterator[str]:
    """Yield the names of persons in a display name: "Vries, Jan de | OBS De Klimop" as "Jan de Vries"."""
    display = display.strip(" '\"")
    if not display or "@" in display:
        return
    if "," in display:
        turned = turn(display)
        if turned and not _office(turned):
            yield turned
            return
    for piece in re.split(r"\s+[|/–-]+\s+|\s*\|\s*|\s*[(\[<]|\s+via\s+|\s*[)\]>]", display):
        value = tidy(re.sub(r"[^\w\s.'’-]|\d+\w*", " ", piece)).strip(" -.") + (
            "." if re.search(r"\b\w\.$", piece) else ""
        )
        value = re.sub(rf"^(?:(?:{alternation(words('names', 'titles'))})\s+)+", "", value, flags=re.I)
        if len(value) > 2 and not _office(value):
            yield value


def turn(display: str) -> str:
    """ "Loon, K. van (Karin) - CBS De Wegwijzer" as "Karin van Loon"; empty when it is no such name."""
    family, _, rest = display.partition(",")
    called = re.search(rf"\(({_L}[^()]{{1,30}})\)", rest)
    rest = re.split(r"\(|\s[-|/–]\s|\|", rest)[0].strip()
    particles = words("names", "particles")
    family_words = family.split()
    small = [word for word in family_words[1:] if word.lower() in particles]
    if len(family_words) > 3 or (len(family_words) > 1 and not small and "-" not in family and len(family_words) > 2):
        return ""
    given = [word for word in rest.split() if word.lower() not in particles]
    small = [word for word in rest.split() if word.lower() in particles] + small
    if not given or len(given) > 4:
        return ""
    first = given
    if called and called.group(1).istitle() and folded(called.group(1).split()[0]) in _first_names():
        first = [called.group(1)]
    base = [word for word in family_words if word not in small]
    return " ".join([*first, *small, *base])


def _office(value: str) -> bool:
    tokens = [token.strip(".'’").lower() for token in value.split()]
    offices = frozenset(knowledge("people")["offices"]["words"]) | words("organisations", "kinds")
    endings = tuple(words("organisations", "endings"))
    if any(token in offices or token.endswith(endings) for token in tokens):
        return True
    return tokens[0] in ("de", "het", "'t", "t", "it") or len(tokens) > 6


def name_words(name: str) -> list[str]:
    """The words of a name, folded, initials as single letters."""
    return [word for word in re.split(r"[\W\d_]+", folded(name)) if word]


def same_person(one: str, other: str) -> bool:
    """Whether two writings can be of one person: no full word against another, initials fitting."""
    a, b = name_words(one), name_words(other)
    particles = _plain_particles()
    a, b = [w for w in a if w not in particles], [w for w in b if w not in particles]
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if not short:
        return False
    full = {word for word in short if len(word) > 1}
    if not full & set(long):
        return False
    return all(
        any(other.startswith(word) or (len(other) == 1 and word.startswith(other)) for other in long) for word in short
    )


@cache
def _plain_particles() -> frozenset[str]:
    return frozenset(word for particle in words("names", "particles") for word in name_words(particle)) - {
        "ben",
        "al",
        "d",
        "t",
        "v",
    }


def in_address(name: str, address: str) -> str:
    """How an e-mail address shows a name: "surname", "first" or "" for not at all."""
    local = compact(address.partition("@")[0])
    tokens = [word for word in name_words(name) if len(word) > 2]
    if not tokens or not local:
        return ""
    if len(tokens) > 1 and tokens[-1] in local:
        return "surname"
    if any(part in local for part in tokens[1:]):
        return "surname"
    return "first" if tokens[0] in local else ""
