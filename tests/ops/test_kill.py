"""kill -9 in the middle of a hotline's day: nothing that was acknowledged is lost, nothing happens twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from lianxin.ops.postgres import Cluster

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 4


class Day:
    """A database of its own, and the processes that work on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # As in real use: what the server says is written, is written.
        self.cluster = Cluster(folder / "pg", durable=True).start()
        self.running: list[subprocess.Popen[bytes]] = []
        self.started = 0

    def environment(self) -> dict[str, str]:
        settings = {
            "DATABASE_URL": self.cluster.url,
            "LIANXIN_VAR": str(self.folder / "var"),
            "DJANGO_SETTINGS_MODULE": "lianxin.ops.settings",
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ["PYTHONPATH"]]),
        }
        return os.environ | settings

    def run(self, *task: str, out: IO[bytes] | int | None = None) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.ops.hotline_day", *task]
        return subprocess.Popen(command, cwd=ROOT, env=self.environment(), stdout=out)

    def finish(self, *task: str) -> str:
        process = self.run(*task, out=subprocess.PIPE)
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0
        return output.decode()

    def start(self, kind: str) -> None:
        """One more agent (`register`) or worker (`deliver`)."""
        self.started += 1
        name = f"{kind}{self.started}"
        if kind == "deliver":
            self.running.append(self.run("deliver", str(self.folder / "gateway")))
            return
        with (self.folder / f"{name}.ack").open("wb") as acknowledged:
            self.running.append(self.run("register", name, out=acknowledged))

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait(10)
        self.running.remove(process)

    def kill_database(self) -> None:
        server = self.cluster.pid()
        assert server
        os.kill(server, signal.SIGKILL)
        while self.cluster.alive():
            time.sleep(0.01)
        self.cluster.start()

    def acknowledged(self) -> dict[str, str]:
        """key -> number of every order that an agent was told of; a line that was cut off was not told."""
        lines = [line for path in self.folder.glob("*.ack") for line in path.read_text().split("\n")[:-1]]
        return dict(line.split(" ") for line in lines)

    def end(self) -> None:
        for process in list(self.running):
            self.kill(process)


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    found = Day(tmp_path)
    try:
        found.finish("prepare")
        yield found
    finally:
        found.end()
        found.cluster.stop()


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(day: Day) -> None:
    chance = random.Random(12345)
    for kind in ("register", "register", "deliver"):
        day.start(kind)
    for _ in range(ROUNDS):
        time.sleep(1.5 + chance.random())
        victim = chance.choice(day.running)
        kind = "deliver" if "deliver" in victim.args else "register"  # type: ignore[operator]
        day.kill(victim)
        day.start(kind)
        time.sleep(chance.random())
        day.kill_database()
    time.sleep(1.5)
    day.end()
    found = json.loads(day.finish("judge"))

    told = day.acknowledged()
    assert len(told) > 20
    assert {key: found["keys"].get(key) for key in told} == told
    # One order a request, however often it was sent.
    assert found["orders"] == found["registrations"] == len(found["keys"]) == len(set(found["keys"].values()))
    assert found["differences"] == []
    # Every clock that ran on is rung, once.
    assert found["rung"] == found["overdue"] == found["breached"] > 0
    sent = (day.folder / "gateway").read_text().split()
    assert len(sent) == len(set(sent)) > 0
    assert "sending" not in found["notices"]
