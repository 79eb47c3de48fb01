"""The relations that all measures are counted over, each as known at the cut-off.

Every one leaves out test items (模拟事项) at its base (C56), so that no measure can forget to: those that had been
disclosed by the cut-off, or by the later instant up to which corrections count in.  Until then they are orders as any.
"""

from __future__ import annotations

from typing import Any

import ibis

from lianxin.ledger.models.clock import FIRST_STEPS

from .scope import Scope
from .tables import (
    CALLBACKS,
    CLOCKS,
    FACTS,
    FORMER_DUES,
    ORDERS,
    SHARES,
    STAYS,
    TASKS,
    UNITS,
    table,
)

#: What an order is, and what it had come to (which is never taken from after the cut-off).
KINDS = ("category_id", "area_id", "cls", "source", "channel", "urgency", "excluded", "invalid")
CAME_TO = ("answered",)


def instant(at: Any) -> Any:
    """An aware instant as a literal."""
    return ibis.literal(at, type="timestamp('UTC')")


def day_of(at: Any) -> Any:
    """The Shanghai day of an instant."""
    return (at + ibis.interval(hours=8)).date()


def by_month(rows: Any, _: Scope) -> Any:
    """These rows, which have a `day`, with its `month` as a number: 202610."""
    # PostgreSQL gives years as decimals, and Ibis leaves out a cast to the type that it believes them to have.
    return rows.mutate(month=(rows.day.year() * 100 + rows.day.month()).cast("int32"))


def played(orders: Any, scope: Scope) -> Any:
    """Which orders were test items, as known at the cut-off (at `scope.known` where corrections count in)."""
    since, known = orders.disclosed_recorded_at, instant(scope.known or scope.cutoff)
    return orders.simulated & (since.isnull() | (since < known))


def no_test_items(rows: Any, scope: Scope, *columns: str) -> Any:
    """Those of `rows` whose order (`order_id`) is the centre's and no test item, with these columns of the order."""
    mine = table(ORDERS)
    mine = mine.filter((mine.centre_id == scope.centre) & ~played(mine, scope)).select(*columns, mine_id=mine.id)
    return rows.inner_join(mine, rows.order_id == mine.mine_id).drop("mine_id")


def facts(scope: Scope) -> Any:
    """What was known of each order at the cut-off: the one row of facts whose interval holds it.

    Where the scope counts corrections in, what the order is comes from the row that held at `scope.known`.
    """
    then = _facts_at(scope.cutoff)
    if scope.known is None:
        return then.select("order_id", *KINDS, *CAME_TO)
    came_to = then.select(*CAME_TO, then_id=then.order_id)
    joined = _facts_at(scope.known).select("order_id", *KINDS)
    return joined.inner_join(came_to, joined.order_id == came_to.then_id).drop("then_id")


def _facts_at(at: Any) -> Any:
    rows, moment = table(FACTS), instant(at)
    return rows.filter((rows.known_from < moment) & (rows.known_to.isnull() | (rows.known_to >= moment)))


def ended(rows: Any, scope: Scope) -> Any:
    """Which clocks or shares had ended, as the ledger knew it at the cut-off."""
    return rows.ended_recorded_at.notnull() & (rows.ended_recorded_at < instant(scope.cutoff))


def former_dues(scope: Scope) -> Any:
    """The due times that were known at the cut-off and have been moved since: at most one a clock."""
    rows, cutoff = table(FORMER_DUES), instant(scope.cutoff)
    rows = rows.filter((rows.known_from < cutoff) & (rows.known_to >= cutoff))
    return rows.select(former_of=rows.clock_id, former_due=rows.due, former_breach=rows.breached_at)


def due_as_known(clocks: Any, clock: str, scope: Scope) -> Any:
    """`clocks`, whose ids are in the column `clock`, each with the due time and the breach that were known at the
    cut-off; both null for a clock that nobody knew then.

    An extension, a corrected limit or another holiday that came later moves nothing in the past.
    """
    former = former_dues(scope)
    joined = clocks.left_join(former, clocks[clock] == former.former_of)
    moved, known = joined.former_of.notnull(), joined.known_from < instant(scope.cutoff)
    never = ibis.null("timestamp('UTC')")
    return joined.mutate(
        due=ibis.ifelse(moved, joined.former_due, ibis.ifelse(known, joined.due, never)),
        breached_at=ibis.ifelse(moved, joined.former_breach, ibis.ifelse(known, joined.breached_at, never)),
    )


def overdue(clocks: Any, scope: Scope) -> Any:
    """Which clocks had passed their due time, as known at the cut-off (`due_as_known`), by the cut-off.

    Not by when the sweep or a late reply said so: due by then, and not stopped in time as known then; or breached
    before an extension moved the due time.  So the figure of a past cut-off stays what it was.
    """
    in_time = ended(clocks, scope) & ((clocks.end == "cancelled") | (clocks.ended_at < clocks.due))
    return breached(clocks, scope) | ((clocks.due <= instant(scope.cutoff)) & ~in_time)


def breached(clocks: Any, scope: Scope) -> Any:
    return clocks.breached_at.notnull() & (clocks.breached_at < instant(scope.cutoff))


def orders(scope: Scope) -> Any:
    """Orders registered in the period, no test items, not invalid at the cut-off, with their facts."""
    rows, cutoff = table(ORDERS), instant(scope.cutoff)
    rows = rows.filter(
        (rows.centre_id == scope.centre)
        & (rows.registered_at >= instant(scope.start))
        & (rows.registered_at < instant(scope.end))
        & (rows.registered_recorded_at < cutoff)
        & ~played(rows, scope)
    )
    rows = rows.select(
        "pack",
        order_id=rows.id,
        day=day_of(rows.registered_at),
        sent_out=rows.dispatched_recorded_at.notnull() & (rows.dispatched_recorded_at < cutoff),
    )
    joined = rows.inner_join(facts(scope), "order_id")
    return joined.filter(~joined.invalid)


def ends(scope: Scope) -> Any:
    """Orders that ended in the period, however and whenever they were registered: one row an end, since what was opened
    again may end again."""
    rows = table(STAYS)
    return _turns(rows.filter(rows.last), "left", scope)


def reopenings(scope: Scope) -> Any:
    """Orders that had ended and were opened again in the period: one row an opening."""
    rows = table(STAYS)
    return _turns(rows.filter(rows.again), "entered", scope)


def _turns(rows: Any, edge: str, scope: Scope) -> Any:
    """Of these stays those that were `entered` or `left` in the period, as known at the cut-off, and on which day."""
    at, recorded_at = rows[f"{edge}_at"], rows[f"{edge}_recorded_at"]
    within = (at >= instant(scope.start)) & (at < instant(scope.end)) & (recorded_at < instant(scope.cutoff))
    return _of_orders(rows.filter(within).select("order_id", day=day_of(at), at=at, recorded_at=recorded_at), scope)


def standing(scope: Scope) -> Any:
    """Orders that were open when the period ended, as known at the cut-off: somebody answered for them then."""
    rows, end, cutoff = table(STAYS), instant(scope.end), instant(scope.cutoff)
    rows = rows.filter(
        (rows.entered_at < end)
        & (rows.entered_recorded_at < cutoff)
        & (rows.left_at.isnull() | (rows.left_at >= end) | (rows.left_recorded_at >= cutoff))
    )
    return _of_orders(rows.select("order_id"), scope)


def _of_orders(rows: Any, scope: Scope) -> Any:
    """Those of the centre's orders that were neither test items nor invalid, as known at the cut-off."""
    known = facts(scope)
    valid = known.filter(~known.invalid).select(valid_id=known.order_id)
    rows = no_test_items(rows, scope)
    return rows.inner_join(valid, rows.order_id == valid.valid_id).drop("valid_id")


def first_steps(scope: Scope) -> Any:
    """Sign-in, contact, early study, arrival that fell due, or were done, in the period: one row a share and step."""
    rows = ibis.union(_steps_as_they_are(scope), _steps_moved_since(scope))
    given = of_centre(table(SHARES), scope)
    given = given.filter(given.dispatched_recorded_at < instant(scope.cutoff)).select("unit_id", given_id=given.id)
    rows = rows.inner_join(given, rows.step_of == given.given_id)
    return rows.group_by(["order_id", "unit_id", "given_id", "kind"]).agg(in_time=rows.in_time.all())


def _steps_as_they_are(scope: Scope) -> Any:
    """Those whose due time is what it was at the cut-off."""
    rows, start, end = _of_shares(table(CLOCKS)), instant(scope.start), instant(scope.end)
    rows = rows.filter(rows.known_from < instant(scope.cutoff))
    over = ended(rows, scope)
    met = (rows.end == "met") & over
    # What fell away before it was due was not owed; what fell away later had been missed by then.
    fell_away = (rows.end == "cancelled") & over & (rows.ended_at < rows.due)
    fell_due = (rows.due >= start) & (rows.due < end) & (rows.due <= instant(scope.cutoff)) & ~fell_away
    rows = rows.filter((rows.start < end) & (fell_due | (met & (rows.ended_at >= start) & (rows.ended_at < end))))
    met = (rows.end == "met") & ended(rows, scope)
    return rows.select("order_id", "kind", "step_of", in_time=met & (rows.ended_at < rows.due))


def _steps_moved_since(scope: Scope) -> Any:
    """Those whose due time was moved after the cut-off: they ran then, so what had fallen due was missed."""
    rows, former = _of_shares(table(CLOCKS)), former_dues(scope)
    former = former.filter(
        (former.former_due >= instant(scope.start))
        & (former.former_due < instant(scope.end))
        & (former.former_due <= instant(scope.cutoff))
    )
    rows = rows.filter(rows.start < instant(scope.end))
    rows = rows.inner_join(former, rows.id == former.former_of)
    return rows.select("order_id", "kind", "step_of", in_time=ibis.literal(False))


def _of_shares(clocks: Any) -> Any:
    """Clocks of first steps with the share (`step_of`) on which they run, those of a duty with the share of that."""
    clocks = clocks.filter(clocks.kind.isin(FIRST_STEPS))
    tasks = table(TASKS).select(task_pk="id", of_share="share_id")
    rows = clocks.left_join(tasks, clocks.task_id == tasks.task_pk)
    return rows.mutate(step_of=ibis.coalesce(rows.share_id, rows.of_share)).drop("task_pk", "of_share")


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
    day = day_of(rows.finished_at)
    rows = rows.select("order_id", "unit_id", "process_satisfied", "result_satisfied", "solved", day=day)
    known = facts(scope)
    assessed = known.filter(~known.excluded).select(assessed_id=known.order_id)
    rows = rows.inner_join(assessed, rows.order_id == assessed.assessed_id).drop("assessed_id")
    # A call-back may be about no unit, so the order itself must say whose it is.
    return no_test_items(rows, scope)


def of_centre(given: Any, scope: Scope) -> Any:
    """The shares of the centre's units, without those of test items.

    Asked of the few hundred units and the few test items: a join with the orders would read every order that
    the centre ever had.
    """
    units, orders = table(UNITS), table(ORDERS)
    mine = units.filter(units.centre_id == scope.centre).select(mine_id=units.id)
    tried = orders.filter(played(orders, scope) & (orders.centre_id == scope.centre)).select(tried_id=orders.id)
    rows = given.semi_join(mine, given.unit_id == mine.mine_id)
    return rows.anti_join(tried, rows.order_id == tried.tried_id)
