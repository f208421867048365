"""What one message says: its kind, the applications in it, what is missing and what a person must look at."""

from dataclasses import dataclass

from config.call import Call
from parsers.answers import propose_answers
from parsers.answers.applicants import MAX_SETS
from parsers.answers.model import Model
from parsers.extraction import ExtractedApplication, Extraction, Kind
from parsers.fields import propose_fields
from parsers.fields.reading import read
from parsers.kind import Verdict, recognise
from parsers.language import recognise_language
from parsers.message import Message
from parsers.review import review_reasons
from parsers.weigh import Weighed, Weights, decide_applications, with_answers

WITH_APPLICATIONS = frozenset({Kind.APPLICATION, Kind.SUPPLEMENT, Kind.WITHDRAWAL})


BY_A_PERSON = "a person said so"
NOTHING = Weighed(())


def extract(message: Message, call: Call, kind: Kind | None = None) -> Extraction:
    """Understand one message as a reaction to the call. Never raises: a message that says nothing is Kind.OTHER.

    `kind` is what a person said that the mail is; None when nobody did.
    """
    verdict = recognise(message, call) if kind is None else Verdict(kind=kind, confidence=1.0, reason=BY_A_PERSON)
    found = values_of(message, call, verdict.kind) if verdict.kind in WITH_APPLICATIONS else Found()
    weighed, truncated = found.weighed, message.truncated or found.truncated
    reasons = review_reasons(verdict, weighed, call, truncated=truncated)
    return Extraction(
        kind=verdict.kind,
        kind_confidence=verdict.confidence,
        kind_reason=verdict.reason,
        needs_review=bool(reasons),
        review_reasons=reasons,
        language=recognise_language(message),
        applications=weighed.applications,
        missing=missing(call, weighed.applications[0]) if weighed.applications else (),
    )


@dataclass(frozen=True, slots=True)
class Found:
    """The values in a message."""

    weighed: Weighed = NOTHING
    truncated: bool = False


def values_of(
    message: Message, call: Call, kind: Kind, weights: Weights | None = None, model: Model | None = None
) -> Found:
    """Find and decide the values of a message of this kind, by what was learned and shipped unless others are given."""
    reading = read(message, call, kind)
    decided = decide_applications(propose_fields(reading), reading=reading, kind=kind, weights=weights)
    apart = [[span for segment in own for span in segment.spans()] for own in decided.apart]
    answers = propose_answers(message, call, apart, model)
    cut = reading.truncated or decided.truncated or len(apart) > MAX_SETS
    return Found(with_answers(decided, answers, call), cut)


def missing(call: Call, application: ExtractedApplication) -> tuple[str, ...]:
    """Name what the call requires and this application does not have: field ids, then "answer:1" and so on."""
    given = set(application.fields) | ({"sector"} if application.sector else set())
    fields = tuple(field.id for field in call.fields if field.required and field.id not in given)
    answers = tuple(f"answer:{question.id}" for question in call.questions if question.id not in application.answers)
    return fields + answers
