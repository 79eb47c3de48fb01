"""Standard phrases: kept in versions by a unit or the centre, offered beside the form, counted where they were used."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from tests.cast import Cast, make_cast
from tests.desk.web import REPLY, Site, said

from lianxin.desk import phrases
from lianxin.desk.models import Phrase, PhraseUse
from lianxin.ledger import journal
from lianxin.ledger.models import Journal
from lianxin.orders.models import Order

TEXT = "您好，您反映的供暖问题我单位已派员检修，室温已恢复正常。"
MINE = {"action": "share.replied", "reason": "", "title": "供暖修复", "text": TEXT}


@pytest.fixture
def site(base: Cast) -> Site:
    return Site(base)


def new(site: Site, who: str = "clerk@heat", **changes: Any) -> Phrase:
    answer = site.at(who).post("/phrases/new/", MINE | changes)
    assert answer.status_code == 302, said(answer)
    return Phrase.objects.latest("pk")


def revise(site: Site, phrase: Phrase, who: str = "clerk@heat", **changes: Any) -> Any:
    typed = MINE | {"version": str(phrase.version)} | changes
    return site.at(who).post(f"/phrases/{phrase.line}/", typed)


def at_work(site: Site) -> Order:
    order = site.dispatched()
    site.do("clerk@heat", order, "share.signed")
    contact = {"way": "phone", "reached": "true", "text": "已联系诉求人，约定上门时间。"}
    return site.done("clerk@heat", order, "share.contacted", **contact)


def used(phrase: Phrase) -> int:
    return PhraseUse.objects.filter(phrase=phrase).count()


# --- beside the form -----------------------------------------------------------------------------
def test_what_was_chosen_and_sent_is_counted(site: Site) -> None:
    phrase, order = new(site), at_work(site)
    form = site.get("clerk@heat", f"/orders/{order.number}/share.replied/").content.decode()
    url = re.search(r'hx-get="(/phrases/for/[^"]+)"', form)
    assert url
    offered = site.get("clerk@heat", url[1]).content.decode()
    assert TEXT in offered
    assert f'data-phrase="{phrase.pk}"' in offered
    typed = REPLY | {"result": f"{TEXT}\n诉求人认可。", "phrases": f"{phrase.pk},{phrase.pk}"}
    site.done("clerk@heat", order, "share.replied", **typed)
    assert used(phrase) == 1
    assert "1 次" in site.get("clerk@heat", "/phrases/").content.decode()


def test_what_was_chosen_and_written_over_is_not_counted(site: Site) -> None:
    """Nor what is refused, nor another unit's, nor what the form claims alone."""
    phrase, foreign, order = new(site), new(site, "clerk@bureau"), at_work(site)
    refused = REPLY | {"measures": "", "result": TEXT, "phrases": str(phrase.pk)}
    answer = site.do("clerk@heat", order, "share.replied", **refused)
    assert answer.status_code == 422
    assert f'name="phrases" value="{phrase.pk}"' in answer.content.decode()
    typed = REPLY | {"phrases": f"{phrase.pk},{foreign.pk},x,,99999999999999,-1"}
    site.done("clerk@heat", order, "share.replied", **typed)
    assert (used(phrase), used(foreign)) == (0, 0)


def test_each_unit_has_its_own_and_all_have_the_centre_s(site: Site) -> None:
    mine, foreign, whole = new(site), new(site, "clerk@bureau"), new(site, "supervisor", title="全中心用语")
    order = at_work(site)
    offered = site.get("clerk@heat", f"/phrases/for/{order.number}/share.replied/").content.decode()
    shown = {int(pk) for pk in re.findall(r'data-phrase="(\d+)"', offered)}
    assert shown == {mine.pk, whole.pk}
    assert site.get("clerk@heat", f"/phrases/{foreign.line}/").status_code == 404
    # Another form's are not offered, and nothing of an order that is not his.
    assert "data-phrase" not in site.get("clerk@heat", f"/phrases/for/{order.number}/share.contacted/").content.decode()
    assert site.get("clerk@bureau", f"/phrases/for/{order.number}/share.replied/").status_code == 404


def test_they_stand_under_the_reason_for_which_they_are(site: Site) -> None:
    new(site, action="return.filed", reason="not_duty", title="职责不符", text="该事项依据三定方案不属于我单位职责。")
    new(site, action="return.filed", title="通用退单", text="经核实，该事项请另行派发有关单位。")
    order = site.dispatched()
    offered = site.get("clerk@heat", f"/phrases/for/{order.number}/return.filed/").content.decode()
    assert offered.index("通用退单") < offered.index("不属于本单位职责") < offered.index("职责不符")


def test_a_form_costs_no_statement_more(site: Site) -> None:
    order = at_work(site)
    site.get("clerk@heat", f"/orders/{order.number}/share.replied/")

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            site.get("clerk@heat", f"/orders/{order.number}/share.replied/")
        return len(asked)

    before = cost()
    for n in range(5):
        new(site, title=f"用语{n}")
    assert cost() == before
    with CaptureQueriesContext(connection) as asked:
        site.get("clerk@heat", "/phrases/")
    assert len(asked) <= 12


# --- versions ------------------------------------------------------------------------------------
def test_a_change_is_a_new_version_and_the_old_one_stays(site: Site) -> None:
    first, order = new(site), at_work(site)
    site.done("clerk@heat", order, "share.replied", **REPLY | {"result": TEXT, "phrases": str(first.pk)})
    better = f"{TEXT}如有反复请随时来电。"
    assert revise(site, first, text=better).status_code == 302
    first.refresh_from_db()
    now = Phrase.objects.get(line=first.line, until=None)
    assert (first.text, first.until is None, now.version, now.text) == (TEXT, False, 2, better)
    page = site.get("clerk@heat", f"/phrases/{first.line}/").content.decode()
    assert "第 2 版（在用）" in page
    assert "第 1 版" in page
    assert "使用 1 次" in page
    listed = site.get("clerk@heat", "/phrases/").content.decode()
    assert "0 次" in listed
    assert "累计 1 次" in listed
    lines = Journal.objects.filter(action="phrase.written").order_by("number")
    assert [line.payload["version"] for line in lines] == [1, 2]


def test_two_who_change_one_do_not_write_over_each_other(site: Site) -> None:
    phrase = new(site)
    assert revise(site, phrase, text="第一个人改的用语。").status_code == 302
    answer = revise(site, phrase, "hotline_deputy@heat", text="第二个人改的用语。")
    assert answer.status_code == 409
    shown = answer.content.decode()
    assert "刚刚被别人更改过" in shown
    assert "第二个人改的用语。" in shown  # what was typed stays
    assert Phrase.objects.filter(line=phrase.line).count() == 2


def test_one_that_is_retired_is_offered_no_more_and_stays_to_be_read(site: Site) -> None:
    phrase, order = new(site), at_work(site)
    assert site.at("clerk@heat").post(f"/phrases/{phrase.line}/retire/").status_code == 302
    assert "data-phrase" not in site.get("clerk@heat", f"/phrases/for/{order.number}/share.replied/").content.decode()
    assert "供暖修复" not in site.get("clerk@heat", "/phrases/").content.decode()
    assert "供暖修复" in site.get("clerk@heat", "/phrases/?state=retired").content.decode()
    assert revise(site, phrase).status_code == 409
    assert site.at("clerk@heat").post(f"/phrases/{phrase.line}/retire/").status_code == 409


def test_the_unit_s_own_come_before_the_centre_s_and_that_there_are_more_is_said(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phrases, "MOST", 3)
    order = at_work(site)
    for number in range(3):
        new(site, "supervisor", title=f"中心用语{number}")
    page = f"/phrases/for/{order.number}/share.replied/"
    assert "没有列全" not in site.get("clerk@heat", page).content.decode()
    mine = new(site, title="自己的用语")
    shown = site.get("clerk@heat", page).content.decode()
    assert re.findall(r'class="lx-t">([^<]+)<', shown) == [mine.title, "中心用语0", "中心用语1"]
    assert "这里没有列全" in shown
    assert 'href="/phrases/?form=share.replied"' in shown


def test_a_phrase_and_its_line_in_the_journal_are_kept_together_or_not_at_all(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    phrase = new(site)
    monkeypatch.setattr(journal, "write", broken)
    for path, typed in (("new/", MINE), (f"{phrase.line}/", MINE | {"version": "1"}), (f"{phrase.line}/retire/", {})):
        with pytest.raises(RuntimeError):
            site.at("clerk@heat").post(f"/phrases/{path}", typed)
    (now,) = Phrase.objects.all()
    assert (now.version, now.until) == (1, None)


def broken(*_: Any, **__: Any) -> Any:
    raise RuntimeError("the journal cannot be written")


# --- who, and what is wrong ----------------------------------------------------------------------
@pytest.mark.parametrize("who", ["agent", "dispatcher", "auditor", "callback", "analyst", "leader", "admin"])
def test_nobody_else_of_the_centre_writes_them(site: Site, who: str) -> None:
    phrase = new(site, "supervisor")
    assert site.get(who, "/phrases/").status_code == 200
    assert site.at(who).post("/phrases/new/", MINE).status_code == 403
    assert revise(site, phrase, who).status_code == 403
    assert site.at(who).post(f"/phrases/{phrase.line}/retire/").status_code == 403
    assert site.get(who, "/phrases/sheet.xlsx").status_code == 403


def test_a_unit_does_not_change_the_centre_s(site: Site) -> None:
    phrase = new(site, "supervisor")
    assert site.get("clerk@heat", f"/phrases/{phrase.line}/").status_code == 200
    assert revise(site, phrase).status_code == 403
    assert site.at("clerk@heat").post(f"/phrases/{phrase.line}/retire/").status_code == 403
    # Nor does who only looks as B while A is there.
    assert site.at("clerk@heat:b").post("/phrases/new/", MINE).status_code == 403
    stranger = Site(make_cast("yinan", "base"))
    assert stranger.get("supervisor", f"/phrases/{phrase.line}/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"action": ""}, "请选择用在哪个表单"),
        ({"action": "order.dreamt"}, "请选择用在哪个表单"),
        ({"action": "order.dispatched"}, "请选择用在哪个表单"),  # no post of a unit takes it
        ({"reason": "not_duty"}, "这个表单没有这一理由"),
        ({"title": "热"}, "名称为 2 至 40 个字"),
        ({"title": "热" * 41}, "名称为 2 至 40 个字"),
        ({"text": "太短"}, "用语为 5 至 2000 个字"),
        ({"text": "长" * 2001}, "用语为 5 至 2000 个字"),
        ({"text": "\x00\u200b"}, "用语为 5 至 2000 个字"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_stays(site: Site, changes: dict[str, str], sentence: str) -> None:
    answer = site.at("clerk@heat").post("/phrases/new/", MINE | changes)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Phrase.objects.exists()


def test_no_address_of_one_is_a_fault(site: Site) -> None:
    for line in ("%00", "a%00b", "x" * 300, "没有"):
        assert site.get("clerk@heat", f"/phrases/{line}/").status_code == 404


def test_the_list_is_searched_and_taken_away(site: Site) -> None:
    new(site)
    new(site, title="退单说明", action="return.filed", text="=该事项不属于我单位职责。")
    page = site.get("clerk@heat", "/phrases/?q=退单").content.decode()
    assert "退单说明" in page
    assert "供暖修复" not in page
    assert "供暖修复" not in site.get("clerk@heat", "/phrases/?form=return.filed").content.decode()
    sheet = load_workbook(io.BytesIO(site.get("clerk@heat", "/phrases/sheet.xlsx").content)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][:4] == ["表单", "理由", "名称", "用语"]
    assert "=该事项不属于我单位职责。" in {row[3] for row in rows}
    assert Journal.objects.filter(action="phrases.exported").count() == 1
