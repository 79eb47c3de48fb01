"""`lianxin policy check` and `explain`: what the person who writes the rules reads."""

from pathlib import Path
from time import process_time

import pytest
from click.testing import CliRunner

from lianxin.ops.commands.policy import command
from lianxin.rules import policy


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, list(arguments))
    return result.exit_code, result.output


@pytest.mark.parametrize("pack", ["base", "junan-2021"])
def test_the_shipped_packs_are_without_fault(pack: str):
    code, said = run("check", str(policy.POLICIES / f"{pack}.toml"))
    assert code == 0
    assert "没有错误" in said


def test_a_broken_pack_is_refused_with_a_sentence_a_fault(tmp_path: Path):
    text = (policy.POLICIES / "junan-2021.toml").read_text("utf-8")
    broken = tmp_path / "junan-2021.toml"
    broken.write_text(text.replace('allow = "60 minutes"', 'allow = "60 minuets"').replace("days", "dyas", 1), "utf-8")
    code, said = run("check", str(broken))
    assert code == 1
    assert f"{broken}：规则 D29.urgent，字段 allow：应为“60 minutes”" in said
    assert "规则包没有载入" in said
    assert "Traceback" not in said


def test_a_file_that_is_not_there():
    code, said = run("check", "/nowhere/x.toml")
    assert code == 1
    assert "找不到文件" in said


def test_explain_prints_every_rule_with_its_words_and_whether_it_is_in_force():
    code, said = run("explain", "junan-2021")
    assert code == 0
    rows = [line for line in said.splitlines() if line.startswith("D")]
    assert [row.split("　")[0] for row in rows] == [f"D{n:02}" for n in range(1, 37)]
    assert [row.split("　")[0] for row in rows if "〔仅陈述〕" in row] == ["D31", "D32", "D33", "D34"]
    assert all("〔已启用〕" in row or "〔仅陈述〕" in row for row in rows)
    assert "原文：按照“化解存量、遏制增量”的思路" in said
    assert "目标不低于 100%" in said
    assert "—— 沿用《政务服务便民热线通用规则》的规则 ——" in said
    assert "C36　派单　〔已启用〕" in said


def test_explain_speaks_chinese_where_the_pack_speaks_code():
    _, said = run("explain", "junan-2021")
    assert "公式：较上周增减 = (受理量 - 上期受理量) ÷ 上期受理量；按百分数显示，保留 2 位小数，四舍五入" in said
    assert "条件：紧急程度为“紧急”且承办角色不为“协办”且下派层级为0" in said
    for code in ("iso_week", "assess_layer", "order.", "accepted", "half_up"):
        assert code not in said


def test_explain_takes_a_file_too():
    code, said = run("explain", str(policy.POLICIES / "base.toml"))
    assert code == 0
    assert said.startswith("政务服务便民热线通用规则")


def test_explain_of_an_unknown_pack_names_those_there_are():
    code, said = run("explain", "junan")
    assert code == 1
    assert "现有：base、jinan-cg、junan-2021" in said


def test_explain_says_where_a_clause_is_held_and_what_gave_way():
    _, said = run("explain", "junan-2021")
    lines = said.splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith("D18"))
    assert "    执行：派单（dispatch.actions.decide_return）" in lines[place : place + 4]
    assert next(line for line in lines if line.startswith("D31")).endswith("〔仅陈述〕")
    assert "本包规则 42 条，其中 4 条仅陈述" in said
    assert "  [[source]]　以本包所列为全部" in lines
    assert "  D02.mean　取代 S10　日均受理量" in lines
    stays = next(line for line in lines if line.startswith("  沿用 "))
    assert "S02.urgent" in stays
    assert "S01" not in stays
    # A base has given way to nobody.
    _, said = run("explain", "base")
    assert "  沿用 " not in said


def test_check_prints_the_limits_as_a_table_of_few_lines(tmp_path: Path):
    _, said = run("check", str(policy.POLICIES / "junan-2021.toml"))
    lines = [line.split() for line in said.splitlines()]
    head = next(n for n, line in enumerate(lines) if line[:1] == ["时限"])
    rows = lines[head + 1 : lines.index([], head)]
    assert len(rows) == 48
    assert rows[:3] == [
        ["派单", "登记受理", "一律", "5分钟", "C36"],
        ["签收", "派单", "紧急程度为一般", "1个工作日", "B09"],
        ["紧急程度为紧急", "15分钟", "B09.urgent"],
    ]
    assert ["下派层级为1以上", "不设"] in rows
    assert "4 条仅陈述：D31、D32、D33、D34" in said


def test_check_is_quick():
    """A pack in three seconds at most, however much its conditions look at (processor time of this process)."""
    run("check", str(policy.POLICIES / "base.toml"))
    begun = process_time()
    run("check", str(policy.POLICIES / "junan-2021.toml"))
    assert process_time() - begun < 3
