"""Somebody is called in to the call with the caller (三方通话): when, who, why, and what came of it.

Source: C19 of the founding document of Jinan: what the knowledge base cannot answer is put to the line whose subject it
is, at once and with the caller listening.  No telephony: what is kept is the record of the call.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from lianxin.intake.knowledge.grounds import NOTHING
from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Instant, UnitId, widget
from lianxin.ledger.verbs import verb
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb
from lianxin.rules.lifecycle import OrderState
from lianxin.rules.serving import serves

serves("C19")

#: Caller, whoever answers him, and who was called in.
PARTIES = ("caller", "agent", "third")


class ThreeWayCall(Payload):
    """The record of one call of three."""

    reason: str = Field(title="三方通话原因", max_length=24, json_schema_extra=widget("call_reason"))
    started: Instant = Field(title="开始时间")
    minutes: int = Field(title="通话时长（分钟）", ge=1, le=240)
    line: str = Field("", title="接入的热线", max_length=40, json_schema_extra={"hint": "如 12330；与单位只填一项。"})
    unit: UnitId | None = Field(None, title="接入的单位", json_schema_extra=widget("unit", none="不选"))
    person: Annotated[str, Private] = Field("", title="对方接听人", max_length=40)
    result: Account = Field(title="通话结果")
    #: filled in by the ledger: who took part, and who the third was
    parties: tuple[str, ...] = Field((), json_schema_extra=widget("none"))
    third: str = Field("", json_schema_extra=widget("none"))


@verb
class JoinCall(Verb[ThreeWayCall]):
    """Stands on the order's timeline; changes nothing of the order."""

    action = "order.call_joined"
    payload = ThreeWayCall
    decides = False
    alters = False

    def resolve(self, deed: Deed[ThreeWayCall]) -> ThreeWayCall:
        said = deed.payload
        unit = deed.directory.units.get(said.unit) if said.unit is not None else None
        named = (unit.short_name or unit.name) if unit else said.line
        return said.model_copy(update={"parties": PARTIES, "third": named})

    def check(self, deed: Deed[ThreeWayCall]) -> None:
        said, known = deed.payload, deed.pack.knowledge
        require(known.call_reasons, "", "本件所用的规则包没有规定三方通话")
        reason = known.call_reason(said.reason)
        titles = "、".join(each.title for each in known.call_reasons)
        require(reason is not None, "reason", f"三方通话的原因只能是：{titles}")
        require(bool(said.line) != (said.unit is not None), "line", "请填写接入的热线或接入的单位，只填一项")
        unit = deed.directory.units.get(said.unit) if said.unit is not None else None
        require(said.unit is None or (unit is not None and unit.active), "unit", "请从列表中选择在用的单位")
        in_time = deed.order.received_at <= said.started <= deed.at
        require(in_time, "started", "开始时间应在来件之后，不能晚于现在")
        if reason is not None and reason.missing:
            require(_unanswered(deed), "reason", "本工单的答复已写明依据，不能以“知识库没有”为由记三方通话")

    def tell(self, payload: ThreeWayCall) -> tuple[str, str]:
        with_whom = f"{payload.third}{f'（{payload.person}）' if payload.person else ''}"
        return f"三方通话：诉求人、话务员、{with_whom}", f"通话 {payload.minutes} 分钟\n{payload.result}"


def _unanswered(deed: Deed[ThreeWayCall]) -> bool:
    """Not answered yet, or with the word that there was nothing."""
    if deed.order.state != OrderState.ANSWERED:
        return True
    last = deed.said("order.answered")[-1:]
    return any(entry.payload.get("grounds") == NOTHING for entry in last)
