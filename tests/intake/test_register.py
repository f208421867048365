from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from intake.registration import KIND, SENDER, UNCLEAR, UNKNOWN, WITHDRAWN
from intake.reports import UNDELIVERED
from models.application import Application, ApplicationLink, ApplicationStatus, Relation
from models.letter import Letter
from models.mail import NOTHING_TAKEN
from models.value import ApplicationValue, ValueState
from parsers.extraction import Kind, Person
from replies.application_view import Happening
from tests.intake.scene import ANSWERS, JAN, NOW, STRICT, Scene, extracted, understood, vouched

FIRST = "OG-2026-0001"
SECOND = "OG-2026-0002"


@pytest.fixture
def scene(sessions: sessionmaker[Session]) -> Scene:
    return Scene(sessions)


def whole(**fields: str):
    return understood(Kind.APPLICATION, extracted(JAN | fields, answers=ANSWERS, sector=("po", "so")))


def addition(fields: dict[str, str] | None = None, **more):
    return understood(Kind.SUPPLEMENT, extracted(fields, **more))


WITHDRAWAL = understood(Kind.WITHDRAWAL)


def test_an_application_is_listed_with_everything_it_states(scene: Scene):
    _, done = scene.mail(whole())
    assert scene.list() == {
        FIRST: {**JAN, "sector": "po,so", **{f"answer:{number}": words for number, words in ANSWERS.items()}}
    }
    (touched,) = done.touched
    assert touched.happening is Happening.REGISTERED
    assert touched.news
    shown = scene.application()
    assert (shown.status, shown.needs_review) == ("open", False)
    assert (shown.relations, shown.events) == ([Relation.CREATED], ["created"])


def test_a_value_is_kept_with_its_evidence_and_its_mail(scene: Scene):
    mail, _ = scene.mail(whole())
    with scene.sessions() as session:
        value = session.scalars(select(ApplicationValue).where(ApplicationValue.field == "phone")).one()
    assert value.evidence == [{"part": "body", "start": 0, "end": 1, "extractor": "test"}]
    assert (value.mail_id, value.set_by, value.confidence) == (mail.id, "machine", 0.95)


def test_unsure_values_are_marked_for_review(scene: Scene):
    scene.mail(understood(Kind.APPLICATION, extracted(JAN), unsure=["phone", "truncated"]))
    shown = scene.application()
    assert shown.reasons == ["phone"]
    assert shown.needs_review


def test_colleagues_signed_up_along_are_kept(scene: Scene):
    piet = Person(name="Piet Jansen", email="Piet@klimop.example")
    scene.mail(understood(Kind.APPLICATION, extracted(JAN, also=[piet])))
    assert scene.application().people == [("Piet Jansen", "piet@klimop.example")]


def test_several_schools_in_one_mail_are_several_applications(scene: Scene):
    other = {"organisation": "CBS De Wegwijzer", "name": "Els Bakker", "email": "els@wegwijzer.example"}
    _, done = scene.mail(understood(Kind.APPLICATION, extracted(JAN), extracted(other)))
    assert list(scene.list()) == [FIRST, SECOND]
    assert len(done.touched) == 2


def test_the_same_application_again_changes_nothing(scene: Scene):
    scene.mail(whole())
    _, done = scene.mail(whole())
    assert list(scene.list()) == [FIRST]
    assert not done.touched[0].news
    assert scene.application().relations == [Relation.CREATED, Relation.REPEATED]


def test_the_same_application_with_changes_updates_it_and_keeps_what_was(scene: Scene):
    scene.mail(whole())
    mail, done = scene.mail(whole(phone="+31201234567", organisation="obs de klimop"))
    assert scene.list()[FIRST]["phone"] == "+31201234567"
    (change,) = done.touched[0].changes
    assert (change.field, change.before, change.after) == ("phone", "+31612345678", "+31201234567")
    with scene.sessions() as session:
        query = select(ApplicationValue).where(ApplicationValue.field == "phone").order_by(ApplicationValue.id)
        before, after = session.scalars(query)
    assert (before.state, before.superseded_by) == (ValueState.SUPERSEDED, after.id)
    assert (after.mail_id, before.superseded_at) == (mail.id, after.set_at)


def test_reading_a_mail_again_corrects_what_it_gave_and_registers_nothing_twice(scene: Scene):
    mail, _ = scene.mail(whole(role="onbekend"))
    scene.again(mail, whole(role="directeur"))
    assert list(scene.list()) == [FIRST]
    assert scene.list()[FIRST]["role"] == "directeur"
    assert scene.application().relations == [Relation.CREATED]


def test_another_person_of_the_school_gets_an_application_of_their_own_and_both_are_linked(scene: Scene):
    scene.mail(whole())
    scene.mail(whole(name="Els Bakker", email="els@klimop.example"), sender="els@klimop.example")
    assert list(scene.list()) == [FIRST, SECOND]
    with scene.sessions() as session:
        link = session.scalars(select(ApplicationLink)).one()
    assert (link.application_id, link.other_id) == (1, 2)
    assert "linked" in scene.application(FIRST).events
    assert "linked" in scene.application(SECOND).events


def test_a_secretary_who_signs_up_two_colleagues_makes_two_applications(scene: Scene):
    scene.mail(whole(), sender="secretariaat@klimop.example")
    scene.mail(whole(name="Els Bakker", email="els@klimop.example"), sender="secretariaat@klimop.example")
    assert list(scene.list()) == [FIRST, SECOND]


def test_somebody_who_signs_up_two_schools_makes_two_applications(scene: Scene):
    scene.mail(whole())
    scene.mail(whole(organisation="SBO De Brug"))
    assert list(scene.list()) == [FIRST, SECOND]


def test_colleagues_who_share_a_mailbox_do_not_overwrite_each_other(scene: Scene):
    shared = {"email": "info@klimop.example"}
    scene.mail(whole(**shared), sender="info@klimop.example")
    scene.mail(whole(**shared, name="Els Bakker"), sender="info@klimop.example")
    assert [values["name"] for values in scene.list().values()] == ["Jan de Vries", "Els Bakker"]


def test_the_same_person_from_an_unknown_address_only_suggests(scene: Scene):
    scene.mail(whole())
    _, done = scene.mail(whole(phone="+31201234567", email="jan@thuis.example"), sender="jan@thuis.example")
    assert list(scene.list()) == [FIRST]
    assert scene.list()[FIRST]["phone"] == "+31612345678"
    assert done.reasons == (SENDER,)
    assert done.touched == ()
    shown = scene.application()
    assert ("phone", "+31201234567", "suggested") in shown.history
    assert shown.relations == [Relation.CREATED, Relation.REFUSED]
    assert set(shown.reasons) == {SENDER, "suggested:phone", "suggested:email"}


# Supplements: how they find their application.


def test_a_reply_to_our_letter_completes_the_application(scene: Scene):
    mail, _ = scene.mail(understood(Kind.APPLICATION, extracted({"organisation": "OBS De Klimop"})))
    letter = scene.letter(mail)
    _, done = scene.mail(addition({"role": "directeur"}), replies_to=["<0@x>", letter], subject="Re: vraag")
    assert scene.list()[FIRST]["role"] == "directeur"
    assert done.touched[0].changes[0].field == "role"
    assert scene.application().relations == [Relation.CREATED, Relation.SUPPLEMENT]


def test_a_reply_to_ones_own_mail_finds_the_application(scene: Scene):
    mail, _ = scene.mail(whole())
    scene.mail(addition({"role": "directeur"}), replies_to=[mail.message_id], subject="RE: Aanmelding")
    assert scene.list()[FIRST]["role"] == "directeur"


@pytest.mark.parametrize(
    ("subject", "text"), [("Aanvulling op og-2026-0001", "x"), ("Aanvulling", "Bij OG-2026-0001: directeur")]
)
def test_a_reference_number_finds_the_application(scene: Scene, subject: str, text: str):
    scene.mail(whole())
    scene.mail(whole(organisation="SBO De Brug"))
    scene.mail(addition({"role": "directeur"}), subject=subject, text=text)
    assert scene.list()[FIRST]["role"] == "directeur"
    assert scene.list()[SECOND]["role"] == "intern begeleider"


def test_the_senders_address_finds_the_application(scene: Scene):
    scene.mail(whole())
    scene.mail(addition({"role": "directeur"}), subject="Vergeten", sender="Jan@klimop.example")
    assert scene.list()[FIRST]["role"] == "directeur"


def test_a_supplement_without_an_application_waits_for_a_person(scene: Scene):
    _, done = scene.mail(addition({"role": "directeur"}))
    assert done.reasons == (UNKNOWN,)
    assert scene.list() == {}


def test_a_supplement_that_could_be_about_two_applications_waits_for_a_person(scene: Scene):
    scene.mail(whole())
    scene.mail(whole(organisation="SBO De Brug"))
    _, done = scene.mail(addition({"role": "directeur"}))
    assert done.reasons == (UNCLEAR,)
    assert {values["role"] for values in scene.list().values()} == {"intern begeleider"}


def test_a_supplement_that_names_the_school_says_which_application_it_is_about(scene: Scene):
    scene.mail(whole())
    scene.mail(whole(organisation="SBO De Brug"))
    scene.mail(addition({"role": "directeur", "organisation": "De Brug"}))
    assert scene.list()[SECOND]["role"] == "directeur"
    assert scene.list()[FIRST]["role"] == "intern begeleider"


# Supplements: what they may change.


def test_a_signature_fills_a_gap_but_corrects_nothing(scene: Scene):
    mail, _ = scene.mail(understood(Kind.APPLICATION, extracted({"organisation": "OBS De Klimop", "name": "Jan"})))
    found = {"phone": "+31592123456", "organisation": "Stichting Samen, OBS Klimop", "name": "J. de Vries"}
    scene.mail(addition(found), replies_to=[mail.message_id], signature=True)
    assert scene.list()[FIRST] == {"organisation": "OBS De Klimop", "name": "Jan", "phone": "+31592123456"}
    assert not scene.application().needs_review


def test_a_header_corrects_nothing(scene: Scene):
    mail, _ = scene.mail(whole())
    scene.mail(addition({"name": "Janneke"}, part="header:From"), replies_to=[mail.message_id])
    assert scene.list()[FIRST]["name"] == "Jan de Vries"


def test_a_supplement_of_which_nothing_can_be_taken_waits_for_a_person(scene: Scene):
    mail, _ = scene.mail(whole())
    _, nothing = scene.mail(addition(), replies_to=[mail.message_id])
    _, signed = scene.mail(addition({"role": JAN["role"]}), replies_to=[mail.message_id], signature=True)
    _, again = scene.mail(addition({"role": JAN["role"]}), replies_to=[mail.message_id])
    assert [done.reasons for done in (nothing, signed, again)] == [(NOTHING_TAKEN,), (NOTHING_TAKEN,), ()]
    assert not scene.application().needs_review


def test_an_unsure_value_does_not_take_a_sure_ones_place(scene: Scene):
    mail, _ = scene.mail(whole())
    unsure = understood(Kind.SUPPLEMENT, extracted({"role": "directeur"}), unsure=["role"])
    scene.mail(unsure, replies_to=[mail.message_id])
    assert scene.list()[FIRST]["role"] == "intern begeleider"
    assert scene.application().reasons == ["suggested:role"]


ASSEN = {"place": "Assen", "province": "drenthe", "region": "noord"}
BREDA = {"place": "Breda", "province": "noord-brabant", "region": "zuid"}


def _where(scene: Scene) -> tuple[str | None, ...]:
    return tuple(scene.list()[FIRST].get(field) for field in ASSEN)


@pytest.mark.parametrize("unsure", [("place",), ("place", "province")])
def test_province_and_region_wait_with_a_place_that_is_only_suggested(scene: Scene, unsure: tuple[str, ...]):
    mail, _ = scene.mail(whole(**ASSEN))
    _, done = scene.mail(understood(Kind.SUPPLEMENT, extracted(BREDA), unsure=unsure), replies_to=[mail.message_id])
    assert _where(scene) == ("Assen", "drenthe", "noord")
    assert scene.application().reasons == ["suggested:place", "suggested:province"]
    assert not done.touched[0].changes


def test_province_and_region_go_along_with_a_place_that_holds(scene: Scene):
    mail, _ = scene.mail(whole(**ASSEN))
    moved = understood(Kind.SUPPLEMENT, extracted(BREDA), unsure=["province"])
    scene.mail(moved, replies_to=[mail.message_id])
    assert _where(scene) == ("Breda", "noord-brabant", "zuid")
    assert scene.application().reasons == ["province"]


def test_province_and_region_do_not_follow_a_place_that_stands_in_a_signature_only(scene: Scene):
    mail, _ = scene.mail(whole(**ASSEN))
    scene.mail(addition(BREDA), replies_to=[mail.message_id], signature=True)
    assert _where(scene) == ("Assen", "drenthe", "noord")
    assert not scene.application().needs_review


def test_a_province_is_asked_about_when_the_new_place_is_not_known_to_lie_in_it(scene: Scene):
    mail, _ = scene.mail(whole(**ASSEN))
    scene.mail(addition({"place": "Emmen"}), replies_to=[mail.message_id])
    assert not scene.application().needs_review
    scene.mail(addition({"place": "Langedam-Noord"}), replies_to=[mail.message_id])
    assert scene.application().reasons == ["province"]


def test_a_value_that_was_unsure_and_is_said_again_is_sure(scene: Scene):
    mail, _ = scene.mail(understood(Kind.APPLICATION, extracted(JAN), unsure=["role"]))
    _, done = scene.mail(addition({"role": JAN["role"]}), replies_to=[mail.message_id])
    assert not scene.application().needs_review
    assert done.touched[0].news


def test_what_a_person_set_is_never_changed_by_a_machine(scene: Scene):
    mail, _ = scene.mail(whole())
    with scene.sessions.begin() as session:
        for value in session.get_one(Application, 1).values:
            if value.field == "role":
                value.set_by = "Marloes"
            if value.field == "phone":
                value.confirmed_by = "Marloes"
    scene.mail(addition({"role": "directeur", "phone": "+31201234567"}), replies_to=[mail.message_id])
    scene.mail(addition({"role": "Directeur"}), replies_to=[mail.message_id])
    scene.mail(addition({"role": "directeur"}), replies_to=[mail.message_id])
    assert scene.list()[FIRST]["role"] == "intern begeleider"
    assert scene.list()[FIRST]["phone"] == "+31612345678"
    suggested = [(field, value) for field, value, state in scene.application().history if state == "suggested"]
    assert suggested == [("role", "directeur"), ("phone", "+31201234567"), ("role", "Directeur")]
    assert scene.application().needs_review


def test_what_a_person_dismissed_is_not_suggested_again(scene: Scene):
    mail, _ = scene.mail(whole())
    with scene.sessions.begin() as session:
        application = session.get_one(Application, 1)
        for value in application.values:
            value.confirmed_by = "Marloes"
        application.values.append(
            ApplicationValue(
                field="role", value="directeur", state=ValueState.DISMISSED, confidence=1, set_by="machine", set_at=NOW
            )
        )
    scene.mail(addition({"role": "directeur"}), replies_to=[mail.message_id])
    assert not scene.application().needs_review


def test_what_a_person_says_there_is_none_of_is_not_filled_in(scene: Scene):
    mail, _ = scene.mail(understood(Kind.APPLICATION, extracted({"organisation": "OBS De Klimop"})))
    with scene.sessions.begin() as session:
        application = session.get_one(Application, 1)
        application.values.append(ApplicationValue(field="phone", value="", confidence=1, set_by="Marloes", set_at=NOW))
    scene.mail(addition({"phone": "+31612345678"}), replies_to=[mail.message_id])
    assert scene.list()[FIRST]["phone"] == ""
    assert scene.application().reasons == ["suggested:phone"]


# Withdrawals.


def test_a_withdrawal_takes_the_application_back_and_another_application_restores_it(scene: Scene):
    mail, _ = scene.mail(whole())
    _, done = scene.mail(WITHDRAWAL, replies_to=[mail.message_id])
    assert done.touched[0].happening is Happening.WITHDRAWN
    assert scene.application().status == "withdrawn"
    _, done = scene.mail(whole(role="directeur"))
    assert done.touched[0].happening is Happening.RESTORED
    shown = scene.application()
    assert shown.status == "open"
    assert shown.relations == [Relation.CREATED, Relation.WITHDRAWAL, Relation.REAPPLIED]
    assert scene.list()[FIRST]["role"] == "directeur"


def test_a_second_withdrawal_is_no_news(scene: Scene):
    scene.mail(whole())
    scene.mail(WITHDRAWAL)
    _, done = scene.mail(WITHDRAWAL)
    assert not done.touched[0].news
    assert scene.application().events == ["created", "withdrawn"]


def test_of_two_applications_the_one_that_still_counts_is_withdrawn(scene: Scene):
    scene.mail(whole())
    scene.mail(whole(organisation="SBO De Brug"))
    _, done = scene.mail(WITHDRAWAL)
    assert done.reasons == (UNCLEAR,)
    scene.mail(WITHDRAWAL, subject=f"Intrekken {FIRST}")
    scene.mail(WITHDRAWAL)
    assert {scene.application(FIRST).status, scene.application(SECOND).status} == {"withdrawn"}


def test_a_supplement_to_a_withdrawn_application_does_not_restore_it(scene: Scene):
    mail, _ = scene.mail(whole())
    scene.mail(WITHDRAWAL)
    _, done = scene.mail(addition({"role": "directeur"}), replies_to=[mail.message_id])
    assert scene.application().status == "withdrawn"
    assert done.reasons == (WITHDRAWN,)


# Who may change it.


@pytest.mark.parametrize("kind", [Kind.SUPPLEMENT, Kind.WITHDRAWAL, Kind.APPLICATION])
def test_a_stranger_who_knows_the_reference_changes_nothing(scene: Scene, kind: Kind):
    scene.mail(whole())
    forged = understood(kind, extracted(JAN | {"phone": "+31900000000", "role": "directeur"}))
    _, done = scene.mail(forged, sender="mallory@elders.example", subject=f"Re: [{FIRST}]")
    before = JAN | {"sector": "po,so"}
    assert before.items() <= scene.list()[FIRST].items()
    assert scene.application().status == "open"
    assert done.touched == ()
    assert done.reasons == (SENDER,)
    assert scene.application().relations[-1] is Relation.REFUSED


def test_a_from_that_failed_dmarc_changes_nothing_even_in_the_thread(sessions: sessionmaker[Session]):
    scene = Scene(sessions, rules=STRICT)
    mail, _ = scene.mail(whole())
    _, done = scene.mail(WITHDRAWAL, replies_to=[mail.message_id], headers=vouched("fail"))
    assert scene.application().status == "open"
    assert done.reasons == (SENDER,)


def test_a_verdict_that_the_sender_wrote_is_not_believed(sessions: sessionmaker[Session]):
    scene = Scene(sessions, rules=STRICT)
    scene.mail(whole())
    header = (("Authentication-Results", "mx.elders.example; dmarc=pass"),)
    scene.mail(WITHDRAWAL, sender="els@klimop.example", subject=FIRST, headers=header)
    assert scene.application().status == "open"


def test_where_the_server_checks_senders_an_unproven_one_must_answer_the_conversation(sessions: sessionmaker[Session]):
    scene = Scene(sessions, rules=STRICT)
    mail, _ = scene.mail(whole())
    scene.mail(WITHDRAWAL, headers=vouched("none"))
    assert scene.application().status == "open"
    scene.mail(WITHDRAWAL, headers=vouched("none"), replies_to=[mail.message_id])
    assert scene.application().status == "withdrawn"


def test_a_proven_owner_may_write_a_new_mail(sessions: sessionmaker[Session]):
    scene = Scene(sessions, rules=STRICT)
    scene.mail(whole())
    scene.mail(WITHDRAWAL, headers=vouched("pass"))
    assert scene.application().status == "withdrawn"


def test_a_colleague_whose_domain_is_proven_may_change_it_and_a_person_looks(sessions: sessionmaker[Session]):
    scene = Scene(sessions, rules=STRICT)
    scene.mail(whole())
    _, done = scene.mail(
        addition({"role": "directeur"}), sender="els@klimop.example", subject=FIRST, headers=vouched("pass")
    )
    assert scene.list()[FIRST]["role"] == "directeur"
    assert done.touched[0].news
    assert done.reasons == (SENDER,)
    assert SENDER in scene.application().reasons


def test_a_proven_address_at_a_provider_makes_nobody_a_colleague(sessions: sessionmaker[Session]):
    scene = Scene(sessions, rules=STRICT)
    scene.mail(whole(email="jan@gmail.com"), sender="jan@gmail.com")
    scene.mail(WITHDRAWAL, sender="mallory@gmail.com", subject=FIRST, headers=vouched("pass"))
    assert scene.application().status == "open"


def test_two_from_headers_are_a_strangers(scene: Scene):
    scene.mail(whole())
    scene.mail(WITHDRAWAL, headers=(("From", "mallory@elders.example"),))
    assert scene.application().status == "open"


def test_a_colleague_who_was_signed_up_along_only_suggests(scene: Scene):
    piet = Person(name="Piet Jansen", email="piet@elders.example")
    scene.mail(understood(Kind.APPLICATION, extracted(JAN, also=[piet])))
    _, done = scene.mail(addition({"role": "directeur"}), sender="piet@elders.example")
    assert scene.list()[FIRST]["role"] == JAN["role"]
    assert (done.touched, done.reasons) == ((), (SENDER,))
    assert {SENDER, "suggested:role"} <= set(scene.application().reasons)


def test_a_stranger_whose_mail_was_refused_does_not_belong_next_time(scene: Scene):
    scene.mail(whole())
    for _ in range(2):
        scene.mail(WITHDRAWAL, sender="mallory@elders.example", subject=FIRST)
    assert scene.application().status == "open"


def test_a_stranger_in_the_thread_with_an_application_of_their_own_gets_their_own(scene: Scene):
    mail, _ = scene.mail(whole())
    els = whole(name="Els Bakker", email="els@brug.example", organisation="SBO De Brug")
    scene.mail(els, sender="els@brug.example", replies_to=[mail.message_id])
    assert [values["name"] for values in scene.list().values()] == ["Jan de Vries", "Els Bakker"]


def test_what_a_person_confirmed_counts_whoever_sent_it(scene: Scene):
    scene.mail(whole())
    scene.mail(
        WITHDRAWAL, sender="jan@thuis.example", subject=FIRST, confirmed_kind=Kind.WITHDRAWAL, confirmed_by="Marloes"
    )
    assert scene.application().status == "withdrawn"


# Unsure kinds, merged applications, other mail.


def test_a_mail_of_unsure_kind_waits_for_a_person(scene: Scene):
    _, done = scene.mail(understood(Kind.APPLICATION, extracted(JAN), unsure=["kind"]))
    assert done.reasons == (KIND,)
    assert scene.list() == {}
    _, done = scene.mail(understood(Kind.APPLICATION, extracted(JAN), confidence=0.5))
    assert done.reasons == (KIND,)


def test_a_mail_of_unsure_kind_that_a_person_confirmed_is_registered(scene: Scene):
    _, done = scene.mail(understood(Kind.APPLICATION, extracted(JAN), unsure=["kind"]), confirmed_kind=Kind.APPLICATION)
    assert list(scene.list()) == [FIRST]
    assert done.vouched


def test_the_conversation_makes_an_unsure_supplement_sure(scene: Scene):
    mail, _ = scene.mail(whole())
    unsure = understood(Kind.SUPPLEMENT, extracted({"role": "directeur"}), unsure=["kind"], confidence=0.5)
    _, done = scene.mail(unsure, replies_to=[scene.letter(mail)])
    assert done.vouched
    assert scene.list()[FIRST]["role"] == "directeur"


@pytest.mark.parametrize(("kind", "confidence"), [(Kind.SUPPLEMENT, 0.45), (Kind.WITHDRAWAL, 0.7)])
def test_no_conversation_makes_a_withdrawal_or_a_mail_that_speaks_against_itself_sure(
    scene: Scene, kind: Kind, confidence: float
):
    mail, _ = scene.mail(whole())
    unsure = understood(kind, extracted({"role": "directeur"}), unsure=["kind"], confidence=confidence)
    _, done = scene.mail(unsure, replies_to=[scene.letter(mail)])
    assert done.reasons == ("kind",)
    assert scene.list()[FIRST]["role"] == "intern begeleider"


def test_mail_about_a_merged_application_goes_to_the_one_that_took_its_place(scene: Scene):
    mail, _ = scene.mail(whole())
    scene.mail(whole(organisation="SBO De Brug"))
    with scene.sessions.begin() as session:
        first = session.get_one(Application, 1)
        first.status, first.merged_into = ApplicationStatus.MERGED, 2
    scene.mail(addition({"role": "directeur"}), replies_to=[mail.message_id])
    assert scene.list()[SECOND]["role"] == "directeur"
    assert scene.list()[FIRST]["role"] == "intern begeleider"


def test_applications_for_another_call_are_not_touched(scene: Scene):
    scene.mail(whole())
    with scene.sessions.begin() as session:
        session.get_one(Application, 1).call = "praktijktoets"
    scene.mail(whole(role="directeur"))
    assert scene.list()[FIRST]["role"] == "intern begeleider"
    assert scene.list()[SECOND]["role"] == "directeur"


@pytest.mark.parametrize("kind", [Kind.QUESTION, Kind.PRIVACY, Kind.OTHER])
def test_other_mail_of_an_applicant_is_shown_with_the_application_and_changes_nothing(scene: Scene, kind: Kind):
    scene.mail(whole())
    _, done = scene.mail(understood(kind))
    assert done.touched == ()
    assert scene.application().relations == [Relation.CREATED, Relation.RELATED]
    assert scene.application().events == ["created"]


@pytest.mark.parametrize("kind", [Kind.SPAM, Kind.AUTOMATIC, Kind.QUESTION])
def test_mail_that_has_to_do_with_no_application_leaves_the_list_alone(scene: Scene, kind: Kind):
    _, done = scene.mail(understood(kind), sender="ander@elders.example")
    assert done == type(done)()
    assert scene.list() == {}


# Reports.

REPORT = """From: MAILER-DAEMON@mx.example\r
\r
--x\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example\r
\r
Final-Recipient: rfc822; {recipient}\r
Action: {action}\r
Status: {status}\r
\r
--x\r
Content-Type: text/rfc822-headers\r
\r
Message-ID: {message_id}\r
"""


def report(**values: str) -> dict[str, Any]:
    given = {"recipient": "jan@klimop.example", "action": "failed", "status": "5.1.1", "message_id": "<x@y>"}
    return {
        "raw": REPORT.format(**(given | values)).encode(),
        "content_types": ("multipart/report", "message/delivery-status"),
        "sender": "mailer-daemon@mx.example",
    }


AUTOMATIC = understood(Kind.AUTOMATIC)


@pytest.mark.parametrize("by", ["message id", "address"])
def test_a_report_is_tied_to_the_letter_that_was_not_delivered(scene: Scene, by: str):
    mail, _ = scene.mail(whole())
    letter = scene.letter(mail)
    about = {"message_id": letter} if by == "message id" else {}
    bounce, _ = scene.mail(AUTOMATIC, **report(**about))
    with scene.sessions() as session:
        row = session.scalars(select(Letter)).one()
    assert (row.bounce_status, row.bounce_mail_id) == ("5.1.1", bounce.id)
    assert row.bounced_at is not None
    shown = scene.application()
    assert shown.reasons == [UNDELIVERED]
    assert shown.relations == [Relation.CREATED, Relation.BOUNCE]
    assert shown.events == ["created", "undelivered"]


@pytest.mark.parametrize(
    "values",
    [
        {"action": "delayed", "status": "4.4.1"},
        {"action": "delivered", "status": "2.0.0"},
        {"recipient": "ander@elders.example"},
    ],
)
def test_a_delay_a_receipt_or_somebody_elses_report_changes_nothing(scene: Scene, values: dict[str, str]):
    mail, _ = scene.mail(whole())
    letter = scene.letter(mail)
    about = {} if "recipient" in values else {"message_id": letter}
    scene.mail(AUTOMATIC, **report(**(values | about)))
    assert not scene.application().needs_review


def test_an_out_of_office_answer_to_our_letter_is_no_report(scene: Scene):
    mail, _ = scene.mail(whole())
    letter = scene.letter(mail)
    scene.mail(AUTOMATIC, replies_to=[letter], headers=(("Auto-Submitted", "auto-replied"),))
    assert not scene.application().needs_review
