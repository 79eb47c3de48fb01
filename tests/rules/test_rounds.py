"""Rows of what comes round and what is watched: what a pack may write, what it is told of a mistake, how it reads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.rulebooks import tables, text

from lianxin.rules import policy
from lianxin.rules.policy_errors import PolicyError
from lianxin.rules.policy_explain import lines_of

DUTY: dict[str, Any] = {
    "id": "A06",
    "title": "主要负责人每月回访",
    "clause": "“三个一”：每月回访一次",
    "every": "month",
    "post": "principal",
    "by": ["line_deputy"],
    "among": ["town"],
    "when": "unit.received >= 1",
    "met_by": ["callback.led", "scheduling.held"],
    "times": 2,
    "warn": "3 days before",
    "late": "5 workdays",
}
WATCH: dict[str, Any] = {
    "id": "E05",
    "title": "屡办不成",
    "clause": "屡办不成 诉求事项办理机制",
    "from": ["dispatch", "breach.total"],
    "when": "order.moves >= 3",
    "proposes": "stubborn",
}


def read(folder: Path, **rows: dict[str, Any]) -> policy.Pack:
    """The base pack with a row of each of these tables."""
    book = tables() | {table: [row] for table, row in rows.items()}
    (folder / "base.toml").write_text(text(book), "utf-8")
    return policy.load(folder / "base.toml")


@pytest.mark.parametrize(
    ("table", "change", "told"),
    [
        ("duty", {"every": "fortnight"}, "every"),
        ("duty", {"post": "npc_deputy"}, "post"),
        ("duty", {"when": "order.round > 1"}, "只看单位（unit）的条件"),
        ("duty", {"when": "unit.people > 1"}, "unit 下已有的字段"),
        ("duty", {"met_by": []}, "met_by"),
        ("duty", {"met_by": ["callback.dreamt"]}, "已有的动作"),
        ("duty", {"times": 0}, "times"),
        ("duty", {"warn": "3 days"}, "warn"),
        ("duty", {"late": "soon"}, "late"),
        ("duty", {"among": ["castle"]}, "castle"),
        ("duty", {"when": "unit.type == 'castle'"}, "castle"),
        ("watch", {"from": []}, "from"),
        ("watch", {"from": ["dreamt"]}, "from"),
        ("watch", {"when": "share.depth > 1"}, "只看工单"),
        ("watch", {"when": "unit.open > 1"}, "不看 unit"),
        ("watch", {"proposes": "letter"}, "能由规则提出的专办事项"),
        ("watch", {"step": "confirmed"}, "能由规则自动走的一步"),
        ("watch", {"proposes": "rehandling"}, "没有“proposed”"),
        ("watch", {"from": ["breach.dreamt"]}, "没有“dreamt”"),
        ("watch", {"from": ["graded.moon"]}, "没有“moon”"),
        ("watch", {"when": "event.name == 'dreamt'"}, "event.name 的取值"),
    ],
)
def test_a_mistake_is_named_with_its_row(tmp_path: Path, table: str, change: dict[str, Any], told: str) -> None:
    whole = {"duty": DUTY, "watch": WATCH}[table]
    read(tmp_path, **{table: whole})
    with pytest.raises(PolicyError) as refused:
        read(tmp_path, **{table: whole | change})
    assert {problem.rule for problem in refused.value.problems} == {whole["id"]}
    assert told in str(refused.value)


def test_a_condition_of_a_clock_or_a_duty_of_an_order_does_not_see_a_units_period(tmp_path: Path) -> None:
    book = tables()
    book["clock"][0]["when"] = "unit.received > 0"
    (tmp_path / "base.toml").write_text(text(book), "utf-8")
    with pytest.raises(PolicyError, match="只有"):
        policy.load(tmp_path / "base.toml")


def test_they_are_explained_in_words(tmp_path: Path) -> None:
    pack = read(tmp_path, duty=DUTY, watch=WATCH)
    assert list(lines_of(pack, pack.duties[0])) == [
        "定期职责：主要负责人每月回访，每月 2 次，镇街的主要负责人；其他分管负责人做的也算；"
        "条件：本期收到的承办件 >= 1；以“领导回访”、“调度”的记录为依据；截止前3日预警；期满后5个工作日内可以补录"
    ]
    assert list(lines_of(pack, pack.watches[0])) == [
        "监测：屡办不成，“派单或逾期（total）”之后改派次数 >= 3的，提出列为“屡办不成事项”，由人确认或者不列入"
    ]
    step = {
        "proposes": "rehandling",
        "step": "satisfied",
        "from": ["graded.city"],
        "when": "event.name == 'graded.city'",
    }
    pack = read(tmp_path, watch=WATCH | step)
    (told,) = lines_of(pack, pack.watches[0])
    assert told.startswith("监测：屡办不成，“回访评价（city）”之后")
    assert told.endswith("的，“重办台账”自动回访满意销号")


def test_a_pack_lays_its_rows_over_those_of_its_base(tmp_path: Path) -> None:
    read(tmp_path, duty=DUTY)
    own = {"pack": {**tables()["pack"], "id": "own", "extends": "base"}, "duty": [DUTY | {"times": 1}]}
    (tmp_path / "own.toml").write_text(text(own), "utf-8")
    assert [rule.times for rule in policy.load(tmp_path / "own.toml").duties] == [1]


def test_the_command_line_knows_what_kinds_of_proceedings_can_do(tmp_path: Path) -> None:
    """In a process of its own, in which nothing of the product has been imported yet."""
    own = {"pack": {**tables()["pack"], "id": "own", "extends": "base"}, "duty": [DUTY], "watch": [WATCH]}
    (tmp_path / "own.toml").write_text(text(own), "utf-8")
    for name, change in (("base.toml", tables()),):
        (tmp_path / name).write_text(text(change), "utf-8")
    told = subprocess.run(
        [sys.executable, "-m", "lianxin.ops.cli", "policy", "check", str(tmp_path / "own.toml")],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"LIANXIN_VAR": str(tmp_path / "var")},
    )
    assert "没有错误" in told.stdout, told.stdout + told.stderr
