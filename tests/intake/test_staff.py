"""What staff decide holds against machines, and nothing that was known is lost."""

from datetime import UTC, datetime

import pytest

from config.call import load_calls
from intake.merging import merge, split_off
from intake.staff import (
    StaffError,
    accept,
    add_note,
    confirm,
    correct,
    decide_kind,
    dismiss,
    link,
    normalised,
    restore,
    settle,
    withdraw,
)
from models.application import (
    ApplicationMail,
    ApplicationStatus,
    EventKind,
    Relation,
    linked_with,
    refresh_review,
    surviving,
)
from models.mail import MailState
from models.value import ValueState
from parsers.extraction import Kind
from tests.models.test_application import a_value, an_application
from tests.models.test_mail import a_mail

CALL = load_calls()["ontwikkelgroep"]
NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.fixture
def session(sessions):
    with sessions() as session:
        yield session


@pytest.fixture
def application(session):
    made = an_application(41, phone="+31612345678", role="directeur", organisation="OBS De Klimop")
    session.add(made)
    session.flush()
    return made


def test_a_correction_holds_and_what_held_before_is_kept(session, application):
    correct(session, application, "phone", "0592 - 31 40 50", call=CALL, by="Anna", now=NOW)
    assert application.text("phone") == "+31592314050"
    assert application.current()["phone"].by_person
    assert [one.value for one in application.values if one.state is ValueState.SUPERSEDED] == ["+31612345678"]
    assert application.events[-1].kind is EventKind.CORRECTED
    assert application.events[-1].by == "Anna"


def test_a_corrected_province_brings_its_region(session, application):
    correct(session, application, "province", "Drenthe", call=CALL, by="Anna", now=NOW)
    assert application.text("region") == "noord"


@pytest.mark.parametrize(
    ("place", "expected", "followed"),
    [
        ("Breda", ("noord-brabant", "zuid"), ("province", "region")),
        ("Emmen", ("drenthe", "noord"), ()),
        # Towns of that name lie in two provinces; and nobody knows the other one.
        ("Bergen", ("drenthe", "noord"), ()),
        ("Langedam-Noord", ("drenthe", "noord"), ()),
    ],
)
def test_province_and_region_follow_a_corrected_place_that_is_known(session, application, place, expected, followed):
    application.values += [a_value("province", "drenthe"), a_value("region", "noord")]
    assert correct(session, application, "place", place, call=CALL, by="Anna", now=NOW) == followed
    assert (application.text("province"), application.text("region")) == expected


def test_province_and_region_that_a_person_set_do_not_follow_the_place(session, application):
    correct(session, application, "province", "drenthe", call=CALL, by="Anna", now=NOW)
    assert correct(session, application, "place", "Breda", call=CALL, by="Anna", now=NOW) == ()
    assert (application.text("province"), application.text("region")) == ("drenthe", "noord")


def test_province_and_region_follow_a_suggested_place_that_is_taken(session, application):
    application.values += [a_value("place", "Assen"), a_value("province", "drenthe"), a_value("region", "noord")]
    application.values.append(a_value("place", "Breda", state=ValueState.SUGGESTED))
    application.values.append(a_value("province", "noord-brabant", state=ValueState.SUGGESTED))
    refresh_review(application)
    session.flush()
    assert accept(session, application, "place", call=CALL, by="Anna", now=NOW) == ("province", "region")
    assert (application.text("province"), application.text("region")) == ("noord-brabant", "zuid")
    assert not application.needs_review


def test_an_empty_correction_says_that_there_is_none(session, application):
    correct(session, application, "role", "", call=CALL, by="Anna", now=NOW)
    assert application.current()["role"].by_person
    assert application.text("role") == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "geen"),
        ("phone", "12"),
        ("email", "jan@"),
        ("sector", "po,xx"),
        ("province", "Holland"),
        ("region", "oost"),
    ],
)
def test_a_value_that_its_field_can_not_hold_is_refused(field, value):
    with pytest.raises(StaffError, match=field):
        normalised(field, value, CALL)


def test_sectors_are_kept_in_their_order_and_once():
    assert normalised("sector", " VO, po;po", CALL) == "po,vo"


def test_an_unknown_field_is_refused_and_the_known_ones_are_named(session, application):
    with pytest.raises(StaffError, match="phone"):
        correct(session, application, "telephone", "1", call=CALL, by="Anna", now=NOW)


def test_confirming_takes_the_application_off_the_list_of_what_a_person_must_see(application):
    application.needs_review, application.review_reasons = True, ["phone", "role"]
    confirm(application, ["phone"], by="Anna", now=NOW)
    assert application.needs_review
    confirm(application, None, by="Anna", now=NOW)
    assert not application.needs_review
    assert all(value.by_person for value in application.current().values())


def test_a_suggestion_can_be_taken(session, application):
    application.values.append(a_value("role", "adjunct", state=ValueState.SUGGESTED))
    refresh_review(application)
    session.flush()
    assert application.needs_review
    accept(session, application, "role", call=CALL, by="Anna", now=NOW)
    assert application.text("role") == "adjunct"
    assert application.current()["role"].by_person
    assert application.suggested() == {}
    assert not application.needs_review


def test_a_suggestion_can_be_dismissed(session, application):
    application.values.append(a_value("role", "adjunct", state=ValueState.SUGGESTED))
    refresh_review(application)
    dismiss(application, "role", by="Anna", now=NOW)
    assert application.text("role") == "directeur"
    assert application.current()["role"].confirmed_by == "Anna"
    assert not application.needs_review
    with pytest.raises(StaffError, match="role"):
        accept(session, application, "role", call=CALL, by="Anna", now=NOW)


def test_confirming_all_decides_against_what_was_suggested_for_a_field_without_a_value(application):
    application.values.append(a_value("place", "Assen", state=ValueState.SUGGESTED))
    refresh_review(application)
    confirm(application, None, by="Anna", now=NOW)
    assert application.suggested() == {}
    assert not application.needs_review


def test_an_application_is_withdrawn_once_and_can_come_back(application):
    withdraw(application, by="Anna", now=NOW, note="by telephone")
    assert application.status is ApplicationStatus.WITHDRAWN
    with pytest.raises(StaffError, match="withdrawn"):
        withdraw(application, by="Anna", now=NOW)
    restore(application, by="Anna", now=NOW)
    assert str(application.status) == "open"
    assert [event.kind for event in application.events] == [EventKind.WITHDRAWN, EventKind.RESTORED]


def test_a_note_needs_words(application):
    add_note(application, " called back ", by="Anna", now=NOW)
    assert application.events[-1].note == "called back"
    with pytest.raises(StaffError, match="words"):
        add_note(application, " ", by="Anna", now=NOW)


def test_merging_fills_what_is_missing_and_keeps_what_differs_as_history(session, application):
    other = an_application(42, phone="+31201234567", place="Assen", name="Piet Smit", email="p.smit@klimop.nl")
    other.mails.append(ApplicationMail(mail=a_mail(5), relation=Relation.CREATED, at=NOW))
    session.add(other)
    session.flush()
    merge(application, other, by="Anna", now=NOW)
    session.flush()
    assert application.text("phone") == "+31612345678"
    assert application.text("place") == "Assen"
    assert "+31201234567" in [one.value for one in application.values if one.state is ValueState.SUPERSEDED]
    assert surviving(session, other) is application
    assert [one.mail_id for one in application.mails] == [other.mails[0].mail_id]


def test_a_colleague_of_a_merged_application_is_kept_as_one_who_takes_part(session, application):
    application.values.append(a_value("name", "Jan Jansen"))
    other = an_application(42, name="Piet Smit", email="p.smit@klimop.nl")
    session.add(other)
    session.flush()
    merge(application, other, by="Anna", now=NOW)
    assert [(one.name, one.email) for one in application.people] == [("Piet Smit", "p.smit@klimop.nl")]


def test_merging_with_itself_or_twice_is_refused(session, application):
    other = an_application(42)
    session.add(other)
    session.flush()
    with pytest.raises(StaffError, match="itself"):
        merge(application, application, by="Anna", now=NOW)
    merge(application, other, by="Anna", now=NOW)
    with pytest.raises(StaffError, match="before"):
        merge(application, other, by="Anna", now=NOW)


def test_linking_is_done_once_for_a_pair_in_any_order(session, application):
    other = an_application(42)
    session.add(other)
    session.flush()
    link(session, other, application, reason="same school", by="Anna", now=NOW)
    session.flush()
    assert linked_with(session, application.id) == [other]
    with pytest.raises(StaffError, match="already"):
        link(session, application, other, reason="", by="Anna", now=NOW)


def test_splitting_gives_the_mail_its_own_application_and_the_first_one_its_values_back(session, application):
    first, second = a_mail(5), a_mail(6)
    session.add_all([first, second])
    session.flush()
    for mail, relation in ((first, Relation.CREATED), (second, Relation.SUPPLEMENT)):
        application.mails.append(ApplicationMail(mail=mail, relation=relation, at=NOW))
    held = application.current()["role"]
    held.mail_id, held.state = first.id, ValueState.SUPERSEDED
    session.flush()
    application.values.append(a_value("role", "adjunct", mail_id=second.id))
    application.values.append(a_value("place", "Assen", mail_id=second.id))
    session.flush()
    own = split_off(session, application, second.id, call=CALL, by="Anna", now=NOW)
    session.flush()
    assert own.text("role") == "adjunct"
    assert own.text("place") == "Assen"
    assert application.text("role") == "directeur"
    assert "place" not in application.current()
    assert [one.mail_id for one in application.mails] == [first.id]
    with pytest.raises(StaffError, match="no other mail"):
        split_off(session, application, first.id, call=CALL, by="Anna", now=NOW)


def test_deciding_what_a_mail_is_lets_it_be_read_again_as_that(session):
    mail = a_mail(5, state=MailState.READ, kind=Kind.OTHER, attempts=2)
    decide_kind(mail, Kind.APPLICATION, by="Anna", now=NOW)
    assert (mail.state, mail.attempts, mail.confirmed_kind) == (MailState.RECEIVED, 0, Kind.APPLICATION)
    with pytest.raises(StaffError, match="received"):
        decide_kind(mail, Kind.OTHER, by="Anna", now=NOW)


def test_a_mail_is_settled_once():
    mail = a_mail(5)
    settle(mail, by="Anna", now=NOW)
    with pytest.raises(StaffError, match="Anna"):
        settle(mail, by="Piet", now=NOW)
