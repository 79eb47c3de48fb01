"""Where a lake lies: a folder, or a bucket by an S3 address (`s3://…`), by the file systems of Arrow.

A file is there wholly or not at all, and none is ever written over but the pointer to the manifest that counts.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyarrow import fs

#: The folder of what is being made.
MAKING = "making"
#: How much of a file is read at once.
_PIECE = 1 << 22


@dataclass(frozen=True)
class Store:
    """The place; names of files are relative to it."""

    system: fs.FileSystem
    base: str

    @classmethod
    def at(cls, address: str) -> Store:
        """The lake at a folder or an address such as `s3://bucket/lake?endpoint_override=…`.  Raises ValueError."""
        if any(sign in address for sign in "*[]"):
            # Engines take them for patterns of names.
            raise ValueError("数据湖的位置不能含有 *、[、]")
        if "://" not in address:
            return cls(fs.LocalFileSystem(), str(Path(address).expanduser().resolve()))
        if address.startswith("s3://"):
            # A small file is one request, and not three.
            address += f"{'&' if '?' in address else '?'}allow_delayed_open=true"
        try:
            system, base = fs.FileSystem.from_uri(address)
        except Exception:  # Arrow raises several kinds of its own
            # What Arrow says repeats the address, which may hold a key.
            raise ValueError("读不懂数据湖的地址：应为文件夹，或者 s3://桶/路径 这样的对象存储地址") from None
        return cls(system, base.rstrip("/"))

    @property
    def local(self) -> bool:
        return isinstance(self.system, fs.LocalFileSystem)

    def path(self, name: str) -> str:
        return f"{self.base}/{name}"

    # --- files -----------------------------------------------------------------------------------
    def read(self, name: str) -> bytes | None:
        """What a small file says; None where there is none."""
        try:
            with self.system.open_input_file(self.path(name)) as file:
                return bytes(file.read())
        except FileNotFoundError:
            return None

    def digest(self, name: str) -> str | None:
        """SHA-256 of a file in hex, a piece at a time; None where there is none."""
        found = hashlib.sha256()
        try:
            with self.system.open_input_stream(self.path(name)) as file:
                while piece := file.read(_PIECE):
                    found.update(piece)
        except FileNotFoundError:
            return None
        return found.hexdigest()

    def put(self, name: str, content: bytes) -> None:
        """A small file, at once: whoever reads meanwhile has the old one or the new one."""
        if self.local:
            self._replace(name, content)
            return
        with self.system.open_output_stream(self.path(name)) as file:
            file.write(content)

    def take(self, file: Path, name: str) -> None:
        """A file of this machine becomes one of the lake, and is gone from where it was."""
        if self.local:
            target = Path(self.path(name))
            target.parent.mkdir(parents=True, exist_ok=True)
            with file.open("rb") as written:
                os.fsync(written.fileno())
            file.replace(target)
            _sync(target.parent)
            return
        with file.open("rb") as source, self.system.open_output_stream(self.path(name)) as target:
            while piece := source.read(_PIECE):
                target.write(piece)
        file.unlink()

    def drop(self, name: str) -> None:
        if self.system.get_file_info(self.path(name)).type == fs.FileType.File:
            self.system.delete_file(self.path(name))

    def names(self, folder: str) -> Iterator[str]:
        """All files below a folder, in no order."""
        found = fs.FileSelector(self.path(folder), allow_not_found=True, recursive=True)
        for info in self.system.get_file_info(found):
            if info.type == fs.FileType.File:
                yield info.path[len(self.base) + 1 :]

    def scratch(self) -> Path:
        """A new folder in which whoever writes makes files before they belong to the lake: in it, so that they only
        have to be renamed, or for a bucket among what is temporary here."""
        making = Path(self.base) / MAKING if self.local else None
        if making is not None:
            making.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="lianxin-lake-", dir=making))

    def _replace(self, name: str, content: bytes) -> None:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
        _sync(target.parent)


def _sync(folder: Path) -> None:
    """A file that was renamed into it is there after a power cut as well."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def digest_of(file: Path) -> str:
    """SHA-256 in hex."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def spelled(content: Any) -> bytes:
    """JSON with sorted keys: the same content is the same bytes."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1).encode()
