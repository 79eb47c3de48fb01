"""The sweep: warns and breaches what is due, and touches nothing else.

It looks only at clocks whose `next_at` has come (a partial index), goes through the ledger like everybody, and is
safe to run twice or on several machines: the ledger locks the orders, and a clock that was rung meanwhile is
skipped.  Clocks of orders on a marked clock have no `next_at`.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from .acts import Act, Actor
from .ledger import record_many
from .models import Clock

BATCH = 2000


def sweep(at: datetime, *, batch: int = BATCH) -> int:
    """Ring every clock that is due by `at`.  Returns how many entries were made."""
    done = 0
    while True:
        rung = _ring(list(_due(at)[:batch]), at)
        done += rung
        if not rung:
            return done


def _due(at: datetime):  # type: ignore[no-untyped-def]
    return (
        Clock.objects.filter(next_at__lte=at)
        .order_by("next_at")
        .values_list("id", "order_id", "order__centre_id", "due", "next_at", "breached_at")
    )


def _ring(clocks: list[tuple[int, int, int, datetime, datetime, datetime | None]], at: datetime) -> int:
    """One act an order and kind of ringing; when warning and due time have both passed, only the breach counts."""
    rings: dict[tuple[int, int, str], list[int]] = defaultdict(list)
    for pk, order, centre, due, _, _ in clocks:
        rings[centre, order, "clock.breached" if due <= at else "clock.warned"].append(pk)
    acts = [
        Act(verb=verb, actor=Actor.system(centre), order=order, at=at, payload={"clocks": sorted(ids)})
        for (centre, order, verb), ids in sorted(rings.items())
    ]
    return len(record_many(acts, collect=True)) if acts else 0
