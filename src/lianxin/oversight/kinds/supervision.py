"""Supervision ticket (督办单): what is complained of again and again is pressed for, with a deadline of its own.

Source: B13 (对反复投诉以及屡诉未果的投诉事项，要进一步加大督办力度，限期解决).  A rule of the pack proposes it, or
somebody issues it by hand.  It lies on the unit that has the matter longest, never on whoever got the newcomer; the
deadline is what the act names.  Once it has lapsed unanswered the unit is pressed again, and what lapses then is raised
to the leader.  Where another unit has the matter by then, the demand lies on that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Reason, UnitId, Words, widget
from lianxin.proceedings.abouts import Due, Numbers, OfOrders, Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.drawing import orders_of
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.papers import Paper
from lianxin.proceedings.proposals import Proposal
from lianxin.proceedings.register import add
from lianxin.proceedings.usual import Noted, Reasoned
from lianxin.rules.lifecycle import SYSTEM, UNIT
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves

from ..orders import leading, moved_to, running

serves("B13")

WHO = posts("supervisor", "leader")
#: Left out: whoever has the matter longest.
SUPERVISED: Any = Field(None, title="督办单位（不填则由承办最久的单位办理）")
#: Whoever has it now, where that is another unit than at first: filled in by the ledger.
HAS: Any = Field(None, title="现承办单位", json_schema_extra=widget("none"))


class Opening(OfOrders):
    """About which orders, what is demanded, and until when."""

    title: Title
    numbers: Numbers = Field(title="涉及工单", min_length=1)
    text: Text = Field(title="督办要求")
    unit: UnitId | None = SUPERVISED
    due: Due = Field(title="办结时限")


class Issuing(Payload):
    """The same of one that a rule has proposed."""

    text: Text = Field(title="督办要求")
    unit: UnitId | None = SUPERVISED
    due: Due = Field(title="办结时限")


class Report(Payload):
    """What came of it."""

    result: Account = Field(title="办理情况")


class Pressing(Payload):
    """Why the unit is pressed once more, and until when."""

    reason: Reason
    due: Due = Field(title="再次督办时限")
    unit: UnitId | None = HAS


class Again(Payload):
    """Why the report will not do, and until when it must be done."""

    reason: Reason
    due: Due = Field(title="重新办结时限")
    unit: UnitId | None = HAS


class Settling(Payload):
    """What the centre finds of it."""

    note: Words = Field("", title="意见")


def _whoever_has_it(deed: Deed[Any]) -> Mapping[str, Any]:
    if deed.payload.unit is not None:
        return {}
    return {"unit": leading(running(deed, orders_of(deed)))}


def _has_it(deed: Deed[Any]) -> None:
    unit = deed.payload.unit
    require(unit is not None, "unit", "涉及的工单现在没有单位承办，派单后才能督办")
    here = {share.unit_id for share in running(deed, orders_of(deed))}
    require(unit in here, "unit", "督办单位须是正在承办涉及工单的单位，请改选，或不填")


def _pressed_before(deed: Deed[Any]) -> bool:
    return bool(deed.said("supervision.pressed"))


def _has_moved(deed: Deed[Any]) -> Mapping[str, Any]:
    return moved_to(deed, running(deed, orders_of(deed)))


def _has_lapsed(deed: Deed[Pressing]) -> None:
    """What was reported late, and is no better after the unit was pressed, is pressed for again; and at once, what
    another unit has since."""
    if deed.payload.unit is not None:
        return
    if deed.proceeding.state == "reported":
        require(_pressed_before(deed), "", "单位已经报告，不符合要求的请用“退回重办”")
        return
    due = deed.proceeding.due_at
    require(due is not None and due <= deed.at, "", "办结时限还没有到，逾期仍未报告的才能再次督办")


def _was_never_pressed(deed: Deed[Again]) -> None:
    """So that nobody gets out of the second deadline by an empty report."""
    require(not _pressed_before(deed), "", "这件督办单已经再次督办，报告不符合要求的仍用“再次督办”")


PAPER = Paper(
    title="督办单",
    headline="{title}",
    to="{unit}",
    body=(
        "{text}",
        "# 涉及工单",
        "{orders}",
        "# 办理要求",
        "请于{due}前办结，并在平台书面报告办理情况；逾期未报告的再次督办，再次逾期的报中心领导。",
    ),
)

add(
    Kind(
        code="supervision",
        title="督办单",
        unit_title="督办单位",
        due_title="办结时限",
        raised_to=("supervisor",),
        states={
            "proposed": State("待签发", "supervisor"),
            "issued": State("待签收", "clerk", "unit"),
            "received": State("办理中", "clerk", "unit"),
            "pressed": State("再次督办", "clerk", "unit", raised_to=("leader",)),
            "reported": State("待核实", "supervisor"),
            "settled": State("已办结"),
            "dismissed": State("不予督办"),
        },
        steps=(
            Step("proposed", "由规则提出", Proposal, SYSTEM, to="proposed", by_itself=True),
            Step(
                "opened",
                "发督办单",
                Opening,
                WHO,
                to="issued",
                paper=PAPER,
                fills=_whoever_has_it,
                check=_has_it,
                icon="send",
            ),
            Step(
                "issued",
                "签发督办单",
                Issuing,
                WHO,
                ("proposed",),
                "issued",
                paper=PAPER,
                fills=_whoever_has_it,
                check=_has_it,
                icon="send",
            ),
            Step("dismissed", "不予督办", Reasoned, WHO, ("proposed",), "dismissed", icon="ban"),
            Step("received", "签收", Noted, UNIT, ("issued",), "received", icon="check", decides=False),
            Step(
                "reported",
                "报告办理情况",
                Report,
                UNIT,
                ("issued", "received", "pressed"),
                "reported",
                meets=True,
                icon="file-text",
            ),
            Step("settled", "核实办结", Settling, WHO, ("reported",), "settled", icon="clipboard-check"),
            Step(
                "sent_back",
                "退回重办",
                Again,
                WHO,
                ("reported",),
                "received",
                fills=_has_moved,
                check=_was_never_pressed,
                icon="arrow-back-up",
            ),
            Step(
                "pressed",
                "再次督办",
                Pressing,
                WHO,
                ("issued", "received", "pressed", "reported"),
                "pressed",
                reminds=True,
                fills=_has_moved,
                check=_has_lapsed,
                icon="alarm",
            ),
        ),
    )
)
