"""A duty that a changed fact calls upon: nobody gets round it by putting the fact in later; and whose a duty is that an
act lays on a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.acceptance.zhoucun import lapse
from tests.cast import Cast, later
from tests.orders.test_duties import INSTRUCTION, LEADS, adopt, given, only_task, refused
from tests.rulebooks import Shelf

from lianxin.directory.models import Post, Unit
from lianxin.figures.count import count
from lianxin.figures.scope import Scope
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Task
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share

pytestmark = pytest.mark.django_db

#: What is urgent has somebody of the centre behind it until it is closed.
FOLLOWED: dict[str, Any] = INSTRUCTION | {
    "id": "B08.officer",
    "kind": "follow",
    "on": "order",
    "when": "order.urgency == 'urgent'",
    "post": "supervisor",
    "at": "centre",
    "before": [],
    "elements": [],
}
#: As B28: of what was complained of three times.
PERSONALLY: dict[str, Any] = INSTRUCTION | {"id": "B28", "kind": "personally", "when": f"{LEADS} && order.repeats >= 3"}


def correct(base: Cast, order: Order, at: datetime, **facts: Any) -> None:
    base.do("dispatcher", "order.corrected", order.pk, at, **facts)


def test_what_is_found_urgent_later_has_its_officer_all_the_same(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, FOLLOWED)
    order = given(base, nine)
    assert not Task.objects.exists()
    at = later(nine, minutes=30)
    correct(base, order, at, urgency="urgent")
    task = only_task(order)
    assert (task.rule, task.post_role, task.holder_id) == ("B08.officer", "supervisor", base.staff["supervisor"].pk)
    assert (task.made_at, task.due) == (at, later(at, hours=4)), "its time counts from when it was known"
    # Once: neither by another fact, nor by there and back again.
    for minutes, urgency in ((31, "normal"), (32, "urgent")):
        correct(base, order, later(nine, minutes=minutes), urgency=urgency)
    assert only_task(order).pk == task.pk
    assert list(verify()) == []


def test_what_was_done_is_not_asked_again(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, FOLLOWED)
    order = given(base, nine, urgency="urgent")
    base.do("supervisor", "task.done", order.pk, later(nine, minutes=5), task=only_task(order).pk)
    correct(base, order, later(nine, minutes=6), urgency="normal")
    correct(base, order, later(nine, minutes=7), urgency="urgent")
    assert only_task(order).outcome == "done"


def test_before_what_lays_it_the_fact_alone_lays_nothing(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, FOLLOWED)
    order = base.register(nine)
    correct(base, order, later(nine, minutes=1), urgency="urgent")
    assert not Task.objects.exists()
    base.dispatch(order, later(nine, minutes=2), "town")
    assert only_task(order).made_at == later(nine, minutes=2)


def test_a_fact_of_which_no_condition_asks_reads_no_ledger(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, FOLLOWED)
    order = given(base, nine)

    def asked(**facts: Any) -> int:
        with CaptureQueriesContext(connection) as found:
            correct(base, order, later(nine, minutes=len(found) + 9), **facts)
        return sum('FROM "ledger_entry"' in query["sql"] for query in found.captured_queries)

    assert asked(tags=["老人"]) < asked(urgency="urgent")


def test_as_b28_the_third_of_a_matter_lays_it_on_the_older_ones_too(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, PERSONALLY)
    first, second, third = (given(base, nine, text=f"来电人第 {n} 次反映暖气不热，请求检修。") for n in range(3))
    base.do("agent", "order.linked", second.pk, later(nine, hours=1), number=first.number)
    assert not Task.objects.exists()
    base.do("agent", "order.linked", third.pk, later(nine, hours=2), number=first.number)
    assert set(Task.objects.values_list("order", "rule")) == {(o.pk, "B28") for o in (first, second, third)}
    # A fourth brings no second one to those that have it.
    fourth = given(base, later(nine, hours=3))
    base.do("agent", "order.linked", fourth.pk, later(nine, hours=4), number=third.number)
    assert Task.objects.count() == 4
    assert list(verify()) == []


# --- of one person --------------------------------------------------------------------------------
PLAN: dict[str, Any] = {
    "id": "D17.plan",
    "title": "落实会商方案",
    "origin": "测试",
    "kind": "carry_out",
    "on": "order",
    "from": ["planned"],
    "post": "clerk",
    "named": True,
    "allow": "given",
}
#: As D30: how it was handled is looked through by somebody who had no hand in it.
REVIEW: dict[str, Any] = INSTRUCTION | {
    "id": "D30",
    "kind": "review",
    "post": "clerk",
    "else": ["principal"],
    "from": ["sign"],
    "not_handler": True,
    "before": [],
    "elements": [],
}


def planned(base: Cast, order: Order, at: datetime, person: str, plan: str = "更换阀门并排气。") -> Task:
    staff = base.staff[person]
    about = {"plan": plan, "person": staff.pk, "named": staff.name, "due": later(at, days=9)}
    base.do("system", "order.planned", order.pk, at, meeting="ZB20261118-0001", **about)
    found = Task.objects.filter(order=order).order_by("-pk").first()
    assert found is not None
    return found


def test_two_plans_of_one_person_are_two_duties(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, PLAN)
    order = given(base, nine)
    first = planned(base, order, later(nine, hours=1), "clerk@town")
    second = planned(base, order, later(nine, hours=2), "clerk@town", "接入集中供热管网。")
    assert first.pk != second.pk
    assert (first.due, second.due) == (later(nine, days=9, hours=1), later(nine, days=9, hours=2))
    base.do("clerk@town", "task.done", order.pk, later(nine, hours=3), task=first.pk)
    assert [task.done_at is None for task in Task.objects.order_by("pk")] == [False, True]


def test_what_was_laid_on_a_person_is_his_and_not_his_posts(books: Shelf, base: Cast, nine: datetime) -> None:
    """B has it though A is there; neither A nor the centre's hand-over takes it from him while he serves there."""
    adopt(books, base, PLAN)
    order = given(base, nine)
    task = planned(base, order, later(nine, hours=1), "clerk@town:b")
    assert task.holder_id == base.staff["clerk@town:b"].pk
    said = {"task": task.pk}
    assert "不在您的岗位" in str(refused(base, "clerk@town", "task.done", order, later(nine, hours=2), **said))
    base.do("clerk@town", "share.contacted", order.pk, later(nine, hours=2), text="已电话联系，约定上门。")
    assert only_task(order).holder_id == base.staff["clerk@town:b"].pk
    # Once he has gone it is his post's.
    Post.objects.filter(pk=base.posts["clerk@town"].pk).update(holder_b=None)
    gone = base.staff["clerk@town:b"]
    gone.is_active = False
    gone.save()
    base.do("clerk@town", "share.contacted", order.pk, later(nine, hours=3), text="已再次联系，约定上门。")
    assert only_task(order).holder_id == base.staff["clerk@town"].pk
    base.do("clerk@town", "task.done", order.pk, later(nine, hours=4), **said)
    assert list(verify()) == []


def test_as_d30_the_other_holder_of_the_post_reviews_and_nobody_calls_it_vacant(
    books: Shelf, base: Cast, nine: datetime
) -> None:
    adopt(books, base, REVIEW)
    order = given(base, nine)
    task = only_task(order)
    assert (task.holder_id, task.vacant) == (base.staff["clerk@town:b"].pk, "")


def test_as_d30_the_next_post_reviews_where_the_first_has_nobody_who_may(
    books: Shelf, base: Cast, nine: datetime
) -> None:
    adopt(books, base, REVIEW)
    Post.objects.filter(pk=base.posts["clerk@town"].pk).update(holder_b=None)
    order = given(base, nine)
    task = only_task(order)
    assert (task.post_role, task.vacant) == ("principal", ""), "the post is held: its holder must not"


def test_as_d30_who_handed_it_over_has_handled_it_all_the_same(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, REVIEW | {"from": ["arrive"]})
    order = given(base, nine)
    base.do("clerk@town", "share.contacted", order.pk, later(nine, minutes=3), text="已电话联系，约定上门。")
    other = base.staff["clerk@town:b"]
    base.do("clerk@town", "share.transferred", order.pk, later(nine, minutes=4), to=other.pk)
    at, arrived = later(nine, minutes=5), {"text": "已到现场。", "on_site": True}
    by_him = replace(base.actor("clerk@town"), staff=other.pk)
    record(Act("share.progressed", by_him, at, arrived, order=order.pk, recorded_at=at))
    task = only_task(order)
    assert task.post_role == "principal", "one had it, the other has it"
    said = {"task": task.pk}
    assert refused(base, "clerk@town", "task.done", order, later(nine, minutes=6), **said)
    base.do("principal@town", "task.done", order.pk, later(nine, minutes=7), **said)


def test_what_is_handed_down_too_often_is_counted_for_no_unit_and_refused(base: Cast, nine: datetime) -> None:
    order = given(base, nine)
    above, names = base.units["town"], ["town"]
    for depth in range(1, 5):
        name = f"below{depth}"
        base.units[name] = above = Unit.objects.create(
            centre=base.centre, parent=above, code=name, name=f"第{depth}层", type="community", position=20 + depth
        )
        base.post(f"clerk@{name}", name, "clerk")
        names.append(name)
    for depth in range(3):
        share = Share.objects.get(order=order, unit=base.units[names[depth]])
        if depth:
            base.do(f"clerk@{names[depth]}", "share.signed", order.pk, later(nine, minutes=3), share=share.pk)
        below = {"share": share.pk, "unit": base.units[names[depth + 1]].pk}
        base.do(f"clerk@{names[depth]}", "share.delegated", order.pk, later(nine, minutes=3), **below)
    last = Share.objects.get(order=order, unit=base.units["below3"])
    base.do("clerk@below3", "share.signed", order.pk, later(nine, minutes=4), share=last.pk)
    said = {"share": last.pk, "unit": base.units["below4"].pk}
    assert (
        "不能再往下派"
        in refused(base, "clerk@below3", "share.delegated", order, later(nine, minutes=5), **said)["unit"]
    )
    # Called from so far below, it is the town that has called (D25).
    at = later(nine, minutes=6)
    base.do("clerk@below3", "share.contacted", order.pk, at, share=last.pk, text="已电话联系，约定上门。")
    period = Scope.of_days(base.centre.pk, nine.date(), nine.date(), "city", later(nine, days=2))
    assert count(period, ["contacts"], by=["unit_id"]) == {(base.units["town"].pk,): {"contacts": 1}}


# --- limits ---------------------------------------------------------------------------------------
def test_the_limit_that_a_dutys_lapse_begins_is_of_its_own_share(books: Shelf, base: Cast, nine: datetime) -> None:
    begun = {
        "id": "A16.late",
        "title": "过问逾期",
        "origin": "测试",
        "kind": "own_asked_late",
        "on": "share",
        "from": ["breach.instruction"],
        "until": ["reply"],
        "allow": "1 workday",
    }
    adopt(books, base, INSTRUCTION, clocks=(begun,))
    order = given(base, nine)
    base.do("dispatcher", "share.added", order.pk, nine, unit=base.units["bureau"].pk, role="assist", basis="law")
    lapse(base, order, "instruction")
    (clock,) = Clock.objects.filter(order=order, kind="own_asked_late")
    assert clock.share_id == only_task(order).share_id
    assert clock.start == only_task(order).due
    assert list(verify()) == []
