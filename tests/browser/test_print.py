"""What comes out of the printer: pages counted and read, as the browser would print them."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING
from unicodedata import normalize

from pypdf import PdfReader
from tests.cast import shanghai
from tests.orders.test_whole_life import walk

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.cast import Cast

SignIn = Callable[..., "Page"]


def sheets(page: Page) -> list[str]:
    """The words on each sheet of paper, bare."""
    printed = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
    for sheet in printed.pages:
        box = sheet.mediabox
        assert (round(float(box.width) * 25.4 / 72), round(float(box.height) * 25.4 / 72)) == (210, 297)
    return [bare(sheet.extract_text()) for sheet in printed.pages]


def bare(text: str) -> str:
    """Without blanks, and by compatibility: a PDF names some signs by their radicals."""
    return "".join(normalize("NFKC", text).split())


def test_a_bulletin_has_no_empty_sheet_and_each_annex_begins_one(sign_in: SignIn, cast_here: Cast) -> None:
    at = shanghai("2021-10-27 09:00")
    order = cast_here.register(at)
    cast_here.dispatch(order, at, "heat")
    walk(cast_here, order, at)
    page = sign_in("leader")
    page.goto(page.url + "bulletins/2021-W43/")
    page.locator(".bulletin .label").first.wait_for()
    annexes = page.locator(".bulletin .label").count()
    assert annexes >= 2
    printed = sheets(page)
    assert all(len(words) > 20 for words in printed), printed
    starts = [words.split("附件", 1)[0] for words in printed if "附件" in words][-annexes:]
    assert all(len(before) <= 3 for before in starts), "nothing but the number of the sheet stands before an annex"
    assert not any("检索" in words or "待办" in words for words in printed), "the screen's own parts stay on the screen"


def test_an_order_prints_as_one_sheet_to_sign(sign_in: SignIn, cast_here: Cast) -> None:
    at = shanghai("2021-10-27 09:00")
    order = cast_here.register(at)
    cast_here.dispatch(order, at, "heat", "bureau")
    page = sign_in("clerk@heat")
    page.goto(f"{page.url}orders/{order.number}/")
    page.get_by_text("交办单", exact=True).click()
    page.wait_for_url("**/slip/")
    (sheet,) = sheets(page)
    for words in ("交办单", order.number, order.appeal.title, order.appeal.requests[0], "主办：热力公司", "24:00前"):
        assert bare(words) in sheet, words
    for words in ("签收人", "经办人", "分管负责人", "逐项答复", "依据"):
        assert words in sheet, words
    assert "1390000" not in sheet, "a sheet of paper does not carry the caller's number"
    assert "返回工单" not in sheet


def test_a_long_request_goes_on_to_a_second_sheet_under_the_same_head(sign_in: SignIn, cast_here: Cast) -> None:
    at = shanghai("2021-10-27 09:00")
    order = cast_here.register(at, text="楼道照明损坏多日，夜间行走不便，请求尽快修复。" * 150)
    cast_here.dispatch(order, at, "heat")
    page = sign_in("clerk@heat")
    page.goto(f"{page.url}orders/{order.number}/slip/")
    printed = sheets(page)
    assert 2 <= len(printed) <= 4
    assert all("交办单" in sheet and order.number in sheet for sheet in printed)
    assert "签收人" in printed[-1]
    assert all(len(sheet) > 50 for sheet in printed), "head and at least one row"
