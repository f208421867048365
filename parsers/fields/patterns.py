"""Sentences in which people introduce themselves, found as rows of tokens by spaCy's Matcher; the sentences are data.

What the Matcher is shown of a word is not the word but what the sentences can ask of it ("as", "a capital, a kind of
school"): a vocabulary of some dozens, whatever mail comes. So it never grows, and no word costs more than a look-up.
Only rows of such words are shown to it: any other word ends every sentence. `knowledge/patterns.toml` says how a
sentence is written down.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from parsers.dutch import knowledge, words
from parsers.extraction import Candidate
from parsers.fields.gazetteer import without_quarter
from parsers.fields.reading import Passage, Reading, Voice, candidate, tidy
from parsers.fields.vocabulary import MAX_KNOWN, is_role_word
from parsers.loading import uncollected

MAX_CHARACTERS = 30_000
"""Read of one passage: whoever introduces themselves does it before that."""
MAX_MATCHES = 200
PROPOSED = frozenset({"role", "name", "place"})
"""An organisation is only where it stands in the sentence: its name's extent is read better by its own extractor."""

_WRAPPED = re.compile(r"(?<=[^\n]{45})[ \t]*\n(?=[^\s>*•-])")
"""The end of a line that goes on in the next one."""
_PIECE = re.compile(
    # A word, its inner marks, and the full stop behind an initial; "Assen.Wij" is two.
    r"[^\W_](?:[\w/@+'-]|[.&](?=[\w/@+'-])(?!(?<=[a-zà-þ].)[A-ZÀ-Þ]))*(?:(?<![A-ZÀ-Þ][A-ZÀ-Þ])(?<=[A-ZÀ-Þ])\.)?"
    r"|[^\s\w]|_|[ ]{2,}|[^\S ]"
)
"""A word, a mark, or white space that is more than a blank."""
_CAPITAL = re.compile(r"[A-ZÀ-Þ][\w’'&.-]*$")
_SMALL = re.compile(r"[a-zà-þ][\w’'/.-]+$")
_ARTICLES = frozenset({"de", "het", "'t", "’t", "it", "den", "sint"})
_SILENT = frozenset({Voice.DISCLAIMER, Voice.SUBJECT, Voice.SENDER})

TokenPattern = dict[Any, Any]
"""What spaCy's Matcher asks of one token, or of a row of alike ones."""
NOTHING = "-"
"""What the Matcher is shown of a word that no sentence asks for."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """Sentences ready to be looked for."""

    vocab: Any
    """A spaCy Vocab of the classes of words, not of words."""
    matcher: Any
    """A spaCy Matcher; its keys are the sentences' names."""
    slots: dict[str, tuple[str, ...]]
    """By sentence: for each token pattern in it the field that it proposes, or an empty text."""
    known: dict[str, str]
    """By word, what the Matcher is shown of it: as many as MAX_KNOWN."""


def propose_by_pattern(reading: Reading) -> Iterator[Candidate]:
    """Propose what stands in the open places of each known sentence."""
    for passage in reading.passages:
        if passage.voice not in _SILENT:
            yield from _in_passage(passage)


def _in_passage(passage: Passage) -> Iterator[Candidate]:
    patterns = load_patterns()
    text = passage.words[:MAX_CHARACTERS]
    # A blank for a line's end: every character keeps its place.
    shown, spans = _shown(_WRAPPED.sub(lambda match: " " * len(match.group()), text), patterns)
    if not shown:
        return
    seen: set[tuple[str, int, int]] = set()
    for name, start, aligned in _matches(shown, patterns):
        for field, first, last in _filled(patterns.slots[name], aligned, start):
            begin, end = spans[first][0], spans[last][1]
            if field in PROPOSED and (field, begin, end) not in seen:
                seen.add((field, begin, end))
                span = passage.start + begin, passage.start + end
                cue = f"pattern:{name}"
                value = tidy(text[begin:end])
                value = without_quarter(value) if field == "place" else value
                yield candidate(field, value, passage, span, "pattern", cue)


def _matches(shown: list[str], patterns: Patterns) -> Iterator[tuple[str, int, list[int]]]:
    """Yield the sentences found in a row of classes: name, first token, each token's place in the sentence."""
    from spacy.tokens import Doc  # noqa: PLC0415 - as in `load_patterns`

    doc = Doc(patterns.vocab, words=shown)
    for key, start, _, aligned in patterns.matcher(doc, with_alignments=True)[:MAX_MATCHES]:
        yield patterns.vocab.strings[key], start, aligned


def _shown(text: str, patterns: Patterns) -> tuple[list[str], list[tuple[int, int]]]:
    """What the Matcher is shown of a text, and where each word of it stands.

    Rows of words that the sentences ask for, with something behind the first word that can be a name: the rest can not
    be in any sentence.
    """
    known = patterns.known
    shown: list[str] = []
    spans: list[tuple[int, int]] = []
    begin, named = 0, False
    for match in _PIECE.finditer(text):
        word = match.group()
        classes = known.get(word)
        if classes is None:
            classes = _learn(word, known)
        if classes != NOTHING:
            named = named or (len(shown) > begin and "|capital|" in classes)
            shown.append(classes)
            spans.append(match.span())
        elif len(shown) > begin:
            if named:
                shown.append(NOTHING)
                spans.append(match.span())
            else:
                del shown[begin:], spans[begin:]
            begin, named = len(shown), False
    if not named:
        del shown[begin:], spans[begin:]
    return shown, spans


def _learn(word: str, known: dict[str, str]) -> str:
    if len(known) > MAX_KNOWN:
        known.clear()
    found = [name for name, holds in _classes().items() if holds(word)]
    known[word] = classes = f"|{'|'.join(found)}|" if found else NOTHING
    return classes


def _filled(slots: tuple[str, ...], aligned: Iterable[int], start: int) -> Iterator[tuple[str, int, int]]:
    """Yield for each open place of a match its field, its first and its last token."""
    found: dict[str, list[int]] = {}
    for offset, number in enumerate(aligned):
        if slots[number]:
            found.setdefault(slots[number], []).append(start + offset)
    for field, tokens in found.items():
        yield field, tokens[0], tokens[-1]


@cache
@uncollected()
def load_patterns() -> Patterns:
    """Build the sentences, once: most of it is importing spaCy."""
    # Only where a mail is understood: no other command should wait for it.
    from spacy.matcher import Matcher  # noqa: PLC0415
    from spacy.vocab import Vocab  # noqa: PLC0415

    vocab = Vocab()
    flags = {name: vocab.add_flag(_holds(name)) for name in _classes()}
    # Its validation does not know of flags.
    matcher = Matcher(vocab, validate=False)
    slots = {}
    for sentence in knowledge("patterns")["sentence"]:
        tokens = [token for item in sentence["words"].split() for token in _read(item, flags)]
        matcher.add(sentence["name"], [[token for _, token in tokens]], greedy="LONGEST")
        slots[sentence["name"]] = tuple(field for field, _ in tokens)
    return Patterns(vocab, matcher, slots, {})


def _holds(name: str) -> Callable[[str], bool]:
    mark = f"|{name}|"
    return lambda classes: mark in classes


def _read(item: str, flags: Mapping[str, int]) -> Iterator[tuple[str, TokenPattern]]:
    """Yield the token patterns of one item of a sentence, each with the field that it proposes."""
    if item.startswith("{"):
        field = item.strip("{}")
        for name, count in _OPEN_PLACES[field]:
            token = {flags[name]: True}
            yield field, {**token, "OP": count} if count else token
        return
    bare = item.removesuffix("?") or item
    token = {flags[bare]: True}
    yield "", token if bare == item else {**token, "OP": "?"}


_OPEN_PLACES = {
    "role": (("small", "{1,4}"),),
    "organisation": (("kind", "{0,2}"), ("article", "?"), ("capital", "{1,4}")),
    "name": (("capital", ""), ("particle", "{0,3}"), ("capital", "{1,2}")),
    "place": (("capital", ""), ("capital", "?")),
}
"""What may stand where a sentence leaves room for a field: classes of words, and how many."""


@cache
def _classes() -> dict[str, Callable[[str], bool]]:
    """What the sentences ask of words, by name: the lists ("<as>"), the plain words, what open places hold."""
    ordinary = words("common", "words") - words("roles", "after") - words("roles", "before")
    lists = {f"<{name}>": frozenset(options) for name, options in knowledge("patterns")["words"].items()}
    items = {item for sentence in knowledge("patterns")["sentence"] for item in sentence["words"].split()}
    plain = {item.removesuffix("?") or item for item in items if item[0] not in "{<"}
    options = {
        **lists,
        **{word: frozenset({word}) for word in plain},
        "kind": words("organisations", "kinds"),
        "article": _ARTICLES,
        "particle": words("names", "particles"),
    }
    return {
        **{name: _one_of(listed) for name, listed in options.items()},
        "capital": lambda text: bool(_CAPITAL.match(text)),
        "small": lambda text: bool(_SMALL.match(text)) and (text not in ordinary or is_role_word(text)),
    }


def _one_of(options: frozenset[str]) -> Callable[[str], bool]:
    return lambda text: text.lower() in options
