"""Of which centre, over which period, as known when: what every figure must say of itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from lianxin.rules.worktime import end_of_day


@dataclass(frozen=True, slots=True)
class Scope:
    """`start` <= event < `end`, as recorded before `cutoff` (aware instants); `layer` is the pack's call-back layer."""

    centre: int
    start: datetime
    end: datetime
    cutoff: datetime
    layer: str

    @classmethod
    def of_days(cls, centre: int, first: date, last: date, layer: str, cutoff: datetime | None = None) -> Scope:
        """The Shanghai days `first` to `last`, both included; cut off at the end of the last unless said."""
        end = end_of_day(last)
        return cls(centre, end_of_day(first - timedelta(days=1)), end, cutoff or end, layer)

    def before(self) -> Scope:
        """The period of the same length just before, as known at its own end."""
        length = self.end - self.start
        return replace(self, start=self.start - length, end=self.start, cutoff=self.start)
