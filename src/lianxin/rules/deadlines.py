"""Which clocks an event starts and stops under a pack, and why a deadline falls where it falls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import partial
from itertools import groupby
from typing import Literal

from lianxin.rules.conditions import prepared
from lianxin.rules.context import Context, event_title
from lianxin.rules.policy import Pack
from lianxin.rules.policy_rows import ClockRule
from lianxin.rules.worktime import (
    SHANGHAI,
    Calendar,
    DayMark,
    Span,
    end_of_day,
    last_day,
    show_due,
    show_instant,
)

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class ClockStart:
    """A clock to start. ``rule`` is the rule's id, times are UTC; breached when now >= due.

    ``warn_at`` is never before the start: what begins within its warning time is yellow at once.
    """

    rule: str
    kind: str
    on: Literal["order", "share", "task"]
    start: datetime
    due: datetime
    warn_at: datetime | None
    cause: Literal["rule", "upstream"] = "rule"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why it is due then: a Chinese sentence, the days as they count, the original words and their rule."""

    sentence: str
    days: list[DayMark]
    clause: str
    rule: str


#: Is told of a rule whose condition could not be judged, and why, in Chinese.
Failed = Callable[[ClockRule, str], None]


def starts(
    pack: Pack,
    event: str,
    context: Context,
    begun: Callable[[ClockRule], datetime],
    calendar: Calendar,
    *,
    on: str | None = None,
    failed: Failed | None = None,
) -> list[ClockStart]:
    """The clocks that ``event`` starts, each when ``begun`` says: of each kind the first rule whose condition holds.

    ``context`` is a full one (``context.complete``); a clock on a share or task is meant for the one in it.
    ``on`` asks only for clocks on an order, a share or a task.
    """
    found = applying(pack, event, context, failed)
    return [_start(rule, context, begun(rule), calendar) for rule in found.values() if on in (None, rule.on)]


def applying(pack: Pack, event: str, context: Context, failed: Failed | None = None) -> dict[str, ClockRule]:
    """By kind the clock rule that ``event`` calls upon: the first of its kind whose condition holds.

    A condition that cannot be judged does not hold, and ``failed`` is told.
    """
    found: dict[str, ClockRule] = {}
    facts = None
    for rule in pack.clocks_on(event):
        if rule.kind in found:
            continue
        if rule.when is not None:
            facts = facts or prepared({**context, "event": {**context["event"], "name": event}}, pack.reads_on(event))
            if not rule.when.holds(facts, partial(failed, rule) if failed else None):
                continue
        found[rule.kind] = rule
    return found


def reckon(
    rule: ClockRule,
    start: datetime,
    calendar: Calendar,
    *,
    limit: datetime | None = None,
    extended_by: int = 0,
    counted_from: datetime | None = None,
) -> tuple[datetime, bool]:
    """(due, whether the upper platform's limit decided it) of a clock of this rule that started at ``start``.

    A limit that was past when the clock started does not bind it: nobody can be late before he begins.
    ``extended_by`` are working days granted; ``counted_from`` is where the rule counts from if not from the start:
    since when it has been known to apply, so that a limit past by then does not bind either.
    """
    due = rule.allow.due(counted_from or start, calendar)
    if extended_by:
        due = extended(due, Span(extended_by, "workday"), calendar)
    if rule.end == "upstream_due" and limit is not None and (counted_from or start) < limit < due:
        return limit.astimezone(UTC), True
    return due, False


def stops(pack: Pack, event: str, rule_id: str, kind: str) -> bool:
    """Whether the event stops a clock that runs under this rule, met or too late."""
    rule = pack.clock_like(rule_id, kind)
    return rule is not None and event in rule.until


def warn_at(rule: ClockRule, start: datetime, due: datetime, calendar: Calendar) -> datetime | None:
    """When a running clock turns yellow: the rule's lead before ``due``, never before ``start``."""
    return max(start, rule.warn.before(due, calendar)) if rule.warn else None


def extended(due: datetime, span: Span, calendar: Calendar) -> datetime:
    """The deadline after an approved extension: the span counted on from the last day of the old one."""
    if span.unit in ("minute", "hour"):
        return span.due(due, calendar)
    # 24:00 is the first instant of the next day; that day is not yet used up.
    noon = datetime.combine(last_day(due), datetime.min.time(), SHANGHAI).replace(hour=12)
    return span.due(noon, calendar)


@dataclass(frozen=True, slots=True)
class Moved:
    """What the book says of why a clock is due then: its cause, and what goes with it."""

    cause: str = "rule"
    at: datetime | None = None
    counted_from: datetime | None = None
    extended_by: int = 0


def explain(rule: ClockRule, start: datetime, due: datetime, calendar: Calendar, moved: Moved | None = None) -> Reason:
    """Why a clock of this rule, started then, is due then.  The cause is told, never inferred: ``moved`` is what the
    book recorded of it."""
    moved = moved or Moved()
    # Due before its start: a limit was corrected to what had long been so.
    days = calendar.days(start.astimezone(SHANGHAI).date(), max(last_day(due), start.astimezone(SHANGHAI).date()))
    events = "或".join(event_title(event) for event in rule.start_on)
    parts = [f"{rule.title}时限为{rule.allow}，自{events}（{show_instant(start)}）起算"]
    reckoned = rule.allow.due(moved.counted_from or start, calendar)
    if rule.allow.unit in ("day", "workday") and rule.allow.amount:
        parts.append("当日不计")
    if rule.allow.unit == "workday":
        parts += _skipped(days)
    parts.append(_verdict(moved, reckoned, due))
    sentence = "，".join(parts) + "。"
    unknown = sorted({mark.day.year for mark in days if mark.provisional})
    if unknown:
        years = "、".join(f"{year}年" for year in unknown)
        sentence += f"{years}放假安排尚未录入，暂按法定节假日和周末推算。"
    return Reason(sentence, days, rule.clause or rule.origin, rule.id)


def _start(rule: ClockRule, context: Context, at: datetime, calendar: Calendar) -> ClockStart:
    due, bound = reckon(rule, at, calendar, limit=context["order"]["upstream_due"])
    begun = at.astimezone(UTC)
    warn = warn_at(rule, begun, due, calendar)
    return ClockStart(rule.id, rule.kind, rule.on, begun, due, warn, "upstream" if bound else "rule")


def _verdict(moved: Moved, reckoned: datetime, due: datetime) -> str:
    when = f"{show_instant(moved.at)}" if moved.at else ""
    if moved.cause == "upstream":
        own = f"本应于{show_due(reckoned)}到期，" if reckoned > due else ""
        return f"{own}上级平台要求不迟于{show_due(due)}，从其规定"
    if moved.cause == "extension":
        days = f"延长{moved.extended_by}个工作日" if moved.extended_by else "延期"
        return f"原于{show_due(reckoned)}到期，经批准{days}，调整为{show_due(due)}"
    if moved.cause == "given":
        return f"原于{show_due(reckoned)}到期，{when}列为承诺件，调整为承诺的{show_due(due)}"
    if moved.cause == "correction":
        if moved.counted_from:
            return f"{when}更正后从更正时起算，于{show_due(due)}到期"
        return f"{when}更正后按本规则重新推算，于{show_due(due)}到期"
    if moved.cause == "calendar":
        return f"放假安排有变，{when}重新推算，于{show_due(due)}到期"
    if due == reckoned:
        return f"于{show_due(due)}到期"
    # The calendar has changed since, and nobody has had the running clocks counted anew.
    return f"按起算时的放假安排于{show_due(due)}到期"


def _skipped(days: list[DayMark]) -> Iterator[str]:
    """What does not count and what counts against the look of the calendar, runs of days together."""
    for (kind, name), run in groupby(days[1:], key=lambda mark: (mark.kind, mark.name)):
        if kind == "workday":
            continue
        marks = list(run)
        counted = "计入" if kind == "makeup" else "不计"
        yield f"{_period(marks)}{name}{counted}"


def _period(marks: list[DayMark]) -> str:
    first, last = marks[0].day, marks[-1].day
    text = f"{first.month}月{first.day}日"
    if first == last:
        return text
    return f"{text}至{last.day}日" if first.month == last.month else f"{text}至{last.month}月{last.day}日"


def part_passed(start: datetime, due: datetime, part: Fraction, calendar: Calendar) -> datetime:
    """The instant from which on this part of a time that runs from `start` to `due` has passed, in UTC.

    Of a time of working days those are whole days of 24 hours, the last of them up to `due`: 80 % of three are two and
    9 hours 36 minutes of the third.  `worktime.part_of` rounds down to the end of the second, since a limit may end
    early; what begins when a part has passed must not begin before it.
    """
    first, last = start.astimezone(SHANGHAI).date(), last_day(due)
    days = calendar.workdays_between(first, last)
    if not days:
        return (start + (due - start) * part.numerator / part.denominator).astimezone(UTC)
    begun = end_of_day(last - _DAY)
    ending = Fraction((due - begun) // _SECOND, 86_400) if calendar.is_workday(last) else Fraction(1)
    passed = (days - 1 + ending) * part
    whole = int(passed)
    if whole == passed:
        return end_of_day(calendar.add_workdays(first, whole)) if whole else start.astimezone(UTC)
    day = calendar.add_workdays(first, whole + 1)
    return end_of_day(day - _DAY) + _SECOND * int((passed - whole) * 86_400)
