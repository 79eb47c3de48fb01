"""The real site under fire: `lianxin up` that is killed and started again, and browsers that register without end.

For test_kill_site.py and bench/chaos.py.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import psutil
import psycopg
from tests.ops.kill_site import AGENT, PASSWORD

from lianxin.ops.commands.up import any_free_port
from lianxin.ops.postgres import Cluster

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds: the machine may be busy with other tests
INTAKE = {
    "channel": "phone",
    "source": "county",
    "cls": "help",
    "title": "柳岸花园 3 号楼暖气不热",
    "requests": ["检修暖气，室温达到 18℃ 以上", ""],
    "caller_name": "刘素芬",
    "caller_phone": "13900002086",
    "urgency": "normal",
    "category": "居民生活 › 供暖",
    "area": "大店镇",
    "told": "已告知诉求人由承办单位办理，并将回访。",
}


def until(true: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


class Site:
    """`lianxin up` on a data directory and a port of its own, killed and started again."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = any_free_port("127.0.0.1")
        self.cluster = Cluster(var / "pg")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        return own | {"LIANXIN_VAR": str(self.var), "DJANGO_SETTINGS_MODULE": "lianxin.ops.settings"}

    def start(self) -> None:
        command = [sys.executable, "-m", "lianxin.ops.cli", "up", "--port", str(self.port), "--workers", "1"]
        with (self.var / "up.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        until(self.answers, "the site does not answer")

    def answers(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            with contextlib.closing(connection):
                connection.request("GET", "/login/")
                return connection.getresponse().status == 200
        return False

    def child(self, words: str) -> psutil.Process | None:
        assert self.process
        for child in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.Error):  # a zombie has no command line
                if words in " ".join(child.cmdline()):
                    return child
        return None

    def web_worker(self) -> int | None:
        """The process that answers."""
        found = self.child("ops.web")
        return found.pid if found else None

    def worker(self) -> int | None:
        found = self.child("cli worker")
        return found.pid if found else None

    def kill(self, part: Callable[[], int | None]) -> None:
        """kill -9, and wait for the one that follows."""
        until(part, "nothing to kill")
        victim = part()
        assert victim
        os.kill(victim, signal.SIGKILL)
        until(lambda: part() not in (None, victim), "it did not come back")

    def kill_everything(self) -> None:
        """`lianxin up`, whatever it started and the database, as when the machine loses its power."""
        assert self.process
        family = psutil.Process(self.process.pid).children(recursive=True)
        server = self.cluster.pid()
        os.killpg(self.process.pid, signal.SIGKILL)
        for child in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        if server:
            os.kill(server, signal.SIGKILL)
        self.process.wait(PATIENCE)
        assert not psutil.wait_procs(family, timeout=PATIENCE)[1]
        until(lambda: not self.cluster.alive(), "the database lives on")

    def stop(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(PATIENCE) == 0
        assert not self.cluster.alive()

    def ask(self, task: str) -> bytes:
        """kill_site.py, as a process beside the site."""
        command = [sys.executable, "-m", "tests.ops.kill_site", task]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, timeout=PATIENCE, stdout=subprocess.PIPE
        ).stdout

    def count(self, query: str, *values: object) -> int:
        with psycopg.connect(self.cluster.url) as connection:
            row = connection.execute(query, values).fetchone()
        assert row
        return int(row[0])


class _Stay(urllib.request.HTTPRedirectHandler):
    """The redirect is the answer: it names the order."""

    def redirect_request(self, *_: object) -> None:
        return None


class Agent(threading.Thread):
    """A browser that registers without end; a request that was not answered is sent again with its key."""

    def __init__(self, name: str, port: int) -> None:
        super().__init__(name=name, daemon=True)
        self.address = f"http://127.0.0.1:{port}"
        self.cookies = CookieJar()
        cookies = urllib.request.HTTPCookieProcessor(self.cookies)
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies, _Stay())
        self.done = threading.Event()
        #: (key, text, number) of every order that the agent was told of
        self.told: list[tuple[str, str, str]] = []
        self.resent = 0
        self.trouble = ""

    def send(self, path: str, **typed: Any) -> tuple[int, str]:
        """Status and where the answer leads.  Raises `OSError` or `HTTPException` where the connection broke."""
        headers = {"X-CSRFToken": next((c.value or "" for c in self.cookies if c.name == "csrftoken"), "")}
        body = urllib.parse.urlencode(typed, doseq=True).encode() if typed else None
        try:
            request = urllib.request.Request(self.address + path, body, headers)
            with self.opener.open(request, timeout=15) as answer:
                answer.read()
                return answer.status, ""
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.headers.get("Location", "")

    def sign_in(self) -> None:
        assert self.send("/login/")[0] == 200
        assert self.send("/login/", username=AGENT, password=PASSWORD) == (302, "/")

    def run(self) -> None:
        try:
            while not self.done.is_set():
                key, text = uuid.uuid4().hex, f"来电人反映家中室温只有 14℃（{self.name} {len(self.told) + 1}）。"
                self.told.append((key, text, self.register(key, text)))
                time.sleep(0.1)
        except Exception as error:
            self.trouble = repr(error)

    def register(self, key: str, text: str) -> str:
        """The number of the order, when the site has told it."""
        deadline = time.monotonic() + 2 * PATIENCE
        while time.monotonic() < deadline:
            status = 0
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, place = self.send("/register/", **INTAKE, text=text, key=key)
            if status == 302:
                assert place.startswith("/orders/"), place
                return place.split("/")[2]
            assert status == 0 or status >= 500, status
            self.resent += 1
            time.sleep(0.1)
        raise TimeoutError(f"the site did not come back, the last answer was {status}")


def agents_at(site: Site) -> list[Agent]:
    agents = [Agent(name, site.port) for name in "甲乙"]
    for agent in agents:
        agent.sign_in()
        agent.start()
    return agents


def goes_on(agents: list[Agent]) -> None:
    """Every agent was told of some orders more, by requests that he sent after this was called."""
    before = [len(agent.told) for agent in agents]
    until(
        lambda: any(a.trouble for a in agents) or all(len(a.told) > n + 4 for a, n in zip(agents, before, strict=True)),
        "nothing is acknowledged any more",
    )
    troubles = [agent.trouble for agent in agents if agent.trouble]
    assert not troubles, troubles


def rings(site: Site) -> None:
    """Whatever falls due from now on is rung by the site's own worker, and nothing that fell due before is left."""
    now = datetime.now(UTC)
    new = "SELECT count(*) FROM ledger_entry WHERE action = 'clock.breached' AND recorded_at > %s"
    late = "SELECT count(*) FROM ledger_clock WHERE ended_at IS NULL AND breached_at IS NULL AND due <= %s"
    until(lambda: site.count(new, now) and not site.count(late, now), "the clocks stand still", 2 * PATIENCE)


def judged(found: dict[str, Any], agents: list[Agent]) -> None:
    told = [order for agent in agents for order in agent.told]
    assert sum(agent.resent for agent in agents) > 0
    # Every order that was acknowledged stands in the book once, under its number, as it was sent; and no other does.
    assert found["keys"] == {key: number for key, _, number in told}
    typed = [(number, text) for number, text in map(tuple, found["orders"]) if number in found["keys"].values()]
    assert sorted(typed) == sorted((number, text) for _, text, number in told)
    assert len(found["orders"]) == found["registrations"] == len({number for number, _ in found["orders"]})
    assert found["differences"] == []
    # Every clock that ran out is rung, once.
    assert found["rung"] == found["breached"] != []
    notices = [tuple(notice) for notice in found["notices"]]
    assert len(notices) == len(set(notices)) > 0
    assert set(found["states"]) <= {"sent", "unknown"}
