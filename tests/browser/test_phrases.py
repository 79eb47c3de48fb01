"""A standard phrase goes into the text in hand by a click, and is counted when the form is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from tests.browser.test_desk import DESK, PHONE, send
from tests.cast import Cast, make_cast, request

from lianxin.desk.models import Phrase, PhraseUse
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.orders.models import Order

if TYPE_CHECKING:
    from playwright.sync_api import Page

SignIn = Callable[..., "Page"]
TEXT = "该事项依据三定方案不属于我单位职责，请改派有关单位。"


@pytest.fixture
def cast_here(browser: object, transactional_db: None) -> Cast:
    return make_cast("junan", "base")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_click_puts_it_into_the_text(sign_in: SignIn, cast_here: Cast, size: tuple[int, int]) -> None:
    now, cast = timezone.now(), cast_here
    pk = record(Act("order.registered", cast.actor("agent"), now, request())).order
    shares = {"shares": [{"unit": cast.units["heat"].pk}], "basis": "law"}
    record(Act("order.dispatched", cast.actor("dispatcher"), now, shares, order=pk))
    phrase = Phrase.objects.create(
        centre=cast.centre,
        unit=cast.units["heat"],
        line="a" * 32,
        version=1,
        action="return.filed",
        reason="not_duty",
        title="职责不符",
        text=TEXT,
        staff=cast.staff["clerk@heat"],
        since=now,
    )
    page = sign_in("clerk@heat", *size)
    page.goto(f"{page.url}orders/{Order.objects.get(pk=pk).number}/return.filed/")
    page.locator("[name=return_reason][value=not_duty], select[name=return_reason]").first.wait_for(state="attached")
    if page.locator("select[name=return_reason]").count():
        page.locator("select[name=return_reason]").select_option("not_duty")
    else:
        page.locator("[name=return_reason][value=not_duty]").check(force=True)
    page.locator("[name=legal_basis]").fill("三定方案第五条")
    page.locator("textarea[name=reason]").fill("情况：")
    page.locator(".lx-phrase-list summary").click()
    page.locator(f"[data-phrase='{phrase.pk}']").click()
    assert page.locator("textarea[name=reason]").input_value() == f"情况：{TEXT}"
    send(page, size == PHONE)
    assert PhraseUse.objects.get().phrase == phrase
