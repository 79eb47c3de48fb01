"""Proposal to call to account (问责建议): what a unit has not done, handed about, or promised in vain.

Source: B37 (对承办部门单位应办未办、推诿扯皮、公开承诺落实不力，或因办理不力导致投诉事项久拖不决，群众反复投诉
以及被相关媒体曝光的，严肃追究相关部门和人员的失职失责行为).  Rules of the pack propose it, each by itself; a person
confirms which of the six it is, and of whom; the leader decides.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, UnitId, widget
from lianxin.proceedings.abouts import Numbers, OfOrders, People, Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.proposals import Proposal
from lianxin.proceedings.register import add
from lianxin.proceedings.usual import Reasoned
from lianxin.rules.lifecycle import SYSTEM
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves

serves("B37")

WHO = posts("supervisor", "leader")
TRIGGERS = {
    "undone": "应办未办",
    "passed_about": "推诿扯皮",
    "promise": "公开承诺落实不力",
    "delayed": "久拖不决",
    "repeated": "反复投诉",
    "exposed": "媒体曝光",
}
MEASURES = {
    "criticised": "通报批评",
    "interview": "约谈",
    "self_criticism": "责令检查",
    "discipline": "移交纪检监察",
    "none": "不予追究",
}


class Opening(OfOrders):
    """What somebody proposes without a rule, and by which orders it is shown."""

    title: Title
    numbers: Numbers = Field(title="涉及工单", min_length=1)
    text: Text = Field(title="事实和依据")


class Confirming(Payload):
    """Which of the six it is, of which unit and which people, and why.  What is filtered by is its column `level`."""

    level: Literal["undone", "passed_about", "promise", "delayed", "repeated", "exposed"] = Field(
        title="问责情形", json_schema_extra=widget("choice", titles=TRIGGERS)
    )
    unit: UnitId = Field(title="责任单位")
    people: People = Field((), title="责任人员")
    grounds: Account = Field(title="认定依据")


class Deciding(Payload):
    """What is done, and why."""

    outcome: Literal["criticised", "interview", "self_criticism", "discipline", "none"] = Field(
        title="处理措施", json_schema_extra=widget("choice", titles=MEASURES)
    )
    grounds: Account = Field(title="决定理由")


def _of_the_unit(deed: Deed[Confirming]) -> None:
    there = all(deed.directory.serves(person, deed.payload.unit) for person in deed.payload.people)
    require(there, "people", "责任人员须是责任单位在岗的人员")


add(
    Kind(
        code="accountability",
        title="问责建议",
        unit_title="责任单位",
        level_title="问责情形",
        one_a_rule=True,
        listed=("people",),
        states={
            "proposed": State("待认定", "supervisor"),
            "confirmed": State("待决定", "leader"),
            "decided": State("已决定"),
            "dismissed": State("不予认定"),
        },
        steps=(
            Step("proposed", "由规则提出", Proposal, SYSTEM, to="proposed", by_itself=True),
            Step("opened", "提出问责建议", Opening, WHO, to="proposed", icon="alert-triangle"),
            Step(
                "confirmed",
                "认定",
                Confirming,
                WHO,
                ("proposed",),
                "confirmed",
                check=_of_the_unit,
                icon="check",
            ),
            Step("dismissed", "不予认定", Reasoned, WHO, ("proposed",), "dismissed", icon="ban"),
            Step("decided", "决定", Deciding, posts("leader"), ("confirmed",), "decided", icon="signature"),
        ),
    )
)
