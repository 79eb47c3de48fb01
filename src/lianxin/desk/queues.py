"""What waits for a post: every queue is a query over orders, shares, tasks or proceedings by due time.

Which queues a post has, and what is in them, are rows of the pack in force now (`[[queue]]`, `rules.policy_queues`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.models import Clock, Task
from lianxin.orders.duties import may_lie_on
from lianxin.orders.models import Share
from lianxin.orders.models.share import RUNNING_STATES
from lianxin.proceedings import kinds
from lianxin.rules import policy
from lianxin.rules.policy import Pack, PolicyError
from lianxin.rules.policy_queues import QueueRule, of_post
from lianxin.rules.policy_tasks import TaskRule
from lianxin.rules.queue_terms import COLUMNS, Base

from . import clocks, queue_sql, statements
from .asking import Question, answers
from .seats import Seat

PAGE = 40


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue, as its row says.  `worked`: its rows carry their next verb, and one thing after the other is taken
    from it; the others are there to be looked at."""

    rule: QueueRule
    code: str
    title: str
    base: Base
    worked: bool
    #: in the badge of every page; what is worked through is
    counted: bool
    #: what is said while nothing is in it
    empty: str
    #: the verbs that its rows offer before what would come next by itself
    verbs: tuple[str, ...]
    #: the column of a time that stands before the due time
    first: str

    @classmethod
    def of(cls, rule: QueueRule) -> Queue:
        first = queue_sql.COLUMNS[rule.base][rule.first].name if rule.first else ""
        return cls(
            rule=rule,
            code=rule.code,
            title=rule.title,
            base=rule.base,
            worked=rule.worked,
            counted=rule.counted,
            empty=rule.empty,
            verbs=rule.verbs,
            first=first,
        )

    @property
    def first_title(self) -> str:
        """What the time is called that stands before the due time."""
        return COLUMNS[self.base][self.rule.first].title

    @property
    def offers(self) -> bool:
        """Whether its rows offer a verb at all."""
        return self.worked or bool(self.verbs)

    def where(self, seat: Seat) -> Q:
        """What is in it, for this seat now."""
        return queue_sql.where(self.rule.when, self.base, seat)


#: Petitions that the verb of their kind decides, in a queue of their own.
DECIDED = ("return", "extension")

#: Name of the due column of each base.
DUE = {"order": "due_at", "share": "due", "task": "due", "proceeding": "due_at"}


def queues_of(seat: Seat) -> tuple[Queue, ...]:
    """The queues of the seat's post under the pack in force now, none for posts that have no work with orders."""
    return tuple(Queue.of(rule) for rule in of_post(rules(seat.pack), seat.role) if _there(seat, rule))


def rules(pack: Pack) -> tuple[QueueRule, ...]:
    """The queues of a pack; of one that states none, as those that were adopted before there were such rows, the
    product's own."""
    return pack.queue_rules or _shipped()


@cache
def _shipped() -> tuple[QueueRule, ...]:
    return policy.find("base", policy.POLICIES).queue_rules


def _there(seat: Seat, rule: QueueRule) -> bool:
    """Whether what the queue needs is there."""
    if rule.needs == "duties":
        return lays_duties(seat.directory, seat.role)
    return rule.needs != "proceedings" or seat.role in kinds.posts(with_shifts=bool(seat.directory.on_duty.rosters))


def lays_duties(directory: Snapshot, role: str) -> bool:
    """Whether a pack of this centre may lay a duty on a post of this role, besides the petitions that its dispatchers
    decide."""
    return any(_lays_duties(directory, line.pack, role) for line in directory.policies)


def _lays_duties(directory: Snapshot, pack: str, role: str) -> bool:
    try:
        rules = [rule for rule in directory.find_pack(pack).tasks if _in_duties(rule)]
    except PolicyError:
        return False
    return any(may_lie_on(rule, role) for rule in rules)


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
        # What an act laid on a colleague is his, not his post's (`orders.duties.lies_on`).
        others = Q(rule__in=[rule.id for rule in seat.pack.tasks if rule.named], holder__isnull=False)
        mine = Q(unit=unit, post_role=seat.role) & ~others | Q(holder=seat.staff.pk)
        return Task.objects.filter(seat.of_whole_here, mine, done_at=None, comes_at=None)
    earliest = Clock.objects.filter(share=OuterRef("pk"), ended_at=None).order_by("due").values("due")[:1]
    units = [seat.post.unit] if seat.in_unit else list(seat.directory.units)
    running = Share.objects.filter(seat.of_whole_here, unit__in=units, state__in=RUNNING_STATES)
    return running.annotate(due=Subquery(earliest))


#: What a row shows of an order; the rest is not fetched.
_ORDER = (
    *("id", "centre", "pack", "number", "state", "round", "urgency", "category", "registered_at", "closed_at"),
    *("called_back_round", "callback_tries", "call_at", "merged_into", "owner_unit", "owner_person", "node"),
    *("node_since", "due_at", "erased_at", "recused", "found_by"),
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
        warned: QuerySet[Any] = found.select_related("wording").annotate(warn_at=clocks.warned("proceeding"))
        return warned
    more = {queue.first} - {"", *_SHOWN[queue.base]}
    return found.select_related(*_RELATED[queue.base]).only(*_SHOWN[queue.base], *more)


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
