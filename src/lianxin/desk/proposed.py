"""What the dispatch catalogue proposes, on the desk: beside an order, taken by one key, and for many orders at once."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict

from lianxin.directory.snapshot import Snapshot
from lianxin.dispatch.catalogue import sheet
from lianxin.dispatch.catalogue.proposing import Asked, Proposal, basis_words, payload, propose
from lianxin.orders.models import Appeal, Order, Share
from lianxin.orders.models.share import ROLE_TITLES
from lianxin.rules.policy import Pack

from .dossier import Dossier

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


def beside(dossier: Dossier) -> list[Shown]:
    """What is proposed for the order of a page, the best first."""
    order = dossier.order
    found = propose(dossier.directory, [asked(order, order.appeal)], dossier.seat.now)[order.pk]
    returned = {share.unit_id for share in dossier.shares if share.outcome == "returned"}
    return [_shown(dossier.directory, dossier.seat.pack, each, n, returned) for n, each in enumerate(found, 1)]


def asked(order: Order, appeal: Appeal) -> Asked:
    """The order as the catalogue is asked for it."""
    return Asked(order.pk, order.category_id, order.area_id, f"{appeal.title}\n{appeal.text}")


def _shown(directory: Snapshot, pack: Pack, proposal: Proposal, number: int, returned: Container[int]) -> Shown:
    line = proposal.line
    against = proposal.unfit
    if line.lead_id is not None and line.lead_id in returned:
        against = against or "这家单位已退回过本工单"
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
    found = next((each for each in beside(dossier) if each.code == code and each.takes), None)
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
@dataclass(frozen=True, slots=True)
class Row:
    """An order of a batch: what is clearly proposed for it, or why it is left to a person."""

    order: Order
    best: Shown | None
    why_not: str


def rows(directory: Snapshot, pack: Pack, orders: list[Order], at: datetime) -> list[Row]:
    """What is proposed for each of these; their appeals are read already."""
    found = propose(directory, [asked(order, order.appeal) for order in orders], at)
    back = set(Share.objects.filter(order__in=orders, outcome="returned").values_list("order", "unit"))
    made = []
    for order in orders:
        returned = {unit for pk, unit in back if pk == order.pk}
        shown = [_shown(directory, pack, each, 1, returned) for each in found[order.pk][:1]]
        best = shown[0] if shown and shown[0].proposal.clear and not shown[0].against else None
        made.append(Row(order, best, "" if best else _why_left(shown)))
    return made


def _why_left(shown: list[Shown]) -> str:
    """Why an order of a batch is left to a person."""
    if not shown:
        return "目录中没有"
    return shown[0].against or "有几条都可能，请逐件确定"
