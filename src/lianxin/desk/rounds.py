"""The duties that come round, as the desk shows them: who owes what for which period, how it stands, what proves it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from lianxin.directory.roles import Role
from lianxin.duties import owed
from lianxin.duties.verbs import OUTCOMES
from lianxin.ledger.models import Entry, Task
from lianxin.orders.reach import SEES_CENTRE
from lianxin.rules import periods
from lianxin.rules.periods import Period

from . import clocks
from .seats import Seat

#: What of them is listed, by how it stands.
STATES = {"open": "待履行", "red": "未履行", "done": "已履行", "": "全部"}


@dataclass(frozen=True, slots=True)
class Line:
    """A duty of a unit for a period."""

    unit: str
    title: str
    period: str
    post: str
    holder: str
    state: str
    red: bool
    due: str
    chip: clocks.Chip | None
    #: numbers of the orders and proceedings that prove it
    evidence: tuple[str, ...]
    why: str
    file: str


def owes(seat: Seat) -> bool:
    """Whether duties that come round concern this post: a rule lays some, and it owes them or sees who does."""
    laid = [rule for rule, _, _ in owed.current(seat.directory, seat.now)]
    return bool(laid) and (seat.role in SEES_CENTRE or any(seat.role in rule.posts for rule in laid))


def mine(seat: Seat) -> list[Line]:
    """What this post of a unit owes now; nothing is asked where no rule lays anything on it."""
    if not seat.in_unit or not owes(seat):
        return []
    its = visible(seat).filter(done_at=None, due__gt=seat.now, unit=seat.post.unit, post_role=seat.role)
    return lines(seat, its.select_related("proceeding").order_by("due", "pk"))


def visible(seat: Seat) -> QuerySet[Task]:
    """The duties of periods that the person may see."""
    return (
        Task.objects.filter(proceeding__in=seat.proceedings).exclude(period="").annotate(warn_at=clocks.warned("task"))
    )


def standing(seat: Seat, state: str) -> Q:
    """Those that stand so."""
    red = Q(outcome="unmet") | Q(done_at=None, due__lte=seat.now)
    return {
        "open": Q(done_at=None, due__gt=seat.now),
        "red": red,
        "done": Q(outcome__in=("done", "late")),
    }.get(state, Q())


def known_periods(seat: Seat) -> list[Period]:
    """The periods for which something is or was owed, the latest first."""
    codes = visible(seat).order_by().values_list("period", flat=True).distinct()
    found = [periods.parse(code) for code in codes]
    return sorted(found, key=lambda period: (period.first, period.days), reverse=True)


def lines(seat: Seat, tasks: Iterable[Task]) -> list[Line]:
    """A line for each; two statements for all of them."""
    tasks = list(tasks)
    told = _told(tasks)
    return [_line(seat, task, told.get(task.pk, {})) for task in tasks]


def _told(tasks: list[Task]) -> dict[int, dict[str, Any]]:
    """What the file says of the end of each that has ended."""
    ended = {task.pk: task.proceeding_id for task in tasks if task.done_at is not None}
    rows = Entry.objects.filter(proceeding__in=set(ended.values()), action="duty.settled", payload__task__in=[*ended])
    return {payload["task"]: payload for payload in rows.values_list("payload", flat=True)}


def _line(seat: Seat, task: Any, told: dict[str, Any]) -> Line:
    directory, period = seat.directory, periods.parse(task.period)
    rule = owed.rule_of(directory, task.rule, period)
    unit = directory.units[task.unit_id]
    holder = directory.staff.get(task.holder_id or 0)
    open_ = task.done_at is None
    red = task.outcome == "unmet" or (open_ and task.due is not None and task.due <= seat.now)
    state = OUTCOMES.get(task.outcome, "待履行") if not open_ else ("未履行" if red else "待履行")
    chip = clocks.due_chip(task.due, task.warn_at, seat.now, seat.calendar) if open_ and task.due else None
    assert task.proceeding is not None
    return Line(
        unit=unit.short_name or unit.name,
        title=told.get("title") or (rule.title if rule else task.rule),
        period=period.name,
        post=str(Role(task.post_role).label),
        holder=holder.name if holder else "岗位空缺",
        state=state,
        red=red,
        due=f"{period.last:%m-%d}",
        chip=chip,
        evidence=tuple(told.get("evidence", ())),
        why=told.get("why", ""),
        file=task.proceeding.number,
    )
