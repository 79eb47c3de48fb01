"""Packs with duties that come round, and what a unit's file says of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.cast import Cast, later
from tests.orders.stages import PAYLOADS, reach
from tests.proceedings.stages import do
from tests.rulebooks import stored

from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Task
from lianxin.orders.models import Order

#: A06: the principal calls back once a month, in units that were given anything.
MONTHLY: dict[str, Any] = {
    "id": "A06",
    "title": "主要负责人每月回访",
    "clause": "“三个一”：每月回访一次",
    "every": "month",
    "post": "principal",
    "when": "unit.received >= 1",
    "met_by": ["callback.led"],
    "warn": "3 days before",
}
#: A09: the deputy schedules once a week.
WEEKLY: dict[str, Any] = {
    "id": "A09",
    "title": "分管负责同志每周调度",
    "clause": "分管负责同志…每周调度一次",
    "every": "week",
    "post": "hotline_deputy",
    "by": ["line_deputy"],
    "among": ["town"],
    "met_by": ["scheduling.held"],
}

#: E05: handled again or handed about too often, or open for too long.
E05: dict[str, Any] = {
    "id": "E05",
    "title": "屡办不成",
    "clause": "屡办不成 诉求事项办理机制",
    "from": ["dispatch", "return_decided", "breach.own_long"],
    "when": "order.moves >= 3 || order.round >= 4 || event.name == 'breach.own_long'",
    "proposes": "stubborn",
}


def under(cast: Cast, *duties: dict[str, Any], **more: list[dict[str, Any]]) -> None:
    """These duties are the centre's: the rule book is a new one."""
    name = f"rounds{abs(hash(repr((duties, sorted(more.items()))))) % 10**8}"
    stored(cast, name, **({"duty": list(duties)} if duties else {}), **more)


def owed(**where: Any) -> list[tuple[str, str, str, str]]:
    """(rule, period, unit, outcome) of every duty of a period, by unit."""
    tasks = Task.objects.filter(**where).exclude(period="").order_by("period", "rule", "unit__code")
    return list(tasks.values_list("rule", "period", "unit__code", "outcome"))


def clock(unit: str = "town", rule: str = "A06") -> tuple[str, bool]:
    """How the clock of that unit's duty ended (running: empty), and whether it was breached."""
    its = Clock.objects.get(rule=rule, task__unit__code=unit)
    return its.end, its.breached_at is not None


def closed(cast: Cast, at: datetime) -> Order:
    """An order of the town's that is closed; another lies with the bureau."""
    cast.dispatch(cast.register(at), at, "bureau")
    return reach(cast, "closed", at)[0]


def led(
    cast: Cast, order: Order, at: datetime, *, recorded: datetime | None = None, by: str = "principal@town"
) -> None:
    """The principal calls back."""
    payload = PAYLOADS["callback.led"](cast, order)
    record(Act("callback.led", cast.actor(by), at, payload, order=order.pk, recorded_at=recorded or at))


def moved(cast: Cast, order: Order, at: datetime, times: int) -> datetime:
    """Given from unit to unit so often."""
    units = ["town", "bureau", "heat"]
    for turn in range(times):
        share = order.shares.filter(outcome="").latest("pk")
        unit = cast.units[units[(units.index(share.unit.code) + 1) % 3]]
        at = later(at, minutes=10)
        said = {"share": share.pk, "unit": unit.pk, "basis": "duty_list", "reason": f"第 {turn} 次改派，属另一单位职责"}
        do(cast, "dispatcher", "share.reassigned", order.pk, at, **said)
    return later(at, minutes=10)
