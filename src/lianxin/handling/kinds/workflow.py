"""Process of a unit (办理流程): how its items go through its own house, issued with the document itself.

Source: B04 (研究制定本部门单位事项办理工作流程): every unit has one that is in force; one that is revised keeps its
number and gets the next edition.  Which units have none the page 单位配备 lists (`[units] documents`).
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Told, UnitId, widget
from lianxin.proceedings.abouts import Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.register import add
from lianxin.proceedings.same import already
from lianxin.proceedings.usual import Reasoned
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves

from ..of_unit import OWN_UNIT

serves("B04")

WHO = posts("hotline_deputy", "principal")
KIND = "workflow"
#: The acts by which an edition comes out.
EDITIONS = (f"{KIND}.issued", f"{KIND}.revised")


class Edition(Payload):
    """What it says; the document itself is a file of the act.

    Not called `text`: the words of a proceeding are those with which it began, and a revised process says others.
    """

    process: Told = Field(title="流程内容")
    #: filled in by the ledger: the how-manieth edition this is
    edition: int = Field(1, title="第几版", json_schema_extra=widget("told"))


class Issuing(Edition):
    """Under which title the unit's process is laid down."""

    title: Title
    unit: UnitId | None = OWN_UNIT


def _of_own_unit(deed: Deed[Any]) -> dict[str, Any]:
    return {"unit": deed.actor.unit, "edition": 1}


def _next_edition(deed: Deed[Any]) -> dict[str, Any]:
    return {"edition": len(deed.said(*EDITIONS)) + 1}


def _has_document(deed: Deed[Any]) -> None:
    require(deed.file_count, "files", "请附上办理流程的文件")


def _is_the_only_one(deed: Deed[Any]) -> None:
    _has_document(deed)
    number = already(deed, KIND, unit_id=deed.payload.unit, ended_at=None)
    require(not number, "", f"本单位已有现行的办理流程 {number}，请修订那一件")


add(
    Kind(
        code=KIND,
        title="办理流程",
        unit_title="单位",
        listed=("edition", "process"),
        states={"in_force": State("现行", "hotline_deputy", "unit", idle=True), "withdrawn": State("已废止")},
        steps=(
            Step(
                "issued",
                "制定办理流程",
                Issuing,
                WHO,
                to="in_force",
                fills=_of_own_unit,
                check=_is_the_only_one,
                icon="file-text",
            ),
            Step("revised", "修订", Edition, WHO, ("in_force",), "in_force", fills=_next_edition, check=_has_document),
            Step("withdrawn", "废止", Reasoned, WHO, ("in_force",), "withdrawn", icon="ban"),
        ),
    )
)
