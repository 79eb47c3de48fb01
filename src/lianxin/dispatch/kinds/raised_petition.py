"""Raised petition (上报件): what a unit asks of an order of the upper platform, and the centre raises to that platform.

Filed by the unit, agreed to by the centre, then raised with its number and date; the handling goes on meanwhile.  The
answer takes effect by itself: granted, the petition is decided so, and an order that goes back ends; refused, it is
back with the unit, which is told why.  What is raised, and within what time that platform answers, says the order's own
pack (``[[raising]]``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Instant, UnitId, UpstreamNumber, Words, widget
from lianxin.ledger.models import Clock, Task
from lianxin.ledger.verbs import Follow
from lianxin.orders.docket import Docket as OrderDocket
from lianxin.orders.models import Order, Share
from lianxin.proceedings.abouts import Due, OfOrders
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.models import Proceeding
from lianxin.proceedings.register import add
from lianxin.proceedings.same import alone, already, of_kind
from lianxin.proceedings.upstairs import KIND, RAISED
from lianxin.proceedings.usual import Reasoned
from lianxin.rules.lifecycle.states import OPEN, OrderState, posts
from lianxin.rules.pack import Pack
from lianxin.rules.policy_petitions import PROMISE

OPENED = f"{KIND}.opened"
WHO = posts("dispatcher", "supervisor", "leader")
HIDDEN = widget("none")
#: Shorter than a reason: it becomes part of one.
Answer = Annotated[
    str, Private, Field(title="上级答复意见", min_length=2, max_length=3000, json_schema_extra=widget("textarea"))
]


class Opening(OfOrders):
    """Which order, and what of it is raised."""

    level: str = Field(title="上报事项", max_length=24, json_schema_extra=widget("raising"))
    note: Words = Field("", title="中心意见")
    #: filled in by the ledger: the unit that asks, its petition, the share, and how many working days it asks for
    title: Annotated[str, Private, Field(max_length=120, json_schema_extra=HIDDEN)] = ""
    unit: UnitId | None = Field(None, json_schema_extra=HIDDEN)
    task: int | None = Field(None, json_schema_extra=HIDDEN)
    share: int | None = Field(None, json_schema_extra=HIDDEN)
    workdays: int | None = Field(None, json_schema_extra=HIDDEN)
    #: of a promise the day for which that platform is asked
    promised: Instant | None = Field(None, title="承诺的时间", json_schema_extra=widget("told"))


class Raising(Payload):
    """Under which number the upper platform has it, and since when."""

    upstream_petition: UpstreamNumber = Field("", title="上级申请编号")
    raised_at: Instant = Field(title="上报时间")
    #: filled in by the ledger: by when that platform answers
    due: Due | None = Field(None, json_schema_extra=HIDDEN)


class Granting(Payload):
    """What the upper platform answered, and when; of an extension how many days it gives."""

    answer: Answer
    answered_at: Instant = Field(title="答复时间")
    workdays: int | None = Field(None, title="同意延长（工作日，与申请不同时填写）", ge=1, le=60)


class Denying(Payload):
    """What the upper platform answered, and when."""

    answer: Answer
    answered_at: Instant = Field(title="答复时间")


# --- what is raised ------------------------------------------------------------------------------
def _order_of(deed: Deed[Any]) -> Order | None:
    """The order, as it stands in this batch, else in the tables."""
    named = getattr(deed.payload, "orders", ()) or deed.docket.orders()
    if not named:
        return None
    here = deed.outside().others.dockets.get(named[0])
    return here.root if here is not None else Order.objects.filter(pk=named[0]).first()


def _pack_of(deed: Deed[Any], order: Order) -> Pack:
    return deed.directory.find_pack(order.pack)


def _waiting(deed: Deed[Any], order: Order, kind: str) -> list[Task]:
    """The petitions of this kind that wait for the centre's decision, one a share at most, the oldest first."""
    here = deed.outside().others.dockets.get(order.pk)
    rows = here.open_tasks() if here is not None else Task.objects.filter(order=order, done_at=None).order_by("pk")
    return [task for task in rows if task.kind == kind]


def _what_waits(deed: Deed[Opening]) -> dict[str, Any]:
    """The first unit whose petition waits and is not upstairs yet, and how much it asks for."""
    order, kind, others = _order_of(deed), deed.payload.level, deed.outside().others
    if order is None:
        return {}
    rule = _pack_of(deed, order).raising(kind)
    title = {"title": rule.title if rule is not None else "", "promised": None}
    if kind == PROMISE:
        promise = next(of_kind(PROMISE, others, order=order.pk, state="submitted"), None)
        if promise is None:
            return title | {"unit": None}
        day = others.said(promise, f"{PROMISE}.submitted")[-1].payload["promised"]
        return title | {"unit": promise.unit_id, "promised": datetime.fromisoformat(day)}
    units = _units(deed, order)
    tasks = [task for task in _waiting(deed, order, kind) if task.share_id in units]
    # Where all of them are upstairs the last is named, and refused by its file.
    free = (task for task in tasks if not _upstairs(deed, order, kind, units[task.share_id or 0]))
    task = next(free, tasks[-1] if tasks else None)
    if task is None:
        return title
    found = title | {"unit": units[task.share_id or 0], "task": task.pk, "share": task.share_id}
    return found | (
        {"workdays": _filed(deed, order, task, "extension.filed")["workdays"]} if kind == "extension" else {}
    )


def _units(deed: Deed[Any], order: Order) -> dict[int, int]:
    """The unit of each share of the order."""
    here = deed.outside().others.dockets.get(order.pk)
    if isinstance(here, OrderDocket):
        return {share.id: share.unit_id for share in here.all_shares.values()}
    return dict(Share.objects.filter(order=order).values_list("pk", "unit_id"))


def _upstairs(deed: Deed[Any], order: Order, kind: str, unit: int | None) -> str:
    """The number of the file in which the unit's petition is upstairs already, if it is."""
    return already(deed, KIND, order=order.pk, level=kind, unit_id=unit, ended_at=None)


def _filed(deed: Deed[Any], order: Order, task: Task, action: str) -> dict[str, Any]:
    """What the unit said when it filed its petition."""
    said = (entry.payload for entry in deed.outside().others.said(order, action))
    asked = task.share_id, task.kind
    return [dict(each) for each in said if (each["share"], each.get("kind", task.kind)) == asked][-1]


def _may_be_raised(deed: Deed[Opening]) -> None:
    payload, order = deed.payload, _order_of(deed)
    require(len(payload.orders) == 1 and order is not None, "numbers", "每件上报对应一张工单，请填写一个工单号")
    if order is None:
        return
    require(order.upstream_number is not None, "numbers", "这张工单不是上级平台转来的，由中心自行审定")
    pack = _pack_of(deed, order)
    titles = "、".join(rule.title for rule in pack.raisings) or "无"
    require(pack.raising(payload.level) is not None, "level", f"本件所用的规则包规定可以上报的：{titles}")
    other = _upstairs(deed, order, payload.level, payload.unit)
    require(not other, "numbers", f"这件申请已在上报件 {other} 中")
    if payload.level == PROMISE:
        require(payload.unit, "level", "这张工单没有报中心审定的承诺件")
        return
    task = next((each for each in _waiting(deed, order, payload.level) if each.pk == payload.task), None)
    require(task is not None, "level", "这张工单没有等待审定的这类申请，须先由承办单位提出")
    rule = pack.task(task.rule) if task is not None else None
    ready = task is None or rule is None or task.level >= len(rule.levels)
    require(ready, "level", "这项申请还在逐级审签，审签完毕后再上报")


# --- when, and what it answers -------------------------------------------------------------------
def _when_answered(deed: Deed[Raising]) -> dict[str, Any]:
    """By when the upper platform answers: so long after it was raised as the order's own pack says.  What is put down
    later than that is waited for from now."""
    order, calendar = _order_of(deed), deed.outside().calendar
    rule = _pack_of(deed, order).raising(deed.proceeding.level) if order is not None else None
    if rule is None:
        return {}
    due = rule.allow.due(deed.payload.raised_at, calendar)
    return {"due": due if due > deed.at else rule.allow.due(deed.at, calendar)}


def _not_ahead(deed: Deed[Any], field: str, since: datetime, sentence: str) -> None:
    at = getattr(deed.payload, field)
    require(at <= deed.at, field, "不能晚于现在")
    require(at >= since, field, sentence)


def _raised_then(deed: Deed[Raising]) -> None:
    order = _order_of(deed)
    since = order.received_at if order is not None else deed.proceeding.registered_at
    _not_ahead(deed, "raised_at", since, "不能早于来件时间")
    taken = _file_under(deed, deed.payload.upstream_petition)
    require(not taken, "upstream_petition", f"这个编号已用于上报件 {taken}")


def _file_under(deed: Deed[Raising], number: str) -> str:
    """The number of another file that the upper platform has under this number of its own; "" where there is none, and
    then none gets it meanwhile."""
    if not number:
        return ""
    centre, others = deed.proceeding.centre_id, deed.outside().others
    alone(RAISED, centre, number)
    for pk, docket in others.dockets.items():
        said = (entry.payload.get("upstream_petition") for entry in others.entries.get(pk, ()))
        if number in said and docket.root.centre_id == centre and pk not in others.spoilt:
            return str(docket.root.number)
    same = Proceeding.objects.filter(centre=centre, kind=KIND).exclude(pk=deed.proceeding.pk)
    mine = same.filter(entrys__action=RAISED, entrys__payload__upstream_petition=number)
    return mine.values_list("number", flat=True).first() or ""


def _said(deed: Deed[Any], action: str) -> dict[str, Any]:
    """What the last step of this name says."""
    return next((dict(entry.payload) for entry in reversed(deed.said(action))), {})


def _answered_then(deed: Deed[Any]) -> None:
    raised = datetime.fromisoformat(_said(deed, RAISED)["raised_at"])
    _not_ahead(deed, "answered_at", raised, "不能早于上报时间")
    days = getattr(deed.payload, "workdays", None)
    require(days is None or deed.proceeding.level == "extension", "workdays", "只有延期才填写天数")


def _number(deed: Deed[Any]) -> str:
    return f"上报件 {deed.proceeding.number}"


def _took_effect(deed: Deed[Granting]) -> Iterator[Follow]:
    """The petition is granted; an order that is given back ends here.  One that should go into an order which has ended
    meanwhile stays with its unit, which is told so."""
    waits = _still_waits(deed)
    if waits is None:
        return
    order, task, asked = waits
    kind, why = deed.proceeding.level, f"上级平台同意（{_number(deed)}）：{deed.payload.answer}"
    if gone := _into_what_has_ended(deed, order, task):
        sentence = f"上级平台同意并单（{_number(deed)}），但工单 {gone} 已不能并入，请继续办理本工单"
        yield Follow("petition.decided", order.pk, {"task": task.pk, "approved": False, "reason": sentence})
    elif kind == "return":
        told = "上级平台已同意退回，由上级平台另行转办并答复。"
        yield Follow("order.withdrawn", order.pk, {"reason": why, "told": told})
    elif kind == "extension":
        days = deed.payload.workdays or asked["workdays"]
        said = {"share": task.share_id, "approved": True, "workdays": days, "upstream_agreed": True}
        yield Follow("extension.decided", order.pk, {**said, "note": why})
    else:
        yield Follow("petition.decided", order.pk, {"task": task.pk, "approved": True, "reason": why})


def _came_back(deed: Deed[Denying]) -> Iterator[Follow]:
    """The unit has its answer: what it asked for is refused, and it goes on."""
    waits = _still_waits(deed)
    if waits is None:
        return
    order, task, _ = waits
    kind, why = deed.proceeding.level, f"上级平台不同意（{_number(deed)}）：{deed.payload.answer}"
    if kind == "extension":
        yield Follow("extension.decided", order.pk, {"share": task.share_id, "approved": False, "note": why})
    elif kind == "return":
        yield Follow("return.decided", order.pk, {"share": task.share_id, "approved": False, "reason": why})
    else:
        yield Follow("petition.decided", order.pk, {"task": task.pk, "approved": False, "reason": why})


def _still_waits(deed: Deed[Any]) -> tuple[Order, Task, dict[str, Any]] | None:
    """The order, its petition and what was asked, where that still waits: it may have been decided, or have fallen
    away, in the meantime.  A promise is agreed to in its own file, which looks here."""
    order, asked = _order_of(deed), _said(deed, OPENED)
    if order is None or deed.proceeding.level == PROMISE:
        return None
    rows = (task for task in _waiting(deed, order, deed.proceeding.level) if task.pk == asked["task"])
    task = next((task for task in rows if _decidable(deed, order, task)), None)
    return (order, task, asked) if task is not None else None


def _decidable(deed: Deed[Any], order: Order, task: Task) -> bool:
    """Whether the order is still where its petition can be decided: an extension needs a limit that runs, a return one
    that is not put off."""
    if deed.proceeding.level == "return":
        return order.state == OrderState.DISPATCHED
    if deed.proceeding.level != "extension":
        return True
    here = deed.outside().others.dockets.get(order.pk)
    rows = here.running_clocks() if here is not None else Clock.objects.filter(order=order, ended_at=None)
    return any(clock.share_id == task.share_id and clock.kind == "handle" for clock in rows)


def _into_what_has_ended(deed: Deed[Any], order: Order, task: Task) -> str:
    """The number of the order into which a merge should go, where that has ended, or went into this one; else empty."""
    rule = _pack_of(deed, order).petition_kind(task.kind)
    if rule is None or rule.grants != "merged":
        return ""
    into = str(_filed(deed, order, task, "petition.filed")["into"])
    there = Order.objects.filter(centre=deed.proceeding.centre_id, number=into, state__in=OPEN)
    # A head of its own repeats may go into another; never into one of them.
    return "" if there.exclude(merged_into=order.pk).exists() else into


add(
    Kind(
        code=KIND,
        title="上报件",
        unit_title="申请单位",
        due_title="上级答复时限",
        level_title="上报事项",
        raised_to=("supervisor",),
        listed=("level", "upstream_petition", "raised_at", "answer", "answered_at"),
        states={
            "prepared": State("待上报", "dispatcher"),
            "raised": State("待上级答复", "dispatcher", idle=True),
            "granted": State("上级已同意"),
            "denied": State("上级不同意"),
            "dropped": State("已撤回"),
        },
        steps=(
            Step(
                "opened",
                "同意上报上级平台",
                Opening,
                WHO,
                to="prepared",
                fills=_what_waits,
                check=_may_be_raised,
                icon="send",
            ),
            Step(
                "raised",
                "登记已上报",
                Raising,
                WHO,
                ("prepared",),
                "raised",
                fills=_when_answered,
                check=_raised_then,
                icon="send",
            ),
            Step(
                "granted",
                "上级同意",
                Granting,
                WHO,
                ("raised",),
                "granted",
                meets=True,
                check=_answered_then,
                follows=_took_effect,
                icon="check",
            ),
            Step(
                "denied",
                "上级不同意",
                Denying,
                WHO,
                ("raised",),
                "denied",
                meets=True,
                check=_answered_then,
                follows=_came_back,
                icon="arrow-back-up",
            ),
            Step("dropped", "撤回上报", Reasoned, WHO, ("prepared", "raised"), "dropped", icon="x"),
        ),
    )
)
