"""`script/mutate` changes all that it promises, notices what a test notices, and nothing survives without a reason."""

import json
import os
import re
import subprocess
import sys
import tomllib

import pytest
from tests.mutation.__main__ import ROOT, SURVIVORS
from tests.mutation.mutants import everything, of_packs

from lianxin.ledger import verbs
from lianxin.rules import lifecycle, policy

WHY = {"unreachable", "same output", "caught"}


@pytest.fixture(scope="module")
def mutants():
    return {mutant.id: mutant for mutant in everything()}


def test_every_limit_effect_and_right_has_its_mutant(mutants):
    for pack in policy.packs():
        for row in policy.find(pack).own:
            if row.table == "clock" and re.search(r"\d", str(row.allow)):
                assert f"number:{pack}/clock/id={row.id}/allow" in mutants
                assert f"clock-event:{pack}/clock/id={row.id}/from#0" in mutants
    for row in lifecycle.TABLE:
        assert ("effect" in vars(type(verbs.get(row.action)))) == (f"effect:{row.action}" in mutants)
        assert all(f"right:{row.action}/posts/{post}" in mutants for post in row.posts)


def test_a_mutant_of_a_pack_changes_what_the_pack_says_and_leaves_nothing_behind(monkeypatch):
    # Module attributes that a mutant sets are given back when the test ends.
    from lianxin.rules import policy_reading

    monkeypatch.setattr(policy_reading, "tomllib", policy_reading.tomllib)
    before = policy.find("base").clock("C36").allow
    changed = {mutant.id: mutant for mutant in of_packs()}["number:base/clock/id=C36/allow"]
    assert policy.find("base").clock("C36").allow == before
    changed.apply()
    assert str(policy.find("base").clock("C36").allow) != str(before)
    assert policy.find("junan-2021").clock("C36").allow == policy.find("base").clock("C36").allow
    monkeypatch.undo()
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


def test_the_survivors_that_are_listed_exist_and_say_why(mutants):
    for name, said in tomllib.loads(SURVIVORS.read_text(encoding="utf-8")).items():
        assert name in mutants, f"docs/mutants.toml: no mutant is called {name} any more"
        assert said["what"] == mutants[name].what, name
        assert said["why"] in WHY, name
        assert said["shown"], name
        if said["why"] == "caught":
            file, test = said["test"].split("::")
            assert f"def {test.partition('[')[0]}(" in (ROOT / file).read_text(encoding="utf-8"), name
