"""Of which centre, over which period, as known when, counted how: what every figure must say of itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from lianxin.rules.worktime import end_of_day

if TYPE_CHECKING:
    from lianxin.rules.policy_settings import Figures


@dataclass(frozen=True, slots=True)
class Counting:
    """What the pack's section [figures] says of counting; as `policies/base.toml` has it unless said.

    `on_time`: by what a share is judged in time (`rules.policy_settings.ON_TIME_TITLES`).  `handled_roles`: shares of
    these roles are 承办件.  `not_handled`: those that ended so by the cut-off are not.
    """

    on_time: str = "passed_reply"
    handled_roles: tuple[str, ...] = ("lead", "assist", "dual")
    not_handled: tuple[str, ...] = ("returned", "withdrawn", "released")

    @classmethod
    def of(cls, section: Figures) -> Counting:
        """As the section of a pack says."""
        return cls(section.on_time, section.handled_roles, section.not_handled)


@dataclass(frozen=True, slots=True)
class Scope:
    """`start` <= event < `end`, as recorded before `cutoff` (aware instants); `layer` is the pack's call-back layer.

    With `known`, what an order is (category, class, source, excluded, invalid …) is taken as the book knew it at that
    later instant: what has been corrected since counts corrected.  How far it had come stays as of `cutoff`.
    """

    centre: int
    start: datetime
    end: datetime
    cutoff: datetime
    layer: str
    known: datetime | None = None
    counting: Counting = field(default_factory=Counting)

    @classmethod
    def of_days(cls, centre: int, first: date, last: date, layer: str, cutoff: datetime | None = None) -> Scope:
        """The Shanghai days `first` to `last`, both included; cut off at the end of the last unless said."""
        end = end_of_day(last)
        return cls(centre, end_of_day(first - timedelta(days=1)), end, cutoff or end, layer)

    def before(self) -> Scope:
        """The period of the same length just before, as known at its own end; corrected up to `known` too."""
        length = self.end - self.start
        return replace(self, start=self.start - length, end=self.start, cutoff=self.start)
