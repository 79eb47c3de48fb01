"""When things happen: when people call, and when offices work.

Units work in the calendar's office hours and keep a short duty at weekends; the centre's desks work every day from
morning to evening, its dispatchers longer, its agents at all hours.  `advance` walks through those hours, so that
nobody signs an order at three in the morning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random

from lianxin.rules.worktime import SHANGHAI, Calendar

CALENDAR = Calendar()
Period = tuple[datetime, datetime]

#: Units at weekends; the centre's desks but the agents', which are always there; the hours in which people are called.
_DUTY = ((time(9, 0), time(11, 30)), (time(14, 0), time(16, 30)))
_CENTRE = ((time(8, 0), time(20, 0)),)
_CALLS = (9, 20)
#: How many of a hundred requests come in which hour.
_HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 14, 16, 14, 10, 6, 8, 12, 13, 12, 9, 6, 6, 5, 4, 2, 1)
NIGHT = (22, 7)


@cache
def _periods(day: date, centre: bool) -> tuple[Period, ...]:
    lines = _CENTRE if centre else CALENDAR.office.periods if CALENDAR.is_workday(day) else _DUTY
    return tuple((datetime.combine(day, start, SHANGHAI), datetime.combine(day, end, SHANGHAI)) for start, end in lines)


def _days(start: datetime) -> Iterator[date]:
    day = start.astimezone(SHANGHAI).date()
    while True:
        yield day
        day += timedelta(days=1)


def advance(start: datetime, minutes: float, *, centre: bool = False) -> datetime:
    """The moment when an office has worked `minutes` since `start`; whole seconds, always after `start`."""
    left = timedelta(minutes=max(minutes, 0.5))
    for day in _days(start):
        for begin, end in _periods(day, centre):
            begin = max(begin, start)
            if begin + left < end:
                return (begin + left).replace(microsecond=0)
            left -= max(end - begin, timedelta())
    raise AssertionError("days do not end")


def in_office(moment: datetime) -> bool:
    """Whether the units' offices are open."""
    return any(begin <= moment < end for begin, end in _periods(moment.astimezone(SHANGHAI).date(), False))


def office_between(random: Random, start: datetime, end: datetime, *, centre: bool = False) -> datetime | None:
    """A moment between the two when an office works, whole seconds; None where there is none."""
    open_times = []
    for day in _days(start):
        if day > end.astimezone(SHANGHAI).date():
            break
        spans = [(max(begin, start), min(close, end)) for begin, close in _periods(day, centre)]
        open_times += [(begin, close) for begin, close in spans if close - begin > timedelta(seconds=2)]
    if not open_times:
        return None
    seconds = [(close - begin).total_seconds() for begin, close in open_times]
    begin, close = random.choices(open_times, seconds)[0]
    whole = int((close - begin).total_seconds())
    return begin.replace(microsecond=0) + timedelta(seconds=random.randint(1, whole - 1))


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


def calling(moment: datetime) -> bool:
    """Whether people are called at this hour."""
    return _CALLS[0] <= moment.hour < _CALLS[1]


def between(random: Random, start: datetime, end: datetime) -> datetime:
    """A moment between the two at which people are called, or, where there is none, of the span itself."""
    for _ in range(40):
        moment = (start + (end - start) * random.random()).replace(microsecond=0)
        if calling(moment):
            return moment
    return moment


def by_day(random: Random, moment: datetime) -> datetime:
    """The moment, or the next morning where people would be at supper or asleep."""
    if calling(moment):
        return moment
    morning = moment.replace(hour=9, minute=random.randrange(60)) + timedelta(minutes=random.randrange(60))
    return morning if moment.hour < 9 else morning + timedelta(days=1)
