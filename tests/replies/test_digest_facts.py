"""The digest's facts, on both databases: every mail counted once, every open end told until somebody ties it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from config.call import Call
from models.application import (
    Application,
    ApplicationLink,
    ApplicationMail,
    ApplicationPerson,
    ApplicationStatus,
    EventKind,
    Relation,
    record,
)
from models.heartbeat import beat
from models.letter import LetterState, enqueue
from models.mail import NOTHING_TAKEN, Mail, MailState
from models.value import ApplicationValue, ValueState
from parsers.extraction import Kind
from parsers.fields.sectors import SECTORS
from replies.digest import compose_digest
from replies.digest_content import DigestContent, Stranger
from replies.digest_facts import Period, a_month_after, gather
from replies.digest_overview import LEVELS, level_of
from tests.models.test_letter import a_letter
from tests.models.test_mail import a_mail

END = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
START = END - timedelta(days=1)
WITHIN = END - timedelta(hours=5)
BEFORE = START - timedelta(days=3)
PERIOD = Period(day=date(2026, 3, 2), start=START, end=END)
COMPLETE = {
    "organisation": "OBS De Klimop",
    "sector": "po",
    "role": "directeur",
    "name": "Jan de Vries",
    "email": "jan@school.example",
    "phone": "+31612345678",
    "region": "noord",
    "answer:1": "Leren.",
    "answer:2": "Hoe?",
    "answer:3": "Geld.",
}


@pytest.fixture
def add(sessions: sessionmaker[Session]):
    """Store things, each in a transaction of its own; gives back what was stored."""

    def store(thing: Any) -> Any:
        with sessions.begin() as session:
            session.add(thing)
        return thing

    return store


@pytest.fixture
def facts(sessions: sessionmaker[Session], call: Call):
    def read(period: Period = PERIOD) -> DigestContent:
        with sessions() as session:
            return gather(session, {call.id: call}, period)

    return read


def read_mail(uid: int, kind: Kind, **values: Any) -> Mail:
    given = {
        "state": MailState.READ, "kind": kind, "fetched_at": WITHIN, "received_at": WITHIN, "read_at": WITHIN,
        "sender_name": "Sanne Kuipers", "sender_address": "sanne@school.example", "subject": "Vraag", "first_words": "Wanneer?",
    }  # fmt: skip
    return a_mail(uid, **(given | values))


def value(field: str, text: str, *, at: datetime = BEFORE, **more: Any) -> ApplicationValue:
    return ApplicationValue(
        **({"field": field, "value": text, "confidence": 0.9, "set_by": "machine", "set_at": at} | more)
    )


def application(
    number: int, fields: Mapping[str, str] = COMPLETE, *, at: datetime = BEFORE, mail: Mail | None = None
) -> Application:
    made = Application(reference=f"OG-2026-{number:04}", call="ontwikkelgroep", created_at=at, updated_at=at)
    made.values.extend(value(name, text, at=at, mail_id=mail.id if mail else None) for name, text in fields.items())
    record(made, EventKind.CREATED, at=at, mail_id=mail.id if mail else None)
    if mail:
        made.mails.append(ApplicationMail(mail_id=mail.id, relation=Relation.CREATED, at=at))
    return made


def test_a_supplement_of_which_nothing_was_taken_is_told_until_it_is_settled(facts, add):
    unchanged = {"withheld_reason": "not registered: nothing new", "needs_review": True}
    told = add(read_mail(1, Kind.SUPPLEMENT, **unchanged, review_reasons=["role", NOTHING_TAKEN]))
    settled = {"review_reasons": [NOTHING_TAKEN], "settled_by": "Anna", "settled_at": END}
    add(read_mail(2, Kind.SUPPLEMENT, **unchanged, **settled))
    known = add(read_mail(3, Kind.SUPPLEMENT, withheld_reason="not registered: nothing new", review_reasons=[]))
    made = application(1)
    made.mails += [ApplicationMail(mail_id=one.id, relation=Relation.REPEATED, at=WITHIN) for one in (told, known)]
    add(made)
    content = facts()
    assert [line.mail_id for line in content.for_people] == [told.id]
    assert [line.mail_id for line in content.withheld] == [known.id]
    assert facts(replace(PERIOD, start=END, end=END + timedelta(days=1))).waiting_for_people == 1


def test_every_mail_of_the_period_is_counted_under_one_name(add, facts):
    kinds = [Kind.QUESTION, Kind.AUTOMATIC, Kind.AUTOMATIC, Kind.SPAM, Kind.OTHER, Kind.PRIVACY]
    for uid, kind in enumerate(kinds, 1):
        add(read_mail(uid, kind))
    add(read_mail(11, Kind.APPLICATION, needs_review=True, review_reasons=["kind"]))
    add(read_mail(12, Kind.SPAM, confirmed_kind=Kind.APPLICATION))
    add(a_mail(13, fetched_at=WITHIN))
    add(a_mail(14, fetched_at=WITHIN, state=MailState.QUARANTINED, error="Traceback\nTimeoutError: 30 s"))
    add(a_mail(15, fetched_at=WITHIN, state=MailState.DUPLICATE))
    add(read_mail(16, Kind.SPAM, fetched_at=START - timedelta(seconds=1)))
    add(read_mail(17, Kind.SPAM, fetched_at=END))
    content = facts()
    assert content.received == 11
    assert content.counts == {
        "question": 1, "automatic": 2, "spam": 1, "other": 1, "privacy": 1, "unsure": 1, "application": 1, "unread": 1,
        "quarantined": 1, "duplicate": 1,
    }  # fmt: skip
    assert sum(content.counts.values()) == content.received


def test_periods_that_touch_count_a_mail_once(add, facts):
    add(read_mail(1, Kind.SPAM, fetched_at=START))
    add(read_mail(2, Kind.SPAM, fetched_at=END))
    following = Period(day=date(2026, 3, 3), start=END, end=END + timedelta(days=1))
    assert (facts().received, facts(following).received) == (1, 1)


def test_a_privacy_request_stays_on_top_until_somebody_settles_it(add, facts, sessions):
    mail = add(
        read_mail(1, Kind.PRIVACY, read_at=BEFORE, fetched_at=BEFORE, received_at=datetime(2026, 1, 31, 9, tzinfo=UTC))
    )
    assert [line.mail_id for line in facts().privacy] == [mail.id]
    assert facts().privacy[0].deadline == date(2026, 2, 28)
    with sessions.begin() as session:
        session.get(Mail, mail.id).settled_at = END
    assert facts().privacy == ()


def test_the_month_of_a_privacy_request_begins_on_the_dutch_day_of_its_receipt(add, facts):
    add(read_mail(1, Kind.PRIVACY, received_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC)))
    assert facts().privacy[0].deadline == date(2026, 4, 2)


def test_a_day_on_which_only_older_questions_wait_has_something_to_tell(add, facts, call, templates):
    add(read_mail(1, Kind.QUESTION, read_at=BEFORE, fetched_at=BEFORE))
    content = facts()
    assert (content.received, content.for_people, content.waiting_for_people) == (0, (), 1)
    assert not content.empty
    letter = compose_digest(content, {call.id: call}, to=("staf@ncoj.nl",), templates=templates)
    assert "Van eerder wacht er nog 1." in letter.text
    assert "er wacht niets op u" not in letter.text


def test_an_unsure_mail_waits_until_a_person_says_what_it_is(add, facts, sessions):
    mail = add(
        read_mail(
            1,
            Kind.APPLICATION,
            needs_review=True,
            review_reasons=["kind"],
            withheld_reason="kind unsure: application at 0.6",
            read_at=BEFORE,
        )
    )
    unsure = facts().unsure_kinds
    assert [(line.mail_id, line.kind, line.reason) for line in unsure] == [(mail.id, Kind.APPLICATION, "kind")]
    assert facts().withheld == ()
    with sessions.begin() as session:
        session.get(Mail, mail.id).confirmed_kind = Kind.OTHER
    assert facts().unsure_kinds == ()


def test_a_mail_of_an_unknown_application_waits_for_a_person(add, facts):
    mail = add(read_mail(1, Kind.SUPPLEMENT, needs_review=True, review_reasons=["application unknown"]))
    assert [(line.mail_id, line.reason) for line in facts().unsure_kinds] == [(mail.id, "application unknown")]


def test_a_mail_whose_application_is_to_be_looked_at_is_told_there_alone(add, facts):
    mail = add(read_mail(1, Kind.APPLICATION, needs_review=True, review_reasons=["phone"]))
    made = application(1, mail=mail, at=WITHIN)
    made.needs_review, made.review_reasons = True, ["phone"]
    made.values.append(value("role", "rector", state=ValueState.SUGGESTED))
    add(made)
    content = facts()
    assert content.unsure_kinds == ()
    assert [(item.view.reference, item.reasons, item.suggestions) for item in content.unsure] == [
        ("OG-2026-0001", ("phone",), (("role", "rector"),))
    ]


@pytest.mark.parametrize(("withheld", "forged"), [("dmarc: dmarc=fail", True), ("not registered: a person", False)])
def test_a_mail_from_somebody_who_does_not_belong_tells_who(add, facts, withheld: str, forged: bool):
    given = {"needs_review": True, "review_reasons": ["sender"], "withheld_reason": withheld}
    mail = add(read_mail(1, Kind.WITHDRAWAL, **given))
    made = application(1, mail=add(read_mail(2, Kind.APPLICATION)), at=WITHIN)
    made.needs_review, made.review_reasons = True, ["sender"]
    made.mails.append(ApplicationMail(mail_id=mail.id, relation=Relation.REFUSED, at=WITHIN))
    add(made)
    stranger = Stranger(name="Sanne Kuipers", address="sanne@school.example", forged=forged)
    content = facts()
    assert [line.stranger for line in content.unsure_kinds] == [stranger]
    assert [item.strangers for item in content.unsure] == [(stranger,)]


def test_a_mail_from_somebody_who_belongs_has_no_stranger(add, facts):
    mail = add(read_mail(1, Kind.APPLICATION, needs_review=True, review_reasons=["kind"]))
    made = application(1, mail=mail, at=WITHIN)
    made.needs_review, made.review_reasons = True, ["phone"]
    made.values.append(value("role", "rector", state=ValueState.SUGGESTED))
    add(made)
    assert [item.strangers for item in facts().unsure] == [()]


def test_a_quarantined_mail_tells_what_went_wrong(add, facts):
    add(a_mail(1, state=MailState.QUARANTINED, error="Traceback (most recent call last):\n  …\nTimeoutError: 30 s\n"))
    assert [line.reason for line in facts().quarantined] == ["TimeoutError: 30 s"]


def test_letters_that_failed_bounced_or_are_in_doubt_are_told(sessions, add, facts):
    made = add(application(1))
    with sessions.begin() as session:
        enqueue(
            session,
            a_letter(
                1, state=LetterState.FAILED, created_at=WITHIN, last_error="550 no such user", application_id=made.id
            ),
        )
        enqueue(
            session, a_letter(2, state=LetterState.SENT, created_at=BEFORE, bounced_at=WITHIN, bounce_status="5.1.1")
        )
        enqueue(session, a_letter(3, state=LetterState.UNSURE, created_at=WITHIN))
        enqueue(session, a_letter(4, state=LetterState.SENT, created_at=WITHIN))
        enqueue(session, a_letter(5, state=LetterState.SENT, created_at=BEFORE, bounced_at=BEFORE))
        enqueue(session, a_letter(6, state=LetterState.FAILED, created_at=END - timedelta(days=31)))
    assert [(letter.reference, letter.why) for letter in facts().failed_letters] == [
        ("OG-2026-0001", "550 no such user"),
        ("", "5.1.1"),
        ("", "unsure"),
    ]


def test_what_stands_still_is_told_since_its_last_good_round(sessions, facts):
    with sessions.begin() as session:
        beat(session, "mailbox:main", now=END - timedelta(hours=3))
        beat(session, "mailbox:main", now=END - timedelta(minutes=5), error="the server refuses the login")
        beat(session, "mailbox:never", now=END - timedelta(hours=2), error="no such host")
        beat(session, "smtp", now=END - timedelta(minutes=10))
    late = facts().late
    assert [(place.name, place.since, place.error) for place in late] == [
        ("mailbox:main", END - timedelta(hours=3), "the server refuses the login"),
        ("mailbox:never", END - timedelta(hours=2), "no such host"),
    ]


def test_what_nobody_runs_any_more_is_not_told_as_standing_still(sessions, facts):
    with sessions.begin() as session:
        for name in ("mailbox:main", "mailbox:left", "retention done"):
            beat(session, name, now=END - timedelta(hours=5))
    late = facts(replace(PERIOD, watched=frozenset({"mailbox:main", "read"}))).late
    assert [place.name for place in late] == ["mailbox:main"]


def test_a_new_application_is_told_once_with_its_relatives(add, facts):
    older = add(application(1))
    newer = add(application(2, at=WITHIN))
    add(
        ApplicationLink(
            application_id=older.id,
            other_id=newer.id,
            reason="same organisation",
            linked_by="machine",
            linked_at=WITHIN,
        )
    )
    merged = application(3, at=WITHIN)
    merged.status = ApplicationStatus.MERGED
    add(merged)
    content = facts()
    assert [(item.view.reference, item.linked) for item in content.new] == [("OG-2026-0002", ("OG-2026-0001",))]
    assert content.changed == ()


def test_a_change_tells_its_earlier_value_and_its_mail(add, facts, sessions):
    first, second = add(read_mail(1, Kind.APPLICATION)), add(read_mail(2, Kind.SUPPLEMENT))
    made = add(application(1, mail=first))
    with sessions.begin() as session:
        kept = session.get(Application, made.id)
        old = kept.current()["phone"]
        old.state = ValueState.SUPERSEDED
        session.flush()
        new = value("phone", "+31201234567", at=WITHIN, mail_id=second.id)
        kept.values.append(new)
        kept.values.append(value("place", "Assen", at=WITHIN, set_by="marloes"))
        session.flush()
        old.superseded_by = new.id
        kept.people.append(ApplicationPerson(name="Els Bakker", mail_id=second.id, added_by="machine", added_at=WITHIN))
    (changed,) = facts().changed
    assert [(change.field, change.before, change.after, change.mail_id, change.by) for change in changed.changes] == [
        ("phone", "+31612345678", "+31201234567", second.id, "machine"),
        ("place", "", "Assen", None, "marloes"),
        ("people", "", "Els Bakker", second.id, "machine"),
    ]
    assert facts(Period(day=date(2026, 3, 3), start=END, end=END + timedelta(days=1))).changed == ()


def test_what_a_new_application_was_made_of_is_no_change(add, facts):
    mail = add(read_mail(1, Kind.APPLICATION))
    made = application(1, mail=mail, at=WITHIN)
    made.people.append(ApplicationPerson(name="Els Bakker", mail_id=mail.id, added_by="machine", added_at=WITHIN))
    add(made)
    assert facts().changed == ()


def test_withdrawals_and_returns_are_told(add, facts, sessions):
    mail = add(read_mail(1, Kind.WITHDRAWAL))
    gone, back = application(1), application(2)
    gone.status = ApplicationStatus.WITHDRAWN
    record(gone, EventKind.WITHDRAWN, at=WITHIN, mail_id=mail.id)
    record(back, EventKind.WITHDRAWN, at=BEFORE)
    record(back, EventKind.RESTORED, at=WITHIN)
    add(gone)
    add(back)
    content = facts()
    assert [(item.view.reference, item.at, item.mail_id) for item in content.withdrawn] == [
        ("OG-2026-0001", WITHIN, mail.id)
    ]
    assert [(item.view.reference, item.changes[0].field, item.changes[0].after) for item in content.changed] == [
        ("OG-2026-0002", "status", "open")
    ]


def test_applications_that_stay_incomplete_are_told_after_their_days(add, facts):
    incomplete = {name: text for name, text in COMPLETE.items() if name != "phone"}
    add(application(1, at=END - timedelta(days=8), fields=incomplete))
    add(application(2, at=END - timedelta(days=6), fields=incomplete))
    add(application(3, at=END - timedelta(days=8)))
    none = application(4, at=END - timedelta(days=8), fields=incomplete)
    none.values.append(value("phone", "", set_by="marloes"))
    add(none)
    gone = application(5, at=END - timedelta(days=8), fields=incomplete)
    gone.status = ApplicationStatus.WITHDRAWN
    add(gone)
    assert [(item.view.reference, item.view.missing) for item in facts().incomplete] == [("OG-2026-0001", ("phone",))]


def test_questions_of_the_period_are_told_and_older_ones_counted(add, facts):
    new = add(read_mail(1, Kind.QUESTION))
    add(read_mail(2, Kind.OTHER, read_at=BEFORE))
    add(read_mail(3, Kind.QUESTION, read_at=BEFORE, settled_at=BEFORE))
    add(read_mail(4, Kind.QUESTION, silent=True))
    content = facts()
    assert [line.mail_id for line in content.for_people] == [new.id]
    assert content.waiting_for_people == 1


def test_withheld_letters_are_told_with_their_reason_except_to_backlog(add, facts):
    mail = add(read_mail(1, Kind.APPLICATION, withheld_reason="dmarc: dmarc=fail"))
    add(application(7, mail=mail))
    add(read_mail(2, Kind.APPLICATION, withheld_reason="backlog", silent=True))
    add(read_mail(3, Kind.AUTOMATIC, withheld_reason="auto-submitted"))
    add(read_mail(4, Kind.APPLICATION))
    assert [(line.mail_id, line.reason, line.reference) for line in facts().withheld] == [
        (mail.id, "dmarc: dmarc=fail", "OG-2026-0007")
    ]


def test_the_overview_counts_each_open_application_once(add, facts):
    add(application(1, at=datetime(2026, 2, 22, 22, 30, tzinfo=UTC)))
    add(
        application(2, COMPLETE | {"sector": "vso,pro", "region": "zuid"}, at=datetime(2026, 2, 22, 23, 30, tzinfo=UTC))
    )
    add(application(3, fields=COMPLETE | {"sector": "so,vo", "region": "oost"}))
    add(application(4, {}))
    gone = application(5)
    gone.status = ApplicationStatus.WITHDRAWN
    add(gone)
    (overview,) = facts().overviews
    assert overview.cells == {("po", "noord"): 1, ("vo", "zuid"): 1, ("both", "unknown"): 1, ("unknown", "unknown"): 1}
    assert (overview.complete, overview.incomplete, overview.total) == (3, 1, 4)
    weeks = dict(overview.weeks)
    assert len(weeks) == 8
    # Half past eleven on a Sunday evening in winter, and half past midnight on Monday, in the Netherlands.
    assert weeks[date(2026, 2, 16)] == 1
    assert weeks[date(2026, 2, 23)] == 4
    assert max(weeks) == date(2026, 3, 2)


def test_an_empty_database_gives_an_empty_digest(facts, call, templates):
    content = facts()
    assert content.empty
    letter = compose_digest(content, {call.id: call}, to=("staf@ncoj.nl",), templates=templates)
    assert "Er zijn nog geen aanmeldingen." in letter.text


def test_a_flood_is_listed_up_to_a_limit_and_counted_whole(sessions, facts):
    with sessions.begin() as session:
        session.add_all(read_mail(uid, Kind.QUESTION) for uid in range(1, 251))
    content = facts()
    assert len(content.for_people) == 200
    assert content.more == {"for_people": 50}
    assert content.counts == {"question": 250}


@pytest.mark.parametrize(
    ("day", "deadline"),
    [
        (date(2026, 3, 2), date(2026, 4, 2)),
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2024, 1, 30), date(2024, 2, 29)),
        (date(2026, 12, 31), date(2027, 1, 31)),
    ],
)
def test_the_law_gives_a_month(day, deadline):
    assert a_month_after(day) == deadline


def test_every_sector_has_a_level():
    assert tuple(LEVELS) == SECTORS


@pytest.mark.parametrize(
    ("sectors", "level"),
    [
        ("po", "po"),
        ("sbo,so", "po"),
        ("vso", "vo"),
        ("mbo,pro", "vo"),
        ("po,vo", "both"),
        ("", "unknown"),
        ("x", "unknown"),
    ],
)
def test_special_education_belongs_to_the_age_of_its_pupils(sectors, level):
    assert level_of(sectors) == level


def test_a_mail_that_nothing_was_done_with_waits_although_it_belongs_to_a_conversation(add, facts):
    mails = [read_mail(uid, Kind.SUPPLEMENT, needs_review=True, review_reasons=["sender"]) for uid in (1, 2, 3)]
    relations = (Relation.RELATED, Relation.REFUSED, Relation.SUPPLEMENT)
    made = application(1)
    for mail, relation in zip(mails, relations, strict=True):
        add(mail)
        made.mails.append(ApplicationMail(mail_id=mail.id, relation=relation, at=WITHIN))
    add(made)
    assert [(line.mail_id, line.reference) for line in facts().unsure_kinds] == [
        (mails[0].id, "OG-2026-0001"),
        (mails[1].id, "OG-2026-0001"),
    ]


def test_a_mail_that_was_read_again_is_not_unanswered(add, facts):
    for uid, reason in enumerate(("answered before", "letters are off", "kind unsure: application at 0.61"), 1):
        add(read_mail(uid, Kind.APPLICATION, withheld_reason=reason))
    assert facts().withheld == ()
