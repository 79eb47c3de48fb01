"""Promised, not solved yet (承诺件, B14): the order stands with its unit until the date promised to the caller.

The proceeding `promise` brings this about when the centre agrees to it, and takes it back when the centre drops it;
nobody else does either.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.fields import widget
from lianxin.ledger.models import Clock
from lianxin.ledger.verbs import verb
from lianxin.orders.deed import Deed
from lianxin.orders.recount import GIVEN, as_ruled
from lianxin.orders.verbs import Verb
from lianxin.rules import deadlines
from lianxin.rules.worktime import show_due

#: The limits by which an order must be done with: what comes before (signing in, the first contact) is not put off.
PUT_OFF = ("handle", "resubmit", "total")
SUSPENDED, PLANNED = "order.suspended", "order.planned"


class Suspension(Payload):
    """By which promise, until when, and whose word it is; of its limits the ledger fills in when they warn."""

    promise: str
    due: datetime
    person: int
    warn_at: AwareDatetime | None = Field(None, json_schema_extra=widget("none"))


@verb
class Suspend(Verb[Suspension]):
    """Its limits are due on the promised day, unless they are later; the promise itself becomes a duty of the pack
    (event ``promised``)."""

    action = SUSPENDED
    payload = Suspension

    def resolve(self, deed: Deed[Suspension]) -> Suspension:
        put_off = list(_put_off(deed))
        rule = deed.pack.clock_like(put_off[0].rule, put_off[0].kind) if put_off else None
        calendar = deed.outside().calendar
        warn = deadlines.warn_at(rule, put_off[0].start, deed.payload.due, calendar) if rule else None
        return deed.payload.model_copy(update={"warn_at": warn})

    def effect(self, deed: Deed[Suspension]) -> None:
        payload = deed.payload
        for clock in _put_off(deed):
            deed.docket.extend(clock, payload.due, payload.warn_at, deed.at, deed.recorded_at, workdays=0, cause=GIVEN)

    def concerns(self, deed: Deed[Suspension]) -> Iterator[int | None]:
        yield deed.payload.person
        yield from deed.at_work()

    def tell(self, payload: Suspension) -> tuple[str, str]:
        return f"列为承诺件 {payload.promise}，承诺于{show_due(payload.due)}前办理完毕", ""


def _put_off(deed: Deed[Suspension]) -> Iterator[Clock]:
    return (clock for clock in _limits(deed) if clock.due < deed.payload.due)


def _limits(deed: Deed[Any]) -> Iterator[Clock]:
    running = (clock for clock in deed.docket.running_clocks() if clock.task_id is None)
    return (clock for clock in running if clock.kind in PUT_OFF)


class Back(BaseModel):
    """A limit as the rules have it again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    clock: int
    due: AwareDatetime
    warn_at: AwareDatetime | None
    counted_from: AwareDatetime | None


class Resumption(Payload):
    """Which promise was dropped; the ledger fills in the limits that come back, and the duties that go with it."""

    promise: str
    back: tuple[Back, ...] = Field((), json_schema_extra=widget("none"))
    tasks: tuple[int, ...] = Field((), json_schema_extra=widget("none"))


@verb
class Resume(Verb[Resumption]):
    """Its limits are those of the rules again; whoever lost the promise is not late before he could know."""

    action = "order.resumed"
    payload = Resumption

    def resolve(self, deed: Deed[Resumption]) -> Resumption:
        given = [clock for clock in _limits(deed) if clock.cause == GIVEN]
        lines = ((clock.id, *as_ruled(clock, deed)) for clock in given)
        back = tuple(Back(clock=pk, due=due, warn_at=warn, counted_from=since) for pk, due, warn, since in lines)
        named = {SUSPENDED: "promise", PLANNED: "meeting"}
        entries = {entry.number: entry.payload[named[entry.action]] for entry in deed.said(*named)}
        mine = (task for task in deed.docket.open_tasks() if entries.get(task.made_entry) == deed.payload.promise)
        return deed.payload.model_copy(update={"back": back, "tasks": tuple(task.id for task in mine)})

    def effect(self, deed: Deed[Resumption]) -> None:
        clocks = deed.docket.clocks
        for line in deed.payload.back:
            clock = clocks[line.clock]
            when = (line.due, line.warn_at, deed.at, deed.recorded_at)
            deed.docket.move(clock, *when, rule=clock.rule, cause="rule", counted_from=line.counted_from)
        for task in deed.payload.tasks:
            deed.docket.finish(deed.docket.tasks[task], deed.at, "cancelled")

    def concerns(self, deed: Deed[Resumption]) -> Iterator[int | None]:
        yield from deed.at_work()

    def tell(self, payload: Resumption) -> tuple[str, str]:
        return f"承诺件 {payload.promise} 已取消，恢复原来的办理时限", ""
