"""What one person did: requests taken in, first dispatches, call-backs, and what was found of his records.

Each row has the column `person`: the one whose act it was, 0 where it was nobody's (an import, the system).
"""

from __future__ import annotations

from typing import Any

import ibis

from .first_dispatch import sent_first
from .relations import due_as_known, ended, instant, no_test_items, orders
from .scope import Scope
from .tables import CALLBACKS, CLOCKS, ENTRIES, PROCEEDING_FACTS, PROCEEDINGS, table


def taken(scope: Scope) -> Any:
    """Orders registered in the period, by whoever registered them."""
    acts = table(ENTRIES)
    acts = acts.filter((acts.number == 1) & (acts.action == "order.registered"))
    acts = acts.select(taken_id=acts.order_id, person=acts.staff_id.fill_null(0))
    rows = orders(scope)
    return rows.inner_join(acts, rows.order_id == acts.taken_id).select("order_id", "person", "answered")


def sent(scope: Scope) -> Any:
    """Orders first dispatched in the period whose limit ended with that dispatch; whether it was kept."""
    rows = sent_first(scope)
    return _timed(rows.select(order_id="sent_id", recorded="sent_recorded", person="dispatcher"), "dispatch", scope)


def called(scope: Scope) -> Any:
    """Call-backs of the pack's layer finished in the period; `timed`: the limit ended with it; `in_time`: was kept."""
    rows, acts = table(CALLBACKS), table(ENTRIES)
    rows = rows.filter(
        (rows.layer == scope.layer)
        & (rows.finished_at >= instant(scope.start))
        & (rows.finished_at < instant(scope.end))
        & (rows.recorded_at < instant(scope.cutoff))
    )
    rows = rows.select("order_id", recorded="recorded_at").distinct()
    acts = acts.filter(acts.action == "callback.recorded")
    acts = acts.select(act_of="order_id", said_at="recorded_at", person=acts.staff_id.fill_null(0))
    rows = rows.inner_join(acts, (rows.order_id == acts.act_of) & (rows.recorded == acts.said_at))
    rows = no_test_items(rows, scope).select("order_id", "recorded", "person")
    timed = _timed(rows, "callback", scope).select(timed_id="order_id", timed_at="recorded", kept="in_time")
    rows = rows.left_join(timed, (rows.order_id == timed.timed_id) & (rows.recorded == timed.timed_at))
    never = ibis.literal(False)
    return rows.select("order_id", "person", timed=rows.timed_id.notnull(), in_time=ibis.coalesce(rows.kept, never))


def _timed(rows: Any, kind: str, scope: Scope) -> Any:
    """Of these acts those with which a limit of that kind ended, and whether it was kept, as known at the cut-off."""
    clocks = table(CLOCKS)
    clocks = clocks.filter((clocks.kind == kind) & (clocks.end == "met") & ended(clocks, scope))
    clocks = due_as_known(clocks.rename(clock_id="id"), "clock_id", scope)
    clocks = clocks.select(
        clock_of="order_id", ended_with="ended_recorded_at", in_time=clocks.ended_at < clocks.due
    ).filter(ibis._.clock_of.notnull())
    joined = rows.inner_join(clocks, (rows.order_id == clocks.clock_of) & (rows.recorded == clocks.ended_with))
    return joined.select("order_id", "recorded", "person", in_time=ibis.coalesce(joined.in_time, ibis.literal(False)))


def checked(scope: Scope) -> Any:
    """Records whose language was checked in the period (C32), of whoever had taken them in; `met`: as it stood at the
    cut-off, an objection that was granted counted in."""
    roots, acts, known = table(PROCEEDINGS), table(ENTRIES), table(PROCEEDING_FACTS)
    roots = roots.filter((roots.centre_id == scope.centre) & (roots.kind == "language_check")).select(root_id=roots.id)
    begun = acts.filter((acts.number == 1) & (acts.action == "language_check.drawn"))
    # One record a check.
    begun = begun.select(begun_of="proceeding_id", person="said_agent", order_id="said_order")
    found = acts.filter(
        (acts.action == "language_check.checked")
        & (acts.at >= instant(scope.start))
        & (acts.at < instant(scope.end))
        & (acts.recorded_at < instant(scope.cutoff))
    ).select(found_of="proceeding_id")
    known = known.filter(
        (known.known_from < instant(scope.cutoff))
        & (known.known_to.isnull() | (known.known_to >= instant(scope.cutoff)))
    ).select("outcome", known_of="proceeding_id")
    rows = roots.inner_join(begun, roots.root_id == begun.begun_of)
    rows = rows.inner_join(found, rows.root_id == found.found_of)
    rows = rows.inner_join(known, rows.root_id == known.known_of)
    rows = no_test_items(rows, scope)
    return rows.select("order_id", "person", met=rows.outcome == "met")
