"""Files of an upper platform as it might send them, made here: no row is anybody's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import openpyxl
import pytest
import xlsxwriter
from tests.cast import Cast

from lianxin.exchange import imports, maps
from lianxin.exchange.files import Source
from lianxin.exchange.maps import Map
from lianxin.exchange.report import Report

Rows = Sequence[dict[str, Any]]

#: One order of the city's platform.
ORDER: dict[str, Any] = {
    "工单编号": "LY2026111800001",
    "受理时间": "2026-11-18 08:12:00",
    "办理时限": "2026-11-20",
    "诉求类型": "求助类",
    "一级分类": "居民生活",
    "二级分类": "供暖",
    "三级分类": "供暖温度",
    "所属区域": "大店镇",
    "紧急程度": "普通",
    "标题": "某小区 2 号楼室温偏低",
    "诉求内容": "来电人反映室温只有 13℃，请热力公司检修。",
    "事发地址": "某小区 2 号楼",
    "来电人": "张先生",
    "联系电话": 13900002086.0,
    "是否保密": "否",
    "回访时间": "",
    "服务过程评价": "",
    "办理结果评价": "",
    "是否解决": "",
    "回访意见": "",
}


def order(number: int, **changes: Any) -> dict[str, Any]:
    """Order `number` of that day with changes; a column set to None is left empty."""
    return ORDER | {"工单编号": f"LY2026111800{number:03}"} | changes


def workbook(path: Path, sheets: dict[str, Rows], *, above: int = 0) -> Path:
    """A workbook; `above` rows of something else stand above the headings."""
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as directory:
        for title, rows in sheets.items():
            sheet = directory.add_worksheet(title)
            headers = list(dict.fromkeys(name for row in rows for name in row))
            for number, row in enumerate([dict(zip(headers, headers, strict=True)), *rows]):
                for column, name in enumerate(headers):
                    value = row.get(name)
                    if isinstance(value, str):
                        sheet.write_string(number + above, column, value)
                    elif value is not None:
                        sheet.write(number + above, column, value)
    return path


def read_back(path: Path | IO[bytes]) -> list[dict[str, Any]]:
    """The first sheet of a workbook, by its headings."""
    rows = list(openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


class Import:
    """Files that are imported into the centre of the cast at one moment."""

    def __init__(self, cast: Cast, folder: Path, at: datetime) -> None:
        self.cast, self.folder, self.at = cast, folder, at

    def source(self, *rows: dict[str, Any], **sheets: Rows) -> Source:
        return Source.open(workbook(self.folder / "in.xlsx", {"工单": rows, **sheets} if rows else sheets))

    def run(self, *rows: dict[str, Any], mapping: Map | str = "city", **sheets: Rows) -> Report:
        return imports.run(self.source(*rows, **sheets), as_map(mapping), self.cast.centre, self.at)

    def preview(self, *rows: dict[str, Any], mapping: Map | str = "city") -> Report:
        return imports.preview(self.source(*rows), as_map(mapping), self.cast.centre, self.at)


def as_map(mapping: Map | str) -> Map:
    return maps.find(mapping) if isinstance(mapping, str) else mapping


@pytest.fixture
def bring(cast: Cast, tmp_path: Path, nine: datetime) -> Import:
    """Imports into the centre of the cast on 18 November 2026 at nine."""
    return Import(cast, tmp_path, nine)


@pytest.fixture
def changed() -> Callable[..., Map]:
    """A shipped map with parts of it replaced."""

    def change(name: str, **parts: Any) -> Map:
        return Map.model_validate(maps.find(name).model_dump(exclude_none=True) | parts)

    return change
