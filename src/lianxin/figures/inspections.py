"""What was inspected: closed orders that were gone to again by lot (抽项督察, C53), and inspections (督查, C29).

Each row has the column `inspector`: the unit that drew, or that began it; an inspecting unit sees its own alone.
"""

from __future__ import annotations

from typing import Any

from .relations import day_of, instant, no_test_items
from .scope import Scope
from .tables import ENTRIES, ORDERS, PROCEEDING_FACTS, PROCEEDINGS, SHARES, table


def rechecks(scope: Scope) -> Any:
    """Orders of a sample whose re-check on the spot was registered in the period: one row a re-check.

    `unit_id`: who answered for the order when it was gone to, of several the one that a call-back grades: the last
    named of those that passed.
    """
    acts, samples, orders = table(ENTRIES), table(PROCEEDINGS), table(ORDERS)
    acts = acts.filter((acts.action == "recheck.checked") & _within(acts, scope))
    acts = acts.select(
        of_sample="proceeding_id",
        checked_recorded="recorded_at",
        day=day_of(acts.at),
        number="said_number",
        sound="said_sound",
    )
    # Who drew, and on which level, stands for good: no later step of a sample says it.
    samples = samples.filter((samples.centre_id == scope.centre) & (samples.kind == "recheck"))
    samples = samples.select(sample_id="id", level="channel", inspector="unit_id")
    orders = orders.filter(orders.centre_id == scope.centre).select(order_id="id", its_number="number")
    rows = acts.inner_join(samples, [("of_sample", "sample_id")]).inner_join(orders, [("number", "its_number")])
    return no_test_items(_answered(rows), scope).drop("number", "its_number", "checked_recorded", "sample_id")


def _answered(rows: Any) -> Any:
    """The re-checks, each with the unit that answered for its order then."""
    given = table(SHARES)
    given = given.filter((given.depth == 0) & (given.role != "assist") & (given.outcome == "passed"))
    given = given.select(given_id="id", given_of="order_id", given_unit="unit_id", passed_at="ended_recorded_at")
    known = (rows.order_id == given.given_of) & (given.passed_at < rows.checked_recorded)
    joined = rows.left_join(given, known)
    return joined.group_by(rows.columns).agg(unit_id=joined.given_unit.argmax(joined.given_id))


def inspections(scope: Scope) -> Any:
    """Inspections begun in the period and not withdrawn by the cut-off: one row an inspection.

    `unit_id`: the unit inspected; `type`: for what; what it had come to is as known at the cut-off.
    """
    acts, roots, known = table(ENTRIES), table(PROCEEDINGS), table(PROCEEDING_FACTS)
    roots = roots.filter((roots.centre_id == scope.centre) & (roots.kind == "inspection")).select(root_id="id")
    acts = acts.filter((acts.number == 1) & (acts.action == "inspection.opened") & _within(acts, scope))
    acts = acts.select(
        proceeding_id="proceeding_id", inspector="unit_id", unit_id="said_inspected", day=day_of(acts.at)
    )
    cutoff = instant(scope.cutoff)
    known = known.filter((known.known_from < cutoff) & (known.known_to.isnull() | (known.known_to >= cutoff)))
    known = known.filter(known.state != "withdrawn")
    known = known.select("outcome", known_of="proceeding_id", type="level", level="channel")
    rows = acts.inner_join(roots, [("proceeding_id", "root_id")]).inner_join(known, [("proceeding_id", "known_of")])
    return rows.select("proceeding_id", "inspector", "unit_id", "day", "type", "level", "outcome")


def _within(acts: Any, scope: Scope) -> Any:
    """Which acts were done in the period, as known at the cut-off."""
    during = (acts.at >= instant(scope.start)) & (acts.at < instant(scope.end))
    return during & (acts.recorded_at < instant(scope.cutoff))
