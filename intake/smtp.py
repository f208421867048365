"""Handing letters to an SMTP server (RFC 5321, 6409), with the one dangerous moment set apart."""

import base64
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

from config.servers import SmtpSettings
from intake.patience import Rest, time_limit

LETTERS_PER_CONNECTION = 50
# RFC 5321 section 4.5.3.2.6 asks for ten minutes: giving up on the last answer early makes letters arrive twice.
_LAST_ANSWER = 600.0
_DIALOGUE = 300.0
_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f]{1,320}@[^\s<>@\x00-\x1f\x7f]{1,255}")
# What smtplib raises on answers that are no SMTP.
_NONSENSE = (ValueError, LookupError, TypeError, AttributeError)


class SmtpError(Exception):
    """The server can't be used now, for any letter. One line: what is wrong and how to mend it."""

    pause = timedelta(seconds=5)


class SmtpLoginError(SmtpError):
    """The server refused the login, or our address as the sender."""

    pause = timedelta(minutes=1)


class LineBrokeError(Exception):
    """The connection broke while one letter was offered; the server has not got the whole letter."""


class NoAnswerError(Exception):
    """The server has the whole letter, and no answer came: perhaps it was sent."""


class ClaimLostError(Exception):
    """Another worker has taken over; the letter was not handed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A server's no."""

    code: int
    text: str
    """Without addresses."""

    @property
    def permanent(self) -> bool:
        """It is no use to try again (RFC 5321 section 4.2.1)."""
        return self.code >= 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What the server said to a letter."""

    taken_for: tuple[str, ...] = ()
    """The recipients it took the letter for; none: it did not take it."""
    refused: dict[str, Refusal] = field(default_factory=dict)
    """The recipients that it refused."""
    letter: Refusal | None = None
    """Why it refused the letter itself; None when it did not."""


class SmtpConnection:
    """A connection to the server of the settings, kept for several letters."""

    def __init__(self, settings: SmtpSettings) -> None:
        self.rest = Rest()
        self._settings = settings
        self._client: smtplib.SMTP | None = None
        self._letters = 0

    def open(self) -> None:
        """Connect and log in, unless the connection of the last letter still answers. Raises SmtpError."""
        if self._client is not None and self._letters < LETTERS_PER_CONNECTION and self._answers():
            return
        self.close()
        self._client = _connect(self._settings)
        self._letters = 0

    def offer(
        self,
        raw: bytes,
        *,
        sender: str,
        recipients: list[str],
        all_or_none: bool,
        handing_over: Callable[[], bool],
    ) -> Offered:
        """Offer one letter.

        1. Name sender and recipients. When some are refused for now and it is `all_or_none`, stop.
        2. Give the text but for its end, without which the server may send nothing (RFC 5321 section 4.1.1.4).
        3. Call `handing_over`, which notes that from now on it may have been sent; stop when it returns False.
        4. Give the end and wait for the answer.

        Raises SmtpError (no letter can be sent now), LineBrokeError, NoAnswerError and ClaimLostError.
        """
        self.open()
        self._letters += 1
        with self._dialogue() as client:
            no = _name_sender(client, raw, sender, recipients)
            if no is not None:
                return Offered(letter=no)
            refused = _name_recipients(client, recipients)
            taken_for = tuple(one for one in recipients if one not in refused)
            if not taken_for or (all_or_none and any(not no.permanent for no in refused.values())):
                return Offered(refused=refused)
            code, text = client.docmd("DATA")
            if code != 354:
                return Offered(refused=refused, letter=_refusal(code, text))
            client.send(_stuffed(raw))
        if not handing_over():
            self._drop()
            raise ClaimLostError
        answer = self._end()
        if answer.code // 100 == 2:
            return Offered(taken_for=taken_for, refused=refused)
        return Offered(refused=refused, letter=answer)

    def close(self) -> None:
        """End the connection; a server that does not answer the farewell is left without."""
        client, self._client = self._client, None
        if client is not None and client.sock is not None:
            with suppress(OSError, smtplib.SMTPException, *_NONSENSE):
                client.sock.settimeout(2)
                client.quit()
            client.close()

    def _answers(self) -> bool:
        """Say whether the connection still lives, and clear what was left of an earlier letter."""
        try:
            with self._dialogue() as client:
                return client.rset()[0] == 250
        except (SmtpError, LineBrokeError):
            return False

    def _end(self) -> Refusal:
        """Give the end of the text and return the answer. Raises NoAnswerError."""
        client = self._client
        assert client is not None
        assert client.sock is not None
        try:
            with time_limit(client.sock, _LAST_ANSWER):
                client.sock.settimeout(_LAST_ANSWER)
                client.send(b".\r\n")
                code, text = client.getreply()
            if code < 200:
                raise NoAnswerError(f"the server's answer to the letter can't be understood: {code}")
            client.sock.settimeout(self._settings.read_seconds)
        except (OSError, smtplib.SMTPException, *_NONSENSE) as error:
            self._drop()
            raise NoAnswerError("the connection broke before the server's answer to the letter") from error
        return _refusal(code, text)

    @contextmanager
    def _dialogue(self) -> Iterator[smtplib.SMTP]:
        """Give the connection for some commands; drop it and raise LineBrokeError when it breaks."""
        client = self._client
        assert client is not None
        assert client.sock is not None
        with time_limit(client.sock, _DIALOGUE) as limit:
            try:
                yield client
            except SmtpError:
                self._drop()
                raise
            except (OSError, smtplib.SMTPException, *_NONSENSE) as error:
                self._drop()
                late = limit.passed or _late(error)
                raise LineBrokeError("no answer in time" if late else "the connection broke") from error

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


def _connect(settings: SmtpSettings) -> smtplib.SMTP:
    """Connect, encrypt as the settings say and log in. Raises SmtpError."""
    if settings.host is None:
        raise SmtpError("smtp.host: missing; no letter can be sent")
    client: smtplib.SMTP | None = None
    try:
        # Made only where it is needed: reading the system's certificates takes longer than a letter.
        context = None if settings.security == "plain" else ssl.create_default_context(cafile=settings.ca_file)
        # Not smtplib's own guess: it may ask a name server that never answers.
        name = socket.gethostname()
        hello = settings.hello or (name if "." in name else "[127.0.0.1]")
        port, seconds = settings.port, settings.connect_seconds
        if settings.security == "tls":
            client = smtplib.SMTP_SSL(settings.host, port, hello, timeout=seconds, context=context)
        else:
            client = smtplib.SMTP(settings.host, port, hello, timeout=seconds)
        assert client.sock is not None
        client.sock.settimeout(settings.read_seconds)
        # The end of a letter is a packet of its own: without this it waits for the server's delayed acknowledgement.
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with time_limit(client.sock, _DIALOGUE):
            client.ehlo_or_helo_if_needed()
            if settings.security == "starttls":
                client.starttls(context=context)
                client.ehlo_or_helo_if_needed()
            _log_in(client, settings)
    except (OSError, smtplib.SMTPException, *_NONSENSE) as error:
        if client is not None:
            client.close()
        raise _connect_error(error, settings) from error
    return client


def _log_in(client: smtplib.SMTP, settings: SmtpSettings) -> None:
    """Log in, if the settings say as whom. Raises smtplib's errors."""
    if settings.username is None or settings.password is None:
        return
    password = settings.password.get_secret_value()
    if (settings.username + password).isascii():
        client.login(settings.username, password)
        return
    # smtplib knows ASCII only; SASL PLAIN is UTF-8 (RFC 4616).
    secret = base64.b64encode(f"\0{settings.username}\0{password}".encode()).decode("ascii")
    code, text = client.docmd("AUTH", f"PLAIN {secret}")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, text)


def _connect_error(error: Exception, settings: SmtpSettings) -> SmtpError:  # noqa: PLR0911 (a table)
    """Return why no letter can be sent, and what to look at."""
    where = f"{settings.host}:{settings.port}"
    match error:
        case ssl.SSLCertVerificationError():
            return SmtpError(
                f"{where} shows a certificate that can't be trusted: {error.verify_message}; "
                "use the name in the certificate as host, or name the authority's file as ca_file"
            )
        case ssl.SSLError():
            return SmtpError(f"{where} can't encrypt this way ({error.reason}); look at port and security")
        case socket.gaierror():
            return SmtpError(f"the name {settings.host!r} can't be found; look at smtp.host")
        case ConnectionRefusedError():
            return SmtpError(f"nothing listens at {where}; look at smtp.host and smtp.port")
        case smtplib.SMTPAuthenticationError() if error.smtp_code >= 500:
            said = _refusal(error.smtp_code, error.smtp_error).text
            return SmtpLoginError(f"{where} refused the login: {said}; look at smtp.username and smtp.password")
        case smtplib.SMTPNotSupportedError():
            what = "STARTTLS; nothing was sent unencrypted" if settings.security == "starttls" else "a login"
            return SmtpError(f"{where} offers no {what}; look at smtp.port and smtp.security")
        case smtplib.SMTPResponseException():
            said = _refusal(error.smtp_code, error.smtp_error).text
            return SmtpError(f"{where} does not welcome us: {said}")
        case _ if _late(error):
            return SmtpError(f"{where} did not answer in time; look at smtp.host, smtp.port and smtp.security")
        case FileNotFoundError() | PermissionError():
            return SmtpError(f"smtp.ca_file: {error.strerror}: {settings.ca_file}")
        case _:
            return SmtpError(f"{where} ended the connection: {type(error).__name__}")


def _name_sender(client: smtplib.SMTP, raw: bytes, sender: str, recipients: list[str]) -> Refusal | None:
    """Begin a letter; return why the server does not want it. Raises SmtpLoginError when it does not want us."""
    options = [f"SIZE={len(raw)}"] if client.has_extn("size") else []
    if not raw.isascii() and client.has_extn("8bitmime"):
        options.append("BODY=8BITMIME")
    if not all(map(str.isascii, [sender, *recipients])):
        if not client.has_extn("smtputf8"):
            return Refusal(code=550, text="the server takes no address with letters outside ASCII (RFC 6531)")
        options.append("SMTPUTF8")
    code, text = client.mail(sender, options)
    if code == 250:
        return None
    # Too large (RFC 1870) is about the letter; any other lasting no to our own address is about us.
    if code >= 500 and code != 552:
        raise SmtpLoginError(f"the server refused our sender address: {_refusal(code, text).text}; look at smtp")
    return _refusal(code, text)


def _name_recipients(client: smtplib.SMTP, recipients: list[str]) -> dict[str, Refusal]:
    """Name the recipients; return those that the server refused."""
    refused = {}
    for recipient in recipients:
        # smtplib makes the best of what is no address: perhaps somebody else's.
        if not _ADDRESS.fullmatch(recipient):
            refused[recipient] = Refusal(code=553, text="this is no address")
            continue
        code, text = client.rcpt(recipient)
        if code not in {250, 251}:
            refused[recipient] = _refusal(code, text)
    return refused


def _stuffed(raw: bytes) -> bytes:
    """Return the text as it goes over the wire: CRLF, a dot before a line's first dot (RFC 5321 section 4.5.2)."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", raw)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines)


def _refusal(code: int, text: bytes | str) -> Refusal:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    said = re.sub(r"\S{1,200}@\S{1,200}", "(address)", " ".join(said.split()))
    return Refusal(code=code, text=f"{code} {said[:200]}")


def _late(error: BaseException | None) -> bool:
    """Say whether an error came of waiting too long: smtplib wraps it."""
    return error is not None and (isinstance(error, TimeoutError) or _late(error.__context__))
