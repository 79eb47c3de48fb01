"""Types and groups of units, layers of call-backs, reasons for a return: as many as a pack names, and named rightly."""

from __future__ import annotations

from pathlib import Path

import pytest

from lianxin.rules import policy
from lianxin.rules.policy_explain import explain
from lianxin.rules.policy_grid import Grid

HEAD = """
[pack]
id = "district"
title = "三组规则"
version = "1"
effective = 2024-01-01
extends = "base"

[[rule]]
id = "A37"
title = "街道、部门、板块分别排名"
clause = "街道、部门、板块分别排名"
sets = ["units", "callback", "petition.return", "bulletin.weekly"]
"""
UNITS = """
[units]
types = [
    { code = "hub", title = "热线中心", serves_as = "centre" },
    { code = "street", title = "街道", groups = ["streets"] },
    { code = "office", title = "部门", groups = ["offices"] },
    { code = "zone", title = "板块", groups = ["zones"] },
]
groups = [
    { code = "streets", title = "街道" },
    { code = "offices", title = "区直部门" },
    { code = "zones", title = "板块" },
]
"""
LAYERS = """
[callback]
layers = [{ code = "province", title = "省级" }, { code = "city", title = "市级" }, { code = "own", title = "区级" }]
own_layer = "own"
assess_layer = "province"
"""
REASONS = """
[petition.return]
reasons = [{ code = "border", title = "辖区交界" }]
"""
AREAS = """
[bulletin.weekly]
areas = [{ group = "zones", title = "板块", top = 3, share = "department_share" }]
annexes = [{ group = "zones", title = "板块", note = "无。", columns = [{ title = "承办量", of = "handled" }] }]
"""
LADDER = """
[[ladder]]
id = "B32"
title = "后两位约谈"
clause = "后两位约谈"
every = "week"
among = ["streets", "zones"]
rank_by = "result_satisfaction"
take = "last 2"
consequence = { kind = "talk", by = "热线中心" }
"""
CLOCK = """
[[clock]]
id = "B10"
title = "签收"
clause = "板块一小时内签收"
kind = "sign"
on = "share"
from = "dispatch"
until = "sign"
allow = "60 minutes"
when = "share.unit_group == 'zones' && share.unit_type in ['zone', 'street']"
"""
WHOLE = HEAD + UNITS + LAYERS + REASONS + AREAS + LADDER + CLOCK


def load(folder: Path, text: str) -> policy.Pack:
    path = folder / "district.toml"
    path.write_text(text, encoding="utf-8")
    return policy.load(path)


def test_a_pack_names_as_many_as_it_wants(tmp_path: Path):
    pack = load(tmp_path, WHOLE)
    assert [group.code for group in pack.units.groups] == ["streets", "offices", "zones"]
    assert [layer.code for layer in pack.callback.layers] == ["province", "city", "own"]
    assert (pack.units.type_title("zone"), pack.units.group_title("offices")) == ("板块", "区直部门")
    assert (pack.callback.layer_title("own"), pack.callback.upper_layer) == ("区级", "province")
    assert pack.petition.return_.reason_title("border") == "辖区交界"


def test_what_a_pack_lacks_is_called_by_its_code(tmp_path: Path):
    pack = load(tmp_path, WHOLE)
    assert pack.units.type_of("town") is None
    assert (pack.units.type_title("town"), pack.units.group_title("town")) == ("town", "town")
    assert (pack.callback.layer_title("moon"), pack.callback.grade_title("five")) == ("moon", "five")
    assert pack.petition.return_.reason_title("not_duty") == "not_duty"


def test_a_centre_of_one_layer_has_no_upper_one(tmp_path: Path):
    one = '[callback]\nlayers = [{ code = "own", title = "区级" }]\nown_layer = "own"\nassess_layer = "own"\n'
    assert load(tmp_path, WHOLE.replace(LAYERS, one)).callback.upper_layer == "own"


def test_explain_says_the_pack_s_own_words(tmp_path: Path):
    said = "\n".join(explain(load(tmp_path, WHOLE), {}))
    assert "街道、板块分别排名" in said
    assert "排名分组为“板块”" in said
    assert "满意率采用的回访层级 省级" in said
    assert "板块前 3 位" in said
    assert "退单理由 辖区交界" in said
    assert "zones" not in said


@pytest.mark.parametrize(
    ("old", "new", "rule", "field", "expected"),
    [
        ('among = ["streets", "zones"]', 'among = ["streets", "town"]', "B32", "among", "没有“town”"),
        (
            'annexes = [{ group = "zones"',
            'annexes = [{ group = "moon"',
            "[bulletin.weekly]",
            "annexes.1.group",
            "没有“moon”",
        ),
        ('areas = [{ group = "zones"', 'areas = [{ group = "moon"', "[bulletin.weekly]", "areas.1.group", "没有“moon”"),
        (
            'share = "department_share"',
            'share = "moon_share"',
            "[bulletin.weekly]",
            "areas.1.share",
            "没有“moon_share”",
        ),
        (
            'share = "department_share"',
            'share = "closing_rate"',
            "[bulletin.weekly]",
            "areas.1.share",
            "不能用“closed”、“handled”",
        ),
        (
            'areas = [{ group = "zones"',
            'areas = [{ group = "zones", title = "一", top = 2, share = "town_share" }, { group = "zones"',
            "[bulletin.weekly]",
            "areas",
            "“zones”有 2 句",
        ),
        ('own_layer = "own"', 'own_layer = "moon"', "[callback]", "own_layer", "province、city、own"),
        ('assess_layer = "province"', 'assess_layer = "district"', "[callback]", "assess_layer", "没有“district”"),
        ('groups = ["zones"]', 'groups = ["moon"]', "[units]", "types.4.groups", "没有“moon”"),
        (', serves_as = "centre"', "", "[units]", "types", "现为：没有"),
        ('groups = ["streets"] }', 'serves_as = "centre" }', "[units]", "types", "hub、street"),
        ('code = "offices", title', 'code = "zones", title', "设置", "units.groups", "“zones”出现 2 次"),
        ('code = "office", title', 'code = "zone", title', "设置", "units.types", "“zone”出现 2 次"),
        ('code = "city", title', 'code = "own", title', "设置", "callback.layers", "“own”出现 2 次"),
        ('title = "市级"', 'title = "市级", also = ["区级"]', "设置", "callback.layers", "“区级”出现 2 次"),
        ('title = "区直部门"', 'title = "街道"', "设置", "units.groups", "“街道”出现 2 次"),
        ('[{ code = "border", title = "辖区交界" }]', "[]", "设置", "petition.return.reasons", "非空的一项"),
        ('"province", title = "省级" }', '"a-layer-with-a-long-code", title = "省级" }', "设置", "layers.1.code", ""),
        ("unit_group == 'zones'", "unit_group == 'town'", "B10", "when", "不能是 town"),
        ("['zone', 'street']", "['zone', 'town']", "B10", "when", "不能是 town"),
    ],
)
def test_what_names_nothing_is_refused(tmp_path: Path, old: str, new: str, rule: str, field: str, expected: str):
    assert old in WHOLE
    with pytest.raises(policy.PolicyError) as caught:
        load(tmp_path, WHOLE.replace(old, new))
    found = [problem for problem in caught.value.problems if problem.rule == rule and field in problem.field]
    assert any(expected in problem.expected for problem in found), caught.value.problems


@pytest.mark.parametrize("name", ["types", "groups"])
def test_no_list_of_units_is_empty(tmp_path: Path, name: str):
    with pytest.raises(policy.PolicyError) as caught:
        load(tmp_path, HEAD + f"\n[units]\n{name} = []\n")
    assert any(f"units.{name}" in problem.field for problem in caught.value.problems)


def test_a_row_of_the_base_that_names_what_the_pack_dropped_is_told(tmp_path: Path):
    below = tmp_path / "below.toml"
    below.write_text(WHOLE.replace('id = "district"', 'id = "below"'), encoding="utf-8")
    units = UNITS.replace('"streets"', '"quarters"')
    text = HEAD.replace('"base"', '"below"') + units
    with pytest.raises(policy.PolicyError) as caught:
        load(tmp_path, text)
    assert {problem.rule for problem in caught.value.problems} == {"B32"}


def test_the_grid_asks_each_type_and_group_of_the_pack_and_no_group(tmp_path: Path):
    axes = Grid(load(tmp_path, WHOLE)).axes("sign", "dispatch")
    assert axes["share", "unit_group"] == ("streets", "offices", "zones", "")
    assert axes["share", "unit_type"] == ("hub", "street", "office", "zone")


@pytest.mark.parametrize(
    ("staffing", "said"),
    [
        ('{ among = ["town"] }', "[units] types 中的单位类型（hub、street、office、zone），没有“town”"),
        (
            '{ posts = ["dispatcher"] }',
            "承办单位的岗位（clerk、discipline、hotline_deputy、line_deputy、principal、section_head），没有“dispatcher”",
        ),
        ("{ full_time = -1 }", "不小于 0 的数"),
        ("{ full_time = 1001 }", "不大于 1000 的数"),
    ],
)
def test_what_a_unit_must_have_names_types_and_posts_that_there_are(tmp_path: Path, staffing: str, said: str):
    text = HEAD + UNITS + f"staffing = {staffing}\n" + LAYERS + REASONS + AREAS
    with pytest.raises(policy.PolicyError) as refused:
        load(tmp_path, text)
    assert any(said in problem.expected for problem in refused.value.problems)


def test_explain_says_what_a_unit_must_have_by_titles(tmp_path: Path):
    text = HEAD + UNITS + 'staffing = { full_time = 2, among = ["street"] }\n' + LAYERS + REASONS + AREAS
    lines = list(explain(load(tmp_path, text), {}))
    assert any("必设的岗位 分管热线负责人、经办人；专职人员不少于 2 名（街道）" in line for line in lines)
