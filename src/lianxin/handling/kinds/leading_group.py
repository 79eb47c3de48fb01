"""Leading group (领导机构): who leads the hotline's work in a bureau, where its office is, who is in charge by name.

Source: C60 (成立局领导小组，并在市局指挥中心设立办公室), C66 (各区局也要尽快成立领导机构，制定完善工作措施，
将责任落实到有关处（科）室，设专人负责).  Each composition says from when it holds and stays as it was when the next one
comes: it lasted until then.  Which units have none, and whose named person has left, the page 单位配备 lists
(`[units] documents`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from lianxin.directory import staffing
from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Instant, UnitId, widget
from lianxin.proceedings.abouts import People, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.register import add
from lianxin.proceedings.same import already
from lianxin.proceedings.usual import Reasoned
from lianxin.rules.lifecycle.states import UNIT_LEADS, posts
from lianxin.rules.serving import serves
from lianxin.rules.worktime import show_due

from ..of_unit import OWN_TITLE, OWN_UNIT, own, require_own_staff

serves("C60", "C66")

KIND = "leading_group"
OF_UNIT, OF_CENTRE = posts("principal", "hotline_deputy"), posts("supervisor", "leader")
#: The acts by which a composition comes into force.
COMPOSED = tuple(f"{KIND}.{step}" for step in ("formed", "revised", "set_up", "renewed"))


class Composition(Payload):
    """Since when, who leads it and who belongs to it, where its office is, who is in charge, and by what measures."""

    since: Instant = Field(title="自何时起")
    chair: People = Field(title="组长", min_length=1, max_length=1)
    people: People = Field(title="成员", min_length=1)
    office: UnitId | None = Field(None, title="办公室设在（不填即本单位）", json_schema_extra=widget("unit"))
    in_charge: People = Field(title="专人（具体负责）", min_length=1, max_length=1)
    measures: Account = Field(title="工作措施")
    #: filled in by the ledger: the how-manieth composition this is
    edition: int = Field(1, title="第几版", json_schema_extra=widget("told"))


class Forming(Composition):
    """The first composition of the actor's own unit."""

    unit: UnitId | None = OWN_UNIT
    title: Title = OWN_TITLE


def _first(deed: Deed[Any]) -> dict[str, Any]:
    mine = own(deed, "热线工作领导小组")
    return mine | {"office": deed.payload.office or mine["unit"], "edition": 1}


def _next(deed: Deed[Any]) -> dict[str, Any]:
    office = deed.payload.office or deed.proceeding.unit_id
    return {"office": office, "edition": len(deed.said(*COMPOSED)) + 1}


def _holds_together(deed: Deed[Any], unit: int) -> None:
    """Whoever answers holds a post there today: a name from yesterday answers for nothing."""
    payload, directory = deed.payload, deed.directory
    require(payload.since <= deed.at, "since", "起始时间不能晚于现在")
    inside = payload.office == unit or unit in {above.id for above in directory.above(payload.office)}
    require(inside, "office", "办公室应设在本单位或者本单位的内设处（科）室")
    for field in ("chair", "in_charge"):
        person = getattr(payload, field)[0]
        line = directory.staff.get(person)
        name = line.name if line else "该人员"
        found = staffing.in_office(directory, person, unit, deed.at)
        require(found, field, f"{name}不在本单位的岗位上，请填写本单位在岗的人员")
    require({*payload.chair} <= {*payload.people}, "people", "成员应包括组长")


def _of_own_unit(deed: Deed[Any], unit: int) -> None:
    _holds_together(deed, unit)
    require_own_staff(deed, "people", deed.payload.people, unit)
    roles = {post.role for post in deed.directory.posts_of(deed.payload.chair[0]) if post.unit == unit}
    require(roles & UNIT_LEADS, "chair", "组长应是本单位的负责人")


def _only_one(deed: Deed[Any]) -> None:
    number = already(deed, KIND, unit_id=deed.payload.unit, ended_at=None)
    require(not number, "", f"本单位已有领导小组（{number}），请在那一件中调整")


def _forms(deed: Deed[Any]) -> None:
    _of_own_unit(deed, deed.payload.unit)
    _only_one(deed)


def _sets_up(deed: Deed[Any]) -> None:
    _holds_together(deed, deed.payload.unit)
    _only_one(deed)


def _later(deed: Deed[Any]) -> None:
    """A composition begins where the one before it ends."""
    last = datetime.fromisoformat(deed.said(*COMPOSED)[-1].payload["since"])
    require(deed.payload.since > last, "since", f"应晚于上一版的起始时间（{show_due(last)}）")


def _revises(deed: Deed[Any]) -> None:
    _of_own_unit(deed, deed.proceeding.unit_id or 0)
    _later(deed)


def _renews(deed: Deed[Any]) -> None:
    _holds_together(deed, deed.proceeding.unit_id or 0)
    _later(deed)


add(
    Kind(
        code=KIND,
        title="领导小组",
        unit_title="单位",
        in_office="in_charge",
        listed=("edition", "since", "chair", "office", "in_charge"),
        states={
            "in_force": State("现行", "hotline_deputy", "unit", idle=True),
            "of_centre": State("现行（中心）", "supervisor", idle=True),
            "withdrawn": State("已撤销"),
        },
        steps=(
            Step("formed", "成立领导小组", Forming, OF_UNIT, to="in_force", fills=_first, check=_forms, icon="users"),
            Step("set_up", "成立领导小组（中心）", Forming, OF_CENTRE, to="of_centre", fills=_first, check=_sets_up),
            Step("revised", "调整", Composition, OF_UNIT, ("in_force",), "in_force", fills=_next, check=_revises),
            Step("renewed", "调整", Composition, OF_CENTRE, ("of_centre",), "of_centre", fills=_next, check=_renews),
            Step("withdrawn", "撤销", Reasoned, OF_UNIT, ("in_force",), "withdrawn", icon="ban"),
            Step("dissolved", "撤销", Reasoned, OF_CENTRE, ("of_centre",), "withdrawn", icon="ban"),
        ),
    )
)
