"""Rectification (整改): a weakness that a unit found in its work, or that was found of it, and what is done about it.

Source: B40 (深入查找工作中的短板和弱项，深入分析作风中存在的问题和不足，对症下药、整改提高): finding, measures with a
date, and the centre's check after it, never by a person of the unit; nor does the unit withdraw what was found wrongly.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Reason, UnitId
from lianxin.proceedings.abouts import Due, OfOrders, People, Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.register import add
from lianxin.proceedings.usual import Reasoned
from lianxin.rules.lifecycle.states import UNIT_LEADS, posts
from lianxin.rules.serving import serves

from ..of_unit import OWN_UNIT, STAFF, require_own_staff

serves("B40")

CENTRE_POSTS = posts("supervisor", "leader")


class Finding(OfOrders):
    """What a unit finds of itself."""

    title: Title
    text: Text = Field(title="短板和弱项")
    #: filled in by the ledger
    unit: UnitId | None = OWN_UNIT


class Found(OfOrders):
    """What the centre finds of a unit."""

    title: Title
    unit: UnitId = Field(title="整改单位")
    text: Text = Field(title="短板和弱项")


class Planning(Payload):
    """What is done about it, by whom, and until when."""

    measures: Account = Field(title="整改措施")
    people: People = Field(title="整改责任人", min_length=1)
    due: Due = Field(title="整改时限")


class Done(Payload):
    """What came of it."""

    result: Account = Field(title="整改结果")


class Passing(Payload):
    """What the centre found when it looked."""

    finding: Account = Field(title="核查情况")


class SendingBack(Payload):
    """Why that is not enough, and until when it must be."""

    reason: Reason
    due: Due = Field(title="整改时限")


def _of_own_unit(deed: Deed[Any]) -> dict[str, Any]:
    return {"unit": deed.actor.unit}


def _of_the_unit(deed: Deed[Planning]) -> None:
    require_own_staff(deed, "people", deed.payload.people, deed.proceeding.unit_id)


def _of_a_unit(deed: Deed[Found]) -> None:
    """Of the centre itself nobody but its own people could check it."""
    require(deed.payload.unit != deed.directory.root.id, "unit", "请选择承办单位")


def _by_others(deed: Deed[Any]) -> None:
    """Whoever has a post at the centre and serves in the unit as well does not check his own work."""
    unit, person = deed.proceeding.unit_id, deed.actor.staff
    own = unit is not None and person is not None and deed.directory.serves(person, unit)
    require(not own, "", "整改单位的人员不能核查本单位的整改，请由中心其他人员核查")


add(
    Kind(
        code="rectification",
        title="整改",
        unit_title="整改单位",
        due_title="整改时限",
        raised_to=("supervisor", "leader"),
        listed=("people", "measures", "result"),
        states={
            "found": State("待定措施", "hotline_deputy", "unit"),
            "planned": State("整改中", "hotline_deputy", "unit"),
            "done": State("待核查", "supervisor"),
            "passed": State("已整改"),
            "withdrawn": State("已撤销", void=True),
        },
        steps=(
            Step("begun", "查找短板", Finding, UNIT_LEADS, to="found", fills=_of_own_unit, icon="search"),
            Step("ordered", "要求整改", Found, CENTRE_POSTS, to="found", check=_of_a_unit, icon="alert-triangle"),
            Step("planned", "制定整改措施", Planning, STAFF, ("found",), "planned", check=_of_the_unit),
            Step("done", "报告整改结果", Done, STAFF, ("planned",), "done", meets=True, icon="file-text"),
            Step(
                "passed",
                "核查通过",
                Passing,
                CENTRE_POSTS,
                ("done",),
                "passed",
                check=_by_others,
                icon="clipboard-check",
            ),
            Step(
                "sent_back",
                "退回再整改",
                SendingBack,
                CENTRE_POSTS,
                ("done",),
                "planned",
                check=_by_others,
                icon="arrow-back-up",
            ),
            Step(
                "withdrawn",
                "撤销",
                Reasoned,
                CENTRE_POSTS,
                ("found", "planned", "done"),
                "withdrawn",
                check=_by_others,
                icon="ban",
            ),
        ),
    )
)
