"""Verbs of the book itself: what clocks do, and looking at a caller's number."""

from __future__ import annotations

from pydantic import Field

from lianxin.rules.lifecycle import UNIT

from .acts import Payload
from .case import Case, require
from .fields import Reason
from .verbs import Verb, verb


class Ringing(Payload):
    """Which clocks of the order reached their warning or due time."""

    clocks: tuple[int, ...] = Field(min_length=1)


@verb
class Warn(Verb[Ringing]):
    """The yellow card: the owner is told before it is too late."""

    action = "clock.warned"
    payload = Ringing

    def effect(self, case: Case[Ringing]) -> None:
        for clock_id in case.payload.clocks:
            clock = case.docket.clocks[clock_id]
            clock.warned_at = case.at
            clock.next_at = None if case.order.marked_clock else clock.due
            case.docket.touch(clock)


@verb
class Breach(Verb[Ringing]):
    """The red card: the due time is past.  The clock runs on until it is met, late."""

    action = "clock.breached"
    payload = Ringing

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
        hidden = case.order.confidential and case.actor.role in UNIT
        require(not hidden, "", "诉求人要求保密，请通过热线转接联系")

    def effect(self, case: Case[Unmasking]) -> None:
        """Nothing to change."""

    def tell(self, payload: Unmasking) -> tuple[str, str]:
        return "查看诉求人号码", payload.reason
