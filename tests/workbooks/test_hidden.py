"""What the user's program does not show comes in all the same, and is told: columns, and in ODS sheets too."""

from __future__ import annotations

import io
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import xlsxwriter

from lianxin import workbooks
from lianxin.workbooks import old_xls
from lianxin.workbooks.events import Remark

ROWS = (("编号", "单位", "", "备注"), ("1", "大店镇", "", "旧"))


def xlsx() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("表")
        for number, row in enumerate(ROWS):
            sheet.write_row(number, 0, row)
        sheet.set_column(1, 1, None, None, {"hidden": True})
        sheet.set_column(2, 16383, None, None, {"hidden": True})
    return out.getvalue()


def xml_2003() -> bytes:
    rows = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in row) + "</Row>"
        for row in ROWS
    )
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
        ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="表"><Table>'
        f'<Column/><Column ss:Hidden="1" ss:Span="1"/><Column ss:Hidden="1"/>{rows}</Table></Worksheet></Workbook>'
    ).encode()


def ods(*, hidden_sheet: bool = False) -> bytes:
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("office", "table", "text", "style")
    )
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        )
        + "</table:table-row>"
        for row in ROWS
    )
    named = ' table:style-name="ta2"' if hidden_sheet else ""
    return (
        f'<?xml version="1.0"?><office:document {spaces}'
        ' office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:automatic-styles>'
        '<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/>'
        "</style:style></office:automatic-styles><office:body><office:spreadsheet>"
        f'<table:table table:name="表"{named}><table:table-column/>'
        '<table:table-column table:visibility="collapse" table:number-columns-repeated="1000"/>'
        f"{rows}</table:table></office:spreadsheet></office:body></office:document>"
    ).encode()


@pytest.mark.parametrize("write", [xlsx, xml_2003, ods])
def test_hidden_columns_are_read_and_those_that_hold_something_are_told(write: Callable[[], bytes]) -> None:
    (sheet,) = workbooks.read(write(), "表").sheets
    assert [cell or "" for cell in sheet[1].cells] == list(ROWS[1])
    assert sheet.remarks == [(0, "的 B、D 列是隐藏的，照样读取，请核对")]


def test_those_of_an_xls_are_told_too() -> None:
    """By the sheet that xlrd gives: nothing that is installed here writes one."""
    cells = [[SimpleNamespace(ctype=1, value=cell) for cell in row] for row in ROWS]
    sheet = SimpleNamespace(
        merged_cells=[],
        nrows=len(ROWS),
        row=cells.__getitem__,
        rowinfo_map={},
        colinfo_map={column: SimpleNamespace(hidden=int(column > 0)) for column in (0, 1, 2, 3, 9)},
    )
    assert list(old_xls._rows(None, sheet))[-1] == Remark("的 B、D 列是隐藏的，照样读取，请核对")


def test_a_hidden_sheet_of_an_ods_is_known_as_one() -> None:
    assert [workbooks.read(ods(hidden_sheet=yes), "表.ods").sheets[0].hidden for yes in (True, False)] == [True, False]
