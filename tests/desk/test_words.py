"""What the pages say is so: of a grade, a channel, a limit, a place, a draft, and of what a correction corrects."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.cast import Cast
from tests.desk.test_forms import frame, hidden, text
from tests.desk.web import REPLY, Site, said, share_of

from lianxin.desk.models import Draft
from lianxin.ledger.models import Entry
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order
from lianxin.orders.timeline import payload_of


def last(order: Order, action: str) -> Any:
    """The payload of the newest entry of a verb."""
    return payload_of(Entry.objects.filter(order=order, action=action).select_related("enclosure").latest("number"))


def shown(page: str) -> str:
    """What a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def closed(site: Site) -> Order:
    order = site.dispatched()
    site.done("clerk@heat", order, "share.signed")
    site.done("clerk@heat", order, "share.contacted", way="phone", reached="true", text="约定上门测温。")
    site.done("clerk@heat", order, "share.replied", **REPLY)
    site.done("hotline_deputy@heat", order, "share.unit_audited", approved="true")
    return site.done("auditor", order, "share.passed", share=share_of(order).pk)


def test_a_grade_is_told_as_it_was_given(site: Site) -> None:
    order = closed(site)
    said_so = {"reached": "true", "process_grade": "basically_satisfied", "result_grade": "very_dissatisfied"}
    site.done("callback", order, "callback.recorded", layer="district", **said_so, solved="false")
    page = text(site.get("callback", f"/orders/{order.number}/"))
    assert "回访：过程基本满意，结果非常不满意，未解决" in page


def test_the_channel_is_not_called_the_source(site: Site) -> None:
    order = site.order(channel="letter")
    assert "登记，渠道来信" in text(site.get("agent", f"/orders/{order.number}/"))


def test_a_correction_opens_with_the_words_as_they_stand_and_tells_what_was_changed(site: Site) -> None:
    order = site.order(address="柳岸花园 3 号楼")
    path = f"/orders/{order.number}/order.words_corrected/"
    page = text(site.get("agent", path))
    appeal = order.appeal
    assert f'value="{appeal.title}"' in page
    assert appeal.text in page
    assert 'value="柳岸花园 3 号楼"' in page
    assert f'value="{appeal.requests[0]}"' in page
    as_it_stands = {"title": appeal.title, "text": appeal.text, "address": appeal.address}
    nothing = site.do(
        "agent", order, "order.words_corrected", **as_it_stands, requests=appeal.requests, reason="其实什么也没有改"
    )
    assert nothing.status_code == 409
    assert "请至少更正一项" in text(nothing)
    changed = as_it_stands | {"address": "柳岸花园 5 号楼"}
    site.done("agent", order, "order.words_corrected", **changed, requests=appeal.requests, reason="诉求人说楼号记错")
    payload = last(order, "order.words_corrected")
    assert (payload.title, payload.text, payload.address, payload.requests) == ("", "", "柳岸花园 5 号楼", ())
    assert "更正地址" in shown(text(site.get("agent", f"/orders/{order.number}/")))
    assert list(verify()) == []


def test_the_upper_platforms_limit_is_there_to_be_changed(site: Site) -> None:
    order = site.order()
    site.done("dispatcher", order, "order.limit_set", upstream_due="2099-01-05 17:00", reason="市级平台另有时限")
    page = text(site.get("dispatcher", f"/orders/{order.number}/order.limit_set/"))
    assert re.search(r'name="upstream_due" value="2099-01-05 17:00', page)


@pytest.mark.parametrize("action", ["order.merged", "order.linked"])
def test_a_number_that_is_missing_is_asked_for(site: Site, action: str) -> None:
    order = site.order()
    page = text(site.get("agent", f"/orders/{order.number}/{action}/"))
    assert re.search(r"工单号<span class=\"lx-must\">必填", page)
    assert "请填写另一件工单的编号" in text(site.do("agent", order, action, number=""))
    if action == "order.merged":
        assert "本工单并入所填的这一件" in page


def test_a_verdict_is_asked_for_by_both_its_answers(site: Site) -> None:
    order = site.dispatched()
    site.done("clerk@heat", order, "share.signed")
    answer = text(site.do("clerk@heat", order, "share.contacted", text="打过电话。"))
    assert "请选择“已联系上”或“未联系上”" in answer


# ---- 已恢复: only what somebody has typed --------------------------------------------------------------


def test_an_empty_form_that_was_refused_is_not_restored(site: Site) -> None:
    blank = dict.fromkeys(("cls", "title", "text", "caller_name", "caller_phone", "category", "area", "told"), "")
    refused = site.register(**blank, requests=["", "", ""])
    assert refused.status_code == 422
    assert not Draft.objects.exists()
    order = site.order()
    for action in (
        "order.dispatched",
        "order.corrected",
        "order.merged",
        "order.words_corrected",
        "order.supplemented",
    ):
        path = f"/orders/{order.number}/{action}/"
        page = text(site.get("dispatcher", path))
        as_opened = frame(page) | opened(page)
        assert site.at("dispatcher").post(path, as_opened).status_code in (409, 422), action
        assert not Draft.objects.exists(), action
        assert "已恢复" not in text(site.get("dispatcher", path)), action


def opened(page: str) -> dict[str, list[str]]:
    """What a form as it opens sends: fields by what stands in them."""
    form = page[page.index('id="doing"') : page.index('class="lx-foot"')]
    sent: dict[str, list[str]] = {}
    for mark in re.findall(r"<input [^>]*>", form):
        name, value = re.search(r'name="(\w+)"', mark), re.search(r'value="([^"]*)"', mark)
        kind = re.search(r'type="(\w+)"', mark)
        left_out = kind is not None and kind[1] in ("radio", "checkbox") and " checked" not in mark
        if name and not left_out and (kind is None or kind[1] not in ("hidden", "file")):
            sent.setdefault(name[1], []).append(value[1] if value else "")
    for name, body in re.findall(r'<textarea [^>]*name="(\w+)"[^>]*>(.*?)</textarea>', form, re.S):
        sent.setdefault(name, []).append(body.removeprefix("\n"))
    for name, body in re.findall(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', body)
        sent.setdefault(name, []).append(chosen[1] if chosen else "")
    return sent


def test_what_its_person_has_emptied_does_not_come_back(site: Site) -> None:
    order = site.dispatched()
    path = f"/orders/{order.number}/remark.asked/"
    typed = frame(text(site.get("dispatcher", path))) | {"text": "请问何时上门？"}
    assert site.at("dispatcher").post("/drafts/", typed).status_code == 204
    assert site.at("dispatcher").post(path, typed | {"text": ""}).status_code == 422
    assert not Draft.objects.exists()


# ---- rows and panes ----------------------------------------------------------------------------------------


def test_a_question_without_a_limit_does_not_say_that_the_order_has_none(site: Site) -> None:
    order = site.dispatched()
    site.done("clerk@heat", order, "share.signed")
    share = share_of(order)
    site.done("dispatcher", order, "remark.asked", share=share.pk, text="请问何时上门检修？")
    page = text(site.get("clerk@heat", "/?queue=remarks"))
    assert "规则未设答复询问时限" in page
    assert "没有在计的时限" not in page


def test_the_round_stands_once_in_a_row(cast: Cast) -> None:
    site = Site(cast)
    order = closed(site)
    said_so = {"reached": "true", "result_grade": "dissatisfied"}
    site.done("callback", order, "callback.recorded", layer="district", **said_so, solved="false")
    site.done("callback", order, "order.rehandled", reason="诉求人说没有修好")
    for who in ("clerk@heat", "supervisor"):
        page = text(site.get(who, "/?queue=rounds" if who == "clerk@heat" else "/?queue=again"))
        row = re.search(r"<tr data-row.*?</tr>", page, re.S)
        assert row is not None, who
        assert row[0].count("第 2 轮") == 1, who


def test_the_pane_beside_a_queue_names_its_limit_and_no_owner_of_what_is_closed(site: Site) -> None:
    order = site.dispatched()
    beside = shown(text(site.get("clerk@heat", f"/orders/{order.number}/preview/")))
    assert re.search(r"时限 \S+，\S+ (\S+ )?24:00 前", beside), beside
    assert "责任人" in beside
    done = closed(site)
    assert Order.objects.get(pk=done.pk).state in ("closed", "to_callback")
    if not Order.objects.get(pk=done.pk).is_open:
        assert "责任人" not in shown(text(site.get("callback", f"/orders/{done.number}/preview/")))


def test_an_address_that_begins_with_its_area_is_not_said_twice(site: Site) -> None:
    for address, wanted in {
        "大店镇柳岸花园 3 号楼": "大店镇柳岸花园 3 号楼",
        "柳岸花园 3 号楼": "大店镇 柳岸花园 3 号楼",
        "": "大店镇",
    }.items():
        order = site.order(address=address)
        for path in ("", "slip/", "preview/"):
            page = shown(text(site.get("dispatcher", f"/orders/{order.number}/{path}")))
            assert re.search(rf"(地点|地址|事发地点) {wanted} (?!{wanted})", page), (path, address)


# ---- 内容已更新 ---------------------------------------------------------------------------------------------


def test_what_is_new_is_marked_and_what_was_there_is_not(site: Site) -> None:
    order = site.dispatched()
    site.done("clerk@heat", order, "share.signed")
    path = f"/orders/{order.number}/share.replied/"
    mine = frame(text(site.get("clerk@heat", path)))
    words = {"title": "楼道窗户破损", "text": "三单元楼道窗户破损，请尽快修复。", "requests": ["修复楼道窗户", ""]}
    site.done("agent", site.order(**words), "order.merged", number=order.number)
    answer = site.at("clerk@heat").post(path, mine | REPLY | {"share": share_of(order).pk})
    assert answer.status_code == 409, said(answer)
    box = text(answer)
    box = box[box.index("lx-news-box") : box.index("您填写的内容都在下面")]
    assert re.findall(r"<ins>(.*?)</ins>", box) == ["2. 修复楼道窗户"]
    assert "<del>" not in box
    assert hidden(text(answer), "seen") == str(Order.objects.get(pk=order.pk).head_number)


def test_main_order_and_repeat_stand_once_on_each_others_page(site: Site) -> None:
    main, repeat = site.dispatched(), site.order()
    site.done("agent", repeat, "order.merged", number=main.number)
    for here, there in ((main, repeat), (repeat, main)):
        page = text(site.get("dispatcher", f"/orders/{here.number}/"))
        asked = page[page.index("lx-order-asked") : page.index("lx-order-done")]
        assert asked.count(f">{there.number}<") == 1
        assert "同一事项" not in asked
