"""One line of the report: a limit, our number, and what we promised."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Measured:
    """`ours` against `target`, both in `unit`; `more` is what else was seen in the run, for the reader.

    `higher` says that more is better (a ratio to a limit); otherwise less is better (seconds).
    """

    row: str
    ours: float
    target: float
    unit: str
    higher: bool = False
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether the promise was kept in this run."""
        return self.ours >= self.target if self.higher else self.ours <= self.target

    def line(self) -> str:
        """The line that a person reads."""
        sign = "at least" if self.higher else "at most"
        verdict = "met" if self.met else "MISSED"
        seen = "; ".join(f"{name} {_shown(value)}" for name, value in self.more.items())
        return f"{self.row}: {self.ours:.3g} {self.unit} ({sign} {self.target:g}: {verdict})  [{seen}]"

    def plain(self) -> dict[str, Any]:
        """The same as JSON."""
        return {**asdict(self), "met": self.met}


def _shown(value: Any) -> str:
    return (
        f"{value:,.4g}"
        if isinstance(value, float) and value < 1000
        else f"{value:,.0f}"
        if isinstance(value, (int, float))
        else str(value)
    )


def timed(work: Callable[[], Any]) -> float:
    """Seconds that `work` takes, once."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def best(work: Callable[[], Any], times: int) -> float:
    """The least of several: the machine is shared, and what disturbs only ever adds."""
    return min(timed(work) for _ in range(times))


def middle(work: Callable[[], Any], times: int) -> float:
    """The median of several."""
    return statistics.median(timed(work) for _ in range(times))
