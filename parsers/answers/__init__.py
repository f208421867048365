"""The answers to a call's questions, in the applicant's own words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from config.call import Call
from parsers.answers.applicants import MAX_SETS, Span, answer_sets, without
from parsers.answers.cues import puts_off
from parsers.answers.model import Chooser, Model, load_model
from parsers.answers.passages import evidence_of, text_of
from parsers.answers.reading import Reading, read
from parsers.answers.rules import Passage
from parsers.answers.spans import QUESTIONS, Choice
from parsers.answers.sureness import probability, signals
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
UNCHOSEN_CONFIDENCE = 0.55
"""That a marked passage which the model did not choose is right, where all other answers are just as marked."""


def propose_answers(
    message: Message, call: Call, apart: Sequence[Sequence[Span]] = (), model: Model | None = None
) -> list[Candidate]:
    """Return a candidate for each answer found, at most one for each question and applicant; none is no error.

    `apart` are the stretches that are only one applicant's, for each of several: each one's answers are looked for in
    the rest of the mail, what is only theirs and what is for all.

    The call's rules read what is marked. Where the call names a learned model, it decides, with the rules among its
    evidence; without one, the rules do. In training, `model` is another than the named one. Bounded: what stands
    beyond the limits of rows and clauses is not read, nor are answers looked for of more than MAX_SETS applicants.
    """
    if not model and call.answers_model and len(call.questions) == QUESTIONS:
        model = load_model(call.answers_model)
    if len(apart) < 2:
        return answers_in(read(message, call), model)
    found = []
    for number in range(min(len(apart), MAX_SETS)):
        others = [span for other, spans in enumerate(apart) if other != number for span in spans]
        found += [replace(answer, group=number) for answer in _first_set(read(without(message, others), call), model)]
    return found


def _first_set(reading: Reading, model: Model | None) -> list[Candidate]:
    return [answer for answer in answers_in(reading, model) if not answer.group]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A passage that answers a question, in one applicant's part of a mail."""

    group: int
    passage: Passage
    confidence: float
    signals: tuple[float, ...] = ()
    """What the model's confidence was made of."""


def answers_in(reading: Reading, model: Model | None) -> list[Candidate]:
    """Return the answers in a mail that was read, by a model or by the rules alone."""
    return [candidate_of(reading, proposal) for proposal in proposals(reading, model)]


def proposals(reading: Reading, model: Model | None) -> Iterator[Proposal]:
    """Yield the answers of each applicant in the order of the questions."""
    if not reading.clauses:
        return
    chooser = Chooser(model, reading) if model else None
    for group, (first, end) in enumerate(answer_sets(reading)):
        passages = [passage for passage in reading.passages if first <= passage.first < end]
        found = _learned(chooser, group, passages, first, end) if chooser else _ruled(group, passages)
        given = [proposal for proposal in found if not _is_put_off(reading, proposal.passage)]
        yield from sorted(_without_repeated(reading, given), key=lambda proposal: proposal.passage.question)


def _ruled(group: int, passages: Sequence[Passage]) -> Iterator[Proposal]:
    seen: set[int] = set()
    for passage in passages:
        if passage.question not in seen:
            seen.add(passage.question)
            yield Proposal(group, passage, RULE_CONFIDENCE.get(passage.rule.partition("+")[0], 0.5))


def _learned(chooser: Chooser, group: int, passages: Sequence[Passage], first: int, end: int) -> Iterator[Proposal]:
    """Yield the model's choices, and what is marked and not chosen where all others are just as marked.

    Elsewhere that is no answer: of sixty, one was right. Where one marker names several questions and the model finds
    an answer behind it, the passage answers them all.
    """
    choices = chooser.choose(first, end)
    joined = [passage for passage in passages if _is_merged(passage, passages)]
    merged = {passage.question: passage for passage in joined if _is_chosen(passage, choices)}
    for passage in merged.values():
        yield Proposal(group, passage, RULE_CONFIDENCE["said"])
    for choice in choices:
        if choice.question in merged:
            continue
        strengths = signals(chooser.reading, passages, choice)
        sure = probability(chooser.model.sureness, strengths)
        yield Proposal(group, Passage(choice.question, choice.first, choice.last, "model"), sure, strengths)
    chosen = {(choice.question, choice.first, choice.last) for choice in choices}
    marked = {(passage.question, passage.first, passage.last) for passage in passages}
    answered = {choice.question for choice in choices}
    left = [passage for passage in passages if passage.question not in answered]
    if len(chosen & marked) == QUESTIONS - 1 == len(choices) and len(left) == 1 and not merged:
        yield Proposal(group, left[0], UNCHOSEN_CONFIDENCE)


def _is_merged(passage: Passage, passages: Sequence[Passage]) -> bool:
    return any(other.first == passage.first and other.question != passage.question for other in passages)


def _is_chosen(passage: Passage, choices: Sequence[Choice]) -> bool:
    return any(choice.first <= passage.last and passage.first <= choice.last for choice in choices)


def _is_put_off(reading: Reading, passage: Passage) -> bool:
    """Tell whether a passage says only that the answer comes later, or that there is none."""
    words = [word for clause in reading.clauses[passage.first : passage.last + 1] for word in clause.words]
    text = text_of(reading.rows, reading.clauses, passage.first, passage.last)
    return not words or ("?" not in text and puts_off(words, text))


def _without_repeated(reading: Reading, proposed: Sequence[Proposal]) -> Sequence[Proposal]:
    """Drop what stands in an earlier mail that is quoted, unless this mail answers too: then it was meant to count."""
    kinds = [reading.rows[reading.clauses[proposal.passage.first].row].kind for proposal in proposed]
    says_more = any(row.kind is not BlockKind.QUOTED for row in reading.rows)
    return proposed if not says_more or any(kind is not BlockKind.QUOTED for kind in kinds) else []


def candidate_of(reading: Reading, proposal: Proposal) -> Candidate:
    """Return the words of a passage and where they stand."""
    passage = proposal.passage
    return Candidate(
        field=f"answer:{reading.cues.ids[passage.question]}",
        value=text_of(reading.rows, reading.clauses, passage.first, passage.last),
        confidence=round(proposal.confidence, 3),
        evidence=evidence_of(reading.rows, reading.clauses, passage.first, passage.last, passage.rule),
        group=proposal.group,
    )
