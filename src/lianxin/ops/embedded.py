"""The embedded database as `lianxin up` looks after it: it goes on trying until the server is there again.

A server that runs and lets nobody in is recovering, which may take long and must not be disturbed, or it is stuck: its
processes do nothing at all.  That was seen twice in 400 kills of PostgreSQL 18's own processes; nothing but a new start
helps, and recovery then begins anew from what is on the disk.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import ClassVar

from .postgres import Cluster
from .processes import Pause
from .trouble import Passing

#: Between two looks at whether it lets somebody in, in seconds.
LOOK = 5.0
#: What a process that is stuck may still use between two looks, in seconds of processor time.
LEAST_WORK = 0.05


@dataclass
class EmbeddedServer:
    """A cluster that is started again when it ends, for ever, with growing pauses and a true sentence each time."""

    cluster: Cluster
    pause: Pause = field(default_factory=lambda: Pause(longest=60.0))
    #: how long it may let nobody in and do nothing, in seconds
    patience: float = 60.0
    said: str = ""
    name: ClassVar[str] = "数据库"
    _again_at: float | None = None
    _look_at: float = 0.0
    _idle_since: float | None = None
    _work: dict[int, float] = field(default_factory=dict)

    def begin(self) -> bool:
        """The first start: whether it runs.  Raises Trouble where only a person can help (another version's data …)."""
        try:
            self.cluster.start()
        except Passing as passing:
            self.said = f"{passing.message}{self.pause.next():g} 秒后再试。"
            return False
        return True

    def tend(self) -> str | None:
        """Look after it. Returns a Chinese sentence when there is something to tell, otherwise None."""
        now = time.monotonic()
        if self._again_at is None:
            if self.cluster.alive():
                return self._end_if_stuck(now)
            self._again_at, self._idle_since = now, None
            return "数据库意外结束，正在重新启动。"
        if self.cluster.alive() and (said := self._end_if_stuck(now)):
            return said
        if now < self._again_at:
            return None
        try:
            self.cluster.start()
        except Exception as error:  # whatever it is, the next attempt may succeed, and without us there is none
            message = getattr(error, "message", None) or f"数据库启动失败（{error!r}）。"
            self._again_at = time.monotonic() + self.pause.next()
            return f"{message}{self.pause.seconds:g} 秒后再试。"
        self._again_at, self.pause = None, Pause(longest=60.0)
        return "数据库已恢复运行。"

    def _end_if_stuck(self, now: float) -> str | None:
        """Every few seconds: whether it lets somebody in, and if not, whether it does anything."""
        if now < self._look_at:
            return None
        self._look_at = now + LOOK
        if self.cluster.accepts():
            self._idle_since = None
            return None
        before, self._work = self._work, self.cluster.work()
        busy = any(self._work[pid] - before[pid] > LEAST_WORK for pid in self._work.keys() & before.keys())
        if self._idle_since is None or busy:
            self._idle_since = now
        if now - self._idle_since < self.patience:
            return None
        self._idle_since = None
        self.cluster.kill()
        self._again_at, self.pause = now, Pause(longest=60.0)
        return f"数据库在运行，但已经 {self.patience:g} 秒没有响应，也没有在恢复，已强制结束，正在重新启动。"
