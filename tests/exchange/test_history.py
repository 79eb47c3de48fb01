"""History of another system: each act at its own time, and nothing that the file does not say."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.cast import Cast, later, shanghai

from lianxin.exchange.maps import Map
from lianxin.figures.count import count
from lianxin.figures.scope import Scope
from lianxin.followup.models import Callback
from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Entry
from lianxin.ledger.sweep import sweep
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share

from .conftest import Import

MAP: dict[str, Any] = {
    "map": {"title": "旧系统", "mode": "history"},
    "columns": {
        "upstream_number": "编号",
        "received_at": "时间",
        "text": "内容",
        "units": "单位",
        "reply": "答复",
        "replied_at": "答复时间",
        "callback": {"at": "回访时间", "result_grade": "评价"},
    },
    "defaults": {"source": "county", "cls": "help", "told": "旧系统已告知。"},
    "dispatch": {"basis": "duty_list"},
}


def old(number: int, **changes: Any) -> dict[str, Any]:
    row = {"编号": f"H{number}", "时间": "2025-03-03 10:00", "内容": "路灯不亮，请维修。", "单位": "住建局"}
    row |= {"答复": "已修。", "答复时间": "2025-03-06 16:00", "回访时间": "", "评价": ""}
    return row | changes


def mapping(**parts: Any) -> Map:
    return Map.model_validate(MAP | parts)


def march(cast: Cast, **names: Any) -> dict[str, int]:
    scope = Scope.of_days(cast.centre.pk, date(2025, 3, 1), date(2025, 3, 31), "city")
    return count(scope, ["accepted", "handled", "closed", "on_time_closed", "overdue", "result_graded"])[()]


def test_a_replied_request_is_an_ended_order_at_its_own_times(bring: Import, cast: Cast) -> None:
    report = bring.run(old(1), mapping=mapping())
    assert str(report) == "共 1 行；登记 1 件，派单 1 件，导入答复 1 件。"
    found = Order.objects.get()
    assert found.number == "20250303-0001"
    assert (found.state, found.registered_at, found.closed_at) == (
        "closed",
        shanghai("2025-03-03 10:00"),
        shanghai("2025-03-06 16:00"),
    )
    share = Share.objects.get()
    assert (share.outcome, share.replied_at, share.audited_at) == ("passed", shanghai("2025-03-06 16:00"), None)
    assert Clock.objects.get(kind="handle").breached_at is None
    assert not found.marked_clock, "opened again, the sweep must watch it"
    assert not list(verify())


def test_the_reply_is_kept_word_for_word_and_says_that_it_was_imported(bring: Import) -> None:
    bring.run(old(1, 答复="  已修。\n谢谢！ "), mapping=mapping())
    entry = Entry.objects.get(action="share.reply_imported")
    assert entry.enclosure.body == {"text": "已修。\n谢谢！"}
    assert entry.clock == "marked"


def test_figures_of_then_count_it(bring: Import, cast: Cast) -> None:
    late = old(2, 答复时间="2025-03-11 00:00:00")
    graded = old(3, 回访时间="2025-03-08 09:00", 评价="满意")
    bring.run(old(1), late, graded, old(4, 答复="", 答复时间=""), mapping=mapping())
    assert march(cast) == {
        "accepted": 4,
        "handled": 4,
        "closed": 3,
        "on_time_closed": 2,
        "overdue": 2,
        "result_graded": 1,
    }, "2025-03-03 + 5 workdays ends on the 10th at 24:00; at 24:00 it is late, and so is the one that is still open"
    assert Callback.objects.get().recorded_at == shanghai("2025-03-08 09:00")
    assert not list(verify())


def test_what_is_still_open_goes_on_in_real_time(bring: Import) -> None:
    bring.run(old(1, 答复="", 答复时间=""), mapping=mapping())
    found = Order.objects.get()
    assert (found.state, found.marked_clock) == ("dispatched", False)
    assert Entry.objects.filter(order=found).last().action == "order.unmarked"  # type: ignore[union-attr]
    assert sweep(later(bring.at, minutes=1)) == 1
    assert Clock.objects.get(kind="handle").breached_at == shanghai("2025-03-11 00:00")
    assert not list(verify())


def test_where_a_reply_was_not_the_end_it_waits_for_our_audit(bring: Import, cast: Cast) -> None:
    bring.run(old(1), mapping=mapping(history={"ends": False}))
    found = Order.objects.get()
    assert (found.state, found.node, found.marked_clock) == ("dispatched", "audit", False)
    cast.do("auditor", "share.passed", found.pk, bring.at)
    found.refresh_from_db()
    assert found.state == "closed"
    assert not list(verify())


def test_twice_changes_nothing_with_numbers_and_without(bring: Import) -> None:
    columns = {name: head for name, head in MAP["columns"].items() if name != "upstream_number"}
    rows = [old(1), old(2), old(3, 回访时间="2025-03-08 09:00", 评价="满意"), old(4, 答复="", 答复时间="")]
    for which in (mapping(), mapping(columns=columns)):
        bring.run(*rows, mapping=which)
        before = (Order.objects.count(), Entry.objects.count())
        assert bring.run(*rows, mapping=which).unchanged == 4
        assert (Order.objects.count(), Entry.objects.count()) == before
    assert Order.objects.count() == 8


def test_rows_that_make_no_sense_are_refused(bring: Import) -> None:
    report = bring.run(
        old(1, 答复时间=""),
        old(2, 答复时间="2025-03-02"),
        old(3, 单位="某某局"),
        old(4, 时间="2019-12-31 23:59", 答复="", 答复时间=""),
        old(5, 时间="2027-01-01", 答复="", 答复时间=""),
        old(6, 回访时间="", 评价="满意"),
        old(7, 单位="某某局", 答复="", 答复时间=""),
        mapping=mapping(),
    )
    assert [f"{fault.line.number} {fault.column} {fault.reason}" for fault in report.faults] == [
        "5  本中心在 2019-12-31 尚无生效的规则包，请先设置规则包的生效日期",
        "6 时间 “2027-01-01 00:00”还没有到，请核对",
    ]
    assert [str(note).partition(" ")[2] for note in report.notes] == [
        "第 2 行：“答复”：有答复内容，但没有答复时间，答复没有导入",
        "第 3 行：“答复时间”：答复时间早于派单或来件时间，答复没有导入，请核对",
        "第 4、8 行：“单位”：没有单位“某某局”，没有填入",
        "第 4 行：“答复”：有答复，但没有认得的承办单位，答复没有导入；可在映射的 dispatch.fallback 里写明",
        "第 7 行：“回访时间”：有回访结果，但没有回访时间，回访没有导入",
    ], "the doubtful part costs no row"
    assert Order.objects.count() == 5


def test_a_unit_without_people_is_told_once_a_row(bring: Import, cast: Cast) -> None:
    cast.posts["clerk@bureau"].delete()
    report = bring.run(old(1), old(2, 单位="热力公司"), mapping=mapping())
    assert [fault.reason for fault in report.faults] == ["住建局还没有在岗的经办人，请管理员先在“岗位”里设置A角、B角"]
    assert Order.objects.count() == 1


def test_a_reply_that_comes_with_a_known_open_order_is_left_to_its_unit(bring: Import) -> None:
    bring.run(old(1, 答复="", 答复时间=""), mapping=mapping())
    report = bring.run(old(1), mapping=mapping())
    assert [note.text for note in report.notes] == ["工单已在册并且还没有办结，文件中的答复没有导入，请在工单上办理"]
    assert (report.differing, report.unchanged, report.acts.total()) == (1, 0, 0)


def test_nobody_can_import_a_reply_to_work_of_today(cast: Cast, nine: Any) -> None:
    bring = Import(cast, None, nine)  # type: ignore[arg-type]
    found = cast.register(nine)
    cast.dispatch(found, nine, "heat")
    Order.objects.filter(pk=found.pk).update(marked_clock=False)
    system, at = Actor.system(cast.centre.pk), later(bring.at, hours=1)
    act = Act("share.reply_imported", system, at, {"text": "已修。"}, found.pk, recorded_at=at)
    with pytest.raises(Refused, match="只有导入的历史工单可以导入答复"):
        record(act)
    with pytest.raises(Refused, match="您的岗位不能导入答复"):
        cast.do("clerk@heat", "share.reply_imported", found.pk, later(nine, hours=1), text="已修。")
