"""Verbs of the book itself: what clocks do, and looking at a caller's number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pydantic import Field

from lianxin.rules.lifecycle import UNIT, AssignmentState

from .acts import Payload
from .case import Case, require
from .fields import Reason
from .models import Clock
from .verbs import Verb, verb


class Ringing(Payload):
    """Which clocks of the order reached their warning or due time."""

    clocks: tuple[int, ...] = Field(min_length=1)


class Ring(Verb[Ringing]):
    """What warning and breach have in common."""

    def ripe(self, clock: Clock, at: datetime) -> bool:
        """Whether this running clock is to be rung at `at`: its time has come, and nobody has rung it yet."""
        raise NotImplementedError

    def resolve(self, case: Case[Ringing]) -> Ringing:
        """Only what is still to be rung: another sweep, a reply or an extension may have come before us."""
        running = {clock.id: clock for clock in case.docket.running_clocks()}
        ripe = tuple(c for c in case.payload.clocks if c in running and self.ripe(running[c], case.at))
        require(ripe, "clocks", "这些时限已经处理过")
        return case.payload.model_copy(update={"clocks": ripe})

    def concerns(self, case: Case[Ringing]) -> Iterator[int | None]:
        """Who answers for what is late: who must decide a petition, the auditor of what has been replied, the holder
        of what has not, else the owner of the order."""
        docket = case.docket
        for clock_id in case.payload.clocks:
            clock = docket.clocks[clock_id]
            task, share = docket.tasks.get(clock.task_id or 0), docket.assignments.get(clock.assignment_id or 0)
            if task is not None:
                yield _holder(case, task.unit_id, task.post_role)
            elif share is None:
                yield case.order.owner_person_id
            elif share.state == AssignmentState.REPLIED and (share.unit_audited_at or not case.pack.reply.unit_audit):
                yield _holder(case, case.book.root.id, "auditor")
            else:
                yield share.holder_id


def _holder(case: Case[Ringing], unit: int, role: str) -> int | None:
    """Who holds that post now; nobody where it is vacant."""
    posts = case.book.posts_at(unit, role)
    return next((person for post in posts if (person := case.book.holder(post.id, case.at))), None)


@verb
class Warn(Ring):
    """The yellow card: the owner is told before it is too late."""

    action = "clock.warned"
    payload = Ringing

    def ripe(self, clock: Clock, at: datetime) -> bool:
        return clock.warn_at is not None and clock.warned_at is None and clock.warn_at <= at < clock.due

    def effect(self, case: Case[Ringing]) -> None:
        for clock_id in case.payload.clocks:
            clock = case.docket.clocks[clock_id]
            clock.warned_at = case.at
            clock.next_at = None if case.order.marked_clock else clock.due
            case.docket.touch(clock)


@verb
class Breach(Ring):
    """The red card: the due time is past.  The clock runs on until it is met, late."""

    action = "clock.breached"
    payload = Ringing

    def ripe(self, clock: Clock, at: datetime) -> bool:
        return clock.breached_at is None and clock.due <= at

    def effect(self, case: Case[Ringing]) -> None:
        for clock_id in case.payload.clocks:
            clock = case.docket.clocks[clock_id]
            clock.breached_at, clock.next_at = clock.due, None
            case.docket.touch(clock)


class Unmarking(Payload):
    """Nothing but that it happens."""


@verb
class Unmark(Verb[Unmarking]):
    """Importer or simulator hands the order over to the wall clock: the sweep watches its clocks from now on."""

    action = "order.unmarked"
    payload = Unmarking

    def effect(self, case: Case[Unmarking]) -> None:
        case.order.marked_clock = False
        for clock in case.docket.running_clocks():
            warn = clock.warn_at if clock.warned_at is None else None
            clock.next_at = None if clock.breached_at else (warn or clock.due)
            case.docket.touch(clock)


class Unmasking(Payload):
    """Why the caller's number must be seen (C62)."""

    reason: Reason


@verb
class Unmask(Verb[Unmasking]):
    """Changes nothing; that it was looked at is on record."""

    action = "caller.unmasked"
    payload = Unmasking

    def check(self, case: Case[Unmasking]) -> None:
        if case.actor.role not in UNIT:
            return
        require(not case.order.confidential, "", "诉求人要求保密，请通过热线转接联系")
        given = [s for s in case.docket.shares() if s.unit_id == case.actor.unit]
        ours = any(s.state not in (AssignmentState.RETURNED, AssignmentState.WITHDRAWN) for s in given)
        require(ours, "", "本单位已不承办这件工单，不能查看诉求人号码")

    def effect(self, case: Case[Unmasking]) -> None:
        """Nothing to change."""

    def tell(self, payload: Unmasking) -> tuple[str, str]:
        return "查看诉求人号码", payload.reason
