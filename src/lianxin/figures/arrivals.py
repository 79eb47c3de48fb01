"""Arrivals on the spot (到场) that were registered: whether a position proves them, and whether they were told late."""

from __future__ import annotations

from typing import Any

from .relations import instant, no_test_items
from .scope import Scope
from .tables import ENTRIES, SHARES, table


def arrivals(scope: Scope) -> Any:
    """Those registered in the period: one row a share.  They stand in the entries alone, with the verdict of then."""
    rows = table(ENTRIES)
    rows = rows.filter(
        (rows.action == "share.arrived")
        & (rows.at >= instant(scope.start))
        & (rows.at < instant(scope.end))
        & (rows.recorded_at < instant(scope.cutoff))
    )
    proved = rows.said_verdict == "inside"
    rows = rows.select("order_id", about="said_share", proved=proved, added_later="said_late")
    rows = no_test_items(rows, scope)
    given = table(SHARES).select("unit_id", given_id="id")
    rows = rows.inner_join(given, [("about", "given_id")])
    return rows.select("order_id", "unit_id", "proved", "added_later")
