"""Each base measure, once: over which relation, and which of its rows it counts.

The words of each definition stand in `rules.measures`; a test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from . import handling, people, relations, shares
from .arrivals import arrivals
from .engines import Seen
from .first_dispatch import coordinated, first_dispatches
from .inspections import inspections, rechecks
from .results import results
from .scope import Scope
from .tables import CALLBACKS, CLOCKS, ENTRIES, ORDERS, SHARES, STAYS, TASKS

Relation = Callable[[Scope], Any]


@dataclass(frozen=True, slots=True)
class Counted:
    """`rows` that `which` holds for are counted; `of`: the column of what each is a row of; `asks`: the columns of
    `MORE` that it asks for."""

    rows: Relation
    which: Callable[[Any], Any]
    of: str = "order_id"
    asks: tuple[str, ...] = ()


def _all(rows: Any) -> Any:
    return rows.order_id.notnull()


def _inspected(which: Callable[[Any], Any]) -> Counted:
    return Counted(inspections, which, "proceeding_id")


COUNTED: dict[str, Counted] = {
    "accepted": Counted(relations.orders, _all),
    "direct_answered": Counted(relations.orders, lambda o: o.answered),
    "coordinated": Counted(coordinated, _all),
    "dispatched": Counted(relations.orders, lambda o: o.sent_out),
    "ended": Counted(relations.ends, _all),
    "reopened": Counted(relations.reopenings, _all),
    "stock": Counted(relations.standing, _all),
    "handled": Counted(shares.shares, lambda s: s.handled),
    "closed": Counted(shares.shares, lambda s: s.passed),
    "on_time_closed": Counted(shares.shares, lambda s: s.passed & ~s.late, asks=("late",)),
    "overdue": Counted(shares.shares, lambda s: s.handled & s.late, asks=("late",)),
    "share_ended": Counted(shares.share_ends, _all),
    "share_stock": Counted(shares.shares_standing, _all),
    "contacts": Counted(handling.contacts, _all),
    "first_sent": Counted(first_dispatches, _all),
    "first_right": Counted(first_dispatches, lambda d: d.stayed),
    "taken": Counted(people.taken, _all),
    "taken_answered": Counted(people.taken, lambda o: o.answered),
    "sent_timed": Counted(people.sent, _all),
    "sent_in_time": Counted(people.sent, lambda d: d.in_time),
    "called_back": Counted(people.called, _all),
    "called_timed": Counted(people.called, lambda c: c.timed),
    "called_in_time": Counted(people.called, lambda c: c.in_time),
    "language_checked": Counted(people.checked, _all),
    "language_met": Counted(people.checked, lambda c: c.met),
    "returned": Counted(shares.shares, lambda s: s.returned),
    "return_asked": Counted(handling.returns_asked, _all),
    "rehandled": Counted(shares.shares, lambda s: s.handled & (s["round"] > 1)),
    "sign_due": Counted(relations.first_steps, lambda c: c.kind == "sign"),
    "signed_in_time": Counted(relations.first_steps, lambda c: (c.kind == "sign") & c.in_time),
    "study_due": Counted(relations.first_steps, lambda c: c.kind == "study"),
    "studied_in_time": Counted(relations.first_steps, lambda c: (c.kind == "study") & c.in_time),
    "contact_due": Counted(relations.first_steps, lambda c: c.kind == "contact"),
    "contacted_in_time": Counted(relations.first_steps, lambda c: (c.kind == "contact") & c.in_time),
    "arrive_due": Counted(relations.first_steps, lambda c: c.kind == "own_arrive"),
    "arrived_in_time": Counted(relations.first_steps, lambda c: (c.kind == "own_arrive") & c.in_time),
    "results_reported": Counted(results, _all),
    "told_same_day": Counted(results, lambda r: r.in_time),
    "arrivals": Counted(arrivals, _all),
    "arrivals_proved": Counted(arrivals, lambda a: a.proved),
    "arrivals_added_later": Counted(arrivals, lambda a: a.added_later),
    "rechecked": Counted(rechecks, _all),
    "recheck_failed": Counted(rechecks, lambda c: ~c.sound),
    "inspected": _inspected(lambda i: i.proceeding_id.notnull()),
    "inspections_concluded": _inspected(lambda i: i.outcome != ""),
    "inspections_faulty": _inspected(lambda i: i.outcome == "faulty"),
    "process_graded": Counted(relations.callbacks, lambda c: c.process_satisfied.notnull()),
    "process_satisfied": Counted(relations.callbacks, lambda c: c.process_satisfied),
    "result_graded": Counted(relations.callbacks, lambda c: c.result_satisfied.notnull()),
    "result_satisfied": Counted(relations.callbacks, lambda c: c.result_satisfied),
    "assessed": Counted(relations.callbacks, lambda c: c.solved.notnull()),
    "solved": Counted(relations.callbacks, lambda c: c.solved),
}

#: Columns that cost a join: a relation has them where they are asked for.
MORE: Mapping[Relation, Mapping[str, Callable[[Any, Scope], Any]]] = {
    relations.orders: {"month": relations.by_month},
    relations.callbacks: {"month": relations.by_month},
    shares.shares: {
        "late": shares.judged,
        "month": relations.by_month,
        **dict.fromkeys(relations.KINDS, shares.of_kind),
    },
}


#: How a period sees the rows of a relation.  What is not named joins rows of several orders, or of proceedings.
SEEN: Mapping[Relation, Seen] = {
    relations.orders: Seen(ORDERS, "registered_at"),
    relations.ends: Seen(STAYS, "left_at"),
    relations.reopenings: Seen(STAYS, "entered_at"),
    relations.standing: Seen(STAYS),
    relations.first_steps: Seen(CLOCKS),
    relations.callbacks: Seen(CALLBACKS, "finished_at"),
    shares.shares: Seen(SHARES, "dispatched_at"),
    shares.share_ends: Seen(SHARES, "ended_at"),
    shares.shares_standing: Seen(SHARES),
    coordinated: Seen(ORDERS, "registered_at"),
    first_dispatches: Seen(ORDERS, "dispatched_at"),
    arrivals: Seen(ENTRIES, "at"),
    results: Seen(CLOCKS, "start"),
    handling.contacts: Seen(ENTRIES, "at"),
    handling.returns_asked: Seen(TASKS, "made_at"),
    people.taken: Seen(ORDERS, "registered_at"),
    people.sent: Seen(ORDERS, "dispatched_at"),
    people.called: Seen(CALLBACKS, "finished_at"),
}


def rows_of(relation: Relation, scope: Scope, asked: Iterable[str] = ()) -> Any:
    """The rows of a relation, with what of `MORE` is among the columns that are `asked` for."""
    more = MORE.get(relation, {})
    rows = relation(scope)
    for join in dict.fromkeys(more[column] for column in sorted({*asked} & more.keys())):
        rows = join(rows, scope)
    return rows
