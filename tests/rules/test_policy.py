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
        begun = starts(pack, "dispatch", context, lambda _: at, Calendar(), on="share")
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
    text = f'[[{kind}]]\nid = "x:new"\ntitle = "新的"\norigin = "默认值"\n{more}\n'
    assert len(getattr(policy.load(write(tmp_path, "x", text)), of)) == len(getattr(base, of)) + 1
    pack = policy.load(write(tmp_path, "x", text.replace("title", f'replaces = ["{first.id}"]\ntitle')))
    assert len(getattr(pack, of)) == len(getattr(base, of))
    assert first.code not in getattr(pack, of)


def test_a_clause_may_take_out_a_row_of_the_base(tmp_path: Path):
    text = '[[rule]]\nid = "x:none"\ntitle = "不设派单时限"\nclause = "原文"\nreplaces = ["C36"]\n'
    pack = policy.load(write(tmp_path, "x", text))
    assert "dispatch" not in {rule.kind for rule in pack.clocks}
    assert "C36" not in {rule.id for rule in pack.rules}


CLASS = '[[class]]\nid = "{row}"\ncode = "{code}"\ntitle = "某类"\nprinted = "某类"\norigin = "默认值"\n{more}\n'
FORMULA = (
    '[[formula]]\nid = "{row}"\nname = "{name}"\ntitle = "某率"\norigin = "默认值"\n'
    'of = "on_time_closed / handled"\ndigits = 2\nshown = "percent"\n{more}\n'
)


def faults(path: Path) -> dict[tuple[str, str], str]:
    with pytest.raises(policy.PolicyError) as caught:
        policy.load(path)
    return {(problem.rule, problem.field): problem.expected for problem in caught.value.problems}


def test_a_list_that_is_meant_whole_keeps_no_row_of_the_base(tmp_path: Path):
    text = CLASS.format(row="x:one", code="one", more="only = true")
    pack = policy.load(write(tmp_path, "x", text + CLASS.format(row="x:help", code="help", more="only = true")))
    assert list(pack.classes) == ["one", "help"]
    # Each is told where it went: to the row of its code, else to the first of the list.
    gone = {old.id: row.id for row, old in pack.replaced}
    assert gone == {
        "C01.consult": "x:one",
        "C01.help": "x:help",
        "C01.complaint": "x:one",
        "C01.suggestion": "x:one",
    }
    # Nothing of any other table.
    base = policy.find("base")
    assert (pack.sources, pack.redirects, pack.clocks) == (base.sources, base.redirects, base.clocks)


def test_a_list_of_clocks_is_that_of_their_kind(tmp_path: Path):
    text = clock("B10", "handle", 'allow = "3 workdays"\nonly = true')
    pack = policy.load(write(tmp_path, "x", text))
    assert {rule.id for rule in pack.clocks} == {rule.id for rule in policy.find("base").clocks} - {
        "S02",
        "S02.urgent",
    } | {"B10"}
    part = clock("B10", "handle", 'allow = "3 workdays"\nonly = true\nwhen = "order.urgency == \'normal\'"')
    assert "紧急程度为紧急" in faults(write(tmp_path, "x", part))["B10", "only"]


@pytest.mark.parametrize("table", ["source", "redirect", "ladder", "duty", "watch", "system"])
def test_every_list_may_be_meant_whole(tmp_path: Path, table: str):
    more = {
        "source": 'code = "mayor"\nupstream = true',
        "redirect": 'code = "R9"\ntargets = ["信访局"]\nsay = "请找信访局。"',
        "ladder": 'every = "week"\namong = ["town"]\nrank_by = "within_limit_rate"\ntake = "last 2"\n'
        'consequence = { kind = "talk", by = "热线中心" }',
        "duty": 'every = "month"\npost = "principal"\nmet_by = ["callback.led"]',
        "watch": 'from = ["dispatch"]\nwhen = "order.moves >= 3"\nproposes = "stubborn"',
        "system": 'code = "R9"\ntext = "每月一次。"',
    }[table]
    of = {"duty": "duties", "watch": "watches"}.get(table, f"{table}s")
    text = f'[[{table}]]\nid = "county:own"\ntitle = "新的"\norigin = "默认值"\n{more}\n'
    write(tmp_path, "county", text)
    above = write(tmp_path, "x", text.replace("county:own", "x:own").replace("R9", "R8"), base="county")
    assert len(getattr(policy.find("county", tmp_path), of)) == len(getattr(policy.find("base"), of)) + 1
    if table == "source":
        assert 'replaces = ["county:own"]' in faults(above)["x:own", "replaces"]
    else:
        assert len(getattr(policy.load(above), of)) == len(getattr(policy.find("base"), of)) + 2
    whole = write(tmp_path, "x", text.replace("county:own", "x:own") + "only = true\n", base="county")
    assert len(getattr(policy.load(whole), of)) == 1


def test_whether_a_list_is_whole_is_said_by_each_row_or_by_none(tmp_path: Path):
    text = CLASS.format(row="x:one", code="one", more="only = true") + CLASS.format(row="x:two", code="two", more="")
    said = faults(write(tmp_path, "x", text))["x:two", "only"]
    assert "与 x:one 一致的写法" in said
    assert "每一条都写 only = true" in said
    # Clocks of two kinds are two lists.
    two = clock("B10", "handle", 'allow = "3 workdays"\nonly = true') + clock("B11", "own_way", 'allow = "1 day"')
    assert policy.load(write(tmp_path, "x", two)).clock("B11")
    mixed = two + clock("B12", "handle", 'allow = "1 day"\nwhen = "share.depth > 0"')
    assert "[[clock]] 中 handle 一种" in faults(write(tmp_path, "x", mixed))["B12", "only"]


def test_a_pack_that_stands_on_none_has_nothing_to_leave_out(tmp_path: Path):
    text = (policy.POLICIES / "base.toml").read_text("utf-8").replace('id = "C01.help"', 'id = "C01.help"\nonly = true')
    (tmp_path / "base.toml").write_text(text, "utf-8")
    assert "没有沿用别的规则包" in faults(tmp_path / "base.toml")["C01.help", "only"]


def test_a_name_or_code_is_not_taken_over_in_silence(tmp_path: Path):
    """Whoever writes a rate of his own need not know all names of the base; its own would be gone unseen."""
    formula = FORMULA.format(row="x:rate", name="closing_rate", more="{}")
    assert 'replaces = ["C13.rate"]' in faults(write(tmp_path, "x", formula.format("")))["x:rate", "replaces"]
    pack = policy.load(write(tmp_path, "x", formula.format('replaces = ["C13.rate"]')))
    assert pack.formulas["closing_rate"].id == "x:rate"
    code = CLASS.format(row="x:help", code="help", more="")
    assert "它的 code 也是“help”" in faults(write(tmp_path, "x", code))["x:help", "replaces"]
    # What has the id of the base's row says by that which one it means.
    assert policy.load(write(tmp_path, "x", FORMULA.format(row="C13.rate", name="closing_rate", more="")))
    another = FORMULA.format(row="C13.rate", name="another_rate", more="")
    # By what the base ranks units must be there still, or be said anew.
    assert "没有“closing_rate”" in faults(write(tmp_path, "x", another))["[ranking]", "by.1.of"]
    ranking = '[ranking]\nby = []\n[[rule]]\nid = "x:place"\ntitle = "名次"\norigin = "测试"\nsets = ["ranking.by"]\n'
    assert policy.load(write(tmp_path, "x", another + ranking)).formulas.keys() == policy.find(
        "base"
    ).formulas.keys() - {"closing_rate"} | {"another_rate"}


@pytest.mark.parametrize(
    ("text", "row", "field", "said"),
    [
        (FORMULA.format(row="B42", name="a", more=""), "B42", "id", "B01 至 B41"),
        (FORMULA.format(row="E00", name="a", more=""), "E00", "id", "E01 至 E49"),
        (FORMULA.format(row="F01", name="a", more=""), "F01", "id", "“规则包标识:名称”"),
        (FORMULA.format(row="S99", name="a", more=""), "S99", "id", "“x:名称”"),
        (FORMULA.format(row="y:rate", name="a", more=""), "y:rate", "id", "（x:…）"),
        (FORMULA.format(row="x:Rate", name="a", more=""), "x:Rate", "id", "“规则包标识:名称”"),
        # Another table's row of the base, and two tables of one file.
        (
            FORMULA.format(row="A12", name="a", more=""),
            "A12",
            "id",
            "已有 A12（[[rule]] 依据转办），请加后缀，如 A12.own",
        ),
        (
            FORMULA.format(row="x:a", name="a", more="") + CLASS.format(row="x:a", code="a", more=""),
            "x:a",
            "id",
            "出现 2 次（[[formula]]、[[class]]）",
        ),
    ],
)
def test_an_id_says_where_a_rule_comes_from_and_is_unique(tmp_path: Path, text: str, row: str, field: str, said: str):
    assert said in faults(write(tmp_path, "x", text))[row, field]


def test_ids_are_unique_in_every_laid_over_pack():
    for name in policy.packs(policy.POLICIES):
        ids = [row.id for row in policy.find(name).rules]
        assert len(ids) == len(set(ids))


def test_a_kind_that_the_product_knows_says_itself_what_carries_it(tmp_path: Path):
    lines = clock("B10", "handle", WHOLE).splitlines()
    bare = "\n".join(line for line in lines if not line.startswith(("on =", "title =")))
    rule = policy.load(write(tmp_path, "x", bare)).clock("B10")
    assert (rule.on, rule.title) == ("share", "办理")
    own = bare.replace('"handle"', '"own_way"').replace('replaces = ["S02.urgent", "S02"]', "")
    assert {field for _, field in faults(write(tmp_path, "x", own))} == {"on", "title"}


def test_only_rows_that_there_are_can_be_replaced(tmp_path: Path):
    with pytest.raises(policy.PolicyError, match="没有“S99”"):
        policy.load(write(tmp_path, "x", clock("B10", "handle", WHOLE.replace('"S02"', '"S99"'))))


def test_a_source_joins_and_a_setting_is_replaced_alone(tmp_path: Path):
    text = """
[[source]]
id = "x:own"
code = "own"
title = "本区受理"
origin = "默认值"
upstream = false
[[rule]]
id = "x:tries"
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
