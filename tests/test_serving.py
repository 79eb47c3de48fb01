"""Whether a rule is in force is computed: what code says it holds, docs/mechanisms.md knows, with a test; and reversed.

A row of a founding document is held if a module declares it (`serves`), or if a pack has rows of it that code reads
(clocks, formulas, classes …) or settings of it, each of which has a reader (tests/rules/test_settings_are_read.py).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.test_mechanisms_table import TABLE, table

from lianxin.ops.serving import all_served
from lianxin.rules import policy, serving
from lianxin.rules.policy_rows import ROWS, Consequence, LadderRule, Statement

SOURCE = Path(__file__).resolve().parents[1] / "src" / "lianxin"


def places(row: str) -> list[str]:
    """The files and folders that the row of docs/mechanisms.md names."""
    line = next(line for line in TABLE.read_text("utf-8").splitlines() if line.startswith(f"| {row} |"))
    return re.findall(r"`([a-z_]+/[\w/.]*)`", line.split("|")[2])


def test_every_row_that_code_declares_stands_in_the_table_with_a_test_and_that_place() -> None:
    wrong = []
    for row, modules in all_served().items():
        if not table().get(row):
            wrong.append(f"{row}, declared in {modules}, has no row with a test in docs/mechanisms.md")
            continue
        for module in modules:
            path = f"{module.removeprefix('lianxin.').replace('.', '/')}.py"
            known = (SOURCE / path).exists() and any(path.startswith(place.rstrip("/")) for place in places(row))
            if not known:
                wrong.append(f"{row} is declared in {path}, of which its row in docs/mechanisms.md does not speak")
    assert not wrong, "\n".join(wrong)


def test_every_row_of_the_table_is_held_by_code_that_says_so_or_by_a_pack() -> None:
    packs = [policy.find(name) for name in policy.packs(policy.POLICIES)]
    held = {row.row for pack in packs for row in pack.own if serving.in_force(row, all_served())}
    assert set(table()) <= held | set(all_served())
    # And no clause in words is called held of which the table does not speak.
    words = {row.row for pack in packs for row in pack.own if isinstance(row, Statement)} & held
    assert {row for row in words if not row.startswith("S")} <= set(table())


def test_what_no_code_holds_is_words() -> None:
    junan = policy.find("junan-2021")
    by_code = all_served()
    words = {row.row for row in junan.own} - {row.row for row in junan.own if serving.in_force(row, by_code)}
    assert words == {f"D{number}" for number in range(31, 35)}


def test_a_pack_cannot_say_it_of_itself(tmp_path: Path) -> None:
    """Neither with a word of its own nor with a sentence about it."""
    made = Statement(id="A10", title="月分析", clause="原文", held_by="每月整理。")
    assert not serving.in_force(made, all_served())
    assert serving.in_force(made, {"A10": ("lianxin.bulletins.monthly",)})
    assert serving.in_force(made.model_copy(update={"sets": ("reply",)}), {})
    assert serving.in_force(made.model_copy(update={"replaces": ("S02",)}), {})
    path = tmp_path / "x.toml"
    head = '[pack]\nid = "x"\ntitle = "某县"\nversion = "1"\neffective = 2026-01-01\nextends = "base"\n'
    path.write_text(head + '[[rule]]\nid = "A14"\ntitle = "联席会议"\nclause = "原文"\nenforced = true\n', "utf-8")
    with pytest.raises(policy.PolicyError, match="是否启用由程序推算"):
        policy.load(path)


def test_a_mechanism_is_held_by_whichever_layer_states_it(tmp_path: Path) -> None:
    """The base's clock of B09 stays: the words that a pack has for it are no mere words."""
    path = tmp_path / "x.toml"
    head = '[pack]\nid = "x"\ntitle = "某县"\nversion = "1"\neffective = 2026-01-01\nextends = "base"\n'
    row = '[[rule]]\nid = "{}.own"\ntitle = "签收"\nclause = "第一时间接收"\n'
    path.write_text(head + row.format("B09") + row.format("B10"), "utf-8")
    pack = policy.load(path)
    assert {row.row for row in pack.own} & serving.held(pack, all_served()) == {"B09"}


def test_a_table_that_nothing_reads_is_words() -> None:
    assert {table_ for table_, model in ROWS.items() if not model.served} == {LadderRule.table}
    ladder = LadderRule(
        id="B32",
        title="后两位约谈",
        clause="原文",
        every="week",
        among=("town",),
        rank_by="within_limit_rate",
        take="last 2",
        consequence=Consequence(kind="talk", by="热线中心"),
    )
    assert not serving.in_force(ladder, all_served())
    assert all(serving.in_force(rule, {}) for rule in policy.find("base").clocks)


def test_a_declaration_names_its_module_and_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_SERVED", {})
    serving.serves("B02", "E02")
    assert serving.served() == {"B02": (__name__,), "E02": (__name__,)}
    with pytest.raises(ValueError, match="no row"):
        serving.serves("S02")
