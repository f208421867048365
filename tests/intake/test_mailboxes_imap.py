"""Reading an IMAP server: what is seen there, and that nobody can see we were there."""

import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from intake.mailboxes import (
    BusyError,
    CertificateError,
    ConnectionLostError,
    FolderMissingError,
    GarbledError,
    LoginRefusedError,
    MailboxError,
    UnreachableError,
    imap,
)
from intake.mailboxes.imap import ImapMailbox
from intake.mailboxes.imap_account import ImapAccount, Security
from tests.servers.broken import Line, ScriptedImap
from tests.servers.dovecot import Account, Dovecot, free_port, run_dovecot

Watch = Callable[..., ImapMailbox]


def mail(words: str = "Hallo.") -> bytes:
    return f"From: jan@school.example\r\nSubject: Vraag\r\n\r\n{words}\r\n".encode()


def test_it_lists_sizes_dates_and_bytes_as_the_server_has_them(account: Account, watch: Watch) -> None:
    arrived = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    account.append(mail("Eén."), mail("Twee, met een lange zin."), at=arrived)
    mailbox = watch()
    mailbox.open()
    state = mailbox.state("INBOX")
    assert (state.count, state.uidnext) == (2, 3)
    assert mailbox.uids("INBOX") == [1, 2]
    listed = mailbox.look("INBOX", [1, 2])
    assert listed[1].size == len(mail("Eén."))
    assert listed[2].received_at == arrived
    assert mailbox.fetch("INBOX", [2, 1]) == {1: mail("Eén."), 2: mail("Twee, met een lange zin.")}
    assert mailbox.head("INBOX", 1, limit=10) == b"From: jan@"


def test_reading_everything_changes_no_flag_not_even_recent(account: Account, watch: Watch) -> None:
    account.append(mail(), mail())
    account.append(mail(), flags=[rb"\Seen", rb"\Flagged"])
    mailbox = watch()
    mailbox.open()
    mailbox.look("INBOX", [1, 2, 3])
    mailbox.fetch("INBOX", [1, 2, 3])
    mailbox.head("INBOX", 1, limit=100)
    mailbox.close()
    recent = (rb"\Recent",)
    assert account.flags() == {1: recent, 2: recent, 3: (rb"\Flagged", *recent, rb"\Seen")}


def test_only_uids_beyond_the_position_are_listed(account: Account, watch: Watch) -> None:
    account.append(mail(), mail(), mail())
    mailbox = watch()
    mailbox.open()
    assert mailbox.uids("INBOX", after=2) == [3]
    # IMAP itself would name the last mail: a range may run backwards, and 4:* is 3:4.
    assert mailbox.uids("INBOX", after=3) == []
    assert mailbox.uids("INBOX", after=900) == []


@pytest.mark.parametrize("uidnext", [b"", b"* OK [UIDNEXT 8] wrong\r\n"])
def test_new_mail_is_found_whatever_the_server_says_of_uidnext(scripted: ScriptedImap, uidnext: bytes) -> None:
    scripted.mails = {7: mail(), 9: mail()}
    scripted.replies[b"EXAMINE"] = lambda tag, _: (
        b"* 2 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n" + uidnext + tag + b" OK done\r\n"
    )
    scripted.replies[b"UID SEARCH"] = lambda tag, _: b"* SEARCH 9\r\n" + tag + b" OK done\r\n"
    mailbox = scripted_mailbox(scripted)
    mailbox.open()
    assert mailbox.uids("INBOX", after=7) == [9]
    assert mailbox.uids("INBOX", after=9) == []


def test_a_folder_larger_than_a_line_of_imaplib_is_listed_in_windows(
    account: Account, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "LISTED_AT_ONCE", 3)
    account.append(*[mail()] * 8)
    account.expunge(2, 5)
    mailbox = watch()
    mailbox.open()
    assert mailbox.uids("INBOX") == [1, 3, 4, 6, 7, 8]
    assert mailbox.uids("INBOX", after=3) == [4, 6, 7, 8]


def test_mail_that_was_deleted_meanwhile_is_left_out(account: Account, watch: Watch) -> None:
    account.append(mail("Eén."), mail("Twee."))
    mailbox = watch()
    mailbox.open()
    assert mailbox.uids("INBOX") == [1, 2]
    account.expunge(1)
    assert mailbox.fetch("INBOX", [1, 2]) == {2: mail("Twee.")}


@pytest.mark.parametrize(
    "folder", ["Aanmeldingen één & twee", "Werk/Ontwikkelgroep", 'Met "aanhaling" \\ teken', "日本語"]
)
def test_a_folder_may_have_any_name(account: Account, watch: Watch, folder: str) -> None:
    if "/" in folder:
        folder = folder.replace("/", ".")
    account.append(mail(), folder=folder)
    mailbox = watch(folder)
    mailbox.open()
    assert mailbox.state(folder).count == 1
    assert mailbox.fetch(folder, [1]) == {1: mail()}
    assert folder in mailbox.folder_names()


def test_a_folder_that_is_not_there_is_named_and_the_connection_stays(
    account: Account, line: Line, watch: Watch
) -> None:
    account.append(mail())
    mailbox = watch(port=line.port)
    mailbox.open()
    with pytest.raises(FolderMissingError, match="the folder 'Weg' can't be opened"):
        mailbox.state("Weg")
    assert mailbox.state("INBOX").count == 1
    assert line.connections == 1


def test_a_new_numbering_shows_as_another_uidvalidity(account: Account, watch: Watch) -> None:
    account.append(mail())
    mailbox = watch()
    mailbox.open()
    before = mailbox.state("INBOX")
    mailbox.close()
    account.renumber()
    mailbox.open()
    assert mailbox.state("INBOX").uidvalidity != before.uidvalidity


def test_bytes_come_as_they_are_whatever_they_are(account: Account, watch: Watch) -> None:
    raw = b"Subject: \xe9\xff\r\n\r\n" + bytes(set(range(1, 256)) - {10, 13}) + b"\r\n(UID 5 BODY[] {3}\r\n"
    account.append(raw)
    mailbox = watch()
    mailbox.open()
    assert mailbox.fetch("INBOX", [1]) == {1: raw}


# Connecting.


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_an_encrypted_connection_is_made_to_a_server_whose_certificate_is_known(
    account: Account, watch: Watch, security: Security
) -> None:
    server = account.server
    mailbox = watch(
        host="localhost",
        port=server.tls_port if security is Security.TLS else server.port,
        security=security,
        ca_file=str(server.certificate.file),
    )
    mailbox.open()
    assert mailbox.state("INBOX").count == 0


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_certificate_that_nobody_vouches_for_is_refused_in_one_line(
    account: Account, watch: Watch, security: Security
) -> None:
    server = account.server
    mailbox = watch(port=server.tls_port if security is Security.TLS else server.port, security=security)
    with pytest.raises(CertificateError, match=r"certificate that can't be trusted: self.signed.*ca_file") as caught:
        mailbox.open()
    assert "\n" not in str(caught.value)


def test_another_servers_certificate_is_refused() -> None:
    with run_dovecot(names=["DNS:mail.school.example"]) as server:
        account = imap_account(server.account())
        trusting = replace(
            account, host="localhost", port=server.tls_port, security=Security.TLS, ca_file=str(server.certificate.file)
        )
        with pytest.raises(CertificateError, match=r"Hostname mismatch.*use the name in the certificate as host"):
            ImapMailbox("main", trusting).open()


def test_encryption_that_the_server_does_not_offer_is_not_done_without(scripted: ScriptedImap) -> None:
    mailbox = scripted_mailbox(scripted, security=Security.STARTTLS)
    with pytest.raises(CertificateError, match="no STARTTLS; nothing was sent unencrypted"):
        mailbox.open()
    assert not any(b"LOGIN" in command for command in scripted.commands)


def test_a_server_that_says_we_are_logged_in_already_can_not_talk_us_out_of_encryption(scripted: ScriptedImap) -> None:
    # An attacker on the way greets with PREAUTH: STARTTLS is not allowed any more then (RFC 3501 section 11.1).
    scripted.greeting = b"* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome\r\n"
    scripted.capabilities = b"IMAP4rev1 STARTTLS"
    mailbox = scripted_mailbox(scripted, security=Security.STARTTLS)
    with pytest.raises(CertificateError):
        mailbox.open()
    assert not any(b"LOGIN" in command for command in scripted.commands)


def test_tls_on_a_plain_port_says_to_look_at_port_and_security(dovecot: Dovecot, watch: Watch) -> None:
    with pytest.raises(CertificateError, match="look at port and security"):
        watch(port=dovecot.port, security=Security.TLS).open()


def test_a_wrong_password_is_a_login_error_that_names_what_to_look_at(watch: Watch) -> None:
    with pytest.raises(LoginRefusedError, match=r"refused the login.*look at username and password") as caught:
        watch(password="verkeerd").open()
    assert "verkeerd" not in str(caught.value)


def test_user_names_and_passwords_may_have_letters_outside_ascii(dovecot: Dovecot, watch: Watch) -> None:
    other = dovecot.account("wachtwoord met é en €")
    mailbox = watch(username=other.username, password=other.password)
    mailbox.open()
    assert mailbox.state("INBOX").count == 0


def test_a_server_without_passwords_on_this_connection_is_not_given_one(scripted: ScriptedImap) -> None:
    scripted.greeting = b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready\r\n"
    scripted.capabilities = b"IMAP4rev1 LOGINDISABLED"
    with pytest.raises(LoginRefusedError, match="takes no password on this connection"):
        scripted_mailbox(scripted).open()
    assert not any(b"LOGIN " in command for command in scripted.commands)


def test_a_fresh_token_is_asked_for_at_every_login(scripted: ScriptedImap) -> None:
    tokens = iter(["eerste", "tweede"])
    mailbox = scripted_mailbox(scripted, password=None, token=lambda: next(tokens))
    for token in (b"eerste", b"tweede"):
        mailbox.open()
        mailbox.close()
        assert b64encode(b"user=jan\1auth=Bearer " + token + b"\1\1") in scripted.commands


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"port": 0}, UnreachableError, "nothing listens at"),
        ({"host": "bestaat-niet.invalid"}, UnreachableError, "'bestaat-niet.invalid' can't be found"),
    ],
)
def test_a_server_that_is_not_there_is_said_in_one_line(
    watch: Watch, settings: dict[str, object], error: type[MailboxError], words: str
) -> None:
    settings = settings | ({"port": free_port()} if settings.get("port") == 0 else {})
    with pytest.raises(error, match=words) as caught:
        watch(**settings).open()
    assert "\n" not in str(caught.value)


def test_a_server_that_has_too_many_connections_is_not_a_wrong_password(scripted: ScriptedImap) -> None:
    scripted.greeting = b"* BYE Maximum number of connections exceeded\r\n"
    with pytest.raises(BusyError, match="does not welcome us"):
        scripted_mailbox(scripted).open()


def test_a_login_that_the_server_puts_off_is_not_a_wrong_password(scripted: ScriptedImap) -> None:
    scripted.replies[b"LOGIN"] = lambda tag, _: tag + b" NO [UNAVAILABLE] backend down\r\n"
    with pytest.raises(BusyError, match="come back later"):
        scripted_mailbox(scripted).open()


def test_a_connection_that_breaks_during_the_login_is_not_a_wrong_password(scripted: ScriptedImap) -> None:
    scripted.replies[b"LOGIN"] = lambda _tag, _: None
    with pytest.raises(ConnectionLostError, match="broke"):
        scripted_mailbox(scripted).open()


def test_something_else_than_a_mail_server_is_said_to_be_none(scripted: ScriptedImap) -> None:
    scripted.greeting = b"SSH-2.0-OpenSSH_9.2\r\n"
    with pytest.raises(MailboxError):
        scripted_mailbox(scripted).open()


# Lines that break, stall and drip.


def test_a_server_that_never_greets_is_given_up_in_time(scripted: ScriptedImap) -> None:
    scripted.greeting = b""
    began = time.monotonic()
    with pytest.raises(UnreachableError, match=r"did not answer within 0.3 seconds"):
        scripted_mailbox(scripted, connect_seconds=0.3).open()
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("how", ["cut_after", "stall_after"])
def test_an_answer_that_breaks_off_in_the_middle_of_a_mail_gives_no_half_mail(
    account: Account, line: Line, watch: Watch, how: str
) -> None:
    account.append(mail("x" * 5000))
    mailbox = watch(port=line.port, read_seconds=0.5)
    mailbox.open()
    mailbox.state("INBOX")
    mailbox.close()
    setattr(line, how, 3000)
    mailbox.open()
    with pytest.raises(ConnectionLostError):
        mailbox.fetch("INBOX", [1])
    line.cut_after = line.stall_after = None
    mailbox.open()
    assert mailbox.fetch("INBOX", [1]) == {1: mail("x" * 5000)}


def test_an_answer_that_drips_for_ever_meets_the_limit_for_the_whole(
    scripted: ScriptedImap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "_LONG", 0.5)
    scripted.mails = {1: mail()}
    scripted.drips[b"UID FETCH"] = 0.05
    mailbox = scripted_mailbox(scripted, read_seconds=30)
    mailbox.open()
    mailbox.state("INBOX")
    began = time.monotonic()
    with pytest.raises(ConnectionLostError, match="for one command"):
        mailbox.fetch("INBOX", [1])
    assert time.monotonic() - began < 5


def test_a_connection_that_the_server_ended_meanwhile_is_made_anew(account: Account, line: Line, watch: Watch) -> None:
    account.append(mail())
    mailbox = watch(port=line.port)
    mailbox.open()
    mailbox.state("INBOX")
    line.hang_up()
    mailbox.open()
    assert mailbox.state("INBOX").count == 1
    assert line.connections == 2


def test_one_mailbox_has_one_connection(account: Account, line: Line, watch: Watch) -> None:
    account.append(mail())
    mailbox = watch(port=line.port)
    for _ in range(3):
        mailbox.open()
        mailbox.state("INBOX")
        mailbox.fetch("INBOX", [1])
    assert line.connections == 1


def test_one_connection_is_all_that_a_strict_server_need_allow() -> None:
    with run_dovecot(connections=1) as server:
        account = server.account()
        account.append(mail())
        mailbox = ImapMailbox("main", imap_account(account))
        for _ in range(3):
            mailbox.open()
            assert mailbox.fetch("INBOX", [1]) == {1: mail()}
        mailbox.close()


def test_a_stopped_server_is_a_line_each_time_and_all_is_well_when_it_is_back() -> None:
    with run_dovecot() as server:
        account = server.account()
        account.append(mail())
        mailbox = ImapMailbox("main", imap_account(account))
        mailbox.open()
        server.stop()
        for _ in range(2):
            with pytest.raises(UnreachableError, match="nothing listens"):
                mailbox.open()
        server.start()
        mailbox.open()
        assert mailbox.fetch("INBOX", [1]) == {1: mail()}
        mailbox.close()


# Answers that are wrong.


def test_a_mail_without_a_body_in_the_answer_is_left_out(scripted: ScriptedImap) -> None:
    scripted.mails = {1: mail("Eén."), 2: mail("Twee."), 3: mail("Drie.")}
    right = scripted.fetch_line

    def answer(tag: bytes, arguments: bytes) -> bytes:
        omitted = b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n"
        nil = b"* 2 FETCH (UID 2 BODY[] NIL)\r\n"
        return omitted + nil + right(3, arguments) + tag + b" OK done\r\n"

    scripted.replies[b"UID FETCH"] = answer
    mailbox = scripted_mailbox(scripted)
    mailbox.open()
    assert mailbox.fetch("INBOX", [1, 2, 3]) == {3: mail("Drie.")}


def test_mail_that_was_not_asked_for_is_left_out(scripted: ScriptedImap) -> None:
    scripted.mails = {1: mail("Eén."), 2: mail("Twee.")}
    scripted.replies[b"UID FETCH"] = lambda tag, arguments: (
        scripted.fetch_line(1, arguments) + scripted.fetch_line(2, arguments) + tag + b" OK done\r\n"
    )
    mailbox = scripted_mailbox(scripted)
    mailbox.open()
    assert mailbox.fetch("INBOX", [2]) == {2: mail("Twee.")}


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 1 BODY[] {3}\r\nabc\r\n",
        b"* 1 FETCH (UID x BODY[] {3}\r\nabc)\r\n",
        b"* 1 FETCH UID 1\r\n",
        b"* 1 FETCH (UID 1 BODY[] {99999999999999999999}\r\n",
        b"* " + b"(" * 5000 + b"\r\n",
        b"\x00\xff\xfe\r\n",
        b"* " + b"x" * 1_100_000 + b"\r\n",
    ],
)
def test_nonsense_for_an_answer_is_one_clear_error_and_a_new_connection(scripted: ScriptedImap, answer: bytes) -> None:
    scripted.mails = {1: mail()}
    mailbox = scripted_mailbox(scripted, read_seconds=0.5)
    mailbox.open()
    mailbox.state("INBOX")
    scripted.replies[b"UID FETCH"] = lambda tag, _: answer + tag + b" OK done\r\n"
    with pytest.raises((GarbledError, ConnectionLostError)) as caught:
        mailbox.fetch("INBOX", [1])
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    del scripted.replies[b"UID FETCH"]
    mailbox.open()
    assert mailbox.fetch("INBOX", [1]) == {1: mail()}


def test_a_mail_whose_date_makes_no_sense_has_none(scripted: ScriptedImap) -> None:
    scripted.mails = {1: mail()}
    scripted.replies[b"UID FETCH"] = lambda tag, _: (
        b'* 1 FETCH (UID 1 RFC822.SIZE 9 INTERNALDATE "gisteren")\r\n' + tag + b" OK done\r\n"
    )
    mailbox = scripted_mailbox(scripted)
    mailbox.open()
    assert mailbox.look("INBOX", [1])[1].received_at is None


# Leaving a server alone after trouble.


def test_the_pause_after_trouble_doubles_up_to_a_limit_and_ends_with_success() -> None:
    mailbox = ImapMailbox("main", ImapAccount(host="127.0.0.1", port=1, username="jan"))
    now = datetime(2026, 11, 1, tzinfo=UTC)
    pauses = []
    for _ in range(12):
        mailbox.rest.failed(UnreachableError.pause, now=now)
        assert mailbox.rest.until is not None
        assert not mailbox.rest.over(now)
        pauses.append(mailbox.rest.until - now)
        now = mailbox.rest.until
        assert mailbox.rest.over(now)
    assert pauses[:4] == [timedelta(seconds=seconds) for seconds in (5, 10, 20, 40)]
    assert pauses[-1] == mailbox.rest.limit
    mailbox.rest.succeeded()
    mailbox.rest.failed(LoginRefusedError.pause, now=now)
    assert mailbox.rest.until == now + timedelta(minutes=1)


def scripted_mailbox(scripted: ScriptedImap, **settings: object) -> ImapMailbox:
    known: dict[str, object] = {
        "host": "127.0.0.1",
        "port": scripted.port,
        "username": "jan",
        "password": "geheim",
        "security": Security.PLAIN,
        "connect_seconds": 3,
        "read_seconds": 3,
    }
    return ImapMailbox("main", ImapAccount(**(known | settings)))  # type: ignore[arg-type]


def imap_account(account: Account) -> ImapAccount:
    return ImapAccount(
        host="127.0.0.1",
        port=account.server.port,
        username=account.username,
        password=account.password,
        security=Security.PLAIN,
        connect_seconds=3,
        read_seconds=3,
    )
