"""What units lack of posts and people: B27 (明确分管负责人、具体工作人员), D19 (配备 2 名专职工作人员)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.cast import Cast, _post, body, make_cast
from tests.rulebooks import shelf

from lianxin.directory import administration, snapshot, staffing
from lianxin.directory.models import Absence, Post, Staff, Unit

NO_DEPUTY, NO_CLERK = "没有在岗的分管热线负责人", "没有在岗的经办人"


def short(cast: Cast, at: datetime | None = None) -> dict[str, tuple[str, ...]]:
    """By the code of each unit that lacks something, what that is."""
    found = staffing.short(snapshot.of(cast.centre.pk), at or timezone.now())
    return {line.unit.code: line.missing for line in found}


def at_work(cast: Cast, *who: str, full_time: bool = True) -> None:
    Staff.objects.filter(pk__in=[cast.staff[one].pk for one in who]).update(full_time=full_time)


@pytest.fixture
def base(db: None) -> Cast:
    return make_cast("chenghe", "base")


@pytest.fixture
def junan(db: None) -> Cast:
    return make_cast("junan", "junan-2021")


def test_b27_a_unit_without_deputy_or_clerk_in_office_is_told(base: Cast) -> None:
    assert short(base) == {}
    base.posts["hotline_deputy@bureau"].delete()
    clerk = base.posts["clerk@heat"]
    Post.objects.filter(pk=clerk.pk).update(holder_b=None)
    assert short(base) == {"bureau": (NO_DEPUTY,)}
    base.staff["clerk@heat"].is_active = False
    base.staff["clerk@heat"].save()
    assert short(base) == {"bureau": (NO_DEPUTY,), "heat": (NO_CLERK,)}
    new = Unit.objects.create(centre=base.centre, parent=base.units["centre"], code="new", name="新单位", type="bank")
    assert short(base)["new"] == (NO_DEPUTY, NO_CLERK)
    Unit.objects.filter(pk=new.pk).update(active=False)
    assert "new" not in short(base)


def test_b27_whoever_is_away_for_a_day_is_in_office_and_a_part_of_a_unit_needs_nobody(base: Cast) -> None:
    now = timezone.now()
    Post.objects.filter(pk=base.posts["clerk@heat"].pk).update(holder_b=None)
    away = Absence.objects.create(staff=base.staff["clerk@heat"], start=now, end=now + timedelta(days=1))
    assert short(base, now) == {}
    Absence.objects.filter(pk=away.pk).update(end=None)
    assert short(base, now) == {"heat": (NO_CLERK,)}, "away until further notice"
    assert short(base, now - timedelta(minutes=1)) == {}
    away.delete()
    body(base, roles=())
    for post in ("clerk@village", "hotline_deputy@village"):
        base.posts[post].delete()
    assert short(base) == {}, "neither a village of the town nor a body that handles nothing"


def test_b27_which_posts_are_asked_for_is_the_packs(base: Cast, tmp_path: Path) -> None:
    def change(book: dict[str, Any]) -> None:
        book["units"]["staffing"]["posts"] = ["line_deputy"]

    base.posts["hotline_deputy@bureau"].delete()
    _post(base, "line_deputy@town", base.units["town"], "line_deputy")
    with shelf(tmp_path) as books:
        books.adopt(base, change)
        assert short(base) == dict.fromkeys(("bureau", "heat"), ("没有在岗的其他分管负责人",))
        books.adopt(base, lambda book: book["units"]["staffing"].update(posts=[]))
        assert short(base) == {}


def test_d19_a_town_with_fewer_than_two_full_time_persons_is_told(junan: Cast) -> None:
    """Towns alone: no department is asked."""
    assert short(junan) == {"town": ("专职人员 0 名，应不少于 2 名",)}
    at_work(junan, "clerk@town")
    assert short(junan) == {"town": ("专职人员 1 名，应不少于 2 名",)}
    at_work(junan, "clerk@town:b")
    assert short(junan) == {}


def test_d19_nobody_counts_twice_or_from_elsewhere_or_who_has_gone(junan: Cast) -> None:
    one = {"town": ("专职人员 1 名，应不少于 2 名",)}
    at_work(junan, "clerk@town", "clerk@heat", "clerk@village")
    # A second post of the same person; whoever belongs to the town, with a post elsewhere only.
    Post.objects.filter(pk=junan.posts["hotline_deputy@town"].pk).update(holder_a=junan.staff["clerk@town"])
    Staff.objects.filter(pk=junan.staff["clerk@heat"].pk).update(unit=junan.units["town"])
    assert short(junan) == one
    # Full-time, of the town, and at no post at all.
    Staff.objects.create_user("idle", name="无岗", centre=junan.centre, unit=junan.units["town"], full_time=True)
    assert short(junan) == one
    at_work(junan, "principal@town")
    assert short(junan) == {}
    principal = Staff.objects.filter(pk=junan.staff["principal@town"].pk)
    principal.update(is_active=False)
    assert short(junan) == one
    principal.update(is_active=True)
    Absence.objects.create(staff=junan.staff["principal@town"], start=timezone.now() - timedelta(hours=1))
    assert short(junan) == one


def test_d19_how_many_and_where_is_the_packs(base: Cast, tmp_path: Path) -> None:
    at_work(base, "clerk@town", "clerk@bureau", "clerk@bureau:b")
    town = {"town": ("专职人员 1 名，应不少于 2 名",)}
    with shelf(tmp_path) as books:

        def adopted(full_time: int, *among: str) -> dict[str, tuple[str, ...]]:
            books.adopt(base, lambda book: book["units"]["staffing"].update(full_time=full_time, among=list(among)))
            return short(base)

        assert adopted(2) == town | {"heat": ("专职人员 0 名，应不少于 2 名",)}
        assert adopted(2, "town") == town
        assert adopted(2, "bank") == {}
        assert adopted(3, "department")["bureau"] == ("专职人员 2 名，应不少于 3 名",)
        assert adopted(0) == {}


def test_a_pack_of_before_asks_nothing(base: Cast) -> None:
    """One that was adopted when there was no such section."""
    old = snapshot.of(base.centre.pk).pack(timezone.now())
    units = old.units.model_validate({name: getattr(old.units, name) for name in ("types", "groups")})
    base.posts["clerk@heat"].delete()
    now = old.model_copy(update={"units": units})
    lines = staffing.lines(snapshot.of(base.centre.pk), now, timezone.now())
    assert [line.unit.code for line in lines if line.missing] == []


def test_it_asks_the_database_nothing(junan: Cast, django_assert_num_queries: Any) -> None:
    directory, now = snapshot.of(junan.centre.pk), timezone.now()
    pack = directory.pack(now)
    with django_assert_num_queries(0):
        assert len(staffing.lines(directory, pack, now)) == 3


def test_b27_the_administrator_is_told(base: Cast, client: Client) -> None:
    admin = base.staff["admin"]
    Staff.objects.filter(pk=admin.pk).update(is_staff=True)
    admin.refresh_from_db()
    client.force_login(admin)
    assert not any("配备不齐" in notice for notice in administration.notices(base.centre, timezone.now()))
    assert NO_CLERK not in client.get("/admin/directory/unit/").content.decode()
    base.posts["clerk@heat"].delete()
    told = [notice for notice in administration.notices(base.centre, timezone.now()) if "配备不齐" in notice]
    assert told == ["热力公司 1 个单位配备不齐。请到“单位”中看“配备”一栏，在“岗位”“人员”中补齐。"]
    heat, town = base.units["heat"].pk, base.units["town"].pk
    assert client.get("/admin/directory/unit/").content.decode().count(NO_CLERK) == 1
    assert NO_CLERK in client.get(f"/admin/directory/unit/{heat}/change/").content.decode()
    assert NO_CLERK not in client.get(f"/admin/directory/unit/{town}/change/").content.decode()
    assert client.get("/admin/directory/unit/add/").status_code == 200
