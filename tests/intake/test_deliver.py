"""Letters from the outbox to an SMTP server: none lost, none twice, whatever the server does."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from config.servers import SmtpSettings
from intake.deliver import Outcome, deliver_one, deliver_round
from intake.smtp import LETTERS_PER_CONNECTION, SmtpConnection, SmtpError, SmtpLoginError
from models.letter import Letter, LetterKind, LetterState, claim_letter, enqueue, release_letters, retry_letters
from tests.servers.dovecot import Certificate, free_port
from tests.servers.smtp import DROP, STALL, SmtpServer, Stage

Sessions = sessionmaker[Session]
MakeSmtp = Callable[..., SmtpServer]

# The server says that a login without encryption is unwise; it is on loopback here.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")

NOW = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
NUMBERS = count(1)


def text(number: int, body: str = "Dank voor uw aanmelding.") -> bytes:
    return f"From: intake@vo.example\r\nTo: jan@school.example\r\nMessage-ID: <intake.{number}@vo.example>\r\n\r\n{body}\r\n".encode()


def write(sessions: Sessions, *recipients: str, body: str = "Dank voor uw aanmelding.", at: datetime = NOW) -> int:
    """Put a letter in the outbox; give its number."""
    number = next(NUMBERS)
    with sessions.begin() as session:
        letter = Letter(
            kind=LetterKind.ACKNOWLEDGEMENT,
            message_id=f"<intake.{number}@vo.example>",
            sender="intake@vo.example",
            recipients=list(recipients or ("jan@school.example",)),
            subject="Uw aanmelding",
            raw=text(number, body),
            thread="",
            next_attempt_at=at,
            created_at=at,
        )
        enqueue(session, letter)
        return letter.id


def the(sessions: Sessions, letter_id: int) -> Letter:
    with sessions() as session:
        return session.get_one(Letter, letter_id)


def connect(server: SmtpServer, **settings: Any) -> SmtpConnection:
    known: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.port,
        "security": "plain",
        "connect_seconds": 3,
        "read_seconds": 3,
        "hello": "intake.vo.example",
    }
    return SmtpConnection(SmtpSettings(**(known | settings)))


def deliver(
    sessions: Sessions, connection: SmtpConnection, now: datetime = NOW, max_attempts: int = 20
) -> Counter[Outcome]:
    outcomes = deliver_round(sessions, connection, worker="one", max_attempts=max_attempts, clock=lambda: now)
    assert outcomes is not None
    return outcomes


# The plain case.


def test_a_letter_is_sent_as_it_was_rendered_and_recorded(sessions: Sessions, smtp: SmtpServer) -> None:
    letter_id = write(sessions)
    before = the(sessions, letter_id)
    assert deliver(sessions, connect(smtp)) == {Outcome.SENT: 1}
    [taken] = smtp.taken
    assert (taken.sender, taken.recipients) == ("intake@vo.example", ["jan@school.example"])
    letter = the(sessions, letter_id)
    assert taken.raw == text(int(before.message_id.split(".")[1].split("@")[0]))
    assert (letter.state, letter.sent_at, letter.attempts, letter.claimed_by) == (LetterState.SENT, NOW, 1, None)
    assert (letter.last_error, letter.refused) == (None, [])


def test_a_sent_letter_is_not_sent_again(sessions: Sessions, smtp: SmtpServer) -> None:
    write(sessions)
    connection = connect(smtp)
    deliver(sessions, connection)
    assert deliver(sessions, connection, now=NOW + timedelta(days=9)) == {}
    assert len(smtp.taken) == 1


def test_nothing_is_dialled_when_no_letter_is_due(sessions: Sessions, smtp: SmtpServer) -> None:
    write(sessions, at=NOW + timedelta(minutes=1))
    assert deliver(sessions, connect(smtp)) == {}
    assert smtp.connections == 0


def test_several_letters_share_a_connection_and_many_take_another(sessions: Sessions, smtp: SmtpServer) -> None:
    for _ in range(LETTERS_PER_CONNECTION + 5):
        write(sessions)
    assert deliver(sessions, connect(smtp)) == {Outcome.SENT: LETTERS_PER_CONNECTION + 5}
    assert smtp.connections == 2


def test_a_line_that_begins_with_a_dot_arrives_as_it_was(sessions: Sessions, smtp: SmtpServer) -> None:
    write(sessions, body=".\r\n..twee\r\n.\r\n")
    deliver(sessions, connect(smtp))
    assert smtp.taken[0].raw.endswith(b"\r\n\r\n.\r\n..twee\r\n.\r\n\r\n")


def test_the_null_return_path_is_given_as_such(sessions: Sessions, smtp: SmtpServer) -> None:
    letter_id = write(sessions)
    with sessions.begin() as session:
        session.get_one(Letter, letter_id).sender = ""
    deliver(sessions, connect(smtp))
    assert smtp.taken[0].sender == ""
    assert any(command.startswith("MAIL FROM:<>") for command in smtp.commands)


def test_we_greet_by_the_name_of_the_settings(sessions: Sessions, smtp: SmtpServer) -> None:
    write(sessions)
    deliver(sessions, connect(smtp))
    assert smtp.commands[0] == "EHLO intake.vo.example"


def test_a_stop_comes_between_two_letters(sessions: Sessions, smtp: SmtpServer) -> None:
    for _ in range(3):
        write(sessions)
    asked = iter([False, True])
    deliver_round(
        sessions, connect(smtp), worker="one", max_attempts=9, clock=lambda: NOW, stop=lambda: next(asked)
    )  # fmt: skip
    assert len(smtp.taken) == 1


# Encryption and login.


@pytest.mark.parametrize("how", ["tls", "starttls"])
def test_a_letter_goes_encrypted_and_after_a_login(
    sessions: Sessions, make_smtp: MakeSmtp, certificate: Certificate, how: str
) -> None:
    login = ("intake", "geheim")
    server = make_smtp(certificate=certificate, implicit_tls=how == "tls", starttls=how == "starttls", login=login)
    write(sessions)
    connection = connect(
        server, host="localhost", security=how, ca_file=certificate.file, username="intake", password="geheim"
    )
    assert deliver(sessions, connection) == {Outcome.SENT: 1}


@pytest.mark.parametrize("how", ["tls", "starttls"])
@pytest.mark.parametrize(
    ("fixture", "trusted", "words"),
    [("certificate", False, "can't be trusted: self.signed"), ("foreign_certificate", True, "Hostname mismatch")],
)
def test_a_server_that_can_not_prove_who_it_is_gets_no_letter(  # noqa: PLR0917
    sessions: Sessions,
    make_smtp: MakeSmtp,
    request: pytest.FixtureRequest,
    how: str,
    fixture: str,
    trusted: bool,
    words: str,
) -> None:
    shown: Certificate = request.getfixturevalue(fixture)
    server = make_smtp(certificate=shown, implicit_tls=how == "tls", starttls=how == "starttls")
    letter_id = write(sessions)
    connection = connect(server, host="localhost", security=how, ca_file=shown.file if trusted else None)
    with pytest.raises(SmtpError, match=words):
        deliver(sessions, connection)
    assert (server.taken, the(sessions, letter_id).state) == ([], LetterState.QUEUED)


def test_encryption_that_is_not_offered_is_not_done_without(sessions: Sessions, smtp: SmtpServer) -> None:
    write(sessions)
    with pytest.raises(SmtpError, match="offers no STARTTLS; nothing was sent unencrypted"):
        deliver(sessions, connect(smtp, security="starttls", username="intake", password="geheim"))
    assert not any(command.startswith(("AUTH", "MAIL")) for command in smtp.commands)


def test_a_refused_login_is_one_line_without_the_password_and_costs_the_letter_nothing(
    sessions: Sessions, make_smtp: MakeSmtp
) -> None:
    server = make_smtp(login=("intake", "geheim"))
    letter_id = write(sessions)
    connection = connect(server, username="intake", password="verkeerd")
    with pytest.raises(SmtpLoginError, match=r"refused the login: 535.*look at smtp\.username") as caught:
        deliver(sessions, connection)
    assert "verkeerd" not in str(caught.value)
    letter = the(sessions, letter_id)
    assert (letter.state, letter.attempts, letter.next_attempt_at) == (LetterState.QUEUED, 0, NOW)
    assert deliver_round(sessions, connection, worker="one", max_attempts=9, clock=lambda: NOW) is None


def test_a_password_may_have_letters_outside_ascii(sessions: Sessions, make_smtp: MakeSmtp) -> None:
    server = make_smtp(login=("intake", "gehéim€"))
    write(sessions)
    assert deliver(sessions, connect(server, username="intake", password="gehéim€")) == {Outcome.SENT: 1}


def test_without_a_host_it_says_which_key_is_missing(sessions: Sessions) -> None:
    write(sessions)
    with pytest.raises(SmtpError, match=r"smtp\.host: missing"):
        deliver(sessions, SmtpConnection(SmtpSettings()))


# A server that is away.


def test_a_server_that_is_down_for_three_rounds_costs_nothing_but_time(sessions: Sessions, smtp: SmtpServer) -> None:
    letters = [write(sessions) for _ in range(3)]
    smtp.stop()
    connection = connect(smtp)
    now = NOW
    for _ in range(3):
        with pytest.raises(SmtpError, match="nothing listens at"):
            deliver(sessions, connection, now=now)
        now += timedelta(minutes=1)
    assert {the(sessions, one).attempts for one in letters} == {0}
    smtp.start()
    assert deliver(sessions, connection, now=now) == {Outcome.SENT: 3}
    assert len(smtp.taken) == 3


def test_a_server_away_for_weeks_makes_no_letter_fail(sessions: Sessions) -> None:
    letter_id = write(sessions)
    connection = SmtpConnection(SmtpSettings(host="127.0.0.1", port=free_port(), security="plain"))
    for day in range(30):
        with pytest.raises(SmtpError):
            deliver(sessions, connection, now=NOW + timedelta(days=day), max_attempts=3)
    assert the(sessions, letter_id).state is LetterState.QUEUED


def test_a_server_that_does_not_welcome_us_is_trouble_for_all_letters(sessions: Sessions, smtp: SmtpServer) -> None:
    letter_id = write(sessions, "jan@school.example")
    smtp.trouble(Stage.CONNECT, "554 5.7.1 no mail from jan@elders.example here")
    with pytest.raises(SmtpError, match=r"does not welcome us: 554 5\.7\.1 no mail from \(address\) here"):
        deliver(sessions, connect(smtp))
    assert the(sessions, letter_id).attempts == 0


def test_a_refused_sender_is_trouble_for_all_letters(sessions: Sessions, smtp: SmtpServer) -> None:
    letter_id = write(sessions)
    smtp.trouble(Stage.MAIL, "550 5.7.60 not allowed to send as this sender")
    with pytest.raises(SmtpLoginError, match="refused our sender address: 550"):
        deliver(sessions, connect(smtp))
    assert the(sessions, letter_id).state is LetterState.QUEUED


@pytest.mark.parametrize("stage", [Stage.CONNECT, Stage.EHLO])
@pytest.mark.parametrize("how", [STALL, DROP])
def test_a_server_that_stalls_or_hangs_up_at_first_costs_no_attempt(
    sessions: Sessions, smtp: SmtpServer, stage: Stage, how: str
) -> None:
    letter_id = write(sessions)
    smtp.trouble(stage, how, times=1)
    connection = connect(smtp, connect_seconds=0.4, read_seconds=0.4)
    with pytest.raises(SmtpError):
        deliver(sessions, connection)
    assert the(sessions, letter_id).attempts == 0
    assert deliver(sessions, connection, now=NOW + timedelta(minutes=1)) == {Outcome.SENT: 1}


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DATA])
@pytest.mark.parametrize("how", [STALL, DROP, "421 4.3.2 shutting down"])
def test_a_line_that_breaks_before_the_text_is_over_means_again_later(
    sessions: Sessions, smtp: SmtpServer, stage: Stage, how: str
) -> None:
    letter_id, other = write(sessions), write(sessions)
    smtp.trouble(stage, how, times=1)
    connection = connect(smtp, read_seconds=0.4)
    assert deliver(sessions, connection) == {Outcome.LATER: 1, Outcome.SENT: 1}
    letter = the(sessions, letter_id)
    assert (letter.state, letter.attempts) == (LetterState.QUEUED, 1)
    assert letter.next_attempt_at == NOW + timedelta(minutes=1)
    assert the(sessions, other).state is LetterState.SENT
    assert deliver(sessions, connection, now=NOW + timedelta(minutes=1)) == {Outcome.SENT: 1}
    assert len(smtp.taken) == 2


def test_a_connection_that_the_server_ended_meanwhile_is_made_anew(sessions: Sessions, smtp: SmtpServer) -> None:
    write(sessions)
    connection = connect(smtp)
    deliver(sessions, connection)
    smtp.stop()
    smtp.start()
    write(sessions)
    assert deliver(sessions, connection) == {Outcome.SENT: 1}


# Refusals.


@pytest.mark.parametrize("stage", [Stage.RCPT, Stage.DATA, Stage.MESSAGE])
def test_a_lasting_no_to_a_letter_is_final_and_leaves_the_others_alone(
    sessions: Sessions, smtp: SmtpServer, stage: Stage
) -> None:
    letter_id, other = write(sessions, "weg@school.example"), write(sessions)
    smtp.trouble(stage, "550 5.1.1 <weg@school.example>: no such user", times=1)
    assert deliver(sessions, connect(smtp)) == {Outcome.FAILED: 1, Outcome.SENT: 1}
    letter = the(sessions, letter_id)
    assert (letter.state, letter.last_error) == (LetterState.FAILED, "550 5.1.1 (address) no such user")
    assert the(sessions, other).state is LetterState.SENT
    with sessions.begin() as session:
        assert retry_letters(session, None, now=NOW) == 1
    assert deliver(sessions, connect(smtp)) == {Outcome.SENT: 1}


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.MESSAGE])
def test_a_no_for_now_is_tried_again_after_pauses_that_double(
    sessions: Sessions, smtp: SmtpServer, stage: Stage
) -> None:
    letter_id = write(sessions)
    smtp.trouble(stage, "451 4.7.1 greylisted, come back", times=3)
    connection = connect(smtp)
    now, pauses = NOW, []
    for _ in range(3):
        assert deliver(sessions, connection, now=now) == {Outcome.LATER: 1}
        assert deliver(sessions, connection, now=now) == {}
        letter = the(sessions, letter_id)
        pauses.append((letter.next_attempt_at - now) / timedelta(minutes=1))
        now = letter.next_attempt_at
    assert pauses == [1, 2, 4]
    assert letter.last_error == "451 4.7.1 greylisted, come back"
    assert deliver(sessions, connection, now=now) == {Outcome.SENT: 1}
    assert the(sessions, letter_id).last_error is None


def test_a_no_for_now_that_comes_too_often_is_final(sessions: Sessions, smtp: SmtpServer) -> None:
    letter_id = write(sessions)
    smtp.trouble(Stage.RCPT, "452 4.2.2 mailbox full")
    now, outcomes = NOW, list[Outcome]()
    for _ in range(4):
        outcomes += deliver(sessions, connect(smtp), now=now, max_attempts=3)
        now += timedelta(days=1)
    assert outcomes == [Outcome.LATER, Outcome.LATER, Outcome.FAILED]
    assert the(sessions, letter_id).last_error == "tried too often: 452 4.2.2 mailbox full"


def test_of_several_recipients_one_that_is_refused_for_good_keeps_back_nobody(
    sessions: Sessions, smtp: SmtpServer
) -> None:
    letter_id = write(sessions, "jan@school.example", "weg@school.example", "els@school.example")
    smtp.trouble(Stage.RCPT, "550 5.1.1 no such user", address="weg@")
    assert deliver(sessions, connect(smtp)) == {Outcome.SENT: 1}
    letter = the(sessions, letter_id)
    assert (letter.recipients, letter.refused) == (["jan@school.example", "els@school.example"], ["weg@school.example"])
    assert letter.last_error == "550 5.1.1 no such user"
    assert smtp.taken[0].recipients == ["jan@school.example", "els@school.example"]


def test_of_several_recipients_one_that_is_refused_for_now_makes_all_wait_so_that_nobody_gets_it_twice(
    sessions: Sessions, smtp: SmtpServer
) -> None:
    letter_id = write(sessions, "jan@school.example", "vol@school.example", "weg@school.example")
    smtp.trouble(Stage.RCPT, "452 4.2.2 full", address="vol@", times=1)
    smtp.trouble(Stage.RCPT, "550 5.1.1 no such user", address="weg@")
    connection = connect(smtp)
    assert deliver(sessions, connection) == {Outcome.LATER: 1}
    assert smtp.taken == []
    assert the(sessions, letter_id).refused == ["weg@school.example"]
    assert deliver(sessions, connection, now=NOW + timedelta(minutes=1)) == {Outcome.SENT: 1}
    assert smtp.taken[0].recipients == ["jan@school.example", "vol@school.example"]


def test_at_the_last_attempt_it_goes_to_those_who_can_have_it(sessions: Sessions, smtp: SmtpServer) -> None:
    letter_id = write(sessions, "jan@school.example", "vol@school.example")
    smtp.trouble(Stage.RCPT, "452 4.2.2 full", address="vol@")
    deliver(sessions, connect(smtp), max_attempts=2)
    deliver(sessions, connect(smtp), now=NOW + timedelta(minutes=5), max_attempts=2)
    assert smtp.taken[0].recipients == ["jan@school.example"]
    assert the(sessions, letter_id).refused == ["vol@school.example"]


def test_a_letter_that_is_too_large_for_the_server_fails_and_the_next_is_sent(
    sessions: Sessions, make_smtp: MakeSmtp
) -> None:
    server = make_smtp(size_limit=1000)
    large, small = write(sessions, body="x" * 5000), write(sessions)
    assert deliver(sessions, connect(server)) == {Outcome.FAILED: 1, Outcome.SENT: 1}
    assert (the(sessions, large).state, the(sessions, small).state) == (LetterState.FAILED, LetterState.SENT)


# Addresses.


def test_an_address_with_letters_outside_ascii_is_sent_where_the_server_can(
    sessions: Sessions, make_smtp: MakeSmtp
) -> None:
    write(sessions, "rené@school.example")
    server = make_smtp()
    assert deliver(sessions, connect(server)) == {Outcome.SENT: 1}
    assert server.taken[0].recipients == ["rené@school.example"]
    assert "SMTPUTF8" in server.taken[0].options
    other = make_smtp(smtputf8=False)
    letter_id = write(sessions, "rené@school.example")
    assert deliver(sessions, connect(other)) == {Outcome.FAILED: 1}
    assert "outside ASCII" in (the(sessions, letter_id).last_error or "")


def test_an_address_after_one_outside_ascii_is_sent_as_plain_as_ever(sessions: Sessions, smtp: SmtpServer) -> None:
    write(sessions, "rené@school.example")
    write(sessions, "jan@school.example")
    assert deliver(sessions, connect(smtp)) == {Outcome.SENT: 2}
    assert "SMTPUTF8" not in smtp.taken[1].options


@pytest.mark.parametrize(
    "address", ["jan@school.example\r\nRCPT TO:<els@elders.example>", "jan@school.example>\r\nDATA", ""]
)
def test_an_address_that_is_none_harms_nothing(sessions: Sessions, smtp: SmtpServer, address: str) -> None:
    letter_id, other = write(sessions, address), write(sessions)
    deliver(sessions, connect(smtp))
    assert the(sessions, letter_id).state is not LetterState.SENT
    assert the(sessions, other).state is LetterState.SENT
    assert [taken.recipients for taken in smtp.taken] == [["jan@school.example"]]


# The dangerous moment.


def test_a_letter_that_the_server_took_without_saying_so_is_not_sent_again_by_itself(
    sessions: Sessions, smtp: SmtpServer
) -> None:
    letter_id = write(sessions)
    smtp.trouble(Stage.ACCEPTED, DROP, times=1)
    connection = connect(smtp)
    assert deliver(sessions, connection) == {Outcome.UNSURE: 1}
    letter = the(sessions, letter_id)
    assert letter.state is LetterState.UNSURE
    assert letter.last_error == "the connection broke before the server's answer to the letter"
    for days in range(1, 5):
        assert deliver(sessions, connection, now=NOW + timedelta(days=days)) == {}
    assert len(smtp.taken) == 1


def test_a_letter_in_doubt_is_sent_again_under_its_message_id_when_a_person_says_so(
    sessions: Sessions, smtp: SmtpServer
) -> None:
    letter_id = write(sessions)
    smtp.trouble(Stage.MESSAGE, DROP, times=1)
    deliver(sessions, connect(smtp))
    assert (smtp.taken, the(sessions, letter_id).state) == ([], LetterState.UNSURE)
    with sessions.begin() as session:
        assert retry_letters(session, None, now=NOW) == 0
        assert retry_letters(session, [letter_id], now=NOW) == 1
    assert deliver(sessions, connect(smtp)) == {Outcome.SENT: 1}
    assert the(sessions, letter_id).message_id.encode() in smtp.taken[0].raw


def test_the_letter_is_recorded_as_unsure_before_the_server_may_send_it_and_as_sending_before_that(
    sessions: Sessions, smtp: SmtpServer
) -> None:
    letter_id = write(sessions)
    seen: list[LetterState] = []
    connection = connect(smtp)
    offer = connection.offer

    def watched(raw: bytes, **rest: Any) -> Any:
        seen.append(the(sessions, letter_id).state)
        hand_over = rest.pop("handing_over")

        def handing_over() -> bool:
            assert hand_over()
            seen.append(the(sessions, letter_id).state)
            assert smtp.taken == []
            return True

        return offer(raw, handing_over=handing_over, **rest)

    connection.offer = watched  # type: ignore[method-assign]
    deliver(sessions, connection)
    assert seen == [LetterState.SENDING, LetterState.UNSURE]


def test_a_worker_that_was_overtaken_hands_nothing_over(sessions: Sessions, smtp: SmtpServer) -> None:
    letter_id = write(sessions)
    connection = connect(smtp)
    offer = connection.offer

    def slow(raw: bytes, **rest: Any) -> Any:
        with sessions.begin() as session:
            taken_over = claim_letter(session, now=NOW + timedelta(hours=1), lease=timedelta(hours=1), worker="two")
            assert taken_over is not None
        return offer(raw, **rest)

    connection.offer = slow  # type: ignore[method-assign]
    outcome = deliver_one(sessions, connection, worker="one", max_attempts=9, clock=lambda: NOW)
    assert outcome is Outcome.TAKEN_OVER
    assert smtp.taken == []
    letter = the(sessions, letter_id)
    assert (letter.state, letter.claimed_by) == (LetterState.SENDING, "two")


def test_what_a_dead_worker_was_dialling_for_is_sent_by_the_next_one(sessions: Sessions, smtp: SmtpServer) -> None:
    write(sessions)
    with sessions.begin() as session:
        claim_letter(session, now=NOW, lease=timedelta(hours=1), worker="one")
    assert deliver(sessions, connect(smtp)) == {}
    with sessions.begin() as session:
        assert release_letters(session, worker="one", now=NOW) == 1
    assert deliver(sessions, connect(smtp)) == {Outcome.SENT: 1}


def test_an_erased_letter_is_not_sent(sessions: Sessions, smtp: SmtpServer) -> None:
    letter_id = write(sessions)
    with sessions.begin() as session:
        session.get_one(Letter, letter_id).raw = None
    assert deliver(sessions, connect(smtp)) == {Outcome.FAILED: 1}
    assert smtp.connections == 0


def test_every_letter_has_exactly_one_end_in_a_storm(sessions: Sessions, smtp: SmtpServer) -> None:
    letters = [write(sessions) for _ in range(30)]
    for stage, answer in (
        (Stage.RCPT, "550 5.1.1 no"), (Stage.RCPT, "451 later"), (Stage.DATA, DROP), (Stage.MAIL, "421 bye"),
        (Stage.MESSAGE, "554 spam"), (Stage.ACCEPTED, DROP), (Stage.DATA, "452 full"), (Stage.EHLO, DROP),
    ):  # fmt: skip
        smtp.trouble(stage, answer, times=2)
    connection, now = connect(smtp), NOW
    for _ in range(12):
        with suppress(SmtpError):
            deliver_round(sessions, connection, worker="one", max_attempts=9, clock=partial(lambda at: at, now))
        now += timedelta(hours=1)
    with sessions() as session:
        states = Counter(session.scalars(select(Letter.state)))
    assert states == {LetterState.SENT: 24, LetterState.FAILED: 4, LetterState.UNSURE: 2}
    ids = [taken.raw.partition(b"Message-ID: ")[2].partition(b"\r\n")[0] for taken in smtp.taken]
    # The two in doubt were taken; each letter that was taken was taken once.
    assert (len(ids), len(set(ids)), len(letters)) == (26, 26, 30)
