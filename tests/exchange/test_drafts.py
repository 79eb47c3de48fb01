"""A map is proposed for the exports of cities that nobody here knows, and what is missing is told."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

import pytest

from lianxin.exchange import cells
from lianxin.exchange.drafts import propose
from lianxin.exchange.files import FileError, Source, heading
from lianxin.exchange.maps import Map

from .strange import CITIES, Export, Truth

FIELDS = {
    "number": ("upstream_number", cells.code),
    "time": ("received_at", cells.moment),
    "caller": ("caller", cells.text),
    "phone": ("phone", lambda cell: cells.phone(cell)[0]),
    "text": ("text", cells.text),
    "unit": ("units", cells.text),
    "limit": ("upstream_due", cells.moment),
    "state": ("state", cells.text),
}


@pytest.mark.parametrize("city", CITIES, ids=lambda city: city.__name__)
def test_the_export_of_a_strange_city_is_understood(city: Callable[[int], Export]) -> None:
    export = city(300)
    source = Source(export.data, export.name, most=5000)
    proposal = propose(source)
    mapping = Map.model_validate(tomllib.loads(proposal.toml))
    assert mapping.columns is not None
    (table,) = source.tables(mapping.map.sheet, None, proposal.columns.values())
    rows = [given for _, _, given in table.lines()]
    assert len(rows) == len(export.truths)
    for name, (field, read) in FIELDS.items():
        if name in export.lacks:
            assert getattr(mapping.columns, field) is None, f"{name} has no column"
            assert any("没有找到的列" in remark for remark in proposal.remarks)
            continue
        column = getattr(mapping.columns, field)
        assert column, f"{name}: {proposal.columns}"
        right = sum(
            _same(read(given.get(heading(column))), truth, name)
            for given, truth in zip(rows, export.truths, strict=True)
        )
        assert right >= 0.95 * len(rows), f"{name}: {right} of {len(rows)} right, from {column}"


def _same(found: object, truth: Truth, name: str) -> bool:
    return found == getattr(truth, name)


def test_what_is_no_table_of_orders_is_said() -> None:
    with pytest.raises(FileError, match=r"没有找到像工单的表头|文件里没有内容"):
        propose(Source("品名,单价,数量\n苹果,3,5\n梨,2,7\n".encode(), "价目.csv"))


def test_what_was_not_understood_is_told() -> None:
    text = "工单编号,受理时间,诉求内容,神秘列\n" + "\n".join(
        f"A{n},2026-03-01 08:00,路灯不亮请维修,x{n}" for n in range(9)
    )
    proposal = propose(Source(text.encode(), "a.csv"))
    assert "没有找到的列：诉求人、联系电话、承办单位、上级时限、办理状态" in proposal.remarks
    assert "没有看懂、不导入的列：神秘列" in proposal.remarks
