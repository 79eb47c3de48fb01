"""Queues are rows of the pack in force now: who has them, what is in them, in which order, what their rows offer."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast, later
from tests.desk.web import Site
from tests.orders.stages import STAGES, reach
from tests.rulebooks import stored

from lianxin.desk import counting, queue_sql, queue_words, queues
from lianxin.desk.seats import Seat
from lianxin.directory import snapshot
from lianxin.directory.models import Area, Category, Post, Staff
from lianxin.orders.models import Order, Share
from lianxin.orders.nodes import NODE_TITLES
from lianxin.proceedings import kinds
from lianxin.rules import policy, queue_terms
from lianxin.rules.evaluator import cel
from lianxin.rules.policy_queues import POSTS, of_post
from lianxin.rules.queue_conditions import Moment, QueueCondition
from lianxin.rules.worktime import Span

OLD_HEAT: dict[str, Any] = {
    "id": "town:heat",
    "title": "供暖急件超五日",
    "origin": "测试",
    "code": "heat",
    "base": "order",
    "posts": {"dispatcher": 5, "supervisor": 15},
    "when": "order.open && order.urgency == 'urgent' && '供暖' in order.category "
    "&& order.registered_at < ago('5 days')",
    "verbs": ["order.urged"],
    "empty": "没有超过五日的供暖急件。",
}
#: Which queues each post has under the base pack, in this order.
USUAL = {
    "agent": "dispatch today open",
    "dispatcher": "dispatch returns extensions remarks overdue again today open proceedings",
    "auditor": "audit overdue open",
    "callback": "callback recall judge unhappy merged closed open",
    "supervisor": "overdue again unhappy open closed proceedings",
    "leader": "overdue again open closed proceedings",
    "analyst": "today overdue again",
    "patrol": "today open",
    "clerk": "all sign contact working back rounds remarks overdue unit_audit proceedings",
    "hotline_deputy": "unit_audit all sign working back rounds overdue proceedings",
    "line_deputy": "unit_audit all overdue",
    "section_head": "all contact overdue rounds",
    "discipline": "all overdue rounds",
    "principal": "all overdue rounds unit_audit led",
}


def seat_at(cast: Cast, post: Post, now: datetime | None = None) -> Seat:
    directory = snapshot.of(cast.centre.pk)
    line = next(line for line in directory.posts_at(post.unit_id, post.role) if line.id == post.pk)
    return Seat(Staff.objects.get(pk=post.holder_a_id), line, (line,), True, directory, now or timezone.now())


def codes(seat: Seat) -> str:
    return " ".join(queue.code for queue in queues.queues_of(seat))


def within(seat: Seat, code: str) -> list[int]:
    """The ids of what is in a queue, in its order, as the page lists it and as the tab counts it."""
    mine = queues.queues_of(seat)
    queue = next(queue for queue in mine if queue.code == code)
    found = [thing.pk for thing in queues.page(seat, queue, 1)]
    assert counting.count(seat, mine, code).numbers[code] == len(found)
    return found


def page(site: Site, who: str, code: str) -> str:
    return str(site.get(who, f"/?queue={code}").content.decode())


@pytest.mark.parametrize("post", USUAL)
def test_which_queues_a_post_has_and_in_which_order(base: Cast, post: str) -> None:
    rows = of_post(queues.rules(snapshot.of(base.centre.pk).nearest_pack(timezone.now())), post)
    has = [row.code for row in rows if row.needs != "duties" and (row.needs != "proceedings" or post in kinds.posts())]
    assert " ".join(has) == USUAL[post]
    assert set(USUAL) == set(POSTS)


@pytest.fixture
def heating(base: Cast) -> dict[str, Order]:
    """Orders of several ages about heating and about street lamps, urgent and not."""
    topics = {name: Category.objects.get(centre=base.centre, name=name).pk for name in ("供暖温度", "路灯")}
    now = timezone.now()

    def taken(days: int, topic: str, urgency: str = "urgent") -> Order:
        return base.register(later(now, days=-days), category=topics[topic], urgency=urgency)

    found = {"old": taken(7, "供暖温度"), "older": taken(9, "供暖温度"), "young": taken(3, "供暖温度")}
    return found | {"calm": taken(7, "供暖温度", "normal"), "lamp": taken(7, "路灯")}


def test_a_queue_of_the_pack_s_own_stands_where_it_says_and_holds_what_it_says(
    base: Cast, heating: dict[str, Order]
) -> None:
    stored(base, "town", queue=[OLD_HEAT])
    assert codes(seat_at(base, base.posts["dispatcher"])).split()[:2] == ["heat", "dispatch"]
    supervisor = seat_at(base, base.posts["supervisor"])
    assert codes(supervisor).split()[:3] == ["overdue", "heat", "again"]
    assert "heat" not in codes(seat_at(base, base.posts["leader"]))
    assert within(supervisor, "heat") == [heating["older"].pk, heating["old"].pk]
    site = Site(base)
    shown = page(site, "supervisor", "heat")
    assert "供暖急件超五日<b>2</b>" in shown
    assert f'href="/orders/{heating["old"].number}/order.urged/?queue=heat">催办<' in shown
    base.do("agent", "order.withdrawn", heating["old"].pk, timezone.now(), reason="诉求人撤回", told="已告知")
    base.do("agent", "order.withdrawn", heating["older"].pk, timezone.now(), reason="诉求人撤回", told="已告知")
    assert "没有超过五日的供暖急件。" in page(site, "supervisor", "heat")


def test_another_condition_is_another_queue(base: Cast, heating: dict[str, Order]) -> None:
    stored(base, "town", queue=[OLD_HEAT])
    assert len(within(seat_at(base, base.posts["supervisor"]), "heat")) == 2
    changed = OLD_HEAT["when"].replace("'urgent'", "'normal'")
    stored(base, "city", queue=[{**OLD_HEAT, "id": "city:heat", "when": changed}])
    assert within(seat_at(base, base.posts["supervisor"]), "heat") == [heating["calm"].pk]


def test_a_queue_of_the_base_is_replaced_and_switched_off(base: Cast) -> None:
    """By its own id, by `replaces`, and by a rule in words that names it."""
    mine = {**OLD_HEAT, "id": "S45.open", "code": "open", "title": "在办（急件）", "when": "order.urgency == 'urgent'"}
    other = {**OLD_HEAT, "id": "town:again", "code": "again", "replaces": ["S45.again"], "posts": {"leader": 1}}
    off = {"id": "town:off", "title": "不列今日登记", "origin": "测试", "replaces": ["S45.today"]}
    stored(base, "town", queue=[mine, other], rule=[off])
    leader, supervisor = (seat_at(base, base.posts[who]) for who in ("leader", "supervisor"))
    assert codes(leader) == "again overdue closed duties proceedings"
    assert codes(supervisor) == "overdue open unhappy closed duties proceedings"
    assert codes(seat_at(base, base.posts["analyst"])) == "overdue"
    assert [queue.title for queue in queues.queues_of(supervisor)][1] == "在办（急件）"


def test_a_list_that_is_meant_whole_leaves_nothing_of_the_base(base: Cast) -> None:
    stored(base, "town", queue=[{**OLD_HEAT, "only": True}])
    assert codes(seat_at(base, base.posts["supervisor"])) == "heat"
    assert codes(seat_at(base, base.posts["clerk@town"])) == ""
    assert "本岗位没有工单队列" in Site(base).get("clerk@town", "/").content.decode()


def test_a_pack_of_before_there_were_rows_has_the_product_s_own(base: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = json.loads(Path("tests/directory/older_packs/2026-11-28.json").read_text("utf-8"))
    older = policy.from_texts(kept["id"], kept["texts"], adopted=True)
    assert not older.queue_rules
    assert [row.id for row in queues.rules(older)] == [row.id for row in policy.find("base").queue_rules]


def test_it_is_the_pack_in_force_now_that_speaks_not_the_order_s_own(base: Cast, heating: dict[str, Order]) -> None:
    stored(base, "town", queue=[OLD_HEAT])
    assert {order.pack for order in heating.values()} == {"base@1"}
    assert len(within(seat_at(base, base.posts["dispatcher"]), "heat")) == 2


@pytest.mark.parametrize(
    ("worked", "counted", "waiting"), [(False, False, 0), (False, True, 2), (True, False, 2)], ids=str
)
def test_what_is_worked_through_or_counted_is_in_the_badge(
    base: Cast, heating: dict[str, Order], worked: bool, counted: bool, waiting: int
) -> None:
    stored(base, "town", queue=[{**OLD_HEAT, "posts": {"leader": 1}, "worked": worked, "counted": counted}])
    shown = page(Site(base), "leader", "heat")
    assert f'data-waiting="{waiting}"' in shown
    assert ("领下一件" in shown) is worked


def test_a_queue_that_is_not_worked_through_offers_its_verbs_alone(base: Cast, heating: dict[str, Order]) -> None:
    """To whoever may take them; what his post may not is passed over for the next."""
    verbs = ["order.invalidated", "order.urged"]
    row = {**OLD_HEAT, "verbs": verbs, "posts": {"supervisor": 1, "agent": 1, "analyst": 1}}
    stored(base, "town", queue=[row])
    site, order = Site(base), heating["old"]
    offered = {who: re.findall(r'id="do-[^"]+" href="([^"]+)"', page(site, who, "heat")) for who in row["posts"]}
    url = f"/orders/{order.number}/"
    assert f"{url}order.invalidated/?queue=heat" in offered["supervisor"]
    assert f"{url}order.urged/?queue=heat" in offered["agent"]
    assert url in offered["analyst"]


def test_the_verbs_of_a_row_stand_before_what_comes_by_itself(base: Cast) -> None:
    order, _ = reach(base, "signed", timezone.now())
    site, share = Site(base), Share.objects.get(order=order)
    assert f"/orders/{order.number}/share.contacted/?share={share.pk}" in page(site, "clerk@town", "working")
    row = {"id": "S45.working", "title": "办理中", "origin": "测试", "code": "working", "base": "share", "worked": True}
    row |= {"posts": {"clerk": 1}, "when": "share.state == 'signed'", "verbs": ["share.progressed"]}
    stored(base, "town", queue=[row])
    assert f"/orders/{order.number}/share.progressed/?share={share.pk}" in page(site, "clerk@town", "working")


def test_one_click_works_from_a_queue_that_is_only_looked_at(base: Cast) -> None:
    order, _ = reach(base, "pending", timezone.now())
    row = {"id": "town:new", "title": "新来", "origin": "测试", "code": "new", "base": "share"}
    row |= {"posts": {"clerk": 1}, "when": "share.state == 'pending'", "verbs": ["share.signed"]}
    stored(base, "town", queue=[row])
    site, share = Site(base), Share.objects.get(order=order)
    shown = page(site, "clerk@town", "new")
    assert 'id="one-click"' in shown
    assert f'formaction="/orders/{order.number}/share.signed/" name="share" value="{share.pk}"' in shown
    answer = site.at("clerk@town").post(f"/orders/{order.number}/share.signed/", {"share": share.pk, "next": "/"})
    assert answer.status_code == 302
    share.refresh_from_db()
    assert share.state == "signed"


def test_a_time_may_stand_before_the_due_time_and_costs_no_statement(base: Cast, heating: dict[str, Order]) -> None:
    stored(base, "town", queue=[{**OLD_HEAT, "when": "order.open", "first": "registered_at", "verbs": []}])
    seat = seat_at(base, base.posts["supervisor"])
    by_time = sorted(heating.values(), key=lambda order: (order.registered_at, order.pk))
    assert within(seat, "heat") == [order.pk for order in by_time]
    site = Site(base)
    shown = page(site, "supervisor", "heat")
    assert "按登记时间 5 件" in shown
    assert 'lx-s">登记 ' in shown
    with CaptureQueriesContext(connection) as first:
        page(site, "supervisor", "heat")
    base.register(timezone.now())
    with CaptureQueriesContext(connection) as more:
        page(site, "supervisor", "heat")
    assert len(more) == len(first)
    stored(
        base,
        "city",
        queue=[{**OLD_HEAT, "id": "city:heat", "when": "order.open", "first": "dispatched_at", "verbs": []}],
    )
    page(site, "supervisor", "heat")
    with CaptureQueriesContext(connection) as other:
        page(site, "supervisor", "heat")
    assert len(other) <= len(first), "a column that rows do not fetch by themselves is fetched with them"


def test_a_queue_of_duties_comes_with_the_first_duty(base: Cast) -> None:
    row = {"id": "town:own", "title": "本岗位", "origin": "测试", "code": "own", "base": "task", "needs": "duties"}
    row |= {"posts": {"analyst": 1}, "when": "task.laid"}
    duty = {
        "id": "town:duty",
        "title": "研判",
        "origin": "测试",
        "kind": "view",
        "from": ["dispatch"],
        "post": "analyst",
    }
    stored(base, "town", queue=[row])
    assert "own" not in codes(seat_at(base, base.posts["analyst"])).split()
    stored(base, "city", queue=[{**row, "id": "city:own"}], task=[{**duty, "id": "city:duty", "at": "centre"}])
    assert codes(seat_at(base, base.posts["analyst"])).split()[0] == "own"


# --- the language ------------------------------------------------------------------------------------
def test_the_desk_knows_each_word_of_the_language_and_no_other() -> None:
    for part, columns in queue_terms.COLUMNS.items():
        flags = {name for name, column in columns.items() if column.sort == "flag"}
        assert {*queue_sql.FLAGS[part]} == flags, part
        assert {*queue_sql.COLUMNS[part]} == columns.keys() - flags, part
    assert {*queue_words.COMPUTED} == {*queue_terms.COMPUTED}
    assert {name: title for name, title in NODE_TITLES.items() if name != "ended"} == queue_terms.NODES


CONDITIONS = (
    "order.open",
    "!order.open || order.round > 1",
    "order.state == 'registered' && order.urgency == 'urgent'",
    "order.state in ['closed', 'merged', 'withdrawn']",
    "!(order.state in ['closed', 'merged'] || order.merged)",
    "'供暖' in order.category && !('老人' in order.tags)",
    "!('供暖' in order.category)",
    "order.registered_at < ago('2 days')",
    "order.registered_at >= today || order.node == 'callback' && at_centre()",
    "!(order.registered_at <= ago('90 minutes') && order.extensions < 1)",
    "order.due != null && order.due <= now",
    "order.due != null && order.due <= ahead('2 workdays')",
    "!(order.due != null && order.due > now)",
    "order.area == '大店镇' || order.source != 'city'",
    "order.contacts < 1",
    "order.urges >= 1 && order.tries == 0 || order.called_back",
    "ago('3 days') >= order.node_since && 2 > order.round",
    "order.confidential || order.upstream || order.excluded || order.erased || order.enterprise",
    "order.cls in ['complaint'] || order.channel == 'phone' && (order.repeats > 1 || order.requests == 2)",
)


def facts(order: Order, cast: Cast) -> dict[str, Any]:
    """An order as a condition sees it."""
    directory = snapshot.of(cast.centre.pk)
    category, area = directory.categories.get(order.category_id or 0), directory.areas.get(order.area_id or 0)
    plain = ("cls", "urgency", "channel", "source", "round", "urges", "returns", "moves", "send_backs", "extensions")
    times = (
        "contacts",
        "state",
        "node",
        "registered_at",
        "node_since",
        "dispatched_at",
        "closed_at",
        "call_at",
        "confidential",
    )
    return {name: getattr(order, name) for name in (*plain, *times)} | {
        "category": list(category.path) if category else [],
        "area": area.name if area else "",
        "tags": list(order.tags),
        "requests": order.request_count,
        "repeats": order.matter_orders,
        "tries": order.callback_tries,
        "due": order.due_at,
        "open": order.is_open,
        "merged": order.merged_into_id is not None,
        "excluded": order.excluded,
        "erased": order.erased_at is not None,
        "enterprise": "enterprise" in order.tags,
        "upstream": order.upstream_number is not None,
        "called_back": order.called_back_round == order.round,
    }


def test_a_condition_means_in_the_database_what_cel_means(base: Cast) -> None:
    now = timezone.now()
    for n, stage in enumerate(STAGES):
        reach(base, stage, later(now, days=-n))
    reached = reach(base, "signed", now)[0]
    base.do("clerk@town", "share.contacted", reached.pk, now, text="已电话联系，约定上门。")
    topic = Category.objects.get(centre=base.centre, name="供暖温度").pk
    area = Area.objects.get(centre=base.centre).pk
    for urgency, tags in (("urgent", ["老人"]), ("normal", ["enterprise"]), ("urgent", [])):
        base.register(now, urgency=urgency, tags=tags, category=topic, area=area, confidential=bool(tags))
    seat = seat_at(base, base.posts["supervisor"], now)
    root, midnight = base.units["centre"].pk, queue_sql.instant(Moment("today"), seat)
    for text in CONDITIONS:
        found = set(seat.visible.filter(queue_sql.where(QueueCondition.parse(text), "order", seat)).values_list("pk"))
        meant = set()
        for order in Order.objects.filter(centre=base.centre):
            known = {"order": facts(order, base), "now": now, "today": midnight}
            context = cel.Context(variables=known)
            context.add_function("ago", lambda span: seat.since(Span.parse(span)))
            context.add_function("ahead", lambda span: seat.until(Span.parse(span)))
            context.add_function("at_centre", lambda order=order: order.owner_unit_id == root)
            if cel.compile(text).execute(context):
                meant.add((order.pk,))
        assert found == meant, text
        assert 0 < len(meant) < Order.objects.count() or "erased" in text, f"{text} tells nothing apart"


def test_what_is_not_there_fits_no_comparison_and_its_contrary_does(base: Cast) -> None:
    """Where CEL would fail on it, a queue need not."""
    order, _ = reach(base, "registered", timezone.now())
    Order.objects.filter(pk=order.pk).update(due_at=None)
    seat = seat_at(base, base.posts["supervisor"])

    def found(text: str, at: str = "order") -> int:
        return seat.visible.filter(queue_sql.where(QueueCondition.parse(text), at, seat)).count()

    assert [found(f"order.due {sign} now") for sign in ("<", "<=", ">", ">=")] == [0] * 4
    assert [found(f"!(order.due {sign} now)") for sign in ("<", "<=", ">", ">=")] == [1] * 4
    assert (found("order.due == null"), found("order.due != null"), found("!(order.due == null)")) == (1, 0, 0)


def test_of_shares_one_asks_for_unit_type_and_group_and_for_the_order(base: Cast) -> None:
    reach(base, "assist_signed", timezone.now())
    seat = seat_at(base, base.posts["auditor"])

    def found(text: str) -> list[str]:
        rows = queues.rows(seat, "share").filter(queue_sql.where(QueueCondition.parse(text), "share", seat))
        return sorted(share.unit.name for share in rows)

    assert found("share.unit == '住建局'") == found("share.unit_type == 'department'") == ["住建局"]
    assert found("share.unit_group != 'department'") == found("share.role != 'assist'") == ["大店镇"]
    assert found("order.urgency == 'normal' && share.due > now") == ["住建局", "大店镇"]
    assert found("order.urgency == 'urgent' || !(share.depth == 0)") == []
    assert found("share.unit == '没有这个单位'") == []
    assert found("!(share.unit == '没有这个单位')") == ["住建局", "大店镇"]


def test_an_instant_in_a_row_is_reckoned_each_time(base: Cast) -> None:
    """The statement is kept, the present is not."""
    order = base.register(timezone.now(), urgency="urgent")
    stored(base, "town", queue=[{**OLD_HEAT, "when": "order.registered_at <= ago('90 minutes')"}])
    for hours, there in ((1, []), (2, [order.pk]), (1, []), (3, [order.pk])):
        assert within(seat_at(base, base.posts["supervisor"], timezone.now() + timedelta(hours=hours)), "heat") == there


def test_what_falls_due_soon_is_a_queue_too(base: Cast) -> None:
    order = base.register(timezone.now())
    due = timezone.now() + timedelta(hours=5)
    Order.objects.filter(pk=order.pk).update(due_at=due)
    stored(base, "town", queue=[{**OLD_HEAT, "when": "order.due > now && order.due <= ahead('90 minutes')"}])
    for before, there in ((timedelta(hours=2), []), (timedelta(hours=1), [order.pk]), (timedelta(0), [])):
        for _ in range(2):
            assert within(seat_at(base, base.posts["supervisor"], due - before), "heat") == there
