"""In how many handling periods (处理时段) the orders of a matter were raised (C43), and what falls into one (C39).

A period runs from the dispatch of an assignment to the deadline of its reply.  What is raised inside one, or before
the dispatch that is waited for, belongs to it, however often; what is raised later begins the next, and so does each
re-handling.  A repeat that is dispatched by itself does not stretch the period into which it fell; one that never is
(merged, answered at once) has no deadline, and what comes after it waits for the next assignment with it.

Asks the tables: only for `derive`, whose answer stands in the entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from lianxin.ledger.models import Clock
from lianxin.rules.policy import Pack

from .deed import Deed
from .docket import Docket
from .models import Order, Share

#: The clock whose end is the deadline of the reply.
REPLY = "handle"
OPEN_END = datetime.max.replace(tzinfo=UTC)


class Raised(NamedTuple):
    """Once that the matter was raised: when, until when its own assignment has, whether by a re-handling."""

    at: datetime
    until: datetime
    again: bool


def asked(pack: Pack) -> bool:
    """Whether a duty of the pack asks for them; where none does nothing is counted."""
    return ("order", "periods") in pack.task_reads


def counted(deed: Deed[Any], orders: Iterable[int]) -> int:
    """In how many periods these orders, of one matter, were raised as this act leaves them."""
    number, until = 0, datetime.min.replace(tzinfo=UTC)
    for raised in sorted(_raised(deed, {*orders, deed.order.pk})):
        if raised.again or raised.at >= until:
            number, until = number + 1, raised.until
        elif until == OPEN_END:  # what was raised has waited for this assignment
            until = raised.until
    return max(number, 1)


def within(deed: Deed[Any], share: Share, at: datetime) -> bool:
    """Whether `at` lies in the handling period of a running share of the order in hand."""
    due = max((c.due for c in deed.docket.running_clocks() if (c.share_id, c.kind) == (share.id, REPLY)), default=None)
    return due is not None and share.dispatched_at <= at < due


def _raised(deed: Deed[Any], orders: set[int]) -> Iterator[Raised]:
    """Orders of this batch as they stand in it, the others by three statements however many they are."""
    found = {pk: deed.others.batch.dockets.get(pk) for pk in orders}
    here = [docket for docket in (deed.docket, *found.values()) if isinstance(docket, Docket)]
    known = {docket.order.pk: docket for docket in here}
    rows: list[Order] = [docket.order for docket in known.values()]
    shares = [share for docket in known.values() for share in docket.shares(depth=0)]
    clocks = [clock for docket in known.values() for clock in docket.clocks.values() if clock.kind == REPLY]
    if rest := orders - known.keys():
        rows += Order.objects.filter(pk__in=rest).only("pk", "registered_at")
        shares += Share.objects.filter(order__in=rest, depth=0)
        clocks += Clock.objects.filter(order__in=rest, kind=REPLY, task=None)
    # A docket that was opened for a new act holds the clocks that run: those of earlier rounds stand in the table.
    clocks += Clock.objects.filter(order__in=known, kind=REPLY, task=None, ended_at__isnull=False)
    dues: dict[int, datetime] = {}
    for clock in clocks:
        if clock.share_id is not None:
            dues[clock.share_id] = max(clock.due, dues.get(clock.share_id, clock.due))
    for order in rows:
        yield from _of(order, [share for share in shares if share.order_id == order.pk], dues)


def _of(order: Order, shares: list[Share], dues: dict[int, datetime]) -> Iterator[Raised]:
    """The order's registration, and each of its re-handlings."""
    rounds: dict[int, list[Share]] = {1: []}
    for share in shares:
        if share.role != "assist":
            rounds.setdefault(share.round, []).append(share)
    for number, parts in sorted(rounds.items()):
        at = min(share.dispatched_at for share in parts) if number > 1 else order.registered_at
        until = max((dues.get(share.id, OPEN_END) for share in parts), default=OPEN_END)
        yield Raised(at, until, number > 1)
