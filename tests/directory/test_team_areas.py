"""Circles of areas and the areas of rapid teams: entered by the administrator, read on one datum, within one centre."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client

from lianxin.directory import proof, rosters, snapshot, teams
from lianxin.directory.models import Area, AreaCircle, Roster, TeamArea
from lianxin.rules.datums import Point, metres, of_wgs84

from .conftest import World

START = datetime(2026, 1, 1, 0, 0, tzinfo=UTC)
MIDDLE = Point(117.12, 36.65)


def circle(area: Area, **changes: Any) -> AreaCircle:
    about = {"datum": "wgs84", "longitude": 117.12, "latitude": 36.65, "radius": 2000}
    return AreaCircle.objects.create(area=area, **about | changes)


def rostered(here: World, kind: str = "rapid") -> Roster:
    roster = Roster.objects.create(
        centre=here.centre, post=here.post, kind=kind, start=START, until=START + timedelta(days=1)
    )
    rosters.rotate(roster, [("一队", [here.deputy.pk])], timedelta(hours=8))
    rosters.enact(roster)
    return roster


def slipped_in(here: World, there: World) -> None:
    """Another centre's area, past the form."""
    with transaction.atomic():
        TeamArea.objects.create(post=here.post, area=there.area)
        connection.check_constraints()


def serving(here: World, area: int | None, at: datetime = START) -> int | None:
    return teams.team(snapshot.of(here.centre.pk), here.town.pk, "clerk", area, at)


def test_c28_the_administrator_enters_a_circle_and_reads_what_is_wrong_with_it(here: World, signed_in: Client) -> None:
    said = {"area": here.area.pk, "datum": "bd09", "longitude": "117.132", "latitude": "36.656", "radius": "1500"}
    for name, wrong in (("longitude", "200"), ("latitude", "nan"), ("radius", "0"), ("datum", "cgcs")):
        page = signed_in.post("/admin/directory/areacircle/add/", said | {name: wrong})
        assert page.context["adminform"].form.errors.keys() == {name}, name
    assert signed_in.post("/admin/directory/areacircle/add/", said).status_code == 302
    (made,) = AreaCircle.objects.all()
    assert (made.centre_id, proof.is_ours(made)) == (here.centre.pk, True)
    ((middle, radius),) = teams.ground(snapshot.of(here.centre.pk), here.area.pk)
    assert radius == 1500
    assert metres(of_wgs84(middle, "bd09"), Point(117.132, 36.656)) < 0.1
    assert metres(middle, Point(117.132, 36.656)) > 500, "read as it stood it would lie elsewhere"


def test_c28_a_change_of_a_circle_is_known_at_once(here: World) -> None:
    made = circle(here.area)
    assert teams.ground(snapshot.of(here.centre.pk), here.area.pk)[0].radius == 2000
    made.radius = 500
    made.save()
    assert teams.ground(snapshot.of(here.centre.pk), here.area.pk)[0].radius == 500
    made.delete()
    assert teams.ground(snapshot.of(here.centre.pk), here.area.pk) == ()
    assert teams.ground(snapshot.of(here.centre.pk), None) == ()


def test_c28_the_database_takes_no_circle_that_is_none(here: World) -> None:
    for wrong in ({"longitude": 181}, {"latitude": float("nan")}, {"radius": 0}, {"datum": "cgcs"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            circle(here.area, **wrong)


def test_c28_a_team_is_a_rapid_roster_with_an_area_while_it_is_on_duty(here: World) -> None:
    TeamArea.objects.create(post=here.post, area=here.area)
    below = Area.objects.create(centre=here.centre, name="一村", parent=here.area)
    assert serving(here, here.area.pk) is None, "nobody is on duty"
    roster = rostered(here)
    assert serving(here, here.area.pk) == here.post.pk
    assert serving(here, below.pk) == here.post.pk
    assert serving(here, None) is None
    assert serving(here, here.area.pk, START + timedelta(days=1)) is None, "its roster has ended"
    Roster.objects.filter(pk=roster.pk).update(kind="agents")
    assert serving(here, here.area.pk) is None, "that is no rapid team"


def test_c28_a_team_s_area_is_of_its_centre_in_use_and_named_once(here: World, there: World) -> None:
    with pytest.raises(ValidationError, match="区域必须属于同一中心"):
        TeamArea(post=here.post, area=there.area).full_clean()
    with pytest.raises(IntegrityError):
        slipped_in(here, there)
    TeamArea.objects.create(post=here.post, area=here.area)
    with pytest.raises(ValidationError, match="该队伍已有这一责任区"):
        TeamArea(post=here.post, area=here.area).full_clean()
    closed = Area.objects.create(centre=here.centre, name="旧区", active=False)
    with pytest.raises(ValidationError, match="已停用"):
        TeamArea(post=here.post, area=closed).full_clean()


def test_c28_another_centre_s_places_are_not_seen(here: World, there: World, signed_in: Client) -> None:
    circle(there.area)
    TeamArea.objects.create(post=there.post, area=there.area)
    for table in ("areacircle", "teamarea"):
        assert there.area.name not in signed_in.get(f"/admin/directory/{table}/").content.decode()
    said = {"area": there.area.pk, "datum": "wgs84", "longitude": "117", "latitude": "36", "radius": "10"}
    page = signed_in.post("/admin/directory/areacircle/add/", said)
    assert page.context["adminform"].form.errors.keys() == {"area"}
