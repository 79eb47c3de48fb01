"""A unit's place among its like by a formula of the pack, and what closing some of its open work would make of it.

Places go by exact values, before anything is rounded; equals share a place, and the next one is as many further.  Of
whom nothing was counted has none.  What would be is the same formula over the measures as they would be then, while
everybody else stays where he is.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

from lianxin.rules.policy_rows import FormulaRule

Measures = Mapping[str, int]
#: What one open share adds to its unit's measures once it is passed: in time, or after its limit.
IN_TIME: dict[str, int] = {"closed": 1, "on_time_closed": 1, "share_ended": 1, "share_stock": -1}
TOO_LATE: dict[str, int] = {"closed": 1, "overdue": 1, "share_ended": 1, "share_stock": -1}


@dataclass(frozen=True, slots=True)
class Place:
    """`place` is 1 for the first, None without a value; `among` so many with one; `tied` others have the same."""

    value: Fraction | None
    place: int | None
    among: int
    tied: int

    def before(self, other: Place) -> bool:
        """Whether it is a better place, or one where there was none."""
        return self.place is not None and (other.place is None or self.place < other.place)


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of the place when `number` open shares are closed so."""

    number: int
    place: Place


@dataclass(frozen=True)
class League:
    """The units of one group under one formula; `best` says at which end the first place is."""

    rule: FormulaRule
    best: Literal["highest", "lowest"]
    by_unit: Mapping[int, Measures]

    def place(self, unit: int) -> Place:
        """Where the unit stands."""
        return self._placed(unit, self._value(self.by_unit.get(unit, {})))

    def after(self, unit: int, number: int, adds: Mapping[str, int]) -> Place:
        """Where it would stand if `number` of its open shares were closed, each of which adds `adds`."""
        now = self.by_unit.get(unit, {})
        then = {name: now.get(name, 0) + number * adds.get(name, 0) for name in self.rule.names}
        return self._placed(unit, self._value(then))

    def lifted(self, unit: int, most: int) -> Change | None:
        """The fewest closings in time, of `most` that are open, that better its place; all of them where none does.

        None where closing does not change the value.
        """
        now = self.place(unit)
        found = None
        for number in range(1, most + 1):
            found = Change(number, self.after(unit, number, IN_TIME))
            if found.place.before(now):
                return found
        return None if found is None or found.place.value == now.value else found

    def lapsed(self, unit: int, number: int) -> Change | None:
        """What becomes of it when `number` open shares are closed only after their limit; None where that costs
        neither value nor place."""
        now, then = self.place(unit), self.after(unit, number, TOO_LATE)
        if not number or now.value is None or then.value is None or not self._worse(then.value, now.value):
            return None
        return Change(number, then)

    def _worse(self, one: Fraction, other: Fraction) -> bool:
        return one < other if self.best == "highest" else one > other

    def _value(self, measures: Measures) -> Fraction | None:
        counted = {name: measures.get(name, 0) for name in self.rule.names}
        return self.rule.value(counted) if any(counted.values()) else None

    def _placed(self, unit: int, value: Fraction | None) -> Place:
        own = self._values.get(unit)
        others = len(self._sorted) - (own is not None)
        if value is None:
            return Place(None, None, others, 0)
        low, high = bisect_left(self._sorted, value), bisect_right(self._sorted, value)
        above = len(self._sorted) - high if self.best == "highest" else low
        # The unit itself, as it is now, stands among them.
        better = above - (own is not None and self._worse(value, own))
        return Place(value, better + 1, others + 1, high - low - (own == value))

    @cached_property
    def _values(self) -> dict[int, Fraction]:
        found = ((unit, self._value(measures)) for unit, measures in self.by_unit.items())
        return {unit: value for unit, value in found if value is not None}

    @cached_property
    def _sorted(self) -> list[Fraction]:
        return sorted(self._values.values())
