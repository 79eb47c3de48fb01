"""What the tables refuse, who holds a post, and what is in force."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from lianxin.directory.models import (
    Category,
    Holiday,
    PolicyVersion,
    Post,
    Unit,
)
from lianxin.directory.roles import CENTRE_ROLES, Role
from lianxin.rules import context, lifecycle, policy
from lianxin.rules.worktime import OfficeHours

from .conftest import MONDAY, World


def refused(rule: str, change) -> None:
    """The database itself refuses it, by the constraint of that name."""

    def change_and_check() -> None:
        change()
        connection.check_constraints()

    with transaction.atomic(), pytest.raises(IntegrityError, match=rule), transaction.atomic():
        change_and_check()


def write_pack(folder: Path, pack: str, rest: str = "") -> None:
    """A pack that is the base's rules under another name."""
    shutil.copy(policy.POLICIES / "base.toml", folder)
    head = f'[pack]\nid = "{pack}"\ntitle = "规则"\nversion = "1"\nextends = "base"\neffective = 2021-01-01\n'
    (folder / f"{pack}.toml").write_text(head + rest, encoding="utf-8")


def test_a_centre_has_exactly_one_root_and_it_is_the_centre(here: World):
    def unit(**values) -> Unit:
        return Unit(**{"centre": here.centre, "code": "x", "name": "新单位", "parent": here.root, **values})

    refused("unit_one_root_a_centre", unit(type="centre", parent=None).save)
    with pytest.raises(ValidationError, match="最上级单位的类型只能是“热线中心”，其他单位都要选择上级单位。"):
        unit(type="town", parent=None).full_clean()
    with pytest.raises(ValidationError, match="“热线中心”只能是最上级单位"):
        unit(type="centre").full_clean()


def test_unit_codes_are_unique_in_a_centre_only(here: World, there: World):
    def unit(world: World):
        return Unit.objects.create(
            centre=world.centre, code=here.town.code, name="同码", type="bank", parent=world.root
        )

    refused("unit_code_unique_in_centre", lambda: unit(here))
    assert unit(there).pk


def test_d15_companies_hospitals_banks_and_insurers_are_units(here: World):
    kinds = {"enterprise": "企业", "hospital": "医院", "bank": "银行保险"}
    for kind, name in kinds.items():
        unit = Unit(centre=here.centre, parent=here.root, code=kind, name=name, type=kind, ranking_group="department")
        unit.full_clean()
        unit.save()
    assert {unit.type for unit in here.centre.units.filter(ranking_group="department")} == {*kinds}


def test_a37_towns_and_departments_are_never_ranked_together(here: World):
    here.town.ranking_group = "department"
    with pytest.raises(ValidationError, match="“镇街”类型的单位不能排在“县直部门单位”，只能排在：镇街。"):
        here.town.full_clean()
    here.village.ranking_group = "town"
    with pytest.raises(ValidationError, match="“村（社区）”类型的单位不能排在“镇街”，只能排在：县直部门单位。"):
        here.village.full_clean()


def test_a_unit_cannot_stand_below_itself(here: World):
    here.town.parent = here.village
    with pytest.raises(ValidationError, match="不能是本单位或其下级单位"):
        here.town.full_clean()


@pytest.mark.parametrize(
    ("table", "field", "target"),
    [
        ("village", "parent", "town"),
        ("clerk", "unit", "town"),
        ("post", "unit", "town"),
        ("post", "holder_a", "clerk"),
        ("post", "holder_b", "clerk"),
        ("leaf", "parent", "category"),
    ],
)
def test_nothing_points_into_another_centre(here: World, there: World, table: str, field: str, target: str):
    row = getattr(here, table)
    setattr(row, field, getattr(there, target))
    with pytest.raises(ValidationError, match="同一中心"):
        row.full_clean()
    refused("of_same_centre", row.save)


def test_a_category_has_the_level_below_its_parent_and_three_at_most(here: World):
    third = Category.objects.create(centre=here.centre, name="路灯不亮", parent=here.leaf)
    assert (here.category.level, here.leaf.level, third.level) == (1, 2, 3)
    assert third.path() == ("甲地居民生活", "甲地路灯", "路灯不亮")
    with pytest.raises(ValidationError, match="类别最多3级"):
        Category(centre=here.centre, name="更细", parent=third).full_clean()
    refused("category_three_levels", lambda: Category.objects.create(centre=here.centre, name="更细", parent=third))
    here.leaf.parent = None
    with pytest.raises(ValidationError, match="还有下级类别"):
        here.leaf.full_clean()


def test_a_and_b_are_two_people(here: World):
    refused("post_a_and_b_differ", lambda: Post.objects.filter(pk=here.post.pk).update(holder_b=here.clerk))


def test_the_centres_own_posts_stand_in_the_centre(here: World):
    with pytest.raises(ValidationError, match="只能设在热线中心或分中心"):
        Post(centre=here.centre, unit=here.town, role=Role.DISPATCHER).full_clean()


def test_the_rules_know_the_same_roles():
    assert set(context.ROLES) == set(Role)
    assert lifecycle.CENTRE <= CENTRE_ROLES
    assert not lifecycle.UNIT & CENTRE_ROLES


def test_the_calendar_follows_the_centres_own_days(here: World, there: World):
    friday = date(2021, 10, 29)
    assert (
        here.centre.calendar(MONDAY).add_workdays(date(2021, 10, 26), 2) == friday
    )  # the 27th is off, by its own table
    Holiday.objects.create(centre=here.centre, day=friday, is_workday=False)
    assert not here.centre.calendar(MONDAY).is_workday(friday)
    assert there.centre.calendar(MONDAY).is_workday(friday)


def test_office_hours_come_from_the_pack(here: World, monkeypatch, tmp_path):
    monkeypatch.setenv("LIANXIN_POLICIES", str(tmp_path))
    assert here.centre.calendar(MONDAY).office == policy.find("base", policy.POLICIES).office.hours, "no file is asked"
    long_before = MONDAY.replace(year=2020)
    assert here.centre.calendar(long_before).office == OfficeHours(), "without a pack the days off are known"
    rule = '[[rule]]\nid = "early:office"\ntitle = "夏令时间"\nclause = "上午七时半上班"\nsets = ["office.hours"]\n'
    write_pack(tmp_path, "early", f'{rule}[office]\nhours = ["07:30-11:30"]\n')
    here.centre.policies.create(pack_id="early", effective_from=date(2022, 6, 1))
    june = MONDAY.replace(year=2022, month=6)
    assert here.centre.calendar(june).office == OfficeHours.parse(["07:30-11:30"])
    assert here.centre.calendar(MONDAY).office != here.centre.calendar(june).office, "what is to come is not yet so"
    assert here.centre.calendar(MONDAY) is here.centre.calendar(MONDAY)


def test_the_policy_in_force_is_the_last_that_has_begun(here: World, monkeypatch, tmp_path):
    for pack in ("old", "new"):
        write_pack(tmp_path, pack)
    monkeypatch.setenv("LIANXIN_POLICIES", str(tmp_path))
    here.policy.delete()
    with pytest.raises(PolicyVersion.DoesNotExist, match="尚无生效的规则版本"):
        PolicyVersion.in_force(here.centre, MONDAY)
    for pack, day in (("old", date(2021, 1, 1)), ("new", date(2021, 10, 26))):
        version = PolicyVersion(centre=here.centre, pack_id=pack, effective_from=day)
        version.full_clean()
        version.save()
    assert version.version == "1"
    assert PolicyVersion.in_force(here.centre, MONDAY).id == "old"
    midnight = MONDAY.replace(hour=16)  # 00:00 of the 26th in Shanghai
    assert PolicyVersion.in_force(here.centre, midnight).id == "new"
    assert PolicyVersion.in_force(here.centre, midnight - timedelta(seconds=1)).id == "old"
    with pytest.raises(ValidationError, match="pack_id"):
        PolicyVersion(centre=here.centre, pack_id="none", effective_from=date(2022, 1, 1)).full_clean()
