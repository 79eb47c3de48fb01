"""Files that hang on an entry: what is taken, and where it is kept.

A file is kept under the digest of its content, so that the ledger, which has the digest, covers every byte of it.
Its name may name a person: it stands on the attachment's row alone, not in the ledger.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import re
import struct
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from .acts import Refused, Upload

#: Bytes of one file.
LARGEST = 20 * 1024 * 1024
#: Files of one act.
MOST = 9
LONGEST_NAME = 200
#: How the name of a file begins that is not all there yet.
TEMPORARY = "tmp"
#: Media type -> the endings that its names may have, the usual one first.
ENDINGS = {
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "image/webp": ("webp",),
    "image/gif": ("gif",),
    "application/pdf": ("pdf",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx",),
    "audio/mpeg": ("mp3",),
    "video/mp4": ("mp4", "m4v", "m4a"),
    "audio/wav": ("wav",),
}
#: For the browser's choice of files.
ACCEPT = ",".join(f".{ending}" for endings in ENDINGS.values() for ending in endings)
TAKEN = "可以上传图片（jpg、png、webp、gif）、pdf、docx、xlsx、mp3、wav 和 mp4"
TOO_MANY = f"一次最多 {MOST} 个附件，其余请分次上传"
_HEADS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"%PDF-": "application/pdf",
    b"ID3": "audio/mpeg",
}
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_MP4_BRAND = re.compile(rb"iso[m2-9]|mp4[12]|avc1|M4[AV] |MSNV|dash")
_OFFICE = {"word/document.xml": "wordprocessingml.document", "xl/workbook.xml": "spreadsheetml.sheet"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """An upload that may be kept, with its clean name and its type by content."""

    upload: Upload
    name: str
    media_type: str

    @property
    def facts(self) -> list[Any]:
        """[sha256 in hex, bytes, media type]: what the entry says of it."""
        return [self.upload.sha256.hex(), len(self.upload.content), self.media_type]


def take(uploads: Sequence[Upload]) -> tuple[Taken, ...]:
    """The files of one act, looked at.  Raises `Refused` on `files`, naming the first that cannot be taken."""
    if len(uploads) > MOST:
        raise Refused({"files": TOO_MANY})
    return tuple(_take(upload) for upload in uploads)


def _take(upload: Upload) -> Taken:
    name = "".join(c for c in re.split(r"[/\\]", upload.name)[-1] if c.isprintable()).strip(" .") or "附件"
    if not upload.content:
        raise Refused({"files": f"“{name}”是空文件"})
    if len(upload.content) > LARGEST:
        raise Refused({"files": too_large(name)})
    media_type = kind_of(upload.content)
    if media_type is None:
        raise Refused({"files": f"“{name}”的类型不能上传。{TAKEN}"})
    stem, dot, ending = name.rpartition(".")
    if not dot or ending.lower() not in ENDINGS[media_type]:
        # A name must not promise another program than the content was found fit for.
        stem, ending = name, ENDINGS[media_type][0]
    return Taken(upload, f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}", media_type)


def too_large(name: str) -> str:
    """The sentence about a file of more than `LARGEST` bytes."""
    return f"“{name}”超过 {LARGEST >> 20} MB，请压缩或分开后再上传"


def kind_of(content: bytes) -> str | None:
    """The media type by the first bytes, None if it is none of `ENDINGS`; the name is not believed."""
    for head, media_type in _HEADS.items():
        if content.startswith(head):
            return media_type
    if content[:4] == b"RIFF":
        return _RIFF.get(content[8:12])
    if content[4:8] == b"ftyp" and _MP4_BRAND.fullmatch(content[8:12]):
        return "video/mp4"
    if content[:4] == b"PK\x03\x04":
        return _office(content)
    # A bare MPEG frame: 11 bits of sync, a version that is not the reserved one, layer III.
    if len(content) > 3 and content[0] == 0xFF and content[1] & 0xE6 == 0xE2 and content[1] & 0x18 != 0x08:
        return "audio/mpeg"
    return None


def _office(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError, OverflowError):
        return None
    if "[Content_Types].xml" not in names or any(name.endswith("vbaProject.bin") for name in names):
        return None
    found = next((kind for part, kind in _OFFICE.items() if part in names), None)
    return f"application/vnd.openxmlformats-officedocument.{found}" if found else None


def path_of(sha256: bytes) -> str:
    """Where a content is kept, relative to MEDIA_ROOT."""
    name = sha256.hex()
    return f"orders/{name[:2]}/{name}"


def place_of(path: str) -> Path:
    """The file of an attachment's `path`."""
    return Path(settings.MEDIA_ROOT) / path


def keep(files: Iterable[Taken]) -> None:
    """Have the files on the disk before the entry that speaks of them is committed.

    What is there already is left alone.  Raises `Refused` if the disk does not take them.  If the transaction fails
    afterwards, a file may stay that no entry knows; sent again, the same content finds it.
    """
    files = list(files)
    if files:
        # Until the entry is committed nobody deletes the same content with the order before.
        lock_contents(file.upload.sha256 for file in files)
    for file in files:
        place = place_of(path_of(file.upload.sha256))
        try:
            if not place.exists():
                _write(place, file.upload.content)
            sound = is_sound(place, file.upload.sha256)
        except OSError as error:
            _log.exception("an attachment could not be kept")
            raise Refused({"files": f"“{file.name}”没有保存成功，请稍后再试"}) from error
        if not sound:
            raise Refused({"files": f"“{file.name}”在存档中的同一文件已损坏，请联系系统管理员"})


def lock_contents(digests: Iterable[bytes]) -> None:
    """Until the end of the transaction nobody else keeps or deletes these contents."""
    # In one order, so that two of us cannot wait for each other.
    keys = sorted({int.from_bytes(digest[:8], "big", signed=True) for digest in digests})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [keys])


def is_sound(place: Path, sha256: bytes) -> bool:
    """Whether the file holds the bytes of that digest.  Raises OSError if it cannot be read."""
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest() == sha256


def _write(place: Path, content: bytes) -> None:
    """All of it or nothing, readable to the owner alone, and on the disk for good."""
    folder = place.parent
    for made in (folder.parent, folder):
        made.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=TEMPORARY)  # mkstemp makes it 0600
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).rename(place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    for made in (folder, folder.parent):
        _fsync(made)


def _fsync(folder: Path) -> None:
    """A name is in its folder only after the folder is on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
