"""Days and times as Dutch readers write them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_MONTHS = (
    *("januari", "februari", "maart", "april", "mei", "juni"),
    *("juli", "augustus", "september", "oktober", "november", "december"),
)
_DAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")


def dutch_day(day: date) -> str:
    """Return "maandag 2 maart"."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def dutch_moment(moment: datetime) -> str:
    """Return "maandag 2 maart 07:30", in Dutch time. Raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time needs a zone")
    local = moment.astimezone(AMSTERDAM)
    return f"{dutch_day(local.date())} {local:%H:%M}"
