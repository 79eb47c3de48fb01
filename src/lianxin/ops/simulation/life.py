"""The life of one order as the simulator plans it: a list of steps in time, each a verb that somebody takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """`who` is a post of the centre (`dispatcher`), of a unit (`clerk@dadian`), or `system`.

    Units in `payload` are codes, categories paths, areas names, other orders the number of their life; the driver
    puts ids in their place.
    """

    at: datetime
    who: str
    verb: str
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Life:
    """One order: `number` is its place in the play, `steps` begin with its registration."""

    number: int
    steps: list[Step] = field(default_factory=list)

    def add(self, at: datetime, who: str, verb: str, **payload: Any) -> None:
        self.steps.append(Step(at, who, verb, payload))

    @property
    def registered_at(self) -> datetime:
        return self.steps[0].at

    def ordered(self) -> list[Step]:
        """The steps in time; equal times keep their order."""
        return sorted(self.steps, key=lambda step: step.at)
