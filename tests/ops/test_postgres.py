"""The embedded server's starter."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from lianxin.ops import postgres
from lianxin.ops.embedded import EmbeddedServer
from lianxin.ops.postgres import Cluster
from lianxin.ops.trouble import Trouble


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(tmp_path / "pg") as cluster:
        yield cluster


def run(cluster: Cluster, statement: str) -> object:
    with psycopg.connect(cluster.url) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def wait_until_dead(cluster: Cluster) -> None:
    deadline = time.monotonic() + 10
    while cluster.alive():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_second_start_finds_its_data(cluster: Cluster) -> None:
    run(cluster, "CREATE TABLE kept AS SELECT 43 AS week")
    cluster.stop()
    assert not cluster.alive()
    cluster.start()
    assert run(cluster, "SELECT week FROM kept") == 43


def test_the_server_survives_being_killed(cluster: Cluster) -> None:
    run(cluster, "CREATE TABLE kept AS SELECT 43 AS week")
    os.kill(cluster.pid() or 0, signal.SIGKILL)
    wait_until_dead(cluster)
    cluster.start()
    assert run(cluster, "SELECT week FROM kept") == 43


def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(cluster: Cluster) -> None:
    """After a reboot the number in postmaster.pid may belong to any process."""
    os.kill(cluster.pid() or 0, signal.SIGKILL)
    wait_until_dead(cluster)
    lines = (cluster.data / "postmaster.pid").read_text().split("\n")
    (cluster.data / "postmaster.pid").write_text("\n".join([str(os.getppid()), *lines[1:]]))
    cluster.start()
    assert run(cluster, "SELECT 1") == 1


def test_the_last_one_out_stops_it(cluster: Cluster) -> None:
    other = Cluster(cluster.place, durable=False)
    other.start()
    assert other.url == cluster.url
    other.stop()
    assert run(cluster, "SELECT 1") == 1
    cluster.stop()
    assert not cluster.alive()
    cluster.start()


def test_chinese_has_trigrams_and_nobody_else_can_come_in(cluster: Cluster) -> None:
    run(cluster, "CREATE EXTENSION pg_trgm")
    assert run(cluster, "SELECT cardinality(show_trgm('噪音扰民'))") == 5
    assert cluster.sockets.stat().st_mode & 0o077 == 0
    assert cluster.data.stat().st_mode & 0o077 == 0
    assert run(cluster, "SHOW listen_addresses") == ""


def test_a_very_long_path_works(tmp_path: Path) -> None:
    with Cluster(tmp_path / ("很长的目录" * 10) / "with space" / "pg", durable=False) as cluster:
        assert run(cluster, "SELECT 1") == 1


def test_a_directory_that_cannot_be_written_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Trouble, match="LIANXIN_VAR"):
        Cluster(tmp_path / "file" / "pg").start()


def test_data_of_another_version_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "PG_VERSION").write_text("13\n")
    with pytest.raises(Trouble, match="PostgreSQL 13"):
        Cluster(tmp_path / "pg").start()


def test_a_foreign_socket_folder_gets_one_sentence(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "pg", durable=False)
    cluster.sockets.mkdir(mode=0o700)
    cluster.sockets.chmod(0o777)
    try:
        with pytest.raises(Trouble, match="权限过宽"):
            cluster.start()
    finally:
        cluster.sockets.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_data_of_another_user_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "PG_VERSION").write_text(f"{postgres.MAJOR}\n")
    os.chown(tmp_path / "pg", postgres.pwd.getpwnam("nobody").pw_uid, -1)
    with pytest.raises(Trouble, match="属于用户 nobody"):
        Cluster(tmp_path / "pg").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become nobody")
def test_root_without_user_namespaces_runs_it_as_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path("/var/tmp") / f"lianxin-test-{os.getpid()}"
    home.mkdir(mode=0o755)
    monkeypatch.setattr(postgres, "NOBODY_HOME", home)
    account = postgres.Account(nobody=postgres.pwd.getpwnam("nobody"))
    monkeypatch.setattr(postgres.Account, "choose", lambda: account)
    tmp_path.chmod(0o700)
    try:
        for _ in range(2):
            with Cluster(tmp_path / "pg", durable=False) as cluster:
                assert run(cluster, "SELECT 1") == 1
                assert cluster.data.stat().st_mode & 0o077 == 0
    finally:
        postgres.shutil.rmtree(home)


def test_a_server_that_is_stuck_is_ended_and_started_again(cluster: Cluster) -> None:
    """It runs, lets nobody in and does nothing: the supervisor, which sees that it runs, must not wait for ever."""
    run(cluster, "CREATE TABLE kept AS SELECT 43 AS week")
    server = EmbeddedServer(cluster, patience=0.2)
    stuck = cluster.pid() or 0
    os.kill(stuck, signal.SIGSTOP)
    said = [server.tend()]
    deadline = time.monotonic() + 30
    while not cluster.accepts() or cluster.pid() == stuck or server._again_at is not None:
        assert time.monotonic() < deadline, said
        server._look_at = 0.0
        said.append(server.tend())
        time.sleep(0.1)
    told = [sentence for sentence in said if sentence]
    assert "没有响应" in told[0]
    assert told[-1] == "数据库已恢复运行。"
    assert run(cluster, "SELECT week FROM kept") == 43


def test_a_server_that_is_stuck_as_soon_as_it_was_started_again_is_ended_too(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The supervisor still tries to start what is already there: it lets nobody in, so no start comes to its end."""
    ended = []
    monkeypatch.setattr(Cluster, "accepts", lambda self: False)
    monkeypatch.setattr(Cluster, "start", lambda self: pytest.fail("nothing to start"))
    monkeypatch.setattr(Cluster, "kill", lambda self: ended.append(self.pid()))
    server = EmbeddedServer(cluster, patience=0.05, _again_at=time.monotonic() + 60)
    deadline = time.monotonic() + 30
    while not ended:
        assert time.monotonic() < deadline
        server._look_at = 0.0
        server.tend()
        time.sleep(0.1)
    assert ended == [cluster.pid()]


def test_a_server_that_is_busy_or_full_is_left_alone(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    server = EmbeddedServer(cluster, patience=0.0)
    held = []
    with contextlib.suppress(psycopg.OperationalError):
        while len(held) < 300:
            held.append(psycopg.connect(cluster.url))
    assert len(held) < 300
    assert cluster.accepts()  # it says that it has too many
    assert server.tend() is None
    for connection in held:
        connection.close()
    # Recovering: nobody is let in, and its processes have something to do.
    monkeypatch.setattr(Cluster, "accepts", lambda self: False)
    used = iter(range(100))
    monkeypatch.setattr(Cluster, "work", lambda self: {1: float(next(used))})
    server = EmbeddedServer(cluster, patience=0.05)
    for _ in range(5):
        server._look_at = 0.0
        assert server.tend() is None
        time.sleep(0.02)
    assert cluster.alive()
