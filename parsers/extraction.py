"""What was understood of one message: the values every extractor proposes and the verdict over them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")


class Kind(StrEnum):
    """What a mail is."""

    APPLICATION = "application"
    SUPPLEMENT = "supplement"
    WITHDRAWAL = "withdrawal"
    QUESTION = "question"
    PRIVACY = "privacy"
    AUTOMATIC = "automatic"
    SPAM = "spam"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where a value was found."""

    part: str
    """A part of the message by name, or "header:From" and the like (offsets into the decoded header)."""
    start: int
    end: int
    extractor: str
    """Which extractor found it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One extractor's proposal for one field."""

    field: str
    """"organisation", "name", …, "answer:1"."""
    value: str
    """As found, white space tidied; normalised where a norm exists (E.164, lower-case e-mail, sector code)."""
    confidence: float
    """0 to 1: how often a candidate of this extractor is right, roughly."""
    evidence: Evidence
    group: int = 0
    """Which applicant of the mail it belongs to, when the extractor can tell; 0 for the first or only one."""
    cues: tuple[str, ...] = ()
    """What speaks for or against it, by name: "label", "voice:signature", "near:fax". Weighed with learned weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value(Generic[T]):
    """A decided value with its confidence (0 to 1, calibrated) and every place it was found."""

    value: T
    confidence: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Another person signed up in the same mail for the same organisation; empty text where not given."""

    name: str = ""
    email: str = ""
    role: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractedApplication:
    """One organisation's application as one message states it. A value that the mail does not give is absent."""

    fields: Mapping[str, Value[str]] = field(default_factory=dict)
    """organisation, role, name, email, phone, place, province, region; keys of the call's further fields too."""
    sector: Value[tuple[str, ...]] | None = None
    answers: Mapping[str, Value[str]] = field(default_factory=dict)
    """By question id, "1" …"""
    also: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What was understood of one message."""

    kind: Kind
    kind_confidence: float
    kind_reason: str
    """Why, in a few English words: "Auto-Submitted: auto-replied", "asks without signing up" …"""
    needs_review: bool
    review_reasons: tuple[str, ...] = ()
    """Which kind or field is unsure, or that the mail was cut: "kind", "phone", "answer:2", "truncated" …"""
    language: str = "nl"
    """ISO 639-1: nl, en, fy (West Frisian)."""
    applications: tuple[ExtractedApplication, ...] = ()
    missing: tuple[str, ...] = ()
    """Fields the call requires that the first application does not have: "phone", "answer:3" …"""
    error: str | None = None
