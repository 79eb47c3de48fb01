"""Maps: the shipped ones can be used, and a fault names file and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from lianxin.exchange import maps
from lianxin.exchange.maps import MapError

GOOD = """
[map]
title = "某平台"
mode = "daily"
[columns]
upstream_number = "编号"
received_at = "时间"
text = "内容"
[defaults]
source = "city"
cls = "help"
told = "上级平台已告知。"
"""


def test_the_shipped_maps_can_be_used() -> None:
    assert maps.names() == ("board", "board-replies", "city")
    assert [maps.find(name).map.mode for name in maps.names()] == ["history", "history", "daily"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('text = "内容"', "", "m.toml：columns.text：应为必填的一项（诉求内容），现在没有"),
        ('text = "内容"', 'text = "内容"\ntxt = "x"', "m.toml：columns.txt：应为已有的字段（upstream_number、"),
        ('mode = "daily"', 'mode = "often"', "m.toml：map.mode：应为daily、history 之一，现为 “often”"),
        ('upstream_number = "编号"', "", "m.toml：日常工单（daily）应写明 columns.upstream_number（上级编号）"),
        ('cls = "help"', "", "m.toml：诉求类别应写明：columns.cls 或 defaults.cls"),
        (
            'text = "内容"',
            'text = "内容"\nreply = "答复"\nreplied_at = "t"',
            "m.toml：日常工单（daily）不取 columns.reply",
        ),
        ('text = "内容"', 'text = "内容"\nunits = "单位"', "应有 dispatch 一节"),
        ('text = "内容"', 'text = "内容"\ncallback = { at = "回访时间" }', "m.toml：columns.callback：至少写明"),
        ('title = "某平台"', 'title = "某平台', "m.toml：不是正确的 TOML"),
        ("[columns]", "[values.kind]\na = 'b'\n[columns]", "m.toml：values.kind"),
    ],
)
def test_a_fault_names_file_and_field(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    path = tmp_path / "m.toml"
    path.write_text(GOOD)
    maps.load(path)
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(MapError) as caught:
        maps.load(path)
    assert sentence in caught.value.problems[0]


def test_a_map_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(MapError, match="没有名为“nowhere”的映射（现有：board、board-replies、city）"):
        maps.find("nowhere")
    with pytest.raises(MapError, match=r"读不到映射文件 none\.toml"):
        maps.find(str(tmp_path / "none.toml"))
    (tmp_path / "gbk.toml").write_bytes("# 中".encode("gb18030"))
    with pytest.raises(MapError, match="不是 UTF-8 编码"):
        maps.load(tmp_path / "gbk.toml")
