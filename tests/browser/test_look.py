"""Nothing scrolls away: what is hidden for the eye stands inside the box that scrolls, on every page and size."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.test_desk import _given

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.cast import Cast

SignIn = Callable[..., "Page"]
#: Boxes that scroll or cut off, and what is absolute inside them yet hangs on something outside.
ADRIFT = """() => {
  const boxes = [...document.querySelectorAll("body *")].filter((node) => {
    const style = getComputedStyle(node);
    return /auto|scroll/.test(style.overflowX + style.overflowY) && style.position === "static";
  });
  return boxes.flatMap((box) => [...box.querySelectorAll("*")].filter((node) =>
    getComputedStyle(node).position === "absolute" && node.offsetParent && !box.contains(node.offsetParent)
  ).map((node) => `${box.className}: ${node.className}`));
}"""


def stays(page: Page) -> None:
    """The page itself does not scroll, and nothing is adrift in it."""
    more = page.evaluate("document.scrollingElement.scrollHeight - document.scrollingElement.clientHeight")
    assert more <= 0, f"{page.url} scrolls {more} px of itself"
    assert page.evaluate(ADRIFT) == [], page.url


@pytest.mark.parametrize("size", [(1440, 900), (1000, 700), (390, 844)], ids=["desk", "tablet", "phone"])
def test_no_page_scrolls_away_to_an_empty_screen(sign_in: SignIn, cast_here: Cast, size: tuple[int, int]) -> None:
    number = _given(cast_here, 25)[0].number
    for who, paths in {
        "clerk@heat": ["/", "/me/", f"/orders/{number}/"],
        "dispatcher": ["/?queue=today", "/register/", f"/orders/{number}/order.corrected/", "/figures/", "/search/"],
        "supervisor": ["/staffing/", "/regulations/"],
        "principal@heat": ["/undelivered/", "/channels/", "/me/channels/", "/me/channels/new/"],
    }.items():
        page = sign_in(who, *size)
        root = page.url.rstrip("/")
        for path in paths:
            page.goto(root + path)
            stays(page)


def test_the_administration_needs_no_script_or_style_of_the_page_itself(sign_in: SignIn, cast_here: Cast) -> None:
    """The walk of `sign_in` fails on any complaint about the policy; the desks' pages are walked with axe."""
    cast_here.staff["admin"].is_staff = True
    cast_here.staff["admin"].save()
    page = sign_in("admin")
    root = page.url.rstrip("/")
    page.goto(root + "/admin/")
    lists = page.eval_on_selector_all("#content a[href*='/admin/']", "links => links.map(link => link.href)")
    assert len(lists) > 8
    for address in dict.fromkeys(lists):
        page.goto(address)
        first = page.query_selector("#result_list th a[href]")
        if first:
            page.goto(root + str(first.get_attribute("href")))


def test_a_script_in_the_page_would_not_run(browser: Any, live_server: Any) -> None:
    page = browser.new_page()
    page.goto(f"{live_server.url}/login/")
    ran = page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "document.body.dataset.ran = 1";
          document.body.append(script);
          const box = document.createElement("div");
          box.setAttribute("style", "width: 7px");
          document.body.append(box);
          return [document.body.dataset.ran || "", box.offsetWidth === 7];
        }"""
    )
    assert ran == ["", False]
    page.close()
