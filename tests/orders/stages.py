"""Orders at every stage of their life, and one valid payload for every verb.

The centre of these tests works under the base pack (it calls back before it closes).  The town leads, the bureau
assists; the town has a village below it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import models
from tests.cast import Cast, later, request
from tests.rulebooks import stored

from lianxin.directory.models import Holiday
from lianxin.ledger.models import Clock, Task
from lianxin.orders.models import Order, Sight
from lianxin.proceedings.models import Proceeding
from lianxin.rules.lifecycle import find

REASON = "经核实情况属实，按规定办理。"
TOLD = "已告知诉求人办理结果。"
REPLY = {
    "measures": "已派维修人员到场检修换热站阀门。",
    "progress": "检修完毕",
    "result": "室温恢复到 19℃，诉求人认可。",
    "answers": ["已检修，室温 19℃。"],
}
GRADES = {"process_grade": "satisfied", "result_grade": "satisfied", "solved": True}

Payloads = dict[str, Callable[[Cast, Order], dict[str, Any]]]
#: verb -> a payload that is valid where the verb may be taken at all
PAYLOADS: Payloads = {
    "order.registered": lambda c, o: request(),
    "order.supplemented": lambda c, o: {"text": "诉求人补充：邻居家也不热。", "requests": ["检修邻居家"]},
    "order.corrected": lambda c, o: {"cls": "complaint", "urgency": "urgent", "tags": ["老人"]},
    "order.caller_corrected": lambda c, o: {"caller": {"phone": "13900002087"}, "reason": "号码记错一位"},
    "order.words_corrected": lambda c, o: {"address": "柳岸花园 3 号楼 2 单元", "reason": "地址记错单元"},
    "order.limit_set": lambda c, o: {"upstream_due": "2027-03-01T00:00+08:00", "reason": "上级平台改了时限"},
    "order.urged": lambda c, o: {"by": "caller", "text": "再次来电询问进展", "told": TOLD},
    "order.joined": lambda c, o: {"repeat": main(c).pk, "number": main(c).number, "requests": ["修复楼道窗户"]},
    "order.parted": lambda c, o: {"repeat": main(c).pk, "number": main(c).number, "why": "unmerged"},
    "order.answered": lambda c, o: {"told": TOLD},
    "order.redirected": lambda c, o: {"code": "R1", "target": "军事机关信访部门", "reason": REASON, "told": TOLD},
    "order.linked": lambda c, o: {"number": main(c).number},
    "order.call_joined": lambda c, o: {
        "reason": "kb_miss",
        "started": o.registered_at,
        "minutes": 3,
        "line": "12330",
        "result": "12330 已当场解答。",
    },
    "order.merged": lambda c, o: {"number": main(c).number},
    "order.unmerged": lambda c, o: {"reason": REASON},
    "order.withdrawn": lambda c, o: {"reason": REASON, "told": TOLD},
    "order.invalidated": lambda c, o: {"reason": REASON, "told": TOLD},
    "order.dispatched": lambda c, o: {"shares": [{"unit": c.units["town"].pk}], "basis": "law"},
    "share.added": lambda c, o: {"unit": c.units["heat"].pk, "basis": "duty_list"},
    "order.recalled": lambda c, o: {"reason": REASON},
    "share.reassigned": lambda c, o: share(c, o) | {"unit": c.units["heat"].pk, "basis": "duty_list", "reason": REASON},
    "share.role_changed": lambda c, o: {"of_unit": c.units["bureau"].pk, "role": "lead", "reason": REASON},
    "share.released": lambda c, o: {"of_unit": c.units["bureau"].pk, "reason": REASON},
    "share.taken_back": lambda c, o: {"unit": c.units["village"].pk, "reason": REASON, **share(c, o)},
    "remark.asked": lambda c, o: {"text": "请问何时上门检修？"} | share(c, o),
    "remark.answered": lambda c, o: {"text": "今日下午上门。"} | share(c, o),
    "return.decided": lambda c, o: (
        share(c, o) | {"approved": True, "next_unit": c.units["heat"].pk, "basis": "duty_list", "reason": REASON}
    ),
    "order.coordinated": lambda c, o: {"units": [c.units["heat"].pk], "question": "换热站归谁管，说法不一。"},
    "order.duty_ruled": lambda c, o: {"coordination": "Z20261118-0003"},
    "share.signed": lambda c, o: {},
    "share.delegated": lambda c, o: {"unit": c.units["village"].pk},
    "inner.assigned": lambda c, o: {"to": c.staff["clerk@town:b"].pk, "section": "供热办"},
    "inner.returned": lambda c, o: {"to": c.staff["clerk@town"].pk, "reason": "不是本科室职责"},
    "inner.handled": lambda c, o: {"text": "已到现场查看"},
    "inner.replied": lambda c, o: {"text": "拟答复如下"},
    "inner.audited": lambda c, o: {"approved": True},
    "share.transferred": lambda c, o: {"to": c.staff["clerk@town:b"].pk},
    "share.contacted": lambda c, o: {"text": "已电话联系，约定上门。"},
    "share.progressed": lambda c, o: {"text": "正在检修", "on_site": True},
    "share.opined": lambda c, o: {"text": "管网由我局协助检修。"},
    "return.filed": lambda c, o: {
        "reason": "小区已移交物业管理",
        "return_reason": "not_duty",
        "legal_basis": "派单目录",
    },
    "extension.filed": lambda c, o: {"workdays": 2, "reason": "等待配件到货"},
    "extension.decided": lambda c, o: share(c, o) | {"approved": True, "workdays": 2},
    "share.replied": lambda c, o: dict(REPLY),
    "share.unit_audited": lambda c, o: {"approved": True},
    "share.passed": lambda c, o: share(c, o),
    "share.sent_back": lambda c, o: share(c, o) | {"defect": "incomplete", "reason": REASON},
    "callback.tried": lambda c, o: {"note": "无人接听"},
    "callback.recorded": lambda c, o: dict(GRADES),
    "callback.led": lambda c, o: {"result_grade": "satisfied", "solved": True, "words": "维修及时，室温已达标。"},
    "order.rehandled": lambda c, o: {"reason": REASON},
    "order.closed": lambda c, o: {"told": TOLD},
    "order.reopened": lambda c, o: {"reason": REASON},
    "order.excluded": lambda c, o: {"reason": REASON},
    "clock.warned": lambda c, o: {"clocks": clocks(o)},
    "clock.breached": lambda c, o: {"clocks": clocks(o)},
    "clock.recounted": lambda c, o: {"clocks": clocks(o)},
    "order.handed_over": lambda c, o: {},
    "order.unmarked": lambda c, o: {},
    "order.quoted": lambda c, o: {"proceeding": 1 << 36, "number": "Z20261118-0001", "entry": 1, "title": "暖气不热"},
    "caller.unmasked": lambda c, o: {"reason": "联系诉求人核实地址"},
    "task.done": lambda c, o: {"task": duty(o), "outcome": "agreed", "elements": ["请供热办今日到户查看。"]},
    "task.handed_on": lambda c, o: {"task": duty(o), "to": c.staff["clerk@town:b"].pk},
    "task.waived": lambda c, o: {"task": duty(o), "reason": REASON},
    "task.dropped": lambda c, o: {"task": duty(o), "reason": REASON},
    "petition.filed": lambda c, o: (
        share(c, o) | {"kind": "unreasonable", "petition_reason": "no_ground", "reason": REASON}
    ),
    "petition.decided": lambda c, o: {"task": duty(o, "unreasonable"), "approved": True, "reason": REASON},
    "petition.endorsed": lambda c, o: {"task": duty(o, "return"), "agreed": True, "reason": REASON},
    "order.shown": lambda c, o: {"reason": "partner", "units": [c.units["bureau"].pk]},
    "order.hidden": lambda c, o: {"sight": sight(o)},
    "order.opinion": lambda c, o: {"text": "请承办单位尽快检修，并回访周边住户。"},
    "caller.flagged": lambda c, o: {"flag": flag(o), "reason": "多次来电辱骂话务员，已劝阻。"},
    "caller.unflagged": lambda c, o: {"flag": [*o.caller_flags, "abuse"][0], "reason": "已当面道歉。"},
    "caller.flags_told": lambda c, o: {"flags": ["abuse"], "named": "辱骂", "number": main(c).number},
    "campaign.told": lambda c, o: {"campaign": campaign(c), "number": "Z20261118-0001"},
    "task.noted": lambda c, o: {"task": duty(o), "text": "已到现场查看，正在处理。"},
    "task.came": lambda c, o: {"tasks": [duty(o, "watch")]},
    "share.arrived": lambda c, o: share(c, o) | {"text": "已到现场，正在劝离。"},
    "share.visited": lambda c, o: (
        share(c, o)
        | {
            "visited_at": o.dispatched_at,
            "place": "柳岸花园 3 号楼",
            "people": ["王建国"],
            "before": "室温 14℃，阀门故障。",
            "after": "已更换阀门。",
        }
    ),
    "order.suspended": lambda c, o: {
        "promise": "Z20261118-0002",
        "due": o.registered_at + timedelta(days=60),
        "person": c.staff["hotline_deputy@town"].pk,
    },
    "order.resumed": lambda c, o: {"promise": "Z20261118-0002"},
    "order.exposed": lambda c, o: {"case": 1 << 36, "number": "Z20261118-0001"},
    "order.disclosed": lambda c, o: {"item": 1 << 36, "number": "Z20261118-0001"},
    "order.labelled": lambda c, o: {"label": "difficult", "reason": REASON},
    "order.unlabelled": lambda c, o: {"label": "difficult", "reason": REASON},
    "order.recused": lambda c, o: {"people": [c.staff["clerk@town:b"].pk], "reason": REASON},
    "share.signed_off": lambda c, o: {"opinion": "请供热办今日到户查看。"} | share(c, o),
    "order.planned": lambda c, o: {
        "meeting": "Z20261118-0001",
        "plan": "更换楼前阀门，今日恢复供热。",
        "person": c.staff["clerk@town"].pk,
        "named": "大店镇clerkA",
        "due": FIRST + timedelta(days=20),
    },
    "matter.told": lambda c, o: {"event": "matter_joined", "number": main(c).number, "orders": 2},
}

#: verb -> (who takes it in the happy path, at which stage)
HAPPY: dict[str, tuple[str, str]] = {
    "order.registered": ("agent", ""),
    "order.supplemented": ("agent", "signed"),
    "order.corrected": ("auditor", "closed"),
    "order.caller_corrected": ("agent", "signed"),
    "order.words_corrected": ("callback", "to_callback"),
    "order.limit_set": ("dispatcher", "signed"),
    "order.urged": ("agent", "signed"),
    "order.joined": ("system", "signed"),
    "order.parted": ("system", "signed"),
    "order.answered": ("agent", "registered"),
    "order.call_joined": ("agent", "registered"),
    "order.redirected": ("agent", "registered"),
    "order.linked": ("callback", "signed"),
    "order.merged": ("agent", "registered"),
    "order.unmerged": ("dispatcher", "merged"),
    "order.withdrawn": ("callback", "replied"),
    "order.invalidated": ("dispatcher", "registered"),
    "order.dispatched": ("dispatcher", "registered"),
    "share.added": ("dispatcher", "signed"),
    "order.recalled": ("dispatcher", "signed"),
    "share.reassigned": ("dispatcher", "signed"),
    "share.role_changed": ("dispatcher", "assist_signed"),
    "share.released": ("supervisor", "assist_signed"),
    "share.taken_back": ("clerk@town", "delegated"),
    "remark.asked": ("dispatcher", "signed"),
    "remark.answered": ("clerk@town", "asked"),
    "return.decided": ("dispatcher", "return_filed"),
    "share.signed": ("clerk@town", "pending"),
    "share.delegated": ("clerk@town", "signed"),
    "inner.assigned": ("hotline_deputy@town", "signed"),
    "inner.returned": ("clerk@town", "assigned"),
    "inner.handled": ("clerk@town", "signed"),
    "inner.replied": ("clerk@town", "signed"),
    "inner.audited": ("principal@town", "signed"),
    "share.transferred": ("clerk@town", "signed"),
    "order.coordinated": ("dispatcher", "registered"),
    "order.duty_ruled": ("system", "registered"),
    "share.contacted": ("clerk@town", "signed"),
    "share.progressed": ("clerk@town", "signed"),
    "share.opined": ("clerk@bureau", "assist_signed"),
    "return.filed": ("clerk@town", "pending"),
    "extension.filed": ("clerk@town", "signed"),
    "extension.decided": ("leader", "extension_filed"),
    "share.replied": ("clerk@town", "signed"),
    "share.unit_audited": ("hotline_deputy@town", "draft"),
    "share.passed": ("auditor", "replied"),
    "share.sent_back": ("auditor", "replied"),
    "callback.tried": ("callback", "to_callback"),
    "callback.recorded": ("callback", "to_callback"),
    "callback.led": ("principal@town", "closed"),
    "order.rehandled": ("callback", "called_back"),
    "order.closed": ("callback", "called_back"),
    "order.reopened": ("supervisor", "closed"),
    "order.excluded": ("supervisor", "closed"),
    "clock.warned": ("system", "ripe"),
    "clock.breached": ("system", "overripe"),
    "clock.recounted": ("system", "holiday_known"),
    "order.handed_over": ("system", "signed"),
    "order.unmarked": ("system", "signed"),
    "order.quoted": ("system", "signed"),
    "caller.unmasked": ("clerk@town", "signed"),
    "task.done": ("principal@town", "tasked"),
    "task.handed_on": ("principal@town", "tasked"),
    "task.waived": ("leader", "tasked"),
    "task.dropped": ("supervisor", "tasked"),
    "petition.endorsed": ("principal@town", "to_endorse"),
    "petition.filed": ("clerk@town", "tasked"),
    "petition.decided": ("supervisor", "to_judge"),
    "order.shown": ("supervisor", "signed"),
    "order.hidden": ("leader", "shown"),
    "order.opinion": ("clerk@bureau", "shown"),
    "caller.flagged": ("supervisor", "signed"),
    "caller.unflagged": ("leader", "flagged"),
    "caller.flags_told": ("system", "signed"),
    "campaign.told": ("system", "signed"),
    "task.noted": ("principal@town", "tasked"),
    "task.came": ("system", "tasked"),
    "share.arrived": ("clerk@town", "tasked"),
    "share.visited": ("clerk@town", "signed"),
    "order.suspended": ("system", "signed"),
    "order.resumed": ("system", "promised"),
    "order.exposed": ("system", "signed"),
    "order.disclosed": ("system", "signed"),
    "order.labelled": ("supervisor", "signed"),
    "order.unlabelled": ("leader", "labelled"),
    "order.recused": ("system", "signed"),
    "share.signed_off": ("principal@town", "pending"),
    "order.planned": ("system", "signed"),
    "matter.told": ("system", "signed"),
}

#: stage -> how it is reached: the stage before, and (who, verb) of the one act more
_PATH: dict[str, tuple[str, str, str]] = {
    "pending": ("registered", "dispatcher", "order.dispatched"),
    "signed": ("pending", "clerk@town", "share.signed"),
    "return_filed": ("pending", "clerk@town", "return.filed"),
    "shown": ("signed", "supervisor", "order.shown"),
    "flagged": ("signed", "supervisor", "caller.flagged"),
    "labelled": ("signed", "supervisor", "order.labelled"),
    "promised": ("signed", "system", "order.suspended"),
    "assigned": ("signed", "hotline_deputy@town", "inner.assigned"),
    "delegated": ("signed", "clerk@town", "share.delegated"),
    "asked": ("signed", "dispatcher", "remark.asked"),
    "extension_filed": ("signed", "clerk@town", "extension.filed"),
    "draft": ("signed", "clerk@town", "share.replied"),
    "replied": ("draft", "hotline_deputy@town", "share.unit_audited"),
    "sent_back": ("replied", "auditor", "share.sent_back"),
    "to_callback": ("replied", "auditor", "share.passed"),
    "called_back": ("to_callback", "callback", "callback.recorded"),
    "closed": ("called_back", "callback", "order.closed"),
    "answered": ("registered", "agent", "order.answered"),
    "redirected": ("registered", "agent", "order.redirected"),
    "merged": ("registered", "agent", "order.merged"),
    "withdrawn": ("signed", "agent", "order.withdrawn"),
    "invalid": ("registered", "dispatcher", "order.invalidated"),
}
STAGES = ["registered", *_PATH]
#: Stages that lie under a pack with duties.
DUTY_STAGES = ("tasked", "to_endorse", "to_judge")
#: What a unit may report, asking for nothing before.
KINDS: list[dict[str, Any]] = [
    {
        "id": "duties:unreasonable",
        "title": "不合理诉求上报",
        "origin": "测试",
        "code": "unreasonable",
        "reasons": [{"code": "no_ground", "title": "无事实依据"}, {"code": "excessive", "title": "诉求过高"}],
    }
]
#: A duty of the unit's principal, a petition to which he must agree first, and one that the supervisor decides.
DUTIES: list[dict[str, Any]] = [
    {
        "id": "duties:instruction",
        "title": "主要负责人过问",
        "origin": "测试",
        "kind": "instruction",
        "from": ["dispatch"],
        "when": "share.depth == 0",
        "post": "principal",
        "allow": "4 hours",
        "elements": [{"title": "批示", "min_length": 4}],
        "outcomes": [{"code": "agreed", "title": "同意"}],
    },
    {
        "id": "duties:call",
        "title": "分管负责人联系",
        "origin": "测试",
        "kind": "call",
        "from": ["dispatch"],
        "when": "share.depth == 0",
        "post": "hotline_deputy",
        "office": True,
        "allow": "4 hours",
        "ends_with": ["contact"],
        "whoever": True,
    },
    {
        "id": "S06",
        "title": "退单申请审定",
        "origin": "测试",
        "kind": "return",
        "from": ["return_filed"],
        "post": "dispatcher",
        "at": "centre",
        "allow": "2 workdays",
        "levels": [{"post": "principal"}],
    },
    {
        "id": "duties:decided",
        "title": "不合理诉求审定",
        "origin": "测试",
        "kind": "unreasonable",
        "from": ["filed.unreasonable"],
        "post": "supervisor",
        "at": "centre",
        "allow": "1 workday",
    },
    {
        "id": "duties:watch",
        "title": "督办员过问",
        "origin": "测试",
        "kind": "watch",
        "from": ["sign"],
        "after": "1 minutes",
        "post": "supervisor",
        "at": "centre",
        "allow": "4 hours",
    },
]
#: Who is sent to the spot says that he is there.
ARRIVALS: dict[str, Any] = {
    "rule": [{"id": "C28.proof", "title": "到场登记", "origin": "测试", "sets": ["arrival"]}],
    "arrival": {"registered": True, "late": "10 minutes", "accuracy": 100, "datums": ["wgs84"]},
}
_STEP = itertools.count()


def main(cast: Cast) -> Order:
    """Another order of the centre, still open: what repeats are merged into."""
    found = Order.objects.filter(centre=cast.centre, upstream_number="MAIN").first()
    return found or cast.register(FIRST, upstream_number="MAIN")


def share(cast: Cast, order: Order) -> dict[str, Any]:
    """The town's running share, by its unit."""
    return {"of_unit": cast.units["town"].pk}


def duty(order: Order, kind: str = "instruction") -> int:
    """The open task of that kind; 0 where there is none."""
    found = Task.objects.filter(order=order, kind=kind, done_at=None).first()
    return found.pk if found else 0


def sight(order: Order) -> int:
    """The running sight of the order; 0 where there is none."""
    found = Sight.objects.filter(order=order, until=None).first()
    return found.pk if found else 0


def campaign(cast: Cast) -> int:
    """A running campaign of the centre."""
    found = Proceeding.objects.filter(centre=cast.centre, kind="campaign").first()
    said = {"title": "托底清零", "text": "积存的供暖工单逐件清零。"}
    numbers = {"numbers": [main(cast).number]}
    return found.pk if found else cast.do("supervisor", "campaign.opened", None, FIRST, **said, **numbers).order


def flag(order: Order) -> str:
    """One that the caller, who is the same in all tests, does not have yet, as long as there is any."""
    free = (code for code in ("abuse", "harass", "threat", "attack", "untrue") if code not in order.caller_flags)
    return next(free, "abuse")


def clocks(order: Order) -> list[int]:
    """All clocks of the order, running or not."""
    return list(Clock.objects.filter(order=order).order_by("pk").values_list("pk", flat=True))


def reach(cast: Cast, stage: str, at: datetime) -> tuple[Order, datetime]:
    """An order at `stage`, and the time a minute after its last act."""
    if stage == "registered":
        return cast.register(at), later(at, minutes=1)
    if stage in DUTY_STAGES:
        stored(cast, "duties", task=DUTIES, petition_kind=KINDS, **ARRIVALS)
        order, at = reach(cast, "signed", at)
        if stage == "to_endorse":
            cast.do("clerk@town", "return.filed", order.pk, at, **PAYLOADS["return.filed"](cast, order))
        if stage == "to_judge":
            cast.do("clerk@town", "petition.filed", order.pk, at, **PAYLOADS["petition.filed"](cast, order))
        return order, later(at, minutes=1)
    if stage == "assist_signed":
        order, at = reach(cast, "registered", at)
        cast.dispatch(order, at, "town", "bureau")
        cast.do("clerk@bureau", "share.signed", order.pk, later(at, minutes=1))
        return Order.objects.get(pk=order.pk), later(at, minutes=2)
    if stage in ("ripe", "overripe"):
        order, _ = reach(cast, "signed", at)
        clock = Clock.objects.get(order=order, kind="handle")
        assert clock.warn_at
        return order, clock.warn_at if stage == "ripe" else clock.due
    if stage == "holiday_known":
        order, at = reach(cast, "signed", at)
        Holiday.objects.get_or_create(centre=cast.centre, day=date(2026, 11, 20), defaults={"is_workday": False})
        return order, at
    before, who, verb = _PATH[stage]
    order, at = reach(cast, before, at)
    cast.do(who, verb, order.pk, at, **PAYLOADS[verb](cast, order))
    if verb == "order.dispatched":
        cast.sign_off(order, at)
    return Order.objects.get(pk=order.pk), later(at, minutes=1)


def title(verb: str) -> str:
    """The verb's Chinese title."""
    return find(verb).title


#: The apps whose tables the door writes.
BOOK = ("ledger", "orders", "proceedings", "followup")


def tables(*, without: set[tuple[str, str]] = frozenset()) -> dict[str, list[dict[str, Any]]]:  # type: ignore[assignment]
    """Every row of the book as plain values, by table; `without` leaves columns out."""
    found: dict[str, list[dict[str, Any]]] = {}
    for model in (m for app in BOOK for m in apps.get_app_config(app).get_models()):
        names = [f.attname for f in model._meta.concrete_fields if (model.__name__, f.attname) not in without]
        order = ("pk",) if model._meta.pk.attname in names else ("entry_id", "staff_id")
        rows = model._base_manager.order_by(*order).values(*names)
        found[model.__name__] = [{k: _plain(v) for k, v in row.items()} for row in rows]
    return found


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def counts() -> dict[type[models.Model], int]:
    """How many rows each table of the book has."""
    return {m: m._base_manager.count() for app in BOOK[:3] for m in apps.get_app_config(app).get_models()}


FIRST: datetime


def _first() -> datetime:
    from tests.cast import shanghai

    return shanghai("2026-11-18 08:50")


FIRST = _first()
