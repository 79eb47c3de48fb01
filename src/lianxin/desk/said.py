"""What the page says after a verb: not that it succeeded, but what is now so."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, cast

from django.db import connection

from lianxin.directory.snapshot import find_pack
from lianxin.orders.ledger import Recorded
from lianxin.orders.models import Clock, Order, Share
from lianxin.orders.nodes import NODE_TITLES
from lianxin.orders.timeline import clock_title
from lianxin.rules.lifecycle import ORDER_TITLES, Transition

from . import clocks, faces
from .seats import Seat


class Pressing(NamedTuple):
    """The limit that comes first, and whose it is."""

    rule: str
    kind: str
    due: datetime
    unit: int | None


def after(done: Recorded) -> Order:
    """The order as the act left it; read only where the act had been done before."""
    return done.after or Order.objects.get(pk=done.order)


def _pressing(seat: Seat, order: Order) -> str:
    """`大店镇的签收时限是今日 24:00`: whose limit comes first, and which; for a unit's post its own unit's."""
    # By hand: this is asked after every act, and to build it cost more than to ask it.
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.rule, c.kind, c.due, s.unit_id FROM {Clock._meta.db_table} c"
            f" LEFT JOIN {Share._meta.db_table} s ON s.id = c.share_id"
            " WHERE c.order_id = %s AND c.ended_at IS NULL AND (%s::bigint IS NULL OR s.unit_id = %s)"
            " ORDER BY c.due, c.id LIMIT 1",
            [order.pk, own := seat.post.unit if seat.in_unit else None, own],
        )
        row = cursor.fetchone()
    if row is None:
        return ""
    clock = Pressing(*row)
    whose = seat.names(clock.unit, None) if clock.unit else "本工单"
    title = clock_title(find_pack(order.pack), cast(Clock, clock))
    return f"{whose}的{title}时限是{clocks.due_words(clock.due, seat.now)}"


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
