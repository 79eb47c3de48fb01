"""A14: a joint meeting says in one act who leads and who assists, for all of its orders or for none."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.cast import Cast, later, shanghai

from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry, Notice
from lianxin.ledger.sweep import sweep
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share
from lianxin.proceedings.models import Proceeding


def call(base: Cast, nine: datetime, *orders: Order, who: str = "supervisor", **changes: Any) -> Proceeding:
    """A meeting about these orders, of town and bureau."""
    payload = {
        "title": "学校周边占道经营",
        "text": "职责交叉，请共同研究。",
        "numbers": [order.number for order in orders],
        "units": [base.units["town"].pk, base.units["bureau"].pk],
        "due": later(nine, days=2),
    } | changes
    done = record(Act("meeting.called", base.actor(who), nine, payload))
    return Proceeding.objects.get(pk=done.order)


def decide(base: Cast, meeting: Proceeding, at: datetime, who: str = "supervisor", **changes: Any) -> None:
    shares = [{"unit": base.units["bureau"].pk, "role": "lead"}, {"unit": base.units["town"].pk, "role": "assist"}]
    payload = {"shares": shares, "basis": "law", "minutes": "由住建局牵头，大店镇会办。"} | changes
    record(Act("meeting.decided", base.actor(who), at, payload, order=meeting.pk))


def roles(order: Order) -> dict[str, str]:
    running = Share.objects.filter(order=order, ended_at=None).select_related("unit")
    return {share.unit.code: share.role for share in running}


def test_a14_one_act_gives_all_its_orders_a_lead_and_co_handlers(base: Cast, nine: datetime) -> None:
    fresh, out = base.register(nine), base.register(nine)
    base.dispatch(out, nine, "heat")
    meeting = call(base, nine, fresh, out)
    decide(base, meeting, later(nine, days=1))
    wanted = {base.units["bureau"].code: "lead", base.units["town"].code: "assist"}
    assert roles(fresh) == roles(out) == wanted
    # Each order says by which meeting: the minutes' number.
    assert Share.objects.filter(order=fresh, basis_text=f"联席会议 {meeting.number}").count() == 2
    assert Entry.objects.filter(order=out, action="share.reassigned", post_role="system").count() == 1
    meeting.refresh_from_db()
    assert (meeting.state, meeting.is_open) == ("decided", False)
    assert meeting.clocks.get().end == "met"
    # Whoever was called to the meeting was told of it.
    assert Notice.objects.filter(proceeding=meeting, staff=base.staff["clerk@bureau"], kind="meeting.called").exists()
    assert list(verify()) == []


def test_a14_a_meeting_is_not_late_because_it_took_two_hours(base: Cast, nine: datetime) -> None:
    """What a meeting decided is put down after it, on its day; the next day it is late."""
    held, forgotten = (call(base, nine, base.register(nine), due=later(nine, hours=1)) for _ in range(2))
    decide(base, held, later(nine, hours=3))
    clock = held.clocks.get()
    assert (clock.end, clock.breached_at, clock.due) == ("met", None, shanghai("2026-11-19 00:00"))
    sweep(shanghai("2026-11-18 23:59"))
    assert forgotten.clocks.get().breached_at is None
    sweep(shanghai("2026-11-19 00:01"))
    assert forgotten.clocks.get().breached_at is not None


def test_a14_without_exactly_one_lead_and_a_co_handler_nothing_is_decided(base: Cast, nine: datetime) -> None:
    order = base.register(nine)
    meeting = call(base, nine, order)
    town, bureau = base.units["town"].pk, base.units["bureau"].pk
    for shares in (
        [{"unit": town, "role": "lead"}, {"unit": bureau, "role": "lead"}],
        [{"unit": town, "role": "assist"}, {"unit": bureau, "role": "assist"}],
        [{"unit": town, "role": "lead"}, {"unit": town, "role": "assist"}],
        [{"unit": town, "role": "dual"}, {"unit": bureau, "role": "dual"}],
    ):
        with pytest.raises(Refused):
            decide(base, meeting, later(nine, days=1), shares=shares)
    assert roles(order) == {}


def test_a14_what_one_order_refuses_leaves_all_as_they_are(base: Cast, nine: datetime) -> None:
    """The second order's dispatch is refused (a basis that its pack lacks): the first is not dispatched either."""
    one, two = base.register(nine), base.register(nine)
    meeting = call(base, nine, one, two)
    with pytest.raises(Refused, match="派单依据"):
        decide(base, meeting, later(nine, days=1), basis="gossip")
    assert roles(one) == roles(two) == {}
    assert Proceeding.objects.get(pk=meeting.pk).state == "called"
    assert list(verify()) == []


def test_a14_orders_that_have_ended_are_left(base: Cast, nine: datetime) -> None:
    ended, order = base.register(nine), base.register(nine)
    meeting = call(base, nine, ended, order)
    base.do("agent", "order.answered", ended.pk, later(nine, hours=1), told="已当场解答政策。")
    decide(base, meeting, later(nine, days=1))
    assert roles(ended) == {}
    assert len(roles(order)) == 2


def test_a14_a_unit_neither_calls_nor_decides(base: Cast, nine: datetime) -> None:
    order = base.register(nine)
    with pytest.raises(Refused, match="您的岗位不能"):
        call(base, nine, order, who="clerk@town")
    meeting = call(base, nine, order)
    with pytest.raises(Refused, match="您的岗位不能"):
        decide(base, meeting, later(nine, days=1), who="clerk@town")
    # But it sees it, since it was called; a unit that was not does not.
    assert meeting in Proceeding.objects.all().visible_to(base.staff["clerk@town"])
    assert meeting not in Proceeding.objects.all().visible_to(base.staff["clerk@heat"])


def test_a14_a_meeting_needs_orders_and_two_units(base: Cast, nine: datetime) -> None:
    order = base.register(nine)
    with pytest.raises(Refused, match="请填写会议要确定"):
        call(base, nine)
    with pytest.raises(Refused, match="至少填写 2 项"):
        call(base, nine, order, units=[base.units["town"].pk])
    with pytest.raises(Refused, match="没有这个工单号"):
        call(base, nine, order, numbers=["20200101-0001"])
    assert not Proceeding.objects.exists()
