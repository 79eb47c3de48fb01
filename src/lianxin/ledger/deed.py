"""One act on one root while the door works on it: what a verb's check and effect see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from lianxin.directory.snapshot import Snapshot
from lianxin.rules.policy import Pack
from lianxin.rules.worktime import Calendar

from .acts import Actor, Payload, Refused, Upload
from .attachments import Taken
from .docket import Docket
from .models import FORMAT, Entry, Task
from .others import Others

P = TypeVar("P", bound=Payload)


@dataclass(frozen=True)
class World:
    """What an act may look up outside its root: the centre's directory, its rules, the other roots of its batch."""

    directory: Snapshot
    pack: Pack
    others: Others

    @property
    def calendar(self) -> Calendar:
        """The centre's working calendar with the office hours of the root's own pack."""
        return self.directory.calendar_under(self.pack)


class Laid(NamedTuple):
    """A duty that a rule lays: the rule's id and kind, the share (0: the root), unit, role and person, the post that is
    vacant if another stands in; of a petition how many have agreed, and the entry and instant of its filing, where that
    is not this act."""

    rule: str
    kind: str
    share: int
    unit: int
    role: str
    holder: int | None
    vacant: str
    level: int
    petition: bool = False
    holds: bool = False
    filed: int = 0
    filed_at: str = ""
    #: why it was filed: a code of the root's pack
    reason: str = ""
    #: from when on it is somebody's; empty: at once
    comes: str = ""


@dataclass(slots=True)
class Deed(Generic[P]):
    """`world` is the directory and the pack; it is None during a replay, so effects cannot lean on it."""

    docket: Docket[Any]
    actor: Actor
    payload: P
    at: datetime
    recorded_at: datetime
    entry_number: int
    world: World | None = None
    #: tasks that this act made: their clocks start with it
    asked: list[Task] = field(default_factory=list)
    #: the duties that rules of the pack lay with this act, and the tasks that it ends, with their outcomes: neither is
    #: done yet
    laid: list[Laid] = field(default_factory=list)
    met: dict[int, str] = field(default_factory=dict)
    #: the open tasks that should have come before (an import, a platform came past them)
    passed: tuple[int, ...] = ()
    #: the rules whose condition could not be judged
    failed: set[str] = field(default_factory=set)
    #: the files of the act; none in a replay, which has their facts in the entry
    files: tuple[Taken, ...] = ()
    #: how many files come with it, and what they are: known before any is taken
    file_count: int = 0
    uploads: tuple[Upload, ...] = ()
    #: of the entry that is written or replayed: what is shared by all replays goes by it
    format: int = FORMAT

    @property
    def pack(self) -> Pack:
        """The pack under which the root was registered; only for checks."""
        return self.outside().pack

    @property
    def directory(self) -> Snapshot:
        """The directory of the centre; only for checks."""
        return self.outside().directory

    def outside(self) -> World:
        """What lies outside the root; only for `resolve` and `check`."""
        assert self.world is not None, "effects do not look outside their root: a replay has no world"
        return self.world

    def said(self, *actions: str) -> list[Entry]:
        """What the root's ledger says so far by these actions (none: by any), the oldest first; only for `resolve`,
        `check` and `follows`."""
        return self.outside().others.said(self.docket.root, *actions)

    def ask(self, kind: str, unit: int, post_role: str, *, share: int | None = None) -> Task:
        """A new task for a post, made by this act."""
        task = self.docket.make_task(
            kind=kind, unit=unit, post_role=post_role, at=self.at, entry=self.entry_number, share=share
        )
        self.asked.append(task)
        return task

    def become(self, root: str | None, part: str | None) -> None:
        """The states that the table gives to the root and to the part that the act is about (None: unchanged)."""
        raise NotImplementedError

    def units(self) -> Iterator[int]:
        """The units whose desks this act brings something to."""
        yield from (task.unit_id for task in self.asked)
        yield from (laid.unit for laid in self.laid)

    def concerned(self) -> Iterator[int | None]:
        """The people whom it concerns by itself, whatever the verb."""
        yield from ()


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
