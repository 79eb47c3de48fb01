"""Hand-over of a shift (值班交接): whoever goes off duty says what is pending, whoever comes on duty takes it over.

Source: C27 (市、区局指挥中心实行24小时值班制).  Which urgent orders are open the ledger says, when it is handed over
and again when it is taken over, so none can be left out and none that came in between.  What was not taken over within
the pack's time after the change of shift (`[shifts]`), and a shift that nobody has handed over, are the supervisor's
(`oversight.handovers`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Instant, Reason, StaffId, Words, widget
from lianxin.ledger.models import Entry
from lianxin.proceedings.abouts import Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.register import add
from lianxin.proceedings.same import alone
from lianxin.proceedings.system import Nothing
from lianxin.rules.lifecycle import SYSTEM
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves
from lianxin.rules.worktime import show_due

from .. import handovers
from ..handovers import KIND, Urgent

serves("C27")

#: The posts of command centres, of the city and of units, and of duty leads.
WHO = posts("dispatcher", "supervisor", "clerk")
_FILLED = widget("none")


class Taken(Payload):
    """Which urgent orders are open; filled in by the ledger."""

    urgent: str = Field("", title="未办结的紧急工单", json_schema_extra=widget("told"))
    orders: tuple[int, ...] = Field((), json_schema_extra=_FILLED)


class OfShift(Taken):
    """Of which post, at which change of shift; filled in by the ledger."""

    title: Title = Field("", json_schema_extra=_FILLED)
    changes_at: Instant | None = Field(None, json_schema_extra=_FILLED)
    post: int = Field(0, json_schema_extra=_FILLED)
    level: str = Field("", json_schema_extra=_FILLED)
    unit: int | None = Field(None, json_schema_extra=_FILLED)
    people: Annotated[tuple[StaffId, ...], Field(json_schema_extra=_FILLED)] = ()


class Handing(OfShift):
    """What else is pending."""

    text: Text = Field(title="其他待办事项")
    due: Instant | None = Field(None, json_schema_extra=_FILLED)


class Missing(OfShift):
    """That nobody has handed over."""

    text: Text = Field(title="情况")


class Accepting(Taken):
    """What is said to it."""

    urgent: str = Field("", title="交班后新增的紧急工单", json_schema_extra=widget("told"))
    note: Words = Field("", title="接班说明")


class Settling(Payload):
    """Why it was not taken over, and what was done."""

    reason: Reason = Field(title="未接班的原因和处理")


def _said(found: list[Urgent]) -> dict[str, Any]:
    return {"orders": tuple(order for order, _ in found), "urgent": handovers.in_words(found)}


def _handed(deed: Deed[Handing]) -> dict[str, Any]:
    change = handovers.going_off(deed.directory, deed.actor, deed.at)
    if change is None:
        return {"post": 0, "orders": ()}
    allow = deed.pack.shifts.accepted.due(change.at, deed.outside().calendar)
    due = allow if change.kind in deed.pack.shifts.handed_over else None
    found = handovers.urgent(deed.directory, change.post, (deed.actor.staff, *change.next))
    return handovers.told(deed.directory, change) | _said(found) | {"due": due}


def _may_hand_over(deed: Deed[Handing]) -> None:
    payload = deed.payload
    require(payload.post, "", "您现在不在班表的班次上，没有可交的班")
    assert payload.changes_at is not None
    alone(KIND, payload.post, payload.changes_at)
    number = handovers.known(deed.directory.centre_id, payload.changes_at).get((payload.post, payload.changes_at))
    require(not number, "", f"这一班已经交班（{number}），不用再交")


def _opening(deed: Deed[Any]) -> Entry:
    entry = deed.outside().others.entry(deed.proceeding.pk, 1)
    assert entry is not None
    return entry


def _since(deed: Deed[Accepting]) -> dict[str, Any]:
    """What was not among the urgent orders when it was handed over."""
    first = _opening(deed).payload
    post, who = first["post"], (deed.actor.staff,)
    found = handovers.urgent(deed.directory, post, who) if post in deed.directory.posts else []
    return _said([each for each in found if each[0] not in first["orders"]])


def _may_accept(deed: Deed[Accepting]) -> None:
    first, me = _opening(deed), deed.actor.staff
    changes_at = datetime.fromisoformat(first.payload["changes_at"])
    require(first.staff_id != me, "", "不能由交班人自己接班，由接班的人员接班")
    require(deed.at >= changes_at, "", f"{show_due(changes_at)}换班，换班以后由接班的人员接班")
    post = deed.directory.posts.get(first.payload["post"])
    on_duty = handovers.answering(deed.directory, post.id, deed.at) if post else ()
    names = "、".join(deed.directory.staff[who].name for who in on_duty) or "无人"
    require(me in on_duty, "", f"您现在不在这个岗位的班次上，由在班人员（{names}）接班")


def _not_one_s_own(deed: Deed[Settling]) -> None:
    require(_opening(deed).staff_id != deed.actor.staff, "", "自己交的班没有人接，由其他督办员或者领导处理")


add(
    Kind(
        code=KIND,
        title="值班交接",
        unit_title="值班单位",
        due_title="接班时限",
        level_title="岗位",
        raised_to=("supervisor",),
        listed=("urgent",),
        without=handovers.without,
        states={
            "handed": State("待接班", "supervisor", at="unit", by_level=True),
            "late": State("未按时交接班", "supervisor", raised_to=("leader",)),
            "accepted": State("已接班"),
            "settled": State("已处理"),
        },
        steps=(
            Step("handed", "交班", Handing, WHO, to="handed", fills=_handed, check=_may_hand_over, icon="refresh"),
            Step("missed", "没有人交班", Missing, SYSTEM, to="late", by_itself=True, tells=True, reminds=True),
            Step(
                "accepted",
                "接班",
                Accepting,
                WHO,
                ("handed", "late"),
                "accepted",
                meets=True,
                fills=_since,
                check=_may_accept,
                icon="check",
            ),
            Step("lapsed", "到时没有接班", Nothing, SYSTEM, ("handed",), "late", by_itself=True, tells=True),
            Step(
                "settled",
                "处理未交接班",
                Settling,
                posts("supervisor", "leader"),
                ("late",),
                "settled",
                meets=True,
                check=_not_one_s_own,
            ),
        ),
    )
)
