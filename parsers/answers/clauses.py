"""Rows cut into clauses: the smallest pieces an answer can begin or end with, and the sentences they make."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from parsers.answers.rows import BULLET, Row
from parsers.dutch import knowledge

MAX_CLAUSES = 1_000
"""A long mail of ordinary words has a clause for every thirty characters; what is beyond is not read."""
PICTURES = 0x2190
"""Arrows, ticks and faces have characters beyond this."""
LONG_SENTENCE = 45
"""Words beyond which a sentence is dictation or haste: it is cut at its joints."""

_PLAIN = (
    r"\+?\d(?:[\d()/–-]|\.(?=\d)|\s(?=[\d(/–-])){7,24}"  # a telephone number
    r"|\w+(?:['’´`-]\w+)*"
    r"|\.{2,}|[^\w\s]"
)
_TOKEN = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"  # an address
    rf"|(?:https?://|www\.)\S{{1,300}}|{_PLAIN}"
)
_PLAIN_TOKEN = re.compile(_PLAIN)
"""The same where a text holds no address: to look for one at each word costs as much as all the rest."""
_ENDS = ".?!…"
_CLOSERS = "\"'”’)]»"
_OPENERS = '"“„«‘'
_KNOWN = knowledge("answers")["clauses"]
_ABBREVIATIONS = frozenset(_KNOWN["abbreviations"])
_BEFORE = frozenset(_KNOWN["before"])
"""A clause may begin before these words."""
_AFTER = frozenset(_KNOWN["after"])
"""A clause may begin behind these words."""
_JOINTS = frozenset(_KNOWN["joints"])
_DICTATED = re.compile(r"\b(?:vraagteken|uitroepteken|nieuwe regel|komma)\b", re.I)
_DICTATED_ENDS = frozenset(("punt", "vraagteken", "uitroepteken", "regel"))
_NUMBERED = frozenset(("vraag", "vr", "ad", "punt", ".", ";", "?", "!"))


@dataclass(slots=True)
class Clause:
    """A piece of a row between two places where an answer may begin or end."""

    row: int
    start: int
    end: int
    tokens: list[str]
    """Lower case, punctuation included."""
    words: list[str]
    """The tokens that are words; long numbers as "0#", addresses as "@"."""
    before: str
    """What parts it from the clause before: "LINE", "SENTENCE", "COLON", "COMMA", "after:omdat", "before:en" …"""
    sentence: int
    opens_sentence: bool
    opens_row: bool


def split_clauses(rows: Sequence[Row]) -> list[Clause]:
    """Cut rows into clauses, in order, up to the limit."""
    clauses: list[Clause] = []
    sentence = 0
    for number, row in enumerate(rows):
        if len(clauses) >= MAX_CLAUSES:
            break
        sentence = _Cutter(row, number, clauses, sentence).cut()
    return clauses


def word_of(token: str) -> str:
    """Return a token as the model knows it: long numbers and addresses without what they say."""
    if token[0].isdigit() or token[0] == "+":
        return "0#" if len(token) > 2 else token
    return "@" if "@" in token else token


@dataclass(slots=True)
class _Cutter:
    row: Row
    number: int
    clauses: list[Clause]
    sentence: int
    before: str = "LINE"
    opens_sentence: bool = True
    opens_row: bool = True
    tokens: list[tuple[str, int, int]] = field(default_factory=list)

    def cut(self) -> int:
        """Add the row's clauses and return the number of the next sentence."""
        found = [(match[0].lower(), *match.span()) for match in _token_in(self.row.text).finditer(self.row.text)]
        if not found:
            return self.sentence
        bullet = BULLET.match(self.row.text)
        bullet_end = bullet.end() if bullet else 0
        dictated = _DICTATED.search(self.row.text) is not None
        is_long = len(found) > LONG_SENTENCE * 1.3
        since = 0
        for place, token in enumerate(found):
            self.tokens.append(token)
            since += 1
            if place + 1 == len(found) or len(self.clauses) + 1 >= MAX_CLAUSES:
                self._add("LINE", ends_sentence=True)
                break
            if token[2] <= bullet_end:
                if bullet_end <= found[place + 1][1]:
                    self._add("BULLET", ends_sentence=False)
                continue
            parting = _parting(found, place)
            if dictated and token[0] in _DICTATED_ENDS:
                parting = "SENTENCE"
            if not parting:
                continue
            ends = parting == "SENTENCE"
            if is_long and not ends and since >= 12 and found[place + 1][0] in _JOINTS:
                self._add(parting, ends_sentence=True)
                self.opens_sentence = False
                since = 0
            else:
                self._add(parting, ends_sentence=ends)
                since = 0 if ends else since
        return self.sentence

    def _add(self, parting: str, *, ends_sentence: bool) -> None:
        tokens = [token for token, _, _ in self.tokens]
        self.clauses.append(
            Clause(
                self.number,
                self.row.start + self.tokens[0][1],
                self.row.start + self.tokens[-1][2],
                tokens,
                _words(tokens),
                self.before,
                self.sentence,
                self.opens_sentence,
                self.opens_row,
            )
        )
        self.tokens = []
        self.before = parting
        self.opens_sentence = ends_sentence
        self.opens_row = False
        self.sentence += ends_sentence


def _parting(tokens: Sequence[tuple[str, int, int]], place: int) -> str:
    """Name what parts a sign from the next; empty when nothing does."""
    sign, _, end = tokens[place]
    following, next_start, _ = tokens[place + 1]
    gap = next_start > end
    if not sign[0].isalnum():
        return _parting_sign(tokens, place, gap=gap)
    if following in "([":
        return "BRACKET"
    if len(sign) == 1 and sign.isdigit() and _is_number(tokens, place):
        return "NUMBER"
    if following[0].isalnum():
        if sign in _AFTER:
            return "after:" + sign
        if following in _BEFORE:
            return "before:" + following
    return ""


_PARTING = {";": "SEMICOLON", ":": "COLON", "=": "COLON", "|": "COLON", "–": "COLON", "—": "COLON", "•": "COLON"}


def _parting_sign(tokens: Sequence[tuple[str, int, int]], place: int, *, gap: bool) -> str:
    sign, start, _ = tokens[place]
    following = tokens[place + 1][0]
    previous = tokens[place - 1][0] if place and tokens[place - 1][2] == start else ""
    parting = ""
    if sign[0] in _ENDS or (sign in _CLOSERS and previous[:1] and previous[0] in _ENDS):
        more = not gap and (following[0] in _ENDS or following in _CLOSERS)
        return "" if more else _parting_stop(sign, previous, place, gap=gap)
    if sign in _PARTING:
        parting = _PARTING[sign] if gap or sign != ":" else ""
    elif sign in "-/" and gap:
        parting = "DASH"
    elif following in "([" or sign in ")]":
        parting = "BRACKET"
    elif sign in _OPENERS:
        parting = "QUOTE"
    elif sign == "," and gap:
        parting = "COMMA"
    elif ord(sign[0]) > PICTURES:
        parting = "PICTURE"
    return parting or ("before:" + following if following in _BEFORE else "")


def _parting_stop(sign: str, previous: str, place: int, *, gap: bool) -> str:
    if sign == ".":
        if previous.isdigit() and place < 2:
            return "NUMBER"
        if previous in _ABBREVIATIONS or (len(previous) == 1 and previous.isalpha()):
            return ""
    if not gap and sign[0] != "…" and len(sign) < 2:
        return ""
    return "SENTENCE"


def _is_number(tokens: Sequence[tuple[str, int, int]], place: int) -> bool:
    """Tell whether a digit stands where the number of a question does."""
    if place == 0 or (place == 1 and not tokens[0][0][0].isalnum()):
        return True
    return tokens[place - 1][0] in _NUMBERED


def sentences(clauses: Sequence[Clause]) -> Iterator[range]:
    """Yield the clauses of each sentence, by their places."""
    first = 0
    for place in range(1, len(clauses) + 1):
        if place == len(clauses) or clauses[place].sentence != clauses[first].sentence:
            yield range(first, place)
            first = place


def split_at(clauses: list[Clause], rows: Sequence[Row], position: int, place: int) -> None:
    """Cut the clause at `place` in two at an offset of its part, so that what follows a marker begins a clause."""
    clause = clauses[place]
    row = rows[clause.row]
    head = row.text[clause.start - row.start : position - row.start]
    tail = row.text[position - row.start : clause.end - row.start]
    before, behind = (_tokens(text) for text in (head, tail))
    if not before or not behind:
        return
    end = clause.start + len(head.rstrip())
    start = position + len(tail) - len(tail.lstrip())
    clauses[place : place + 1] = [
        replace(clause, end=end, tokens=before, words=_words(before)),
        replace(
            clause,
            start=start,
            tokens=behind,
            words=_words(behind),
            before="MARKER",
            opens_sentence=False,
            opens_row=False,
        ),
    ]


def _token_in(text: str) -> re.Pattern[str]:
    return _TOKEN if "@" in text or "://" in text or "www." in text else _PLAIN_TOKEN


def _tokens(text: str) -> list[str]:
    return [match.group().lower() for match in _token_in(text).finditer(text)]


def _words(tokens: Sequence[str]) -> list[str]:
    return [word_of(token) for token in tokens if token[0].isalnum() or token[0] == "+"]
