from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from models.letter import (
    Letter,
    LetterKind,
    LetterState,
    acknowledgements_since,
    claim_letter,
    enqueue,
    find_letters,
    letters_to,
    release_letters,
    retry_letters,
    settle_letter,
)
from tests.models.test_mail import a_mail

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LEASE = timedelta(minutes=5)


def a_letter(number: int = 1, **values) -> Letter:
    given = {
        "kind": LetterKind.ACKNOWLEDGEMENT,
        "message_id": f"<{number}@steunpunt.example>",
        "sender": "steunpunt@steunpunt.example",
        "recipients": ["Jan@School.example"],
        "subject": "Re: Aanmelding",
        "raw": b"Subject: Re: Aanmelding\r\n\r\nDank u.\r\n",
        "thread": "<1@school.example>",
        "next_attempt_at": NOW,
        "created_at": NOW,
    }
    return Letter(**(given | values))


def test_a_mail_gets_one_letter_at_most(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        mail = a_mail()
        session.add(mail)
        session.flush()
        enqueue(session, a_letter(1, mail_id=mail.id))
    with pytest.raises(IntegrityError), sessions.begin() as session:
        enqueue(session, a_letter(2, mail_id=mail.id))


def test_letters_without_a_mail_do_not_hinder_each_other(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        enqueue(session, a_letter(1, kind=LetterKind.DIGEST))
        enqueue(session, a_letter(2, kind=LetterKind.ALARM))
        assert claim_letter(session, now=NOW, lease=LEASE, worker="one") is not None


def test_an_attempt_counts_before_it_is_made_and_a_dead_workers_letter_is_due_again(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        enqueue(session, a_letter())
    with sessions.begin() as session:
        letter = claim_letter(session, now=NOW, lease=LEASE, worker="one")
    assert letter is not None
    assert (letter.state, letter.attempts) == (LetterState.SENDING, 1)
    with sessions.begin() as session:
        assert claim_letter(session, now=NOW, lease=LEASE, worker="two") is None
        again = claim_letter(session, now=NOW + LEASE, lease=LEASE, worker="two")
        assert again is not None
        assert again.message_id == letter.message_id
    with sessions.begin() as session:
        assert not settle_letter(session, letter.id, attempt=1, last_error="too late")
        assert settle_letter(session, letter.id, attempt=2, last_error="in time")
        assert session.scalar(select(Letter.last_error)) == "in time"
        assert release_letters(session, worker="one", now=NOW) == 0
        assert release_letters(session, worker="two", now=NOW) == 1
        assert claim_letter(session, now=NOW, lease=LEASE, worker="two") is not None


def test_a_failed_letter_can_be_retried(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        enqueue(session, a_letter(1, state=LetterState.FAILED, attempts=9))
        enqueue(session, a_letter(2, state=LetterState.SENT))
    with sessions.begin() as session:
        assert retry_letters(session, None, now=NOW) == 1
        letter = claim_letter(session, now=NOW, lease=LEASE, worker="one")
        assert letter is not None
        assert (letter.message_id, letter.attempts) == ("<1@steunpunt.example>", 1)


def test_the_caps_can_count_by_address_domain_and_thread(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        enqueue(session, a_letter(1))
        enqueue(session, a_letter(2, created_at=NOW - timedelta(days=1)))
        enqueue(session, a_letter(3, recipients=["piet@school.example"], thread="<2@school.example>"))
        enqueue(session, a_letter(4, kind=LetterKind.DIGEST))
    since = NOW - timedelta(hours=1)
    with sessions() as session:
        assert acknowledgements_since(session, since) == 2
        assert acknowledgements_since(session, since, address="JAN@school.example") == 1
        assert acknowledgements_since(session, since, domain="School.example") == 2
        assert acknowledgements_since(session, since, thread="<2@school.example>") == 1
        assert [letter.id for letter in find_letters(session, ["<2@steunpunt.example>"])] == [2]
        assert len(letters_to(session, "jan@school.example")) == 3
