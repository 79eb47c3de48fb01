"""Duties that rules of a pack lay on a post, and what waits for them (`[[task]]`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone
from tests.cast import Cast, later, request
from tests.orders.stages import REASON, REPLY
from tests.rulebooks import Shelf

from lianxin.directory.models import Absence, Post
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Entry, Notice, Task
from lianxin.ledger.sweep import sweep
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share
from lianxin.rules.policy import PolicyError

pytestmark = pytest.mark.django_db

LEADS = "share.depth == 0 && share.role != 'assist'"
#: A16: the principal of the unit says what is to be done, before the unit replies.
INSTRUCTION: dict[str, Any] = {
    "id": "A16",
    "title": "主要负责人过问",
    "clause": "主要负责人抓总体",
    "kind": "instruction",
    "from": ["dispatch"],
    "when": LEADS,
    "post": "principal",
    "allow": "4 hours",
    "before": ["share.replied"],
    "elements": [{"title": "批示", "min_length": 4}],
}
SAID = {"elements": ["请供热办今日到户查看。"]}


def adopt(books: Shelf, base: Cast, *rules: dict[str, Any], clocks: tuple[dict[str, Any], ...] = ()) -> None:
    def change(book: dict[str, Any]) -> None:
        book["task"] = [*book.get("task", []), *rules]
        book["clock"] = [*clocks, *book["clock"]]

    books.adopt(base, change)


def given(base: Cast, at: datetime, *units: str, **more: Any) -> Order:
    """Registered, dispatched a minute later, and signed for."""
    order = base.register(at, **more)
    base.dispatch(order, later(at, minutes=1), *(units or ("town",)))
    for name in units or ("town",):
        base.do(f"clerk@{name}", "share.signed", order.pk, later(at, minutes=2))
    return order


def only_task(order: Order, **more: Any) -> Task:
    return Task.objects.get(order=order, **more)


def refused(base: Cast, who: str, verb: str, order: Order, at: datetime, **payload: Any) -> dict[str, str]:
    before = Entry.objects.count()
    with pytest.raises(Refused) as caught:
        base.do(who, verb, order.pk, at, **payload)
    assert Entry.objects.count() == before
    return caught.value.problems


def test_as_a16_the_reply_waits_for_the_principals_instruction(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, INSTRUCTION)
    order = given(base, nine)
    task = only_task(order)
    assert (task.rule, task.post_role, task.unit_id) == ("A16", "principal", base.units["town"].pk)
    assert task.holder_id == base.staff["principal@town"].pk
    assert task.due == later(nine, hours=4, minutes=1)

    [said] = refused(base, "clerk@town", "share.replied", order, later(nine, minutes=5), **REPLY).values()
    assert "主要负责人过问" in said
    assert "大店镇主要负责人" in said
    base.do("principal@town", "task.done", order.pk, later(nine, minutes=6), task=task.pk, **SAID)
    base.do("clerk@town", "share.replied", order.pk, later(nine, minutes=7), **REPLY)
    assert only_task(order).outcome == "done"
    assert Clock.objects.get(task=task).end == "met"
    assert not list(verify())


def test_as_a16_where_it_must_not_bite(books: Shelf, base: Cast, nine: datetime) -> None:
    """A unit that assists, or to which it was handed down, needs no instruction of its own; nor does any other verb."""
    adopt(books, base, INSTRUCTION)
    order = given(base, nine, "town", "bureau")
    assert only_task(order).unit_id == base.units["town"].pk
    base.do("clerk@bureau", "share.opined", order.pk, later(nine, minutes=3), text="管网由我局协助检修。")
    base.do("clerk@town", "share.contacted", order.pk, later(nine, minutes=4), text="已电话联系，约定上门。")
    base.do("clerk@town", "share.delegated", order.pk, later(nine, minutes=5), unit=base.units["village"].pk)
    assert Task.objects.filter(order=order).count() == 1
    assert not list(verify())


def test_as_a16_nobody_evades_it(books: Shelf, base: Cast, nine: datetime) -> None:
    """The clerk cannot tick it off, a dot is no instruction, another unit's principal is not this one's."""
    adopt(books, base, INSTRUCTION)
    order, at = given(base, nine), later(nine, minutes=5)
    pk = only_task(order).pk
    assert "不在您的岗位" in str(refused(base, "clerk@town", "task.done", order, at, task=pk, **SAID))
    assert refused(base, "principal@town", "task.done", order, at, task=pk, elements=["。"]).keys() == {"elements"}
    assert refused(base, "principal@town", "task.done", order, at, task=pk).keys() == {"elements"}
    assert refused(base, "principal@heat", "task.done", order, at, task=pk, **SAID)
    assert "只能由中心领导免办" in str(refused(base, "supervisor", "task.dropped", order, at, task=pk, reason=REASON))


def test_as_a16_his_b_does_it_while_he_is_away(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, INSTRUCTION)
    post = base.posts["principal@town"]
    Post.objects.filter(pk=post.pk).update(holder_a=None)
    order = given(base, nine)
    assert only_task(order).holder_id == base.staff["principal@town:b"].pk
    assert only_task(order).vacant == ""


def test_a_leader_may_open_a_gate_and_what_follows_comes(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, INSTRUCTION)
    order, at = given(base, nine), later(nine, minutes=5)
    task = only_task(order)
    assert refused(base, "dispatcher", "task.waived", order, at, task=task.pk, reason=REASON)
    base.do("leader", "task.waived", order.pk, at, task=task.pk, reason=REASON)
    base.do("clerk@town", "share.replied", order.pk, later(nine, minutes=6), **REPLY)
    assert only_task(order).outcome == "waived"
    assert not list(verify())


def test_a_vacant_post_never_stops_a_dispatch(books: Shelf, base: Cast, nine: datetime) -> None:
    """It falls to what the rule names instead, else to the unit's clerk, else to the centre; and is marked so."""
    adopt(books, base, INSTRUCTION | {"else": ["hotline_deputy"]})
    for role in ("principal", "hotline_deputy"):
        Post.objects.filter(pk=base.posts[f"{role}@heat"].pk).update(holder_a=None, holder_b=None)
    Post.objects.filter(pk=base.posts["principal@town"].pk).update(holder_a=None, holder_b=None)
    town, heat = given(base, nine), given(base, later(nine, hours=1), "heat")
    assert (only_task(town).post_role, only_task(town).vacant) == ("hotline_deputy", "principal")
    assert (only_task(heat).post_role, only_task(heat).vacant) == ("clerk", "principal")
    base.do("clerk@heat", "task.done", heat.pk, later(nine, hours=2), task=only_task(heat).pk, **SAID)
    assert not list(verify())


def test_what_comes_by_import_passes_a_gate_and_is_noted(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, INSTRUCTION)
    order, at = given(base, nine), later(nine, minutes=9)
    act = Act("share.replied", base.actor("clerk@town"), at, REPLY, order=order.pk, recorded_at=at, via="import")
    entry = record(act).entry
    assert only_task(order).passed_by == entry
    assert only_task(order).done_at is None
    assert not list(verify())


def test_a_gate_may_bar_imports_too(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, INSTRUCTION | {"bars": "all"})
    order, at = given(base, nine), later(nine, minutes=9)
    with pytest.raises(Refused, match="主要负责人过问"):
        record(Act("share.replied", base.actor("clerk@town"), at, REPLY, order=order.pk, recorded_at=at, via="import"))


def test_a_duty_falls_away_with_its_share(books: Shelf, base: Cast, nine: datetime) -> None:
    """Never as met: the unit to which the order goes has its own."""
    adopt(books, base, INSTRUCTION)
    order = given(base, nine)
    base.do(
        "dispatcher", "share.reassigned", order.pk, later(nine, minutes=9),
        of_unit=base.units["town"].pk, unit=base.units["heat"].pk, basis="duty_list", reason=REASON,
    )  # fmt: skip
    assert only_task(order, unit=base.units["town"]).outcome == "cancelled"
    assert only_task(order, unit=base.units["heat"]).done_at is None
    base.do("agent", "order.withdrawn", order.pk, later(nine, minutes=10), reason=REASON, told="已告知诉求人撤单。")
    assert set(Task.objects.filter(order=order).values_list("outcome", flat=True)) == {"cancelled"}
    assert set(Clock.objects.filter(order=order, task__isnull=False).values_list("end", flat=True)) == {"cancelled"}
    assert not list(verify())


# --- the sign-off that holds the order (D21, D29) ----------------------------------------------
SIGN_OFF: dict[str, Any] = {
    "id": "D21",
    "title": "镇长签批",
    "clause": "热线工单由镇长签批派发后",
    "kind": "sign_off",
    "from": ["dispatch"],
    "when": f"{LEADS} && share.unit_group == 'town'",
    "post": "principal",
    "allow": "2 hours",
    "holds": True,
    "before": ["share.signed", "share.delegated", "share.replied"],
    "outcomes": [{"code": "agreed", "title": "同意派发"}],
}
CONTACT: dict[str, Any] = {
    "id": "D29",
    "title": "第一时间联系诉求人",
    "clause": "各承办单位接到镇主要领导签批热线工单后，必须做到第一时间联系诉求人",
    "replaces": [],
    "kind": "contact",
    "on": "share",
    "when": f"{LEADS} && share.unit_group == 'town'",
    "from": ["done.sign_off"],
    "until": ["contact"],
    "allow": "60 minutes",
}


def sign_off(books: Shelf, base: Cast) -> None:
    def change(book: dict[str, Any]) -> None:
        book["task"] = [*book["task"], SIGN_OFF]
        rest = [row | {"when": f"({row['when']}) && share.unit_group != 'town'"} if row["kind"] == "contact" else row
                for row in book["clock"]]  # fmt: skip
        book["clock"] = [{k: v for k, v in CONTACT.items() if v != []}, *rest]

    books.adopt(base, change)


def test_as_d21_d29_the_order_stands_with_the_mayor_and_contact_counts_from_his_signature(
    books: Shelf, base: Cast, nine: datetime
) -> None:
    sign_off(books, base)
    order = base.register(nine)
    base.dispatch(order, later(nine, minutes=1), "town")
    order.refresh_from_db()
    assert (order.node, order.owner_person_id) == ("task", base.staff["principal@town"].pk)
    assert not Clock.objects.filter(order=order, kind="contact").exists()
    at = later(nine, minutes=30)
    assert "镇长签批" in str(refused(base, "clerk@town", "share.signed", order, at))
    base.do("principal@town", "task.done", order.pk, at, task=only_task(order).pk, outcome="agreed")
    order.refresh_from_db()
    assert (order.node, order.owner_person_id) == ("sign", base.staff["clerk@town"].pk)
    contact = Clock.objects.get(order=order, kind="contact")
    assert (contact.start, contact.due) == (at, later(at, minutes=60))
    base.do("clerk@town", "share.signed", order.pk, later(at, minutes=1))
    assert not list(verify())


def test_as_d21_d29_where_it_is_off_contact_counts_from_the_dispatch(books: Shelf, base: Cast, nine: datetime) -> None:
    """A department has no mayor: its order is with its clerk at once, and its first contact too."""
    sign_off(books, base)
    order = base.register(nine)
    base.dispatch(order, later(nine, minutes=1), "bureau")
    order.refresh_from_db()
    assert (order.node, order.owner_person_id) == ("sign", base.staff["clerk@bureau"].pk)
    assert Clock.objects.get(order=order, kind="contact").start == later(nine, minutes=1)
    assert not Task.objects.filter(order=order).exists()


def test_as_d21_while_the_mayor_is_away_the_order_stands_with_his_b(books: Shelf, base: Cast, nine: datetime) -> None:
    sign_off(books, base)
    order = base.register(nine)
    base.dispatch(order, later(nine, minutes=1), "town")
    mayor, deputy = base.staff["principal@town"], base.staff["principal@town:b"]
    away = Absence.objects.create(staff=mayor, start=later(nine, minutes=5), end=later(nine, hours=2))
    base.do("system", "order.handed_over", order.pk, later(nine, minutes=6))
    assert Order.objects.get(pk=order.pk).owner_person_id == deputy.pk
    away.delete()
    base.do("system", "order.handed_over", order.pk, later(nine, hours=3))
    assert Order.objects.get(pk=order.pk).owner_person_id == mayor.pk
    assert not list(verify())


def test_as_d21_nobody_signs_in_his_place_or_without_saying_so(books: Shelf, base: Cast, nine: datetime) -> None:
    sign_off(books, base)
    order = base.register(nine)
    base.dispatch(order, later(nine, minutes=1), "town")
    pk, at = only_task(order).pk, later(nine, minutes=5)
    assert refused(base, "hotline_deputy@town", "task.done", order, at, task=pk, outcome="agreed")
    assert refused(base, "principal@town", "task.done", order, at, task=pk).keys() == {"outcome"}
    assert refused(base, "principal@town", "task.done", order, at, task=pk, outcome="maybe").keys() == {"outcome"}


# --- whose contact it is (B23), and where the ticket lies (B13) --------------------------------
CONTACT_BY_PRINCIPAL: dict[str, Any] = {
    "id": "B23",
    "title": "主要负责人联系重复投诉人",
    "clause": "重复投诉的，主要负责人第一时间与投诉人联系",
    "kind": "principal_contact",
    "from": ["dispatch"],
    "when": f"{LEADS} && order.repeats > 1",
    "post": "principal",
    "allow": "1 workday",
    "before": ["share.replied"],
    "ends_with": ["contact"],
}
TICKET: dict[str, Any] = {
    "id": "B13",
    "title": "反复投诉督办",
    "clause": "反复投诉、屡诉未果的，加大督办，限期解决",
    "kind": "supervision",
    "on": "members",
    "from": ["matter_joined"],
    "when": "order.repeats >= 2",
    "post": "principal",
    "allow": "3 workdays",
}


def repeated(base: Cast, at: datetime) -> tuple[Order, Order]:
    """An older order at the bureau, and a newer one about the same thing."""
    older = given(base, at, "bureau")
    newer = base.register(later(at, minutes=10))
    base.do("callback", "order.linked", newer.pk, later(at, minutes=11), number=older.number)
    return older, newer


def test_as_b23_only_the_principals_own_contact_fulfils_it(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, CONTACT_BY_PRINCIPAL)
    _, order = repeated(base, nine)
    base.dispatch(order, later(nine, minutes=12), "town")
    base.do("clerk@town", "share.signed", order.pk, later(nine, minutes=13))
    contacted = {"text": "已电话联系，约定上门。"}
    base.do("clerk@town", "share.contacted", order.pk, later(nine, minutes=14), **contacted)
    assert only_task(order).done_at is None
    assert "主要负责人联系重复投诉人" in str(
        refused(base, "clerk@town", "share.replied", order, later(nine, minutes=15), **REPLY)
    )
    pk = only_task(order).pk
    assert "自动办结" in str(refused(base, "principal@town", "task.done", order, later(nine, minutes=15), task=pk))
    base.do("principal@town", "share.contacted", order.pk, later(nine, minutes=16), **contacted)
    assert only_task(order).outcome == "done"
    base.do("clerk@town", "share.replied", order.pk, later(nine, minutes=17), **REPLY)
    assert not list(verify())


def test_as_b23_a_first_complaint_needs_no_principal(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, CONTACT_BY_PRINCIPAL)
    order = given(base, nine)
    assert not Task.objects.filter(order=order).exists()
    base.do("clerk@town", "share.replied", order.pk, later(nine, minutes=5), **REPLY)


def test_as_b13_the_ticket_lies_on_the_older_orders_share(books: Shelf, base: Cast, nine: datetime) -> None:
    """Not on the newcomer, which nobody handles yet; and the count of the matter is both orders'."""
    adopt(books, base, TICKET)
    older, newer = repeated(base, nine)
    assert not Task.objects.filter(order=newer).exists()
    task = only_task(older)
    assert (task.share_id, task.post_role) == (Share.objects.get(order=older).pk, "principal")
    told = Entry.objects.get(order=older, action="matter.told")
    assert (told.payload["number"], told.derived["laid"][0][0]) == (newer.number, "B13")
    orders = Order.objects.filter(pk__in=[older.pk, newer.pk])
    assert set(orders.values_list("matter_orders", flat=True)) == {2}
    assert not list(verify())


def test_as_b13_what_is_closed_gets_none_and_a_third_brings_no_second_ticket(
    books: Shelf, base: Cast, nine: datetime
) -> None:
    adopt(books, base, TICKET)
    older, _ = repeated(base, nine)
    third = base.register(later(nine, minutes=20))
    base.do("callback", "order.linked", third.pk, later(nine, minutes=21), number=older.number)
    assert Task.objects.filter(order=older).count() == 1
    assert Order.objects.get(pk=older.pk).matter_orders == 3
    ended = base.register(later(nine, minutes=30))
    base.do("agent", "order.answered", ended.pk, later(nine, minutes=31), told="已告知诉求人办理结果。")
    fresh = base.register(later(nine, minutes=32))
    base.do("callback", "order.linked", fresh.pk, later(nine, minutes=33), number=ended.number)
    assert not Task.objects.filter(order=ended).exists()
    assert not list(verify())


# --- a lapse is an event too -------------------------------------------------------------------
def test_a_breach_is_raised_to_the_principal(books: Shelf, base: Cast, nine: datetime) -> None:
    """The pack author's sample: urgent orders, the deputy phones within 4 hours or the reply is barred."""
    call = {
        "id": "S90",
        "title": "分管负责人电话联系",
        "origin": "测试",
        "kind": "deputy_call",
        "from": ["dispatch"],
        "when": f"{LEADS} && order.urgency == 'urgent' && order.category[0] == '居民生活'",
        "post": "hotline_deputy",
        "allow": "4 hours",
        "warn": "30 minutes before",
        "before": ["share.replied"],
        "ends_with": ["contact"],
    }
    raised = {
        "id": "S91",
        "title": "逾期上报主要负责人",
        "origin": "测试",
        "kind": "raised",
        "from": ["breach.deputy_call"],
        "post": "principal",
        "elements": [{"title": "处理意见", "min_length": 4}],
    }
    adopt(books, base, call, raised)
    category = base.centre.categories.get(name="供暖温度").pk
    order = given(base, nine, urgency="urgent", category=category)
    calm = given(base, later(nine, hours=1), category=category)
    assert not Task.objects.filter(order=calm).exists()
    clock = Clock.objects.get(order=order, kind="deputy_call")
    base.do("system", "clock.breached", order.pk, clock.due, clocks=[clock.pk])
    up = only_task(order, kind="raised")
    assert (up.holder_id, up.share_id) == (
        base.staff["principal@town"].pk,
        only_task(order, kind="deputy_call").share_id,
    )
    assert "分管负责人电话联系" in str(
        refused(base, "clerk@town", "share.replied", order, later(clock.due, minutes=1), **REPLY)
    )
    assert not list(verify())


def test_whoever_does_the_same_meets_a_duty_that_says_so(books: Shelf, base: Cast, nine: datetime) -> None:
    """`whoever`: the deputy sees to it that the unit phones; who phones is all one."""
    adopt(books, base, CONTACT_BY_PRINCIPAL | {"when": LEADS, "post": "hotline_deputy", "whoever": True})
    order = given(base, nine)
    base.do("clerk@town", "share.contacted", order.pk, later(nine, minutes=5), text="已电话联系，约定上门。")
    assert only_task(order).outcome == "done"
    assert not list(verify())


def test_whoever_it_was_handed_to_is_told_when_it_is_late(books: Shelf, base: Cast) -> None:
    """Not the post that handed it on; and one who has left is nobody."""
    adopt(books, base, INSTRUCTION)
    now = later(timezone.now(), hours=-5)
    order = Order.objects.get(pk=record(Act("order.registered", base.actor("agent"), now, request())).order)
    sent = {"shares": [{"unit": base.units["town"].pk}], "basis": "law"}
    record(Act("order.dispatched", base.actor("dispatcher"), now, sent, order=order.pk))
    task, clerk = only_task(order), base.staff["clerk@town:b"]
    handed = {"task": task.pk, "to": clerk.pk}
    record(Act("task.handed_on", base.actor("principal@town"), timezone.now(), handed, order=order.pk))
    sweep(timezone.now())
    told = Notice.objects.filter(order=order, kind="clock.breached").values_list("staff", flat=True)
    assert clerk.pk in told
    assert base.staff["principal@town"].pk not in told


@pytest.mark.parametrize(
    ("change", "unit", "due", "warn"),
    [
        ({"allow": "4 hours", "warn": "1 hour before"}, "town", {"hours": 4, "minutes": 1}, {"hours": 3, "minutes": 1}),
        ({"allow": "4 hours", "office": True}, "town", {"hours": 5, "minutes": 31}, None),
        ({"post": "supervisor", "at": "centre", "allow": "90 minutes"}, "centre", {"hours": 1, "minutes": 31}, None),
        ({"post": "supervisor", "at": "above", "allow": None}, "centre", None, None),
    ],
)
def test_where_a_duty_lies_and_how_long_is_its_rules_word(
    books: Shelf,
    base: Cast,
    nine: datetime,
    change: dict[str, Any],
    unit: str,
    due: dict[str, int] | None,
    warn: dict[str, int] | None,
) -> None:
    rule = {name: value for name, value in (INSTRUCTION | change).items() if value is not None}
    adopt(books, base, rule)
    task = only_task(given(base, nine))
    assert task.unit_id == base.units[unit].pk
    assert task.due == (later(nine, **due) if due else None)
    clock = Clock.objects.filter(task=task).first()
    assert (clock.warn_at if clock else None) == (later(nine, **warn) if warn else None)


def test_a_duty_asks_what_its_rule_names(books: Shelf, base: Cast, nine: datetime) -> None:
    elements = [{"title": "成因", "min_length": 6}, {"title": "打算", "min_length": 2}]
    outcomes = [{"code": "now", "title": "立即办"}, {"code": "plan", "title": "列入计划"}]
    adopt(books, base, INSTRUCTION | {"elements": elements, "outcomes": outcomes})
    order, at = given(base, nine), later(nine, minutes=5)
    pk = only_task(order).pk
    said = refused(base, "principal@town", "task.done", order, at, task=pk, outcome="now", elements=["阀门坏", "换"])
    assert said == {"elements": "“成因”至少写 6 个字"}
    said = refused(base, "principal@town", "task.done", order, at, task=pk, elements=["阀门老化损坏", "更换"])
    assert said == {"outcome": "请选择结果：立即办、列入计划"}
    more = ["阀门老化损坏", "更换", "另加"]
    assert refused(base, "principal@town", "task.done", order, at, task=pk, outcome="now", elements=more)
    base.do("principal@town", "task.done", order.pk, at, task=pk, outcome="plan", elements=more[:2])
    assert only_task(order).outcome == "plan"


def test_the_administrator_is_told_of_a_vacant_post(books: Shelf, base: Cast) -> None:
    adopt(books, base, INSTRUCTION)
    Post.objects.filter(pk=base.posts["principal@town"].pk).update(holder_a=None, holder_b=None)
    now = timezone.now()
    order = record(Act("order.registered", base.actor("agent"), now, request())).order
    sent = {"shares": [{"unit": base.units["town"].pk}], "basis": "law"}
    record(Act("order.dispatched", base.actor("dispatcher"), now, sent, order=order))
    assert Notice.objects.filter(order=order, staff=base.staff["admin"]).exists()
    assert only_task(Order.objects.get(pk=order)).vacant == "principal"


def test_where_nobody_at_the_centre_could_do_it_it_waits_for_whoever_is_put_there(books: Shelf, base: Cast) -> None:
    """Nor does it fall to the administrator, who sees no order: he is told of the vacant post."""
    adopt(books, base, INSTRUCTION | {"post": "supervisor", "at": "centre"})
    now, town = timezone.now(), base.units["town"].pk
    order = Order.objects.get(pk=record(Act("order.registered", base.actor("agent"), now, request())).order)
    able = Post.objects.filter(centre=base.centre, role__in=("supervisor", "leader", "dispatcher"))
    able.update(holder_a=None, holder_b=None)
    sent = {"shares": [{"unit": town}], "basis": "law"}
    record(Act("order.dispatched", base.actor("dispatcher"), now, sent, order=order.pk))
    task = only_task(order)
    assert (task.post_role, task.holder_id, task.vacant) == ("supervisor", None, "supervisor")
    assert Notice.objects.filter(order=order, staff=base.staff["admin"]).exists()
    assert refused(base, "admin", "task.done", order, now, task=task.pk, **SAID)
    able.filter(role="supervisor").update(holder_a=base.staff["supervisor"])
    record(Act("task.done", base.actor("supervisor"), timezone.now(), {"task": task.pk, **SAID}, order=order.pk))
    assert not list(verify())


# --- petitions of several levels ---------------------------------------------------------------
def in_turn(books: Shelf, base: Cast) -> None:
    """Three levels: the unit's principal, the centre's supervisor, then the dispatcher decides."""

    def change(book: dict[str, Any]) -> None:
        levels = [{"post": "principal", "allow": "4 hours"}, {"post": "supervisor", "at": "centre"}]
        book["task"] = [row | {"levels": levels} if row["id"] == "S06" else row for row in book["task"]]

    books.adopt(base, change)


ASKED = {"reason": "小区已移交物业管理", "return_reason": "not_duty", "legal_basis": "派单目录"}


def test_a_petition_of_three_levels_goes_from_post_to_post(books: Shelf, base: Cast, nine: datetime) -> None:
    in_turn(books, base)
    order = given(base, nine)
    filed = base.do("clerk@town", "return.filed", order.pk, later(nine, minutes=5), **ASKED)
    first = only_task(order)
    assert (first.post_role, first.level, first.due) == ("principal", 0, later(nine, hours=4, minutes=5))
    decision = {"of_unit": base.units["town"].pk, "approved": False, "reason": REASON}
    assert "逐级审签" in str(refused(base, "dispatcher", "return.decided", order, later(nine, minutes=6), **decision))
    agreed = {"agreed": True, "reason": REASON}
    at = later(nine, minutes=7)
    assert refused(base, "hotline_deputy@town", "petition.endorsed", order, at, task=first.pk, **agreed)
    base.do("principal@town", "petition.endorsed", order.pk, at, task=first.pk, **agreed)
    second = only_task(order, level=1)
    assert (second.post_role, second.made_entry, second.made_at) == ("supervisor", filed.entry, first.made_at)
    base.do("supervisor", "petition.endorsed", order.pk, later(nine, minutes=8), task=second.pk, **agreed)
    last = only_task(order, level=2)
    assert (last.post_role, Clock.objects.get(task=last).kind) == ("dispatcher", "return")
    assert "已到审定一级" in str(
        refused(base, "dispatcher", "petition.endorsed", order, later(nine, minutes=9), task=last.pk, **agreed)
    )
    base.do("dispatcher", "return.decided", order.pk, later(nine, minutes=9), **decision)
    assert list(Task.objects.filter(order=order).order_by("pk").values_list("outcome", flat=True)) == [
        "agreed", "agreed", "refused",
    ]  # fmt: skip
    assert Share.objects.get(order=order).forced
    assert not list(verify())


def test_the_last_of_three_levels_has_its_part_of_a_limit(books: Shelf, base: Cast, nine: datetime) -> None:
    """Half of the handling limit is the deciding post's own; those who agree before it have their own spans."""

    def change(book: dict[str, Any]) -> None:
        levels = [{"post": "principal", "allow": "4 hours"}]
        more = {"levels": levels, "allow": "50% of handle"}
        book["task"] = [row | more if row["id"] == "S06" else row for row in book["task"]]

    books.adopt(base, change)
    order = given(base, nine)
    whole = Clock.objects.get(order=order, kind="handle")
    base.do("clerk@town", "return.filed", order.pk, later(nine, minutes=5), **ASKED)
    first = only_task(order)
    assert first.due == later(nine, hours=4, minutes=5)
    agreed = {"agreed": True, "reason": REASON}
    base.do("principal@town", "petition.endorsed", order.pk, later(nine, minutes=6), task=first.pk, **agreed)
    last = only_task(order, level=1)
    assert last.due is not None
    assert later(nine, hours=5) < last.due < whole.due


@pytest.mark.parametrize(("who", "verb"), [("leader", "task.waived"), ("supervisor", "task.dropped")])
def test_a_petition_is_decided_and_neither_waived_nor_dropped(
    books: Shelf, base: Cast, nine: datetime, who: str, verb: str
) -> None:
    in_turn(books, base)
    order = given(base, nine)
    base.do("clerk@town", "return.filed", order.pk, later(nine, minutes=5), **ASKED)
    task = only_task(order)
    assert "须经审定" in str(refused(base, who, verb, order, later(nine, minutes=6), task=task.pk, reason=REASON))


def test_one_who_does_not_agree_ends_it(books: Shelf, base: Cast, nine: datetime) -> None:
    """The unit goes on, and nothing was decided against it."""
    in_turn(books, base)
    order = given(base, nine)
    base.do("clerk@town", "return.filed", order.pk, later(nine, minutes=5), **ASKED)
    no = {"agreed": False, "reason": REASON}
    base.do("principal@town", "petition.endorsed", order.pk, later(nine, minutes=6), task=only_task(order).pk, **no)
    assert only_task(order).outcome == "refused"
    assert not Share.objects.get(order=order).forced
    base.do("clerk@town", "share.replied", order.pk, later(nine, minutes=7), **REPLY)
    assert not list(verify())


def test_a_petition_without_levels_is_the_dispatchers(base: Cast, nine: datetime) -> None:
    order = given(base, nine)
    base.do("clerk@town", "return.filed", order.pk, later(nine, minutes=5), **ASKED)
    task = only_task(order)
    assert (task.rule, task.post_role, task.unit_id) == ("S06", "dispatcher", base.units["centre"].pk)
    assert task.holder_id == base.staff["dispatcher"].pk


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"before": ["share.replyed"]}, "share.replyed"),
        ({"from": ["done.sign_of"]}, "sign_of"),
        # An order that joins a matter does so as a whole: on its shares nothing would ever be laid.
        ({"from": ["matter_joined"]}, "matter_joined 不涉及"),
        ({"before": ["share.contacted"], "ends_with": ["contact"], "elements": []}, "办结它的动作"),
        ({"from": ["breach.instruction"]}, "终点"),
        ({"levels": [{"post": "hotline_deputy"}]}, "逐级审签"),
        (
            {"post": "supervisor", "at": "centre", "ends_with": ["contact"], "before": [], "elements": []},
            "该岗位自己能做的动作",
        ),
        ({"outcomes": [{"code": "cancelled", "title": "取消"}]}, "以外的代码"),
        ({"post": "mayor"}, "岗位"),
        # An administrator sees no order, a deputy does nothing yet: a duty of theirs would stay undone.
        ({"post": "admin"}, "岗位"),
        ({"post": "npc_deputy"}, "岗位"),
        ({"else": ["admin"]}, "岗位"),
        ({"allow": "4 hous"}, "时限"),
        # Of a limit that never runs beside it, half is no limit; and a least beside a span of its own is idle.
        ({"allow": "50% of callback"}, "没有“callback”"),
        ({"allow": "50% of handle", "on": "order", "from": ["register"], "when": "true"}, "没有“handle”"),
        ({"least": "1 workday"}, "只写在按某个时限的百分之几计算"),
        ({"falls_with": ["send_bak"]}, "send_back"),
        ({"falls_with": ["done.sign_of"]}, "sign_of"),
        ({"falls_with": ["contact"], "ends_with": ["contact"], "before": [], "elements": []}, "两处都写了"),
    ],
)
def test_a_duty_that_cannot_be_is_refused_when_the_pack_is_checked(
    books: Shelf, base: Cast, change: dict[str, Any], word: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        adopt(books, base, INSTRUCTION | change)
    assert word in str(caught.value)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"post": "leader"}, "能审定这种申请的中心岗位"),
        ({"post": "principal", "at": "unit"}, "能审定这种申请的中心岗位"),
        ({"on": "order"}, "申请挂在承办件上"),
    ],
)
def test_a_petition_that_nobody_could_decide_is_refused_when_the_pack_is_checked(
    books: Shelf, base: Cast, change: dict[str, Any], word: str
) -> None:
    def altered(book: dict[str, Any]) -> None:
        book["task"] = [row | change if row["id"] == "S06" else row for row in book["task"]]

    with pytest.raises(PolicyError) as caught:
        books.adopt(base, altered)
    assert word in str(caught.value)
