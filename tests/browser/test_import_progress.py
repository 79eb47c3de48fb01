"""A file is read while its page waits: the page says how far it has come, without a reload."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest

from lianxin.exchange import counter

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: What the page shows while it waits outlives it here: Playwright itself waits for the page that follows.
NOTE = """() => new MutationObserver(() => {
  const shown = document.querySelector(".lx-wait");
  if (shown) sessionStorage.setItem("seen", (sessionStorage.getItem("seen") || "") + shown.innerText);
}).observe(document.body, { childList: true, subtree: true })"""


def test_the_waiting_page_tells_how_far_it_is(
    sign_in: Callable[..., Page], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = counter.imports.preview

    def slow(*given: Any) -> Any:
        hear = given[-1]
        for step in ((3000, None), (400, 5000)):
            hear(*step)
            time.sleep(4)
        return real(*given)

    monkeypatch.setattr(counter.imports, "preview", slow)
    file = tmp_path / "今日.csv"
    file.write_text("编号,内容\nA1,路灯不亮\n", "utf-8")
    page = sign_in("dispatcher")
    page.goto(urljoin(page.url, "/imports/"))
    page.evaluate(NOTE)
    page.set_input_files("#f-file", str(file))
    page.get_by_role("button", name="预览").click()
    page.get_by_text("缺少列").wait_for()
    seen = page.evaluate("sessionStorage.getItem('seen')")
    assert "已读取 3000 行，读完才知道共有多少行" in seen
    assert "已核对 400 / 5000 件" in seen
    assert page.locator(".lx-wait").count() == 0
