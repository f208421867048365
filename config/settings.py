"""The settings: one TOML file, the environment over it, secrets also from files. Every mistake is one line."""

import difflib
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config.sections import (
    AlarmSettings,
    CallSettings,
    DatabaseSettings,
    DigestSettings,
    LetterSettings,
    LimitSettings,
    LogSettings,
    RetentionSettings,
    WorkerSettings,
)
from config.servers import FileMailbox, ImapMailbox, MailboxSettings, SmtpSettings

PREFIX = "INTAKE_"
DEFAULT_PATH = Path("intake.toml")
_MAILBOX_TAGS = {"imap", "files"}
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")

_WORDS = (
    {"string_type": "must be text in quotes", "tuple_type": "must be a list: [ … ]"}
    | dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "must be a whole number")
    | dict.fromkeys(("float_type", "float_parsing"), "must be a number")
    | dict.fromkeys(("bool_type", "bool_parsing"), "must be true or false")
    | dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "must be a table: [section]")
    | dict.fromkeys(("time_type", "time_parsing"), 'must be a time, like "07:30"')
    | dict.fromkeys(("string_too_short", "too_short"), "must not be empty")
)
"""What pydantic finds, in the words of somebody who looks at a TOML file."""


class SettingsError(ValueError):
    """The settings are wrong: one line for each mistake, each naming its key. Nothing secret is in them."""


class Settings(BaseSettings):
    """Everything an operator can set."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    database: DatabaseSettings = Field(default=DatabaseSettings(), description="Where everything is kept.")
    mailbox: dict[str, MailboxSettings] = Field(
        default_factory=dict,
        description="A mailbox that is watched; there may be several, each under a name of its own. Mail in it is "
        "only ever read: nothing is marked, moved or deleted.",
    )
    smtp: SmtpSettings = Field(default=SmtpSettings(), description="The server that sends our letters.")
    letters: LetterSettings = Field(default=LetterSettings(), description="The letters to applicants.")
    digest: DigestSettings = Field(default=DigestSettings(), description="The daily letter to the staff.")
    alarm: AlarmSettings = Field(
        default=AlarmSettings(), description="Telling the operators that something stands still."
    )
    retention: RetentionSettings = Field(
        default=RetentionSettings(),
        description="How long things are kept; how long applications are, stands in the call's file.",
    )
    limits: LimitSettings = Field(default=LimitSettings(), description="How much one mail may cost.")
    log: LogSettings = Field(
        default=LogSettings(), description="What the service says of itself: never anything personal."
    )
    calls: CallSettings = Field(default=CallSettings(), description="The published invitations.")
    worker: WorkerSettings = Field(default=WorkerSettings(), description="The daemon.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what `load_settings` gives and nothing behind its back."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def load_settings(path: Path | None, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings: the file at `path`, else at INTAKE_CONFIG, else ./intake.toml if there is one.

    A key of the environment (INTAKE_SMTP__HOST) wins over the file's (host in [smtp]); a secret may also stand in a
    file that INTAKE_SMTP__PASSWORD_FILE names. Lists stand with commas between. Raises SettingsError with a line for
    each mistake.
    """
    given = os.environ if environment is None else environment
    chosen = path or (Path(given["INTAKE_CONFIG"]) if given.get("INTAKE_CONFIG") else None)
    data = _read_file(chosen or DEFAULT_PATH, required=chosen is not None)
    mistakes: list[str] = []
    origins = _lay_over(data, given, mistakes)
    try:
        settings = Settings(**data)
    except ValidationError as error:
        mistakes += _lines(error, origins)
    else:
        mistakes += [
            f"mailbox.{name}: a mailbox's name is made of small letters, digits, - and _"
            for name in settings.mailbox
            if not _NAME.fullmatch(name)
        ]
    if mistakes:
        raise SettingsError("\n".join(dict.fromkeys(mistakes)))
    return settings


def _read_file(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        if required:
            raise SettingsError(f"{path}: no such file (`intake init` writes one)") from None
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise SettingsError(f"{path}: {reason}") from None


def _lay_over(data: dict[str, Any], environment: Mapping[str, str], mistakes: list[str]) -> dict[str, str]:
    """Put the environment's values into the file's data; return which variable gave which key."""
    origins: dict[str, str] = {}
    for variable in sorted(environment):
        if not variable.upper().startswith(PREFIX) or not environment[variable]:
            continue
        keys = variable[len(PREFIX) :].lower().split("__")
        if len(keys) == 1:
            _note_slip(variable, mistakes)
            continue
        try:
            value = _value(keys, environment[variable], data)
        except SettingsError as error:
            mistakes.append(f"{variable}: {error}")
            continue
        *way, last = keys
        last = last.removesuffix("_file") if isinstance(value, SecretStr) else last
        place: Any = data
        for key in way:
            place = place.setdefault(key, {}) if isinstance(place, dict) else {}
        if isinstance(place, dict):
            place[last] = value
        origins[".".join([*way, last])] = variable
    return origins


def _note_slip(variable: str, mistakes: list[str]) -> None:
    """Say so when one underscore stands for two. Others (INTAKE_CONFIG, what container platforms set) are not ours."""
    for section, field in Settings.model_fields.items():
        for key in _fields(field.annotation):
            if variable.upper() == f"{PREFIX}{section}_{key}".upper():
                right = f"{PREFIX}{section}__{key}".upper()
                mistakes.append(f"{variable}: no such setting (did you mean {right}?)")


def _value(keys: list[str], text: str, data: Mapping[str, Any]) -> Any:
    """Turn the text of a variable into what its key takes. Raises SettingsError when there is no such key."""
    section = Settings.model_fields.get(keys[0])
    if section is None:
        raise SettingsError(f"no such section{_meant(keys[0], Settings.model_fields)}")
    if keys[0] == "mailbox":
        if len(keys) != 3:
            raise SettingsError("must be INTAKE_MAILBOX__<NAME>__<KEY>")
        fields = _fields(ImapMailbox) | _fields(FileMailbox)
        if isinstance(data.get("mailbox"), dict) and (names := list(data["mailbox"])) and keys[1] not in names:
            near = difflib.get_close_matches(keys[1], names, 1)
            if near:
                raise SettingsError(f"no such mailbox (did you mean {near[0]}?)")
    else:
        if len(keys) != 2:
            raise SettingsError(f"must be INTAKE_{keys[0].upper()}__<KEY>")
        fields = _fields(section.annotation)
    name = keys[-1]
    if name.removesuffix("_file") in fields and _takes(fields[name.removesuffix("_file")], SecretStr):
        return SecretStr(_read_secret(text) if name.endswith("_file") else text)
    if name not in fields:
        raise SettingsError(f"no such key{_meant(name, fields)}")
    return _as_list(text) if _takes(fields[name], tuple) else text


def _fields(annotation: Any) -> dict[str, Any]:
    """Return the keys of a section with the types they take."""
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return {}
    return {name: field.annotation for name, field in annotation.model_fields.items()}


def _takes(annotation: Any, wanted: type) -> bool:
    if annotation is wanted or getattr(annotation, "__origin__", None) is wanted:
        return True
    return any(_takes(inner, wanted) for inner in get_args(annotation))


def _as_list(text: str) -> Any:
    if text.lstrip().startswith("["):
        try:
            return json.loads(text)
        except ValueError:
            raise SettingsError("must be a list, with commas between") from None
    return [item.strip() for item in text.split(",") if item.strip()]


def _read_secret(path: str) -> str:
    try:
        return Path(path).read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SettingsError(f"{path}: {reason}") from None


def _lines(error: ValidationError, origins: Mapping[str, str]) -> list[str]:
    """Say every mistake, but not what only follows from another one."""
    details = error.errors(include_url=False, include_input=False)
    places = [detail["loc"] for detail in details]
    return [
        _line(detail, origins)
        for detail in details
        if detail["type"] != "default_factory_not_called"
        and not (detail["type"] == "too_short" and any(place[:-1] == detail["loc"] for place in places))
    ]


def _line(detail: ErrorDetails, origins: Mapping[str, str]) -> str:
    """Say one mistake in one line: its key, what is wrong, and where the value came from when not from the file."""
    way = [str(key) for number, key in enumerate(detail["loc"]) if not (number == 2 and key in _MAILBOX_TAGS)]
    # A list's items have no names of their own that an operator would look for.
    keys = [key for key in way if not key.isdigit()]
    name = ".".join(keys)
    origin = f" (from {origins[name]})" if name in origins else ""
    match detail["type"]:
        case "missing":
            return f"{name}: missing"
        case "extra_forbidden":
            return f"{name}: no such key{_meant(keys[-1], dict(_siblings(keys)))}{origin}"
        case "security" | "login" | "folders":
            return f"{name}.{detail['msg']}"
        case _:
            return f"{name}: {' '.join(_plain(detail).split())}{origin}"


def _plain(detail: ErrorDetails) -> str:
    """Return pydantic's message in the words of a TOML file."""
    if detail["type"] == "literal_error" and detail["loc"][-1] == "type":
        return 'must be "imap", "maildir", "mbox" or "folder"'
    if detail["type"] == "literal_error":
        return "must be " + str(detail.get("ctx", {}).get("expected", "")).replace("'", '"')
    return _WORDS.get(detail["type"]) or detail["msg"].replace("Input should be", "must be")


def _siblings(keys: list[str]) -> Iterator[tuple[str, Any]]:
    """The keys that could stand where the unknown one stands."""
    if len(keys) == 1:
        yield from Settings.model_fields.items()
    elif keys[0] == "mailbox":
        yield from (_fields(ImapMailbox) | _fields(FileMailbox)).items()
    elif keys[0] in Settings.model_fields:
        yield from _fields(Settings.model_fields[keys[0]].annotation).items()


def _meant(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f" (did you mean {near[0]}?)" if near else ""
