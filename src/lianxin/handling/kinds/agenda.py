"""The hotline on the agenda (专题研究): the leaders of a unit studied it, and what they decided is reported on.

Source: B41 (各部门单位要把政务服务热线事项办理工作纳入重要议事日程，摆在重要位置).  How often is a `[[duty]]` of the
pack, which this record meets, for the period in which they met; what was recorded wrongly is withdrawn, and then meets
none.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Instant, UnitId
from lianxin.proceedings.abouts import Due, People, Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.register import add
from lianxin.proceedings.same import already
from lianxin.proceedings.usual import Reasoned
from lianxin.rules import periods
from lianxin.rules.lifecycle.states import UNIT_LEADS, posts
from lianxin.rules.serving import serves

from ..of_unit import FILLED, OWN_TITLE, OWN_UNIT, STAFF, own, require_own_staff

serves("B41")

WHO = posts("principal", "hotline_deputy")


class Studied(Payload):
    """When they met, who took part, what was decided, who does it, and until when."""

    met_at: Instant = Field(title="会议时间")
    people: People = Field(title="参会人员", min_length=1)
    text: Text = Field(title="议定事项")
    charged: People = Field(title="责任人", min_length=1)
    due: Due = Field(title="完成时限")
    #: filled in by the ledger
    unit: UnitId | None = OWN_UNIT
    title: Title = OWN_TITLE
    #: the day of the meeting
    period: str = Field("", json_schema_extra=FILLED)


class Reporting(Payload):
    """What came of the decisions."""

    result: Account = Field(title="落实情况")


def _of_that_day(deed: Deed[Any]) -> dict[str, Any]:
    day = periods.of("day", deed.payload.met_at)
    return own(deed, f"{day.name}专题研究热线工作") | {"period": day.code}


def _was_held(deed: Deed[Any]) -> None:
    payload = deed.payload
    require(payload.met_at <= deed.at, "met_at", "会议时间不能晚于现在")
    require_own_staff(deed, "people", payload.people, payload.unit)
    require_own_staff(deed, "charged", payload.charged, payload.unit)
    held = (post for person in payload.people for post in deed.directory.posts_of(person))
    leads = any(post.unit == payload.unit and post.role in UNIT_LEADS for post in held)
    require(leads, "people", "参会人员应有本单位的负责人")
    # Else one meeting would do for as many as are owed.
    number = already(deed, "agenda", but=("withdrawn",), unit_id=payload.unit, period=payload.period)
    require(not number, "met_at", f"这一天的专题研究已有记录（{number}），一次会议只记一次")


def _not_over(deed: Deed[Reasoned]) -> None:
    """What has proved a duty is withdrawn while that can still be made good."""
    day = periods.parse(deed.proceeding.period)
    for rule in deed.directory.pack_now.duties if deed.directory.pack_now else ():
        period = periods.of(rule.every, day.first)
        over = "agenda.held" in rule.met_by and period.end <= deed.at
        require(not over, "", f"{period.name}已经结束，这次专题研究是当期履职的依据，不能再撤销")


add(
    Kind(
        code="agenda",
        title="专题研究",
        unit_title="单位",
        due_title="完成时限",
        raised_to=("supervisor",),
        listed=("met_at", "charged", "result"),
        states={
            "held": State("待落实", "hotline_deputy", "unit"),
            "reported": State("已落实"),
            "withdrawn": State("已撤销", void=True),
        },
        steps=(
            Step(
                "held",
                "记录专题研究",
                Studied,
                WHO,
                to="held",
                fills=_of_that_day,
                check=_was_held,
                held="met_at",
                icon="users",
            ),
            Step("reported", "报告落实", Reporting, STAFF, ("held",), "reported", meets=True),
            Step("withdrawn", "撤销误记", Reasoned, WHO, ("held",), "withdrawn", check=_not_over, icon="ban"),
        ),
    )
)
