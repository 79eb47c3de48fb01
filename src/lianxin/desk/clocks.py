"""Deadlines as people see them: the chip (plain, yellow card, red card, met), and due times in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery

from lianxin.ledger.models import Clock, Task
from lianxin.orders.recount import rule_of
from lianxin.orders.timeline import clock_title
from lianxin.rules import deadlines
from lianxin.rules.deadlines import Moved, Reason
from lianxin.rules.policy import Pack
from lianxin.rules.worktime import SHANGHAI, Calendar, end_of_day, last_day, show_due

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Chip:
    """`card` is "", "yellow", "red", "met" or "off"; `words` say the same, so that colour is never alone."""

    card: str
    words: str


@dataclass(frozen=True, slots=True)
class ClockFace:
    """One clock on the order page."""

    title: str
    of: str
    chip: Chip
    due: str
    running: bool
    reason: Reason | None
    #: the same in full, for paper: `2026年11月20日24:00`
    until: str = ""

    @property
    def strip(self) -> bool:
        """Whether counting days explains anything: a limit of minutes has no strip."""
        return self.reason is not None and len(self.reason.days) > 1


def chip(clock: Clock, now: datetime, calendar: Calendar) -> Chip:
    """The state of a clock at `now`."""
    if clock.ended_at is not None:
        return _ended(clock)
    return due_chip(clock.due, clock.warn_at, now, calendar)


def warned(column: str) -> Subquery:
    """When the running limit of a row warns that is due first: for rows on which clocks hang by `column`."""
    running = Clock.objects.filter(**{column: OuterRef("pk"), "ended_at": None})
    return Subquery(running.order_by("due").values("warn_at")[:1])


def due_chip(due: datetime, warn_at: datetime | None, now: datetime, calendar: Calendar) -> Chip:
    """The chip of a running deadline."""
    if now >= due:
        return Chip("red", f"红牌 逾期 {span(now - due)}")
    left = _left(due, now, calendar)
    if warn_at is not None and now >= warn_at:
        return Chip("yellow", f"黄牌 {left}")
    return Chip("", left)


def _ended(clock: Clock) -> Chip:
    assert clock.ended_at is not None
    if clock.end != "met":
        return Chip("off", "已停表")
    if clock.ended_at >= clock.due:
        return Chip("red", f"红牌 逾期 {span(clock.ended_at - clock.due)}")
    if clock.breached_at is not None:
        return Chip("red", "红牌 曾逾期")
    return Chip("met", f"按时，用时 {span(clock.ended_at - clock.start)}")


def _left(due: datetime, now: datetime, calendar: Calendar) -> str:
    if due - now < _DAY:
        return f"剩 {span(due - now)}"
    today, last = now.astimezone(SHANGHAI).date(), last_day(due)
    days = calendar.workdays_between(today, last)
    return f"剩 {days} 个工作日" if days else f"剩 {(last - today).days} 天"


def span(length: timedelta) -> str:
    """`2 天`, `9 小时 18 分`, `7 分`: days from one day on, never zero."""
    minutes = max(int(length.total_seconds() // 60), 1)
    if minutes >= 24 * 60:
        return f"{minutes // (24 * 60)} 天"
    hours, rest = divmod(minutes, 60)
    return " ".join([f"{hours} 小时"] * bool(hours) + [f"{rest} 分"] * bool(rest))


def due_words(due: datetime, now: datetime) -> str:
    """`今日 24:00`, `明日 15:31`, `11-20 周五 24:00`: always with its hour, since a day has twenty-four of them."""
    day, today = last_day(due), now.astimezone(SHANGHAI).date()
    local = due.astimezone(SHANGHAI)
    hour = " 24:00" if due == end_of_day(day) else f" {local:%H:%M}"
    near = {0: "今日", 1: "明日", -1: "昨日"}.get((day - today).days)
    named = near or f"{day:%m-%d} 周{'一二三四五六日'[day.weekday()]}"
    return named + hour


def face(clock: Clock, task: Task | None, of: str, pack: Pack, now: datetime, calendar: Calendar) -> ClockFace:
    """A clock (`task`: of which open task) with its reason; `of` names the unit whose clock it is, where the order has
    several."""
    rule = rule_of(clock, task, pack)
    reason = None
    if rule is not None and clock.running:
        moved = Moved(clock.cause, clock.caused_at, clock.counted_from, clock.extended)
        reason = deadlines.explain(rule, clock.start, clock.due, calendar, moved)
    return ClockFace(
        title=clock_title(pack, clock),
        of=of,
        chip=chip(clock, now, calendar),
        due=due_words(clock.due, now),
        running=clock.running,
        reason=reason,
        until=show_due(clock.due),
    )


def full(at: datetime) -> str:
    """`2026-11-18 14:42`, as it is typed into a form."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def moment(at: datetime | None) -> str:
    """`11-18 14:42`, as tables show an instant."""
    return f"{at.astimezone(SHANGHAI):%m-%d %H:%M}" if at else ""
