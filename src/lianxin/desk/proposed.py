"""What the dispatch catalogue proposes, on the desk: beside an order, taken by one key, and for many orders at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from lianxin.directory.snapshot import Snapshot
from lianxin.dispatch.catalogue import sheet
from lianxin.dispatch.catalogue.proposing import Asked, Proposal, basis_words, payload, propose
from lianxin.orders.models import Appeal, Order
from lianxin.orders.models.share import ROLE_TITLES
from lianxin.rules.policy import Pack

from .clocks import Chip, due_chip
from .dossier import Dossier
from .refused import Refusal, of_orders
from .seats import Seat

DISPATCH = "order.dispatched"


@dataclass(frozen=True, slots=True)
class Shown:
    """A proposal as it stands beside an order: to whom, why, on what ground; `key` takes it."""

    proposal: Proposal
    key: str
    given: str
    why: str
    basis: str
    limit: str
    #: what speaks against it: it cannot be taken, or that unit has sent this order back
    against: str

    @property
    def code(self) -> str:
        return self.proposal.line.code

    @property
    def takes(self) -> bool:
        return not self.proposal.unfit


def beside(dossier: Dossier) -> tuple[list[Shown], list[Refusal]]:
    """What is proposed for the order of a page, the best first, and who would not have it."""
    order = dossier.order
    found = propose(dossier.directory, [asked(order, order.appeal)], dossier.seat.now)[order.pk]
    refusals = of_orders(dossier.directory, dossier.seat.pack, [order])[order.pk]
    shown = [_shown(dossier.directory, dossier.seat.pack, each, n, refusals) for n, each in enumerate(found, 1)]
    return shown, refusals


def asked(order: Order, appeal: Appeal) -> Asked:
    """The order as the catalogue is asked for it."""
    return Asked(order.pk, order.category_id, order.area_id, f"{appeal.title}\n{appeal.text}")


def _shown(directory: Snapshot, pack: Pack, proposal: Proposal, number: int, refusals: Iterable[Refusal]) -> Shown:
    line = proposal.line
    against = proposal.unfit
    back = next((each for each in refusals if each.unit is not None and each.unit == line.lead_id), None)
    if back is not None:
        against = against or f"这家单位已退回过本工单：{back.what}"
    return Shown(
        proposal,
        str(number),
        units_of(directory, proposal.shares()) if line.lead_id else "",
        _why(directory, proposal),
        basis_words(line, pack),
        sheet.show_limit(line.limit),
        against,
    )


def units_of(directory: Snapshot, shares: Iterable[dict[str, Any]]) -> str:
    """`住建局主办、大店镇协办`."""
    named = ((directory.units.get(share["unit"] or 0), ROLE_TITLES[share["role"]]) for share in shares)
    return "、".join(f"{unit.short_name or unit.name}{role}" for unit, role in named if unit)


def _why(directory: Snapshot, proposal: Proposal) -> str:
    """`类别“小区管理”，区域“大店镇”，提到“车位”`."""
    line = proposal.line
    category = directory.categories.get(line.category_id)
    parts = [f"类别“{category.name}”"] if category else []
    if line.area_id is not None and line.area_id in directory.areas:
        parts.append(f"区域“{directory.areas[line.area_id].name}”")
    if proposal.hits:
        parts.append(f"提到“{'”“'.join(proposal.hits)}”")
    elif line.words:
        parts.append("没有提到其关键词")
    return "，".join(parts)


def item(data: QueryDict) -> str:
    """The item of the catalogue that the form is about: just taken, or taken before; "" for none."""
    return (data.get("take") or data.get("item") or "").replace("\x00", "")


def taken(dossier: Dossier, data: QueryDict) -> QueryDict:
    """The form as posted, with the proposal in it whose code the button says; unchanged where there is none such."""
    if not (code := data.get("take", "")):
        return data
    found = next((each for each in beside(dossier)[0] if each.code == code and each.takes), None)
    if found is None:
        return data
    said = payload(found.proposal, dossier.seat.pack)
    filled = data.copy()
    names = dossier.directory.units
    filled.setlist("shares_unit", [names[share["unit"]].name for share in said["shares"]])
    filled.setlist("shares_role", [share["role"] for share in said["shares"]])
    filled["basis"], filled["basis_text"] = said["basis"], said["basis_text"]
    return filled


# --- many at once ---------------------------------------------------------------------------------
#: The lanes of the dispatcher's desk, in the order in which they are worked through.
LANES = {
    "urgent": "紧急",
    "again": "退回、撤回后再派",
    "clear": "目录明确",
    "open": "须逐件确定",
}
#: So many proposals of an order stand there; all of them on its own page.
FEW = 3


@dataclass(frozen=True, slots=True)
class Row:
    """An order that waits: its limit, what is proposed for it and which of it is clear, and who would not have it.

    `ticked`: it goes with the others; `picked`: the code chosen for it.
    """

    order: Order
    lane: str
    chip: Chip | None
    about: str
    shown: list[Shown]
    best: Shown | None
    why_not: str
    refusals: list[Refusal]
    ticked: bool
    picked: str

    def chosen(self, code: str) -> Shown | None:
        """The proposal of this code, if it can be taken."""
        return next((each for each in self.shown if each.code == code and each.takes), None)


def rows(seat: Seat, orders: list[Order], said: QueryDict | None = None) -> list[Row]:
    """Each of these with what is proposed for it, as it was ticked and picked in `said`, or those that are clear
    ticked; their appeals and warnings (`warn_at`) are read already."""
    directory, pack = seat.directory, seat.pack
    found = propose(directory, [asked(order, order.appeal) for order in orders], seat.now)
    back = of_orders(directory, pack, orders)
    made = []
    for order in orders:
        refusals = back.get(order.pk, [])
        shown = [_shown(directory, pack, each, n, refusals) for n, each in enumerate(found[order.pk][:FEW], 1)]
        made.append(_row(seat, order, shown, refusals, said))
    return made


def _row(seat: Seat, order: Any, shown: list[Shown], refusals: list[Refusal], said: QueryDict | None) -> Row:
    best = shown[0] if shown and shown[0].proposal.clear and not shown[0].against else None
    chip = due_chip(order.due_at, order.warn_at, seat.now, seat.calendar) if order.due_at else None
    return Row(
        order=order,
        lane=_lane(order, best, refusals),
        chip=chip,
        about=_about(seat.directory, order),
        shown=shown,
        best=best,
        why_not="" if best else _why_left(shown),
        refusals=refusals,
        ticked=best is not None if said is None else str(order.pk) in said.getlist("order"),
        picked=said.get(f"item-{order.pk}", "") if said is not None else "",
    )


def _lane(order: Order, best: Shown | None, refusals: list[Refusal]) -> str:
    if order.urgency == "urgent":
        return "urgent"
    if refusals:
        return "again"
    return "clear" if best else "open"


def _about(directory: Snapshot, order: Order) -> str:
    """`小区管理，大店镇`."""
    category, area = directory.categories.get(order.category_id or 0), directory.areas.get(order.area_id or 0)
    return "，".join(each.name for each in (category, area) if each)


def _why_left(shown: list[Shown]) -> str:
    """Why an order of a batch is left to a person."""
    if not shown:
        return "目录中没有"
    return shown[0].against or "有几条都可能，请逐件确定"
