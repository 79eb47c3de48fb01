"""A unit is closed: what it has open goes to another unit in one step, which is shown before it is taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from lianxin.directory.snapshot import Snapshot
from lianxin.orders.acts import Act, Actor
from lianxin.orders.ledger import Recorded, Refused, record_many
from lianxin.orders.models import Share
from lianxin.orders.models.share import RUNNING_STATES


class Step(NamedTuple):
    """What is done with one running share of the unit: `verb` with `payload` on the order."""

    order: int
    number: str
    share: int
    role: str
    depth: int
    state: str
    verb: str
    payload: dict[str, Any]


def steps(directory: Snapshot, unit: int, to: int, *, basis: str, reason: str) -> list[Step]:
    """What handing over all running shares of `unit` to `to` touches, by order number.

    A share that assists where `to` has the order already, and one that was handed down, is let go; all else goes to
    `to`, which takes a lead over with the share that it has if it assists.  A unit's petitions and questions on a
    share end with it.
    """
    running = Share.objects.filter(order__centre=directory.centre_id, state__in=RUNNING_STATES)
    there = set(running.filter(unit=to, depth=0).values_list("order", flat=True))
    found = []
    for share in running.filter(unit=unit).select_related("order").order_by("order__number", "pk"):
        spare = share.depth > 0 or (share.role == "assist" and share.order_id in there)
        payload: dict[str, Any] = {"share": share.pk, "reason": reason}
        if not spare:
            payload |= {"unit": to, "basis": basis}
        verb = "share.released" if spare else "share.reassigned"
        line = (share.order_id, share.order.number, share.pk, share.role, share.depth, share.state)
        found.append(Step(*line, verb, payload))
    return found


def take(plan: Sequence[Step], actor: Actor, at: datetime) -> list[Recorded | Refused]:
    """Take the steps, an entry on each order; a result for each.  What is refused does not keep the others."""
    acts = [Act(step.verb, actor, at, step.payload, order=step.order) for step in plan]
    return record_many(acts, collect=True)
