"""What is beyond the limits is refused or said, never left out without a word."""

from __future__ import annotations

import io

import pytest
import xlsxwriter

from lianxin import workbooks
from lianxin.workbooks.bounds import bounded
from lianxin.workbooks.events import Remark, Restart, RowRead, SheetStart
from lianxin.workbooks.limits import Limits


def _daily(sheets: int) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for day in range(sheets):
            sheet = book.add_worksheet(f"第{day + 1}天")
            sheet.write_row(0, 0, ["编号", "内容"])
            sheet.write_row(1, 0, [f"A{day}", "路灯不亮"])
    return out.getvalue()


def test_more_sheets_than_are_read_are_refused_not_left_out() -> None:
    most = Limits().sheets
    assert len(workbooks.read(_daily(most), "台账.xlsx").sheets) == most
    with pytest.raises(workbooks.FileError, match=f"工作表超过 {most} 个，请分成几份导入"):
        workbooks.read(_daily(most + 1), "台账.xlsx")


def test_what_a_reader_gave_before_it_failed_does_not_count() -> None:
    once = [SheetStart("一"), RowRead(1, ["水" * 6]), Remark("请核对", 1)]
    limits = Limits(sheets=1, rows=1, signs=10)
    assert len(list(bounded([*once, Restart(), SheetStart("一"), RowRead(1, ["水" * 6])], limits))) == 6
    with pytest.raises(workbooks.FileError, match="工作表超过 1 个"):
        list(bounded([*once, SheetStart("二")], limits))


def test_a_file_of_nothing_but_remarks_is_refused() -> None:
    events = [SheetStart("一"), *(Remark("请核对", n) for n in range(11))]
    with pytest.raises(workbooks.FileError, match="要核对的地方超过 10 处"):
        list(bounded(events, Limits(rows=10)))


def test_names_and_merged_columns_are_bounded() -> None:
    row = RowRead(1, ["甲"], across=[(0, 16_000), (5_000, 6_000)] * 900)
    sheet, found = bounded([SheetStart("表" * 10**6), row], Limits())
    assert isinstance(sheet, SheetStart)
    assert isinstance(found, RowRead)
    assert len(sheet.name) == 200
    assert {*found.across} == {(0, 199)}
