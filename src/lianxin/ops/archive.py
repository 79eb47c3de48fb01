"""A backup as files: what is in it, and the proof that nothing of it has changed.

database.dump    pg_dump, custom format
attachments.tar  the files that hang on ledger entries
keys/            without them names and numbers of callers cannot be read; to be kept in another place than the rest
manifest.json    sha256 of every file above
"""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from datetime import UTC, datetime
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from lianxin import __version__
from lianxin.orders.attachments import TEMPORARY

from . import places, postgres
from .trouble import Trouble

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
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        draft.mkdir(mode=0o700, parents=True)
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
    """Load the dump, in one transaction: all of it or nothing."""
    flags = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
    tool("pg_restore", *flags, str(folder / DUMP), url=url)
    # How far the writers of another life of this folder were says nothing of this database.
    shutil.rmtree(places.PROOF, ignore_errors=True)


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
    """Run pg_dump or pg_restore. The password goes by the environment: arguments are visible to every user."""
    parts = conninfo_to_dict(url)
    password = str(parts.pop("password", "") or "")
    done = subprocess.run(
        [str(postgres.tools() / name), *args, f"--dbname={make_conninfo('', **parts)}"],
        env={**os.environ, **({"PGPASSWORD": password} if password else {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["没有任何输出"]
        raise Trouble(f"{name} 没有成功：{lines[0].strip()}")


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in (MANIFEST, WARNING))
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
