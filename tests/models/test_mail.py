from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session, sessionmaker

from models.identity import identify
from models.mail import (
    Mail,
    MailState,
    claim_mail,
    for_people,
    known_uids,
    release_mails,
    retry_mails,
    settle_mail,
)
from parsers.extraction import Kind

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LEASE = timedelta(minutes=5)


def a_mail(uid: int = 1, **values) -> Mail:
    raw = values.pop("raw", b"Message-ID: <%d@school.example>\r\n\r\nHallo\r\n" % uid)
    message_id, content_hash = identify(raw)
    given = {
        "mailbox": "main",
        "folder": "INBOX",
        "uidvalidity": 1,
        "uid": uid,
        "size": len(raw),
        "received_at": NOW,
        "fetched_at": NOW,
        "next_attempt_at": NOW,
        "raw": raw,
        "message_id": message_id,
        "content_hash": content_hash,
    }
    return Mail(**(given | values))


def test_a_uid_is_stored_once(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        session.add(a_mail(7))
    with pytest.raises(IntegrityError), sessions.begin() as session:
        session.add(a_mail(7))
    with sessions.begin() as session:
        session.add(a_mail(7, uidvalidity=2))
    with sessions() as session:
        known = session.scalars(select(Mail).where(Mail.uidvalidity == 1)).one()
        assert known.raw == b"Message-ID: <7@school.example>\r\n\r\nHallo\r\n"
        assert known_uids(session, mailbox="main", folder="INBOX", uidvalidity=1) == {7}


def test_the_highest_uid_of_the_protocol_fits(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        session.add(a_mail(2**32 - 1, uidvalidity=2**32 - 1))
    with sessions() as session:
        assert known_uids(session, mailbox="main", folder="INBOX", uidvalidity=2**32 - 1) == {2**32 - 1}


def test_what_a_database_refuses_is_taken_out_of_text(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        session.add(
            a_mail(
                subject="aan\x00melding \ud800",
                extraction={"kind\x00": ["a\x00b", {"x": "\udfff"}]},
                sender_address="a" * 100_000,
            )
        )
    with sessions() as session:
        mail = session.scalars(select(Mail)).one()
        assert mail.subject == "aanmelding ?"
        assert mail.extraction == {"kind": ["ab", {"x": "?"}]}
        assert mail.sender_address == "a" * 500


def test_times_come_back_as_the_same_moment_in_utc(sessions: sessionmaker[Session]):
    moment = datetime.fromisoformat("2026-10-25T02:30:00.123456+01:00")
    with sessions.begin() as session:
        session.add(a_mail(received_at=moment))
    with sessions() as session:
        kept = session.scalars(select(Mail.received_at)).one()
    assert kept == moment
    assert kept.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(sessions: sessionmaker[Session]):
    with pytest.raises(StatementError, match="zone"), sessions.begin() as session:
        session.add(a_mail(received_at=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_claiming_takes_the_oldest_due_mail_and_counts_the_attempt(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        session.add_all([a_mail(1, next_attempt_at=NOW + timedelta(seconds=1)), a_mail(2), a_mail(3)])
    with sessions.begin() as session:
        mail = claim_mail(session, now=NOW, lease=LEASE, worker="one")
    assert mail is not None
    assert (mail.uid, mail.attempts, mail.claimed_by) == (2, 1, "one")
    with sessions.begin() as session:
        other = claim_mail(session, now=NOW, lease=LEASE, worker="two")
        assert other is not None
        assert other.uid == 3
        assert claim_mail(session, now=NOW, lease=LEASE, worker="two") is None


def test_a_claim_lapses_and_the_late_worker_may_not_settle(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        session.add(a_mail())
    with sessions.begin() as session:
        first = claim_mail(session, now=NOW, lease=LEASE, worker="dead")
    with sessions.begin() as session:
        assert claim_mail(session, now=NOW + LEASE - timedelta(seconds=1), lease=LEASE, worker="heir") is None
        second = claim_mail(session, now=NOW + LEASE, lease=LEASE, worker="heir")
    assert first is not None
    assert second is not None
    with sessions.begin() as session:
        assert settle_mail(session, first.id, attempt=1) is None
        mail = settle_mail(session, first.id, attempt=2)
        assert mail is not None
        mail.state = MailState.READ
    with sessions.begin() as session:
        assert settle_mail(session, first.id, attempt=2) is None


def test_a_restarted_worker_gets_back_what_it_had(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        session.add_all([a_mail(1), a_mail(2)])
    with sessions.begin() as session:
        claim_mail(session, now=NOW, lease=LEASE, worker="one")
        claim_mail(session, now=NOW, lease=LEASE, worker="two")
    with sessions.begin() as session:
        assert release_mails(session, worker="one", now=NOW) == 1
        mail = claim_mail(session, now=NOW, lease=LEASE, worker="one")
        assert mail is not None
        assert (mail.uid, mail.attempts) == (1, 2)


def test_workers_at_once_never_claim_the_same_mail(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        session.add_all([a_mail(uid) for uid in range(1, 41)])

    def claim_all(worker: str) -> list[int]:
        claimed: list[int] = []
        while True:
            with sessions.begin() as session:
                mail = claim_mail(session, now=NOW, lease=LEASE, worker=worker)
            if mail is None:
                return claimed
            claimed.append(mail.uid)

    with ThreadPoolExecutor(4) as pool:
        claimed = [uid for uids in pool.map(claim_all, "abcd") for uid in uids]
    assert sorted(claimed) == list(range(1, 41))


def test_a_quarantined_mail_is_retried_from_its_bytes_or_fetched_again_first(sessions: sessionmaker[Session]):
    with sessions.begin() as session:
        unfetched = {"raw": b"", "content_hash": ""}
        session.add(a_mail(1, state=MailState.QUARANTINED, attempts=3))
        session.add(a_mail(2, state=MailState.QUARANTINED, attempts=3, **unfetched))
        session.add(a_mail(3, state=MailState.QUARANTINED, attempts=3, erased_at=NOW))
    with sessions.begin() as session:
        assert retry_mails(session, None, now=NOW) == 2
        mail = claim_mail(session, now=NOW, lease=LEASE, worker="one")
        assert mail is not None
        assert (mail.uid, mail.attempts) == (1, 1)
        assert claim_mail(session, now=NOW, lease=LEASE, worker="one") is None


def test_mail_for_people_is_listed_by_what_a_person_says_it_is_until_settled(sessions: sessionmaker[Session]):
    read = {"state": MailState.READ}
    with sessions.begin() as session:
        session.add_all(
            [
                a_mail(1, kind=Kind.QUESTION, **read),
                a_mail(2, kind=Kind.QUESTION, confirmed_kind=Kind.SPAM, **read),
                a_mail(3, kind=Kind.OTHER, confirmed_kind=Kind.QUESTION, **read),
                a_mail(4, kind=Kind.QUESTION, settled_by="Marloes", settled_at=NOW, **read),
            ]
        )
    with sessions() as session:
        assert [mail.uid for mail in for_people(session, Kind.QUESTION, Kind.PRIVACY)] == [1, 3]
