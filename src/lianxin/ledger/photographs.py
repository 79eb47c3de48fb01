"""When a photograph was taken, as the camera wrote into it (EXIF)."""

from __future__ import annotations

import io
import logging
from datetime import UTC, datetime

from PIL import ExifTags, Image

from lianxin.rules.worktime import SHANGHAI

from .attachments import kind_of

_log = logging.getLogger(__name__)
#: What counts as a photograph.
PHOTOGRAPHS = frozenset({"image/jpeg", "image/png", "image/webp"})
#: The formats that are opened: opening a WebP makes room for the whole picture.
OPENED = ("JPEG", "PNG")


def is_photograph(content: bytes) -> bool:
    """Whether it is a picture of a format in which phones write."""
    return kind_of(content) in PHOTOGRAPHS


def taken_at(content: bytes) -> datetime | None:
    """The instant of `DateTimeOriginal` with its own offset (else in Shanghai); None where there is none to be read.

    Only the head is read: no picture is unfolded (`getexif` of a PNG without such a head would do that).
    """
    try:
        with Image.open(io.BytesIO(content), formats=OPENED) as picture:
            said = picture.getexif().get_ifd(ExifTags.IFD.Exif) if "exif" in picture.info else {}
        written = str(said.get(ExifTags.Base.DateTimeOriginal, ""))
        offset = str(said.get(ExifTags.Base.OffsetTimeOriginal, "")).strip("\0 ")
        day, _, time = written.strip("\0 ").partition(" ")
        zoned = datetime.fromisoformat(f"{day.replace(':', '-')}T{time}{offset}")
        zoned = zoned if zoned.tzinfo else zoned.replace(tzinfo=SHANGHAI)
    except Exception as error:  # a foreign file: whatever it does, it proves nothing
        _log.info("a photograph does not say when it was taken: %s", error)
        return None
    known = datetime(2000, 1, 1, tzinfo=UTC) <= zoned < datetime(2100, 1, 1, tzinfo=UTC)
    return zoned.astimezone(UTC) if known else None
