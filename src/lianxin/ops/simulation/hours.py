"""When things happen: when people call, and when offices work.

Units work on workdays and keep a short duty at weekends; the centre works every day.  `advance` walks through those
hours, so that nobody signs an order at three in the morning.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random

from lianxin.rules.worktime import SHANGHAI, Calendar

CALENDAR = Calendar()
Period = tuple[datetime, datetime]

_WORKDAY = ((time(8, 0), time(12, 0)), (time(13, 30), time(18, 0)))
_DUTY = ((time(9, 0), time(11, 30)), (time(14, 0), time(16, 30)))
_CENTRE = ((time(7, 30), time(21, 30)),)
#: How many of a hundred requests come in which hour.
_HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 14, 16, 14, 10, 6, 8, 12, 13, 12, 9, 6, 6, 5, 4, 2, 1)
NIGHT = (22, 7)


@cache
def _periods(day: date, centre: bool) -> tuple[Period, ...]:
    lines = _CENTRE if centre else _WORKDAY if CALENDAR.is_workday(day) else _DUTY
    return tuple((datetime.combine(day, start, SHANGHAI), datetime.combine(day, end, SHANGHAI)) for start, end in lines)


def advance(start: datetime, minutes: float, *, centre: bool = False) -> datetime:
    """The moment when an office has worked `minutes` since `start`; whole seconds, always after `start`."""
    left, day = timedelta(minutes=minutes), start.astimezone(SHANGHAI).date()
    while True:
        for begin, end in _periods(day, centre):
            begin = max(begin, start)
            if begin + left < end:
                return max((begin + left).replace(microsecond=0), start + timedelta(seconds=20))
            left -= max(end - begin, timedelta())
        day += timedelta(days=1)


def lasting(random: Random, median: float, spread: float = 0.7) -> float:
    """Minutes of office time: half of them under `median`, with a long tail."""
    return median * random.lognormvariate(0, spread)


def at_hour(random: Random, day: datetime) -> datetime:
    """A moment of the day on which somebody calls: the shape of a county's day, with its two peaks."""
    hour = random.choices(range(24), _HOURS)[0]
    return day + timedelta(hours=hour, seconds=random.randrange(3600))


def at_night(moment: datetime) -> bool:
    """Whether only what is urgent is dispatched now."""
    return moment.hour >= NIGHT[0] or moment.hour < NIGHT[1]


def arrivals(random: Random, monday: datetime, number: int, by_day: Sequence[float]) -> list[datetime]:
    """When `number` requests of a week come in; Sunday's before night, so that each is dispatched in its week."""
    days = random.choices(range(7), by_day, k=number)
    found = []
    for day in days:
        while (at := at_hour(random, monday + timedelta(days=day))) and day == 6 and at.hour >= NIGHT[0]:
            pass
        found.append(at)
    return sorted(found)


def dispatched(random: Random, at: datetime) -> datetime:
    """When the dispatcher sends it: within five minutes, unless duty is unclear or it is night."""
    if at_night(at):
        morning = (at + timedelta(hours=24 - NIGHT[0])).replace(hour=7, minute=0, second=0, microsecond=0)
        return morning + timedelta(seconds=random.randrange(1200, 6000))
    quick = random.random() < 0.94
    return at + timedelta(seconds=random.randrange(50, 290) if quick else random.randrange(320, 2600))


def between(random: Random, start: datetime, end: datetime) -> datetime:
    """A moment of the centre's day between the two, or, where there is none, of the span itself."""
    for _ in range(40):
        moment = (start + (end - start) * random.random()).replace(microsecond=0)
        if 9 <= moment.hour < 20:
            return moment
    return moment


def by_day(random: Random, moment: datetime) -> datetime:
    """The moment, or the next morning where people would be at supper or asleep."""
    if 9 <= moment.hour < 20:
        return moment
    morning = moment.replace(hour=9, minute=random.randrange(60)) + timedelta(minutes=random.randrange(60))
    return morning if moment.hour < 9 else morning + timedelta(days=1)
