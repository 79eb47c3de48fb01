"""The page on which somebody says from the spot that he is there, typed by hand as without scripts; and its list."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.cast import Cast, make_cast
from tests.desk.web import Site, said

from lianxin.directory.models import Area, AreaCircle
from lianxin.ledger.models import Entry
from lianxin.orders.models import Order

FIELDS = ("longitude", "latitude", "accuracy", "datum", "taken_at")


@pytest.fixture
def site(db: None) -> Site:
    return Site(make_cast("jinan", "jinan-cg"))


@pytest.fixture
def order(site: Site) -> Order:
    return out(site.cast)


def out(cast: Cast, **more: str) -> Order:
    """An urgent order of the town, dispatched some minutes ago."""
    area, at = Area.objects.get(centre=cast.centre), timezone.now() - timedelta(minutes=5)
    AreaCircle.objects.get_or_create(
        area=area, datum="wgs84", defaults={"longitude": 117.12, "latitude": 36.65, "radius": 2000}
    )
    found = cast.register(at, area=area.pk, urgency="urgent", **more)
    cast.dispatch(found, at, "town")
    return Order.objects.get(pk=found.pk)


def position(*values: str) -> dict[str, str]:
    return {f"position_{name}": value for name, value in zip(FIELDS, values, strict=False)}


def test_c28_the_form_says_which_datum_is_taken_and_asks_for_one_where_it_is_typed(site: Site, order: Order) -> None:
    page = site.get("clerk@town", f"/orders/{order.number}/share.arrived/").content.decode()
    assert "手机定位按 WGS-84（卫星定位）核对，误差不超过 100 米" in page
    assert "手工填写的不能证实到场" in page
    for name in ("GCJ-02（高德、腾讯地图）", "BD-09（百度地图）", 'name="position_taken_at"', "desk/position"):
        assert name in page
    assert site.get("clerk@town", f"/orders/{order.number}/").content.decode().count("share.arrived/") >= 1


def test_c28_what_the_telephone_filled_in_is_judged(site: Site, order: Order) -> None:
    now = timezone.now().isoformat()
    site.done("clerk@town", order, "share.arrived", **position("117.121234", "36.651234", "35", "wgs84", now))
    entry = Entry.objects.get(order=order, action="share.arrived")
    assert entry.payload["verdict"] == "inside"
    page = site.get("clerk@town", f"/orders/{order.number}/").content.decode()
    assert "定位在区域内" in page
    assert "经度 117.1212340" in page
    assert f"/orders/{order.number}/share.arrived/" not in page, "it is said once"


def test_c28_typed_by_hand_it_is_taken_and_the_supervisor_s_to_check(site: Site, order: Order) -> None:
    typed = position("117.12", "36.65", "", "bd09")
    site.done("clerk@town", order, "share.arrived", text="手机没有信号。", **typed)
    entry = Entry.objects.get(order=order, action="share.arrived")
    assert (entry.payload["verdict"], entry.payload["why"]) == ("unproved", "typed")
    assert "手工填写，BD-09" in site.get("supervisor", f"/orders/{order.number}/").content.decode()
    assert order.number in site.get("supervisor", "/?queue=unproved").content.decode()


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (("181", "36.65"), "经度应为 -180 至 180 之间的度数"),
        (("117.12", ""), "纬度应为 -90 至 90 之间的度数"),
        (("117.12", "东经"), "纬度应为 -90 至 90 之间的度数"),
        (("NaN", "36.65"), "经度应为"),
        (("1e400", "36.65"), "经度应为"),
        (("117.12", "36.65", "十米"), "误差应为整数"),
        (("117.12", "36.65", "²"), "误差应为整数"),
        (("117.12", "36.65", "20", "cgcs2000"), "请从列出的坐标系中选择"),
    ],
)
def test_c28_a_position_that_is_none_is_told_beside_its_field_and_nothing_is_lost(
    site: Site, order: Order, typed: tuple[str, ...], why: str
) -> None:
    answer = site.do("clerk@town", order, "share.arrived", text="已到现场。", **position(*typed))
    assert answer.status_code == 422, answer.status_code
    assert why in said(answer)
    page = answer.content.decode()
    assert "已到现场。" in page
    assert f'value="{typed[0]}"' in page
    assert not Entry.objects.filter(order=order, action="share.arrived").exists()


def test_c28_a_time_that_no_device_writes_counts_as_typed(site: Site, order: Order) -> None:
    for n, broken in enumerate(("now", "2026-11-26T10:00", "0001-01-01T00:00:00+00:00")):
        here = out(site.cast, title=f"占道经营 {n}")
        site.done("clerk@town", here, "share.arrived", **position("117.12", "36.65", "20", "wgs84", broken))
        assert Entry.objects.get(order=here, action="share.arrived").payload["why"] == "typed"


def test_c28_where_the_rule_book_does_not_ask_nobody_is_offered_it(db: None) -> None:
    plain = Site(make_cast("chenghe", "base"))
    order = out(plain.cast)
    assert "share.arrived" not in plain.get("clerk@town", f"/orders/{order.number}/").content.decode()


def test_c28_word_of_progress_does_not_ask_for_an_arrival_that_is_registered(site: Site, order: Order) -> None:
    site.done("clerk@town", order, "share.signed")
    page = site.get("clerk@town", f"/orders/{order.number}/share.progressed/").content.decode()
    assert 'name="on_site"' not in page
