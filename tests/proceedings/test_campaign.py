"""A campaign (专项行动): a fixed set of orders, each knows that it is of one, and rules go by that until it is over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast, later
from tests.desk.test_leaks import words_of
from tests.desk.web import Site
from tests.proceedings.stages import differences, dispatched, do, fresh, numbers, opened
from tests.rulebooks import stored

from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record_many
from lianxin.ledger.models import Clock, Entry, Notice, Task
from lianxin.ledger.sweep import sweep
from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding

#: An order of a campaign is handled within a day, and the unit's principal is asked about it when it is dispatched.
FAST: dict[str, Any] = {
    "id": "campaign:handle",
    "title": "办理（专项行动）",
    "origin": "测试",
    "kind": "handle",
    "on": "share",
    "when": "order.campaign",
    "from": "dispatch",
    "until": "audit",
    "allow": "1 workday",
}
ASKED: dict[str, Any] = {
    "id": "campaign:ask",
    "title": "主要负责人包案",
    "origin": "测试",
    "kind": "vow",
    "from": ["dispatch"],
    "when": "order.campaign && share.depth == 0",
    "post": "principal",
    "allow": "4 hours",
}


def run(base: Cast, at: datetime, *orders: Order, **changes: Any) -> Proceeding:
    """A campaign that gathered these orders and has begun; `due` is by when."""
    due = changes.pop("due", later(at, days=20))
    campaign = gather(base, at, *orders, **changes)
    begin(base, campaign, at, due=due)
    return campaign


def gather(base: Cast, at: datetime, *orders: Order, **changes: Any) -> Proceeding:
    said = {"title": "托底清零", "text": "积存的供暖工单逐件清零。", "numbers": numbers(orders)}
    return opened(base, "campaign.opened", at, **{**said, **changes})


def add(base: Cast, campaign: Proceeding, at: datetime, *orders: Order) -> None:
    do(base, "supervisor", "campaign.added", campaign.pk, at, numbers=numbers(orders))


def begin(base: Cast, campaign: Proceeding, at: datetime, **said: Any) -> None:
    do(base, "supervisor", "campaign.begun", campaign.pk, at, **{"due": later(at, days=20), **said})


def close(base: Cast, campaign: Proceeding, at: datetime) -> None:
    do(base, "leader", "campaign.closed", campaign.pk, at, result="全部办结。")


def of(*orders: Order) -> list[int | None]:
    return [Order.objects.get(pk=order.pk).campaign_id for order in orders]


def rule_of(order: Order) -> str:
    return Clock.objects.get(order=order, kind="handle", ended_at=None).rule


def test_d25_its_orders_are_those_that_were_gathered_when_it_begins_until_it_is_over(
    base: Cast, nine: datetime
) -> None:
    first, second, third, late = (dispatched(base, nine) for _ in range(4))
    campaign = gather(base, nine, first, second)
    add(base, campaign, later(nine, minutes=10), third)
    assert of(first, second, third) == [None] * 3, "it has not begun"
    begin(base, campaign, later(nine, hours=1))
    assert of(first, second, third) == [campaign.pk] * 3
    with pytest.raises(Refused, match="现在是“进行中”，不能纳入工单"):
        add(base, campaign, later(nine, hours=1), late)
    do(base, "agent", "order.withdrawn", second.pk, later(nine, hours=2), reason="诉求人撤回。", told="已撤单。")
    close(base, campaign, later(nine, days=2))
    assert of(first, second, third) == [None, None, None]
    assert not fresh(campaign).is_open
    assert Clock.objects.get(proceeding=campaign).end == "met"
    # Which orders it was about is known for good.
    assert list(campaign.abouts.order_by("pk").values_list("to_order", flat=True)) == [first.pk, second.pk, third.pk]
    assert differences() == []


def test_clocks_and_duties_go_by_it_as_long_as_it_runs(base: Cast, nine: datetime) -> None:
    stored(base, "campaign", clock=[FAST], task=[ASKED])
    first, second = dispatched(base, nine), dispatched(base, nine)
    campaign = gather(base, nine, first)
    assert rule_of(first) == "S02", "it has not begun"
    begin(base, campaign, later(nine, hours=1))
    clock = Clock.objects.get(order=first, kind="handle", ended_at=None)
    assert (clock.rule, clock.cause) == ("campaign:handle", "correction")
    assert rule_of(second) == "S02"
    # Its unit hears of the order that must be handled sooner.
    assert Notice.objects.filter(order=first, kind="campaign.told", staff=base.staff["clerk@town"]).exists()
    # Dispatched before, it has its duty all the same.
    assert Task.objects.get(kind="vow").order_id == first.pk
    do(base, "dispatcher", "order.recalled", first.pk, later(nine, hours=3), reason="误派，重新研究。")
    shares = [{"unit": base.units["heat"].pk, "role": "lead"}]
    do(base, "dispatcher", "order.dispatched", first.pk, later(nine, hours=4), shares=shares, basis="law")
    assert list(Task.objects.filter(kind="vow").order_by("pk").values_list("outcome", flat=True)) == ["cancelled", ""]
    told = Notice.objects.filter(kind="campaign.told").count()
    close(base, campaign, later(nine, hours=5))
    # That it is over nobody need hear: what was to be done sooner is not any more.
    assert Notice.objects.filter(kind="campaign.told").count() == told
    assert rule_of(first) == rule_of(second) == "S02"
    assert differences() == []


def test_of_two_campaigns_an_order_is_of_one(base: Cast, nine: datetime) -> None:
    order, other = dispatched(base, nine), dispatched(base, nine)
    campaign = run(base, nine, order)
    waiting = gather(base, later(nine, hours=1), other, order)
    before = Proceeding.objects.count(), Entry.objects.count()
    with pytest.raises(Refused) as refused:
        begin(base, waiting, later(nine, hours=1))
    assert refused.value.problems == {"": f"{order.number} 已在另一项专项行动中，那一项结束后才能开始"}
    assert (Proceeding.objects.count(), Entry.objects.count()) == before
    assert of(other) == [None]
    close(base, campaign, later(nine, hours=2))
    begin(base, waiting, later(nine, hours=3))
    assert of(order, other) == [waiting.pk, waiting.pk]
    assert differences() == []


def test_nothing_is_taken_in_twice(base: Cast, nine: datetime) -> None:
    order, other = dispatched(base, nine), dispatched(base, nine)
    campaign = gather(base, nine, order, order)
    with pytest.raises(Refused) as refused:
        add(base, campaign, nine, other, order)
    assert refused.value.problems == {"numbers": f"{order.number} 已在本专项行动中"}
    begin(base, campaign, nine)
    assert of(order, other) == [campaign.pk, None]
    assert Entry.objects.filter(action="campaign.told").count() == campaign.abouts.count() == 1


def test_closing_names_its_own_orders_alone(base: Cast, nine: datetime) -> None:
    mine, other, far, beside = (dispatched(base, nine) for _ in range(4))
    campaign, running = run(base, nine, mine), run(base, nine, other, far)
    at = later(nine, hours=1)
    # Some are in hand in the same batch.
    said = {"text": "补充：老人独居。"}
    supplements = [Act("order.supplemented", base.actor("agent"), at, said, order=pk) for pk in (other.pk, beside.pk)]
    record_many(
        [*supplements, Act("campaign.closed", base.actor("leader"), at, {"result": "全部办结。"}, order=campaign.pk)]
    )
    assert of(mine, other, far, beside) == [None, running.pk, running.pk, None]
    told = Entry.objects.filter(action="campaign.told", payload__over=True)
    assert list(told.values_list("order", flat=True)) == [mine.pk]
    # Nor does an order leave its own campaign with the end of another.
    do(base, "system", "campaign.told", far.pk, at, campaign=campaign.pk, number=campaign.number, over=True)
    assert of(far) == [running.pk]
    assert differences() == []


def test_what_is_refused(base: Cast, nine: datetime) -> None:
    order = dispatched(base, nine)
    for changes, sentence in (
        ({"numbers": []}, "请填写专项行动的工单"),
        ({"numbers": ["20991231-0001"]}, "没有这个工单号"),
        ({"due": later(nine, days=-1)}, "时限应晚于现在"),
    ):
        with pytest.raises(Refused, match=sentence):
            run(base, nine, order, **changes)
    ended = dispatched(base, nine)
    do(base, "agent", "order.withdrawn", ended.pk, nine, reason="诉求人撤回。", told="已撤单。")
    with pytest.raises(Refused, match="纳入的工单都已结束"):
        run(base, nine, ended)
    campaign = run(base, nine, order)
    for who in ("agent", "dispatcher", "clerk@town"):
        with pytest.raises(Refused):
            do(base, who, "campaign.closed", campaign.pk, nine, result="全部办结。")
    with pytest.raises(Refused, match="请填写专项行动的工单"):
        do(base, "supervisor", "campaign.added", gather(base, nine, ended).pk, nine, numbers=[])
    with pytest.raises(Refused, match="现在是“进行中”，不能开始行动"):
        begin(base, campaign, nine)
    close(base, campaign, nine)
    with pytest.raises(Refused, match="现在是“已结束”"):
        do(base, "supervisor", "campaign.added", campaign.pk, nine, numbers=[order.number])


def test_its_end_is_warned_of_and_does_not_close_it(base: Cast, nine: datetime) -> None:
    order = dispatched(base, nine)
    campaign = run(base, nine, order, due=later(nine, days=2))
    sweep(later(nine, days=3))
    assert Notice.objects.filter(proceeding=campaign, staff=base.staff["leader"]).exists()
    assert of(order) == [campaign.pk]
    assert differences() == []


def test_no_act_on_an_order_needs_its_row(base: Cast, nine: datetime) -> None:
    order, beside = dispatched(base, nine), dispatched(base, nine)
    run(base, nine, order)

    def cost(of: Order) -> list[str]:
        with CaptureQueriesContext(connection) as seen:
            do(base, "clerk@town", "share.signed", of.pk, later(nine, hours=1))
        return [query["sql"] for query in seen.captured_queries]

    cost(dispatched(base, nine))
    member, stranger = cost(order), cost(beside)
    assert len(member) == len(stranger)
    assert not any("proceedings_" in statement for statement in member if "lianxin_write" not in statement)


def test_in_one_batch_it_begins_and_ends(base: Cast, nine: datetime) -> None:
    orders = [dispatched(base, nine) for _ in range(2)]
    said = {"title": "托底清零", "text": "积存的供暖工单逐件清零。"}
    acts = [
        Act("campaign.opened", base.actor("leader"), nine, {**said, "numbers": numbers(orders)}, order=-1),
        Act("campaign.begun", base.actor("leader"), nine, {"due": later(nine, days=20)}, order=-1),
        Act("campaign.closed", base.actor("leader"), nine, {"result": "全部办结。"}, order=-1),
    ]
    record_many(acts)
    assert of(*orders) == [None, None]
    assert Entry.objects.filter(action="campaign.told").count() == 4
    assert differences() == []


def test_on_the_page_and_in_a_queue(base: Cast) -> None:
    row = {"id": "town:campaign", "title": "专项行动", "origin": "测试", "code": "campaign", "base": "order"}
    stored(base, "campaign", queue=[{**row, "posts": {"dispatcher": 5}, "when": "order.open && order.campaign"}])
    site, at = Site(base), timezone.now()
    order, other = dispatched(base, at), dispatched(base, at)
    campaign = run(base, at, order)
    listed = words_of(site.get("dispatcher", "/?queue=campaign"))
    assert order.number in listed
    assert other.number not in listed
    page = words_of(site.get("supervisor", f"/orders/{order.number}/"))
    assert f"纳入专项行动 {campaign.number}" in page
    assert campaign.number not in words_of(site.get("supervisor", f"/orders/{other.number}/"))
    # A unit sees that its order is of one, and no other order of it.
    assert f"纳入专项行动 {campaign.number}" in words_of(site.get("clerk@town", f"/orders/{order.number}/"))
    assert site.get("clerk@town", f"/proceedings/{campaign.number}/").status_code == 404
    page = words_of(site.get("leader", f"/proceedings/{campaign.number}/"))
    assert order.number in page
    assert "结束行动" in page


@pytest.mark.parametrize("pasted", ["{}\t{}", "{}\n{}", "{}、{}；", " {} , {} ", "{}，{}"])
def test_numbers_may_be_pasted_together(base: Cast, early: datetime, pasted: str) -> None:
    first, second = dispatched(base, early), dispatched(base, early)
    campaign = run(base, early, numbers=[pasted.format(first.number, second.number), "  "])
    assert of(first, second) == [campaign.pk] * 2
