"""How long orders stay at each node (环节停留), the figure behind “缩短‘逗留’时间” (B05)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from .nodes import NODE_TITLES


@dataclass(frozen=True, slots=True)
class Dwell:
    """One node: how many stays ended in the period, and how many minutes half and nine tenths of them took at most."""

    node: str
    title: str
    stays: int
    p50: float
    p90: float


_SQL = """
SELECT s.node, count(*),
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM s.left_at - s.entered_at) / 60.0)
FROM ledger_stay s JOIN directory_unit u ON u.id = s.unit_id
WHERE u.centre_id = %s AND s.left_at >= %s AND s.left_at < %s AND s.order_id IS NOT NULL
  AND s.order_id NOT IN (SELECT id FROM orders_order WHERE simulated AND centre_id = %s)
GROUP BY s.node
"""


def dwell(centre: int, start: datetime, end: datetime) -> list[Dwell]:
    """The nodes that stays of the centre's orders left in [start, end), in the order of an order's life.

    Elapsed minutes, nights and holidays included: it is the caller who waits.  Test orders (simulated) count nowhere.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [centre, start, end, centre])
        found = {node: Dwell(node, NODE_TITLES[node], stays, *marks) for node, stays, marks in cursor.fetchall()}
    return [found[node] for node in NODE_TITLES if node in found]
