"""The arrival on a phone: the browser's own position is filled in, changed by hand it is none, refused it is typed."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from tests.desk.test_arrival import out

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.cast import Cast

    from lianxin.orders.models import Order

SignIn = Callable[..., "Page"]
#: Where the phone is, and how exact it is, in metres.
HERE = {"latitude": 36.651234, "longitude": 117.121234, "accuracy": 24.3}
#: A phone.
PHONE: dict[str, Any] = {"width": 390, "height": 844, "has_touch": True}


@pytest.fixture
def cast_here(browser: Any, transactional_db: None) -> Cast:
    from tests.cast import make_cast

    return make_cast("jinan", "jinan-cg")


@pytest.fixture
def order(cast_here: Cast) -> Order:
    return out(cast_here)


def arriving(page: Page, order: Order) -> Page:
    page.goto(f"{page.url.rstrip('/')}/orders/{order.number}/")
    looked_at(page, "arrival-order")
    page.locator('a[href*="share.arrived"]:visible').first.click()
    page.locator("[data-position]").wait_for()
    return page


def value(page: Page, part: str) -> str:
    return page.locator(f"[name=position_{part}]").input_value()


def verdict(order: Order) -> tuple[str, str]:
    from lianxin.ledger.models import Entry

    payload = Entry.objects.get(order=order, action="share.arrived").payload
    return payload["verdict"], payload["why"]


def looked_at(page: Page, name: str) -> None:
    """Kept where somebody wants to look at it."""
    if folder := os.environ.get("LIANXIN_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_c28_the_phone_says_where_it_is(sign_in: SignIn, cast_here: Cast, order: Order, scheme: str) -> None:
    allowed = {"geolocation": HERE, "permissions": ["geolocation"], "color_scheme": scheme}
    page = arriving(sign_in("clerk@town", **PHONE, **allowed), order)
    looked_at(page, f"arrival-before-{scheme}")
    page.locator("[data-locate]").click()
    page.get_by_text("已取得手机定位，误差 25 米。").wait_for()
    assert (value(page, "longitude"), value(page, "latitude")) == ("117.121234", "36.651234")
    assert value(page, "taken_at").endswith("Z")
    looked_at(page, f"arrival-located-{scheme}")
    # The browser's clock is the wall's, the server's that of the test.
    now = timezone.now().isoformat()
    page.locator("[name=position_taken_at]").evaluate("(field, now) => { field.value = now; }", now)
    page.locator(".lx-doing-form .lx-primary").click()
    page.get_by_text("到场已登记").wait_for()
    assert verdict(order) == ("inside", "")
    looked_at(page, f"arrival-after-{scheme}")


def test_c28_what_is_changed_by_hand_is_no_device_s_word(sign_in: SignIn, cast_here: Cast, order: Order) -> None:
    page = arriving(sign_in("clerk@town", **PHONE, geolocation=HERE, permissions=["geolocation"]), order)
    page.locator("[data-locate]").click()
    page.get_by_text("已取得手机定位").wait_for()
    page.get_by_text("手工填写经纬度").click()
    page.locator("[name=position_latitude]").fill("36.66")
    page.get_by_text("位置是手工填写的").wait_for()
    assert value(page, "taken_at") == ""
    page.locator(".lx-doing-form .lx-primary").click()
    page.get_by_text("到场已登记").wait_for()
    assert verdict(order) == ("unproved", "typed")
    page = sign_in("supervisor")
    page.goto(f"{page.url}?queue=unproved")
    assert page.get_by_text(order.number).count()
    looked_at(page, "arrival-unproved")


def test_c28_a_phone_that_gives_none_says_so_and_the_arrival_is_taken(
    sign_in: SignIn, cast_here: Cast, order: Order
) -> None:
    page = arriving(sign_in("clerk@town", **PHONE, permissions=[]), order)
    page.locator("[data-locate]").click()
    page.get_by_text("没有允许本页取定位").wait_for()
    looked_at(page, "arrival-denied")
    page.locator(".lx-doing-form .lx-primary").click()
    page.get_by_text("到场已登记").wait_for()
    assert verdict(order) == ("unproved", "no_position")


def test_c28_a_browser_without_positions_says_so(sign_in: SignIn, cast_here: Cast, order: Order) -> None:
    page = sign_in("clerk@town", **PHONE)
    page.add_init_script("delete Navigator.prototype.geolocation;")
    arriving(page, order)
    page.get_by_text("这个浏览器没有定位功能").wait_for()
    assert page.locator("[data-locate]").is_hidden()


def test_c28_without_scripts_it_is_typed(browser: Any, cast_here: Cast, order: Order, live_server: Any) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/login/")
    page.locator("[name=username]").fill(cast_here.staff["clerk@town"].username)
    page.locator("[name=password]").fill("pw")
    page.locator("[type=submit], button").first.click()
    page.goto(f"{live_server.url}/orders/{order.number}/share.arrived/")
    assert page.locator("[data-locate]").is_hidden()
    page.get_by_text("手工填写经纬度").click()
    page.locator("[name=position_longitude]").fill("117.12")
    page.locator("[name=position_latitude]").fill("36.65")
    page.locator(".lx-doing-form .lx-primary").click()
    page.get_by_text("到场已登记").wait_for()
    context.close()
    assert verdict(order) == ("unproved", "typed")
