"""Every verb that a post may take is found on a page of that post: the order page offers it, and its form opens.

Which post may take which verb is said by `tests/orders/rights.csv`, which is written by hand.
"""

from __future__ import annotations

import csv
import re
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone
from tests import cast as casts
from tests.cast import Cast
from tests.desk.web import Site
from tests.orders.stages import STAGES, reach

from lianxin.orders.models import Order

RIGHTS = Path(__file__).parents[1] / "orders" / "rights.csv"
#: One form a post may open: its post, its verb.
Pair = tuple[str, str]
#: What no order page offers, and why.
ELSEWHERE: dict[str, str] = {
    "order.registered": "there is no order yet: the intake page registers it (the last test here)",
}


def _wanted() -> set[Pair]:
    with RIGHTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    pairs = {(post, row["action"]) for row in rows for post in row["posts"].split()}
    return {(post, verb) for post, verb in pairs if post != "system" and verb not in ELSEWHERE}


def _seats(base: Cast) -> dict[str, str]:
    """Whoever looks at an order: a person of each post, at the centre, in the leading and in the assisting unit."""
    for unit in ("town", "bureau"):
        casts._post(base, f"line_deputy@{unit}", base.units[unit], "line_deputy")
    near = [who for who in base.posts if "@" not in who or who.endswith(("@town", "@bureau"))]
    return {who: base.posts[who].role for who in near}


def _at(base: Cast, stage: str, at: datetime) -> Order:
    """An order at a stage of `tests.orders.stages`, or where the unit has asked the centre."""
    if stage != "asked_by_unit":
        return reach(base, stage, at)[0]
    order, at = reach(base, "signed", at)
    base.do("clerk@town", "remark.asked", order.pk, at, text="请问诉求人何时在家？", of_unit=base.units["town"].pk)
    return order


def test_every_verb_of_people_is_reached_from_every_post_that_may_take_it(base: Cast) -> None:
    site, seats = Site(base), _seats(base)
    wanted, reached, shut = _wanted(), set[Pair](), []
    # A petition may be filed only so long after the dispatch, and a page asks by the clock of the wall.
    recently = timezone.now() - timedelta(hours=1)
    for stage in (*STAGES, "assist_signed", "asked_by_unit"):
        order = _at(base, stage, recently)
        for who, role in seats.items():
            page = site.get(who, f"/orders/{order.number}/")
            if page.status_code == 404:
                continue
            offered = re.findall(rf'"(/orders/{order.number}/([a-z_]+\.[a-z_]+)/[^"]*)"', page.content.decode())
            for url, verb in offered:
                if (role, verb) in reached:
                    continue
                if site.get(who, url.replace("&amp;", "&")).status_code == 200:
                    reached.add((role, verb))
                else:
                    shut.append((stage, who, url))
    assert shut == [], "offered, and its form does not open"
    assert not wanted - reached, f"allowed, and on no page: {sorted(wanted - reached)}"
    assert not reached - wanted, f"on a page, and not allowed: {sorted(reached - wanted)}"


def test_who_may_register_finds_the_intake_page(base: Cast) -> None:
    site = Site(base)
    with RIGHTS.open(encoding="utf-8", newline="") as file:
        posts = next(row["posts"].split() for row in csv.DictReader(file) if row["action"] == "order.registered")
    for who in set(posts) - {"system"}:
        assert "/register/" in site.get(who, "/").content.decode(), who
        assert site.get(who, "/register/").status_code == 200, who
