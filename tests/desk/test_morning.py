"""A unit's morning: what is mine today, what came back and why, what waits on whom since when, and our place."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.cast import Cast, body, later, shanghai
from tests.desk.web import Site
from tests.orders.stages import REASON, REPLY
from tests.rulebooks import stored

from lianxin.directory.models import PolicyVersion
from lianxin.figures import kept
from lianxin.orders.models import Order, Share

MONDAY = shanghai("2026-11-23 09:00")
WEDNESDAY = shanghai("2026-11-25 09:00")


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """What another test counted within the minute."""
    kept._places.clear()


def home(site: Site, who: str = "clerk@heat", path: str = "/") -> str:
    answer = site.get(who, path)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def block(page: str, code: str) -> str:
    """One list of the morning as text."""
    found = re.search(rf'<section class="lx-block" aria-labelledby="block-{code}">(.*?)</section>', page, re.S)
    assert found, "the page has it"
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def places(page: str) -> dict[str, str]:
    """Each figure by its title, as text."""
    found = re.findall(r'<section class="lx-fig" aria-label="([^"]+)排名">(.*?)</section>', page, re.S)
    return {title: " ".join(re.sub(r"<[^>]+>", " ", text).split()) for title, text in found}


def given(cast: Cast, at: datetime, *units: str, **more: Any) -> Order:
    """An order that was dispatched, signed by the unit that leads, its caller contacted."""
    order = cast.register(at, **more)
    cast.dispatch(order, later(at, minutes=1), *units)
    cast.do(f"clerk@{units[0]}", "share.signed", order.pk, later(at, minutes=2))
    cast.do(f"clerk@{units[0]}", "share.contacted", order.pk, later(at, minutes=3), text="已电话联系，约定上门。")
    return order


def replied(cast: Cast, order: Order, at: datetime, unit: str, *, audited: bool = True) -> None:
    cast.do(f"clerk@{unit}", "share.replied", order.pk, at, **REPLY)
    if audited:
        cast.do(f"hotline_deputy@{unit}", "share.unit_audited", order.pk, later(at, minutes=1), approved=True)


def share(order: Order) -> dict[str, int]:
    """The running share of an order."""
    return {"share": Share.objects.filter(order=order, ended_at=None).latest("pk").pk}


def closed(cast: Cast, order: Order, at: datetime, unit: str) -> None:
    replied(cast, order, at, unit)
    cast.do("auditor", "share.passed", order.pk, later(at, minutes=2), **share(order))


# --- the lists --------------------------------------------------------------------------------
def test_mine_is_what_i_hold_and_is_due_today_or_late(site: Site, base: Cast) -> None:
    late = given(base, shanghai("2026-11-02 09:00"), "heat", title="早已逾期的井盖")
    today = given(base, MONDAY, "heat", title="今日要办的路灯", upstream_due=shanghai("2026-11-26 18:00"))
    given(base, WEDNESDAY, "heat", title="下周才到期的树木")
    found = block(home(site), "mine")
    assert found.startswith("我的今日 2 ")
    assert found.index(late.number) < found.index(today.number)
    assert "逾期" in found
    assert "今日 18:00 前" in found
    assert "下周才到期的树木" not in found
    # It is the holder's alone: his colleagues in the unit have what waits for them below.
    assert block(home(site, "principal@heat"), "mine").startswith("我的今日 0 今日没有到期的")


def test_a_duty_of_mine_that_is_due_today_is_mine_too(site: Site, base: Cast) -> None:
    duty = {"id": "morning:ask", "title": "主要负责人过问", "origin": "测试", "kind": "ask", "from": ["dispatch"]}
    stored(base, "ask", task=[{**duty, "post": "principal", "allow": "same day"}])
    order = given(base, shanghai("2026-11-26 09:00"), "heat")
    found = block(home(site, "principal@heat"), "mine")
    assert "我的今日 1" in found
    assert order.number in found
    assert "主要负责人过问" in found
    assert order.number not in block(home(site, "principal@bureau"), "mine")
    # For the clerk the same duty is something that waits on another.
    waits = block(home(site, "clerk@heat"), "others")
    assert f"11-26 09:01 起 {order.number} 主要负责人过问：热力公司 热力公司principalA" in waits


def test_what_was_sent_back_says_why_in_the_auditors_words(site: Site, base: Cast) -> None:
    order = given(base, MONDAY, "heat")
    replied(base, order, later(MONDAY, hours=1), "heat")
    why = share(order) | {"defect": "incomplete", "reason": "第 2 项没有写明何时恢复供热。"}
    base.do("auditor", "share.sent_back", order.pk, later(MONDAY, hours=2), **why)
    found = block(home(site), "back")
    assert "被退回 1" in found
    assert "审核退回：" in found
    assert "第 2 项没有写明何时恢复供热。" in found
    assert "11-23 11:00" in found
    # Answered again, it waits on others and is no longer back with us.
    replied(base, order, later(MONDAY, hours=3), "heat")
    page = home(site)
    assert "被退回 0" in block(page, "back")
    assert order.number in block(page, "others")


def test_what_our_own_lead_refused_and_what_goes_round_again_is_back_too(site: Site, base: Cast) -> None:
    refused = given(base, MONDAY, "heat")
    replied(base, refused, later(MONDAY, hours=1), "heat", audited=False)
    no = {"approved": False, "note": "请补上现场照片。"}
    base.do("hotline_deputy@heat", "share.unit_audited", refused.pk, later(MONDAY, hours=2), **no)
    again = given(base, MONDAY, "heat")
    closed(base, again, later(MONDAY, hours=1), "heat")
    grades = {"process_grade": "satisfied", "result_grade": "dissatisfied", "solved": False}
    base.do("callback", "callback.recorded", again.pk, later(MONDAY, hours=3), **grades)
    base.do("callback", "order.rehandled", again.pk, later(MONDAY, hours=4), reason="诉求人称昨夜又停暖。")
    found = block(home(site), "back")
    assert "被退回 2" in found
    assert "单位审核退回：请补上现场照片。" in found
    assert "第 2 轮重办：诉求人称昨夜又停暖。" in found


def test_a_reply_waits_on_the_units_lead_and_then_on_the_centre(site: Site, base: Cast) -> None:
    order = given(base, MONDAY, "heat")
    replied(base, order, later(MONDAY, hours=1), "heat", audited=False)
    assert f"11-23 10:00 起 {order.number} 单位审核：热力公司 热力公司hotline_deputyA" in block(home(site), "others")
    # He who audits has it in his queue: it waits on him.
    lead = home(site, "hotline_deputy@heat")
    assert order.number not in block(lead, "others")
    assert order.number in lead
    base.do("hotline_deputy@heat", "share.unit_audited", order.pk, later(MONDAY, hours=2), approved=True)
    for who in ("clerk@heat", "hotline_deputy@heat"):
        assert f"11-23 11:00 起 {order.number} 中心审核：热线中心 chenghe热线中心auditorA" in block(
            home(site, who), "others"
        )


def test_a_petition_waits_on_the_centre_and_what_was_given_below_on_the_village(site: Site, base: Cast) -> None:
    asked = base.register(MONDAY)
    base.dispatch(asked, MONDAY, "heat")
    said = {"reason": REASON, "return_reason": "not_duty", "legal_basis": "目录"}
    base.do("clerk@heat", "return.filed", asked.pk, later(MONDAY, hours=1), **said)
    assert f"11-23 10:00 起 {asked.number} 退单申请" in block(home(site), "others")
    below = given(base, MONDAY, "town")
    to = share(below) | {"unit": base.units["village"].pk}
    base.do("clerk@town", "share.delegated", below.pk, later(MONDAY, hours=1), **to)
    assert f"11-23 10:00 起 {below.number} 下派：待签收：柳岸社区" in block(home(site, "clerk@town"), "others")
    # The village sees it as its own, the heat company nothing of it.
    assert below.number in home(site, "clerk@village")
    assert below.number not in home(site)


def test_nobody_sees_another_units_morning(site: Site, base: Cast) -> None:
    order = given(base, shanghai("2026-11-02 09:00"), "heat", title="只属于热力公司的事")
    back = given(base, MONDAY, "heat")
    replied(base, back, later(MONDAY, hours=1), "heat")
    base.do(
        "auditor",
        "share.sent_back",
        back.pk,
        later(MONDAY, hours=2),
        **share(back),
        defect="wording",
        reason=REASON,
    )
    for path in ("/", "/today/mine/", "/today/back/", "/today/others/"):
        for number in (order.number, back.number):
            assert number not in home(site, "clerk@bureau", path)
    assert order.number in home(site, "clerk@heat", "/today/mine/")
    assert back.number in home(site, "clerk@heat", "/today/back/")


def test_only_a_handling_units_posts_have_a_morning(site: Site, base: Cast) -> None:
    body(base)
    for who in ("dispatcher", "supervisor", "leader", "admin"):
        assert "lx-morning" not in home(site, who)
        assert site.get(who, "/today/mine/").status_code == 403
        assert site.get(who, "/today/place/?of=closing_rate").status_code == 403
    assert site.get("clerk@npc", "/today/back/").status_code == 403
    assert site.get("clerk@heat", "/today/nothing/").status_code == 404


def test_the_queues_stand_below_and_alone_where_they_are_asked_for(site: Site, base: Cast) -> None:
    order = given(base, MONDAY, "heat")
    page = home(site)
    assert 'id="tab-all"' in page
    assert f'id="open-{order.pk}-' in page
    plain = home(site, path="/?queue=all")
    assert "lx-morning" not in plain
    assert f'id="open-{order.pk}-' in plain
    fragment = site.get("clerk@heat", "/", headers={"HX-Request": "true"}).content.decode()
    assert "lx-morning" not in fragment


def test_a_list_is_shown_in_short_and_whole_by_pages(site: Site, base: Cast) -> None:
    made = [given(base, shanghai("2026-11-02 09:00") + timedelta(minutes=n), "heat") for n in range(53)]
    found = block(home(site), "mine")
    assert "我的今日 53 全部 53 件" in found
    assert [order.number in found for order in made[:6]] == [True] * 4 + [False] * 2
    first, second = home(site, path="/today/mine/"), home(site, path="/today/mine/?page=2")
    assert made[49].number in first
    assert made[50].number not in first
    assert [order.number in second for order in made[49:]] == [False, True, True, True]
    for odd in ("x", "0", "-1", "99999", "9" * 30):
        assert made[0].number in home(site, path=f"/today/mine/?page={odd}")


def test_the_morning_costs_few_messages_however_much_there_is(
    site: Site, fill: Callable[[int], list[Order]], django_assert_max_num_queries: Any
) -> None:
    fill(12)
    home(site)
    with django_assert_max_num_queries(3):
        home(site)
    kept._places.clear()
    with django_assert_max_num_queries(12):
        home(site)
    for path in ("/today/mine/", "/today/back/", "/today/others/", "/today/place/?of=closing_rate"):
        with django_assert_max_num_queries(12):
            home(site, path=path)


# --- our place --------------------------------------------------------------------------------
@pytest.fixture
def week(base: Cast) -> dict[str, list[Order]]:
    """This week: the heat company closed 1 of 3, the bureau 1 of 2, the town, in another group, all of its one."""
    made = {
        "heat": [given(base, later(MONDAY, minutes=10 * n), "heat") for n in range(3)],
        "bureau": [given(base, later(MONDAY, minutes=10 * n), "bureau") for n in range(2)],
        "town": [given(base, MONDAY, "town")],
    }
    for unit, orders in made.items():
        closed(base, orders[0], later(MONDAY, hours=5), unit)
    return made


def test_our_place_is_counted_by_hand_and_so_is_what_would_change_it(
    site: Site, base: Cast, week: dict[str, list[Order]]
) -> None:
    found = places(home(site))
    # 1 of 3 is behind 1 of 2; one more is 2 of 3, before it.
    assert "办结率，部门单位共 2 家 33.33% 第 2 名" in found["办结率"]
    sentence = "最早到期的 1 件在时限前办结，办结率由 33.33% 变为 66.67%，名次由第 2 名变为第 1 名（其他单位不变）。"
    assert sentence in found["办结率"]
    assert "办结量 ÷ 承办量，高的在前。办结量 1、承办量 3。2026年第48周，截至 11-26 10:" in found["办结率"].replace(
        "\u00a0", " "
    )
    assert week["heat"][1].number in found["办结率"]
    assert week["heat"][2].number not in found["办结率"]
    # All that was closed was closed in time, by both.
    assert "100.00% 第 1 名（并列）" in found["限时办结率"]
    assert "这 2 件都逾期才办结的，限时办结率变为 33.33%，第 2 名。" in found["限时办结率"]
    # Nobody was called back.
    assert "群众满意率，部门单位共 0 家 - " in found["群众满意率"]
    bureau = places(home(site, "clerk@bureau"))
    assert "50.00% 第 1 名" in bureau["办结率"]
    assert "名次仍是第 1 名" in bureau["办结率"]
    assert "100.00% 第 1 名" in places(home(site, "clerk@town"))["办结率"], "towns are ranked apart"


def test_the_figure_opens_its_orders_and_those_of_nobody_else(
    site: Site, base: Cast, week: dict[str, list[Order]]
) -> None:
    page = home(site)
    link = re.search(r'href="(/today/place/\?of=closing_rate&at=\d+)"', page)
    assert link
    late = given(base, shanghai("2026-11-26 10:30"), "heat")
    opened = home(site, path=link[1])
    assert "3 件工单" in opened
    for order in week["heat"]:
        assert order.number in opened
    assert late.number not in opened, "counted up to the moment of the page"
    assert week["bureau"][0].number not in opened
    assert "2 件工单" in home(site, "clerk@bureau", link[1]), "everybody his own"
    for wrong in ("of=return_rate", "of=handled", "of=", "of=closing_rate&at=x", f"of=closing_rate&at={'9' * 17}"):
        assert site.get("clerk@heat", f"/today/place/?{wrong}").status_code == 404


def test_what_is_late_or_out_of_our_hands_is_not_promised(site: Site, base: Cast, week: dict[str, list[Order]]) -> None:
    replied(base, week["heat"][1], later(MONDAY, hours=6), "heat")
    found = places(home(site))["办结率"]
    assert "在手的 1 件都在时限前办结" in found, "the other awaits its audit"
    assert week["heat"][2].number in found
    base.do(
        "dispatcher",
        "order.limit_set",
        week["heat"][2].pk,
        later(MONDAY, hours=7),
        upstream_due=shanghai("2026-11-25 12:00"),
        reason=REASON,
    )
    assert "办结，办结率" not in places(home(site))["办结率"], "its limit is over"


def test_before_anything_is_counted_the_page_says_so_in_a_line(site: Site, base: Cast) -> None:
    """Early on a Monday nobody has a figure: three strokes would tell less."""
    page = site.get("clerk@heat", "/").content.decode()
    assert "还没有可以比较的数字" in page
    assert "lx-places" not in page


def test_where_nothing_ranks_the_page_says_nothing_of_it(site: Site, base: Cast, week: dict[str, list[Order]]) -> None:
    assert "排名" in home(site)
    assert places(home(site, "clerk@village")) == {}, "a unit of no group"
    rule = {"id": "morning:rank", "title": "不排名", "origin": "测试", "sets": ["ranking"]}
    stored(base, "unranked", ranking={"every": "week", "by": []}, rule=[rule])
    page = home(site)
    assert places(page) == {}
    assert "名次" not in page


def test_by_what_how_often_and_from_which_end_is_the_packs(
    site: Site, base: Cast, week: dict[str, list[Order]]
) -> None:
    early = given(base, shanghai("2026-11-03 09:00"), "heat")
    closed(base, early, shanghai("2026-11-03 15:00"), "heat")
    rule = {"id": "morning:rank", "title": "排名", "origin": "测试", "sets": ["ranking"]}
    by = [{"of": "closing_rate", "best": "lowest"}]
    stored(base, "lowest", ranking={"every": "week", "by": by}, rule=[rule])
    found = places(home(site))
    assert [*found] == ["办结率"]
    assert "33.33% 第 1 名" in found["办结率"]
    stored(base, "monthly", ranking={"every": "month", "by": by}, rule=[rule])
    found = places(home(site))
    assert "50.00% 第 1 名（并列）" in found["办结率"], "2 of 4 in the month"
    assert "2026年11月" in found["办结率"]


def test_the_rule_book_of_the_periods_last_day_says_by_what(
    site: Site, base: Cast, week: dict[str, list[Order]]
) -> None:
    """As of all that is counted of a period (tests/rules/test_which_pack_speaks.py)."""
    now = PolicyVersion.objects.get(centre=base.centre)
    old = (now.pack_id, now.version)
    rule = {"id": "morning:rank", "title": "排名", "origin": "测试", "sets": ["ranking"]}
    stored(base, "saturday", ranking={"every": "week", "by": [{"of": "overdue_rate", "best": "lowest"}]}, rule=[rule])
    now.pack_id, now.version = old
    now.save()
    new = PolicyVersion.objects.create(
        centre=base.centre, pack_id="saturday", version="1", effective_from=shanghai("2026-11-30 00:00").date()
    )
    assert [*places(home(site))] == ["办结率", "限时办结率", "群众满意率"], "from next week on"
    new.effective_from = shanghai("2026-11-28 00:00").date()
    new.save()
    assert [*places(home(site))] == ["逾期率"], "it is in force on Sunday"
