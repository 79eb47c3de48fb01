"""One throwaway PostgreSQL for the whole test run, unless DATABASE_URL names another; and one moment for every test."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.core.management.commands import flush
from django.db import transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from tests import moment

from lianxin.ops import database, postgres

PREFIX = "lianxin-test-"
#: Tables that hold the same whatever a test does.
OF_DJANGO = {"django_content_type", "auth_permission"}
#: A table beyond so many bytes is truncated after a transactional test: its dead rows would be in everybody's way.
LARGE = 1 << 20
_STARTED: list[postgres.Cluster] = []


def pytest_configure(config: pytest.Config) -> None:
    """Start the server in the controller; xdist's workers are born with its address in their environment."""
    if "DATABASE_URL" not in os.environ:
        _sweep_up()
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        cluster = postgres.Cluster(folder / "pg", durable=False).start()
        _STARTED.append(cluster)
        os.environ["DATABASE_URL"] = cluster.url
    # pytest-django has read the settings before this file; its connections are not opened yet.
    settings.DATABASES["default"].update(database.describe(os.environ["DATABASE_URL"]))
    DatabaseOperations.sql_flush = _sql_flush  # type: ignore[method-assign, assignment]
    DatabaseOperations.execute_sql_flush = _flush_ledgers_too  # type: ignore[method-assign]
    # What the migrations have left of Django's own is not flushed, so nothing of it is to be made again.
    flush.emit_post_migrate_signal = lambda *_, **__: None
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    moment.depart()


def _sweep_up() -> None:
    """End the servers of test runs that were killed before they could do it themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        owner = folder.name.removeprefix(PREFIX).split("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            if server := postgres.Cluster(folder / "pg").pid():
                os.kill(server, signal.SIGQUIT)
            shutil.rmtree(folder, ignore_errors=True)


def _sql_flush(self: DatabaseOperations, style: object, tables: list[str], **_: object) -> list[str]:
    """Rows go one by one: to truncate every table costs ten times as much, and most hold nothing.

    With them go the numbers that were allotted, so that the next centre may have the same id (tests/kept.py).
    """
    names = {table: self.quote_name(table) for table in tables if table not in OF_DJANGO}
    there = (
        f"SELECT '{table}', pg_relation_size('{name}') WHERE EXISTS (TABLE {name})" for table, name in names.items()
    )
    with self.connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(there))
        found = cursor.fetchall()
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'S' AND relname LIKE 'lianxin\\_no\\_%'")
        numbers = [self.quote_name(name) for (name,) in cursor.fetchall()]
    large = [names[table] for table, size in found if size > LARGE]
    emptied = [f"TRUNCATE {', '.join(large)} CASCADE"] if large else []
    emptied += [f"DELETE FROM {names[table]}" for table, size in found if size <= LARGE]
    return emptied + ([f"DROP SEQUENCE {', '.join(numbers)}"] if numbers else [])


def _flush_ledgers_too(self: DatabaseOperations, sql_list: list[str]) -> None:
    """Empty the tables after a transactional test. The ledger's triggers refuse that to everybody, rightly."""
    with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for sql in sql_list:
            cursor.execute(sql)


def pytest_unconfigure(config: pytest.Config) -> None:
    moment.arrive()
    for cluster in _STARTED:
        cluster.stop()
        shutil.rmtree(cluster.place.parent, ignore_errors=True)
        del os.environ["DATABASE_URL"]
    _STARTED.clear()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """What a module's tests share is made before the moment, so that none of it lies ahead of them."""
    if moment.needs_real_clock(item.nodeid):
        moment.home()
    else:
        moment.go(moment.MOMENT - moment.BEFORE)
    return (yield)


@pytest.fixture(autouse=True)
def the_moment(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test begins at the same moment (tests/moment.py), and leaves the clock as it goes."""
    if moment.needs_real_clock(request.node.nodeid):
        yield
        return
    moment.go(moment.MOMENT)
    yield
    passed = datetime.now(UTC) - moment.MOMENT
    assert timedelta() <= passed < moment.LONGEST, "the test has moved the clock"


@pytest.fixture(autouse=True)
def attachments(tmp_path: Path, settings: object) -> Path:
    """No test writes into the real folders of attachments, imports and proofs, nor goes on as another's writer."""
    from lianxin.ledger import attest

    attest.renew()
    settings.PROOF_DIR = tmp_path / "proof"  # type: ignore[attr-defined]
    settings.IMPORTS_ROOT = tmp_path / "imports"  # type: ignore[attr-defined]
    settings.MEDIA_ROOT = tmp_path / "attachments"  # type: ignore[attr-defined]
    return settings.MEDIA_ROOT  # type: ignore[attr-defined]


# The cast (tests/cast.py) is imported when it is asked for: Django is not set up yet when this file is read.


@pytest.fixture(scope="session")
def java() -> None:
    """Tests of Spark skip on a machine without the Java that it runs on; `script/test` installs it where it may."""
    from lianxin.figures import on_spark

    if not on_spark.java():
        pytest.skip("Spark needs Java 17, which this machine lacks")


@pytest.fixture
def cast(db: None) -> object:
    """The centre of the test, its units and people."""
    from tests.cast import make_cast

    return make_cast()


@pytest.fixture
def other(db: None) -> object:
    """Another centre: a test can always try a stranger."""
    from tests.cast import make_cast

    return make_cast("linyi")


@pytest.fixture
def nine() -> object:
    """Wednesday 18 November 2026, 9:00 in Shanghai."""
    from tests.cast import shanghai

    return shanghai("2026-11-18 09:00")
