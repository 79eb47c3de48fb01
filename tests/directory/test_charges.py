"""Who of a unit's leaders is in charge of what: the map by field and area, and what nobody can write into it.

The clause is D16 (建立分管班子成员负责制); what acts on the map is not here.
"""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from lianxin.directory import administration, proof, snapshot
from lianxin.directory.models import Area, Category, Charge, Post, Unit
from lianxin.directory.roles import Role
from lianxin.directory.sheets import Charges

from .conftest import World
from .test_admin_fence import form_of
from .test_models import refused
from .test_sheets import said, xlsx

HEAD = ("单位编码", "事项分类", "区域", "分管领导岗位", "片区书记或部门负责人岗位")


def post(here: World, role: str, name: str, unit: Unit | None = None) -> Post:
    return Post.objects.create(centre=here.centre, unit=unit or here.town, role=role, name=name)


def line(here: World, deputy: Post, head: Post, **of: Any) -> Charge:
    made = Charge(centre=here.centre, unit=here.town, deputy=deputy, head=head, **of)
    made.full_clean()
    made.save()
    return made


def faults(here: World, **changes: Any) -> dict[str, list[str]]:
    """What is said of the line of `here` with these changes, by field."""
    for name, value in changes.items():
        setattr(here.charge, name, value)
    with pytest.raises(ValidationError) as refused:
        here.charge.full_clean()
    return refused.value.message_dict


@pytest.fixture
def village(here: World) -> Area:
    return Area.objects.create(centre=here.centre, name="前街村", parent=here.area)


def test_d16_names_the_deputy_of_the_field_and_the_head_of_the_area(
    here: World, village: Area, django_assert_num_queries: Any
) -> None:
    """The deepest category first, of these the nearest area, then the lines without."""
    Charge.objects.all().delete()
    first, second = post(here, "line_deputy", "分管城建"), post(here, "hotline_deputy", "分管热线")
    west = post(here, "section_head", "西片区书记", here.village)
    section = post(here, "section_head", "城建办主任")
    field, leaf = here.category, here.leaf
    in_village = line(here, first, west, category=field, area=village)
    of_field = line(here, first, section, category=field)
    of_leaf = line(here, second, section, category=leaf)
    in_town = line(here, second, west, area=here.area)
    rest = line(here, second, here.head)

    asked = {
        (leaf, village): of_leaf,  # deeper than the line of the field in this very village
        (field, village): in_village,
        (field, here.area): of_field,
        (field, None): of_field,
        (None, village): in_town,
        (None, None): rest,
    }
    directory = snapshot.of(here.centre.pk)
    with django_assert_num_queries(0):
        for (category, area), expected in asked.items():
            got = directory.charge(here.town.pk, category and category.pk, area and area.pk)
            assert got
            assert (got.deputy, got.head) == (expected.deputy_id, expected.head_id), (category, area)
            assert (got.category, got.area) == (expected.category_id, expected.area_id)


def test_d16_says_nothing_of_another_field_another_area_or_another_unit(here: World, there: World) -> None:
    other = Category.objects.create(centre=here.centre, name="教育")
    elsewhere = Area.objects.create(centre=here.centre, name="板泉镇")
    directory, town = snapshot.of(here.centre.pk), here.town.pk
    assert directory.charge(town, here.leaf.pk, here.area.pk) is not None
    assert directory.charge(town, other.pk, here.area.pk) is None
    assert directory.charge(town, here.leaf.pk, elsewhere.pk) is None
    assert directory.charge(town, here.leaf.pk, None) is None
    assert directory.charge(here.village.pk, here.leaf.pk, here.area.pk) is None
    assert directory.charge(there.town.pk, there.leaf.pk, there.area.pk) is None
    assert snapshot.of(there.centre.pk).charge(town, here.leaf.pk, here.area.pk) is None


def test_d16_takes_no_post_that_is_not_the_units(here: World, there: World) -> None:
    centre = post(here, "principal", "中心主任", here.root)
    said_of = {
        "deputy": faults(here, deputy=centre),
        "deputy of below": faults(here, deputy=post(here, "principal", "村主任", here.village)),
        "clerk": faults(here, deputy=post(here, "clerk", "干事")),
        "stranger": faults(here, deputy=there.lead),
    }
    assert said_of["deputy"] == said_of["deputy of below"] == {"deputy": ["分管领导必须是该单位自己的岗位。"]}
    assert said_of["stranger"]["deputy"] == ["分管领导必须是该单位自己的岗位。"]
    assert said_of["clerk"]["deputy"][0].startswith("分管领导必须是班子成员的岗位：其他分管负责人、")
    here.charge.deputy = here.lead
    below = "片区书记或部门负责人必须是该单位或其下级单位的岗位。"
    assert faults(here, head=centre) == faults(here, head=there.head) == {"head": [below]}
    same = "片区书记或部门负责人不能与分管领导是同一岗位。"
    assert faults(here, head=here.lead)["head"] == [same]
    assert faults(here, head=here.post)["head"] == ["请选择“片区书记、部门负责人”的岗位。"]
    here.charge.head = post(here, "section_head", "村书记", here.village)
    here.charge.full_clean()


def test_d16_takes_nothing_of_another_centre_and_nothing_out_of_use(here: World, there: World) -> None:
    for name, value in (("unit", there.town), ("category", there.leaf), ("area", there.area)):
        found = faults(here, **{name: value})
        assert found[name][0].endswith("必须属于同一中心。"), name
        setattr(here.charge, name, getattr(here, {"unit": "town"}.get(name, name)))
    Category.objects.filter(pk=here.category.pk).update(active=False)
    here.charge.category = Category.objects.get(pk=here.leaf.pk)
    here.area.active = False
    here.area.save()
    found = faults(here, area=Area.objects.get(pk=here.area.pk))
    assert found == {
        "category": ["事项分类“甲地路灯”已停用，请选择在用的。"],
        "area": ["区域“甲地城区”已停用，请选择在用的。"],
    }


@pytest.mark.parametrize("column", ["unit", "category", "area", "deputy", "head"])
def test_d16_is_of_one_centre_whoever_writes_it(here: World, there: World, column: str) -> None:
    """SQL too."""
    mine = {"deputy": "lead", "unit": "town"}.get(column, column)
    one = Charge.objects.filter(pk=here.charge.pk)
    refused(f"charge_{column}_of_same_centre", lambda: one.update(**{column: getattr(there, mine)}))
    refused("charge_deputy_and_head_differ", lambda: one.update(head=here.lead))


def test_a_field_and_area_stand_once_open_ones_too(here: World) -> None:
    Charge.objects.all().delete()
    line(here, here.lead, here.head)
    with pytest.raises(ValidationError, match="已有分工，请直接修改原有的一条"):
        line(here, here.lead, here.head)
    again = Charge(centre=here.centre, unit=here.town, deputy=here.lead, head=here.head)
    refused("charge_once", again.save)


def test_d16_forgets_a_line_whose_post_was_moved_or_made_another(here: World) -> None:
    """Nobody hands a field to a stranger by moving his post: the line counts for nothing, and it is told."""

    def found() -> Any:
        return snapshot.of(here.centre.pk).charge(here.town.pk, here.leaf.pk, here.area.pk)

    def told() -> bool:
        return any("1 条分工" in notice for notice in administration.notices(here.centre, timezone.now()))

    assert found() is not None
    assert not told()
    for one, changes, back in (
        (here.lead, {"unit": here.village}, {"unit": here.town}),
        (here.lead, {"role": Role.CLERK}, {"role": Role.LINE_DEPUTY}),
        (here.head, {"unit": here.root}, {"unit": here.town}),
    ):
        Post.objects.filter(pk=one.pk).update(**changes)
        assert found() is None
        assert told()
        Post.objects.filter(pk=one.pk).update(**back)
        assert found() is not None


def test_a_line_is_proven_and_renews_the_stamp(here: World) -> None:
    assert proof.is_ours(Charge.objects.get())
    before = snapshot.of(here.centre.pk).stamp
    with connection.cursor() as cursor:
        cursor.execute("UPDATE directory_charge SET area_id = NULL")
    after = snapshot.of(here.centre.pk)
    assert after.stamp != before
    assert after.charges[0].area is None
    assert not proof.is_ours(Charge.objects.get())


def test_the_administrator_writes_it_and_is_told_beside_the_field(signed_in: Client, here: World) -> None:
    address = f"/admin/directory/charge/{here.charge.pk}/change/"
    values = form_of(signed_in.get(address))
    foreign = post(here, "principal", "中心主任", here.root)
    answer = signed_in.post(address, values | {"deputy": foreign.pk})
    assert answer.context["adminform"].form.errors["deputy"] == ["分管领导必须是该单位自己的岗位。"]
    here.charge.refresh_from_db()
    assert here.charge.deputy == here.lead
    other = post(here, "hotline_deputy", "分管热线")
    assert signed_in.post(address, values | {"deputy": other.pk, "area": ""}).status_code == 302
    here.charge.refresh_from_db()
    assert (here.charge.deputy, here.charge.area) == (other, None)


def test_a_sheet_brings_the_map_in_and_says_what_is_wrong_by_row(here: World, there: World) -> None:
    post(here, "section_head", "西片区书记", here.village)
    rows = [
        ("jia-town", "甲地居民生活>甲地路灯", None, "jia-town 甲地分管岗", "jia-village 西片区书记"),
        ("jia-town", None, None, "jia-town 甲地分管岗", "jia-town 甲地片区岗"),
    ]
    outcome = Charges(here.centre).load(xlsx(HEAD, *rows))
    assert str(outcome) == "已新增 2 条，修改 0 条，0 条不变。"
    leaf = Charge.objects.get(category=here.leaf)
    assert (leaf.head.unit, leaf.area) == (here.village, None)
    again = Charges(here.centre)
    assert str(again.load(io.BytesIO(again.export()))) == "已新增 0 条，修改 0 条，3 条不变。"

    wrong = [
        ("jia-town", "路灯", None, "jia-town 甲地分管岗", "jia-town 甲地片区岗"),
        ("jia-town", "甲地居民生活", "甲地城区", "yi-town 乙地分管岗", "jia-town 甲地片区岗"),
        ("yi-town", None, "甲地城区", "jia-town 甲地分管岗", "jia-town 甲地片区岗"),
        ("jia-village", None, None, "jia-town 甲地分管岗", "jia-town 甲地片区岗"),
    ]
    refused = said(Charges(here.centre).load(xlsx(HEAD, *wrong)))
    assert [text.partition("，")[0].partition("。")[0] for text in refused] == [
        "第 2 行“事项分类”：没有分类“路灯”",
        "第 3 行“分管领导岗位”：没有岗位“yi-town 乙地分管岗”",
        "第 4 行“单位编码”：没有编码为“yi-town”的单位",
        "第 5 行“分管领导岗位”：分管领导必须是该单位自己的岗位",
        "第 5 行“片区书记或部门负责人岗位”：片区书记或部门负责人必须是该单位或其下级单位的岗位",
    ]
    assert Charge.objects.filter(centre=here.centre).count() == 3


def test_posts_of_one_name_are_told_apart_in_a_sheet(here: World) -> None:
    post(here, "clerk", "甲地分管岗")
    sheet = Charges(here.centre)
    rows = [list(sheet.describe(found).values()) for found in sheet.existing()]
    assert rows[0][3] == "jia-town 甲地分管岗（其他分管负责人）"
    assert str(sheet.load(io.BytesIO(sheet.export()))) == "已新增 0 条，修改 0 条，1 条不变。"
