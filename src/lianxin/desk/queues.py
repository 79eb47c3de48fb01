"""What waits for a post: every queue is a query over orders, shares, tasks or proceedings by due time.

`QUEUES` is the table: which queues a role has, what is in them, and whether people work through them one by one; after
the home pages of hotline platforms in use.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from lianxin.directory.snapshot import Snapshot
from lianxin.followup.models import Callback
from lianxin.ledger.models import Clock, Task
from lianxin.orders.models import Share
from lianxin.orders.models.order import OPEN_STATES
from lianxin.orders.models.share import RUNNING_STATES
from lianxin.proceedings import kinds
from lianxin.proceedings.models import Proceeding
from lianxin.rules.lifecycle import AT_WORK, OrderState, ShareState
from lianxin.rules.policy import PolicyError
from lianxin.rules.policy_tasks import TaskRule
from lianxin.rules.worktime import SHANGHAI, end_of_day

from . import statements
from .asking import Question, answers
from .seats import Seat

Base = Literal["order", "share", "task", "proceeding"]
PAGE = 40


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue.  `where` gets the seat (its unit, its time).  `worked`: its rows carry their next verb, and one thing
    after the other is taken from it; the others are there to be looked at.  `first` stands before the due time."""

    code: str
    title: str
    base: Base
    where: Callable[[Seat], Q]
    worked: bool = False
    empty: str = "新的工单到达时会自动出现在这里。"
    first: str = ""
    #: in the badge of every page; what is worked through is
    counted: bool = False


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
    since = seat.since(seat.pack.queues.recently_closed)
    return Q(state=OrderState.CLOSED, closed_at__gte=since, erased_at=None)


def _to_call(seat: Seat) -> Q:
    """Not called back in this round: where call-backs come before the closing, and where they come after it."""
    # What was merged was told with its main order.
    waiting = _node("callback")(seat) | (_recently_closed(seat) & Q(merged_into=None))
    return waiting & Q(called_back_round__lt=F("round"))


def _unhappy(seat: Seat) -> Q:
    """Closed by audit, called back since, and the caller says that it is not solved or that he is not satisfied: to go
    round again.  Where call-backs come before the closing, such orders still stand at the call-back."""
    since = seat.since(seat.pack.queues.dissatisfied)
    bad = Callback.objects.filter(Q(solved=False) | Q(result_satisfied=False), finished_at__gte=since)
    said = bad.filter(order=OuterRef("pk"), round=OuterRef("round"))
    return Q(Exists(said), state=OrderState.CLOSED, erased_at=None, excluded=False, closed_at__gte=since)


def _to_audit(seat: Seat) -> Q:
    asks_first = Q(unit_audited_at__isnull=False) | ~Q(order__pack__in=packs_with_unit_audit(seat))
    return Q(state=ShareState.REPLIED, depth=0) & asks_first


def packs_with_unit_audit(seat: Seat) -> list[str]:
    """The packs of this centre under which a unit audits its replies itself; one that cannot be read is none."""
    return [line.pack for line in seat.directory.policies if _asks_unit(seat, line.pack)]


def _asks_unit(seat: Seat, pack: str) -> bool:
    try:
        return seat.directory.find_pack(pack).reply.unit_audit
    except PolicyError:
        return False


_DISPATCH = Queue("dispatch", "待派单", "order", _node("dispatch"), worked=True)
_OVERDUE = Queue("overdue", "已逾期", "order", _overdue, empty="没有逾期的工单。")
_UNHAPPY = Queue(
    "unhappy", "不满意待重办", "order", _unhappy, worked=True, empty="没有办结后回访不满意、还没有重办的工单。"
)
_AGAIN = Queue("again", "重办", "order", _again, empty="没有正在重办的工单。")
_TODAY = Queue("today", "今日登记", "order", _today, empty="今天还没有登记工单。")
_OPEN = Queue("open", "全部在办", "order", _open, empty="没有在办的工单。")
_REMARKS = Queue(
    "remarks",
    "待答复询问",
    "task",
    lambda seat: Q(kind="remark"),
    worked=True,
    empty="没有等待答复的询问。",
)
#: Petitions that the verb of their kind decides, in a queue of their own.
DECIDED = ("return", "extension")
_DUTIES = Queue(
    "duties",
    "待办事项",
    "task",
    lambda seat: Q(rule__gt="") & ~Q(kind__in=DECIDED, post_role="dispatcher"),
    worked=True,
    empty="规则交给本岗位的事项会出现在这里。",
)
_UNIT_AUDIT = Queue(
    "unit_audit",
    "待单位审核",
    "share",
    lambda seat: Q(state=ShareState.REPLIED, unit_audited_at=None),
    worked=True,
    empty="没有等待单位审核的答复。",
)
_UNIT = (
    Queue("all", "全部待办", "share", lambda seat: Q(state__in=[ShareState.PENDING, *AT_WORK]), worked=True),
    Queue("sign", "待签收", "share", _at(ShareState.PENDING), worked=True),
    Queue(
        "contact",
        "待联系",
        "share",
        lambda seat: Q(state=ShareState.SIGNED, contacted_at=None, depth=0) & ~Q(role="assist"),
        worked=True,
        empty="签收后还没有联系诉求人的工单会出现在这里。",
    ),
    Queue("working", "办理中", "share", _at(ShareState.SIGNED), worked=True),
    Queue("back", "被退回", "share", _at(ShareState.SENT_BACK), worked=True, empty="没有被退回重报的答复。"),
    Queue(
        "rounds",
        "重办",
        "share",
        lambda seat: Q(state__in=[ShareState.PENDING, *AT_WORK], round__gt=1),
        worked=True,
        empty="没有重办的工单。",
    ),
)
_UNIT_OVERDUE = Queue(
    "overdue",
    "已逾期",
    "share",
    # What waits for the centre's audit is the centre's lateness.
    lambda seat: Q(due__lte=seat.now) & ~_to_audit(seat),
    worked=True,
    empty="没有逾期的工单。",
)


def asked_of(seat: Seat) -> Q:
    """The proceedings that stand with this seat's post, or with its person, and ask something of it now."""
    unit = seat.post.unit if seat.in_unit else seat.directory.root.id
    posts = [post.id for post in seat.directory.posts_at(unit, seat.role)]
    return Proceeding.OPEN & (Q(owner_post__in=posts) | Q(owner_person=seat.staff.pk)) & asking()


def asking() -> Q:
    """The proceedings that ask something of somebody: not those that are only kept, as a matter or a unit's file."""
    found = Q()
    for kind, states in kinds.asking():
        found |= Q(kind=kind, state__in=states)
    return found


_PROCEEDINGS = Queue(
    "proceedings", "专办事项", "proceeding", asked_of, counted=True, empty="轮到本岗位的函件、会议等会出现在这里。"
)

QUEUES: dict[str, tuple[Queue, ...]] = {
    "agent": (_DISPATCH, _TODAY),
    "dispatcher": (
        _DISPATCH,
        Queue("returns", "退单待审定", "task", lambda seat: Q(kind="return"), worked=True),
        Queue("extensions", "延期待审定", "task", lambda seat: Q(kind="extension"), worked=True),
        _REMARKS,
        _OVERDUE,
        _AGAIN,
        _TODAY,
    ),
    "auditor": (Queue("audit", "待审核", "share", _to_audit, worked=True), _OVERDUE),
    "callback": (
        Queue("callback", "待回访", "order", lambda seat: _to_call(seat) & Q(callback_tries=0), worked=True),
        Queue(
            "recall",
            "再呼",
            "order",
            lambda seat: _to_call(seat) & Q(callback_tries__gt=0),
            worked=True,
            empty="没有需要再次回访的工单。",
            first="call_at",
        ),
        Queue(
            "judge",
            "已回访待办结",
            "order",
            lambda seat: _node("callback")(seat) & Q(called_back_round=F("round")),
            worked=True,
            empty="没有等待办结或重办的工单。",
        ),
        _UNHAPPY,
        Queue("merged", "并单待告知", "order", _node("answer"), worked=True, empty="没有并单待告知的工单。"),
        Queue("closed", "近期办结", "order", _recently_closed, empty="近期没有办结的工单。"),
    ),
    "supervisor": (_OVERDUE, _AGAIN, _UNHAPPY, _OPEN),
    "leader": (_OVERDUE, _AGAIN, _OPEN),
    "analyst": (_TODAY, _OVERDUE, _AGAIN),
    "patrol": (_TODAY,),
    "clerk": (*_UNIT, _REMARKS, _UNIT_OVERDUE, _UNIT_AUDIT),
    "hotline_deputy": (_UNIT_AUDIT, *_UNIT[:2], _UNIT[3], _UNIT[4], _UNIT[5], _UNIT_OVERDUE),
    "line_deputy": (_UNIT_AUDIT, _UNIT[0], _UNIT_OVERDUE),
    "principal": (_UNIT[0], _UNIT_OVERDUE, _UNIT[5], _UNIT_AUDIT),
}

#: Name of the due column of each base.
DUE = {"order": "due_at", "share": "due", "task": "due", "proceeding": "due_at"}


def queues_of(seat: Seat) -> tuple[Queue, ...]:
    """The queues of the seat's role, none for posts that have no work with orders."""
    own = QUEUES.get(seat.role, ())
    if lays_duties(seat.directory):
        own = (*own, _DUTIES)
    return (*own, _PROCEEDINGS) if seat.role in kinds.posts() else own


def lays_duties(directory: Snapshot) -> bool:
    """Whether a pack of this centre lays duties on posts, besides the petitions that its dispatchers decide."""
    return any(_lays_duties(directory, line.pack) for line in directory.policies)


def _lays_duties(directory: Snapshot, pack: str) -> bool:
    try:
        return any(_in_duties(rule) for rule in directory.find_pack(pack).tasks)
    except PolicyError:
        return False


def _in_duties(rule: TaskRule) -> bool:
    """Whether tasks of a rule stand in the queue of duties: also petitions that others agree to, or decide."""
    return rule.kind not in DECIDED or bool(rule.levels) or rule.post != "dispatcher"


def rows(seat: Seat, base: Base) -> QuerySet[Any]:
    """What the queues of a base choose from: visible orders, running shares, or open tasks of this post."""
    if base == "order":
        return seat.whole
    if base == "proceeding":
        return seat.proceedings
    if base == "task":
        # The centre's tasks are its sub-centres' too: their posts decide as the centre's do.
        unit = seat.post.unit if seat.in_unit else seat.directory.root.id
        mine = Q(unit=unit, post_role=seat.role) | Q(holder=seat.staff.pk)
        return Task.objects.filter(seat.of_whole, mine, done_at=None)
    earliest = Clock.objects.filter(share=OuterRef("pk"), ended_at=None).order_by("due").values("due")[:1]
    units = [seat.post.unit] if seat.in_unit else list(seat.directory.units)
    running = Share.objects.filter(seat.of_whole, unit__in=units, state__in=RUNNING_STATES)
    return running.annotate(due=Subquery(earliest))


#: What a row shows of an order; the rest is not fetched.
_ORDER = (
    *("id", "centre", "pack", "number", "state", "round", "urgency", "category", "registered_at", "closed_at"),
    *("called_back_round", "callback_tries", "call_at", "merged_into", "owner_unit", "owner_person", "node"),
    *("node_since", "due_at", "erased_at"),
)
_SHARE = (
    *("id", "order", "unit", "role", "round", "depth", "state", "holder", "replied_at", "contacted_at"),
    *("dispatched_at", "unit_audited_at"),
)
_OF_ORDER = tuple(f"order__{name}" for name in (*_ORDER, "appeal__title"))
_SHOWN: dict[str, tuple[str, ...]] = {
    "order": (*_ORDER, "appeal__title"),
    "share": (*_SHARE, *_OF_ORDER),
    "task": (
        *("id", "order", "share", "kind", "rule", "level", "vacant", "petition", "reason", "holder", "due", "made_at"),
        *_OF_ORDER,
        *(f"share__{name}" for name in _SHARE),
    ),
}
_RELATED = {"order": ("appeal",), "share": ("order__appeal",), "task": ("order__appeal", "share")}


def in_turn(seat: Seat, queue: Queue) -> QuerySet[Any]:
    """What is in a queue, in the order in which it is worked through: due first, or as it was promised."""
    due = F(DUE[queue.base]).asc(nulls_last=True)
    turn = [F(queue.first).asc(nulls_last=True), due] if queue.first else [due]
    found = rows(seat, queue.base).filter(queue.where(seat)).order_by(*turn, "pk")
    if queue.base == "proceeding":
        return found.select_related("wording")
    return found.select_related(*_RELATED[queue.base]).only(*_SHOWN[queue.base])


def page(seat: Seat, queue: Queue, number: int) -> list[Any]:
    """Page `number` (from 1) of a queue."""
    (found,) = answers(page_question(seat, queue, number))
    return list(found)


def page_question(seat: Seat, queue: Queue, number: int) -> Question:
    """Asks for a page."""
    start = (number - 1) * PAGE
    return statements.question(
        seat, "page", lambda seat: in_turn(seat, queue)[start : start + PAGE], queue.code, number
    )
