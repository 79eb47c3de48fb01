"""What the page says after a verb: not that it succeeded, but what is now so."""

from __future__ import annotations

from lianxin.ledger.door import Recorded
from lianxin.ledger.models import Clock
from lianxin.orders.docket import Docket
from lianxin.orders.models import Order, Share
from lianxin.orders.nodes import NODE_TITLES
from lianxin.orders.reach import finds, handles
from lianxin.orders.timeline import clock_title
from lianxin.rules.lifecycle import ORDER_TITLES, Transition

from . import clocks, faces
from .seats import Seat


def after(done: Recorded) -> Docket:
    """The order as the act left it; read only where the act had been done before."""
    if isinstance(done.after, Docket):
        return done.after
    shares = Share.objects.filter(order=done.order)
    running = Clock.objects.filter(order=done.order, ended_at=None)
    return Docket(Order.objects.get(pk=done.order), shares=shares, clocks=running)


def _pressing(seat: Seat, docket: Docket) -> tuple[Clock, int | None] | None:
    """The limit that comes first, and whose it is (None: the order's); for a unit's post its own unit's."""
    units = {share.id: share.unit_id for share in docket.all_shares.values()}
    found = [(clock, units.get(clock.share_id or 0)) for clock in docket.running_clocks()]
    if seat.in_unit:
        found = [(clock, unit) for clock, unit in found if unit == seat.post.unit]
    return min(found, key=lambda one: (one[0].due, one[0].id), default=None)


def _limit(seat: Seat, order: Order, clock: Clock, unit: int | None) -> str:
    """`大店镇的签收时限是今日 24:00`"""
    whose = seat.names(unit, None) if unit else "本工单"
    title = clock_title(seat.directory.find_pack(order.pack), clock)
    return f"{whose}的{title}时限是{clocks.due_words(clock.due, seat.now)}"


def _sees_whole(seat: Seat, docket: Docket) -> bool:
    """Whether what became of the order is his to know: it is the centre's or his unit's work."""
    found = finds(seat.held, seat.directory) and docket.order.found_by_id == seat.staff.pk
    return found or handles(seat.held, seat.directory, docket.all_shares.values())


def done(seat: Seat, row: Transition, docket: Docket) -> str:
    """`20261118-0001 已签收，现在的环节是办理，责任人热力公司 周启明，大店镇的办理时限是今日 24:00。`"""
    order = docket.order
    if not _sees_whole(seat, docket):
        return f"{order.number} {faces.done(row.action)}。"
    parts = [f"{order.number} {faces.done(row.action)}"]
    if order.is_open:
        owner = seat.names(order.owner_unit_id, order.owner_person_id)
        parts.append(f"现在的环节是{NODE_TITLES.get(order.node, '')}，责任人{owner}")
        if pressing := _pressing(seat, docket):
            parts.append(_limit(seat, order, *pressing))
    else:
        parts.append(f"工单{ORDER_TITLES[order.state]}")
    return "，".join(parts) + "。"
