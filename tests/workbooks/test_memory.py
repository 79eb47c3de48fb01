"""What a file costs: rows are read one by one and kept outside of memory, however many there are."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
import xlsxwriter

from lianxin import workbooks
from lianxin.workbooks.packed import WAITING, Packed

TEXT = "来电人反映小区供暖温度过低，多次联系物业无果，请有关部门尽快处理并答复。" * 6
ROWS = 30_000


def _csv() -> bytes:
    return "\n".join(["编号,时间,内容", *(f"A{n},2026-11-16 08:00,{TEXT}" for n in range(ROWS))]).encode()


def _page() -> bytes:
    rows = "".join(f"<tr><td>A{n}</td><td>2026-11-16</td><td>{TEXT}</td></tr>\n" for n in range(ROWS // 3))
    return f"<html><meta charset=utf-8><table><tr><td>编号</td></tr>{rows}</table></html>".encode()


@pytest.mark.parametrize(("data", "name", "rows"), [(_csv, "a.csv", ROWS + 1), (_page, "a.xls", ROWS // 3 + 1)])
def test_a_text_is_never_in_memory_as_a_whole(data: object, name: str, rows: int) -> None:
    """Interpreter and libraries take some 40 MB of addresses; of a text of 20 MB hardly any more is needed."""
    made = data()  # type: ignore[operator]
    (sheet,) = workbooks.read(made, name, workbooks.Limits(memory=64 << 20)).sheets
    assert len(sheet) == rows
    assert sheet[rows - 1].cells[-1] == TEXT


def test_packed_lines_come_back_in_any_order() -> None:
    packed = Packed(block=4, kept=2)
    for n in range(10):
        packed.append(f"行{n}".encode())
        assert packed[n] == f"行{n}".encode(), "also while its block is open"
    assert len(packed) == 10
    assert [packed[n].decode() for n in (9, 0, 5, 1, 8)] == ["行9", "行0", "行5", "行1", "行8"]
    with pytest.raises(IndexError):
        packed[10]


def test_long_lines_do_not_wait_for_their_block_to_be_full() -> None:
    """Else 64 rows of a few MB each are in memory at once, and a second time when they are joined."""
    packed, line = Packed(), b"x" * (WAITING // 2)
    for n in range(200):
        packed.append(b"%d " % n + line)
        assert sum(map(len, packed._open)) < WAITING
    assert [packed[n].split()[0] for n in (0, 199, 100, 1, 198)] == [b"0", b"199", b"100", b"1", b"198"]
    packed.append(b"last")
    assert packed[200] == b"last"


# `getrusage` would count what the process had before `exec`: this whole test run.
on_linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
#: The process that waits for the child, and by how many MB its memory grew.
PARENT = r"""
import re, sys
from lianxin import workbooks
workbooks.read("编号,内容\n1,水".encode(), "a.csv")
peak = lambda: int(re.search(r"VmHWM:\s*(\d+)", open("/proc/self/status").read())[1]) >> 10
before = peak()
try:
    book = workbooks.read(sys.stdin.buffer.read(), "a.xlsx")
    print(peak() - before, sum(len(row.cells) for row in book.sheets[0].rows()))
except workbooks.FileError as error:
    print(peak() - before, error)
"""


def _one_text_often(signs: int, columns: int, rows: int) -> bytes:
    """A workbook of a few kB: each cell names the same shared text."""
    out = io.BytesIO()
    text = TEXT * (signs // len(TEXT) + 1)
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        # Excel's own limit is 32,767; others write more.
        book.add_worksheet().xls_strmax = signs
        for row in range(rows):
            for column in range(columns):
                book.worksheets()[0].write_string(row, column, text[:signs])
    return out.getvalue()


def _parent(data: bytes) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-c", PARENT], input=data, capture_output=True, check=True)
    grown, said = done.stdout.decode().split(" ", 1)
    return int(grown), said.strip()


@on_linux
def test_a_small_file_that_says_much_fills_no_waiting_process() -> None:
    """A row of 200 × 200,000 signs is a few kB in a file and was over 100 MB in the process that serves pages."""
    data = _one_text_often(200_000, 200, 4)
    assert len(data) < 40_000
    grown, said = _parent(data)
    assert said.startswith("文件太大，第 1 行的内容超过 40 万字"), said
    assert grown < 40


@on_linux
def test_long_rows_that_are_allowed_come_in_within_little_memory() -> None:
    grown, said = _parent(_one_text_often(190_000, 2, 70))
    assert said == "140", "every cell came in"
    assert grown < 40


def test_a_file_as_a_whole_is_bounded_too_and_a_long_cell_is_nothing_special() -> None:
    data = _one_text_often(6_000, 2, 30)
    (sheet,) = workbooks.read(data, "a.xlsx").sheets
    assert [len(cell) for row in sheet.rows() for cell in row.cells] == [6_000] * 60
    with pytest.raises(workbooks.FileError, match="文件太大，内容超过 30 万字，请分成几份导入"):
        workbooks.read(data, "a.xlsx", workbooks.Limits(signs=300_000))


def test_a_cell_that_is_cut_is_said() -> None:
    (sheet,) = workbooks.read(_one_text_often(6_000, 1, 1), "a.xlsx", workbooks.Limits(cell=5_000)).sheets
    assert len(sheet[0].cells[0]) == 5_000
    assert sheet.remarks == [(1, "第 1 列的内容超过 5000 个字，后面的没有读取")]


def test_conditions_load_no_command_line() -> None:
    code = "import sys, lianxin.rules.conditions as c; c.Condition.compile('1 == 1'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"prompt_toolkit", "typer", "rich"} & set(loaded)
