"""Which test touches what: a plugin for one run of the whole suite (`script/mutate trace`).

Notes for each test how long it took, which verbs it had recorded and which fields of pack rows it read. A test that
never touched a thing cannot notice its change, so `script/mutate` does not run it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = "LIANXIN_MUTATION"


class Tracing:
    """The plugin: one file a process in the folder of the run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.touched: set[str] = set()
        self.tests: dict[str, dict[str, Any]] = {}

    def pytest_collection_finish(self) -> None:
        self._watch_packs()
        self._watch_verbs()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        from lianxin.rules import policy

        self.touched = set()
        policy.find.cache_clear()  # what is kept of a pack was read by another test
        result = yield
        self.tests.setdefault(item.nodeid, {"seconds": 0.0})["touched"] = sorted(self.touched)
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        noted = self.tests.setdefault(report.nodeid, {"seconds": 0.0})
        noted["seconds"] = round(noted["seconds"] + report.duration, 3)
        noted["passed"] = noted.get("passed", True) and report.passed

    def pytest_sessionfinish(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = os.environ.get("PYTEST_XDIST_WORKER", "main")
        (self.folder / f"trace-{name}.json").write_text(json.dumps(self.tests))

    def _watch_packs(self) -> None:
        from lianxin.rules.policy_rows import Part

        def look(part: Any, name: str) -> Any:
            if name[0] != "_":
                self.touched.add(f"pack:{object.__getattribute__(part, '__dict__').get('id', '')}:{name}")
            return object.__getattribute__(part, name)

        Part.__getattribute__ = look  # type: ignore[method-assign]

    def _watch_verbs(self) -> None:
        from lianxin.ledger import verbs

        def noted(made: verbs.Verb[Any]) -> Any:
            effect = made.effect

            def watched(deed: Any) -> None:
                self.touched.add(f"verb:{made.action}")
                effect(deed)

            return watched

        for made in verbs._VERSIONS.values():
            made.effect = noted(made)  # type: ignore[method-assign]


def pytest_configure(config: pytest.Config) -> None:
    if folder := os.environ.get(FOLDER):
        config.pluginmanager.register(Tracing(Path(folder)), "lianxin-tracing")


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """Test → seconds, passed, touched, of all processes of the last traced run; of tests that there still are."""
    tests: dict[str, dict[str, Any]] = {}
    for file in sorted(folder.glob("trace-*.json")):
        tests |= {name: noted for name, noted in json.loads(file.read_text()).items() if "touched" in noted}
    texts: dict[str, str] = {}
    for name in list(tests):
        path = name.partition("::")[0]
        if path not in texts:
            texts[path] = Path(path).read_text(encoding="utf-8") if Path(path).exists() else ""
        if f"def {name.rpartition('::')[2].partition('[')[0]}(" not in texts[path]:
            del tests[name]
    return tests
