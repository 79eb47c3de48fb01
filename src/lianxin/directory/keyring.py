"""The installation's own keys: files in the keys folder which only their owner may read (0600).

`caller-1`, `caller-2`, … encrypt callers' names and numbers, the newest one what is new; `lookup` makes the hashes by
which they are found and stays for good; `proof` attests what this installation wrote (docs/proof.md).  A key is
a file of exactly that name with 32 hex digits in it: what lies beside it (a copy, a note) is nobody's key, and what
is being copied is none yet.
"""

from __future__ import annotations

import os
import re
import secrets
from functools import lru_cache
from pathlib import Path

from django.conf import settings

_NAME = re.compile(r"caller-([1-9][0-9]*)")
_DIGITS = re.compile(rb"\s*([0-9a-fA-F]{32})\s*")


def keys() -> dict[str, bytes]:
    """All encryption keys (16 bytes) by id; the first is made at first use.  Raises KeyError if none is whole."""
    folder = os.fspath(settings.KEYS_DIR)
    try:
        # A key that another process added counts from its next use on, without a restart.
        changed = os.stat(folder).st_mtime_ns
    except FileNotFoundError:
        changed = 0
    found = _read(folder, changed)
    if None in found.values():
        _read.cache_clear()  # its last bytes come without a change of the folder
    whole = {key_id: key for key_id, key in found.items() if key is not None}
    if not whole:
        raise KeyError("no key file is whole")
    return whole


def key(key_id: str) -> bytes:
    """One encryption key.  Raises KeyError if it is gone."""
    try:
        return keys()[key_id]
    except KeyError:
        _read.cache_clear()  # made within the same tick of the file system's clock
        return keys()[key_id]


def current() -> tuple[str, bytes]:
    """Id and key under which new values are written."""
    found = keys()
    newest = max(found, key=int)
    return newest, found[newest]


def add() -> str:
    """Make a new encryption key, current from now on.  Returns its id."""
    keys()
    key_id = str(max(map(int, _files(os.fspath(settings.KEYS_DIR)))) + 1)
    _make(f"caller-{key_id}", 16)
    return key_id


@lru_cache(maxsize=1)
def lookup() -> bytes:
    """The key (32 bytes) of the hashes by which callers are found."""
    return _single("lookup")


@lru_cache(maxsize=1)
def proof() -> bytes:
    """The key (32 bytes) with which what we write is attested: whoever can write to the database alone lacks it."""
    return _single("proof")


def _single(name: str) -> bytes:
    path = Path(settings.KEYS_DIR) / name
    return bytes.fromhex(path.read_text()) if path.exists() else _make(name, 32)


@lru_cache(maxsize=1)
def _read(folder: str, changed: int) -> dict[str, bytes | None]:
    """The keys by id, None for one that is not all there."""
    found = {key_id: _whole(path) for key_id, path in _files(folder).items()}
    return found or {"1": _make("caller-1", 16)}


def _files(folder: str) -> dict[str, Path]:
    """The files that are named like a key, by its id."""
    named = ((_NAME.fullmatch(path.name), path) for path in Path(folder).glob("caller-*"))
    return {name[1]: path for name, path in named if name}


def _whole(path: Path) -> bytes | None:
    try:
        digits = _DIGITS.fullmatch(path.read_bytes())
    except OSError:  # being moved in or out, or not ours to read
        return None
    return bytes.fromhex(digits[1].decode()) if digits else None


def _make(name: str, size: int) -> bytes:
    """Make a key file; a process that comes second takes what the first wrote.

    It is on the disk before anything is encrypted with it, or a power failure could leave values that nobody can read.
    """
    folder = Path(settings.KEYS_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{name}.{secrets.token_hex(4)}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_bytes(size).hex())
        os.fsync(file.fileno())
    try:
        (folder / name).hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
    return bytes.fromhex((folder / name).read_text())
