"""Questions that matter only with one answer to another are asked with it, and not sent else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from tests.browser.test_desk import DESK, PHONE, send, write
from tests.cast import Cast, make_cast, request

from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry
from lianxin.orders.models import Order, Share

if TYPE_CHECKING:
    from playwright.sync_api import Page

SignIn = Callable[..., "Page"]


@pytest.fixture
def cast_here(browser: object, transactional_db: None) -> Cast:
    """A centre that lives under the rule book of Zhoucun."""
    return make_cast("zhoucun", "zhoucun-2019")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_an_urgent_request_asks_to_whom_it_goes_at_once(
    sign_in: SignIn, cast_here: Cast, size: tuple[int, int]
) -> None:
    page = sign_in("agent", *size)
    page.goto(page.url.rstrip("/") + "/register/")
    unit = page.locator("input[name=dispatch_to]")
    assert not unit.is_visible()
    page.locator("input[name=urgency][value=urgent]").check(force=True)
    unit.wait_for()
    # Called normal again it is neither asked nor sent.
    page.locator("input[name=urgency][value=normal]").check(force=True)
    assert not unit.is_visible()
    page.locator("input[name=urgency][value=urgent]").check(force=True)
    page.locator("input[name=cls][value=help]").check(force=True)
    for name, text in (
        ("title", "门口燃气管道泄漏"),
        ("text", "小区门口有很浓的燃气味，请马上处理。"),
        ("told", "已告知诉求人。"),
    ):
        page.locator(f"[name={name}]").fill(text)
    page.locator("[name=requests]").first.fill("抢修燃气管道")
    unit.focus()
    write(page, "热力公司")  # and away, so that no list lies over what comes next
    page.locator("input[name=basis][value=duty_list]").check(force=True)
    send(page, size == PHONE)
    order = Order.objects.get()
    assert (order.state, Share.objects.get().unit_id) == ("dispatched", cast_here.units["heat"].pk)


def test_the_basis_of_an_explanation_is_asked_with_it(sign_in: SignIn, cast_here: Cast) -> None:
    now = timezone.now()
    pk = record(Act("order.registered", cast_here.actor("agent"), now, request())).order
    shares = {"shares": [{"unit": cast_here.units["heat"].pk}], "basis": "law"}
    record(Act("order.dispatched", cast_here.actor("dispatcher"), now, shares, order=pk))
    record(Act("share.signed", cast_here.actor("clerk@heat"), now, {}, order=pk))
    number = Order.objects.get(pk=pk).number
    page = sign_in("clerk@heat")
    page.goto(f"{page.url}orders/{number}/share.replied/")
    basis = page.locator("textarea[name=basis]")
    assert not basis.is_visible()
    page.locator("input[name=solve_code][value=explained]").check(force=True)
    basis.wait_for()
    basis.fill("《物业管理条例》第七条")
    # It was solved after all: what was typed there is kept on the page, and not sent.
    page.locator("input[name=solve_code][value=solved]").check(force=True)
    assert not basis.is_visible()
    # Refused for another reason, the page that comes knows it still.
    send_anyway = page.locator("form[data-primary-form] .lx-foot button").first
    send_anyway.click()
    page.locator(".lx-wrong").first.wait_for()
    page.locator("input[name=solve_code][value=explained]").check(force=True)
    assert basis.input_value() == "《物业管理条例》第七条"
    page.locator("input[name=solve_code][value=solved]").check(force=True)
    for name, text in (("measures", "更换阀门并排气"), ("progress", "已完成"), ("result", "室温已达19℃")):
        page.locator(f"textarea[name={name}]").fill(text)
    page.locator("textarea[name=answers]").first.focus()
    write(page, "已检修，室温达标。")
    send(page, phone=False)
    entry = Entry.objects.get(order=pk, action="share.replied")
    assert entry.payload["explained_by"] is None
    assert Order.objects.get(pk=pk).explained == ""
