"""Rows of the founding bulletin of Junan that its pack puts in force: each where it bites, where it must not, and where
somebody tries to get round it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.cast import Cast, later, make_cast, shanghai
from tests.desk.web import Site

from lianxin.directory.models import Charge, Post
from lianxin.figures.count import count
from lianxin.figures.scope import Scope
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import Recorded, record
from lianxin.ledger.models import Clock, Entry, Task
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share
from lianxin.proceedings.models import About, Proceeding
from lianxin.rules.worktime import show_due

pytestmark = pytest.mark.django_db
REPLY = {"measures": "更换阀门并排气", "progress": "已完成", "result": "室温已达19℃", "answers": ["已检修"]}
CHAIN = ("line_deputy", "section_head", "discipline")


@pytest.fixture
def junan() -> Cast:
    cast = make_cast()
    for role in CHAIN:
        cast.post(f"{role}@town", "town", role)
    return cast


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def out(cast: Cast, at: datetime, unit: str = "town", **facts: Any) -> tuple[Order, Share]:
    """An order that was sent to the unit, and is not signed off yet."""
    order = cast.register(at, **facts)
    cast.dispatch(order, at, unit, signed_off=False)
    return order, Share.objects.get(order=order)


def chain(cast: Cast, **changes: str) -> dict[str, Any]:
    """Who answers for it, as the head of the town names them; each by his place in the cast."""
    named = {"deputy": "line_deputy@town", "head": "section_head@town", "supervising": "discipline@town"} | changes
    return {"opinion": "请按分工办理。"} | {link: cast.staff[who].pk for link, who in named.items() if who}


def sign_off(cast: Cast, order: Order, at: datetime, who: str = "principal@town", **changes: str) -> Recorded:
    return cast.do(who, "share.signed_off", order.pk, at, **chain(cast, **changes))


def task(order: Order, kind: str) -> Task:
    return Task.objects.get(order=order, kind=kind)


def done(cast: Cast, who: str, found: Task, at: datetime, outcome: str = "", elements: tuple[str, ...] = ()) -> None:
    said = {"task": found.pk, "outcome": outcome, "elements": elements}
    cast.do(who, "task.done", found.order_id, at, **said)


def rounds(cast: Cast, order: Order, at: datetime, unit: str = "town", times: int = 1) -> datetime:
    """The unit answers, the caller is not satisfied, and it is handled again, so many times."""
    for _ in range(times):
        cast.sign_off(order, at)
        share = Share.objects.filter(order=order, ended_at=None).latest("pk")
        if share.state == "pending":
            cast.do(f"clerk@{unit}", "share.signed", order.pk, at)
        cast.do(f"clerk@{unit}", "share.contacted", order.pk, at, text="已电话联系诉求人。")
        cast.do(f"clerk@{unit}", "share.replied", order.pk, at, **REPLY)
        cast.do(f"hotline_deputy@{unit}", "share.unit_audited", order.pk, at, approved=True)
        cast.look_into(order, at)
        cast.do("auditor", "share.passed", order.pk, at, share=share.pk)
        at = later(at, hours=1)
        grades: Mapping[str, Any] = {"layer": "city", "result_grade": "dissatisfied", "solved": False}
        cast.do("callback", "callback.recorded", order.pk, at, **grades)
        cast.do("callback", "order.rehandled", order.pk, at, reason="诉求人称仍未解决，室温没有达标。")
    return at


# --- D21, D22 -----------------------------------------------------------------------------------


def test_d21_nobody_in_the_town_works_on_it_before_the_mayor_has_signed(junan: Cast, nine: datetime) -> None:
    order, share = out(junan, nine)
    duty = task(order, "sign_off")
    assert (duty.unit_id, duty.post_role) == (junan.units["town"].pk, "principal")
    assert duty.due == later(nine, hours=4)
    # It stands with the mayor meanwhile.
    assert (fresh(order).node, fresh(order).owner_person_id) == ("task", junan.staff["principal@town"].pk)
    with pytest.raises(Refused, match="“镇长签批”还没有办结，不能签收：请大店镇主要负责人"):
        junan.do("clerk@town", "share.signed", order.pk, nine)
    sign_off(junan, order, later(nine, minutes=20))
    assert task(order, "sign_off").outcome == "done"
    junan.do("clerk@town", "share.signed", order.pk, later(nine, minutes=30))
    # The first contact is timed from his signature on (D29).
    contact = Clock.objects.get(order=order, kind="contact")
    assert (contact.rule, contact.start) == ("D29.signed", later(nine, minutes=20))
    assert list(verify()) == []
    assert share.pk == contact.share_id


def test_d21_an_urgent_one_has_ten_minutes(junan: Cast, nine: datetime) -> None:
    order, _ = out(junan, nine, urgency="urgent")
    assert task(order, "sign_off").due == later(nine, minutes=10)
    sign_off(junan, order, later(nine, minutes=5))
    assert Clock.objects.get(order=order, kind="contact").due == later(nine, minutes=65)


def test_d21_it_must_not_bite_in_a_bureau_nor_for_who_assists(junan: Cast, nine: datetime) -> None:
    order, _ = out(junan, nine, "bureau")
    junan.do("clerk@bureau", "share.signed", order.pk, nine)
    assert Clock.objects.get(order=order, kind="contact").rule == "D29.normal"
    helped = junan.register(nine)
    junan.dispatch(helped, nine, "bureau", "town", signed_off=False)
    junan.do("clerk@town", "share.signed", helped.pk, nine)
    assert not Task.objects.filter(kind="sign_off").exists()


def test_d21_nobody_gets_round_the_mayor(junan: Cast, nine: datetime) -> None:
    order, share = out(junan, nine)
    # Neither his deputy nor the clerk signs in his place, nor is it ticked off, handed to the village, or passed on.
    for who in ("hotline_deputy@town", "clerk@town", "line_deputy@town"):
        with pytest.raises(Refused):
            sign_off(junan, order, nine, who)
    duty = task(order, "sign_off")
    with pytest.raises(Refused, match="由相应的操作自动办结"):
        done(junan, "principal@town", duty, nine)
    for who, verb, said in (
        ("clerk@town", "share.delegated", {"unit": junan.units["village"].pk}),
        ("clerk@town", "inner.assigned", {"to": junan.staff["clerk@town:b"].pk}),
        ("supervisor", "task.dropped", {"task": duty.pk, "reason": "不必签批，直接办理。"}),
    ):
        with pytest.raises(Refused):
            junan.do(who, verb, order.pk, nine, **said)
    assert task(order, "sign_off").done_at is None
    assert fresh(order).owner_person_id == junan.staff["principal@town"].pk
    assert share.state == "pending"


def test_d21_b_signs_while_a_is_away_and_who_stands_in_where_the_post_is_vacant(junan: Cast, nine: datetime) -> None:
    post = junan.posts["principal@town"]
    post.holder_a, post.holder_b = None, None
    post.save()
    order, _ = out(junan, nine)
    duty = task(order, "sign_off")
    assert (duty.post_role, duty.vacant) == ("hotline_deputy", "principal")
    done(junan, "hotline_deputy@town", duty, nine)
    assert task(order, "sign_off").outcome == "done"
    junan.do("clerk@town", "share.signed", order.pk, nine)


def test_d22_four_different_people_stand_on_the_share(junan: Cast, nine: datetime) -> None:
    order, share = out(junan, nine)
    sign_off(junan, order, nine)
    share.refresh_from_db()
    links = {line[0]: line[2] for line in share.chain if line[0] in ("signer", "deputy", "head", "supervising")}
    wanted = ("principal@town", "line_deputy@town", "section_head@town", "discipline@town")
    assert list(links.values()) == [junan.staff[who].pk for who in wanted]
    # It stays when the clerk is replaced, and the head may change it later.
    junan.staff["clerk@town"].is_active = False
    junan.staff["clerk@town"].save()
    # With the next act the order goes to his B, and whoever was named stays named.
    junan.do(
        "agent", "order.urged", order.pk, later(nine, minutes=30), by="caller", text="再次来电询问进展", told="已告知。"
    )
    share.refresh_from_db()
    assert share.holder_id == junan.staff["clerk@town:b"].pk
    assert {line[0] for line in share.chain} >= {"signer", "deputy", "head", "supervising"}
    signer = replace(junan.actor("clerk@town"), staff=junan.staff["clerk@town:b"].pk)
    at = later(nine, hours=1)
    record(Act("share.signed", signer, at, {}, order=order.pk, recorded_at=at))
    share.refresh_from_db()
    assert [line[0] for line in share.chain].count("deputy") == 1
    sign_off(junan, order, later(nine, hours=2), deputy="line_deputy@town:b")
    share.refresh_from_db()
    assert ["deputy", junan.posts["line_deputy@town"].pk, junan.staff["line_deputy@town:b"].pk] in share.chain
    assert list(verify()) == []


def test_d22_it_must_not_bite_where_the_unit_has_no_such_posts(cast: Cast, nine: datetime) -> None:
    """A town that has only a deputy for the hotline names him alone; no gate may shut a hotline."""
    order, share = out(cast, nine)
    deputy = cast.staff["hotline_deputy@town"].pk
    cast.do("principal@town", "share.signed_off", order.pk, nine, opinion="请办理。", deputy=deputy)
    share.refresh_from_db()
    named = [line[0] for line in share.chain if line[0] not in ("clerk", "hotline_deputy", "principal")]
    assert named == ["signer", "deputy"]


@pytest.mark.parametrize(
    ("changes", "beside", "why"),
    [
        ({"deputy": ""}, "deputy", "请选择分管班子成员"),
        ({"head": ""}, "head", "请选择片区书记、部门负责人"),
        ({"supervising": ""}, "supervising", "请选择纪委书记"),
        ({"deputy": "principal@town"}, "deputy", "从本单位在岗的人员中选择"),
        ({"head": "line_deputy@town"}, "head", "从本单位在岗的人员中选择"),
        ({"supervising": "discipline@bureau"}, "supervising", "从本单位在岗的人员中选择"),
        ({"head": "clerk@town"}, "head", "从本单位在岗的人员中选择"),
    ],
)
def test_d22_nobody_is_two_links_or_none(
    junan: Cast, nine: datetime, changes: dict[str, str], beside: str, why: str
) -> None:
    junan.post("discipline@bureau", "bureau", "discipline")
    order, _ = out(junan, nine)
    with pytest.raises(Refused) as refused:
        sign_off(junan, order, nine, **changes)
    assert why in refused.value.problems[beside]


def test_d22_one_person_at_two_posts_is_still_one_person(junan: Cast, nine: datetime) -> None:
    head = junan.posts["section_head@town"]
    head.holder_a, head.holder_b = junan.staff["line_deputy@town"], junan.staff["clerk@town"]
    head.save()
    order, _ = out(junan, nine)
    for who, why in (("line_deputy@town", "各是一人"), ("clerk@town", "经办人不能同时是责任人")):
        with pytest.raises(Refused) as refused:
            sign_off(junan, order, nine, head=who)
        assert why in refused.value.problems["head"]


# --- D28, D30 -----------------------------------------------------------------------------------


def test_d28_it_counts_however_the_order_came_back(junan: Cast, nine: datetime) -> None:
    """Closed, opened again and sent to another unit: it is the third round all the same."""
    order, _ = out(junan, nine)
    at = rounds(junan, order, nine)
    cast = junan
    cast.do("dispatcher", "order.recalled", order.pk, at, reason="改派其他单位办理。")
    assert fresh(order).round == 2
    cast.dispatch(order, at, "bureau")
    at = rounds(cast, order, at, "bureau")
    duty = task(order, "second_rehandle")
    assert duty.unit_id == cast.units["bureau"].pk


def test_d30_who_handled_it_reviews_nothing_of_his_own(junan: Cast, nine: datetime) -> None:
    """The secretary is the clerk's B: he has handled it himself, so the review lies on another, and is not his by any
    way."""
    clerk = junan.posts["clerk@town"]
    clerk.holder_a, clerk.holder_b = junan.staff["discipline@town"], junan.staff["clerk@town"]
    clerk.save()
    order, _ = out(junan, nine)
    at = nine
    sign_off(junan, order, at, supervising="discipline@town:b")
    Post.objects.filter(pk=junan.posts["discipline@town"].pk).update(holder_b=None)
    at = rounds(junan, order, at)
    duty = task(order, "process_review")
    assert duty.holder_id != junan.staff["discipline@town"].pk
    junan.do("hotline_deputy@town", "task.handed_on", order.pk, at, task=duty.pk, to=junan.staff["discipline@town"].pk)
    with pytest.raises(Refused, match="经办过这件工单的人不能自己办结"):
        done(junan, "discipline@town", duty, at, "earnest", ("各环节均按时限办理，没有敷衍。",))


def audited_by_the_town(cast: Cast, order: Order, at: datetime) -> None:
    """Handled there, and its reply waits for the centre's audit."""
    cast.sign_off(order, at)
    for who, verb, said in (
        ("clerk@town", "share.signed", {}),
        ("clerk@town", "share.contacted", {"text": "已电话联系诉求人。"}),
        ("clerk@town", "share.replied", REPLY),
        ("hotline_deputy@town", "share.unit_audited", {"approved": True}),
    ):
        cast.do(who, verb, order.pk, at, **said)


def test_d30_d28_no_round_passes_before_it_was_looked_into(junan: Cast, nine: datetime) -> None:
    order, _ = out(junan, nine)
    at = rounds(junan, order, nine, times=2)
    audited_by_the_town(junan, order, at)
    with pytest.raises(Refused, match="两次重办预警"):
        junan.do("auditor", "share.passed", order.pk, at)
    why = ("供热主管老化，逐户检修治标不治本。", "列入换热站改造，先行错峰供热。")
    done(junan, "principal@town", task(order, "second_rehandle"), at, "", why)
    with pytest.raises(Refused, match="重办工单复核办理过程"):
        junan.do("auditor", "share.passed", order.pk, at)
    review = Task.objects.get(order=order, kind="process_review", done_at=None)
    done(junan, "discipline@town", review, at, "earnest", ("各环节均按时限办理，没有敷衍。",))
    junan.do("auditor", "share.passed", order.pk, at)
    assert fresh(order).state == "closed"


def test_d35_labelled_after_the_reply_it_is_studied_before_the_audit(junan: Cast, nine: datetime) -> None:
    order, _ = out(junan, nine)
    audited_by_the_town(junan, order, nine)
    label(junan, "supervisor", order, nine)
    with pytest.raises(Refused, match="疑难工单早研判"):
        junan.do("auditor", "share.passed", order.pk, nine)
    done(junan, "hotline_deputy@town", task(order, "study"), nine, "own", ("查清产权和管网走向。", "明日上门测温"))
    junan.do("auditor", "share.passed", order.pk, nine)


def test_d30_a_bureau_is_not_reviewed_by_the_town(junan: Cast, nine: datetime) -> None:
    order, _ = out(junan, nine, "bureau")
    rounds(junan, order, nine, "bureau")
    assert not Task.objects.filter(order=order, kind="process_review").exists()


# --- D35, D17 -----------------------------------------------------------------------------------


def label(cast: Cast, who: str, order: Order, at: datetime, code: str = "difficult") -> None:
    cast.do(who, "order.labelled", order.pk, at, label=code, reason="涉及三个部门，多次反映。")


def unlabel(cast: Cast, who: str, order: Order, at: datetime) -> None:
    cast.do(who, "order.unlabelled", order.pk, at, label="difficult", reason="已经理清职责。")


def test_d35_a_difficult_order_is_studied_before_half_of_its_limit(junan: Cast, nine: datetime) -> None:
    # Wednesday 18 November, 5 working days until Wednesday 25th 24:00: half of it is Friday 20th 24:00.
    order, share = out(junan, nine)
    label(junan, "supervisor", order, nine)
    duty = task(order, "study")
    assert (duty.share_id, duty.post_role) == (share.pk, "hotline_deputy")
    assert duty.due == shanghai("2026-11-21 00:00")
    done(junan, "hotline_deputy@town", duty, later(nine, hours=3), "own", ("查清产权和管网走向。", "明日上门测温"))
    assert fresh(order).labels == ["difficult"]
    assert list(verify()) == []


def test_d35_labelled_late_it_still_leaves_a_day(junan: Cast, nine: datetime) -> None:
    order, _ = out(junan, nine)
    label(junan, "supervisor", order, later(nine, days=5))  # Monday the 23rd
    assert task(order, "study").due == shanghai("2026-11-25 00:00")


def test_d35_it_bites_for_difficult_orders_alone_and_for_whoever_gets_one(junan: Cast, nine: datetime) -> None:
    plain, _ = out(junan, nine)
    label(junan, "supervisor", plain, nine, code="important")
    assert not Task.objects.filter(order=plain, kind="study").exists()
    order = junan.register(nine)
    label(junan, "dispatcher", order, nine)
    junan.dispatch(order, nine, "town", "bureau")
    assert [duty.unit_id for duty in Task.objects.filter(order=order, kind="study")] == [junan.units["town"].pk]


def test_d35_a_unit_does_not_take_the_label_off_again(junan: Cast, nine: datetime) -> None:
    order, _ = out(junan, nine)
    label(junan, "hotline_deputy@town", order, nine)
    with pytest.raises(Refused, match="由督办员、中心领导取消"):
        unlabel(junan, "hotline_deputy@town", order, nine)
    with pytest.raises(Refused, match="没有由本岗位加的标识"):
        label(junan, "clerk@town", order, nine)
    unlabel(junan, "leader", order, nine)
    # What had to be done because of it stays to be done.
    assert task(order, "study").done_at is None
    assert fresh(order).labels == []


def test_d35_the_share_that_was_studied_early_is_a_figure(junan: Cast, nine: datetime) -> None:
    """Of three difficult orders one is studied in time, one late, one not yet; a plain one owes no study."""
    found = {name: out(junan, nine)[0] for name in ("early", "late", "open", "plain")}
    for name in ("early", "late", "open"):
        label(junan, "supervisor", found[name], nine)
    said = ("查清产权和管网走向。", "明日上门测温")
    for name, at in (("early", later(nine, hours=3)), ("late", later(nine, days=5))):
        done(junan, "hotline_deputy@town", task(found[name], "study"), at, "own", said)
    start, end = shanghai("2026-11-16 00:00"), shanghai("2026-11-30 00:00")

    def counted(cutoff: datetime) -> list[int]:
        scope = Scope(junan.centre.pk, start, end, cutoff, "city")
        found = count(scope, ["study_due", "studied_in_time"], by=["unit_id"])
        return list(found[(junan.units["town"].pk,)].values())

    # Each is due on Friday the 20th 24:00.
    assert counted(shanghai("2026-11-20 12:00")) == [1, 1]
    assert counted(end) == [3, 1]


def meeting_of(cast: Cast, at: datetime, *orders: Order) -> Proceeding:
    payload = {
        "title": "供热疑难工单",
        "text": "逐件研究供热不达标的工单。",
        "numbers": [order.number for order in orders],
        "units": [cast.units["town"].pk, cast.units["bureau"].pk],
        "due": later(at, days=1),
    }
    return Proceeding.objects.get(pk=record(Act("meeting.called", cast.actor("supervisor"), at, payload)).order)


def plan(
    cast: Cast, meeting: Proceeding, order: Order, at: datetime, person: str = "clerk@town", **changes: Any
) -> None:
    payload = {
        "number": order.number,
        "plan": "更换楼前阀门，今日恢复供热。",
        "people": [cast.staff[person].pk],
        "finish_by": later(at, days=2),
    } | changes
    record(Act("meeting.planned", cast.actor("supervisor"), at, payload, order=meeting.pk))


def hold(cast: Cast, meeting: Proceeding, at: datetime, *absent: str) -> None:
    payload = {"absent": [cast.units[name].pk for name in absent], "minutes": "逐件确定了方案和责任人。"}
    record(Act("meeting.held", cast.actor("supervisor"), at, payload, order=meeting.pk))


def live(cast: Cast, *units: str) -> Order:
    """An order of the wall's clock, as meetings are."""
    payload = {
        "channel": "phone",
        "source": "city",
        "cls": "help",
        "title": "暖气不热",
        "text": "室温只有14℃。",
        "requests": ["检修暖气"],
        "told": "已告知。",
        "caller": {"name": "刘素芬", "phone": "13900002086"},
    }
    at = timezone.now()
    pk = record(Act("order.registered", cast.actor("agent"), at, payload)).order
    shares = [{"unit": cast.units[name].pk, "role": "lead" if n == 0 else "assist"} for n, name in enumerate(units)]
    sent = {"shares": shares, "basis": "duty_list"}
    record(Act("order.dispatched", cast.actor("dispatcher"), at, sent, order=pk))
    return Order.objects.get(pk=pk)


def test_d17_for_each_order_a_plan_a_person_and_a_date(junan: Cast) -> None:
    one, two = live(junan, "town"), live(junan, "bureau")
    at = one.registered_at + timedelta(minutes=1)
    meeting = meeting_of(junan, at, one, two)
    plan(junan, meeting, one, at)
    # Not over before each has its plan.
    with pytest.raises(Refused, match=two.number):
        hold(junan, meeting, at)
    plan(junan, meeting, two, at, "clerk@bureau")
    duty = task(one, "carry_out")
    assert (duty.holder_id, duty.due) == (junan.staff["clerk@town"].pk, later(at, days=2))
    hold(junan, meeting, at, "bureau")
    absent = About.objects.get(proceeding=meeting, role="absent")
    assert absent.to_unit_id == junan.units["bureau"].pk
    meeting.refresh_from_db()
    assert meeting.state == "decided"
    page = Site(junan).get("supervisor", f"/proceedings/{meeting.number}/").content.decode()
    assert re.search(r"<dt>缺席</dt>\s*<dd>住建局</dd>", page)
    # The minutes themselves say who came, who did not, and for each order what is done by whom until when.
    lines = [text for _, text in Entry.objects.get(action="meeting.held").enclosure.body["paper"]]
    until = show_due(later(at, days=2))
    for wanted in (
        "参会单位：大店镇。",
        "缺席单位：住建局。",
        f"1. {one.number}：更换楼前阀门，今日恢复供热。（责任人：大店镇clerkA；完成时间：{until}）",
        f"2. {two.number}：更换楼前阀门，今日恢复供热。（责任人：住建局clerkA；完成时间：{until}）",
    ):
        assert wanted in lines, lines
    # The plan stands in the order's own ledger, and is its person's to do.
    with pytest.raises(Refused):
        record(
            Act(
                "task.done",
                junan.actor("clerk@bureau"),
                at,
                {"task": duty.pk, "elements": ["已更换阀门"]},
                order=one.pk,
            )
        )
    record(Act("task.done", junan.actor("clerk@town"), at, {"task": duty.pk, "elements": ["已更换阀门"]}, order=one.pk))
    assert list(verify()) == []


def test_d17_it_must_not_bite_for_orders_that_have_ended(junan: Cast) -> None:
    one, ended = live(junan, "town"), live(junan, "bureau")
    at = one.registered_at + timedelta(minutes=1)
    meeting = meeting_of(junan, at, one, ended)
    said = {"reason": "诉求人要求撤单。", "told": "已告知撤单。"}
    record(Act("order.withdrawn", junan.actor("callback"), at, said, order=ended.pk))
    plan(junan, meeting, one, at)
    hold(junan, meeting, at)


def test_d17_an_order_that_no_unit_has_now_keeps_no_meeting_open(junan: Cast) -> None:
    """It cannot have a plan: called back, or waiting for its dispatch."""
    one, recalled = live(junan, "town"), live(junan, "bureau")
    at = one.registered_at + timedelta(minutes=1)
    meeting = meeting_of(junan, at, one, recalled)
    said = {"reason": "派单有误，重新派单。"}
    record(Act("order.recalled", junan.actor("dispatcher"), at, said, order=recalled.pk))
    with pytest.raises(Refused):
        plan(junan, meeting, recalled, at, "clerk@bureau")
    plan(junan, meeting, one, at)
    # A plan that was changed stands in the minutes as it is now.
    plan(junan, meeting, one, at, plan="整体更换楼前阀门。")
    hold(junan, meeting, at)
    meeting.refresh_from_db()
    assert meeting.state == "decided"
    lines = [text for _, text in Entry.objects.get(action="meeting.held").enclosure.body["paper"]]
    (planned,) = (line for line in lines if "责任人：" in line)
    assert planned.startswith(f"1. {one.number}：整体更换")
    assert not any("缺席" in line for line in lines)


def test_d17_no_plan_for_an_order_of_another_meeting_or_a_person_who_has_nothing_to_do_with_it(junan: Cast) -> None:
    one, other = live(junan, "town"), live(junan, "town")
    at = one.registered_at + timedelta(minutes=1)
    meeting = meeting_of(junan, at, one)
    with pytest.raises(Refused, match="本次会议的一件工单"):
        plan(junan, meeting, other, at)
    with pytest.raises(Refused, match="正在承办"):
        plan(junan, meeting, one, at, "clerk@bureau")
    with pytest.raises(Refused, match="晚于现在"):
        plan(junan, meeting, one, at, finish_by=at - timedelta(days=1))
    plan(junan, meeting, one, at)
    with pytest.raises(Refused, match="参会单位"):
        hold(junan, meeting, at, "heat")


def test_d17_what_the_unit_cannot_do_alone_goes_to_a_meeting(junan: Cast, nine: datetime) -> None:
    order, _ = out(junan, nine)
    label(junan, "supervisor", order, nine)
    said = ("涉及住建局和热力公司，职责交叉。", "请求联席会议")
    done(junan, "hotline_deputy@town", task(order, "study"), later(nine, hours=1), "meeting", said)
    duty = task(order, "convene")
    assert (duty.post_role, duty.unit_id) == ("supervisor", junan.units["centre"].pk)
    # Not where it does it itself.
    other, _ = out(junan, nine)
    label(junan, "supervisor", other, nine)
    done(junan, "hotline_deputy@town", task(other, "study"), later(nine, hours=1), "own", said)
    assert not Task.objects.filter(order=other, kind="convene").exists()


def test_d21_the_mayor_signs_in_one_tap_with_the_text_before_him_and_the_people_proposed(
    junan: Cast, nine: datetime
) -> None:
    """From the row of his queue to the form, which needs nothing more than to be sent."""
    charge = Charge(centre=junan.centre, unit=junan.units["town"])
    charge.deputy, charge.head = junan.posts["line_deputy@town"], junan.posts["section_head@town"]
    charge.save()
    order, share = out(junan, timezone.now())
    site = Site(junan)
    queue = site.get("principal@town", "/?queue=duties").content.decode()
    address = re.search(rf'"(/orders/{order.number}/share\.signed_off/[^"]*)"', queue)
    assert address
    page = site.get("principal@town", address[1].replace("&amp;", "&"))
    text = page.content.decode()
    assert "来电人反映家中室温只有 14℃" in text.partition('class="lx-read lx-only-small"')[2].partition("</p>")[0]
    form = {name: page.context["form"][name].value() for name in ("opinion", "deputy", "head", "supervising")}
    form |= dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text.partition('id="doing"')[2]))
    proposed = {junan.staff[who].pk for who in ("line_deputy@town", "section_head@town", "discipline@town")}
    assert {int(form[link]) for link in ("deputy", "head", "supervising")} == proposed
    assert site.at("principal@town").post(address[1].partition("?")[0], form).status_code == 302
    share.refresh_from_db()
    assert {line[2] for line in share.chain} >= proposed
