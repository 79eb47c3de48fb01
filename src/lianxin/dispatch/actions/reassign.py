"""Giving a share to another unit, without waiting for a petition (改派)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from lianxin.ledger.deed import require
from lianxin.ledger.fields import Reason, UnitId, widget
from lianxin.ledger.verbs import verb
from lianxin.orders.about import AboutShare
from lianxin.orders.deed import Deed
from lianxin.orders.giving import beside, known_basis, not_busy, ready_unit
from lianxin.orders.verbs import Verb
from lianxin.rules.lifecycle import ShareState


class Reassignment(AboutShare):
    """To which unit instead, on what ground, and why."""

    unit: UnitId
    basis: str = Field(title="改派依据", json_schema_extra=widget("basis"))
    reason: Reason


@verb
class Reassign(Verb[Reassignment]):
    """The share ends and the other unit has it in the same act, with clocks of its own from now on.

    A unit that assists already takes the role over with the share that it has.
    """

    action = "share.reassigned"
    payload = Reassignment
    moves_clocks = True

    def check(self, deed: Deed[Reassignment]) -> None:
        payload, share = deed.payload, deed.the_share()
        require(share.depth == 0, "", "下派件由下派的单位收回，或解除承办")
        require(payload.unit != share.unit_id, "unit", "改派单位不能是现在的承办单位")
        ready_unit(deed, payload.unit, "unit", share.role)
        known_basis(deed, payload.basis)
        other = beside(deed, share, payload.unit)
        if other is None or other.role != "assist" or share.role == "assist":
            not_busy(deed, payload.unit, "unit")

    def effect(self, deed: Deed[Reassignment]) -> None:
        payload, share = deed.payload, deed.the_share()
        other = beside(deed, share, payload.unit)
        deed.finish_share(share, ShareState.WITHDRAWN, released=True)
        if other is None:
            deed.begin(payload.unit, share.role, basis=payload.basis)
            return
        deed.docket.set_role(other, share.role, deed.recorded_at)

    def concerns(self, deed: Deed[Reassignment]) -> Iterator[int | None]:
        yield from deed.ended_now()
        yield from deed.at_work()

    def tell(self, payload: Reassignment) -> tuple[str, str]:
        return "改派", payload.reason
