"""To whom an order may be given, and on what ground: asked by every verb that makes a unit answer for it."""

from __future__ import annotations

from typing import Any

from lianxin.ledger.deed import require
from lianxin.rules.serving import serves

from .deed import Deed
from .models import Share

serves("C65")


def ready_unit(deed: Deed[Any], unit: int | None, field: str, role: str = "lead") -> None:
    """Refuse a unit that is not of this centre, is out of use, is the centre itself, or handles no orders; for a
    `role` that answers for the order also a section of the house, which only assists."""
    line = deed.directory.units.get(unit or 0)
    require(line is not None and line.id != deed.directory.root.id, field, "请选择承办单位")
    assert line is not None
    require(line.active, field, f"{line.name}已停用，请改派其他单位")
    require(deed.directory.serves_as(line.id) != "body", field, f"{line.name}不承办工单，只查看向其开放的工单")
    if role != "assist":
        may_lead(deed, line.id, field)


def may_lead(deed: Deed[Any], unit: int, field: str) -> None:
    """Refuse a section of the house (机关处、科室) where somebody is to answer for the order (C65)."""
    section = deed.directory.serves_as(unit) == "section"
    require(not section, field, f"{deed.directory.units[unit].name}是机关处（科）室，只能协办，请另定主办单位")


def known_basis(deed: Deed[Any], basis: str | None) -> None:
    """Refuse a dispatch without a basis that the pack knows (A12)."""
    allowed = {known.code: known.title for known in deed.pack.basis.allowed}
    require(basis in allowed, "basis", f"请写明派单依据：{'、'.join(allowed.values())}")


def beside(deed: Deed[Any], share: Share, unit: int | None) -> Share | None:
    """The running share of `unit` that stands beside `share`, under the centre itself."""
    others = deed.docket.shares(running=True, depth=0)
    return next((other for other in others if other.unit_id == unit and other.id != share.id), None)


def not_busy(deed: Deed[Any], unit: int | None, field: str) -> None:
    """Refuse a unit that has the order already."""
    busy = any(share.unit_id == unit for share in deed.docket.shares(running=True))
    require(not busy, field, "这家单位已经在承办本工单")
