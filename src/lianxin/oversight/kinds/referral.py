"""Referral to the supervision department (移送监察): who answers for what was not done, or was done wrongly.

Source: C31 (市、区局监察部门按照职能分工负责对经督察督办仍未履行职责及造成较大影响的不作为、乱作为行为进行责任追究).
Two ways lead there: after a supervision that was without effect, and at once for a complaint of a grave breach.  A body
investigates, never the unit that is complained of, nor anybody who serves there; its leader decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, UnitId, widget
from lianxin.proceedings.abouts import Due, Numbers, OfOrders, Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.models import About, Proceeding
from lianxin.proceedings.papers import Paper
from lianxin.proceedings.register import add
from lianxin.rules.lifecycle import UNIT
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves

from .. import showing
from ..by_others import by_others

serves("C31")

WHO = posts("supervisor", "leader")
GROUNDS = {"inaction": "造成较大影响的不作为", "misconduct": "造成较大影响的乱作为"}
#: In these a supervision is not fulfilled.
UNFULFILLED = ("issued", "received", "pressed")
BODY: Any = Field(title="监察部门")


class After(Payload):
    """After which supervision, and what is asked of the body."""

    supervision: str = Field(title="督办单编号", max_length=32)
    title: Title
    text: Text = Field(title="经督办仍未履行职责的情况")
    unit: UnitId = BODY
    due: Due = Field(title="调查时限")
    #: filled in by the ledger: the orders of the supervision, and the unit that did not do it
    orders: tuple[int, ...] = Field((), json_schema_extra=widget("none"))
    accused: int | None = Field(None, title="被移送单位", json_schema_extra=widget("none"))


class AtOnce(OfOrders):
    """Which complaints of what, and of which unit."""

    title: Title
    numbers: Numbers = Field(title="投诉工单", min_length=1)
    ground: Literal["inaction", "misconduct"] = Field(
        title="移送事由", json_schema_extra=widget("choice", titles=GROUNDS)
    )
    text: Text = Field(title="主要事实和造成的影响")
    accused: UnitId = Field(title="被投诉单位")
    unit: UnitId = BODY
    due: Due = Field(title="调查时限")


class Finding(Payload):
    """What the body found."""

    result: Account = Field(title="调查情况")


class Deciding(Payload):
    """Who answers for it, and how."""

    grounds: Account = Field(title="责任追究决定")


def _of_the_supervision(deed: Deed[After]) -> Mapping[str, Any]:
    root = _supervision(deed)
    if root is None:
        return {}
    about = About.objects.filter(proceeding=root.pk, role="subject", to_order__isnull=False)
    return {"orders": tuple(about.order_by("pk").values_list("to_order", flat=True)), "accused": root.unit_id}


def _supervision(deed: Deed[After]) -> Proceeding | None:
    number = deed.payload.supervision.strip()
    found = Proceeding.objects.filter(centre=deed.proceeding.centre_id, kind="supervision", number=number)
    return found.first() if "\0" not in number else None


def _was_without_effect(deed: Deed[After]) -> None:
    root = _supervision(deed)
    require(root is not None, "supervision", "没有这一编号的督办单，请核对")
    assert root is not None
    past = root.state in UNFULFILLED and root.due_at is not None and root.due_at <= deed.at
    sentence = "这件督办单的时限还没有到，或者单位已经报告；经督办仍未履行职责的，才能移送"
    require(past, "supervision", f"{sentence}，严重违纪违规的投诉用“直接移送”")
    _to_a_body(deed, root.unit_id)


def _grave(deed: Deed[AtOnce]) -> None:
    _to_a_body(deed, deed.payload.accused)


def _to_a_body(deed: Deed[Any], accused: int | None) -> None:
    """By a body, which is not the unit complained of, and by nobody of that."""
    directory, unit = deed.directory, deed.payload.unit
    require(unit != accused, "unit", "不能由被投诉的单位自行调查，请选择监察部门")
    is_body = directory.serves_as(unit) == "body"
    require(is_body, "unit", "监察部门须是监督联络机构，不能是承办单位")
    by_others(deed, accused)
    showing.require_reason(deed, "unit", "监察部门")


def _not_of_the_accused(deed: Deed[Any]) -> None:
    """Whoever serves in the unit complained of does not investigate it from a second post at the body."""
    first = deed.said("referral.after", "referral.at_once")
    by_others(deed, first[0].payload.get("accused") if first else None)


PAPER = Paper(
    title="移送函",
    headline="{title}",
    to="{unit}",
    body=("{text}", "# 涉及工单", "{orders}", "请于{due}前查明情况，提出责任追究意见。"),
)

add(
    Kind(
        code="referral",
        title="移送监察",
        unit_title="监察部门",
        due_title="调查时限",
        raised_to=("supervisor", "leader"),
        listed=("ground", "supervision"),
        follows=showing.watched_by("referral", "移送监察"),
        states={
            "referred": State("监察调查中", "clerk", "unit"),
            "established": State("查实，待责任追究决定", "leader"),
            "decided": State("已责任追究"),
            "unfounded": State("查无实据"),
        },
        steps=(
            Step(
                "after",
                "督办无效移送",
                After,
                WHO,
                to="referred",
                paper=PAPER,
                fills=_of_the_supervision,
                check=_was_without_effect,
                icon="send",
            ),
            Step(
                "at_once",
                "直接移送",
                AtOnce,
                WHO,
                to="referred",
                paper=PAPER,
                check=_grave,
                icon="alert-triangle",
            ),
            Step(
                "established",
                "查实",
                Finding,
                UNIT,
                ("referred",),
                "established",
                meets=True,
                check=_not_of_the_accused,
                icon="clipboard-check",
            ),
            Step(
                "unfounded",
                "查无实据",
                Finding,
                UNIT,
                ("referred",),
                "unfounded",
                meets=True,
                check=_not_of_the_accused,
                icon="x",
            ),
            Step(
                "decided",
                "责任追究决定",
                Deciding,
                posts("leader"),
                ("established",),
                "decided",
                check=_not_of_the_accused,
                icon="signature",
            ),
        ),
    )
)
