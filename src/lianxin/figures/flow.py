"""Stock and inflow (化解存量、遏制增量, D26): by day what came in, what ended, what stood there when the day was over.

Nothing is counted otherwise than by the measures: each day's number is its measure of that day alone, their sum that of
the period.  What stands at the end of a day follows from what stood there before it; as known at one cut-off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from lianxin.rules.serving import serves
from lianxin.rules.worktime import last_day

from .count import count
from .scope import Scope

serves("D26")


@dataclass(frozen=True, slots=True)
class Measured:
    """Which measures make up a flow: what adds to the stock, what takes from it, and the stock itself."""

    added: tuple[str, ...]
    taken: str
    stock: str

    @property
    def names(self) -> tuple[str, ...]:
        """In the order in which a table has them."""
        return (*self.added, self.taken, self.stock)


ORDERS = Measured(("accepted", "reopened"), "ended", "stock")
SHARES = Measured(("handled",), "share_ended", "share_stock")


@dataclass(frozen=True, slots=True)
class Day:
    """One day: each measure of the flow, by its name."""

    day: date
    numbers: Mapping[str, int]


def flow(scope: Scope, unit: int | None = None) -> list[Day]:
    """The days of the period, of the centre's orders, or of the shares of a unit.

    A statement a relation, however long the period is.  Days after the cut-off are left out.
    """
    measured = ORDERS if unit is None else SHARES
    moving = (*measured.added, measured.taken)
    by, mine, where = ([], (), None) if unit is None else (["unit_id"], (unit,), {"unit_id": [unit]})
    counted = count(scope, moving, by=[*by, "day"], where=where)
    before = count(replace(scope, end=scope.start), [measured.stock], by=by, where=where)
    stock = before[mine][measured.stock] if mine in before else 0
    return list(_days(scope, measured, {group[-1]: numbers for group, numbers in counted.items()}, stock))


def _days(scope: Scope, measured: Measured, counted: Mapping[date, Mapping[str, int]], stock: int) -> Iterator[Day]:
    nothing = dict.fromkeys((*measured.added, measured.taken), 0)
    for day in days_of(scope):
        numbers = counted.get(day, nothing)
        stock += sum(numbers[name] for name in measured.added) - numbers[measured.taken]
        yield Day(day, {**numbers, measured.stock: stock})


def days_of(scope: Scope) -> Sequence[date]:
    """The Shanghai days of the period, up to that of the cut-off."""
    first, last = last_day(scope.start + timedelta(seconds=1)), min(last_day(scope.end), last_day(scope.cutoff))
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def of_day(scope: Scope, day: date) -> Scope:
    """The same for one day of it: by this its orders are found."""
    alone = Scope.of_days(scope.centre, day, day, scope.layer, scope.cutoff)
    return replace(scope, start=alone.start, end=alone.end)
