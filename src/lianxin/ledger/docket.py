"""A root as the door holds it in hand: its row and running parts, changed in memory, written at once.

The same docket serves one act, a batch and a replay, so all three leave the same rows.  Only the functions
here, and those of the docket of each kind of root, make and end parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import models

from .acts import Refused
from .models import PART_BITS, Clock, FormerDue, Part, Root, Stay, Task, part_id
from .rows import new

#: From here on people add nothing more to a root, they can only end it.
MOST_PARTS = 60_000
#: No more fit into the ids of its parts and of its entries.  Until then clocks ring and owners change.
FULL = (1 << PART_BITS) - 1
#: The node of what has ended.
ENDED = "ended"
R = TypeVar("R", bound=Root)
P = TypeVar("P", bound=Part)


class Docket(Generic[R]):
    """One root in hand.  `added` are new rows, `touched` changed ones, `patched` column updates by id."""

    def __init__(
        self, root: R, *, clocks: Iterable[Clock] = (), tasks: Iterable[Task] = (), is_new: bool = False
    ) -> None:
        self.root = root
        self.clocks: dict[int, Clock] = {c.id: c for c in clocks}
        self.tasks: dict[int, Task] = {t.id: t for t in tasks}
        self.is_new = is_new
        self._new: dict[tuple[type[models.Model], int], models.Model] = {}
        self.touched: dict[tuple[type[models.Model], int], models.Model] = {}
        self.patched: list[tuple[type[models.Model], int, dict[str, Any]]] = []

    @property
    def is_open(self) -> bool:
        """Whether something is still owed."""
        raise NotImplementedError

    def runs(self, share: int | None) -> bool:
        """Whether the share of this id (None: the root itself) still owes something, so that its clocks go on."""
        return self.is_open

    # --- book-keeping -----------------------------------------------------------------------
    def next_part(self) -> tuple[int, int]:
        """(number, id) for a new part.  Raises `Refused` where the root is full."""
        self.require_room(self.root.parts, FULL)
        self.root.parts += 1
        return self.root.parts, part_id(self.root.id, self.root.parts)

    def require_room(self, used: int, limit: int) -> None:
        """Raise `Refused` where no more than `limit` parts or entries may be used."""
        if used >= limit:
            raise Refused(f"{self.root.number} 已有 {used} 条记录，不能再增加，请办结后另立一件")

    def make(self, model: type[P], **columns: Any) -> P:
        """A new part of this root, to be written with this act."""
        _, pk = self.next_part()
        row = new(model, id=pk, **{self.root.column: self.root.id}, **columns)
        self.add(row)
        return row

    @property
    def added(self) -> Iterable[models.Model]:
        """The new rows, in the order of their making."""
        return self._new.values()

    def add(self, row: models.Model) -> None:
        """A new row to be written with this act."""
        self._new[type(row), row.pk] = row

    def touch(self, row: models.Model) -> None:
        """A row of this docket was changed; new rows are written whole anyway."""
        key = type(row), row.pk
        if key not in self._new:
            self.touched[key] = row

    def at_hand(self, model: type[P], pk: int) -> P | None:
        """A part as this act leaves it, also one that it has just ended; None for one that it did not touch."""
        row = self._new.get((model, pk)) or self.touched.get((model, pk))
        return row if isinstance(row, model) else None

    def forget_ended(self) -> None:
        """After an act: clocks and tasks that have ended are out of hand, as in a docket that was loaded afterwards."""
        for clock in [c for c in self.clocks.values() if not c.running]:
            del self.clocks[clock.id]
        for task in [t for t in self.tasks.values() if t.done_at is not None]:
            del self.tasks[task.id]

    def patch(self, model: type[models.Model], pk: int, **values: Any) -> None:
        """Set columns of a row that need not be loaded (or is new in this very batch)."""
        row = self._new.get((model, pk))
        if row is None:
            self.patched.append((model, pk, values))
        else:
            for name, value in values.items():
                setattr(row, name, value)

    # --- tasks ------------------------------------------------------------------------------
    def open_tasks(self, share: int | None = None, kind: str | None = None) -> list[Task]:
        """The open ones in the order of their making, of the share of this id and of that kind, if given."""
        return [t for t in self._tasks(share) if t.comes_at is None and kind in (None, t.kind)]

    def coming_tasks(self, share: int | None = None) -> list[Task]:
        """Those that are laid for later: nobody has them yet."""
        return [t for t in self._tasks(share) if t.comes_at is not None]

    def owed_tasks(self, share: int | None = None) -> list[Task]:
        """Both: what is met, or falls away, whether it has come or not."""
        return list(self._tasks(share))

    def _tasks(self, share: int | None) -> Iterator[Task]:
        return (t for _, t in sorted(self.tasks.items()) if t.done_at is None and share in (None, t.share_id))

    def make_task(
        self, *, kind: str, unit: int, post_role: str, at: datetime, entry: int, share: int | None, **more: Any
    ) -> Task:
        """A task for a post; `more` are further columns (petition, rule, level, holder_id, vacant)."""
        task = self.make(
            Task,
            share_id=share,
            kind=kind,
            unit_id=unit,
            post_role=post_role,
            made_at=at,
            made_entry=entry,
            **more,
        )
        self.tasks[task.id] = task
        return task

    def finish(self, task: Task, at: datetime, outcome: str) -> None:
        task.done_at, task.outcome = at, outcome
        self.touch(task)

    # --- clocks and stays -------------------------------------------------------------------
    def running_clocks(self) -> list[Clock]:
        return [c for _, c in sorted(self.clocks.items()) if c.running]

    def start_clock(
        self,
        *,
        rule: str,
        kind: str,
        start: datetime,
        due: datetime,
        known_from: datetime,
        warn_at: datetime | None,
        share: int | None,
        task: int | None,
        cause: str = "rule",
        event: str = "",
        counted_from: datetime | None = None,
        entry: int = 0,
    ) -> Clock:
        """A clock of the share or the task of this id, or (neither) of the root itself."""
        clock = self.make(
            Clock,
            share_id=share,
            task_id=task,
            rule=rule,
            kind=kind,
            start=start,
            due=due,
            known_from=known_from,
            warn_at=warn_at,
            cause=cause,
            event=event,
            counted_from=counted_from,
            made_entry=entry,
            next_at=None if self.root.marked_clock else (warn_at or due),
        )
        self.clocks[clock.id] = clock
        return clock

    def extend(
        self,
        clock: Clock,
        due: datetime,
        warn_at: datetime | None,
        at: datetime,
        recorded_at: datetime,
        *,
        workdays: int,
        forgiven: bool = False,
        cause: str = "extension",
    ) -> None:
        """An extension, or a date agreed upon: the same clock, a later due time.  A breach stays on record and does not
        ring again, also one that the sweep had not rung yet when the extension was granted; unless it is `forgiven`."""
        self._keep_due(clock, recorded_at)
        if at >= clock.due and clock.breached_at is None:
            clock.breached_at = clock.due
        if forgiven:
            clock.breached_at = None
        clock.extended += workdays
        self._due(clock, due, warn_at, at, cause)

    def move(
        self,
        clock: Clock,
        due: datetime,
        warn_at: datetime | None,
        at: datetime,
        recorded_at: datetime,
        *,
        rule: str,
        cause: str,
        counted_from: datetime | None,
    ) -> None:
        """What it is reckoned by was corrected (a fact, a limit, the calendar): the same clock, due when it should
        have been from the beginning.  A breach of a due time that was wrong is none."""
        self._keep_due(clock, recorded_at)
        if due > at:
            clock.breached_at = None
        clock.rule, clock.counted_from = rule, counted_from
        self._due(clock, due, warn_at, at, cause)

    def forgive(self, clock: Clock, recorded_at: datetime) -> None:
        """It rang although it was met in time: a breach that was none."""
        if clock.breached_at is not None:
            self._keep_due(clock, recorded_at)
            clock.breached_at = None
            self.touch(clock)

    def _keep_due(self, clock: Clock, recorded_at: datetime) -> None:
        """What is known of the clock is about to change: figures of an earlier cut-off go on by what it was."""
        if clock.known_from >= recorded_at:
            # Set by this very act, or one of the same instant: no cut-off lies between.
            return
        self.make(
            FormerDue,
            clock_id=clock.id,
            due=clock.due,
            breached_at=clock.breached_at,
            known_from=clock.known_from,
            known_to=recorded_at,
        )
        clock.known_from = recorded_at

    def _due(self, clock: Clock, due: datetime, warn_at: datetime | None, at: datetime, cause: str) -> None:
        clock.due, clock.warn_at, clock.warned_at = due, warn_at, None
        clock.cause, clock.caused_at = cause, at
        silent = self.root.marked_clock or clock.breached_at is not None
        clock.next_at = None if silent else (warn_at or due)
        self.touch(clock)

    def stop_clock(self, clock: Clock, at: datetime, recorded_at: datetime, end: str) -> None:
        """Stop a clock: `met` or `cancelled`.  Met at or after its due time it is late all the same."""
        if end == "met" and at >= clock.due and clock.breached_at is None:
            clock.breached_at = clock.due
        clock.ended_at, clock.ended_recorded_at = at, recorded_at
        clock.end, clock.next_at = end, None
        self.touch(clock)

    def move_to(self, node: str, unit: int, post: int, person: int, at: datetime, recorded_at: datetime) -> bool:
        """It is now at `node`, answered for by `person`; True if that is a change (B05, B06)."""
        root = self.root
        here = (root.node, root.owner_unit_id, root.owner_post_id, root.owner_person_id)
        if here == (node, unit, post, person) and root.stay_part:
            return False
        # Told late of something earlier, it does not stand at two nodes at once: stays touch and never overlap.
        at = max(at, root.node_since)
        again = root.node == ENDED
        self.leave(at, recorded_at)
        root.node, root.node_since = node, at
        root.owner_unit_id, root.owner_post_id, root.owner_person_id = unit, post, person
        self.make(
            Stay,
            node=node,
            unit_id=unit,
            post_id=post,
            person_id=person,
            entered_at=at,
            entered_recorded_at=recorded_at,
            again=again,
        )
        root.stay_part = root.parts
        return True

    def end_stays(self, at: datetime, recorded_at: datetime) -> None:
        """Nobody answers for it any more: it has ended."""
        self.leave(at, recorded_at, last=True)
        self.root.node = ENDED

    def leave(self, at: datetime, recorded_at: datetime, *, last: bool = False) -> None:
        """The current stay ends (the next begins at the same instant, or it has ended)."""
        if self.root.stay_part:
            left = max(at, self.root.node_since)
            stay = part_id(self.root.id, self.root.stay_part)
            self.patch(Stay, stay, left_at=left, left_recorded_at=recorded_at, last=last)
            self.root.stay_part = 0
