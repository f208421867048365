from datetime import UTC, date, datetime, time, timedelta

import pytest

from replies.digest_due import Due, due_at, due_digest

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
EVERY_DAY = (*WORKDAYS, "sat", "sun")
MORNING = time(7, 30)


def due(now: datetime, last_day: date | None, *, at: time = MORNING, days: tuple[str, ...] = WORKDAYS) -> Due | None:
    return due_digest(now, at=at, days=days, last_day=last_day)


def test_the_digest_is_due_once_the_hour_has_come():
    monday = date(2026, 3, 2)
    assert due(datetime(2026, 3, 2, 6, 29, tzinfo=UTC), date(2026, 2, 27)) is None
    found = due(datetime(2026, 3, 2, 6, 30, tzinfo=UTC), date(2026, 2, 27))
    assert found is not None
    assert (found.day, found.missed_days) == (monday, ())
    assert due(datetime(2026, 3, 2, 23, 0, tzinfo=UTC), monday) is None


def test_summer_time_moves_the_hour():
    assert due_at(date(2026, 3, 27), MORNING) == datetime(2026, 3, 27, 6, 30, tzinfo=UTC)
    assert due_at(date(2026, 3, 30), MORNING) == datetime(2026, 3, 30, 5, 30, tzinfo=UTC)


def test_days_that_were_missed_are_named_and_made_up_for_by_one():
    found = due(datetime(2026, 3, 5, 12, 0, tzinfo=UTC), date(2026, 2, 27))
    assert found is not None
    assert found.day == date(2026, 3, 5)
    assert found.missed_days == (date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4))


def test_a_missed_day_is_made_up_for_before_the_hour_and_in_the_weekend():
    early = due(datetime(2026, 3, 3, 5, 0, tzinfo=UTC), date(2026, 2, 27))
    weekend = due(datetime(2026, 3, 7, 12, 0, tzinfo=UTC), date(2026, 3, 5))
    assert early is not None
    assert weekend is not None
    assert early.day == date(2026, 3, 2)
    assert weekend.day == date(2026, 3, 6)


def test_the_first_digest_makes_up_for_nothing():
    assert due(datetime(2026, 3, 7, 12, 0, tzinfo=UTC), None) is None
    found = due(datetime(2026, 3, 9, 12, 0, tzinfo=UTC), None)
    assert found is not None
    assert (found.day, found.missed_days) == (date(2026, 3, 9), ())


@pytest.mark.parametrize("night", [date(2026, 3, 29), date(2026, 10, 25)])
@pytest.mark.parametrize("at", [time(1, 59), time(2, 0), time(2, 30), time(3, 0), time(3, 1)])
def test_both_nights_of_summer_time_give_exactly_one_digest_each_day(night, at):
    moment = datetime.combine(night - timedelta(days=2), time(12), UTC)
    last, made = night - timedelta(days=2), []
    for _ in range(4 * 24 * 12):
        moment += timedelta(minutes=5)
        found = due(moment, last, at=at, days=EVERY_DAY)
        if found:
            assert found.missed_days == ()
            made.append(found.day)
            last = found.day
    assert made == [night + timedelta(days=days) for days in (-1, 0, 1, 2)]


def test_an_hour_that_is_skipped_is_due_when_the_clocks_have_jumped():
    assert due_at(date(2026, 3, 29), time(2, 30)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_of_an_hour_that_comes_twice_the_first_counts():
    assert due_at(date(2026, 10, 25), time(2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
