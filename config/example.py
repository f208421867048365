"""The configuration file that `intake init` writes, made from the settings themselves."""

import datetime as dt
import json
import textwrap
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from config.servers import FileMailbox, ImapMailbox
from config.settings import Settings

_HEAD = """\
## The settings of the intake service. A line with one # before a key shows what holds when it is left out, or an
## example when nothing does; take the "# " away to set it. Every key can also be set in the environment: host in
## [smtp] is INTAKE_SMTP__HOST; a secret can stand in a file, which INTAKE_SMTP__PASSWORD_FILE names.
## `intake check` tells whether all is well.
"""
_WIDTH = 116
# What an operator must fill in stands ready; everything else shows its default as a comment.
_READY = {
    "database.url",
    "smtp.host",
    "smtp.username",
    "smtp.password",
    "smtp.from_address",
    "digest.recipients",
    "alarm.recipients",
}
_EXAMPLES: dict[str, Any] = {"smtp.username": "intake@example.org", "smtp.password": "secret"}


def example_settings() -> str:
    """Return a commented TOML file that loads as it is: a place for everything that can be set."""
    lines = [_HEAD]
    for name, field in Settings.model_fields.items():
        lines.append(_comment(field.description or ""))
        if name == "mailbox":
            lines += ["[mailbox.main]", *_keys("mailbox.main", ImapMailbox), "", *_file_mailbox()]
        else:
            assert isinstance(field.annotation, type)
            lines += [f"[{name}]", *_keys(name, field.annotation)]
        lines.append("")
    return "\n".join(lines)


def _keys(section: str, model: type[BaseModel]) -> list[str]:
    """Return the lines of a section: what must be given first, then the rest in the order of the models."""
    fields = sorted(model.model_fields.items(), key=lambda item: _rank(section, *item))
    lines: list[str] = []
    for name, field in fields:
        lines.append(_comment(field.description or ""))
        setting = f"{name} = {_toml(_shown(f'{section}.{name}', field))}"
        lines.append(setting if _is_ready(section, name, field) else f"# {setting}")
    return lines


def _file_mailbox() -> list[str]:
    lines = [
        _comment("Or a mailbox in files: a Maildir, an mbox, or a folder of .eml files."),
        "# [mailbox.files]",
    ]
    for name, field in FileMailbox.model_fields.items():
        if field.is_required():
            lines.append(f"# {name} = {_toml(_shown(name, field))}  # {field.description}")
    return lines


def _rank(section: str, name: str, field: FieldInfo) -> tuple[bool, int]:
    first = ("host", "username", "password")
    return not _is_ready(section, name, field), first.index(name) if name in first else len(first)


def _is_ready(section: str, name: str, field: FieldInfo) -> bool:
    return field.is_required() or f"{section}.{name}" in _READY


def _shown(path: str, field: FieldInfo) -> Any:
    if path in _EXAMPLES:
        return _EXAMPLES[path]
    if field.examples:
        return field.examples[0]
    return field.default if field.default is not PydanticUndefined else ""


def _toml(value: Any) -> str:
    match value:
        case SecretStr():
            text = json.dumps(value.get_secret_value())
        case bool():
            text = "true" if value else "false"
        case int() | float():
            text = f"{value:g}" if isinstance(value, float) else str(value)
        case dt.time():
            text = json.dumps(value.strftime("%H:%M"))
        case dt.date():
            text = value.isoformat()
        case tuple() | list():
            text = "[" + ", ".join(map(_toml, value)) + "]"
        case _:
            text = json.dumps(str(value), ensure_ascii=False)
    return text


def _comment(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent="## ", subsequent_indent="## ", break_on_hyphens=False)
