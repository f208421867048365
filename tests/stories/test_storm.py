"""The mail storm: two services that write to each other, and machines that answer everything, for 200 rounds.

The answering machines are as rude as they come: with and without the headers that RFC 3834 asks for, from a new address
each time, under a new subject each time, and they send the application back that started it all.
"""

import email
import email.policy
import email.utils
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from itertools import count
from pathlib import Path

import pytest
from pydantic import SecretStr

from config.sections import DatabaseSettings, LetterSettings, LimitSettings
from config.servers import FileMailbox, SmtpSettings
from config.settings import Settings
from intake.installation import Installation, open_installation
from intake.jobs import jobs_of
from intake.worker import Job, Stop, run_round
from models.migrations import upgrade
from tests.stories.conversation import write
from tests.stories.test_conversations import COMPLETE

ROUNDS = 200
ONE, OTHER = "intake@een-steunpunt.nl", "intake@ander-steunpunt.nl"
_NUMBERS = count(1)


@dataclass(slots=True, kw_only=True)
class Service:
    """One instance of the service, with a Maildir for a mailbox."""

    address: str
    folder: Path
    installation: Installation
    jobs: list[Job] = field(default_factory=list)

    def take(self, mail: bytes) -> None:
        """Let a mail arrive."""
        name = f"{next(_NUMBERS):06}"
        (self.folder / "tmp" / name).write_bytes(mail)
        (self.folder / "tmp" / name).rename(self.folder / "new" / name)

    def work(self) -> None:
        """One round of every job."""
        for job in self.jobs:
            done = run_round(self.installation, job, Stop())
            assert not done.trouble, f"{job.name}: {done.trouble}"


@pytest.fixture
def start(tmp_path, smtp):
    started: list[Service] = []

    def start_(address: str) -> Service:
        folder = tmp_path / address
        for part in ("tmp", "new", "cur"):
            (folder / part).mkdir(parents=True)
        settings = Settings(
            database=DatabaseSettings(url=SecretStr(f"sqlite:///{tmp_path}/{address}.db")),
            mailbox={
                "main": FileMailbox(
                    type="maildir", path=folder, addresses=(address,), since=datetime(2000, 1, 1, tzinfo=UTC)
                )
            },
            smtp=SmtpSettings(host="127.0.0.1", port=smtp.port, security="plain", from_address=address),
            letters=LetterSettings(),
            limits=LimitSettings(separate_process=False),
        )
        installation = open_installation(settings)
        upgrade(installation.engine)
        jobs = [job for job in jobs_of(installation) if job.name in {"mailbox:main", "read", "deliver"}]
        service = Service(address=address, folder=folder, installation=installation, jobs=jobs)
        started.append(service)
        return service

    yield start_
    for service in started:
        service.installation.engine.dispose()


Machine = Callable[[EmailMessage], bytes]


def polite_vacation(letter: EmailMessage) -> bytes:
    return _back(letter, "vakantie@beleefd.nl", "Afwezig", "Ik ben er niet.", (("Auto-Submitted", "auto-replied"),))


def rude_vacation(letter: EmailMessage) -> bytes:
    return _back(letter, "vakantie@onbeleefd.nl", f"Re: {letter['Subject']}", "Ik ben er niet. Ik lees uw mail later.")


def ticket_system(letter: EmailMessage) -> bytes:
    """Answers from a new address, under a new subject, outside any thread, with the application that it quotes."""
    n = next(_NUMBERS)
    address = f"melding-{n}@tickets.nl"
    body = _application(address, f"OBS De Ton {n}")
    return write(f"Servicedesk <{address}>", f"[#{n}] aanmelding ontwikkelgroep", body)


def mirror(letter: EmailMessage) -> bytes:
    """Sends the application again, in the thread, from the address that we wrote to."""
    n = next(_NUMBERS)
    body = _application(str(letter["To"]), "OBS De Spiegel").replace("roosters", f"rooster {n}")
    return _back(letter, str(letter["To"]), f"Aanmelding ontwikkelgroep {n}", body)


def _application(address: str, school: str) -> str:
    return COMPLETE.replace("h.wiersum@obsdelantaarn.nl", address).replace("OBS De Lantaarn", school)


def _back(letter: EmailMessage, sender: str, subject: str, body: str, headers=()) -> bytes:
    return write(f"Automaat <{sender}>", subject, body, answers=letter, headers=headers)


MACHINES: dict[str, Machine] = {
    "beleefd.nl": polite_vacation,
    "onbeleefd.nl": rude_vacation,
    "tickets.nl": ticket_system,
    "spiegel.nl": mirror,
}


def test_the_number_of_letters_in_a_storm_stays_within_the_caps(start, smtp, capsys):
    services = {service.address: service for service in (start(ONE), start(OTHER))}
    seeds = [OTHER, "vakantie@beleefd.nl", "vakantie@onbeleefd.nl", "melding@tickets.nl", "school@spiegel.nl"]
    for seed in seeds:
        body = _application(seed, f"OBS De {seed.partition('@')[2].partition('.')[0].capitalize()}")
        services[ONE].take(write(f"Hanna Wiersum <{seed}>", "Aanmelding ontwikkelgroep", body))
    services[OTHER].take(write(f"Hanna Wiersum <{ONE}>", "Aanmelding ontwikkelgroep", _application(ONE, "OBS De Een")))
    seen, at = 0, datetime.now(UTC)
    letters: Counter[str] = Counter()
    for _ in range(ROUNDS):
        for service in services.values():
            service.work()
        for taken in smtp.taken[seen:]:
            letter = email.message_from_bytes(taken.raw, policy=email.policy.default)
            assert isinstance(letter, EmailMessage)
            for recipient in taken.recipients:
                domain = recipient.rpartition("@")[2]
                letters[domain] += 1
                if recipient in services:
                    services[recipient].take(taken.raw)
                else:
                    services[taken.sender].take(MACHINES[domain](letter))
        seen = len(smtp.taken)
    with capsys.disabled():
        print(f"\nstorm: {ROUNDS} rounds, {seen} letters: {dict(letters)} in {datetime.now(UTC) - at}")
    caps = LetterSettings()
    assert seen >= 8, "the machines were not answered at all: this storm proves nothing"
    # Two services never answer each other: each knows the other's letters by their headers.
    assert letters[ONE.rpartition("@")[2]] <= 1
    assert letters[OTHER.rpartition("@")[2]] <= 1
    assert letters["beleefd.nl"] <= 1
    assert letters["onbeleefd.nl"] <= caps.address_cap
    assert letters["spiegel.nl"] <= caps.address_cap
    assert letters["tickets.nl"] <= caps.domain_cap
    assert seen <= caps.domain_cap + 2 * caps.address_cap + 3
