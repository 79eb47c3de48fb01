"""Showing an order to those who neither lead nor handle it (开放查看): a body, a post of it, a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import SHORTEST_REASON, Words, says_why, widget
from lianxin.ledger.verbs import verb
from lianxin.orders.deed import Deed
from lianxin.orders.models import WHAT_TITLES, Sight
from lianxin.orders.verbs import Verb
from lianxin.rules.context import ROLES
from lianxin.rules.lifecycle import OUTSIDE
from lianxin.rules.policy import Pack
from lianxin.rules.policy_who import Sights

#: At most so many at once.
MOST = 20
_ROLES = {role: title for role, title in ROLES.items() if role in OUTSIDE}
Ids = Annotated[tuple[int, ...], Field(max_length=MOST)]


class Showing(Payload):
    """To whom, why, and how much of it."""

    reason: str = Field(title="事由", max_length=16, json_schema_extra=widget("sight_reason"))
    units: Ids = Field((), title="查看单位", json_schema_extra=widget("units"))
    role: Literal["clerk", "hotline_deputy", "line_deputy", "principal", "npc_deputy"] | None = Field(
        None, title="限该单位的岗位", json_schema_extra=widget("choice", titles=_ROLES, none="不限岗位")
    )
    people: Ids = Field((), title="查看人员", json_schema_extra=widget("people"))
    #: not said: what the pack in force has for this reason
    what: Literal["progress", "text", "files"] | None = Field(
        None, title="可查看", json_schema_extra=widget("choice", titles=WHAT_TITLES, none="按事由的规定")
    )
    caller: bool = Field(False, title="一并开放诉求人")
    ground: Words = Field("", title="依据、说明")


@verb
class Show(Verb[Showing]):
    """A sight for each of them, until it is withdrawn."""

    action = "order.shown"
    payload = Showing
    decides = False
    alters = False

    def resolve(self, deed: Deed[Showing]) -> Showing:
        payload, rule = deed.payload, _sights(deed).reason(deed.payload.reason)
        known = _sights(deed).reasons
        listed = "、".join(found.title for found in known) or "现行规则包没有规定任何事由"
        require(rule is not None, "reason", f"请选择事由：{listed}")
        assert rule is not None
        return payload.model_copy(update={"what": payload.what or rule.what})

    def check(self, deed: Deed[Showing]) -> None:
        payload, rule = deed.payload, _sights(deed).reason(deed.payload.reason)
        assert rule is not None
        require(payload.units or payload.people, "units", "请选择查看单位或查看人员")
        require(payload.units or payload.role is None, "role", "限定岗位的，请选择是哪个单位的")
        if payload.caller:
            require(rule.caller, "caller", f"“{rule.title}”不能开放诉求人")
            require(says_why(payload.ground), "ground", f"开放诉求人的，请写明依据（至少 {SHORTEST_REASON} 个字）")
            require(payload.what != "progress", "caller", "只开放进度的，不能开放诉求人")
        _there(deed)
        running = {(s.to_unit_id, s.to_role, s.to_person_id, s.reason) for s in deed.docket.sights()}
        again = [to for to in _targets(payload) if (*to, payload.reason) in running]
        require(not again, "people" if again and again[0][2] else "units", "已经按这一事由开放过，请先收回再改")

    def effect(self, deed: Deed[Showing]) -> None:
        payload = deed.payload
        for unit, role, person in _targets(payload):
            deed.docket.make(
                Sight,
                reason=payload.reason,
                what=payload.what,
                caller=payload.caller,
                to_unit_id=unit,
                to_role=role,
                to_person_id=person,
                since=deed.at,
                made_entry=deed.entry_number,
            )

    def concerns(self, deed: Deed[Showing]) -> Iterator[int | None]:
        """Whoever may look at it now."""
        payload, directory = deed.payload, deed.directory
        yield from payload.people
        for post in directory.posts.values():
            if post.unit in payload.units and payload.role in (None, post.role):
                yield directory.holder(post.id, deed.at)

    def tell(self, payload: Showing) -> tuple[str, str]:
        extent = f"{WHAT_TITLES[payload.what or 'progress']}{'、诉求人' if payload.caller else ''}"
        return f"开放查看（{extent}）", payload.ground

    def tell_under(self, payload: Showing, pack: Pack) -> tuple[str, str]:
        told, ground = self.tell(payload)
        return f"{told}：{pack.sight.title(payload.reason)}", ground


def _targets(payload: Showing) -> list[tuple[int | None, str, int | None]]:
    """(unit, role, person) of each sight that is asked for."""
    units = [(unit, payload.role or "", None) for unit in dict.fromkeys(payload.units)]
    return [*units, *((None, "", person) for person in dict.fromkeys(payload.people))]


def _there(deed: Deed[Showing]) -> None:
    """Units in use besides the centre, people in service."""
    directory = deed.directory
    for unit in deed.payload.units:
        line = directory.units.get(unit)
        good = line is not None and line.active and directory.serves_as(unit) in ("body", "unit")
        require(good, "units", "请从列表中选择在用的单位，中心自己不用开放")
    for person in deed.payload.people:
        who = directory.staff.get(person)
        require(who is not None and who.active, "people", "有的人员已停用，请从列表中选择")


def _sights(deed: Deed[Any]) -> Sights:
    """The section of the pack in force today: rights are its word, not that of the order's own."""
    pack = deed.directory.pack_now
    return pack.sight if pack else Sights(reasons=(), recused_by=(), recusal_lifted_by=())
