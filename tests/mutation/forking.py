"""Running tests under a mutant: in a forked child, so that nothing is left of it, on a database of its own."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from .mutants import Mutant

#: The test database that the first child leaves; each further child works on a copy.
TEMPLATE = "test_mutation"
#: A mutant under which tests run longer than this may have made them wait for ever; the next run tries it again.
PATIENCE = 400.0
#: Most mutants are noticed by one of the first few tests: the modules of the others need not be read for them.
FIRST = 8


@dataclass(frozen=True)
class Outcome:
    """How it went: `killed` by a test, `survived` all of them, `stuck`, or `broken`, which says nothing."""

    outcome: str
    by: str
    seconds: float


class Database:
    """The database that the child's tests work on, instead of one that pytest-django would make."""

    def __init__(self, name: str) -> None:
        self.name = name

    @pytest.fixture(scope="session")
    def django_db_setup(self) -> None:
        from django.db import connection

        connection.settings_dict["NAME"] = self.name


class Child:
    """The plugin of a child: its database, its tests in the order given, and the first that failed, written down."""

    def __init__(self, name: str, said: Path, tests: Sequence[str]) -> None:
        self.name, self.said = name, said
        self.place = {test: n for n, test in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        # pytest-django has put those first that need a database.
        items.sort(key=lambda item: self.place.get(item.nodeid, len(items)))

    def pytest_configure(self, config: pytest.Config) -> None:
        # The fixture that is registered last is taken: now pytest-django has registered its own.
        config.pluginmanager.register(Database(self.name), "lianxin-database")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._note(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._note(report.nodeid)

    def _note(self, test: str) -> None:
        if not self.said.exists():
            self.said.write_text(test)


def prepare(server: str) -> None:
    """Make the template: one test that needs a database, as pytest-django makes it."""
    code = os.waitstatus_to_exitcode(os.waitpid(_template_child(), 0)[1])
    assert code == 0, "no test database could be made"
    with psycopg.connect(server, autocommit=True) as connection:
        made = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'").fetchall()
        for (name,) in made:
            if name != TEMPLATE:
                connection.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE))
                )


def _template_child() -> int:
    if child := os.fork():
        return child
    _quiet(Path(os.devnull))
    words = ["-q", "--create-db", "--reuse-db", "-p", "no:cacheprovider"]
    code = pytest.main([*words, "tests/orders/test_whole_life.py::test_a12_a_dispatch_needs_a_basis"])
    os._exit(int(code))


def start(mutant: Mutant | None, tests: Sequence[str], server: str, slot: int, folder: Path) -> int:
    """Fork a child that applies the mutant, if any, and runs the tests until one fails; its process id."""
    database, said = f"test_mutant_{slot}", folder / f"said-{slot}"
    said.unlink(missing_ok=True)
    with psycopg.connect(server, autocommit=True) as connection:
        name, template = sql.Identifier(database), sql.Identifier(TEMPLATE)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, template))
    if child := os.fork():
        return child
    os.setsid()
    _quiet(folder / f"log-{slot}")
    if mutant:
        mutant.apply()
    words = ["-q", "-x", "-p", "no:cacheprovider", "--no-header", "--tb=short"]
    code = 0
    for part in (tests[:FIRST], tests[FIRST:]):
        if part and not code:
            code = int(pytest.main([*words, *part], plugins=[Child(database, said, part)]))
    os._exit(code)


def finished(running: dict[int, tuple[int, float]], folder: Path) -> Iterator[tuple[int, Outcome]]:
    """(process id, outcome) of each child that has ended, or that had to be ended."""
    for child, (slot, since) in list(running.items()):
        ended, status = os.waitpid(child, os.WNOHANG)
        took = round(time.monotonic() - since, 1)
        if not ended and took > PATIENCE:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            yield child, Outcome("stuck", "", took)
        elif ended:
            said = folder / f"said-{slot}"
            by = said.read_text() if said.exists() else ""
            code = os.waitstatus_to_exitcode(status)
            # 1: a test failed; 2: a test module could not even be read. Anything else says nothing about the tests.
            outcome = {0: "survived", 1: "killed", 2: "killed"}.get(code, f"broken ({code})")
            yield child, Outcome(outcome, by, took)


def _quiet(log: Path) -> None:
    """The child's words go into a file."""
    sys.stdout.flush()
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
