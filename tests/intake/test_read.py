from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from intake.answer import Registered
from intake.read import Outcome, Reader, read_one
from intake.understanding import ReadingError, Understood
from models.application import Application
from models.letter import Letter, LetterKind, enqueue
from models.mail import Mail, MailState, claim_mail
from parsers.blocks import Block, BlockKind, Mailbox, Part
from parsers.extraction import Kind
from parsers.message import Message
from tests.intake.scene import CALL, JAN, RULES, extracted, understood
from tests.models.test_mail import a_mail

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WORDS = "Wij doen mee.\nGroet, Jan"


def message(**values: Any) -> Message:
    given: dict[str, Any] = {
        "subject": "Aanmelding",
        "from_": Mailbox(name="Jan de Vries", address="Jan@klimop.example"),
        "parts": (Part(name="body", text=WORDS),),
        "blocks": (Block(kind=BlockKind.OWN, part="body", start=0, end=len(WORDS), text=WORDS),),
    }
    return Message(**(given | values))


def application(*_: object) -> Understood:
    return Understood(message=message(), extraction=understood(Kind.APPLICATION, extracted(JAN)))


def acknowledge(done: Registered) -> None:
    """An answer of the simplest kind."""
    enqueue(
        done.session,
        Letter(
            kind=LetterKind.ACKNOWLEDGEMENT,
            mail_id=done.mail.id,
            message_id=f"<intake.{done.mail.id}@steunpunt.example>",
            sender="steunpunt@steunpunt.example",
            recipients=[done.message.from_.address],
            subject="Re: Aanmelding",
            raw=b"x",
            thread="<x@y>",
            next_attempt_at=done.now,
            created_at=done.now,
        ),
    )


def reader(understand: Callable[..., Understood] = application, **values: Any) -> Reader:
    given: dict[str, Any] = {
        "understand": understand,
        "call_of": lambda _: CALL,
        "rules_of": lambda _: RULES,
        "answer": acknowledge,
        "worker": "one",
    }
    return Reader(**(given | values))


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def store(sessions: sessionmaker[Session], *mails: Mail) -> None:
    with sessions.begin() as session:
        session.add_all(mails)


def stored(sessions: sessionmaker[Session], uid: int = 1) -> Mail:
    with sessions() as session:
        mail = session.scalars(select(Mail).where(Mail.uid == uid)).one()
        session.refresh(mail, ["error", "extraction"])
        return mail


def letters(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        return len(session.scalars(select(Letter.id)).all())


def listed(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        return len(session.scalars(select(Application.id)).all())


def test_a_mail_is_understood_registered_and_answered(sessions: sessionmaker[Session]):
    store(sessions, a_mail())
    assert read_one(sessions, reader(), clock=at(NOW)) is Outcome.READ
    mail = stored(sessions)
    assert (mail.state, mail.kind, mail.claimed_by, mail.read_at) == (MailState.READ, Kind.APPLICATION, None, NOW)
    assert (mail.subject, mail.sender_address, mail.first_words) == (
        "Aanmelding",
        "jan@klimop.example",
        "Wij doen mee. Groet, Jan",
    )
    assert mail.extraction is not None
    assert mail.extraction["applications"][0]["organisation"] == "OBS De Klimop"
    assert (listed(sessions), letters(sessions)) == (1, 1)
    assert read_one(sessions, reader(), clock=at(NOW)) is None


def test_a_mail_that_fails_is_put_off_and_the_next_one_is_read(sessions: sessionmaker[Session]):
    store(sessions, a_mail(1, raw=b"bad"), a_mail(2))

    def understand(raw: bytes, *_: object) -> Understood:
        if raw == b"bad":
            raise ValueError("jan@klimop.example said something odd")
        return application()

    outcomes = [read_one(sessions, reader(understand), clock=at(NOW)) for _ in range(3)]
    assert outcomes == [Outcome.FAILED, Outcome.READ, None]
    mail = stored(sessions, 1)
    assert (mail.state, mail.attempts, mail.next_attempt_at) == (MailState.RECEIVED, 1, NOW + timedelta(minutes=1))
    assert mail.error is not None
    assert "ValueError" in mail.error
    assert "klimop" not in mail.error


def test_a_mail_that_fails_every_time_ends_in_quarantine_with_the_reason(sessions: sessionmaker[Session]):
    store(sessions, a_mail())

    def understand(*_: object) -> Understood:
        raise ReadingError("took longer than 30 seconds")

    outcomes, now = [], NOW
    for _ in range(4):
        outcomes.append(read_one(sessions, reader(understand), clock=at(now)))
        now += timedelta(hours=1)
    assert outcomes == [Outcome.FAILED, Outcome.FAILED, Outcome.QUARANTINED, None]
    mail = stored(sessions)
    assert (mail.state, mail.error) == (MailState.QUARANTINED, "took longer than 30 seconds")


def test_a_mail_that_kills_the_worker_each_time_ends_in_quarantine(sessions: sessionmaker[Session]):
    store(sessions, a_mail())
    now = NOW
    for _ in range(3):  # Each time the worker dies with the mail in hand.
        with sessions.begin() as session:
            assert claim_mail(session, now=now, lease=timedelta(minutes=1), worker="one") is not None
        now += timedelta(hours=1)
    assert read_one(sessions, reader(), clock=at(now)) is Outcome.QUARANTINED
    assert listed(sessions) == 0


def test_a_letter_that_fails_undoes_the_registration(sessions: sessionmaker[Session]):
    store(sessions, a_mail())

    def answer(done: Registered) -> None:
        acknowledge(done)
        raise LookupError("template")

    assert read_one(sessions, reader(answer=answer), clock=at(NOW)) is Outcome.FAILED
    assert (listed(sessions), letters(sessions)) == (0, 0)
    assert read_one(sessions, reader(), clock=at(NOW + timedelta(hours=1))) is Outcome.READ
    assert (listed(sessions), letters(sessions)) == (1, 1)


def test_a_worker_that_was_too_slow_changes_nothing(sessions: sessionmaker[Session]):
    store(sessions, a_mail())

    def understand(*_: object) -> Understood:
        # Meanwhile the claim lapses, and another worker reads the mail.
        assert read_one(sessions, reader(worker="two"), clock=at(NOW + timedelta(hours=1))) is Outcome.READ
        return application()

    assert read_one(sessions, reader(understand), clock=at(NOW)) is Outcome.LOST
    assert (listed(sessions), letters(sessions)) == (1, 1)


def test_a_mail_that_goes_on_with_one_still_unread_waits_for_it(sessions: sessionmaker[Session]):
    later = NOW + timedelta(minutes=1)
    store(sessions, a_mail(1, next_attempt_at=later), a_mail(2))
    reply = Understood(
        message=message(references=("<1@school.example>",)),
        extraction=understood(Kind.SUPPLEMENT, extracted({"role": "directeur"})),
    )

    def understand(raw: bytes, *_: object) -> Understood:
        return reply if b"<2@" in raw else application()

    outcomes = [read_one(sessions, reader(understand), clock=at(moment)) for moment in (NOW, later, later)]
    assert outcomes == [Outcome.POSTPONED, Outcome.READ, Outcome.READ]
    with sessions() as session:
        assert session.get_one(Application, 1).text("role") == "directeur"


def test_what_a_person_said_a_mail_is_reaches_the_parsers(sessions: sessionmaker[Session]):
    store(sessions, a_mail(confirmed_kind=Kind.APPLICATION))
    said = []

    def understand(_raw: bytes, _call: object, kind: Kind | None, _: object) -> Understood:
        said.append(kind)
        return application()

    read_one(sessions, reader(understand), clock=at(NOW))
    assert said == [Kind.APPLICATION]


def test_a_mail_of_unsure_kind_is_marked_for_review(sessions: sessionmaker[Session]):
    store(sessions, a_mail(1), a_mail(2, confirmed_kind=Kind.APPLICATION))

    def understand(*_: object) -> Understood:
        return Understood(
            message=message(), extraction=understood(Kind.APPLICATION, extracted(JAN), unsure=["kind", "phone"])
        )

    for _ in range(2):
        read_one(sessions, reader(understand, answer=lambda _: None), clock=at(NOW))
    assert stored(sessions, 1).review_reasons == ["kind", "phone"]
    assert stored(sessions, 2).review_reasons == ["phone"]


@pytest.mark.parametrize("words", ["", "x" * 100_000, "\x00\ud800" * 50, "a " * 100_000])
def test_any_words_can_be_kept(sessions: sessionmaker[Session], words: str):
    store(sessions, a_mail())

    def understand(*_: object) -> Understood:
        blocks = (Block(kind=BlockKind.OWN, part="body", start=0, end=len(words), text=words),)
        hostile = message(
            subject=words, from_=Mailbox(name=words, address=words), blocks=blocks, references=(words,) * 100
        )
        return Understood(message=hostile, extraction=understood(Kind.OTHER))

    assert read_one(sessions, reader(understand, answer=lambda _: None), clock=at(NOW)) is Outcome.READ
    kept = stored(sessions)
    assert kept.first_words is not None
    assert len(kept.first_words) <= 300
