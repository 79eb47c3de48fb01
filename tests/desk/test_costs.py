"""Pages ask the database as often for many rows as for few."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast, later
from tests.desk.test_phrases import at_work, new, revise
from tests.desk.test_undelivered import MINE
from tests.desk.web import Site
from tests.proceedings.stages import dispatched
from tests.proceedings.test_campaign import run
from tests.rulebooks import stored

from lianxin.directory.models import PolicyVersion
from lianxin.figures import kept


def cost(site: Site, who: str, path: str) -> int:
    """How many statements a page asks, once what is kept of it is known, but for what is counted."""
    kept._places.clear()
    assert site.get(who, path).status_code == 200, path
    kept._places.clear()
    with CaptureQueriesContext(connection) as asked:
        site.get(who, path)
    return len(asked)


def costs(site: Site, more: Callable[[], Any], *pages: tuple[str, str], most: int = 14) -> None:
    """As many for what there is as with `more`."""
    few = {page: cost(site, *page) for page in pages}
    more()
    assert {page: cost(site, *page) for page in pages} == few
    assert max(few.values()) <= most, few


def test_stock_and_inflow(site: Site, base: Cast, nine: datetime) -> None:
    def more() -> None:
        for n in range(6):
            base.dispatch(base.register(later(nine, days=-n)), later(nine, days=-n, minutes=5), "heat")

    base.dispatch(base.register(nine), later(nine, minutes=5), "heat")
    heat = base.units["heat"].pk
    days = f"first={nine.date() - timedelta(days=9)}&last={nine.date()}"
    pages = ("/figures/flow/", f"/figures/flow/?unit={heat}", f"/figures/flow/orders/?of=stock&{days}")
    costs(site, more, *(("supervisor", page) for page in pages), ("clerk@heat", "/figures/flow/"))


def test_channels(site: Site, base: Cast) -> None:
    def more() -> None:
        for n, who in enumerate(("clerk@heat", "clerk@town", "clerk@heat", "principal@heat")):
            assert site.at(who).post("/me/channels/new/", MINE | {"name": f"信箱{n}"}).status_code == 302

    site.at("clerk@heat").post("/me/channels/new/", MINE)
    costs(site, more, ("admin", "/channels/"), ("principal@heat", "/channels/"), ("clerk@heat", "/me/channels/"))


def test_orders_behind_a_number_of_a_campaign(site: Site, base: Cast, nine: datetime) -> None:
    few = run(base, nine, dispatched(base, nine))
    many = run(base, nine, *(dispatched(base, nine) for _ in range(6)))

    def asked(number: str) -> list[int]:
        return [cost(site, who, f"/proceedings/{number}/orders/?of=baseline") for who in ("supervisor", "dispatcher")]

    assert asked(few.number) == asked(many.number)
    assert max(asked(few.number)) <= 14


def test_phrases(site: Site) -> None:
    order, phrase = at_work(site), new(site)

    def more() -> None:
        last = phrase
        for n in range(5):
            new(site, title=f"用语{n}")
            new(site, "supervisor", title=f"中心用语{n}")
            assert revise(site, last, text=f"第 {n} 次改过的用语。").status_code == 302
            last = type(phrase).objects.get(line=phrase.line, until=None)

    pages = ("/phrases/", f"/phrases/{phrase.line}/", f"/phrases/for/{order.number}/share.replied/")
    costs(site, more, *(("clerk@heat", page) for page in (*pages, "/phrases/sheet.xlsx")))


def test_regulations(site: Site, base: Cast) -> None:
    books = [f"book{n}" for n in range(3)]
    for book in books:
        stored(base, book)

    def more() -> None:
        for n, book in enumerate(books):
            since = date(2022 + n, 1, 1)
            PolicyVersion.objects.create(centre=base.centre, pack_id=book, version="1", effective_from=since)

    costs(site, more, ("agent", "/regulations/"), ("clerk@heat", "/regulations/?q=供暖"))


def test_who_looked(site: Site, base: Cast, nine: datetime) -> None:
    def more() -> None:
        for who in ("dispatcher", "callback", "supervisor", "leader"):
            site.at(who).post("/search/", {"q": "13900002086"})
            site.get("leader", "/proceedings/sheet.xlsx")

    more()
    views = ("", "?view=people", "?view=odd", "?kind=export", "?kind=search", "?kind=read")
    costs(site, more, *(("admin", f"/looks/{view}") for view in views), ("admin", "/looks/sheet.xlsx"), most=20)
