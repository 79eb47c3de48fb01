"""Who takes an action by a pack: what `policy check` refuses, and what `policy explain` says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lianxin.rules import policy
from lianxin.rules.policy_explain import explain

HEAD = """
[pack]
id = "x"
title = "某县"
version = "1"
effective = 2026-01-01
extends = "base"

[[rule]]
id = "x:posts"
title = "岗位分工"
clause = "原文"
sets = ["posts.actions", "sight.reasons"]
"""


def load(folder: Path, *rules: str, more: str = "") -> policy.Pack:
    path = folder / "x.toml"
    path.write_text(f"{HEAD}\n{more}\n[posts]\nactions = [{', '.join(rules)}]\n", "utf-8")
    return policy.load(path)


def rule(action: str, only: list[str] | None = None, also: tuple[tuple[str, str], ...] = ()) -> str:
    parts = [f'action = "{action}"']
    parts += [f"only = {json.dumps(only)}"] if only is not None else []
    lent = ", ".join(f'{{ post = "{post}", unit = "{unit}" }}' for post, unit in also)
    return f"{{ {', '.join([*parts, *([f'also = [{lent}]'] if also else [])])} }}"


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ([rule("callback.scored", ["callback"])], "没有“callback.scored”"),
        ([rule("clock.breached", ["leader"])], "由系统自动完成"),
        ([rule("order.closed", ["boss"])], "已有的岗位，不能是“boss”"),
        ([rule("order.closed", ["clerk"])], "从原有岗位（auditor、callback、supervisor）中选，不能是“clerk”"),
        ([rule("order.closed", ["system"])], "不能是“system”"),
        ([rule("order.closed", [])], "至少留一个岗位"),
        ([rule("order.closed", ["callback"]), rule("order.closed", ["auditor"])], "“order.closed”有 2 项"),
        ([rule("task.done", ["leader"])], "由交办它的规则写明"),
        ([rule("caller.unmasked", also=(("clerk", "npc"),))], "不能是“caller.unmasked”"),
        ([rule("caller.flagged", also=(("clerk", "npc"),))], "不能是“caller.flagged”"),
        ([rule("caller.unflagged", also=(("clerk", "npc"),))], "不能是“caller.unflagged”"),
        ([rule("order.shown", also=(("clerk", "npc"),))], "不能是“order.shown”"),
        ([rule("callback.recorded", also=(("supervisor", "npc"),))], "写单位的岗位"),
        # A petition lies on a post that decides it: one that may not decide any more leaves it undecided.
        ([rule("return.decided", ["supervisor"])], "能审定这种申请的中心岗位（supervisor"),
    ],
)
def test_a_pack_that_names_what_is_not_there_or_leaves_nobody_is_refused(
    tmp_path: Path, rules: list[str], sentence: str
) -> None:
    with pytest.raises(policy.PolicyError) as refused:
        load(tmp_path, *rules)
    assert any(sentence in str(problem) for problem in refused.value.problems), str(refused.value)


def test_explain_says_who_takes_what_and_why_orders_are_shown(tmp_path: Path) -> None:
    shown = '[sight]\nreasons = [{ code = "npc", title = "代表走访", what = "files", caller = true }]'
    taken = rule("callback.recorded", ["callback"], (("clerk", "npc"),))
    pack = load(tmp_path, taken, rule("order.excluded", ["leader"]), more=shown)
    lines = [line.strip() for line in explain(pack, {})]
    told = "回访：只由回访员办理；另交 npc 的经办人办理、剔除（不计入考核）：只由中心领导办理"
    assert f"设置：岗位权限 = {told}" in lines
    assert "设置：开放查看的事由 = 代表走访（内容和附件，可以一并开放诉求人）" in lines


def test_what_is_not_said_stays_as_the_table_has_it(tmp_path: Path) -> None:
    posts = frozenset({"callback", "auditor", "system"})
    pack: Any = load(tmp_path, rule("order.closed", ["callback"])).posts
    assert pack.takers("order.closed", posts) == {"callback", "system"}
    assert pack.takers("order.reopened", posts) == posts
    assert pack.lent("order.closed") == frozenset()
    assert policy.find("base").posts.takers("order.closed", posts) == posts
