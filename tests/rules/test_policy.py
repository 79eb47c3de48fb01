"""Packs laid over their base: what replaces what, what stays, which version is found."""

from pathlib import Path

import pytest

from lianxin.rules import policy
from lianxin.rules.context import complete
from lianxin.rules.deadlines import stops

HEAD = '[pack]\nid = "{name}"\ntitle = "某县"\nversion = "{version}"\neffective = 2026-01-01\nextends = "{base}"\n'


def write(folder: Path, name: str, text: str, *, version: str = "1", base: str = "base", file: str = "") -> Path:
    path = folder / f"{file or name}.toml"
    path.write_text(HEAD.format(name=name, version=version, base=base) + text, encoding="utf-8")
    return path


def clock(row: str, kind: str, more: str) -> str:
    return (
        f'[[clock]]\nid = "{row}"\ntitle = "某时限"\nclause = "原文"\nkind = "{kind}"\n'
        f'on = "share"\nfrom = "dispatch"\nuntil = "reply"\n{more}\n'
    )


def test_a_kind_of_clock_replaces_that_kind_only(tmp_path: Path):
    pack = policy.load(write(tmp_path, "x", clock("B10", "handle", 'allow = "3 workdays"')))
    kinds = {rule.id: rule.kind for rule in pack.clocks}
    assert [row for row, kind in kinds.items() if kind == "handle"] == ["B10"]
    assert kinds["B09"] == "sign"
    assert {rule.id for rule in pack.rules} >= {"B10", "B09", "C36", "A12"}
    assert "S02" not in {rule.id for rule in pack.rules}


def test_a_rule_that_is_not_enforced_replaces_and_starts_nothing(tmp_path: Path):
    text = clock("B10", "handle", 'allow = "3 workdays"\nenforced = false') + clock(
        "B11", "arrive", 'allow = "60 minutes"\nenforced = false'
    )
    pack = policy.load(write(tmp_path, "x", text))
    assert pack.clock("S02").kind == "handle"
    assert "arrive" not in {rule.kind for rule in pack.clocks}
    assert "arrive" not in stops(pack, "reply")
    assert {"B10", "B11", "S02"} <= {rule.id for rule in pack.rules}
    with pytest.raises(KeyError):
        pack.clock("B10")


def test_a_list_is_replaced_whole_and_a_setting_alone(tmp_path: Path):
    text = """
[[source]]
id = "B70"
code = "own"
title = "本区受理"
origin = "默认值"
upstream = false
[[rule]]
id = "B71"
title = "回访"
clause = "原文"
sets = ["callback.tries"]
[callback]
tries = 5
"""
    base, pack = policy.find("base"), policy.load(write(tmp_path, "x", text))
    assert list(pack.sources) == ["own"]
    assert list(pack.classes) == list(base.classes)
    assert pack.callback.tries == 5
    assert pack.callback.grades == base.callback.grades
    assert pack.setting("petition.return.max_times") == base.petition.return_.max_times


def test_a_pack_may_stand_on_a_pack_that_stands_on_the_base(tmp_path: Path):
    write(tmp_path, "county", clock("B10", "handle", 'allow = "3 workdays"'))
    pack = policy.load(write(tmp_path, "town", clock("B20", "contact", 'allow = "2 hours"'), base="county"))
    assert {"B10", "B20", "C36"} <= {rule.id for rule in pack.clocks}
    assert pack.base is not None
    assert pack.base.base is not None
    assert pack.base.base.id == "base"


def test_the_clock_of_the_first_condition_that_holds_is_tried_first(tmp_path: Path):
    text = clock("B10.urgent", "handle", 'when = "order.urgency == \'urgent\'"\nallow = "1 workday"') + clock(
        "B10", "handle", 'allow = "3 workdays"'
    )
    pack = policy.load(write(tmp_path, "x", text))
    tried = [rule.id for rule in pack.clocks_on("dispatch") if rule.kind == "handle"]
    assert tried == ["B10.urgent", "B10"]
    first = pack.clock("B10.urgent")
    assert first.row == "B10"
    assert first.when is not None
    assert not first.when.holds(complete())


def test_versions_lie_side_by_side(tmp_path: Path):
    write(tmp_path, "x", clock("B10", "handle", 'allow = "3 workdays"'), version="2")
    write(tmp_path, "x", clock("B10", "handle", 'allow = "5 workdays"'), version="1", file="x@1")
    assert str(policy.find("x", tmp_path).clock("B10").allow) == "3个工作日"
    assert str(policy.find("x", tmp_path, "2").clock("B10").allow) == "3个工作日"
    assert str(policy.find("x", tmp_path, "1").clock("B10").allow) == "5个工作日"
    assert policy.packs(tmp_path) == ("x",)
    with pytest.raises(policy.PolicyError, match="版本 3"):
        policy.find("x", tmp_path, "3")


def test_a_pack_is_read_once():
    assert policy.find("junan-2021") is policy.find("junan-2021")


def test_a_pack_cannot_be_changed():
    pack = policy.find("base")
    with pytest.raises(ValueError, match="frozen"):
        pack.title = "x"  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        pack.callback.tries = 9  # type: ignore[misc]


def test_the_folder_may_be_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIANXIN_POLICIES", str(tmp_path))
    assert policy.policies_folder() == tmp_path
    monkeypatch.delenv("LIANXIN_POLICIES")
    assert policy.policies_folder() == policy.POLICIES
