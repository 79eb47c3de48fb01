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
class Pause:
    """How long to wait before the next attempt: longer while it keeps failing, short again after a good minute."""

    longest: float = 30.0
    seconds: float = 0.5

    def next(self, lived: float = 0.0) -> float:
        """Seconds from now; `lived` is how long the last attempt held."""
        self.seconds = 0.5 if lived > 60 else min(self.seconds * 2, self.longest)
        return self.seconds


@dataclass
class Child:
    """One command, started again when it ends or cannot be started, after a pause that grows while it keeps failing.

    `once` is for a command that is meant to end; `inherits` names the files that it gets open from us.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    once: bool = False
    inherits: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    _started: float = 0.0
    _pause: Pause = field(default_factory=Pause)
    _again_at: float | None = None

    def start(self) -> None:
        """Raises OSError where the machine has no room for another process; `tend` tries again."""
        self._started = time.monotonic()
        self._again_at = None
        try:
            self.process = subprocess.Popen(
                self.command,
                env={**os.environ, **self.environment, MARK: "1"},
                stdin=subprocess.DEVNULL,
                # A group of its own: Ctrl-C reaches only us, and what a child leaves behind can be ended as one.
                start_new_session=True,
                preexec_fn=end_with_parent,
                pass_fds=self.inherits,
            )
        except (OSError, subprocess.SubprocessError):
            self._again_at = time.monotonic() + self._pause.next()
            raise

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def tend(self) -> str | None:
        """Look after it. Returns a Chinese sentence when there is something to tell, otherwise None."""
        now = time.monotonic()
        if self._again_at is not None:
            return self._start_again() if now >= self._again_at else None
        if self.process is None or self.running():
            return None
        code = self.process.returncode
        self.kill()  # what it started may still hold its port
        if self.once:
            self.process = None
            return None if code == 0 else f"{self.name}没有完成（退出码 {code}）。"
        pause = self._pause.next(now - self._started)
        self._again_at = now + pause
        return f"{self.name}意外结束（退出码 {code}），{pause:g} 秒后重新启动。"

    def _start_again(self) -> str | None:
        try:
            self.start()
        except (OSError, subprocess.SubprocessError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            return f"{self.name}启动不了（{reason}），{self._pause.seconds:g} 秒后再试。"
        return None

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
