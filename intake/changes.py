"""The values that a mail states, into an application: what is new, what holds against it, what only waits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from models.application import MACHINE, Application, ApplicationPerson
from models.mail import Mail
from models.value import ApplicationValue, ValueState, match_key
from parsers.blocks import BlockKind
from parsers.extraction import Evidence, ExtractedApplication, Person
from parsers.fields.gazetteer import provinces_of
from parsers.message import Message
from replies.application_view import Change

_SPOKEN = frozenset({BlockKind.OWN, BlockKind.FORWARDED, BlockKind.ATTACHMENT})
# They follow from other values: as a rule nobody says them to correct something.
_SOURCES = {"province": "place", "region": "province"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A value that a mail states."""

    field: str
    value: str
    confidence: float
    unsure: bool
    spoken: bool
    """Said in the mail's words, not only found in its signature or headers."""
    evidence: Sequence[Evidence]


class Verdict(StrEnum):
    """What becomes of a stated value."""

    KNOWN = "known"
    """It holds already, or is too weak to matter."""
    HOLDS = "holds"
    """It takes the place of what held, or is the first."""
    SUGGESTED = "suggested"
    """A person must decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """In what way a mail speaks about an application."""

    mail: Mail
    message: Message
    unsure: frozenset[str]
    """The fields that the extraction says a person must look at."""
    whole: bool
    """It is a whole application, in which the signature counts, too; not a mere addition."""
    allowed: bool
    """Its sender may change the application; otherwise everything is only suggested."""


def take_over(
    session: Session, application: Application, extracted: ExtractedApplication, saying: Saying, *, now: datetime
) -> list[Change]:
    """Bring the stated values into the application and return what changed. What held before is kept as history."""
    changes: list[Change] = []
    everything = list(stated_values(extracted, saying))
    verdicts = _verdicts(application, everything, saying)
    for stated in everything:
        held = application.current().get(stated.field)
        match verdicts[stated.field]:
            case Verdict.HOLDS:
                set_value(session, application, _row(stated, saying, now=now))
                changes.append(Change(field=stated.field, before=held.value if held else "", after=stated.value))
            case Verdict.SUGGESTED:
                _suggest(application, stated, saying, now=now)
            case Verdict.KNOWN:
                said = saying.allowed and (stated.spoken or saying.whole)
                if said and held and _same(held, stated) and held.unsure and not stated.unsure:
                    # Said again, and surely this time: for the applicant it is noted only now. Our own letter, quoted
                    # beneath, says nothing.
                    set_value(session, application, _row(stated, saying, now=now))
                    changes.append(Change(field=stated.field, before="", after=stated.value))
    if "place" in {change.field for change in changes}:
        _doubt_province(application)
    return changes


def _verdicts(application: Application, everything: Sequence[Stated], saying: Saying) -> dict[str, Verdict]:
    """Weigh all that a mail states; what follows from a value goes the way of that value."""
    held, stated = application.current(), {one.field: one for one in everything}
    verdicts = {field: weigh(held.get(field), one, saying) for field, one in stated.items()}
    for field, source in _SOURCES.items():
        if field in stated and source in stated:
            origin = held.get(source)
            elsewhere = origin is None or not _same(origin, stated[source])
            free = saying.allowed and not (field in held and held[field].by_person)
            verdicts[field] = _following(
                verdicts[source], verdicts[field], stated[field], elsewhere=elsewhere, free=free
            )
    return verdicts


def _following(source: Verdict, own: Verdict, stated: Stated, *, elsewhere: bool, free: bool) -> Verdict:
    """Decide about a value that follows from another one: it holds when that does.

    `elsewhere` says that its source is not the one that holds today; `free` that a machine may change it. A region that
    follows from what is only suggested is not even that: it comes with the province that a person takes.
    """
    match source:
        case Verdict.SUGGESTED if own is not Verdict.KNOWN:
            return Verdict.KNOWN if stated.field == "region" else Verdict.SUGGESTED
        case Verdict.HOLDS if own is Verdict.SUGGESTED and free:
            return Verdict.HOLDS
        case Verdict.KNOWN if elsewhere and not stated.spoken:
            return Verdict.KNOWN
    return own


def _doubt_province(application: Application) -> None:
    """Ask about a province that was known by an earlier place, when the new one does not lie in it for certain."""
    held = application.current()
    province = held.get("province")
    if province is not None and not province.by_person:
        same_mail = province.mail_id is not None and province.mail_id == held["place"].mail_id
        province.unsure = province.unsure or not (same_mail or province.value in provinces_of(held["place"].value)[0])


def stated_values(extracted: ExtractedApplication, saying: Saying) -> Iterator[Stated]:
    """Yield every value of an extracted application under the name that the list uses for it."""
    for field, value in extracted.fields.items():
        yield _stated(field, value.value, value.confidence, value.evidence, saying)
    if extracted.sector is not None and extracted.sector.value:
        sector = extracted.sector
        yield _stated("sector", ",".join(sector.value), sector.confidence, sector.evidence, saying)
    for number, answer in extracted.answers.items():
        yield _stated(f"answer:{number}", answer.value, answer.confidence, answer.evidence, saying)


def weigh(held: ApplicationValue | None, stated: Stated, saying: Saying) -> Verdict:
    """Decide what becomes of a stated value beside the one that holds.

    1. The same value is known. So is one that only a signature or header gives when another one holds: people reply
       from other addresses and under longer names. When the same mail is read again, it may correct itself.
    2. A sender who may not change the application, and a machine against a person, can only suggest.
    3. An unsure value does not take the place of a sure one.
    """
    if held is not None and _same(held, stated):
        return Verdict.KNOWN
    if not saying.allowed:
        return Verdict.SUGGESTED if stated.spoken or saying.whole else Verdict.KNOWN
    if held is None:
        return Verdict.HOLDS
    again = held.mail_id == saying.mail.id
    if not (again or stated.spoken or saying.whole or stated.field in _SOURCES):
        return Verdict.KNOWN
    if held.by_person or (stated.unsure and not held.unsure and not again):
        return Verdict.SUGGESTED
    return Verdict.HOLDS


def set_value(session: Session, application: Application, value: ApplicationValue) -> None:
    """Make the value the one that holds, and what held before history."""
    held = application.current().get(value.field)
    if held is not None:
        held.state = ValueState.SUPERSEDED
        held.superseded_at = value.set_at
        # The database lets one value hold at a time, and a session writes new rows before changed ones.
        session.flush()
    application.values.append(value)
    session.flush()
    if held is not None:
        held.superseded_by = value.id


def add_people(application: Application, people: Sequence[Person], mail: Mail, *, now: datetime) -> int:
    """Add the colleagues who are not known yet, by address or name; returns how many."""
    added = 0
    for person in people:
        given = (person.name, person.email, person.role, person.phone)
        if not any(given) or any(_is_person(known, person) for known in application.people):
            continue
        application.people.append(
            ApplicationPerson(
                name=person.name,
                email=person.email.lower(),
                role=person.role,
                phone=person.phone,
                mail_id=mail.id,
                added_by=MACHINE,
                added_at=now,
            )
        )
        added += 1
    return added


def _is_person(known: ApplicationPerson, person: Person) -> bool:
    """One who was taken off stays off: a machine does not sign them up again."""
    if person.email and known.email:
        return person.email.lower() == known.email
    return bool(person.name) and match_key("name", person.name) == match_key("name", known.name)


def _stated(field: str, text: str, confidence: float, evidence: Sequence[Evidence], saying: Saying) -> Stated:
    return Stated(
        field=field,
        value=text.strip(),
        confidence=confidence,
        unsure=field in saying.unsure,
        spoken=any(_is_spoken(place, saying.message) for place in evidence),
        evidence=evidence,
    )


def _is_spoken(place: Evidence, message: Message) -> bool:
    """Whether the evidence lies in somebody's words; where the mail was not told apart, the whole body is words."""
    if place.part.startswith("header:"):
        return False
    blocks = [block for block in message.blocks if block.part == place.part]
    return not blocks or any(
        block.kind in _SPOKEN and block.start <= place.start < max(block.end, block.start + 1) for block in blocks
    )


def _same(held: ApplicationValue, stated: Stated) -> bool:
    if held.value == stated.value:
        return True
    key = match_key(held.field, held.value)
    return key is not None and key == match_key(stated.field, stated.value)


def _row(stated: Stated, saying: Saying, *, now: datetime, state: ValueState = ValueState.CURRENT) -> ApplicationValue:
    return ApplicationValue(
        field=stated.field,
        value=stated.value,
        state=state,
        confidence=stated.confidence,
        unsure=stated.unsure,
        evidence=[_evidence(place) for place in stated.evidence],
        mail_id=saying.mail.id,
        set_by=MACHINE,
        set_at=now,
    )


def _evidence(place: Evidence) -> dict[str, Any]:
    return {"part": place.part, "start": place.start, "end": place.end, "extractor": place.extractor}


def _suggest(application: Application, stated: Stated, saying: Saying, *, now: datetime) -> None:
    """Keep the proposal for a person, unless the same one waits or was dismissed."""
    decided = {ValueState.SUGGESTED, ValueState.DISMISSED}
    known = (value for value in application.values if value.field == stated.field and value.state in decided)
    if not any(_same(value, stated) for value in known):
        application.values.append(_row(stated, saying, now=now, state=ValueState.SUGGESTED))
