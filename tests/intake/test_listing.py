"""The filters of the list and of the export, on both databases."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import event

from config.call import load_calls
from intake.listing import Filter, count_applications, find_applications, mistakes
from models.application import Application, ApplicationPerson, ApplicationStatus
from models.value import ValueState
from tests.models.test_application import a_value

CALLS = load_calls()
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WHOLE = {
    "organisation": "OBS De Klimop", "sector": "po,sbo", "role": "directeur", "name": "Jan de Vries",
    "email": "jan@klimop.example", "phone": "+31612345678", "region": "noord", "answer:1": "Wij willen 100% leren.",
    "answer:2": "Hoe geven we samen les?", "answer:3": "Geld_zaken.",
}  # fmt: skip


def application(number: int, *, without: tuple[str, ...] = (), **changed: str) -> Application:
    fields = {name: text for name, text in (WHOLE | changed).items() if name not in without}
    made = Application(reference=f"OG-2026-{number:04}", call="ontwikkelgroep", created_at=NOW, updated_at=NOW)
    made.values.extend(a_value(name, text) for name, text in fields.items())
    return made


@pytest.fixture
def found(sessions):
    """The numbers of the applications that a filter lets through; counting must agree."""

    def find(**wanted) -> list[int]:
        with sessions() as session:
            rows = find_applications(session, Filter(**wanted), CALLS)
            numbers = [int(row.reference[-4:]) for row in rows]
            assert count_applications(session, Filter(**wanted), CALLS) == len(numbers)
            return numbers

    return find


@pytest.fixture
def listed(sessions):
    def store(*rows: Application) -> None:
        with sessions.begin() as session:
            session.add_all(rows)

    return store


def test_without_a_filter_all_are_listed_but_those_that_are_part_of_another(listed, found):
    listed(
        application(1),
        application(2),
        application(3),
    )
    assert found() == [1, 2, 3]


def test_by_status(listed, found):
    withdrawn, merged = application(2), application(3)
    withdrawn.status, merged.status = ApplicationStatus.WITHDRAWN, ApplicationStatus.MERGED
    listed(application(1), withdrawn, merged)
    assert found() == [1, 2]
    assert found(status=ApplicationStatus.OPEN) == [1]
    assert found(status=ApplicationStatus.WITHDRAWN) == [2]
    assert found(status=ApplicationStatus.MERGED) == [3]


def test_by_call(listed, found):
    other = application(2)
    other.call = "praktijktoets"
    listed(application(1), other)
    assert found(call="ontwikkelgroep") == [1]
    assert found(call="praktijktoets") == [2]


def test_by_sector_as_a_whole_word_and_one_of_several(listed, found):
    listed(
        application(1, sector="po,sbo"),
        application(2, sector="vo"),
        application(3, sector="vso"),
        application(4, sector=""),
        application(5, without=("sector",)),
    )
    assert found(sector="po") == [1]
    assert found(sector="sbo") == [1]
    assert found(sector="so") == []
    assert found(sector="vo") == [2]
    assert found(sector="vso") == [3]
    assert found(sector="unknown") == [4, 5]


def test_by_region(listed, found):
    listed(application(1), application(2, region="zuid"), application(3, without=("region",)))
    assert found(region="noord") == [1]
    assert found(region="zuid") == [2]
    assert found(region="unknown") == [3]


def test_a_value_that_held_before_or_is_only_suggested_does_not_count(listed, found):
    moved, proposed = application(1, region="zuid"), application(2, without=("region",))
    moved.values.append(a_value("region", "noord", state=ValueState.SUPERSEDED))
    proposed.values.append(a_value("region", "noord", state=ValueState.SUGGESTED))
    listed(moved, proposed)
    assert found(region="noord") == []
    assert found(text="noord") == []


def test_by_what_is_missing(listed, found):
    denied = application(4, without=("phone",))
    denied.values.append(a_value("phone", "", set_by="Anna"))
    listed(
        application(1),
        application(2, without=("phone",)),
        application(3, without=("answer:3",)),
        denied,
        application(5, without=("region",)),
    )
    assert found(incomplete=True) == [2, 3]
    assert found(incomplete=False) == [1, 4, 5]


def test_the_filter_for_what_is_missing_agrees_with_the_applications_themselves(listed, found, sessions):
    rows = [application(number, without=(field,)) for number, field in enumerate([*WHOLE, "nothing"], start=1)]
    listed(*rows)
    required = CALLS["ontwikkelgroep"].required
    assert found(incomplete=True) == [int(row.reference[-4:]) for row in rows if row.missing(required)]


def test_by_whether_a_person_must_look(listed, found):
    doubtful = application(2)
    doubtful.needs_review, doubtful.review_reasons = True, ["role"]
    listed(application(1), doubtful)
    assert found(needs_review=True) == [2]
    assert found(needs_review=False) == [1]


def test_by_words_in_any_order_and_case_all_of_which_must_occur(listed, found):
    listed(
        application(1), application(2, organisation="CSG Het Noorderlicht", name="Els Bakker", email="els@x.example")
    )
    assert found(text="KLIMOP") == [1]
    assert found(text="vries klimop") == [1]
    assert found(text="bakker klimop") == []
    assert found(text="og-2026-0002") == [2]
    assert found(text="samen les") == [1, 2]
    assert found(text="   ") == [1, 2]


def test_an_accent_is_found_whatever_its_case(listed, found):
    listed(application(1, organisation="École Één"))
    assert found(text="éCOLE één") == [1]


@pytest.mark.parametrize("text", ["100%", "geld_z"])
def test_signs_that_a_database_takes_for_any_letter_stand_for_themselves(listed, found, text):
    listed(
        application(1),
        application(2, without=(), **{"answer:1": "Wij willen 1000 keer leren.", "answer:3": "Geldezaken."}),
    )
    assert found(text=text) == [1]


@pytest.mark.parametrize("text", ["'; DROP TABLE applications; --", "\\", "%", '"', "klimop\x00"])
def test_no_search_breaks_the_list(listed, found, text):
    listed(application(1))
    assert found(text=text) in ([1], [])
    assert found() == [1]


def test_filters_together_must_all_hold(listed, found):
    listed(
        application(1, region="zuid"),
        application(2, without=("phone",)),
        application(3, sector="vo", without=("phone",)),
    )
    assert found(region="noord", incomplete=True, sector="po", text="klimop") == [2]


def test_many_are_listed_whole_in_their_order_with_a_few_questions_to_the_database(listed, sessions):
    rows = [application(number) for number in range(1, 451)]
    for row in rows:
        row.people.append(ApplicationPerson(name="Els Bakker", added_by="machine", added_at=NOW))
    listed(*rows)
    with sessions() as session:
        asked = []
        event.listen(session.get_bind(), "before_cursor_execute", lambda *given: asked.append(given[2]))
        seen = [(row.reference, row.people[0].name) for row in find_applications(session, Filter(), CALLS)]
    assert seen == [(f"OG-2026-{number:04}", "Els Bakker") for number in range(1, 451)]
    assert len(asked) < 12


def test_what_there_can_not_be_is_a_mistake_and_no_empty_list():
    assert mistakes(Filter(call="ontwikkelgroep", sector="unknown", region="noord"), CALLS) == []
    assert mistakes(Filter(call="x", sector="basis", region="oost"), CALLS) == [
        "--call: x: not one of ontwikkelgroep",
        "--sector: basis: not one of po, sbo, so, vo, vso, pro, mbo, unknown",
        "--region: oost: not one of noord, zuid, unknown",
    ]
