"""The sweep warns and breaches what is due, exactly once, and touches nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast, later, request
from tests.orders.stages import REASON, REPLY, tables

from lianxin.directory.models import Post
from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Entry, Notice
from lianxin.ledger.sweep import sweep
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order


def do(cast: Cast, who: str, verb: str, order: int | None, at: datetime, **payload: Any) -> int:
    """An act on the wall clock: its clocks are the sweep's business."""
    return record(Act(verb, cast.actor(who), at, payload, order=order)).order


def handled(cast: Cast, at: datetime) -> Order:
    """Dispatched at `at`, signed and first contacted: only the handling clock is left."""
    pk = do(cast, "agent", "order.registered", None, at, **request())
    do(cast, "dispatcher", "order.dispatched", pk, at, shares=[{"unit": cast.units["town"].pk}], basis="law")
    cast.sign_off(Order.objects.get(pk=pk), at, marked=False)
    do(cast, "clerk@town", "share.signed", pk, at)
    do(cast, "clerk@town", "share.contacted", pk, at, text="已电话联系")
    return Order.objects.get(pk=pk)


def rings(order: Order) -> list[str]:
    found = Entry.objects.filter(order=order, action__startswith="clock.").order_by("number")
    return [entry.action for entry in found]


@pytest.fixture
def early(nine: datetime) -> datetime:
    """Long enough ago that everything due is past by now: Monday 2 November 2026."""
    return nine - timedelta(days=16)


@pytest.fixture
def order(base: Cast, early: datetime) -> Order:
    return handled(base, early)


@pytest.fixture
def clock(order: Order) -> Clock:
    return Clock.objects.get(order=order, kind="handle")


def test_it_warns_and_then_breaches_each_once(order: Order, clock: Clock) -> None:
    assert clock.warn_at
    second = timedelta(seconds=1)
    assert sweep(clock.warn_at - second) == 0
    assert [sweep(clock.warn_at), sweep(clock.warn_at), sweep(clock.due - second)] == [1, 0, 0]
    assert [sweep(clock.due), sweep(clock.due), sweep(later(clock.due, days=9))] == [1, 0, 0]
    assert rings(order) == ["clock.warned", "clock.breached"]
    warned_at, due = clock.warn_at, clock.due
    clock.refresh_from_db()
    assert (clock.warned_at, clock.breached_at, clock.next_at, clock.ended_at) == (warned_at, due, None, None)
    assert list(verify()) == []


def test_late_by_both_it_only_breaches(order: Order, clock: Clock) -> None:
    sweep(later(clock.due, days=1))
    assert rings(order) == ["clock.breached"]
    assert list(verify()) == []


def test_whoever_answers_is_told_at_each_ring(order: Order, clock: Clock, base: Cast) -> None:
    assert clock.warn_at
    sweep(clock.warn_at)
    sweep(clock.due)
    told = Notice.objects.filter(order=order, kind__startswith="clock.").order_by("pk")
    assert [(n.kind, n.staff) for n in told] == [
        ("clock.warned", base.staff["clerk@town"]),
        ("clock.breached", base.staff["clerk@town"]),
    ]


def replied(base: Cast, order: Order, at: datetime) -> None:
    """Replied, and approved by the unit's lead, so that it is with the centre."""
    do(base, "clerk@town", "share.replied", order.pk, at, **REPLY)
    do(base, "hotline_deputy@town", "share.unit_audited", order.pk, at, approved=True)


def test_a_stopped_clock_is_left_alone(order: Order, clock: Clock, base: Cast) -> None:
    replied(base, order, later(clock.start, hours=1))
    Clock.objects.filter(kind="audit").delete()
    assert sweep(later(clock.due, days=1)) == 0
    assert rings(order) == []


def test_a_reply_that_the_unit_itself_refuses_stops_nothing(order: Order, clock: Clock, base: Cast) -> None:
    at = later(clock.start, hours=1)
    do(base, "clerk@town", "share.replied", order.pk, at, **REPLY)
    do(base, "hotline_deputy@town", "share.unit_audited", order.pk, at, approved=False, note="没有写清结果")
    clock.refresh_from_db()
    assert clock.running
    assert not Clock.objects.filter(order=order, kind__in=["resubmit", "audit"]).exists()


def test_the_auditor_is_told_of_what_waits_for_him(order: Order, clock: Clock, base: Cast) -> None:
    replied(base, order, later(clock.start, hours=1))
    audit = Clock.objects.get(order=order, kind="audit")
    sweep(audit.due)
    told = Notice.objects.filter(order=order, kind="clock.breached")
    assert [notice.staff for notice in told] == [base.staff["auditor"]]


def test_whoever_must_decide_is_told_that_a_petition_waits(order: Order, base: Cast) -> None:
    pk = do(base, "agent", "order.registered", None, order.registered_at, **request())
    at = order.registered_at
    do(base, "dispatcher", "order.dispatched", pk, at, shares=[{"unit": base.units["town"].pk}], basis="law")
    do(base, "clerk@town", "return.filed", pk, at, reason=REASON, return_reason="not_duty", legal_basis="部门职责清单")
    sweep(Clock.objects.get(order=pk, kind="return").due)
    told = Notice.objects.filter(order=pk, kind="clock.breached")
    assert base.staff["dispatcher"] in [notice.staff for notice in told]


def test_stopped_late_it_is_breached_although_nobody_swept(order: Order, clock: Clock, base: Cast) -> None:
    replied(base, order, clock.due)
    clock.refresh_from_db()
    assert (clock.end, clock.breached_at) == ("met", clock.due)


def test_stopped_a_second_before_it_is_met(order: Order, clock: Clock, base: Cast) -> None:
    replied(base, order, clock.due - timedelta(seconds=1))
    clock.refresh_from_db()
    assert (clock.end, clock.breached_at) == ("met", None)


def extend(base: Cast, order: Order, filed: datetime, decided: datetime) -> None:
    do(base, "clerk@town", "extension.filed", order.pk, filed, workdays=2, reason=REASON)
    do(base, "leader", "extension.decided", order.pk, decided, approved=True, workdays=2)


def test_an_extension_moves_the_time_and_warns_again(order: Order, clock: Clock, base: Cast) -> None:
    assert clock.warn_at
    due, at = clock.due, later(clock.warn_at, hours=1)
    sweep(clock.warn_at)
    extend(base, order, at, at)
    clock.refresh_from_db()
    assert clock.due > due
    assert sweep(due) == 0
    assert clock.warn_at
    assert [sweep(clock.warn_at), sweep(clock.due)] == [1, 1]
    assert rings(order) == ["clock.warned", "clock.warned", "clock.breached"]
    assert list(verify()) == []


def test_a_breach_stays_on_record_when_the_extension_comes_late(order: Order, clock: Clock, base: Cast) -> None:
    due = clock.due
    do(base, "clerk@town", "extension.filed", order.pk, due - timedelta(hours=1), workdays=2, reason=REASON)
    # The petition's own clock (decided the same day) is due at the same instant.
    sweep(due)
    do(base, "leader", "extension.decided", order.pk, later(due, hours=1), approved=True, workdays=2)
    clock.refresh_from_db()
    assert clock.due > due
    assert sweep(clock.due) == 0
    clock.refresh_from_db()
    assert clock.breached_at == due
    assert list(verify()) == []


def test_a_marked_clock_is_left_alone_until_it_is_unmarked(base: Cast, early: datetime) -> None:
    order = base.register(early)
    base.dispatch(order, early, "town")
    now = later(early, days=10)
    before = tables()
    assert sweep(now) == 0
    assert tables() == before
    base.do("system", "order.unmarked", order.pk, later(early, minutes=1))
    assert sweep(now) == 1
    assert rings(order) == ["clock.breached"]
    kinds = set(Clock.objects.filter(order=order).exclude(breached_at=None).values_list("kind", flat=True))
    assert kinds == {"sign", "contact", "handle"}
    assert list(verify()) == []


def test_what_was_rung_before_unmarking_is_not_rung_again(base: Cast, early: datetime) -> None:
    order = base.register(early)
    base.dispatch(order, early, "town")
    clock = Clock.objects.get(order=order, kind="handle")
    base.do("system", "clock.breached", order.pk, clock.due, clocks=[clock.pk])
    base.do("system", "order.unmarked", order.pk, clock.due)
    assert Clock.objects.get(pk=clock.pk).next_at is None


def test_many_are_swept_in_pieces(base: Cast, early: datetime) -> None:
    orders = [handled(base, early) for _ in range(5)]
    assert sweep(later(early, days=10), batch=2) == 5
    assert all(rings(order) == ["clock.breached"] for order in orders)


def test_an_order_whose_pack_is_gone_does_not_stop_the_others(
    base: Cast, other: Cast, early: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = handled(base, early), handled(other, early)
    clock = Clock.objects.get(order=bad, kind="handle")
    Order.objects.filter(pk=bad.pk).update(pack="junan-2021@0")
    assert sweep(clock.due) == 1
    assert (rings(bad), rings(good)) == ([], ["clock.breached"])
    assert "规则包 junan-2021@0 缺失或有误" in caplog.text
    with pytest.raises(Refused, match="规则包 junan-2021@0 缺失或有误"):
        do(base, "clerk@town", "share.progressed", bad.pk, clock.due, text="正在检修")


def test_it_rings_although_nobody_holds_the_post_any_more(base: Cast, early: datetime) -> None:
    pk = do(base, "agent", "order.registered", None, early, **request())
    Post.objects.filter(centre=base.centre, role="dispatcher").update(holder_a=None, holder_b=None)
    assert sweep(later(early, minutes=5)) == 1
    order = Order.objects.get(pk=pk)
    # Somebody answers for it, and the page can say in whose place.
    assert (order.owner_person, order.vacant) == (base.staff["supervisor"], "dispatcher")
    assert list(verify()) == []


def test_only_the_system_rings_and_only_ripe_clocks(order: Order, clock: Clock, base: Cast) -> None:
    act = Act("clock.breached", Actor.system(base.centre.pk), clock.due - timedelta(seconds=1), order=order.pk)
    with pytest.raises(Refused, match="已经处理过"):
        record(Act(act.verb, act.actor, act.at, {"clocks": [clock.pk, 5]}, order=order.pk))
    with pytest.raises(Refused, match="您的岗位不能"):
        record(Act(act.verb, base.actor("supervisor"), clock.due, {"clocks": [clock.pk]}, order=order.pk))


def statements(at: datetime) -> int:
    with CaptureQueriesContext(connection) as captured:
        sweep(at)
    return len(captured)


def test_its_cost_does_not_grow_with_the_clocks_that_are_not_due(base: Cast, early: datetime) -> None:
    handled(base, early)
    alone = statements(later(early, days=8))
    for _ in range(30):
        handled(base, later(early, days=9))
    handled(base, early)
    assert statements(later(early, days=8)) == alone
    # One looks for clocks, one for duties that come (`orders.coming`).
    assert statements(later(early, days=8)) == 2


def test_its_cost_does_not_grow_with_the_orders_that_are_due(base: Cast, early: datetime) -> None:
    counts = []
    for n in (3, 12, 40):
        for _ in range(n):
            handled(base, early)
        counts.append(statements(later(early, days=10)))
    assert len(set(counts[:2])) == 1
    # From a score of rows on it writes by COPY, which takes no more statements.
    assert counts[2] <= counts[0]
