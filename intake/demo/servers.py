"""The demo's own IMAP and SMTP servers: embedded packages on loopback, gone when the demo ends."""

import asyncio
import socket
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from email.message import Message as EmailMessage
from threading import Event, Thread

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import AsyncMessage
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPService

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where an embedded server listens and what it lets in."""

    host: str
    port: int
    username: str = "demo"
    password: str = "demo"  # noqa: S105 - a server on loopback that lives for seconds


@contextmanager
def imap_server() -> Iterator[Server]:
    """Run an IMAP server (pymap, in memory) in a thread until the block ends."""
    server = Server(host=LOOPBACK, port=_free_port())
    loop = asyncio.new_event_loop()
    ready, done = Event(), asyncio.Event()
    thread = Thread(target=lambda: loop.run_until_complete(_serve_imap(server, ready, done)), daemon=True)
    thread.start()
    try:
        if not ready.wait(timeout=20):
            raise TimeoutError("the embedded IMAP server did not start")
        yield server
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(timeout=5)


async def _serve_imap(server: Server, ready: Event, done: asyncio.Event) -> None:
    parser = ArgumentParser()
    DictBackend.add_subparser("dict", parser.add_subparsers())
    IMAPService.add_arguments(parser)
    parser.set_defaults(passlib_cfg=None, debug=False)
    login = ["--demo-user", server.username, "--demo-password", server.password]
    args = parser.parse_args(["--host", server.host, "--port", str(server.port), "--no-tls", "dict", *login])
    backend, config = await DictBackend.init(args, reject_dnsbl=False)
    config.apply_context()
    async with AsyncExitStack() as stack:
        await backend.start(stack)
        await IMAPService(backend, config).start(stack)
        ready.set()
        await done.wait()


class _Keep(AsyncMessage):
    """Keeps what it is given: the demo's whole outside world."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[EmailMessage] = []

    async def handle_message(self, message: EmailMessage) -> None:
        self.received.append(message)


@contextmanager
def smtp_server() -> Iterator[tuple[Server, list[EmailMessage]]]:
    """Run an SMTP server (aiosmtpd) in a thread until the block ends; the list fills with what it was sent."""
    keep = _Keep()
    controller = Controller(keep, hostname=LOOPBACK, port=_free_port())
    controller.start()
    try:
        yield Server(host=LOOPBACK, port=controller.port), keep.received
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as probe:
        return int(probe.getsockname()[1])
