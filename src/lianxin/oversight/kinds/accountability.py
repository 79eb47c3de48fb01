"""Proposal to call to account (问责建议): what a unit has not done, handed about, or promised in vain.

Source: B37 (对承办部门单位应办未办、推诿扯皮、公开承诺落实不力，或因办理不力导致投诉事项久拖不决，群众反复投诉
以及被相关媒体曝光的，严肃追究相关部门和人员的失职失责行为); C51 and C52 (催办、退办累计3次以上仍不办理的；激化矛盾；
以权谋私；失密泄密致打击报复); C61 (推诿扯皮、久拖不办或敷衍塞责、谎报结果的,发现一起,查处一起): each found is a case
of its own, counted by what it is.

Which there are says the pack.  Its rules propose it, each by itself; a person confirms which it is, and of whom; the
leader decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Instant, UnitId, widget
from lianxin.proceedings.abouts import Numbers, OfOrders, People, Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.proposals import Proposal
from lianxin.proceedings.register import add
from lianxin.proceedings.usual import Reasoned
from lianxin.rules.lifecycle import SYSTEM
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves

serves("B37", "C51", "C52", "C61")

WHO = posts("supervisor", "leader")
TRIGGERS = {
    "undone": "应办未办",
    "passed_about": "推诿扯皮",
    "promise": "公开承诺落实不力",
    "delayed": "久拖不决",
    "repeated": "反复投诉",
    "exposed": "媒体曝光",
}
#: What the rule book of Jinan forbids (C51, C52), and what each found is punished for (C61), beside two of the six.
PROHIBITED = {
    "unmoved": "催办、退办三次以上仍不办理",
    "inflamed": "处理不当激化矛盾",
    "gain": "以权谋私",
    "leaked": "失密泄密导致打击报复",
}
FOUND = {"perfunctory": "敷衍塞责", "untrue": "谎报结果"}
EVERY = TRIGGERS | PROHIBITED | FOUND
Trigger = Literal[
    "undone",
    "passed_about",
    "promise",
    "delayed",
    "repeated",
    "exposed",
    "unmoved",
    "inflamed",
    "gain",
    "leaked",
    "perfunctory",
    "untrue",
]
MEASURES = {
    "criticised": "通报批评",
    "interview": "约谈",
    "self_criticism": "责令检查",
    "discipline": "移交纪检监察",
    "none": "不予追究",
}


class Proposed(Proposal):
    """What a rule has found, and until when it must be confirmed."""

    #: filled in by the ledger
    due: Instant | None = Field(None, title="认定时限", json_schema_extra=widget("told"))


class Opening(OfOrders):
    """What somebody proposes without a rule, and by which orders it is shown."""

    title: Title
    numbers: Numbers = Field(title="涉及工单", min_length=1)
    text: Text = Field(title="事实和依据")
    #: filled in by the ledger
    due: Instant | None = Field(None, title="认定时限", json_schema_extra=widget("told"))


class Confirming(Payload):
    """Which of those that the pack knows it is, of which unit and which people, and why.  What is filtered by is its
    column `level`."""

    level: Trigger = Field(title="问责情形", json_schema_extra=widget("trigger", titles=EVERY))
    unit: UnitId = Field(title="责任单位")
    people: People = Field((), title="责任人员")
    grounds: Account = Field(title="认定依据")


class Deciding(Payload):
    """What is done, and why."""

    outcome: Literal["criticised", "interview", "self_criticism", "discipline", "none"] = Field(
        title="处理措施", json_schema_extra=widget("choice", titles=MEASURES)
    )
    grounds: Account = Field(title="决定理由")


def _in_time(deed: Deed[Proposed]) -> Mapping[str, Any]:
    """Until when somebody confirms or dismisses it, where the pack says so: what was found does not lie about (C61)."""
    within = deed.pack.proceedings.confirmed_within
    return {"due": within.due(deed.at, deed.outside().calendar)} if within else {}


def _of_the_unit(deed: Deed[Confirming]) -> None:
    known = deed.pack.proceedings.triggers
    listed = "、".join(EVERY[code] for code in known if code in EVERY)
    require(deed.payload.level in known, "level", f"本件所用的规则包规定的问责情形是：{listed}")
    there = all(deed.directory.serves(person, deed.payload.unit) for person in deed.payload.people)
    require(there, "people", "责任人员须是责任单位在岗的人员")


add(
    Kind(
        code="accountability",
        title="问责建议",
        unit_title="责任单位",
        level_title="问责情形",
        due_title="认定时限",
        raised_to=("supervisor", "leader"),
        one_a_rule=True,
        listed=("people",),
        states={
            "proposed": State("待认定", "supervisor"),
            "confirmed": State("待决定", "leader"),
            "decided": State("已决定"),
            "dismissed": State("不予认定"),
        },
        steps=(
            Step("proposed", "由规则提出", Proposed, SYSTEM, to="proposed", by_itself=True, fills=_in_time),
            Step("opened", "提出问责建议", Opening, WHO, to="proposed", fills=_in_time, icon="alert-triangle"),
            Step(
                "confirmed",
                "认定",
                Confirming,
                WHO,
                ("proposed",),
                "confirmed",
                meets=True,
                check=_of_the_unit,
                icon="check",
            ),
            Step("dismissed", "不予认定", Reasoned, WHO, ("proposed",), "dismissed", meets=True, icon="ban"),
            Step("decided", "决定", Deciding, posts("leader"), ("confirmed",), "decided", icon="signature"),
        ),
    )
)
