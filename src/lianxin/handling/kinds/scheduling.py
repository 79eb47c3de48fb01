"""Scheduling (调度): a unit's deputy goes through what is open, and gives an instruction that is reported on.

Source: A09 (分管负责同志…每周调度一次): the record holds the list of open orders of that moment, and an
instruction with a due date; an empty list says so.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Told, UnitId, widget
from lianxin.orders.models import Order, Share
from lianxin.orders.models.share import RUNNING_STATES
from lianxin.proceedings.abouts import MOST, Due, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.register import add
from lianxin.rules import periods
from lianxin.rules.lifecycle.states import UNIT_LEADS, posts
from lianxin.rules.serving import serves

serves("A09")


class Scheduling(Payload):
    """What is asked of whom, and until when."""

    text: Told = Field(title="调度意见")
    due: Due = Field(title="落实时限")
    #: filled in by the ledger: the unit, its title, the orders that it has open at this moment, and how many there are
    unit: UnitId | None = Field(None, json_schema_extra=widget("none"))
    title: Title = Field("", json_schema_extra=widget("none"))
    orders: tuple[int, ...] = Field((), json_schema_extra=widget("none"))
    listed: str = Field("", title="在办清单", json_schema_extra=widget("told"))


class Report(Payload):
    """What came of it."""

    result: Told = Field(title="落实情况")


def _open(deed: Deed[Any]) -> dict[str, Any]:
    unit = deed.actor.unit
    running = Share.objects.filter(unit=unit, state__in=RUNNING_STATES).values("order")
    found = Order.objects.filter(centre=deed.proceeding.centre_id, pk__in=running).order_by("due_at", "pk")
    orders = list(found.values_list("pk", "number"))
    named = "、".join(number for _, number in orders[:MOST])
    more = f" 等，共 {len(orders)} 件" if len(orders) > MOST else f"，共 {len(orders)} 件"
    return {
        "unit": unit,
        "title": f"{deed.directory.units[unit].name}{periods.of('day', deed.at).name}调度" if unit else "调度",
        "orders": tuple(pk for pk, _ in orders[:MOST]),
        "listed": f"{named}{more}" if orders else "没有在办的工单",
    }


def _of_a_unit(deed: Deed[Any]) -> None:
    require(deed.payload.unit is not None, "", "由承办单位的负责人调度")


add(
    Kind(
        code="scheduling",
        title="调度",
        unit_title="单位",
        due_title="落实时限",
        states={"asked": State("待落实", "clerk", "unit"), "reported": State("已落实")},
        steps=(
            Step("held", "调度", Scheduling, UNIT_LEADS, to="asked", fills=_open, check=_of_a_unit, icon="users"),
            Step("reported", "报告落实", Report, posts("clerk"), ("asked",), "reported", meets=True),
        ),
    )
)
