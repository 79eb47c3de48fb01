"""What comes out of the printer: pages counted and read, as the browser would print them."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING

from pypdf import PdfReader
from tests.cast import shanghai
from tests.orders.test_whole_life import walk

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.cast import Cast

SignIn = Callable[..., "Page"]


def sheets(page: Page) -> list[str]:
    """The words on each sheet of paper, without blanks."""
    printed = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
    for sheet in printed.pages:
        box = sheet.mediabox
        assert (round(float(box.width) * 25.4 / 72), round(float(box.height) * 25.4 / 72)) == (210, 297)
    return ["".join(sheet.extract_text().split()) for sheet in printed.pages]


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
