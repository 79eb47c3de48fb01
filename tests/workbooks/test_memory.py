"""What a file costs: rows are read one by one and kept outside of memory, however many there are."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lianxin import workbooks
from lianxin.workbooks.packed import Packed

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


def test_conditions_load_no_command_line() -> None:
    code = "import sys, lianxin.rules.conditions as c; c.Condition.compile('1 == 1'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"prompt_toolkit", "typer", "rich"} & set(loaded)
