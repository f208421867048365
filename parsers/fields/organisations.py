"""Names of schools, boards and partnerships, in the lengths in which people would copy them."""

import re
from collections.abc import Iterator
from functools import cache

from parsers.dutch import compact, words
from parsers.extraction import Candidate
from parsers.fields.contacts import addresses
from parsers.fields.places import place_at
from parsers.fields.reading import Passage, Reading, Token, adjacent, candidate, tidy

MAX_NAMES = 120
"""Names looked at in one passage."""

_ARTICLES = words("organisations", "articles")
_STOP = words("organisations", "stop")


def propose_organisations(reading: Reading) -> Iterator[Candidate]:
    """Propose every name that can be an organisation's, with what the words around it say."""
    hosts = domains(reading)
    for passage in reading.passages:
        seen: set[tuple[int, int]] = set()
        for first, last, shape in _names(passage, hosts):
            start, end = passage.tokens[first].start, passage.tokens[last].end
            if (start, end) in seen:
                continue
            seen.add((start, end))
            value = tidy(passage.text[start:end])
            if compact(value) in _bare() or not core_of(value) or len(seen) > MAX_NAMES:
                continue
            yield candidate(
                "organisation", value, passage, (start, end), "organisation", *shape, *_context(passage, start, end)
            )


def domains(reading: Reading) -> tuple[str, ...]:
    """What the addresses in a mail tell of its school: their domains without the top level, public providers left out."""
    boxes = [reading.message.from_, *reading.message.reply_to, *(p.author for p in reading.passages if p.author)]
    found = {box.address for box in boxes if box.address}
    for passage in reading.passages:
        found.update(address for _, _, address in addresses(passage))
    hosts = {address.rpartition("@")[2] for address in found if address not in reading.organiser}
    own = {host for host in hosts - words("contacts", "providers") if "." in host}
    return tuple(sorted(compact(host.rpartition(".")[0]) for host in own))


@cache
def _bare() -> frozenset[str]:
    """Kinds without a name: "de basisschool" is nobody's name."""
    kinds = words("organisations", "kinds") | words("organisations", "common") | words("organisations", "ends")
    return frozenset(compact(kind) for kind in kinds) | frozenset(
        compact(f"{a} {k}") for a in ("de", "het", "onze") for k in kinds
    )


@cache
def _kinds() -> dict[str, tuple[tuple[str, ...], ...]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for kind in words("organisations", "kinds"):
        parts = tuple(re.findall(r"[^\W_]+(?:[’'./-]+[^\W_]+)*", kind.strip("()").rstrip(".")))
        if parts:
            found.setdefault(parts[0], []).append(parts)
    return {key: tuple(sorted(set(value), key=len, reverse=True)) for key, value in found.items()}


def kind_at(tokens: tuple[Token, ...], number: int) -> int:
    """How many words of a kind of school stand here: 0 for none, 2 for "openbare basisschool"."""
    for parts in _kinds().get(tokens[number].low.rstrip("."), ()):
        if tuple(token.low.rstrip(".") for token in tokens[number : number + len(parts)]) == parts:
            return len(parts)
    return 0


def _names(passage: Passage, hosts: tuple[str, ...]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield first and last token of each possible name, and its shape."""
    tokens, number = passage.tokens, 0
    while number < len(tokens):
        token, step = tokens[number], 1
        yield from _ending_here(passage, number)
        kinds = _kinds_from(passage, number)
        if kinds:
            for last, shape in _after_kind(passage, number, kinds):
                yield number, last, ("has:kind", f"shape:{shape}")
                yield number + kinds, last, ("without-kind", f"shape:{shape}")
                if kinds > 1 and kind_at(tokens, number + kinds - 1) == 1 and tokens[number + kinds - 1].low not in _WEAK_KINDS:
                    yield number + kinds - 1, last, ("has:kind", "shorter-kind", f"shape:{shape}")
            step = kinds
        elif token.low in _ARTICLES:
            yield from _after_article(passage, number)
        if len(token.low) > 3 and any(token.low in host for host in hosts):
            yield from _as_in_domain(passage, number, hosts)
        number += step


def _after_article(passage: Passage, number: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield "De Klimop", "Klimop", and with a capitalised word before it: "Zorgpalet De Leij"."""
    tokens, text = passage.tokens, passage.text
    if number + 1 >= len(tokens) or not adjacent(text, tokens[number], tokens[number + 1]):
        return
    for last in _capital_rows(passage, number + 1):
        yield number, last, ("article", f"shape:{_case(tokens[number])}")
        yield number + 1, last, ("after-article",)
        before = tokens[number - 1] if number else None
        if (
            before
            and tokens[number].text[0].isupper()
            and before.text[0].isupper()
            and len(before.low) > 3
            and text[before.end : tokens[number].start] == " "
            and before.low not in _NEVER_INSIDE
        ):
            yield number - 1, last, ("word-before",)


def _as_in_domain(passage: Passage, number: int, hosts: tuple[str, ...]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield the words here that the sender's domain is made of, with article and kind before them."""
    tokens, text = passage.tokens, passage.text
    last = number
    while (
        last + 1 < len(tokens)
        and adjacent(text, tokens[last], tokens[last + 1])
        and any(compact(text[tokens[number].start : tokens[last + 1].end]) in host for host in hosts)
    ):
        last += 1
    first = number
    if first and tokens[first - 1].low in _ARTICLES and adjacent(text, tokens[first - 1], tokens[first]):
        first -= 1
    yield first, last, ("domain-words", "article" if first < number else "bare")
    kind = first - 1
    if kind >= 0 and kind_at(tokens, kind) == 1 and adjacent(text, tokens[kind], tokens[first]):
        yield kind, last, ("domain-words", "has:kind")


def _kinds_from(passage: Passage, number: int) -> int:
    """How many tokens of kinds follow each other here: "sbo-so", "SWV PO", "christelijke basisschool"."""
    tokens, count = passage.tokens, 0
    while number + count < len(tokens):
        size = kind_at(tokens, number + count)
        if not size or (count and not adjacent(passage.text, tokens[number + count - 1], tokens[number + count])):
            break
        count += size
    return count


def _case(token: Token) -> str:
    return "capital" if token.text[0].isupper() else "lower"


def _after_kind(passage: Passage, first: int, kinds: int) -> Iterator[tuple[int, str]]:
    """Yield where a name that follows a kind ends, and how it is written."""
    tokens, text, number = passage.tokens, passage.text, first + kinds
    if number >= len(tokens) or not _joins(text, tokens[number - 1], tokens[number]):
        return
    rows = list(_capital_rows(passage, number))
    for count, last in enumerate(rows):
        yield last, "capital" if not count else "capital-shorter"
    if rows or tokens[number - 1].low in _WEAK_KINDS:
        return
    begin = number + (tokens[number].low in _ARTICLES)
    if begin >= len(tokens) or _stops(tokens[begin]):
        return
    end = begin
    yield end, "lower" if begin > number else "lower-bare"
    while end + 1 < len(tokens) and end - begin < 3 and adjacent(text, tokens[end], tokens[end + 1]):
        if _stops(tokens[end + 1]) or place_at(tokens, text, end + 1):
            break
        end += 1
        yield end, "lower-long"


_WEAK_KINDS = words("organisations", "weak_kinds")


def _stops(token: Token) -> bool:
    return token.low in _STOP or token.low in words("common", "words") or token.low[0].isdigit() or "@" in token.low


def _joins(text: str, one: Token, other: Token) -> bool:
    gap = text[one.end : other.start]
    return (
        adjacent(text, one, other)
        or gap in ('"', ' "', " '", " “", " ‘", ") ", " (")
        or (gap == ". " and one.low in _ABBREVIATIONS)
    )


def _capital_rows(passage: Passage, number: int) -> Iterator[int]:
    """Yield the last tokens of a row of capitalised words from here: whole, without its town, up to "in" or "te"."""
    last = _capitals(passage, number)
    if last < number:
        return
    tokens = passage.tokens
    ends = [last]
    for position in range(number, last + 1):
        if tokens[position].low in _LEADING and position > number:
            ends.append(position - 1)
    ends.extend(town for end in ends[:] if number <= (town := _without_town(passage, number, end)) < end)
    seen: set[int] = set()
    for end in ends:
        while end > number and tokens[end].low in words("organisations", "inside"):
            end -= 1
        if end not in seen:
            seen.add(end)
            yield end


_LEADING = frozenset({"in", "te", "op", "aan", "uit", "van", "voor", "en", "&"})
_ABBREVIATIONS = words("organisations", "abbreviations")


def _capitals(passage: Passage, number: int) -> int:
    """The last token of a row of capitalised words, small words between them allowed; number - 1 when there is none."""
    tokens, text = passage.tokens, passage.text
    inside, last, position = words("organisations", "inside"), number - 1, number
    while position < len(tokens) and position - number < 9:
        token = tokens[position]
        if position > number and not _inner_gap(text, tokens[position - 1], token):
            break
        if token.low in _NEVER_INSIDE:
            break
        if token.text[0].isupper():
            last = position
        elif _NUMBERED.match(token.text):
            if position + 1 < len(tokens) and tokens[position + 1].text[0].isdigit():
                break
            last = position
        elif token.low not in inside or position - last > 3:
            break
        position += 1
    return last


_NEVER_INSIDE = words("organisations", "never_inside")


_NUMBERED = re.compile(r"\d{1,2}$|\d\d\.\d\d$")


def _inner_gap(text: str, one: Token, other: Token) -> bool:
    gap = text[one.end : other.start]
    if gap == ". ":
        return one.low in _ABBREVIATIONS
    return gap in (" ", "-", "'", "’", " '", ' "', '" ', " “", "” ", "–", "/") or adjacent(text, one, other)


def _without_town(passage: Passage, first: int, last: int) -> int:
    """Where a name ends when the town behind it is left off: "bs St. Jozef Venray"."""
    for number in range(last, first, -1):
        found = place_at(passage.tokens, passage.text, number)
        if found and number + found.count - 1 == last:
            return number - 1
    return last


def _ending_here(passage: Passage, number: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield names that end as schools' names do: "Raayveld College", "Lindecollege", "Slinge Scholen"."""
    tokens, text = passage.tokens, passage.text
    token = tokens[number]
    single = (
        len(token.low) > 7 and token.low.endswith(_one_word()) and token.low not in words("organisations", "common")
    )
    ends = token.low in words("organisations", "ends")
    if not single and not ends:
        return
    first = _row_start(passage, number)
    if first == number and not single:
        lower = number - 1
        if lower >= 0 and token.text.islower() and adjacent(text, tokens[lower], token) and not _stops(tokens[lower]):
            yield lower, number, ("has:end", "shape:lower")
        return
    shape = "shape:single" if first == number else "shape:capital"
    yield first, number, ("has:end", shape, _case(token))
    if token.text[0].isupper():
        for last in _capital_rows(passage, number):
            if last > number:
                yield first, last, ("has:end", "shape:goes-on")
    if first and tokens[first - 1].low in _ARTICLES and adjacent(text, tokens[first - 1], tokens[first]):
        yield first - 1, number, ("has:end", "article", shape)


@cache
def _one_word() -> tuple[str, ...]:
    return tuple(words("organisations", "endings"))


def _row_start(passage: Passage, number: int) -> int:
    """The first token of the row of capitalised words that ends here."""
    tokens, text, first = passage.tokens, passage.text, number
    while first and number - first < 5 and (
        _inner_gap(text, tokens[first - 1], tokens[first])
        or (first == number and text[tokens[first - 1].end : tokens[first].start].split("\n") == ["", ""])
    ):
        before = tokens[first - 1]
        small = before.low in ("en", "&", "van", "de", "der", "the", "and", "of", "voor", "het")
        if not (before.text[0].isupper() or small) or before.low in _NEVER_INSIDE:
            break
        first -= 1
    while first < number and (not tokens[first].text[0].isupper() or tokens[first].low in _OPENERS):
        first += 1
    return first


_OPENERS = words("organisations", "openers")

_BEFORE = {
    "works-at": r"(?:werk(?:zaam)?|directeur|leerkracht|juf|docent|ib.?er|teamleider|begeleider|lid|coördinator|\w+leider|\w+eur|\w+er|\w+or|\w+cht|\w+oog|aan de slag|bestuurder)(?:\s+\S+){0,4}?\s+(?:op|bij|van|aan|in|binnen|at|of|fan)",
    "behalf": r"(?:namens|vanuit|mede namens|on behalf of|voor|aanmelding(?: van)?|opgave(?: van)?|inschrijving(?: van)?|wij,|wij van|meld(?:en)?(?: hierbij| ik| wij)?|ons,)",
    "we-are": r"(?:wij zijn|we zijn|ik ben van|ben van|school is|heten(?: trouwens)?|we are|onze school|onze school,|mijn school|school heet|komen van|het gaat om|op|bij)",
    "partner": r"(?:samen met|met|partner\w*|buur\w*|naast|tegenover|collega.?s van|collega.?s bij|voorheen|vroeger|leerlingen van|kinderen van|die van|vanaf|afkomstig van|en|naar|klas van|groep van|begeleider van|team van|door|ook|dependance van|locatie van)",
    "board": r"(?:bestuur|stichting|onderdeel van|valt onder|vallen onder|ons bestuur|van de stichting|in dienst van|behoort tot|maakt deel uit van|koepel)",
    "greeting": r"(?:beste|geachte|dag|hallo|hoi|ha)",
}


@cache
def _before() -> tuple[tuple[str, re.Pattern[str]], ...]:
    filling = r"(?:\s+(?:de|het|'t|een|onze|mijn|is|ons|wij|hier))?[\s:,(\"'“]*$"
    return tuple((cls, re.compile(rf"(?<!\w){pattern}{filling}", re.I)) for cls, pattern in _BEFORE.items())


_TOWN_AFTER = re.compile(r"\s*(?:,|\(|te|in|uit|\||-|–|/|,\s*te)\s*(?=[A-ZÀ-Þ'’a-z])")


def _context(passage: Passage, start: int, end: int) -> Iterator[str]:
    before = passage.text[max(passage.start, start - 60) : start]
    cut = max(before.rfind("\n\n"), before.rfind(". "), before.rfind("! "), before.rfind("? "))
    clause = before[cut + 1 :] if cut >= 0 else before
    for cls, pattern in _before():
        if pattern.search(clause):
            yield f"before:{cls}"
    line = clause.rsplit("\n", 1)[-1]
    if re.search(r"[^\W\d_a-z][^\W\d_]{2,} $", line) and not re.match(r"[A-ZÀ-Þ]\w* $", line.lstrip()):
        yield "capital-before"
    if re.match(r" [A-ZÀ-Þ][^\W\d_]{2,}", passage.text[end : min(passage.end, end + 12)]):
        yield "capital-after"
    if not line.strip(" \t-–*•|"):
        yield "line-start"
    elif line.rstrip()[-1] in ",|/·•-–":
        yield "after-separator"
    elif line.rstrip()[-1] == "(":
        yield "in-bracket"
    elif line.rstrip()[-1] == ":":
        yield "after-colon"
    after = passage.text[end : min(passage.end, end + 40)]
    rest = after.split("\n", 1)[0].strip(" .")
    if not rest:
        yield "line-end"
    elif rest[0] in ",|;/":
        yield "then-separator"
    elif rest[0] == "(":
        yield "then-bracket"
    if _town_follows(passage, end):
        yield "then-town"


def _town_follows(passage: Passage, end: int) -> bool:
    join = _TOWN_AFTER.match(passage.text, end, passage.end)
    if not join:
        return False
    tokens = passage.tokens
    number = _token_from(tokens, join.end())
    return (
        number < len(tokens) and tokens[number].start - join.end() < 2 and bool(place_at(tokens, passage.text, number))
    )


def _token_from(tokens: tuple[Token, ...], position: int) -> int:
    low, high = 0, len(tokens)
    while low < high:
        middle = (low + high) // 2
        if tokens[middle].start < position:
            low = middle + 1
        else:
            high = middle
    return low


def in_domain(name: str, domain: str) -> str:
    """How a domain shows an organisation's name: "all", "core" (without its kind and articles), "part" or ""."""
    host = compact(domain.rpartition(".")[0])
    whole = compact(name)
    if len(whole) < 4 or len(host) < 4:
        return ""
    if whole in host:
        return "all"
    core = core_of(name)
    if len(core) > 3 and core in host:
        return "core"
    parts = [compact(part) for part in re.split(r"[\s-]+", name)]
    kinds = _compact_kinds()
    long = [part for part in parts if len(part) > 4 and part not in kinds]
    if any(part in host for part in long):
        return "part"
    return ""


@cache
def _compact_kinds() -> frozenset[str]:
    return frozenset(compact(kind) for kind in words("organisations", "kinds") | words("organisations", "ends"))


def core_of(name: str) -> str:
    """A name without its kind and articles, as domains write it: "klimop" of "obs De Klimop"."""
    parts = [compact(part) for part in re.split(r"[\s-]+", name)]
    small = words("organisations", "articles") | {"sint", "st", ""}
    return "".join(part for part in parts if part not in _compact_kinds() and part not in small)
