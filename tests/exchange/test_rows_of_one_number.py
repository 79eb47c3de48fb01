"""The usual export has a row for each unit: rows of one number are one order, and what they say is not lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cast import Cast, shanghai

from lianxin.directory.models import Area
from lianxin.exchange import faults, imports
from lianxin.exchange.files import FileError, Source
from lianxin.exchange.maps import Map
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share

from .conftest import Import, as_map, order, workbook
from .test_history import mapping, old


def test_each_unit_has_its_share_and_its_reply(bring: Import, cast: Cast) -> None:
    report = bring.run(
        old(1), old(1, 单位="热力公司", 答复="已检修管道。", 答复时间="2025-03-05 10:00"), mapping=mapping()
    )
    assert str(report) == "共 2 行；登记 1 件，派单 1 件，导入答复 2 件。"
    shares = Share.objects.order_by("id")
    assert [(share.unit, share.role) for share in shares] == [
        (cast.units["bureau"], "dual"),
        (cast.units["heat"], "dual"),
    ]
    assert Order.objects.get().state == "closed"
    assert not list(verify())
    again = bring.run(
        old(1), old(1, 单位="热力公司", 答复="已检修管道。", 答复时间="2025-03-05 10:00"), mapping=mapping()
    )
    assert (again.unchanged, again.differing) == (2, 0)


def test_a_second_unit_without_a_reply_assists(bring: Import, cast: Cast) -> None:
    bring.run(old(1), old(1, 单位="热力公司", 答复="", 答复时间=""), mapping=mapping())
    assert [share.role for share in Share.objects.order_by("id")] == ["lead", "assist"]
    assert Order.objects.get().state == "closed"


def test_what_a_second_row_says_otherwise_is_told(bring: Import) -> None:
    report = bring.run(old(1), old(1, 内容="水管漏水，请维修。", 答复="另一份答复。"), mapping=mapping())
    assert [str(note).partition("：")[2] for note in report.notes] == [
        "与第 2 行编号相同，诉求内容不同，以第 2 行为准，请核对",
        "同一单位在第 2 行已有另一份答复，本行的答复没有导入，请核对",
    ]
    assert report.differing == 1
    later_file = bring.run(old(1, 内容="又一个内容不同。", 单位="热力公司", 答复="第三份答复。"), mapping=mapping())
    assert [note.text for note in later_file.notes] == [
        "工单已在册，文件中的答复与在册的不同，没有导入，请核对",
        "工单已在册，文件中的诉求内容与在册的不同，没有改动，请核对",
        "工单已在册，文件中的承办单位“热力公司”不在其中，没有加派，请核对",
    ]


def test_history_with_limits_long_past_says_how_many_will_ring(bring: Import) -> None:
    rows = [old(n, 答复="", 答复时间="") for n in range(1, 4)]
    seen = bring.preview(*rows, mapping=mapping())
    assert seen.ringing == 3
    assert any("3 件的时限已经过去" in line for line in seen.heads_up)
    assert bring.run(*rows, mapping=mapping()).ringing == 3


def test_a_preview_shows_a_column_that_is_eight_hours_early(bring: Import) -> None:
    early = shanghai("2026-11-18 08:30") - timedelta(hours=8)
    rows = [order(n, 受理时间=f"{early + timedelta(minutes=n):%Y-%m-%d %H:%M:43}") for n in range(1, 25)]
    lines = bring.preview(*rows).heads_up
    assert lines[0] == "来件时间自 2026-11-18 00:31:43 至 2026-11-18 00:54:43"
    assert "来件钟点：0 时 24 件" in lines
    assert "上级编号：15 位 24 个" in lines
    assert any("也许早了 8 小时" in line for line in lines)
    assert any("秒数都是 43" in line for line in lines)


def test_a_missing_fallback_unit_is_told_once(bring: Import) -> None:
    which = mapping(dispatch={"basis": "duty_list", "fallback": "nowhere"})
    with pytest.raises(FileError, match=r"映射的 dispatch\.fallback：没有单位“nowhere”"):
        bring.run(old(1), old(2), mapping=which)


def test_two_areas_of_one_name_are_told_apart_by_their_path(bring: Import, cast: Cast) -> None:
    for town in ("甲镇", "乙镇"):
        above = Area.objects.create(centre=cast.centre, name=town)
        Area.objects.create(centre=cast.centre, name="中心村", parent=above)
    report = bring.run(order(1, 所属区域="乙镇/中心村"), order(2, 所属区域="中心村"))
    found = Order.objects.get(upstream_number="LY2026111800001").area
    assert found is not None
    assert found.parent is not None
    assert found.parent.name == "乙镇"
    assert [note.text for note in report.notes] == [
        "“所属区域”：有 2 个区域都叫“中心村”（乙镇/中心村、甲镇/中心村），"
        "请在映射的 values.area 里写明是哪一个，没有填入"
    ]


def test_a_retired_area_costs_the_row_nothing_and_is_told(bring: Import, cast: Cast) -> None:
    for town, in_use in (("甲镇", True), ("乙镇", False)):
        above = Area.objects.create(centre=cast.centre, name=town, active=in_use)
        Area.objects.create(centre=cast.centre, name="中心村", parent=above)
    report = bring.run(order(1, 所属区域="乙镇/中心村"), order(2, 所属区域="中心村"))
    first, second = Order.objects.filter(upstream_number__startswith="LY2026111800").order_by("upstream_number")
    assert first.area is None
    assert second.area is not None
    assert second.area.parent is not None
    assert second.area.parent.name == "甲镇", "of two of one name the one in use is meant"
    assert [note.text for note in report.notes] == [
        "“所属区域”：区域“乙镇/中心村”已停用，请在映射的 values.area 里写明现行区域，没有填入"
    ]


def test_every_sheet_with_the_headings_is_read_and_a_dictionary_before_them_is_not(bring: Import) -> None:
    sheets = {"字典": [{"代码": "1", "名称": "略"}], "一月": [order(1)], "二月": [order(2), order(3)]}
    source = Source.open(workbook(bring.folder / "two.xlsx", sheets))
    report = imports.run(source, as_map("city"), bring.cast.centre, bring.at)
    assert report.acts["order.registered"] == 3


def test_the_sheet_of_bad_rows_comes_in_with_its_own_map(bring: Import, changed: Any) -> None:
    which: Map = changed("city", map={"title": "有标题的表", "mode": "daily", "sheet": "工单", "header_row": 3})
    path = workbook(
        bring.folder / "a.xlsx", {"工单": [order(1), order(2, 受理时间="昨天")], "说明": [{"略": "x"}]}, above=2
    )
    report = imports.run(Source.open(path), which, bring.cast.centre, bring.at)
    assert report.bad_rows == 1
    repaired = faults.sheet(report)
    again = imports.run(Source(repaired, "faults.xlsx"), which, bring.cast.centre, bring.at)
    assert (again.rows, again.bad_rows) == (1, 1)
    assert again.faults[0].reason.startswith("“昨天”不是日期和时间")
