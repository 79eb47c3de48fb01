"""Nothing typed is lost, in a real browser; and nothing of it stays in the browser for the next at the seat."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from tests.cast import Cast

SignIn = Callable[..., "Page"]
#: Words that stand nowhere else.
MARK = "槐荫路蝉鸣井盖"


def typing(page: Page) -> None:
    """Into the intake, as an agent does; and until the server has it."""
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + "/register/")
    page.locator("input[name=title]").fill(f"{MARK}松动")
    page.locator("textarea[name=text]").fill(f"来电人说{MARK}响了一夜。")
    page.get_by_text("草稿已存").wait_for()


def test_k8_what_was_typed_survives_a_reload_and_a_refusal(sign_in: SignIn) -> None:
    page = sign_in("agent")
    typing(page)
    page.reload()
    assert page.locator("input[name=title]").input_value() == f"{MARK}松动"
    page.keyboard.press("Control+Enter")
    page.locator(".lx-wrong").first.wait_for()
    assert page.locator("textarea[name=text]").input_value() == f"来电人说{MARK}响了一夜。"


def test_k8_without_connection_it_waits_says_so_and_goes_when_it_is_back(sign_in: SignIn, cast_here: Cast) -> None:
    from lianxin.desk.models import Draft

    page = sign_in("agent")
    typing(page)
    page.context.set_offline(True)
    page.locator("input[name=address]").fill("槐荫路 7 号")
    page.get_by_text("连接中断，内容暂存在本页内存").wait_for()
    page.keyboard.press("Control+Enter")
    page.get_by_text("恢复后自动提交").wait_for()
    before = Draft.objects.get().kept_at
    page.context.set_offline(False)
    page.locator(".lx-wrong").first.wait_for()
    assert page.locator("input[name=address]").input_value() == "槐荫路 7 号"
    assert Draft.objects.get().kept_at > before


def test_k8_an_ended_session_says_so_and_the_sign_in_leads_back(sign_in: SignIn, cast_here: Cast) -> None:
    page = sign_in("agent")
    typing(page)
    page.context.clear_cookies()
    page.locator("input[name=address]").fill("槐荫路 7 号")
    page.get_by_text("登录已失效").wait_for()
    page.keyboard.press("Control+Enter")
    page.locator("input[name=username]").wait_for()
    page.locator("input[name=username]").fill(cast_here.staff["agent"].username)
    page.locator("input[name=password]").fill("pw")
    page.keyboard.press("Enter")
    page.locator("input[name=address]").wait_for()
    assert page.locator("input[name=address]").input_value() == "槐荫路 7 号"


def test_k8_the_next_at_the_seat_finds_nothing_in_the_profile(
    browser: Browser, cast_here: Cast, live_server: Any, tmp_path: Path
) -> None:
    """A profile on disk, as an office browser has one: typed, refused, signed out; another signs in; then searched."""
    profile = tmp_path / "profile"
    context = browser.browser_type.launch_persistent_context(
        profile, executable_path=os.environ.get("CHROMIUM") or _chromium(), args=["--no-sandbox"], locale="zh-CN"
    )
    try:
        page = context.new_page()
        _enter(page, live_server.url, cast_here.staff["agent"].username)
        typing(page)
        page.keyboard.press("Control+Enter")
        page.locator(".lx-wrong").first.wait_for()
        page.locator(".lx-menu summary.lx-me").click()
        page.get_by_role("button", name="退出登录").first.click()
        _enter(page, live_server.url, cast_here.staff["callback"].username)
        page.goto(f"{live_server.url}/register/")
        assert MARK not in page.content()
        kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        assert MARK not in kept
        page.go_back()
        assert MARK not in page.content()
    finally:
        context.close()
        time.sleep(0.5)
    marks = [MARK.encode(coding) for coding in ("utf-8", "utf-16-le", "utf-16-be")]
    holding = [file for file in profile.rglob("*") if file.is_file() and any(m in file.read_bytes() for m in marks)]
    assert holding == []


def _enter(page: Page, url: str, username: str) -> None:
    page.goto(f"{url}/login/")
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill("pw")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{url}/")


def _chromium() -> str:
    from tests.browser.conftest import CHROMIUM

    return CHROMIUM


def test_the_picker_finds_by_part_and_tab_takes_the_only_one(sign_in: SignIn, cast_here: Cast) -> None:
    page = sign_in("agent")
    page.goto(page.url + "register/")
    area = page.locator("input[name=area]")
    area.focus()
    page.keyboard.type("店镇")
    page.locator(".lx-picks [role=option]").wait_for()
    page.keyboard.press("Tab")
    assert area.input_value() == "大店镇"
    assert page.locator(".lx-picks").count() == 0
    order = page.evaluate(
        "[...document.querySelectorAll('form[data-keep] [name=category], form[data-keep] [name=area],"
        " form[data-keep] button.lx-primary')].map(node => node.name || 'send')"
    )
    assert order == ["category", "area", "send"], "category and area before the button"


def test_one_click_can_be_taken_back_for_five_seconds(sign_in: SignIn, cast_here: Cast) -> None:
    from tests.browser.test_desk import _given

    order = _given(cast_here, 1)[0]
    page = sign_in("clerk@heat")
    button = page.locator(".lx-c-next button").first
    button.click()
    page.get_by_text("秒后签收，撤销").first.wait_for()
    button.click()
    page.wait_for_timeout(6000)
    assert order.shares.get().state == "pending"
    button.click()
    page.locator(".lx-said").first.wait_for(timeout=15_000)
    assert order.shares.get().state == "signed"
