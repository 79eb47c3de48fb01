"""The two pages that people open first, on a desk, a tablet and a phone, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.browser.test_look import stays
from tests.cast import shanghai
from tests.desk.test_looks import unmask
from tests.desk.test_morning import MONDAY, closed, given, later, replied, share

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.cast import Cast

SignIn = Callable[..., "Page"]
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
#: Boxes of the morning and of its lists, lines of who looked.
BOXES = ".lx-morning section, .lx-affairs section, .lx-looks td, .lx-byday td, .lx-byday th"
#: Those that are wider than what they stand in.
CUT = """(boxes) => [...document.querySelectorAll(boxes)]
  .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.className)"""


def week(cast: Cast) -> None:
    """Something of everything: late, due today, sent back, waiting on others, closed."""
    for n in range(7):
        given(
            cast,
            shanghai("2026-11-02 09:00") + timedelta(minutes=n),
            "heat",
            title=f"振兴路人行道破损，老人绊倒，第 {n} 处",
        )
    made = [
        given(cast, later(MONDAY, minutes=10 * n), "heat", title=f"锦绣路 {n} 号烧烤摊占道经营、油烟扰民")
        for n in range(7)
    ]
    closed(cast, made[0], later(MONDAY, hours=5), "heat")
    for order in made[1:4]:
        replied(cast, order, later(MONDAY, hours=6), "heat")
    why = {"defect": "not_answered", "reason": "第 2 项没有答复：请写明同路段其他行道树的检查情况和结果。"}
    cast.do("auditor", "share.sent_back", made[1].pk, later(MONDAY, hours=7), **share(made[1]) | why)
    other = [given(cast, later(MONDAY, minutes=10 * n), "bureau") for n in range(2)]
    closed(cast, other[0], later(MONDAY, hours=5), "bureau")
    for n, who in enumerate(("clerk@heat", "leader", "dispatcher")):
        unmask(cast, who, made[5], shanghai("2026-11-25 20:30") + timedelta(minutes=n))


@pytest.mark.parametrize("size", [(1440, 900), (1000, 700), (390, 844), (360, 740)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_cut_off_or_adrift(sign_in: SignIn, cast_here: Cast, size: tuple[int, int], theme: str) -> None:
    week(cast_here)
    for who, paths in {
        "clerk@heat": ["/", "/today/back/", "/today/others/"],
        "admin": ["/looks/", "/looks/?view=people"],
    }.items():
        page = sign_in(who, *size, color_scheme=theme)
        root = page.url.rstrip("/")
        for path in paths:
            page.goto(root + path)
            stays(page)
            assert page.evaluate(SIDEWAYS) <= 0, path
            assert page.locator(BOXES).count() > 0, f"nothing is looked at on {path}"
            assert page.evaluate(CUT, BOXES) == [], path
