"""A count of measures that owes nothing to the ruler: SQL of PostgreSQL by hand, from their definitions alone.

Each is a SELECT of (group, number).  It is slow where the ruler is quick, asks each row for itself, and is there to be
right: the engines are held against it (bench/engines.py, tests/lake/test_engines.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lianxin.figures.scope import Scope

#: What was known of an order; and whether it was a test item that counts nowhere.
_KNOWN = """(SELECT {what} FROM orders_facts f WHERE f.order_id = {order}
 AND f.known_from < %(cutoff)s AND (f.known_to IS NULL OR f.known_to >= %(cutoff)s))"""
_OURS = """EXISTS (SELECT FROM orders_order o WHERE o.id = {order} AND o.centre_id = %(centre)s AND NOT
 (o.simulated AND (o.disclosed_recorded_at IS NULL OR o.disclosed_recorded_at < %(cutoff)s)))"""
_VALID = f"{_OURS} AND NOT {_KNOWN.format(what='f.invalid', order='{order}')}"
_IN = "{at} >= %(start)s AND {at} < %(end)s AND {recorded} < %(cutoff)s"
_OVER = "coalesce({of}.ended_recorded_at < %(cutoff)s, false)"

_REGISTERED = f"{_IN.format(at='r.registered_at', recorded='r.registered_recorded_at')}"
_ORDERS = f"orders_order r WHERE {_REGISTERED} AND {_VALID.format(order='r.id')}"
_CATEGORY = _KNOWN.format(what="f.category_id", order="r.id")

_ROLE = """coalesce((SELECT p.role FROM orders_formerrole p WHERE p.share_id = s.id AND p.known_from < %(cutoff)s
 AND p.known_to >= %(cutoff)s), s.role) = ANY(%(roles)s)"""
_HOW = "CASE WHEN s.outcome = 'withdrawn' AND s.released THEN 'released' ELSE s.outcome END"
_HANDLED = f"NOT ({_OVER.format(of='s')} AND {_HOW} = ANY(%(not_handled)s))"
_GIVEN = f"""orders_share s WHERE {_IN.format(at="s.dispatched_at", recorded="s.dispatched_recorded_at")}
 AND s.depth = 0 AND {_ROLE} AND {_OURS.format(order="s.order_id")}"""
_DUE = """(SELECT CASE WHEN d.id IS NOT NULL THEN d.{column} WHEN c.known_from < %(cutoff)s THEN c.{column} END
 FROM (SELECT) AS one LEFT JOIN ledger_formerdue d ON d.clock_id = c.id AND d.known_from < %(cutoff)s
 AND d.known_to >= %(cutoff)s)"""
_CLOCK = "SELECT {what} FROM ledger_clock c WHERE c.share_id = s.id AND c.kind IN ({kinds})"
_LIMIT = f"({_CLOCK.format(what='max(' + _DUE.format(column='due') + ')', kinds=repr('handle'))})"
_BOTH = "'handle', 'resubmit'"
#: By the reply that passed, or awaits its audit: `passed_reply`.  A limit that nobody knew then was not missed.
_LATE = f"""coalesce(
 EXISTS ({_CLOCK.format(what="", kinds="'handle'")} AND {_DUE.format(column="breached_at")} < %(cutoff)s)
 OR (EXISTS ({_CLOCK.format(what="", kinds="'handle'")} AND NOT ({_OVER.format(of="c")} AND c."end" = 'cancelled'))
  AND {_LIMIT} <= %(cutoff)s
  AND (EXISTS ({_CLOCK.format(what="", kinds=_BOTH)} AND NOT {_OVER.format(of="c")}
   AND {_DUE.format(column="due")} IS NOT NULL)
   OR coalesce(greatest(
     ({_CLOCK.format(what="max(c.ended_at)", kinds=_BOTH)} AND {_OVER.format(of="c")} AND c."end" = 'met'),
     CASE WHEN {_OVER.format(of="s")} THEN s.passed_reply_at END) >= {_LIMIT}, true))), false)"""
_PASSED = f"{_OVER.format(of='s')} AND s.outcome = 'passed'"

_CALLED = f"""followup_callback b WHERE b.layer = %(layer)s AND b.reached
 AND {_IN.format(at="b.finished_at", recorded="b.recorded_at")} AND {_OURS.format(order="b.order_id")}
 AND NOT {_KNOWN.format(what="f.excluded", order="b.order_id")}"""

#: measure -> (by which column of its relation, the SELECT of (group, number))
SELECTS: Mapping[str, tuple[str, str]] = {
    "accepted": ("category_id", f"SELECT {_CATEGORY}, count(*) FROM {_ORDERS} GROUP BY 1"),
    "dispatched": (
        "category_id",
        f"SELECT {_CATEGORY}, count(*) FROM {_ORDERS} AND r.dispatched_recorded_at < %(cutoff)s GROUP BY 1",
    ),
    "handled": ("unit_id", f"SELECT s.unit_id, count(*) FROM {_GIVEN} AND {_HANDLED} GROUP BY 1"),
    "closed": ("unit_id", f"SELECT s.unit_id, count(*) FROM {_GIVEN} AND {_PASSED} GROUP BY 1"),
    "returned": (
        "unit_id",
        f"SELECT s.unit_id, count(*) FROM {_GIVEN} AND {_OVER.format(of='s')} AND s.outcome = 'returned' GROUP BY 1",
    ),
    "rehandled": ("unit_id", f"SELECT s.unit_id, count(*) FROM {_GIVEN} AND {_HANDLED} AND s.round > 1 GROUP BY 1"),
    "overdue": ("unit_id", f"SELECT s.unit_id, count(*) FROM {_GIVEN} AND {_HANDLED} AND {_LATE} GROUP BY 1"),
    "on_time_closed": (
        "unit_id",
        f"SELECT s.unit_id, count(*) FROM {_GIVEN} AND {_PASSED} AND NOT {_LATE} GROUP BY 1",
    ),
    **{
        measure: ("unit_id", f"SELECT b.unit_id, count(*) FROM {_CALLED} AND {which} GROUP BY 1")
        for measure, which in {
            "process_graded": "b.process_satisfied IS NOT NULL",
            "process_satisfied": "b.process_satisfied",
            "result_graded": "b.result_satisfied IS NOT NULL",
            "result_satisfied": "b.result_satisfied",
            "assessed": "b.solved IS NOT NULL",
            "solved": "b.solved",
        }.items()
    },
    "ended": (
        "",
        f"""SELECT NULL, count(*) FROM ledger_stay t WHERE t.last
 AND {_IN.format(at="t.left_at", recorded="t.left_recorded_at")} AND {_VALID.format(order="t.order_id")}""",
    ),
    "stock": (
        "",
        f"""SELECT NULL, count(*) FROM ledger_stay t WHERE t.entered_at < %(end)s
 AND t.entered_recorded_at < %(cutoff)s AND NOT coalesce(t.left_at < %(end)s AND t.left_recorded_at < %(cutoff)s, false)
 AND {_VALID.format(order="t.order_id")}""",
    ),
}


def counted(scope: Scope, measure: str) -> dict[Any, int]:
    """Of one measure its number by group; groups of nothing are not there.  Lateness by `passed_reply` alone."""
    assert scope.known is None
    counting = scope.counting
    assert counting.on_time == "passed_reply"
    values = {name: getattr(scope, name) for name in ("centre", "start", "end", "cutoff", "layer")}
    values |= {"roles": list(counting.handled_roles), "not_handled": list(counting.not_handled)}
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(SELECTS[measure][1], values)
        return {group: number for group, number in cursor.fetchall() if number}
