"""What a changed fact does to running clocks: which rule applies now, and when they are due by it.

`moves` compares what the pack says of the facts before the act with what it says of those after it; what is the same
either way stays as it is, so that only what the fact decides moves.  A clock keeps its start.  Where a stricter rule
would have it due before anybody could know, its time counts from the act that made it known, and never ends later than
the time that it had.  The answer goes into the entry (`derived`), cause and all; a replay applies it and asks nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from types import SimpleNamespace
from typing import Any

from lianxin.directory.snapshot import Snapshot
from lianxin.ledger import unjudged, verbs
from lianxin.ledger.chain import instant
from lianxin.ledger.deed import World
from lianxin.ledger.models import Clock, Entry, Task, part_id
from lianxin.rules import deadlines
from lianxin.rules.conditions import Condition
from lianxin.rules.context import Context, complete
from lianxin.rules.lifecycle import OPEN
from lianxin.rules.policy import Pack
from lianxin.rules.policy_rows import ClockRule
from lianxin.rules.policy_tasks import limit_of

from .counting import pressed
from .deed import Deed
from .docket import Docket
from .models import Order, Share
from .repeats import limit_at

#: The cause of a clock that is due on a date that an act named.
GIVEN = "given"


class Before:
    """The facts of an order and its shares as they were before an act."""

    def __init__(self, docket: Docket) -> None:
        self.order = _copy(docket.order)
        self.shares = {pk: _copy(share) for pk, share in docket.all_shares.items()}


def _copy(row: Any) -> SimpleNamespace:
    values = {name: value for name, value in row.__dict__.items() if not name.startswith("_")}
    return SimpleNamespace(**{n: list(v) if isinstance(v, list) else v for n, v in values.items()})


@dataclass(frozen=True, slots=True)
class Heard:
    """An event that an earlier act of the order made, and that act."""

    event: str
    entry: Entry


def moves(deed: Deed[Any], before: Before) -> dict[str, list[Any]]:
    """`move`: [clock, rule, due before, due, warning, cause, counted from]; `stop`: clocks whose rule no longer
    applies, `start`: clocks of rules that did not apply before, both as `settle.derive` writes them."""
    return Recount(deed, before).all()


def recounted(deed: Deed[Any], clocks: Iterable[int]) -> dict[str, list[Any]]:
    """`move` for those of `clocks` that today's calendar has due at another time."""
    running = {clock.id: clock for clock in deed.docket.running_clocks()}
    found = [running[pk] for pk in clocks if pk in running]
    lines = (stale(clock, deed.order, deed.docket.tasks.get(clock.task_id or 0), deed.outside()) for clock in found)
    return {"move": [line for line in lines if line]}


def rule_of(clock: Clock, task: Task | None, pack: Pack) -> ClockRule | None:
    """The rule that a running clock goes by: of a duty the limit at the level of its `task`, None where the act that
    laid it named the date."""
    duty = pack.task(task.rule) if task is not None else None
    if duty is not None and task is not None:
        return limit_of(duty, task.level)
    return pack.clock_like(clock.rule, clock.kind)


def stale(clock: Clock, order: Order, task: Task | None, world: World) -> list[Any] | None:
    """The `move` of a running clock (`task`: of which task) that the working calendar of today has due at another time
    than it is."""
    rule = rule_of(clock, task, world.pack)
    if rule is None or clock.cause == GIVEN:
        return None
    due, _ = deadlines.reckon(
        rule,
        clock.start,
        world.calendar,
        limit=limit_at(order, clock.start),
        extended_by=clock.extended,
        counted_from=clock.counted_from,
    )
    if due == clock.due:
        return None
    return _line(clock, rule, due, "calendar", clock.counted_from, world)


def as_ruled(clock: Clock, deed: Deed[Any]) -> tuple[datetime, datetime | None, datetime | None]:
    """(due, warning, counted from) of a clock whose agreed date no longer stands: as its rule has it, but not before
    anybody could know, and never later than the date that is gone."""
    world, limit = deed.outside(), limit_at(deed.order, clock.start)
    rule, counted_from = world.pack.clock_like(clock.rule, clock.kind), clock.counted_from
    if rule is None:
        return clock.due, clock.warn_at, counted_from
    more: dict[str, Any] = {"limit": limit, "extended_by": clock.extended}
    due, _ = deadlines.reckon(rule, clock.start, world.calendar, counted_from=counted_from, **more)
    if due <= deed.at:
        counted_from = deed.at
        due, _ = deadlines.reckon(rule, clock.start, world.calendar, counted_from=counted_from, **more)
    due = min(due, clock.due)
    return due, deadlines.warn_at(rule, clock.start, due, world.calendar), counted_from


def _line(
    clock: Clock, rule: ClockRule, due: datetime, cause: str, counted_from: datetime | None, world: World
) -> list[Any]:
    warn = deadlines.warn_at(rule, clock.start, due, world.calendar)
    return [
        clock.id,
        rule.id,
        instant(clock.due),
        instant(due),
        instant(warn) if warn else None,
        cause,
        instant(counted_from) if counted_from else None,
    ]


class Recount:
    """One act's consequences for the clocks of its order."""

    def __init__(self, deed: Deed[Any], before: Before) -> None:
        self.deed, self.before = deed, before
        #: the facts that are others now, by share (0: of the order alone)
        self._changed: dict[int, frozenset[tuple[str, str]]] = {}
        self.docket, self.world = deed.docket, deed.outside()

    def all(self) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {"move": [], "stop": [], "start": []}
        for clock in self.docket.running_clocks():
            share = self.docket.all_shares.get(clock.share_id or 0)
            if share is None or share.is_running:
                self._clock(clock, share, found)
        for share in (None, *self.docket.shares(running=True)):
            # What this act begins starts its clocks by itself.
            if share not in self.deed.begun:
                found["start"].extend(self._newly(share))
        return found

    # --- clocks that run ----------------------------------------------------------------------
    def _clock(self, clock: Clock, share: Share | None, found: dict[str, list[Any]]) -> None:
        task = self.docket.tasks.get(clock.task_id or 0)
        if clock.cause == GIVEN:
            # A date that people agreed on is no reckoning: no fact moves it.
            return
        if task is not None and self.world.pack.task(task.rule) is not None:
            # A duty keeps the limit under which it was laid, also beside a clock of its kind.
            return
        share = share or (self.docket.all_shares.get(task.share_id or 0) if task else None)
        entry = self._entries.get(clock.made_entry)
        was, now = (
            self._rule(clock.kind, self.context(clock.event, clock.start, facts, share, task, entry))
            for facts in (self.before, None)
        )
        if now is None and was is not None:
            found["stop"].append([clock.id, "cancelled"])
        elif now is not None and now is not was:
            if line := self._by_rule(clock, now):
                found["move"].append(line)
        elif line := self._by_limit(clock):
            found["move"].append(line)

    def _by_rule(self, clock: Clock, rule: ClockRule) -> list[Any] | None:
        """Another rule applies: due by it from the clock's own start, but not before anybody could know."""
        limit, at, calendar = limit_at(self.deed.order, clock.start), self.deed.at, self.world.calendar
        counted_from = None
        due, bound = deadlines.reckon(rule, clock.start, calendar, limit=limit, extended_by=clock.extended)
        if due <= at and due < clock.due:
            counted_from = at
            due, bound = deadlines.reckon(
                rule, clock.start, calendar, limit=limit, extended_by=clock.extended, counted_from=at
            )
            if due >= clock.due or clock.due <= at:
                return None
        cause = "upstream" if bound else "correction"
        return _line(clock, rule, due, cause, counted_from, self.world)

    def _by_limit(self, clock: Clock) -> list[Any] | None:
        """The same rule, another limit of the upper platform."""
        limits = [limit_at(order, clock.start) for order in (self.before.order, self.deed.order)]
        rule = self.world.pack.clock_like(clock.rule, clock.kind)
        if rule is None:
            return None
        if limits[0] == limits[1] or rule.end != "upstream_due":
            return None
        due, bound = deadlines.reckon(
            rule,
            clock.start,
            self.world.calendar,
            limit=limits[1],
            extended_by=clock.extended,
            counted_from=clock.counted_from,
        )
        if due == clock.due:
            return None
        own = "correction" if clock.counted_from else "extension" if clock.extended else "rule"
        return _line(clock, rule, due, "upstream" if bound else own, clock.counted_from, self.world)

    # --- clocks that did not run --------------------------------------------------------------
    def _newly(self, share: Share | None) -> Iterator[list[Any]]:
        """Clocks of this share (None: of the order) whose rule applies only now: what would have started them has
        happened, and nothing has stopped them since."""
        on = "share" if share else "order"
        if share is None and self.deed.order.state not in OPEN:
            return
        running = {c.kind for c in self.docket.running_clocks() if c.share_id == (share.id if share else None)}
        rules = (rule for rule in self.world.pack.clocks if rule.on == on and self.decides(rule.when, share))
        kinds = {rule.kind for rule in rules} - running
        for kind in sorted(kinds):
            if begun := self._begun(kind, on, share):
                heard, rule = begun
                yield self._start(rule, heard, share)

    def _begun(self, kind: str, on: str, share: Share | None) -> tuple[Heard, ClockRule] | None:
        begun = None
        for heard, starts in self.heard(share):
            if begun and heard.event in begun[1].until:
                begun = None
            if starts:
                was, now = (
                    self._rule(kind, self.context(heard.event, heard.entry.at, facts, share, None, heard.entry))
                    for facts in (self.before, None)
                )
                if now is not None and now.on == on:
                    begun = (heard, now) if was is None else None
        return begun

    def heard(self, share: Share | None) -> Iterator[tuple[Heard, bool]]:
        """What has happened to this share (None: to the order), in order, and whether it may start clocks on it."""
        below = self.docket.shares() if share else []
        line = {child.id for child in below if share in self.docket.line(child)}
        for number in sorted(self._entries):
            entry = self._entries[number]
            about = entry.payload.get("share")
            begun = [holder[0] for holder in entry.derived.get("holders", ())]
            upward = verbs.get(entry.action).upward
            concerned = share is None or about is None or about == share.id or (upward and about in line)
            starts = share is None or share.id in begun or (about == share.id and not begun)
            if concerned or starts:
                for event in entry.derived.get("events", ()):
                    yield Heard(event, entry), starts

    def _start(self, rule: ClockRule, heard: Heard, share: Share | None) -> list[Any]:
        start, at, limit = heard.entry.at, self.deed.at, limit_at(self.deed.order, heard.entry.at)
        counted_from = None
        due, bound = deadlines.reckon(rule, start, self.world.calendar, limit=limit)
        if due <= at:
            counted_from = at
            due, bound = deadlines.reckon(rule, start, self.world.calendar, limit=limit, counted_from=at)
        warn = deadlines.warn_at(rule, start, due, self.world.calendar)
        return [
            rule.id,
            rule.kind,
            share.id if share else 0,
            instant(start),
            instant(due),
            instant(warn) if warn else None,
            "upstream" if bound else "correction",
            heard.event,
            instant(counted_from) if counted_from else None,
        ]

    # --- what the pack says -------------------------------------------------------------------
    def decides(self, when: Condition | None, share: Share | None) -> bool:
        """Whether a condition looks at a fact that the act has changed: only then is the past asked."""
        about = share.id if share else 0
        if when is not None and about not in self._changed:
            self._changed[about] = frozenset(self._changes(share))
        return when is not None and bool(when.reads & self._changed[about])

    def _changes(self, share: Share | None) -> Iterator[tuple[str, str]]:
        """(part, name) of the facts that are others now, of the order and of this share."""
        was, now = (self.context("", self.deed.at, facts, share, None, None) for facts in (self.before, None))
        for part in ("order", "share") if share else ("order",):
            yield from ((part, name) for name, value in now[part].items() if value != was[part][name])
        # A limit that is past binds nothing that begins now; of what began before it is asked all the same.
        limits = ((order.upstream_due, order.repeats) for order in (self.before.order, self.deed.order))
        if len({str(limit) for limit in limits}) > 1:
            yield "order", "upstream_due"

    def _rule(self, kind: str, context: Context) -> ClockRule | None:
        """The rule of `kind` that the event of the context calls upon."""
        failed = partial(unjudged.tell, self.deed)
        return deadlines.applying(self.world.pack, context["event"]["name"], context, failed).get(kind)

    def context(
        self,
        event: str,
        start: datetime,
        before: Before | None,
        share: Share | None,
        task: Task | None,
        entry: Entry | None,
    ) -> Context:
        """What conditions see of an event by the facts before the act, or (None) by those after it."""
        order: Any = before.order if before else self.deed.order
        about: Any = before.shares.get(share.id, share) if before and share else share
        return complete(
            order=order_facts(order, self.world, start),
            share=share_facts(about, self.world.directory) if about else None,
            event=heard_as(event, entry),
            task={"kind": task.kind} if task else None,
        )

    @cached_property
    def _entries(self) -> Mapping[int, Entry]:
        """The lines of the ledger so far, by number: from the tables, and those of this very batch."""
        first = part_id(self.deed.order.pk, 1)
        rows = Entry.objects.filter(pk__gte=first, pk__lt=first + self.deed.order.head_number)
        here = self.world.others.entries.get(self.deed.order.pk, ())
        return {entry.number: entry for entry in (*rows, *here)}


def heard_as(event: str, entry: Entry | None) -> dict[str, Any]:
    """An event of an earlier act as conditions see it (rules.context)."""
    if entry is None:
        return {"name": event}
    outcome = entry.payload.get("outcome", "")
    return {"name": event, "role": entry.post_role, "verb": entry.action, "outcome": outcome}


def order_facts(order: Order | Any, world: World, at: datetime) -> dict[str, Any]:
    """The order as conditions of a pack see it (rules.context), with the limit that binds what starts at `at`."""
    category = world.directory.categories.get(order.category_id or 0)
    area = world.directory.areas.get(order.area_id or 0)
    return {
        "cls": order.cls,
        "category": list(category.path) if category else [],
        "urgency": order.urgency,
        "channel": order.channel,
        "source": order.source,
        "area": area.name if area else "",
        "tags": list(order.tags),
        "round": order.round,
        "enterprise": "enterprise" in order.tags,
        "confidential": order.confidential,
        "requests": order.request_count,
        "upstream": order.upstream_number is not None,
        "upstream_due": limit_at(order, at),
        "repeats": order.matter_orders,
        "periods": order.matter_periods,
        "urges": order.urges,
        "pressed": pressed(order),
        "returns": order.returns,
        "moves": order.moves,
        "send_backs": order.send_backs,
        "extensions": order.extensions,
        "contacts": order.contacts,
        "own_grade": order.grades.get(world.pack.callback.own_layer, ""),
        "assess_grade": order.grades.get(world.pack.callback.assess_layer, ""),
        "campaign": order.campaign_id is not None,
        "caller_flags": list(order.caller_flags),
        "labels": list(order.labels),
        "judged": order.judged,
        "explained": order.explained,
        "state": str(order.state),
    }


def share_facts(share: Share | Any, directory: Snapshot) -> dict[str, Any]:
    """A share as conditions see it."""
    unit = directory.units[share.unit_id]
    return {
        "role": share.role,
        "round": share.round,
        "depth": share.depth,
        "unit": unit.name,
        "unit_type": unit.type,
        "unit_group": unit.ranking_group,
        "state": str(share.state),
    }
