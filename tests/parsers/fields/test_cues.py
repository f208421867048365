import pytest

from parsers.extraction import Kind
from parsers.fields import propose_fields
from parsers.fields.reading import Reading
from parsers.fields.sectors import code, sectors_in
from parsers.fields.situation import situation_of
from parsers.weigh import ORDER, Decision, decide_all, learned_weights, with_dependent


@pytest.mark.parametrize(
    ("text", "sectors"),
    [
        ("een stichting voor speciaal en voortgezet speciaal onderwijs", "so,vso"),
        ("bestuur voor primair en voortgezet onderwijs", "po,vo"),
        ("regulier en speciaal basisonderwijs", "po,sbo"),
        ("speciaal onderwijs", "so"),
        ("(v)so", "so,vso"),
    ],
)
def test_a_phrase_may_name_several_sectors(text, sectors):
    assert code(sectors_in(text)) == sectors


def proposed(reading: Reading, field: str) -> set[str]:
    return {c.value for c in propose_fields(reading) if c.field == field}


def cues_of_name(reading: Reading, name: str) -> set[str]:
    return {cue for c in propose_fields(reading) if c.field == "name" and c.value == name for cue in c.cues}


@pytest.mark.parametrize(
    ("text", "role"),
    [
        (
            "Ik vervul de functie van beleidsmedewerker inclusie en dienstverlening.",
            "beleidsmedewerker inclusie en dienstverlening",
        ),
        ("Ik ben roostermaker en mentor. Bel gerust.", "roostermaker en mentor"),
        ("Mijn titel luidt docent wiskunde en rekencoördinator.", "docent wiskunde en rekencoördinator"),
        ("Ik ben er mede-oprichter en leraar.", "mede-oprichter en leraar"),
        ("Ik ben coördinator taalklas.", "coördinator taalklas"),
        ("Ik ben orthopedagoog in opleiding tot GZ-psycholoog.", "orthopedagoog in opleiding tot GZ-psycholoog"),
        (
            "Ik ben leerkracht klas 4 en lid van de dagelijkse leiding.",
            "leerkracht klas 4 en lid van de dagelijkse leiding",
        ),
        ("Ik ben mentor van startende leerkrachten.", "mentor van startende leerkrachten"),
        (
            "Ik ben docent Nederlands, taalcoördinator en sinds september ook zorgmentor.",
            "docent Nederlands, taalcoördinator en sinds september ook zorgmentor",
        ),
        ("Ik ben studentbegeleider niveau 2, op locatie Zuid.", "studentbegeleider niveau 2"),
    ],
)
def test_a_role_is_proposed_whole_behind_what_introduces_it(reading_of, text, role):
    assert role in proposed(reading_of(text), "role")


@pytest.mark.parametrize(
    ("text", "organisation"),
    [
        ("Wij zijn bs Op de Wal in Hulst.", "bs Op de Wal"),
        ("Samenwerkingsverband Veenrand po, hoe werkt dat?", "Samenwerkingsverband Veenrand po"),
        ("Ik werk op het ROC Maas & Waal.", "ROC Maas & Waal"),
        ("ik werk op gsg de aanlegger te lemmer", "gsg de aanlegger"),
    ],
)
def test_an_organisation_is_proposed_with_all_words_of_its_name(reading_of, text, organisation):
    assert organisation in proposed(reading_of(text), "organisation")


def test_a_name_is_found_in_a_mail_without_capitals(reading_of):
    reading = reading_of("mijn ib er chantal de wilde wil meedoen, haar nr is 06 20447153", sender="<x@y.nl>")
    assert "chantal de wilde" in proposed(reading, "name")


def test_a_full_name_in_brackets_stands_by_itself(reading_of):
    names = proposed(reading_of("Graag doe ik mee.\n\nMet vriendelijke groet,\nA. Smit (Anton Smit)"), "name")
    assert "Anton Smit" in names
    assert not any("(" in name for name in names)


def test_whom_somebody_writes_for_is_seen_through_what_they_are_to_each_other(reading_of):
    reading = reading_of("Namens mijn collega Yasmin Kaya mail ik je.", sender="Margriet Hoogendoorn <m@x.nl>")
    assert "before-relation:behalf" in cues_of_name(reading, "Yasmin Kaya")


def test_somebody_of_whom_it_is_said_that_they_stay_out_is_marked(reading_of):
    reading = reading_of("Astrid Blaauw is daar directeur, maar zij doet zelf niet mee. Ik wel.")
    assert "stays-out" in cues_of_name(reading, "Astrid Blaauw")
    assert "stays-out" not in cues_of_name(reading_of("Astrid Blaauw doet mee. Ik zelf niet."), "Astrid Blaauw")


def test_a_province_is_no_surer_than_the_place_it_follows_from():
    sure = {field: Decision(candidate=None, probability=0.99) for field in ORDER}
    doubted = {**sure, "place": Decision(candidate=None, probability=0.5)}
    assert with_dependent(doubted)["province"].probability == pytest.approx(0.495)


def test_every_field_is_decided_with_a_probability(reading_of):
    reading = reading_of("Ik ben Jan de Vries, directeur van OBS De Klimop in Assen.")
    found = decide_all(situation_of(reading, Kind.APPLICATION, propose_fields(reading)), learned_weights())
    assert set(found) == set(ORDER)
    assert all(0 <= decision.probability <= 1 for decision in found.values())
