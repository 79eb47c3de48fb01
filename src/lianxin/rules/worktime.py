"""Working days of China, spans of time as people say them, and when they end.

Three things stand here: the working calendar of a centre (public holidays and
make-up working days, corrected by the centre's own table), office hours, and
``Span``: "5 minutes", "same day", "3 workdays", "1 workday before".

How a deadline is counted: the day of the event does not count; a span of days
or workdays ends at 24:00 of its last day, in Asia/Shanghai. 24:00 is kept as
the instant 00:00 of the next day (UTC) and shown as 24:00 by ``show_due``.

Source of the holidays: the yearly notices of the General Office of the State
Council, as the library ``chinesecalendar`` carries them (2004 on). A year that
has not been announced is counted by weekends and by the days that the law itself
fixes (``statutory``), and called provisional: which days are worked in exchange
only the notice says.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

import chinese_calendar
from lunardate import LunarDate

SHANGHAI = ZoneInfo("Asia/Shanghai")

DayKind = Literal["workday", "weekend", "holiday", "makeup"]
Unit = Literal["minute", "hour", "day", "workday"]

_WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@cache
def statutory(year: int) -> Mapping[date, str]:
    """The holidays that the law itself fixes, by their day: 全国年节及纪念日放假办法, as in force since 2025; none
    for an earlier year, whose notice is known or was never kept.

    The four days of the Spring Festival begin on the eve, which is the last day of the lunar year whether that has 29
    or 30 days. Beyond the tables of the lunar calendar (2099) only the days of the solar one.
    """
    if year < _FORCE:
        return {}
    found = {date(year, 1, 1): "元旦", date(year, 5, 1): "劳动节", date(year, 5, 2): "劳动节"}
    found |= {date(year, 10, day): "国庆节" for day in (1, 2, 3)}
    if year > _LUNAR_UNTIL:
        return found
    april = chinese_calendar.get_solar_terms(date(year, 4, 1), date(year, 4, 10))
    found |= {day: "清明" for day, name in april if name == "清明"}
    spring = LunarDate(year, 1, 1).to_solar_date()
    found |= {spring + timedelta(days=n): "春节" for n in (-1, 0, 1, 2)}
    # In this order: in some years the Mid-Autumn Festival falls on a day of the National Day.
    return {
        LunarDate(year, 5, 5).to_solar_date(): "端午节",
        LunarDate(year, 8, 15).to_solar_date(): "中秋节",
        **found,
    }


#: Since which year the law fixes these days, and until which the library knows the lunar calendar.
_FORCE, _LUNAR_UNTIL = 2025, 2099


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The hours of a working day in which an office clock runs, in order, not overlapping."""

    periods: tuple[tuple[time, time], ...] = (
        (time(8, 30), time(12, 0)),
        (time(13, 30), time(17, 30)),
    )

    def __post_init__(self) -> None:
        edges = [edge for period in self.periods for edge in period]
        if not edges or any(a >= b for a, b in pairwise(edges)):
            raise ValueError("office hours must be non-empty, ascending and not overlapping")

    @classmethod
    def parse(cls, texts: Iterable[str]) -> OfficeHours:
        """Read ``["08:30-12:00", "13:30-17:30"]``; ValueError for anything else."""
        periods = []
        for text in texts:
            parts = [_CLOCK.fullmatch(part.strip()) for part in text.split("-")]
            if len(parts) != 2 or parts[0] is None or parts[1] is None:
                raise ValueError(f"office hours must read like 08:30-12:00, not {text!r}")
            begin, end = (time(int(p[1]), int(p[2])) for p in parts if p)
            periods.append((begin, end))
        return cls(tuple(periods))


@dataclass(frozen=True, slots=True)
class DayMark:
    """One day of the strip that shows why a deadline falls where it falls.

    ``number`` is the count of the day among the working days of the strip;
    None for the first day (the day of the event) and for days that do not count.
    """

    day: date
    kind: DayKind
    name: str
    number: int | None
    provisional: bool

    @property
    def workday(self) -> bool:
        """True on a working day, a make-up day included."""
        return self.kind in ("workday", "makeup")

    @property
    def weekday(self) -> str:
        """周一 to 周日."""
        return _WEEKDAYS[self.day.weekday()]


class Calendar:
    """The working calendar of one centre.

    ``overrides`` is the centre's own table (True: people work on this day) and
    wins over the published calendar; ``names`` says what its days are called.
    Instances are immutable and keep the working days of each year they touch.
    """

    def __init__(
        self,
        overrides: Mapping[date, bool] | None = None,
        office: OfficeHours | None = None,
        names: Mapping[date, str] | None = None,
    ) -> None:
        self.overrides = dict(overrides or {})
        self.office = office or OfficeHours()
        self.names = dict(names or {})
        self._years: dict[int, list[int]] = {}

    def is_workday(self, day: date) -> bool:
        """Whether people work on this day; never raises, whatever the year."""
        stated = self.overrides.get(day)
        if stated is not None:
            return stated
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            return day.weekday() < 5 and day not in statutory(day.year)

    def in_office(self, instant: datetime) -> bool:
        """Whether the instant (aware) lies in the office hours of a working day."""
        local = instant.astimezone(SHANGHAI)
        hour = local.time()
        return self.is_workday(local.date()) and any(begin <= hour < end for begin, end in self.office.periods)

    def is_provisional(self, year: int) -> bool:
        """Whether the year is only counted by weekends and by what the law fixes.

        The centre's table announces a year by itself once it states both
        1 January and 1 October, which every yearly notice does.
        """
        try:
            chinese_calendar.is_workday(date(year, 1, 1))
        except NotImplementedError:
            stated = self.overrides.keys()
            return not (date(year, 1, 1) in stated and date(year, 10, 1) in stated)
        return False

    def add_workdays(self, day: date, n: int) -> date:
        """The n-th working day after ``day`` (before it, where n is negative).

        ``day`` itself never counts. n = 0 is the day itself if people work on
        it, else the next working day. Cheap: one search in a kept list.
        """
        year, ordinal = day.year, day.toordinal()
        days = self._workdays(year)
        index = (bisect_right(days, ordinal) - 1 if n > 0 else bisect_left(days, ordinal)) + n
        while index >= len(days):
            index -= len(days)
            year += 1
            days = self._workdays(year)
        while index < 0:
            year -= 1
            days = self._workdays(year)
            index += len(days)
        return date.fromordinal(days[index])

    def workdays_between(self, a: date, b: date) -> int:
        """How many working days d there are with a < d <= b; negative where b < a."""
        if b < a:
            return -self.workdays_between(b, a)
        before = bisect_right(self._workdays(a.year), a.toordinal())
        until = bisect_right(self._workdays(b.year), b.toordinal())
        return until - before + sum(len(self._workdays(y)) for y in range(a.year, b.year))

    def days(self, start: date, end: date) -> list[DayMark]:
        """The days from ``start`` (the day of the event) to ``end``, both shown."""
        marks: list[DayMark] = []
        number = 0
        for offset in range((end - start).days + 1):
            day = start + timedelta(days=offset)
            kind, name = self._describe(day)
            counts = offset > 0 and kind in ("workday", "makeup")
            number += counts
            provisional = self.is_provisional(day.year)
            marks.append(DayMark(day, kind, name, number if counts else None, provisional))
        return marks

    def shift_office(self, instant: datetime, minutes: int) -> datetime:
        """``minutes`` of office time after the instant (before it, where negative)."""
        left = timedelta(minutes=abs(minutes))
        local = instant.astimezone(SHANGHAI)
        for begin, end in self._office_time(local, forward=minutes >= 0):
            if end - begin >= left:
                edge = begin + left if minutes >= 0 else end - left
                return edge.astimezone(UTC)
            left -= end - begin
        raise OverflowError("office time beyond the calendar")

    def _workdays(self, year: int) -> list[int]:
        days = self._years.get(year)
        if days is None:
            first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
            span = range(first, last + 1)
            days = [o for o in span if self.is_workday(date.fromordinal(o))]
            self._years[year] = days
        return days

    def _describe(self, day: date) -> tuple[DayKind, str]:
        weekend = day.weekday() >= 5
        if day in self.overrides:
            return self._describe_stated(day, weekend)
        try:
            _, name = chinese_calendar.get_holiday_detail(day)
            works = chinese_calendar.is_workday(day)
        except NotImplementedError:
            fixed = statutory(day.year).get(day)
            if fixed is not None:
                return "holiday", fixed
            name, works = None, not weekend
        if works:
            return ("makeup", "调休上班") if weekend else ("workday", "工作日")
        if name is None:
            return "weekend", "周末"
        return "holiday", chinese_calendar.Holiday(name).chinese

    def _describe_stated(self, day: date, weekend: bool) -> tuple[DayKind, str]:
        kind: DayKind
        if self.overrides[day]:
            kind, name = ("makeup", "调休上班") if weekend else ("workday", "工作日")
        else:
            kind, name = ("weekend", "周末") if weekend else ("holiday", "放假")
            if day in self.names:
                kind = "holiday"
        return kind, self.names.get(day) or name

    def _office_time(self, local: datetime, *, forward: bool) -> Iterator[tuple[datetime, datetime]]:
        """Office periods from the instant on, the running one cut at the instant."""
        step = 1 if forward else -1
        day = local.date()
        while True:
            if self.is_workday(day):
                for begin, end in self.office.periods[::step]:
                    opens = datetime.combine(day, begin, SHANGHAI)
                    closes = datetime.combine(day, end, SHANGHAI)
                    cut = (max(opens, local), closes) if forward else (opens, min(closes, local))
                    if cut[0] < cut[1]:
                        yield cut
            day += timedelta(days=step)


_SPAN = re.compile(r"(\d{1,4}) (minute|hour|day|workday)s?( before)?")


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as a rule states it.

    ``office``: minutes and hours run in office time only; else in real time.
    ``backward``: counted back from a deadline ("1 workday before").
    """

    amount: int
    unit: Unit
    backward: bool = False
    office: bool = False

    @classmethod
    def parse(cls, text: str, *, office: bool = False) -> Span:
        """Read "60 minutes", "2 hours", "same day", "3 days", "3 workdays", "1 workday before".

        ValueError for anything else, and for office time of days.
        """
        if text == "same day":
            return cls(0, "day")
        match = _SPAN.fullmatch(text)
        if match is None:
            raise ValueError(f"not a span of time: {text!r}")
        unit: Unit = match[2]  # type: ignore[assignment]  # the pattern allows only units
        if office and unit in ("day", "workday"):
            raise ValueError("office time is counted in minutes or hours")
        return cls(int(match[1]), unit, backward=match[3] is not None, office=office)

    def __str__(self) -> str:
        """The Chinese words, such as 3个工作日 or 当日."""
        if self.unit == "day" and self.amount == 0:
            return "当日"
        if self.backward and not self.amount:
            return "截止前"
        names = {"minute": "分钟", "hour": "小时", "day": "日", "workday": "个工作日"}
        text = f"{self.amount}{names[self.unit]}"
        if self.office:
            text = f"{text}（办公时间）"
        return f"截止前{text}" if self.backward else text

    def due(self, start: datetime, calendar: Calendar) -> datetime:
        """The instant at which a clock started at ``start`` is due, in UTC.

        ValueError where the span counts backward. ``start`` must be aware.
        """
        if self.backward:
            raise ValueError("a span that counts backward has no due time")
        if self.unit in ("minute", "hour"):
            return self._shift(start, calendar, sign=1)
        day = start.astimezone(SHANGHAI).date()
        if self.unit == "day":
            return end_of_day(day + timedelta(days=self.amount))
        return end_of_day(calendar.add_workdays(day, self.amount))

    def before(self, due: datetime, calendar: Calendar) -> datetime:
        """The instant that lies this span before ``due``, in UTC.

        Days keep the hour of the deadline: one workday before Friday 24:00 is
        Thursday 24:00, one workday before Monday 24:00 is Friday 24:00.
        """
        if self.unit in ("minute", "hour"):
            return self._shift(due, calendar, sign=-1)
        last = last_day(due)
        if self.unit == "day":
            target = last - timedelta(days=self.amount)
        else:
            target = calendar.add_workdays(last, -self.amount) if self.amount else last
        return (due.astimezone(SHANGHAI) + (target - last)).astimezone(UTC)

    def _shift(self, instant: datetime, calendar: Calendar, *, sign: int) -> datetime:
        minutes = self.amount * (60 if self.unit == "hour" else 1) * sign
        if self.office:
            return calendar.shift_office(instant, minutes)
        return instant.astimezone(UTC) + timedelta(minutes=minutes)


def part_of(start: datetime, due: datetime, part: Fraction, calendar: Calendar) -> datetime:
    """The instant at which this part of a time that runs from `start` to `due` has passed, in UTC.

    Of a time of several working days it is the end of a whole one, rounded down; of a shorter one an instant."""
    first = start.astimezone(SHANGHAI).date()
    whole = int(calendar.workdays_between(first, last_day(due)) * part)
    if whole:
        return end_of_day(calendar.add_workdays(first, whole))
    return (start + (due - start) * part.numerator / part.denominator).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """24:00 of the day in Shanghai, as the instant 00:00 of the next day, in UTC."""
    midnight = datetime.combine(day + timedelta(days=1), time(0), SHANGHAI)
    return midnight.astimezone(UTC)


def last_day(due: datetime) -> date:
    """The Shanghai day to which a deadline belongs: 00:00 is 24:00 of the day before."""
    return (due.astimezone(SHANGHAI) - timedelta(microseconds=1)).date()


def show_due(due: datetime) -> str:
    """A deadline in Chinese: 2026年10月13日24:00, or 2026年10月13日15:30."""
    local = due.astimezone(SHANGHAI)
    if (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0):
        day = last_day(due)
        return f"{day.year}年{day.month}月{day.day}日24:00"
    return show_instant(due)


def show_instant(instant: datetime) -> str:
    """When something happened, in Chinese: 2026年10月13日09:05."""
    local = instant.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日{local:%H:%M}"
