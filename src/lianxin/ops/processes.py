"""Child processes that are kept alive: what `lianxin up` runs."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

GRACE = 15.0  # seconds from a polite SIGTERM to SIGKILL
PR_SET_PDEATHSIG = 1
MARK = "LIANXIN_SUPERVISED"


def end_with_parent(number: int = signal.SIGTERM) -> None:
    """Ask Linux for a signal when our parent dies: whoever outlived `lianxin up` would keep its port taken."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def end_with_server() -> None:
    """The same for the workers of a web server that `lianxin up` started.

    They end at once: what they had not committed is rolled back, and nobody has been told that it was done.
    """
    if os.environ.get(MARK):
        end_with_parent(signal.SIGKILL)


@dataclass
class Child:
    """One command, started again when it ends, after a pause that grows while it keeps failing.

    `once` is for a command that is meant to end.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    once: bool = False
    process: subprocess.Popen[bytes] | None = None
    _started: float = 0.0
    _pause: float = 0.5
    _again_at: float | None = None

    def start(self) -> None:
        self._started = time.monotonic()
        self._again_at = None
        self.process = subprocess.Popen(
            self.command,
            env={**os.environ, **self.environment, MARK: "1"},
            stdin=subprocess.DEVNULL,
            # A group of its own: Ctrl-C reaches only us, and what a child leaves behind can be ended as one.
            start_new_session=True,
            preexec_fn=end_with_parent,
        )

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def tend(self) -> str | None:
        """Look after it. Returns a Chinese sentence when it has ended, otherwise None."""
        if self.process is None or self.running():
            return None
        now = time.monotonic()
        if self._again_at is not None:
            if now >= self._again_at:
                self.start()
            return None
        code = self.process.returncode
        self.kill()  # workers of a killed server still hold its port
        if self.once:
            self.process = None
            return None if code == 0 else f"{self.name}没有完成（退出码 {code}）。"
        self._pause = 0.5 if now - self._started > 60 else min(self._pause * 2, 30.0)
        self._again_at = now + self._pause
        return f"{self.name}意外结束（退出码 {code}），{self._pause:g} 秒后重新启动。"

    def terminate(self) -> None:
        if self.process is not None and self.running():
            self.process.terminate()

    def kill(self) -> None:
        """End the whole group, workers included; nothing happens when it is gone already."""
        if self.process is not None and self._again_at is None:  # later the number may be another group's
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


def stop_all(children: Iterable[Child]) -> None:
    """Stop politely, then not."""
    children = list(children)
    stopping = [child for child in children if child.running()]
    for child in stopping:
        child.terminate()
    deadline = time.monotonic() + GRACE
    for child in stopping:
        assert child.process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.0, deadline - time.monotonic()))
    for child in children:
        child.kill()  # also those that ended by themselves: their workers may not have
        if child.process is not None:
            child.process.wait()
