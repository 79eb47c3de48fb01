"""The daily channel: today's orders of the city's platform, and its call-backs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from tests.cast import Cast, later, shanghai
from tests.orders.test_whole_life import walk

from lianxin.directory.ciphers import decrypt
from lianxin.exchange import imports
from lianxin.followup.models import Callback
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Clock, Entry, Journal
from lianxin.ledger.sweep import sweep
from lianxin.ledger.verify import verify
from lianxin.orders.models import Caller, Facts, Order

from .conftest import Import, as_map, order

GRADED = {
    "回访时间": "2026-11-18 08:50",
    "服务过程评价": "满意",
    "办理结果评价": "不满意",
    "是否解决": "否",
    "回访意见": "仍不热",
}


def everything() -> list[int]:
    """How many rows each table of the book has."""
    return [model.objects.count() for model in (Order, Entry, Facts, Clock, Callback, Caller)]


def test_an_order_of_the_city_is_registered_on_the_wall_clock(bring: Import) -> None:
    report = bring.run(order(1))
    assert str(report) == "共 1 行；登记 1 件。"
    found = Order.objects.get(upstream_number="LY2026111800001")
    assert found.received_at == shanghai("2026-11-18 08:12")
    assert found.registered_at == bring.at
    assert found.upstream_due == shanghai("2026-11-21 00:00"), "a bare day ends at its 24:00"
    assert (found.state, found.node, found.channel, found.source, found.cls) == (
        "registered",
        "dispatch",
        "upper",
        "city",
        "help",
    )
    assert found.category is not None
    assert found.category.path() == ("居民生活", "供暖", "供暖温度")
    assert found.area is not None
    assert found.area.name == "大店镇"
    assert not found.marked_clock, "the sweep watches it"
    caller = Caller.objects.get(order=found)
    assert (decrypt(caller.name), decrypt(caller.phone)) == ("张先生", "13900002086")
    assert not list(verify())


def test_the_deadline_of_the_city_holds_for_the_unit(bring: Import, cast: Cast) -> None:
    bring.run(order(1))
    found = Order.objects.get()
    cast.dispatch(found, later(bring.at, minutes=2), "heat")
    assert Clock.objects.get(order=found, kind="handle").due == shanghai("2026-11-21 00:00")


def test_the_same_file_twice_changes_nothing(bring: Import) -> None:
    rows = [order(n) for n in range(1, 6)] + [order(6) | GRADED]
    bring.run(*rows[:5])
    before = everything()
    report = bring.run(*rows[:5])
    assert everything() == before
    assert (report.unchanged, report.acts.total()) == (5, 0)
    assert "已在册、没有新内容的 5 行" in str(report)


def test_another_deadline_or_urgency_of_an_order_on_record_is_said_and_not_taken_over(bring: Import) -> None:
    bring.run(order(1), order(2))
    report = bring.run(order(1, 办理时限="2026-11-23", 紧急程度="紧急"), order(2, 办理时限="", 紧急程度=""))
    assert [str(note) for note in report.notes] == [
        "工单 第 2 行：工单已在册，上级时限文件中是“2026年11月23日24:00”，"
        "在册的是“2026年11月20日24:00”，没有改动，请核对",
        "工单 第 2 行：工单已在册，紧急程度文件中是“紧急”，在册的是“一般”，没有改动，请核对",
    ]
    assert (report.unchanged, report.differing) == (1, 1)
    found = Order.objects.get(upstream_number="LY2026111800001")
    assert (found.urgency, found.upstream_due) == ("normal", shanghai("2026-11-21 00:00"))


def test_who_brought_a_file_is_known_before_any_of_it_is_imported(
    bring: Import, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    staff = cast.staff["dispatcher"]
    source = bring.source(order(1), order(2))
    with monkeypatch.context() as patched:
        patched.setattr(imports, "record_many", cut)
        with pytest.raises(KeyboardInterrupt):
            imports.run(source, as_map("city"), cast.centre, bring.at, staff=staff.pk)
    line = Journal.objects.get()
    assert (line.action, line.staff, line.payload["rows"]) == ("orders.import_begun", staff, 2)
    assert (line.payload["file"], line.payload["sha256"]) == ("in.xlsx", source.digest)


def test_every_import_has_its_two_lines_in_the_journal_and_a_preview_none(bring: Import) -> None:
    bring.preview(order(1))
    assert not Journal.objects.exists()
    for _ in range(2):
        bring.run(order(1))
    lines = Journal.objects.order_by("number")
    assert [line.action for line in lines] == ["orders.import_begun", "orders.imported"] * 2
    assert [line.payload["acts"] for line in lines[1::2]] == [{"order.registered": 1}, {}]
    assert not list(verify())


def test_a_row_that_comes_back_with_grades_records_only_the_call_back_and_only_once(bring: Import, cast: Cast) -> None:
    bring.run(order(1))
    found = Order.objects.get()
    cast.dispatch(found, later(bring.at, minutes=2), "heat")
    done = walk(cast, found, later(bring.at, minutes=2))
    bring.at = later(done, days=1)
    graded = order(1, 标题="市级平台改了标题") | GRADED | {"回访时间": later(done, hours=3).strftime("%Y-%m-%d %H:%M")}
    report = bring.run(graded)
    assert dict(report.acts) == {"callback.recorded": 1}
    callback = Callback.objects.get()
    assert (callback.layer, callback.process_satisfied, callback.result_satisfied) == ("city", True, False)
    assert callback.solved is False
    assert callback.unit == cast.units["heat"]
    before = everything()
    bring.at = later(bring.at, days=1)
    assert bring.run(graded).unchanged == 1
    assert everything() == before
    refused = bring.run(graded | {"办理结果评价": "满意"})
    assert [fault.reason for fault in refused.faults] == ["这一时间的回访已经登记，评价与本行不同，请核对"]
    assert not list(verify())


def test_without_a_time_a_call_back_counts_as_of_the_import_and_once(bring: Import, cast: Cast, changed: Any) -> None:
    callback = {"process_grade": "服务过程评价", "result_grade": "办理结果评价"}
    columns = {"upstream_number": "工单编号", "received_at": "受理时间", "text": "诉求内容", "callback": callback}
    mapping = changed("city", columns=columns)
    bring.run(order(1), mapping=mapping)
    cast.dispatch(Order.objects.get(), bring.at, "heat")
    for _ in range(2):
        bring.at += timedelta(minutes=1)
        bring.run(order(1, 服务过程评价="满意"), mapping=mapping)
    assert Callback.objects.get().finished_at == later(shanghai("2026-11-18 09:00"), minutes=1)


def test_call_backs_on_a_sheet_of_their_own(bring: Import, cast: Cast, changed: Any) -> None:
    bring.run(order(1))
    cast.dispatch(Order.objects.get(), bring.at, "heat")
    sheet = {
        "sheet": "回访",
        "upstream_number": "编号",
        "columns": {"at": "时间", "result_grade": "评价", "reached": "接通"},
    }
    mapping = changed("city", callbacks=sheet)
    calls = [
        {"编号": "LY2026111800001", "时间": "2026-11-18 08:55", "评价": "基本满意", "接通": "是"},
        {"编号": "LY2026111800002", "时间": "2026-11-18 08:56", "评价": "", "接通": "否"},
        {"编号": "LY2026111800009", "时间": "2026-11-18 08:57", "评价": "满意", "接通": "是"},
        {"编号": "LY2026111800001", "时间": "", "评价": "", "接通": ""},
    ]
    report = bring.run(mapping=mapping, 工单=[order(1), order(2)], 回访=calls)
    assert dict(report.acts) == {"callback.recorded": 1, "order.registered": 1}
    assert [str(fault) for fault in report.faults] == [
        "回访 第 3 行：工单现在是“待派单”，不能回访",
        "回访 第 4 行：没有这个上级编号的工单，请先导入工单",
    ]
    assert [str(note) for note in report.notes] == ["回访 第 5 行：没有回访结果，未导入"]
    assert Order.objects.count() == 2, "an order is not lost with the call-back that was refused"


def test_bad_rows_are_told_with_line_column_and_reason_and_good_ones_kept(bring: Import) -> None:
    report = bring.run(
        order(1),
        order(2, 受理时间="昨天上午"),
        order(3, 联系电话="1.39E+10", 诉求类型="其他类"),
        order(4, 受理时间="2026-11-19 08:00"),
        order(5, 工单编号=""),
        order(6, 诉求内容="热"),
        order(7, 办理时限="2026-11-01"),
        order(8, 诉求内容="", 标题="", 受理时间=None),
        order(9),
    )
    assert [str(fault) for fault in report.faults] == [
        "工单 第 3 行“受理时间”：“昨天上午”不是日期和时间，格式应为 2026-11-18 14:30",
        "工单 第 5 行“受理时间”：“2026-11-19 08:00”还没有到，请核对",
        "工单 第 6 行“工单编号”：不能为空",
        "工单 第 9 行“受理时间”：不能为空",
    ]
    assert [str(note) for note in report.notes] == [
        "工单 第 4 行：“诉求类型”：“其他类”不认识，请在映射的 values.cls 里写明它是 "
        "help、complaint、report、suggestion、consult 中的哪一个；先按默认的“help”登记",
        "工单 第 4 行：联系电话“1.39E+10”是科学计数法，数字已经丢失，没有填入；请把该列设为“文本”后重新导出",
        "工单 第 7 行：“诉求内容”：“热”不足 5 个字，前面加了“诉求原文：”",
        "工单 第 8 行：“办理时限”：上级时限“2026-11-02 00:00”早于来件时间，没有填入，请核对",
    ]
    assert str(report) == "共 9 行；登记 5 件，有误未导入的 4 行。"
    assert Order.objects.count() == 5


def test_the_doubtful_part_of_a_row_never_costs_the_row(bring: Import) -> None:
    """A clock two minutes ahead, an unknown word for confidentiality, a broken formula beside."""
    report = bring.run(order(1, 受理时间="2026-11-18 09:02", 是否保密="看情况"), order(2, 标题="", 诉求内容="没水"))
    assert (report.faults, Order.objects.count()) == ([], 2)
    first, second = Order.objects.order_by("upstream_number")
    assert (first.received_at, first.confidential) == (bring.at, True)
    assert second.appeal.text == "诉求原文：没水"


def test_one_number_in_whatever_width_and_case_is_one_order(bring: Import) -> None:
    report = bring.run(
        order(1, 工单编号="LY2026-1"), order(1, 工单编号="ＬＹ２０２６－１"), order(1, 工单编号=" ly2026-1 ")
    )
    assert (report.acts["order.registered"], report.unchanged) == (1, 2)
    assert bring.run(order(1, 工单编号="ly2026-1")).unchanged == 1
    assert Order.objects.get().upstream_number == "LY2026-1"


def test_a_number_of_separators_is_no_number_and_a_time_of_many_digits_is_a_bad_row(bring: Import) -> None:
    report = bring.run(order(1, 联系电话="；"), order(2, 受理时间="9" * 400))
    assert [(fault.line.number, fault.column) for fault in report.faults] == [(3, "受理时间")]
    assert decrypt(Caller.objects.get().phone) == ""


def test_a_preview_says_what_the_ledger_would_say_and_leaves_nothing(bring: Import) -> None:
    rows = [order(1), order(2, 受理时间="昨天"), order(3)]
    seen = bring.preview(*rows)
    assert everything() == [0] * 6
    assert (str(seen), seen.kept) == ("预览：共 3 行；登记 2 件，有误未导入的 1 行。", False)
    assert seen.shown[0]["标题"] == "某小区 2 号楼室温偏低"
    assert seen.shown[0]["上级时限"].endswith("20日24:00")
    assert (seen.shown[0]["来源"], seen.shown[0]["诉求类别"]) == ("市级热线", "求助")
    assert seen.shown[0]["分类"] == "居民生活/供暖/供暖温度"
    done = bring.run(*rows)
    assert (done.acts, [str(f) for f in done.faults]) == (seen.acts, [str(f) for f in seen.faults])


def test_what_an_order_can_do_without_is_left_out_and_said(bring: Import) -> None:
    report = bring.run(order(1, 所属区域="某某镇", 二级分类="供气", 联系电话="139****2086"))
    assert [note.text for note in report.notes] == [
        "联系电话“139****2086”已被遮蔽，没有导入",
        "“一级分类/二级分类/三级分类”：没有分类“居民生活/供气/供暖温度”，没有填入",
        "“所属区域”：没有区域“某某镇”，没有填入",
    ]
    found = Order.objects.get()
    assert (found.category, found.area) == (None, None)


def test_titles_are_quoted_or_kept_whole_never_invented(bring: Import) -> None:
    long = "反映" + "很长的标题" * 30
    bring.run(order(1, 标题=""), order(2, 标题=long))
    first, second = Order.objects.order_by("upstream_number")
    assert first.appeal.title == "来电人反映室温只有 13℃，请热力公司检修。"
    assert len(second.appeal.title) == 120
    assert second.appeal.text.startswith(long)


def test_the_same_number_twice_in_one_file_is_one_order(bring: Import) -> None:
    report = bring.run(order(1), order(1), order(2))
    assert (report.acts["order.registered"], report.unchanged) == (2, 1)


def test_dispatch_by_the_file_and_an_unknown_unit_waits_for_the_dispatcher(
    bring: Import, cast: Cast, changed: Any
) -> None:
    columns = {"upstream_number": "工单编号", "received_at": "受理时间", "text": "诉求内容", "units": "承办单位"}
    mapping = changed(
        "city",
        columns=columns,
        dispatch={"basis": "city_order"},
        values={"units": {"县住房和城乡建设局": "住建局"}},
    )
    report = bring.run(
        order(1, 承办单位="县住房和城乡建设局、热力公司"),
        order(2, 承办单位="某某公司"),
        order(3, 承办单位="junan热线中心"),
        mapping=mapping,
    )
    shares = Order.objects.get(upstream_number="LY2026111800001").shares.order_by("id")
    assert [share.unit for share in shares] == [cast.units["bureau"], cast.units["heat"]]
    assert [share.role for share in shares] == ["lead", "assist"]
    assert [note.text for note in report.notes] == [
        "“承办单位”：没有单位“某某公司”，没有填入",
        "“承办单位”：“junan热线中心”是本中心，不能作承办单位，没有填入",
    ]
    assert Order.objects.filter(state="registered").count() == 2


def test_a_number_that_is_registered_at_the_same_moment_spoils_only_itself(
    bring: Import, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody registers number 3 by hand after the import has looked, before it writes."""
    cast.register(bring.at, upstream_number="LY2026111800003")
    look_up = imports.look_up

    def blind(centre: int, groups: Any, keys: Any) -> None:
        if len(groups) > 1:
            return
        look_up(centre, groups, keys)

    monkeypatch.setattr(imports, "look_up", blind)
    report = bring.run(*(order(n) for n in range(1, 8)))
    assert (report.acts["order.registered"], report.differing, report.faults) == (6, 1, [])
    assert Order.objects.count() == 7


def test_what_the_database_refuses_is_told_of_its_row(bring: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    record_many = imports.record_many

    def grumpy(acts: Any, *, collect: bool) -> Any:
        if any("LY2026111800002" in str(act.payload) for act in acts):
            raise Refused("数据库忙")
        return record_many(acts, collect=collect)

    monkeypatch.setattr(imports, "record_many", grumpy)
    report = bring.run(*(order(n) for n in range(1, 5)))
    assert [str(fault) for fault in report.faults] == ["工单 第 3 行：数据库忙"]
    assert report.acts["order.registered"] == 3


def test_many_orders_cost_few_statements(bring: Import, django_assert_max_num_queries: Any) -> None:
    bring.run(order(1))
    with django_assert_max_num_queries(60):
        bring.run(*(order(n) for n in range(2, 302)))


def test_the_sweep_takes_over_at_once(bring: Import) -> None:
    bring.run(order(1))
    assert connection.in_atomic_block
    assert sweep(later(bring.at, minutes=6)) == 1
    assert Clock.objects.get(kind="dispatch").breached_at is not None
