"""The answers to a call's questions, in the applicant's own words."""

from collections.abc import Iterator, Sequence

from config.call import Call
from parsers.answers.applicants import applicants
from parsers.answers.cues import postponements
from parsers.answers.model import Chooser, Model, confidence, load_model
from parsers.answers.passages import evidence_of, text_of
from parsers.answers.reading import Reading, read
from parsers.answers.rules import Passage
from parsers.answers.spans import QUESTIONS
from parsers.blocks import BlockKind
from parsers.extraction import Candidate
from parsers.message import Message

RULE_CONFIDENCE = {
    "text": 0.94,
    "number": 0.88,
    "said": 0.81,
    "label": 0.79,
    "title": 0.8,
    "asked": 0.76,
    "letter": 0.72,
    "list": 0.6,
    "ordinal": 0.4,
}
"""How often a passage behind a marker of this kind was right over the training mails, by the rules alone."""
SHORT_ANSWER = 12
"""Words up to which an answer that speaks of "later" is taken to be put off."""


def propose_answers(message: Message, call: Call) -> list[Candidate]:
    """Return a candidate for each answer found, at most one for each question and applicant; none is no error.

    The call's rules read what is marked. Where the call names a learned model, it decides, with the rules among its
    evidence; without one, the rules do. Bounded: what stands beyond the limits of rows and clauses is not read.
    """
    model = load_model(call.answers_model) if call.answers_model and len(call.questions) == QUESTIONS else None
    return answers_in(read(message, call), model)


def answers_in(reading: Reading, model: Model | None) -> list[Candidate]:
    """Return the answers in a mail that was read, by a model or by the rules alone."""
    found: list[Candidate] = []
    if not reading.clauses:
        return found
    chooser = Chooser(model, reading) if model else None
    for group, (first, end) in enumerate(applicants(reading)):
        passages = [passage for passage in reading.passages if first <= passage.first < end]
        proposed = _learned(chooser, passages, first, end) if chooser else _ruled(passages)
        given = [(passage, sure) for passage, sure in proposed if not _is_put_off(reading, passage)]
        found += _candidates(reading, _without_repeated(reading, given), group)
    return found


def _ruled(passages: Sequence[Passage]) -> Iterator[tuple[Passage, float]]:
    seen: set[int] = set()
    for passage in passages:
        if passage.question not in seen:
            seen.add(passage.question)
            yield passage, RULE_CONFIDENCE.get(passage.rule.partition("+")[0], 0.5)


def _learned(chooser: Chooser, passages: Sequence[Passage], first: int, end: int) -> Iterator[tuple[Passage, float]]:
    """Yield the model's choices; where one marker names several questions, its passage answers them all."""
    merged = {passage.question: passage for passage in passages if _is_merged(passage, passages)}
    for passage in merged.values():
        yield passage, RULE_CONFIDENCE["said"]
    for choice in chooser.choose(first, end):
        if choice.question not in merged:
            yield Passage(choice.question, choice.first, choice.last, "model"), confidence(chooser.model, choice)


def _is_merged(passage: Passage, passages: Sequence[Passage]) -> bool:
    return any(other.first == passage.first and other.question != passage.question for other in passages)


def _is_put_off(reading: Reading, passage: Passage) -> bool:
    """Tell whether a passage says only that the answer comes later, or that there is none."""
    words = sum(len(clause.words) for clause in reading.clauses[passage.first : passage.last + 1])
    text = text_of(reading.rows, reading.clauses, passage.first, passage.last)
    return words == 0 or (words <= SHORT_ANSWER and "?" not in text and postponements().search(text) is not None)


def _without_repeated(reading: Reading, proposed: Sequence[tuple[Passage, float]]) -> list[tuple[Passage, float]]:
    """Drop what stands in an earlier mail that is quoted, unless this mail answers too: then it was meant to count."""

    def kind(passage: Passage) -> BlockKind:
        return reading.rows[reading.clauses[passage.first].row].kind

    new = [each for each in proposed if kind(each[0]) is not BlockKind.QUOTED]
    says_more = any(row.kind is not BlockKind.QUOTED for row in reading.rows)
    return list(proposed) if new or not says_more else []


def _candidates(reading: Reading, proposed: Sequence[tuple[Passage, float]], group: int) -> Iterator[Candidate]:
    for passage, sure in sorted(proposed, key=lambda each: each[0].question):
        yield Candidate(
            field=f"answer:{reading.cues.ids[passage.question]}",
            value=text_of(reading.rows, reading.clauses, passage.first, passage.last),
            confidence=round(sure, 3),
            evidence=evidence_of(reading.rows, reading.clauses, passage.first, passage.last, passage.rule),
            group=group,
        )
