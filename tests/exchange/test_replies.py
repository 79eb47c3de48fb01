"""What goes back: the sheet of replies, and the sheet of rows that could not be imported."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast, later
from tests.orders.test_whole_life import REPLY, walk

from lianxin.exchange import faults, replies
from lianxin.ops.cli import main
from lianxin.orders.erasure import erase
from lianxin.orders.models import Order

from .conftest import Import, order, read_back, workbook


def test_replies_that_passed_go_back_under_the_platforms_headings(bring: Import, cast: Cast, tmp_path: Path) -> None:
    bring.run(order(1), order(2), order(3))
    first, second, third = Order.objects.order_by("upstream_number")
    cast.dispatch(first, bring.at, "heat", "bureau")
    done = walk(cast, first, bring.at)
    cast.dispatch(second, bring.at, "heat")
    cast.do("agent", "order.answered", third.pk, later(bring.at, hours=1), told="=已告知供暖时间")
    out = tmp_path / "out.xlsx"
    headings = {"工单编号": "upstream_number", "单位": "unit", "结果": "result", "逐项": "answers", "全文": "text"}
    headings |= {"解决": "solved", "时间": "replied_at", "状态": "state"}
    assert replies.write(out, cast.centre, bring.at, later(done, minutes=1), headings) == 2
    assert read_back(out) == [
        {
            "工单编号": "LY2026111800001",
            "单位": "热力公司",
            "结果": REPLY["result"],
            "逐项": "1. 已检修，室温 19℃。",
            "全文": "\n".join([REPLY["measures"], REPLY["progress"], REPLY["result"], "1. 已检修，室温 19℃。"]),  # type: ignore[list-item]
            "解决": "已解决",
            "时间": "2026-11-18 14:00:00",
            "状态": "已办结",
        },
        {
            "工单编号": "LY2026111800003",
            "单位": "junan热线中心",
            "结果": "",
            "逐项": "",
            "全文": "=已告知供暖时间",
            "解决": "",
            "时间": "2026-11-18 10:00:00",
            "状态": "已直接答复",
        },
    ]
    assert replies.write(out, cast.centre, later(done, minutes=1), later(done, days=1)) == 0


def test_an_order_whose_words_are_erased_does_not_go_out(bring: Import, cast: Cast) -> None:
    bring.run(order(1), order(2))
    kept, gone = Order.objects.order_by("upstream_number")
    for found in (kept, gone):
        cast.dispatch(found, bring.at, "heat")
        done = walk(cast, found, bring.at)
    erase(gone, later(done, days=1))
    data, count = replies.sheet(cast.centre, bring.at, later(done, minutes=1))
    assert count == 1
    assert [row["上级编号"] for row in read_back(io.BytesIO(data))] == [kept.upstream_number]


def test_the_directory_is_asked_once_however_many_replies(bring: Import, cast: Cast) -> None:
    bring.run(order(1), order(2), order(3))
    for found in Order.objects.all():
        cast.dispatch(found, bring.at, "heat")
        done = walk(cast, found, bring.at)
    with CaptureQueriesContext(connection) as asked:
        assert replies.sheet(cast.centre, bring.at, later(done, minutes=1))[1] == 3
    assert sum("directory_revision" in query["sql"] for query in asked) == 1


def test_no_cell_that_goes_out_is_a_formula(bring: Import, cast: Cast, tmp_path: Path) -> None:
    dangerous = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)"]
    report = bring.run(*(order(n, 标题=text, 受理时间="不知道") for n, text in enumerate(dangerous)))
    out = tmp_path / "faults.xlsx"
    faults.write(out, report)
    sheet = openpyxl.load_workbook(out).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith(("=", "+", "-", "@"))]
    assert [cell.value for cell in cells] == dangerous
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.number_format for cell in cells} == {"@"}


def test_the_sheet_of_faults_can_be_corrected_and_imported(bring: Import, tmp_path: Path) -> None:
    out = tmp_path / "faults.xlsx"
    faults.write(out, bring.run(order(1), order(2, 受理时间="昨天", 诉求内容="长" * 40_000)))
    (row,) = read_back(out)
    assert (row["原行号"], row["原因"]) == ("3", "受理时间：“昨天”不是日期和时间，格式应为 2026-11-18 14:30")
    assert len(row["诉求内容"]) == 32_767
    row |= {"受理时间": "2026-11-17 08:00", "诉求内容": "来电人反映室温偏低。"}
    assert bring.run(row).acts["order.registered"] == 1


def lianxin(*words: object) -> Result:
    return CliRunner().invoke(main, ["import", *(str(word) for word in words)])


def test_the_command_previews_imports_and_writes_back(cast: Cast, tmp_path: Path) -> None:
    path = workbook(tmp_path / "in.xlsx", {"工单": [order(1), order(2, 受理时间="昨天")]})
    words = [path, "--map", "city", "--centre", "junan"]
    seen = lianxin(*words, "--preview")
    assert seen.exit_code == 1
    assert "上级编号 LY2026111800001" in seen.output
    assert "预览：共 2 行；登记 1 件，有误未导入的 1 行。" in seen.output
    assert not Order.objects.exists()
    done = lianxin(*words, "--errors", tmp_path / "bad.xlsx", "--replies", tmp_path / "out.xlsx")
    assert "有误：工单 第 3 行“受理时间”：“昨天”不是日期和时间" in done.output
    assert "共 2 行；登记 1 件，有误未导入的 1 行。" in done.output
    assert len(read_back(tmp_path / "bad.xlsx")) == 1
    assert openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0]["A1"].value == "工单编号"
    path = workbook(tmp_path / "in.xlsx", {"工单": [order(1)]})
    again = lianxin(path, *words[1:])
    assert again.exit_code == 0
    assert again.output.startswith("来件时间自 2026-11-18 08:12:00 至 2026-11-18 08:12:00\n")
    assert again.output.endswith("共 1 行；已在册、没有新内容的 1 行。\n")


@pytest.mark.parametrize(
    ("content", "more", "sentence"),
    [
        (b"", [], "in.xlsx：文件是空的"),
        (b"PK\x03\x04rubbish", [], "in.xlsx：文件不完整，请重新下载或另存后再导入"),
        ("甲\n1\n".encode(), [], "in.xlsx：工作表“in.xlsx”缺少列：工单编号、受理时间"),
        (None, [], "in.xlsx：读不到这个文件"),
        (b"", ["--map", "nowhere"], "没有名为“nowhere”的映射"),
        (b"", ["--centre", "nowhere"], "没有编码为“nowhere”的中心（现有：junan）"),
    ],
)
def test_nothing_gives_a_traceback(
    cast: Cast, tmp_path: Path, content: bytes | None, more: list[str], sentence: str
) -> None:
    path = tmp_path / "in.xlsx"
    if content is not None:
        path.write_bytes(content)
    words = {"--map": "city", "--centre": "junan"} | (dict([more]) if more else {})
    result = lianxin(path, *(word for pair in words.items() for word in pair))
    assert result.exit_code == 1
    assert sentence in result.output
    assert "Traceback" not in result.output


def test_a_place_that_cannot_be_written_is_said(cast: Cast, tmp_path: Path) -> None:
    path = workbook(tmp_path / "in.xlsx", {"工单": [order(1)]})
    result = lianxin(path, "--map", "city", "--centre", "junan", "--errors", tmp_path / "no" / "bad.xlsx")
    assert "写不了文件" in result.output
