"""What was merged into an order: kept on the main order's own row, so that everything about it is known without a look
at the repeats themselves (in a replay there are none).

A repeat that has left (an order of its own again, withdrawn, or told) stays in the list, marked: the numbers of the
requests are the same on every page and in every reply.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict

from .models import Order


class Repeat(TypedDict):
    """One repeat.  `requests` are the numbers that its requests have among those of the main order, `added` those
    among them that it brought; `left` is "" while it waits for the main order's answer."""

    order: int
    number: str
    upstream_due: str | None
    round: int
    requests: list[int]
    added: list[int]
    left: str


def waiting(order: Order | Any) -> list[Repeat]:
    """The repeats that wait for the answer of this order."""
    return [repeat for repeat in order.repeats if not repeat["left"]]


def needless(order: Order) -> frozenset[int]:
    """The numbers of requests for which nobody waits any more: those that only repeats brought which have left."""
    brought = {number for repeat in order.repeats for number in repeat["added"]}
    wanted = {number for repeat in waiting(order) for number in repeat["requests"]}
    return frozenset(brought - wanted)


def limit_at(order: Order | Any, at: datetime) -> datetime | None:
    """The upper platform's limit that binds a clock of this order which starts at `at`: the earliest, its own or of
    a repeat, that was set for this round and was not past by then.  None where there is none."""
    limits = [order.upstream_due] if order.upstream_due_round == order.round else []
    for repeat in waiting(order):
        if repeat["upstream_due"] and repeat["round"] == order.round:
            limits.append(datetime.fromisoformat(repeat["upstream_due"]))
    return min((limit for limit in limits if limit is not None and limit > at), default=None)
