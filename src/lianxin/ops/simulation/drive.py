"""Driving planned lives through the ledger, in time, in batches."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from lianxin.directory import snapshot
from lianxin.directory.models import Centre
from lianxin.ledger.acts import Act, Actor
from lianxin.ledger.door import record_many
from lianxin.ledger.models import Task
from lianxin.orders.models import Order
from lianxin.rules.chain import LINKS
from lianxin.rules.lifecycle import OPEN
from lianxin.rules.policy_tasks import TaskRule

from .life import Life, Step
from .source import words

BATCH = 1500
#: A step of a life: its number, its place in the life, and itself.
Line = tuple[int, int, Step]
PASSED = "share.passed"
#: After these somebody may have to look into the order before the centre passes its reply.
AGAIN = frozenset({"order.rehandled", "order.reopened", "order.linked", "order.merged"})


class Stage:
    """The centre as the play needs it: posts, units, categories and areas by the names of the plan."""

    def __init__(self, centre: Centre) -> None:
        self.centre, self.directory = centre, snapshot.of(centre.pk)
        self.areas = {area.name: area.id for area in self.directory.areas.values()}
        self.orders: dict[int, int] = {}

    def actor(self, who: str, life: int, at: datetime) -> Actor:
        """The holder of the post; of several posts of a role each life has one."""
        if who == "system":
            return Actor.system(self.centre.pk)
        role, _, code = who.partition("@")
        unit = self.directory.unit_by_code[code] if code else self.directory.root
        posts = self.directory.posts_at(unit.id, role)
        post = posts[life % len(posts)]
        return Actor(role, self.centre.pk, self.directory.holder(post.id, at), post.id, unit.id)

    def payload(self, payload: dict[str, Any]) -> dict[str, Any]:
        """The payload with ids for the plan's names."""
        return {name: self._id(name, value) for name, value in payload.items() if value is not None}

    def _id(self, name: str, value: Any) -> Any:
        if name in ("unit", "of_unit", "next_unit"):
            return self.directory.unit_by_code[value].id
        if name in LINKS:
            role, _, code = value.partition("@")
            return self.directory.posts_at(self.directory.unit_by_code[code].id, role)[0].holder_a
        if name == "shares":
            return [{**share, "unit": self.directory.unit_by_code[share["unit"]].id} for share in value]
        if name == "category":
            return self.directory.category_by_path[tuple(value)].id
        if name == "area":
            return self.areas[value]
        if name == "other":
            return self.orders.get(value, -value)
        return value


def drive(centre: Centre, lives: Iterable[Life], told: Callable[[int, int], None] = lambda done, total: None) -> None:
    """Record all steps of `lives` in time; `told` hears how many are done of how many."""
    go(Stage(centre), lives, told)


def go(
    stage: Stage,
    lives: Iterable[Life],
    told: Callable[[int, int], None],
    after: datetime | None = None,
    until: datetime | None = None,
) -> None:
    """As `drive`, at a stage that knows the orders of earlier steps; of the steps only those after `after` up to
    `until`."""
    steps = sorted(
        (
            (step.at, life.number, n, step)
            for life in lives
            for n, step in enumerate(life.ordered())
            if (after is None or step.at > after) and (until is None or step.at <= until)
        ),
        key=lambda line: line[:3],
    )
    done = 0
    for batch in _batches(stage, [line[1:] for line in steps]):
        take(stage, batch)
        done += len(batch)
        told(done, len(steps))


def take(stage: Stage, lines: Sequence[Line], before: Sequence[Act] = ()) -> None:
    """Record these steps in one batch, after the acts `before`; the stage then knows the orders that they began."""
    results = record_many([*before, *(_act(stage, *line) for line in lines)])[len(before) :]
    for (number, _, step), result in zip(lines, results, strict=True):
        if step.verb == "order.registered":
            stage.orders[number] = result.order  # type: ignore[union-attr]


def _batches(stage: Stage, lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Cut, too, before the centre passes what may have to be looked into first: then that is done."""
    batch: list[Line] = []
    again: set[int] = set()
    for number, place, step in lines:
        if step.verb in AGAIN:
            again |= {number, step.payload.get("other") or number}
        waits = step.verb == PASSED and number in again
        if batch and (waits or len(batch) == BATCH):
            yield batch
            batch = []
        if waits:
            look_into(stage, stage.orders[number], step.at)
        batch.append((number, place, step))
    if batch:
        yield batch


def look_into(stage: Stage, order: int, at: datetime) -> None:
    """Whoever has to look into the order before the centre may pass its reply does so."""
    record_many(met(stage, [order], at, words()["looked"]["found"], lambda rule: PASSED in rule.before))


def met(
    stage: Stage, orders: Collection[int], at: datetime, found: str, which: Callable[[TaskRule], bool]
) -> list[Act]:
    """Acts that meet the duties laid by `at` on people of these orders, of those rules that `which` holds for; `found`
    is what they have to say of each element."""
    pack = stage.directory.pack(at)
    acts = []
    tasks = Task.objects.filter(order__in=orders, made_at__lte=at, done_at=None, comes_at=None)
    for task in tasks.order_by("pk"):
        rule = pack.task(task.rule)
        if rule is None or not which(rule):
            continue
        post = stage.directory.posts_at(task.unit_id, task.post_role)[0]
        actor = Actor(task.post_role, stage.centre.pk, task.holder_id, post.id, task.unit_id)
        payload: dict[str, Any] = {"task": task.pk, "elements": [found] * len(rule.elements)}
        if rule.outcomes:
            payload["outcome"] = rule.outcomes[-1].code
        verb = "task.done"
        if "contact" in rule.ends_with:
            verb, payload = "share.contacted", {"share": task.share_id, "text": words()["looked"]["called"]}
        key = f"play:{stage.centre.pk}:looked:{task.pk}"
        acts.append(Act(verb, actor, at, payload, order=task.order_id, key=key, recorded_at=at))
    return acts


def hand_over(centre: Centre, at: datetime) -> int:
    """Give what is still open to the wall clock; returns how many orders."""
    system = Actor.system(centre.pk)
    open_ids = Order.objects.filter(centre=centre, marked_clock=True, state__in=sorted(OPEN)).values_list(
        "pk", flat=True
    )
    acts = [Act("order.unmarked", system, at, {}, order=pk) for pk in open_ids]
    for start in range(0, len(acts), BATCH):
        record_many(acts[start : start + BATCH])
    return len(acts)


def _act(stage: Stage, number: int, place: int, step: Step) -> Act:
    """The key makes a play that was cut off go on where it stopped: what was done is not done again."""
    return Act(
        step.verb,
        stage.actor(step.who, number, step.at),
        step.at,
        stage.payload(step.payload),
        order=stage.orders.get(number, -number),
        key=f"play:{stage.centre.pk}:{number}:{place}",
        recorded_at=step.at,
    )
