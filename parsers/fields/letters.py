"""The letters within a mail: which of them answers the call, and whom the mail speaks for."""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from config.call import Call
from parsers.dutch import knowledge, words
from parsers.extraction import Kind
from parsers.fields.person_names import display_names
from parsers.fields.reading import FEW_WORDS, Passage, Reading, Voice, tidy

Place = tuple[str, int]
"""A passage, by the name of its part and where it starts."""

MAX_LETTER = 8000
"""Characters of a passage that are searched for answers."""

_MARKED = re.compile(
    r"^[ \t*•-]*(?:(?:ad|vraag|vr|antwoord|punt|nr|q|ad vraag|question|antwoord op vraag|antwoord vraag)\.?[ \t]*)?"
    r"\(?([1-3a-c])(?:[.):/]|[ \t]*[-–=][ \t]|[ \t]+(?=[a-z]))",
    re.I | re.M,
)


def flags_of(reading: Reading, kind: Kind) -> Iterator[str]:
    """Name what is true of the mail as a whole."""
    voices = {passage.voice for passage in reading.passages}
    own = [passage.words for passage in reading.passages if passage.voice in (Voice.OWN, Voice.SIGNATURE)]
    if kind is Kind.SUPPLEMENT:
        yield "supplement"
        if reading.message.in_reply_to or voices & {Voice.ORGANISER, Voice.EARLIER}:
            yield "reply"
    if Voice.FORWARDED in voices:
        yield "forward"
    if Voice.ATTACHMENT in voices:
        yield "attachment"
    if not display_names(reading.message.from_.name):
        yield "office"
    if sum(len(text) for passage, text in zip(reading.passages, own, strict=False)) < FEW_WORDS:
        yield "short"
    said = f" {tidy(' '.join([reading.message.subject, *own])[:MAX_LETTER])}".lower()
    known = _words_of(said)
    yield from (f"for-{whom}" for whom in ("self", "other", "two", "schools") if speaks_of(whom, said, known))
    if kind is Kind.APPLICATION and speaks_of("confirming", said, known):
        yield "confirms"
    if reading.message.from_.address.rpartition("@")[2] in words("contacts", "providers"):
        yield "provider"


def speaks_of(whom: str, said: str, known: frozenset[str]) -> bool:
    """Whether tidy small letters hold a phrase that signs up their writer ("self"), another ("other") or "two".

    `known` are its words, and the empty text: phrases are looked for only where their first word is.
    """
    for first, phrase in _phrases(whom):  # noqa: SIM110 - a third of the time of `any` over so many
        if first in known and phrase in said:
            return True
    return False


def _words_of(said: str) -> frozenset[str]:
    return frozenset(("", *said.split(" ")))


@cache
def _phrases(whom: str) -> tuple[tuple[str, str], ...]:
    """Phrases, each with the word that is sure to stand before its first blank; empty for a phrase of one word."""
    phrases = knowledge("people")["mail"][whom]
    return tuple((phrase.split(" ")[0] if " " in phrase else "", f" {phrase}") for phrase in phrases)


def letter_cues(reading: Reading) -> dict[Place, tuple[str, ...]]:
    """Say of each passage whether its letter is the one that answers the call, and whether it signs up or passes on."""
    answers = _answers_by_letter(reading)
    most, own = max(answers.values(), default=0), answers.get((0, ""), 0)
    call = tidy(reading.call.published_text)[:60].lower()
    cues = {}
    for passage in reading.passages:
        count = answers.get(letter_of(passage), 0)
        found = [f"letter:{count}", f"letter:{count}:{'other' if passage.level else 'own'}"]
        if most and count == most and (passage.level == 0 or own < most):
            found.append("letter:most")
        elif count < most:
            found.append("letter:not-most")
        if passage.voice in (Voice.FORWARDED, Voice.FORWARDED_SIGNATURE, Voice.QUOTED, Voice.EARLIER, Voice.ATTACHMENT):
            said = tidy(passage.words[:MAX_LETTER]).lower()
            found.append("passage:call" if call and call in said else "passage:no-call")
            if speaks_of("self", f" {said}", _words_of(said)):
                found.append("passage:signs-up")
        cues[passage.part, passage.start] = tuple(found)
    return cues


def letter_of(passage: Passage) -> tuple[int, str]:
    """Which letter within the mail a passage belongs to: its level and author; a document is one of its own."""
    if passage.voice is Voice.ATTACHMENT:
        return 0, passage.part
    author = passage.author
    return passage.level, (author.address or author.name) if author else ""


def _answers_by_letter(reading: Reading) -> dict[tuple[int, str], int]:
    """How many of the call's questions each letter seems to answer."""
    published = _sentences(reading.call.published_text)
    said: dict[tuple[int, str], list[str]] = {}
    for passage in reading.passages:
        if passage.voice not in (Voice.SUBJECT, Voice.SENDER, Voice.ORGANISER, Voice.DISCLAIMER):
            said.setdefault(letter_of(passage), []).append(passage.words[:MAX_LETTER])
    return {letter: _answered("\n".join(texts), reading.call, published) for letter, texts in said.items()}


@lru_cache(maxsize=8)
def _sentences(published: str) -> tuple[str, ...]:
    return tuple(tidy(piece).lower() for piece in re.split(r"[\n.…?]+", published) if len(piece) > 20)


def _answered(text: str, call: Call, published: Sequence[str]) -> int:
    """How many questions a text seems to answer, by cues and by numbered lines; the call's own sentences left out."""
    low = text.lower()
    numbered = {"123abc".index(mark.lower()) % 3 for mark in _MARKED.findall(text)}
    flat = tidy(low)
    quoted = [sentence for sentence in published if sentence in flat]
    for sentence in quoted:
        low = flat = flat.replace(sentence, " ")
    cued = sum(any(cue in low for cue in question.cues) for question in call.questions)
    return min(max(cued, 0 if quoted else len(numbered)), len(call.questions), 3)
