"""Results that must be told to the caller on their day (C41): which stood, and whether they were told in time."""

from __future__ import annotations

from typing import Any

from lianxin.ledger.models.clock import SAME_DAY

from .relations import day_of, due_as_known, ended, instant, no_test_items
from .scope import Scope
from .tables import CLOCKS, TASKS, table


def results(scope: Scope) -> Any:
    """Those reported in the period that had been told, or whose day was over, by the cut-off: one row a result.

    One that was sent back, or went to another unit, by the cut-off is none (its duty ended `void`), told or missed; one
    that stood at the cut-off and was sent back later stays what it was.
    """
    duties, clocks = table(TASKS), table(CLOCKS)
    duties = duties.filter(duties.kind == SAME_DAY).select("outcome", duty_id="id")
    clocks = clocks.filter(
        (clocks.kind == SAME_DAY) & (clocks.start >= instant(scope.start)) & (clocks.start < instant(scope.end))
    )
    rows = clocks.rename(clock_id="id").inner_join(duties, [("task_id", "duty_id")])
    rows = due_as_known(rows, "clock_id", scope)
    over = ended(rows, scope)
    # What fell away before it was due was not owed; what fell away later had been missed by then.
    gone = over & (rows.end == "cancelled") & ((rows.outcome == "void") | (rows.ended_at < rows.due))
    told = over & (rows.end == "met")
    rows = rows.filter(~gone & (told | (rows.due <= instant(scope.cutoff))))
    rows = rows.select("order_id", day=day_of(rows.start), in_time=told & (rows.ended_at < rows.due))
    return no_test_items(rows, scope)
