"""Dovecot, started unprivileged from a temporary folder."""

import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from imapclient import IMAPClient

_CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
default_vsz_limit = 0
first_valid_uid = {uid}
first_valid_gid = {gid}
auth_failure_delay = 0
auth_mechanisms = plain login
mail_max_userip_connections = {connections}
mail_location = maildir:{folder}/mail/%u
mailbox_list_index = yes
# Tests look at what is stored, not at how long a disk takes.
mail_fsync = never
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/passwords/%u
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  # No waiting after refused logins, of which some tests are made.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap {{
  service_count = 100
}}
"""


class MissingError(RuntimeError):
    """A program that the tests need is not installed; the message names its Debian package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A self-signed certificate with its key, for the names given."""

    file: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of the server, its own for each test."""

    server: "Dovecot"
    username: str
    password: str

    @contextmanager
    def session(self) -> Iterator[IMAPClient]:
        """A person's mail program: a session that may write."""
        with IMAPClient("127.0.0.1", self.server.port, ssl=False, timeout=20) as client:
            client.login(self.username, self.password)
            yield client

    def append(
        self, *mails: bytes, folder: str = "INBOX", flags: Sequence[bytes] = (), at: datetime | None = None
    ) -> None:
        """Put mails into a folder, which is made when there is none."""
        with self.session() as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            for mail in mails:
                client.append(folder, mail, flags, at)

    def append_many(self, mails: Sequence[bytes]) -> None:
        """Put many mails into the INBOX, some in each command."""
        with self.session() as client:
            for first in range(0, len(mails), 50):
                client.multiappend("INBOX", mails[first : first + 50])

    def flags(self, folder: str = "INBOX") -> dict[int, tuple[bytes, ...]]:
        """The flags of every mail by UID, \\Recent included: exactly what a person's mail program would find."""
        with self.session() as client:
            client.select_folder(folder, readonly=True)
            uids = client.search("ALL")
            return {uid: tuple(sorted(flags)) for uid, flags in client.get_flags(uids).items()}

    def expunge(self, *uids: int, folder: str = "INBOX") -> None:
        """Delete mails for good."""
        with self.session() as client:
            client.select_folder(folder)
            client.delete_messages(uids)
            client.expunge()

    def renumber(self) -> None:
        """Make the server give all UIDs of the INBOX out anew, as after a restored backup: another UIDVALIDITY."""
        maildir, before = self.server.folder / "mail" / self.username, self.uidvalidity()
        deadline = time.monotonic() + 20
        # Again until it helps: a session that just ended may write its files once more, and the new number is the
        # time in seconds.
        while self.uidvalidity() == before:
            assert time.monotonic() < deadline
            for pattern in ("dovecot-uidlist*", "dovecot.index*", "dovecot-uidvalidity*"):
                for file in maildir.glob(pattern):
                    file.unlink(missing_ok=True)
            time.sleep(0.2)

    def uidvalidity(self) -> int:
        """The present numbering of the INBOX."""
        with self.session() as client:
            number: int = client.folder_status("INBOX", ["UIDVALIDITY"])[b"UIDVALIDITY"]
            return number


@dataclass(slots=True, kw_only=True)
class Dovecot:
    """A running server."""

    folder: Path
    port: int
    tls_port: int
    certificate: Certificate
    who: pwd.struct_passwd
    binary: str
    process: "subprocess.Popen[bytes] | None" = None
    names: Iterator[str] = field(default_factory=lambda: (f"postbus{number}" for number in count(1)))

    def account(self, password: str = "een geheim dat alleen hier bestaat") -> Account:
        """A new account with an empty INBOX."""
        account = Account(server=self, username=next(self.names), password=password)
        # A file for each: Dovecot reads a file that it knows again only once a second.
        (self.folder / "passwords" / account.username).write_text(f"{account.username}:{password}::::::\n", "utf-8")
        return account

    def start(self) -> None:
        """Start it, and wait until it answers."""
        who = self.who
        drop: dict[str, Any] = (
            {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        )
        self.process = subprocess.Popen(
            [self.binary, "-F", "-c", str(self.folder / "dovecot.conf")],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            **drop,
        )
        _await(self.process, self)

    def stop(self) -> None:
        """Stop it, with all its connections."""
        if self.process is None:
            return
        group = self.process.pid
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(0.5)
        # Its sessions are processes of their own, and take their time.
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        self.process.wait()
        self.process = None


def make_certificate(folder: Path, *names: str) -> Certificate:
    """Make a self-signed certificate for names ("DNS:localhost", "IP:127.0.0.1")."""
    if shutil.which("openssl") is None:
        raise MissingError("openssl is not installed (Debian: openssl)")
    certificate = Certificate(file=folder / "certificate.pem", key=folder / "key.pem")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test -addext"
    files = ["-keyout", str(certificate.key), "-out", str(certificate.file)]
    subprocess.run(
        [*command.split(), f"subjectAltName={','.join(names)}", *files], check=True, capture_output=True, timeout=30
    )
    return certificate


def free_port() -> int:
    """A port of loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def run_dovecot(
    *, connections: int = 50, names: Sequence[str] = ("DNS:localhost", "IP:127.0.0.1")
) -> Iterator[Dovecot]:
    """Start Dovecot and stop it. As root it runs as nobody: it refuses to work for user 0."""
    binary = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if binary is None:
        raise MissingError("Dovecot is not installed (Debian: dovecot-imapd)")
    who = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    # Not pytest's own folder: the path of a Unix socket is at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    try:
        server = _write(folder, who, make_certificate(folder, *names), connections, binary)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(folder: Path, who: pwd.struct_passwd, certificate: Certificate, connections: int, binary: str) -> Dovecot:
    """Lay out the server's folder."""
    server = Dovecot(
        folder=folder, port=free_port(), tls_port=free_port(), certificate=certificate, who=who, binary=binary
    )
    (folder / "dovecot.conf").write_text(
        _CONFIGURATION.format(
            folder=folder,
            user=who.pw_name,
            group=grp.getgrgid(who.pw_gid).gr_name,
            uid=who.pw_uid,
            gid=who.pw_gid,
            connections=connections,
            port=server.port,
            tls_port=server.tls_port,
            certificate=certificate.file,
            key=certificate.key,
        )
    )
    (folder / "passwords").mkdir()
    if os.geteuid() == 0:
        for path in [folder, *folder.iterdir()]:
            os.chown(path, who.pw_uid, who.pw_gid)
    return server


def _await(process: "subprocess.Popen[bytes]", server: Dovecot) -> None:
    """Wait until both ports answer."""
    deadline = time.monotonic() + 20
    for port in (server.port, server.tls_port):
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    log = server.folder / "dovecot.log"
                    said = (
                        log.read_text() if log.exists() else (process.stdout.read().decode() if process.stdout else "")
                    )
                    raise RuntimeError(f"Dovecot did not start: {said}") from None
                time.sleep(0.02)
