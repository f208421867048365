import re
import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.example import example_settings
from config.servers import FileMailbox, ImapMailbox
from config.settings import Settings, SettingsError, load_settings

IMAP = '[mailbox.main]\nhost = "imap.school.example"\nusername = "us"\npassword = "pss-wrd"\n'


def load(folder: Path, text: str = "", **environment: str) -> Settings:
    path = folder / "intake.toml"
    path.write_text(text, "utf-8")
    return load_settings(path, environment)


def mistakes(folder: Path, text: str = "", **environment: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(folder, text, **environment)
    return str(caught.value).splitlines()


def test_the_file_of_init_loads(tmp_path: Path):
    settings = load(tmp_path, example_settings())
    assert isinstance(settings.mailbox["main"], ImapMailbox)
    assert settings.smtp.host == "smtp.example.org"


def test_the_file_of_init_loads_with_every_line_taken_into_use(tmp_path: Path):
    used = re.sub(r"(?m)^# ", "", example_settings())
    settings = load(tmp_path, used)
    assert isinstance(settings.mailbox["files"], FileMailbox)
    assert '"None"' not in used


def test_the_file_of_init_names_every_key_there_is():
    used = tomllib.loads(re.sub(r"(?m)^# ", "", example_settings()))
    for name, field in Settings.model_fields.items():
        if name != "mailbox":
            section: Any = field.annotation
            assert used[name].keys() == section.model_fields.keys()
    assert used["mailbox"]["main"].keys() == ImapMailbox.model_fields.keys()


def test_a_commented_line_shows_the_value_that_holds(tmp_path: Path):
    shown = tomllib.loads(re.sub(r"(?m)^# ", "", example_settings()))
    settings = load(tmp_path)
    assert shown["letters"]["address_cap"] == settings.letters.address_cap
    assert shown["retention"]["time"] == settings.retention.time.strftime("%H:%M")
    assert tuple(shown["digest"]["days"]) == settings.digest.days


def test_defaults_hold_without_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    settings = load_settings(None, {})
    assert settings.database.url.get_secret_value() == "sqlite:///intake.db"
    assert settings.mailbox == {}
    assert settings.digest.time == time(7, 30)


def test_the_file_is_looked_for_in_three_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("given", "named", "intake"):
        (tmp_path / f"{name}.toml").write_text(f'[worker]\nname = "{name}"\n')
    monkeypatch.chdir(tmp_path)
    named = {"INTAKE_CONFIG": "named.toml"}
    assert load_settings(Path("given.toml"), named).worker.name == "given"
    assert load_settings(None, named).worker.name == "named"
    assert load_settings(None, {}).worker.name == "intake"


def test_a_file_that_was_named_must_be_there(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"^[^\n]*away\.toml: no such file[^\n]*$"):
        load_settings(tmp_path / "away.toml", {})


def test_the_environment_wins_over_the_file(tmp_path: Path):
    settings = load(
        tmp_path,
        IMAP + "[smtp]\nport = 1\n",
        INTAKE_SMTP__PORT="2525",
        INTAKE_MAILBOX__MAIN__FOLDERS="INBOX, Aanmeldingen",
        INTAKE_DIGEST__RECIPIENTS='["a@x.example"]',
        INTAKE_DIGEST__TIME="08:15",
        INTAKE_LETTERS__ENABLED="false",
        INTAKE_MAILBOX__SECOND__TYPE="maildir",
        INTAKE_MAILBOX__SECOND__PATH="/mail",
    )
    assert settings.smtp.port == 2525
    assert settings.mailbox["main"].folders == ("INBOX", "Aanmeldingen")
    assert settings.digest.recipients == ("a@x.example",)
    assert settings.digest.time == time(8, 15)
    assert not settings.letters.enabled
    assert isinstance(settings.mailbox["second"], FileMailbox)


def test_a_secret_may_stand_in_a_file(tmp_path: Path):
    (tmp_path / "secret").write_text(" from file \n")
    settings = load(
        tmp_path,
        IMAP,
        INTAKE_MAILBOX__MAIN__PASSWORD_FILE=str(tmp_path / "secret"),
        INTAKE_DATABASE__URL="postgresql://u:p@h/d",
    )
    mailbox = settings.mailbox["main"]
    assert isinstance(mailbox, ImapMailbox)
    assert mailbox.password.get_secret_value() == " from file "
    assert settings.database.url.get_secret_value() == "postgresql://u:p@h/d"


def test_a_secret_file_that_is_away_is_one_line(tmp_path: Path):
    assert mistakes(tmp_path, IMAP, INTAKE_SMTP__PASSWORD_FILE="/nowhere/x") == [
        "INTAKE_SMTP__PASSWORD_FILE: /nowhere/x: No such file or directory"
    ]


def test_secrets_are_never_shown(tmp_path: Path):
    settings = load(tmp_path, IMAP, INTAKE_DATABASE__URL="postgresql://u:pss-wrd@h/d")
    assert "pss-wrd" not in repr(settings) + str(settings) + settings.model_dump_json()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[mailbox.main]\nusername = "u"\npassword = "p"', "mailbox.main.host: missing"),
        ('[mailbox.main]\ntype = "mbox"', "mailbox.main.path: missing"),
        (IMAP + "prot = 993", "mailbox.main.prot: no such key (did you mean port?)"),
        (IMAP + "port = 99999", "mailbox.main.port: must be less than or equal to 65535"),
        (IMAP + 'port = "imap"', "mailbox.main.port: must be a whole number"),
        (IMAP + 'folders = "INBOX"', "mailbox.main.folders: must be a list: [ … ]"),
        (IMAP + "folders = []", "mailbox.main.folders: must not be empty"),
        (IMAP + "folders = [1]", "mailbox.main.folders: must be text in quotes"),
        (IMAP + 'addresses = ["jan"]', "mailbox.main.addresses: must be an e-mail address, like name@example.org"),
        (IMAP + 'type = "pop3"', 'mailbox.main.type: must be "imap", "maildir", "mbox" or "folder"'),
        (IMAP + 'since = "gisteren"', "mailbox.main.since: must be a date, like 2026-01-31"),
        ("mailbox = 3", "mailbox: must be a table: [section]"),
        ("[smpt]\nhost = 'x'", "smpt: no such key (did you mean smtp?)"),
        ("[smtp]\nsecurity = 'ssl'", 'smtp.security: must be "tls", "starttls" or "plain"'),
        ("[smtp]\npassword = 'pss-wrd'", "smtp.username: missing, while there is a password"),
        ("[digest]\ntime = 'laat'", 'digest.time: must be a time, like "07:30"'),
        (
            "[digest]\ndays = ['maandag']",
            'digest.days: must be "mon", "tue", "wed", "thu", "fri", "sat" or "sun"',
        ),
        ("[database]\nurl = 'mysql://x'", 'database.url: must begin with "sqlite:///" or "postgresql://"'),
        ("[letters]\nenabled = 'misschien'", "letters.enabled: must be true or false"),
        ("[limits]\nattempts = 0", "limits.attempts: must be greater than or equal to 1"),
    ],
)
def test_a_wrong_key_or_value_is_one_line_that_names_the_key(tmp_path: Path, text: str, line: str):
    assert mistakes(tmp_path, text) == [line]


def test_all_mistakes_are_told_at_once(tmp_path: Path):
    assert mistakes(tmp_path, "[smtp]\nport = 0\n[log]\nfromat = 'json'") == [
        "smtp.port: must be greater than or equal to 1",
        "log.fromat: no such key (did you mean format?)",
    ]


@pytest.mark.parametrize("text", ["[smtp", "x = ", "\xff".encode("latin-1"), "[a]\n[a]\n"])
def test_a_file_that_is_no_toml_is_one_line_that_names_it(tmp_path: Path, text: str | bytes):
    path = tmp_path / "intake.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SettingsError) as caught:
        load_settings(path, {})
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "line"),
    [
        ("INTAKE_SMPT__HOST", "INTAKE_SMPT__HOST: no such section (did you mean smtp?)"),
        ("INTAKE_SMTP__HOTS", "INTAKE_SMTP__HOTS: no such key (did you mean host?)"),
        ("INTAKE_SMTP_HOST", "INTAKE_SMTP_HOST: no such setting (did you mean INTAKE_SMTP__HOST?)"),
        ("INTAKE_SMTP__PORT", "smtp.port: must be a whole number (from INTAKE_SMTP__PORT)"),
        ("INTAKE_MAILBOX__HOST", "INTAKE_MAILBOX__HOST: must be INTAKE_MAILBOX__<NAME>__<KEY>"),
        ("INTAKE_MAILBOX__MIAN__CALL", "INTAKE_MAILBOX__MIAN__CALL: no such mailbox (did you mean main?)"),
    ],
)
def test_a_wrong_variable_is_one_line_that_names_it(tmp_path: Path, variable: str, line: str):
    assert mistakes(tmp_path, IMAP, **{variable: "x"}) == [line]


def test_variables_of_container_platforms_are_let_be(tmp_path: Path):
    load(tmp_path, IMAP, INTAKE_PORT="tcp://10.0.0.1:80", INTAKE_SERVICE_HOST="10.0.0.1", INTAKE_SMTP__HOST="")


@pytest.mark.parametrize("host", ["imap.school.example", "10.0.0.1"])
def test_plain_is_refused_over_the_network_unless_allowed(tmp_path: Path, host: str):
    text = IMAP.replace("imap.school.example", host) + 'security = "plain"\n'
    (line,) = mistakes(tmp_path, text)
    assert line.startswith("mailbox.main.security: plain would send")
    assert load(tmp_path, text + "allow_plain = true").mailbox
    (line,) = mistakes(tmp_path, f'[smtp]\nhost = "{host}"\nsecurity = "plain"')
    assert line.startswith("smtp.security: plain")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "127.8.8.8"])
def test_plain_is_fine_on_this_machine(tmp_path: Path, host: str):
    mailbox = load(tmp_path, IMAP.replace("imap.school.example", host) + 'security = "plain"\n').mailbox["main"]
    assert isinstance(mailbox, ImapMailbox)
    assert mailbox.port == 143


@pytest.mark.parametrize(("security", "port"), [("tls", 465), ("starttls", 587), ("plain", 25)])
def test_the_port_follows_the_encryption(tmp_path: Path, security: str, port: int):
    assert load(tmp_path, f'[smtp]\nhost = "localhost"\nsecurity = "{security}"').smtp.port == port


@pytest.mark.parametrize("since", ["2026-01-31", '"2026-01-31"', "2026-01-31T00:00:00", "2026-01-31T00:00:00+01:00"])
def test_a_start_date_is_a_dutch_one(tmp_path: Path, since: str):
    settings = load(tmp_path, f"{IMAP}since = {since}\n")
    assert settings.mailbox["main"].since == datetime(2026, 1, 31, tzinfo=ZoneInfo("Europe/Amsterdam"))
    assert date(2026, 1, 31) == settings.mailbox["main"].since.date()


def test_a_mailbox_needs_a_name_that_the_environment_can_spell(tmp_path: Path):
    (line,) = mistakes(tmp_path, IMAP.replace("main", '"Post In"'))
    assert line.startswith("mailbox.Post In: ")


def test_every_setting_is_read_by_somebody():
    root = Path(__file__).parents[2]
    files = [path for folder in ("config", "intake", "replies") for path in (root / folder).rglob("*.py")]
    code = "\n".join(path.read_text("utf-8") for path in files)
    sections: list[Any] = [ImapMailbox, FileMailbox]
    sections += [field.annotation for name, field in Settings.model_fields.items() if name != "mailbox"]
    unread = [key for section in sections for key in section.model_fields if not re.search(rf"\.{key}\b", code)]
    assert unread == []
