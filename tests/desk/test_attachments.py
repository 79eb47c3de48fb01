"""Files on the pages: handed in with a verb, shown under its entry, opened only by who may see the order."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from tests.desk.web import REPLY, Site, said

from lianxin.ledger import attachments
from lianxin.ledger.attachments import LARGEST, MOST
from lianxin.ledger.models import Attachment, Entry
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
PDF = b"%PDF-1.7\n%%EOF"


def photo(name: str = "现场.png", content: bytes = PNG) -> Any:
    return SimpleUploadedFile(name, content)


def signed(site: Site) -> Order:
    return site.done("clerk@heat", site.dispatched(), "share.signed")


def test_two_files_of_a_reply_stand_under_its_entry(site: Site) -> None:
    order = signed(site)
    form = site.get("clerk@heat", f"/orders/{order.number}/share.replied/").content.decode()
    assert 'enctype="multipart/form-data"' in form
    assert 'type="file" name="files"' in form
    site.done("clerk@heat", order, "share.replied", **REPLY, files=[photo(), photo("检修单.pdf", PDF)])
    first, second = Attachment.objects.order_by("pk")
    assert first.entry == Entry.objects.get(order=order, action="share.replied")
    page = site.get("auditor", f"/orders/{order.number}/").content.decode()
    for row in (first, second):
        assert f'href="/orders/{order.number}/files/{row.pk}/"' in page
        assert row.name in page
    assert f'<img src="/orders/{order.number}/files/{first.pk}/"' in page
    assert page.count("<img src=") == 1
    assert list(verify()) == []


def test_every_verb_that_asks_for_files_takes_them(site: Site) -> None:
    order = signed(site)
    typed = {"way": "phone", "reached": "true", "text": "约定上门测温。", "files": [photo()]}
    site.done("clerk@heat", order, "share.contacted", **typed)
    site.done("clerk@heat", order, "share.progressed", text="配件已到。", files=[photo("b.png")])
    assert Attachment.objects.filter(order=order).count() == 2
    assert "files" not in site.get("clerk@heat", f"/orders/{order.number}/return.filed/").context["form"].fields


def test_a_registration_takes_files(site: Site) -> None:
    order = site.order(files=[photo()])
    assert Attachment.objects.get().order == order


def test_a_file_is_opened_by_who_sees_the_order_alone(site: Site) -> None:
    order, foreign = site.dispatched(files=[photo(), photo("检修单.pdf", PDF)]), site.order()
    image, document = Attachment.objects.order_by("pk")
    path = f"/orders/{order.number}/files/{image.pk}/"
    shown = site.get("clerk@heat", path)
    assert b"".join(shown.streaming_content) == PNG
    assert shown["Content-Type"] == "image/png"
    assert shown["Content-Disposition"].startswith("inline")
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown["Content-Security-Policy"]
    saved = site.get("clerk@heat", f"/orders/{order.number}/files/{document.pk}/")
    assert saved["Content-Disposition"].startswith("attachment")
    assert b"".join(saved.streaming_content) == PDF
    for who, address in (
        ("clerk@bureau", path),
        ("agent", f"/orders/{foreign.number}/files/{image.pk}/"),
        ("agent", f"/orders/{order.number}/files/{2**80}/"),
        ("agent", "/orders/20200101-0001/files/1/"),
    ):
        assert site.get(who, address).status_code == 404
    site.at("agent").logout()
    assert site.get("agent", path).status_code == 302
    attachments.place_of(image.path).unlink()
    assert site.get("clerk@heat", path).status_code == 404


def test_what_cannot_be_taken_is_said_beside_the_field(site: Site) -> None:
    order = signed(site)
    for files, sentence in (
        ([photo("a.png", b"MZ")], "“a.png”的类型不能上传"),
        ([photo("a.png", PNG + bytes(LARGEST))], "“a.png”超过 20 MB"),
        ([photo("a.png", b"")], "“a.png”是空文件"),
        ([photo()] * (MOST + 1), "一次最多 9 个附件"),
    ):
        answer = site.do("clerk@heat", order, "share.progressed", text="配件已到。", files=files)
        assert answer.status_code == 422, said(answer)
        text = answer.content.decode()
        assert sentence in text
        assert "配件已到。" in text
        assert "请重新选择" in text
    answer = site.register(files=[photo("a.png", b"MZ")])
    assert answer.status_code == 422
    assert "的类型不能上传" in answer.content.decode()
    assert not Attachment.objects.exists()


def test_sent_twice_a_form_stores_its_file_once(site: Site) -> None:
    order, key = signed(site), "0" * 32
    for _ in range(2):
        site.done("clerk@heat", order, "share.progressed", text="配件已到。", key=key, files=[photo()])
    assert Attachment.objects.count() == 1
    assert Entry.objects.filter(order=order, action="share.progressed").count() == 1


def test_verify_names_a_changed_file(site: Site) -> None:
    order = site.order(files=[photo()])
    attachments.place_of(Attachment.objects.get().path).write_bytes(b"x")
    assert [str(found) for found in verify()] == [f"{order.number}：第 1 笔账目的附件“现场.png”的文件被改动"]
