"""The scenes in the demo's centres: each as far as its time has come, all that it says holds, and where to find it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.ops.test_demo_queues import last

from lianxin.directory.models import DemoLoading, Post, Staff, Unit
from lianxin.figures.count import count
from lianxin.figures.scope import Scope
from lianxin.ledger.verify import verify
from lianxin.ops.simulation.month import WEEKS, Month
from lianxin.orders.models import Order

pytestmark = [pytest.mark.xdist_group("demo-scenes"), pytest.mark.django_db]
CASES = [("zhoucun", (3, 10, 12)), ("zhoucun", (6, 5, 40)), ("junan", (0, 14, 42)), ("jinan", (1, 11, 20))]


@pytest.fixture(
    scope="module", params=CASES, ids=["zhoucun-thursday", "zhoucun-sunday-dawn", "junan-monday", "jinan-tuesday"]
)
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

    from lianxin.ops.simulation import drive, month, show, today
    from lianxin.ops.simulation.scenes import programme

    code, now = case
    files = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("attachments"))
    with django_db_blocker.unblock(), transaction.atomic(), files:
        centre = show.raise_curtain("demo", code)
        if code == show.MONTH:
            month.play(centre, now)
        else:
            drive.drive(centre, today.plan_today(now, first=show.FIRST, centre=code))
        drive.hand_over(centre, now)
        centre.before = first_dispatches(centre, now)
        centre.failed = programme.play(centre, now, checks=True)
        drive.hand_over(centre, now)
        centre.differences = list(verify())
        yield centre
        transaction.set_rollback(True)


def first_dispatches(centre: Any, now: datetime) -> list[Fraction]:
    """Of each whole week of the month at Jinan, what share stayed where it was sent first; elsewhere nothing."""
    if centre.code != "jinan":
        return []
    start = Month(centre, now).start
    # As known after the loading: in life the ledger takes its own time, so scenes of past days are recorded then.
    known = timezone.now() + timedelta(hours=1)
    firsts = [(start + timedelta(days=7 * week)).date() for week in range(WEEKS - 1)]
    scopes = [Scope.of_days(centre.pk, first, first + timedelta(days=6), "district", known) for first in firsts]
    found = [count(scope, ["first_sent", "first_right"])[()] for scope in scopes]
    return [Fraction(int(week["first_right"]), int(week["first_sent"])) for week in found]


def test_the_scenes_change_nothing_of_what_the_month_shows(centre: Any, case: tuple[str, datetime]) -> None:
    assert first_dispatches(centre, case[1]) == centre.before


def test_each_scene_is_played_and_found_and_the_book_is_whole(centre: Any, case: tuple[str, datetime]) -> None:
    from lianxin.ops.simulation.scenes import programme

    assert centre.failed == []
    found = list(programme.played(centre, case[1]))
    assert [line.scene.row for line in found] == sorted(scene.row for scene in programme.of(centre))
    assert all(line.begun or line.places for line in found)
    assert all(line.fits for line in found)
    # Some wait for somebody, some have ended.
    people = [root.person for line in found for root in line.begun]
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
    centre: Any,
    case: tuple[str, datetime],
    client: Client,
    django_assert_max_num_queries: Any,
    django_assert_num_queries: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from lianxin.ops.simulation.scenes import programme

    DemoLoading.objects.create(centre=centre, planned_for=case[1], done=True)
    # However many scenes there are; and a minute long it is kept, whoever asks.
    with django_assert_max_num_queries(17):
        page = client.get("/demo/").content.decode()
    with django_assert_num_queries(2):
        assert client.get("/demo/").content.decode() == page
    assert 'href="/demo/"' in client.get("/login/").content.decode()
    with CaptureQueriesContext(connection) as many:
        list(programme.played(centre, case[1]))
    some = programme.of(centre)[:2]
    with monkeypatch.context() as fewer, CaptureQueriesContext(connection) as few:
        fewer.setattr(programme, "of", lambda _: some)
        list(programme.played(centre, case[1]))
    assert len(few) == len(many)
    assert programme.CHANGED not in page
    found = list(programme.played(centre, case[1]))
    for line in found:
        assert f"<b>{line.scene.row}</b>" in page
        assert all(f'<a href="{root.address}">{root.number}</a>' in page for root in line.begun)
    # Where it sends somebody, he reads it.
    for username, place in {place for line in found for place in line.places}:
        client.force_login(Staff.objects.get(username=username))
        assert client.get(place).status_code == 200, (username, place)


def test_what_somebody_changed_in_the_directory_is_said_and_the_page_stays(
    centre: Any, case: tuple[str, datetime], client: Client
) -> None:
    """Visitors may do what they like to a demo: a scene names what it has begun, and leaves out whom it lacks."""
    from lianxin.ops.commands import demo
    from lianxin.ops.simulation.scenes import programme

    DemoLoading.objects.create(centre=centre, planned_for=case[1], done=True)
    before = list(programme.played(centre, case[1]))
    # One post is left without anybody, then no unit of any cast is there any more.
    who = next(line.places[0][0] for line in before if line.places)
    Post.objects.filter(holder_a__username=who).update(holder_a=None, holder_b=None)
    found = list(programme.played(centre, case[1]))
    assert 0 < sum(not line.fits for line in found) < len(found)
    assert who not in {person for line in found for person, _ in line.places}
    assert [line.begun for line in found] == [line.begun for line in before]
    Unit.objects.filter(centre=centre, parent__isnull=False).update(active=False)
    page = client.get("/demo/").content.decode()
    assert f"{programme.CHANGED}。" in page
    assert all(root.number in page for line in before for root in line.begun)
    told = CliRunner().invoke(demo.command, ["--scenes"])
    assert told.exit_code == 0, told.output
    assert programme.CHANGED in told.output


def test_a_scene_that_has_become_shorter_or_was_played_by_another_post_breaks_nothing(
    centre: Any, case: tuple[str, datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The demo was loaded by an older version of the product, or units have changed places since."""
    from lianxin.ops.simulation.scenes import programme

    whole = programme.of(centre)
    shorter = [scene.model_copy(update={"act": scene.act[:1]}) for scene in whole]
    monkeypatch.setattr(programme, "of", lambda _: shorter)
    found = list(programme.played(centre, case[1]))
    assert [line.scene.row for line in found] == sorted(scene.row for scene in whole)
    # Each scene is cast by its turn: with one more before them all, others would be sent to look.
    monkeypatch.setattr(programme, "of", lambda _: [whole[0], *whole])
    assert not all(line.fits for line in programme.played(centre, case[1]))


def test_without_a_demo_there_is_no_such_page(client: Client, db: None) -> None:
    assert client.get("/demo/").status_code == 404
    assert "/demo/" not in client.get("/login/").content.decode()
