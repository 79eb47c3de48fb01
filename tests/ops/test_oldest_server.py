"""FAULTS 65: what docs/operations.md promises of the oldest PostgreSQL holds on it, by TCP."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from tests import oldest_server

from lianxin.ops import database, places
from lianxin.ops.trouble import Trouble

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if oldest_server.programs() is None:
        pytest.skip(f"no PostgreSQL {database.OLDEST} here")
    with oldest_server.running() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE one")
            connection.execute("CREATE DATABASE two")
        yield url


def lianxin(url: str, var: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "lianxin.ops.cli", *words],
        env={**os.environ, "DATABASE_URL": url, "LIANXIN_VAR": str(var)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_backup_made_there_comes_back_there(server: str, tmp_path: Path) -> None:
    one, two = make_conninfo(server, dbname="one"), make_conninfo(server, dbname="two")
    lianxin(one, tmp_path / "one", "manage", "migrate", "-v0")
    tree = str(places.BASE_DIR / "policies/categories/default.csv")
    lianxin(
        one, tmp_path / "one", "directory", "create-centre", "old", "旧库热线", "--pack", "base", "--categories", tree
    )
    lianxin(one, tmp_path / "one", "backup", str(tmp_path / "backup"))
    lianxin(two, tmp_path / "two", "restore", str(tmp_path / "backup"))
    assert "全部相符" in lianxin(two, tmp_path / "two", "verify")
    count = "SELECT count(*) FROM directory_category"
    with psycopg.connect(one) as first, psycopg.connect(two) as second:
        assert first.execute(count).fetchone() == second.execute(count).fetchone() != (0,)


def test_a_server_older_than_promised_is_refused(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "OLDEST", database.OLDEST + 1)
    with pytest.raises(Trouble, match=f"数据库是 PostgreSQL {database.OLDEST - 1}，需要 {database.OLDEST}"):
        database.check(server)
