"""The bulletin and the figures on the desk."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from tests.cast import Cast, shanghai
from tests.orders.test_whole_life import walk

from lianxin.bulletins.models import Publication
from lianxin.orders.models import Journal

WEEK = "2021-W43"


@pytest.fixture
def week(cast: Cast) -> datetime:
    """One order handled in week 43 of 2021."""
    at = shanghai("2021-10-27 09:00")
    order = cast.register(at)
    cast.dispatch(order, at, "heat")
    walk(cast, order, at)
    return at


def client_of(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.staff[who])
    return client


@pytest.mark.usefixtures("week")
def test_the_bulletin_opens_its_numbers(cast: Cast) -> None:
    client = client_of(cast, "leader")
    page = client.get(f"/bulletins/{WEEK}/").content.decode()
    assert "共受理市民诉求" in page
    assert f"/bulletins/{WEEK}/orders/?key=accepted" in page
    behind = client.get(f"/bulletins/{WEEK}/orders/?key=accepted").content.decode()
    assert "20211027-0001" in behind


@pytest.mark.usefixtures("week")
@pytest.mark.parametrize(("ending", "head"), [("docx", b"PK"), ("pdf", b"%PDF")])
def test_it_is_taken_away_as_a_file_and_that_is_in_the_journal(cast: Cast, ending: str, head: bytes) -> None:
    answer = client_of(cast, "leader").get(f"/bulletins/{WEEK}.{ending}")
    assert answer.content.startswith(head)
    assert Journal.objects.filter(action="export.bulletin").count() == 1


@pytest.mark.usefixtures("week")
def test_a_leader_publishes_once(cast: Cast) -> None:
    client = client_of(cast, "leader")
    for _ in range(2):
        client.post(f"/bulletins/{WEEK}/publish/")
    assert Publication.objects.get().figures.get(key="accepted").shown == "1"


@pytest.mark.usefixtures("week")
@pytest.mark.parametrize("who", ["agent", "callback"])
def test_others_do_not_publish(cast: Cast, who: str) -> None:
    assert client_of(cast, who).post(f"/bulletins/{WEEK}/publish/").status_code == 403
    assert not Publication.objects.exists()


@pytest.mark.usefixtures("week")
def test_a_unit_does_not_see_the_centres_bulletin_and_a_stranger_not_its_orders(cast: Cast, other: Cast) -> None:
    assert client_of(cast, "clerk@heat").get(f"/bulletins/{WEEK}/").status_code == 404
    assert (
        "20211027-0001"
        not in client_of(other, "leader").get(f"/bulletins/{WEEK}/orders/?key=accepted").content.decode()
    )


@pytest.mark.parametrize(
    "path", ["2021-W99/", "abc/", f"{WEEK}/orders/?key=nonsense", f"{WEEK}/orders/?key=accepted.category.x"]
)
def test_garbage_is_not_found(cast: Cast, path: str) -> None:
    assert client_of(cast, "leader").get(f"/bulletins/{path}").status_code == 404


@pytest.mark.usefixtures("week")
def test_b01_the_two_core_figures_stand_first(cast: Cast) -> None:
    for who in ("leader", "clerk@heat", "supervisor"):
        page = client_of(cast, who).get(f"/figures/?week={WEEK}").content.decode()
        first = page.split("核心指标")[1].split("</section>")[0]
        assert "限时办结率" in first
        assert "群众满意率" in first
        assert "100.00%" in first


def test_a37_towns_and_departments_are_never_in_one_table(cast: Cast, week: datetime) -> None:
    cast.dispatch(cast.register(week), week, "town")
    page = client_of(cast, "leader").get(f"/figures/?week={WEEK}").content.decode()
    _, towns, departments = page.split('<table class="lx-table">')
    assert "大店镇" in towns
    assert "热力公司" not in towns
    assert "热力公司" in departments
    assert "大店镇" not in departments


@pytest.mark.usefixtures("week")
def test_a_unit_sees_its_own_figures_only(cast: Cast) -> None:
    page = client_of(cast, "clerk@bureau").get(f"/figures/?week={WEEK}").content.decode()
    assert "热力公司" not in page
    assert 'class="lx-table"' not in page


def test_the_figures_cost_four_statements_however_many_units(
    cast: Cast, week: datetime, django_assert_max_num_queries: Any
) -> None:
    client = client_of(cast, "leader")
    with django_assert_max_num_queries(16):
        client.get(f"/figures/?week={WEEK}")
