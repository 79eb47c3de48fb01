"""Which node (环节) an order stands at, and so who answers for it: never nobody (A13, A32, B06)."""

from __future__ import annotations

from typing import NamedTuple

from lianxin.rules.lifecycle import OrderState, ShareState
from lianxin.rules.serving import serves

from .docket import Docket
from .models import Share

serves("A13", "A32")

NODE_TITLES = {
    "dispatch": "派单",
    "sign": "签收",
    "handle": "办理",
    "unit_audit": "单位审核",
    "audit": "中心审核",
    "callback": "回访",
    "answer": "告知诉求人",
    "ended": "已结束",
}


class Node(NamedTuple):
    """`share` answers by its holder; else the centre's post `role` does; `unit` the share's unit's post."""

    name: str
    role: str = ""
    share: Share | None = None
    of_unit: int | None = None


def node_of(docket: Docket, *, unit_audit: bool) -> Node | None:
    """The responsible node of the order now; None when the order has ended.

    `unit_audit`: whether the pack asks the unit's own audit before the centre's.
    """
    order = docket.order
    if order.state == OrderState.REGISTERED:
        return Node("dispatch", role="dispatcher")
    if order.state == OrderState.TO_CALLBACK:
        return Node("callback", role="callback")
    if order.state == OrderState.MERGED:
        return Node("answer", role="callback")
    if order.state not in (OrderState.DISPATCHED, OrderState.SUSPENDED):
        return None
    lead = docket.lead()
    assert lead is not None, "a dispatched order has a running lead"
    if lead.state == ShareState.PENDING:
        return Node("sign", share=lead)
    if lead.state != ShareState.REPLIED:
        return Node("handle", share=lead)
    if unit_audit and lead.unit_audited_at is None:
        return Node("unit_audit", role="hotline_deputy", of_unit=lead.unit_id)
    return Node("audit", role="auditor")
