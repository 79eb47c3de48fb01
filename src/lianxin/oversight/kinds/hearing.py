"""Appeal hearing (申诉听证): a unit that disputes a finding is heard by several people, and the leader decides."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.fields import Told, UnitId, Words, widget
from lianxin.proceedings.abouts import Due, OfOrders, People, Text, Title
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.papers import Paper
from lianxin.proceedings.register import add
from lianxin.rules.lifecycle.states import posts

OUTCOMES = {"upheld": "维持", "changed": "变更", "revoked": "撤销"}


class Calling(OfOrders):
    """Who is heard on what, by whom, and when."""

    title: Title
    unit: UnitId = Field(title="申诉单位")
    text: Text = Field(title="申诉事项")
    people: People = Field(title="听证人员", min_length=1)
    due: Due = Field(title="听证时间")


class Hearing(Payload):
    """What was said."""

    record: Told = Field(title="听证记录")


class Ruling(Payload):
    """How it was decided, and why."""

    outcome: Literal["upheld", "changed", "revoked"] = Field(
        title="裁定", json_schema_extra=widget("choice", titles=OUTCOMES)
    )
    grounds: Told = Field(title="理由")
    note: Words = Field("", title="说明")


NOTICE = Paper(
    "听证通知书", "{title}", "{unit}", ("{text}", "{orders}", "定于{due}听证，由{people}听取意见，请派员到场。")
)

add(
    Kind(
        code="hearing",
        title="申诉听证",
        unit_title="申诉单位",
        due_title="听证当日",
        all_day=True,
        states={
            "called": State("待听证", "supervisor"),
            "held": State("待裁定", "leader"),
            "ruled": State("已裁定"),
        },
        steps=(
            Step(
                "called",
                "召集听证",
                Calling,
                posts("supervisor", "leader"),
                to="called",
                icon="users",
                paper=NOTICE,
            ),
            Step("held", "记录听证", Hearing, posts("supervisor", "leader"), ("called",), "held", meets=True),
            Step("ruled", "裁定", Ruling, posts("leader"), ("held",), "ruled", icon="signature"),
        ),
    )
)
