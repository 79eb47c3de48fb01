"""What the page says after a verb: not that it succeeded, but what is now so."""

from __future__ import annotations

from lianxin.directory.snapshot import find_pack
from lianxin.orders.ledger import Recorded
from lianxin.orders.models import Clock, Order
from lianxin.orders.nodes import NODE_TITLES
from lianxin.orders.timeline import clock_title
from lianxin.rules.lifecycle import ORDER_TITLES, Transition

from . import clocks, faces
from .seats import Seat


def after(done: Recorded) -> Order:
    """The order as the act left it; read only where the act had been done before."""
    return done.after or Order.objects.get(pk=done.order)


def _pressing(seat: Seat, order: Order) -> str:
    """`大店镇的签收时限是今日 24:00`: whose limit comes first, and which; for a unit's post its own unit's."""
    running = Clock.objects.filter(order=order.pk, ended_at=None).select_related("share").order_by("due", "pk")
    if seat.in_unit:
        running = running.filter(share__unit=seat.post.unit)
    clock = running.first()
    if clock is None:
        return ""
    whose = seat.names(clock.share.unit_id, None) if clock.share else "本工单"
    return f"{whose}的{clock_title(find_pack(order.pack), clock)}时限是{clocks.due_words(clock.due, seat.now)}"


def done(seat: Seat, row: Transition, order: Order) -> str:
    """`20261118-0001 已签收，现在的环节是办理，责任人热力公司 周启明，大店镇的办理时限是今日 24:00。`"""
    parts = [f"{order.number} {faces.done(row.action)}"]
    if order.is_open:
        owner = seat.names(order.owner_unit_id, order.owner_person_id)
        parts.append(f"现在的环节是{NODE_TITLES.get(order.node, '')}，责任人{owner}")
        if order.due_at and (pressing := _pressing(seat, order)):
            parts.append(pressing)
    else:
        parts.append(f"工单{ORDER_TITLES[order.state]}")
    return "，".join(parts) + "。"
