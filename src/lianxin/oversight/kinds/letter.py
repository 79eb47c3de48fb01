"""Early-warning letter (预警函、提醒函): sent to a unit, acknowledged, answered with cause, measures and date.

A second letter on the same thing names the first; one that is ignored is listed as late and raised to the leader.
Source: E11 (分析研判、监测预警；平台预警函、热点预警).
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Instant, Reason, Told, UnitId, Words, widget
from lianxin.proceedings.abouts import Due, OfOrders, Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.models import Proceeding
from lianxin.proceedings.papers import Paper
from lianxin.proceedings.register import add
from lianxin.proceedings.usual import Noted
from lianxin.rules.lifecycle import UNIT
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves

LEVELS = {"remind": "提醒", "warn": "预警"}


class Letter(OfOrders):
    """To which unit, what is seen, and by when it answers."""

    level: Literal["remind", "warn"] = Field(title="级别", json_schema_extra=widget("choice", titles=LEVELS))
    title: Title
    unit: UnitId = Field(title="收函单位")
    text: Text
    due: Due = Field(title="回复时限")
    earlier: str = Field("", title="同一问题此前的函", max_length=32)


class Answer(Payload):
    """What the unit found, what it does, and by when."""

    cause: Told = Field(title="原因分析")
    measures: Told = Field(title="整改措施")
    by: Instant = Field(title="完成时间")


class Again(Payload):
    """Why the answer will not do, and by when a better one is due."""

    reason: Reason
    due: Due = Field(title="重新回复时限")


class Closing(Payload):
    """What the centre finds of the answer."""

    note: Words = Field("", title="意见")


def _the_first(deed: Deed[Any]) -> dict[str, Any]:
    """A letter to the same unit about one of the same orders: nobody has to remember that it was warned before."""
    payload = deed.payload
    if payload.earlier or not payload.orders:
        return {}
    known = Proceeding.objects.filter(centre=deed.proceeding.centre_id, kind="letter", unit=payload.unit)
    before = known.filter(abouts__to_order__in=payload.orders).exclude(state="withdrawn").order_by("pk").first()
    return {"earlier": before.number} if before is not None else {}


def _names_the_first(deed: Deed[Any]) -> None:
    number = deed.payload.earlier
    if number:
        earlier = Proceeding.objects.filter(centre=deed.proceeding.centre_id, kind="letter", number=number)
        require(earlier.filter(unit=deed.payload.unit).exists(), "earlier", "没有发给这个单位的这一编号的函，请核对")


PAPER = Paper(
    title="预警函",
    headline="{title}",
    to="{unit}",
    body=(
        "{text}",
        "# 涉及工单",
        "{orders}",
        "# 办理要求",
        "请认真分析原因，采取措施，于{due}前在平台书面回复原因、措施和完成时间。",
        "此前就同一问题已发函（{earlier}）。",
    ),
)
serves("E11")

CENTRE_POSTS = posts("supervisor", "leader", "analyst")

add(
    Kind(
        code="letter",
        title="预警函",
        unit_title="收函单位",
        due_title="回复时限",
        raised_to=("leader",),
        states={
            "sent": State("待签收", "clerk", "unit"),
            "received": State("待回复", "clerk", "unit"),
            "answered": State("待核实", "supervisor"),
            "settled": State("已办结"),
            "withdrawn": State("已撤回"),
        },
        steps=(
            Step(
                "sent",
                "发预警函",
                Letter,
                CENTRE_POSTS,
                to="sent",
                paper=PAPER,
                fills=_the_first,
                check=_names_the_first,
                icon="send",
            ),
            Step("received", "签收", Noted, UNIT, ("sent",), "received", icon="check", decides=False),
            Step("answered", "回复", Answer, UNIT, ("sent", "received"), "answered", meets=True),
            Step("settled", "核实办结", Closing, CENTRE_POSTS, ("answered",), "settled", icon="clipboard-check"),
            Step("sent_back", "退回重报", Again, CENTRE_POSTS, ("answered",), "received", icon="arrow-back-up"),
            Step("withdrawn", "撤回", Closing, CENTRE_POSTS, ("sent", "received"), "withdrawn"),
        ),
    )
)
