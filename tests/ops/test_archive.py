"""Backup and restore."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from lianxin.ledger.attachments import TEMPORARY
from lianxin.ops import archive, places, postgres
from lianxin.ops.commands import backup, restore
from lianxin.ops.database import address
from lianxin.ops.trouble import Trouble

STATEMENTS = """
CREATE TABLE kept (id serial PRIMARY KEY, said text);
INSERT INTO kept (said) VALUES ('路灯不亮'), ('噪音扰民');
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'only appended'; END $$;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON kept FOR EACH ROW EXECUTE FUNCTION refuse();
"""


class Installation:
    """A data directory and an empty database of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, var: Path, name: str) -> None:
        self._monkeypatch = monkeypatch
        self.var = var
        self.name = name
        self._server = address()
        self.url = psycopg.conninfo.make_conninfo(self._server, dbname=name)
        self._admin(f"DROP DATABASE IF EXISTS {name}")
        self._admin(f"CREATE DATABASE {name}")

    def _admin(self, statement: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement)

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(statement)

    def rows(self) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute("SELECT id, said FROM kept ORDER BY id").fetchall()

    def run(self, command: object, *args: object) -> Result:
        self._monkeypatch.setenv("DATABASE_URL", self.url)
        self._monkeypatch.setattr(places, "KEYS", self.var / "keys")
        self._monkeypatch.setattr(places, "ATTACHMENTS", self.var / "attachments")
        self._monkeypatch.setattr(places, "VAR", self.var)
        return CliRunner().invoke(command, [str(arg) for arg in args])  # type: ignore[arg-type]

    def drop(self) -> None:
        self._monkeypatch.undo()
        self._admin(f"DROP DATABASE {self.name} WITH (FORCE)")


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    place = Installation(monkeypatch, tmp_path / "old", f"old_{os.getpid()}")
    place.execute(STATEMENTS)
    (place.var / "keys").mkdir(parents=True)
    (place.var / "keys" / "caller").write_text("密钥")
    (place.var / "attachments" / "2021").mkdir(parents=True)
    (place.var / "attachments" / "2021" / "照片.jpg").write_bytes(b"\xff\xd8")
    yield place
    place.drop()


@pytest.fixture
def new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    place = Installation(monkeypatch, tmp_path / "new", f"new_{os.getpid()}")
    yield place
    place.drop()


@pytest.fixture
def saved(old: Installation, tmp_path: Path) -> Path:
    folder = tmp_path / "backup"
    result = old.run(backup.command, folder)
    assert result.exit_code == 0, result.output
    assert "移到另一处" in result.output
    return folder


def test_what_was_backed_up_comes_back(saved: Path, old: Installation, new: Installation) -> None:
    result = new.run(restore.command, saved)
    assert result.exit_code == 0, result.output
    assert new.rows() == old.rows() == [(1, "路灯不亮"), (2, "噪音扰民")]
    assert (new.var / "attachments" / "2021" / "照片.jpg").read_bytes() == b"\xff\xd8"
    assert (new.var / "keys" / "caller").read_text() == "密钥"
    assert (new.var / "keys" / "caller").stat().st_mode & 0o777 == 0o600
    new.execute("INSERT INTO kept (said) VALUES ('下水道堵塞')")
    with pytest.raises(psycopg.errors.RaiseException):
        new.execute("DELETE FROM kept")


def test_keys_kept_elsewhere_are_asked_for_and_used(saved: Path, new: Installation, tmp_path: Path) -> None:
    apart = (saved / "keys").rename(tmp_path / "safe")
    refused = new.run(restore.command, saved)
    assert refused.exit_code == 1
    assert "--keys" in refused.output
    assert new.run(restore.command, saved, "--keys", apart).exit_code == 0


def test_it_refuses_to_overwrite_data(saved: Path, old: Installation) -> None:
    result = old.run(restore.command, saved)
    assert result.exit_code == 1
    assert "已经有数据，不能覆盖" in result.output
    assert len(old.rows()) == 2


def test_it_refuses_to_overwrite_other_keys(saved: Path, new: Installation) -> None:
    (new.var / "keys").mkdir(parents=True)
    (new.var / "keys" / "caller").write_text("另一套")
    result = new.run(restore.command, saved)
    assert "另一套密钥" in result.output
    assert (new.var / "keys" / "caller").read_text() == "另一套"


def test_a_changed_file_is_named_and_nothing_is_restored(saved: Path, new: Installation) -> None:
    with (saved / archive.ATTACHMENTS).open("ab") as file:
        file.write(b"x")
    result = new.run(restore.command, saved)
    assert result.exit_code == 1
    assert "attachments.tar 与清单不符" in result.output
    assert not new.var.exists()


def test_a_folder_that_is_no_backup_gets_one_sentence(new: Installation, tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    assert "不是连心的备份" in new.run(restore.command, tmp_path / "holiday").output


def test_a_backup_never_overwrites_another(saved: Path, old: Installation) -> None:
    before = json.loads((saved / archive.MANIFEST).read_text())
    result = old.run(backup.command, saved)
    assert result.exit_code == 1
    assert "已经有内容" in result.output
    assert json.loads((saved / archive.MANIFEST).read_text()) == before


def test_the_password_is_not_among_the_arguments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: dict[str, object] = {}

    def run(command: list[str], **kwargs: object) -> subprocess.CompletedProcess[str]:
        seen.update(command=command, env=kwargs["env"])
        return subprocess.CompletedProcess([sys.executable], 0, "", "")

    monkeypatch.setattr(archive.subprocess, "run", run)
    archive.tool("pg_dump", url="postgresql://u:geheim@localhost/x")
    assert "geheim" not in " ".join(seen["command"])  # type: ignore[arg-type]
    assert seen["env"]["PGPASSWORD"] == "geheim"  # type: ignore[index]


def test_files_that_come_and_go_meanwhile_do_not_stop_it(
    old: Installation, new: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = old.var / "attachments" / "2021"
    (folder / f"{TEMPORARY}k3j_x").write_bytes(b"half")
    (folder / "erased.pdf").write_bytes(b"%PDF-")
    real = os.walk

    def walk(*args: object, **options: object):
        for place in real(*args, **options):  # type: ignore[call-overload]
            (folder / "erased.pdf").unlink(missing_ok=True)
            yield place

    monkeypatch.setattr(os, "walk", walk)
    result = old.run(backup.command, tmp_path / "backup")
    assert result.exit_code == 0, result.output
    assert new.run(restore.command, tmp_path / "backup").exit_code == 0
    assert [path.name for path in (new.var / "attachments").rglob("*") if path.is_file()] == ["照片.jpg"]


def test_what_a_killed_backup_left_goes_with_the_next(old: Installation, tmp_path: Path) -> None:
    """FAULTS 56.  A draft that is still being written is not touched."""
    dead, living = (tmp_path / f".{name}.1{archive.DRAFT}" for name in ("dead", "living"))
    for draft in (dead, living):
        draft.mkdir()
        (draft / "database.dump").write_bytes(b"half")
    claim = os.open(living, os.O_RDONLY)
    fcntl.flock(claim, fcntl.LOCK_EX)
    assert old.run(backup.command, tmp_path / "backup").exit_code == 0
    os.close(claim)
    assert not dead.exists()
    assert living.exists()


def test_a_dump_that_fails_half_way_leaves_the_database_empty(saved: Path, new: Installation) -> None:
    new.execute("CREATE FUNCTION refuse() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    result = new.run(restore.command, saved)
    assert result.exit_code == 1
    assert "恢复没有成功，数据库没有改动" in result.output
    with pytest.raises(psycopg.errors.UndefinedTable):
        new.rows()


def test_what_stopped_psql_is_said_not_that_a_pipe_broke(
    old: Installation, new: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """psql has gone, its database with it, before the first statement is written; more waits than a buffer holds."""
    old.execute("INSERT INTO kept (said) SELECT md5(n::text) FROM generate_series(1, 3000) n")
    saved = tmp_path / "backup"
    assert old.run(backup.command, saved).exit_code == 0
    real = postgres.tools()
    slow = tmp_path / "tools"
    slow.mkdir()
    (slow / "psql").symlink_to(real / "psql")
    (slow / "pg_restore").write_text(f'#!/bin/sh\nsleep 1\nexec "{real}/pg_restore" "$@"\n')
    (slow / "pg_restore").chmod(0o755)
    monkeypatch.setattr(postgres, "tools", lambda: slow)
    target, environment = archive._target(psycopg.conninfo.make_conninfo(new.url, dbname="gone"))
    monkeypatch.setattr(archive, "_target", lambda url: (target, environment))
    with pytest.raises(Trouble, match=r'恢复没有成功，数据库没有改动：.*"gone"'):
        archive.restore_database(saved, new.url)
