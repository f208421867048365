"""How long a mail takes on its whole way, against the least that it could take on this machine.

    python -m benchmarks.throughput [--mails 1000] [--corpus FOLDER] [--database URL] [--separate-process]

Puts mails of the corpus into Dovecot and brings them through *receive*, *read* and *deliver* to a local SMTP server, by
the worker's own jobs. The floor, in the same run: the same mails fetched in batches, parsed by mail-parser, one commit
each.
"""

import argparse
import logging
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import cycle, islice
from pathlib import Path
from socket import create_connection

import mailparser
import structlog
from sqlalchemy import func, select

from config.settings import load_settings
from intake.installation import open_installation
from intake.jobs import jobs_of
from intake.worker import Job, Round, Stop
from models.letter import Letter
from models.mail import Mail
from models.migrations import upgrade
from tests.servers.dovecot import Account, free_port, run_dovecot

CORPUS = Path(__file__).parents[1] / "tests" / "corpus" / "learn"
BATCH = 50
STEPS = {"mailbox", "read", "deliver"}
_WARM_UP = b"""From: Jan Jansen <jan@school.example>\r
To: intake@vo.example\r
Subject: Aanmelding ontwikkelgroep\r
Message-ID: <opwarmen@school.example>\r
\r
Graag meld ik ons aan voor de ontwikkelgroep.\r
"""

_SETTINGS = """
[database]
url = "{database}"

[mailbox.main]
host = "127.0.0.1"
port = {imap_port}
security = "plain"
username = "{username}"
password = "{password}"
since = 2000-01-01

[smtp]
host = "127.0.0.1"
port = {smtp_port}
security = "plain"
from_address = "intake@vo.example"

# Every mail that may be answered is, however many there are and however old.
[letters]
max_age_days = 1000000
address_cap = 1000000
thread_cap = 1000000
domain_cap = 1000000
provider_cap = 1000000
total_cap = 1000000

[limits]
separate_process = {separate_process}
"""


def main() -> None:
    """Measure and print."""
    options = _options()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    mails = list(corpus(options.mails, options.corpus))
    with tempfile.TemporaryDirectory() as folder, run_dovecot() as dovecot, smtp_sink() as smtp_port:
        account = dovecot.account()
        database = options.database or f"sqlite:///{folder}/intake.db"
        settings = write_settings(Path(folder), account, smtp_port, database, separate=options.separate_process)
        installation = open_installation(load_settings(settings, {}))
        upgrade(installation.engine)
        jobs = [job for job in jobs_of(installation) if job.name.partition(":")[0] in STEPS]
        # One mail unmeasured: what is loaded once is no cost of a mail.
        account.append(_WARM_UP)
        for job in jobs:
            job.work(Stop())
        account.append_many(mails)
        print(f"{len(mails)} mails, {sum(map(len, mails)) / len(mails) / 1024:.1f} KiB each on average")
        floor = measure_floor(account, Path(folder))
        print(f"{'floor':>24} {1000 * floor / len(mails):8.2f} ms per mail (fetch, mail-parser, a commit each)")
        whole = measure_steps(jobs, len(mails))
        print(f"{'whole way':>24} {1000 * whole / len(mails):8.2f} ms per mail")
        print(f"{'ratio':>24} {whole / floor:8.2f}")
        with installation.readers() as session:
            ends = session.execute(select(Mail.state, Mail.kind, func.count()).group_by(Mail.state, Mail.kind)).all()
            letters = session.execute(select(Letter.state, func.count()).group_by(Letter.state)).all()
        print(f"mails: {', '.join(sorted(f'{state} {kind} {count}' for state, kind, count in ends))}")
        print(f"letters: {', '.join(f'{state} {count}' for state, count in letters)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=1000, help="how many mails (default 1000)")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="a folder of .eml files to take them from")
    parser.add_argument("--database", default="", help="another database than a SQLite file: an empty one")
    parser.add_argument(
        "--separate-process", action="store_true", help="read mail in a process of its own, as the daemon does"
    )
    return parser.parse_args()


def corpus(count: int, folder: Path) -> Iterator[bytes]:
    """Yield so many mails of a folder by their names, again and again, each time with other Message-IDs."""
    raws = [path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for path in sorted(folder.glob("*.eml"))]
    for number, raw in enumerate(islice(cycle(raws), count)):
        lap = number // len(raws)
        yield raw if not lap else raw.replace(b"\r\nMessage-ID: <", b"\r\nMessage-ID: <%d." % lap, 1)


def measure_floor(account: Account, folder: Path) -> float:
    """Return the seconds for fetching in batches, parsing, and one durable commit a mail, and nothing else."""
    with sqlite3.connect(folder / "floor.db", isolation_level=None) as database, account.session() as client:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE mails (uid INTEGER PRIMARY KEY, subject TEXT, raw BLOB)")
        began = time.perf_counter()
        client.select_folder("INBOX", readonly=True)
        uids = client.search("ALL")
        for first in range(0, len(uids), BATCH):
            for uid, answer in client.fetch(uids[first : first + BATCH], ["BODY.PEEK[]"]).items():
                raw = answer[b"BODY[]"]
                subject = _subject(raw)
                database.execute("BEGIN IMMEDIATE")
                database.execute("INSERT INTO mails VALUES (?, ?, ?)", (uid, subject, raw))
                database.execute("COMMIT")
        return time.perf_counter() - began


def _subject(raw: bytes) -> str:
    try:
        return str(mailparser.parse_from_bytes(raw).subject)
    except Exception:  # noqa: BLE001 - it raises anything
        return ""


def write_settings(folder: Path, account: Account, smtp_port: int, database: str, *, separate: bool) -> Path:
    """Write the configuration of the measured service."""
    path = folder / "intake.toml"
    path.write_text(
        _SETTINGS.format(
            database=database,
            imap_port=account.server.port,
            username=account.username,
            password=account.password,
            smtp_port=smtp_port,
            separate_process=str(separate).lower(),
        )
    )
    return path


def measure_steps(jobs: Sequence[Job], mails: int) -> float:
    """Run each step of a mail's way once, to its end, and print how long it took; return the seconds of all."""
    total = 0.0
    for job in jobs:
        began = time.perf_counter()
        done = job.work(Stop())
        seconds = time.perf_counter() - began
        total += seconds
        print(f"{job.name:>24} {1000 * seconds / mails:8.2f} ms per mail {_words(done)}")
    return total


def _words(done: Round) -> str:
    counts = ", ".join(f"{word} {count}" for word, count in done.counts.items() if count)
    return f"({counts or done.trouble})"


@contextmanager
def smtp_sink() -> Iterator[int]:
    """Run an SMTP server that takes everything, in a process of its own, and give its port."""
    port = free_port()
    command = ["-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Sink"]
    process = subprocess.Popen([sys.executable, *command], stderr=subprocess.DEVNULL)
    try:
        _await(port)
        yield port
    finally:
        process.kill()
        process.wait()


def _await(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(OSError), create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError("the SMTP server did not start")


if __name__ == "__main__":
    main()
