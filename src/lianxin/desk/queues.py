"""What waits for a post: every queue is a query over orders, shares or tasks by due time.

`QUEUES` is the table: which queues a role has, what is in them, and which verbs are the next step there; after the
home pages of hotline platforms in use.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from lianxin.directory.snapshot import find_pack
from lianxin.orders.models import Clock, Share, Task
from lianxin.orders.models.order import OPEN_STATES
from lianxin.orders.models.share import RUNNING_STATES
from lianxin.rules.lifecycle import AT_WORK, OrderState, ShareState
from lianxin.rules.policy import PolicyError
from lianxin.rules.worktime import SHANGHAI, end_of_day

from .seats import Seat

Base = Literal["order", "share", "task"]
PAGE = 40

#: How far back an ended order is offered, where the centre closes by audit and calls back later.
RECENT = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue.  `where` gets the seat (its unit, its time); `verbs` are the next steps, best first."""

    code: str
    title: str
    base: Base
    where: Callable[[Seat], Q]
    verbs: tuple[str, ...] = ()
    empty: str = "新的工单到达时会自动出现在这里。"


def _at(*states: str) -> Callable[[Seat], Q]:
    return lambda seat: Q(state__in=states)


def _node(name: str) -> Callable[[Seat], Q]:
    return lambda seat: Q(state__in=OPEN_STATES, owner_unit=seat.directory.root.id, node=name)


def _open(seat: Seat) -> Q:
    return Q(state__in=OPEN_STATES)


def _overdue(seat: Seat) -> Q:
    return Q(state__in=OPEN_STATES, due_at__lte=seat.now)


def _again(seat: Seat) -> Q:
    return Q(state__in=OPEN_STATES, round__gt=1)


def _today(seat: Seat) -> Q:
    midnight = end_of_day(seat.now.astimezone(SHANGHAI).date()) - timedelta(days=1)
    return Q(registered_at__gte=midnight)


def _recently_closed(seat: Seat) -> Q:
    return Q(state=OrderState.CLOSED, closed_at__gte=seat.now - RECENT, erased_at=None)


def _to_call(seat: Seat) -> Q:
    """Not called back in this round: where call-backs come before the closing, and where they come after it."""
    # What was merged was told with its main order.
    waiting = _node("callback")(seat) | (_recently_closed(seat) & Q(merged_into=None))
    return waiting & Q(called_back_round__lt=F("round"))


def _to_audit(seat: Seat) -> Q:
    asks_first = Q(unit_audited_at__isnull=False) | ~Q(order__pack__in=packs_with_unit_audit(seat))
    return Q(state=ShareState.REPLIED, depth=0) & asks_first


def packs_with_unit_audit(seat: Seat) -> list[str]:
    """The packs of this centre under which a unit audits its replies itself; one that cannot be read is none."""
    return [line.pack for line in seat.directory.policies if _asks_unit(line.pack)]


def _asks_unit(pack: str) -> bool:
    try:
        return find_pack(pack).reply.unit_audit
    except PolicyError:
        return False


_DISPATCH = Queue("dispatch", "待派单", "order", _node("dispatch"), ("order.dispatched", "order.answered"))
_OVERDUE = Queue("overdue", "已逾期", "order", _overdue, empty="没有逾期的工单。")
_AGAIN = Queue("again", "重办", "order", _again, empty="没有正在重办的工单。")
_TODAY = Queue("today", "今日登记", "order", _today, empty="今天还没有登记工单。")
_OPEN = Queue("open", "全部在办", "order", _open, empty="没有在办的工单。")
_REPLY = ("share.signed", "share.contacted", "share.opined", "share.replied")
_REMARKS = Queue(
    "remarks",
    "待答复询问",
    "task",
    lambda seat: Q(kind="remark"),
    ("remark.answered",),
    empty="没有等待答复的询问。",
)
_UNIT_AUDIT = Queue(
    "unit_audit",
    "待单位审核",
    "share",
    lambda seat: Q(state=ShareState.REPLIED, unit_audited_at=None),
    ("share.unit_audited",),
    empty="没有等待单位审核的答复。",
)
_UNIT = (
    Queue("all", "全部待办", "share", lambda seat: Q(state__in=[ShareState.PENDING, *AT_WORK]), _REPLY),
    Queue("sign", "待签收", "share", _at(ShareState.PENDING), _REPLY),
    Queue(
        "contact",
        "待联系",
        "share",
        lambda seat: Q(state=ShareState.SIGNED, contacted_at=None, depth=0) & ~Q(role="assist"),
        _REPLY,
        empty="签收后还没有联系诉求人的工单会出现在这里。",
    ),
    Queue("working", "办理中", "share", _at(ShareState.SIGNED), _REPLY),
    Queue("back", "被退回", "share", _at(ShareState.SENT_BACK), _REPLY, empty="没有被退回重报的答复。"),
    Queue(
        "rounds",
        "重办",
        "share",
        lambda seat: Q(state__in=[ShareState.PENDING, *AT_WORK], round__gt=1),
        _REPLY,
        empty="没有重办的工单。",
    ),
)
_UNIT_OVERDUE = Queue(
    "overdue",
    "已逾期",
    "share",
    # What waits for the centre's audit is the centre's lateness.
    lambda seat: Q(due__lte=seat.now) & ~_to_audit(seat),
    _REPLY,
    empty="没有逾期的工单。",
)

QUEUES: dict[str, tuple[Queue, ...]] = {
    "agent": (_DISPATCH, _TODAY),
    "dispatcher": (
        _DISPATCH,
        Queue("returns", "退单待审定", "task", lambda seat: Q(kind="return"), ("return.decided",)),
        Queue("extensions", "延期待审定", "task", lambda seat: Q(kind="extension"), ("extension.decided",)),
        _REMARKS,
        _OVERDUE,
        _AGAIN,
        _TODAY,
    ),
    "auditor": (Queue("audit", "待审核", "share", _to_audit, ("share.passed",)), _OVERDUE),
    "callback": (
        Queue(
            "callback",
            "待回访",
            "order",
            lambda seat: _to_call(seat) & Q(callback_tries=0),
            ("callback.recorded",),
        ),
        Queue(
            "recall",
            "再呼",
            "order",
            lambda seat: _to_call(seat) & Q(callback_tries__gt=0),
            ("callback.recorded",),
            empty="没有需要再次回访的工单。",
        ),
        Queue(
            "judge",
            "已回访待办结",
            "order",
            lambda seat: _node("callback")(seat) & Q(called_back_round=F("round")),
            ("order.closed", "order.rehandled"),
            empty="没有等待办结或重办的工单。",
        ),
        Queue("merged", "并单待告知", "order", _node("answer"), ("order.closed",), empty="没有并单待告知的工单。"),
        Queue(
            "closed", "近两周办结", "order", _recently_closed, ("callback.recorded",), empty="近两周没有办结的工单。"
        ),
    ),
    "supervisor": (_OVERDUE, _AGAIN, _OPEN),
    "leader": (_OVERDUE, _AGAIN, _OPEN),
    "analyst": (_TODAY, _OVERDUE, _AGAIN),
    "patrol": (_TODAY,),
    "clerk": (*_UNIT, _REMARKS, _UNIT_OVERDUE, _UNIT_AUDIT),
    "hotline_deputy": (_UNIT_AUDIT, *_UNIT[:2], _UNIT[3], _UNIT[4], _UNIT[5], _UNIT_OVERDUE),
    "line_deputy": (_UNIT_AUDIT, _UNIT[0], _UNIT_OVERDUE),
    "principal": (_UNIT[0], _UNIT_OVERDUE, _UNIT[5], _UNIT_AUDIT),
}

#: Name of the due column of each base.
DUE = {"order": "due_at", "share": "due", "task": "due"}


def queues_of(seat: Seat) -> tuple[Queue, ...]:
    """The queues of the seat's role, none for posts that have no work with orders."""
    return QUEUES.get(seat.role, ())


def rows(seat: Seat, base: Base) -> QuerySet[Any]:
    """What the queues of a base choose from: visible orders, running shares, or open tasks of this post."""
    visible = seat.visible
    if base == "order":
        return visible
    if base == "task":
        # The centre's tasks are its sub-centres' too: their posts decide as the centre's do.
        unit = seat.post.unit if seat.in_unit else seat.directory.root.id
        return Task.objects.filter(unit=unit, post_role=seat.role, done_at=None, order__in=visible.values("pk"))
    earliest = Clock.objects.filter(share=OuterRef("pk"), ended_at=None).order_by("due").values("due")[:1]
    units = [seat.post.unit] if seat.in_unit else list(seat.directory.units)
    return Share.objects.filter(unit__in=units, state__in=RUNNING_STATES, order__in=visible.values("pk")).annotate(
        due=Subquery(earliest)
    )


def counts(seat: Seat, queues: tuple[Queue, ...]) -> dict[str, int]:
    """How much is in each queue: one statement a base."""
    found: dict[str, int] = {}
    for base in dict.fromkeys(queue.base for queue in queues):
        mine = [queue for queue in queues if queue.base == base]
        asked = {queue.code: Count("pk", filter=queue.where(seat)) for queue in mine}
        # Their union first, so that a partial index answers for the open ones and history is not read.
        union = mine[0].where(seat)
        for queue in mine[1:]:
            union |= queue.where(seat)
        found |= rows(seat, base).filter(union).aggregate(**asked)
    return found


@dataclass(frozen=True, slots=True)
class Group:
    """已逾期 / 今日到期 / 明日及以后 / 没有时限, and how many."""

    title: str
    count: int


def groups(seat: Seat, queue: Queue) -> dict[str, Group]:
    """The groups of a queue by due time."""
    due, midnight = DUE[queue.base], end_of_day(seat.now.astimezone(SHANGHAI).date())
    late, today = Q(**{f"{due}__lte": seat.now}), Q(**{f"{due}__gt": seat.now, f"{due}__lte": midnight})
    found = rows(seat, queue.base).filter(queue.where(seat))
    numbers = found.aggregate(
        late=Count("pk", filter=late),
        today=Count("pk", filter=today),
        none=Count("pk", filter=Q(**{due: None})),
        all=Count("pk"),
    )
    rest = numbers["all"] - numbers["late"] - numbers["today"] - numbers["none"]
    return {
        "late": Group("已逾期", numbers["late"]),
        "today": Group("今日到期", numbers["today"]),
        "rest": Group("明日及以后", rest),
        "none": Group("没有时限", numbers["none"]),
    }


def group_of(due: datetime | None, now: datetime) -> str:
    """In which of the groups a due time falls; what has no due time comes last."""
    if due is None:
        return "none"
    if due > end_of_day(now.astimezone(SHANGHAI).date()):
        return "rest"
    return "late" if due <= now else "today"


def page(seat: Seat, queue: Queue, number: int) -> list[Any]:
    """Page `number` (from 1) of a queue, due first."""
    due = DUE[queue.base]
    found = rows(seat, queue.base).filter(queue.where(seat)).order_by(F(due).asc(nulls_last=True), "pk")
    related = {"order": ("appeal",), "share": ("order__appeal",), "task": ("order__appeal", "share")}
    start = (number - 1) * PAGE
    return list(found.select_related(*related[queue.base])[start : start + PAGE])
