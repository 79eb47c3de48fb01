"""The embedded database as `lianxin up` looks after it: it goes on trying until the server is there again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import ClassVar

from .postgres import Cluster
from .processes import Pause
from .trouble import Passing


@dataclass
class EmbeddedServer:
    """A cluster that is started again when it ends, for ever, with growing pauses and a true sentence each time."""

    cluster: Cluster
    pause: Pause = field(default_factory=lambda: Pause(longest=60.0))
    said: str = ""
    name: ClassVar[str] = "数据库"
    _again_at: float | None = None

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
                return None
            self._again_at = now
            return "数据库意外结束，正在重新启动。"
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
