"""To whom an order may be given, and on what ground: asked by every verb that makes a unit answer for it."""

from __future__ import annotations

from typing import Any

from lianxin.ledger.deed import require

from .deed import Deed
from .models import Share


def ready_unit(deed: Deed[Any], unit: int | None, field: str) -> None:
    """Refuse a unit that is not of this centre, is out of use, is the centre itself, or handles no orders."""
    line = deed.directory.units.get(unit or 0)
    require(line is not None and line.id != deed.directory.root.id, field, "请选择承办单位")
    assert line is not None
    require(line.active, field, f"{line.name}已停用，请改派其他单位")
    require(deed.directory.serves_as(line.id) != "body", field, f"{line.name}不承办工单，只查看向其开放的工单")


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
