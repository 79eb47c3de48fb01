"""The cast of every test: a centre, its units, and the people who work there.

Two centres, so that a test can always try a stranger; three handling units, so that it can try the wrong one.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from tests.kept import kept

from lianxin.directory import snapshot
from lianxin.directory.founding import found
from lianxin.directory.models import Area, Centre, Post, Staff, Unit
from lianxin.directory.trees import plant
from lianxin.ledger.acts import Act, Actor
from lianxin.ledger.door import Recorded, record
from lianxin.ledger.models import Task
from lianxin.orders.models import Order, Share
from lianxin.rules.chain import LINKS
from lianxin.rules.worktime import SHANGHAI

#: Packs whose text is the same in every test.
SHIPPED = ("base", "junan-2021", "zhoucun-2019", "jinan-cg")
CENTRE_POSTS = ["agent", "dispatcher", "auditor", "callback", "supervisor", "analyst", "leader", "admin", "patrol"]
UNIT_POSTS = ["clerk", "hotline_deputy", "principal"]
#: Who serves at a body.
BODY_POSTS = ("npc_deputy", "clerk", "principal")


def shanghai(text: str) -> datetime:
    """`2026-11-18 09:00` in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@dataclass
class Cast:
    """People and units of one centre, and the acts they take in a test."""

    centre: Centre
    units: dict[str, Unit] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    staff: dict[str, Staff] = field(default_factory=dict)
    _keys: Any = field(default_factory=lambda: itertools.count(1))

    def actor(self, who: str) -> Actor:
        """`agent`, or `clerk@town` for a unit's post; `system`."""
        if who == "system":
            return Actor.system(self.centre.pk)
        post = self.posts[who]
        return Actor(post.role, self.centre.pk, post.holder_a_id, post.pk, post.unit_id)

    def do(self, who: str, verb: str, order: int | None, at: datetime, /, **payload: Any) -> Recorded:
        """One act, on a marked clock, so that a test can play in any year."""
        return record(Act(verb, self.actor(who), at, payload, order=order, recorded_at=at))

    def register(self, at: datetime, /, **payload: Any) -> Order:
        """A request taken by the agent."""
        return Order.objects.get(pk=self.do("agent", "order.registered", None, at, **request(**payload)).order)

    def dispatch(self, order: Order, at: datetime, *units: str, signed_off: bool = True, **more: Any) -> list[Share]:
        """To the first unit as lead, the others assisting; signed off at once where the pack wants that (D21)."""
        shares = [{"unit": self.units[u].pk, "role": "assist" if n else "lead"} for n, u in enumerate(units)]
        self.do("dispatcher", "order.dispatched", order.pk, at, **{"shares": shares, "basis": "duty_list", **more})
        if signed_off:
            self.sign_off(order, at)
        return list(Share.objects.filter(order=order).order_by("pk"))

    def post(self, key: str, unit: str, role: str, name: str = "") -> None:
        """A post more, with A and B; `section_head@town`."""
        _post(self, key, self.units[unit], role, name)

    def sign_off(self, order: Order, at: datetime, *, marked: bool = True) -> None:
        """The heads of the units sign off whatever waits for it; `marked`: on a clock of the test's own."""
        names = {unit.pk: name for name, unit in self.units.items()}
        for task in Task.objects.filter(order=order, kind="sign_off", done_at=None):
            found = Post.objects.filter(unit=task.unit_id, holder_a__isnull=False).order_by("-pk")
            held = ((link, found.filter(role__in=LINKS[link].roles).first()) for link in LINKS)
            named = {link: post.holder_a_id for link, post in held if post is not None}
            about = {"share": task.share_id, "opinion": "请按分工办理。", **named}
            actor, recorded = self.actor(f"principal@{names[task.unit_id]}"), at if marked else None
            record(Act("share.signed_off", actor, at, about, order=order.pk, recorded_at=recorded))

    def look_into(self, order: Order, at: datetime, *, marked: bool = True) -> None:
        """Whoever must have looked into it before the centre passes a reply has done so (D28, D30)."""
        pack = snapshot.of(self.centre.pk).pack(at)
        for task in Task.objects.filter(order=order, done_at=None).select_related("holder"):
            rule = pack.task(task.rule)
            if rule is None or "share.passed" not in rule.before or rule.ends_with or task.holder is None:
                continue
            elements = ["各环节均按时限办理，没有敷衍。" for _ in rule.elements]
            said = {"task": task.pk, "elements": elements, "outcome": rule.outcomes[-1].code if rule.outcomes else ""}
            post = Post.objects.filter(unit=task.unit_id, role=task.post_role).earliest("pk")
            actor = Actor(post.role, self.centre.pk, task.holder.pk, post.pk, post.unit_id)
            record(Act("task.done", actor, at, said, order=order.pk, recorded_at=at if marked else None))


def request(**changes: Any) -> dict[str, Any]:
    """A registration's payload with changes."""
    payload: dict[str, Any] = {
        "channel": "phone",
        "source": "city",
        "cls": "help",
        "title": "柳岸花园 3 号楼暖气不热",
        "text": "来电人反映家中室温只有 14℃，请求检修。",
        "requests": ["检修暖气，室温达到 18℃ 以上"],
        "caller": {"name": "刘素芬", "phone": "13900002086"},
        "told": "已告知诉求人由承办单位办理，并将回访。",
    }
    return payload | changes


#: Type and ranking group of each unit.
KINDS = {
    "town": ("town", "town"),
    "bureau": ("department", "department"),
    "heat": ("department", "department"),
    "village": ("community", ""),
}


def make_cast(code: str = "junan", pack: str = "junan-2021", kinds: Mapping[str, tuple[str, str]] = KINDS) -> Cast:
    """A centre under `pack` with three units, a sub-unit, and a person A and B for every post."""
    if pack not in SHIPPED:
        return _make(code, pack, kinds)
    return kept(("cast", code, pack, tuple(sorted(kinds.items()))), lambda: _make(code, pack, kinds))


def _make(code: str, pack: str, kinds: Mapping[str, tuple[str, str]]) -> Cast:
    centre = found(
        code=code, name=f"{code}热线中心", body="县政府办公室", pack_id=pack, effective_from=date(2020, 1, 1)
    )
    plant(centre, [("居民生活", "供暖", "供暖温度"), ("居民生活", "路灯"), ("城市管理", "市容环境")])
    Area.objects.create(centre=centre, name="大店镇")
    root = Unit.objects.get(centre=centre, parent=None)
    cast = Cast(centre, units={"centre": root})
    names = [("town", "大店镇", 1), ("bureau", "住建局", 2), ("heat", "热力公司", 3), ("village", "柳岸社区", 9)]
    for name, title, place in names:
        above = cast.units["town"] if name == "village" else root
        kind, group = kinds[name]
        cast.units[name] = Unit.objects.create(
            centre=centre, parent=above, code=name, name=title, type=kind, ranking_group=group, position=place
        )
    for role in CENTRE_POSTS:
        _post(cast, role, root, role)
    for name in ("town", "bureau", "heat", "village"):
        for role in UNIT_POSTS:
            _post(cast, f"{role}@{name}", cast.units[name], role)
    return cast


def body(cast: Cast, name: str = "npc", title: str = "人大代表联系点", roles: tuple[str, ...] = BODY_POSTS) -> Unit:
    """A body: a unit that handles nothing and sees what is shown to it, with its posts."""
    cast.units[name] = unit = Unit.objects.create(
        centre=cast.centre, parent=cast.units["centre"], code=name, name=title, type="body", position=50
    )
    for role in roles:
        _post(cast, f"{role}@{name}", unit, role)
    return unit


def _post(cast: Cast, key: str, unit: Unit, role: str, name: str = "") -> None:
    people = [
        Staff.objects.create_user(
            username=f"{cast.centre.code}-{key}-{side}",
            password="pw",
            name=f"{unit.name}{role}{side}",
            centre=cast.centre,
            unit=unit,
        )
        for side in "AB"
    ]
    cast.staff[key], cast.staff[f"{key}:b"] = people
    cast.posts[key] = Post.objects.create(
        centre=cast.centre, unit=unit, role=role, name=name, holder_a=people[0], holder_b=people[1]
    )


def later(at: datetime, **delta: float) -> datetime:
    """`at` plus a timedelta."""
    return at + timedelta(**delta)
