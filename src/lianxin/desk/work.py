"""The rows of a queue: an order with the clock that presses, its progress, and one next verb."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from lianxin.directory.snapshot import find_pack
from lianxin.orders.access import refusal
from lianxin.orders.models import Clock, Order, Share, Task
from lianxin.orders.nodes import NODE_TITLES
from lianxin.orders.timeline import clock_title
from lianxin.rules import lifecycle
from lianxin.rules.lifecycle import ORDER_TITLES, SHARE_TITLES

from . import clocks
from .clocks import Chip
from .offers import ONE_CLICK
from .queues import DUE, Queue, group_of
from .seats import Seat


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a queue, ready to be drawn."""

    order: Order
    title: str
    category: str
    place: str
    chip: Chip | None
    due: str
    role: str
    round: int
    progress: str
    since: str
    person: str
    group: str
    url: str
    verb: str
    verb_url: str
    one_click: bool
    share: int | None


def build(seat: Seat, queue: Queue, things: list[Any]) -> list[Row]:
    """Rows for a page of orders, shares or tasks: one more statement, for their clocks."""
    running: dict[int, list[Clock]] = defaultdict(list)
    orders = [_order(thing).pk for thing in things]
    # With their shares: the row says whose limit it is.
    for clock in Clock.objects.filter(order__in=orders, ended_at=None).select_related("share").order_by("due"):
        running[clock.order_id].append(clock)
    return [_row(seat, queue, thing, running[_order(thing).pk]) for thing in things]


def _order(thing: Any) -> Order:
    return thing if isinstance(thing, Order) else thing.order


def _row(seat: Seat, queue: Queue, thing: Any, running: list[Clock]) -> Row:
    order, share = _order(thing), _share(thing)
    clock = _pressing(thing, running)
    due: datetime | None = getattr(thing, DUE[queue.base])
    category = seat.directory.categories.get(order.category_id or 0)
    unit = seat.directory.units.get(share.unit_id if share else order.owner_unit_id or 0)
    verb, one_click = _next(seat, queue, order, share)
    person = seat.directory.staff.get((share.holder_id if share else order.owner_person_id) or 0)
    return Row(
        order=order,
        title=order.appeal.title or "（原文已按期删除）",
        category=" › ".join(category.path) if category else "未分类",
        place=unit.short_name or unit.name if unit and not seat.in_unit else "",
        chip=clocks.due_chip(clock.due, clock.warn_at, seat.now, seat.directory.calendar) if clock else None,
        due=_due_words(seat, order, clock, due),
        role=share.role_title if share else "",
        round=share.round if share else order.round,
        progress=_progress(thing),
        since=_since(thing, order),
        person=person.name if person else "",
        group=group_of(due, seat.now),
        url=reverse("desk:order", args=[order.number]),
        verb=VERB_WORDS.get(verb, ""),
        verb_url=reverse("desk:act", args=[order.number, verb]) if verb else "",
        one_click=one_click,
        share=share.pk if share else None,
    )


#: What the one button of a row says.
VERB_WORDS = {
    "order.dispatched": "派单",
    "order.answered": "直接答复",
    "return.decided": "审定退单",
    "extension.decided": "审定延期",
    "share.signed": "签收",
    "share.contacted": "联系",
    "share.replied": "提交答复",
    "share.opined": "提交意见",
    "share.unit_audited": "审核",
    "share.passed": "审核",
    "callback.recorded": "回访",
    "order.closed": "办结",
    "order.rehandled": "重办",
}


def _share(thing: Any) -> Share | None:
    if isinstance(thing, Share):
        return thing
    return thing.share if isinstance(thing, Task) else None


def _pressing(thing: Any, running: list[Clock]) -> Clock | None:
    """The clock that the row is sorted by: the earliest of the thing itself."""
    if isinstance(thing, Task):
        return next((c for c in running if c.task_id == thing.pk), None)
    if isinstance(thing, Share):
        return next((c for c in running if c.share_id == thing.pk and c.task_id is None), None)
    return next(iter(running), None)


def _due_words(seat: Seat, order: Order, clock: Clock | None, due: datetime | None) -> str:
    """`11-20 周五 24:00 前，热力公司办理`: until when, and what by whom; a unit need not be told that it is itself."""
    if due is None:
        return "没有在计的时限" if order.is_open else ""
    words = f"{clocks.due_words(due, seat.now)} 前"
    if clock is None:
        return words
    owner = clock.share.unit_id if clock.share else None
    unit = seat.directory.units.get(owner or 0) if owner != seat.post.unit else None
    whose = (unit.short_name or unit.name) if unit else ""
    return f"{words}，{whose}{clock_title(find_pack(order.pack), clock)}"


def _progress(thing: Any) -> str:
    if isinstance(thing, Task):
        return lifecycle.find(f"{thing.kind}.filed").title
    if isinstance(thing, Share):
        return SHARE_TITLES[thing.state]
    if thing.is_open and thing.node in NODE_TITLES:
        return NODE_TITLES[thing.node]
    return ORDER_TITLES[thing.state]


def _since(thing: Any, order: Order) -> str:
    """What is known about how it came to stand there."""
    if isinstance(thing, Task):
        return f"{clocks.moment(thing.made_at)} 提出"
    if isinstance(thing, Share):
        if thing.replied_at and thing.state == "replied":
            return f"{clocks.moment(thing.replied_at)} 答复"
        if thing.contacted_at:
            return f"{clocks.moment(thing.contacted_at)} 已联系"
        return f"{clocks.moment(thing.dispatched_at)} 派单"
    return f"{clocks.moment(order.node_since)} 起" if order.is_open else f"{clocks.moment(order.closed_at)} 结束"


def _next(seat: Seat, queue: Queue, order: Order, share: Share | None) -> tuple[str, bool]:
    """The first verb of the queue that this post may take now; whether one click does it."""
    if not seat.acting or not queue.verbs:
        return "", False
    for verb in queue.verbs:
        if verb == "share.contacted" and (share is None or share.contacted_at or share.depth):
            continue
        row = lifecycle.find(verb)
        about = share if row.shares else None
        fits = lifecycle.allowed(
            row, order=order.state, share=about.state if about else None, role=about.role if about else None
        )
        if fits and not refusal(seat.actor, row, order, [share] if share else [], about, seat.directory):
            return verb, verb in ONE_CLICK
    return "", False
