"""Working time: the published calendar, the centre's own table, spans and where they end."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianxin.rules.worktime import SHANGHAI, Calendar, OfficeHours, Span, end_of_day, last_day, show_due, show_instant


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


CALENDAR = Calendar()
DAYS = st.dates(date(1995, 1, 1), date(2035, 12, 31))
COUNTS = st.integers(0, 80)
START = at("2003-01-01T00:00").replace(tzinfo=None)
INSTANTS = st.datetimes(START, START + timedelta(days=9800), timezones=st.just(SHANGHAI))


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        # The National Day week, with Saturday 10 October worked.
        (date(2026, 9, 30), 5, date(2026, 10, 13)),
        # The Spring Festival: Saturday 14 February is worked, then nine days off.
        (date(2026, 2, 13), 5, date(2026, 2, 27)),
        # Labour Day: Saturday 9 May is worked, but the third day comes before it.
        (date(2026, 4, 30), 3, date(2026, 5, 8)),
        # An event on a day off counts from the next working day.
        (date(2026, 10, 3), 1, date(2026, 10, 8)),
        # Over the turn of the year, into one that nobody has announced: by weekends, but New Year's Day is the law's.
        (date(2026, 12, 31), 2, date(2027, 1, 5)),
        # So are the four days of the Spring Festival, from the eve on (a Friday to a Monday).
        (date(2027, 2, 4), 1, date(2027, 2, 9)),
        # Before the published calendars begin: by weekends.
        (date(1999, 12, 31), 1, date(2000, 1, 3)),
        (date(2026, 10, 13), -5, date(2026, 9, 30)),
        (date(2026, 10, 3), 0, date(2026, 10, 8)),
        (date(2026, 9, 30), 0, date(2026, 9, 30)),
    ],
)
def test_adding_workdays(day: date, n: int, expected: date):
    assert CALENDAR.add_workdays(day, n) == expected


def test_the_centres_own_table_wins():
    table = {date(2026, 10, 8): False, date(2026, 10, 11): True}
    calendar = Calendar(table, names={date(2026, 10, 8): "全县防汛停工"})
    assert not calendar.is_workday(date(2026, 10, 8))
    assert calendar.add_workdays(date(2026, 9, 30), 3) == date(2026, 10, 11)
    assert [mark.name for mark in calendar.days(date(2026, 10, 7), date(2026, 10, 11))] == [
        "国庆节",
        "全县防汛停工",
        "工作日",
        "调休上班",
        "调休上班",
    ]


def test_a_year_that_nobody_has_announced_is_provisional_and_never_an_error():
    assert CALENDAR.is_provisional(2027)
    assert CALENDAR.is_workday(date(2027, 10, 4))  # a Monday: the notice is not out yet
    assert not CALENDAR.is_provisional(2026)
    assert CALENDAR.is_provisional(2003)


def test_a_centre_announces_a_year_by_its_own_table():
    calendar = Calendar({date(2027, 1, 1): False, date(2027, 10, 1): False})
    assert not calendar.is_provisional(2027)
    assert Calendar({date(2027, 5, 20): False}).is_provisional(2027)


def test_a_million_additions_are_cheap():
    CALENDAR.add_workdays(date(2026, 9, 30), 5)
    start = datetime.now(UTC)
    for _ in range(100_000):
        CALENDAR.add_workdays(date(2026, 9, 30), 5)
    assert datetime.now(UTC) - start < timedelta(seconds=1)


def test_the_strip_of_days_numbers_what_counts():
    marks = CALENDAR.days(date(2026, 9, 30), date(2026, 10, 13))
    counted = {mark.day.day: mark.number for mark in marks if mark.number}
    assert counted == {8: 1, 9: 2, 10: 3, 12: 4, 13: 5}
    assert marks[0].number is None  # the day of the event
    assert (marks[1].kind, marks[1].name) == ("holiday", "国庆节")
    assert (marks[10].kind, marks[10].name, marks[10].weekday) == ("makeup", "调休上班", "周六")
    assert marks[11].kind == "weekend"


@given(DAYS, DAYS, COUNTS)
def test_adding_is_monotonic_in_the_day(a: date, b: date, n: int):
    a, b = sorted((a, b))
    assert CALENDAR.add_workdays(a, n) <= CALENDAR.add_workdays(b, n)


@given(DAYS, COUNTS)
def test_adding_one_more_is_later(day: date, n: int):
    assert CALENDAR.add_workdays(day, n + 1) < CALENDAR.add_workdays(day, n + 2)


@given(DAYS, st.integers(1, 80))
def test_what_is_added_is_what_lies_between(day: date, n: int):
    assert CALENDAR.workdays_between(day, CALENDAR.add_workdays(day, n)) == n


@given(DAYS, DAYS)
def test_counting_between_is_counting_one_by_one(a: date, b: date):
    low, high = sorted((a, b))
    high = min(high, low + timedelta(days=800))
    days = (low + timedelta(days=n + 1) for n in range((high - low).days))
    expected = sum(CALENDAR.is_workday(day) for day in days)
    assert CALENDAR.workdays_between(low, high) == expected
    assert CALENDAR.workdays_between(high, low) == -expected


@given(DAYS, st.integers(1, 80))
def test_no_working_deadline_on_a_non_working_day(day: date, n: int):
    start = datetime.combine(day, time(16, 20), SHANGHAI)
    due = Span(n, "workday").due(start, CALENDAR)
    assert CALENDAR.is_workday(last_day(due))
    assert due.astimezone(SHANGHAI).time() == time(0)


@given(INSTANTS, INSTANTS, st.sampled_from(["5 minutes", "3 hours", "same day", "3 days", "3 workdays"]))
def test_a_later_event_is_never_due_earlier(a: datetime, b: datetime, text: str):
    a, b = sorted((a, b))
    span = Span.parse(text)
    assert span.due(a, CALENDAR) <= span.due(b, CALENDAR)


@given(INSTANTS, st.integers(1, 3000))
def test_office_time_back_and_forth(start: datetime, minutes: int):
    due = Span(minutes, "minute", office=True).due(start, CALENDAR)
    back = Span(minutes, "minute", backward=True, office=True).before(due, CALENDAR)
    forth = Span(minutes, "minute", office=True).due(back, CALENDAR)
    assert CALENDAR.is_workday(due.astimezone(SHANGHAI).date())
    assert forth == due


@pytest.mark.parametrize(
    ("text", "start", "due"),
    [
        ("5 minutes", "2026-09-30T23:58", "2026-10-01T00:03"),
        ("60 minutes", "2026-10-03T09:00", "2026-10-03T10:00"),
        ("2 hours", "2026-10-03T09:00", "2026-10-03T11:00"),
        # 24:00 is kept as 00:00 of the next day.
        ("same day", "2026-09-30T09:00", "2026-10-01T00:00"),
        ("3 days", "2026-09-30T09:00", "2026-10-04T00:00"),
        ("3 workdays", "2026-04-30T09:00", "2026-05-09T00:00"),
        ("1 workday", "2026-04-30T00:00", "2026-05-07T00:00"),
    ],
)
def test_when_a_span_is_due(text: str, start: str, due: str):
    assert Span.parse(text).due(at(start), CALENDAR) == at(due)
    assert Span.parse(text).due(at(start).astimezone(UTC), CALENDAR) == at(due)


@pytest.mark.parametrize(
    ("text", "due", "warned"),
    [
        # Due on Tuesday 13 October at 24:00: yellow from Monday 24:00 on.
        ("1 workday before", "2026-10-14T00:00", "2026-10-13T00:00"),
        # Due on Monday 24:00; the working day before is Saturday 10 October, a make-up day.
        ("1 workday before", "2026-10-13T00:00", "2026-10-11T00:00"),
        # An upper platform's deadline within a day keeps its hour.
        ("1 workday before", "2026-10-08T15:00", "2026-09-30T15:00"),
        ("1 day before", "2026-10-08T15:00", "2026-10-07T15:00"),
        ("8 hours before", "2026-10-14T00:00", "2026-10-13T16:00"),
        ("0 minutes before", "2026-10-14T00:00", "2026-10-14T00:00"),
    ],
)
def test_when_to_warn(text: str, due: str, warned: str):
    assert Span.parse(text).before(at(due), CALENDAR) == at(warned)


def test_office_time_stops_at_noon_and_overnight():
    span = Span.parse("60 minutes", office=True)
    assert span.due(at("2026-09-30T11:30"), CALENDAR) == at("2026-09-30T14:00")
    assert span.due(at("2026-09-30T17:00"), CALENDAR) == at("2026-10-08T09:00")
    assert span.due(at("2026-10-04T03:00"), CALENDAR) == at("2026-10-08T09:30")
    early = Calendar(office=OfficeHours.parse(["07:00-09:00"]))
    assert span.due(at("2026-09-30T08:30"), early) == at("2026-10-08T07:30")


@pytest.mark.parametrize(
    "text", ["", "3", "3 wrkdays", "three workdays", "-1 days", "1.5 hours", "3 workday after", "3  workdays"]
)
def test_what_is_not_a_span(text: str):
    with pytest.raises(ValueError):
        Span.parse(text)


@pytest.mark.parametrize("texts", [[], ["09:00"], ["12:00-09:00"], ["09:00-12:00", "11:00-13:00"], ["9-12"]])
def test_what_are_not_office_hours(texts: list[str]):
    with pytest.raises(ValueError):
        OfficeHours.parse(texts)


def test_days_are_not_counted_in_office_time():
    with pytest.raises(ValueError):
        Span.parse("3 workdays", office=True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3 workdays", "3个工作日"),
        ("60 minutes", "60分钟"),
        ("same day", "当日"),
        ("3 days", "3日"),
        ("1 workday before", "截止前1个工作日"),
    ],
)
def test_spans_speak_chinese(text: str, words: str):
    assert str(Span.parse(text)) == words


def test_midnight_is_shown_as_24_of_the_day_it_ends():
    assert show_due(end_of_day(date(2026, 10, 13))) == "2026年10月13日24:00"
    assert show_due(at("2026-10-13T15:30")) == "2026年10月13日15:30"
    assert show_instant(at("2026-10-14T00:00")) == "2026年10月14日00:00"
