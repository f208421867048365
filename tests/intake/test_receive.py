"""Mail from a mailbox into the database: each one once, none left out, whatever the server does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from intake.mailboxes import (
    BusyError,
    ConnectionLostError,
    FolderMissingError,
    LoginRefusedError,
    MailboxError,
    ServerRefusedError,
    UnreachableError,
)
from intake.mailboxes.folder import eml_folder
from intake.mailboxes.imap import ImapMailbox
from intake.mailboxes.mbox import mbox
from intake.receive import Received, receive_one, receive_round, reconcile, refetch_one
from intake.recording import FETCH_ATTEMPTS, Terms
from models.mail import Mail, MailState, retry_mails
from models.position import Position, position_of
from tests.intake.test_mailboxes_imap import scripted_mailbox
from tests.servers.broken import Line, ScriptedImap
from tests.servers.dovecot import Account, free_port

Sessions = sessionmaker[Session]
Watch = Callable[..., ImapMailbox]

# Dovecot takes no date of the future.
NOW = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
TERMS = Terms(since=datetime(2000, 1, 1, tzinfo=UTC))


def mail(words: str = "Hallo.", message_id: str | None = None) -> bytes:
    given = message_id if message_id is not None else f"<{words.encode().hex()[:60]}@school.example>"
    header = f"Message-ID: {given}\r\n" if given else ""
    return f"From: jan@school.example\r\nSubject: Vraag\r\n{header}\r\n{words}\r\n".encode()


def receive(sessions: Sessions, mailbox: object, terms: Terms = TERMS, now: datetime = NOW) -> Received:
    got = receive_round(sessions, mailbox, terms=terms, clock=lambda: now)  # type: ignore[arg-type]
    assert got is not None
    return got


def stored(sessions: Sessions) -> list[Mail]:
    with sessions() as session:
        mails = list(session.scalars(select(Mail).order_by(Mail.id)))
        for one in mails:
            assert one.raw is None or isinstance(one.raw, bytes)
            assert one.error is None or isinstance(one.error, str)
        return mails


def raws(sessions: Sessions) -> list[bytes | None]:
    return [one.raw for one in stored(sessions)]


def states(sessions: Sessions) -> list[MailState]:
    return [one.state for one in stored(sessions)]


def position(sessions: Sessions, folder: str = "INBOX") -> Position:
    with sessions() as session:
        found = position_of(session, mailbox="main", folder=folder)
        assert found is not None
        return found


# The plain case.


def test_mail_is_stored_as_it_came_with_where_and_when(account: Account, watch: Watch, sessions: Sessions) -> None:
    arrived = datetime(2026, 11, 9, 8, 30, tzinfo=UTC)
    account.append(mail("Eén."), at=arrived)
    assert receive(sessions, watch()).stored == 1
    [one] = stored(sessions)
    assert (one.mailbox, one.folder, one.uid, one.source) == ("main", "INBOX", 1, None)
    assert (one.raw, one.size) == (mail("Eén."), len(mail("Eén.")))
    assert (one.received_at, one.fetched_at, one.next_attempt_at) == (arrived, NOW, NOW)
    assert (one.state, one.attempts, one.silent, one.error) == (MailState.RECEIVED, 0, False, None)
    assert position(sessions).last_uid == 1


def test_a_second_round_does_nothing(account: Account, watch: Watch, sessions: Sessions) -> None:
    account.append(mail("Eén."), mail("Twee."))
    before = account.flags()
    mailbox = watch()
    receive(sessions, mailbox)
    assert receive(sessions, mailbox) == Received()
    assert len(stored(sessions)) == 2
    assert account.flags() == before


def test_mail_that_a_colleague_read_before_us_is_received_all_the_same(
    account: Account, watch: Watch, sessions: Sessions
) -> None:
    account.append(mail("Gelezen."), flags=[rb"\Seen"])
    assert receive(sessions, watch()).stored == 1


def test_a_corpus_is_received_whole_in_chunks(
    account: Account, watch: Watch, sessions: Sessions, corpus: list[bytes]
) -> None:
    some = corpus[:120]
    account.append(*some)
    chunks: list[Received] = []
    mailbox = watch()
    while not chunks or chunks[-1].more:
        chunks.append(receive_one(sessions, mailbox, "INBOX", terms=replace(TERMS, chunk=25), now=NOW))
    assert [chunk.stored + chunk.duplicates for chunk in chunks] == [25, 25, 25, 25, 20]
    kept = raws(sessions)
    assert all(raw is None or raw == given for raw, given in zip(kept, some, strict=True))
    assert kept.count(None) == sum(chunk.duplicates for chunk in chunks)


def test_each_folder_has_a_position_of_its_own(account: Account, watch: Watch, sessions: Sessions) -> None:
    account.append(*[mail(f"Nummer {number}.") for number in range(5)])
    account.append(mail("Werk."), folder="Werk")
    mailbox = watch("INBOX", "Werk")
    receive(sessions, mailbox)
    account.append(mail("Meer werk."), folder="Werk")
    assert receive(sessions, mailbox).stored == 1
    assert (position(sessions).last_uid, position(sessions, "Werk").last_uid) == (5, 2)


def test_a_chunk_is_bounded_in_bytes_too(account: Account, watch: Watch, sessions: Sessions) -> None:
    account.append(*[mail(f"{number} " + "x" * 4_000_000) for number in range(3)])
    mailbox = watch()
    first = receive_one(sessions, mailbox, "INBOX", terms=TERMS, now=NOW)
    assert (first.stored, first.more) == (2, True)
    second = receive_one(sessions, mailbox, "INBOX", terms=TERMS, now=NOW)
    assert (second.stored, second.more) == (1, False)


def test_a_stop_comes_between_two_chunks(account: Account, watch: Watch, sessions: Sessions) -> None:
    account.append(*[mail(f"Nummer {number}.") for number in range(6)])
    asked = iter([False, False, True, True])
    terms = replace(TERMS, chunk=2)
    receive_round(sessions, watch(), terms=terms, clock=lambda: NOW, stop=lambda: next(asked))
    assert position(sessions).last_uid == 4
    assert receive(sessions, watch(), terms).stored == 2


# The same mail.


def test_a_copy_is_known_wherever_it_lies(account: Account, watch: Watch, sessions: Sessions, tmp_path: Path) -> None:
    account.append(mail("Eén."), mail("Eén."))
    account.append(mail("Eén."), folder="Werk")
    receive(sessions, watch("INBOX", "Werk"))
    # In a file it has other line ends.
    (tmp_path / "a.eml").write_bytes(mail("Eén.").replace(b"\r\n", b"\n"))
    receive(sessions, eml_folder("files", tmp_path, clock=lambda: NOW.timestamp() * 2))
    assert states(sessions) == [MailState.RECEIVED] + [MailState.DUPLICATE] * 3
    first, *copies = stored(sessions)
    assert {copy.duplicate_of for copy in copies} == {first.id}
    assert [copy.raw for copy in copies] == [None] * 3


def test_a_copy_that_came_another_way_is_a_copy(account: Account, watch: Watch, sessions: Sessions) -> None:
    account.append(
        b"Received: from a.example\r\nDelivered-To: een@school.example\r\n" + mail(),
        b"Received: from b.example\r\nX-Spam-Score: 1\r\n" + mail(),
    )
    receive(sessions, watch())
    assert states(sessions) == [MailState.RECEIVED, MailState.DUPLICATE]


def test_other_words_under_the_same_message_id_are_a_new_mail(
    account: Account, watch: Watch, sessions: Sessions
) -> None:
    account.append(mail("Eén.", "<vast@school.example>"), mail("Twee.", "<vast@school.example>"))
    assert receive(sessions, watch()).stored == 2


def test_a_mail_without_message_id_is_stored_and_known_again(
    account: Account, watch: Watch, sessions: Sessions
) -> None:
    account.append(mail("Eén.", ""), mail("Twee.", ""), mail("Eén.", ""))
    receive(sessions, watch())
    assert states(sessions) == [MailState.RECEIVED, MailState.RECEIVED, MailState.DUPLICATE]


def test_a_mail_to_two_calls_reaches_both(account: Account, watch: Watch, sessions: Sessions, tmp_path: Path) -> None:
    account.append(mail())
    (tmp_path / "a.eml").write_bytes(mail())
    receive(sessions, watch(), replace(TERMS, siblings=["main"]))
    other = eml_folder("other", tmp_path, clock=lambda: NOW.timestamp() * 2)
    assert receive(sessions, other, replace(TERMS, siblings=["other"])).stored == 1


# Numbers given out anew.


def test_after_a_new_numbering_all_is_compared_and_only_new_mail_is_new(
    account: Account, watch: Watch, sessions: Sessions
) -> None:
    account.append(*[mail(f"Nummer {number}.") for number in range(4)])
    mailbox = watch()
    receive(sessions, mailbox)
    mailbox.close()
    account.expunge(1, 2)
    account.renumber()
    account.append(mail("Nieuw."))
    got = receive(sessions, mailbox)
    assert (got.stored, got.duplicates, got.renumbered) == (1, 2, True)
    assert receive(sessions, mailbox) == Received()


def test_an_old_numbering_that_comes_back_is_known(scripted: ScriptedImap, sessions: Sessions) -> None:
    scripted.mails = {number: mail(f"Nummer {number}.") for number in range(1, 8)}
    for validity in (1, 2, 1):
        scripted.uidvalidity = validity
        mailbox = scripted_mailbox(scripted)
        receive(sessions, mailbox, replace(TERMS, chunk=3))
        mailbox.close()
    assert states(sessions) == [MailState.RECEIVED] * 7 + [MailState.DUPLICATE] * 7
    assert (position(sessions).uidvalidity, position(sessions).last_uid) == (1, 7)
    scripted.mails[8] = mail("Nummer 8.")
    assert receive(sessions, scripted_mailbox(scripted)).stored == 1


def test_a_numbering_that_changes_in_the_middle_of_a_round_mixes_nothing_up(
    scripted: ScriptedImap, sessions: Sessions
) -> None:
    scripted.mails = {1: mail("Eén."), 2: mail("Twee.")}

    def renumber(_tag: bytes, _arguments: bytes) -> None:
        scripted.uidvalidity, scripted.mails = 2, {1: mail("Drie.")}
        del scripted.replies[b"UID FETCH"]

    scripted.replies[b"UID FETCH"] = renumber
    mailbox = scripted_mailbox(scripted)
    with pytest.raises(BusyError, match="numbered anew"):
        receive(sessions, mailbox)
    assert stored(sessions) == []
    later = NOW + timedelta(hours=1)
    assert receive(sessions, mailbox, now=later).stored == 1
    assert raws(sessions) == [mail("Drie.")]


def test_a_server_without_uidvalidity_is_read_all_the_same(scripted: ScriptedImap, sessions: Sessions) -> None:
    scripted.mails = {1: mail()}
    scripted.replies[b"EXAMINE"] = lambda tag, _: b"* 1 EXISTS\r\n" + tag + b" OK done\r\n"
    mailbox = scripted_mailbox(scripted)
    assert receive(sessions, mailbox).stored == 1
    assert receive(sessions, mailbox) == Received()


# Backlog.


def test_what_lay_there_at_the_first_start_is_never_answered(
    account: Account, watch: Watch, sessions: Sessions
) -> None:
    account.append(mail("Oud."), at=NOW - timedelta(days=200))
    mailbox = watch()
    receive(sessions, mailbox, Terms())
    account.append(mail("Nieuw."), at=NOW + timedelta(minutes=5))
    account.append(mail("Oud, en nu verplaatst."), at=NOW - timedelta(days=2))
    receive(sessions, mailbox, Terms(), now=NOW + timedelta(minutes=6))
    assert [(one.raw, one.silent) for one in stored(sessions)] == [
        (mail("Oud."), True),
        (mail("Nieuw."), False),
        (mail("Oud, en nu verplaatst."), True),
    ]


def test_the_settings_may_name_another_start(account: Account, watch: Watch, sessions: Sessions) -> None:
    account.append(mail("Voor."), at=datetime(2026, 10, 31, tzinfo=UTC))
    account.append(mail("Na."), at=datetime(2026, 11, 2, tzinfo=UTC))
    receive(sessions, watch(), Terms(since=datetime(2026, 11, 1, tzinfo=UTC)))
    assert [one.silent for one in stored(sessions)] == [True, False]


def test_undated_mail_is_backlog_at_the_first_start_and_new_later(scripted: ScriptedImap, sessions: Sessions) -> None:
    scripted.undated = True
    scripted.mails = {1: mail("Eén.")}
    mailbox = scripted_mailbox(scripted)
    receive(sessions, mailbox, Terms())
    scripted.mails[2] = mail("Twee.")
    receive(sessions, mailbox, Terms(), now=NOW + timedelta(hours=2))
    assert [one.silent for one in stored(sessions)] == [True, False]


# Mail that can't be had.


def test_mail_deleted_between_listing_and_fetching_is_recorded_as_gone(
    scripted: ScriptedImap, sessions: Sessions
) -> None:
    scripted.mails = {number: mail(f"Nummer {number}.") for number in (1, 2, 3)}

    def answer(tag: bytes, arguments: bytes) -> bytes:
        if b"BODY" in arguments and 2 in scripted.mails:
            del scripted.mails[2]
        return (
            b"".join(scripted.fetch_line(uid, arguments) for uid in scripted.asked(arguments)) + tag + b" OK done\r\n"
        )

    scripted.replies[b"UID FETCH"] = answer
    got = receive(sessions, scripted_mailbox(scripted))
    assert (got.stored, got.gone) == (2, 1)
    assert states(sessions) == [MailState.RECEIVED, MailState.GONE, MailState.RECEIVED]
    assert position(sessions).last_uid == 3


@pytest.mark.parametrize(
    "answer",
    [
        b"* 2 FETCH (UID 2 FLAGS ())\r\n%s OK done\r\n",
        b"* 2 FETCH (UID 2 BODY[] NIL)\r\n%s OK done\r\n",
        b'* 2 FETCH (UID 2 BODY[] "")\r\n%s OK done\r\n',
        b"%s NO can't read that mail\r\n",
        b"%s BAD internal error\r\n",
        b"* 2 FETCH (UID 2 BODY[] {3}\r\nabc\r\n%s OK done\r\n",
        None,
    ],
)
def test_a_mail_that_the_server_can_not_give_keeps_back_no_other_and_is_quarantined(
    scripted: ScriptedImap, sessions: Sessions, answer: bytes | None
) -> None:
    scripted.mails = {number: mail(f"Nummer {number}.") for number in (1, 2, 3)}
    poison(scripted, 2, answer)
    got = receive(sessions, scripted_mailbox(scripted))
    assert (got.stored, got.unfetched) == (2, 1)
    first, second, third = stored(sessions)
    assert (first.raw, second.raw, third.raw) == (mail("Nummer 1."), None, mail("Nummer 3."))
    assert second.state is MailState.QUARANTINED
    assert second.error is not None
    assert second.error.startswith("not fetched in 3 tries: ")
    assert (second.size, second.message_id.endswith("@not-fetched.invalid>")) == (len(mail("Nummer 2.")), True)


def test_a_quarantined_mail_is_asked_for_again_and_comes_out_when_it_can_be_had(
    scripted: ScriptedImap, sessions: Sessions
) -> None:
    scripted.mails = {1: mail("Eén.")}
    poison(scripted, 1, b"%s NO not now\r\n")
    mailbox = scripted_mailbox(scripted)
    receive(sessions, mailbox)
    receive(sessions, mailbox, now=NOW + timedelta(minutes=1))
    [one] = stored(sessions)
    assert (one.state, one.attempts) == (MailState.QUARANTINED, 1)
    receive(sessions, mailbox, now=NOW + timedelta(minutes=11))
    [one] = stored(sessions)
    assert (one.state, one.attempts) == (MailState.QUARANTINED, 2)
    del scripted.replies[b"UID FETCH"]
    receive(sessions, mailbox, now=NOW + timedelta(hours=1))
    [one] = stored(sessions)
    assert (one.state, one.raw, one.attempts, one.error) == (MailState.RECEIVED, mail("Eén."), 0, None)
    assert one.message_id.endswith("@school.example>")


def test_a_mail_that_never_can_be_had_is_asked_for_so_often_and_then_when_a_person_says_so(
    scripted: ScriptedImap, sessions: Sessions
) -> None:
    scripted.mails = {1: mail("Eén.")}
    poison(scripted, 1, b"%s NO never\r\n")
    mailbox = scripted_mailbox(scripted)
    now = NOW
    for _ in range(FETCH_ATTEMPTS + 5):
        receive(sessions, mailbox, now=now)
        now += timedelta(days=2)
    assert stored(sessions)[0].attempts == FETCH_ATTEMPTS
    del scripted.replies[b"UID FETCH"]
    receive(sessions, mailbox, now=now)
    assert states(sessions) == [MailState.QUARANTINED]
    with sessions.begin() as session:
        assert retry_mails(session, None, now=now) == 1
    receive(sessions, mailbox, now=now)
    assert states(sessions) == [MailState.RECEIVED]


def test_a_quarantined_mail_that_is_gone_is_no_trouble_any_more(scripted: ScriptedImap, sessions: Sessions) -> None:
    scripted.mails = {1: mail("Eén."), 2: mail("Twee.")}
    poison(scripted, 1, b"%s NO not now\r\n")
    mailbox = scripted_mailbox(scripted)
    receive(sessions, mailbox)
    del scripted.mails[1]
    receive(sessions, mailbox, now=NOW + timedelta(hours=1))
    assert states(sessions) == [MailState.GONE, MailState.RECEIVED]


def test_a_quarantined_mail_that_came_by_another_way_is_a_copy(
    scripted: ScriptedImap, sessions: Sessions, tmp_path: Path
) -> None:
    scripted.mails = {1: mail("Eén.")}
    poison(scripted, 1, b"%s NO not now\r\n")
    mailbox = scripted_mailbox(scripted)
    receive(sessions, mailbox)
    (tmp_path / "a.eml").write_bytes(mail("Eén."))
    receive(sessions, eml_folder("files", tmp_path, clock=lambda: NOW.timestamp() * 2))
    del scripted.replies[b"UID FETCH"]
    receive(sessions, mailbox, now=NOW + timedelta(hours=1))
    assert states(sessions) == [MailState.DUPLICATE, MailState.RECEIVED]


def test_a_server_that_gives_no_mail_at_all_does_not_fill_the_quarantine(
    scripted: ScriptedImap, sessions: Sessions
) -> None:
    scripted.mails = {number: mail(f"Nummer {number}.") for number in range(1, 60)}
    scripted.replies[b"UID FETCH"] = lambda tag, arguments: (
        tag + b" NO disk error\r\n"
        if b"BODY" in arguments
        else b"".join(scripted.fetch_line(uid, arguments) for uid in scripted.asked(arguments)) + tag + b" OK done\r\n"
    )
    mailbox = scripted_mailbox(scripted)
    with pytest.raises(ServerRefusedError, match="3 mails after one another could not be fetched"):
        receive(sessions, mailbox)
    assert len(stored(sessions)) == 3
    del scripted.replies[b"UID FETCH"]
    receive(sessions, mailbox, now=NOW + timedelta(hours=1))
    assert states(sessions) == [MailState.RECEIVED] * 59


def test_a_server_that_asks_to_come_back_later_blames_no_mail(scripted: ScriptedImap, sessions: Sessions) -> None:
    scripted.mails = {1: mail()}
    scripted.replies[b"UID FETCH"] = lambda tag, _: tag + b" NO [UNAVAILABLE] try later\r\n"
    with pytest.raises(BusyError):
        receive(sessions, scripted_mailbox(scripted))
    assert stored(sessions) == []


# Mail that is too large.


def test_of_a_mail_that_is_too_large_only_the_header_is_fetched(
    account: Account, watch: Watch, sessions: Sessions
) -> None:
    large = mail("Groot. " + "x" * 20_000)
    account.append(mail("Klein."), large, mail("Ook klein."))
    got = receive(sessions, watch(), replace(TERMS, max_bytes=10_000))
    assert (got.stored, got.too_large, got.unfetched) == (2, 1, 0)
    _, one, _ = stored(sessions)
    assert (one.state, one.raw, one.size) == (
        MailState.QUARANTINED,
        large.partition(b"\r\n\r\n")[0] + b"\r\n\r\n",
        len(large),
    )
    assert one.error == f"too large: {len(large):,} bytes, and at most 10,000 are fetched; only its header is here"
    assert one.message_id.endswith("@school.example>")


def test_a_mail_that_was_too_large_is_fetched_whole_when_the_limit_is_raised_and_a_person_says_so(
    account: Account, watch: Watch, sessions: Sessions
) -> None:
    large = mail("Groot. " + "x" * 20_000)
    account.append(large)
    mailbox = watch()
    receive(sessions, mailbox, replace(TERMS, max_bytes=10_000))
    later = NOW + timedelta(days=30)
    receive(sessions, mailbox, now=later)
    assert states(sessions) == [MailState.QUARANTINED]
    with sessions.begin() as session:
        retry_mails(session, None, now=later)
    receive(sessions, mailbox, now=later)
    assert raws(sessions) == [large]
    assert states(sessions) == [MailState.RECEIVED]


def test_a_server_that_understates_a_size_does_not_get_a_large_mail_in(
    scripted: ScriptedImap, sessions: Sessions
) -> None:
    scripted.mails = {1: mail("x" * 50_000)}
    scripted.sizes = {1: 100}
    got = receive(sessions, scripted_mailbox(scripted), replace(TERMS, max_bytes=10_000))
    assert got.too_large == 1
    assert len(stored(sessions)[0].raw or b"") < 1000


# A server that is away.


@pytest.mark.parametrize("how", ["cut_after", "stall_after"])
def test_a_line_that_breaks_in_the_middle_loses_nothing(
    account: Account, line: Line, watch: Watch, sessions: Sessions, how: str
) -> None:
    account.append(*[mail(f"Nummer {number}. " + "x" * 2000) for number in range(20)])
    mailbox = watch(port=line.port, read_seconds=0.5)
    setattr(line, how, 15_000)
    line.cuts = 2
    receive(sessions, mailbox)
    assert raws(sessions) == [mail(f"Nummer {number}. " + "x" * 2000) for number in range(20)]


def test_a_mail_too_long_for_the_line_is_set_aside_and_the_others_come(
    account: Account, line: Line, watch: Watch, sessions: Sessions
) -> None:
    account.append(mail("Eén."), mail("x" * 30_000), mail("Drie."))
    line.cut_after = 20_000
    mailbox = watch(port=line.port)
    receive(sessions, mailbox)
    assert states(sessions) == [MailState.RECEIVED, MailState.QUARANTINED, MailState.RECEIVED]
    line.cut_after = None
    receive(sessions, mailbox, now=NOW + timedelta(hours=1))
    assert states(sessions) == [MailState.RECEIVED] * 3


def test_a_server_that_goes_away_for_good_blames_no_mail_and_keeps_what_came(
    scripted: ScriptedImap, sessions: Sessions
) -> None:
    scripted.mails = {number: mail(f"Nummer {number}.") for number in range(1, 6)}
    asked: list[int] = []

    def answer(tag: bytes, arguments: bytes) -> bytes | None:
        uids = scripted.asked(arguments)
        if b"BODY" in arguments and (len(uids) > 1 or uids[0] >= 3):
            if len(uids) == 1:
                scripted.greeting = b"* BYE shutting down\r\n"
            return None
        asked.extend(uids)
        return b"".join(scripted.fetch_line(uid, arguments) for uid in uids) + tag + b" OK done\r\n"

    scripted.replies[b"UID FETCH"] = answer
    mailbox = scripted_mailbox(scripted)
    with pytest.raises(BusyError):
        receive(sessions, mailbox)
    assert raws(sessions) == [mail("Nummer 1."), mail("Nummer 2.")]
    assert position(sessions).last_uid == 2


def test_a_mailbox_in_trouble_rests_and_is_tried_again_when_it_is_time(
    account: Account, watch: Watch, sessions: Sessions
) -> None:
    mailbox = watch(port=free_port())
    with pytest.raises(UnreachableError):
        receive(sessions, mailbox)
    assert receive_round(sessions, mailbox, terms=TERMS, clock=lambda: NOW + timedelta(seconds=4)) is None
    with pytest.raises(UnreachableError):
        receive(sessions, mailbox, now=NOW + timedelta(seconds=6))
    with pytest.raises(UnreachableError):
        receive(sessions, mailbox, now=NOW + timedelta(seconds=17))
    assert mailbox.rest.failures == 3


def test_a_refused_login_is_not_tried_again_within_a_minute(watch: Watch, sessions: Sessions) -> None:
    mailbox = watch(password="verkeerd")
    with pytest.raises(LoginRefusedError):
        receive(sessions, mailbox)
    assert receive_round(sessions, mailbox, terms=TERMS, clock=lambda: NOW + timedelta(seconds=59)) is None


def test_a_connection_on_which_the_server_refuses_everything_is_not_kept(
    scripted: ScriptedImap, sessions: Sessions
) -> None:
    scripted.mails = {1: mail()}

    def examine(tag: bytes, arguments: bytes) -> bytes:
        if scripted.connections == 1:
            return tag + b" BAD User is authenticated but not connected.\r\n"
        return scripted.answer(b"EXAMINE", tag, arguments)

    scripted.replies[b"EXAMINE"] = examine
    mailbox = scripted_mailbox(scripted)
    with pytest.raises(BusyError, match="come back later"):
        receive(sessions, mailbox)
    assert receive(sessions, mailbox, now=NOW + timedelta(minutes=1)).stored == 1


def test_a_missing_folder_does_not_keep_the_others_from_their_turn(
    account: Account, watch: Watch, sessions: Sessions
) -> None:
    account.append(mail())
    with pytest.raises(FolderMissingError, match="'Weg'"):
        receive(sessions, watch("Weg", "INBOX"))
    assert len(stored(sessions)) == 1


# Two workers.


def test_two_workers_at_one_mailbox_store_each_mail_once(account: Account, watch: Watch, sessions: Sessions) -> None:
    account.append(*[mail(f"Nummer {number}.") for number in range(6)])
    one, other = watch(), watch()
    terms = replace(TERMS, chunk=2)
    with interrupted(one, lambda: receive(sessions, other, terms)):
        receive(sessions, one, terms)
    assert raws(sessions) == [mail(f"Nummer {number}.") for number in range(6)]
    assert position(sessions).last_uid == 6


@contextmanager
def interrupted(mailbox: ImapMailbox, by: Callable[[], object]) -> Iterator[None]:
    """Do something else once, between a fetch and what comes of it."""
    fetch = mailbox.fetch

    def fetch_and_let_go(folder: str, uids: list[int]) -> dict[int, bytes]:
        found = fetch(folder, uids)
        mailbox.fetch = fetch  # type: ignore[method-assign]
        by()
        return found

    mailbox.fetch = fetch_and_let_go  # type: ignore[method-assign, assignment]
    yield


# Files.


def test_files_are_received_once_and_later_ones_later(tmp_path: Path, sessions: Sessions) -> None:
    mailbox = eml_folder("files", tmp_path, clock=lambda: NOW.timestamp() * 2)
    (tmp_path / "b.eml").write_bytes(mail("B."))
    assert receive(sessions, mailbox).stored == 1
    (tmp_path / "a.eml").write_bytes(mail("A."))
    assert receive(sessions, mailbox).stored == 1
    assert receive(sessions, mailbox) == Received()
    assert [one.source for one in stored(sessions)] == ["b.eml", "a.eml"]


def test_a_thousand_files_are_received_in_order(tmp_path: Path, sessions: Sessions) -> None:
    content = b"".join(
        f"From jan@school.example Sun Nov  1 {number // 60:02}:{number % 60:02}:00 2026\n".encode()
        + mail(f"Nummer {number}.").replace(b"\r\n", b"\n")
        + b"\n"
        for number in range(1000)
    )
    (tmp_path / "inbox").write_bytes(content)
    mailbox = mbox("files", tmp_path / "inbox", clock=lambda: NOW.timestamp() * 2)
    assert receive(sessions, mailbox).stored == 1000
    assert receive(sessions, mailbox) == Received()
    assert [(raw or b"").split()[-1] for raw in raws(sessions)] == [f"{number}.".encode() for number in range(1000)]


# The proof.


def test_what_the_server_lists_and_what_is_recorded_are_the_same(
    account: Account, watch: Watch, sessions: Sessions
) -> None:
    account.append(*[mail(f"Nummer {number}.") for number in range(5)])
    mailbox = watch()
    receive(sessions, mailbox, replace(TERMS, max_bytes=10_000))
    account.append(mail("Net binnen."))
    account.expunge(2)
    result = reconcile(sessions, mailbox, "INBOX", now=NOW)
    assert (result.listed, result.recorded, result.waiting, result.missing) == (5, 4, (6,), ())
    assert (position(sessions).reconciled_at, position(sessions).listed, position(sessions).recorded) == (NOW, 5, 4)


def test_a_mail_that_is_missing_is_found_by_comparing_and_received_after_all(
    account: Account, watch: Watch, sessions: Sessions
) -> None:
    account.append(*[mail(f"Nummer {number}.") for number in range(5)])
    mailbox = watch()
    receive(sessions, mailbox)
    with sessions.begin() as session:
        session.delete(session.scalars(select(Mail).where(Mail.uid == 3)).one())
    assert receive(sessions, mailbox) == Received()
    assert reconcile(sessions, mailbox, "INBOX", now=NOW).missing == (3,)
    assert receive(sessions, mailbox).stored == 1
    assert reconcile(sessions, mailbox, "INBOX", now=NOW).missing == ()
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Mail)) == 5


def test_every_listed_mail_is_in_exactly_one_state_whatever_happened(
    scripted: ScriptedImap, sessions: Sessions
) -> None:
    scripted.mails = {number: mail(f"Nummer {number % 9}." + "x" * (number * 700)) for number in range(1, 20)}
    scripted.mails[20] = scripted.mails[1]
    poison(scripted, 5, None)
    terms = replace(TERMS, max_bytes=10_000, chunk=4)
    mailbox = scripted_mailbox(scripted)
    receive(sessions, mailbox, terms)
    result = reconcile(sessions, mailbox, "INBOX", now=NOW)
    assert (result.listed, result.recorded, result.waiting, result.missing) == (20, 20, (), ())
    with sessions() as session:
        counts: dict[MailState, int] = dict(
            session.execute(select(Mail.state, func.count()).group_by(Mail.state)).all()
        )
    assert counts == {MailState.RECEIVED: 13, MailState.QUARANTINED: 6, MailState.DUPLICATE: 1}


def test_nothing_due_is_nothing_to_fetch_again(account: Account, watch: Watch, sessions: Sessions) -> None:
    mailbox = watch(port=free_port())
    # Not even connected: nobody listens there.
    assert refetch_one(sessions, mailbox, "INBOX", terms=TERMS, now=NOW) is False


def test_a_line_that_is_down_is_told_from_a_server_that_refuses(
    account: Account, line: Line, watch: Watch, sessions: Sessions
) -> None:
    account.append(mail())
    line.cut_after = 0
    with pytest.raises((UnreachableError, ConnectionLostError)):
        receive(sessions, watch(port=line.port))
    assert stored(sessions) == []
    assert issubclass(UnreachableError, MailboxError)


def poison(scripted: ScriptedImap, bad: int, answer: bytes | None) -> None:
    """Make the server answer so whenever the bytes of one mail are among those asked for."""

    def reply(tag: bytes, arguments: bytes) -> bytes | None:
        uids = scripted.asked(arguments)
        if b"BODY" in arguments and bad in uids:
            return None if answer is None else answer.replace(b"%s", tag)
        return b"".join(scripted.fetch_line(uid, arguments) for uid in uids) + tag + b" OK done\r\n"

    scripted.replies[b"UID FETCH"] = reply
