"""A backup as files: what is in it, and the proof that nothing of it has changed.

database.dump    pg_dump, custom format
attachments.tar  the files that hang on ledger entries
keys/            without them names and numbers of callers cannot be read; to be kept in another place than the rest
manifest.json    sha256 of every file above
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from lianxin import __version__
from lianxin.ledger.attachments import TEMPORARY

from . import places, postgres
from .trouble import Trouble

DRAFT = ".lianxin-draft"
#: Parameters that our pg_restore sets and servers before that version do not know.
UNKNOWN_BEFORE = {b"SET transaction_timeout ": 17}
DUMP, ATTACHMENTS, KEYS, MANIFEST = "database.dump", "attachments.tar", "keys", "manifest.json"
WARNING = "请另存.txt"
WARNING_TEXT = (
    "本目录是密钥。没有它，备份中诉求人的姓名和号码无法解读；有了它和备份，任何人都能解读。\n"
    "请把本目录移到另一处安全的地方保管，不要与 database.dump 放在一起。\n"
    "恢复时用：lianxin restore 备份目录 --keys 密钥目录\n"
)


def write(folder: Path, url: str) -> None:
    """Make a backup in a folder that is new or empty. It appears complete or not at all.

    The database comes first: a file is stored before the entry that names it, so the attachments copied afterwards
    hold at least all that the dump names and that is not erased in between.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Trouble(f"{folder} 已经有内容。请指定一个新的目录，例如 {folder}-2。")
    drop_drafts(folder.parent)
    draft = folder.with_name(f".{folder.name}.{os.getpid()}{DRAFT}")
    stack = contextlib.ExitStack()
    try:
        draft.mkdir(mode=0o700, parents=True)
        stack.callback(os.close, claim := os.open(draft, os.O_RDONLY))
        fcntl.flock(claim, fcntl.LOCK_EX)
        tool("pg_dump", "--format=custom", f"--file={draft / DUMP}", url=url)
        with tarfile.open(draft / ATTACHMENTS, "w") as tar:
            _add_attachments(tar)
        shutil.copytree(places.KEYS, draft / KEYS)
        (draft / KEYS / WARNING).write_text(WARNING_TEXT, "utf-8")
        manifest = {"lianxin": __version__, "made_at": datetime.now(UTC).isoformat(timespec="seconds")}
        (draft / MANIFEST).write_text(json.dumps({**manifest, "sha256": digests(draft)}, indent=2), "utf-8")
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    except OSError as error:
        raise Trouble(f"备份写不进 {folder}（{error.strerror}）。请检查目录的权限和剩余空间。") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        stack.close()


def drop_drafts(folder: Path) -> None:
    """What backups that were killed left behind: callers' names and keys, half of them, for whoever looks there.

    A draft in work is locked by its process; the lock goes with the process, however it ends.
    """
    for draft in folder.glob(f".*{DRAFT}"):
        with contextlib.suppress(OSError):
            claim = os.open(draft, os.O_RDONLY)
            try:
                fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(draft, ignore_errors=True)
            finally:
                os.close(claim)


def _add_attachments(tar: tarfile.TarFile) -> None:
    """File by file: the site lives, so one may be erased meanwhile, and one may be half written."""

    def unless_gone(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise error

    for folder, folders, names in os.walk(places.ATTACHMENTS, onerror=unless_gone):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if name.startswith(TEMPORARY):
                continue
            try:
                file = path.open("rb")
            except FileNotFoundError:
                continue
            with file:
                inside = Path("attachments", path.relative_to(places.ATTACHMENTS))
                tar.addfile(tar.gettarinfo(arcname=str(inside), fileobj=file), file)


def check(folder: Path, keys: Path) -> None:
    """Raise Trouble unless every file of the backup is there, unchanged."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        expected = dict(manifest["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Trouble(
            f"{folder} 不是连心的备份（没有可读的 {MANIFEST}）。请指定 lianxin backup 写出的目录。"
        ) from error
    for name, digest in expected.items():
        path = keys / Path(name).name if name.startswith(f"{KEYS}/") else folder / name
        if not path.is_file():
            hint = "密钥若另存在别处，请用 --keys 指出。" if name.startswith(f"{KEYS}/") else "请换一份完整的备份。"
            raise Trouble(f"备份缺少 {name}。{hint}")
        if sha256(path) != digest:
            raise Trouble(f"备份中的 {name} 与清单不符，可能已损坏或被改动。请换一份备份。")


def restore_database(folder: Path, url: str) -> None:
    """Load the dump, in one transaction: all of it or nothing.

    As statements by psql, not by pg_restore, whose own settings an older server may not know.
    """
    with psycopg.connect(url) as connection:
        version = connection.info.server_version // 10000
    left_out = tuple(setting for setting, first in UNKNOWN_BEFORE.items() if version < first)
    target, environment = _target(url)
    psql = [str(postgres.tools() / "psql"), "--no-psqlrc", "--quiet", "--single-transaction", target]
    command = [str(postgres.tools() / "pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(folder / DUMP)]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said) as reading,
        subprocess.Popen(
            [*psql, "--set=ON_ERROR_STOP=1"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, env=environment,
        ) as writing,
    ):  # fmt: skip
        assert reading.stdout
        assert writing.stdin
        with contextlib.suppress(BrokenPipeError):  # psql has stopped at an error, and says which
            _pass_on(reading.stdout, writing.stdin, left_out)
            if reading.wait():
                writing.kill()  # half a dump must not be committed
        # What still waits to be written is written once more when the pipe is closed: here, not while leaving.
        with contextlib.suppress(BrokenPipeError):
            writing.stdin.close()
        reading.stdout.close()
        codes = (reading.wait(), writing.wait())
        if any(codes):
            said.seek(0)
            raise Trouble(f"恢复没有成功，数据库没有改动：{_first_error(said.read().decode(errors='replace'))}")


def _pass_on(source: IO[bytes], target: IO[bytes], left_out: tuple[bytes, ...]) -> None:
    """The statements; of the settings at their head those that the server knows."""
    for line in source:
        if not line.startswith(left_out or b"\0"):
            target.write(line)
        if line.startswith((b"CREATE ", b"ALTER ", b"COPY ")):
            break
    shutil.copyfileobj(source, target, 1 << 20)


def restore_attachments(folder: Path) -> None:
    with tarfile.open(folder / ATTACHMENTS) as tar:
        tar.extractall(places.VAR, filter="data")


def restore_keys(keys: Path) -> None:
    places.KEYS.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in keys_in(keys):
        target = places.KEYS / path.name
        shutil.copyfile(path, target)
        target.chmod(0o600)


def keys_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and path.name != WARNING)


def tool(name: str, *args: str, url: str) -> None:
    """Run pg_dump or another of PostgreSQL's tools on a database; Trouble says what it said."""
    target, environment = _target(url)
    done = subprocess.run(
        [str(postgres.tools() / name), *args, target],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise Trouble(f"{name} 没有成功：{_first_error(done.stderr)}")


def _target(url: str) -> tuple[str, dict[str, str]]:
    """The database as an argument, and the environment with its password: arguments are visible to every user."""
    parts = conninfo_to_dict(url)
    password = str(parts.pop("password", "") or "")
    return f"--dbname={make_conninfo('', **parts)}", {**os.environ, **({"PGPASSWORD": password} if password else {})}


def _first_error(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["没有任何输出"]
    return next((line for line in lines if "ERROR" in line or "error:" in line), lines[0])


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in (MANIFEST, WARNING))
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
