"""How much waits in the queues of a post, and how much of it is due when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Count, Q, QuerySet, Value

from lianxin.rules.queue_terms import Base
from lianxin.rules.worktime import SHANGHAI, end_of_day

from . import statements
from .asking import Question, answers
from .queues import DUE, Queue, rows
from .seats import Seat


@dataclass(frozen=True, slots=True)
class Group:
    """已逾期 / 今日到期 / 明日及以后 / 没有时限, and how many."""

    title: str
    count: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How much is in each queue; and for the chosen one, how much of it is due when."""

    numbers: dict[str, int]
    chosen: Queue
    groups: dict[str, Group]


def count(seat: Seat, queues: tuple[Queue, ...], code: str = "") -> Counted:
    """How much is in each queue (see `Counting`)."""
    counting = Counting(seat, queues, code)
    return counting.read(answers(*counting.questions()))


class Counting:
    """How much is in each of the queues: one statement a base, and the groups of queue `code` with it.

    Where no such queue is asked for, the first with anything in it is chosen; its groups cost one more statement if
    that is not the first of all (`guess`).
    """

    def __init__(self, seat: Seat, queues: tuple[Queue, ...], code: str = "") -> None:
        self.seat, self.queues, self.code = seat, queues, code
        self.guess = next((queue for queue in queues if queue.code == code), queues[0])
        self._bases = list(dict.fromkeys(queue.base for queue in queues))

    def _of(self, base: Base) -> list[Queue]:
        return [queue for queue in self.queues if queue.base == base]

    def questions(self) -> list[Question]:
        """A question a base."""
        return [self._question(base, self.guess if self.guess.base == base else None) for base in self._bases]

    def _question(self, base: Base, asked: Queue | None) -> Question:
        counts = partial(_counts, self._of(base), asked)
        return statements.question(self.seat, "count", counts, base, asked and asked.code)

    def read(self, rows: Sequence[Any]) -> Counted:
        """From the answers to the questions."""
        found: dict[str, int] = {}
        for base, lines in zip(self._bases, rows, strict=True):
            names = [*(queue.code for queue in self._of(base)), *(_GROUPS if self.guess.base == base else ())]
            # No line of whoever can see nothing (a centre's post at a unit that is none of the centre's any more).
            (numbers,) = lines or [[0] * len(names)]
            found |= dict(zip(names, numbers, strict=True))
        chosen = self.guess
        if self.code != chosen.code and not found[chosen.code]:
            chosen = next((queue for queue in self.queues if found[queue.code]), chosen)
        if chosen is not self.guess:
            (numbers,) = statements.rows(self.seat, "groups", partial(_groups_of, chosen), chosen.code)
            found |= dict(zip(_GROUPS, numbers, strict=True))
        numbers = {queue.code: found[queue.code] for queue in self.queues}
        return Counted(numbers, chosen, _groups(found, found[chosen.code]))


def _counts(queues: list[Queue], asked: Queue | None, seat: Seat) -> QuerySet[Any]:
    """One row: how much is in each of these queues, of one base; then the groups of `asked`."""
    counted = [Count("pk", filter=queue.where(seat)) for queue in queues]
    # Their union first, so that a partial index answers for the open ones and history is not read.
    union = queues[0].where(seat)
    for queue in queues[1:]:
        union |= queue.where(seat)
    if asked:
        counted += _asked_groups(seat, asked, asked.where(seat)).values()
    return _one_row(rows(seat, queues[0].base).filter(union), counted)


def _groups_of(queue: Queue, seat: Seat) -> QuerySet[Any]:
    """One row: the groups of a queue."""
    found = rows(seat, queue.base).filter(queue.where(seat))
    return _one_row(found, [*_asked_groups(seat, queue, Q()).values()])


def _one_row(found: QuerySet[Any], counted: list[Count]) -> QuerySet[Any]:
    named = {f"n{number}": count for number, count in enumerate(counted)}
    counted_once: QuerySet[Any] = found.order_by().annotate(one=Value(1)).values("one")
    one_row: QuerySet[Any] = counted_once.annotate(**named).values_list(*named)
    return one_row


#: What is counted of the chosen queue; the rest of it is due later.
_GROUPS = ("group_late", "group_today", "group_none")


def _asked_groups(seat: Seat, queue: Queue, where: Q) -> dict[str, Any]:
    due, midnight = DUE[queue.base], end_of_day(seat.now.astimezone(SHANGHAI).date())
    late, today = Q(**{f"{due}__lte": seat.now}), Q(**{f"{due}__gt": seat.now, f"{due}__lte": midnight})
    parts = dict(zip(_GROUPS, (late, today, Q(**{due: None})), strict=True))
    return {name: Count("pk", filter=where & part) for name, part in parts.items()}


def _groups(found: dict[str, int], total: int) -> dict[str, Group]:
    late, today, none = (found[name] for name in _GROUPS)
    return {
        "late": Group("已逾期", late),
        "today": Group("今日到期", today),
        "rest": Group("明日及以后", total - late - today - none),
        "none": Group("没有时限", none),
    }


def group_of(due: datetime | None, now: datetime) -> str:
    """In which of the groups a due time falls; what has no due time comes last."""
    if due is None:
        return "none"
    if due > end_of_day(now.astimezone(SHANGHAI).date()):
        return "rest"
    return "late" if due <= now else "today"
