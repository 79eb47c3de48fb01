"""Receiving work and passing it on inside (签收、下派、转经办人)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lianxin.ledger.deed import require
from lianxin.ledger.fields import Reason, StaffId, UnitId, Words
from lianxin.ledger.verbs import verb
from lianxin.orders.about import AboutShare
from lianxin.orders.deed import Deed
from lianxin.orders.giving import not_busy
from lianxin.orders.models import Share
from lianxin.orders.verbs import Verb
from lianxin.rules.lifecycle import HANDED_DOWN, ShareState


class Signing(AboutShare):
    """Nothing but which share."""


@verb
class Sign(Verb[Signing]):
    """The unit has received the order (B09); the clerk who signs answers for it by name (A32)."""

    action = "share.signed"
    payload = Signing
    alters = False
    decides = False

    def effect(self, deed: Deed[Signing]) -> None:
        share = deed.the_share()
        share.signed_at = deed.at
        if deed.actor.role == "clerk" and deed.actor.staff is not None and deed.actor.post is not None:
            share.holder_id, share.holder_post_id = deed.actor.staff, deed.actor.post


class Delegation(AboutShare):
    """To a unit below."""

    unit: UnitId
    note: Words = ""


@verb
class Delegate(Verb[Delegation]):
    """Hands the work down one level (下派); the unit itself stays responsible to the centre."""

    action = "share.delegated"
    payload = Delegation

    def check(self, deed: Deed[Delegation]) -> None:
        share, unit = deed.the_share(), deed.directory.units.get(deed.payload.unit)
        below = unit is not None and unit.active and unit.parent == share.unit_id
        require(below, "unit", "只能下派给本单位直接下属的单位")
        require(share.depth < HANDED_DOWN, "unit", f"已经下派了 {HANDED_DOWN} 层，不能再往下派")
        not_busy(deed, deed.payload.unit, "unit")

    def effect(self, deed: Deed[Delegation]) -> None:
        share = deed.the_share()
        deed.begin(deed.payload.unit, "assist", basis=share.basis, parent=share)

    def tell(self, payload: Delegation) -> tuple[str, str]:
        return "下派", payload.note


class TakingBack(AboutShare):
    """From which unit below, and why."""

    unit: UnitId
    reason: Reason


@verb
class TakeBack(Verb[TakingBack]):
    """What was handed down comes back (收回下派): the unit below is rid of it."""

    action = "share.taken_back"
    payload = TakingBack

    def check(self, deed: Deed[TakingBack]) -> None:
        require(_below(deed), "unit", "本件没有下派给这家单位")

    def effect(self, deed: Deed[TakingBack]) -> None:
        for share in _below(deed):
            deed.finish_share(share, ShareState.WITHDRAWN)

    def concerns(self, deed: Deed[TakingBack]) -> Iterator[int | None]:
        return deed.ended_now()

    def tell(self, payload: TakingBack) -> tuple[str, str]:
        return "收回下派", payload.reason


def _below(deed: Deed[TakingBack]) -> list[Share]:
    shares, unit = deed.docket.shares(running=True), deed.payload.unit
    return [share for share in shares if share.parent_id == deed.the_share().id and share.unit_id == unit]


class Transfer(AboutShare):
    """To a colleague of the same unit."""

    to: StaffId
    note: Words = ""


def colleague(deed: Deed[Any], field: str = "to") -> None:
    """Refuse anyone who does not serve in the share's unit."""
    person, share = deed.directory.staff.get(deed.payload.to), deed.the_share()
    inside = person is not None and person.active and person.unit == share.unit_id
    require(inside, field, "请选择本单位在岗的人员")


@verb
class TransferHolder(Verb[Transfer]):
    """Another person of the unit answers for the order from now on: one name at any time (A32)."""

    action = "share.transferred"
    payload = Transfer

    def check(self, deed: Deed[Transfer]) -> None:
        colleague(deed)

    def effect(self, deed: Deed[Transfer]) -> None:
        deed.the_share().holder_id = deed.payload.to

    def tell(self, payload: Transfer) -> tuple[str, str]:
        return "转交经办人", payload.note
