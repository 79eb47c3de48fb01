"""Every test lives at the moment of tests/moment.py, and none finds a way round it unnoticed."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import formatdate
from pathlib import Path
from threading import Thread

import pytest
from django.utils import timezone
from tests import moment

from lianxin.rules.worktime import SHANGHAI

ROOT = Path(__file__).parents[1]
#: When this module was read: modules keep such moments too.
READ = datetime.now(UTC)
#: Only these may turn the clock, or look past it.
TURN = {"tests/moment.py", "tests/conftest.py", "tests/test_fixed_time.py", "tests/children/sitecustomize.py"}
TURNS = re.compile(r"\b(time_machine|freezegun|escape_hatch|sitecustomize|clock_gettime|CLOCK_REALTIME)\b")
ASKS_DATABASE = re.compile(r"\b(now|\w+_timestamp)\(\)|\bcurrent_(date|time|timestamp)\b|\blocaltime", re.IGNORECASE)


def near(at: datetime) -> bool:
    return timedelta() <= at - moment.MOMENT < timedelta(minutes=1)


def sources() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "tests").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8")


def database_clocks(source: str) -> list[str]:
    """The statements in a module that ask the database what time it is."""
    texts = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and ASKS_DATABASE.search(text)]


def test_everybody_reads_the_moment() -> None:
    assert near(datetime.now(UTC))
    assert near(timezone.now())
    assert near(datetime.fromtimestamp(time.time(), UTC))
    assert near(datetime.fromtimestamp(time.time_ns() / 1e9, UTC))
    assert timezone.localdate() == moment.MOMENT.date() == date.today()  # noqa: DTZ011
    assert formatdate(localtime=True).endswith("+0800")
    seen: list[datetime] = []
    other = Thread(target=lambda: seen.append(datetime.now(UTC)))
    other.start()
    other.join()
    assert near(seen[0])


def test_modules_were_read_at_the_moment_too() -> None:
    assert timedelta() <= READ - moment.MOMENT < moment.LONGEST


def test_time_goes_on_and_what_measures_it_does_not_jump() -> None:
    begun, measured = datetime.now(UTC), time.monotonic()
    time.sleep(0.05)
    assert datetime.now(UTC) - begun >= timedelta(seconds=0.05)
    moment.go(moment.MOMENT + timedelta(days=400))
    assert 0.05 <= time.monotonic() - measured < 5
    moment.go(moment.MOMENT)


def test_a_process_that_a_test_starts_lives_at_it_too() -> None:
    code = "import datetime; print(datetime.datetime.now(datetime.UTC).isoformat())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert near(datetime.fromisoformat(said.strip()))


@pytest.mark.skipif("LIANXIN_TEST_MOMENT" in os.environ, reason="the run has a moment of its own")
def test_the_moment_is_a_thursday_in_working_hours() -> None:
    assert datetime(2026, 11, 26, 10, tzinfo=SHANGHAI) == moment.MOMENT


PLANTED = """
import time
from datetime import datetime
import pytest
from tests import moment

@pytest.fixture(scope="module")
def shared():
    return datetime.now()

def test_at_another_moment(shared):
    now = datetime.now()
    assert f"{now:%Y-%m-%d %H:%M}" == "2026-12-31 23:50"
    assert f"{shared:%Y-%m-%d %H:%M}" == "2026-12-31 23:40"

def test_that_goes_home():
    moment.home()

def test_that_comes_after_begins_at_the_moment():
    assert datetime.now().year == 2026
    assert datetime.now().minute == 50
"""


def test_a_test_that_leaves_the_moment_is_found(tmp_path: Path) -> None:
    """The fixtures of tests/conftest.py at work, in a run of their own at another moment."""
    (tmp_path / "test_planted.py").write_text(PLANTED)
    (tmp_path / "conftest.py").write_text("from tests.conftest import *")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), str(tmp_path / "test_planted.py")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {
        "LIANXIN_TEST_MOMENT": "2026-12-31 23:50",
        "DATABASE_URL": "postgresql://nobody.invalid/none",
    }
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert re.search(r"^3 passed, .*\b1 error in", done.stdout, re.MULTILINE), done.stdout + done.stderr
    assert "the test has moved the clock" in done.stdout
    assert "ERROR at teardown of test_that_goes_home" in done.stdout  # its summary line is longer where CI is set


def test_who_does_not_live_at_the_moment_is_known() -> None:
    """Whoever adds one, adds it here too."""
    assert set(moment.REAL_CLOCK) == {"tests/lake/test_engines.py::test_a_cluster_counts_the_same"}
    for name, reason in moment.REAL_CLOCK.items():
        path, _, test = name.partition("::")
        assert (ROOT / path).is_file()
        assert f"def {test}" in (ROOT / path).read_text("utf-8")
        assert len(reason) > 20


def test_nobody_else_turns_the_clock_or_looks_past_it() -> None:
    assert {name for name, source in sources() if TURNS.search(source)} == TURN - {"tests/conftest.py"}
    reach = re.compile(r"\bmoment\.(go|home|depart|arrive)\b")
    assert {name for name, source in sources() if reach.search(source)} == TURN - {
        "tests/moment.py",
        "tests/children/sitecustomize.py",
    }


def test_who_asks_the_database_what_time_it_is_is_known() -> None:
    asking = {name for name, source in sources() if name not in TURN - {"tests/moment.py"} and database_clocks(source)}
    assert asking == set(moment.DATABASE_CLOCK)


def test_such_a_statement_would_be_seen() -> None:
    assert database_clocks("query(\"SELECT 1 WHERE at < now() - interval '1 day'\")")
    assert database_clocks('query("SELECT CURRENT_DATE")')
    assert database_clocks('query(f"SELECT {x}, clock_timestamp()")')
    assert not database_clocks("timezone.now()")
