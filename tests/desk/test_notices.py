"""Notices that say how it came out, and the counts that every page carries in its frame."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import later, request
from tests.desk.web import REPLY, Site, share_of

from lianxin.desk import pulse
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock
from lianxin.ledger.sweep import sweep
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order
from lianxin.rules.worktime import show_due


def text(answer: Any) -> str:
    return str(answer.content.decode())


def bell(site: Site, who: str) -> str:
    """What stands under the bell, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", text(site.get(who, "/me/bell/"))).split())


def number(page: str, place: str) -> int:
    found = re.search(rf'id="{place}"[^>]*data-\w+="(\d+)"', page)
    assert found, place
    return int(found[1])


def test_the_outcome_of_an_extension_stands_in_the_notice(site: Site) -> None:
    order = site.dispatched()
    site.done("clerk@heat", order, "share.signed")
    share = share_of(order)
    site.done("clerk@heat", order, "extension.filed", workdays="2", reason="等待配件到货")
    site.done("dispatcher", order, "extension.decided", share=share.pk, approved="true", workdays="2", note="配件已订")
    due = Clock.objects.get(share=share, kind="handle").due
    assert f"同意延期 2 个工作日，延至{show_due(due)}" in bell(site, "clerk@heat")
    assert "配件已订" in bell(site, "clerk@heat")


@pytest.mark.parametrize("later_on", ["extended", "urgent"])
def test_a_warning_of_before_says_the_limit_of_then(site: Site, nine: datetime, later_on: str) -> None:
    """On the timeline and under the bell, whatever the clock has become since."""
    cast, at = site.cast, later(nine, days=-16)

    def do(who: str, verb: str, order: int | None, when: datetime, **payload: Any) -> int:
        return record(Act(verb, cast.actor(who), when, payload, order=order)).order

    pk = do("agent", "order.registered", None, at, **request())
    do("dispatcher", "order.dispatched", pk, at, shares=[{"unit": cast.units["heat"].pk}], basis="law")
    do("clerk@heat", "share.signed", pk, at)
    do("clerk@heat", "share.contacted", pk, at, text="已电话联系")
    clock = Clock.objects.get(order=pk, kind="handle")
    due, warned = clock.due, clock.warn_at
    assert warned
    assert sweep(warned) == 1
    if later_on == "extended":
        do("clerk@heat", "extension.filed", pk, later(at, days=1), workdays=2, reason="等待配件到货")
        about = {"of_unit": cast.units["heat"].pk, "approved": True, "workdays": 2}
        do("dispatcher", "extension.decided", pk, later(at, days=1), **about)
    else:
        do("auditor", "order.corrected", pk, later(at, hours=2), urgency="urgent")
    clock.refresh_from_db()
    assert clock.due != due
    said = f"发出黄牌提醒：办理时限 {show_due(due)}到期"
    assert said in " ".join(text(site.get("clerk@heat", f"/orders/{Order.objects.get(pk=pk).number}/")).split())
    assert said in bell(site, "clerk@heat")
    assert list(verify()) == []


def test_a_refused_extension_says_so_and_why(site: Site) -> None:
    order = site.dispatched()
    site.done("clerk@heat", order, "share.signed")
    site.done("clerk@heat", order, "extension.filed", workdays="2", reason="等待配件到货")
    share = share_of(order)
    site.done("dispatcher", order, "extension.decided", share=share.pk, approved="false", note="不得再延")
    assert "不同意延期（热力公司）：不得再延" in bell(site, "clerk@heat")


def test_a_refused_return_says_so_and_why(site: Site) -> None:
    order = site.dispatched()
    site.done(
        "clerk@heat",
        order,
        "return.filed",
        reason="不属于本单位",
        return_reason="not_duty",
        legal_basis="派单目录 4.1.2",
    )
    share = share_of(order)
    site.done("dispatcher", order, "return.decided", share=share.pk, approved="false", reason="属供暖单位职责")
    assert "不同意退单，强派" in bell(site, "clerk@heat")
    assert "属供暖单位职责" in bell(site, "clerk@heat")


def test_a_reply_sent_back_and_a_call_back_that_was_no_praise_are_told(site: Site) -> None:
    order = site.dispatched()
    site.done("clerk@heat", order, "share.signed")
    site.done("clerk@heat", order, "share.contacted", way="phone", reached="true", text="约定上门测温。")
    site.done("clerk@heat", order, "share.replied", **REPLY)
    site.done("hotline_deputy@heat", order, "share.unit_audited", approved="true")
    share = share_of(order)
    site.done("auditor", order, "share.sent_back", share=share.pk, defect="not_done", reason="没有写清退费。")
    assert "退回重报：应办未办（热力公司）：没有写清退费。" in bell(site, "clerk@heat")
    site.done("clerk@heat", order, "share.replied", **REPLY)
    site.done("hotline_deputy@heat", order, "share.unit_audited", approved="true")
    site.done("auditor", order, "share.passed", share=share.pk)
    grades = {"layer": "district", "reached": "true", "process_grade": "satisfied", "result_grade": "dissatisfied"}
    site.done("callback", order, "callback.recorded", **grades, solved="false")
    assert "回访：过程满意，结果不满意，未解决" in bell(site, "clerk@heat")
    assert "结果不满意" in text(site.get("callback", f"/orders/{order.number}/")), "and on the order's page"


def test_every_page_carries_the_counts_and_they_are_the_queues(site: Site, fill: Callable[[int], list[Order]]) -> None:
    order = fill(3)[0]
    fresh = site.dispatched()
    for path in ("/", "/me/", "/search/", "/figures/", f"/orders/{order.number}/", f"/orders/{fresh.number}/"):
        page = text(site.get("clerk@heat", path))
        assert number(page, "rail-count") == 4, path
        assert number(page, "bell-count") == 1, path
        assert "<title>(4) " in page, path
    assert number(text(site.get("clerk@bureau", "/")), "rail-count") == 3, "the bureau assists in three"
    assert 'id="rail-count"' in text(site.get("admin", "/"))
    assert number(text(site.get("admin", "/")), "rail-count") == 0


def test_the_pulse_brings_the_counts_alone_each_to_its_place(site: Site) -> None:
    site.dispatched()
    fragment = text(site.get("clerk@heat", "/me/pulse/", headers={"hx-request": "true"}))
    assert fragment.count('hx-swap-oob="true"') == 2
    assert "<html" not in fragment
    queue = text(site.get("clerk@heat", "/", headers={"hx-request": "true"}))
    assert number(queue, "rail-count") == 1, "a queue that is fetched anew brings them along"


def test_many_things_are_counted_in_one_statement_and_many_notices_read_in_three(site: Site) -> None:
    from lianxin.desk import inbox
    from lianxin.desk.seats import Seat

    for _ in range(5):
        site.done("clerk@heat", site.dispatched(), "share.signed")
    seats: list[Seat] = []
    for who in ("clerk@heat", "dispatcher", "callback", "admin"):
        seats.append(site.get(who, "/me/").wsgi_request.seat)
    for seat in seats:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            pulse.of(seat)
        assert len(asked) == 1, seat.role
    with CaptureQueriesContext(connection) as asked:
        assert len(inbox.lines(seats[0])) == 5
    assert len(asked) == 3


@pytest.mark.parametrize(("count", "badge"), [(0, ""), (7, "7"), (99, "99"), (100, "99+")])
def test_a_badge_stays_in_its_place(count: int, badge: str) -> None:
    assert pulse.Pulse(count, count).badge == badge


def test_a_stranger_has_no_pulse(client: Any, db: None) -> None:
    assert client.get("/me/pulse/").status_code == 302
    assert client.get("/me/pulse/", headers={"hx-request": "true"}).status_code == 401


def test_a_row_says_until_when_and_whose_limit_it_is(site: Site) -> None:
    order = site.dispatched()
    mine, theirs = text(site.get("clerk@heat", "/")), text(site.get("supervisor", "/?queue=open"))
    assert re.search(r"\d\d:\d\d 前，签收", mine), "a unit need not be told that it is itself"
    assert "前，热力公司签收" in theirs
    head = text(site.get("supervisor", f"/orders/{order.number}/"))
    assert "热力公司签收，" in head
