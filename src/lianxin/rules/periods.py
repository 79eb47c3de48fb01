"""Periods of the calendar: day, ISO week, month, quarter, half-year, year.  One notion for figures, bulletins, desk and
the duties that come round.

A period is a kind and its first day; its edges are midnights in Shanghai.  The period before a month is the month
before, not the thirty days before; the week of the same number a year before may not exist (2026 has 53 weeks, 2025 has
52), nor the 29th of February.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from lianxin.rules.worktime import SHANGHAI, end_of_day

Kind = Literal["day", "week", "month", "quarter", "half_year", "year"]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: How each kind is said of a rule, and of one period of it.
EVERY: dict[str, str] = {
    "day": "每日",
    "week": "每周",
    "month": "每月",
    "quarter": "每季度",
    "half_year": "每半年",
    "year": "每年",
}
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
_CODE = re.compile(r"(\d{4})(?:-(?:W(\d{2})|Q([1-4])|H([12])|(\d{2})(?:-(\d{2}))?))?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One period; `first` is its first day.  Made by `of` and `parse`."""

    kind: Kind
    first: date

    @property
    def last(self) -> date:
        """Its last day."""
        return self.next.first - timedelta(days=1)

    @property
    def start(self) -> datetime:
        """Midnight of its first day, in Shanghai."""
        return end_of_day(self.first - timedelta(days=1))

    @property
    def end(self) -> datetime:
        """24:00 of its last day: the first instant that is not in it."""
        return self.next.start

    @property
    def days(self) -> int:
        return (self.next.first - self.first).days

    @property
    def next(self) -> Period:
        """The one after it."""
        return self._stepped(1)

    @property
    def previous(self) -> Period:
        """The one before it."""
        return self._stepped(-1)

    @property
    def year_before(self) -> Period | None:
        """The same a year before (a week: of the same number); None where there was none."""
        if self.kind == "week":
            year, week, _ = self.first.isocalendar()
            monday = date.fromisocalendar(year - 1, week, 1) if week <= _weeks(year - 1) else None
            return Period("week", monday) if monday else None
        try:
            return Period(self.kind, self.first.replace(year=self.first.year - 1))
        except ValueError:
            return None

    @property
    def code(self) -> str:
        """2026-11-29, 2026-W48, 2026-11, 2026-Q4, 2026-H2, 2026: as in addresses and in the ledger."""
        return _CODES[self.kind](self.first)

    @property
    def number(self) -> int:
        """The how-manieth of its kind in its year (of a day: in its month)."""
        return _NUMBERS[self.kind](self.first)

    @property
    def name(self) -> str:
        """In words: 2026年11月."""
        return _NAMES[self.kind](self.first)

    def __contains__(self, at: object) -> bool:
        """Whether an instant lies in it."""
        return isinstance(at, datetime) and self.start <= at < self.end

    def _stepped(self, by: int) -> Period:
        if self.kind in _MONTHS:
            months = self.first.year * 12 + self.first.month - 1 + by * _MONTHS[self.kind]
            return Period(self.kind, date(months // 12, months % 12 + 1, 1))
        return Period(self.kind, self.first + timedelta(days=by * (7 if self.kind == "week" else 1)))


def of(kind: Kind, day: date | datetime) -> Period:
    """The period of that kind in which a day, or the Shanghai day of an instant, lies."""
    if isinstance(day, datetime):
        day = day.astimezone(SHANGHAI).date()
    if kind in _MONTHS:
        return Period(kind, day.replace(month=(day.month - 1) // _MONTHS[kind] * _MONTHS[kind] + 1, day=1))
    return Period(kind, day - timedelta(days=day.weekday()) if kind == "week" else day)


def parse(code: str) -> Period:
    """The period that `Period.code` wrote.  Raises ValueError (Chinese) for what is none."""
    found = _CODE.fullmatch(code)
    try:
        if found is None:
            raise ValueError
        year, week, quarter, half, month, day = (int(part) if part else 0 for part in found.groups())
        if found[2]:
            return _week(year, week)
        if quarter or half:
            return Period("quarter", date(year, quarter * 3 - 2, 1)) if quarter else _half(year, half)
        if found[6]:
            return Period("day", date(year, month, day))
        return Period("month", date(year, month, 1)) if found[5] else Period("year", date(year, 1, 1))
    except NoSuchWeek:
        raise
    except ValueError:
        raise ValueError("周期应写作 2026-11-29、2026-W48、2026-11、2026-Q4、2026-H2 或 2026 的样子") from None


class NoSuchWeek(ValueError):
    """A week that its year does not have."""


def _week(year: int, week: int) -> Period:
    if week == 53 and _weeks(year) == 52:
        raise NoSuchWeek(f"{year} 年只有 52 周，没有第 53 周")
    return Period("week", date.fromisocalendar(year, week, 1))


def _half(year: int, half: int) -> Period:
    return Period("half_year", date(year, half * 6 - 5, 1))


def _weeks(year: int) -> int:
    """How many ISO weeks a year has: the 28th of December lies in the last."""
    return date(year, 12, 28).isocalendar().week


def _iso(day: date) -> tuple[int, int]:
    year, week, _ = day.isocalendar()
    return year, week


_Written = Callable[[date], str]
_CODES: dict[str, _Written] = {
    "day": date.isoformat,
    "week": lambda day: "{:04d}-W{:02d}".format(*_iso(day)),
    "month": lambda day: f"{day:%Y-%m}",
    "quarter": lambda day: f"{day.year:04d}-Q{_NUMBERS['quarter'](day)}",
    "half_year": lambda day: f"{day.year:04d}-H{_NUMBERS['half_year'](day)}",
    "year": lambda day: f"{day.year:04d}",
}
_NUMBERS: dict[str, Callable[[date], int]] = {
    "day": lambda day: day.day,
    "week": lambda day: _iso(day)[1],
    "month": lambda day: day.month,
    "quarter": lambda day: (day.month + 2) // 3,
    "half_year": lambda day: (day.month + 5) // 6,
    "year": lambda day: 1,
}
_NAMES: dict[str, _Written] = {
    "day": lambda day: f"{day.year}年{day.month}月{day.day}日",
    "week": lambda day: "{}年第{}周".format(*_iso(day)),
    "month": lambda day: f"{day.year}年{day.month}月",
    "quarter": lambda day: f"{day.year}年第{'一二三四'[(day.month - 1) // 3]}季度",
    "half_year": lambda day: f"{day.year}年{'上' if day.month <= 6 else '下'}半年",
    "year": lambda day: f"{day.year}年",
}
