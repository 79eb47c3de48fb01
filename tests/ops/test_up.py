"""`lianxin up` as a whole: it starts, what is killed comes back, it stops cleanly, a second start finds its data."""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from lianxin.ops.commands.up import any_free_port
from lianxin.ops.postgres import Cluster

pytestmark = pytest.mark.slow


started: list[subprocess.Popen[str]] = []


class Site:
    """One `lianxin up` on a data directory of its own."""

    def __init__(self, var: Path) -> None:
        self.cluster = Cluster(var / "pg")
        self.port = any_free_port("127.0.0.1")
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lianxin.ops.cli", "up", "--port", str(self.port), "--workers", "1"],
            env={**environment, "LIANXIN_VAR": str(var)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(self.process)

    def wait(self) -> "Site":
        until(lambda: self.status() == 200, 60)
        return self

    def status(self) -> int | None:
        """What the sign-in page of the administration answers; None when nobody answers."""
        try:
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
                connection.request("GET", "/admin/login/")
                return connection.getresponse().status
        except OSError:
            return None

    def child(self, words: str) -> psutil.Process | None:
        for child in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.Error):  # a zombie has no command line
                if words in " ".join(child.cmdline()):
                    return child
        return None

    def stop(self) -> str:
        self.process.send_signal(signal.SIGINT)
        output, _ = self.process.communicate(timeout=30)
        return output


def until(true: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    while started:
        started.pop().kill()
    server = Cluster(tmp_path / "pg").pid()
    if server:
        os.kill(server, signal.SIGQUIT)


def test_what_is_killed_comes_back_and_ctrl_c_stops_everything(var: Path) -> None:
    site = Site(var).wait()
    web, worker, server = site.child("ops.web"), site.child("cli worker"), site.cluster.pid()
    assert web
    assert worker
    assert server
    for process in (web.pid, worker.pid, server):
        os.kill(process, signal.SIGKILL)
    until(lambda: site.cluster.pid() not in (None, server))
    until(lambda: site.child("ops.web") and site.child("cli worker") and site.status() == 200)
    family = psutil.Process(site.process.pid).children(recursive=True)
    output = site.stop()
    assert site.process.returncode == 0
    assert f"http://127.0.0.1:{site.port}/" in output
    assert "网站进程 1意外结束" in output
    assert "数据库意外结束" in output
    assert "Traceback" not in output.split("正在结束")[1]
    assert not psutil.wait_procs(family, timeout=5)[1]
    assert not site.cluster.alive()


def test_workers_end_with_their_server_and_with_everything(var: Path) -> None:
    """The live updates' own worker, when nobody is left to end it."""
    site = Site(var).wait()
    live = site.child("ops.live")
    assert live
    workers = live.children()
    assert workers
    site.process.send_signal(signal.SIGSTOP)  # so that it cannot clean up
    live.kill()
    assert not psutil.wait_procs(workers, timeout=5)[1]
    site.process.kill()
    site.process.communicate(timeout=30)


def test_whoever_asks_while_the_web_process_starts_anew_is_answered(var: Path) -> None:
    """The listening socket is the supervisor's: nobody is turned away, he only waits."""
    site = Site(var).wait()
    web = site.child("ops.web")
    assert web
    web.kill()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)) as connection:
        connection.request("GET", "/admin/login/")
        assert connection.getresponse().status == 200
    site.stop()


def test_a_database_that_cannot_be_started_is_tried_again_until_it_can(var: Path) -> None:
    """FAULTS 49: a full disk or a broken file must not end the supervisor and everything with it."""
    site = Site(var).wait()
    server, folder = site.cluster.pid(), site.cluster.data
    assert server
    (folder / "global").rename(folder / "global.away")
    os.kill(server, signal.SIGKILL)
    time.sleep(6)
    assert site.process.poll() is None
    assert site.cluster.pid() is None
    assert site.child("cli worker") is not None or site.child("ops.web") is not None
    (folder / "global.away").rename(folder / "global")
    until(lambda: site.cluster.alive() and site.status() == 200, 60)
    output = site.stop()
    assert site.process.returncode == 0
    assert "自带的数据库启动失败" in output
    assert "秒后再试" in output
    assert "数据库已恢复运行" in output
    assert not site.cluster.alive()


def test_after_it_was_killed_itself_the_same_port_and_data_serve_again(var: Path) -> None:
    first = Site(var).wait()
    family = psutil.Process(first.process.pid).children(recursive=True)
    first.process.kill()
    first.process.communicate(timeout=30)
    assert not psutil.wait_procs(family, timeout=15)[1]
    second = Site(var).wait()
    second.stop()
    assert second.process.returncode == 0
    assert not second.cluster.alive()
