"""Types and groups of units are the pack's: offered and checked where they are given, told where a pack lacks them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from tests.rulebooks import three_groups

from lianxin.directory import named, snapshot
from lianxin.directory.administration import notices
from lianxin.directory.founding import found
from lianxin.directory.models import PolicyVersion, Post, Unit
from lianxin.directory.roles import Role
from lianxin.directory.sheets import Units

from .conftest import MONDAY, World, build
from .test_sheets import UNITS, said, xlsx


@pytest.fixture
def packs(tmp_path: Path) -> Iterator[None]:
    with three_groups(tmp_path):
        yield


@pytest.fixture
def three(packs: None, here: World) -> World:
    """A centre that came under a pack of three groups a day ago, with the units that it had."""
    policy = PolicyVersion(centre=here.centre, pack_id="three", effective_from=MONDAY.date() - timedelta(days=1))
    policy.full_clean()
    policy.save()
    return here


def zone(world: World, **values: str) -> Unit:
    return Unit(
        **{
            "centre": world.centre,
            "parent": world.root,
            "code": "z1",
            "name": "高新板块",
            "type": "zone",
            "ranking_group": "zones",
            **values,
        }
    )


def test_a_unit_takes_the_types_and_groups_of_the_pack(three: World):
    zone(three).full_clean()
    zone(three, ranking_group="").full_clean()
    with pytest.raises(
        ValidationError, match="现行规则包没有单位类型“town”，请选：热线中心、分中心、街道、部门、板块、"
    ):
        zone(three, type="town").full_clean()
    with pytest.raises(ValidationError, match="现行规则包没有排名组“town”，请选：街道、区直部门、板块，或不参加排名。"):
        zone(three, ranking_group="town").full_clean()
    with pytest.raises(ValidationError, match="“板块”类型的单位不能排在“街道”，只能排在：板块。"):
        zone(three, ranking_group="streets").full_clean()
    with pytest.raises(ValidationError, match="“村（社区）”类型的单位不能排在“街道”，不参加排名。"):
        zone(three, type="community", ranking_group="streets").full_clean()


def test_a_unit_whose_codes_the_pack_lacks_can_still_be_edited(three: World):
    three.town.name = "改了名的镇"
    three.town.full_clean()
    three.town.save()
    three.town.ranking_group = "streets"
    three.town.full_clean()  # the type that it had stays, whatever group it gets
    three.town.type = "department"
    with pytest.raises(ValidationError, match="现行规则包没有单位类型“department”"):
        three.town.full_clean()


def test_what_stands_together_against_the_pack_of_today_can_still_be_edited(three: World):
    """Ranked among the streets under the rules of before: the name is mended without a word about that."""
    ranked = zone(three, ranking_group="streets")
    ranked.save()
    ranked.name = "改了名的板块"
    ranked.full_clean()


def test_codes_that_the_pack_lacks_are_told_to_the_administrator(three: World, there: World):
    told = [sentence for sentence in notices(three.centre, MONDAY) if "现行规则包中没有" in sentence]
    assert told == [
        "有 1 个单位的类型“centre”，现行规则包中没有；照常办理工单，各处按代码显示。请到“单位”中改选类型。",
        "有 1 个单位的类型“town”，现行规则包中没有；照常办理工单，各处按代码显示。请到“单位”中改选类型。",
        "有 1 个单位的排名组“town”，现行规则包中没有；照常计数，指标页单列在“town”之下，不进通报附表。"
        "请到“单位”中改选排名组。",
    ]
    assert not [sentence for sentence in notices(there.centre, MONDAY) if "现行规则包中没有" in sentence]
    Unit.objects.filter(pk=three.root.pk).update(type="hub")
    Unit.objects.filter(pk=three.town.pk).update(active=False)
    assert named.unnamed(snapshot.of(three.centre.pk), MONDAY) == []


def test_sheets_offer_and_take_the_pack_s_titles(three: World):
    rows = [UNITS, ("z1", "高新板块", "板块", "板块", None, 1, None), ("s1", "中山路", "街道", "街道", None, 2, None)]
    assert said(Units(three.centre).load(xlsx(*rows))) == []
    assert Unit.objects.get(code="z1").type == "zone"
    wrong = Units(three.centre).check(xlsx(UNITS, ("x", "一局", "企业", "部门单位", None, 1, None)))
    listed = "热线中心、分中心、街道、部门、板块、村（社区）"
    assert said(wrong) == [
        f"第 2 行“类型”：“企业”不可用，请填：{listed}、centre、town。",
        "第 2 行“排名组”：“部门单位”不可用，请填：街道、区直部门、板块、town。",
    ]


def test_a_sheet_comes_back_as_it_went_out_whatever_the_pack_lacks(three: World):
    content = Units(three.centre).export()
    cells = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(content)).active.iter_rows()]
    assert ["jia-town", "甲地大店镇", "town", "town"] in [[row[0], row[1], *row[3:5]] for row in cells]
    again = Units(three.centre).load(io.BytesIO(content))
    assert (said(again), again.unchanged) == ([], 3)


def test_the_centre_s_posts_stand_where_the_pack_says(three: World):
    # serves_as = "sub_centre"
    unit = zone(three, code="b1", name="东分中心", type="branch", ranking_group="")
    unit.save()
    post = Post(centre=three.centre, unit=unit, role=Role.AGENT, name="坐席")
    post.full_clean()
    with pytest.raises(ValidationError, match="岗位只能设在热线中心或分中心"):
        Post(centre=three.centre, unit=zone_saved(three), role=Role.AGENT, name="坐席").full_clean()
    # Of a type that the rules do not know nobody can say: what stands there stays, nothing new comes.
    post.save()
    Unit.objects.filter(pk=unit.pk).update(type="gone")
    post.refresh_from_db()
    post.full_clean()
    with pytest.raises(ValidationError, match="岗位只能设在热线中心或分中心"):
        Post(centre=three.centre, unit=post.unit, role=Role.AUDITOR, name="审核").full_clean()


def zone_saved(world: World) -> Unit:
    unit = zone(world)
    unit.save()
    return unit


@pytest.mark.django_db
def test_a_centre_is_founded_under_the_type_that_its_pack_has(packs: None):
    centre = found(code="bei", name="北区热线中心", pack_id="three", effective_from=MONDAY.date())
    assert centre.units.get(parent=None).type == "hub"
    assert found(code="xi", name="西区热线中心").units.get(parent=None).type == "centre"


def test_the_admin_offers_the_pack_s_lists_and_keeps_what_stands_there(three: World, client: Client):
    client.force_login(three.admin)
    zone(three).save()
    page = client.get("/admin/directory/unit/").content.decode()
    assert ">板块</td>" in page
    assert ">town</td>" in page
    assert "?type=zone" in page
    assert "town（现行规则包中没有）" in page
    assert "1 单位" in client.get("/admin/directory/unit/?ranking_group=zones").content.decode()
    form = client.get(f"/admin/directory/unit/{three.town.pk}/change/").content.decode()
    assert '<option value="town" selected>town（现行规则包中没有）</option>' in form
    assert '<option value="zone">板块</option>' in form
    assert '<option value="">不参加排名</option>' in form
    assert "镇街" not in form
    add = client.get("/admin/directory/unit/add/").content.decode()
    assert "现行规则包中没有" not in add
    data = {"centre": three.centre.pk, "parent": three.root.pk, "code": "s1", "name": "中山路", "position": 1}
    bad = client.post("/admin/directory/unit/add/", data | {"type": "street", "ranking_group": "zones"})
    assert "“街道”类型的单位不能排在“板块”，只能排在：街道。" in bad.content.decode()
    assert client.post("/admin/directory/unit/add/", data | {"type": "street", "ranking_group": "streets"}).url
    assert Unit.objects.get(code="s1").ranking_group == "streets"


def test_a_longer_list_costs_no_more(three: World, client: Client):
    client.force_login(three.admin)

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/admin/directory/unit/").status_code == 200
        return len(asked)

    statements()  # what is read once a process
    few = statements()
    for number in range(9):
        zone(three, code=f"z{number}", name=f"板块{number}").save()
    statements()  # the directory is read anew after a change
    assert statements() == few


@pytest.mark.django_db
def test_a_superuser_is_offered_what_any_centre_names(packs: None, admin_client: Client):
    world = build("jia", "甲地")
    found(code="bei", name="北区热线中心", pack_id="three", effective_from=MONDAY.date())
    add = admin_client.get("/admin/directory/unit/add/").content.decode()
    assert ">镇街</option>" in add
    assert ">板块</option>" in add
    data = {"centre": world.centre.pk, "parent": world.root.pk, "code": "s1", "name": "中山路", "position": 1}
    bad = admin_client.post("/admin/directory/unit/add/", data | {"type": "street", "ranking_group": ""})
    assert "现行规则包没有单位类型“street”" in bad.content.decode()
