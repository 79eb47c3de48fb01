"""Every verb once as it should be, and every refusal with its sentence beside its field."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.cast import Cast, later, request
from tests.orders.stages import GRADES, HAPPY, PAYLOADS, REASON, REPLY, TOLD, main, reach, tables

from lianxin.directory import snapshot
from lianxin.directory.models import Category, Unit
from lianxin.ledger import verbs
from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Entry, Notice, Task
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share

STAGES_OF_THE_MAIN_PATH = ("orders", "intake", "dispatch", "handling", "followup", "oversight")


def test_the_table_names_every_verb() -> None:
    ours = {
        action
        for action in verbs.registered()
        if type(verbs.get(action)).__module__.split(".")[1] in STAGES_OF_THE_MAIN_PATH
    }
    # What comes from other systems is tested with the importer, erasing with its files (test_erasure).
    assert ours - {"share.reply_imported", "order.erased"} == set(HAPPY) == set(PAYLOADS)


@pytest.mark.parametrize("verb", sorted(HAPPY))
def test_happy_path(base: Cast, nine: datetime, verb: str) -> None:
    who, stage = HAPPY[verb]
    order, at = reach(base, stage, nine) if stage else (None, nine)
    payload = PAYLOADS[verb](base, order)  # type: ignore[arg-type]
    if verb in ("clock.warned", "clock.breached"):
        payload = {"clocks": [Clock.objects.get(order=order, kind="handle").pk]}
    recorded = base.do(who, verb, order.pk if order else None, at, **payload)
    entry = Entry.objects.get(order=recorded.order, number=recorded.entry)
    assert (entry.action, entry.at) == (verb, at)
    what, _ = verbs.get(verb).tell(verbs.validate(verbs.get(verb), payload))  # type: ignore[arg-type]
    assert what
    assert list(verify()) == []


#: (who, verb, stage, changes of the valid payload, field, words of the sentence)
Row = tuple[str, str, str, dict[str, Any], str, str]
REFUSED: list[Row] = [
    ("agent", "order.registered", "", {"title": ""}, "title", "至少填写 4 个字"),
    ("agent", "order.registered", "", {"title": "长" * 121}, "title", "最多填写 120 个字"),
    ("agent", "order.registered", "", {"text": None}, "text", "填写的内容不符合要求"),
    ("agent", "order.registered", "", {"text": "暖气\0不热，请求检修"}, "text", "不能保存的字符"),
    ("agent", "order.registered", "", {"requests": []}, "requests", "至少填写 1 项"),
    ("agent", "order.registered", "", {"requests": ["检\0修"]}, "requests", "不能保存的字符"),
    ("agent", "order.registered", "", {"told": ""}, "told", "至少填写 2 个字"),
    ("agent", "order.registered", "", {"cls": "其他"}, "cls", "本中心的诉求类别"),
    ("agent", "order.registered", "", {"source": "mars"}, "source", "本中心的来源"),
    ("agent", "order.registered", "", {"channel": "fax"}, "channel", "只能是"),
    ("agent", "order.registered", "", {"category": 10**30}, "category", "没有这个分类"),
    ("agent", "order.registered", "", {"area": 10**30}, "area", "没有这个区域"),
    ("agent", "order.registered", "", {"caller": {"phone": "12"}}, "caller.phone", "联系电话应为"),
    ("agent", "order.registered", "", {"caller": {"phone_hash": "x"}}, "caller.name", "请填写本项"),
    ("agent", "order.registered", "", {"nonsense": 1}, "nonsense", "没有这一项"),
    ("agent", "order.registered", "", {"received_at": "2026-11-18T09:00:01+08:00"}, "received_at", "不能晚于登记时间"),
    ("agent", "order.registered", "", {"received_at": "0001-01-01T00:00+08:00"}, "received_at", "2000 年至 2099 年"),
    ("agent", "order.registered", "", {"upstream_due": "9999-12-31T23:59+08:00"}, "upstream_due", "2000 年至 2099 年"),
    ("agent", "order.registered", "", {"tags": ["长" * 33]}, "tags.0", "最多填写 32 个字"),
    ("agent", "order.supplemented", "signed", {"requests": ["请求"] * 11}, "requests", "最多填写 10 项"),
    ("agent", "order.corrected", "signed", {"cls": None, "urgency": None, "tags": None}, "", "请至少更正一项"),
    ("agent", "order.corrected", "signed", {"cls": "x"}, "cls", "本中心的诉求类别"),
    ("agent", "order.corrected", "signed", {"source": "x"}, "source", "本中心的来源"),
    ("agent", "order.corrected", "signed", {"category": 0}, "category", "没有这个分类"),
    ("agent", "order.corrected", "signed", {"area": 0}, "area", "没有这个区域"),
    ("agent", "order.corrected", "signed", {"tags": ["长" * 33]}, "tags.0", "最多填写 32 个字"),
    ("agent", "order.redirected", "registered", {"code": "R9"}, "code", "不予受理的情形只能是"),
    ("agent", "order.merged", "registered", {"number": "20200101-0001"}, "number", "没有这个工单号"),
    ("agent", "order.linked", "registered", {"number": "", "other": 10**30}, "number", "没有这个工单号"),
    ("dispatcher", "order.dispatched", "registered", {"shares": []}, "shares", "至少填写 1 项"),
    ("dispatcher", "order.dispatched", "registered", {"basis": "habit"}, "basis", "请写明派单依据"),
    ("clerk@town", "share.delegated", "signed", {"unit": 0}, "unit", "直接下属"),
    ("clerk@town", "inner.assigned", "signed", {"to": 0}, "to", "请选择本单位在岗的人员"),
    ("clerk@town", "share.transferred", "signed", {"to": 0}, "to", "请选择本单位在岗的人员"),
    ("clerk@town", "share.replied", "signed", {"measures": "短"}, "measures", "请写明办理措施，至少 5 个字"),
    ("clerk@town", "share.replied", "signed", {"progress": ""}, "progress", "请写明办理进展"),
    ("clerk@town", "share.replied", "signed", {"result": " "}, "result", "请写明办理结果"),
    ("clerk@town", "share.replied", "signed", {"answers": []}, "answers", "第 1 项诉求还没有答复"),
    ("clerk@town", "share.replied", "signed", {"answers": ["一", "二"]}, "answers", "答复多于诉求"),
    ("clerk@town", "share.contacted", "signed", {"text": ""}, "text", "至少填写 2 个字"),
    ("clerk@town", "extension.filed", "signed", {"workdays": 6}, "workdays", "一次最多延长"),
    ("clerk@town", "extension.filed", "signed", {"workdays": 0}, "workdays", "不能小于 1"),
    ("leader", "extension.decided", "signed", {}, "", "没有待审定的延期申请"),
    ("leader", "extension.decided", "extension_filed", {"workdays": None}, "workdays", "须写明延长几个工作日"),
    ("clerk@town", "return.filed", "return_filed", {}, "", "退单申请已提交"),
    ("clerk@town", "extension.filed", "extension_filed", {}, "", "延期申请已提交"),
    ("dispatcher", "return.decided", "pending", {}, "", "没有待审定的退单申请"),
    ("dispatcher", "return.decided", "return_filed", {"next_unit": None}, "next_unit", "须同时确定改派单位"),
    ("dispatcher", "return.decided", "return_filed", {"basis": None}, "basis", "请写明派单依据"),
    ("auditor", "share.passed", "draft", {}, "", "还没有经过单位审核"),
    ("auditor", "share.sent_back", "draft", {}, "", "还没有经过单位审核"),
    ("hotline_deputy@town", "share.unit_audited", "replied", {}, "", "已经单位审核"),
    ("callback", "callback.recorded", "to_callback", {"result_grade": "good"}, "result_grade", "评价只能是"),
    ("callback", "callback.recorded", "to_callback", {"reached": False}, "reached", "没有接通就没有评价"),
    ("callback", "callback.recorded", "signed", {}, "", "办理完毕后才能回访"),
    ("callback", "order.closed", "to_callback", {}, "", "本轮还没有回访"),
    ("callback", "order.closed", "merged", {}, "", "主单还没有办结"),
    ("callback", "order.rehandled", "called_back", {"unit": 0}, "unit", "请选择承办单位"),
    ("callback", "order.rehandled", "called_back", {"basis": "habit"}, "basis", "请写明派单依据"),
    ("supervisor", "order.excluded", "closed", {"excluded": False}, "excluded", "已经是这样"),
    ("system", "clock.breached", "signed", {}, "clocks", "已经处理过"),
    ("system", "clock.warned", "closed", {}, "clocks", "已经处理过"),
    ("agent", "caller.unmasked", "signed", {"reason": "看看"}, "reason", "至少填写 5 个字"),
]


@pytest.mark.parametrize(
    ("who", "verb", "stage", "changes", "field", "words"),
    REFUSED,
    ids=[f"{verb}-{stage}-{field}-{n}" for n, (_, verb, stage, _, field, _) in enumerate(REFUSED)],
)
def test_a_refusal_stands_beside_its_field_and_changes_nothing(
    base: Cast, nine: datetime, who: str, verb: str, stage: str, changes: dict[str, Any], field: str, words: str
) -> None:
    order, at = reach(base, stage, nine) if stage else (None, nine)
    payload = PAYLOADS[verb](base, order) | changes  # type: ignore[arg-type]
    before = tables()
    with pytest.raises(Refused) as refused:
        base.do(who, verb, order.pk if order else None, at, **payload)
    assert words in refused.value.problems[field]
    assert tables() == before


def refused(base: Cast, who: str, verb: str, order: Order, at: datetime, **payload: Any) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        base.do(who, verb, order.pk, at, **payload)
    return caught.value.problems


def test_dispatch_asks_for_one_lead_and_units_of_this_centre(base: Cast, other: Cast, nine: datetime) -> None:
    order, at = reach(base, "registered", nine)
    town, bureau = base.units["town"].pk, base.units["bureau"].pk

    def sentence(*shares: dict[str, Any]) -> str:
        return refused(base, "dispatcher", "order.dispatched", order, at, shares=list(shares), basis="law")["shares"]

    assert "一家主办单位" in sentence({"unit": town}, {"unit": bureau})
    assert "一家主办单位" in sentence({"unit": town, "role": "assist"})
    assert "一家主办单位" in sentence({"unit": town, "role": "dual"})
    assert "同一单位只能派一次" in sentence({"unit": town}, {"unit": town, "role": "assist"})
    assert "请选择承办单位" in sentence({"unit": other.units["town"].pk})
    assert "请选择承办单位" in sentence({"unit": base.units["centre"].pk})
    Unit.objects.filter(pk=bureau).update(active=False)
    assert "住建局已停用" in sentence({"unit": bureau})


def test_an_upstream_number_is_registered_once(base: Cast, nine: datetime) -> None:
    base.register(nine, upstream_number="LY20261118001")
    with pytest.raises(Refused) as refused:
        base.register(nine, upstream_number=" LY20261118001 ")
    assert "已经登记过" in refused.value.problems["upstream_number"]


def test_a_category_of_another_centre_is_unknown(base: Cast, other: Cast, nine: datetime) -> None:
    foreign = Category.objects.filter(centre=other.centre).first()
    assert foreign
    with pytest.raises(Refused, match="没有这个分类"):
        base.register(nine, category=foreign.pk)


def test_nobody_registers_a_caller_who_is_sealed_already(base: Cast, nine: datetime) -> None:
    forged = {"name": "刘素芬", "phone": "13900002086", "name_hash": "zz", "phone_hash": "zz", "last4_hash": "zz"}
    with pytest.raises(Refused) as refused:
        base.register(nine, caller=forged)
    assert "请填写诉求人" in refused.value.problems["caller"]


def test_an_act_happens_neither_before_the_request_nor_in_the_future(base: Cast, nine: datetime) -> None:
    order, _ = reach(base, "registered", nine)
    told = {"told": TOLD}
    assert "不能早于受理时间" in refused(base, "agent", "order.answered", order, later(nine, hours=-1), **told)["at"]
    act = Act("order.answered", base.actor("agent"), later(nine, hours=1), told, order=order.pk, recorded_at=nine)
    with pytest.raises(Refused) as caught:
        record(act)
    assert "不能晚于现在" in caught.value.problems["at"]


def test_an_unknown_action_and_an_unknown_order_are_refused(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "registered", nine)
    assert "没有这个动作" in refused(base, "agent", "order.eaten", order, at)[""]
    for pk in (None, 0, -5, 10**15):
        with pytest.raises(Refused, match="没有这件工单"):
            record(Act("order.answered", base.actor("agent"), at, {"told": TOLD}, order=pk))
    with pytest.raises(Refused, match="没有这件工单"):
        record(Act("order.registered", base.actor("agent"), at, request(), order=order.pk))


def test_a_return_neither_stops_nor_restarts_the_orders_own_clock(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "return_filed", nine)
    before = Clock.objects.get(order=order, kind="total")
    base.do("dispatcher", "return.decided", order.pk, later(at, hours=5), **PAYLOADS["return.decided"](base, order))
    after = Clock.objects.get(order=order, kind="total")
    assert (after.pk, after.start, after.due, after.ended_at) == (before.pk, before.start, before.due, None)


def test_a_refused_return_forces_the_unit_and_ends_its_petitions(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "return_filed", nine)
    petition = Task.objects.get(order=order, kind="return")
    assert petition.due
    base.do("dispatcher", "return.decided", order.pk, at, approved=False, reason=REASON)
    share = Share.objects.get(order=order)
    assert (share.state, share.forced, share.signed_at) == ("signed", True, at)
    assert (
        "已强派"
        in refused(
            base, "clerk@town", "return.filed", order, at, reason=REASON, return_reason="not_duty", legal_basis="目录"
        )[""]
    )
    petition.refresh_from_db()
    assert (petition.done_at, petition.outcome) == (at, "refused")
    assert Clock.objects.get(task=petition).end == "met"


def test_a_return_after_its_time_is_refused(base: Cast, nine: datetime) -> None:
    order, _ = reach(base, "signed", nine)
    problems = refused(
        base,
        "clerk@town",
        "return.filed",
        order,
        later(nine, days=2),
        reason=REASON,
        return_reason="not_duty",
        legal_basis="目录",
    )
    assert "已超过申请退单的期限" in problems[""]


def test_a_unit_may_ask_for_return_only_as_often_as_the_pack_says(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "registered", nine)
    base.dispatch(order, at, "town")
    for unit, to in (("town", "heat"), ("heat", "town"), ("town", "heat"), ("heat", "town")):
        at = later(at, minutes=1)
        base.do(
            f"clerk@{unit}",
            "return.filed",
            order.pk,
            at,
            reason=REASON,
            return_reason="not_duty",
            legal_basis="派单目录",
        )
        decision = {"approved": True, "next_unit": base.units[to].pk, "basis": "law", "reason": REASON}
        base.do("dispatcher", "return.decided", order.pk, at, **decision)
    problems = refused(
        base, "clerk@town", "return.filed", order, at, reason=REASON, return_reason="not_duty", legal_basis="派单目录"
    )
    assert "最多申请退单 2 次" in problems[""]
    assert list(verify()) == []


def test_extension_moves_the_running_clock_once(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "extension_filed", nine)
    clock = Clock.objects.get(order=order, kind="handle")
    before = clock.due
    base.do("leader", "extension.decided", order.pk, at, approved=True, workdays=2)
    clock.refresh_from_db()
    # Due Wednesday 25 November at 24:00; two working days more end on Friday.
    assert (before.isoformat(), clock.due.isoformat()) == ("2026-11-25T16:00:00+00:00", "2026-11-27T16:00:00+00:00")
    assert Clock.objects.filter(order=order, kind="handle").count() == 1
    assert "已用完" in refused(base, "clerk@town", "extension.filed", order, at, workdays=1, reason=REASON)[""]
    assert list(verify()) == []


def test_a_refused_extension_leaves_the_clock(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "extension_filed", nine)
    before = Clock.objects.get(order=order, kind="handle")
    base.do("leader", "extension.decided", order.pk, at, approved=False)
    after = Clock.objects.get(pk=before.pk)
    assert (after.due, after.ended_at) == (before.due, None)
    assert Share.objects.get(order=order).extensions == 0


def test_a_refused_unit_audit_is_back_on_the_clerks_desk(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "draft", nine)
    base.do("hotline_deputy@town", "share.unit_audited", order.pk, at, approved=False, note="请写明措施")
    order.refresh_from_db()
    assert Share.objects.get(order=order).state == "signed"
    assert (order.node, order.owner_person) == ("handle", base.staff["clerk@town"])
    base.do("clerk@town", "share.replied", order.pk, later(at, minutes=1), **REPLY)
    assert list(verify()) == []


def test_unreachable_only_after_the_tries_that_the_pack_names(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "to_callback", nine)
    nobody = {"reached": False}
    assert "至少回访 3 次" in refused(base, "callback", "callback.recorded", order, at, **nobody)["reached"]
    for _ in range(2):
        at = later(at, minutes=30)
        base.do("callback", "callback.tried", order.pk, at)
    base.do("callback", "callback.tried", order.pk, at, layer="city")
    order.refresh_from_db()
    assert order.callback_tries == 2
    base.do("callback", "callback.recorded", order.pk, at, **nobody)
    base.do("callback", "order.closed", order.pk, at, result="unreachable", told="多次未接通，已发短信告知。")
    assert list(verify()) == []


def test_a_city_call_back_is_not_our_own(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "to_callback", nine)
    base.do("system", "callback.recorded", order.pk, at, layer="city", **GRADES)
    assert Clock.objects.get(order=order, kind="callback").ended_at is None
    assert "本轮还没有回访" in refused(base, "callback", "order.closed", order, at, told=TOLD)[""]


def test_rehandling_after_closing_needs_a_call_back_of_the_round(cast: Cast, nine: datetime) -> None:
    # Junan closes by audit; the city calls back afterwards.
    order, at = reach(cast, "to_callback", nine)
    assert order.state == "closed"
    assert "须有本轮回访" in refused(cast, "supervisor", "order.rehandled", order, at, reason=REASON)[""]
    grades = {"result_grade": "dissatisfied", "solved": False, "layer": "city"}
    cast.do("system", "callback.recorded", order.pk, at, **grades)
    cast.do("supervisor", "order.rehandled", order.pk, at, reason=REASON)
    order.refresh_from_db()
    assert (order.state, order.round, order.told_at, order.closed_at) == ("dispatched", 2, None, None)
    assert list(verify()) == []


def test_rehandling_before_our_call_back_ends_its_clock(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "to_callback", nine)
    base.do("supervisor", "order.rehandled", order.pk, at, reason=REASON)
    clock = Clock.objects.get(order=order, kind="callback")
    assert clock.end == "cancelled"
    assert list(verify()) == []


TO_THE_END = [
    ("dispatcher", "order.dispatched"),
    ("clerk@town", "share.signed"),
    ("clerk@town", "share.replied"),
    ("hotline_deputy@town", "share.unit_audited"),
    ("auditor", "share.passed"),
    ("callback", "callback.recorded"),
]


def test_a_merged_order_closes_after_its_main_order(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "merged", nine)
    assert order.is_open
    assert not Clock.objects.filter(order=order, ended_at=None).exists()
    with pytest.raises(Refused, match="主单还没有办结"):
        base.do("callback", "order.closed", order.pk, at, told=TOLD)
    for who, verb in (*TO_THE_END, ("callback", "order.closed")):
        base.do(who, verb, main(base).pk, at, **PAYLOADS[verb](base, main(base)))
    base.do("callback", "order.closed", order.pk, at, told=TOLD)
    order.refresh_from_db()
    assert (order.state, order.merged_into) == ("closed", main(base))
    # Opened anew it is an order of its own: dispatched, and not closed without a call-back.
    base.do("supervisor", "order.reopened", order.pk, at, reason=REASON)
    order.refresh_from_db()
    assert (order.merged_into, order.round) == (None, 2)
    assert list(verify()) == []


def test_unmerged_it_waits_for_dispatch_again(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "merged", nine)
    base.do("dispatcher", "order.unmerged", order.pk, at, reason=REASON)
    order.refresh_from_db()
    assert (order.state, order.node, order.merged_into) == ("registered", "dispatch", None)
    assert Clock.objects.filter(order=order, kind="dispatch", ended_at=None).count() == 1


def test_the_lead_alone_replies_and_the_assisting_unit_opines(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "assist_signed", nine)
    assert "请提交协办意见" in refused(base, "clerk@bureau", "share.replied", order, at, **REPLY)[""]
    base.do("clerk@town", "share.signed", order.pk, at)
    assert "主办单位不能" in refused(base, "clerk@town", "share.opined", order, at, text="意见")[""]


def test_with_the_last_lead_the_assisting_shares_end(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "assist_signed", nine)
    base.do("clerk@town", "share.signed", order.pk, at)
    base.do("clerk@town", "share.delegated", order.pk, at, unit=base.units["village"].pk)
    base.do("clerk@town", "share.replied", order.pk, at, **REPLY)
    base.do("hotline_deputy@town", "share.unit_audited", order.pk, at, approved=True)
    base.do("auditor", "share.passed", order.pk, at, of_unit=base.units["town"].pk)
    states = {s.unit.code: (s.state, s.outcome) for s in Share.objects.filter(order=order)}
    assert states == {
        "town": ("passed", "passed"),
        "bureau": ("withdrawn", "withdrawn"),
        "village": ("passed", "passed"),
    }
    # Only the order's own clocks run on.
    assert not Clock.objects.filter(order=order, ended_at=None, share__isnull=False).exists()
    assert list(verify()) == []


def test_a_dual_dispatch_needs_both_replies(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "registered", nine)
    shares = [{"unit": base.units[name].pk, "role": "dual"} for name in ("town", "heat")]
    base.do("dispatcher", "order.dispatched", order.pk, at, shares=shares, basis="law")
    for unit, state in (("town", "dispatched"), ("heat", "to_callback")):
        base.do(f"clerk@{unit}", "share.signed", order.pk, at)
        base.do(f"clerk@{unit}", "share.replied", order.pk, at, **REPLY)
        base.do(f"hotline_deputy@{unit}", "share.unit_audited", order.pk, at, approved=True)
        base.do("auditor", "share.passed", order.pk, at, of_unit=base.units[unit].pk)
        order.refresh_from_db()
        assert order.state == state
    assert list(verify()) == []


def test_a_unit_that_gave_the_order_back_does_not_see_the_number(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "return_filed", nine)
    base.do("dispatcher", "return.decided", order.pk, at, **PAYLOADS["return.decided"](base, order))
    problems = refused(base, "clerk@town", "caller.unmasked", order, at, reason="想再联系一次")
    assert "已不承办" in problems[""]


def test_a_centre_post_outside_the_centre_does_nothing(base: Cast, nine: datetime) -> None:
    # An auditor's post that somebody put into a handling unit is not the centre's auditor.
    order, at = reach(base, "replied", nine)
    stray = Actor("auditor", base.centre.pk, base.staff["clerk@heat"].pk, None, base.units["heat"].pk)
    with pytest.raises(Refused, match="您的岗位不能审核通过"):
        record(Act("share.passed", stray, at, {}, order=order.pk, recorded_at=at))
    assert (
        not Order.objects.all()
        .in_reach(base.centre.pk, [("auditor", base.units["heat"].pk)], None, snapshot.of(base.centre.pk))
        .exists()
    )


def test_who_is_told(base: Cast, nine: datetime) -> None:
    """The new owner, and those whose share began or was acted on by another; never the actor."""
    agent, town = base.actor("agent"), base.units["town"].pk
    order = Order.objects.get(pk=record(Act("order.registered", agent, nine, request())).order)
    shares = [{"unit": town}, {"unit": base.units["bureau"].pk, "role": "assist"}]
    record(Act("order.dispatched", base.actor("dispatcher"), nine, {"shares": shares, "basis": "law"}, order=order.pk))
    record(Act("share.signed", base.actor("clerk@town"), nine, {}, order=order.pk))
    record(Act("extension.filed", base.actor("clerk@town"), nine, {"workdays": 1, "reason": REASON}, order=order.pk))
    decision = {"of_unit": town, "approved": False}
    record(Act("extension.decided", base.actor("leader"), nine, decision, order=order.pk))
    told = {(n.entry.number, n.staff.username.removeprefix("base-")) for n in Notice.objects.filter(order=order)}
    assert told == {
        (1, "dispatcher-A"),
        (2, "clerk@town-A"),
        (2, "clerk@bureau-A"),
        (4, "dispatcher-A"),
        (5, "clerk@town-A"),
    }


def test_what_no_document_can_carry_is_taken_out_of_a_payload(cast: Cast, nine: datetime) -> None:
    """Word's line break, a control character, half of a surrogate pair: pasted, also within a list."""
    order = cast.register(nine, text="第一行\x0b第二行\x07，请检修\ud83d。", requests=["检\x0c修"])
    assert order.appeal.text == "第一行\n第二行，请检修。"
    assert order.appeal.requests[0].replace("\n", "") in ("检修", "检 修")
