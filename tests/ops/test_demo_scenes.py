"""The scenes in the demo's centres: each as far as its time has come, all that it says holds, and where to find it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from tests.ops.test_demo_queues import last

from lianxin.directory.models import DemoLoading, Staff
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order

pytestmark = [pytest.mark.xdist_group("demo-scenes"), pytest.mark.django_db]
CASES = [("zhoucun", (3, 10, 12)), ("zhoucun", (6, 5, 40)), ("junan", (0, 14, 42))]


@pytest.fixture(scope="module", params=CASES, ids=["zhoucun-thursday", "zhoucun-sunday-dawn", "junan-monday"])
def case(request: pytest.FixtureRequest) -> tuple[str, datetime]:
    code, moment = request.param
    return code, last(*moment)


@pytest.fixture(scope="module")
def centre(
    case: tuple[str, datetime], django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any
) -> Iterator[Any]:
    """The centre after its last weeks, and the scenes, all of whose expectations held."""
    from django.db import transaction
    from django.test import override_settings

    from lianxin.ops.simulation import drive, show, today
    from lianxin.ops.simulation.scenes import programme

    code, now = case
    files = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("attachments"))
    with django_db_blocker.unblock(), transaction.atomic(), files:
        centre = show.raise_curtain("demo", code)
        drive.drive(centre, today.plan_today(now, first=show.FIRST, centre=code))
        drive.hand_over(centre, now)
        centre.failed = programme.play(centre, now, checks=True)
        drive.hand_over(centre, now)
        centre.differences = list(verify())
        yield centre
        transaction.set_rollback(True)


def test_each_scene_is_played_and_found_and_the_book_is_whole(centre: Any, case: tuple[str, datetime]) -> None:
    from lianxin.ops.simulation.scenes import programme

    assert centre.failed == []
    found = list(programme.played(centre, case[1]))
    assert [line.scene.row for line in found] == sorted(scene.row for scene in programme.of(centre))
    assert all(line.begun or line.places for line in found)
    # Some wait for somebody, some have ended.
    people = [person for line in found for _, person in line.begun]
    assert sum(map(bool, people)) > len(people) / 2
    assert not all(people)
    assert centre.differences == []
    assert not Order.objects.filter(centre=centre, marked_clock=True, closed_at=None).exists()


def test_a_loading_that_checks_nothing_plays_them_all_the_same(django_db_setup: None) -> None:
    """As `lianxin demo` does it: what a scene finds by looking has its name all the same."""
    from lianxin.ops.simulation import show
    from lianxin.ops.simulation.scenes import programme

    centre, now = show.raise_curtain("demo", "zhoucun"), last(3, 10, 12)
    assert programme.play(centre, now) == []
    found = {line.scene.row: line for line in programme.played(centre, now)}
    # An order, its repeat, and the ticket that a rule proposed about them.
    assert len(found["B13"].begun) == 3


def test_what_was_played_is_not_played_again(centre: Any, case: tuple[str, datetime]) -> None:
    from lianxin.ops.simulation.scenes import programme

    before = Order.objects.filter(centre=centre).count()
    assert programme.play(centre, case[1]) == []
    assert Order.objects.filter(centre=centre).count() == before


def test_a_visitor_finds_each_row_on_the_page_and_what_it_names_opens(
    centre: Any, case: tuple[str, datetime], client: Client, django_assert_max_num_queries: Any
) -> None:
    from lianxin.ops.simulation.scenes import programme

    DemoLoading.objects.create(centre=centre, planned_for=case[1], done=True)
    with django_assert_max_num_queries(30):
        page = client.get("/demo/").content.decode()
    assert 'href="/demo/"' in client.get("/login/").content.decode()
    found = list(programme.played(centre, case[1]))
    for line in found:
        assert f"<b>{line.scene.row}</b>" in page
        assert all(number in page for number, _ in line.begun)
    # Where it sends somebody, he reads it.
    for username, place in {place for line in found for place in line.places}:
        client.force_login(Staff.objects.get(username=username))
        assert client.get(place).status_code == 200, (username, place)


def test_without_a_demo_there_is_no_such_page(client: Client, db: None) -> None:
    assert client.get("/demo/").status_code == 404
    assert "/demo/" not in client.get("/login/").content.decode()
