from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from models.application import (
    Application,
    ApplicationEvent,
    ApplicationLink,
    ApplicationMail,
    ApplicationStatus,
    EventKind,
    Relation,
    application_by_reference,
    applications_of_mails,
    applications_with,
    linked_with,
    record,
    surviving,
)
from models.reference import next_reference
from models.value import ApplicationValue, ValueState, match_key
from tests.models.test_mail import a_mail

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def an_application(number: int = 1, **fields: str) -> Application:
    application = Application(reference=f"OG-2026-{number:04}", call="ontwikkelgroep", created_at=NOW, updated_at=NOW)
    for field, value in fields.items():
        application.values.append(a_value(field, value))
    return application


def a_value(field: str, value: str, **values) -> ApplicationValue:
    given = {"field": field, "value": value, "confidence": 0.9, "set_by": "machine", "set_at": NOW}
    return ApplicationValue(**(given | values))


def test_the_current_values_of_an_application_are_those_that_hold(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        application = an_application(phone="+31612345678")
        application.values.append(a_value("role", "", set_by="Anna"))
        application.values.append(a_value("phone", "+31201234567", state=ValueState.SUPERSEDED))
        application.values.append(a_value("role", "directeur", state=ValueState.SUGGESTED))
        session.add(application)
    with sessions() as session:
        kept = application_by_reference(session, " og-2026-0001 ")
        assert kept is not None
        assert kept.text("phone") == "+31612345678"
        assert kept.missing(["phone", "role", "answer:1"]) == ("answer:1",)
        assert [value.value for value in kept.suggested()["role"]] == ["directeur"]


def test_a_field_can_not_have_two_values_that_hold(sessions: sessionmaker[Session]):
    application = an_application(phone="+31612345678")
    application.values.append(a_value("phone", "+31201234567"))
    with pytest.raises(IntegrityError), sessions.begin() as session:
        session.add(application)


def test_deleting_an_application_takes_everything_about_it_along(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        mail = a_mail()
        application, other = an_application(1, phone="+31612345678"), an_application(2)
        session.add_all([mail, application, other])
        session.flush()
        application.mails.append(ApplicationMail(mail_id=mail.id, relation=Relation.CREATED, at=NOW))
        record(application, EventKind.CREATED, at=NOW, mail_id=mail.id)
        session.add(ApplicationLink(application_id=1, other_id=2, reason="x", linked_by="machine", linked_at=NOW))
    with sessions.begin() as session:
        session.delete(session.get_one(Application, 1))
    with sessions() as session:
        for table in (ApplicationValue, ApplicationMail, ApplicationEvent, ApplicationLink):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_applications_are_found_by_their_mails_and_values(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        mails = [a_mail(1), a_mail(2)]
        one, two = an_application(1, email="jan@school.example"), an_application(2, email="jan@school.example")
        two.status = ApplicationStatus.MERGED
        session.add_all([*mails, one, two])
        session.flush()
        one.mails.append(ApplicationMail(mail_id=mails[0].id, relation=Relation.CREATED, at=NOW))
        two.mails.append(ApplicationMail(mail_id=mails[1].id, relation=Relation.REFUSED, at=NOW))
    with sessions() as session:
        assert [found.id for found in applications_of_mails(session, [1, 2])] == [one.id]
        found = applications_with(session, "ontwikkelgroep", "email", "jan@school.example")
        assert [application.id for application in found] == [one.id]
        assert not applications_with(session, "praktijktoets", "email", "jan@school.example")


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("organisation", " OBS “De Klimop”, Assen", "obs de klimop assen"),
        ("name", "José  Müller-de Vries", "jose muller de vries"),
        ("email", "Jan@School.example ", "jan@school.example"),
        ("organisation", "…", None),
        ("answer:1", "Omdat", None),
    ],
)
def test_spellings_of_a_value_share_a_key(field: str, value: str, key: str | None):
    assert match_key(field, value) == key


def test_an_application_is_found_however_its_organisation_is_spelt(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        session.add(an_application(organisation="OBS De Klimop"))
    with sessions() as session:
        assert len(applications_with(session, "ontwikkelgroep", "organisation", "obs de Klimop.")) == 1


def test_a_merged_application_leads_to_the_one_that_took_its_place(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        applications = [an_application(number) for number in (1, 2, 3)]
        session.add_all(applications)
        session.flush()
        applications[0].merged_into, applications[1].merged_into = 2, 3
        assert surviving(session, applications[0]).id == 3
        applications[2].merged_into = 1  # Nobody should; no endless loop all the same.
        assert surviving(session, applications[0]).id in {1, 2, 3}


def test_a_link_is_one_row_seen_from_both_sides(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        session.add_all([an_application(1), an_application(2)])
        session.flush()
        session.add(ApplicationLink(application_id=1, other_id=2, reason="x", linked_by="machine", linked_at=NOW))
    with sessions() as session:
        assert [application.id for application in linked_with(session, 1)] == [2]
        assert [application.id for application in linked_with(session, 2)] == [1]
    with pytest.raises(IntegrityError), sessions.begin() as session:
        session.add(ApplicationLink(application_id=2, other_id=1, reason="x", linked_by="machine", linked_at=NOW))


def test_references_are_without_gaps_however_many_workers_take_them(sessions: sessionmaker[Session]):
    def take(number: int) -> str | None:
        with sessions() as session:
            reference = next_reference(session, "OG", now=NOW)
            if number % 3 == 0:
                session.rollback()
                return None
            session.commit()
            return reference

    with ThreadPoolExecutor(4) as pool:
        taken = sorted(reference for reference in pool.map(take, range(30)) if reference)
    assert taken == [f"OG-2026-{number:04}" for number in range(1, 21)]


def test_the_year_of_a_reference_is_the_dutch_one(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        assert next_reference(session, "OG", now=datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == "OG-2027-0001"
