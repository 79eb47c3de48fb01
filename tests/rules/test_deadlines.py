"""Which clocks an event starts and stops, and why a deadline falls where it falls."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest

from lianxin.rules import policy
from lianxin.rules.context import Context, complete
from lianxin.rules.deadlines import ClockStart, Moved, explain, extended, part_passed, starts, stops, warn_at
from lianxin.rules.worktime import SHANGHAI, Calendar, Span, part_of, show_due

BASE = policy.find("base")
JUNAN = policy.find("junan-2021")
CALENDAR = Calendar()
AT = datetime(2026, 9, 30, 14, 30, tzinfo=SHANGHAI)


def started(pack: policy.Pack, event: str, context: Context, at: datetime = AT) -> dict[str, ClockStart]:
    return {clock.kind: clock for clock in starts(pack, event, context, lambda _: at, CALENDAR)}


def share(**facts: object) -> dict[str, object]:
    return {"role": "lead", "depth": 0, **facts}


def test_a_dispatched_order_has_four_clocks():
    clocks = started(JUNAN, "dispatch", complete(share=share()))
    assert {kind: clock.rule for kind, clock in clocks.items()} == {
        "contact": "D29.normal",
        "sign": "B09",
        "handle": "S02",
        "total": "S08",
    }
    assert show_due(clocks["handle"].due) == "2026年10月13日24:00"
    assert show_due(clocks["sign"].due) == "2026年10月8日24:00"
    assert clocks["handle"].on == "share"
    assert clocks["handle"].start == AT
    assert clocks["handle"].start.tzinfo is UTC
    assert clocks["handle"].due.tzinfo is UTC
    warned = clocks["handle"].warn_at
    assert warned is not None
    assert show_due(warned) == "2026年10月12日24:00"


def test_an_urgent_order_runs_in_minutes_even_on_a_holiday():
    at = datetime(2026, 10, 3, 23, 50, tzinfo=SHANGHAI)
    clocks = started(JUNAN, "dispatch", complete(order={"urgency": "urgent"}, share=share()), at)
    assert show_due(clocks["sign"].due) == "2026年10月4日00:05"
    assert clocks["contact"].rule == "D29.urgent"
    assert show_due(clocks["contact"].due) == "2026年10月4日00:50"
    assert show_due(clocks["handle"].due) == "2026年10月8日24:00"


def test_only_who_answers_to_the_caller_must_contact_him():
    assert "contact" not in started(JUNAN, "dispatch", complete(share=share(role="assist")))
    assert "contact" not in started(JUNAN, "dispatch", complete(share=share(depth=1)))
    assert "handle" in started(JUNAN, "dispatch", complete(share=share(role="assist")))


def test_the_upper_platforms_deadline_is_never_exceeded():
    upper = datetime(2026, 10, 10, 17, 30, tzinfo=SHANGHAI).astimezone(UTC)
    order = {"upstream": True, "upstream_due": upper}
    handle = started(JUNAN, "dispatch", complete(order=order, share=share()))["handle"]
    assert handle.due == upper
    assert handle.warn_at == datetime(2026, 10, 9, 17, 30, tzinfo=SHANGHAI)
    later = {**order, "upstream_due": datetime(2026, 12, 1, tzinfo=UTC)}
    assert show_due(started(JUNAN, "dispatch", complete(later, share()))["handle"].due) == "2026年10月13日24:00"


def test_what_begins_late_is_yellow_at_once():
    upper = datetime(2026, 9, 30, 17, 30, tzinfo=SHANGHAI)
    handle = started(JUNAN, "dispatch", complete({"upstream_due": upper}, share()))["handle"]
    assert handle.warn_at == AT


def test_only_an_order_that_waits_for_its_call_back_has_that_clock():
    assert "callback" in started(BASE, "pass", complete({"state": "to_callback"}, share()))
    # Closed by the audit, or with other leads still at work.
    assert "callback" not in started(BASE, "pass", complete({"state": "closed"}, share()))
    assert "callback" not in started(BASE, "pass", complete({"state": "dispatched"}, share()))


def test_events_that_start_nothing():
    assert starts(JUNAN, "close", complete(), lambda _: AT, CALENDAR) == []


@pytest.mark.parametrize(
    ("event", "kinds"),
    [
        ("dispatch", {"dispatch"}),
        ("sign", {"sign"}),
        ("contact", {"contact"}),
        ("reply", set()),
        ("audit", {"handle", "resubmit"}),
        ("pass", {"audit"}),
        ("send_back", {"audit"}),
        ("return_filed", {"sign"}),
        ("return_decided", set()),
        ("extension_decided", set()),
        ("register", set()),
    ],
)
def test_which_clocks_stop(event: str, kinds: set[str]):
    assert {rule.kind for rule in JUNAN.clocks if stops(JUNAN, event, rule.id, rule.kind)} == kinds


@pytest.mark.parametrize(
    ("span", "due"),
    [
        ("5 workdays", "2026年10月20日24:00"),
        ("3 days", "2026年10月16日24:00"),
        ("2 hours", "2026年10月14日02:00"),
        ("same day", "2026年10月13日24:00"),
    ],
)
def test_an_extension_counts_on_from_the_last_day(span: str, due: str):
    old = Span.parse("5 workdays").due(AT, CALENDAR)
    assert show_due(extended(old, Span.parse(span), CALENDAR)) == due


def test_why_it_is_due_then():
    handle = started(JUNAN, "dispatch", complete(share=share()))["handle"]
    reason = explain(JUNAN.clock(handle.rule), handle.start, handle.due, CALENDAR)
    assert reason.sentence == (
        "办理时限为5个工作日，自派单（2026年9月30日14:30）起算，当日不计，"
        "10月1日至7日国庆节不计，10月10日调休上班计入，10月11日周末不计，于2026年10月13日24:00到期。"
    )
    assert [mark.number for mark in reason.days if mark.number] == [1, 2, 3, 4, 5]
    assert len(reason.days) == 14
    assert reason.rule == "S02"
    assert reason.clause.startswith("默认值")


def test_why_minutes_are_due_then():
    clock = started(JUNAN, "register", complete())["dispatch"]
    reason = explain(JUNAN.clock(clock.rule), clock.start, clock.due, CALENDAR)
    assert reason.sentence == "派单时限为5分钟，自登记受理（2026年9月30日14:30）起算，于2026年9月30日14:35到期。"
    assert reason.clause.startswith("职责清楚、管辖明确")


def test_why_an_upper_deadline_or_an_extension_moved_it():
    rule = JUNAN.clock("S02")
    upper = datetime(2026, 10, 10, 17, 30, tzinfo=SHANGHAI)
    bound = explain(rule, AT, upper, CALENDAR, Moved("upstream")).sentence
    assert "本应于2026年10月13日24:00到期，上级平台要求不迟于2026年10月10日17:30，从其规定。" in bound
    # A due time that nobody explained is not the upper platform's: the book says what caused it.
    assert "上级平台" not in explain(rule, AT, upper, CALENDAR).sentence
    longer = extended(rule.allow.due(AT, CALENDAR), JUNAN.petition.extension.at_most, CALENDAR)
    put_off = explain(rule, AT, longer, CALENDAR, Moved("extension", extended_by=5)).sentence
    assert "原于2026年10月13日24:00到期，经批准延长5个工作日，调整为2026年10月20日24:00。" in put_off
    assert warn_at(rule, AT, longer, CALENDAR) == datetime(2026, 10, 20, tzinfo=SHANGHAI)


def test_a_year_not_yet_announced_is_said():
    at = datetime(2026, 12, 30, 9, tzinfo=SHANGHAI)
    rule = JUNAN.clock("S02")
    reason = explain(rule, at, rule.allow.due(at, CALENDAR), CALENDAR)
    assert reason.sentence.endswith("2027年放假安排尚未录入，暂按法定节假日和周末推算。")


@pytest.mark.parametrize(
    ("limit", "part", "passed", "rounded"),
    [
        # A whole number of days is the end of that day, as with every limit.
        ("5 workdays", "4/5", "2026年10月12日24:00", "2026年10月12日24:00"),
        ("2 workdays", "1/2", "2026年10月8日24:00", "2026年10月8日24:00"),
        # What is left over is a part of the next working day, however many days off lie before it; a limit that is a
        # part of another ends with the last whole day instead, never later.
        ("3 workdays", "4/5", "2026年10月10日09:36", "2026年10月9日24:00"),
        ("1 workday", "4/5", "2026年10月8日19:12", "2026年10月7日07:42"),
        ("10 hours", "4/5", "2026年9月30日22:30", "2026年9月30日22:30"),
    ],
)
def test_from_when_a_part_of_a_limit_has_passed(limit: str, part: str, passed: str, rounded: str) -> None:
    due = Span.parse(limit).due(AT, CALENDAR)
    said = [show_due(at) for at in (f(AT, due, Fraction(part), CALENDAR) for f in (part_passed, part_of))]
    assert said == [passed, rounded]


@pytest.mark.parametrize(
    ("due", "passed"),
    [
        # A limit that the upper platform ends within a day, or on a day off.
        ("2026-10-08 10:00", "2026年10月8日08:00"),
        ("2026-10-11 12:00", "2026年10月10日09:36"),
    ],
)
def test_a_part_of_a_limit_that_ends_within_a_day_passes_before_it(due: str, passed: str) -> None:
    ends = datetime.fromisoformat(due).replace(tzinfo=SHANGHAI)
    assert show_due(part_passed(AT, ends, Fraction(4, 5), CALENDAR)) == passed
    assert part_passed(AT, ends, Fraction(1), CALENDAR) <= ends
