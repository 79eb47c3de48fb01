"""An order in hand: its shares, facts and words beside what every root has."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from lianxin.ledger import docket
from lianxin.ledger.models import part_id
from lianxin.rules.lifecycle import OPEN, OrderState, ShareState
from lianxin.rules.serving import serves

from .models import Appeal, Facts, FormerRole, Order, Share, Sight

serves("B06", "E07")


class Docket(docket.Docket[Order]):
    """One order in hand."""

    def __init__(
        self, order: Order, *, shares: Iterable[Share] = (), sights: Iterable[Sight] | None = None, **more: Any
    ) -> None:
        super().__init__(order, **more)
        self.order = order
        #: the running ones, where whoever made the docket has read them already
        self._sights = None if sights is None else list(sights)
        self.all_shares: dict[int, Share] = {a.id: a for a in shares}

    @property
    def is_open(self) -> bool:
        return self.order.state in OPEN

    def runs(self, share: int | None) -> bool:
        """A share while it runs; of an order that was merged only its shares' clocks go on."""
        if share is not None:
            return self.is_open and self.all_shares[share].is_running
        return self.is_open and self.order.state != OrderState.MERGED

    # --- the order itself -------------------------------------------------------------------
    def enter(self, state: str) -> None:
        self.order.state = state

    def end(self, state: str, at: datetime, result: str) -> None:
        """The order ends: every end has a result and an answer to the caller (B02)."""
        self.order.state = state
        self.order.closed_at = at
        self.order.result_code = result
        self.order.told_at = at
        if state != OrderState.CLOSED:
            # Answered, redirected, withdrawn: what a unit has explained before is not how it ended.
            self.order.explained = ""

    def set_facts(self, known_from: datetime) -> None:
        """The order's facts changed: close the current row, open a new one (as-of truth)."""
        order = self.order
        if order.facts_part:
            self.patch(Facts, part_id(order.id, order.facts_part), known_to=known_from)
        self.make(
            Facts,
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
        order.facts_part = order.parts

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

    # --- sights -----------------------------------------------------------------------
    def sights(self) -> list[Sight]:
        """The running sights of the order as they stand in this batch: read only where somebody asks for them."""
        if self._sights is None:
            rows = Sight.objects.filter(order=self.order.id, until=None).order_by("pk")
            self._sights = [] if self.is_new else list(rows)
        here = [row for row in self.added if isinstance(row, Sight)]
        hidden = {pk for model, pk, _ in self.patched if model is Sight}
        return [sight for sight in (*self._sights, *here) if sight.until is None and sight.pk not in hidden]

    def hide(self, sight: int, at: datetime) -> None:
        """A sight ends."""
        self.patch(Sight, sight, until=at)

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
        share = self.make(
            Share,
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
        self.all_shares[share.id] = share
        return share

    def set_role(self, share: Share, role: str, recorded_at: datetime) -> None:
        """The share leads or assists from now on; figures of an earlier cut-off go on by what it did."""
        known_from = share.role_known_from or share.dispatched_recorded_at
        # Given by an act of the same instant: no cut-off lies between.
        if role != share.role and known_from < recorded_at:
            self.make(FormerRole, share_id=share.id, role=share.role, known_from=known_from, known_to=recorded_at)
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
        for task in self.owed_tasks(share.id):
            self.finish(task, at, "cancelled")
        for child in self.shares(running=True):
            if child.parent_id == share.id:
                self.end_share(child, ShareState.WITHDRAWN if state != "passed" else state, at, recorded_at)
