"""Which applications a person asks for: the filters of the list and of the export."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, literal, not_, or_, select
from sqlalchemy.orm import Session, selectinload

from config.call import Call
from models.application import Application, ApplicationStatus
from models.value import ApplicationValue, ValueState
from parsers.fields.sectors import SECTORS
from replies.digest_content import UNKNOWN

_BATCH = 200
"""Applications held in memory at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What to show; None or empty asks for everything; merged applications are shown only when asked for."""

    call: str | None = None
    status: ApplicationStatus | None = None
    sector: str | None = None
    """A sector code, or "unknown"."""
    region: str | None = None
    """A region of the call, or "unknown"."""
    incomplete: bool | None = None
    needs_review: bool | None = None
    text: str = ""
    """Words that some value or the reference must hold, whatever their case."""


def mistakes(wanted: Filter, calls: Mapping[str, Call]) -> list[str]:
    """Return what the filter asks for that there can't be, a line each: nobody is to take a slip for an empty list."""
    regions = {region for call in calls.values() for region in call.regions.values()}
    known = {"call": [*sorted(calls)], "sector": [*SECTORS, UNKNOWN], "region": [*sorted(regions), UNKNOWN]}
    given = {"call": wanted.call, "sector": wanted.sector, "region": wanted.region}
    return [
        f"--{name}: {value}: not one of {', '.join(known[name])}"
        for name, value in given.items()
        if value is not None and value not in known[name]
    ]


def find_applications(
    session: Session, wanted: Filter, calls: Mapping[str, Call], *, whole: bool = False
) -> Iterator[Application]:
    """Yield the applications that pass the filter, oldest first, a batch in memory at a time.

    Use each before you take the next: a batch is forgotten when the next one comes. With `whole` their mails and events
    are read along, for whoever shows all of it.
    """
    query = select(Application).where(*_conditions(wanted, calls)).order_by(Application.id)
    parts = [Application.values, Application.people, *([Application.mails, Application.events] if whole else [])]
    query = query.options(*(selectinload(part) for part in parts))
    last = 0
    while True:
        batch = session.scalars(query.where(Application.id > last).limit(_BATCH)).all()
        yield from batch
        if len(batch) < _BATCH:
            return
        last = batch[-1].id
        session.expunge_all()


def count_applications(session: Session, wanted: Filter, calls: Mapping[str, Call]) -> int:
    """Return how many applications pass the filter."""
    return session.scalar(select(func.count(Application.id)).where(*_conditions(wanted, calls))) or 0


def _conditions(wanted: Filter, calls: Mapping[str, Call]) -> Iterator[ColumnElement[bool]]:
    if wanted.status is None:
        yield Application.status != ApplicationStatus.MERGED
    else:
        yield Application.status == wanted.status
    if wanted.call is not None:
        yield Application.call == wanted.call
    if wanted.sector is not None:
        yield _has_sector(wanted.sector)
    if wanted.region is not None:
        yield not_(_has_value("region")) if wanted.region == UNKNOWN else _has_value("region", equal=wanted.region)
    if wanted.needs_review is not None:
        yield Application.needs_review == wanted.needs_review
    if wanted.incomplete is not None:
        complete = or_(literal(False), *(_complete(call) for call in calls.values()))
        yield not_(complete) if wanted.incomplete else complete
    if wanted.text.strip():
        yield _holds(wanted.text)


def _current(*conditions: ColumnElement[bool]) -> Select[int]:
    return select(ApplicationValue.application_id).where(
        ApplicationValue.state == ValueState.CURRENT, ApplicationValue.value != "", *conditions
    )


def _has_value(field: str, *, equal: str | None = None) -> ColumnElement[bool]:
    conditions = [ApplicationValue.field == field]
    if equal is not None:
        conditions.append(ApplicationValue.value == equal)
    return Application.id.in_(_current(*conditions))


def _has_sector(sector: str) -> ColumnElement[bool]:
    if sector == UNKNOWN:
        return not_(_has_value("sector"))
    listed = literal(",") + func.replace(ApplicationValue.value, " ", "") + literal(",")
    inside = listed.contains(f",{sector},", autoescape=True)
    return Application.id.in_(_current(ApplicationValue.field == "sector", inside))


def _complete(call: Call) -> ColumnElement[bool]:
    """Whether an application to this call has everything that the call requires, as `Application.missing` counts."""
    given = (
        select(func.count(ApplicationValue.id))
        .where(
            ApplicationValue.application_id == Application.id,
            ApplicationValue.state == ValueState.CURRENT,
            ApplicationValue.field.in_(call.required),
        )
        .scalar_subquery()
    )
    return and_(Application.call == call.id, given == len(call.required))


def _holds(text: str) -> ColumnElement[bool]:
    """Whether every word of the text stands in the reference or in some current value."""
    words = []
    for word in text.split():
        value = ApplicationValue.value.icontains(word, autoescape=True)
        words.append(or_(Application.reference.icontains(word, autoescape=True), Application.id.in_(_current(value))))
    return and_(*words)
