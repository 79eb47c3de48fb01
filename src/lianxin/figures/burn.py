"""A fixed set of orders worked off (托底清零, D25): by day what of it is done, withdrawn, and still open.

Done is what has ended and was not opened again, as of the end of that day; what was withdrawn or found invalid has
ended too, and is never called done.  Drawn from the same relations as stock and inflow (`flow`), in three statements
however long it takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from lianxin.ledger.models import Entry
from lianxin.rules.worktime import SHANGHAI

from .count import lines_of
from .flow import days_of
from .scope import Scope

#: By these an order ends without being done.
VOID = ("order.withdrawn", "order.invalidated")


@dataclass(frozen=True, slots=True)
class Stand:
    """How the set stands when a day is over (or now): the ids of what is done, withdrawn, and still open."""

    day: date
    done: frozenset[int]
    withdrawn: frozenset[int]
    remaining: frozenset[int]


@dataclass(frozen=True, slots=True, order=True)
class _Move:
    """An order ended, was voided, or was opened again."""

    day: date
    at: datetime
    order: int
    how: str


def burn(scope: Scope, baseline: Sequence[int]) -> list[Stand]:
    """Each day of the period, up to that of the cut-off; the period begins with the instant at which all were open."""
    moves = {day: list(mine) for day, mine in groupby(sorted(_moves(scope, baseline)), key=lambda move: move.day)}
    stands, done, withdrawn = [], set[int](), set[int]()
    for day in days_of(scope):
        for move in moves.get(day, ()):
            done.discard(move.order)
            withdrawn.discard(move.order)
            if move.how != "opened":
                (withdrawn if move.how == "void" else done).add(move.order)
        remaining = frozenset(baseline) - done - withdrawn
        stands.append(Stand(day, frozenset(done), frozenset(withdrawn), remaining))
    return stands


def _moves(scope: Scope, baseline: Iterable[int]) -> Iterator[_Move]:
    among = list(baseline)
    columns = ("order_id", "at", "recorded_at")
    void = {(order, recorded): at for order, at, recorded in _voided(scope, among)}
    for order, at, recorded in lines_of(scope, "ended", columns, among):
        if (order, recorded) not in void:
            yield _move(order, at, "ended")
    for (order, _), at in void.items():
        yield _move(order, at, "void")
    for order, at, _ in lines_of(scope, "reopened", columns, among):
        yield _move(order, at, "opened")


def _move(order: int, at: datetime, how: str) -> _Move:
    return _Move(at.astimezone(SHANGHAI).date(), at, order, how)


def _voided(scope: Scope, among: list[int]) -> Iterator[tuple[int, datetime, datetime]]:
    """What was withdrawn or found invalid in the period, as known at the cut-off."""
    rows = Entry.objects.filter(order__in=among, action__in=VOID, at__gte=scope.start, at__lt=scope.end)
    yield from rows.filter(recorded_at__lt=scope.cutoff).values_list("order", "at", "recorded_at")
