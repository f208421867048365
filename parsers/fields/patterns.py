"""Sentences in which people introduce themselves, found as rows of tokens by spaCy's Matcher; the sentences are data.

The pipeline is spaCy's blank Dutch one without its tokeniser's 4,670 exceptions: building them costs a second of
start-up, and the sentences hold none of them. `knowledge/patterns.toml` says how a sentence is written down.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from parsers.dutch import knowledge, words
from parsers.extraction import Candidate
from parsers.fields.reading import Passage, Reading, Voice, candidate, tidy
from parsers.fields.vocabulary import is_role_word

MAX_CHARACTERS = 30_000
"""Read of one passage: whoever introduces themselves does it before that."""
MAX_MATCHES = 200
PROPOSED = frozenset({"role", "name", "place"})
"""An organisation is only where it stands in the sentence: its name's extent is read better by its own extractor."""

_WRAPPED = re.compile(r"(?<=[^\n]{45})[ \t]*\n(?=[^\s>*•-])")
"""The end of a line that goes on in the next one."""
_CAPITAL = re.compile(r"[A-ZÀ-Þ][\w’'&.-]*$")
_SMALL = re.compile(r"[a-zà-þ][\w’'/.-]+$")
_ARTICLES = frozenset({"de", "het", "'t", "’t", "it", "den", "sint"})
_SILENT = frozenset({Voice.DISCLAIMER, Voice.SUBJECT, Voice.SENDER})

TokenPattern = dict[Any, Any]
"""What spaCy's Matcher asks of one token, or of a row of alike ones."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """Sentences ready to be looked for."""

    pipeline: Any
    """A spaCy Language: text into a Doc."""
    matcher: Any
    """A spaCy Matcher; its keys are the sentences' names."""
    slots: dict[str, tuple[str, ...]]
    """By sentence: for each token pattern in it the field that it proposes, or an empty text."""


def propose_by_pattern(reading: Reading) -> Iterator[Candidate]:
    """Propose what stands in the open places of each known sentence."""
    for passage in reading.passages:
        if passage.voice not in _SILENT:
            yield from _in_passage(passage)


def _in_passage(passage: Passage) -> Iterator[Candidate]:
    patterns = load_patterns()
    text = passage.words[:MAX_CHARACTERS]
    # A blank for a line's end: every character keeps its place.
    doc = patterns.pipeline(_WRAPPED.sub(lambda match: " " * len(match.group()), text))
    seen: set[tuple[str, int, int]] = set()
    for key, start, _, aligned in patterns.matcher(doc, with_alignments=True)[:MAX_MATCHES]:
        name = doc.vocab.strings[key]
        for field, first, last in _filled(patterns.slots[name], aligned, start):
            begin, end = doc[first].idx, doc[last].idx + len(doc[last])
            if field in PROPOSED and (field, begin, end) not in seen:
                seen.add((field, begin, end))
                span = passage.start + begin, passage.start + end
                cue = f"pattern:{name}"
                yield candidate(field, tidy(text[begin:end]), passage, span, "pattern", cue)


def _filled(slots: tuple[str, ...], aligned: Iterable[int], start: int) -> Iterator[tuple[str, int, int]]:
    """Yield for each open place of a match its field, its first and its last token."""
    found: dict[str, list[int]] = {}
    for offset, number in enumerate(aligned):
        if slots[number]:
            found.setdefault(slots[number], []).append(start + offset)
    for field, tokens in found.items():
        yield field, tokens[0], tokens[-1]


@cache
def load_patterns() -> Patterns:
    """Build the pipeline and the sentences, once: about a second, most of it importing spaCy."""
    # Only where a mail is understood: no other command should wait for it.
    from spacy.lang.nl import Dutch, DutchDefaults  # noqa: PLC0415
    from spacy.matcher import Matcher  # noqa: PLC0415

    class PlainDefaults(DutchDefaults):
        tokenizer_exceptions = {}  # noqa: RUF012 - as spaCy declares it

    class PlainDutch(Dutch):  # type: ignore[no-untyped-call]
        Defaults = PlainDefaults

    pipeline = PlainDutch()
    # Its validation does not know of flags.
    matcher = Matcher(pipeline.vocab, validate=False)
    items = _Items(pipeline.vocab.add_flag)
    slots = {}
    for sentence in knowledge("patterns")["sentence"]:
        tokens = [token for item in sentence["words"].split() for token in items.read(item)]
        matcher.add(sentence["name"], [[token for _, token in tokens]], greedy="LONGEST")
        slots[sentence["name"]] = tuple(field for field, _ in tokens)
    return Patterns(pipeline, matcher, slots)


class _Items:
    """The items of which sentences are made. Each list of words is a flag, which spaCy gives a word but once."""

    def __init__(self, flag: Callable[[Callable[[str], bool]], int]) -> None:
        self._flag = flag
        self._lists = {name: self._one_of(options) for name, options in knowledge("patterns")["words"].items()}
        self._places = self._open_places()

    def read(self, item: str) -> Iterator[tuple[str, TokenPattern]]:
        """Yield the token patterns of one item, each with the field that it proposes."""
        if item.startswith("{"):
            field = item.strip("{}")
            yield from ((field, one) for one in self._places[field])
            return
        bare = item.removesuffix("?") or item
        token: TokenPattern = {self._lists[bare.strip("<>")]: True} if bare.startswith("<") else {"LOWER": bare}
        yield "", token if bare == item else {**token, "OP": "?"}

    def _one_of(self, options: Iterable[str]) -> int:
        lower = frozenset(options)
        return self._flag(lambda text: text.lower() in lower)

    def _open_places(self) -> dict[str, tuple[TokenPattern, ...]]:
        """What may stand where a sentence leaves room for a field."""
        ordinary = words("common", "words") - words("roles", "after") - words("roles", "before")
        capital = self._flag(lambda text: bool(_CAPITAL.match(text)))
        small = self._flag(lambda text: bool(_SMALL.match(text)) and (text not in ordinary or is_role_word(text)))
        kind = self._one_of(words("organisations", "kinds"))
        article = self._one_of(_ARTICLES)
        particle = self._one_of(words("names", "particles"))
        return {
            "role": ({small: True, "OP": "{1,4}"},),
            "organisation": ({kind: True, "OP": "{0,2}"}, {article: True, "OP": "?"}, {capital: True, "OP": "{1,4}"}),
            "name": ({capital: True}, {particle: True, "OP": "{0,3}"}, {capital: True, "OP": "{1,2}"}),
            "place": ({capital: True}, {capital: True, "OP": "?"}),
        }
