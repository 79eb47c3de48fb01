"""Who leads and who assists (调整主协办), and letting a unit go that is not needed (解除承办)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from lianxin.ledger.deed import require
from lianxin.ledger.fields import Reason, widget
from lianxin.ledger.verbs import verb
from lianxin.orders.about import AboutShare
from lianxin.orders.deed import Deed
from lianxin.orders.giving import may_lead
from lianxin.orders.models import Share
from lianxin.orders.models.share import ROLE_TITLES
from lianxin.orders.verbs import Verb
from lianxin.rules.lifecycle import ShareState

TITLES = {name: ROLE_TITLES[name] for name in ("lead", "assist")}


class RoleChange(AboutShare):
    """What the share is from now on, and why."""

    role: Literal["lead", "assist"] = Field(title="调整为", json_schema_extra=widget("choice", titles=TITLES))
    reason: Reason


def _leads(deed: Deed[RoleChange] | Deed[Release]) -> list[Share]:
    return [share for share in deed.docket.shares(running=True, depth=0) if share.role != "assist"]


def _assists(deed: Deed[RoleChange]) -> list[Share]:
    return [share for share in deed.docket.shares(running=True, depth=0) if share.role == "assist"]


@verb
class ChangeRole(Verb[RoleChange]):
    """An order has one lead (or two, 双派): whoever becomes lead changes places with the one that was."""

    action = "share.role_changed"
    payload = RoleChange
    moves_clocks = True

    def check(self, deed: Deed[RoleChange]) -> None:
        share, role = deed.the_share(), deed.payload.role
        require(share.depth == 0, "", "下派件没有主协办之分")
        require(share.role != role, "role", f"这家单位现在就是{ROLE_TITLES[role]}")
        leads = _leads(deed)
        if role == "lead":
            may_lead(deed, share.unit_id, "role")
            require(len(leads) == 1 or share in leads, "role", "双派工单请先解除其中一家，再调整主协办")
            require(share not in leads, "role", "双派工单请解除另一家，本单位即为主办")
            busy = any(lead.state == ShareState.REPLIED for lead in leads)
            require(not busy, "role", "主办单位的答复正在审核，请先审核或退回，再调整主协办")
            return
        if len(leads) == 1:
            one = len(_assists(deed)) == 1
            require(one, "role", "请对接替的协办单位选择“主办”，原主办单位即转为协办")
            may_lead(deed, _assists(deed)[0].unit_id, "role")

    def effect(self, deed: Deed[RoleChange]) -> None:
        share = deed.the_share()
        others = [lead for lead in _leads(deed) if lead.id != share.id]
        if deed.payload.role == "lead":
            _set(deed, others, "assist")
        else:
            _set(deed, others or _assists(deed)[:1], "lead")
        deed.docket.set_role(share, deed.payload.role, deed.recorded_at)

    def concerns(self, deed: Deed[RoleChange]) -> Iterator[int | None]:
        return deed.at_work()

    def tell(self, payload: RoleChange) -> tuple[str, str]:
        return f"调整为{ROLE_TITLES[payload.role]}", payload.reason


def _set(deed: Deed[RoleChange] | Deed[Release], shares: list[Share], role: str) -> None:
    for share in shares:
        deed.docket.set_role(share, role, deed.recorded_at)


class Release(AboutShare):
    """Why it is not needed."""

    reason: Reason


@verb
class ReleaseShare(Verb[Release]):
    """An assisting unit goes; of two that lead together one goes and the other leads alone."""

    action = "share.released"
    payload = Release
    moves_clocks = True

    def check(self, deed: Deed[Release]) -> None:
        share = deed.the_share()
        alone = share.role != "assist" and len(_leads(deed)) == 1
        require(not alone, "", "这是唯一的主办单位，请用“改派”或“撤回派单”")

    def effect(self, deed: Deed[Release]) -> None:
        share = deed.the_share()
        deed.finish_share(share, ShareState.WITHDRAWN, released=True)
        left = _leads(deed)
        if share.role == "dual" and len(left) == 1:
            _set(deed, left, "lead")

    def concerns(self, deed: Deed[Release]) -> Iterator[int | None]:
        yield from deed.ended_now()
        yield from deed.at_work()

    def tell(self, payload: Release) -> tuple[str, str]:
        return "解除承办", payload.reason
