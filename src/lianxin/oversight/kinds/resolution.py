"""What was decided and is to be done (落实事项): a task out of a meeting, of a leader's instruction, of a coordination.

Source: C47 (安排部署下一阶段工作), C40 (供领导和有关部门决策参考), C49 (对会议确定事项进行协调落实).  It is opened
by the record that decided it alone; the unit reports what it did, the centre says whether it is done.
"""

from __future__ import annotations

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.fields import Account, Reason, UnitId, Words
from lianxin.proceedings.abouts import Due
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.papers import Paper
from lianxin.proceedings.register import add
from lianxin.rules.lifecycle import SYSTEM, UNIT
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.pack import Pack

from ..ladder import TASK, Before

CENTRE_POSTS = posts("supervisor", "leader")


class Task(Before):
    """What is to be done, in whose hands, and until when."""

    unit: UnitId = Field(title="落实单位")
    due: Due = Field(title="完成时限")


class Reporting(Payload):
    """What was done, and what came of it."""

    result: Account = Field(title="落实情况")


class Confirming(Payload):
    """That it is so."""

    note: Words = Field("", title="核实意见")


class SendingBack(Payload):
    """What is missing, and until when it is to be done."""

    reason: Reason
    due: Due = Field(title="完成时限")


def wanted(pack: Pack) -> bool:
    """Whether a rule book knows anything that decides."""
    return bool(pack.reports.meetings or pack.reports.reasons or pack.reports.instruct)


NOTICE = Paper(
    "落实事项通知",
    "{title}",
    "{unit}",
    ("根据{origin}，请落实下列事项：", "{text}", "# 涉及工单", "{orders}", "请于{due}前报告落实情况。"),
)

add(
    Kind(
        code=TASK,
        title="落实事项",
        unit_title="落实单位",
        due_title="完成时限",
        raised_to=("supervisor",),
        under=wanted,
        listed=("origin", "result"),
        states={
            "at_unit": State("待落实", "clerk", "unit"),
            "at_centre": State("待中心落实", "supervisor"),
            "reported": State("待核实", "supervisor"),
            "done": State("已落实"),
        },
        steps=(
            Step("assigned", "交办", Task, SYSTEM, to="at_unit", by_itself=True, tells=True, paper=NOTICE),
            Step("kept", "由中心落实", Task, SYSTEM, to="at_centre", by_itself=True, tells=True),
            Step("reported", "报告落实情况", Reporting, UNIT, ("at_unit",), "reported", meets=True, icon="file-text"),
            Step(
                "carried_out",
                "登记落实情况",
                Reporting,
                CENTRE_POSTS,
                ("at_centre", "at_unit"),
                "done",
                meets=True,
                icon="check",
            ),
            Step("confirmed", "确认已落实", Confirming, CENTRE_POSTS, ("reported",), "done", icon="check"),
            Step(
                "sent_back",
                "退回继续落实",
                SendingBack,
                CENTRE_POSTS,
                ("reported",),
                "at_unit",
                icon="arrow-back-up",
            ),
        ),
    )
)
