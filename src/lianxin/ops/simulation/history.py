"""The two years before the demo's weeks, taken through the ledger day by day.

The steps of all orders go by in time.  A few times a day the sweep comes round, as it does in life each minute: what is
due by then is rung, and people do the duties that this laid on them.  It is this module's own, since the sweep of
`ledger` leaves roots on a marked clock alone.

A play that was cut off is played again from its beginning: what was recorded is answered by its receipt, and what was
rung then is not rung again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any

from lianxin.directory.models import Centre
from lianxin.ledger.acts import Act, Actor
from lianxin.ledger.models import Clock
from lianxin.orders.models import Order
from lianxin.rules.policy_tasks import TaskRule
from lianxin.rules.worktime import SHANGHAI

from .drive import Line, Stage, hand_over, met, take
from .life import Step
from .past import Past
from .show import FIRST
from .source import words
from .today import plan_today
from .write import Writer

Told = Callable[[int, int], None]
WARNED, BREACHED = Order.rings


def play(centre: Centre, now: datetime, scale: float = 1, told: Told = lambda done, total: None) -> int:
    """The history of the demo that was planned for `now`, `scale` times as many orders as its file says; what was
    recorded already is not recorded again.  Returns how many orders it has."""
    now = now.astimezone(SHANGHAI).replace(microsecond=0)
    past = Past(begin(now, centre.code), scale)
    _Player(centre, past, now).play(told)
    hand_over(centre, now)
    return past.total


def begin(now: datetime, centre: str) -> datetime:
    """When the first request of the demo's weeks at the centre came in, where the history ends."""
    return min(life.registered_at for life in plan_today(now, first=FIRST, centre=centre))


class _Player:
    """Steps that are to come, by time, and the orders that are not at their end."""

    def __init__(self, centre: Centre, past: Past, now: datetime) -> None:
        self.stage, self.past, self.now = Stage(centre), past, now
        self.writer = Writer(past.here, f"history:{past.shape['seed']}")
        self.to_come: list[tuple[datetime, int, int, Step]] = []
        self.left: Counter[int] = Counter()

    def play(self, told: Told) -> None:
        done = 0
        for day, stories in self.past.stories():
            for story in stories:
                self._plan(self.writer.write(story).ordered(), story.number)
            for at, end in self._spans(datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)):
                self._span(at, end)
            done += len(stories)
            told(done, self.past.total)
        midnight = datetime(self.past.last.year, self.past.last.month, self.past.last.day, tzinfo=SHANGHAI)
        while self.to_come:
            for at, end in self._spans(midnight):
                self._span(at, end)
            midnight += timedelta(days=1)

    def _plan(self, steps: list[Step], number: int) -> None:
        """What of an order has happened by now."""
        for place, step in enumerate(steps):
            if step.at <= self.now:
                heappush(self.to_come, (step.at, number, place, step))
                self.left[number] += 1

    def _spans(self, midnight: datetime) -> Iterator[tuple[datetime, datetime]]:
        """From one round of the sweep to the next."""
        hours = self.past.shape["rounds"]
        for first, last in zip(hours, [*hours[1:], 24], strict=True):
            yield midnight + timedelta(hours=first), midnight + timedelta(hours=last)

    def _span(self, at: datetime, end: datetime) -> None:
        """What the sweep finds at `at`, and the steps up to `end`, in one batch."""
        open_ = [self.stage.orders[number] for number in self.left if number in self.stage.orders]
        acts = [*self._rung(open_, at), *self._met(open_, at)] if at <= self.now else []
        lines: list[Line] = []
        while self.to_come and self.to_come[0][0] < end:
            _, number, place, step = heappop(self.to_come)
            lines.append((number, place, step))
            self.left[number] -= 1
            if not self.left[number]:
                del self.left[number]
        if acts or lines:
            take(self.stage, lines, acts)

    def _rung(self, orders: list[int], at: datetime) -> Iterator[Act]:
        """The clocks that are due by `at`, or are to be warned of, an act for each order and kind."""
        running = Clock.objects.filter(order__in=orders, ended_at=None, breached_at=None)
        rings: dict[tuple[int, str], list[int]] = defaultdict(list)
        for pk, order, due, warn_at, warned_at in running.values_list("pk", "order", "due", "warn_at", "warned_at"):
            if due <= at:
                rings[order, BREACHED].append(pk)
            elif warn_at and warn_at <= at and not warned_at:
                rings[order, WARNED].append(pk)
        system = Actor.system(self.stage.centre.pk)
        for (order, verb), clocks in sorted(rings.items()):
            payload: dict[str, Any] = {"clocks": sorted(clocks)}
            yield Act(verb, system, at, payload, order=order, recorded_at=at)

    def _met(self, orders: list[int], at: datetime) -> list[Act]:
        """What a lapse of the limit has laid on somebody he does in the morning."""
        if at.hour != self.past.shape["duties_at"]:
            return []
        return met(self.stage, orders, at, words()["looked"]["late"], _after_a_lapse)


def _after_a_lapse(rule: TaskRule) -> bool:
    return "breach.handle" in rule.start_on and bool(rule.elements)
