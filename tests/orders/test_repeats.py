"""A merge is told on both sides: the main order's unit sees and answers the repeat, and nobody is forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.cast import Cast, later, request, shanghai
from tests.orders.stages import PAYLOADS, REASON, REPLY, TOLD

from lianxin.exchange import replies
from lianxin.followup import answers
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record, record_many
from lianxin.ledger.models import Clock, Entry, Notice
from lianxin.ledger.verify import verify
from lianxin.orders.models import Appeal, Order, Share
from lianxin.orders.repeats import waiting
from lianxin.proceedings.models import Proceeding

OTHER = {"title": "柳岸花园楼道窗户破损", "text": "同一小区楼道窗户也坏了。", "requests": ["修复楼道窗户"]}


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def merge(cast: Cast, repeat: Order, main: Order, at: datetime) -> None:
    cast.do("agent", "order.merged", repeat.pk, at, number=main.number)


@pytest.fixture
def main(base: Cast, nine: datetime) -> Order:
    order = base.register(nine)
    base.dispatch(order, nine, "town")
    base.do("clerk@town", "share.signed", order.pk, nine)
    return fresh(order)


# --- 9 ---------------------------------------------------------------------------------------
def test_the_main_orders_ledger_is_told_and_its_unit_answers_the_requests(
    base: Cast, main: Order, nine: datetime
) -> None:
    repeat = base.register(nine, **OTHER)
    merge(base, repeat, main, nine)
    entry = Entry.objects.get(order=main, action="order.joined")
    assert (entry.payload["repeat"], entry.payload["number"]) == (repeat.pk, repeat.number)
    assert entry.enclosure.body["text"] == OTHER["text"]
    assert Appeal.objects.get(order=main).requests == [*request()["requests"], "修复楼道窗户"]
    with pytest.raises(Refused, match="第 2 项诉求还没有答复"):
        base.do("clerk@town", "share.replied", main.pk, nine, **REPLY)
    both = REPLY | {"answers": ["已检修，室温 19℃。", "楼道窗户已更换。"]}
    base.do("clerk@town", "share.replied", main.pk, nine, **both)
    assert list(verify()) == []


def test_the_same_request_is_not_answered_twice(base: Cast, main: Order, nine: datetime) -> None:
    merge(base, base.register(nine, requests=["检修暖气，室温达到 18℃ 以上。"]), main, nine)
    assert Appeal.objects.get(order=main).requests == request()["requests"]
    base.do("clerk@town", "share.replied", main.pk, nine, **REPLY)


def test_the_unit_is_told(base: Cast) -> None:
    at = shanghai("2026-11-18 09:00")

    def live(who: str, verb: str, order: int | None, **payload: Any) -> int:
        return record(Act(verb, base.actor(who), at, payload, order=order)).order

    main = live("agent", "order.registered", None, **request())
    live("dispatcher", "order.dispatched", main, shares=[{"unit": base.units["town"].pk}], basis="law")
    repeat = live("agent", "order.registered", None, **request(**OTHER))
    live("agent", "order.merged", repeat, number=Order.objects.get(pk=main).number)
    assert Notice.objects.filter(order=main, staff=base.staff["clerk@town"], kind="order.joined").exists()


def test_its_own_limit_counts_on_the_main_ledger_clocks(base: Cast, main: Order, nine: datetime) -> None:
    handle = Clock.objects.get(order=main, kind="handle", ended_at=None)
    own = handle.due
    limit = shanghai("2026-11-21 00:00")
    repeat = base.register(nine, **OTHER, upstream_number="市2026001", upstream_due=limit)
    merge(base, repeat, main, nine)
    handle.refresh_from_db()
    assert (handle.due, handle.cause) == (limit, "upstream")
    # Its limit is changed: the main order hears of it.
    base.do("dispatcher", "order.limit_set", repeat.pk, nine, upstream_due=shanghai("2026-11-20 00:00"), reason=REASON)
    handle.refresh_from_db()
    assert handle.due == shanghai("2026-11-20 00:00")
    base.do("agent", "order.unmerged", repeat.pk, nine, reason=REASON)
    handle.refresh_from_db()
    assert (handle.due, handle.cause) == (own, "rule")
    assert list(verify()) == []


def test_a_limit_past_when_it_is_merged_binds_nothing(base: Cast, main: Order, nine: datetime) -> None:
    handle = Clock.objects.get(order=main, kind="handle", ended_at=None)
    at = shanghai("2026-11-20 09:00")
    repeat = base.register(at, **OTHER, upstream_due=shanghai("2026-11-20 08:00"))
    merge(base, repeat, main, at)
    assert Clock.objects.get(pk=handle.pk).due == handle.due


def test_what_a_repeat_that_left_had_asked_need_not_be_answered(base: Cast, main: Order, nine: datetime) -> None:
    repeat = base.register(nine, **OTHER)
    merge(base, repeat, main, nine)
    base.do("agent", "order.unmerged", repeat.pk, nine, reason=REASON)
    base.do("agent", "order.supplemented", main.pk, nine, text="又来电", requests=["清理楼道杂物"])
    with pytest.raises(Refused, match="第 3 项诉求还没有答复"):
        base.do("clerk@town", "share.replied", main.pk, nine, **REPLY)
    base.do("clerk@town", "share.replied", main.pk, nine, **REPLY | {"answers": ["已检修。", "", "已清理。"]})
    assert list(verify()) == []


def test_more_of_a_repeat_reaches_the_main_order(base: Cast, main: Order, nine: datetime) -> None:
    repeat = base.register(nine, **OTHER)
    merge(base, repeat, main, nine)
    base.do("agent", "order.supplemented", repeat.pk, nine, text="还有楼道灯", requests=["修复楼道灯"])
    assert Appeal.objects.get(order=main).requests[-1] == "修复楼道灯"
    assert [r["requests"] for r in waiting(fresh(main))] == [[2, 3]]
    assert list(verify()) == []


def test_it_goes_back_to_its_platform_with_its_own_answers(base: Cast, main: Order, nine: datetime) -> None:
    repeat = base.register(nine, **OTHER, upstream_number="市2026001")
    merge(base, repeat, main, nine)
    both = REPLY | {"answers": ["已检修，室温 19℃。", "楼道窗户已更换。"]}
    base.do("clerk@town", "share.replied", main.pk, nine, **both)
    base.do("hotline_deputy@town", "share.unit_audited", main.pk, nine, approved=True)
    base.do("auditor", "share.passed", main.pk, later(nine, hours=1), of_unit=base.units["town"].pk)
    gone = base.register(nine, **OTHER, upstream_number="市2026002")
    base.do("agent", "order.withdrawn", gone.pk, later(nine, hours=1), reason=REASON, told=TOLD)
    void = base.register(nine, **OTHER, upstream_number="市2026003")
    base.do("dispatcher", "order.invalidated", void.pk, later(nine, hours=1), reason=REASON, told=TOLD)
    rows = {row["upstream_number"]: row for row in replies._rows(base.centre, nine, later(nine, days=1), None)}
    assert set(rows) == {"市2026001", "市2026002", "市2026003"}
    assert rows["市2026001"]["answers"] == "1. 楼道窗户已更换。"
    assert rows["市2026001"]["unit"] == "大店镇"
    assert (rows["市2026002"]["state"], rows["市2026002"]["text"]) == ("已撤单", TOLD)
    assert rows["市2026003"]["state"] == "无效"
    assert not list(replies._rows(base.centre, later(nine, days=1), later(nine, days=2), None))


# --- who sees it -----------------------------------------------------------------------------
def test_the_main_orders_unit_may_see_the_callers_number_like_its_own(base: Cast, main: Order, nine: datetime) -> None:
    repeat = base.register(nine, **OTHER)
    with pytest.raises(Refused, match="没有这件工单"):
        base.do("clerk@town", "caller.unmasked", repeat.pk, nine, reason="联系诉求人核实")
    merge(base, repeat, main, nine)
    base.do("clerk@town", "caller.unmasked", repeat.pk, nine, reason="联系诉求人核实")
    with pytest.raises(Refused, match="没有这件工单"):
        base.do("clerk@heat", "caller.unmasked", repeat.pk, nine, reason="联系诉求人核实")
    hidden = base.register(nine, **OTHER, confidential=True)
    merge(base, hidden, main, nine)
    with pytest.raises(Refused, match="要求保密"):
        base.do("clerk@town", "caller.unmasked", hidden.pk, nine, reason="联系诉求人核实")


# --- 10 --------------------------------------------------------------------------------------
def test_a_merge_into_a_merged_order_goes_to_its_head(base: Cast, main: Order, nine: datetime) -> None:
    one, two = base.register(nine, **OTHER), base.register(nine, **OTHER)
    merge(base, one, main, nine)
    merge(base, two, one, nine)
    assert fresh(two).merged_into_id == main.pk
    with pytest.raises(Refused, match="已经并入"):
        merge(base, two, one, nine)
    assert list(verify()) == []


def test_a_head_that_is_merged_takes_its_repeats_along(base: Cast, main: Order, nine: datetime) -> None:
    first, repeat = base.register(nine, **OTHER), base.register(nine, **OTHER)
    merge(base, repeat, first, nine)
    merge(base, first, main, nine)
    assert {fresh(order).merged_into_id for order in (first, repeat)} == {main.pk}
    assert len({fresh(order).matter_id for order in (main, first, repeat)} - {None}) == 1
    assert sorted(r["order"] for r in waiting(fresh(main))) == [first.pk, repeat.pk]
    assert waiting(fresh(first)) == []
    assert list(verify()) == []


def test_in_a_circle_nobody_is_merged(base: Cast, nine: datetime) -> None:
    one, two = base.register(nine, **OTHER), base.register(nine, **OTHER)
    merge(base, one, two, nine)
    with pytest.raises(Refused, match="已经并入本工单"):
        merge(base, two, one, nine)


def test_a_link_makes_one_matter_of_two(base: Cast, main: Order, nine: datetime) -> None:
    orders = [base.register(nine, **OTHER) for _ in range(4)]
    a, b, c, d = orders
    base.do("agent", "order.linked", b.pk, nine, number=a.number)
    base.do("agent", "order.linked", d.pk, nine, number=c.number)
    base.do("agent", "order.linked", a.pk, nine, number=d.number)
    matters = {fresh(order).matter_id for order in orders}
    assert len(matters) == 1
    # The matter that is left has all of them; the other one ended, and says where its orders went.
    kept, gone = Proceeding.objects.get(pk=matters.pop()), Proceeding.objects.get(state="absorbed")
    assert (kept.state, kept.owner_person) == ("noted", base.staff["supervisor"])
    assert Entry.objects.get(proceeding=gone, action="matter.absorbed").payload == {"into": kept.pk}
    assert {fresh(order).matter_orders for order in orders} == {4}
    assert list(verify()) == []


# --- 11 --------------------------------------------------------------------------------------
@pytest.mark.parametrize("how", ["order.withdrawn", "order.invalidated", "order.redirected", "order.answered"])
def test_when_the_main_order_falls_away_the_repeat_is_an_order_again(base: Cast, nine: datetime, how: str) -> None:
    main, repeat = base.register(nine), base.register(nine, **OTHER)
    merge(base, repeat, main, nine)
    who = "dispatcher" if how == "order.invalidated" else "agent"
    base.do(who, how, main.pk, later(nine, minutes=5), **PAYLOADS[how](base, main))
    repeat = fresh(repeat)
    assert (repeat.state, repeat.node, repeat.merged_into_id) == ("registered", "dispatch", None)
    assert Clock.objects.filter(order=repeat, kind="dispatch", ended_at=None).exists()
    last = Entry.objects.filter(order=repeat).latest("number")
    assert (last.action, last.post_role) == ("order.unmerged", "system")
    assert main.number in last.enclosure.body["reason"]
    assert waiting(fresh(main)) == []
    assert list(verify()) == []


def test_its_caller_is_told_only_when_the_main_order_was_handled(base: Cast, main: Order, nine: datetime) -> None:
    repeat = base.register(nine)
    merge(base, repeat, main, nine)
    base.do("clerk@town", "share.replied", main.pk, nine, **REPLY)
    base.do("hotline_deputy@town", "share.unit_audited", main.pk, nine, approved=True)
    base.do("auditor", "share.passed", main.pk, nine, of_unit=base.units["town"].pk)
    base.do("callback", "callback.recorded", main.pk, nine, **PAYLOADS["callback.recorded"](base, main))
    with pytest.raises(Refused, match="主单还没有办结"):
        base.do("callback", "order.closed", repeat.pk, nine, told=TOLD)
    base.do("callback", "order.closed", main.pk, nine, told=TOLD)
    base.do("callback", "order.closed", repeat.pk, nine, told=TOLD)
    assert [r["left"] for r in fresh(main).repeats] == ["told"]
    assert list(verify()) == []


def test_what_follows_is_done_together_or_not_at_all(base: Cast, nine: datetime) -> None:
    """The repeat's batch fails later: the main order's ledger says nothing of it either."""
    main = base.register(nine)
    actor = base.actor("agent")
    acts = [
        Act("order.registered", actor, nine, request(**OTHER), order=-1, recorded_at=nine),
        Act("order.merged", actor, nine, {"number": main.number}, order=-1, recorded_at=nine),
        Act("order.answered", actor, nine, {"told": TOLD}, order=-1, recorded_at=nine),
    ]
    results = record_many(acts, collect=True)
    assert all(isinstance(result, Refused) for result in results)
    assert [entry.action for entry in Entry.objects.filter(order=main)] == ["order.registered"]
    assert list(verify()) == []


# --- urging ----------------------------------------------------------------------------------
def test_urging_a_repeat_presses_where_the_work_is(base: Cast, main: Order, nine: datetime) -> None:
    repeat = base.register(nine, **OTHER)
    merge(base, repeat, main, nine)
    said = {"by": "caller", "text": "再次来电询问进展", "told": "已转告承办单位。"}
    base.do("agent", "order.urged", repeat.pk, nine, **said)
    base.do("callback", "order.urged", main.pk, nine, **said)
    assert (fresh(repeat).urges, fresh(main).urges) == (1, 2)
    assert Order.objects.count() == 2
    assert Share.objects.get(order=main).contacted_at is None
    assert list(verify()) == []


def test_its_caller_is_told_the_main_orders_answer(base: Cast, main: Order, nine: datetime) -> None:
    repeat = base.register(nine, **OTHER)
    merge(base, repeat, main, nine)
    assert answers.of_main(fresh(repeat)) == ""
    both = REPLY | {"answers": ["已检修，室温 19℃。", "楼道窗户已更换。"]}
    base.do("clerk@town", "share.replied", main.pk, nine, **both)
    base.do("hotline_deputy@town", "share.unit_audited", main.pk, nine, approved=True)
    assert answers.of_main(fresh(repeat)) == "", "not before the centre has passed it"
    base.do("auditor", "share.passed", main.pk, nine, of_unit=base.units["town"].pk)
    told = answers.of_main(fresh(repeat))
    assert REPLY["result"] in told
    assert "1. 楼道窗户已更换。" in told
    assert "室温 19℃。\n" not in told.split("1. ")[1]
