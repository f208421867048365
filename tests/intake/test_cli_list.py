"""The commands of staff, as they type them, on an installation that has read some mail."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from typer.testing import CliRunner, Result

from intake.cli.app import app
from models.application import Application, application_by_reference, refresh_review
from models.base import open_engine, open_sessions
from models.digest import Digest
from models.heartbeat import beat
from models.letter import Letter, LetterKind, LetterState
from models.mail import Mail, MailState
from models.value import ValueState
from parsers.extraction import Kind
from tests.models.test_application import a_value

DEMO = Path(__file__).parents[2] / "intake" / "demo" / "mails"
SAMPLES = ("01-neat.eml", "02-prose.eml", "08-question.eml", "13-for-a-colleague.eml")
FIRST, SECOND = (f"OG-{datetime.now(UTC).year}-000{number}" for number in (1, 2))
QUESTION = 3
"""The number of the mail that is a question."""
SETTINGS = """
[database]
url = "sqlite:///{folder}/intake.db"
[mailbox.main]
type = "maildir"
path = "{folder}/box"
addresses = ["steunpuntpassendonderwijs@vo-raad.nl"]
since = 2000-01-01
[letters]
max_age_days = 10000
[smtp]
from_address = "steunpuntpassendonderwijs@vo-raad.nl"
[limits]
separate_process = false
[digest]
recipients = ["staf@ncoj.example"]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
time = "00:00"
[log]
level = "error"
"""
Intake = Callable[..., Result]


def settings_in(folder: Path) -> Path:
    path = folder / "intake.toml"
    path.write_text(SETTINGS.format(folder=folder))
    return path


def typed(config: Path, *words: object, wide: int = 250) -> Result:
    return CliRunner().invoke(app, [*map(str, words), "--config", str(config)], env={"COLUMNS": str(wide)})


@pytest.fixture(scope="module")
def read_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the service has read the samples."""
    folder = tmp_path_factory.mktemp("read")
    for part in ("tmp", "new", "cur"):
        (folder / "box" / part).mkdir(parents=True)
    for number, name in enumerate(SAMPLES, start=1):
        shutil.copy(DEMO / name, folder / "box" / "new" / f"{number}.sample")
    polled = typed(settings_in(folder), "poll")
    assert polled.exit_code == 0, polled.output
    return folder


@pytest.fixture
def folder(read_once: Path, tmp_path: Path) -> Path:
    """A copy of it, of this test's own."""
    shutil.copytree(read_once, tmp_path, dirs_exist_ok=True)
    settings_in(tmp_path)
    return tmp_path


@pytest.fixture
def sessions(folder: Path):
    engine = open_engine(f"sqlite:///{folder}/intake.db")
    yield open_sessions(engine)
    engine.dispose()


@pytest.fixture
def intake(folder: Path) -> Intake:
    """Type a command that must do well."""

    def run(*words: object, **more: int) -> Result:
        done = typed(folder / "intake.toml", *words, **more)
        assert done.exit_code == 0, done.output
        return done

    return run


@pytest.fixture
def refused(folder: Path):
    """Type a command that can't be done: status 2, and what it says on standard error."""

    def run(*words: object) -> str:
        done = typed(folder / "intake.toml", *words)
        assert done.exit_code == 2, done.output
        assert "Traceback" not in done.output
        return done.stderr

    return run


def stored(sessions: sessionmaker[Session], reference: str = FIRST) -> Application:
    with sessions() as session:
        row = application_by_reference(session, reference)
        assert row is not None
        _ = (row.values, row.events, row.people, row.mails)
        return row


def the_first(session: Session) -> Application:
    row = application_by_reference(session, FIRST)
    assert row is not None
    return row


def events(row: Application) -> list[tuple[str, str, str]]:
    return [(str(event.kind), event.by, event.note) for event in row.events]


def test_the_list_as_a_table(intake):
    lines = intake("applications", "list").stdout.splitlines()
    assert lines[0].split() == [
        "reference",
        "organisation",
        "place",
        "sector",
        "region",
        "name",
        "role",
        "contact",
        "missing",
    ]
    assert lines[1].startswith(f"{FIRST}  OBS De Lantaarn  Assen")
    assert [line.split()[0] for line in lines if line.startswith("OG-")] == [FIRST, SECOND]


def test_the_list_as_json_and_csv(intake):
    rows = [json.loads(line) for line in intake("applications", "list", "--format", "json").stdout.splitlines()]
    assert [row["reference"] for row in rows] == [FIRST, SECOND]
    assert rows[0]["values"]["organisation"]["value"] == "OBS De Lantaarn"
    table = list(csv.DictReader(io.StringIO(intake("applications", "list", "--format", "csv").stdout)))
    assert [row["Organisatie"] for row in table] == ["OBS De Lantaarn", "Het Weefgetouw"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--sector", "sbo"], [SECOND]),
        (["--region", "zuid"], []),
        (["--region", "noord"], [FIRST, SECOND]),
        (["--text", "WEEFGETOUW"], [SECOND]),
        (["--call", "ontwikkelgroep", "--status", "open"], [FIRST, SECOND]),
        (["--incomplete"], []),
        (["--complete", "--no-review"], [FIRST, SECOND]),
        (["--review"], []),
    ],
)
def test_the_list_and_the_export_have_the_same_filters(intake, folder, options, expected):
    listed = intake("applications", "list", "--format", "csv", *options).stdout
    intake("export", folder / "x.csv", "--separator", "comma", *options)
    with (folder / "x.csv").open(encoding="utf-8-sig", newline="") as exported:
        rows = list(csv.DictReader(exported))
    assert [row["Kenmerk"] for row in rows] == expected
    assert list(csv.DictReader(io.StringIO(listed))) == rows


def test_a_slip_in_a_filter_is_a_line_and_no_empty_list(refused, folder):
    for command in (("applications", "list"), ("export", folder / "x.csv")):
        said = refused(*command, "--sector", "basis", "--region", "oost")
        assert said.splitlines() == [
            "intake: --sector: basis: not one of po, sbo, so, vo, vso, pro, mbo, unknown",
            "intake: --region: oost: not one of noord, zuid, unknown",
        ]
    assert not (folder / "x.csv").exists()


def test_words_out_of_mail_do_not_command_the_terminal(intake, sessions):
    hostile = "Klimop\x1b[2J\x1b]0;x\x07 \u202egnp.exe [red]rood[/red]"
    with sessions.begin() as session:
        row = the_first(session)
        for value in row.values:
            value.value = hostile
        session.get(Mail, 1).subject = session.get(Mail, 1).sender_name = hostile
    for words in (
        ("applications", "list"),
        ("applications", "show", FIRST),
        ("mails", "list", "--all"),
        ("mails", "show", 1),
    ):
        said = intake(*words).stdout
        assert not set(said) & set("\x1b\x07\u202e"), words
        assert "[red]rood[/red]" in said


def test_one_application_is_shown_with_evidence_history_mails_and_letters(intake):
    intake("applications", "correct", FIRST, "role", "directeur", "--by", "Anna")
    said = intake("applications", "show", FIRST.lower()).stdout
    shown = " ".join(said.split())
    assert f"{FIRST} ontwikkelgroep, open, received" in shown
    assert "Organisatie: OBS De Lantaarn, Assen Sector" in shown
    assert "role directeur 100% Anna" in shown
    assert "mail 1: created, by Hanna Wiersum: Aanmelding ontwikkelgroep" in shown
    assert "letter 1: queued" in shown
    assert "role: intern begeleider (superseded, from mail 1)" in shown
    assert "corrected by Anna role: directeur" in shown


def test_the_words_of_the_evidence_are_highlighted_on_a_terminal(folder):
    master, slave = os.openpty()
    command = [sys.executable, "-m", "intake", "applications", "show", FIRST, "--config", str(folder / "intake.toml")]
    environment = os.environ | {"COLUMNS": "200", "TERM": "xterm-256color"}
    process = subprocess.Popen(command, stdout=slave, env=environment, cwd=Path(__file__).parents[2])
    os.close(slave)
    said = b""
    while chunk := _read(master):
        said += chunk
    os.close(master)
    assert process.wait(60) == 0
    assert b"\x1b[1;7mOBS De Lantaarn\x1b[0m" in said


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the other end was closed
        return b""


def test_one_application_as_json_is_whole(intake):
    intake("applications", "note", FIRST, "teruggebeld", "--by", "Anna")
    intake("applications", "link", FIRST, SECOND, "--by", "Anna")
    told = json.loads(intake("applications", "show", FIRST, "--format", "json").stdout)
    organisation = told["values"]["organisation"]
    assert organisation["evidence"][0]["part"] == "body"
    assert organisation["mail"] == 1
    assert told["mails"] == [{"mail": 1, "relation": "created", "at": told["mails"][0]["at"]}]
    assert [(one["letter"], one["state"]) for one in told["letters"]] == [(1, "queued")]
    assert told["linked"] == [SECOND]
    assert [(one["kind"], one["note"]) for one in told["events"]][1:] == [("note", "teruggebeld"), ("linked", SECOND)]


def test_a_correction_is_kept_with_who_and_when_and_against_machines(intake, sessions):
    assert intake("applications", "correct", FIRST, "phone", "0592 - 31 40 50", "--by", "Anna").stdout == (
        f"{FIRST}: phone is +31592314050\n"
    )
    held = stored(sessions).current()["phone"]
    assert (held.set_by, held.by_person) == ("Anna", True)
    assert abs((datetime.now(UTC) - held.set_at).total_seconds()) < 600
    # The same mail, read again, states its own number: it is not taken.
    intake("applications", "accept", 1, "--by", "Anna")
    intake("poll")
    assert stored(sessions).text("phone") == "+31592314050"


def test_confirming_a_field_and_all_of_them(intake, sessions):
    doubt(sessions, "phone", "role")
    intake("applications", "confirm", FIRST, "phone", "--by", "Anna")
    row = stored(sessions)
    assert (row.review_reasons, row.current()["phone"].confirmed_by) == (["role"], "Anna")
    intake("applications", "confirm", FIRST, "--by", "Anna")
    assert not stored(sessions).needs_review
    assert f"{FIRST}" not in intake("applications", "list", "--review").stdout


def doubt(sessions: sessionmaker[Session], *fields: str) -> None:
    with sessions.begin() as session:
        row = the_first(session)
        for field in fields:
            row.current()[field].unsure = True
        refresh_review(row)


@pytest.mark.parametrize(("command", "holds"), [("take", "+31201234567"), ("keep", "+31621436580")])
def test_a_suggestion_is_taken_or_dropped(intake, sessions, command, holds):
    with sessions.begin() as session:
        row = the_first(session)
        row.values.append(a_value("phone", "+31201234567", state=ValueState.SUGGESTED, mail_id=2))
        refresh_review(row)
    assert "phone: +31201234567 (suggested, from mail 2)" in intake("applications", "show", FIRST).stdout
    intake("applications", command, FIRST, "phone", "--by", "Anna")
    row = stored(sessions)
    assert (row.text("phone"), row.suggested(), row.needs_review) == (holds, {}, False)
    assert row.current()["phone"].confirmed_by == "Anna"


def test_two_are_merged_and_the_other_is_found_as_part_of_the_first(intake, sessions):
    assert intake("applications", "merge", FIRST, SECOND, "--by", "Anna").stdout == f"{SECOND} is part of {FIRST} now\n"
    assert [one.mail_id for one in stored(sessions).mails] == [1, 2]
    assert [person.name for person in stored(sessions).people] == ["Joris ter Horst"]
    assert SECOND not in intake("applications", "list").stdout
    assert SECOND in intake("applications", "list", "--status", "merged").stdout
    assert f"part of {FIRST}" in intake("applications", "show", SECOND).stdout


def test_a_mail_is_split_off_with_what_it_said(intake, sessions):
    intake("applications", "merge", FIRST, SECOND, "--by", "Anna")
    with sessions.begin() as session:
        row = the_first(session)
        row.values.append(a_value("province", "overijssel", mail_id=2, state=ValueState.SUPERSEDED))
    said = intake("applications", "split", FIRST, 2, "--by", "Anna").stdout
    third = said.split()[0]
    assert said == f"{third} was split off {FIRST}\n"
    assert [one.mail_id for one in stored(sessions).mails] == [1]
    assert [one.mail_id for one in stored(sessions, third).mails] == [2]
    assert stored(sessions, third).text("organisation") == "Het Weefgetouw"
    assert stored(sessions).text("organisation") == "OBS De Lantaarn"


def test_two_are_linked_and_each_shows_the_other(intake):
    intake("applications", "link", FIRST, SECOND, "--reason", "zelfde bestuur", "--by", "Anna")
    assert f"linked with {SECOND} (Het Weefgetouw, Joris ter Horst)" in intake("applications", "show", FIRST).stdout
    assert f"linked with {FIRST} (OBS De Lantaarn, Hanna Wiersum)" in intake("applications", "show", SECOND).stdout


def test_withdrawn_restored_and_noted_with_who_said_so(intake, sessions):
    intake("applications", "withdraw", FIRST, "--note", "per telefoon", "--by", "Anna")
    assert stored(sessions).status == "withdrawn"
    intake("applications", "restore", FIRST, "--by", "Bert")
    intake("applications", "note", FIRST, "teruggebeld", "--by", "Bert")
    assert stored(sessions).status == "open"
    assert events(stored(sessions))[1:] == [
        ("withdrawn", "Anna", "per telefoon"),
        ("restored", "Bert", ""),
        ("note", "Bert", "teruggebeld"),
    ]


def test_a_mail_that_was_unsure_is_accepted_and_its_letter_goes_out(intake, sessions):
    with sessions.begin() as session:
        session.delete(session.scalars(select(Letter).where(Letter.mail_id == 2)).one())
        session.delete(application_by_reference(session, SECOND))
        mail = session.get(Mail, 2)
        mail.needs_review, mail.review_reasons, mail.withheld_reason = (
            True,
            ["kind"],
            "kind unsure: application at 0.61",
        )
    assert "application?" in intake("mails", "list").stdout
    intake("applications", "accept", 2, "--as", "application", "--by", "Anna")
    intake("poll")
    with sessions() as session:
        mail = session.get(Mail, 2)
        assert (mail.state, mail.confirmed_kind, mail.confirmed_by) == (MailState.READ, Kind.APPLICATION, "Anna")
        letter = session.scalars(select(Letter).where(Letter.mail_id == 2)).one()
        assert letter.recipients == ["joris.terhorst@hetweefgetouw.nl"]
    assert "Het Weefgetouw" in intake("applications", "list").stdout


def test_a_question_taken_for_an_application_is_rejected_without_a_letter(intake, sessions):
    with sessions.begin() as session:
        mail = session.get(Mail, QUESTION)
        mail.kind, mail.needs_review, mail.review_reasons = Kind.APPLICATION, True, ["kind"]
    intake("applications", "reject", QUESTION, "--by", "Anna")
    intake("poll")
    with sessions() as session:
        mail = session.get(Mail, QUESTION)
        assert (mail.confirmed_kind, mail.settled_by) == (Kind.OTHER, "Anna")
        assert session.scalar(select(Letter).where(Letter.mail_id == QUESTION)) is None
    assert f"{QUESTION:>6}  " not in intake("mails", "list").stdout


def test_a_question_is_shown_and_settled(intake):
    assert "Ans Vermeer: Vraag over de ontwikkelgroepen" in intake("mails", "list").stdout
    said = intake("mails", "show", QUESTION).stdout
    assert "subject: Vraag over de ontwikkelgroepen" in said
    assert "no letter: kind: question" in said
    assert "--- body" in said
    assert intake("mails", "show", QUESTION, "--raw").stdout_bytes == (DEMO / "08-question.eml").read_bytes()
    intake("mails", "settle", QUESTION, "--by", "Anna")
    assert "Vermeer" not in intake("mails", "list").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "OG-1999-0001"), "there is no application OG-1999-0001"),
        (("correct", FIRST, "telephone", "1"), "telephone: no such field"),
        (("correct", FIRST, "phone", "geen"), "phone: "),
        (("confirm", FIRST, "telephone"), "telephone: has no value to confirm"),
        (("take", FIRST, "phone"), "phone: nothing was suggested"),
        (("keep", FIRST, "phone"), "phone: nothing was suggested"),
        (("merge", FIRST, FIRST), "an application is not merged with itself"),
        (("merge", FIRST, "OG-1999-0001"), "there is no application OG-1999-0001"),
        (("split", FIRST, "1"), "there is nothing to split"),
        (("split", FIRST, "99"), f"mail 99 is not one of {FIRST}'s"),
        (("link", FIRST, FIRST), "an application is not linked with itself"),
        (("restore", FIRST), f"{FIRST} is open"),
        (("note", FIRST, " "), "a note needs words"),
        (("accept", "99"), "there is no mail 99"),
        (("reject", "99"), "there is no mail 99"),
        (("correct", FIRST, "phone", "06 99 99"), "phone: "),
        (("correct", FIRST, "name", "\x1b\x07"), "name: nothing of that can be seen"),
        (("reject", "1"), f"mail 1 made {FIRST}: first `intake applications withdraw {FIRST}`"),
        (("accept", "1", "--as", "question"), f"mail 1 made {FIRST}: first `intake applications withdraw {FIRST}`"),
        (("accept", "1", "--as", "withdrawal"), f"mail 1 made {FIRST}: first `intake applications withdraw {FIRST}`"),
    ],
)
def test_what_can_not_be_done_is_one_line_and_changes_nothing(refused, sessions, words, said):
    before = [events(stored(sessions, one)) for one in (FIRST, SECOND)]
    told = refused("applications", *words)
    assert told.startswith("intake: ")
    assert len(told.splitlines()) == 1
    assert said in told
    assert [events(stored(sessions, one)) for one in (FIRST, SECOND)] == before


@pytest.mark.parametrize("order", [(FIRST, SECOND), (SECOND, FIRST)])
def test_what_counts_is_not_merged_with_what_is_withdrawn(intake, refused, sessions, order):
    intake("applications", "withdraw", FIRST)
    assert f"{FIRST} is withdrawn: first `intake applications restore {FIRST}`" in refused(
        "applications", "merge", *order
    )
    assert [str(stored(sessions, one).status) for one in (FIRST, SECOND)] == ["withdrawn", "open"]


def test_a_mail_whose_application_was_taken_back_can_be_rejected(intake, sessions):
    intake("applications", "withdraw", FIRST)
    intake("applications", "reject", 1, "--by", "Anna")
    intake("poll")
    assert str(stored(sessions).status) == "withdrawn"
    with sessions() as session:
        assert session.get(Mail, 1).confirmed_kind is Kind.OTHER


def test_a_corrected_place_says_what_followed_and_what_did_not(intake):
    told = intake("applications", "correct", FIRST, "place", "Breda").stdout
    assert "place is Breda, province is noord-brabant, region is zuid" in told
    told = intake("applications", "correct", FIRST, "place", "Langedam-Noord").stdout
    assert "place is Langedam-Noord, province stays noord-brabant, region stays zuid" in told


def test_a_corrected_name_does_not_command_the_terminal(intake, sessions):
    intake("applications", "correct", FIRST, "name", "Anna\x1b[31m \u202eVis")
    assert stored(sessions).text("name") == "Anna[31m Vis"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("outbox", "retry", "1", "999"), "no letter 999 waits or failed"),
        (("quarantine", "retry", "1"), "no mail 1 is in quarantine"),
    ],
)
def test_what_does_not_wait_is_not_tried_again(refused, sessions, words, said):
    with sessions.begin() as session:
        session.get(Letter, 1).state = LetterState.FAILED
    assert said in refused(*words)
    with sessions() as session:
        assert session.get(Letter, 1).state is LetterState.FAILED


def test_the_export_is_what_its_ending_says(intake, folder):
    assert intake("export", folder / "a.csv").stdout == f"Wrote 2 applications to {folder / 'a.csv'}.\n"
    assert (folder / "a.csv").read_bytes().startswith(b"\xef\xbb\xbfKenmerk;Status;Ontvangen;")
    intake("export", folder / "a.xlsx")
    assert openpyxl.load_workbook(folder / "a.xlsx")["Aanmeldingen"].max_row == 3
    intake("export", folder / "a.jsonl")
    rows = [json.loads(line) for line in (folder / "a.jsonl").read_text("utf-8").splitlines()]
    assert [row["values"]["organisation"]["evidence"][0]["extractor"] for row in rows]
    assert all(row["letters"] and row["events"] and row["mails"] for row in rows)
    intake("export", folder / "a.txt", "--format", "csv", "--text", "weefgetouw")
    assert (folder / "a.txt").read_text("utf-8-sig").count("\n") == 2
    assert (folder / "a.csv").stat().st_mode & 0o077 == 0


def test_an_export_that_can_not_be_written_leaves_nothing_and_says_why(refused, folder):
    assert refused("export", folder / "nowhere" / "a.xlsx").endswith("No such file or directory\n")
    assert refused("export", folder).splitlines() == [
        f"intake: {folder}: its ending says no format; name it with --format csv, xlsx or jsonl"
    ]
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_progress_is_told_on_standard_error_and_as_a_bar_on_a_terminal(folder):
    program = "from intake.cli.words import progress\nprint(sum(progress(range(2500), 'Exporting', 2500)))"
    command = [sys.executable, "-c", program]
    plain = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert plain.stdout == f"{sum(range(2500))}\n"
    assert plain.stderr.splitlines() == ["Exporting: 1000 of 2500", "Exporting: 2000 of 2500"]
    master, slave = os.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "80"}
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=slave, check=True, env=environment, cwd=Path(__file__).parents[2]
    )
    os.close(slave)
    assert done.stdout == plain.stdout.encode()
    bar = _read(master)
    os.close(master)
    assert b"Exporting" in bar
    assert "━".encode() in bar


def untold(sessions: sessionmaker[Session]) -> bool:
    with sessions() as session:
        letters = session.scalars(select(Letter).where(Letter.kind == LetterKind.DIGEST)).all()
        return not letters and not session.scalars(select(Digest)).all()


def test_a_preview_goes_to_the_terminal_or_a_file_and_marks_nothing(intake, folder, sessions):
    assert untold(sessions)
    said = intake("digest", "--preview").stdout
    assert said.startswith("Dagoverzicht ")
    assert f"* {FIRST}: OBS De Lantaarn" in said
    assert f"    $ intake applications show {FIRST}\n" in said
    assert "    $ intake mails settle 3\n" in said
    assert intake("digest", "--preview", "--output", folder / "d.html").stdout == f"Wrote {folder / 'd.html'}.\n"
    assert (folder / "d.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    intake("digest", "--preview", "--output", folder / "d.txt")
    assert (folder / "d.txt").read_text("utf-8").startswith("Goedendag,")
    earlier = intake("digest", "--preview", "--date", "2020-01-31").stdout
    assert earlier.startswith("Dagoverzicht vrijdag 31 januari: ")
    assert f"* {FIRST}: OBS De Lantaarn" not in earlier
    assert untold(sessions)


def test_a_digest_is_made_once(intake, sessions):
    with sessions.begin() as session:
        beat(session, "read", now=datetime.now(UTC)).started_at = datetime(2026, 1, 1, tzinfo=UTC)
    assert intake("digest").stdout == "The digest is in the outbox.\n"
    assert intake("digest").stdout == "No digest is due: it was made, or nobody gets one.\n"
    with sessions() as session:
        [letter] = session.scalars(select(Letter).where(Letter.kind == LetterKind.DIGEST)).all()
        assert (letter.recipients, letter.state) == (["staf@ncoj.example"], LetterState.QUEUED)


def test_a_slip_in_the_digest_command_is_one_line(refused, folder):
    assert refused("digest", "--date", "2026-01-31") == "intake: --output and --date go with --preview\n"
    assert "31 januari: not a date" in refused("digest", "--preview", "--date", "31 januari")
    assert refused("digest", "--preview", "--output", folder / "nowhere" / "d.html").endswith(
        "No such file or directory\n"
    )


def test_health_does_not_miss_what_is_not_to_run(intake, sessions, folder):
    with sessions.begin() as session:
        for name in ("retention done", "mailbox:left"):
            beat(session, name, now=datetime(2026, 1, 1, tzinfo=UTC))
        for name in ("mailbox:main", "read", "retention", "digest"):
            beat(session, name, now=datetime.now(UTC))
    assert "LATE" not in intake("health").stdout
