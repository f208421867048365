"""Names of schools, boards and partnerships, with what the words around them say."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from parsers.dutch import REMEMBERED, compact, knowledge, words
from parsers.extraction import Candidate
from parsers.fields.contacts import addresses_in
from parsers.fields.gazetteer import town_at
from parsers.fields.reading import Passage, Reading, Token, Voice, candidate, tidy
from parsers.fields.school_names import names_in

MAX_NAMES = 120
"""Names looked at in one passage: more stand in lists of schools."""

_SENTENCE = re.compile(r".*(?:\n\n|[.!?] )", re.S)
_FILLING = re.compile(r"(?:\s+(?:de|het|'t|een|onze|mijn|is|ons|wij|hier))?[\s:,(\"'“]*$")
_CAPITAL_BEFORE = re.compile(r"[^\W\d_a-z][^\W\d_]{2,} $")
_FIRST_OF_LINE = re.compile(r"[A-ZÀ-Þ]\w* $")
_CAPITAL_AFTER = re.compile(r" [A-ZÀ-Þ][^\W\d_]{2,}")
_TOWN_AFTER = re.compile(r"\s*(?:,\s*te|,|\(|te|in|uit|\||-|–|/)\s*(?=[A-ZÀ-Þ'’a-z])")


def propose_organisations(reading: Reading) -> Iterator[Candidate]:
    """Propose every name that can be an organisation's."""
    hosts = domains(reading)
    for passage in reading.passages:
        seen: set[tuple[int, int]] = set()
        for first, last, shape in names_in(passage, hosts):
            span = passage.tokens[first].start, passage.tokens[last].end
            if span in seen or len(seen) > MAX_NAMES:
                continue
            seen.add(span)
            value = tidy(passage.text[span[0] : span[1]])
            if core_of(value):
                cues = (*shape, *_context(passage, *span))
                yield candidate("organisation", value, passage, span, "organisation", *cues)


def domains(reading: Reading) -> tuple[str, ...]:
    """What the addresses of a mail show of its schools: domains without the top level; public providers left out."""
    boxes = [reading.message.from_, *reading.message.reply_to, *(p.author for p in reading.passages if p.author)]
    found = {box.address for box in boxes if box.address}
    for passage in reading.passages:
        if passage.voice is not Voice.ORGANISER:
            found.update(address for _, _, address in addresses_in(passage, reading))
    hosts = {address.rpartition("@")[2] for address in found if address not in reading.organiser}
    own = {host for host in hosts - words("contacts", "providers") if "." in host}
    return tuple(sorted(compact(host.rpartition(".")[0]) for host in own))


def _context(passage: Passage, start: int, end: int) -> Iterator[str]:
    before = passage.text[max(passage.start, start - 60) : start]
    sentence = _SENTENCE.match(before)
    clause = before[sentence.end() :] if sentence else before
    lead = f" {_FILLING.sub('', clause.lower())}".replace("\n", " ")
    for cls, phrases in _before():
        if lead.endswith(phrases):
            yield f"before:{cls}"
    line = clause.rsplit("\n", 1)[-1]
    stripped = line.strip(" \t-–*•|")
    if _CAPITAL_BEFORE.search(line) and not _FIRST_OF_LINE.match(line.lstrip()):
        yield "capital-before"
    if not stripped:
        yield "line-start"
    elif line.rstrip()[-1] in ",|/·•-–(:":
        yield {"(": "in-bracket", ":": "after-colon"}.get(line.rstrip()[-1], "after-separator")
    yield from _right(passage, end)


def _right(passage: Passage, end: int) -> Iterator[str]:
    after = passage.text[end : min(passage.end, end + 40)]
    if _CAPITAL_AFTER.match(after):
        yield "capital-after"
    rest = after.split("\n", 1)[0].strip(" .")
    if not rest:
        yield "line-end"
    elif rest[0] in ",|;/":
        yield "then-separator"
    elif rest[0] == "(":
        yield "then-bracket"
    if _town_follows(passage, end):
        yield "then-town"


@cache
def _before() -> tuple[tuple[str, tuple[str, ...]], ...]:
    table = knowledge("organisations")["before"]
    return tuple((cls, tuple(f" {phrase}" for phrase in phrases)) for cls, phrases in table.items())


def _town_follows(passage: Passage, end: int) -> bool:
    join = _TOWN_AFTER.match(passage.text, end, passage.end)
    if not join:
        return False
    tokens = passage.tokens
    number = _token_from(tokens, join.end())
    return (
        number < len(tokens)
        and tokens[number].start - join.end() < 2
        and town_at(tokens, passage.text, number) is not None
    )


def _token_from(tokens: tuple[Token, ...], position: int) -> int:
    """The number of the first token at or behind a position."""
    low, high = 0, len(tokens)
    while low < high:
        middle = (low + high) // 2
        if tokens[middle].start < position:
            low = middle + 1
        else:
            high = middle
    return low


@cache
def _kinds() -> frozenset[str]:
    lists = ("kinds", "ends", "common")
    return frozenset(compact(kind) for name in lists for kind in words("organisations", name))


@lru_cache(maxsize=REMEMBERED)
def core_of(name: str) -> str:
    """A name without its kind and articles, as domains write it: "klimop" of "obs De Klimop"; empty for a bare kind."""
    small = words("organisations", "articles") | {"sint", "st", "onze", ""}
    parts = [compact(part) for part in re.split(r"[\s-]+", name)]
    return "".join(part for part in parts if part not in _kinds() and part not in small)


@lru_cache(maxsize=REMEMBERED)
def in_domain(name: str, domain: str) -> str:
    """How a domain shows an organisation's name: "all", "core" (without its kind and articles), "part" or ""."""
    host, whole, core = compact(domain.rpartition(".")[0]), compact(name), core_of(name)
    if len(whole) < 4 or len(host) < 4:
        return ""
    if whole in host:
        return "all"
    if len(core) > 3 and core in host:
        return "core"
    parts = [compact(part) for part in re.split(r"[\s-]+", name)]
    return "part" if any(len(part) > 4 and part not in _kinds() and part in host for part in parts) else ""
