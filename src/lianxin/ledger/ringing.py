"""What the verbs by which clocks warn and breach have in common; each kind of root registers its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from pydantic import AwareDatetime, Field

from .acts import Payload
from .deed import Deed, require
from .models import Clock
from .verbs import Verb

D = TypeVar("D", bound=Deed[Any])


class Ringing(Payload):
    """Which clocks of the root reached their warning or due time."""

    clocks: tuple[int, ...] = Field(min_length=1)
    #: filled in by the ledger: the rule and the due time of each, as they are when it is rung
    rules: tuple[str, ...] = ()
    dues: tuple[AwareDatetime, ...] = ()


class Ring(Verb[Ringing, D]):
    """Rings what is still to be rung."""

    payload = Ringing
    alters = False

    def ripe(self, clock: Clock, at: datetime) -> bool:
        """Whether this running clock is to be rung at `at`: its time has come, and nobody has rung it yet."""
        raise NotImplementedError

    def resolve(self, deed: D) -> Ringing:
        """Only what is still to be rung: another sweep, a reply or an extension may have come before us."""
        running = {clock.id: clock for clock in deed.docket.running_clocks()}
        ripe = tuple(c for c in deed.payload.clocks if c in running and self.ripe(running[c], deed.at))
        require(ripe, "clocks", "这些时限已经处理过")
        rules, dues = (tuple(getattr(running[c], name) for c in ripe) for name in ("rule", "due"))
        payload: Ringing = deed.payload
        return payload.model_copy(update={"clocks": ripe, "rules": rules, "dues": dues})


class Warn(Ring[D]):
    """The time before the due time has come."""

    def ripe(self, clock: Clock, at: datetime) -> bool:
        return clock.warn_at is not None and clock.warned_at is None and clock.warn_at <= at < clock.due

    def effect(self, deed: D) -> None:
        for clock_id in deed.payload.clocks:
            clock = deed.docket.clocks[clock_id]
            clock.warned_at = deed.at
            clock.next_at = None if deed.docket.root.marked_clock else clock.due
            deed.docket.touch(clock)


class Breach(Ring[D]):
    """The due time is past.  The clock runs on until it is met, late."""

    def ripe(self, clock: Clock, at: datetime) -> bool:
        return clock.breached_at is None and clock.due <= at

    def effect(self, deed: D) -> None:
        for clock_id in deed.payload.clocks:
            clock = deed.docket.clocks[clock_id]
            clock.breached_at, clock.next_at = clock.due, None
            deed.docket.touch(clock)
