"""What a pack says of words, targets and capacity is what people see: another value, another page."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.cast import Cast, request, shanghai
from tests.desk.web import Site
from tests.orders.test_whole_life import walk
from tests.rulebooks import Shelf, Tables, shelf

from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Entry
from lianxin.orders.models import Order


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Shelf]:
    with shelf(tmp_path) as made:
        yield made


def _redirected(cast: Cast, at: datetime, **payload: Any) -> Entry:
    order = cast.register(at)
    cast.do("agent", "order.redirected", order.pk, at, **payload)
    return Entry.objects.get(order=order, action="order.redirected")


def _reason(cast: Cast, at: datetime, code: str) -> str:
    with pytest.raises(Refused) as refused:
        _redirected(cast, at, code=code)
    return refused.value.problems["reason"]


REASON = "属于军事机关职责"


def test_c02_what_is_left_empty_is_what_the_pack_says(base: Cast, books: Shelf, nine: datetime) -> None:
    entry = _redirected(base, nine, code="R1", reason=REASON)
    assert entry.payload["target"] == "军事机关信访投诉部门、司法机关信访投诉部门"
    assert entry.enclosure.body["told"].startswith("您反映的事项属于军事、司法机关的职责范围")

    def other(book: Tables) -> None:
        book["redirect"][0] |= {"targets": ["军分区信访办"], "say": "请您到军分区信访办反映。"}

    books.adopt(base, other)
    entry = _redirected(base, nine, code="R1", reason=REASON)
    assert (entry.payload["target"], entry.enclosure.body["told"]) == ("军分区信访办", "请您到军分区信访办反映。")
    own = _redirected(base, nine, code="R1", reason=REASON, target="省军区", told="请向省军区反映。")
    assert (own.payload["target"], own.enclosure.body["told"]) == ("省军区", "请向省军区反映。")


def test_c04_only_who_is_put_through_at_once_needs_no_reason(base: Cast, books: Shelf, nine: datetime) -> None:
    assert _redirected(base, nine, code="R3").payload["target"] == "110"
    assert "立即转接" in _reason(base, nine, "R1")
    books.adopt(base, lambda book: book["redirect"][2].update(immediate=False))
    assert "至少 5 个字" in _reason(base, nine, "R3")


def test_c04_what_is_urgent_stands_first_and_says_where_to(site: Site, books: Shelf) -> None:
    order = site.order()
    page = site.get("agent", f"/orders/{order.number}/order.redirected/").content.decode()
    assert page.index("立即转接110") < page.index("请找军事机关信访投诉部门、司法机关信访投诉部门")
    books.adopt(site.cast, lambda book: book["redirect"][2].update(immediate=False, targets=["119"]))
    order = site.order()
    page = site.get("agent", f"/orders/{order.number}/order.redirected/").content.decode()
    assert "立即转接" not in page
    assert page.index("请找军事机关") < page.index("请找119")


def test_a_pack_without_redirects_says_so(base: Cast, books: Shelf, nine: datetime) -> None:
    books.adopt(base, lambda book: book.pop("redirect"))
    with pytest.raises(Refused, match="没有不予受理的情形"):
        _redirected(base, nine, code="R1", reason=REASON)


def test_c01_what_a_class_covers_stands_where_it_is_chosen(site: Site, books: Shelf) -> None:
    assert "求助：供水供电、供暖供气" in site.get("agent", "/register/").content.decode()
    books.adopt(site.cast, lambda book: [row.pop("covers") for row in book["class"]])
    assert "供水供电" not in site.get("agent", "/register/").content.decode()


def test_a38_c05_the_slogan_stands_on_the_slip(site: Site, books: Shelf) -> None:
    def slip() -> str:
        order = site.dispatched()
        return str(site.get("dispatcher", f"/orders/{order.number}/slip/").content.decode())

    assert "12345，服务找政府" in slip()
    books.adopt(site.cast, lambda book: book["document"].update(slogan="12345，服务零距离"))
    assert "12345，服务零距离" in slip()


def _figures(site: Site, at: datetime, who: str = "leader") -> str:
    return html.unescape(site.get(who, f"/figures/?week={at:%G-W%V}").content.decode())


def test_d29_a_missed_target_is_red_and_said(site: Site, books: Shelf) -> None:
    at = shanghai("2021-10-27 09:00")

    def aim(text: str) -> str:
        books.adopt(site.cast, lambda book: book["formula"][2].update(target=text))
        for n in range(3):
            order = site.cast.register(at + timedelta(minutes=n), urgency="urgent")
            site.cast.dispatch(order, at + timedelta(minutes=n), "heat")
            walk(site.cast, order, at + timedelta(minutes=n, days=0 if n else 3))
        return _figures(site, at)

    missed = aim("99.5%")
    assert "目标 99.50%，未达到" in missed
    assert "lx-missed" in missed
    met = aim("50%")
    assert "目标 50%" in met
    assert "未达到" not in met
    assert "lx-missed" not in met


def test_c13_more_than_the_capacity_is_said(site: Site, books: Shelf) -> None:
    at = shanghai("2021-10-27 09:00")
    for n in range(8):
        site.cast.do("agent", "order.registered", None, at + timedelta(minutes=n), **request())
    assert "超过受理能力" not in _figures(site, at)
    books.adopt(site.cast, lambda book: book["capacity"].update(daily=1))
    site.cast.register(at + timedelta(hours=1))
    assert "日均受理 1 件，超过受理能力（每日 1 件）" in _figures(site, at)
    assert "超过受理能力" not in _figures(site, at, "clerk@heat"), "a unit cannot help it"
    assert Order.objects.count() == 9


def test_every_formula_of_the_pack_stands_on_the_page_of_figures(site: Site, books: Shelf) -> None:
    """Also one that nobody but the pack knows; its number leads to its orders like any other."""
    at = shanghai("2021-10-27 09:00")
    order = site.cast.register(at)
    site.cast.dispatch(order, at, "heat")
    own = {"id": "E09", "name": "own_rate", "title": "自定率", "origin": "测试", "of": "returned / handled"}
    books.adopt(site.cast, lambda book: book["formula"].append(own | {"digits": 1, "shown": "percent"}))
    page = _figures(site, at)
    for title in ("重办率", "逾期率", "直接答复率", "自定率"):
        assert title in page
    week = f"{at:%G-W%V}"
    assert site.get("leader", f"/bulletins/{week}/orders/?key=own_rate").status_code == 200


def test_what_was_redirected_at_once_is_told_without_a_reason(site: Site) -> None:
    order = site.order()
    site.done("agent", order, "order.redirected", code="R3")
    page = site.get("agent", f"/orders/{order.number}/").content.decode()
    assert "不予受理，引导至110" in page
    assert "告知：情况紧急，我现在为您转接110" in page
