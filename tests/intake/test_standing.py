"""Whose addresses an application's are: who was signed up along or came in later can't speak for its applicant."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from intake.merging import merge
from intake.registration import SENDER
from intake.staff import confirm, correct
from intake.standing import Belonging, belonging_of
from models.application import Application
from parsers.extraction import Kind, Person
from tests.intake.scene import CALL, JAN, STRICT, Scene, extracted, understood, vouched

FIRST, SECOND = "OG-2026-0001", "OG-2026-0002"
PIET = "piet@klimop.example"
ELS = "els@klimop.example"
PASS, NONE = vouched("pass"), vouched("none")
WITHDRAWAL = understood(Kind.WITHDRAWAL)


@pytest.fixture
def scene(sessions: sessionmaker[Session]) -> Scene:
    return Scene(sessions, rules=STRICT)


def whole(*also: Person, **fields: str):
    return understood(Kind.APPLICATION, extracted({**JAN, **fields}, also=also))


def addition(**fields: str):
    return understood(Kind.SUPPLEMENT, extracted(fields))


def belonging(scene: Scene) -> Belonging:
    with scene.sessions() as session:
        return belonging_of(session, found(session, FIRST))


def found(session: Session, reference: str) -> Application:
    return session.scalars(select(Application).where(Application.reference == reference)).one()


def make_one(scene: Scene) -> None:
    with scene.sessions.begin() as session:
        merge(found(session, FIRST), found(session, SECOND), by="Marloes", now=scene.now)


@pytest.mark.parametrize("verdict", [PASS, NONE])
def test_who_was_signed_up_along_can_not_take_the_application_back(scene: Scene, verdict):
    mail, _ = scene.mail(whole(Person(name="Piet Jansen", email=PIET)))
    _, done = scene.mail(WITHDRAWAL, sender=PIET, headers=verdict, replies_to=[scene.letter(mail)])
    assert scene.application().status == "open"
    assert done.reasons == (SENDER,)
    assert SENDER in scene.application().reasons


def test_who_was_signed_up_along_can_not_rewrite_the_applicants_values(scene: Scene):
    mail, _ = scene.mail(whole(Person(name="Piet Jansen", email=PIET)))
    _, done = scene.mail(addition(phone="+31687654321"), sender=PIET, headers=PASS, replies_to=[scene.letter(mail)])
    assert scene.list()[FIRST]["phone"] == JAN["phone"]
    assert done.touched == ()
    assert "suggested:phone" in scene.application().reasons


def test_an_applicant_who_also_stands_among_the_colleagues_is_the_applicant(scene: Scene):
    scene.mail(whole(Person(name="Jan", email=JAN["email"])))
    assert belonging(scene) == Belonging(owners=frozenset({JAN["email"]}), companions=frozenset())


def test_who_signs_somebody_else_up_may_speak_for_them(scene: Scene):
    scene.mail(whole(), sender="secretariaat@bestuur.example")
    scene.mail(WITHDRAWAL, sender="secretariaat@bestuur.example", headers=PASS)
    assert scene.application().status == "withdrawn"


@pytest.mark.parametrize("verdict", [PASS, NONE])
def test_who_came_in_by_a_merge_can_not_take_the_application_back(scene: Scene, verdict):
    scene.mail(whole())
    mail, _ = scene.mail(whole(name="Piet Jansen", email=PIET, phone="+31687654321"), sender=PIET)
    letter = scene.letter(mail, SECOND, PIET)
    make_one(scene)
    scene.mail(addition(phone="+31600000000"), sender=PIET, headers=verdict, replies_to=[letter])
    scene.mail(WITHDRAWAL, sender=PIET, headers=verdict, replies_to=[letter])
    assert scene.application().status == "open"
    assert scene.list()[FIRST]["phone"] == JAN["phone"]
    assert belonging(scene) == Belonging(owners=frozenset({JAN["email"]}), companions=frozenset({PIET}))


def test_who_signed_up_both_may_still_speak_for_both_after_a_merge(scene: Scene):
    piet = extracted({**JAN, "name": "Piet Jansen", "email": PIET})
    scene.mail(understood(Kind.APPLICATION, extracted(JAN), piet), sender="secretariaat@bestuur.example")
    make_one(scene)
    assert belonging(scene).owners == {JAN["email"], "secretariaat@bestuur.example"}
    assert belonging(scene).companions == {PIET}


def test_a_colleagues_change_that_a_machine_took_over_makes_them_no_owner(scene: Scene):
    mail, _ = scene.mail(whole())
    scene.mail(addition(role="directeur", email=ELS), sender=ELS, subject=FIRST, headers=PASS)
    assert scene.list()[FIRST]["role"] == "directeur"
    scene.mail(WITHDRAWAL, sender=ELS, headers=NONE, replies_to=[scene.letter(mail)])
    assert scene.application().status == "open"
    assert belonging(scene).owners == {JAN["email"]}


def test_an_address_that_a_person_confirmed_is_an_owners(scene: Scene):
    scene.mail(whole())
    scene.mail(addition(email=ELS), sender=ELS, subject=FIRST, headers=PASS)
    with scene.sessions.begin() as session:
        confirm(found(session, FIRST), ["email"], by="Marloes", now=scene.now)
    assert ELS in belonging(scene).owners


def test_an_address_that_a_person_set_is_an_owners(scene: Scene):
    scene.mail(whole())
    with scene.sessions.begin() as session:
        row = found(session, FIRST)
        correct(session, row, "email", "jan@elders.example", call=CALL, by="Marloes", now=scene.now)
    assert belonging(scene).owners == {JAN["email"], "jan@elders.example"}


def test_the_new_address_that_the_applicant_gives_is_theirs(scene: Scene):
    scene.mail(whole())
    scene.mail(addition(email="jan@elders.example"), headers=PASS)
    assert belonging(scene).owners == {JAN["email"], "jan@elders.example"}


def test_a_sender_whose_mail_a_person_let_count_belongs_from_then_on(scene: Scene):
    scene.mail(whole())
    scene.mail(addition(role="directeur"), sender="jan@thuis.example", subject=FIRST, confirmed_kind=Kind.SUPPLEMENT)
    assert "jan@thuis.example" in belonging(scene).owners


def test_a_colleague_signed_up_along_stays_one_when_a_person_let_a_mail_count(scene: Scene):
    scene.mail(whole(Person(name="Piet Jansen", email=PIET)))
    scene.mail(addition(role="directeur"), sender=PIET, confirmed_kind=Kind.SUPPLEMENT)
    assert PIET in belonging(scene).companions
