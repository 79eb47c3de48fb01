"""`script/mutate` changes all that it promises, notices what a test notices, and nothing survives without a reason."""

import json
import os
import subprocess
import sys
import tomllib
from datetime import date

import pytest
from tests.mutation.__main__ import ROOT, SURVIVORS
from tests.mutation.mutants import ALL, PACKS, everything, heard, of_pack, passes
from tests.rulebooks import shelf, text

from lianxin.ledger import verbs
from lianxin.rules import lifecycle, policy, policy_reading
from lianxin.rules.policy_tasks import DOERS

WHY = {"unreachable", "same output", "caught"}
#: Where `policy check` refuses every other event: pack, table, row.  It says so itself, and needs no test beside it.
HELD = {
    ("base", "clock", "S02"),  # a share without a handling limit, or one that has it counted twice
    ("base", "task", "S06"),  # a petition for return that nobody decides
    ("base", "task", "S07"),  # the same of one for more time
    ("junan-2021", "task", "D27.decided"),  # the same of a report of an unreasonable request
    *(("junan-2021", "task", f"junan-2021:{kind}.decided") for kind in ("exclude", "merge", "review")),
}
#: Duties that only one post can end: the check refuses any other.
ONE_POST = {("junan-2021", "D21"), ("junan-2021", "D21.urgent")}
#: A duty with all that a rule may say of one.
DUTIES = {
    "pack": {"id": "duties", "title": "待办", "version": "1", "effective": date(2026, 1, 1), "extends": "base"},
    "task": [
        {
            "id": "duties:view",
            "title": "研判",
            "origin": "测试",
            "kind": "view",
            "from": ["dispatch", "breach.contact"],
            "when": "order.repeats >= 2",
            "post": "principal",
            "else": ["hotline_deputy"],
            "at": "above",
            "allow": "4 hours",
            "before": ["share.replied"],
            "bars": "all",
            "holds": True,
            "elements": [{"title": "意见", "min_length": 4}, {"title": "措施"}],
            "outcomes": [{"code": "field", "title": "到场"}, {"code": "phone", "title": "电话"}],
        },
        {
            "id": "duties:call",
            "title": "联系",
            "origin": "测试",
            "kind": "call",
            "from": "done.view",
            "post": "clerk",
            "ends_with": ["contact"],
            "whoever": True,
        },
        {
            "id": "duties:back",
            "title": "退单",
            "origin": "测试",
            "replaces": ["S06"],
            "kind": "return",
            "from": "return_filed",
            "post": "dispatcher",
            "at": "centre",
            "levels": [{"post": "principal", "allow": "8 hours"}, {"post": "leader", "at": "centre"}],
        },
    ],
}
#: What is changed of it, each by itself.
CHANGED = {
    "task-event:view/from#0": "dispatch, breach.contact → breach.contact",
    "task-event:view/from#1": "dispatch, breach.contact → dispatch",
    "number:view/when": "order.repeats >= 2 → order.repeats >= 3",
    "post:view/post": "principal → agent",
    "list:view/else#0": "hotline_deputy → ",
    "at:view/at": "above → unit",
    "number:view/allow": "4 hours → 5 hours",
    "list:view/before#0": "share.replied → ",
    "bars:view/bars": "all → people",
    "switch:view/holds": "True → False",
    "list:view/elements#0": "意见, 措施 → 措施",
    "list:view/elements#1": "意见, 措施 → 意见",
    "number:view/elements/#0/min_length": "4 → 5",
    "list:view/outcomes#0": "field, phone → phone",
    "list:view/outcomes#1": "field, phone → field",
    "task-event:call/from#0": "done.view → breach.view",
    "post:call/post": "clerk → agent",
    "task-event:call/ends_with#0": "contact → register",
    "switch:call/whoever": "True → False",
    # Whoever cannot decide a petition, and a place where nobody can, the check refuses already.
    "post:back/post": "dispatcher → supervisor",
    "list:back/levels#0": "principal, leader → leader",
    "list:back/levels#1": "principal, leader → principal",
    "post:back/levels/#0/post": "principal → agent",
    "number:back/levels/#0/allow": "8 hours → 9 hours",
    "post:back/levels/#1/post": "leader → agent",
    "at:back/levels/#1/at": "centre → unit",
}


#: All mutants take a while: whoever asks for them goes to one worker.
ALL_OF_THEM = pytest.mark.xdist_group("mutants")


@pytest.fixture(scope="module")
def mutants():
    return {mutant.id: mutant for mutant in everything()}


@ALL_OF_THEM
def test_every_limit_effect_and_right_has_its_mutant(mutants):
    for pack in PACKS:
        for row in policy.find(pack).own:
            if row.table in ("clock", "task"):
                name = f"{pack}/{row.table}/id={row.id}"
                assert (f"number:{name}/allow" in mutants) == (row.allow not in (None, "given"))
                held = (pack, row.table, row.id) in HELD
                assert (f"{row.table}-event:{name}/from#0" in mutants) != held
                alone = row.table == "clock" or (pack, row.id) in ONE_POST
                assert (f"post:{name}/post" in mutants) != alone
    for row in lifecycle.TABLE:
        assert ("effect" in vars(type(verbs.get(row.action)))) == (f"effect:{row.action}" in mutants)
        assert all(f"right:{row.action}/posts/{post}" in mutants for post in row.posts)


@pytest.mark.parametrize(("pack", "table", "row"), sorted(HELD))
def test_what_is_left_to_the_check_it_refuses_whatever_event_stands_there(pack: str, table: str, row: str):
    [stated] = policy.find(pack).clock(row).start_on if table == "clock" else policy.find(pack).task(row).start_on
    others = [event for event in heard(pack) if event != stated]
    assert {"done.return", "breach.handle", "return_filed"} <= {*others, stated}
    assert [event for event in others if passes(pack, (table, f"id={row}", "from"), event)] == []


@pytest.mark.parametrize(("pack", "row"), sorted(ONE_POST))
def test_a_duty_that_one_post_can_end_lies_on_no_other(pack: str, row: str):
    stated = policy.find(pack).task(row).post
    others = [post for post in DOERS if post != stated]
    assert [post for post in others if passes(pack, ("task", f"id={row}", "post"), post)] == []


def test_all_that_a_duty_says_has_its_mutant(tmp_path):
    with shelf(tmp_path) as books:
        (books.folder / "duties.toml").write_text(text(DUTIES), "utf-8")
        found = {mutant.id.replace("duties/task/id=duties:", ""): mutant.what for mutant in of_pack("duties")}
        assert policy.find("duties").task("duties:view").bars == "all"
    assert found == CHANGED


ROUND = {
    "pack": {"id": "round", "title": "定期", "version": "1", "effective": date(2026, 1, 1), "extends": "base"},
    "duty": [
        {
            "id": "round:call",
            "title": "每月回访",
            "origin": "测试",
            "every": "month",
            "post": "principal",
            "by": ["line_deputy"],
            "among": ["town", "department"],
            "when": "unit.received >= 1",
            "met_by": ["callback.led", "scheduling.held"],
            "times": 2,
            "warn": "3 days before",
            "late": "5 workdays",
        }
    ],
    "watch": [
        {
            "id": "round:again",
            "title": "屡办不成",
            "origin": "测试",
            "from": ["dispatch", "breach.total"],
            "when": "order.moves >= 3",
            "proposes": "stubborn",
        }
    ],
}


def test_all_that_comes_round_has_its_mutant(tmp_path):
    with shelf(tmp_path) as books:
        (books.folder / "round.toml").write_text(text(ROUND), "utf-8")
        found = {mutant.id.replace("round/", ""): mutant.what for mutant in of_pack("round")}
    assert found == {
        "every:duty/id=round:call/every": "month → day",
        "post:duty/id=round:call/post": "principal → agent",
        "list:duty/id=round:call/by#0": "line_deputy → ",
        "list:duty/id=round:call/among#0": "town, department → department",
        "list:duty/id=round:call/among#1": "town, department → town",
        "number:duty/id=round:call/when": "unit.received >= 1 → unit.received >= 2",
        "list:duty/id=round:call/met_by#0": "callback.led, scheduling.held → scheduling.held",
        "list:duty/id=round:call/met_by#1": "callback.led, scheduling.held → callback.led",
        "number:duty/id=round:call/times": "2 → 3",
        "number:duty/id=round:call/warn": "3 days before → 4 days before",
        "number:duty/id=round:call/late": "5 workdays → 6 workdays",
        "watch-event:watch/id=round:again/from#0": "dispatch, breach.total → breach.total",
        "watch-event:watch/id=round:again/from#1": "dispatch, breach.total → dispatch",
        "number:watch/id=round:again/when": "order.moves >= 3 → order.moves >= 4",
    }


def test_a_mutant_of_a_pack_changes_what_the_pack_says_and_leaves_nothing_behind(monkeypatch):
    # Module attributes that a mutant sets are given back when the test ends.
    monkeypatch.setattr(policy_reading, "tomllib", policy_reading.tomllib)
    before = policy.find("base").clock("C36").allow
    [changed] = of_pack("base", "number:base/clock/id=C36/allow")
    assert policy.find("base").clock("C36").allow == before
    changed.apply()
    assert str(policy.find("base").clock("C36").allow) != str(before)
    assert policy.find("junan-2021").clock("C36").allow == policy.find("base").clock("C36").allow
    monkeypatch.undo()
    policy_reading.parsed.cache_clear()
    policy.find.cache_clear()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ("tests/orders/test_whole_life.py::test_c08_e02_closed_loop", "killed"),
        ("tests/orders/test_whole_life.py::test_a12_a_dispatch_needs_a_basis", "survived"),
    ],
)
def test_a_mutant_is_killed_by_the_test_that_notices_it_and_by_no_other(tmp_path, test: str, outcome: str):
    noted = {test: {"seconds": 1.0, "passed": True, "touched": ["verb:share.signed"]}}
    (tmp_path / "trace-main.json").write_text(json.dumps(noted))
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_URL", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutation", "run", "--only", "move:share.signed", "--processes", "1"],
        cwd=ROOT, env={**clean, "LIANXIN_MUTATION": str(tmp_path)}, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    answer = json.loads((tmp_path / "answers.jsonl").read_text())
    assert (answer["outcome"], answer["by"]) == (outcome, test if outcome == "killed" else ""), done.stdout[-2000:]


@ALL_OF_THEM
def test_the_survivors_that_are_listed_exist_and_say_why(mutants):
    for name, said in tomllib.loads(SURVIVORS.read_text(encoding="utf-8")).items():
        more = (mutant for pack in ALL if f":{pack}/" in name for mutant in of_pack(pack, name))
        found = mutants.get(name) or next(more, None)
        assert found is not None, f"docs/mutants.toml: no mutant is called {name} any more"
        assert said["what"] == found.what, name
        assert said["why"] in WHY, name
        assert said["shown"], name
        if said["why"] == "caught":
            file, test = said["test"].split("::")
            assert f"def {test.partition('[')[0]}(" in (ROOT / file).read_text(encoding="utf-8"), name
