"""How the open applications stand: by level and region, complete or not, and the run of the last weeks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from config.call import Call
from models.application import Application, ApplicationStatus
from models.value import ApplicationValue, ValueState
from parsers.fields.sectors import SECTORS
from replies.application_view import view_of
from replies.digest_content import UNKNOWN, IncompleteApplication, Overview
from replies.dutch_time import AMSTERDAM

WEEKS = 8
_OLDER_PUPILS = {"vo", "vso", "pro", "mbo"}
LEVELS = {code: "vo" if code in _OLDER_PUPILS else "po" for code in SECTORS}
"""A sector's level: the groups are made of PO and VO, and special education belongs to the age of its pupils."""


@dataclass(slots=True, kw_only=True)
class Standing:
    """An open application, as far as counting needs it."""

    id: int
    call: str
    created_at: datetime
    fields: dict[str, str] = field(default_factory=dict)

    def missing(self, call: Call) -> bool:
        """Whether it lacks something that the call requires."""
        return any(name not in self.fields for name in call.required)


def overviews(
    session: Session, calls: Mapping[str, Call], open_ones: Sequence[Standing], now: datetime
) -> tuple[Overview, ...]:
    """Return the overview of each call that has applications; of the first call when none has."""
    standings: dict[str, list[Standing]] = {}
    for standing in open_ones:
        standings.setdefault(standing.call, []).append(standing)
    named = [name for name in calls if name in standings] or list(calls)[:1]
    return tuple(_overview(session, calls[name], standings.get(name, []), now) for name in named)


def incomplete_applications(
    session: Session, calls: Mapping[str, Call], open_ones: Sequence[Standing], before: datetime, limit: int
) -> tuple[tuple[IncompleteApplication, ...], int]:
    """Return the applications of before that time that are not complete, oldest first, and how many more there are."""
    ids = [
        standing.id for standing in open_ones if standing.created_at < before and standing.missing(calls[standing.call])
    ]
    options = (selectinload(Application.values), selectinload(Application.people))
    query = select(Application).where(Application.id.in_(ids[:limit])).order_by(Application.id).options(*options)
    told = tuple(
        IncompleteApplication(view=view_of(application, calls[application.call]), since=application.created_at)
        for application in session.scalars(query)
    )
    return told, len(ids) - len(told)


def level_of(sectors: str) -> str:
    """Return "po", "vo", "both" or "unknown" for sector codes joined by commas."""
    levels = {LEVELS[code] for code in sectors.split(",") if code in LEVELS}
    return "both" if len(levels) > 1 else next(iter(levels), UNKNOWN)


def standings_of(session: Session, calls: Mapping[str, Call]) -> Iterator[Standing]:
    """Go through the open applications; of their values only the names are read, and what the counting needs."""
    query = (
        select(Application.id, Application.call, Application.created_at, ApplicationValue.field, ApplicationValue.value)
        .outerjoin(
            ApplicationValue,
            (ApplicationValue.application_id == Application.id) & (ApplicationValue.state == ValueState.CURRENT),
        )
        .where(Application.status == ApplicationStatus.OPEN, Application.call.in_(calls))
        .order_by(Application.id)
        .execution_options(yield_per=1000)
    )
    standing: Standing | None = None
    for number, call, created_at, name, value in session.execute(query):
        if standing is None or standing.id != number:
            if standing is not None:
                yield standing
            standing = Standing(id=number, call=call, created_at=created_at)
        if name is not None:
            standing.fields[name] = value if name in {"sector", "region"} else ""
    if standing is not None:
        yield standing


def _overview(session: Session, call: Call, standings: list[Standing], now: datetime) -> Overview:
    cells: dict[tuple[str, str], int] = {}
    known = set(call.regions.values())
    for standing in standings:
        region = standing.fields.get("region", "")
        cell = (level_of(standing.fields.get("sector", "")), region if region in known else UNKNOWN)
        cells[cell] = cells.get(cell, 0) + 1
    incomplete = sum(standing.missing(call) for standing in standings)
    return Overview(
        call=call.id,
        cells=cells,
        complete=len(standings) - incomplete,
        incomplete=incomplete,
        weeks=_weeks(session, call, now),
    )


def _weeks(session: Session, call: Call, now: datetime) -> tuple[tuple[date, int], ...]:
    """How many applications came in, by week: withdrawn ones too, merged ones not."""
    today = now.astimezone(AMSTERDAM).date()
    monday = today - timedelta(days=today.weekday())
    counts = {monday - timedelta(weeks=back): 0 for back in reversed(range(WEEKS))}
    since = datetime.combine(min(counts), datetime.min.time(), AMSTERDAM)
    query = select(Application.created_at).where(
        Application.call == call.id, Application.status != ApplicationStatus.MERGED, Application.created_at >= since
    )
    for created_at in session.scalars(query):
        day = created_at.astimezone(AMSTERDAM).date()
        week = day - timedelta(days=day.weekday())
        if week in counts:
            counts[week] += 1
    return tuple(counts.items())
