"""The centre of the demo before its curtain rises: who is there, and below whom."""

from __future__ import annotations

import pytest

from lianxin.directory import snapshot
from lianxin.directory.models import Staff, Unit
from lianxin.ops.simulation.accounts import ACCOUNTS
from lianxin.ops.simulation.show import CODES, raise_curtain


@pytest.mark.django_db
def test_towns_have_villages_to_hand_down_to_and_every_announced_account_is_there() -> None:
    centre = raise_curtain("a long demo password")
    villages = Unit.objects.filter(centre=centre, type="community")
    assert {(village.parent.name, village.name) for village in villages if village.parent} == {
        ("十字路街道", "柳岸社区"),
        ("大店镇", "前街村"),
        ("大店镇", "后岭村"),
    }
    assert not any(village.ranking_group for village in villages), "they stand in no league table"
    town = Unit.objects.get(centre=centre, code="dadian")
    assert snapshot.of(centre.pk).within(town.pk) == {
        town.pk,
        *villages.filter(parent=town).values_list("pk", flat=True),
    }
    names = set(Staff.objects.values_list("username", flat=True))
    assert {name for name, _ in ACCOUNTS["junan"]} <= names


@pytest.mark.django_db
def test_zhoucun_has_its_accounts_its_leaders_and_one_unit_that_lacks_its_deputy() -> None:
    for code in CODES:
        raise_curtain("a long demo password", code)
    names = set(Staff.objects.values_list("username", flat=True))
    assert {name for accounts in ACCOUNTS.values() for name, _ in accounts} <= names
    bodies = Unit.objects.filter(centre__code="zhoucun", type="body").values_list("code", flat=True)
    assert set(bodies) == {"deputy_head", "head", "party_head", "inspect", "media"}
    directory = snapshot.of(Unit.objects.filter(centre__code="zhoucun")[0].centre_id)
    bare = {unit.code for unit in directory.units.values() if not directory.posts_at(unit.id, "hotline_deputy")}
    assert bare - {*bodies, "centre", "aiguo", "dongwu"} == {"wenchang"}


@pytest.mark.django_db
def test_a_town_has_divided_its_work_and_some_towns_have_their_full_time_staff() -> None:
    directory = snapshot.of(raise_curtain("a long demo password").pk)
    town = directory.unit_by_code["dadian"]
    fields = {category.name: category.id for category in directory.categories.values()}
    areas = {area.name: area.id for area in directory.areas.values()}

    def charge(field: str, area: str) -> tuple[str, str]:
        line = directory.charge(town.id, fields[field], areas[area])
        assert line
        return directory.posts[line.deputy].name, directory.posts[line.head].name

    assert charge("市容环境", "大店镇") == ("分管城建环保班子成员", "综合执法办公室主任")
    assert charge("土地承包", "西部片区") == ("分管农业农村班子成员", "西部片区书记")
    assert charge("医疗保险", "东部片区") == ("其他分管负责人", "东部片区书记")
    assert charge("医疗保险", "大店镇") == ("分管热线负责人", "片区书记、部门负责人")
    assert not directory.division.misplaced
    assert [person.unit for person in directory.staff.values() if person.full_time].count(town.id) == 2
