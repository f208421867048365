"""The servers as pytest fixtures."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from intake.mailboxes.imap import ImapMailbox
from intake.mailboxes.imap_account import ImapAccount, Security
from tests.servers.broken import Line, ScriptedImap, run_line, run_scripted
from tests.servers.dovecot import Account, Certificate, Dovecot, MissingError, make_certificate, run_dovecot
from tests.servers.smtp import SmtpServer, run_smtp


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A Dovecot for the whole run; each test takes an account of its own."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(run_dovecot())
        except MissingError as error:
            pytest.fail(str(error), pytrace=False)
        yield server


@pytest.fixture
def account(dovecot: Dovecot) -> Account:
    """An account with an empty INBOX."""
    return dovecot.account()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A self-signed certificate for localhost."""
    return make_certificate(tmp_path_factory.mktemp("certificate"), "DNS:localhost", "IP:127.0.0.1")


@pytest.fixture(scope="session")
def foreign_certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A self-signed certificate for another server."""
    return make_certificate(tmp_path_factory.mktemp("foreign"), "DNS:mail.example.nl")


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    """A plain SMTP server."""
    with run_smtp() as server:
        yield server


@pytest.fixture
def make_smtp() -> Iterator[Callable[..., SmtpServer]]:
    """Start SMTP servers of other kinds."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(run_smtp(**settings))


@pytest.fixture
def line(dovecot: Dovecot) -> Iterator[Line]:
    """A line to Dovecot that can break."""
    with run_line(dovecot.port) as laid:
        yield laid


@pytest.fixture
def scripted() -> Iterator[ScriptedImap]:
    """An IMAP server that says what the test tells it."""
    with run_scripted() as server:
        yield server


@pytest.fixture
def watch(account: Account) -> Iterator[Callable[..., ImapMailbox]]:
    """Watch the account's folders; settings of the account can be given."""
    with ExitStack() as stack:

        def make(*folders: str, **settings: Any) -> ImapMailbox:
            known: dict[str, Any] = {
                "host": "127.0.0.1",
                "port": account.server.port,
                "security": Security.PLAIN,
                "username": account.username,
                "password": account.password,
                "connect_seconds": 5,
                "read_seconds": 5,
            }
            mailbox = ImapMailbox("main", ImapAccount(**(known | settings)), folders or ("INBOX",))
            stack.callback(mailbox.close)
            return mailbox

        yield make


@pytest.fixture
def corpus() -> list[bytes]:
    """The mails of the corpus, as they would lie on a server: with CRLF."""
    folder = Path(__file__).parents[1] / "corpus" / "learn"
    raws = (path.read_bytes() for path in sorted(folder.glob("*.eml")))
    return [raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for raw in raws]
