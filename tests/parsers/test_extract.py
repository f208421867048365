import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.call import WantedField, load_calls
from parsers.answers.applicants import MAX_SETS
from parsers.dutch import compact
from parsers.extract import extract
from parsers.extraction import Kind
from parsers.fields import propose_fields
from parsers.fields.reading import read
from parsers.fields.views import MOST_APPLICANTS
from parsers.message import parse_message
from parsers.report import as_json

CORPUS = Path(__file__).parents[1] / "corpus" / "learn"
MAILS = sorted(CORPUS.glob("*.eml"))
CALL = load_calls()["ontwikkelgroep"]
FIRST_NAMES = (
    "Anna",
    "Joke",
    "Roel",
    "Femke",
    "Piet",
    "Karin",
    "Wim",
    "Els",
    "Henk",
    "Tineke",
    "Sjoerd",
    "Marja",
    "Bram",
)


def test_every_value_stands_where_its_evidence_says():
    wrong = []
    for path in MAILS[::3]:
        message = parse_message(path.read_bytes())
        reading = read(message, CALL)
        texts = {passage.part: passage.text for passage in reading.passages}
        for candidate in propose_fields(reading):
            here = candidate.evidence
            if candidate.field not in ("organisation", "role", "place") or here.part.startswith("header:"):
                continue
            if compact(texts[here.part][here.start : here.end]) != compact(candidate.value):
                wrong.append((path.stem, candidate.field, here))
    assert wrong == []


def test_evidence_of_decided_values_lies_within_its_part():
    for path in MAILS[::10]:
        message = parse_message(path.read_bytes())
        parts = {part.name: part.text for part in message.parts}
        for application in extract(message, CALL).applications:
            for value in application.fields.values():
                for here in value.evidence:
                    if here.part in parts:
                        assert 0 <= here.start <= here.end <= len(parts[here.part])


@settings(max_examples=60)
@given(st.binary(max_size=600))
def test_no_bytes_make_it_raise(raw):
    message = parse_message(b"From: a@b.nl\n\n" + raw)
    for kind in (None, Kind.APPLICATION, Kind.SUPPLEMENT):
        json.dumps(as_json("x.eml", extract(message, CALL, kind)))


def test_the_report_has_every_key_of_the_interface():
    report = as_json("da-001.eml", extract(parse_message((CORPUS / "da-001.eml").read_bytes()), CALL))
    assert set(report) >= {
        "file", "kind", "kind_confidence", "needs_review", "language", "applications", "missing", "error",
    }  # fmt: skip
    (application,) = report["applications"]
    assert set(application) >= {
        "organisation", "sector", "role", "name", "email", "phone", "answers", "place", "province", "region", "also",
        "confidence", "evidence",
    }  # fmt: skip
    assert set(application["evidence"]["organisation"]) == {"part", "start", "end", "extractor"}
    assert re.fullmatch(r"\+31\d{9}", application["phone"])


def test_a_mail_that_is_no_application_has_none():
    raw = b"From: x@y.nl\nSubject: vraag\n\nKunt u mij zeggen wanneer de ontwikkelgroep begint?\n"
    extraction = extract(parse_message(raw), CALL)
    assert extraction.kind is Kind.QUESTION
    assert extraction.applications == ()
    assert extraction.missing == ()


@pytest.mark.parametrize("kind", [Kind.APPLICATION, Kind.WITHDRAWAL])
def test_a_persons_word_for_the_kind_counts(kind):
    raw = b"From: Jan de Vries <jan@obsdeklimop.nl>\nSubject: x\n\nVan OBS De Klimop.\n"
    extraction = extract(parse_message(raw), CALL, kind)
    assert (extraction.kind, extraction.kind_confidence) == (kind, 1.0)
    assert extraction.applications[0].fields["organisation"].value == "OBS De Klimop"


def test_a_field_that_only_the_call_knows_is_found_by_its_label():
    call = replace(CALL, fields=(*CALL.fields, WantedField(id="brin", label="BRIN-nummer", ask="uw brinnummer")))
    raw = b"From: Jan de Vries <jan@obsdeklimop.nl>\n\nSchool: OBS De Klimop\nBRIN-nummer: 07XP\n"
    extraction = extract(parse_message(raw), call, Kind.APPLICATION)
    assert extraction.applications[0].fields["brin"].value == "07XP"
    assert as_json("x.eml", extraction)["applications"][0]["brin"] == "07XP"
    assert "brin" not in extraction.missing


def passed_on(first_names: Sequence[str]) -> bytes:
    """A mail that passes on a letter of each of these people."""
    letters = "".join(
        f"""
---------- Forwarded message ---------
Van: {name} Kuipers <{name.lower()}@school.example>
Datum: ma 4 feb. 2019 om 10:{number + 10}
Onderwerp: ontwikkelgroep
Aan: Gerda Stam <g.stam@bestuur.example>

Ik ben {name} Kuipers, directeur van obs De {name}hof in Assen. Ik doe mee.
1. omdat wij met het so onder een dak komen
2. hoe maak je van twee teams een team?
3. rooster en geld
"""
        for number, name in enumerate(first_names)
    )
    head = "From: Gerda Stam <g.stam@bestuur.example>\nTo: x@y.example\nSubject: Fwd: ontwikkelgroep\n\n"
    return f"{head}Hierbij vijf aanmeldingen voor de ontwikkelgroep, en nog wat.\n{letters}".encode()


def test_of_more_applicants_than_can_be_the_first_are_read_and_it_is_said():
    extraction = extract(parse_message(passed_on(FIRST_NAMES)), CALL)
    names = [application.fields["name"].value for application in extraction.applications]
    assert names == [f"{name} Kuipers" for name in FIRST_NAMES[:MOST_APPLICANTS]]
    assert "truncated" in extraction.review_reasons


@pytest.mark.parametrize(("count", "cut"), [(MAX_SETS, False), (MAX_SETS + 1, True)])
def test_it_is_said_when_the_answers_of_some_applicants_are_not_read(count, cut):
    extraction = extract(parse_message(passed_on(FIRST_NAMES[:count])), CALL)
    assert [bool(one.answers) for one in extraction.applications] == [n < MAX_SETS for n in range(count)]
    assert ("truncated" in extraction.review_reasons) is cut
