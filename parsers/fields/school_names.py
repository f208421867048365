"""Where a school's, board's or partnership's name begins and ends in a row of words, in every length it could have."""

import re
from collections.abc import Iterator
from functools import cache

from parsers.dutch import compact, words
from parsers.fields.gazetteer import town_at
from parsers.fields.person_names import offices
from parsers.fields.reading import Passage, Token, adjacent
from parsers.fields.vocabulary import ARTICLE, END, FIRST_NAME, KIND, ROLE

Span = tuple[int, int, tuple[str, ...]]
"""First and last token of a possible name, and how it is written."""

MAX_WORDS = 9
_NUMBERED = re.compile(r"\d{1,2}$|\d\d\.\d\d$")
_JOINING = ('"', ' "', " '", " “", " ‘")
_INNER = (" ", "-", "'", "’", " '", ' "', '" ', " “", "” ", "–", "/")
_SECTORS = frozenset({"po", "vo", "so", "vso", "sbo", "pro"})
_SMALL = frozenset({"en", "&", "van", "de", "der", "the", "and", "of", "voor", "het"})


def _list(key: str) -> frozenset[str]:
    return words("organisations", key)


@cache
def _kinds() -> dict[str, tuple[tuple[str, ...], ...]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for kind in _list("kinds"):
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


def names_in(passage: Passage, hosts: tuple[str, ...]) -> Iterator[Span]:
    """Yield every possible name of a passage; `hosts` are the compact domain names that the mail shows."""
    tokens, inside_kinds, joined = passage.tokens, 0, "|".join(hosts)
    for number, token in enumerate(tokens):
        if token.classes & END:
            yield from _ending_here(passage, number)
        kinds = _kinds_from(passage, number) if token.classes & KIND and number >= inside_kinds else 0
        if kinds:
            yield from _of_kind(passage, number, kinds)
            inside_kinds = number + kinds
        elif token.classes & ARTICLE:
            yield from _after_article(passage, number)
        if len(token.low) > 3 and token.low in joined:
            yield from _as_in_domain(passage, number, hosts)


def _kinds_from(passage: Passage, number: int) -> int:
    """How many tokens of kinds follow each other here: "sbo-so", "SWV PO", "christelijke basisschool"."""
    tokens, count = passage.tokens, 0
    while number + count < len(tokens):
        size = kind_at(tokens, number + count)
        if not size or (count and not adjacent(passage.text, tokens[number + count - 1], tokens[number + count])):
            break
        count += size
    return count


def _of_kind(passage: Passage, number: int, kinds: int) -> Iterator[Span]:
    """Yield a name with its kinds, without them, and with the last of them."""
    tokens, shorter = passage.tokens, number + kinds - 1
    for last, shape in _after_kind(passage, number + kinds):
        yield number, last, ("has:kind", f"shape:{shape}")
        yield number + kinds, last, ("without-kind", f"shape:{shape}")
        if kinds > 1 and kind_at(tokens, shorter) == 1 and tokens[shorter].low not in _list("weak_kinds"):
            yield shorter, last, ("has:kind", "shorter-kind", f"shape:{shape}")


def _after_kind(passage: Passage, number: int) -> Iterator[tuple[int, str]]:
    """Yield where a name that follows a kind ends, and how it is written."""
    tokens, text = passage.tokens, passage.text
    if number >= len(tokens) or not _joins(text, tokens[number - 1], tokens[number]):
        return
    rows = list(_capital_rows(passage, number))
    for count, last in enumerate(rows):
        yield last, "capital" if not count else "capital-shorter"
    if rows or tokens[number - 1].low in _list("weak_kinds"):
        return
    begin = number + (tokens[number].low in _list("articles"))
    if begin >= len(tokens) or _stops(tokens[begin]):
        return
    end = begin
    yield end, "lower" if begin > number else "lower-bare"
    while end + 1 < len(tokens) and end - begin < 3 and adjacent(text, tokens[end], tokens[end + 1]):
        if _stops(tokens[end + 1]) or town_at(tokens, text, end + 1):
            break
        end += 1
        yield end, "lower-long"


def _stops(token: Token) -> bool:
    low = token.low
    return low in _list("stop") or low in words("common", "words") or low[0].isdigit() or "@" in low


def _joins(text: str, one: Token, other: Token) -> bool:
    gap = text[one.end : other.start]
    if gap == ". ":
        return one.low in _list("abbreviations")
    return adjacent(text, one, other) or gap in _JOINING


def _after_article(passage: Passage, number: int) -> Iterator[Span]:
    """Yield "De Klimop", "Klimop", and with a capitalised word before it: "Zorgpalet De Leij"."""
    tokens, text = passage.tokens, passage.text
    if number + 1 >= len(tokens) or not adjacent(text, tokens[number], tokens[number + 1]):
        return
    article = tokens[number]
    before = tokens[number - 1] if number and article.text[0].isupper() else None
    with_word = (
        before is not None
        and before.text[0].isupper()
        and len(before.low) > 3
        and not before.classes & (FIRST_NAME | ROLE)
        and before.low not in offices()
        and text[before.end : article.start] == " "
        and before.low not in _list("never_inside")
    )
    for last in _capital_rows(passage, number + 1):
        yield number, last, ("article", f"shape:{_case(article)}")
        yield number + 1, last, ("after-article",)
        if with_word:
            yield number - 1, last, ("word-before",)


def _case(token: Token) -> str:
    return "capital" if token.text[0].isupper() else "lower"


def _as_in_domain(passage: Passage, number: int, hosts: tuple[str, ...]) -> Iterator[Span]:
    """Yield the words here that the sender's domain is made of, with article and kind before them."""
    tokens, text = passage.tokens, passage.text
    last = number
    while (
        last + 1 < len(tokens)
        and adjacent(text, tokens[last], tokens[last + 1])
        and any(compact(text[tokens[number].start : tokens[last + 1].end]) in host for host in hosts)
    ):
        last += 1
    last = _without_small(passage, number, last)
    first = number
    if first and tokens[first - 1].classes & ARTICLE and adjacent(text, tokens[first - 1], tokens[first]):
        first -= 1
    yield first, last, ("domain-words", "article" if first < number else "bare")
    kind = first - 1
    if kind >= 0 and kind_at(tokens, kind) == 1 and adjacent(text, tokens[kind], tokens[first]):
        yield kind, last, ("domain-words", "has:kind")


def _opens(token: Token) -> bool:
    """Whether a capitalised word stands before a name and does not belong to it."""
    return token.low in _list("openers") or token.low in _list("stop") or token.low in words("common", "words")


def _capital_rows(passage: Passage, number: int) -> Iterator[int]:
    """Yield the last tokens of a row of capitalised words from here: whole, without its town, up to "in" or "te"."""
    last, tokens = _capitals(passage, number), passage.tokens
    if last < number or (tokens[number].low in _list("leading") and not _led_by_kind(passage, number)):
        return
    ends = [last, *(at - 1 for at in range(number + 1, last + 1) if tokens[at].low in _list("leading"))]
    ends.extend(town for end in ends[:] if number <= (town := _without_town(passage, number, end)) < end)
    if (
        last + 1 < len(tokens)
        and tokens[last + 1].low in _SECTORS
        and adjacent(passage.text, tokens[last], tokens[last + 1])
    ):
        ends.append(last + 1)  # "SWV Veenrand po"
    yield from dict.fromkeys(_without_small(passage, number, end) for end in ends)


def _led_by_kind(passage: Passage, number: int) -> bool:
    """Whether a word like "Op" begins a name: "bs Op de Wal"."""
    tokens = passage.tokens
    capital = tokens[number].text[0].isupper() and tokens[number].low != "en"
    return capital and number > 0 and bool(tokens[number - 1].classes & KIND)


def _without_small(passage: Passage, number: int, end: int) -> int:
    while end > number and passage.tokens[end].low in _list("inside"):
        end -= 1
    return end


def _capitals(passage: Passage, number: int) -> int:
    """The last token of a row of capitalised words, small words between them allowed; number - 1 when there is none."""
    tokens, text, last = passage.tokens, passage.text, number - 1
    for position in range(number, min(number + MAX_WORDS, len(tokens))):
        token = tokens[position]
        if position > number and not _inner_gap(text, tokens[position - 1], token):
            break
        if token.low in _list("never_inside") or (token.low == "en" and _another(tokens, position + 1)):
            break
        if token.text[0].isupper():
            last = position
        elif _NUMBERED.match(token.text):
            if position + 1 < len(tokens) and tokens[position + 1].text[0].isdigit():
                break
            last = position
        elif token.low not in _list("inside") or position - last > 3:
            break
    return last


def _another(tokens: tuple[Token, ...], number: int) -> bool:
    """Whether a name of its own follows "en": "obs De Klimop en sbo De Wulp", "De Klimop en het Berg College"."""
    if number + 1 >= len(tokens):
        return False
    token = tokens[number]
    if token.text in ("de", "het"):
        return tokens[number + 1].text[0].isupper()
    return bool(token.classes & KIND) and kind_at(tokens, number) > 0 and token.low not in _list("weak_kinds")


def _inner_gap(text: str, one: Token, other: Token) -> bool:
    gap = text[one.end : other.start]
    if gap == ". ":
        return one.low in _list("abbreviations")
    return gap in _INNER or adjacent(text, one, other)


def _without_town(passage: Passage, first: int, last: int) -> int:
    """Where a name ends when the town behind it is left off: "bs St. Jozef Venray"."""
    for number in range(last, first, -1):
        found = town_at(passage.tokens, passage.text, number)
        if found and number + found.count - 1 == last:
            return number - 1
    return last


def _ending_here(passage: Passage, number: int) -> Iterator[Span]:
    """Yield names that end as schools' names do: "Raayveld College", "Lindecollege", "Slinge Scholen"."""
    tokens, text = passage.tokens, passage.text
    token = tokens[number]
    first = _row_start(passage, number)
    if first == number and token.low in _list("ends"):
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
    if first and tokens[first - 1].classes & ARTICLE and adjacent(text, tokens[first - 1], tokens[first]):
        yield first - 1, number, ("has:end", "article", shape)


def _row_start(passage: Passage, number: int) -> int:
    """The first token of the row of capitalised words that ends here; "College" may begin the next line."""
    tokens, text, first = passage.tokens, passage.text, number
    while first and number - first < 5:
        before, gap = tokens[first - 1], text[tokens[first - 1].end : tokens[first].start]
        if not (_inner_gap(text, before, tokens[first]) or (first == number and gap == "\n")):
            break
        if not (before.text[0].isupper() or before.low in _SMALL) or before.low in _list("never_inside"):
            break
        if before.classes & FIRST_NAME and tokens[first].low in ("van", "de"):
            break
        first -= 1
    while first < number and (not tokens[first].text[0].isupper() or _opens(tokens[first])):
        first += 1
    return first
