"""When things happen in a scene: counted from the day on which it begins, in working days where the rule does so.

`d3 16:00` is the third working day after the first day (`d0`), `c30 18:00` the thirtieth day by the calendar, `m1
00:00` the Monday of the next week, `+30m`, `+2h`, `+1d` so long after what was before.  `24:00` is the end of a day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from lianxin.rules.worktime import SHANGHAI, Calendar

_AFTER = re.compile(r"\+(\d+)([mhd])")
_ON = re.compile(r"([dcm])(-?\d+) (\d\d):(\d\d)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")


@dataclass(frozen=True, slots=True)
class Times:
    """The instants of a scene that begins on `first`, a working day."""

    first: date
    calendar: Calendar

    def at(self, text: str, before: datetime) -> datetime:
        """The instant of `text`; `before`: from which `+2h` is counted.  Raises ValueError."""
        if match := _AFTER.fullmatch(text):
            return before + timedelta(**{_UNITS[match[2]]: int(match[1])})
        if not (match := _ON.fullmatch(text)):
            raise ValueError(f"{text!r} is no time: d0 09:00, c30 18:00, m1 00:00, +2h")
        midnight = datetime.combine(self._day(match[1], int(match[2])), time(), SHANGHAI)
        return midnight + timedelta(hours=int(match[3]), minutes=int(match[4]))

    def _day(self, counted: str, number: int) -> date:
        if counted == "m":
            return self.first - self.first.weekday() * DAY + 7 * number * DAY
        return workday(self.calendar, self.first, number) if counted == "d" else self.first + number * DAY


def workday(calendar: Calendar, day: date, number: int) -> date:
    """The `number`-th working day after (or, negative, before) `day`."""
    step = DAY if number > 0 else -DAY
    for _ in range(abs(number)):
        day += step
        while not calendar.is_workday(day):
            day += step
    return day


def first_day(calendar: Calendar, today: date, ago: int, weekday: str = "") -> date:
    """The day on which a scene begins that was so many working days before `today`: or, where it needs a day of the
    week, the last such working day before that one."""
    day = workday(calendar, today, -ago)
    while weekday and (day.weekday() >= len(WEEKDAYS) or WEEKDAYS[day.weekday()] != weekday):
        day = workday(calendar, day, -1)
    return day
