"""Every verb that a post may take is found on a page of that post: the order page offers it, and its form opens.

Which post may take which verb is said by `tests/orders/rights.csv`, which is written by hand.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone
from tests import cast as casts
from tests.cast import Cast, later
from tests.desk.test_reached import KINDS
from tests.desk.web import Site
from tests.orders.stages import PAYLOADS, REASON, STAGES, duty, reach
from tests.rulebooks import Tables, shelf

from lianxin.ledger.models import Task
from lianxin.orders.models import Order
from lianxin.rules.lifecycle import UNIT

RIGHTS = Path(__file__).parents[1] / "orders" / "rights.csv"
#: One form a post may open: its post, its verb.
Pair = tuple[str, str]
#: What no order page offers, and why.
ELSEWHERE: dict[str, str] = {
    "order.registered": "there is no order yet: the intake page registers it (the last test here)",
}


def _rights() -> dict[str, list[str]]:
    """By verb: the posts of people that may take it."""
    with RIGHTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["action"]: [post for post in row["posts"].split() if post != "system"] for row in rows}


def _wanted() -> set[Pair]:
    return {(post, verb) for verb, posts in _rights().items() if verb not in ELSEWHERE for post in posts}


def _seats(base: Cast) -> dict[str, str]:
    """Whoever looks at an order: a person of each post, at the centre, in the leading and in the assisting unit."""
    for unit in ("town", "bureau"):
        for role in ("line_deputy", "section_head", "discipline"):
            base.post(f"{role}@{unit}", unit, role)
    casts.body(base)
    near = [who for who in base.posts if "@" not in who or who.endswith(("@town", "@bureau", "@npc"))]
    return {who: base.posts[who].role for who in near}


def _found(base: Cast, order: Order) -> None:
    """The patrol has found it, or it would be none of his."""
    Order.objects.filter(pk=order.pk).update(found_by=base.staff["patrol"])


def _at(base: Cast, stage: str, at: datetime) -> Order:
    """An order at a stage of `tests.orders.stages`, or where the unit has asked the centre."""
    if stage != "asked_by_unit":
        return reach(base, stage, at)[0]
    order, at = reach(base, "signed", at)
    base.do("clerk@town", "remark.asked", order.pk, at, text="请问诉求人何时在家？", of_unit=base.units["town"].pk)
    return order


def _lay_on_every_post(book: Tables) -> None:
    """A duty on each post that may do one, and a return to which each that may agree must agree, in turn."""
    rights = _rights()

    def lies_on(post: str) -> Tables:
        return {"post": post, "at": "unit" if post in UNIT else "centre"}

    for number, post in enumerate(rights["task.done"], start=70):
        words = {"id": f"S{number}.own", "title": f"{post}待办", "origin": "测试", "kind": f"of_{post}"}
        book["task"].append({**words, "on": "share", "from": ["dispatch"], **lies_on(post)})
    named = {"recused_by": rights["order.recused"], "recusal_lifted_by": rights["order.recused"]}
    book["sight"] = {"reasons": [{"code": "npc", "title": "代表联系", "what": "text", "caller": True}], **named}
    book["arrival"] |= {"registered": True}
    petition = next(row for row in book["task"] if row["kind"] == "return")
    petition["levels"] = [lies_on(post) for post in rights["petition.endorsed"]]
    posts = {"by": rights["order.labelled"], "lifted_by": rights["order.unlabelled"]}
    book["label"] = [row | posts for row in book["label"]]
    book["petition_kind"] = [row | {"id": "S89.own"} for row in KINDS]
    asked = {"title": "不合理诉求审定", "origin": "测试", "kind": "unreasonable", "from": ["filed.unreasonable"]}
    for number, post in enumerate(rights["petition.decided"], start=90):
        when = {"when": f"'{post}' in order.tags"} if number < 93 else {}
        book["task"].append({"id": f"S{number}.own", **asked, **lies_on(post), **when})


def _under_duties(base: Cast, at: datetime) -> Iterator[tuple[str, Order]]:
    """An order on which a duty of every post lies; then with a return at each level, agreed to by one after another."""
    order, at = reach(base, "signed", at)
    _found(base, order)
    laid = {task.post_role for task in Task.objects.filter(order=order, vacant="")}
    assert laid == set(_rights()["task.done"])
    yield "under duties", order
    labelled, then = reach(base, "labelled", at)
    yield "labelled", labelled
    for post in _rights()["petition.decided"]:
        asked = base.register(then, tags=[post])
        base.dispatch(asked, then, "town")
        base.do("clerk@town", "share.signed", asked.pk, later(then, minutes=1))
        base.do(
            "clerk@town", "petition.filed", asked.pk, later(then, minutes=2), **PAYLOADS["petition.filed"](base, asked)
        )
        yield f"to be decided by {post}", asked
    base.do("clerk@town", "return.filed", order.pk, at, **PAYLOADS["return.filed"](base, order))
    for post in _rights()["petition.endorsed"]:
        yield f"to be agreed to by {post}", order
        who = f"{post}@town" if post in UNIT else post
        at = later(at, seconds=1)
        base.do(who, "petition.endorsed", order.pk, at, task=duty(order, "return"), agreed=True, reason=REASON)


def test_every_verb_of_people_is_reached_from_every_post_that_may_take_it(base: Cast, tmp_path: Path) -> None:
    site, seats = Site(base), _seats(base)
    wanted, reached, shut = _wanted(), set[Pair](), []
    # A petition may be filed only so long after the dispatch, and a page asks by the clock of the wall.
    recently = timezone.now() - timedelta(hours=1)

    def look(stage: str, order: Order) -> None:
        _found(base, order)
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

    for stage in (*STAGES, "assist_signed", "asked_by_unit"):
        look(stage, _at(base, stage, recently))
    with shelf(tmp_path) as books:
        books.adopt(base, _lay_on_every_post)
        for stage, order in _under_duties(base, recently):
            look(stage, order)
        look("shown to a body", _shown_to_a_body(base, recently))
    assert shut == [], "offered, and its form does not open"
    # Besides whoever has the order only who is on duty of a rapid team arrives (tests/acceptance/test_jinan_teams.py).
    wanted -= {(post, "share.arrived") for post in UNIT - {"clerk"}}
    assert not wanted - reached, f"allowed, and on no page: {sorted(wanted - reached)}"
    assert not reached - wanted, f"on a page, and not allowed: {sorted(reached - wanted)}"


def _shown_to_a_body(base: Cast, at: datetime) -> Order:
    """An order that is shown to the deputies' station, its caller too."""
    order, at = reach(base, "signed", at)
    ground = {"caller": True, "ground": "代表要当面走访诉求人。"}
    base.do("leader", "order.shown", order.pk, at, reason="npc", units=[base.units["npc"].pk], **ground)
    return order


def test_who_may_register_finds_the_intake_page(base: Cast) -> None:
    site = Site(base)
    for who in _rights()["order.registered"]:
        assert "/register/" in site.get(who, "/").content.decode(), who
        assert site.get(who, "/register/").status_code == 200, who
