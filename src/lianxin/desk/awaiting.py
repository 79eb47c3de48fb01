"""A file between its preview and its import: plain names and numbers, in a folder that no backup packs."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

DAY = timedelta(days=1)


def keep(data: bytes) -> str:
    """Put the file aside; by the token it is found again."""
    folder = Path(settings.IMPORTS_ROOT)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    token = uuid.uuid4().hex
    place = folder / token
    place.touch(mode=0o600)
    place.write_bytes(data)
    return token


def read(token: str) -> bytes | None:
    """The file, if it still waits."""
    with suppress(FileNotFoundError):
        return (Path(settings.IMPORTS_ROOT) / token).read_bytes()
    return None


def drop(token: str) -> None:
    """The file has done its service."""
    (Path(settings.IMPORTS_ROOT) / token).unlink(missing_ok=True)


def clear(at: datetime) -> None:
    """Drop what has waited for more than a day at `at`.  Others may drop files meanwhile."""
    with suppress(FileNotFoundError):  # nobody has imported anything yet
        for place in Path(settings.IMPORTS_ROOT).iterdir():
            with suppress(FileNotFoundError):
                if place.stat().st_mtime < (at - DAY).timestamp():
                    place.unlink()
