"""One order walked by hand through its whole life."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.cast import Cast, later, shanghai

from lianxin.followup.models import Callback
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Clock, Entry, Stay
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share

REPLY = {
    "measures": "已派维修人员到场检修换热站阀门。",
    "progress": "检修完毕",
    "result": "室温恢复到 19℃，诉求人认可。",
    "answers": ["已检修，室温 19℃。"],
}


def walk(cast: Cast, order: Order, at: datetime, unit: str = "heat") -> datetime:
    """From dispatched to passed."""
    clerk, deputy = f"clerk@{unit}", f"hotline_deputy@{unit}"
    cast.do(clerk, "share.signed", order.pk, later(at, minutes=10))
    cast.do(clerk, "share.contacted", order.pk, later(at, minutes=30), text="已电话联系，约定上门。")
    cast.do(clerk, "share.replied", order.pk, later(at, hours=5), **REPLY)
    cast.do(deputy, "share.unit_audited", order.pk, later(at, hours=6), approved=True)
    cast.do("auditor", "share.passed", order.pk, later(at, hours=7))
    return later(at, hours=7)


def test_c08_e02_closed_loop(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    assert (order.number, order.state, order.node) == ("20261118-0001", "registered", "dispatch")
    cast.dispatch(order, later(nine, minutes=3), "heat")
    done = walk(cast, order, later(nine, minutes=3))
    order.refresh_from_db()
    if order.state == "to_callback":
        cast.do(
            "callback",
            "callback.recorded",
            order.pk,
            later(done, hours=1),
            process_grade="satisfied",
            result_grade="satisfied",
            solved=True,
        )
        cast.do("callback", "order.closed", order.pk, later(done, hours=2), told="已告知办理结果。")
    order.refresh_from_db()
    assert (order.state, order.node) == ("closed", "ended")
    assert order.told_at is not None
    share = Share.objects.get(order=order)
    assert (share.state, share.outcome) == ("passed", "passed")
    assert not Clock.objects.filter(order=order, ended_at=None).exists()
    assert list(verify()) == []


def test_b06_the_stays_of_an_order_leave_no_gap(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, later(nine, minutes=3), "heat")
    walk(cast, order, later(nine, minutes=3))
    stays = list(Stay.objects.filter(order=order).order_by("pk"))
    assert stays[0].entered_at == nine
    assert [s.left_at for s in stays[:-1]] == [s.entered_at for s in stays[1:]]
    assert [s.node for s in stays[:5]] == ["dispatch", "sign", "handle", "unit_audit", "audit"]


def test_a32_a_dispatched_order_has_one_personal_owner(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat", "bureau")
    order.refresh_from_db()
    assert order.owner_unit == cast.units["heat"]
    assert order.owner_person == cast.staff["clerk@heat"]


def test_rehandling_opens_round_two_and_verifies(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    done = walk(cast, order, nine)
    cast.do(
        "callback",
        "callback.recorded",
        order.pk,
        later(done, hours=1),
        process_grade="satisfied",
        result_grade="dissatisfied",
        solved=False,
        layer="city",
    )
    cast.do("callback", "order.rehandled", order.pk, later(done, hours=2), reason="结果不满意，重办。")
    order.refresh_from_db()
    assert (order.state, order.round, order.owner_unit) == ("dispatched", 2, cast.units["heat"])
    walk(cast, order, later(done, hours=2))
    assert Callback.objects.get(order=order).result_satisfied is False
    assert list(verify()) == []


def test_a12_a_dispatch_needs_a_basis(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    with pytest.raises(Refused) as refused:
        cast.dispatch(order, nine, "heat", basis="habit")
    assert "派单依据" in refused.value.problems["basis"]
    assert Entry.objects.filter(order=order).count() == 1


def test_a_return_is_decided_with_the_next_owner(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    cast.do(
        "clerk@heat",
        "return.filed",
        order.pk,
        later(nine, hours=1),
        reason="小区已移交物业管理",
        legal_basis="派单目录",
    )
    share = Share.objects.get(order=order)
    decision = {"approved": True, "reason": "同意，属住建局职责", "share": share.pk}
    with pytest.raises(Refused, match="须同时确定改派单位"):
        cast.do("dispatcher", "return.decided", order.pk, later(nine, hours=2), **decision)
    cast.do(
        "dispatcher",
        "return.decided",
        order.pk,
        later(nine, hours=2),
        **decision,
        next_unit=cast.units["bureau"].pk,
        basis="duty_list",
    )
    order.refresh_from_db()
    assert order.owner_unit == cast.units["bureau"]
    assert [a.state for a in Share.objects.filter(order=order).order_by("pk")] == ["returned", "pending"]
    assert list(verify()) == []


def test_c36_dispatch_within_five_minutes(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    clock = Clock.objects.get(order=order, kind="dispatch")
    assert clock.due == shanghai("2026-11-18 09:05")
    cast.dispatch(order, later(nine, minutes=6), "heat")
    clock.refresh_from_db()
    assert clock.end == "met"
    assert clock.breached_at == clock.due


def test_the_total_clock_runs_on_through_a_return(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    total = Clock.objects.get(order=order, kind="total")
    cast.do("clerk@heat", "return.filed", order.pk, later(nine, hours=1), reason="小区已移交物业", legal_basis="目录")
    cast.do(
        "dispatcher",
        "return.decided",
        order.pk,
        later(nine, hours=2),
        approved=True,
        reason="同意，属住建局职责",
        next_unit=cast.units["bureau"].pk,
        basis="duty_list",
    )
    assert list(Clock.objects.filter(order=order, kind="total")) == [total]
    walk(cast, order, later(nine, hours=2), "bureau")
    total.refresh_from_db()
    assert (total.end, total.start) == ("met", nine)


def test_whoever_decides_an_extension_is_bound_by_the_rule_too(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    cast.do("clerk@heat", "share.signed", order.pk, later(nine, minutes=5))
    cast.do("clerk@heat", "extension.filed", order.pk, later(nine, hours=1), workdays=3, reason="须等配件到货")
    due = Clock.objects.get(order=order, kind="handle").due
    with pytest.raises(Refused) as refused:
        cast.do("dispatcher", "extension.decided", order.pk, later(nine, hours=2), approved=True, workdays=60)
    assert "一次最多延长" in refused.value.problems["workdays"]
    assert Clock.objects.get(order=order, kind="handle").due == due
    cast.do("dispatcher", "extension.decided", order.pk, later(nine, hours=2), approved=True, workdays=3)
    assert Clock.objects.get(order=order, kind="handle").due > due
