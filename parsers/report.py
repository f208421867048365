"""An extraction as the JSON object that `intake extract --jsonl` prints: the interface that tests and users rely on."""

from collections.abc import Iterator
from typing import Any

from parsers.extraction import Evidence, ExtractedApplication, Extraction, Person, Value

FIELDS = ("organisation", "role", "name", "email", "phone", "place", "province", "region")


def as_json(file: str, extraction: Extraction) -> dict[str, Any]:
    """Turn an extraction into plain JSON values; what a mail does not give is null, what it has none of is empty."""
    return {
        "file": file,
        "kind": str(extraction.kind),
        "kind_confidence": round(extraction.kind_confidence, 4),
        "needs_review": extraction.needs_review,
        "review_reasons": list(extraction.review_reasons),
        "language": extraction.language,
        "applications": [_application(application) for application in extraction.applications],
        "missing": list(extraction.missing),
        "error": extraction.error,
    }


def _application(application: ExtractedApplication) -> dict[str, Any]:
    """One application, every common field present; a call's further fields follow the common ones."""
    fields = {name: value.value for name, value in application.fields.items()}
    values = dict(_values(application))
    return {
        **{name: fields.get(name) for name in FIELDS},
        **{name: value for name, value in fields.items() if name not in FIELDS},
        "sector": list(application.sector.value) if application.sector else None,
        "answers": {number: value.value for number, value in application.answers.items()},
        "also": [_person(person) for person in application.also],
        "confidence": {name: round(value.confidence, 4) for name, value in values.items()},
        "evidence": {name: _evidence(value.evidence[0]) for name, value in values.items() if value.evidence},
    }


def _values(application: ExtractedApplication) -> Iterator[tuple[str, Value[Any]]]:
    """Every value of an application under the name that the list uses for it."""
    yield from application.fields.items()
    if application.sector:
        yield "sector", application.sector
    for number, value in application.answers.items():
        yield f"answer:{number}", value


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "part": evidence.part,
        "start": evidence.start,
        "end": evidence.end,
        "extractor": evidence.extractor,
    }


def _person(person: Person) -> dict[str, str | None]:
    return {
        "name": person.name or None,
        "email": person.email or None,
        "role": person.role or None,
        "phone": person.phone or None,
    }
