"""What office files do to numbers and times, and what we make of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests.cast import shanghai

from lianxin.exchange import cells
from lianxin.exchange.cells import CellError


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-11-18 09:30:05", "2026-11-18 09:30:05"),
        ("2026/11/8 9:30", "2026-11-08 09:30"),
        ("2026.11.18", "2026-11-18 00:00"),
        ("2026年11月18日", "2026-11-18 00:00"),
        ("2026年11月18日 9时30分", "2026-11-18 09:30"),
        ("2026年11月18日 9时30分5秒", "2026-11-18 09:30:05"),
        ("2026-11-18T09:30:00", "2026-11-18 09:30"),
        ("2026/11/18 星期三 下午 3:05:09", "2026-11-18 15:05:09"),
        ("2026-11-18 24:00", "2026-11-19 00:00"),
        ("２０２６－１１－１８ ０９：３０", "2026-11-18 09:30"),
        (datetime(2026, 11, 18, 9, 30), "2026-11-18 09:30"),  # noqa: DTZ001 - as the reader gives it
        (date(2026, 11, 18), "2026-11-18 00:00"),
        (46344.0, "2026-11-18 00:00"),
        (46344.395833333336, "2026-11-18 09:30"),
        ("46344.395833333336", "2026-11-18 09:30"),
        (20261118.0, "2026-11-18 00:00"),
        ("20261118093005", "2026-11-18 09:30:05"),
        ("2026-11-18 01:30:00+00:00", "2026-11-18 09:30"),
    ],
)
def test_times_of_all_kinds_are_read(cell: Any, expected: str) -> None:
    assert cells.moment(cell) == shanghai(expected)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-13-01",
        "2026-11-18 25:00",
        "昨天",
        True,
        12.5,
        "1899-01-01",
        "2026-02-30",
        "1",
        "9" * 400,
        float("inf"),
        float("nan"),
    ],
)
def test_what_is_no_time_is_refused_in_chinese(cell: Any) -> None:
    with pytest.raises(CellError, match=r"不是(日期和|合理的)时间"):
        cells.moment(cell)


def test_a_bare_day_of_a_deadline_ends_at_its_24_00() -> None:
    assert cells.moment("2026-11-20", end_of_day=True) == shanghai("2026-11-21 00:00")
    assert cells.moment("2026-11-20 17:00", end_of_day=True) == shanghai("2026-11-20 17:00")
    midnight = datetime(2026, 12, 2)  # noqa: DTZ001 - as the reader gives it
    for cell in (midnight, "2026-12-02 00:00", "2026-12-02 00:00:00"):
        assert cells.moment(cell, end_of_day=True) == shanghai("2026-12-02 00:00"), "cell and text alike"
    assert cells.moment(date(2026, 12, 2), end_of_day=True) == shanghai("2026-12-03 00:00")
    assert cells.moment("") is None


def test_a_format_of_the_map_is_used() -> None:
    assert cells.moment("18.11.2026 09h30", ("%d.%m.%Y %Hh%M",)) == shanghai("2026-11-18 09:30")


@pytest.mark.parametrize(
    ("cell", "number", "remark"),
    [
        (13900002086.0, "13900002086", ""),
        ("１３９００００２０８６ ", "13900002086", ""),
        ("'139 0000 2086", "13900002086", ""),
        ("+86 139-0000-2086", "13900002086", ""),
        ("0539-7212345", "05397212345", ""),
        ("13900002086/0539-7212345", "13900002086", "有 2 个联系电话，只取第一个"),
        ("139****2086", "", "联系电话“139****2086”已被遮蔽，没有导入"),
        ("无", "", ""),
        ("0539-7212345转801", "05397212345-801", ""),
        ("+852 6123 4567", "+85261234567", ""),
        ("未接/13900002086", "13900002086", ""),
        (";", "", ""),
        ("、", "", ""),
        (" ， ；", "", ""),
        (None, "", ""),
    ],
)
def test_telephone_numbers_are_understood(cell: Any, number: str, remark: str) -> None:
    assert cells.phone(cell) == (number, remark)


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("1.39E+10", "是科学计数法，数字已经丢失"),
        ("不详", "联系电话是“不详”，没有填入"),
        ("139", "不是能拨打的号码，没有填入"),
        ("张三家", "不是能拨打的号码，没有填入"),
    ],
)
def test_a_number_that_nobody_can_call_is_left_out_and_told(cell: str, sentence: str) -> None:
    number, remark = cells.phone(cell)
    assert (number, sentence in remark) == ("", True)


def test_an_order_number_survives_the_spreadsheet() -> None:
    assert cells.code(20261118001.0) == "20261118001"
    assert cells.code(" ＬＹ２０２６-1 ") == "LY2026-1"
    for lost in ("2.02611E+15", 2.0261118000012345e15):
        with pytest.raises(CellError, match="请把该列设为“文本”后重新导出"):
            cells.code(lost)


def test_text_loses_what_a_database_cannot_hold() -> None:
    assert cells.text("\u3000一\x00二_x000D_\r\n三\x07 ") == "一二\n三"


@pytest.mark.parametrize(
    ("cell", "name", "number"),
    [
        ("张先生13912345678", "张先生", "13912345678"),
        ("单女士 0539-7212345", "单女士", "05397212345"),
        ("13912345678（曾某）", "(曾某", "13912345678"),
        ("李某，电话：13912345678", "李某", "13912345678"),
        ("王某", "王某", ""),
    ],
)
def test_a_name_and_a_telephone_in_one_cell(cell: str, name: str, number: str) -> None:
    assert cells.phone(cell)[0] == number
    assert cells.without_phone(cell).strip("()（） ") == name.strip("()（） ")


@pytest.mark.parametrize(
    ("day", "clock", "shown"),
    [
        (date(2026, 11, 16), timedelta(hours=8, minutes=5), "2026-11-16 08:05"),
        ("2026年11月16日", "上午8:05", "2026-11-16 08:05"),
        ("2026-11-16", "", "2026-11-16 00:00"),
        ("2026-11-16", 0.5, "2026-11-16 12:00"),
        ("2026-11-16", "2026-11-16 09:00:00", "2026-11-16 09:00"),
    ],
)
def test_a_day_and_a_clock_in_two_columns_are_one_time(day: object, clock: object, shown: str) -> None:
    assert f"{cells.moment(cells.joined(day, clock)):%Y-%m-%d %H:%M}" == shown
