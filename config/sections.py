"""What an operator can set, section by section. The descriptions are the manual: `intake init` writes them out."""

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
)
from pydantic_core import PydanticCustomError

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

# Not the whole of RFC 5321, only what a slip of the hand breaks; whether mail arrives there, `intake check` finds out.
_ADDRESS = re.compile(r"[^@\s<>,;\"()]{1,64}@[^@\s<>,;\"()]{1,255}")
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WORKDAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri")


def _address(value: str) -> str:
    value = value.strip().lower()
    if not _ADDRESS.fullmatch(value):
        raise PydanticCustomError("address", "must be an e-mail address, like name@example.org")
    return value


def _moment(value: Any) -> Any:
    """A date means its first moment in the Netherlands; a time without a zone is Dutch."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("moment", "must be a date, like 2026-01-31") from None
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time())
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        value = value.replace(tzinfo=AMSTERDAM)
    return value


Address = Annotated[str, AfterValidator(_address)]
Moment = Annotated[dt.datetime, BeforeValidator(_moment)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


class Section(BaseModel):
    """A section of the settings: unknown keys are mistakes, nothing changes after loading, secrets stay hidden."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=False)


class DatabaseSettings(Section):
    """Where everything is kept."""

    url: SecretStr = Field(
        default=SecretStr("sqlite:///intake.db"),
        description='"sqlite:///intake.db" is a file in the folder where the service runs; '
        '"postgresql://user:password@host/intake" is a PostgreSQL server, which several workers may share.',
    )

    @field_validator("url")
    @classmethod
    def _known(cls, value: SecretStr) -> SecretStr:
        scheme, colon, rest = value.get_secret_value().partition("://")
        if not colon or not rest or scheme.partition("+")[0] not in {"sqlite", "postgres", "postgresql"}:
            raise PydanticCustomError("url", 'must begin with "sqlite:///" or "postgresql://"')
        return value


class LetterSettings(Section):
    """The letters to applicants."""

    enabled: bool = Field(default=True, description="Answer applicants. With false, mail is read and listed only.")
    template_folder: Path | None = Field(
        default=None,
        description="A folder with your own texts: a file there replaces the shipped one of its name.",
        examples=["/etc/intake/templates"],
    )
    copy_to_applicant: Literal["never", "same-domain", "always"] = Field(
        default="same-domain",
        description="Whether somebody who is signed up by another gets the letter too.",
    )
    copy_to_sent: str | None = Field(
        default=None,
        description="Put a copy of each letter in this folder of the mailbox, so that colleagues see it was answered. "
        "Left out: none is made.",
        examples=["Sent"],
    )
    kind_threshold: float = Field(
        default=0.8, ge=0, le=1, description="When it is less sure than this what a mail is, a person decides first."
    )
    max_age_days: Count = Field(default=30, description="Mail that is older than this when it is read is not answered.")
    window_hours: Count = Field(default=24, description="The time over which letters are counted for the limits below.")
    address_cap: Count = Field(default=5, description="At most so many letters to one address in that time,")
    thread_cap: Count = Field(default=5, description="so many in one conversation,")
    domain_cap: Count = Field(default=30, description="so many to one domain,")
    provider_cap: Count = Field(default=200, description="so many to a domain where anybody can have an address,")
    total_cap: Count = Field(default=500, description="and so many in all.")
    max_attempts: Count = Field(
        default=20, description="How often a letter is offered to the SMTP server before a person must look."
    )


class DigestSettings(Section):
    """The daily letter to the staff."""

    recipients: tuple[Address, ...] = Field(
        default=(), description="Who gets it. Left out: nobody, and none is made.", examples=[["staff@example.org"]]
    )
    time: dt.time = Field(default=dt.time(7, 30), description="When, in the Netherlands.")
    days: tuple[Day, ...] = Field(default=_WORKDAYS, min_length=1, description="On which days.")
    incomplete_after_days: Count = Field(
        default=7, description="Applications that are incomplete for longer than this are listed."
    )
    send_when_empty: bool = Field(default=True, description="Say so when there is nothing to tell.")

    @field_validator("time")
    @classmethod
    def _dutch(cls, value: dt.time) -> dt.time:
        if value.tzinfo is not None:
            raise PydanticCustomError("time", 'must be a Dutch time without a zone, like "07:30"')
        return value


class RetentionSettings(Section):
    """How long things are kept. How long applications are kept stands in the call's file."""

    other_mail_days: Count = Field(
        default=90,
        description="Words and senders of mail that belongs to no application are erased after so many days.",
    )
    time: dt.time = Field(default=dt.time(3, 30), description="When old things are erased, in the Netherlands.")


class LogSettings(Section):
    """What the service says of itself while it runs. Never names, addresses, numbers or words of mail."""

    format: Literal["console", "json"] = Field(
        default="console", description='"console" for people, "json" for machines.'
    )
    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="How much.")


class AlarmSettings(Section):
    """Telling the operators that something stands still."""

    recipients: tuple[Address, ...] = Field(
        default=(), description="Who is told. Left out: the log alone.", examples=[["operator@example.org"]]
    )
    after_minutes: Count = Field(default=60, description="When no round has gone well for so long.")


class LimitSettings(Section):
    """How much one mail may cost."""

    attempts: Count = Field(default=3, description="A mail that fails so often to be read is set aside for a person.")
    retry_seconds: Seconds = Field(default=60, description="How long to wait before the second attempt; then double.")
    wall_clock_seconds: Seconds = Field(default=30, description="Reading one mail may take so long.")
    memory_mb: int = Field(default=1500, ge=200, description="And so much memory.")
    separate_process: bool = Field(
        default=True, description="Read mail in a process of its own, which is what holds it to these limits."
    )


class CallSettings(Section):
    """The published invitations."""

    folder: Path | None = Field(
        default=None,
        description="A folder with calls of your own, beside the shipped ones: one TOML file each.",
        examples=["/etc/intake/calls"],
    )


class WorkerSettings(Section):
    """The daemon."""

    name: str | None = Field(
        default=None,
        min_length=1,
        description="Which worker this is, when several share a database: each needs its own. Left out: this machine's "
        "name.",
        examples=["one"],
    )
