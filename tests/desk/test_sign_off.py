"""The head of a unit signs an order off on the page: who is in charge of its field stands there to be confirmed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.cast import Cast
from tests.desk.web import Site, share_of
from tests.rulebooks import stored

from lianxin.directory.models import Area, Category, Charge, Post
from lianxin.orders.models import Order


@pytest.fixture
def town(site: Site) -> Cast:
    """Two deputies, two section heads, nobody who supervises; the first two are in charge of heating in the area."""
    cast = site.cast
    for role in ("line_deputy", "section_head"):
        cast.post(f"{role}@town", "town", role)
        cast.post(f"other_{role}@town", "town", role, "二组")
    charge(cast, "line_deputy@town", "section_head@town", category="供暖", area=True)
    return cast


def charge(cast: Cast, deputy: str, head: str, *, category: str = "", area: bool = False) -> Charge:
    field = Category.objects.get(centre=cast.centre, name=category) if category else None
    place = Area.objects.get(centre=cast.centre) if area else None
    line: Charge = Charge.objects.create(
        centre=cast.centre,
        unit=cast.units["town"],
        category=field,
        area=place,
        deputy=cast.posts[deputy],
        head=cast.posts[head],
    )
    return line


def asked(site: Site, order: Order) -> dict[str, str]:
    """What stands in the form of each link, by who is chosen; and the opinion."""
    answer: Any = site.get("principal@town", f"/orders/{order.number}/share.signed_off/?share={share_of(order).pk}")
    page = answer.content.decode()
    found = {"opinion": re.search(r'<textarea[^>]*name="opinion"[^>]*>\s*(.*?)</textarea>', page, re.S)}
    for link in ("deputy", "head", "supervising"):
        field = re.search(rf'data-field="{link}">(.*?)(?:data-field=|</form>)', page, re.S)
        assert field, link
        found[link] = re.search(r'value="(\d+)"[^>]*(?:selected|checked)', field[1])
    return {name: hit[1] for name, hit in found.items() if hit}


def who(cast: Cast, name: str) -> str:
    return str(cast.staff[name].pk)


def test_d16_signing_off_proposes_whoever_is_in_charge_of_the_field(site: Site, town: Cast) -> None:
    order = site.dispatched("town")
    proposed = asked(site, order)
    assert proposed["deputy"] == who(town, "line_deputy@town")
    assert proposed["head"] == who(town, "section_head@town")
    assert "supervising" not in proposed


def test_d16_proposes_nobody_for_a_field_without_a_line_where_several_could_be_meant(site: Site, town: Cast) -> None:
    order = site.dispatched("town", category="城市管理 › 市容环境")
    assert not {"deputy", "head"} & asked(site, order).keys()
    charge(town, "other_line_deputy@town", "other_section_head@town")
    assert asked(site, order)["deputy"] == who(town, "other_line_deputy@town")


def test_d16_proposes_nobody_who_has_left(site: Site, town: Cast) -> None:
    order = site.dispatched("town")
    staff = town.staff["line_deputy@town"]
    Post.objects.filter(pk=town.posts["line_deputy@town"].pk).update(holder_b=None)
    type(staff).objects.filter(pk=staff.pk).update(is_active=False)
    proposed = asked(site, order)
    assert "deputy" not in proposed
    assert proposed["head"] == who(town, "section_head@town")


def test_d22_a_second_time_those_stand_there_who_were_named_the_first(site: Site, town: Cast) -> None:
    order = site.dispatched("town")
    named = {"deputy": who(town, "other_line_deputy@town"), "head": who(town, "other_section_head@town:b")}
    site.done("principal@town", order, "share.signed_off", opinion="请办理。", **named)
    assert {link: found for link, found in asked(site, order).items() if link != "opinion"} == named


def test_the_opinion_that_stands_there_is_the_packs(site: Site, town: Cast) -> None:
    assert asked(site, site.dispatched("town")).get("opinion", "") == ""
    stored(town, "opinions", chain={"opinion": "请分管同志牵头，按期办结。"})
    assert asked(site, site.dispatched("town"))["opinion"] == "请分管同志牵头，按期办结。"
