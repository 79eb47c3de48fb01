"""Which tests concern a rule of a pack, by the table of mechanisms: those that its row names, and its scene.

For packs of which a traced run of the whole suite would say little more: their rows are each asked for by their own
tests, and only there.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

from lianxin.rules import policy

ROOT = Path(__file__).resolve().parents[2]
SCENES = "tests/acceptance/test_scenes.py"
#: What base and Junan's pack come to was worked out by hand, whatever row it is of; no database is asked.
SHIPPED = "tests/rules/test_shipped_rules.py"
_LINE = re.compile(r"^\| ([A-E]\d\d) \|")
_TEST = re.compile(r"`(tests/[^`]+::[^`]+)`")
_ROW = re.compile(r"([A-E]\d\d)(?:\.|$)")
_DUTIES, _RAISED = "tests/acceptance/test_rows_zhoucun_duties.py", "tests/proceedings/test_asked_and_raised.py"
_CATALOGUE = "tests/dispatch/test_catalogue.py"
_ASKED = [
    f"{_RAISED}::{name}"
    for name in (
        "test_what_a_unit_asks_for_is_decided_within_a_workday_and_not_granted_here",
        "test_what_is_to_be_judged_otherwise_is_asked_for_with_evidence",
        "test_what_is_raised_is_answered_within_its_limit",
        "test_a_promise_that_is_raised_is_answered_within_two_workdays",
        "test_where_the_queue_of_what_is_upstairs_stands",
    )
]
#: The tests of rules that are of no row: by the beginning of their id.
_OF_NO_ROW = {
    "S50.": [f"{_DUTIES}::test_b12_b18_b23_b28_b29_who_calls_an_order_what_and_who_takes_it_back"],
    "zhoucun-2019:": _ASKED,
    "junan-2021:": _ASKED,
    "jinan-cg:": [SHIPPED],
    "S65": [f"{_CATALOGUE}::test_s65_what_the_usual_catalogue_rules_come_to"],
    "S66": ["tests/desk/test_catalogue.py::test_how_often_the_first_dispatch_was_right_by_item_dispatcher_and_unit"],
    "S67": [
        f"{_CATALOGUE}::test_s67_the_limit_of_a_row_lies_on_the_lead_s_clerk_until_the_unit_has_audited_its_reply",
        f"{_CATALOGUE}::test_c26_a_dispatch_by_the_catalogue_says_so_and_is_due_by_its_limit",
    ],
}
#: Rows that are held by a setting whose rule is of another row.
_ALSO = {
    "jinan-cg/inspection": ("C53", "C54", "C57", "C58"),
    "jinan-cg/proceedings/triggers": ("C61",),
    "jinan-cg/units/documents": ("C66",),
}


class Rows:
    """The tests of each row, and the rows of each place of a pack."""

    def __init__(self) -> None:
        self.tests: dict[str, list[str]] = defaultdict(list)
        for line in (ROOT / "docs/mechanisms.md").read_text("utf-8").splitlines():
            if row := _LINE.match(line):
                self.tests[row[1]] += _TEST.findall(line)
        words = [sys.executable, "-m", "pytest", "-q", "--collect-only", SCENES]
        for name in subprocess.run(words, cwd=ROOT, capture_output=True, text=True).stdout.splitlines():
            if scene := re.match(rf"{SCENES}::test_the_scene_of\[([a-e]\d\d)", name):
                self.tests[scene[1].upper()].append(name)
        #: a traced run knows what setting a test reads; here the rule says which settings are its
        self._sets: dict[str, dict[str, str]] = {}

    def of(self, mutant_id: str) -> list[str]:
        """The tests of a mutant of a pack, `kind:pack/table/id=ROW/field…` or `kind:pack/section/…`."""
        pack, *place = mutant_id.partition(":")[2].split("#")[0].split("/")
        rows = [found[1] for step in place if (found := _ROW.match(step.removeprefix("id=")))]
        rows = rows or self._of_setting(pack, ".".join(place))
        where = "/".join((pack, *place))
        rows += [row for start, more in _ALSO.items() if where.startswith(start) for row in more]
        ids = [step.removeprefix("id=") for step in place if step.startswith("id=")]
        ids = ids or self._rules_of(pack, ".".join(place))
        others = [test for id_ in ids for start, tests in _OF_NO_ROW.items() if id_.startswith(start) for test in tests]
        found = [*(test for row in rows for test in self.tests[row]), *others]
        return list(dict.fromkeys([SHIPPED, *found])) if found else []

    def _of_setting(self, pack: str, path: str) -> list[str]:
        return [row[1] for rule in self._rules_of(pack, path) if (row := _ROW.match(rule))]

    def _rules_of(self, pack: str, path: str) -> list[str]:
        if pack not in self._sets:
            text = (policy.policies_folder() / f"{pack}.toml").read_text(encoding="utf-8")
            said: list[dict[str, Any]] = tomllib.loads(text).get("rule", [])
            self._sets[pack] = {setting: rule["id"] for rule in said for setting in rule.get("sets", ())}
        return [rule for setting, rule in self._sets[pack].items() if path.startswith(setting)]
