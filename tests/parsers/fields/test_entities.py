"""A trained Dutch pipeline is one more extractor; without one, nothing is missing."""

from typing import Any

import spacy

from config.call import load_calls
from parsers.fields import EXTRACTORS
from parsers.fields.entities import entities_of, installed_pipeline, propose_entities
from parsers.fields.reading import read
from parsers.message import parse_message

MAIL = b"From: Jan <jan@example.nl>\nSubject: Aanmelding\n\nIk ben Hanna Wiersum van OBS De Lantaarn in Assen.\n"


def pipeline() -> Any:
    """A blank Dutch pipeline that knows three names, in place of a trained one."""
    made = spacy.blank("nl")
    ruler: Any = made.add_pipe("entity_ruler")
    ruler.add_patterns(
        [
            {"label": "PER", "pattern": "Hanna Wiersum"},
            {"label": "ORG", "pattern": "OBS De Lantaarn"},
            {"label": "LOC", "pattern": "Assen"},
            {"label": "DATE", "pattern": "Ik"},
        ]
    )
    return made


def test_each_entity_is_proposed_for_its_field_with_its_place_in_the_mail():
    message = parse_message(MAIL)
    found = list(entities_of(read(message, load_calls()["ontwikkelgroep"]), pipeline()))
    assert [(one.field, one.value) for one in found] == [
        ("name", "Hanna Wiersum"),
        ("organisation", "OBS De Lantaarn"),
        ("place", "Assen"),
    ]
    text = message.parts[0].text
    assert all(text[one.evidence.start : one.evidence.end] == one.value for one in found)


def test_without_a_trained_pipeline_nothing_is_proposed_and_the_others_go_on():
    reading = read(parse_message(MAIL), load_calls()["ontwikkelgroep"])
    assert propose_entities in EXTRACTORS
    if installed_pipeline() is None:
        assert list(propose_entities(reading)) == []
    assert any(one.field == "organisation" for extractor in EXTRACTORS for one in extractor(reading))
