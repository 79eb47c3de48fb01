"""Files that hang on an entry: covered by the chain, kept under their digest, replayed without their names."""

from __future__ import annotations

import io
import stat
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cast import Cast, later, request

from lianxin.ledger import attachments
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.attachments import LONGEST_NAME, MOST, Upload, kind_of, place_of
from lianxin.ledger.door import record, record_many
from lianxin.ledger.models import Attachment, Entry
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order

PNG = Upload("现场.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40)
PDF = Upload("检修单.pdf", b"%PDF-1.7\n%%EOF")


def office(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return held.getvalue()


def registration(cast: Cast, at: datetime, *files: Upload, **more: Any) -> Act:
    return Act("order.registered", cast.actor("agent"), at, request(), recorded_at=at, files=files, **more)


def kept(folder: Path) -> list[Path]:
    return [place for place in folder.rglob("*") if place.is_file()]


def test_two_files_hang_on_their_entry_and_the_book_verifies(cast: Cast, nine: datetime, attachments: Path) -> None:
    done = record(registration(cast, nine, PNG, PDF))
    cast.dispatch(Order.objects.get(pk=done.order), later(nine, minutes=3), "heat")
    entry = Entry.objects.get(order=done.order, number=1)
    assert entry.derived["files"] == [
        [PNG.sha256.hex(), len(PNG.content), "image/png"],
        [PDF.sha256.hex(), len(PDF.content), "application/pdf"],
    ]
    assert "现场" not in str(entry.derived)
    rows = list(Attachment.objects.order_by("pk"))
    assert [(r.name, r.entry_id, r.order_id) for r in rows] == [(f.name, entry.pk, done.order) for f in (PNG, PDF)]
    for row, upload in zip(rows, (PNG, PDF), strict=True):
        place = place_of(row.path)
        assert place.read_bytes() == upload.content
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
        assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert len(kept(attachments)) == 2
    assert list(verify()) == []


def test_sent_twice_it_is_stored_once_and_with_another_file_it_is_another_request(
    cast: Cast, nine: datetime, attachments: Path
) -> None:
    first, again = (record(registration(cast, nine, PNG, key="k")) for _ in range(2))
    assert (again.order, again.entry, again.repeated) == (first.order, first.entry, True)
    assert Attachment.objects.count() == len(kept(attachments)) == 1
    with pytest.raises(Refused, match="已用于另一项操作"):
        record(registration(cast, nine, PDF, key="k"))


def test_the_same_content_is_kept_once_for_two_orders(cast: Cast, nine: datetime, attachments: Path) -> None:
    record_many([registration(cast, nine, PNG, PNG), registration(cast, nine, Upload("b.png", PNG.content))])
    assert Attachment.objects.count() == 3
    assert len(kept(attachments)) == 1
    assert list(verify()) == []


def test_a_file_in_a_batch_and_a_refused_act_leaves_none(cast: Cast, nine: datetime, attachments: Path) -> None:
    bad = Act("order.registered", cast.actor("agent"), nine, request(title=""), recorded_at=nine, files=(PDF,))
    results = record_many([registration(cast, nine, PNG), bad], collect=True)
    assert isinstance(results[1], Refused)
    assert [place.name for place in kept(attachments)] == [PNG.sha256.hex()]
    assert list(verify()) == []


def test_verify_names_a_changed_and_a_missing_file(cast: Cast, nine: datetime) -> None:
    done = record(registration(cast, nine, PNG, PDF))
    changed, missing = (place_of(row.path) for row in Attachment.objects.order_by("pk"))
    changed.write_bytes(PNG.content + b"!")
    missing.unlink()
    number = Order.objects.get(pk=done.order).number
    assert [str(found) for found in verify()] == [
        f"{number}：第 1 笔账目的附件“现场.png”的文件被改动",
        f"{number}：第 1 笔账目的附件“检修单.pdf”的文件缺失",
    ]
    with pytest.raises(Refused, match="已损坏"):
        record(registration(cast, nine, PNG))
    assert Order.objects.count() == 1


def test_verify_names_a_row_that_was_changed_or_added(cast: Cast, nine: datetime) -> None:
    record(registration(cast, nine, PNG))
    Attachment.objects.update(size=1)
    assert [found.what for found in verify()] == ["attachment的“字节”与账目不符"]
    Attachment.objects.all().delete()
    assert [found.what.rpartition(" ")[2] for found in verify()] == ["缺失"]


def test_what_cannot_be_taken_is_refused_in_words(cast: Cast, nine: datetime, monkeypatch: Any) -> None:
    monkeypatch.setattr(attachments, "LARGEST", 100)
    for files, sentence in (
        ([Upload("a.exe", b"MZ\x90\x00")], "“a.exe”的类型不能上传"),
        ([Upload("b.png", b"")], "“b.png”是空文件"),
        ([Upload("c.png", PNG.content * 3)], "“c.png”超过"),
        ([PNG] * (MOST + 1), "一次最多 9 个附件"),
    ):
        with pytest.raises(Refused) as refused:
            record(registration(cast, nine, *files))
        assert list(refused.value.problems) == ["files"]
        assert sentence in str(refused.value)
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("", "附件.png"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\照片\\a.PNG", "a.PNG"),
        ("a\x00b\n\u202e.png", "ab.png"),
        ("a.hta", "a.hta.png"),
        ("长" * 300 + ".png", "长" * (LONGEST_NAME - 4) + ".png"),
        ("\ud800.png", "png.png"),
    ],
)
def test_no_name_breaks_anything(cast: Cast, nine: datetime, name: str, clean: str) -> None:
    record(registration(cast, nine, Upload(name, PNG.content)))
    assert Attachment.objects.get().name == clean
    assert list(verify()) == []


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RIFF\x00\x00\x00\x00AVI ", None),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        (b"\x00\x00\x00\x18ftypheic", None),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        ("\ufeff文".encode("utf-16"), None),
        (office("[Content_Types].xml", "word/document.xml"), WORD),
        (office("[Content_Types].xml", "xl/workbook.xml"), SHEET),
        (office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), None),
        (office("a.txt"), None),
        (b"PK\x03\x04" + b"x" * 30, None),
        (b"<html><script>", None),
        (b"<svg xmlns=", None),
    ],
)
def test_the_type_is_read_from_the_content(content: bytes, kind: str | None) -> None:
    assert kind_of(content) == kind


@given(st.binary(max_size=200), st.integers(0, 120))
def test_no_content_breaks_the_reading(noise: bytes, at: int) -> None:
    whole = office("[Content_Types].xml", "word/document.xml")
    for content in (noise, b"PK\x03\x04" + noise, whole[: len(whole) - at] + noise + whole[len(whole) - at :]):
        assert kind_of(content) in {None, *attachments.ENDINGS}
