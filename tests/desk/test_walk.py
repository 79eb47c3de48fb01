"""One order by hand, on the web pages alone, from the call to its close."""

from __future__ import annotations

from tests.desk.web import REPLY, Site, share_of

from lianxin.ledger.models import Clock
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share


def test_c08_e02_the_whole_life_of_an_order_on_the_pages(site: Site) -> None:
    order = site.order()
    assert order.appeal.requests == ["检修暖气，室温达到 18℃ 以上"]
    names = [site.cast.units[unit].name for unit in ("bureau", "town")]
    site.done(
        "dispatcher",
        order,
        "order.dispatched",
        shares_unit=[*names, ""],
        shares_role=["lead", "assist", "assist"],
        basis="duty_list",
    )
    lead = Share.objects.get(order=order, role="lead")
    _returned(site, order, lead)
    _handled(site, order)
    _called_back(site, order)
    assert list(verify()) == []


def _returned(site: Site, order: Order, lead: Share) -> None:
    """住建局 says that it is not its own; the dispatcher agrees and names the next owner in the same act."""
    site.done("clerk@bureau", order, "return.filed", reason="小区已移交物业管理", legal_basis="派单目录 4.1.2")
    queue = site.get("dispatcher", "/?queue=returns").content.decode()
    assert order.number in queue
    decision = {"share": lead.pk, "approved": "true", "reason": "同意，属热力公司职责"}
    refused = site.do("dispatcher", order, "return.decided", **decision)
    assert refused.status_code == 422
    assert "同意退单须同时确定改派单位" in refused.content.decode()
    assert "同意，属热力公司职责" in refused.content.decode()
    site.done("dispatcher", order, "return.decided", **decision, next_unit="热力公司", basis="duty_list")
    assert order.owner_unit == site.cast.units["heat"]


def _handled(site: Site, order: Order) -> None:
    """Signed, contacted, extended, replied, audited in the unit, sent back by the centre, replied again, passed."""
    site.done("clerk@heat", order, "share.signed")
    site.done("clerk@heat", order, "share.contacted", way="phone", reached="true", text="约定上门测温。")
    site.done("clerk@heat", order, "extension.filed", workdays="2", reason="等待配件到货")
    share = share_of(order, "signed")
    before = Clock.objects.get(share=share, kind="handle").due
    site.done("dispatcher", order, "extension.decided", share=share.pk, approved="true", workdays="2")
    assert Clock.objects.get(share=share, kind="handle").due > before
    site.done("clerk@heat", order, "share.replied", **REPLY)
    site.done("hotline_deputy@heat", order, "share.unit_audited", approved="true")
    site.done("auditor", order, "share.sent_back", share=share.pk, defect="not_done", reason="没有写清退费。")
    page = site.get("clerk@heat", "/?queue=back").content.decode()
    assert order.number in page
    assert "提交答复" in page
    _pass(site, order, share)


def _pass(site: Site, order: Order, share: Share) -> None:
    site.done("clerk@heat", order, "share.replied", **REPLY)
    site.done("hotline_deputy@heat", order, "share.unit_audited", approved="true")
    site.done("auditor", order, "share.passed", share=share.pk)
    assert order.state == "to_callback"


def _called_back(site: Site, order: Order) -> None:
    """Dissatisfied: round two; then satisfied, and closed with an answer."""
    grades = {"layer": "district", "reached": "true", "process_grade": "satisfied"}
    site.done("callback", order, "callback.recorded", **grades, result_grade="dissatisfied", solved="false")
    site.done("callback", order, "order.rehandled", reason="结果不满意，室温仍不达标。")
    assert order.round == 2
    site.done("clerk@heat", order, "share.signed")
    _pass(site, order, share_of(order, "signed"))
    site.done("callback", order, "callback.recorded", **grades, result_grade="satisfied", solved="true")
    site.done("callback", order, "order.closed", result="solved", told="已告知诉求人办理结果。")
    assert order.state == "closed"
    text = site.get("callback", f"/orders/{order.number}/").content.decode()
    for sentence in (
        "同意退单，改派",
        "同意延期 2 个工作日",
        "退回重报：应办未办",
        "重办",
        "办结：已解决",
        "已告知诉求人办理结果。",
    ):
        assert sentence in text


def test_an_order_answered_on_the_line_is_never_dispatched(site: Site) -> None:
    order = site.order()
    site.done("agent", order, "order.answered", told="供暖从 11 月 15 日开始。")
    assert order.state == "answered"


def test_c02_redirected_with_reason_and_target(site: Site) -> None:
    order = site.order()
    typed = {"target": "军事机关", "reason": "属于军事机关职责", "told": "请直接反映"}
    wrong = site.do("agent", order, "order.redirected", **typed)
    assert wrong.status_code == 422
    site.done(
        "agent", order, "order.redirected", code="R1", target="军事机关", reason="属于军事机关职责", told="请直接反映"
    )
    assert (order.state, order.result_code) == ("redirected", "redirected:R1")


def test_a_repeat_is_merged_by_number(site: Site) -> None:
    first, second = site.order(), site.order()
    wrong = site.do("agent", second, "order.merged", number="20990101-0001")
    assert wrong.status_code == 422
    assert "没有这个工单号" in wrong.content.decode()
    site.done("agent", second, "order.merged", number=first.number)
    assert second.merged_into == first
    assert first.number in site.get("agent", f"/orders/{second.number}/").content.decode()


def test_a_unit_hands_work_down_and_over(site: Site) -> None:
    order = site.dispatched("town")
    site.done("clerk@town", order, "share.signed")
    site.done("clerk@town", order, "share.delegated", unit="柳岸社区", note="请到场查看")
    colleague = site.cast.staff["clerk@town:b"]
    site.done("clerk@town", order, "inner.assigned", to=str(colleague.pk), section="民生科")
    assert order.owner_person == colleague
    assert order.number in site.get("clerk@village", "/").content.decode()


def test_every_form_opens_and_an_empty_one_is_told_what_is_missing(site: Site) -> None:
    order = site.dispatched()
    site.done("clerk@heat", order, "share.signed")
    for action in ("share.contacted", "share.replied", "return.filed", "extension.filed", "inner.handled"):
        answer = site.do("clerk@heat", order, action)
        assert answer.status_code == 422, action
        assert "请填写本项" in answer.content.decode(), action
