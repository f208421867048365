"""The worker killed at every commit, and started again: nothing is lost, nothing is done twice."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.application import Application, ApplicationMail
from models.base import Base, open_engine, open_sessions
from models.letter import Letter, LetterState, retry_letters
from models.mail import Mail, MailState
from tests.intake.crash_runner import Moment, run
from tests.servers.dovecot import Account
from tests.servers.smtp import SmtpServer

DEMO = Path(__file__).parents[2] / "intake" / "demo" / "mails"
MAILS = [(DEMO / name).read_bytes() for name in ("01-neat.eml", "08-question.eml")]

SETTINGS = """
[database]
url = "{database}"
[mailbox.main]
host = "127.0.0.1"
port = {imap}
security = "plain"
username = "{username}"
password = "{password}"
addresses = ["intake@vo.example"]
since = 2000-01-01
[smtp]
host = "127.0.0.1"
port = {smtp}
security = "plain"
from_address = "intake@vo.example"
[letters]
max_age_days = 10000
[limits]
separate_process = false
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What is left when all is done."""

    mails: int
    """All of them read."""
    applications: int
    links: int
    """Which mail made which application."""
    letters: Counter[LetterState]


def end_of(database: str) -> End:
    engine = open_engine(database)
    with open_sessions(engine)() as session:
        assert set(session.scalars(select(Mail.state))) == {MailState.READ}
        end = End(
            mails=session.scalar(select(func.count()).select_from(Mail)) or 0,
            applications=session.scalar(select(func.count()).select_from(Application)) or 0,
            links=session.scalar(select(func.count()).select_from(ApplicationMail)) or 0,
            letters=Counter(session.scalars(select(Letter.state))),
        )
    engine.dispose()
    return end


@pytest.fixture
def settings(account: Account, smtp: SmtpServer, database_url: str, tmp_path: Path) -> Path:
    """The configuration of a service whose mailbox holds MAILS."""
    account.append(*MAILS)
    path = tmp_path / "intake.toml"
    path.write_text(
        SETTINGS.format(
            database=database_url,
            imap=account.server.port,
            username=account.username,
            password=account.password,
            smtp=smtp.port,
        )
    )
    return path


@pytest.mark.parametrize(
    ("database_url", "moment"),
    [("sqlite", Moment.BEFORE), ("sqlite", Moment.AFTER), ("postgresql", Moment.BEFORE)],
    indirect=["database_url"],
)
def test_killed_at_any_commit_it_goes_on_and_loses_and_repeats_nothing(
    settings: Path, account: Account, smtp: SmtpServer, database_url: str, moment: Moment
) -> None:
    flags = account.flags()
    assert run(settings) == 0
    whole, answers = end_of(database_url), sorted(answers_in(smtp))
    assert (whole.mails, whole.letters) == (len(MAILS), {LetterState.SENT: len(answers)})
    assert len(answers) >= 1
    assert whole.applications >= 1
    commit = doubts = 0
    while True:
        wipe(database_url)
        smtp.taken.clear()
        commit += 1
        if run(settings, commit=commit, moment=moment) == 0:
            break
        assert run(settings) == 0
        end, given = end_of(database_url), answers_in(smtp)
        assert (end.mails, end.applications, end.links) == (whole.mails, whole.applications, whole.links), commit
        assert set(given) <= set(answers), commit
        assert max(Counter(given).values(), default=1) == 1, f"answered twice when killed {moment} commit {commit}"
        unsure = end.letters[LetterState.UNSURE]
        assert end.letters == Counter({LetterState.SENT: len(answers) - unsure, LetterState.UNSURE: unsure}), commit
        # In doubt it was sent when the server's answer was not recorded, and not sent when it was not yet handed over.
        assert len(given) == len(answers) - (unsure if moment is Moment.AFTER else 0), commit
        if unsure:
            doubts += 1
            a_person_decides(database_url)
            assert run(settings) == 0
            assert set(answers_in(smtp)) == set(answers)
            assert end_of(database_url) == whole
    # A commit for each: position, mails, claim and reading of each mail, claim, doubt and end of each letter.
    assert commit > 2 + 2 * len(MAILS) + 3 * len(answers)
    assert doubts == len(answers)
    assert account.flags() == flags


def test_killed_again_and_again_it_still_comes_to_the_end(settings: Path, smtp: SmtpServer, database_url: str) -> None:
    kills = 0
    # Each run gets a commit further than the one before it got.
    while run(settings, commit=kills + 1, moment=Moment.BEFORE) != 0:
        kills += 1
    end, given = end_of(database_url), Counter(answers_in(smtp))
    assert kills > 4
    assert end.mails == len(MAILS)
    assert max(given.values()) == 1
    assert (
        sum(given.values())
        == sum(end.letters.values())
        == end.letters[LetterState.SENT] + end.letters[LetterState.UNSURE]
    )


def answers_in(smtp: SmtpServer) -> list[str]:
    """To whom the letters went that the server took, and in answer to what: the same in every run."""
    letters = (message_from_bytes(taken.raw) for taken in smtp.taken)
    return [f"{letter['To']} {letter['In-Reply-To']}" for letter in letters]


def wipe(database: str) -> None:
    """Empty every table."""
    engine = open_engine(database)
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    engine.dispose()


def a_person_decides(database: str) -> None:
    """Have what is in doubt sent again."""
    engine = open_engine(database)
    with open_sessions(engine).begin() as session:
        doubtful = list(session.scalars(select(Letter.id).where(Letter.state == LetterState.UNSURE)))
        assert retry_letters(session, doubtful, now=datetime.now(UTC)) == 1
    engine.dispose()
