"""规章制度: the book in force, its versions, its systems and its rules, for everybody of the centre and its units."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast, make_cast
from tests.desk.test_forms import text
from tests.desk.test_reached import WHO
from tests.desk.web import Site
from tests.rulebooks import Shelf, damage, shelf, tables

from lianxin.directory import adoption
from lianxin.directory.models import Staff
from lianxin.rules import policy, policy_stages
from lianxin.rules.policy import Pack
from lianxin.rules.policy_reading import ROWS
from lianxin.rules.policy_settings import Settings

TEN = ("首派负责制", "分管班子成员负责制", "疑难工单联席会议制", "重办工单台账、销号制", "第一时间联系诉求人制")
#: Sections that are of no one stage.
WHOLE_COURSE = {"sight", "retention"}
MEETING = {"id": "D23.meeting", "code": "meeting", "title": "联席会议制", "origin": "测试", "text": "每月一次。"}


@pytest.fixture
def books(tmp_path: Path, db: None) -> Iterator[Shelf]:
    with shelf(tmp_path) as found:
        yield found


def main(answer: Any) -> str:
    return text(answer).partition("<main")[2].partition("</main>")[0]


def adopt(cast: Cast, pack: Pack, days: int = 0) -> None:
    at, day = timezone.now(), timezone.localdate() + timedelta(days=days)
    adoption.adopt(adoption.plan(cast.centre, pack, day, at), at, cast.staff["leader"])


def with_systems(books: Shelf, *rows: dict[str, str], title: str = "新办法") -> Pack:
    book = tables() | {"system": list(rows)}
    book["pack"]["title"] = title
    return books.put(book)


def test_b03_the_page_says_which_book_is_in_force_and_what_its_rules_say(site: Site) -> None:
    page = main(site.get("clerk@town", "/regulations/"))
    assert "政务服务便民热线通用规则" in page
    assert "版本 1，2020年1月1日起施行，施行中" in page
    stages = re.findall(r"<h2>(.*?)</h2>", page)[1:]
    assert stages[:5] == ["受理", "派单", "办理", "回访", "督办"]
    of_dispatch = page.partition("<h2>派单</h2>")[2].partition("<h2>")[0]
    assert "原文：职责清楚、管辖明确的投诉事项，应在受理后5分钟之内将调度指令传达到责任单位" in of_dispatch
    assert "时限：派单，工单自“登记受理”至“派单或提请协调”，5分钟" in of_dispatch
    found = main(site.get("clerk@town", "/regulations/?q=好差评"))
    assert re.findall(r'<h3 class="lx-clause">(\w+)', found) == ["S35"]
    assert "没有找到“不存在的词”" in main(site.get("agent", "/regulations/?q=不存在的词"))


def test_b03_a_version_adopted_later_is_shown_and_rewrites_nothing(books: Shelf, base: Cast) -> None:
    site = Site(base)
    before = main(site.get("agent", "/regulations/"))
    adopt(base, with_systems(books, MEETING, title="更新的办法"), days=30)
    day = timezone.localdate() + timedelta(days=30)
    page = main(site.get("agent", "/regulations/"))
    first, second = re.findall(r"<tr>\s*<td>.*?</tr>", page, re.S)
    for said in (f"{day:%Y-%m-%d}", "更新的办法", "待施行", f"{timezone.localdate():%Y-%m-%d}", "leaderA"):
        assert said in first, said
    assert "2020-01-01" in second
    assert "施行中" in second
    # What is in force, and all that it says, is as it was.
    assert "联席会议制" not in page
    assert page.partition("<h2>受理</h2>")[2] == before.partition("<h2>受理</h2>")[2]
    assert "每月一次。" in main(site.get("agent", f"/regulations/?since={day:%Y-%m-%d}"))

    adopt(base, with_systems(books, title="今日的办法"))
    page = main(site.get("agent", "/regulations/"))
    assert [state in page for state in ("待施行", "施行中", "已被取代")] == [True, True, True]
    assert "<h2>今日的办法</h2>" in page
    old = main(site.get("agent", "/regulations/?since=2020-01-01"))
    assert "<h2>政务服务便民热线通用规则</h2>" in old
    assert "2020年1月1日起施行，已被取代" in old
    assert old.partition("<h2>受理</h2>")[2] == before.partition("<h2>受理</h2>")[2]


def test_b03_who_has_no_post_at_the_centre_reads_nothing(site: Site, client: Client) -> None:
    cast = site.cast
    idle = Staff.objects.create_user("idle", name="无岗", centre=cast.centre, unit=cast.units["town"])
    for person in (idle, Staff.objects.create_superuser("chief", name="总管", password="x")):
        client.force_login(person)
        answer = client.get("/regulations/")
        assert answer.status_code == 403
        assert "通用规则" not in text(answer)
    assert Client().get("/regulations/").status_code == 302


def test_every_post_finds_it_in_two_steps(base: Cast) -> None:
    site = Site(base)
    for who in WHO.values():
        if who not in base.staff:
            continue
        assert 'href="/me/"' in text(site.get(who, "/")), who
        assert 'href="/regulations/"' in text(site.get(who, "/me/")), who
        assert site.get(who, "/regulations/").status_code == 200, who
    with CaptureQueriesContext(connection) as asked:
        site.get("agent", "/regulations/")
    assert len(asked) <= 30


def test_d23_the_ten_systems_stand_there_and_say_that_they_are_defaults(db: None) -> None:
    page = main(Site(make_cast("junan", "junan-2021")).get("clerk@heat", "/regulations/"))
    systems = page.partition("各项制度</h2>")[2].partition("</section>")[0]
    assert len(re.findall("<h3", systems)) == 10
    assert systems.count("县的通知原文未能找到") == 10
    assert all(title in systems for title in TEN)
    assert "原文：严格落实莒南县政府办公室制定下发的" in systems
    assert page.count("首派负责制：") == 0, "each stands once"


def test_d23_changing_the_table_changes_the_page(books: Shelf, base: Cast) -> None:
    site = Site(base)
    changed = MEETING | {"clause": "县政府办通知第三项", "text": "每季度一次，形成纪要。"}
    books.adopt(base, lambda book: book.update(system=[MEETING]))
    assert "每月一次。" in main(site.get("agent", "/regulations/"))
    books.adopt(
        base, lambda book: book.update(system=[changed, MEETING | {"id": "D23.x", "code": "x", "title": "抽查"}])
    )
    page = main(site.get("agent", "/regulations/"))
    assert re.findall(r'<h3 class="lx-clause" id="(\w+)">(.*?)</h3>', page) == [
        ("meeting", "1. 联席会议制"),
        ("x", "2. 抽查"),
    ]
    assert "每季度一次，形成纪要。" in page
    assert "原文：县政府办通知第三项" in page
    assert "抽查" not in main(site.get("agent", "/regulations/?q=每季度"))


def test_d23_a_centre_without_systems_shows_none_nor_another_s_nor_what_was_not_adopted(
    books: Shelf, base: Cast
) -> None:
    junan, site = Site(make_cast("junan", "junan-2021")), Site(base)
    assert "各项制度</h2>" not in main(site.get("agent", "/regulations/"))
    assert "各项制度</h2>" not in main(site.get("agent", "/regulations/?since=2021-01-01"))
    before = main(junan.get("agent", "/regulations/"))
    draft = books.folder / "junan-2021.toml"
    draft.write_text(draft.read_text("utf-8").replace("首派负责制", "末派负责制"), "utf-8")
    policy.find.cache_clear()
    assert main(junan.get("agent", "/regulations/")) == before


@pytest.mark.parametrize(
    "query", ["since=x", "since=9999-99-99", "since=%00", "q=%00", "q=" + "长" * 900, "q=<script>"]
)
def test_whatever_is_asked_it_answers(site: Site, query: str) -> None:
    answer = site.get("agent", f"/regulations/?{query}")
    assert answer.status_code == 200
    assert "<script>" not in main(answer)


def test_a_version_that_cannot_be_read_says_so(books: Shelf, base: Cast) -> None:
    books.adopt(base)
    site = Site(base)
    adopt(base, with_systems(books, MEETING), days=30)
    damage("book2")
    day = timezone.localdate() + timedelta(days=30)
    assert "book2（内容不能读取）" in main(site.get("agent", "/regulations/"))
    assert "这个版本的内容不能读取" in main(site.get("agent", f"/regulations/?since={day:%Y-%m-%d}"))


def test_every_table_and_every_section_of_a_book_has_its_stage() -> None:
    words_only = {"rule", "system"}
    assert set(ROWS) - words_only == policy_stages._OF_TABLE.keys()
    assert set(Settings.model_fields) - WHOLE_COURSE == policy_stages._OF_SECTION.keys()
