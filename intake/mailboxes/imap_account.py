"""An IMAP account: where it is, and getting in, encrypted as the settings demand or not at all."""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError, LoginError

from intake.mailboxes import (
    BusyError,
    CertificateError,
    ConnectionLostError,
    GarbledError,
    LoginRefusedError,
    MailboxError,
    UnreachableError,
)

NONSENSE = (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError, MemoryError)
"""What imaplib and imapclient raise on answers that are no IMAP."""

# Trouble of the moment, not with this account, folder or mail (RFC 5530). QUIRK: the last three are the words of Gmail
# and of Microsoft 365, which says BAD to every command on some connections.
_MOMENTARY = (
    "[UNAVAILABLE]",
    "[INUSE]",
    "[LIMIT]",
    "[SERVERBUG]",
    "[OVERQUOTA]",
    "[THROTTLED]",
    "TOO MANY SIMULTANEOUS",
    "AUTHENTICATED BUT NOT CONNECTED",
)


class Security(StrEnum):
    """How the connection is encrypted."""

    TLS = "tls"
    """From the first byte (RFC 8314)."""
    STARTTLS = "starttls"
    """Before the login; without it there is no login."""
    PLAIN = "plain"
    """Not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapAccount:
    """Where and as whom to log in."""

    host: str
    port: int
    username: str
    password: str | None = field(default=None, repr=False)
    token: Callable[[], str] | None = field(default=None, repr=False)
    """Gives a fresh OAuth 2 access token; asked at each login and used in place of the password (XOAUTH2)."""
    security: Security = Security.TLS
    ca_file: str | None = None
    """Certificates to trust in place of the system's."""
    connect_seconds: float = 15
    read_seconds: float = 60


def connect(account: ImapAccount) -> IMAPClient:
    """Connect and encrypt as the account says; never less than it says. Raises MailboxError."""
    where = f"{account.host}:{account.port}"
    try:
        # Made only where it is needed: reading the system's certificates takes longer than logging in.
        context = None if account.security is Security.PLAIN else ssl.create_default_context(cafile=account.ca_file)
    except OSError as error:
        raise CertificateError(f"the file of certificates {account.ca_file!r} can't be read: {words(error)}") from error
    timeout = SocketTimeout(connect=account.connect_seconds, read=account.read_seconds)
    client = None
    try:
        client = IMAPClient(
            account.host,
            account.port,
            ssl=account.security is Security.TLS,
            ssl_context=context if account.security is Security.TLS else None,
            timeout=timeout,
        )
        client.normalise_times = False
        if account.security is Security.STARTTLS:
            client.starttls(context)
    except (OSError, IMAPClientError, *NONSENSE) as error:
        if client is not None:
            with suppress(OSError, *NONSENSE):
                client.shutdown()
        raise _connect_error(error, where, account) from error
    return client


def _connect_error(error: Exception, where: str, account: ImapAccount) -> MailboxError:  # noqa: PLR0911 (a table)
    """Return why there is no connection, and what to look at."""
    match error:
        case ssl.SSLCertVerificationError():
            return CertificateError(
                f"{where} shows a certificate that can't be trusted: {error.verify_message}; "
                "use the name in the certificate as host, or name the authority's file as ca_file"
            )
        case ssl.SSLError():
            return CertificateError(f"{where} can't encrypt this way ({error.reason}); look at port and security")
        case socket.gaierror():
            return UnreachableError(f"the name {account.host!r} can't be found; look at host")
        case ConnectionRefusedError():
            return UnreachableError(f"nothing listens at {where}; look at host and port")
        case TimeoutError():
            return UnreachableError(
                f"{where} did not answer within {account.connect_seconds:g} seconds; look at host, port and security"
            )
        case OSError() | IMAPClientAbortError():
            return UnreachableError(f"{where} ended the connection: {words(error)}")
        case CapabilityError():
            return CertificateError(
                f"{where} offers no STARTTLS; nothing was sent unencrypted; look at port and security"
            )
        case IMAPClientError() if account.security is Security.STARTTLS and "STARTTLS" in str(error).upper():
            return CertificateError(f"{where} does not start to encrypt: {words(error)}")
        case IMAPClientError():
            return BusyError(f"{where} does not welcome us: {words(error)}")
        case _:
            return GarbledError(f"{where} does not speak IMAP; look at port and security")


def log_in(client: IMAPClient, account: ImapAccount) -> None:
    """Log in with token or password. Raises imapclient's errors, or LoginRefusedError when it can't even be tried."""
    if account.token is not None:
        client.oauth2_login(account.username, account.token())
        return
    password = account.password or ""
    if (account.username + password).isascii():
        if client.has_capability("LOGINDISABLED"):
            raise LoginRefusedError("the server takes no password on this connection; set security to tls or starttls")
        client.login(account.username, password)
        return
    # LOGIN is ASCII (RFC 3501 section 9); SASL PLAIN is UTF-8 (RFC 4616).
    if not client.has_capability("AUTH=PLAIN"):
        raise LoginRefusedError("the server takes no user name or password with letters outside ASCII")
    client.plain_login(account.username, password)


def login_error(error: LoginError) -> MailboxError:
    """Tell a refused login from a connection that broke during it: imapclient raises the same for both."""
    if isinstance(error.__context__, IMAPClientAbortError):
        return ConnectionLostError(f"the connection broke during the login: {words(error)}")
    if momentary(error):
        return BusyError(f"the server asks to come back later: {words(error)}")
    return LoginRefusedError(f"the server refused the login: {words(error)}; look at username and password")


def momentary(error: Exception) -> bool:
    """Say whether a refusal is about the server's present trouble only."""
    return any(code in str(error).upper() for code in _MOMENTARY)


def words(error: Exception) -> str:
    """Return what an error says, on one line and short."""
    said = " ".join(str(error).split()) or type(error).__name__
    return said if len(said) <= 200 else said[:200] + "…"
