"""A call: a published invitation that people react to, as data."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, get_origin, get_type_hints

CALLS = Path(__file__).parent / "calls"
"""Where the shipped calls live."""


T = TypeVar("T")
_IN_TOML = {str: "text in quotes", int: "a whole number", bool: "true or false", tuple: "a list"}


class CallError(ValueError):
    """A call's file is wrong; the message is one line that names the file and the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedField:
    """A field that the call asks for."""

    id: str
    """"organisation", "sector", "role", "name", "email", "phone", "place", "province"."""
    label: str
    """How it is called in Dutch texts to people: "Telefoonnummer"."""
    ask: str
    """The plain Dutch noun phrase that asks for it: "uw telefoonnummer"."""
    required: bool = True
    labels: tuple[str, ...] = ()
    """More words that applicants put before it, besides the common ones: lower case."""
    label_en: str = ""
    ask_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question that the call asks."""

    id: str
    """"1", "2", "3": also its number in the published text."""
    text: str
    """As published, without the dots at the end: "Ik heb de volgende ontwikkelvraag"."""
    topic: str
    """One or two words that letters and lists use for it: "ontwikkelvraag"."""
    ask: str
    """The plain Dutch noun phrase that asks for it: "uw ontwikkelvraag"."""
    cues: tuple[str, ...] = ()
    """Phrases that introduce or label an answer, lower case: "onze vraag is", "reden van deelname"."""
    topic_en: str = ""
    ask_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A published invitation: what it asks, how people refer to it, how they are answered."""

    id: str
    title: str
    """How letters name it: "de ontwikkelgroepen …"."""
    subject: str
    """What people sign up for, one Dutch noun: "ontwikkelgroep"."""
    names: tuple[str, ...]
    """How mails refer to it, lower case, singular and plural: "ontwikkelgroep", "ontwikkelgroepen" …"""
    reference_prefix: str
    """"OG" in "OG-2026-0001"."""
    addresses: tuple[str, ...]
    """Where applications are sent, lower case."""
    published_text: str
    """The invitation as published: recognised when it is quoted, never read as an applicant's words."""
    contact_name: str
    contact_phone: str
    contact_email: str
    organiser: str
    next_step: str
    """What happens after an application, one or two Dutch sentences for the letters."""
    privacy: str
    """How personal data is handled, one or two Dutch sentences for the letters."""
    fields: tuple[WantedField, ...]
    questions: tuple[Question, ...]
    regions: Mapping[str, str]
    """Province (lower case Dutch) to region; a province not named has none."""
    retention_days: int
    next_step_en: str = ""
    privacy_en: str = ""
    title_en: str = ""
    staff_domains: tuple[str, ...] = ()
    """Mail domains of those who run it, lower case, besides those of `addresses`: they write about applications."""
    answers_model: str = ""
    """The learned model that finds answers in running prose; empty for rules alone. Made for these questions only."""

    @property
    def required(self) -> tuple[str, ...]:
        """What makes an application complete: its required fields, then its questions as "answer:1" and so on."""
        fields = tuple(field.id for field in self.fields if field.required)
        return fields + tuple(f"answer:{question.id}" for question in self.questions)


def load_call(path: Path) -> Call:
    """Read a call from its TOML file. Raises CallError with one line naming file and key when it is wrong."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CallError(f"{path}: {error}") from error
    data["fields"] = [_build(WantedField, item, path, f"fields[{n}]") for n, item in enumerate(data.get("fields", []))]
    data["questions"] = [
        _build(Question, item, path, f"questions[{n}]") for n, item in enumerate(data.get("questions", []))
    ]
    call = _build(Call, data, path, "")
    if len({question.id for question in call.questions}) != len(call.questions):
        raise CallError(f"{path}: questions: two have the same id")
    return call


def load_calls(folders: Iterable[Path] = (CALLS,)) -> dict[str, Call]:
    """Read every *.toml in the folders, by id; a later folder's call replaces an earlier one with its id."""
    calls = (load_call(path) for folder in folders for path in sorted(folder.glob("*.toml")))
    return {call.id: call for call in calls}


def _build(cls: type[T], data: Any, path: Path, where: str) -> T:
    """Make the dataclass out of a TOML table, lists as tuples; CallError for unknown, missing and mistyped keys."""
    prefix = f"{path}: {where + '.' if where else ''}"
    if not isinstance(data, dict):
        raise CallError(f"{prefix.rstrip('. ')}: must be a table")
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    known = {field.name: field for field in fields(cls)}  # type: ignore[arg-type]
    for key in values:
        if key not in known:
            raise CallError(f"{prefix}{key}: no such key")
    hints = get_type_hints(cls)
    for key, field in known.items():
        if key not in values:
            if field.default is MISSING:
                raise CallError(f"{prefix}{key}: missing")
            continue
        wanted = get_origin(hints[key]) or hints[key]
        if not isinstance(values[key], wanted):
            raise CallError(f"{prefix}{key}: must be {_IN_TOML.get(wanted, 'a table')}")
    return cls(**values)
