"""A tree of the repository in a folder of its own, and the site that it runs."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import click
import psutil

HERE = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
WORKERS = 2
#: What must not reach the trees from whoever called us.
OURS = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Tree:
    """One side of the comparison."""

    name: str
    described: str
    root: Path
    var: Path

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of ours but where the data is."""
        kept = {k: v for k, v in os.environ.items() if k not in OURS and not k.startswith("LIANXIN_")}
        return kept | {"LIANXIN_VAR": str(self.var), "LIANXIN_LOG": "WARNING"}

    def command(self, *words: str) -> list[str]:
        """The `lianxin` of this tree."""
        return [str(self.root / ".venv/bin/lianxin"), *words]

    def run(self, *words: str) -> str:
        """Run it to its end.  Raises RuntimeError with what it said where it fails."""
        return self._said([*self.command(*words)])

    def python(self, code: str, *words: str) -> str:
        """A few lines in this tree's environment, for what no command tells; `words` are their arguments."""
        return self._said([str(self.root / ".venv/bin/python"), "-c", code, *words])

    def _said(self, command: list[str]) -> str:
        done = subprocess.run(
            command, cwd=self.root, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"{self.name}: {' '.join(command[1:])[:200]}\n{(done.stdout + done.stderr)[-2000:]}")
        return done.stdout


@contextlib.contextmanager
def build(folder: Path, name: str, revision: str | None, *, keep: bool) -> Iterator[Tree]:
    """The worktree with its environment; without `revision` the working tree as it is now, new files included."""
    root, var = folder / name, folder / f"{name}-var"
    commit = _git("rev-parse", revision) if revision else _as_it_is()
    if root.exists():
        _git("-C", str(root), "checkout", "--quiet", "--detach", commit)
    else:
        _git("worktree", "add", "--quiet", "--detach", str(root), commit)
    try:
        click.echo(f"building {name} ({commit[:7]}) …", err=True)
        subprocess.run(
            ["sh", "-c", ". script/environment; make_environment requirements.txt"],
            cwd=root, env={k: v for k, v in os.environ.items() if k not in OURS}, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        yield Tree(name, _git("log", "-1", "--format=%h %s", commit), root, var)
    finally:
        if not keep:
            _git("worktree", "remove", "--force", str(root))


def _as_it_is() -> str:
    """A commit of the working tree that no branch names, made by an index of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        index = Path(scratch, "index")
        _git("add", "--all", index=index)
        tree = _git("write-tree", index=index)
    return _git("commit-tree", tree, "-p", "HEAD", "-m", "the working tree as it is")


def _git(*words: str, index: Path | None = None) -> str:
    environment = {**os.environ, **({"GIT_INDEX_FILE": str(index)} if index else {})}
    done = subprocess.run(["git", *words], cwd=HERE, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise click.ClickException(f"git {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout.strip()


@dataclass
class Site:
    """A tree's `lianxin up`, its worker halted so that nothing but what is asked costs time."""

    tree: Tree
    port: int
    up: psutil.Process
    database: psutil.Process
    #: what the data and the lines keep for one another
    kept: dict[str, object] = field(default_factory=dict)

    def web(self) -> list[psutil.Process]:
        """The processes that serve pages: whatever `up` started for the port, and their children."""
        found = []
        for child in self.up.children(recursive=True):
            with contextlib.suppress(psutil.Error):
                words = " ".join(child.cmdline())
                served_elsewhere = "ops.live" in words or "cli worker" in words
                parent = child.parent()
                lives = parent is not None and "ops.live" in " ".join(parent.cmdline())
                if not served_elsewhere and not lives and child.status() != psutil.STATUS_ZOMBIE:
                    found.append(child)
        return found

    def processor_time(self) -> float:
        """Seconds that web and database have taken so far, those of ended children included."""
        total = 0.0
        for process in (*self.web(), self.database, *self.database.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
        return total


@contextlib.contextmanager
def running(tree: Tree) -> Iterator[Site]:
    """`lianxin up` of the tree on a free port."""
    tree.var.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    with (tree.var / "up.log").open("ab") as log:
        process = subprocess.Popen(
            tree.command("up", "--port", str(port), "--workers", str(WORKERS)),
            cwd=tree.root, env=tree.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    halted: psutil.Process | None = None
    try:
        _wait(port, process, tree.var / "up.log")
        code = "from lianxin.ops import places, postgres; print(postgres.Cluster(places.CLUSTER).pid())"
        site = Site(tree, port, psutil.Process(process.pid), psutil.Process(int(tree.python(code))))
        halted = next(child for child in site.up.children() if "cli worker" in " ".join(child.cmdline()))
        halted.suspend()
        yield site
    finally:
        if halted is not None:
            with contextlib.suppress(psutil.Error):
                halted.resume()
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError):
            connection = HTTPConnection(HOST, port, timeout=5)
            connection.request("GET", "/login/")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.2)
    raise RuntimeError(f"the site does not answer:\n{log.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    """A port whose next one is free too: it is for the live updates."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
