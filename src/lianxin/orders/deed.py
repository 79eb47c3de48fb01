"""One act on one order while the ledger works on it: what a verb's check and effect see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from lianxin.directory.snapshot import Snapshot
from lianxin.rules.lifecycle import ShareState
from lianxin.rules.policy import Pack
from lianxin.rules.worktime import Calendar

from .acts import Actor, Payload, Refused
from .attachments import Taken
from .docket import Docket
from .models import FORMAT, Order, Share, Task
from .neighbours import Neighbours

P = TypeVar("P", bound=Payload)


@dataclass(slots=True)
class Deed(Generic[P]):
    """`world` is the directory and the pack; it is None during a replay, so effects cannot lean on it."""

    docket: Docket
    actor: Actor
    payload: P
    at: datetime
    recorded_at: datetime
    entry_number: int
    world: World | None = None
    #: the share that the act is about
    share: Share | None = None
    #: shares and tasks that this act made: their clocks start with it
    begun: list[Share] = field(default_factory=list)
    asked: list[Task] = field(default_factory=list)
    #: the files of the act; none in a replay, which has their facts in the entry
    files: tuple[Taken, ...] = ()
    #: of the entry that is written or replayed: what is shared by all replays goes by it
    format: int = FORMAT

    @property
    def order(self) -> Order:
        return self.docket.order

    @property
    def pack(self) -> Pack:
        """The pack under which the order was registered; only for checks."""
        return self.outside().pack

    @property
    def directory(self) -> Snapshot:
        """The directory of the centre; only for checks."""
        return self.outside().directory

    def outside(self) -> World:
        """What lies outside the order; only for `resolve` and `check`."""
        assert self.world is not None, "effects do not look outside their order: a replay has no world"
        return self.world

    def the_share(self) -> Share:
        """The share that the act names.  The ledger has checked that it is there."""
        assert self.share is not None
        return self.share

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

    def ask(
        self,
        kind: str,
        unit: int,
        post_role: str,
        *,
        share: Share | None = None,
        petition: bool = False,
        reason: str = "",
    ) -> Task:
        """A new task for a post, made by this act."""
        task = self.docket.make_task(
            kind=kind, unit=unit, post_role=post_role, at=self.at, share=share, petition=petition, reason=reason
        )
        self.asked.append(task)
        return task


@dataclass(frozen=True)
class World:
    """What an act may look up outside the order: the centre's directory, its rules, other orders."""

    directory: Snapshot
    pack: Pack
    others: Neighbours

    @property
    def calendar(self) -> Calendar:
        """The centre's working calendar with the office hours of the order's own pack."""
        return self.directory.calendar_under(self.pack)


_GATHERED: ContextVar[dict[str, str] | None] = ContextVar("gathered", default=None)


def require(condition: object, field_name: str, sentence: str) -> None:
    """Refuse with `sentence` beside `field_name` unless `condition` holds.  Under `gathering` the check goes on."""
    if condition:
        return
    gathered = _GATHERED.get()
    if gathered is None:
        raise Refused({field_name: sentence})
    gathered.setdefault(field_name, sentence)


@contextmanager
def gathering() -> Iterator[dict[str, str]]:
    """Ask a verb's check for all that is wrong, not only the first: field -> the first sentence about it.

    What comes after a requirement that does not hold may lean on it; whatever it then runs into is no news.
    """
    found: dict[str, str] = {}
    token = _GATHERED.set(found)
    try:
        yield found
    except Refused as refused:
        for name, sentence in refused.problems.items():
            found.setdefault(name, sentence)
    except Exception:
        if not found:
            raise
    finally:
        _GATHERED.reset(token)
