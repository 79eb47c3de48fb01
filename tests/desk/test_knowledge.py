"""The knowledge base on the desk: looked up by all, drafted by its unit, approved by the centre, offered beside an
answer; what had no answer is somebody's list (C63, C34)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.acceptance.test_jinan_knowledge import SAID, answer, article
from tests.cast import Cast, make_cast
from tests.desk.web import Site
from tests.dispatch.catalogue import category, enacted, row
from tests.orders.stages import reach

from lianxin.intake.knowledge import lookup
from lianxin.intake.models import Article
from lianxin.ledger.models import Journal
from lianxin.orders.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def jinan(db: None) -> Cast:
    return make_cast("jinan", "jinan-cg")


@pytest.fixture
def site(jinan: Cast) -> Site:
    return Site(jinan)


def words(answer: Any) -> str:
    """What the page says, without its marks."""
    text = re.sub(r"<(script|style).*?</\1>", "", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def now() -> datetime:
    return timezone.now()


TYPED = {
    "title": "供热期从哪天到哪天",
    "text": "供热期为 11 月 15 日至次年 3 月 15 日。",
    "basis": "《城市供热条例》",
    "clause": "第十二条",
    "keywords": "供热期、供暖期",
    "valid_from": "2026-01-01",
    "category": "供暖温度",
}


def decide(site: Site, who: str, code: str, verdict: str, version: int = 1) -> Any:
    return site.at(who).post(f"/knowledge/{code}/{verdict}/", {"version": str(version)})


def test_c63_the_unit_drafts_the_centre_approves_and_agents_find_it_by_its_words(jinan: Cast, site: Site) -> None:
    assert site.at("clerk@town").post("/knowledge/new/", TYPED).status_code == 302
    found = Article.objects.get()
    assert found.unit == jinan.units["town"]
    # Nobody finds a draft by looking for an answer, and who drafted it does not approve it.
    assert found.title not in words(site.get("agent", "/knowledge/?q=供热期"))
    assert found.title in words(site.get("supervisor", "/knowledge/?state=draft"))
    for who in ("clerk@town", "agent", "clerk@heat"):
        assert decide(site, who, found.code, "approve").status_code == 403
    assert decide(site, "supervisor", found.code, "approve").status_code == 302
    for query in ("供热期", "次年", "供暖期 供热"):
        assert found.title in words(site.get("agent", f"/knowledge/?q={query}"))
    assert "没有找到" in words(site.get("agent", "/knowledge/?q=路灯"))
    assert {"article.drafted", "article.approved"} <= set(Journal.objects.values_list("action", flat=True))
    # Another unit, another centre.
    assert site.at("clerk@heat").post(f"/knowledge/{found.code}/", TYPED | {"version": "1"}).status_code == 403
    stranger = Site(make_cast("other", "jinan-cg"))
    assert stranger.get("agent", f"/knowledge/{found.code}/").status_code == 404


def test_c63_nobody_approves_what_he_drafted(jinan: Cast, site: Site) -> None:
    assert site.at("supervisor").post("/knowledge/new/", TYPED).status_code == 302
    found = Article.objects.get()
    refused = decide(site, "supervisor", found.code, "approve")
    assert (refused.status_code, "由他人审核" in words(refused)) == (422, True)
    assert decide(site, "dispatcher", found.code, "approve").status_code == 302


def test_c63_a_renewal_is_a_version_more_and_the_old_one_stays(jinan: Cast, site: Site) -> None:
    old = article(jinan, now())
    page = f"/knowledge/{old.code}/"
    # Open while somebody else renews it: nothing is written over.
    said = TYPED | {"text": "供热期改为 11 月 10 日至次年 3 月 20 日。", "version": "1"}
    assert site.at("clerk@town").post(page, said).status_code == 302
    again = site.at("principal@town").post(page, said)
    assert again.status_code in (403, 409)
    assert decide(site, "supervisor", old.code, "approve", version=1).status_code == 409
    assert decide(site, "supervisor", old.code, "approve", version=2).status_code == 302
    shown = words(site.get("agent", page))
    assert "第 2 版（在用）" in shown
    assert old.text in shown
    assert Article.objects.get(version=1).until is not None


def test_c63_bad_input_is_told_beside_its_field_and_changes_nothing(jinan: Cast, site: Site) -> None:
    for field, wrong, sentence in (
        ("title", "", "title"),
        ("valid_until", "2025-01-01", "不能早于"),
        ("keywords", "一二三四五六七八九十一", "每个关键词"),
        ("category", "没有这类", "没有这类"),
        ("valid_from", "昨天", "valid_from"),
    ):
        refused = site.at("clerk@town").post("/knowledge/new/", TYPED | {field: wrong})
        assert refused.status_code == 422, field
        assert sentence in refused.content.decode()
    assert site.get("agent", "/knowledge/?q=%00&page=x&state=y").status_code == 200
    assert site.get("clerk@town", "/knowledge/new/?category=99999999999999").status_code == 200
    assert decide(site, "supervisor", "ZS000001", "approve").status_code == 404
    assert not Article.objects.exists()


def test_c63_past_its_validity_it_is_not_offered_and_past_its_review_it_is_marked(jinan: Cast, site: Site) -> None:
    yesterday = now().date() - timedelta(days=1)
    over = article(jinan, now(), title="已经过期的口径", valid_until=yesterday)
    old = article(jinan, now(), title="早该复核的口径", review_on=yesterday)
    listed = words(site.get("agent", "/knowledge/"))
    assert (over.title in listed, old.title in listed, "已过复核日期" in listed) == (False, True, True)
    assert over.title in words(site.get("clerk@town", "/knowledge/?state=ended&own=1"))
    assert old.title in words(site.get("clerk@town", "/knowledge/?state=review&own=1"))
    assert old.title not in words(site.get("clerk@heat", "/knowledge/?state=review&own=1"))
    order = jinan.register(now(), text="请问供暖什么时候开始？")
    beside = words(site.get("agent", f"/orders/{order.number}/order.answered/"))
    assert (over.title in beside, old.title in beside) == (False, True)


def test_c63_what_fits_is_offered_beside_the_answer_and_one_button_names_it(jinan: Cast, site: Site) -> None:
    found = article(jinan, now())
    article(jinan, now(), title="路灯坏了找谁", keywords="路灯")
    order = jinan.register(now(), text="请问供暖什么时候开始？")
    page = f"/orders/{order.number}/order.answered/"
    shown = site.get("agent", page)
    assert found.title in words(shown)
    assert "路灯坏了找谁" not in words(shown)
    assert "答复依据 必填 知识库文章 已有工单 无" in words(shown), "no ground is left open"
    assert not re.search(r'name="grounds"[^>]*checked', shown.content.decode()), "and none is judged for people"
    key = re.search(r'name="key" value="([0-9a-f]{32})"', shown.content.decode())
    assert key
    sent = {"key": key[1], "seen": str(order.head_number), "rest_on": f"article:{found.ref}"}
    # Nothing typed yet: the ground stands in the form, nothing is recorded.
    assert site.at("agent").post(page, sent | {"told": ""}).status_code == 422
    assert site.at("agent").post(page, sent | {"told": SAID}).status_code == 302
    assert Order.objects.get(pk=order.pk).state == "answered"
    used = words(site.get("agent", f"/knowledge/{found.code}/"))
    assert "使用 1 次" in used
    assert order.number in used
    # A unit that has no share of it learns how often, not by which order.
    assert order.number not in words(site.get("clerk@heat", f"/knowledge/{found.code}/"))


def test_the_best_of_very_many_that_fit_is_offered(jinan: Cast, site: Site) -> None:
    for n in range(60):
        article(jinan, now(), title=f"供暖常识第 {n} 条", keywords="供暖")
    article(jinan, now(), title="开栓时间", keywords="供暖、开栓")
    order = jinan.register(now(), text="请问供暖什么时候开栓？")
    assert "开栓时间" in words(site.get("agent", f"/orders/{order.number}/order.answered/"))


def test_c34_the_earlier_result_and_where_another_stands_are_shown_beside_the_answer(jinan: Cast, site: Site) -> None:
    closed, _ = reach(jinan, "closed", now() - timedelta(days=3))
    order = jinan.register(now())
    jinan.do("agent", "order.linked", order.pk, now(), number=closed.number)
    shown = words(site.get("agent", f"/orders/{order.number}/order.answered/"))
    assert closed.number in shown
    assert "已办结" in shown
    assert "以此工单答复" in shown


def test_c63_what_had_no_answer_is_a_list_until_an_article_comes(jinan: Cast, site: Site) -> None:
    enacted(jinan, now(), row(jinan, "R1", "供暖温度", "town"))
    for _ in range(2):
        order = jinan.register(now(), category=category(jinan, "供暖温度"))
        answer(jinan, order, now(), grounds="none")
    for who, there in (("agent", True), ("clerk@town", True), ("clerk@heat", False)):
        assert ("2 件" in words(site.get(who, "/knowledge/?state=gaps"))) is there
    # An article that is only drafted, or of something else, closes nothing.
    later = now() + timedelta(seconds=1)
    article(jinan, later, category_id=category(jinan, "路灯"))
    assert "2 件" in words(site.get("agent", "/knowledge/?state=gaps"))
    article(jinan, later, category_id=category(jinan, "供暖温度"))
    assert "没有待补" in words(site.get("agent", "/knowledge/?state=gaps"))


def test_c63_its_pages_cost_the_same_however_many_there_are(jinan: Cast, site: Site) -> None:
    counts = []
    site.get("agent", "/knowledge/")
    for _ in range(2):
        for _ in range(4):
            found = article(jinan, now())
            answer(jinan, jinan.register(now()), now(), grounds="article", article=found.ref)
        with CaptureQueriesContext(connection) as seen:
            for path in ("/knowledge/?q=供热期", "/knowledge/?state=gaps", f"/knowledge/{found.code}/"):
                assert site.get("agent", path).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 60


def test_c63_words_are_found_by_the_index() -> None:
    assert lookup.grams("供热期 A1") == ["a1", "供热", "热期"]
    assert lookup.marks("供热期、 供暖,供暖") == ["供热期", "供暖"]
