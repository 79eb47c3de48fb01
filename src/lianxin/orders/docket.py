"""An order as the ledger holds it in hand: its row and running parts, changed in memory, written at once.

The same docket serves one act, a batch and a replay, so all three leave the same rows.  Only the functions
here make and end parts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models

from lianxin.rules.lifecycle import OrderState, ShareState
from lianxin.rules.serving import serves

from .models import Appeal, Clock, Facts, FormerDue, FormerRole, Order, Share, Stay, Task, part_id
from .rows import new

serves("B06", "E07")


class Docket:
    """One order in hand.  `added` are new rows, `touched` changed ones, `patched` column updates by id."""

    def __init__(
        self,
        order: Order,
        *,
        shares: Iterable[Share] = (),
        clocks: Iterable[Clock] = (),
        tasks: Iterable[Task] = (),
        is_new: bool = False,
    ) -> None:
        self.order = order
        self.all_shares: dict[int, Share] = {a.id: a for a in shares}
        self.clocks: dict[int, Clock] = {c.id: c for c in clocks}
        self.tasks: dict[int, Task] = {t.id: t for t in tasks}
        self.is_new = is_new
        self._new: dict[tuple[type[models.Model], int], models.Model] = {}
        self.touched: dict[tuple[type[models.Model], int], models.Model] = {}
        self.patched: list[tuple[type[models.Model], int, dict[str, Any]]] = []

    # --- book-keeping -----------------------------------------------------------------------
    def next_part(self) -> tuple[int, int]:
        """(number, id) for a new part of this order."""
        self.order.parts += 1
        return self.order.parts, part_id(self.order.id, self.order.parts)

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

    # --- the order itself -------------------------------------------------------------------
    def enter(self, state: str) -> None:
        self.order.state = state

    def end(self, state: str, at: datetime, result: str) -> None:
        """The order ends: every end has a result and an answer to the caller (B02)."""
        self.order.state = state
        self.order.closed_at = at
        self.order.result_code = result
        self.order.told_at = at

    def set_facts(self, known_from: datetime) -> None:
        """The order's facts changed: close the current row, open a new one (as-of truth)."""
        order = self.order
        if order.facts_part:
            self.patch(Facts, part_id(order.id, order.facts_part), known_to=known_from)
        order.facts_part, pk = self.next_part()
        self.add(
            new(
                Facts,
                id=pk,
                order_id=order.id,
                category_id=order.category_id,
                area_id=order.area_id,
                cls=order.cls,
                source=order.source,
                channel=order.channel,
                urgency=order.urgency,
                tags=list(order.tags),
                excluded=order.excluded,
                invalid=order.state == OrderState.INVALID,
                answered=order.state == OrderState.ANSWERED,
                known_from=known_from,
            )
        )

    def appeal(self) -> Appeal:
        """The current text of the appeal, to be changed; what it was before stands in the enclosures."""
        appeal = self.words()
        self.touch(appeal)
        return appeal

    def words(self) -> Appeal:
        """The same, only to be read."""
        key = Appeal, self.order.id
        appeal = self._new.get(key) or self.touched.get(key) or Appeal.objects.get(pk=self.order.id)
        assert isinstance(appeal, Appeal)
        return appeal

    # --- shares ------------------------------------------------------------------------
    def shares(self, *, running: bool | None = None, depth: int | None = None) -> list[Share]:
        """Shares of the order in the order of their making."""
        return [
            a
            for _, a in sorted(self.all_shares.items())
            if (running is None or a.is_running == running) and (depth is None or a.depth == depth)
        ]

    def lead(self) -> Share | None:
        """The running share that answers for the order: the first named of its leads (A15, C20)."""
        return next((a for a in self.shares(running=True, depth=0) if a.role != "assist"), None)

    def assign(
        self,
        *,
        unit: int,
        role: str,
        basis: str,
        at: datetime,
        recorded_at: datetime,
        basis_text: str = "",
        parent: Share | None = None,
    ) -> Share:
        """A new share, pending; the ledger fills in its holder (A holder of the unit's hotline post)."""
        _, pk = self.next_part()
        share = new(
            Share,
            id=pk,
            order_id=self.order.id,
            parent_id=parent.id if parent else None,
            unit_id=unit,
            role=role,
            round=self.order.round,
            depth=parent.depth + 1 if parent else 0,
            state=ShareState.PENDING,
            basis=basis,
            basis_text=basis_text,
            dispatched_at=at,
            dispatched_recorded_at=recorded_at,
        )
        self.all_shares[pk] = share
        self.add(share)
        return share

    def set_role(self, share: Share, role: str, recorded_at: datetime) -> None:
        """The share leads or assists from now on; figures of an earlier cut-off go on by what it did."""
        known_from = share.role_known_from or share.dispatched_recorded_at
        # Given by an act of the same instant: no cut-off lies between.
        if role != share.role and known_from < recorded_at:
            row = new(
                FormerRole,
                id=self.next_part()[1],
                order_id=self.order.id,
                share_id=share.id,
                role=share.role,
                known_from=known_from,
                known_to=recorded_at,
            )
            self.add(row)
            share.role_known_from = recorded_at
        share.role = role
        self.touch(share)

    def line(self, share: Share) -> list[Share]:
        """The share, and those above it from which it was handed down."""
        found = [share]
        while (above := found[-1].parent_id) is not None:
            found.append(self.all_shares[above])
        return found

    def end_share(self, share: Share, state: str, at: datetime, recorded_at: datetime) -> None:
        """A share ends, with those that were handed down from it; its open tasks fall away."""
        share.state = share.outcome = state
        share.ended_at, share.ended_recorded_at = at, recorded_at
        self.touch(share)
        for task in self.open_tasks(share):
            self.finish(task, at, "cancelled")
        for child in self.shares(running=True):
            if child.parent_id == share.id:
                self.end_share(child, ShareState.WITHDRAWN if state != "passed" else state, at, recorded_at)

    # --- tasks ------------------------------------------------------------------------------
    def open_tasks(self, share: Share | None = None, kind: str | None = None) -> list[Task]:
        return [
            t
            for _, t in sorted(self.tasks.items())
            if t.done_at is None and (share is None or t.share_id == share.id) and (kind is None or t.kind == kind)
        ]

    def make_task(
        self, *, kind: str, unit: int, post_role: str, at: datetime, share: Share | None, petition: bool = False
    ) -> Task:
        _, pk = self.next_part()
        task = new(
            Task,
            id=pk,
            order_id=self.order.id,
            share_id=share.id if share else None,
            kind=kind,
            petition=petition,
            unit_id=unit,
            post_role=post_role,
            made_at=at,
            made_entry=self.order.head_number + 1,
        )
        self.tasks[pk] = task
        self.add(task)
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
        share: Share | None,
        task: Task | None,
        cause: str = "rule",
        event: str = "",
        counted_from: datetime | None = None,
        entry: int = 0,
    ) -> Clock:
        _, pk = self.next_part()
        clock = new(
            Clock,
            id=pk,
            order_id=self.order.id,
            share_id=share.id if share else None,
            task_id=task.id if task else None,
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
            next_at=None if self.order.marked_clock else (warn_at or due),
        )
        self.clocks[pk] = clock
        self.add(clock)
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
    ) -> None:
        """An extension: the same clock, a later due time.  A breach stays on record and does not ring again, also
        one that the sweep had not rung yet when the extension was granted; unless it is `forgiven`."""
        self._keep_due(clock, recorded_at)
        if at >= clock.due and clock.breached_at is None:
            clock.breached_at = clock.due
        if forgiven:
            clock.breached_at = None
        clock.extended += workdays
        self._due(clock, due, warn_at, at, "extension")

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

    def _keep_due(self, clock: Clock, recorded_at: datetime) -> None:
        """What is known of the clock is about to change: figures of an earlier cut-off go on by what it was."""
        if clock.known_from >= recorded_at:
            # Set by this very act, or one of the same instant: no cut-off lies between.
            return
        row = new(
            FormerDue,
            id=self.next_part()[1],
            order_id=self.order.id,
            clock_id=clock.id,
            due=clock.due,
            breached_at=clock.breached_at,
            known_from=clock.known_from,
            known_to=recorded_at,
        )
        self.add(row)
        clock.known_from = recorded_at

    def _due(self, clock: Clock, due: datetime, warn_at: datetime | None, at: datetime, cause: str) -> None:
        clock.due, clock.warn_at, clock.warned_at = due, warn_at, None
        clock.cause, clock.caused_at = cause, at
        silent = self.order.marked_clock or clock.breached_at is not None
        clock.next_at = None if silent else (warn_at or due)
        self.touch(clock)

    def stop_clock(self, clock: Clock, at: datetime, recorded_at: datetime, end: str) -> None:
        """Stop a clock: `met` or `cancelled`.  Met at or after its due time it is late all the same."""
        if end == "met" and at >= clock.due and clock.breached_at is None:
            clock.breached_at = clock.due
        clock.ended_at, clock.ended_recorded_at = at, recorded_at
        clock.end, clock.next_at = end, None
        self.touch(clock)

    def move_to(self, node: str, unit: int, post: int, person: int, at: datetime) -> bool:
        """The order is now at `node`, answered for by `person`; True if that is a change (B05, B06)."""
        order = self.order
        here = (order.node, order.owner_unit_id, order.owner_post_id, order.owner_person_id)
        if here == (node, unit, post, person) and order.stay_part:
            return False
        # Told late of something earlier, it does not stand at two nodes at once: stays touch and never overlap.
        at = max(at, order.node_since)
        self.leave(at)
        order.node, order.node_since = node, at
        order.owner_unit_id, order.owner_post_id, order.owner_person_id = unit, post, person
        order.stay_part, pk = self.next_part()
        stay = new(
            Stay, id=pk, order_id=order.id, node=node, unit_id=unit, post_id=post, person_id=person, entered_at=at
        )
        self.add(stay)
        return True

    def leave(self, at: datetime) -> None:
        """The current stay ends (the next begins at the same instant, or the order has ended)."""
        if self.order.stay_part:
            left = max(at, self.order.node_since)
            self.patch(Stay, part_id(self.order.id, self.order.stay_part), left_at=left)
            self.order.stay_part = 0
