"""A real SMTP server (aiosmtpd) that keeps what it takes, and refuses, stalls or hangs up where a test says so."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.dovecot import Certificate, free_port


class Stage(StrEnum):
    """Where in the dialogue something goes wrong."""

    CONNECT = "connect"
    EHLO = "EHLO"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    MESSAGE = "message"
    """The whole letter came in, and is not kept."""
    ACCEPTED = "accepted"
    """The whole letter came in and is kept; the answer is still to be given."""


STALL, DROP = "stall", "drop"


@dataclass(slots=True, kw_only=True)
class Trouble:
    """What goes wrong, and how often."""

    stage: Stage
    answer: str
    """A reply ("451 later"), STALL or DROP."""
    times: int = 1_000_000
    address: str = ""
    """Only for this recipient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A mail that the server took."""

    sender: str
    recipients: list[str]
    options: list[str]
    raw: bytes


@dataclass(kw_only=True)
class SmtpServer:
    """A server on loopback; `make` sets it up, `start` and `stop` may be called again and again.

    Without slots: aiosmtpd looks at each member of its handler, and Python 3.11.2 makes one of a slot that can't be read.
    """

    port: int = field(default_factory=free_port)
    certificate: Certificate | None = None
    implicit_tls: bool = False
    starttls: bool = False
    login: tuple[str, str] | None = None
    smtputf8: bool = True
    size_limit: int = 33_554_432
    troubles: list[Trouble] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    connections: int = 0
    commands: list[str] = field(default_factory=list)
    _controller: Controller | None = None

    def trouble(self, stage: Stage, answer: str, *, times: int = 1_000_000, address: str = "") -> None:
        """From now on, something goes wrong at that stage."""
        self.troubles.append(Trouble(stage=stage, answer=answer, times=times, address=address))

    def mend(self) -> None:
        """From now on, all is well."""
        self.troubles.clear()

    def start(self) -> None:
        """Listen."""
        context = None
        if self.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate.file, self.certificate.key)
        self._controller = _Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            ready_timeout=20,
            ssl_context=context if self.implicit_tls else None,
            tls_context=context if self.starttls else None,
            require_starttls=self.starttls,
            auth_require_tls=False,
            auth_required=self.login is not None,
            authenticator=self._authenticate,
            enable_SMTPUTF8=self.smtputf8,
            data_size_limit=self.size_limit,
        )
        self._controller.start()
        self.connections, self.commands = 0, []

    def stop(self) -> None:
        """Listen no more: connections are refused."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _method: str, data: Any
    ) -> AuthResult:
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
        return AuthResult(success=given == self.login, handled=False)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail (called by aiosmtpd)."""
        if (answer := await self._answer(_server, Stage.MESSAGE)) is not None:
            return answer
        taken = Taken(
            sender=(envelope.mail_from or "").strip("<>"),
            recipients=list(envelope.rcpt_tos),
            options=list(envelope.mail_options),
            raw=bytes(envelope.original_content or b""),
        )
        self.taken.append(taken)
        answer = await self._answer(_server, Stage.ACCEPTED)
        return "250 2.0.0 taken" if answer is None else answer

    async def _answer(self, server: SMTP, stage: Stage, argument: str = "") -> str | None:
        """Return the reply for this stage when there is trouble, None when there is none; stall or hang up."""
        for trouble in self.troubles:
            if trouble.stage is stage and trouble.times > 0 and trouble.address in argument:
                trouble.times -= 1
                if trouble.answer == STALL:
                    await asyncio.Event().wait()
                if trouble.answer == DROP and isinstance(server.transport, asyncio.WriteTransport):
                    server.transport.abort()
                    raise asyncio.CancelledError
                return trouble.answer
        return None


class _Controller(Controller):
    def __init__(self, server: SmtpServer, **settings: Any) -> None:
        super().__init__(server, **settings)

    def factory(self) -> SMTP:
        return _Dialogue(self.handler, **self.SMTP_kwargs)


class _Dialogue(SMTP):
    """A dialogue that asks at every stage whether there is trouble."""

    async def _handle_client(self) -> None:
        server: SmtpServer = self.event_handler
        server.connections += 1
        answer = await server._answer(self, Stage.CONNECT)
        if answer is None:
            await super()._handle_client()
        elif self.transport is not None:
            await self.push(answer)
            self.transport.close()

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802
        await self._step(Stage.EHLO, hostname, super().smtp_EHLO)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802
        await self._step(Stage.AUTH, arg, super().smtp_AUTH)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        await self._step(Stage.MAIL, arg, super().smtp_MAIL)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        await self._step(Stage.RCPT, arg, super().smtp_RCPT)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        await self._step(Stage.DATA, arg, super().smtp_DATA)

    async def _step(self, stage: Stage, arg: str | None, go_on: Any) -> None:
        server: SmtpServer = self.event_handler
        server.commands.append(f"{stage} {arg or ''}".strip())
        answer = await server._answer(self, stage, arg or "")
        if answer is None:
            await go_on(arg)
        else:
            await self.push(answer)


@contextmanager
def run_smtp(**settings: Any) -> Iterator[SmtpServer]:
    """Start an SMTP server and stop it."""
    server = SmtpServer(**settings)
    server.start()
    try:
        yield server
    finally:
        server.stop()
