"""Packs laid over their base: what replaces what, what stays, which version is found."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lianxin.rules import policy
from lianxin.rules.context import complete
from lianxin.rules.deadlines import starts, stops
from lianxin.rules.worktime import Calendar

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


WHOLE = 'allow = "3 workdays"\nreplaces = ["S02.urgent", "S02"]'


def test_a_clock_replaces_the_clocks_that_it_names_and_no_others(tmp_path: Path):
    pack = policy.load(write(tmp_path, "x", clock("B10", "handle", WHOLE)))
    kinds = {rule.id: rule.kind for rule in pack.clocks}
    assert [row for row, kind in kinds.items() if kind == "handle"] == ["B10"]
    assert kinds["B09"] == "sign"
    assert {rule.id for rule in pack.rules} >= {"B10", "B09", "C36", "A12"}
    assert "S02" not in {rule.id for rule in pack.rules}
    assert [(row.id, old.id) for row, old in pack.replaced] == [("B10", "S02.urgent"), ("B10", "S02")]


def test_a_limit_for_normal_orders_leaves_that_of_urgent_ones(tmp_path: Path):
    """The sample of Zhoucun 2019: non-urgent matters within three working days, nothing said of urgent ones."""
    text = clock("B10", "handle", 'when = "order.urgency == \'normal\'"\nallow = "3 workdays"')
    pack = policy.load(write(tmp_path, "zhoucun-2019", text))
    at = datetime(2026, 11, 23, 2, tzinfo=UTC)
    found = {}
    for urgency in ("normal", "urgent"):
        context = complete(order={"urgency": urgency}, share={"role": "lead"})
        begun = starts(pack, "dispatch", context, at, Calendar(), on="share")
        found[urgency] = [clock.rule for clock in begun if clock.kind == "handle"]
    assert found == {"normal": ["B10"], "urgent": ["S02.urgent"]}
    # Each is stopped by what its own rule says.
    assert stops(pack, "reply", "B10", "handle")
    assert not stops(pack, "reply", "S02.urgent", "handle")
    assert stops(pack, "audit", "S02.urgent", "handle")


def test_a_clock_that_would_leave_the_bases_without_effect_must_name_them(tmp_path: Path):
    with pytest.raises(policy.PolicyError) as caught:
        policy.load(write(tmp_path, "x", clock("B10", "handle", 'allow = "3 workdays"')))
    problem = caught.value.problems[0]
    assert (problem.rule, problem.field) == ("B10", "replaces")
    assert 'replaces = ["S02.urgent", "S02"]' in problem.expected


@pytest.mark.parametrize("kind", ["class", "source", "redirect"])
def test_a_class_a_source_a_redirect_of_a_pack_stands_beside_those_of_the_base(tmp_path: Path, kind: str):
    more = {
        "class": 'code = "report"\nprinted = "举报类"',
        "source": 'code = "mayor"\nupstream = true',
        "redirect": 'code = "R9"\ntargets = ["信访局"]\nsay = "请找信访局。"',
    }[kind]
    of = {"class": "classes", "source": "sources", "redirect": "redirects"}[kind]
    base = policy.find("base")
    first = next(iter(getattr(base, of).values()))
    text = f'[[{kind}]]\nid = "B70"\ntitle = "新的"\norigin = "默认值"\n{more}\n'
    assert len(getattr(policy.load(write(tmp_path, "x", text)), of)) == len(getattr(base, of)) + 1
    pack = policy.load(write(tmp_path, "x", text.replace("title", f'replaces = ["{first.id}"]\ntitle')))
    assert len(getattr(pack, of)) == len(getattr(base, of))
    assert first.code not in getattr(pack, of)


def test_a_clause_may_take_out_a_row_of_the_base(tmp_path: Path):
    text = '[[rule]]\nid = "B71"\ntitle = "不设派单时限"\nclause = "原文"\nreplaces = ["C36"]\n'
    pack = policy.load(write(tmp_path, "x", text))
    assert "dispatch" not in {rule.kind for rule in pack.clocks}
    assert "C36" not in {rule.id for rule in pack.rules}


def test_only_rows_that_there_are_can_be_replaced(tmp_path: Path):
    with pytest.raises(policy.PolicyError, match="没有“S99”"):
        policy.load(write(tmp_path, "x", clock("B10", "handle", WHOLE.replace('"S02"', '"S99"'))))


def test_a_rule_that_is_not_enforced_replaces_and_starts_nothing(tmp_path: Path):
    text = clock("B10", "handle", WHOLE + "\nenforced = false") + clock(
        "B11", "own_arrive", 'allow = "60 minutes"\nenforced = false'
    )
    pack = policy.load(write(tmp_path, "x", text))
    assert pack.clock("S02").kind == "handle"
    assert "own_arrive" not in {rule.kind for rule in pack.clocks}
    assert {"B10", "B11", "S02"} <= {rule.id for rule in pack.rules}
    with pytest.raises(KeyError):
        pack.clock("B10")


def test_a_source_joins_and_a_setting_is_replaced_alone(tmp_path: Path):
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
    assert list(pack.sources) == ["own", *base.sources]
    assert list(pack.classes) == list(base.classes)
    assert pack.callback.tries == 5
    assert pack.callback.grades == base.callback.grades
    assert pack.setting("petition.return.max_times") == base.petition.return_.max_times


def test_a_pack_may_stand_on_a_pack_that_stands_on_the_base(tmp_path: Path):
    write(tmp_path, "county", clock("B10", "handle", WHOLE))
    own = 'allow = "2 hours"\nreplaces = ["S01.urgent", "S01"]'
    pack = policy.load(write(tmp_path, "town", clock("B20", "contact", own), base="county"))
    assert {"B10", "B20", "C36"} <= {rule.id for rule in pack.clocks}
    assert pack.base is not None
    assert pack.base.base is not None
    assert pack.base.base.id == "base"


def test_the_clock_of_the_first_condition_that_holds_is_tried_first(tmp_path: Path):
    text = clock("B10.urgent", "handle", 'when = "order.urgency == \'urgent\'"\nallow = "1 workday"') + clock(
        "B10", "handle", WHOLE
    )
    pack = policy.load(write(tmp_path, "x", text))
    tried = [rule.id for rule in pack.clocks_on("dispatch") if rule.kind == "handle"]
    assert tried == ["B10.urgent", "B10"]
    first = pack.clock("B10.urgent")
    assert first.row == "B10"
    assert first.when is not None
    assert not first.when.holds(complete())


def test_versions_lie_side_by_side(tmp_path: Path):
    write(tmp_path, "x", clock("B10", "handle", WHOLE), version="2")
    write(tmp_path, "x", clock("B10", "handle", WHOLE.replace("3", "5")), version="1", file="x@1")
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
