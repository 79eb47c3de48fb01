"""Ruling of duty (职责界定): whose duty something is, where nobody knows, or a unit disputes a row of the catalogue.

Source: C38 (职责不清、管辖不明的投诉事项，协调机关处（科）室或执法单位，明确责任和处理意见).  The units that are called
give their view in writing; if need be it is referred to the office that defines duties (编办、司法); the ruling names
units and basis, and says of the catalogue what becomes of it, or why nothing does.  An order about which it was asked
is dispatched by the ruling itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import SHORTEST_REASON, Told, UnitId, Words, says_why, widget
from lianxin.ledger.verbs import Follow
from lianxin.orders.models import Order
from lianxin.proceedings.abouts import Due, OfOrders, Text, Title, Units
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.drawing import orders_of
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.papers import Paper
from lianxin.proceedings.register import add
from lianxin.proceedings.same import already
from lianxin.proceedings.usual import Reasoned
from lianxin.rules.lifecycle import SYSTEM, UNIT_LEADS, OrderState
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves

from ..actions.assign import BASIS, Recipient
from ..catalogue.proposing import in_force

serves("C38")

DECIDE = posts("supervisor", "leader")
HIDDEN = widget("none")
OF_UNIT = UNIT_LEADS | posts("clerk")
RUNNING = ("open", "objected", "referred")
IN_CATALOGUE = {"yes": "写入派单目录", "no": "不写入派单目录"}


class Opening(OfOrders):
    """The order whose unit is unclear, what is unclear, and the units that are asked."""

    title: Title
    text: Text = Field(title="职责争议")
    units: Units = Field(title="涉及单位")


class Objecting(Payload):
    """A unit disputes a row of the catalogue."""

    level: str = Field(title="派单目录事项编码", min_length=1, max_length=24)
    text: Text = Field(title="异议理由")
    suggested: UnitId | None = Field(None, title="建议的承办单位", json_schema_extra=widget("unit"))
    #: filled in by the ledger
    title: Annotated[str, Private, Field(max_length=120, json_schema_extra=HIDDEN)] = ""
    unit: UnitId | None = Field(None, json_schema_extra=HIDDEN)
    due: Due | None = Field(None, json_schema_extra=HIDDEN)


class Opinion(Payload):
    """What a unit says of it."""

    ours: Literal["yes", "no"] = Field(
        title="是否本单位职责", json_schema_extra=widget("choice", titles={"yes": "是", "no": "不是"})
    )
    opinion: Told = Field(title="意见和依据")


class Referring(Payload):
    """To whom it goes for definition, and by when it is to be back (N03: 编办、司法)."""

    office: str = Field(title="提请界定的部门", min_length=2, max_length=40)
    due: Due = Field(title="答复时限")
    note: Words = Field("", title="说明")


class _Ruling(Payload):
    """Whose it is, on what basis, and what becomes of the catalogue."""

    shares: tuple[Recipient, ...] = Field((), title="承办单位", max_length=12, json_schema_extra=widget("shares"))
    basis: str = BASIS
    basis_text: str = Field(title="依据", min_length=2, max_length=200)
    reason: Told = Field(title="裁定意见")
    catalogue: Literal["yes", "no"] = Field(title="派单目录", json_schema_extra=widget("choice", titles=IN_CATALOGUE))
    item: str = Field("", title="目录事项名称", max_length=80, json_schema_extra=widget("line", when="catalogue=yes"))
    why_not: Words = Field("", title="不写入的理由", json_schema_extra=widget("textarea", when="catalogue=no"))


class Ruling(_Ruling):
    """Of an order whose unit was unclear."""


class Deciding(_Ruling):
    """Of a row that was disputed."""

    outcome: Literal["upheld", "dismissed"] = Field(
        title="裁定", json_schema_extra=widget("choice", titles={"upheld": "异议成立", "dismissed": "异议不成立"})
    )


# --- opening --------------------------------------------------------------------------------------
def _objection(deed: Deed[Objecting]) -> dict[str, Any]:
    """About which row it is, as the unit's own, and by when it is ruled on."""
    code, unit = deed.payload.level.strip(), deed.actor.unit
    row = _row(deed, code)
    span = deed.directory.pack(deed.at).catalogue.objection
    due = span.due(deed.at, deed.outside().calendar)
    return {"level": code, "unit": unit, "due": due, "title": f"对派单目录“{row.item if row else code}”的异议"[:120]}


def _row(deed: Deed[Any], code: str) -> Any:
    return in_force(deed.proceeding.centre_id, deed.at).filter(code=code).order_by("area", "pk").first()


def _disputed(deed: Deed[Objecting]) -> None:
    payload = deed.payload
    rows = in_force(deed.proceeding.centre_id, deed.at).filter(code=payload.level)
    require(rows.exists(), "level", "派单目录没有这个事项编码")
    unit = payload.unit
    concerned = any(unit in (row.lead_id, row.dual_id, row.owner_id, *row.assists) for row in rows)
    require(concerned, "level", "这一事项没有涉及本单位；涉及本单位的才能提出异议")
    number = already(deed, "coordination", but=("ruled", "withdrawn"), unit_id=unit, level=payload.level)
    require(not number, "level", f"本单位对这一事项的异议正在办理（{number}）")


# --- ruling ---------------------------------------------------------------------------------------
def _complete(deed: Deed[Any]) -> None:
    payload, roles = deed.payload, [share.role for share in deed.payload.shares]
    allowed = {known.code: known.title for known in deed.directory.pack(deed.at).basis.allowed}
    require(payload.basis in allowed, "basis", f"请写明派单依据：{'、'.join(allowed.values())}")
    if roles:
        one = (roles.count("lead"), roles.count("dual")) in ((1, 0), (0, 2))
        require(one, "shares", "请确定一家主办单位（双派为两家），其余为协办")
        require(len({share.unit for share in payload.shares}) == len(roles), "shares", "同一单位只能写一次")
    if payload.catalogue == "yes":
        require(payload.item.strip(), "item", "写入派单目录的，请写明事项名称")
    else:
        least = f"不写入派单目录的，请说明理由，至少 {SHORTEST_REASON} 个字"
        require(says_why(payload.why_not), "why_not", least)


def _names_units(deed: Deed[Ruling]) -> None:
    require(orders_of(deed), "", "这是对派单目录的异议，请用“裁定异议”")
    require(deed.payload.shares, "shares", "请确定承办单位")
    _complete(deed)


def _decides(deed: Deed[Deciding]) -> None:
    require(not orders_of(deed), "", "这是工单承办单位的协调，请用“裁定”")
    if deed.payload.outcome == "upheld":
        require(deed.payload.shares, "shares", "异议成立的，请确定应当承办的单位")
    _complete(deed)


def _waits(deed: Deed[Any]) -> Iterator[int]:
    """Its order, where that still waits for its unit."""
    found = Order.objects.filter(pk__in=orders_of(deed), state=OrderState.REGISTERED)
    yield from found.order_by("pk").values_list("pk", flat=True)


def _sent(deed: Deed[Ruling]) -> Iterator[Follow]:
    """The order is dispatched as it was ruled."""
    payload, number = deed.payload, deed.proceeding.number
    said = {"basis": payload.basis, "basis_text": f"职责界定 {number}：{payload.basis_text}"[:200]}
    shares = [share.model_dump() for share in payload.shares]
    for order in _waits(deed):
        yield Follow("order.duty_ruled", order, {"coordination": number})
        yield Follow("order.dispatched", order, said | {"shares": shares})


def _let_go(deed: Deed[Any]) -> Iterator[Follow]:
    for order in _waits(deed):
        yield Follow("order.duty_ruled", order, {"coordination": deed.proceeding.number, "withdrawn": True})


RULING = Paper(
    "职责界定书",
    "{title}",
    "{units}",
    ("{text}", "# 涉及工单", "{orders}", "# 裁定", "{reason}", "依据：{basis_text}"),
)

add(
    Kind(
        code="coordination",
        title="职责界定",
        unit_title="提出单位",
        due_title="裁定时限",
        level_title="目录事项",
        raised_to=("leader",),
        states={
            "open": State("待裁定", "supervisor"),
            "objected": State("异议待裁定", "supervisor"),
            "referred": State("待界定答复", "supervisor"),
            "ruled": State("已裁定"),
            "withdrawn": State("已撤回"),
        },
        steps=(
            Step("opened", "提请协调", Opening, SYSTEM, to="open", by_itself=True, tells=True, icon="users"),
            Step(
                "objected",
                "对派单目录提出异议",
                Objecting,
                OF_UNIT,
                to="objected",
                fills=_objection,
                check=_disputed,
                icon="alert-triangle",
            ),
            Step("opined", "提出意见", Opinion, OF_UNIT, RUNNING, icon="message-2"),
            Step("referred", "提请界定", Referring, DECIDE, ("open", "objected"), "referred", icon="send"),
            Step(
                "ruled",
                "裁定",
                Ruling,
                DECIDE,
                ("open", "referred"),
                "ruled",
                meets=True,
                paper=RULING,
                check=_names_units,
                follows=_sent,
                icon="signature",
            ),
            Step(
                "decided",
                "裁定异议",
                Deciding,
                DECIDE,
                ("objected", "referred"),
                "ruled",
                meets=True,
                paper=RULING,
                check=_decides,
                icon="signature",
            ),
            Step("withdrawn", "撤回", Reasoned, DECIDE, RUNNING, "withdrawn", follows=_let_go, icon="ban"),
        ),
    )
)
