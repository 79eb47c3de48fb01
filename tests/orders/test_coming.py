"""Duties that come later than their event (`after`): the sweep lays them, and until then nobody has them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast, later, request
from tests.orders.stages import REASON, REPLY
from tests.orders.test_duties import INSTRUCTION, SAID, adopt, given, only_task, refused
from tests.rulebooks import Shelf

from lianxin.directory.models import Absence
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Entry, Notice, Task
from lianxin.ledger.sweep import sweep
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order
from lianxin.rules.policy import PolicyError
from lianxin.rules.policy_task_words import in_words

pytestmark = pytest.mark.django_db
LATER = INSTRUCTION | {"after": "2 hours"}


def live(cast: Cast, at: datetime) -> Order:
    """Dispatched to the town and signed for on the wall clock: the sweep's business."""

    def do(who: str, verb: str, order: int | None, **said: Any) -> int:
        return record(Act(verb, cast.actor(who), at, said, order=order)).order

    pk = do("agent", "order.registered", None, **request())
    do("dispatcher", "order.dispatched", pk, shares=[{"unit": cast.units["town"].pk}], basis="law")
    do("clerk@town", "share.signed", pk)
    return Order.objects.get(pk=pk)


def come(cast: Cast, order: Order, at: datetime) -> None:
    pending = Task.objects.filter(order=order, done_at=None, comes_at__isnull=False)
    cast.do("system", "task.came", order.pk, at, tasks=[task.pk for task in pending])


def test_the_sweep_lays_it_once_when_its_time_has_come(books: Shelf, base: Cast) -> None:
    adopt(books, base, LATER)
    now = timezone.now()
    order = live(base, now - timedelta(hours=3))
    assert only_task(order).comes_at == only_task(order).made_at + timedelta(hours=2)
    assert not Notice.objects.filter(order=order, staff=base.staff["principal@town"]).exists()
    sweep(now)
    task = only_task(order)
    assert (task.comes_at, task.holder_id) == (None, base.staff["principal@town"].pk)
    assert task.due == task.made_at + timedelta(hours=4)
    assert Notice.objects.filter(order=order, staff=base.staff["principal@town"], kind="task.came").count() == 1
    sweep(timezone.now())
    assert Entry.objects.filter(order=order, action="task.came").count() == 1
    assert list(verify()) == []


def test_what_is_driven_on_a_clock_of_its_own_the_sweep_leaves_alone(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, LATER)
    order = given(base, nine)
    sweep(timezone.now())
    assert only_task(order).comes_at is not None
    base.do("system", "order.unmarked", order.pk, later(nine, minutes=5))
    sweep(timezone.now())
    assert only_task(order).comes_at is None


@pytest.mark.parametrize(
    ("change", "hours"),
    [({"after": "2 hours"}, 2), ({"after": "5 hours"}, 5), ({}, None)],
)
def test_when_a_duty_comes_is_its_rules_word(
    books: Shelf, base: Cast, nine: datetime, change: dict[str, Any], hours: float | None
) -> None:
    adopt(books, base, INSTRUCTION | change)
    order = given(base, nine)
    dispatched = later(nine, minutes=1)
    assert only_task(order).comes_at == (later(dispatched, hours=hours) if hours else None)


def test_it_bars_nothing_before_and_what_it_bars_then(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, LATER)
    early, late = given(base, nine), given(base, nine)
    base.do("clerk@town", "share.replied", early.pk, later(nine, hours=1), **REPLY)
    assert only_task(early).done_at is None, "nothing has met it"
    at = later(nine, hours=2, minutes=1)
    come(base, late, at)
    assert "主要负责人过问" in str(refused(base, "clerk@town", "share.replied", late, at, **REPLY))
    base.do("principal@town", "task.done", late.pk, at, task=only_task(late).pk, **SAID)
    base.do("clerk@town", "share.replied", late.pk, at, **REPLY)
    assert list(verify()) == []


def test_nobody_does_it_before_it_is_there(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, LATER)
    order = given(base, nine)
    task = only_task(order)
    for who, verb, said in (
        ("principal@town", "task.done", SAID),
        ("principal@town", "task.noted", {"text": "已经过问。"}),
        ("leader", "task.waived", {"reason": REASON}),
    ):
        assert refused(base, who, verb, order, later(nine, hours=1), task=task.pk, **said)
    early = {"tasks": [task.pk]}
    assert "已经交办或者已经结束" in str(refused(base, "system", "task.came", order, later(nine, hours=1), **early))


def test_it_lies_on_whoever_has_the_post_when_it_comes(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, LATER)
    order = given(base, nine)
    at = later(nine, hours=3)
    Absence.objects.create(
        staff=base.staff["principal@town"], start=later(nine, hours=2), end=later(nine, days=2), reason="出差"
    )
    come(base, order, at)
    assert only_task(order).holder_id == base.staff["principal@town:b"].pk


def test_with_its_share_it_falls_away_unseen(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, LATER)
    order = given(base, nine)
    said = {"unit": base.units["bureau"].pk, "basis": "duty_list", "reason": REASON}
    base.do("dispatcher", "share.reassigned", order.pk, later(nine, hours=1), **said)
    old, new = Task.objects.filter(order=order).order_by("pk")
    assert (old.outcome, old.holder_id) == ("cancelled", None)
    assert (new.unit_id, new.comes_at) == (base.units["bureau"].pk, later(nine, hours=3))
    told = {"reason": REASON, "told": "已告知诉求人撤单。"}
    base.do("agent", "order.withdrawn", order.pk, later(nine, hours=2), **told)
    assert {task.outcome for task in Task.objects.filter(order=order)} == {"cancelled"}
    assert list(verify()) == []


def test_one_that_comes_is_not_laid_twice(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, LATER | {"from": ["dispatch", "contact"]})
    order = given(base, nine)
    base.do("clerk@town", "share.contacted", order.pk, later(nine, minutes=9), text="已电话联系，约定上门。")
    assert Task.objects.filter(order=order).count() == 1


def test_a_part_of_a_limit_that_does_not_run_is_at_once(books: Shelf, base: Cast, nine: datetime) -> None:
    """Once the reply is with the centre its limit has stopped: what is laid then waits for nothing."""
    adopt(books, base, LATER | {"after": "50% of handle", "from": ["audit"], "before": []})
    order = given(base, nine)
    base.do("clerk@town", "share.replied", order.pk, later(nine, hours=1), **REPLY)
    base.do("hotline_deputy@town", "share.unit_audited", order.pk, later(nine, hours=1), approved=True)
    assert (only_task(order).comes_at, only_task(order).due) == (None, later(nine, hours=5))
    assert Clock.objects.filter(task=only_task(order)).count() == 1


def test_the_sweep_asks_as_often_for_many_as_for_one(books: Shelf, base: Cast) -> None:
    adopt(books, base, LATER)

    def cost(orders: int) -> int:
        for _ in range(orders):
            live(base, timezone.now() - timedelta(hours=2, minutes=1))
        with CaptureQueriesContext(connection) as asked:
            sweep(timezone.now())
        return len(asked)

    cost(1)
    assert cost(4) == cost(1)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"after": "2 hous"}, "时限"),
        ({"after": "given"}, "时限"),
        ({"after": "50% of callback"}, "没有“callback”"),
        ({"after": "80% of handle", "allow": "80% of handle"}, "先交办"),
        ({"allow": "given", "from": ["planned"], "named": True, "on": "order", "when": "true"}, "不写 after"),
    ],
)
def test_what_cannot_come_is_refused_when_the_pack_is_checked(
    books: Shelf, base: Cast, change: dict[str, Any], word: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        adopt(books, base, LATER | change)
    assert word in str(caught.value)


def test_explain_says_when_it_comes(books: Shelf, base: Cast) -> None:
    part = LATER | {"id": "A16.own", "kind": "own", "after": "80% of handle"}
    pack = books.adopt(base, lambda book: book["task"].extend([LATER, part]))
    said = [in_words(pack, rule) for rule in pack.tasks if rule.id.startswith("A16")]
    assert "过2小时仍未办结的才交办，此前不列入待办、不计数" in said[0]
    assert "办理时限过了80%仍未办结的才交办" in said[1]
