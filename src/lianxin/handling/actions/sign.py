"""Receiving work and passing it on inside (签收、下派、转经办人)."""

from __future__ import annotations

from lianxin.orders.about import AboutShare
from lianxin.orders.case import Case, require
from lianxin.orders.fields import StaffId, UnitId, Words
from lianxin.orders.giving import not_busy
from lianxin.orders.verbs import Verb, verb


class Signing(AboutShare):
    """Nothing but which share."""


@verb
class Sign(Verb[Signing]):
    """The unit has received the order (B09); the clerk who signs answers for it by name (A32)."""

    action = "assignment.signed"
    payload = Signing

    def effect(self, case: Case[Signing]) -> None:
        share = case.the_share()
        share.signed_at = case.at
        if case.actor.role == "clerk" and case.actor.staff is not None and case.actor.post is not None:
            share.holder_id, share.holder_post_id = case.actor.staff, case.actor.post


class Delegation(AboutShare):
    """To a unit below."""

    unit: UnitId
    note: Words = ""


@verb
class Delegate(Verb[Delegation]):
    """Hands the work down one level (下派); the unit itself stays responsible to the centre."""

    action = "assignment.delegated"
    payload = Delegation

    def check(self, case: Case[Delegation]) -> None:
        share, unit = case.the_share(), case.book.units.get(case.payload.unit)
        below = unit is not None and unit.active and unit.parent == share.unit_id
        require(below, "unit", "只能下派给本单位直接下属的单位")
        not_busy(case, case.payload.unit, "unit")

    def effect(self, case: Case[Delegation]) -> None:
        share = case.the_share()
        case.begin(case.payload.unit, "assist", basis=share.basis, parent=share)

    def tell(self, payload: Delegation) -> tuple[str, str]:
        return "下派", payload.note


class Transfer(AboutShare):
    """To a colleague of the same unit."""

    to: StaffId
    note: Words = ""


def colleague(case: Case[Transfer], field: str = "to") -> None:
    """Refuse anyone who does not serve in the share's unit."""
    person, share = case.book.staff.get(case.payload.to), case.the_share()
    inside = person is not None and person.active and person.unit == share.unit_id
    require(inside, field, "请选择本单位在岗的人员")


@verb
class TransferHolder(Verb[Transfer]):
    """Another person of the unit answers for the order from now on: one name at any time (A32)."""

    action = "assignment.transferred"
    payload = Transfer

    def check(self, case: Case[Transfer]) -> None:
        colleague(case)

    def effect(self, case: Case[Transfer]) -> None:
        case.the_share().holder_id = case.payload.to

    def tell(self, payload: Transfer) -> tuple[str, str]:
        return "转交经办人", payload.note
