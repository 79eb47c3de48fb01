"""Deciding a unit's petition for return (退单审定): never without the next owner."""

from __future__ import annotations

from pydantic import Field

from lianxin.ledger.deed import require
from lianxin.ledger.fields import Reason, UnitId, widget
from lianxin.ledger.verbs import verb
from lianxin.orders.about import AboutShare
from lianxin.orders.deed import Deed
from lianxin.orders.giving import known_basis, not_busy, ready_unit
from lianxin.orders.petitions import decide, to_decide
from lianxin.orders.verbs import Verb
from lianxin.proceedings.upstairs import decided_here
from lianxin.rules.lifecycle import ShareState
from lianxin.rules.serving import serves

serves("D18")


class ReturnDecision(AboutShare):
    """Approved: to which unit it goes now.  Refused: it stays (强派)."""

    approved: bool = Field(title="审定", json_schema_extra=widget("verdict", yes="同意退单", no="不同意，强派"))
    next_unit: UnitId | None = Field(None, title="改派单位")
    basis: str | None = Field(None, title="改派依据", json_schema_extra=widget("basis"))
    reason: Reason


@verb
class DecideReturn(Verb[ReturnDecision]):
    """Ends the share and makes the next one in the same act, or forces it; the order's clock runs on."""

    action = "return.decided"
    payload = ReturnDecision

    def events(self, deed: Deed[ReturnDecision]) -> tuple[str, ...]:
        return ("return_decided", "dispatch") if deed.payload.approved else ("return_decided",)

    def check(self, deed: Deed[ReturnDecision]) -> None:
        payload, share = deed.payload, deed.the_share()
        to_decide(deed, "return", "这家单位没有待审定的退单申请")
        decided_here(deed, "return")
        if not payload.approved:
            return
        require(payload.next_unit, "next_unit", "同意退单须同时确定改派单位，工单不能无人负责")
        ready_unit(deed, payload.next_unit, "next_unit", share.role)
        require(payload.next_unit != share.unit_id, "next_unit", "改派单位不能是申请退单的单位")
        not_busy(deed, payload.next_unit, "next_unit")
        known_basis(deed, payload.basis)

    def effect(self, deed: Deed[ReturnDecision]) -> None:
        payload, share = deed.payload, deed.the_share()
        decide(deed, "return", approved=payload.approved)
        if payload.approved:
            assert payload.next_unit is not None
            deed.finish_share(share, ShareState.RETURNED)
            deed.begin(payload.next_unit, share.role, basis=payload.basis)
            return
        share.forced = True
        if share.state == ShareState.PENDING:
            # 强派: a unit whose return was refused has the order on its desk.
            share.state, share.signed_at = ShareState.SIGNED, deed.at

    def tell(self, payload: ReturnDecision) -> tuple[str, str]:
        return ("同意退单，改派" if payload.approved else "不同意退单，强派"), payload.reason
