"""IMAP servers that misbehave: a line that breaks in front of a good one, and one that says what a test tells it."""

import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Line:
    """A line to a server that can break, stall or drip."""

    target: int
    """The port of the server."""
    port: int = 0
    cut_after: int | None = None
    """The connection ends after so many bytes of the server's answers."""
    stall_after: int | None = None
    """Nothing more comes after so many bytes, and the connection stays open."""
    cuts: int = 1_000_000
    """How many connections are treated so; the later ones are good."""
    connections: int = 0
    _open: list[socket.socket] = field(default_factory=list)

    def hang_up(self) -> None:
        """End all connections now."""
        for client in self._open:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def carry(self, client: socket.socket) -> None:
        """Carry one connection until either side ends it."""
        self.connections += 1
        self._open.append(client)
        stalls = self.cut_after is None
        limit = self.stall_after if stalls else self.cut_after
        limit = limit if self.connections <= self.cuts else None
        with socket.create_connection(("127.0.0.1", self.target), 10) as server:
            up = threading.Thread(target=_pump, args=(client, server, None), daemon=True)
            up.start()
            _pump(server, client, limit)
            if limit is not None and stalls:
                up.join(60)
            for side in (client, server):
                with suppress(OSError):
                    side.shutdown(socket.SHUT_RDWR)


def _pump(source: socket.socket, sink: socket.socket, limit: int | None) -> None:
    """Carry bytes one way until the end, or up to a limit."""
    carried = 0
    with suppress(OSError):
        while limit is None or carried < limit:
            data = source.recv(65_536 if limit is None else min(65_536, limit - carried))
            if not data:
                break
            sink.sendall(data)
            carried += len(data)


@dataclass(slots=True, kw_only=True)
class ScriptedImap:
    """A small IMAP server with mails by UID, whose answers a test can replace command by command."""

    mails: dict[int, bytes] = field(default_factory=dict)
    uidvalidity: int = 1
    sizes: dict[int, int] = field(default_factory=dict)
    """By UID, sizes that are said and not true."""
    undated: bool = False
    """Says of no mail when it came."""
    greeting: bytes = b"* OK [CAPABILITY IMAP4rev1] ready\r\n"
    capabilities: bytes = b"IMAP4rev1"
    port: int = 0
    connections: int = 0
    commands: list[bytes] = field(default_factory=list)
    replies: dict[bytes, Callable[[bytes, bytes], bytes | None]] = field(default_factory=dict)
    """By command ("LOGIN", "EXAMINE", "UID SEARCH", "UID FETCH" …): tag and arguments to the whole answer; None hangs up."""
    drips: dict[bytes, float] = field(default_factory=dict)
    """By command: its answer comes one byte at a time, with so many seconds between."""

    def serve(self, client: socket.socket) -> None:
        """Hold one dialogue."""
        self.connections += 1
        client.sendall(self.greeting)
        with client.makefile("rb") as lines:
            for line in lines:
                tag, _, rest = line.strip().partition(b" ")
                words = rest.split(b" ", 2 if rest.upper().startswith(b"UID ") else 1)
                name = b" ".join(words[:-1] if len(words) > 1 else words).upper()
                arguments = words[-1] if len(words) > 1 else b""
                self.commands.append(rest)
                if name == b"AUTHENTICATE" and name not in self.replies:
                    client.sendall(b"+ \r\n")
                    self.commands.append(lines.readline().strip())
                reply = (
                    self.replies[name](tag, arguments) if name in self.replies else self.answer(name, tag, arguments)
                )
                if reply is None:
                    return
                for piece in (
                    [reply[place : place + 1] for place in range(len(reply))] if name in self.drips else [reply]
                ):
                    client.sendall(piece)
                    time.sleep(self.drips.get(name, 0))
                if name == b"LOGOUT":
                    return

    def answer(self, name: bytes, tag: bytes, arguments: bytes) -> bytes:
        """The right answer to a command."""
        match name:
            case b"CAPABILITY":
                lines = b"* CAPABILITY " + self.capabilities + b"\r\n"
            case b"EXAMINE":
                lines = b"* %d EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen)\r\n* OK [UIDVALIDITY %d] x\r\n* OK [UIDNEXT %d] x\r\n" % (
                    len(self.mails), self.uidvalidity, max(self.mails, default=0) + 1
                )  # fmt: skip
            case b"UID SEARCH":
                lines = b"* SEARCH" + b"".join(b" %d" % uid for uid in sorted(self.mails)) + b"\r\n"
            case b"UID FETCH":
                lines = b"".join(self.fetch_line(uid, arguments) for uid in self.asked(arguments))
            case b"LOGOUT":
                lines = b"* BYE\r\n"
            case _:
                lines = b""
        return lines + tag + b" OK done\r\n"

    def asked(self, arguments: bytes) -> list[int]:
        """The UIDs that a FETCH asks for, of those there are."""
        return [uid for uid in map(int, arguments.split(b" ")[0].split(b",")) if uid in self.mails]

    def fetch_line(self, uid: int, arguments: bytes) -> bytes:
        """The right answer to a FETCH of one mail."""
        raw, number = self.mails[uid], sorted(self.mails).index(uid) + 1
        if b"RFC822.SIZE" in arguments:
            date = b"" if self.undated else b' INTERNALDATE "01-Nov-2026 12:00:00 +0000"'
            return b"* %d FETCH (UID %d RFC822.SIZE %d%s)\r\n" % (number, uid, self.sizes.get(uid, len(raw)), date)
        item, text = b"BODY[]", raw
        if b"HEADER" in arguments:
            item, text = b"BODY[HEADER]<0>", raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        return b"* %d FETCH (UID %d %s {%d}\r\n%s)\r\n" % (number, uid, item, len(text), text)


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve every connection to a free port of loopback in a thread of its own; give the port."""
    open_: set[socket.socket] = set()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            open_.add(self.request)
            with suppress(OSError):
                serve(self.request)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            for connection in open_:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()


@contextmanager
def run_line(target: int) -> Iterator[Line]:
    """Lay a line to a server's port."""
    line = Line(target=target)
    with listening(line.carry) as port:
        line.port = port
        yield line


@contextmanager
def run_scripted(**settings: object) -> Iterator[ScriptedImap]:
    """Start a scripted server."""
    server = ScriptedImap(**settings)  # type: ignore[arg-type]
    with listening(server.serve) as port:
        server.port = port
        yield server
