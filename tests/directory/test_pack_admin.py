"""The rule books in the administration: shown whole, compared, adopted with what it touches said beforehand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.rulebooks import Shelf, Tables, damage, shelf, tables, text

from lianxin.directory import adoption, snapshot
from lianxin.directory.models import AdoptedPack
from lianxin.ledger.models import Journal
from lianxin.rules import policy

from .conftest import World

LIST = "/admin/directory/policyversion/"
ADOPT, COMPARE = f"{LIST}adopt/", f"{LIST}compare/"


@pytest.fixture
def books(tmp_path: Path, db: None) -> Iterator[Shelf]:
    with shelf(tmp_path) as found:
        yield found


def next_monday() -> date:
    today = timezone.localdate()
    return today + timedelta(days=7 - today.weekday())


def draft(name: str = "draft2", limit: str = "10 minutes") -> str:
    book: Tables = tables()
    book["pack"]["id"] = name
    next(row for row in book["clock"] if row["id"] == "B09.urgent")["allow"] = limit
    return text(book)


def upload(words: str | bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("规则.toml", words if isinstance(words, bytes) else words.encode())


def preview(client: Client, here: World, **fields: Any) -> HttpResponse:
    return client.post(ADOPT, {"centre": here.centre.pk, "day": next_monday().isoformat(), **fields})


def hidden(page: HttpResponse) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.content.decode())
    return {name: unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def test_an_uploaded_draft_is_shown_with_what_it_touches_and_then_adopted(signed_in: Client, here: World) -> None:
    page = preview(signed_in, here, file=upload(draft()))
    shown = page.content.decode()
    for words in ("还没有采用", "时限的变化", "15分钟", "10分钟", "紧急程度为紧急", "没有妨碍", "junan-2021@1"):
        assert words in shown, words
    assert here.centre.policies.count() == 1
    assert not AdoptedPack.objects.filter(pack_id="draft2").exists()
    done = signed_in.post(ADOPT, hidden(page), follow=True)
    assert f"已采用 draft2@1，自 {next_monday()} 起施行" in done.content.decode()
    version = here.centre.policies.get(pack_id="draft2")
    assert (version.adopted_by, version.effective_from) == (here.admin, next_monday())
    line = Journal.objects.get(action="policyversion.adopt")
    assert (line.staff_id, line.payload["digest"]) == (here.admin.pk, AdoptedPack.objects.get(pack_id="draft2").digest)


def test_the_offered_day_is_looked_at_with_the_same_text(signed_in: Client, here: World) -> None:
    tuesday = next_monday() + timedelta(days=1)
    page = preview(signed_in, here, file=upload(draft()), day=tuesday.isoformat())
    assert f"改为 {next_monday()}，再看一遍" in page.content.decode()
    again = signed_in.post(ADOPT, hidden(page) | {"again": next_monday().isoformat()})
    assert "这一天采用没有妨碍" in again.content.decode()
    assert here.centre.policies.count() == 1
    signed_in.post(ADOPT, hidden(again))
    assert here.centre.policies.get(pack_id="draft2").effective_from == next_monday()
    assert signed_in.post(ADOPT, hidden(page) | {"again": "明天"}).status_code == 302


def test_a_file_of_the_folder_is_adopted_as_it_was_looked_at(signed_in: Client, here: World, books: Shelf) -> None:
    path = books.folder / "draft2.toml"
    path.write_text(draft(), "utf-8")
    page = preview(signed_in, here, pack="draft2")
    # Somebody goes on writing while another reads.
    path.write_text(draft(limit="1 minute"), "utf-8")
    signed_in.post(ADOPT, hidden(page))
    kept = snapshot.of(here.centre.pk).find_pack("draft2@1")
    assert str(kept.clock("B09.urgent").allow) == "10分钟"


@pytest.mark.parametrize("change", ["mark", "texts", "day", "centre", "name"])
def test_what_was_not_looked_at_is_not_adopted(signed_in: Client, here: World, there: World, change: str) -> None:
    sent = hidden(preview(signed_in, here, file=upload(draft())))
    other = {"mark": "0" * 64, "texts": "e30=", "day": "2099-99-99", "centre": there.centre.pk, "name": "base"}
    said = signed_in.post(ADOPT, sent | {change: other[change]}, follow=True)
    assert "没有采用" in said.content.decode()
    assert not AdoptedPack.objects.filter(pack_id="draft2").exists()
    assert there.centre.policies.count() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "两者取其一"),
        ({"pack": "base", "file": upload(draft())}, "两者取其一"),
        ({"pack": "nowhere"}, "选择一个有效的选项"),
        ({"file": upload(b"\xff\xfe\x00")}, "UTF-8 编码的文本"),
        ({"file": upload("[pack")}, "合法的 TOML"),
        ({"file": upload("= = =\x00")}, "合法的 TOML"),
        ({"file": upload(draft(limit="10 minuets"))}, "B09.urgent，字段 allow"),
        ({"file": upload("#" * (513 * 1024))}, "不像是规则包"),
        ({"file": upload(draft()), "day": "明天"}, "输入一个有效的日期"),
        ({"file": upload(draft()), "day": "1900-01-01"}, "生效日期应在"),
        ({"file": upload(draft("junan-2021"))}, "请提高 version 后再采用"),
    ],
)
def test_what_cannot_be_adopted_is_told_and_changes_nothing(
    signed_in: Client, here: World, fields: dict[str, Any], words: str
) -> None:
    for value in fields.values():
        if isinstance(value, SimpleUploadedFile):
            value.seek(0)
    page = preview(signed_in, here, **fields)
    assert page.status_code == 200
    assert words in page.content.decode()
    assert "mark" not in hidden(page)
    assert AdoptedPack.objects.count() == here.centre.policies.count() == 1


def test_it_is_shown_whole_and_cannot_be_changed(signed_in: Client, here: World) -> None:
    shown = signed_in.get(f"{LIST}{here.policy.pk}/change/").content.decode()
    for words in ("D29", "签收", "已启用", AdoptedPack.objects.get().digest, "沿用"):
        assert words in shown
    assert 'name="_save"' not in shown
    assert signed_in.post(f"{LIST}{here.policy.pk}/change/", {"version": "9"}).status_code == 403
    assert signed_in.get(f"{LIST}add/").status_code == 403
    assert signed_in.post(f"{LIST}{here.policy.pk}/delete/", {"post": "yes"}).status_code == 403
    damage("junan-2021")
    assert "存档不能读取" in signed_in.get(f"{LIST}{here.policy.pk}/change/").content.decode()
    assert signed_in.get(LIST).status_code == 200


def test_what_is_still_to_come_can_be_withdrawn(signed_in: Client, here: World) -> None:
    plan = adoption.plan(here.centre, policy.find("base"), next_monday(), timezone.now())
    version = adoption.adopt(plan, timezone.now(), here.admin)
    assert "待施行" in signed_in.get(LIST).content.decode()
    signed_in.post(f"{LIST}{version.pk}/delete/", {"post": "yes"})
    assert here.centre.policies.count() == 1
    assert Journal.objects.get(action="policyversion.withdraw").staff_id == here.admin.pk


def test_two_versions_are_compared_and_never_anothers(signed_in: Client, here: World, there: World) -> None:
    plan = adoption.plan(here.centre, policy.find("base"), next_monday(), timezone.now())
    version = adoption.adopt(plan, timezone.now(), here.admin)
    shown = signed_in.get(f"{COMPARE}?a={version.pk}&b={here.policy.pk}").content.decode()
    assert "callback.assess_layer" in shown
    assert "本级" in shown
    shown = signed_in.get(f"{COMPARE}?a={version.pk}&b={there.policy.pk}").content.decode()
    assert "callback.assess_layer" not in shown
    assert "选择一个有效的选项" in shown


def test_the_list_costs_the_same_however_long_it_is(signed_in: Client, here: World, books: Shelf) -> None:
    signed_in.get(LIST)
    with CaptureQueriesContext(connection) as short:
        signed_in.get(LIST)
    for number in range(3):
        day = next_monday() + timedelta(days=7 * number)
        adoption.adopt(adoption.plan(here.centre, books.put(tables()), day, timezone.now()), timezone.now(), None)
    signed_in.get(LIST)
    with CaptureQueriesContext(connection) as long:
        signed_in.get(LIST)
    assert len(long) == len(short)


def test_a_clerk_adopts_nothing(here: World, client: Client) -> None:
    client.force_login(here.clerk)
    assert client.get(ADOPT).status_code in (302, 403)
    assert client.post(ADOPT, {"centre": here.centre.pk, "pack": "base"}).status_code in (302, 403)
