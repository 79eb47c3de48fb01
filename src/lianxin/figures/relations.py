"""The four relations that all measures are counted over, each as known at the cut-off.

Every one leaves out simulated orders at its base (C56), so that no measure can forget to.
"""

from __future__ import annotations

from typing import Any

import ibis

from .scope import Scope
from .tables import CALLBACKS, CLOCKS, FACTS, ORDERS, SHARES, table


def instant(at: Any) -> Any:
    """An aware instant as a literal."""
    return ibis.literal(at, type="timestamp('UTC')")


def facts(scope: Scope) -> Any:
    """What was known of each order at the cut-off: the one row of facts whose interval holds it."""
    rows, cutoff = table(FACTS), instant(scope.cutoff)
    known = rows.filter((rows.known_from < cutoff) & (rows.known_to.isnull() | (rows.known_to >= cutoff)))
    names = ["category_id", "area_id", "cls", "source", "channel", "urgency", "excluded", "invalid", "answered"]
    return known.select("order_id", *names)


def ended(clocks: Any, scope: Scope) -> Any:
    """Which clocks had stopped, as the ledger knew it at the cut-off."""
    return clocks.ended_recorded_at.notnull() & (clocks.ended_recorded_at < instant(scope.cutoff))


def overdue(clocks: Any, scope: Scope) -> Any:
    """Which clocks had passed their due time by the cut-off.

    Not by when the sweep or a late reply said so: due by then, and not stopped in time as known then; or breached
    before an extension moved the due time.  So the figure of a past cut-off stays what it was.
    """
    cutoff = instant(scope.cutoff)
    in_time = ended(clocks, scope) & ((clocks.end == "cancelled") | (clocks.ended_at < clocks.due))
    before = clocks.breached_at.notnull() & (clocks.breached_at < cutoff)
    return before | ((clocks.due <= cutoff) & ~in_time)


def orders(scope: Scope) -> Any:
    """Orders registered in the period, not simulated, not invalid at the cut-off, with their facts."""
    rows, cutoff = table(ORDERS), instant(scope.cutoff)
    rows = rows.filter(
        (rows.centre_id == scope.centre)
        & (rows.registered_at >= instant(scope.start))
        & (rows.registered_at < instant(scope.end))
        & (rows.registered_recorded_at < cutoff)
        & ~rows.simulated
    )
    rows = rows.select(
        order_id=rows.id,
        sent_out=rows.dispatched_at.notnull() & (rows.dispatched_at < cutoff),
    )
    joined = rows.inner_join(facts(scope), "order_id")
    return joined.filter(~joined.invalid)


def shares(scope: Scope) -> Any:
    """Depth-0 shares (lead, assist, dual) dispatched in the period, of any order and round."""
    rows, cutoff = table(SHARES), instant(scope.cutoff)
    rows = rows.filter(
        (rows.dispatched_at >= instant(scope.start))
        & (rows.dispatched_at < instant(scope.end))
        & (rows.dispatched_recorded_at < cutoff)
        & (rows.depth == 0)
        & rows.role.isin(["lead", "assist", "dual"])
    )
    ended = rows.ended_recorded_at.notnull() & (rows.ended_recorded_at < cutoff)
    rows = rows.select(
        "order_id",
        "unit_id",
        "round",
        share_id=rows.id,
        returned=ended & (rows.outcome == "returned"),
        passed=ended & (rows.outcome == "passed"),
    )
    clocks = table(CLOCKS)
    late = clocks.filter((clocks.kind == "handle") & overdue(clocks, scope)).select(late_share=clocks.share_id)
    rows = _of_centre(rows, scope)
    # Not DISTINCT: a share has one handle clock, and so the join goes by the index of the period's shares.
    joined = rows.left_join(late, rows.share_id == late.late_share)
    return joined.mutate(late=joined.late_share.notnull())


def first_steps(scope: Scope) -> Any:
    """Sign-in and first-contact clocks that fell due, or were met, in the period."""
    rows, start, end = table(CLOCKS), instant(scope.start), instant(scope.end)
    met = (rows.end == "met") & ended(rows, scope)
    # What fell away before it was due was not owed; what fell away later had been missed by then.
    fell_away = (rows.end == "cancelled") & ended(rows, scope) & (rows.ended_at < rows.due)
    fell_due = (rows.due >= start) & (rows.due < end) & (rows.due <= instant(scope.cutoff)) & ~fell_away
    rows = rows.filter(
        rows.kind.isin(["sign", "contact"])
        & (rows.start < end)
        & (fell_due | (met & (rows.ended_at >= start) & (rows.ended_at < end)))
    )
    met = (rows.end == "met") & ended(rows, scope)
    rows = rows.select("order_id", "kind", share_id=rows.share_id, in_time=met & (rows.ended_at < rows.due))
    given = table(SHARES)
    rows = rows.inner_join(given.select("unit_id", given_id=given.id), rows.share_id == given.id)
    return _of_centre(rows, scope)


def callbacks(scope: Scope) -> Any:
    """Call-backs of the pack's layer finished in the period, whatever week the order is of (D10).

    What was excluded from assessment, as known at the cut-off, is not assessed.
    """
    rows = table(CALLBACKS)
    rows = rows.filter(
        (rows.layer == scope.layer)
        & (rows.finished_at >= instant(scope.start))
        & (rows.finished_at < instant(scope.end))
        & (rows.recorded_at < instant(scope.cutoff))
        & rows.reached
    )
    rows = rows.select("order_id", "unit_id", "process_satisfied", "result_satisfied", "solved")
    known = facts(scope)
    assessed = known.filter(~known.excluded).select(assessed_id=known.order_id)
    rows = rows.inner_join(assessed, rows.order_id == assessed.assessed_id).drop("assessed_id")
    return _of_centre(rows, scope)


def _of_centre(rows: Any, scope: Scope) -> Any:
    mine = table(ORDERS)
    mine = mine.filter((mine.centre_id == scope.centre) & ~mine.simulated).select(mine_id=mine.id)
    return rows.inner_join(mine, rows.order_id == mine.mine_id).drop("mine_id")
