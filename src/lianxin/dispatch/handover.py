"""A unit is closed or a person goes: what is open goes to another in one step, which is shown before it is taken.

Command and page ask here: `of_unit` and `of_person` say what a hand-over touches, `take` does it, `take_shown` only if
it still is what somebody was shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Q

from lianxin.directory.snapshot import Snapshot
from lianxin.ledger import journal
from lianxin.ledger.acts import Act, Actor
from lianxin.ledger.chain import canonical
from lianxin.ledger.door import Recorded, record_many
from lianxin.ledger.locks import Lock, alone
from lianxin.ledger.models import Task
from lianxin.orders.holders import next_holder
from lianxin.orders.models import Order, Share
from lianxin.orders.models.order import OPEN_STATES
from lianxin.orders.models.share import RUNNING_STATES
from lianxin.orders.recusal import NOT_HIM, recused
from lianxin.orders.succession import OF_A_SHARE

#: At most so many acts in one transaction.
BATCH = 500
NOBODY = "没有可以接手的人员，请先设置岗位"
NOT_THERE = "接手的人须是同一单位在岗的人员"
OF_TWO_UNITS = "同一工单上他还承办别家单位的一份，请由派单员移交"


class Step(NamedTuple):
    """What is done with one running share: `verb` with `payload` on the order, after which `to` has it (a unit, or with
    `order.handed_over` a person); `why` not, where it cannot be done."""

    order: int
    number: str
    share: int
    unit: int
    role: str
    depth: int
    state: str
    verb: str
    payload: dict[str, Any]
    to: int | None = None
    why: str = ""


@dataclass(frozen=True)
class Plan:
    """What a hand-over touches: its steps by order number; how many petitions and questions are open on those shares
    and call-backs booked on those orders; how many orders stand with the person for a post, not for a share: they
    follow the post by themselves when its holder changes."""

    of: tuple[str, int]
    to: int | None
    steps: tuple[Step, ...]
    petitions: int
    questions: int
    booked: int
    by_post: int = 0

    @property
    def able(self) -> tuple[Step, ...]:
        """The steps that can be taken."""
        return tuple(step for step in self.steps if not step.why)

    @property
    def mark(self) -> str:
        """A digest of all that was shown: of whom, to whom, each step, and what is open on them."""
        shown = [self.of, self.to, [list(step) for step in self.steps], self.petitions, self.questions, self.booked]
        return hashlib.sha256(canonical(shown)).hexdigest()


@dataclass(frozen=True)
class Outcome:
    """How a hand-over came out: the orders that went over, and the steps that were refused, with the sentence."""

    orders: int
    refused: tuple[tuple[Step, str], ...]


class Changed(Exception):
    """It is no longer what was shown; nothing was done."""


def of_unit(directory: Snapshot, unit: int, to: int, *, basis: str, reason: str) -> Plan:
    """What handing over all running shares of `unit` to `to` touches.

    A share that assists where `to` has the order already, and one that was handed down, is let go; all else goes to
    `to`, which takes a lead over with the share that it has if it assists.  A unit's petitions and questions on a
    share end with it.
    """
    running = _running(directory)
    there = set(running.filter(unit=to, depth=0).values_list("order", flat=True))
    steps = []
    for share in running.filter(unit=unit).select_related("order").order_by("order__number", "pk"):
        spare = share.depth > 0 or (share.role == "assist" and share.order_id in there)
        payload: dict[str, Any] = {"share": share.pk, "reason": reason}
        if not spare:
            payload |= {"unit": to, "basis": basis}
        verb = "share.released" if spare else "share.reassigned"
        steps.append(Step(*_line(share), verb, payload, None if spare else to))
    return Plan(("unit", unit), to, tuple(steps), *_open(steps))


def of_person(directory: Snapshot, person: int, to: int | None, at: datetime, *, within: int | None = None) -> Plan:
    """What handing over the running shares of `person` touches: to `to`, or (None) to whoever holds his post, else
    stands in.  `within`: only those of that unit."""
    held = list(_running(directory).filter(holder=person).select_related("order").order_by("order__number", "pk"))
    elsewhere = {share.order_id for share in held if within is not None and share.unit_id != within}
    payload: dict[str, Any] = {"person": person, "to": to}
    steps = []
    for share in held:
        if within is None or share.unit_id == within:
            line = next_holder(directory, share, at, but=person, barred=recused(share.order))
            heir = to or (line[1] if line else None)
            why = "" if heir else NOBODY
            if heir and not directory.serves(heir, share.unit_id):
                why = NOT_THERE
            if heir in recused(share.order):
                why = NOT_HIM
            if share.order_id in elsewhere:
                why = OF_TWO_UNITS
            steps.append(Step(*_line(share), "order.handed_over", payload, heir, why))
    # An act concerns the whole order: of two shares on one order both can go, or neither.
    unable = {step.order: step.why for step in steps if step.why}
    steps = [step._replace(why=unable.get(step.order, "")) for step in steps]
    owned = Order.objects.filter(centre=directory.centre_id, state__in=OPEN_STATES, owner_person=person)
    by_post = owned.exclude(node__in=OF_A_SHARE)
    if within is not None:
        by_post = by_post.filter(owner_unit=within)
    petitions, questions, booked = _open(steps)
    counted = by_post.aggregate(all=Count("pk"), booked=Count("pk", filter=Q(call_at__isnull=False)))
    return Plan(("person", person), to, tuple(steps), petitions, questions, booked + counted["booked"], counted["all"])


def outcome_of(directory: Snapshot, step: Step) -> str:
    """What becomes of a share, in words: `改派热力公司`, `解除承办`, `转周启明`, or why nothing."""
    if step.why:
        return f"不能移交：{step.why}"
    if step.verb == "order.handed_over":
        person = directory.staff.get(step.to or 0)
        return f"转{person.name if person else ''}"
    return f"改派{directory.units[step.to].name}" if step.to else "解除承办"


def take(plan: Plan, actor: Actor, at: datetime) -> Outcome:
    """Take the steps that can be taken, an entry on each order, and a line in the journal; what is refused does not
    keep the others.  A person's work is handed over by the system, on `actor`'s word."""
    system = Actor.system(actor.centre)
    acts: dict[tuple[int, int], tuple[Step, Act]] = {}
    for step in plan.able:
        alone = step.verb == "order.handed_over"
        by = system if alone else actor
        acts.setdefault(
            (step.order, 0 if alone else step.share), (step, Act(step.verb, by, at, step.payload, step.order))
        )
    todo, refused, done = list(acts.values()), [], set()
    for start in range(0, len(todo), BATCH):
        part = todo[start : start + BATCH]
        results = record_many([act for _, act in part], collect=True)
        for (step, _), result in zip(part, results, strict=True):
            if isinstance(result, Recorded):
                done.add(step.order)
            else:
                refused.append((step, str(result)))
    kind, who = plan.of
    said = {"of": kind, kind: who, "to": plan.to, "orders": len(done), "refused": len(refused)}
    journal.write(actor.centre, "work.handed_over", at=at, staff=actor.staff, payload=said)
    return Outcome(len(done), tuple(refused))


def take_shown(make: Callable[[], Plan], mark: str, actor: Actor, at: datetime) -> Outcome:
    """Take what was shown under `mark`, if it still is that.  Raises Changed, and nothing is done, if not.

    One hand-over of a centre at a time: of two clicks the second finds that nothing is left.
    """
    with alone(Lock.HAND_OVER, actor.centre):
        plan = make()
        if plan.mark != mark:
            raise Changed
        return take(plan, actor, at)


def _running(directory: Snapshot) -> Any:
    return Share.objects.filter(order__centre=directory.centre_id, state__in=RUNNING_STATES)


def _line(share: Share) -> tuple[int, str, int, int, str, int, str]:
    number = share.order.number
    return share.order_id, number, share.pk, share.unit_id, str(share.role), share.depth, str(share.state)


def _open(steps: Iterable[Step]) -> tuple[int, int, int]:
    """(petitions, questions, booked call-backs) that are open on these."""
    shares, orders = {step.share for step in steps}, {step.order for step in steps}
    tasks = Task.objects.filter(share__in=shares, done_at=None, comes_at=None).aggregate(
        petitions=Count("pk", filter=Q(petition=True)), others=Count("pk", filter=Q(petition=False))
    )
    booked = Order.objects.filter(pk__in=orders, call_at__isnull=False).count()
    return tasks["petitions"], tasks["others"], booked
