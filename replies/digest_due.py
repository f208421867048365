"""Which day's digest is due: from the rows that say what was sent, never from a scheduler's memory."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from replies.dutch_time import AMSTERDAM

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST = 366
"""Days that are looked back for missed ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A digest to make now."""

    day: date
    missed_days: tuple[date, ...] = ()
    """Earlier days on which one was due and none was made."""


def due_digest(now: datetime, *, at: time, days: Collection[str], last_day: date | None) -> Due | None:
    """Return the digest that is due, or None when the latest one that is due was made.

    `last_day` is the day of the last digest; None before the first one, which makes up for nothing. Of several missed
    days the latest is made and names the others. A time that does not exist in the night that summer time begins is due
    when the clocks have jumped past it; of one that exists twice the first counts, and the row of the day prevents a
    second.
    """
    today = now.astimezone(AMSTERDAM).date()
    looked = (today - timedelta(days=back) for back in range(_LONGEST))
    passed = [day for day in looked if _is_digest_day(day, days) and due_at(day, at) <= now]
    if last_day is None:
        return Due(day=passed[0]) if passed and passed[0] == today else None
    waiting = [day for day in passed if day > last_day]
    if not waiting:
        return None
    return Due(day=waiting[0], missed_days=missed_before(waiting[0], days=days, last_day=last_day))


def missed_before(day: date, *, days: Collection[str], last_day: date | None) -> tuple[date, ...]:
    """Return the digest days between the last digest and this day's, oldest first; none before the first digest."""
    if last_day is None:
        return ()
    between = (last_day + timedelta(days=ahead) for ahead in range(1, min((day - last_day).days, _LONGEST)))
    return tuple(one for one in between if _is_digest_day(one, days))


def due_at(day: date, at: time) -> datetime:
    """Return the moment when that day's digest is due: the first one that Dutch clocks show this time or later."""
    # PEP 495: fold=0 takes the first of two, and reads a time in the gap with the offset from before it, which is right
    # as far into the new time as it stands in the gap.
    # In UTC because Python finds such times of two zones never equal.
    return datetime.combine(day, at.replace(tzinfo=None), AMSTERDAM).astimezone(UTC)


def _is_digest_day(day: date, days: Collection[str]) -> bool:
    return DAYS[day.weekday()] in days
