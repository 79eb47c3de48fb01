"""What a unit does for an order that is no usual one: it goes to the place, promises, or explains (B12, B14, B15).

Each row of the opinions of Zhoucun (2019) where it bites, where it must not, and where somebody tries to get round it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone
from tests.acceptance.zhoucun import (
    REASON,
    REPLY,
    contact,
    fresh,
    labelled,
    lapse,
    out,
    passed,
    photograph,
    refused,
    task,
    visit,
)
from tests.cast import Cast, later, shanghai
from tests.rulebooks import Shelf

from lianxin.duties import rounds
from lianxin.ledger.acts import Act, Refused, Upload
from lianxin.ledger.door import Recorded, record_many
from lianxin.ledger.models import Clock, Entry, Task
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share
from lianxin.proceedings.models import Proceeding

pytestmark = pytest.mark.django_db


# --- B12: to the place -----------------------------------------------------------------------------


def test_b12_a_key_complaint_is_not_answered_before_the_place_was_seen(zhoucun: Cast, nine: datetime) -> None:
    order, share = out(zhoucun, nine)
    labelled(zhoucun, order, "key", nine)
    at = later(nine, hours=2)
    contact(zhoucun, "clerk@town", order, at)
    assert "到现场办理" in refused(zhoucun, "clerk@town", "share.replied", order, at, **REPLY)[""]
    visit(zhoucun, order, at, photograph(later(nine, hours=1)), photograph())
    entry = Entry.objects.get(order=order, action="share.visited")
    # Which of the photographs says when it was taken stands in the book.
    assert entry.payload["taken"] == [later(nine, hours=1).astimezone(UTC).isoformat().replace("+00:00", "Z"), None]
    share.refresh_from_db()
    assert share.arrived_at == at
    zhoucun.do("clerk@town", "share.replied", order.pk, at, **REPLY)
    assert list(verify()) == []


def test_b12_called_a_key_complaint_after_the_reply_the_place_is_seen_before_the_audit(
    zhoucun: Cast, nine: datetime
) -> None:
    order, _ = out(zhoucun, nine)
    at = later(nine, hours=2)
    contact(zhoucun, "clerk@town", order, at)
    zhoucun.do("clerk@town", "share.replied", order.pk, at, **REPLY)
    zhoucun.do("hotline_deputy@town", "share.unit_audited", order.pk, at, approved=True)
    labelled(zhoucun, order, "key", at)
    assert "到现场办理" in refused(zhoucun, "auditor", "share.passed", order, at)[""]
    visit(zhoucun, order, at, photograph(later(nine, hours=1)), photograph())
    zhoucun.do("auditor", "share.passed", order.pk, at)


def test_b12_must_not_bite_where_nobody_called_it_a_key_complaint(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine)
    labelled(zhoucun, order, "important", nine)
    zhoucun.do("clerk@town", "share.replied", order.pk, nine, **REPLY)


@pytest.mark.parametrize(
    ("changes", "files", "beside", "why"),
    [
        ({"people": ["王建国"]}, 1, "people", "至少写 2 位到场人员"),
        ({"people": ["王建国", " 王建国 "]}, 1, "people", "至少写 2 位到场人员"),
        ({}, 0, "files", "请附至少 1 张现场照片"),
        ({}, "pdf", "files", "请附至少 1 张现场照片"),
        ({}, "old", "files", "拍摄于派单之前（2026年11月17日"),
        ({"visited_at": "2026-11-17T09:00+08:00"}, 1, "visited_at", "不能早于派单"),
        ({"visited_at": "2026-11-19T09:00+08:00"}, 1, "visited_at", "不能晚于现在"),
    ],
)
def test_b12_nobody_was_there_by_word_alone(
    zhoucun: Cast, nine: datetime, changes: dict[str, Any], files: Any, beside: str, why: str
) -> None:
    order, _ = out(zhoucun, nine)
    labelled(zhoucun, order, "key", nine)
    pdf = Upload("说明.pdf", b"%PDF-1.7\n%%EOF")
    sent = {0: (), 1: (photograph(),), "pdf": (pdf,), "old": (photograph(later(nine, days=-1)),)}[files]
    before = Entry.objects.count()
    with pytest.raises(Refused) as caught:
        visit(zhoucun, order, later(nine, hours=1), *sent, **changes)
    assert why in caught.value.problems[beside]
    assert Entry.objects.count() == before
    # A leader may open it, and that stays on record; the duty itself cannot be ticked off.
    assert "自动办结" in refused(zhoucun, "clerk@town", "task.done", order, nine, task=task(order, "visit").pk)[""]


def test_b12_what_a_visit_must_prove_is_the_packs(zhoucun: Cast, nine: datetime, books: Shelf) -> None:
    books.adopt(zhoucun, lambda book: book["visit"].update(people=1, photographs=2), "zhoucun-2019")
    order, _ = out(zhoucun, nine)
    at = later(nine, hours=1)
    with pytest.raises(Refused) as caught:
        visit(zhoucun, order, at, photograph(), people=["王建国"])
    assert "至少 2 张现场照片" in caught.value.problems["files"]
    visit(zhoucun, order, at, photograph(), photograph(at, "PNG"), people=["王建国"])


# --- B14: promised ---------------------------------------------------------------------------------


def promise(cast: Cast, order: Order, at: datetime, **changes: Any) -> Proceeding:
    plan: dict[str, Any] = {
        "numbers": [order.number],
        "title": "老旧小区供热管网改造",
        "text": "管网老化，需纳入年度改造计划后才能彻底解决。",
        "plan": "列入明年改造计划，先行更换阀门。",
    }
    made = cast.do("clerk@town", "promise.opened", None, at, **plan | changes).order
    return Proceeding.objects.get(pk=made)


STEP = {"step": "更换本单元阀门", "finish_by": "2026-12-01T18:00+08:00"}
PROMISED = {"promised": "2027-05-31T18:00+08:00", "told": "已告知方案和承诺时间，诉求人表示理解。"}


def kept(cast: Cast, order: Order, at: datetime) -> Proceeding:
    """A promise to which the centre has agreed."""
    root = promise(cast, order, at)
    person = cast.staff["clerk@town"].pk
    cast.do("clerk@town", "promise.stepped", root.pk, at, people=[person], **STEP)
    contact(cast, "clerk@town", order, at)
    cast.do("clerk@town", "promise.submitted", root.pk, at, **PROMISED)
    cast.do("supervisor", "promise.approved", root.pk, later(at, hours=1))
    return Proceeding.objects.get(pk=root.pk)


def test_b14_a_promise_has_a_plan_steps_and_a_day_and_puts_the_order_off_to_it(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine)
    root = kept(zhoucun, order, nine)
    day = shanghai("2027-05-31 18:00")
    assert (root.state, root.unit_id, root.due_at) == ("kept", zhoucun.units["town"].pk, day)
    assert fresh(order).state == "suspended"
    for kind in ("handle", "total"):
        clock = Clock.objects.get(order=order, kind=kind)
        assert (clock.due, clock.cause) == (day, "given")
    assert task(order, "promise").due == day
    step = task(order, "milestone")
    assert (step.due, step.holder_id) == (shanghai("2026-12-01 18:00"), zhoucun.staff["clerk@town"].pk)
    # A step that is missed is the supervisor's; nothing else moves the day that was promised.
    lapse(zhoucun, order, "milestone")
    assert task(order, "milestone_late").post_role == "supervisor"
    zhoucun.do("dispatcher", "order.corrected", order.pk, shanghai("2026-12-02 10:00"), cls="complaint")
    assert Clock.objects.get(order=order, kind="handle").due == day
    # Answered and passed, the promise is kept.
    at = shanghai("2027-05-20 10:00")
    cast_reply = REPLY | {"result": "改造完成，室温达标。"}
    zhoucun.do("clerk@town", "share.replied", order.pk, at, **cast_reply)
    zhoucun.do("hotline_deputy@town", "share.unit_audited", order.pk, at, approved=True)
    assert task(order, "promise").outcome == "done"
    zhoucun.do("clerk@town", "promise.fulfilled", root.pk, at, result="改造完成。")
    root.refresh_from_db()
    assert root.state == "fulfilled"
    assert list(verify()) == []


def test_b14_dropping_a_promise_is_no_way_to_keep_its_day(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine)
    was = dict(Clock.objects.filter(order=order, kind__in=("handle", "total")).values_list("kind", "due"))
    root = kept(zhoucun, order, nine)
    at = later(nine, hours=5)
    zhoucun.do("supervisor", "promise.dropped", root.pk, at, reason="条件已经具备，应当立即办理。")
    assert fresh(order).state == "dispatched"
    assert dict(Clock.objects.filter(order=order, kind__in=("handle", "total")).values_list("kind", "due")) == was
    assert {task(order, "promise").outcome, task(order, "milestone").outcome} == {"cancelled"}
    assert not Clock.objects.filter(order=order, task__isnull=False, ended_at=None).exists()
    # Dropped when the rules' own time is long over, it counts from then: nobody is late before he could know.
    late, _ = out(zhoucun, nine)
    root = kept(zhoucun, late, nine)
    at = shanghai("2027-01-20 10:00")
    zhoucun.do("leader", "promise.dropped", root.pk, at, reason="条件已经具备，应当立即办理。")
    clock = Clock.objects.get(order=late, kind="handle")
    assert (clock.due, clock.counted_from) == (shanghai("2027-01-26 00:00"), at)
    assert list(verify()) == []


def test_b14_what_has_gone_on_since_is_left_as_it_is_when_a_promise_is_dropped(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine)
    root = kept(zhoucun, order, nine)
    passed(zhoucun, order, later(nine, hours=2))
    zhoucun.do("supervisor", "promise.dropped", root.pk, later(nine, hours=5), reason="已经办结，不再承诺。")
    assert fresh(order).state == "closed"


def test_b14_a_promise_without_steps_or_of_which_the_caller_was_not_told_is_none(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine)
    contact(zhoucun, "clerk@town", order, nine)
    at = later(nine, hours=1)
    root = promise(zhoucun, order, at)
    say = lambda who, verb, **said: zhoucun.do(who, verb, root.pk, at, **said)  # noqa: E731
    with pytest.raises(Refused, match="至少写一个步骤"):
        say("clerk@town", "promise.submitted", **PROMISED)
    with pytest.raises(Refused) as caught:
        say("clerk@town", "promise.stepped", people=[zhoucun.staff["clerk@bureau"].pk], **STEP)
    assert "本单位在岗" in caught.value.problems["people"]
    say("clerk@town", "promise.stepped", people=[zhoucun.staff["clerk@town"].pk], **STEP)
    with pytest.raises(Refused) as caught:  # the call of before says nothing of the promise
        say("clerk@town", "promise.submitted", **PROMISED)
    assert "请先联系诉求人" in caught.value.problems["told"]
    contact(zhoucun, "clerk@town", order, at, reached=False)
    with pytest.raises(Refused) as caught:
        say("clerk@town", "promise.submitted", **PROMISED)
    assert "请先联系诉求人" in caught.value.problems["told"]
    contact(zhoucun, "clerk@town", order, at)
    with pytest.raises(Refused) as caught:
        say("clerk@town", "promise.submitted", **PROMISED | {"promised": "2026-11-20T18:00+08:00"})
    assert "不能早于最后一个步骤" in caught.value.problems["promised"]
    say("clerk@town", "promise.submitted", **PROMISED)
    with pytest.raises(Refused, match="您的岗位不能"):  # not by the unit itself
        say("hotline_deputy@town", "promise.approved")
    other, _ = out(zhoucun, at, "bureau")
    for numbers, why in (([other.number], "没有这个工单号"), ([order.number], "已有承诺件")):
        with pytest.raises(Refused) as caught:
            promise(zhoucun, order, at, numbers=numbers)
        assert why in caught.value.problems["numbers"]


def test_b14_what_passes_the_upper_platforms_limit_needs_its_word(zhoucun: Cast, nine: datetime) -> None:
    upper = {"upstream_number": "ZB2026-1", "upstream_due": "2026-12-31T00:00+08:00"}
    order, _ = out(zhoucun, nine, **upper)
    root = promise(zhoucun, order, nine)
    zhoucun.do("clerk@town", "promise.stepped", root.pk, nine, people=[zhoucun.staff["clerk@town"].pk], **STEP)
    contact(zhoucun, "clerk@town", order, nine)
    zhoucun.do("clerk@town", "promise.submitted", root.pk, nine, **PROMISED)
    with pytest.raises(Refused) as caught:
        zhoucun.do("supervisor", "promise.approved", root.pk, nine)
    assert "超过上级平台时限" in caught.value.problems[""]
    # Ticking that it agreed is not its word: that stands in the file of what was raised.
    with pytest.raises(Refused, match="请先上报上级平台"):
        zhoucun.do("supervisor", "promise.approved", root.pk, nine, upstream_agreed=True)
    said = {"numbers": [order.number], "level": "promise"}
    raised = zhoucun.do("dispatcher", "raised_petition.opened", None, nine, **said).order
    zhoucun.do("dispatcher", "raised_petition.raised", raised, nine, raised_at=nine)
    zhoucun.do("dispatcher", "raised_petition.granted", raised, nine, answer="同意。", answered_at=nine)
    zhoucun.do("supervisor", "promise.approved", root.pk, nine)
    assert Clock.objects.get(order=order, kind="handle").due == shanghai("2027-05-31 18:00")


def submitted(cast: Cast, root: Proceeding, order: Order, at: datetime, promised: str, **changes: Any) -> None:
    """A step, the caller told of it, and that day asked for."""
    step = STEP | {"people": [cast.staff["clerk@town"].pk]} | changes
    cast.do("clerk@town", "promise.stepped", root.pk, at, **step)
    contact(cast, "clerk@town", order, at)
    cast.do("clerk@town", "promise.submitted", root.pk, at, **PROMISED | {"promised": promised})


def raise_upstairs(cast: Cast, order: Order, at: datetime) -> None:
    said = {"numbers": [order.number], "level": "promise"}
    file = cast.do("dispatcher", "raised_petition.opened", None, at, **said).order
    cast.do("dispatcher", "raised_petition.raised", file, at, raised_at=at)
    cast.do("dispatcher", "raised_petition.granted", file, at, answer="同意。", answered_at=at)


def test_b14_the_upper_platforms_word_for_one_day_is_none_for_another(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine, upstream_number="ZB2026-2", upstream_due="2026-12-31T00:00+08:00")
    root = promise(zhoucun, order, nine)
    submitted(zhoucun, root, order, nine, "2027-01-31T18:00+08:00")
    raise_upstairs(zhoucun, order, later(nine, hours=1))
    zhoucun.do("supervisor", "promise.refused", root.pk, later(nine, hours=2), reason="方案还不够具体。")
    submitted(zhoucun, root, order, later(nine, hours=3), "2028-01-31T18:00+08:00")
    at = later(nine, hours=4)
    with pytest.raises(Refused, match="请先上报上级平台，待其同意"):
        zhoucun.do("supervisor", "promise.approved", root.pk, at)
    # Nor is it let go by waiting until its limit is over.
    with pytest.raises(Refused, match="请先上报上级平台，待其同意"):
        zhoucun.do("supervisor", "promise.approved", root.pk, shanghai("2027-01-02 09:00"))
    raise_upstairs(zhoucun, order, at)
    # Which day that platform was asked for stands in each file.
    files = Entry.objects.filter(action="raised_petition.opened").order_by("at")
    days = [datetime.fromisoformat(file.payload["promised"]) for file in files]
    assert days == [shanghai("2027-01-31 18:00"), shanghai("2028-01-31 18:00")]
    zhoucun.do("supervisor", "promise.approved", root.pk, later(nine, hours=5))
    assert Clock.objects.get(order=order, kind="handle").due == shanghai("2028-01-31 18:00")


def test_b14_the_caller_is_told_of_the_steps_as_they_stand(zhoucun: Cast, nine: datetime) -> None:
    """A call of before the last of them, or of before the centre refused, says nothing of the promise."""
    order, _ = out(zhoucun, nine)
    root, person = promise(zhoucun, order, nine), [zhoucun.staff["clerk@town"].pk]
    contact(zhoucun, "clerk@town", order, nine)
    for hours in (1, 4):
        at = later(nine, hours=hours)
        zhoucun.do("clerk@town", "promise.stepped", root.pk, at, people=person, **STEP)
        with pytest.raises(Refused) as caught:
            zhoucun.do("clerk@town", "promise.submitted", root.pk, at, **PROMISED)
        assert "请先联系诉求人" in caught.value.problems["told"]
        contact(zhoucun, "clerk@town", order, later(at, hours=1))
        zhoucun.do("clerk@town", "promise.submitted", root.pk, later(at, hours=1), **PROMISED)
        zhoucun.do("supervisor", "promise.refused", root.pk, later(at, hours=2), reason="方案还不够具体。")
    with pytest.raises(Refused, match="至少写一个步骤"):
        zhoucun.do("clerk@town", "promise.submitted", root.pk, later(nine, hours=7), **PROMISED)


def test_b14_steps_are_laid_down_anew_where_one_was_wrong_or_its_person_has_left(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine)
    root, gone = promise(zhoucun, order, nine), zhoucun.staff["principal@town"]
    with pytest.raises(Refused, match="还没有确定步骤"):
        zhoucun.do("clerk@town", "promise.replanned", root.pk, nine)
    # A year that was mistyped binds the day that is promised, until the steps are laid down anew.
    wrong = {"finish_by": "2036-12-01T18:00+08:00"}
    with pytest.raises(Refused) as caught:
        submitted(zhoucun, root, order, nine, PROMISED["promised"], **wrong)
    assert "不能早于最后一个步骤" in caught.value.problems["promised"]
    at = later(nine, hours=1)
    zhoucun.do("clerk@town", "promise.replanned", root.pk, at, note="年份写错了。")
    submitted(zhoucun, root, order, at, PROMISED["promised"], people=[gone.pk])
    gone.is_active = False
    gone.save()
    with pytest.raises(Refused, match=f"步骤的责任人{gone.name}已不在本单位，请选“不同意”"):
        zhoucun.do("supervisor", "promise.approved", root.pk, at)
    zhoucun.do("supervisor", "promise.refused", root.pk, at, reason="责任人已调离。")
    at = later(nine, hours=2)
    zhoucun.do("clerk@town", "promise.stepped", root.pk, at, people=[zhoucun.staff["clerk@town"].pk], **STEP)
    contact(zhoucun, "clerk@town", order, at)
    zhoucun.do("clerk@town", "promise.submitted", root.pk, at, **PROMISED)
    zhoucun.do("supervisor", "promise.approved", root.pk, at)
    milestones = Task.objects.filter(order=order, kind="milestone")
    assert [(each.due, each.holder) for each in milestones] == [
        (shanghai("2026-12-01 18:00"), zhoucun.staff["clerk@town"])
    ]
    assert list(verify()) == []


def test_b14_of_two_promises_in_one_batch_the_second_is_refused(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine)
    said = {"numbers": [order.number], "title": "管网改造", "text": "须纳入年度改造计划。", "plan": "先换阀门。"}
    acts = [Act("promise.opened", zhoucun.actor("clerk@town"), nine, said) for _ in range(2)]
    done, refused = record_many(acts, collect=True)
    assert isinstance(done, Recorded)
    assert isinstance(refused, Refused)
    assert "已有承诺件" in refused.problems["numbers"]
    assert Proceeding.objects.count() == 1


# --- B15: explained --------------------------------------------------------------------------------

EXPLAINED = REPLY | {
    "solve_code": "explained",
    "explained_by": "law",
    "basis": "《物业管理条例》第七条",
    "face": "11月18日上午在社区会议室当面解释，诉求人和物业经理到场。",
}


def test_b15_an_answer_that_only_explains_names_its_basis_and_was_said_face_to_face(
    zhoucun: Cast, nine: datetime
) -> None:
    order, _ = out(zhoucun, nine)
    for changes, beside in (
        ({"explained_by": ""}, "explained_by"),
        ({"basis": ""}, "basis"),
        ({"face": "电话说了"}, "face"),
        ({"solve_code": "solved"}, "explained_by"),
    ):
        assert beside in refused(zhoucun, "clerk@town", "share.replied", order, nine, **EXPLAINED | changes)
    at = later(passed(zhoucun, order, nine, **EXPLAINED, ends="explained"), minutes=5)
    assert (fresh(order).explained, fresh(order).result_code) == ("law", "explained")
    # What the law forbids is on no list: nobody takes it up again.
    other, _ = out(zhoucun, nine)
    passed(zhoucun, other, nine)  # it must not bite where it is solved
    assert fresh(other).explained == ""
    # Taken up again and answered on the line: nobody explained that.
    zhoucun.do("supervisor", "order.reopened", order.pk, at, reason=REASON)
    assert fresh(order).explained == ""
    zhoucun.do("agent", "order.answered", order.pk, at, told="已在线答复诉求人。")
    assert fresh(order).explained == ""
    assert list(verify()) == []


def test_b15_nothing_ends_as_explained_that_no_unit_explained(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine)
    repeat = zhoucun.register(nine)
    zhoucun.do("dispatcher", "order.merged", repeat.pk, nine, number=order.number)
    contact(zhoucun, "principal@town", order, nine)
    with pytest.raises(Refused) as caught:
        passed(zhoucun, order, nine, **REPLY | {"solve_code": "partly"}, ends="explained")
    assert "没有写明解释依据" in caught.value.problems["result"]
    at, told = later(nine, minutes=20), "已告知诉求人办理结果。"
    zhoucun.do("callback", "order.closed", order.pk, at, result="unsolved", told=told)
    # A repeat ends as its main order did, and no other way round.
    problems = refused(zhoucun, "callback", "order.closed", repeat, at, result="explained", told=told)
    assert "没有写明解释依据" in problems["result"]
    zhoucun.do("callback", "order.closed", repeat.pk, at, result="unsolved", told=told)


def test_b15_only_who_leads_explains_and_nobody_else_takes_it_back(zhoucun: Cast, nine: datetime) -> None:
    order = zhoucun.register(nine)
    duals = [{"unit": zhoucun.units[unit].pk, "role": "dual"} for unit in ("town", "bureau")]
    helps = {"unit": zhoucun.units["heat"].pk, "role": "assist"}
    zhoucun.dispatch(order, nine, shares=[*duals, helps])
    policy = EXPLAINED | {"explained_by": "no_policy"}
    for unit, reply in (("town", policy), ("bureau", REPLY)):
        zhoucun.do(f"clerk@{unit}", "share.signed", order.pk, nine)
        zhoucun.do(f"clerk@{unit}", "share.replied", order.pk, nine, **reply)
        zhoucun.do(f"hotline_deputy@{unit}", "share.unit_audited", order.pk, nine, approved=True)
    # What is not audited has explained nothing yet.
    assert fresh(order).explained == ""
    for share in Share.objects.filter(order=order, role="dual").order_by("pk"):
        zhoucun.do("auditor", "share.passed", order.pk, nine, share=share.pk)
        assert fresh(order).explained == "no_policy"
    # The caller takes it back: then it waits for no policy.
    zhoucun.do("agent", "order.withdrawn", order.pk, nine, reason=REASON, told="已告知诉求人撤单。")
    assert fresh(order).explained == ""
    assert list(verify()) == []


def test_b15_what_was_sent_back_has_explained_nothing(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine)
    zhoucun.do("clerk@town", "share.replied", order.pk, nine, **EXPLAINED)
    zhoucun.do("hotline_deputy@town", "share.unit_audited", order.pk, nine, approved=True)
    zhoucun.do("auditor", "share.sent_back", order.pk, nine, defect="not_done", reason=REASON)
    passed(zhoucun, order, nine)
    assert fresh(order).explained == ""


def test_b15_must_not_bite_under_a_rule_book_that_does_not_ask(cast: Cast, nine: datetime) -> None:
    order, _ = out(cast, nine, "bureau")
    cast.do("clerk@bureau", "share.replied", order.pk, nine, **REPLY | {"solve_code": "explained"})


# --- B14: looked at every month ----------------------------------------------------------------------


def test_b14_what_is_promised_is_reviewed_every_month(zhoucun: Cast) -> None:
    at = shanghai("2026-11-03 09:00")
    order, _ = out(zhoucun, at)
    rounds.run(shanghai("2026-11-03 10:00"))
    owed = Task.objects.filter(kind="duty", rule="B14.monthly")
    assert not owed.exists()  # nothing is promised yet
    root = kept(zhoucun, order, at)
    rounds.run(shanghai("2026-11-04 10:00"))
    assert [task.unit_id for task in owed] == [zhoucun.units["town"].pk]
    # Another unit's word does not do, nor another step of the same promise.
    day = shanghai("2026-11-20 10:00")
    with pytest.raises(Refused, match="没有这件专办事项"):
        zhoucun.do("clerk@bureau", "promise.reviewed", root.pk, day, progress="尚在推进。")
    rounds.run(later(day, hours=1))
    assert owed.get().done_at is None
    zhoucun.do("clerk@town", "promise.reviewed", root.pk, day, progress="管网改造已列入计划。")
    rounds.run(timezone.now())
    assert owed.get().outcome == "done"


def test_b14_each_promise_is_reviewed_every_month(zhoucun: Cast) -> None:
    """One of them looked at twice is not the other; one that was kept or dropped meanwhile needs no review."""
    at = shanghai("2026-11-03 09:00")
    first, second, third = (kept(zhoucun, out(zhoucun, at)[0], at) for _ in range(3))
    rounds.run(day := shanghai("2026-11-20 10:00"))
    owed = Task.objects.filter(kind="duty", rule="B14.monthly")
    for n, progress in enumerate(("已立项。", "已招标。")):
        zhoucun.do("clerk@town", "promise.reviewed", first.pk, later(day, minutes=n), progress=progress)
    rounds.run(later(day, hours=1))
    assert owed.get().outcome == ""
    zhoucun.do("supervisor", "promise.dropped", third.pk, later(day, hours=2), reason="诉求人已撤回。")
    rounds.run(later(day, hours=3))
    assert owed.get().outcome == ""
    zhoucun.do("principal@town", "promise.reviewed", second.pk, later(day, hours=4), progress="已进场。")
    rounds.run(timezone.now())
    assert owed.get().outcome == "done"
    settled = Entry.objects.filter(action="duty.settled", payload__task=owed.get().pk).get()
    assert settled.payload["evidence"] == [first.number, second.number]


@pytest.mark.parametrize("dropped", [True, False])
def test_b14_a_promise_of_next_month_is_none_of_this(zhoucun: Cast, dropped: bool) -> None:
    at, end = shanghai("2026-10-05 09:00"), shanghai("2026-11-03 09:00")
    root = kept(zhoucun, out(zhoucun, at)[0], at)
    rounds.run(later(at, hours=2))
    if dropped:
        zhoucun.do("supervisor", "promise.dropped", root.pk, later(at, days=3), reason="诉求人已撤回。")
    kept(zhoucun, out(zhoucun, end)[0], end)
    rounds.run(shanghai("2026-11-10 09:00"))
    assert Task.objects.get(rule="B14.monthly", period="2026-10").outcome == ("exempt" if dropped else "unmet")
    assert Task.objects.get(rule="B14.monthly", period="2026-11").outcome == ""
