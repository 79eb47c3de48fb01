"""A real browser against a real server; skipped, with the reason, where there is no Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.conninfo import make_conninfo

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from tests.cast import Cast

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            # A module's tests go to one worker, which starts one browser for them; and groups go first, so that the
            # walk through every page does not begin when the other worker is nearly done.
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
            item.add_marker(pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    # Playwright runs an event loop in this thread; the ORM is used beside it, not in it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def cast_here(browser: Browser, transactional_db: None) -> Cast:
    """A centre that calls back itself, in a database that the server's threads see too."""
    from tests.cast import make_cast

    return make_cast("chenghe", "base")


@pytest.fixture
def sign_in(browser: Browser, cast_here: Cast, live_server: Any) -> Iterator[Callable[..., Page]]:
    """A page of a person who has signed in, in a window of the given size; any complaint fails the test.

    Complaints are errors of scripts, and what the policy of content has refused.
    """
    contexts: list[Any] = []
    complaints: list[str] = []

    def enter(who: str, width: int = 1440, height: int = 900, **more: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN", **more)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: "Content Security" in message.text and complaints.append(message.text))
        page.goto(f"{live_server.url}/login/")
        page.locator("[name=username]:focus").wait_for()
        page.keyboard.type(cast_here.staff[who].username)
        page.keyboard.press("Tab")
        page.keyboard.type("pw")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{live_server.url}/")
        return page

    yield enter
    for context in contexts:
        context.close()
    time.sleep(0.5)  # what a closing page still sends (drafts, who is there) is answered before the tables are emptied
    assert not complaints


@pytest.fixture
def live_updates(transactional_db: None, settings: Any) -> Iterator[None]:
    """The live process, listening to the test's own database."""
    from django.db import connection
    from tests.moment import FOR_YEARS

    from lianxin.ops.commands.up import any_free_port

    port = any_free_port("127.0.0.1")
    # libpq's own words: an address may name its server by a socket's folder, by TCP, or not at all.
    address = make_conninfo(os.environ["DATABASE_URL"], dbname=connection.settings_dict["NAME"])
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port), "--log-level", "error"]
    process = subprocess.Popen(
        [*command, "--workers-kill-timeout", "1", "lianxin.ops.live:application"],
        env={**os.environ, "DATABASE_URL": address},
        start_new_session=True,
    )
    settings.LIVE_URL = f"http://127.0.0.1:{port}/"
    # Whether a sign-in goes on is asked of the database, whose time is the wall's (tests/moment.py).
    settings.SESSION_COOKIE_AGE = FOR_YEARS
    try:
        for _ in range(400):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(10)
