"""Keys that live in files which only their owner may read."""

import os
import secrets
from pathlib import Path

from .trouble import Trouble


def read_or_make(folder: Path, name: str, *, nbytes: int = 48) -> str:
    """Return the secret text kept in folder/name; the first caller makes it.

    Several processes start at once, so the file is written apart and linked into place:
    whoever is second finds the first one's key, and nobody ever reads half of one.
    Raises Trouble when the folder cannot be written.
    """
    path = folder / name
    try:
        return path.read_text("ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise Trouble(f"读不到密钥文件 {path}（{error.strerror}）。请检查它的属主和权限（应为 0600）。") from error
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / f".{name}.{os.getpid()}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(nbytes))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first; its key counts
        finally:
            draft.unlink()
    except OSError as error:
        raise Trouble(
            f"目录 {folder} 不能写入（{error.strerror}）。请改变它的权限，或用环境变量 LIANXIN_VAR 指定另一个目录。"
        ) from error
    return path.read_text("ascii").strip()
