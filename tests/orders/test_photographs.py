"""When a photograph was taken, read without unfolding it."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from PIL import ExifTags, Image, ImageFile
from PIL.PngImagePlugin import PngImageFile

from lianxin.ledger import photographs


def picture(fmt: str, taken: str = "") -> bytes:
    exif, buffer = Image.Exif(), io.BytesIO()
    if taken:
        exif[ExifTags.Base.DateTime] = taken  # a PNG is written without a head whose first part is empty
        said = exif.get_ifd(ExifTags.IFD.Exif)
        said.update({ExifTags.Base.DateTimeOriginal: taken, ExifTags.Base.OffsetTimeOriginal: "+08:00"})
    Image.new("RGB", (8, 8), "white").save(buffer, fmt, **({"exif": exif} if taken else {}))
    return buffer.getvalue()


@pytest.mark.parametrize("fmt", ["JPEG", "PNG"])
def test_no_picture_is_unfolded(fmt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one that says when it was taken, and not one that says nothing."""
    silent, told, loads = picture(fmt), picture(fmt, "2019:08:05 10:00:00"), []
    for kind in (ImageFile.ImageFile, PngImageFile):
        monkeypatch.setattr(kind, "load", lambda self: loads.append(self))
    assert photographs.taken_at(silent) is None
    assert photographs.taken_at(told) == datetime(2019, 8, 5, 2, tzinfo=UTC)
    assert not loads


def test_a_webp_is_a_photograph_that_says_nothing() -> None:
    content = picture("WEBP", "2019:08:05 10:00:00")
    assert photographs.is_photograph(content)
    assert photographs.taken_at(content) is None
