"""Names that a trained Dutch spaCy pipeline finds, when the operator has installed one; without it, nothing is missing.

Without one, `patterns` is what spaCy does here: a blank pipeline knows no school from a street.
"""

from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any

from parsers.extraction import Candidate
from parsers.fields.reading import Passage, Reading, Voice, candidate
from parsers.loading import uncollected

PIPELINES = ("nl_core_news_lg", "nl_core_news_md", "nl_core_news_sm")
"""By name, the best first."""
FIELDS = {
    "PER": "name",
    "PERSON": "name",
    "ORG": "organisation",
    "LOC": "place",
    "GPE": "place",
}
"""What an entity's label proposes it for."""
MAX_CHARACTERS = 20_000
MAX_ENTITIES = 200

Pipeline = Callable[[str], Any]
"""A text into a spaCy Doc with entities."""


@cache
@uncollected()
def installed_pipeline() -> Pipeline | None:
    """Load the best trained Dutch pipeline that is installed, once; None when there is none."""
    name = next((name for name in PIPELINES if find_spec(name) is not None), None)
    if name is None:
        return None
    import spacy  # noqa: PLC0415 - as in `patterns`

    # Only what entities need: the rest of such a pipeline is most of its time.
    return spacy.load(name, exclude=["tagger", "morphologizer", "parser", "lemmatizer", "attribute_ruler", "senter"])


def propose_entities(reading: Reading) -> Iterator[Candidate]:
    """Propose what the installed pipeline takes for a person, an organisation or a place; nothing without one."""
    pipeline = installed_pipeline()
    if pipeline is not None:
        yield from entities_of(reading, pipeline)


def entities_of(reading: Reading, pipeline: Pipeline) -> Iterator[Candidate]:
    """Propose the entities that a pipeline finds in each passage but disclaimers, within limits of size and number."""
    left = MAX_ENTITIES
    for passage in reading.passages:
        if passage.voice is Voice.DISCLAIMER:
            continue
        for entity in pipeline(passage.words[:MAX_CHARACTERS]).ents:
            if left == 0:
                return
            if entity.label_ in FIELDS:
                left -= 1
                yield _proposal(passage, entity)


def _proposal(passage: Passage, entity: Any) -> Candidate:
    span = passage.start + entity.start_char, passage.start + entity.end_char
    value = " ".join(entity.text.split())
    return candidate(FIELDS[entity.label_], value, passage, span, "entity", f"entity:{entity.label_}")
