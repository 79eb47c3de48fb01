"""What a watch does when it holds: it opens a proceeding (or proposes it), or takes a step of the one about the order.

All of it may be done again, by a job that looks twice or beside another: what was opened for an event, and each step,
has a key; and what an open proceeding has heard already is not news to it.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from lianxin.directory.snapshot import Snapshot
from lianxin.ledger import verbs
from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry
from lianxin.orders.models import Order
from lianxin.proceedings import kinds
from lianxin.proceedings.abouts import MOST
from lianxin.proceedings.kinds import Kind, Step
from lianxin.proceedings.models import About, Proceeding
from lianxin.proceedings.turns import turned_at
from lianxin.rules.pack import Pack
from lianxin.rules.policy_rounds import PROPOSED, WatchRule
from lianxin.rules.policy_words import case

_log = logging.getLogger(__name__)
#: What an order says of its matter: the same of each order of it.
OF_MATTER = frozenset({"repeats"})


class Found(NamedTuple):
    """A rule that held of an order after an entry of its ledger, and what its condition looked at."""

    rule: WatchRule
    order: Order
    entry: Entry
    facts: dict[str, Any]
    pack: Pack

    @property
    def in_words(self) -> str:
        """What was found: 办理轮次为4，标识为疑难."""
        facts = {name: tuple(value) if isinstance(value, list) else value for name, value in self.facts.items()}
        return case({("order", name): (value,) for name, value in facts.items()}, [self.pack]) or self.rule.title


def take(directory: Snapshot, found: Found, at: datetime) -> int:
    """Do what the rule says; how many entries that made."""
    action = f"{found.rule.proposes}.{found.rule.step}"
    if not verbs.known(action):
        _log.warning("%s names a step that there is no more: %s", found.rule.id, action)
        return 0
    kind, step = kinds.step_of(action)
    if step.opens:
        return _open(directory, found, kind, at)
    return sum(_go_on(directory, found, step, root, at) for root in _about(found, step))


def _open(directory: Snapshot, found: Found, kind: Kind, at: datetime) -> bool:
    """One about the order, or all orders of its matter, unless there is one; of a kind in which each rule proposes by
    itself, one of this rule."""
    orders, rule = _together(found.order), found.rule
    its = _of_kind(kind.code, orders)
    if kind.one_a_rule:
        mine = Entry.objects.filter(proceeding__in=its, number=1, payload__rule=rule.id)
        its = its.filter(pk__in=mine.values("proceeding"))
    if its.filter(ended_at=None).exists() or (kind.comes_again and its.exists()):
        return False
    if any(found.entry.recorded_at <= turned_at(root) for root in its):
        return False
    subject, seen = found.order.matter_id or found.order.pk, str(len(its))
    if rule.step == PROPOSED:
        seen = hashlib.sha256(json.dumps(found.facts, default=str, sort_keys=True).encode()).hexdigest()[:16]
    if kind.one_a_rule:
        subject, seen = _evidence(found, seen)
    title = f"{rule.title}：{found.order.number}"
    return _record(directory, found, None, f"watch:{rule.id}:{subject}:{seen}", at, title=title, orders=orders)


def _evidence(found: Found, facts: str) -> tuple[int, str]:
    """Of what it is evidence, and which: `facts`, of the matter where they say nothing of the order itself.  So nothing
    comes back because the order has joined a matter since, and a second order that has come as far is more.  Where the
    condition looks at the event, each event is evidence of its own: a limit that lapses again, what is published again.
    """
    order = found.order
    if any(part == "event" for part, _ in found.rule.when.reads):
        return order.pk, str(found.entry.pk)
    return (order.pk if found.facts.keys() - OF_MATTER else order.matter_id or order.pk), facts


def _about(found: Found, step: Step) -> Iterator[Proceeding]:
    """Those about the order, else about another of its matter, that stand where the step is taken and have not heard of
    the entry."""
    there = _of_kind(found.rule.proposes, _together(found.order)).filter(state__in=step.states)
    own = [root for root in there if root.abouts.filter(to_order=found.order.pk, role="subject").exists()]
    return (root for root in own or there if found.entry.recorded_at > turned_at(root))


def _go_on(directory: Snapshot, found: Found, step: Step, root: Proceeding, at: datetime) -> bool:
    known = About.objects.filter(proceeding=root, role="subject", to_order=found.order.pk).exists()
    key = f"watch:{found.rule.id}:{found.entry.pk}:{root.pk}"
    return _record(directory, found, root.pk, key, at, orders=[] if known else [found.order.pk])


def _record(
    directory: Snapshot, found: Found, root: int | None, key: str, at: datetime, *, orders: Sequence[int], **more: Any
) -> bool:
    if Entry.objects.filter(key=key).exists():
        return False
    action = f"{found.rule.proposes}.{found.rule.step}"
    named = orders if root is None else [found.order.pk]
    said = more | {
        "rule": found.rule.id,
        "found": found.in_words,
        "order": found.order.pk,
        "orders": orders,
        "numbers": list(Order.objects.filter(pk__in=named).order_by("pk").values_list("number", flat=True)),
        "heard": found.entry.recorded_at,
    }
    asked = verbs.get(action).payload.model_fields
    payload = {name: value for name, value in said.items() if name in asked}
    try:
        record(Act(action, Actor.system(directory.centre_id), at, payload, order=root, key=key))
    except Refused as refused:
        _log.warning("%s: %s could not be done by %s: %s", found.order.number, action, found.rule.id, refused)
        return False
    return True


def _of_kind(kind: str, orders: Sequence[int]) -> QuerySet[Proceeding]:
    """Those of a kind about any of these orders, whose words are still there."""
    spoken = About.objects.filter(to_order__in=orders, role="subject").values("proceeding")
    return Proceeding.objects.filter(kind=kind, pk__in=spoken, erased_at=None).order_by("pk")


def _together(order: Order) -> Sequence[int]:
    """The orders of its matter, or it alone."""
    if order.matter_id is None:
        return [order.pk]
    return list(Order.objects.filter(matter=order.matter_id).order_by("pk").values_list("pk", flat=True)[:MOST])
