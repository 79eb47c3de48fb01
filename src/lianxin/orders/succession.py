"""When the directory changes, open work follows the posts: nobody who has left stays responsible for an order.

An act on an order puts its own holders right (`settle.successors`); here the orders on which nobody acts are found.
What one person holds is handed over in one step by `dispatch.handover`.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any, TypeVar

from django.contrib.postgres.aggregates import ArrayAgg

from lianxin.directory import snapshot
from lianxin.directory.models import Centre
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.door import Recorded, record_many
from lianxin.ledger.models import Task
from lianxin.rules.policy import PolicyError

from . import holders
from .holders import answering, relief, standing_in
from .models import Order, Share
from .models.order import OPEN_STATES
from .models.share import RUNNING_STATES

#: At most so many orders in one transaction.
BATCH = 500
#: Nodes at which the holder of a share answers; at the others a post of the centre or the unit does.
OF_A_SHARE = ("sign", "handle")
Find = TypeVar("Find", bound=Callable[[Snapshot, datetime], list[int]])
_log = logging.getLogger(__name__)
#: Of each centre whose open work this process has looked at: the stamp of its directory, and until when nobody goes
#: away or comes back.
_seen: dict[int, tuple[int, datetime | None]] = {}


#: The act by which a root of each kind is handed over, and what finds those that are to be.
LEFT_BEHIND: dict[str, Callable[[Snapshot, datetime], list[int]]] = {}
HANDED_OVER = "order.handed_over"


def left_with(action: str) -> Callable[[Find], Find]:
    """Have what the function finds handed over by `action`."""

    def register(find: Find) -> Find:
        LEFT_BEHIND[action] = find
        return find

    return register


def follow_posts(at: datetime) -> int:
    """Hand over what people hold who are not there any more, or not now (A31), in every centre whose directory has
    changed, or in which somebody has gone away or come back, since this process looked last.  Returns how many entries
    were made."""
    done = 0
    for centre in Centre.objects.order_by("pk").values_list("pk", flat=True):
        directory = snapshot.of(centre)
        stamp, until = _seen.get(centre, (None, None))
        if stamp != directory.stamp or (until is not None and at >= until):
            for action, left in LEFT_BEHIND.items():
                done += hand_over(left(directory, at), centre, at, action)
            _seen[centre] = directory.stamp, directory.changes_after(at)
    return done


@left_with(HANDED_OVER)
def left_behind(directory: Snapshot, at: datetime) -> list[int]:
    """The open orders of a centre whose holder or owner, or the holder of whose duties, is gone or away, or for which
    somebody only stood in, and somebody else can answer now."""
    running = Share.objects.filter(order__centre=directory.centre_id, state__in=RUNNING_STATES)
    held = [
        line
        for line in running.order_by().values("holder", "holder_post", "unit", "stand_in", "order__recused").distinct()
        if _holder_gone(directory, line, at)
    ]
    found: set[int] = set()
    for line in held:
        found.update(running.filter(**line).values_list("order", flat=True))
    open_orders = Order.objects.filter(centre=directory.centre_id, state__in=OPEN_STATES).exclude(node__in=OF_A_SHARE)
    columns = ("owner_person", "owner_post", "owner_unit", "vacant", "node", "recused")
    for line in open_orders.order_by().values(*columns).distinct():
        if owner_gone(directory, line, at):
            found.update(open_orders.filter(**line).values_list("pk", flat=True))
    return sorted(found.union(*_with_duties_elsewhere(directory, at)))


def _with_duties_elsewhere(directory: Snapshot, at: datetime) -> Iterator[list[int]]:
    """The orders with open duties that lie elsewhere now (`duties.placed_anew`): one statement for all of them."""
    tasks = (
        Task.objects.filter(order__centre=directory.centre_id, done_at=None, comes_at=None).exclude(rule="").order_by()
    )
    where = ("holder_id", "unit_id", "post_role", "vacant", "share__unit", "level", "rule", "order__pack")
    for line in tasks.values(*where, "order__recused").annotate(orders=ArrayAgg("order")):
        if _duty_elsewhere(directory, SimpleNamespace(**line), at):
            yield line["orders"]


def _duty_elsewhere(directory: Snapshot, task: Any, at: datetime) -> bool:
    """Whether another than its holder answers for a duty now, or its post is not vacant any more."""
    try:
        rule = directory.find_pack(task.order__pack).task(task.rule)
    except PolicyError:
        rule = None
    if rule is None:
        return False
    but = task.order__recused or ()
    answers, home = answering(directory, task, at, rule, but), directory.root.id
    if answers is None:
        return any(_anybody(directory, unit, task.post_role, at, but) for unit in (task.unit_id, home))
    own = task.share__unit or home
    place = rule.levels[task.level].at if task.level < len(rule.levels) else rule.at
    wanted = {"unit": (own,), "centre": (home,), "above": (directory.units[own].parent or home, home)}[place]
    posts = (post for unit in wanted for post in directory.posts_at(unit, task.vacant))
    return answers != task.holder_id or any(holders.answers(directory, post.id, at, but) for post in posts)


def _anybody(directory: Snapshot, unit: int, role: str, at: datetime, but: Collection[int]) -> bool:
    return standing_in(directory, unit, "", at, but=but) is not None or any(
        holders.answers(directory, post.id, at, but) for post in directory.posts_at(unit, role)
    )


def _holder_gone(directory: Snapshot, line: Mapping[str, Any], at: datetime) -> bool:
    """Whether another than this holder of shares answers now."""
    holder, unit = line["holder"], line["unit"]
    if directory.serves(holder, unit):
        about = {"holder_id": holder, "holder_post_id": line["holder_post"], "unit_id": unit}
        which = SimpleNamespace(**about, stand_in=line["stand_in"])
        return relief(directory, which, at, line["order__recused"] or ()) is not None
    return _anybody(directory, unit, "clerk", at, line["order__recused"] or ())


def owner_gone(directory: Snapshot, owner: dict[str, Any], at: datetime) -> bool:
    """Whether another than this owner answers now."""
    person, unit, vacant = owner["owner_person"], owner["owner_unit"], owner["vacant"]
    but = owner.get("recused") or ()
    if vacant and any(holders.answers(directory, post.id, at, but) for post in directory.posts_at(unit, vacant)):
        return True
    line = directory.posts.get(owner["owner_post"])
    there = line is not None and person in directory.members(line.id) and directory.serves(person, unit)
    if not there and owner["node"] == "task" and directory.serves(person, unit):
        return False  # a duty that was handed to him personally
    if there and line is not None:
        other = directory.instead(person, line.id, at)
        return (holders.answers(directory, line.id, at, but) if other in but else other) not in (None, person)
    return not there and _anybody(directory, unit, line.role if line else "", at, but)


def hand_over(roots: Sequence[int], centre: int, at: datetime, action: str = HANDED_OVER) -> int:
    """An entry on each of these roots: what people hold who are gone goes to who can answer now.  Returns how many
    entries were made; what is refused is logged, and does not keep the others."""
    acts = [Act(action, Actor.system(centre), at, order=pk) for pk in roots]
    done = 0
    for start in range(0, len(acts), BATCH):
        results = record_many(acts[start : start + BATCH], collect=True)
        for sentence, count in Counter(str(r) for r in results if isinstance(r, Refused)).items():
            _log.warning("%d could not be handed over: %s", count, sentence)
        done += sum(isinstance(result, Recorded) for result in results)
    return done
