"""What the page says after a verb: not that it succeeded, but what is now so."""

from __future__ import annotations

from lianxin.orders.ledger import Recorded
from lianxin.orders.models import Order
from lianxin.orders.nodes import NODE_TITLES
from lianxin.rules.lifecycle import ORDER_TITLES, Transition

from . import clocks, faces
from .seats import Seat


def after(done: Recorded) -> Order:
    """The order as the act left it; read only where the act had been done before."""
    return done.after or Order.objects.get(pk=done.order)


def done(seat: Seat, row: Transition, order: Order) -> str:
    """`20261118-0001 已签收，现在的环节是办理，责任人热力公司 周启明，最近的时限是今日 24:00。`"""
    parts = [f"{order.number} {faces.done(row.action)}"]
    if order.is_open:
        owner = seat.names(order.owner_unit_id, order.owner_person_id)
        parts.append(f"现在的环节是{NODE_TITLES.get(order.node, '')}，责任人{owner}")
        if order.due_at:
            parts.append(f"最近的时限是{clocks.due_words(order.due_at, seat.now)}")
    else:
        parts.append(f"工单{ORDER_TITLES[order.state]}")
    return "，".join(parts) + "。"
