"""Joint meeting (联席会议): several units sit together, and one act says of all its orders who leads and who assists.

Source: A14 (联席会议制度，确定牵头和会办部门): exactly one lead, at least one co-handler, and the minutes' number.
D17 (对疑难工单逐个分析研判，制定解决方案，责任落实到人): for each order a plan, a person and a date; who was absent is
listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Told, widget
from lianxin.ledger.models import Entry
from lianxin.ledger.verbs import Follow
from lianxin.orders.models import Order, Share
from lianxin.orders.models.share import RUNNING_STATES
from lianxin.proceedings.abouts import Due, OfOrders, People, Text, Title, Units
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.drawing import named_units, orders_of
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.models import About
from lianxin.proceedings.papers import Paper
from lianxin.proceedings.register import add
from lianxin.proceedings.usual import Noted
from lianxin.rules.lifecycle import OrderState
from lianxin.rules.lifecycle.states import OUT, posts
from lianxin.rules.serving import serves
from lianxin.rules.worktime import show_due

from ..actions.assign import BASIS, Recipient

serves("A14", "D17")

WHO = posts("dispatcher", "supervisor", "leader")
PLANNED = "meeting.planned"
#: The states in which the meeting can still say who has an order.
UNDECIDED = (OrderState.REGISTERED, OrderState.DISPATCHED)


class Calling(OfOrders):
    """About which orders, with whom, and when."""

    title: Title
    text: Text = Field(title="议题")
    units: Units = Field(title="参会单位", min_length=2)
    people: People = Field((), title="参会人员")
    due: Due = Field(title="会议时间")


class Deciding(Payload):
    """Who leads and who assists, on what ground, and what was said."""

    shares: tuple[Recipient, ...] = Field(
        title="牵头、会办单位", min_length=2, max_length=12, json_schema_extra=widget("shares")
    )
    basis: str = BASIS
    minutes: Told = Field(title="会议纪要")


class Planning(Payload):
    """For one of its orders: the plan, who carries it out, and by when (D17)."""

    number: str = Field(title="工单号", min_length=1, max_length=32)
    plan: Told = Field(title="解决方案")
    people: People = Field(title="责任人", min_length=1, max_length=1)
    finish_by: Due = Field(title="完成时间")
    #: filled in by the ledger
    order: int = Field(0, json_schema_extra=widget("none"))


class Holding(Payload):
    """Who did not come, and what was said."""

    absent: Units = Field((), title="缺席单位")
    minutes: Told = Field(title="会议纪要")


def _has_orders(deed: Deed[Any]) -> None:
    require(deed.payload.orders, "numbers", "请填写会议要确定承办单位的工单")


def _one_leads(deed: Deed[Any]) -> None:
    roles = [share.role for share in deed.payload.shares]
    one = roles.count("lead") == 1 and roles.count("assist") == len(roles) - 1 >= 1
    require(one, "shares", "请确定一家牵头单位、至少一家会办单位")
    require(len({s.unit for s in deed.payload.shares}) == len(roles), "shares", "同一单位只能写一次")
    require(list(_undecided(deed)), "", "会议的工单都已办结，不能再确定承办单位")


def _undecided(deed: Deed[Any]) -> Iterator[Order]:
    found = Order.objects.filter(pk__in=orders_of(deed), state__in=UNDECIDED)
    yield from found.order_by("pk")


def _given(deed: Deed[Any]) -> Iterator[Follow]:
    """What the decision is for each order: a dispatch, or for one that is out already, whatever makes it so."""
    payload, number = deed.payload, deed.proceeding.number
    ground = {"basis": payload.basis, "basis_text": f"联席会议 {number}"}
    lead = next(share.unit for share in payload.shares if share.role == "lead")
    assists = [share.unit for share in payload.shares if share.role == "assist"]
    for order in _undecided(deed):
        if order.state == OrderState.REGISTERED:
            shares = [share.model_dump() for share in payload.shares]
            yield Follow("order.dispatched", order.pk, ground | {"shares": shares})
            continue
        running = Share.objects.filter(order=order, depth=0, state__in=RUNNING_STATES).order_by("pk")
        first = next((share for share in running if share.role != "assist"), None)
        there = {share.unit_id for share in running}
        if first is not None and first.unit_id != lead:
            reason = f"联席会议 {number} 确定牵头单位"
            new = {"share": first.pk, "unit": lead, "basis": payload.basis, "reason": reason}
            yield Follow("share.reassigned", order.pk, new)
            there -= {first.unit_id}
        for unit in (unit for unit in assists if unit not in there):
            yield Follow("share.added", order.pk, ground | {"unit": unit, "role": "assist"})


def _the_order(deed: Deed[Planning]) -> dict[str, Any]:
    found = Order.objects.filter(pk__in=orders_of(deed), number=deed.payload.number.strip()).values_list(
        "pk", flat=True
    )
    order = found.first()
    require(order is not None, "number", "请填写本次会议的一件工单的工单号")
    return {"order": order}


def _to_come(deed: Deed[Planning]) -> None:
    require(deed.payload.finish_by > deed.at, "finish_by", "完成时间应晚于现在")


def _planned(deed: Deed[Planning]) -> Iterator[Follow]:
    payload, person = deed.payload, deed.payload.people[0]
    mine = {"meeting": deed.proceeding.number, "person": person, "named": deed.directory.staff[person].name}
    yield Follow("order.planned", payload.order, {**mine, "plan": payload.plan, "due": payload.finish_by})


def _plans(deed: Deed[Any]) -> dict[int, Entry]:
    """The plan that each of its orders has, the newest of several."""
    return {entry.payload["order"]: entry for entry in deed.said(PLANNED)}


def _called(deed: Deed[Any]) -> list[int]:
    """The units that were called, in the order of their names."""
    called = About.objects.filter(proceeding=deed.proceeding.pk, role="called", to_unit__isnull=False)
    here = [row for row in deed.docket.added if isinstance(row, About) and row.role == "called"]
    return list(dict.fromkeys(row.to_unit_id for row in (*called.order_by("pk"), *here) if row.to_unit_id is not None))


def _each_has_its_plan(deed: Deed[Holding]) -> None:
    # A plan is laid on somebody of the units that have the order: one that no unit has now waits for none.
    out = Order.objects.filter(pk__in=set(orders_of(deed)) - _plans(deed).keys(), state__in=OUT).order_by("pk")
    missing = list(out.values_list("number", flat=True)[:5])
    require(not missing, "", f"还有工单没有确定方案和责任人：{'、'.join(missing)}")
    strange = {*deed.payload.absent} - {*_called(deed)}
    require(not strange, "absent", "缺席单位从参会单位中选")


def _minuted(deed: Deed[Holding]) -> dict[str, str]:
    """Which units came, and for each order its plan, who carries it out, and by when (D17)."""
    directory, told = deed.directory, []
    for n, entry in enumerate(_plans(deed).values(), 1):
        said, words = entry.payload, entry.enclosure.body.get("plan", "")
        who = directory.staff.get(said["people"][0])
        until = show_due(datetime.fromisoformat(said["finish_by"]))
        told.append(f"{n}. {said['number']}：{words}（责任人：{who.name if who else '—'}；完成时间：{until}）")
    came = [unit for unit in _called(deed) if unit not in deed.payload.absent]
    head = ["逐件确定方案、责任人和完成时间如下："] if told else []
    return {"came": named_units(directory, came), "plans": "\n".join([*head, *told])}


NOTICE = Paper(
    "联席会议通知",
    "{title}",
    "{units}",
    ("{text}", "# 议题工单", "{orders}", "# 会议安排", "定于{due}召开联席会议，请派员参加。", "参会人员：{people}。"),
)
MINUTES = Paper("联席会议纪要", "{title}", "", ("{minutes}", "# 涉及工单", "{orders}"))
RECORD = Paper(
    "联席会议纪要",
    "{title}",
    "",
    ("参会单位：{came}。", "缺席单位：{absent}。", "{minutes}", "{plans}", "# 涉及工单", "{orders}"),
    more=_minuted,
)

add(
    Kind(
        code="meeting",
        title="联席会议",
        due_title="会议当日",
        all_day=True,
        states={
            "called": State("待召开", "supervisor"),
            "decided": State("已确定"),
            "cancelled": State("已取消"),
        },
        steps=(
            Step("called", "召集联席会议", Calling, WHO, to="called", paper=NOTICE, check=_has_orders, icon="users"),
            Step(
                "decided",
                "确定牵头和会办单位",
                Deciding,
                WHO,
                ("called",),
                "decided",
                meets=True,
                paper=MINUTES,
                check=_one_leads,
                follows=_given,
                icon="signature",
            ),
            Step(
                "planned",
                "确定方案",
                Planning,
                WHO,
                ("called",),
                fills=_the_order,
                check=_to_come,
                follows=_planned,
                icon="clipboard-check",
            ),
            Step(
                "held",
                "会议结束",
                Holding,
                WHO,
                ("called",),
                "decided",
                meets=True,
                paper=RECORD,
                check=_each_has_its_plan,
                icon="check",
            ),
            Step("cancelled", "取消会议", Noted, WHO, ("called",), "cancelled", icon="ban"),
        ),
    )
)
