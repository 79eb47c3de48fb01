"""Every page that people of each post can reach from their home page meets WCAG 2.1 AA, by axe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from django.utils import timezone
from tests.orders.stages import reach
from tests.proceedings.stages import LETTER

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.cast import Cast

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
#: Nearly all that axe has to say is what it found in order: handing that over takes five times as long as finding it.
ASKED = """async rules => {
  const found = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
  return found.violations.map(fault =>
    `${fault.id}: ${fault.help}: ` + fault.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(", "));
}"""
SignIn = Callable[..., "Page"]


def kind(path: str, who: str) -> tuple[str, ...] | None:
    """What sort of page an address leads to; None for what is no page of the desk.

    An order's page is another one for everybody, a verb's form the same for all, and so on every order.
    """
    try:
        match = resolve(path)
    except Resolver404:
        return None
    if match.app_name != "desk" or match.url_name in ("logout", "attachment"):
        return None
    action = match.kwargs.get("action")
    return ("act", action) if action else (who, str(match.url_name), str(match.kwargs.get("number", "")))


def faults(page: Page) -> list[str]:
    """What axe says of the page that is open: rule, sentence, and the first places."""
    if page.evaluate("!window.axe"):
        page.evaluate(AXE.read_text())
        page.add_init_script(path=AXE)  # for all that this page opens later
    return [f"{page.url}: {line}" for line in page.evaluate(ASKED, RULES)]


def walk(page: Page, who: str, seen: dict[tuple[str, ...], list[str]]) -> None:
    """Every kind of page that can be reached by links from the home page, and what is wrong with it."""
    waiting = [page.url]
    while waiting:
        address = waiting.pop(0)
        sort = kind(urlsplit(address).path, who)
        if sort is None or sort in seen:
            continue
        seen[sort] = []
        if shown(page, address):
            seen[sort] = faults(page)
            waiting += page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")


def shown(page: Page, address: str) -> bool:
    """Whether the address is a page, now open, and no file, which a browser lays down."""
    from playwright.sync_api import Error

    try:
        answer = page.goto(address)
    except Error as error:
        if "Download is starting" not in error.message:
            raise
        return False
    return answer is not None and "text/html" in answer.headers.get("content-type", "")


@pytest.fixture
def work(cast_here: Cast) -> None:
    """An order at every stage of its life, also late ones."""
    start = timezone.now() - timedelta(hours=30)
    for stage in (
        "registered",
        "pending",
        "return_filed",
        "extension_filed",
        "draft",
        "sent_back",
        "to_callback",
        "closed",
    ):
        reach(cast_here, stage, start)
    cast_here.do("supervisor", "letter.sent", None, start, **LETTER(cast_here, start))
    reach(cast_here, "signed", start - timedelta(days=20))


@pytest.mark.parametrize(
    ("size", "people"),
    [
        ((1440, 900), ["agent", "dispatcher", "auditor", "callback", "leader", "clerk@town", "hotline_deputy@town"]),
        ((390, 844), ["agent", "callback", "clerk@town"]),
    ],
    ids=["desk", "phone"],
)
def test_every_page_can_be_used_by_all(sign_in: SignIn, work: None, people: list[str], size: tuple[int, int]) -> None:
    seen: dict[tuple[str, ...], list[str]] = {}
    for who in people:
        walk(sign_in(who, *size), who, seen)
    assert len({sort for sort in seen if sort[0] == "act"}) >= 20, sorted(seen)
    wrong = [line for lines in seen.values() for line in lines]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["desk", "phone"])
def test_what_opens_can_be_used_too_and_in_the_dark(sign_in: SignIn, cast_here: Cast, size: tuple[int, int]) -> None:
    order, _ = reach(cast_here, "closed", timezone.now() - timedelta(hours=30))
    page = sign_in("dispatcher", *size, color_scheme="dark")
    root = page.url.rstrip("/")
    found = faults(page)
    page.click("#bell summary")
    page.locator("#bell .lx-pop form, #bell .lx-pop .lx-hint").first.wait_for()
    found += faults(page)
    for path in (f"/orders/{order.number}/", "/figures/", "/register/"):
        page.goto(root + path)
        found += faults(page)
    page.locator("[name=area]").focus()
    page.locator(".lx-picks li").first.wait_for()
    found += faults(page)
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    page.locator("#keymap[open]").wait_for()
    found += faults(page)
    assert not found, "\n".join(found)


def test_the_door_too(browser: Any, cast_here: Cast, live_server: Any) -> None:
    page = browser.new_page()
    for address in ("login/", "no-such-page/"):
        page.goto(f"{live_server.url}/{address}")
        assert faults(page) == []
    page.close()
