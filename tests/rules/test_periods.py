"""Periods of the calendar: edges, names, the one before, the same a year before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianxin.rules import periods
from lianxin.rules.periods import KINDS, Kind, Period, of, parse

DAYS = st.dates(date(2001, 1, 1), date(2098, 12, 31))
SHANGHAI = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("kind", "day", "code", "name", "first", "last"),
    [
        ("day", date(2026, 11, 29), "2026-11-29", "2026年11月29日", date(2026, 11, 29), date(2026, 11, 29)),
        ("week", date(2026, 11, 29), "2026-W48", "2026年第48周", date(2026, 11, 23), date(2026, 11, 29)),
        # The last days of a year may lie in a week of the next, and the first in one of the year before.
        ("week", date(2024, 12, 31), "2025-W01", "2025年第1周", date(2024, 12, 30), date(2025, 1, 5)),
        ("week", date(2027, 1, 3), "2026-W53", "2026年第53周", date(2026, 12, 28), date(2027, 1, 3)),
        ("month", date(2024, 2, 29), "2024-02", "2024年2月", date(2024, 2, 1), date(2024, 2, 29)),
        ("quarter", date(2026, 11, 29), "2026-Q4", "2026年第四季度", date(2026, 10, 1), date(2026, 12, 31)),
        ("half_year", date(2026, 7, 1), "2026-H2", "2026年下半年", date(2026, 7, 1), date(2026, 12, 31)),
        ("half_year", date(2026, 6, 30), "2026-H1", "2026年上半年", date(2026, 1, 1), date(2026, 6, 30)),
        ("year", date(2026, 11, 29), "2026", "2026年", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_says_its_days_its_code_and_its_name(
    kind: Kind, day: date, code: str, name: str, first: date, last: date
) -> None:
    found = of(kind, day)
    assert (found.code, found.name, found.first, found.last) == (code, name, first, last)
    assert parse(code) == found


def test_its_edges_are_midnights_in_shanghai() -> None:
    month = of("month", datetime(2026, 10, 31, 16, 0, tzinfo=UTC))
    assert month.code == "2026-11", "of an instant the day in Shanghai counts"
    assert month.start == datetime(2026, 11, 1, tzinfo=SHANGHAI)
    assert month.end == datetime(2026, 12, 1, tzinfo=SHANGHAI)
    assert month.start in month
    assert month.end not in month
    assert month.start - timedelta(microseconds=1) not in month


def test_a_month_before_is_a_month() -> None:
    assert of("month", date(2026, 3, 31)).previous.code == "2026-02"
    assert of("quarter", date(2026, 1, 1)).previous.code == "2025-Q4"
    assert of("half_year", date(2026, 1, 1)).previous.code == "2025-H2"
    assert of("week", date(2027, 1, 4)).previous.code == "2026-W53"


def test_the_same_a_year_before_may_not_exist() -> None:
    assert parse("2026-11").year_before == parse("2025-11")
    assert parse("2026-W48").year_before == parse("2025-W48")
    assert parse("2026-W53").year_before is None, "2025 has 52 weeks"
    assert parse("2024-02-29").year_before is None
    assert parse("2024-02").year_before == parse("2023-02")


@pytest.mark.parametrize(
    "text", ["", "2025-W53", "2026-W00", "2026-13", "2026-00", "2026-02-30", "２０２６", "2026-Q5", "0000"]
)
def test_what_is_no_period_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="周"):
        parse(text)


@given(DAYS, st.sampled_from(KINDS))
def test_periods_of_a_kind_cover_the_calendar_once(day: date, kind: Kind) -> None:
    period = of(kind, day)
    assert period.first <= day <= period.last
    assert parse(period.code) == period
    assert period.next.previous == period == period.previous.next
    assert period.end == period.next.start
    assert of(kind, period.last) == period != of(kind, period.last + timedelta(days=1))
    assert period.days == (period.last - period.first).days + 1
    before = period.year_before
    assert before is None or (before.kind == kind and before.code[:4] == f"{int(period.code[:4]) - 1:04d}")


def test_every_kind_has_its_words() -> None:
    assert periods.EVERY.keys() == {*KINDS}
    assert {Period(kind, date(2026, 1, 1)).name for kind in ("month", "year")} == {"2026年1月", "2026年"}
