"""What people touch and read lies where they look: on a phone, under a picker, beside what they type."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser.test_desk import PHONE, _given, fits

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.cast import Cast

SignIn = Callable[..., "Page"]
SHEETS = Path(__file__).parents[2] / "src/lianxin/desk/static/desk"
#: What a thumb hits and is lower than it should be; titles that lie in a card or a line which is touched as a whole,
#: and words in a running sentence, are not counted.
TOO_LOW = """() => [...document.querySelectorAll("a, button, summary, input:not([type=hidden]), select, textarea")]
  .filter((node) => node.offsetParent)
  .filter((node) => !node.matches(".lx-skip, .lx-open, .lx-n, p a:not(.lx-btn), .lx-seg input, .lx-flag input"))
  .map((node) => [node.getBoundingClientRect().height, `${node.className} ${node.innerText || node.name}`.trim()])
  .filter(([height]) => height > 0 && height < 44)"""


def _paths(cast: Cast) -> dict[str, list[str]]:
    order = _given(cast, 3)[0]
    return {
        "clerk@heat": ["/", f"/orders/{order.number}/", f"/orders/{order.number}/remark.asked/", "/figures/"],
        "dispatcher": ["/?queue=dispatch", "/register/", f"/orders/{order.number}/order.corrected/"],
    }


def test_on_a_phone_a_thumb_hits_it(sign_in: SignIn, cast_here: Cast) -> None:
    for who, paths in _paths(cast_here).items():
        page = sign_in(who, *PHONE, is_mobile=True, has_touch=True)
        root = page.url.rstrip("/")
        for path in paths:
            page.goto(root + path)
            fits(page)
            assert page.evaluate(TOO_LOW) == [], path


def test_on_a_phone_the_open_queue_is_among_the_tabs_that_are_seen(sign_in: SignIn, cast_here: Cast) -> None:
    page = sign_in("clerk@heat", *PHONE)
    last = page.locator(".lx-tabs a").last.get_attribute("href")
    page.goto(page.url + str(last))
    box = page.locator(".lx-tabs [aria-current]").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE[0]
    assert "已逾期" in page.locator(".lx-tabs").inner_text()


def test_a_touch_of_a_card_opens_its_order_where_nothing_shows_it_beside(sign_in: SignIn, cast_here: Cast) -> None:
    number = _given(cast_here, 2)[0].number
    phone = sign_in("clerk@heat", *PHONE, is_mobile=True, has_touch=True)
    phone.locator("tr[data-row]", has_text=number).locator(".lx-c-state").tap()
    phone.wait_for_url(f"**/orders/{number}/")
    desk = sign_in("clerk@heat")
    home = desk.url
    desk.locator("tr[data-row]", has_text=number).locator(".lx-c-state").click()
    desk.locator("#preview", has_text=number).wait_for()
    assert desk.url == home


@pytest.mark.parametrize("where", ["/register/", "dispatch"])
def test_a_picker_opens_below_its_field(sign_in: SignIn, cast_here: Cast, where: str) -> None:
    from tests.orders.stages import reach

    from lianxin.orders.models import Order

    if where == "dispatch":
        from django.utils import timezone

        order, _ = reach(cast_here, "registered", timezone.now())
        where = f"/orders/{Order.objects.get(pk=order.pk).number}/order.dispatched/"
    page = sign_in("dispatcher")
    page.goto(page.url.rstrip("/") + where)
    field = page.locator("[data-pick]").first
    field.blur()
    field.focus()
    page.locator(".lx-picks li").first.wait_for()
    over, under = field.bounding_box(), page.locator(".lx-picks").bounding_box()
    assert over is not None
    assert under is not None
    assert over["y"] + over["height"] <= under["y"] + 1 <= over["y"] + over["height"] + 12


def test_no_field_moves_when_a_draft_was_kept(sign_in: SignIn, cast_here: Cast) -> None:
    number = _given(cast_here, 1)[0].number
    page = sign_in("clerk@heat")
    root = page.url.rstrip("/")
    for path, field in ((f"/orders/{number}/remark.asked/", "[name=text]"),):
        page.goto(root + path)
        before = page.locator(field).bounding_box()
        page.fill(field, "阀门已经拆下，下午安装")
        page.locator("#kept", has_text="草稿已存").wait_for()
        assert page.locator(field).bounding_box() == before


def test_who_is_at_it_covers_nothing(sign_in: SignIn, cast_here: Cast) -> None:
    number = _given(cast_here, 1)[0].number
    clerk = sign_in("clerk@heat")
    clerk.goto(f"{clerk.url}orders/{number}/remark.asked/")
    page = sign_in("supervisor")
    page.goto(f"{page.url}orders/{number}/")
    page.locator("#busy", has_text="正在处理").wait_for()
    hit = page.evaluate(
        """() => {
          const at = document.querySelector("#busy").getBoundingClientRect();
          return [...document.querySelectorAll(".lx-order-head :is(p, ol, a, h2)")]
            .map((node) => node.getBoundingClientRect())
            .some((box) => box.left < at.right && at.left < box.right && box.top < at.bottom && at.top < box.bottom);
        }"""
    )
    assert hit is False


def test_the_button_of_a_file_field_is_dark_in_the_dark(sign_in: SignIn, cast_here: Cast) -> None:
    page = sign_in("agent", color_scheme="dark")
    page.goto(page.url + "register/")
    shown = page.evaluate(
        "getComputedStyle(document.querySelector('[type=file]'), '::file-selector-button').backgroundColor"
    )
    assert sum(int(part) for part in re.findall(r"\d+", shown)[:3]) < 3 * 80, shown


def test_what_opens_from_the_bar_is_read_on_a_phone(sign_in: SignIn, cast_here: Cast) -> None:
    page = sign_in("agent", *PHONE)
    page.click("#bell summary")
    page.locator("#bell .lx-pop", has_text="没有未读的通知").wait_for()
    pale = page.evaluate(
        """() => [...document.querySelectorAll("#bell .lx-pop *")].filter((node) => node.innerText)
          .map((node) => getComputedStyle(node).color.match(/[0-9]+/g).slice(0, 3).map(Number))
          .filter(([red, green, blue]) => red + green + blue > 3 * 140)"""
    )
    assert pale == []


def test_no_pane_lies_over_another_on_a_tablet(sign_in: SignIn, cast_here: Cast) -> None:
    number = _given(cast_here, 1)[0].number
    page = sign_in("agent", 1000, 600)
    root = page.url.rstrip("/")
    for path in (f"/orders/{number}/", "/register/", f"/orders/{number}/order.corrected/"):
        page.goto(root + path)
        cut = page.evaluate(
            """() => [...document.querySelectorAll(".lx-panes > section")]
              .filter((pane) => pane.scrollHeight > pane.clientHeight + 1)
              .map((pane) => `${pane.className}: ${pane.scrollHeight - pane.clientHeight} px`)"""
        )
        assert cut == [], path


def test_red_and_yellow_belong_to_the_cards_alone() -> None:
    for sheet in SHEETS.glob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.S)
        for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", text):
            if re.search(r"var\(--lx-(red|yellow)", body):
                assert re.search(r"data-card|lx-clock|lx-days", selector), (sheet.name, selector.strip())
