"""What is brought before those who lead: at once, in person, and who runs the hotline (B23, B38); B18, B28
and B29 are scenes (test_scenes.py).

Each row of the opinions of Zhoucun (2019) where it bites, where it must not, and where somebody tries to get round it.
"""

from __future__ import annotations

from datetime import date, datetime

import pytest
from tests.acceptance.zhoucun import contact, labelled, out, refused
from tests.cast import Cast, shanghai
from tests.desk.web import Site
from tests.rulebooks import Shelf

from lianxin.bulletins import issue

pytestmark = pytest.mark.django_db


# --- B23: by the head himself -----------------------------------------------------------------------


def test_b23_of_a_group_it_is_said_whom_he_spoke_with(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine)
    contact(zhoucun, "clerk@town", order, nine)  # of one caller nobody need be named
    labelled(zhoucun, order, "group", nine)
    why = refused(zhoucun, "principal@town", "share.contacted", order, nine, text="已与业主代表沟通。")
    assert "哪一位" in why["spoke_with"]
    contact(zhoucun, "principal@town", order, nine, spoke_with="业主代表刘素芬")


def test_b23_of_whom_it_must_be_said_is_the_packs(zhoucun: Cast, nine: datetime, books: Shelf) -> None:
    books.adopt(zhoucun, lambda book: book["contact"].update(named_for=["key"]), "zhoucun-2019")
    order, _ = out(zhoucun, nine)
    labelled(zhoucun, order, "group", nine)
    contact(zhoucun, "clerk@town", order, nine)
    labelled(zhoucun, order, "key", nine)
    assert "spoke_with" in refused(zhoucun, "clerk@town", "share.contacted", order, nine, text="已电话联系。")


# --- B38: who runs it ------------------------------------------------------------------------------


def test_b38_the_body_that_runs_the_hotline_is_named_where_everybody_reads_it(zhoucun: Cast, cast: Cast) -> None:
    zhoucun.centre.body = "周村区政府市民投诉中心"
    zhoucun.centre.save()
    site = Site(zhoucun)
    assert "主管机构：周村区政府市民投诉中心" in site.get("clerk@town", "/regulations/").content.decode()
    first = date(2026, 11, 16)
    week = issue.weekly(zhoucun.centre, first, date(2026, 11, 22), shanghai("2026-11-23 00:00"))
    assert "周村区政府市民投诉中心" in week.bulletin.text()
    # Another centre's body is its own, and where nobody has named one, the page says so.
    cast.centre.body = ""
    cast.centre.save()
    page = Site(cast).get("clerk@town", "/regulations/").content.decode()
    assert "周村区政府市民投诉中心" not in page
    assert "还没有填写" in page
