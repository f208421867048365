"""What one message says: its kind, the applications in it, what is missing and what a person must look at."""

from config.call import Call
from parsers.extraction import ExtractedApplication, Extraction, Kind
from parsers.fields import propose_fields
from parsers.language import recognise_language
from parsers.message import Message
from parsers.weigh import review_reasons, weigh

try:  # Until both are there: an application without answers.
    from parsers.answers import propose_answers
except ImportError:
    propose_answers = None  # type: ignore[assignment]
try:
    from parsers.kind import recognise
except ImportError:
    recognise = None  # type: ignore[assignment]

WITH_APPLICATIONS = frozenset({Kind.APPLICATION, Kind.SUPPLEMENT, Kind.WITHDRAWAL})


def extract(message: Message, call: Call, kind: Kind | None = None) -> Extraction:
    """Understand one message as a reaction to the call. Never raises: a message that says nothing is Kind.OTHER.

    `kind` is what a person said that the mail is; None when nobody did.
    """
    if recognise is None:
        return Extraction(kind=kind or Kind.APPLICATION, kind_confidence=0.0, kind_reason="", needs_review=True)
    verdict = recognise(message, call)
    said = (kind, 1.0, "a person said so") if kind is not None else None
    kind, confidence, reason = said or (verdict.kind, verdict.confidence, verdict.reason)
    applications: tuple[ExtractedApplication, ...] = ()
    if kind in WITH_APPLICATIONS:
        candidates = propose_fields(message, call)
        if propose_answers is not None:
            candidates += propose_answers(message, call)
        applications = weigh(candidates, message=message, call=call, kind=kind)
    reasons = review_reasons(kind, confidence, applications, message=message, call=call)
    return Extraction(
        kind=kind,
        kind_confidence=confidence,
        kind_reason=reason,
        needs_review=bool(reasons),
        review_reasons=reasons,
        language=recognise_language(message),
        applications=applications,
        missing=missing(call, applications[0]) if applications else (),
    )


def missing(call: Call, application: ExtractedApplication) -> tuple[str, ...]:
    """Name what the call requires and this application does not have: field ids, then "answer:1" and so on."""
    given = set(application.fields) | ({"sector"} if application.sector else set())
    fields = tuple(field.id for field in call.fields if field.required and field.id not in given)
    answers = tuple(f"answer:{question.id}" for question in call.questions if question.id not in application.answers)
    return fields + answers
