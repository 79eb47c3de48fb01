"""One table by several hands: all of it comes in whole, whatever wrote it (`script/bench writers`: more)."""

from __future__ import annotations

import csv
import html
import io
import quopri
from collections.abc import Callable
from datetime import datetime

import openpyxl
import pytest
import xlsxwriter

from lianxin import workbooks
from lianxin.workbooks import FileError
from lianxin.workbooks.cells import Broken, text
from lianxin.workbooks.times import instant

HEAD = ["工单编号", "受理时间", "诉求人", "诉求内容", "承办单位"]
ROWS = [
    ["20261116000000000001", "2026-11-16 09:05:00", "单先生", "路灯不亮，\n请维修", "住建局"],
    ["20261116000000000002", "2026-11-16 12:00:30", "曾女士", '他说"没水"，等了三天', "自来水公司"],
    ["20261116000000000003", "2026-11-16 23:59:59", "吕某", "a < b & c；𠮷野家", "住建局"],
]


def at(said: str) -> datetime:
    return datetime.fromisoformat(said)


def by_xlsxwriter() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, date = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for row, cells in enumerate([HEAD, *ROWS]):
            for column, cell in enumerate(cells):
                if row and column == 1:
                    sheet.write_datetime(row, column, at(cell), date)
                else:
                    sheet.write_string(row, column, cell)
    return out.getvalue()


def by_openpyxl() -> bytes:
    book = openpyxl.Workbook()
    for row, cells in enumerate([HEAD, *ROWS]):
        book.active.append([at(cell) if row and n == 1 else cell for n, cell in enumerate(cells)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def by_csv(encoding: str, delimiter: str = ",", guard: str = "{}", quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting)
    writer.writerow(HEAD)
    writer.writerows([[guard.format(row[0]), *row[1:]] for row in ROWS])
    return out.getvalue().encode(encoding)


def page(encoding: str = "utf-8") -> bytes:
    def cells(row: list[str], tag: str) -> str:
        return "".join(f"<{tag}>{html.escape(cell).replace(chr(10), '<br>')}</{tag}>" for cell in row)

    body = f"<tr>{cells(HEAD, 'th')}</tr>" + "".join(f"<tr>{cells(row, 'td')}</tr>" for row in ROWS)
    return f'<html><meta charset="{encoding}"><table>{body}</table></html>'.encode(encoding)


def mhtml() -> bytes:
    head = "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\n"
    head += "Content-Type: text/html; charset=utf-8\n"
    head += "Content-Transfer-Encoding: quoted-printable\n\n"
    return head.encode() + quopri.encodestring(page()) + b"\n--b--\n"


def xml_2003() -> bytes:
    def cell(value: str, kind: str = "String") -> str:
        return f'<Cell><Data ss:Type="{kind}">{html.escape(value)}</Data></Cell>'

    rows = "".join(
        "<Row>"
        + "".join(cell(v.replace(" ", "T") + ".000", "DateTime") if n == 1 else cell(v) for n, v in enumerate(r))
        + "</Row>"
        for r in ROWS
    )
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="表"><Table>'
        f"<Row>{''.join(map(cell, HEAD))}</Row>{rows}</Table></Worksheet></Workbook>"
    ).encode()


def flat_ods() -> bytes:
    def cell(value: str) -> str:
        lines = "".join(f"\n   <text:p>{html.escape(line)}</text:p>" for line in value.split("\n"))
        return f'  <table:table-cell office:value-type="string">{lines}\n  </table:table-cell>'

    def time(value: str) -> str:
        iso = value.replace(" ", "T")
        start = f'<table:table-cell office:value-type="date" office:date-value="{iso}">'
        return f"{start}<text:p>x</text:p></table:table-cell>"

    rows = "".join(
        "<table:table-row>" + "".join(time(v) if n == 1 else cell(v) for n, v in enumerate(row)) + "</table:table-row>"
        for row in ROWS
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    head = "".join(map(cell, HEAD))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="表"><table:table-row>{head}</table:table-row>{rows}'
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1024"/>'
        "</table:table-row></table:table></office:spreadsheet></office:body></office:document>"
    ).encode()


WRITERS: dict[str, Callable[[], bytes]] = {
    "xlsxwriter": by_xlsxwriter,
    "openpyxl": by_openpyxl,
    "csv": lambda: by_csv("utf-8"),
    "csv of Excel": lambda: by_csv("gb18030"),
    "csv with =": lambda: by_csv("utf-8-sig", guard='="{}"'),
    "csv with tabs": lambda: by_csv("utf-8-sig", guard="\t{}"),
    "csv with tabs behind": lambda: by_csv("gb18030", guard="{}\t"),
    "tab text": lambda: by_csv("utf-16", "\t"),
    "semicolons": lambda: by_csv("utf-8", ";", quoting=csv.QUOTE_ALL),
    "page": page,
    "page in GBK": lambda: page("gb18030"),
    "mhtml": mhtml,
    "2003 XML": xml_2003,
    "flat ODS": flat_ods,
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_table_comes_in_whole(writer: str) -> None:
    (sheet,) = workbooks.read(WRITERS[writer](), "表").sheets
    rows = [row.cells for row in sheet.rows()]
    assert [text(cell) for cell in rows[0]] == HEAD
    assert len(rows) == 1 + len(ROWS)
    for found, meant in zip(rows[1:], ROWS, strict=True):
        assert f"{instant(found[1])[0]:%Y-%m-%d %H:%M:%S}" == meant[1]
        assert [text(cell) for n, cell in enumerate(found) if n != 1] == [
            cell for n, cell in enumerate(meant) if n != 1
        ]


def test_what_excel_knows_beside_the_values_is_kept() -> None:
    """Zeros of a number format, a hidden row, an error, a formula that was never calculated, a merged block."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_number(0, 0, 7, book.add_format({"num_format": "000"}))
        sheet.write_number(0, 1, 46342, book.add_format({"num_format": 31}))
        sheet.write_formula(0, 2, "=NA()", None, "#N/A")
        sheet.write_formula(0, 3, "=A1", None, "")
        sheet.write_datetime(0, 4, at("2026-12-02"), book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
        sheet.merge_range(1, 0, 3, 0, "大店镇")
        sheet.write_string(3, 1, "末行")
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.write_string(2, 1, "被筛选")
    (found,) = workbooks.read(out.getvalue(), "a.xlsx").sheets
    first, second, third, fourth = found.rows()
    assert first.cells[0] == "007"
    assert instant(first.cells[1]) == instant("2026-11-16")
    assert first.cells[2] == Broken("#N/A")
    assert isinstance(first.cells[3], Broken)
    assert instant(first.cells[4]) == (instant("2026-12-02 00:00")[0], False)
    assert [row.cells[0] for row in (second, third, fourth)] == ["大店镇"] * 3
    assert [row.hidden for row in (second, third, fourth)] == [False, True, False]


def test_one_opening_mark_does_not_swallow_the_orders_after_it() -> None:
    rows = ["编号,时间,内容"] + [f"A{n},2026-11-16,路灯{n}" for n in range(1, 7)]
    rows[2] = 'A2,2026-11-16,"他说没水'
    rows[4] = 'A4,2026-11-16,"停电"了'
    (sheet,) = workbooks.read("\n".join(rows).encode(), "a.csv").sheets
    assert [row.cells[0] for row in sheet.rows()] == ["编号", *(f"A{n}" for n in range(1, 7))]
    assert (3, "引号没有成对，这一行按一行读取，请核对") in sheet.remarks


def test_a_cut_sign_is_told_with_its_row_and_spoils_nothing_else() -> None:
    data = "no,text\n1,路灯不亮\n2,没有水\n3,停电\n".encode()
    cut = data.replace("没有水".encode(), "没有水".encode()[:-1])
    (sheet,) = workbooks.read(cut, "a.csv").sheets
    rows = [row.cells for row in sheet.rows()]
    assert (rows[1][1], rows[3][1]) == ("路灯不亮", "停电")
    assert rows[2][1].startswith("没有")
    assert [number for number, _ in sheet.remarks] == [3]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"%PDF-1.7\n", "这是 PDF 文件"),
        (b"{\"rows\": []}", "这是 JSON 文件"),
        (b"Rar!\x1a\x07", "压缩文件"),
        (b"", "文件是空的"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_named(data: bytes, sentence: str) -> None:
    with pytest.raises(FileError, match=sentence):
        workbooks.read(data, "a")


@pytest.mark.parametrize(
    "limits",
    [workbooks.Limits(unpacked=100), workbooks.Limits(memory=16 << 20), workbooks.Limits(size=1000)],
)
def test_a_child_that_takes_too_much_ends_alone(limits: workbooks.Limits) -> None:
    with pytest.raises(FileError, match=r"文件太大|文件无法读取"):
        workbooks.read(by_xlsxwriter(), "a", limits)
    assert len(workbooks.read(by_xlsxwriter(), "a").sheets[0]) == 4, "and the next file is read"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("第一行\n第二行", "第一行\n第二行"),  # odswriter, tablib
        ("第一行\n\n第二行", "第一行\n\n第二行"),
        ("\n    第一行\n    第二行\n  ", "第一行 第二行"),  # as XML is set out
        ("\n第一行\n", "第一行"),
    ],
)
def test_a_bare_line_end_within_a_paragraph_of_an_ods_is_one(written: str, meant: str) -> None:
    data = flat_ods().replace(f"<text:p>{HEAD[0]}</text:p>".encode(), f"<text:p>{written}</text:p>".encode(), 1)
    (sheet,) = workbooks.read(data, "a.fods").sheets
    assert text(sheet[0].cells[0]) == meant
