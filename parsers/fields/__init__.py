"""What a mail says of its applicant: every extractor proposes candidates, and none decides."""

from parsers.extraction import Candidate
from parsers.fields.contacts import header_contacts, propose_contacts
from parsers.fields.entities import propose_entities
from parsers.fields.labels import propose_labelled
from parsers.fields.organisations import propose_organisations
from parsers.fields.patterns import propose_by_pattern
from parsers.fields.people import propose_people
from parsers.fields.places import propose_places, propose_provinces
from parsers.fields.reading import Reading
from parsers.fields.roles import propose_roles
from parsers.fields.sectors import propose_sectors

EXTRACTORS = (
    propose_people,
    propose_contacts,
    header_contacts,
    propose_labelled,
    propose_roles,
    propose_organisations,
    propose_places,
    propose_provinces,
    propose_sectors,
    propose_entities,
    propose_by_pattern,
)

FIRST, LAST = 90, 30
"""Candidates that are weighed for one field, from the top and from the foot of a mail: each is held against all others,
and where people list more, none of them is sure."""


def propose_fields(reading: Reading) -> list[Candidate]:
    """Propose the values for every field of the call that stand in a mail, with where and why."""
    by_field: dict[str, list[Candidate]] = {}
    for extractor in EXTRACTORS:
        for candidate in extractor(reading):
            by_field.setdefault(candidate.field, []).append(candidate)
    return [candidate for found in by_field.values() for candidate in _bounded(found)]


def _bounded(found: list[Candidate]) -> list[Candidate]:
    if len(found) <= FIRST + LAST:
        return found
    ordered = sorted(found, key=lambda candidate: candidate.evidence.start)
    return ordered[:FIRST] + ordered[-LAST:]
