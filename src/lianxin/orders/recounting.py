"""When the days off change: the running clocks that are due at another time by the new table, and moving them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from lianxin.directory import snapshot
from lianxin.ledger import journal
from lianxin.ledger.acts import Act, Actor
from lianxin.ledger.chain import canonical, instant
from lianxin.ledger.deed import World
from lianxin.ledger.door import Recorded, record_many
from lianxin.ledger.models import Clock
from lianxin.ledger.others import Others
from lianxin.rules.policy import PolicyError

from .models import Order
from .recount import stale

BATCH = 500


class Moved(NamedTuple):
    """A running clock that the present calendar has due at another time."""

    order: int
    number: str
    clock: int
    rule: str
    due: datetime
    new_due: datetime


def moved(centre: int) -> Iterator[Moved]:
    """The running clocks of a centre that its present calendar moves, by order."""
    directory, others = snapshot.of(centre), Others()
    orders: dict[int, Order] = {}
    # Deadlines of proceedings are days that people named: none hangs on the days off.
    found = Clock.objects.filter(order__centre=centre, ended_at=None).select_related("order", "task")
    for clock in found.order_by("order", "pk").iterator(chunk_size=2000):
        assert clock.order is not None, "it was asked for by its order's centre"
        order = orders.setdefault(clock.order.pk, clock.order)
        try:
            world = World(directory, directory.find_pack(order.pack), others)
        except PolicyError:
            # Told where the pack is used; its clocks stay as they are.
            continue
        if line := stale(clock, order, clock.task, world):
            yield Moved(order.pk, order.number, clock.pk, clock.rule, clock.due, datetime.fromisoformat(line[3]))


def mark(lines: Iterable[Moved]) -> str:
    """A digest of what somebody is shown: which clocks go from when to when."""
    return hashlib.sha256(
        canonical([[line.clock, instant(line.due), instant(line.new_due)] for line in lines])
    ).hexdigest()


def recount(lines: Iterable[Moved], centre: int, at: datetime, *, staff: int | None = None) -> int:
    """Move these, an entry on each order, and a line in the journal that says on whose word.  A clock that has stopped
    meanwhile, or is due by today's calendar as it stands, stays as it is.  Returns how many entries were made."""
    by_order: dict[int, list[int]] = {}
    for line in lines:
        by_order.setdefault(line.order, []).append(line.clock)
    acts = [
        Act("clock.recounted", Actor.system(centre), at, {"clocks": clocks}, order=order)
        for order, clocks in sorted(by_order.items())
    ]
    done = 0
    for start in range(0, len(acts), BATCH):
        results = record_many(acts[start : start + BATCH], collect=True)
        done += sum(isinstance(result, Recorded) for result in results)
    if acts:
        journal.write(centre, "clocks.recounted", at=at, staff=staff, payload={"orders": done})
    return done
