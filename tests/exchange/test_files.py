"""Files that are not what they seem: one clear sentence each, and nothing is imported."""

from __future__ import annotations

import io
import random
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from lianxin.exchange import imports, maps
from lianxin.exchange.files import FileError, Source

from .conftest import Import, order, workbook


def test_a_sheet_is_found_by_name_and_its_lines_are_numbered_as_excel_does(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"说明": [{"说明": "略"}], "工单": [order(1), {}, order(2)]}, above=2)
    (table,) = Source.open(path).tables("工单", 3, ["工单编号", " 受理 时间 "])
    lines = [line for line, _, _ in table.lines()]
    assert [(line.sheet, line.number) for line in lines] == [("工单", 4), ("工单", 6)]
    assert lines[0].cells["工单编号"] == "LY2026111800001"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_is_read_in_the_encodings_of_offices(encoding: str) -> None:
    content = '工单编号,诉求内容\r\nA1,"第一行\r\n第二行, 有逗号"\r\n\r\nA2,㐂\r\n'
    (table,) = Source(content.encode(encoding), "a.csv").tables(1, 1, ["工单编号"])
    lines = [line for line, _, _ in table.lines()]
    assert [(line.number, line.cells["工单编号"]) for line in lines] == [(2, "A1"), (4, "A2")]
    assert "有逗号" in lines[0].cells["诉求内容"]


def broken_zip() -> bytes:
    return workbook_bytes()[:700]


def workbook_bytes() -> bytes:
    out = io.BytesIO()
    workbook(out, {"工单": [order(n) for n in range(1, 20)]})  # type: ignore[arg-type]
    return out.getvalue()


def other_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        parts.writestr("readme.txt", "no workbook")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "文件是空的"),
        (broken_zip(), "文件不完整"),
        (other_zip(), "文件里没有表格"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "文件无法读取，可能已损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "文件加了密码"),
        (b"  <html><body>\xe7\x99\xbb\xe5\xbd\x95</body></html>", "网页里没有表格"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "这是图片，不是表格"),
        ("甲,乙\n1,2\n".encode(), "缺少列：工单编号（现有：甲、乙）"),
        ("工单编号,乙\n".encode(), "表头下面没有数据"),
        (b"\n\n", "文件里没有内容"),
        ("工单编号,工单编号\n1,2\n".encode(), "有重复的列：工单编号"),
        (bytes(range(1, 32)) * 200, "文件无法读取：不是表格"),
    ],
)
def test_what_cannot_be_read_gets_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(FileError, match=sentence):
        Source(data, "a.xlsx").tables(1, 1, ["工单编号"])


def test_a_sheet_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "two.xlsx", {"工单": [order(1)], "字典": [{"名称": "略"}]})
    source = Source.open(path)
    for sheet, words in (("回访", "没有名为“回访”的工作表（现有：工单、字典）"), (3, "没有第 3 个工作表")):
        with pytest.raises(FileError, match=words):
            source.tables(sheet, 1, [])


def test_too_large_a_file_is_refused(tmp_path: Path) -> None:
    rows = "工单编号\n" + "A\n" * 5
    with pytest.raises(FileError, match="一次最多导入 4 行"):
        Source(rows.encode(), "a.csv", most=4).tables(1, 1, [])
    with pytest.raises(FileError, match="读不到这个文件"):
        Source.open(tmp_path / "none.xlsx")


def test_damage_anywhere_in_a_workbook_is_a_sentence_too() -> None:
    whole, chance = workbook_bytes(), random.Random(43)
    for _ in range(20):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 30)):
            data[chance.randrange(4, len(data))] = chance.randrange(256)
        with suppress(FileError):
            Source(bytes(data), "a.xlsx").tables(1, 1, ["工单编号"])


def test_all_that_is_to_be_said_of_a_row_is_said(bring: Import) -> None:
    """A mark that was never closed and a damaged sign: the second remark once stood alone."""
    heads = list(order(1))
    rows = [",".join(str(row[head]) for head in heads) for row in (order(1), order(2))]
    text = "\n".join([",".join(heads), *rows, ""])
    damaged = text.encode().replace(str(order(2)["标题"]).encode(), b'"\xff' + "暖气不热".encode(), 2)
    report = imports.preview(Source(damaged, "a.csv"), maps.find("city"), bring.cast.centre, bring.at)
    told = [str(note) for note in report.notes]
    assert any("引号没有成对" in note for note in told), told
    assert any("有残缺的字符" in note for note in told), told
