"""The days that the law itself fixes, in years whose notice has not come out."""

from datetime import date, timedelta

import chinese_calendar
import pytest

from lianxin.rules.worktime import Calendar, statutory

CALENDAR = Calendar()


@pytest.mark.parametrize("year", [2025, 2026])
def test_they_are_those_of_the_notices(year: int) -> None:
    fixed = statutory(year)
    assert len(fixed) == 13
    assert all(chinese_calendar.is_holiday(day) for day in fixed)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2027, 1, 1), "元旦"),
        (date(2027, 2, 5), "春节"),  # the eve, although that lunar year has a month of 29 days
        (date(2027, 2, 8), "春节"),
        (date(2027, 4, 5), "清明"),
        (date(2028, 4, 4), "清明"),
        (date(2027, 5, 2), "劳动节"),
        (date(2027, 6, 9), "端午节"),
        (date(2027, 9, 15), "中秋节"),
        (date(2027, 10, 3), "国庆节"),
        (date(2028, 1, 25), "春节"),
        (date(2031, 10, 1), "国庆节"),  # also the Mid-Autumn Festival
    ],
)
def test_in_a_year_not_yet_announced_they_are_holidays(day: date, name: str) -> None:
    assert statutory(day.year)[day] == name
    assert not CALENDAR.is_workday(day)
    mark = CALENDAR.days(day, day)[0]
    assert (mark.kind, mark.name, mark.provisional) == ("holiday", name, True)


def test_the_third_of_may_and_the_fourth_of_october_wait_for_the_notice() -> None:
    assert CALENDAR.is_workday(date(2027, 5, 3))
    assert CALENDAR.is_workday(date(2027, 10, 4))


def test_the_centres_own_table_wins() -> None:
    assert Calendar({date(2027, 1, 1): True}).is_workday(date(2027, 1, 1))


def test_every_year_has_them_as_long_as_the_lunar_calendar_is_known() -> None:
    for year in range(2025, 2100):
        fixed = statutory(year)
        # Where the Mid-Autumn Festival falls on a day of the National Day there is one less.
        assert len(fixed) in (12, 13), year
        spring = sorted(day for day, name in fixed.items() if name == "春节")
        assert spring[3] - spring[0] == timedelta(days=3)
    assert len(statutory(2100)) == 6
    assert statutory(2003) == {}
