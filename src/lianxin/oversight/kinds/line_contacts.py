"""Contacts of a line (热线联络人名册): whom the centre turns to for orders that come by a line of its own.

Source: C23 (12345台胞服务热线: a line of its own, for which somebody must be there to turn to).  One roster a line, of
people who serve and hold a post; each composition says from when it holds and stays as it was.  It stands beside every
order of that line (`desk.line_contacts`), and whoever has left since is marked there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from lianxin.directory import staffing
from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Instant, widget
from lianxin.proceedings.abouts import People, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.register import add
from lianxin.proceedings.same import already
from lianxin.proceedings.usual import Reasoned
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves
from lianxin.rules.worktime import show_due

serves("C23")

KIND = "line_contacts"
WHO = posts("supervisor", "leader")
#: The acts by which a composition comes into force.
COMPOSED = (f"{KIND}.drawn_up", f"{KIND}.renewed")


class Composition(Payload):
    """Since when, who they are, and how they are turned to."""

    since: Instant = Field(title="自何时起")
    people: People = Field(title="联络人", min_length=1)
    how: Account = Field(title="联络事项和办法")
    #: filled in by the ledger: the how-manieth composition this is
    edition: int = Field(1, title="第几版", json_schema_extra=widget("told"))


class DrawingUp(Composition):
    """The first composition, and of which line; what is filtered by is its column `level`."""

    level: str = Field(title="热线（来源）", max_length=24, json_schema_extra=widget("line_source"))
    #: filled in by the ledger: it is called as its line
    title: Title = Field("", json_schema_extra=widget("none"))


def _called_as_its_line(deed: Deed[DrawingUp]) -> dict[str, Any]:
    line = deed.pack.sources.get(deed.payload.level)
    return {"title": f"{line.name if line else deed.payload.level}联络人名册", "edition": 1}


def _next(deed: Deed[Composition]) -> dict[str, Any]:
    return {"edition": len(deed.said(*COMPOSED)) + 1}


def _serve(deed: Deed[Any]) -> None:
    """Whoever is named holds a post today: a name from yesterday answers no call."""
    require(deed.payload.since <= deed.at, "since", "起始时间不能晚于现在")
    gone = [who for who in deed.payload.people if not staffing.serving(deed.directory, who, deed.at)]
    names = "、".join(deed.directory.staff[who].name for who in gone if who in deed.directory.staff)
    require(not gone, "people", f"{names or '有的人员'}不在岗，请填写在岗的人员")


def _draws_up(deed: Deed[DrawingUp]) -> None:
    line = deed.pack.sources.get(deed.payload.level)
    require(line is not None and line.mode, "level", "请选择规则包中的整合热线")
    _serve(deed)
    number = already(deed, KIND, level=deed.payload.level, ended_at=None)
    require(not number, "level", f"这条热线已有联络人名册（{number}），请在那一件中调整")


def _renews(deed: Deed[Composition]) -> None:
    """A composition begins where the one before it ends."""
    _serve(deed)
    last = datetime.fromisoformat(deed.said(*COMPOSED)[-1].payload["since"])
    require(deed.payload.since > last, "since", f"应晚于上一版的起始时间（{show_due(last)}）")


add(
    Kind(
        code=KIND,
        title="热线联络人名册",
        level_title="热线",
        listed=("level", "edition", "since", "people"),
        states={"in_force": State("现行", "supervisor", idle=True), "withdrawn": State("已撤销")},
        steps=(
            Step(
                "drawn_up",
                "建立联络人名册",
                DrawingUp,
                WHO,
                to="in_force",
                fills=_called_as_its_line,
                check=_draws_up,
                icon="users",
            ),
            Step("renewed", "调整", Composition, WHO, ("in_force",), "in_force", fills=_next, check=_renews),
            Step("withdrawn", "撤销", Reasoned, WHO, ("in_force",), "withdrawn", icon="ban"),
        ),
    )
)
