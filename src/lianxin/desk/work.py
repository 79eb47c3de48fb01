"""The rows of a queue: an order with the clock that presses, its progress, and one next verb.

A page of rows costs a fixed number of statements: their clocks, and where something is decided there what the decision
hangs on.  Rows are plain dicts of what is shown: a template looks those up at half the cost of objects.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any, NamedTuple, cast

from django.urls import reverse

from lianxin.followup.models import Callback
from lianxin.ledger.models import Clock, Task
from lianxin.orders.models import Order, Share
from lianxin.orders.nodes import NODE_TITLES
from lianxin.orders.timeline import clock_title
from lianxin.rules import lifecycle
from lianxin.rules.lifecycle import ORDER_TITLES, SHARE_TITLES, OrderState

from . import clocks, faces, presence
from .asking import Question, answers
from .counting import group_of
from .faces import Step
from .offers import may_now, next_verb
from .queues import DUE, Queue
from .seats import Seat

Row = dict[str, Any]
#: How the chip of a row is coloured.
CARDS = {"yellow": " lx-clock-y", "red": " lx-clock-r"}


class Running(NamedTuple):
    """A running clock, as far as a row shows it."""

    order_id: int
    share_id: int | None
    task_id: int | None
    rule: str
    kind: str
    due: datetime
    warn_at: datetime | None
    #: of its share: a row says whose limit it is
    unit_id: int | None


class Sheet:
    """One page of a queue: what its rows need, fetched at once."""

    def __init__(self, seat: Seat, queue: Queue, things: list[Any]) -> None:
        self.seat, self.queue, self.things = seat, queue, things
        self.orders = [order_of(thing).pk for thing in things]
        self.base = reverse("desk:home") + "orders/"
        signs = presence.question(seat, self.orders if queue.offers else [])
        pressing, found = answers(_pressing(queue.base, self.orders, [thing.pk for thing in things]), signs)
        #: the clock that a row is sorted by: the earliest of the thing itself
        self.clocks: dict[int, Running] = pressing
        self.leads = self._leads() if queue.base == "order" else {}
        self.unhappy = self._unhappy() if queue.offers and seat.role in ("callback", "supervisor") else set()
        self.petitions = self._petitions() if queue.offers and queue.base == "share" and not seat.in_unit else {}
        self.busy, self.mine = presence.whose(seat, found)

    def rows(self) -> list[Row]:
        return [self._row(thing) for thing in self.things]

    def _leads(self) -> dict[int, Share]:
        """Who handled what is called back now: the last lead of each order that is no unit's at the moment."""
        away = [o.pk for o in map(order_of, self.things) if o.state in (OrderState.TO_CALLBACK, OrderState.CLOSED)]
        if not away:
            return {}
        columns = ("order", "unit", "role", "round", "holder")
        leads = Share.objects.filter(order__in=away, depth=0).exclude(role="assist").order_by("pk").only(*columns)
        return {share.order_id: share for share in leads}

    def _unhappy(self) -> set[int]:
        """Orders whose caller was not content in the round that they are in."""
        rounds = {order_of(thing).pk: order_of(thing).round for thing in self.things}
        found: dict[int, bool] = {}
        rows = Callback.objects.filter(order__in=rounds).order_by("pk")
        for order, round, solved, content in rows.values_list("order", "round", "solved", "result_satisfied"):
            if round == rounds[order]:
                found[order] = solved is False or content is False
        return {order for order, bad in found.items() if bad}

    def _petitions(self) -> dict[int, frozenset[str]]:
        """The open petitions about each share."""
        found: dict[int, set[str]] = defaultdict(set)
        shares = [thing.pk for thing in self.things]
        for share, kind in Task.objects.filter(share__in=shares, done_at=None, comes_at=None).values_list(
            "share", "kind"
        ):
            found[share].add(kind)
        return {share: frozenset(kinds) for share, kinds in found.items()}

    def _row(self, thing: Any) -> Row:
        seat, order, share = self.seat, order_of(thing), share_of(thing)
        clock = self.clocks.get(thing.pk)
        due: datetime | None = getattr(thing, DUE[self.queue.base])
        chip = clocks.due_chip(clock.due, clock.warn_at, seat.now, seat.calendar) if clock else None
        category = seat.directory.categories.get(order.category_id or 0)
        shown = share or self.leads.get(order.pk)
        unit = seat.directory.units.get(shown.unit_id if shown else order.owner_unit_id or 0)
        holder = shown.holder_id if shown else order.owner_person_id
        if isinstance(thing, Task) and thing.rule:
            holder = thing.holder_id
        person = seat.directory.staff.get(holder or 0)
        verb = self.next_of(thing)
        about = thing.pk if verb in faces.DUTY else share.pk if share else 0
        url = f"{self.base}{order.number}/"
        return {
            "id": f"{order.pk}-{share.pk if share else 0}",
            "number": order.number,
            "urgent": order.urgency == "urgent",
            "order_round": order.round if share and share.round != order.round else 0,
            "title": order.appeal.title or "（原文已按期删除）",
            "category": category.title if category else "未分类",
            "chip": chip.words if chip else "",
            "card": chip.card if chip else "",
            "chip_class": CARDS.get(chip.card, "") if chip else "",
            "due": _due_words(seat, thing, clock, due, self.queue),
            "role": share.role_title if share and seat.in_unit else _place(unit),
            "round": share.round if share else order.round,
            "progress": _progress(seat, thing),
            "since": _since(thing, order),
            "person": person.name if person else "",
            "busy": self.busy.get(order.pk, ""),
            "mine": clocks.due_words(self.mine[order.pk], seat.now) if order.pk in self.mine else "",
            "group": group_of(due, seat.now),
            "url": url,
            "verb": faces.button(verb) if verb else "",
            "action": verb,
            "next_url": f"{url}{verb}/?{f'share={about}&' if about else ''}queue={self.queue.code}" if verb else url,
            "one_click": bool(verb) and faces.of(verb).one_click,
            "share": share.pk if share else "",
        }

    def next_of(self, thing: Any) -> str:
        """The verb that comes next, as the order's own page would put it first."""
        if not self.queue.offers:
            return ""
        order, share = order_of(thing), share_of(thing)
        petitions = frozenset({thing.kind}) if isinstance(thing, Task) else self.petitions.get(thing.pk, frozenset())
        step = Step(order, share, petitions, order.pk in self.unhappy)
        about = share or self.leads.get(step.order.pk)
        shares = [about] if about else []
        named = next_verb(self.seat, step, shares, self.queue.verbs) if self.queue.verbs else ""
        if named or not self.queue.worked:
            return named
        rule = self.seat.directory.find_pack(order.pack).task(thing.rule) if isinstance(thing, Task) else None
        if rule is not None and thing.level < len(rule.levels):
            return "petition.endorsed"
        if rule is not None and self.seat.directory.find_pack(order.pack).petition_kind(thing.kind):
            return "petition.decided"
        if rule is not None and not rule.petition and (thing.vacant or not rule.ends_with):
            return "task.done"
        if rule is not None and rule.ends_with:
            meeting = faces.meeting(rule, self.seat.takes)
            # What meets the duty may not be possible yet: then what comes before it is next.
            if meeting and may_now(self.seat, step, shares, meeting):
                return meeting
        return next_verb(self.seat, step, shares)


#: Of which thing a clock is, and which are not meant.
_OF = {
    "order": ("c.order_id", ""),
    "share": ("c.share_id", " AND c.task_id IS NULL"),
    "task": ("c.task_id", ""),
}


def _pressing(base: str, orders: list[int], things: list[int]) -> Question:
    """Asks for the running clock of each thing that is due first.  By hand: to build it cost more than to ask it."""
    thing, only = _OF[base]
    own = ", ".join(f"c.{name}" for name in Running._fields[:-1])
    asked = (
        f"SELECT DISTINCT ON ({thing}) {thing}, {own}, s.unit_id FROM {Clock._meta.db_table} c"
        f" LEFT JOIN {Share._meta.db_table} s ON s.id = c.share_id"
        f" WHERE c.order_id = ANY(%s) AND {thing} = ANY(%s) AND c.ended_at IS NULL{only} ORDER BY {thing}, c.due, c.id"
    )
    return Question((asked, [orders, things]), lambda rows: {pk: Running(*line) for pk, *line in rows})


def order_of(thing: Any) -> Order:
    """The order of an order, a share or a task."""
    return thing if isinstance(thing, Order) else thing.order


def share_of(thing: Any) -> Share | None:
    """The share that a row is about, if it is about one."""
    if isinstance(thing, Share):
        return thing
    return thing.share if isinstance(thing, Task) else None


def _place(unit: Any) -> str:
    return str(unit.short_name or unit.name) if unit else ""


def _due_words(seat: Seat, thing: Any, clock: Running | None, due: datetime | None, queue: Queue) -> str:
    """`11-20 周五 24:00 前，热力公司办理`: until when, and what by whom; a unit need not be told that it is itself."""
    order = order_of(thing)
    before = getattr(thing, queue.first) if queue.first else None
    if before:
        return f"{queue.first_title.removesuffix('时间')} {clocks.due_words(before, seat.now)}"
    if due is None:
        if isinstance(thing, Task):
            # The order's own clocks run all the same: only what is asked here has none.
            return f"规则未设{_TASKS.get(thing.kind, _DUTY)[1]}时限"
        if order.is_open:
            return "没有在计的时限"
        ended = f"{clocks.moment(order.closed_at)} {ORDER_TITLES[order.state].removeprefix('已')}"
        to_call = order.state == OrderState.CLOSED and order.called_back_round != order.round
        to_call = to_call and order.merged_into_id is None
        return f"{ended}，规则未设回访时限" if to_call else ended
    words = f"{clocks.due_words(due, seat.now)} 前"
    if clock is None:
        return words
    unit = seat.directory.units.get(clock.unit_id or 0) if clock.unit_id != seat.post.unit else None
    return f"{words}，{_place(unit)}{_title(seat, order.pack, clock)}"


def _title(seat: Seat, pack: str, clock: Running) -> str:
    """The name of the clock's rule, under the pack of its order."""
    return clock_title(seat.directory.find_pack(pack), cast(Clock, clock))


#: What a task is about, as its row says it, and what its limit is called, where its rules set none.
_TASKS = {
    "return": (lifecycle.find("return.filed").title, "退单审定"),
    "extension": (lifecycle.find("extension.filed").title, "延期审定"),
    "remark": ("等待答复询问", "答复询问"),
}
_DUTY = ("待办", "办理")


def _progress(seat: Seat, thing: Any) -> str:
    if isinstance(thing, Task):
        # In the words of the order's own pack, under which it was filed.
        pack = seat.directory.find_pack(order_of(thing).pack)
        rule = pack.petition_kind(thing.kind)
        title = rule.title if rule else _TASKS.get(thing.kind, _DUTY)[0]
        return f"{title}：{pack.petition_reason(thing.kind, thing.reason)}" if thing.reason else title
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
