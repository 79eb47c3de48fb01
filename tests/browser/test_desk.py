"""One order's whole life in a real browser: by keyboard at a desk, by thumb on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.cast import Cast

DESK, PHONE = (1440, 900), (390, 844)
#: The narrowest phone that must do.
NARROW = (360, 740)
SignIn = Callable[..., "Page"]


#: Lines of the timeline that do not break: nothing scrolls there, so they are cut off.
CUT = """() => [...document.querySelectorAll(".lx-tl > li > div")].filter((line) =>
  line.offsetParent && line.scrollWidth > line.clientWidth + 1
).map((line) => line.textContent.trim().slice(0, 60))"""


def fits(page: Page) -> None:
    """No sideways scrolling, and no line cut off, once the page is there whole: a half-read one has another width."""
    page.wait_for_load_state("load")
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0, page.url
    assert page.evaluate(CUT) == [], page.url


def picture(page: Page, folder: Path, name: str) -> None:
    fits(page)
    page.screenshot(path=folder / f"{name}.png")


def take(page: Page, key: str, name: str, phone: bool) -> None:
    """Open a verb: by its letter at a desk, by its button on a phone."""
    # Letters are listened to once the page is there whole.
    page.wait_for_load_state("load")
    before = page.url
    if phone:
        page.locator(".lx-order-acts").get_by_text(name, exact=True).first.click()
    else:
        page.keyboard.press(key)
    page.wait_for_url(lambda url: url != before or key == "q")


def send(page: Page, phone: bool, *, final: bool = False) -> None:
    """Send the open form, say once more that it is meant where it cannot be taken back, and wait for what is now so."""
    if phone:
        page.locator("form[data-primary-form] .lx-foot button").first.click()
    else:
        page.keyboard.press("Control+Enter")
    if final:
        page.locator("dialog.lx-sure .lx-primary").click()
    page.locator(".lx-said").first.wait_for()
    page.wait_for_load_state("load")


def write(page: Page, text: str) -> None:
    """Into the field that has the focus, and on to the next."""
    page.keyboard.type(text)
    page.keyboard.press("Tab")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_an_order_from_the_call_to_its_close(
    sign_in: SignIn, cast_here: Cast, tmp_path: Path, size: tuple[int, int]
) -> None:
    phone = size == PHONE
    number = _register(sign_in("agent", *size), tmp_path, phone)
    _dispatch(sign_in("dispatcher", *size), tmp_path, phone)
    _handle(sign_in("clerk@heat", *size), tmp_path, phone)
    _judge(sign_in("hotline_deputy@heat", *size), "s", "单位审核", phone)
    _judge(sign_in("auditor", *size), "s", "审核通过", phone)
    page = sign_in("callback", *size)
    _call_back(page, tmp_path, phone)

    from lianxin.orders.models import Order

    assert Order.objects.get(number=number).state == "closed"
    assert len(list(tmp_path.glob("*.png"))) >= 6


def _register(page: Page, folder: Path, phone: bool) -> str:
    """The agent: from the telephone number on, field by field."""
    if phone:
        page.locator(".lx-rail").get_by_text("受理").click()
    else:
        page.keyboard.press("g")
        page.keyboard.press("s")
    page.wait_for_url("**/register/")
    assert page.evaluate("document.activeElement.name") == "caller_phone"
    write(page, "13900002086")
    write(page, "刘素芬")
    page.keyboard.press("Tab")  # 要求保密
    page.keyboard.press("ArrowRight")  # 类别: 求助
    page.keyboard.press("Tab")
    write(page, "柳岸花园 3 号楼暖气不热")
    write(page, "来电人反映家中室温只有 14℃，请求检修。")
    write(page, "检修暖气，室温达到 18℃ 以上")
    page.locator("textarea[name=told]").focus()
    page.keyboard.type("已告知由承办单位办理并回访。")
    picture(page, folder, "1-register")
    send(page, phone)
    picture(page, folder, "2-registered")
    return page.url.rstrip("/").rsplit("/", 1)[1]


def _open_first(page: Page, phone: bool) -> None:
    """The first order of the queue: by J and Enter, or by a tap on its title."""
    row = page.locator("tr[data-row] a.lx-open").first
    row.wait_for()
    if phone:
        row.click()
    else:
        page.keyboard.press("j")
        page.keyboard.press("Enter")
    page.wait_for_url("**/orders/*/")


def _dispatch(page: Page, folder: Path, phone: bool) -> None:
    picture(page, folder, "3-queue")
    _open_first(page, phone)
    take(page, "d", "派单", phone)
    assert page.evaluate("document.activeElement.name") == "shares_unit"
    page.keyboard.type("热力公司")
    page.locator("input[name=basis]").nth(1).check(force=True)
    picture(page, folder, "4-dispatch")
    send(page, phone)


def _handle(page: Page, folder: Path, phone: bool) -> None:
    """Signed from the list, contacted, replied request by request."""
    if phone:
        page.locator(".lx-c-next button").first.click()
    else:
        page.keyboard.press("j")
        page.locator("#preview [data-key=Q]").wait_for()
        page.keyboard.press("q")
    page.locator(".lx-said").wait_for()
    _open_first(page, phone)
    take(page, "c", "联系诉求人", phone)
    page.locator("input[name=way]").first.check(force=True)
    page.locator("input[name=reached]").first.check(force=True)
    page.locator("textarea[name=text]").fill("已电话联系，约定上门。")
    send(page, phone)
    take(page, "r", "提交答复", phone)
    write(page, "已派维修人员到场检修换热站阀门。")
    write(page, "检修完毕")
    write(page, "室温恢复到 19℃，诉求人认可。")
    page.keyboard.press("Control+Enter")
    page.locator(".lx-wrong").first.wait_for()
    assert "第 1 项诉求还没有答复" in page.locator(".lx-wrong[data-field=answers]").inner_text()
    assert "请选择" in page.locator(".lx-wrong[data-field=solve_code]").inner_text(), "all at once, nothing preset"
    assert page.locator("textarea[name=measures]").input_value().startswith("已派维修人员")
    picture(page, folder, "5-told-what-is-missing")
    page.locator("textarea[name=answers]").fill("已检修，室温 19℃。")
    page.locator("input[name=solve_code]").first.check(force=True)
    send(page, phone)


def _judge(page: Page, key: str, name: str, phone: bool) -> None:
    _open_first(page, phone)
    take(page, key, name, phone)
    if name == "单位审核":
        page.locator("input[name=approved]").first.check(force=True)
    send(page, phone, final=name == "审核通过")


def _call_back(page: Page, folder: Path, phone: bool) -> None:
    _open_first(page, phone)
    take(page, "r", "回访", phone)
    for name, value in (
        ("reached", "true"),
        ("process_grade", "satisfied"),
        ("result_grade", "satisfied"),
        ("solved", "true"),
    ):
        page.locator(f"input[name={name}][value={value}]").check(force=True)
    picture(page, folder, "6-callback")
    send(page, phone)
    take(page, "o", "办结", phone)
    page.locator("input[name=result][value=solved]").check(force=True)
    page.locator("textarea[name=told]").fill("已告知诉求人办理结果。")
    send(page, phone, final=True)
    picture(page, folder, "7-closed")


def _given(cast: Cast, count: int) -> list[Any]:
    """Orders at the heating company, just dispatched, on the wall clock."""
    from django.utils import timezone
    from tests.cast import request

    from lianxin.ledger.acts import Act
    from lianxin.ledger.door import record
    from lianxin.orders.models import Order

    made = []
    for n in range(count):
        typed = request(source="county", title=f"第 {n} 盏路灯不亮，请求修复")
        order = record(Act("order.registered", cast.actor("agent"), timezone.now(), typed)).order
        shares = {"shares": [{"unit": cast.units["heat"].pk}], "basis": "law"}
        record(Act("order.dispatched", cast.actor("dispatcher"), timezone.now(), shares, order=order))
        made.append(Order.objects.get(pk=order))
    return made


def test_every_page_fits_the_narrowest_phone(sign_in: SignIn, cast_here: Cast, tmp_path: Path) -> None:
    order = _given(cast_here, 1)[0]
    for who, paths in {
        "agent": ["/", "/register/", "/search/", "/me/", f"/orders/{order.number}/"],
        "dispatcher": [f"/orders/{order.number}/share.added/"],
        "clerk@heat": ["/", f"/orders/{order.number}/", f"/orders/{order.number}/return.filed/"],
        "supervisor": ["/?queue=open", "/staffing/", "/regulations/"],
    }.items():
        page = sign_in(who, *NARROW)
        for path in paths:
            page.goto(f"{page.url.split('/', 3)[0]}//{page.url.split('/')[2]}{path}")
            fits(page)
        if who in ("agent", "supervisor", "clerk@heat"):
            assert page.locator(".lx-rail a:visible").count() == 4


def test_letters_are_letters_while_one_writes(sign_in: SignIn, cast_here: Cast) -> None:
    _given(cast_here, 2)
    page = sign_in("clerk@heat")
    page.keyboard.press("/")
    page.keyboard.type("jkq?")
    assert page.locator("#search").input_value() == "jkq?"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.locator("#keymap").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.className") == "lx-open"
    assert page.locator("tr[data-row][aria-selected=true]").count() == 1


def test_the_page_is_dark_where_the_machine_is(sign_in: SignIn) -> None:
    page = sign_in("agent", color_scheme="dark")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.emulate_media(color_scheme="light")
    page.locator("html[data-theme=light]").wait_for()


def test_the_callers_orders_appear_while_the_number_is_typed(sign_in: SignIn, cast_here: Cast) -> None:
    _given(cast_here, 1)
    page = sign_in("agent")
    page.goto(page.url + "register/")
    page.keyboard.type("139 0000 2086")
    page.locator("#history").get_by_text("第 0 盏路灯不亮").wait_for()
    assert page.evaluate("document.activeElement.name") == "caller_phone"


def test_new_work_appears_without_reloading_and_leaves_the_focus(
    sign_in: SignIn, cast_here: Cast, live_updates: None
) -> None:
    _given(cast_here, 1)
    page = sign_in("clerk@heat")
    page.keyboard.press("j")
    focused = page.evaluate("document.activeElement.id")
    page.wait_for_timeout(1000)  # the stream opens
    _given(cast_here, 1)
    page.locator("tr[data-row]").nth(1).wait_for(timeout=15_000)
    assert page.evaluate("document.activeElement.id") == focused
    assert "2" in page.locator(".lx-tabs [aria-current]").inner_text()


def test_bell_rail_and_title_come_alive_on_any_page(sign_in: SignIn, cast_here: Cast, live_updates: None) -> None:
    """Two tabs of one person: an order's page, and one in the background; neither asks more often than it may."""
    number = _given(cast_here, 1)[0].number
    page = sign_in("clerk@heat")
    asked: list[str] = []
    page.on("request", lambda request: "/me/pulse/" in request.url and asked.append(request.url))
    page.goto(f"{page.url}orders/{number}/")
    other = page.context.new_page()
    other.goto(page.url.replace(f"orders/{number}", "search"))
    page.bring_to_front()
    page.wait_for_timeout(1000)  # the stream opens
    _given(cast_here, 5)
    for tab in (page, other):
        tab.locator("#rail-count[data-waiting='6']").wait_for(timeout=40_000)
        assert tab.title().startswith("(6) ")
        assert tab.locator("#bell-count").get_attribute("data-unread") == "6"
    assert len(asked) <= 3, "five orders, ten acts: the page asks once, and once again for what came meanwhile"
    page.locator("#bell > summary").click()
    page.locator("#bell .lx-told").first.wait_for()
    assert page.locator("#bell li").count() == 6
    page.locator("#bell").get_by_text("全部标为已读").click()
    page.wait_for_url("**/me/")
    assert page.locator("#bell-count").is_hidden()
