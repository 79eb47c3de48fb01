"""A workbook that our own reader cannot take apart: nothing hidden comes in without a word."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
import xlsxwriter

from lianxin import workbooks
from lianxin.workbooks import kinds, second_reader, xlsx
from lianxin.workbooks.events import MERGED, Event, Restart, RowRead, SheetStart
from lianxin.workbooks.limits import Limits


def _ledger() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("台账")
        sheet.merge_range(1, 1, 1, 2, "登记")
        for row, cell in enumerate(["编号", "1", "2", "3", "4"], 2):
            sheet.write_string(row, 1, cell)
        sheet.write_string(2, 2, "单位")
        sheet.merge_range(3, 2, 5, 2, "大店镇")
        sheet.set_row(4, None, None, {"hidden": True})
        book.add_worksheet("旧稿").hide()
        book.worksheets()[1].write_string(0, 0, "编号")
        book.add_chartsheet("图")
    return out.getvalue()


@pytest.fixture
def _ours_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Any) -> Iterator[Event]:
        yield SheetStart("台账")
        yield RowRead(1, ["半"])
        raise KeyError("xl/styles.xml")

    monkeypatch.setattr(xlsx, "read", fails)


@pytest.mark.usefixtures("_ours_fails")
def test_what_the_second_reader_cannot_see_is_said_and_the_rest_is_as_with_the_first() -> None:
    events = list(kinds.read(io.BytesIO(_ledger()), "台账.xlsx", Limits()))
    events = events[events.index(Restart()) + 1 :]
    assert [one for one in events if isinstance(one, SheetStart)] == [
        SheetStart("台账"),
        SheetStart("旧稿", hidden=True),
    ]
    assert events.count(second_reader.UNSEEN) == 2, "each sheet says it"
    assert "隐藏" in second_reader.UNSEEN.text
    assert events.count(MERGED) == 1
    rows = [one for one in events if isinstance(one, RowRead)]
    assert [(row.number, row.cells[1:]) for row in rows[:6]] == [
        (2, ["登记", ""]),
        (3, ["编号", "单位"]),
        (4, ["1", "大店镇"]),
        (5, ["2", "大店镇"]),
        (6, ["3", "大店镇"]),
        (7, ["4", ""]),
    ]
    assert rows[0].across == [(1, 2)]


def test_rows_that_are_written_are_not_hidden_with_the_unused_ones() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.set_default_row(hide_unused_rows=True)
        sheet.write_column(0, 0, ["编号", "1", "2"])
        sheet.set_row(2, None, None, {"hidden": True})
    (found,) = workbooks.read(out.getvalue(), "a.xlsx").sheets
    assert [row.hidden for row in found.rows()] == [False, False, True]
