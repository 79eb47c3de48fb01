"""From rows to acts: what an import asks of the ledger, and what it leaves alone because it is on record."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from lianxin.followup.models import Callback
from lianxin.intake.actions.register import URGENCY_TITLES
from lianxin.ledger.acts import Act, Actor
from lianxin.ledger.chain import canonical, instant
from lianxin.ledger.models import PART_BITS, Enclosure, Entry, part_id
from lianxin.orders.models import Appeal, Order, Share
from lianxin.rules.worktime import show_due

from .incoming import CallbackRow, Incoming, Reply
from .maps import Map

#: What the upper platform may have changed since: title, and how it is shown.
_TERMS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "upstream_due": ("上级时限", show_due),
    "urgency": ("紧急程度", URGENCY_TITLES.__getitem__),
}


@dataclass(slots=True)
class Standing:
    """An order that is on record: its id, its deadline and urgency, its text, its units and what they replied, and
    the upper platform's call-backs, by layer and time."""

    order: int
    open: bool
    terms: dict[str, Any]
    text: str = ""
    units: set[int] = field(default_factory=set)
    replies: set[str] = field(default_factory=set)
    callbacks: dict[tuple[str, datetime], Callback] = field(default_factory=dict)


@dataclass(slots=True)
class Planned:
    """An act and the row that asks for it; `also` are other rows that it serves."""

    act: Act
    row: Incoming
    also: tuple[Incoming, ...] = ()


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

    def __init__(self, mapping: Map, centre: int, at: datetime, unit_name: Callable[[int], str] = str) -> None:
        self.mapping, self.centre, self.at, self.unit_name = mapping, centre, at, unit_name
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
                _tell_what_stays(row, group.standing, self.unit_name)
            if order is None:
                if row.registration is None:
                    _lose(group, row, "", "没有这个上级编号的工单，请先导入工单")
                    continue
                order = group.ref
                planned += self._life(group, order)
            if row.callback:
                act = self._callback(group, row, row.callback, order, known)
                planned += [Planned(act, row)] if act else []
        if order == group.ref and self.mapping.is_history and planned:
            planned += self._handed_over(planned)
        return planned

    def _life(self, group: Group, order: int) -> Iterator[Planned]:
        """Registration, dispatch and replies; rows of one number are one order, each unit a share of it."""
        rows = [row for row in group.rows if row.registration is not None]
        first = rows[0]
        assert first.registration is not None
        assert first.received_at is not None
        for other in rows[1:]:
            _tell_what_differs(first, other)
        history = self.mapping.is_history
        at = first.received_at if history else self.at
        yield Planned(self._act("order.registered", order, at, first.registration, key=self.key(first.name)), first)
        units = list(dict.fromkeys(unit for row in rows for unit in row.units))
        if not units:
            return
        dispatch = self.mapping.dispatch
        assert dispatch is not None
        replied = {row.units[0] for row in rows if row.reply}
        # Two units that each replied in their own name were both in charge; else the first leads.
        leads = units if len(units) == 2 and replied >= set(units) else units[:1]
        role = "dual" if len(leads) == 2 else "lead"
        shares = [{"unit": unit, "role": role if unit in leads else "assist"} for unit in units]
        at = first.dispatched_at if history and first.dispatched_at else self.at
        also = tuple(row for row in rows[1:] if not set(row.units) <= set(first.units))
        yield Planned(
            self._act("order.dispatched", order, at, {"shares": shares, "basis": dispatch.basis}), first, also
        )
        yield from self._replies(rows, order, leads)

    def _replies(self, rows: Sequence[Incoming], order: int, leads: Sequence[int]) -> Iterator[Planned]:
        """One reply of each unit in charge, in the order of their times."""
        said: dict[int, tuple[Incoming, Reply]] = {}
        for row in rows:
            if row.reply is None:
                continue
            unit = row.units[0]
            if unit in said and said[unit][1].text != row.reply.text:
                _differ(row, f"同一单位在第 {said[unit][0].line.number} 行已有另一份答复，本行的答复没有导入，请核对")
            if unit in leads:
                said.setdefault(unit, (row, row.reply))
            else:
                _differ(row, "协办单位的答复不能单独导入，没有导入，请补记到工单")
        for unit, (row, reply) in sorted(said.items(), key=lambda item: item[1][1].at):
            ends = self.mapping.history.ends and row.ended is not False
            payload = {"of_unit": unit, "text": reply.text, "ended": ends}
            yield Planned(self._act("share.reply_imported", order, reply.at, payload), row)

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

    def _handed_over(self, planned: Sequence[Planned]) -> list[Planned]:
        """History that is still open goes on in real time: from now on the sweep watches its clocks."""
        shares = [share for p in planned if p.act.verb == "order.dispatched" for share in p.act.payload["shares"]]  # type: ignore[index]
        leads = {share["unit"] for share in shares if share["role"] != "assist"}
        replies = [p.act.payload for p in planned if p.act.verb == "share.reply_imported"]
        ended = {reply["of_unit"] for reply in replies if reply["ended"]}  # type: ignore[index]
        if leads and leads <= ended:
            return []
        return [Planned(Act("order.unmarked", self.actor, self.at, {}, order=planned[0].act.order), planned[0].row)]

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
    by_id = {order: unnumbered[str(key)] for order, key in done}
    mine = Order.objects.filter(Q(upstream_number__in=numbers) | Q(pk__in=by_id), centre=centre)
    for order in mine.only("upstream_number", "closed_at", *_TERMS):
        group = by_id.get(order.pk) or by_name[str(order.upstream_number)]
        terms = {name: getattr(order, name) for name in _TERMS}
        by_id[order.pk], group.standing = group, Standing(order.pk, order.closed_at is None, terms)
    _what_stands({pk: group.standing for pk, group in by_id.items() if group.standing})
    for callback in Callback.objects.filter(order__in=by_id):
        standing = by_id[callback.order_id].standing
        if standing:
            standing.callbacks[callback.layer, callback.finished_at] = callback


def _what_stands(found: dict[int, Standing]) -> None:
    """Texts, units and replies of orders on record, to compare what a file says with them."""
    if not found:
        return
    for order, text in Appeal.objects.filter(order__in=found).values_list("order_id", "text"):
        found[order].text = text
    replied: list[int] = []
    for order, unit, entry in Share.objects.filter(order__in=found).values_list("order_id", "unit_id", "reply_entry"):
        found[order].units.add(unit)
        if entry:
            replied.append(part_id(order, entry))
    for entry, body in Enclosure.objects.filter(entry__in=replied).values_list("entry_id", "body"):
        found[entry >> PART_BITS].replies.add((body or {}).get("text") or "")


def _tell_what_stays(row: Incoming, standing: Standing, unit_name: Callable[[int], str]) -> None:
    """An import leaves an order on record as it is.  What the row says otherwise is told, once however often the row
    is planned."""
    if standing.open and row.reply and row.reply.text not in standing.replies:
        _differ(row, "工单已在册并且还没有办结，文件中的答复没有导入，请在工单上办理")
    elif row.reply and row.reply.text.strip() not in {reply.strip() for reply in standing.replies}:
        _differ(row, "工单已在册，文件中的答复与在册的不同，没有导入，请核对")
    if (row.registration or {}).get("text", standing.text).strip() != standing.text.strip():
        _differ(row, "工单已在册，文件中的诉求内容与在册的不同，没有改动，请核对")
    if others := [unit_name(unit) for unit in row.units if unit not in standing.units and standing.units]:
        _differ(row, f"工单已在册，文件中的承办单位“{'、'.join(others)}”不在其中，没有加派，请核对")
    for name, (title, show) in _TERMS.items():
        said, stands = row.terms.get(name), standing.terms[name]
        if said not in (None, stands):
            here = show(stands) if stands else "没有"
            _differ(row, f"工单已在册，{title}文件中是“{show(said)}”，在册的是“{here}”，没有改动，请核对")


def _tell_what_differs(first: Incoming, other: Incoming) -> None:
    """Two rows of one number: what the second says otherwise is not registered a second time."""
    said, again = first.registration or {}, other.registration or {}
    names = {"text": "诉求内容", "caller": "诉求人", "upstream_due": "上级时限", "address": "地址"}
    differing = [title for name, title in names.items() if name in again and said.get(name) != again[name]]
    if first.received_at != other.received_at:
        differing.append("来件时间")
    if differing:
        place = f"与第 {first.line.number} 行编号相同，{'、'.join(differing)}不同"
        _differ(other, f"{place}，以第 {first.line.number} 行为准，请核对")


def _differ(row: Incoming, note: str) -> None:
    row.differs = True
    if note not in row.notes:
        row.notes.append(note)


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
