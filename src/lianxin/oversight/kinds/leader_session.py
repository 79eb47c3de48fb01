"""A leader answers calls (领导接听): when and who, how many called, which orders were made of it, what became of them.

Source: C09 (济南市市长亲自接听了市民的热线).  The agent beside the leader registers the orders as any; the session
names them.  An order that was not registered by telephone within its hours, or that another session has named, is none
of its.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Instant, widget
from lianxin.orders.models import Order
from lianxin.proceedings.abouts import Due, OfOrders, Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.drawing import orders_of
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.papers import Paper
from lianxin.proceedings.register import add
from lianxin.proceedings.same import already
from lianxin.proceedings.usual import Reasoned
from lianxin.rules import periods
from lianxin.rules.lifecycle.states import OPEN, posts
from lianxin.rules.serving import serves
from lianxin.rules.worktime import show_due

from ..orders import standing

serves("C09")

WHO = posts("supervisor", "leader")
KIND, CHANNEL = "leader_session", "phone"
Name = Annotated[str, Private, Field(min_length=2, max_length=60)]


class Planning(Payload):
    """Who answers, in which office, from when until when, and what is expected to be asked."""

    leader: Name = Field(title="接听领导")
    office: Name = Field(title="职务")
    begins_at: Instant = Field(title="接听开始")
    until: Instant = Field(title="接听结束")
    text: Text = Field(title="接听主题")
    #: filled in by the ledger; it is recorded before the day is over
    title: Title = Field("", json_schema_extra=widget("none"))
    due: Instant | None = Field(None, json_schema_extra=widget("none"))


class Recording(OfOrders):
    """How many called, which orders were made, what was talked about, and until when the result is told."""

    calls: int = Field(title="接听来电（个）", ge=0, le=10000)
    summary: Account = Field(title="接听情况")
    due: Due = Field(title="反馈结果的时限")
    #: filled in by the ledger
    made: int = Field(0, title="形成工单（件）", json_schema_extra=widget("told"))
    hours: str = Field("", title="接听时间", json_schema_extra=widget("none"))


class Reporting(Payload):
    """What came of it; how many of its orders have ended the ledger counts."""

    result: Account = Field(title="办理结果")
    #: filled in by the ledger
    closed: int = Field(0, title="工单已办结（件）", json_schema_extra=widget("told"))


def _named(deed: Deed[Planning]) -> dict[str, Any]:
    day = periods.of("day", deed.payload.begins_at)
    return {"title": f"{day.name}{deed.payload.leader}接听热线", "due": periods.of("day", deed.payload.until).end}


def _to_come(deed: Deed[Planning]) -> None:
    payload = deed.payload
    require(payload.until > payload.begins_at, "until", "接听结束应晚于接听开始")
    one = periods.of("day", payload.begins_at) == periods.of("day", payload.until)
    require(one, "until", "一次接听不跨日，请按日分别安排")
    require(payload.until > deed.at, "until", "接听应在结束之前安排，不能事后补")


def _hours(deed: Deed[Any]) -> tuple[datetime, datetime]:
    """As they were planned."""
    plan = deed.outside().others.entry(deed.proceeding.pk, 1)
    assert plan is not None
    begins, until = (datetime.fromisoformat(plan.payload[name]) for name in ("begins_at", "until"))
    return begins, until


def _counted(deed: Deed[Recording]) -> dict[str, Any]:
    begins, until = _hours(deed)
    return {"made": len(deed.payload.orders), "hours": f"{show_due(begins)}至{show_due(until)}"}


def _of_its_hours(deed: Deed[Recording]) -> None:
    payload, (begins, until) = deed.payload, _hours(deed)
    require(deed.at >= until, "", "接听还没有结束，请在结束以后登记")
    orders = list(standing(deed, payload.orders).values())
    require(payload.calls >= len(orders), "calls", f"来电不能少于形成的工单（{len(orders)} 件）")
    strange = _numbers(o for o in orders if o.channel != CHANNEL or not begins <= o.registered_at <= until)
    require(not strange, "numbers", f"{strange} 不是在接听时间内由电话登记的，不能算作本次接听形成的工单")
    taken = [(order.number, already(deed, KIND, order=order.pk)) for order in sorted(orders, key=lambda o: o.pk)]
    told = "、".join(f"{number}（{other}）" for number, other in taken if other)
    require(not told, "numbers", f"{told} 已记在另一次领导接听中")


def _numbers(orders: Iterator[Order]) -> str:
    return "、".join(order.number for order in orders)


def _ended(deed: Deed[Any]) -> dict[str, int]:
    return {"closed": sum(order.state not in OPEN for order in standing(deed, orders_of(deed)).values())}


def _all_ended(deed: Deed[Any]) -> None:
    still = _numbers(order for order in standing(deed, orders_of(deed)).values() if order.state in OPEN)
    require(not still, "", f"还有工单没有办结：{still}")


RECORD = Paper(
    "领导接听记录",
    "{title}",
    "",
    ("接听时间：{hours}。", "接听主题：{text}", "{summary}", "{numbers_told}", "# 形成的工单", "{orders}"),
    more=lambda deed: {"numbers_told": f"接听来电 {deed.payload.calls} 个，形成工单 {deed.payload.made} 件。"},
)

add(
    Kind(
        code=KIND,
        title="领导接听",
        due_title="时限",
        raised_to=("leader",),
        listed=("leader", "begins_at", "calls", "made", "closed"),
        states={
            "planned": State("待接听", "supervisor"),
            "held": State("待反馈", "supervisor"),
            "reported": State("已反馈"),
            "cancelled": State("已取消"),
        },
        steps=(
            Step("planned", "安排领导接听", Planning, WHO, to="planned", fills=_named, check=_to_come, icon="phone"),
            Step(
                "held",
                "登记接听情况",
                Recording,
                WHO,
                ("planned",),
                "held",
                meets=True,
                paper=RECORD,
                fills=_counted,
                check=_of_its_hours,
                icon="clipboard-check",
            ),
            Step(
                "reported",
                "反馈办理结果",
                Reporting,
                WHO,
                ("held",),
                "reported",
                meets=True,
                fills=_ended,
                check=_all_ended,
            ),
            Step("cancelled", "取消接听", Reasoned, WHO, ("planned",), "cancelled", icon="ban"),
        ),
    )
)
