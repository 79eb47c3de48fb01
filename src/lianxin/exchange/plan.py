"""From rows to acts: what an import asks of the ledger, and what it leaves alone because it is on record."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from lianxin.followup.models import Callback
from lianxin.intake.actions.register import URGENCY_TITLES
from lianxin.orders.acts import Act, Actor
from lianxin.orders.chain import canonical, instant
from lianxin.orders.models import Entry, Order
from lianxin.rules.worktime import show_due

from .maps import Map
from .rows import CallbackRow, Incoming

#: What the upper platform may have changed since: title, and how it is shown.
_TERMS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "upstream_due": ("上级时限", show_due),
    "urgency": ("紧急程度", URGENCY_TITLES.__getitem__),
}


@dataclass(slots=True)
class Standing:
    """An order that is on record: its id, its deadline and urgency, and the upper platform's call-backs, by layer and
    time."""

    order: int
    open: bool
    terms: dict[str, Any]
    callbacks: dict[tuple[str, datetime], Callback] = field(default_factory=dict)


@dataclass(slots=True)
class Planned:
    """An act and the row that asks for it."""

    act: Act
    row: Incoming


@dataclass(slots=True)
class Group:
    """Rows about one order; `ref` names it in a batch while it has no id.

    `lost` are rows that were taken out, with column and reason.  `looked_twice`: the order was looked up again after
    the ledger said that it is there.
    """

    ref: int
    rows: list[Incoming]
    standing: Standing | None = None
    lost: list[tuple[Incoming, str, str]] = field(default_factory=list)
    looked_twice: bool = False


class Planner:
    """Acts of one import: `at` is the wall clock, taken once."""

    def __init__(self, mapping: Map, centre: int, at: datetime) -> None:
        self.mapping, self.centre, self.at = mapping, centre, at
        self.actor = Actor.system(centre)

    def key(self, name: str) -> str:
        """The idempotency key of a registration."""
        return _key(self.centre, name, "order.registered")

    def acts(self, group: Group) -> list[Planned]:
        """What is to be done for one order; a row that asks for nothing new has no act."""
        planned: list[Planned] = []
        order = group.standing.order if group.standing else None
        known = dict(group.standing.callbacks) if group.standing else {}
        for row in list(group.rows):
            if group.standing:
                _tell_what_stays(row, group.standing)
            if order is None:
                if row.registration is None:
                    _lose(group, row, "", "没有这个上级编号的工单，请先导入工单")
                    continue
                order = group.ref
                planned += [Planned(act, row) for act in self._life(row, order)]
            if row.callback:
                act = self._callback(group, row, row.callback, order, known)
                planned += [Planned(act, row)] if act else []
        if order == group.ref and self.mapping.is_history and planned:
            planned += self._handed_over(group, planned)
        return planned

    def _life(self, row: Incoming, order: int) -> Iterable[Act]:
        assert row.registration is not None
        assert row.received_at is not None
        history = self.mapping.is_history
        at = row.received_at if history else self.at
        yield self._act("order.registered", order, at, row.registration, key=self.key(row.name))
        if not row.units:
            return
        dispatch = self.mapping.dispatch
        assert dispatch is not None
        shares = [{"unit": unit, "role": "assist" if n else "lead"} for n, unit in enumerate(row.units)]
        at = row.dispatched_at if history and row.dispatched_at else self.at
        yield self._act("order.dispatched", order, at, {"shares": shares, "basis": dispatch.basis})
        if row.reply:
            payload = {"of_unit": row.units[0], "text": row.reply.text, "ended": self.mapping.history.ends}
            yield self._act("share.reply_imported", order, row.reply.at, payload)

    def _callback(
        self, group: Group, row: Incoming, callback: CallbackRow, order: int, known: dict[Any, Callback]
    ) -> Act | None:
        """The call-back, unless it is on record; with the same time and other grades it is refused, not guessed."""
        payload, at = callback.payload, callback.at
        place = (payload["layer"], at)
        if at is not None and place in known:
            if _same(known[place], payload):
                return None
            _lose(group, row, "", "这一时间的回访已经登记，评价与本行不同，请核对")
            return None
        if at is not None:
            known[place] = _expected(payload)
        said = _key(self.centre, row.name, "callback.recorded", instant(at) if at else "", payload)
        recorded = self.mapping.is_history and order < 0
        return Act(
            "callback.recorded",
            self.actor,
            at or self.at,
            payload,
            order=order,
            key=said,
            recorded_at=at if recorded else None,
            via="import",
        )

    def _handed_over(self, group: Group, planned: Sequence[Planned]) -> list[Planned]:
        """History that is still open goes on in real time: from now on the sweep watches its clocks."""
        ended = any(p.act.verb == "share.reply_imported" and p.act.payload["ended"] for p in planned)  # type: ignore[index]
        if ended:
            return []
        return [Planned(Act("order.unmarked", self.actor, self.at, {}, order=group.ref, via="import"), planned[0].row)]

    def _act(self, verb: str, order: int, at: datetime, payload: dict[str, Any], key: str | None = None) -> Act:
        recorded_at = at if self.mapping.is_history else None
        return Act(verb, self.actor, at, payload, order=order, key=key, recorded_at=recorded_at, via="import")


def look_up(centre: int, groups: Sequence[Group], keys: dict[str, str]) -> None:
    """Find the orders of `groups` that are on record, by upstream number or by the key of their registration.

    `keys` gives the request's key of each name.  Three statements, however many groups.
    """
    by_name = {group.rows[0].name: group for group in groups if group.rows}
    numbers = [group.rows[0].number for group in by_name.values() if group.rows[0].number]
    unnumbered = {keys[name]: group for name, group in by_name.items() if not group.rows[0].number}
    done = Entry.objects.filter(key__in=unnumbered).values_list("order_id", "key") if unnumbered else ()
    by_id = {order: unnumbered[key] for order, key in done}
    mine = Order.objects.filter(Q(upstream_number__in=numbers) | Q(pk__in=by_id), centre=centre)
    for order in mine.only("upstream_number", "closed_at", *_TERMS):
        group = by_id.get(order.pk) or by_name[str(order.upstream_number)]
        terms = {name: getattr(order, name) for name in _TERMS}
        by_id[order.pk], group.standing = group, Standing(order.pk, order.closed_at is None, terms)
    for callback in Callback.objects.filter(order__in=by_id):
        standing = by_id[callback.order_id].standing
        if standing:
            standing.callbacks[callback.layer, callback.finished_at] = callback


def _tell_what_stays(row: Incoming, standing: Standing) -> None:
    """An import leaves an order on record as it is.  What the row says otherwise is told, once however often the row
    is planned."""
    notes = ["工单已在册并且还没有办结，文件中的答复没有导入，请在工单上办理"] if standing.open and row.reply else []
    for name, (title, show) in _TERMS.items():
        said, stands = row.terms.get(name), standing.terms[name]
        if said not in (None, stands):
            here = show(stands) if stands else "没有"
            notes.append(f"工单已在册，{title}文件中是“{show(said)}”，在册的是“{here}”，没有改动，请核对")
    row.notes += [note for note in notes if note not in row.notes]


def _same(known: Callback, payload: dict[str, Any]) -> bool:
    told = _expected(payload)
    return all(
        getattr(known, name) == getattr(told, name) for name in ("reached", "process_grade", "result_grade", "solved")
    )


def _expected(payload: dict[str, Any]) -> Callback:
    """The call-back as it will stand, as far as a row says it."""
    given = {name: payload[name] for name in ("process_grade", "result_grade", "solved") if name in payload}
    return Callback(reached=payload.get("reached", True), **given)


def _lose(group: Group, row: Incoming, column: str, reason: str) -> None:
    group.lost.append((row, column, reason))
    group.rows.remove(row)


def _key(*parts: Any) -> str:
    return f"import:{hashlib.sha256(canonical(list(parts))).hexdigest()[:48]}"
