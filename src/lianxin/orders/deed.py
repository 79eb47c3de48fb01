"""One act on one order while the door works on it: what a verb's check and effect see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lianxin.ledger import deed
from lianxin.ledger.acts import Payload
from lianxin.ledger.models import Task
from lianxin.rules.lifecycle import ShareState

from .docket import Docket
from .models import Order, Share
from .neighbours import Neighbours

P = TypeVar("P", bound=Payload)


@dataclass(slots=True)
class Deed(deed.Deed[P]):
    """An act, its order, and the share that it is about."""

    docket: Docket
    #: the share that the act is about
    share: Share | None = None
    #: shares that this act made: their clocks start with it
    begun: list[Share] = field(default_factory=list)
    #: duties that were laid for later and come with this act
    came: list[Task] = field(default_factory=list)

    @property
    def order(self) -> Order:
        return self.docket.order

    @property
    def others(self) -> Neighbours:
        """The other orders; only for `resolve` and `check`."""
        return self.outside().others.by(Neighbours)

    def become(self, root: str | None, part: str | None) -> None:
        if root is not None:
            self.order.state = root
        if part is not None:
            self.the_share().state = part
        if self.share is not None:
            self.docket.touch(self.share)

    def the_share(self) -> Share:
        """The share that the act names.  The ledger has checked that it is there."""
        assert self.share is not None
        return self.share

    def parts(self, verb: Any) -> list[Share]:
        """The running shares that the events of the act concern: those begun, else the one acted on; all of them, of a
        verb that says so."""
        about = self.begun or ([self.share] if self.share else [])
        if verb.of_all_parts:
            about = list(self.docket.shares(running=True, depth=0))
        return [share for share in about if share.is_running]

    def begin(self, unit: int, role: str, **more: Any) -> Share:
        """A new share for `unit`, begun by this act."""
        share = self.docket.assign(unit=unit, role=role, at=self.at, recorded_at=self.recorded_at, **more)
        self.begun.append(share)
        return share

    def finish_share(self, share: Share, state: str, *, released: bool = False) -> None:
        self.docket.end_share(share, state, self.at, self.recorded_at)
        share.released = released

    def pass_share(self, share: Share) -> bool:
        """The share is done.  With the last lead the assists that said nothing fall away; True if it was the last."""
        self.finish_share(share, ShareState.PASSED)
        if self.docket.lead() is not None:
            return False
        for rest in self.docket.shares(running=True, depth=0):
            self.finish_share(rest, ShareState.WITHDRAWN, released=True)
        return True

    def at_work(self) -> Iterator[int | None]:
        """Who answers for the running shares, and for the order: whom a change of its facts concerns."""
        yield from (share.holder_id for share in self.docket.shares(running=True))
        yield self.order.owner_person_id

    def ended_now(self) -> Iterator[int | None]:
        """Who answered for the shares that this act has ended."""
        for share in self.docket.shares(running=False):
            if share.ended_recorded_at == self.recorded_at and share.ended_at == self.at:
                yield share.holder_id

    def units(self) -> Iterator[int]:
        yield from (share.unit_id for share in self.begun)
        yield from (task.unit_id for task in self.came)
        yield from deed.Deed.units(self)

    def concerned(self) -> Iterator[int | None]:
        """Those who got a share, and the holder of one that another acted on."""
        for share in (*self.begun, self.share):
            if share is not None and share.is_running:
                yield share.holder_id
