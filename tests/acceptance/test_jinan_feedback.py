"""What the caller is told, and when: interim replies, results on the same day, repeats within one handling period
(Jinan's C10, C39, C41, C43, C45, C46), where each bites, where it must not, and where somebody gets round it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.acceptance.zhoucun import REASON, REPLY, contact, done, fresh, has, labelled, out, refused, task
from tests.cast import Cast, later, make_cast, shanghai
from tests.desk.web import Site
from tests.rulebooks import Shelf, Tables

from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Entry, Task
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order

pytestmark = pytest.mark.django_db

TOLD = "管线图纸已经调到，明天上午开挖检修，下午三点以前再告知您结果。"
ANEW = "开挖后发现阀门锈死，配件周四到货，到货当日更换，换好即请您查看。"


@pytest.fixture
def jinan(db: None) -> Cast:
    """The cast of a centre that lives under the rule book of Jinan."""
    return make_cast("jinan", "jinan-cg")


def due(order: Order, kind: str) -> datetime:
    return Clock.objects.get(order=order, kind=kind, task__isnull=False).due


def replied(cast: Cast, order: Order, at: datetime) -> None:
    cast.do("clerk@town", "share.replied", order.pk, at, **REPLY)
    cast.do("hotline_deputy@town", "share.unit_audited", order.pk, at, approved=True)


def interim(cast: Cast, order: Order, at: datetime, text: str = TOLD, **more: Any) -> None:
    cast.do("clerk@town", "share.contacted", order.pk, at, text=text, interim=True, **more)


def linked(cast: Cast, order: Order, other: Order, at: datetime) -> None:
    cast.do("agent", "order.linked", order.pk, at, number=other.number)


# --- C10: what cannot be solved at once -------------------------------------------------------------


def come(cast: Cast, order: Order, kind: str = "interim") -> datetime:
    """The duty that was laid for later comes; when."""
    found = task(order, kind)
    assert found.comes_at is not None
    rung = {"tasks": [found.pk]}
    record(Act("task.came", cast.actor("system"), found.comes_at, rung, order=order.pk, recorded_at=found.comes_at))
    return found.comes_at


def test_c10_from_four_fifths_of_the_limit_the_unit_owes_an_interim_reply(jinan: Cast, nine: datetime) -> None:
    order, share = out(jinan, nine)
    handle = Clock.objects.get(order=order, kind="handle")
    assert (f"{handle.start:%m-%d}", handle.due) == ("11-18", shanghai("2026-11-26 00:00")), "five working days"
    waiting = task(order, "interim")
    assert (waiting.comes_at, waiting.holder_id, waiting.due) == (shanghai("2026-11-25 00:00"), None, None)
    assert not Clock.objects.filter(order=order, kind="interim").exists(), "nothing of it is due yet"
    came = come(jinan, order)
    owed = task(order, "interim")
    assert (owed.share_id, owed.unit_id, owed.post_role) == (share.pk, jinan.units["town"].pk, "clerk")
    assert (owed.holder_id, owed.made_at, owed.due) == (jinan.staff["clerk@town"].pk, came, handle.due)
    assert owed.vacant == "", "it is the clerk's own, not another's whose post is vacant"
    interim(jinan, order, later(came, minutes=5))
    assert task(order, "interim").outcome == "done"
    assert list(verify()) == []


def test_c10_until_then_it_is_in_no_list_and_nobody_has_it(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    site = Site(jinan)

    def seen() -> list[bool]:
        """In the unit's list and its count, on the homes of clerk and principal, among what is to do on its page."""
        queue, home, led, page = (
            site.get(who, path).content.decode()
            for who, path in (
                ("clerk@town", "/?queue=duties"),
                ("clerk@town", "/"),
                ("principal@town", "/"),
                ("clerk@town", f"/orders/{order.number}/"),
            )
        )
        listed = "阶段性答复</span></td>" in queue
        counted = "待办事项<b>1</b>" in home
        return [listed, counted, "　阶段性答复</p>" in home, "　阶段性答复：" in led, "<p><b>阶段性答复</b>" in page]

    assert seen() == [False] * 5
    waiting = task(order, "interim")
    said = refused(
        jinan, "clerk@town", "task.handed_on", order, nine, task=waiting.pk, to=jinan.staff["clerk@town:b"].pk
    )
    assert "已经办结，或不是本工单的" in said[""]
    assert refused(jinan, "leader", "task.waived", order, nine, task=waiting.pk, reason=REASON)
    early = Act("task.came", jinan.actor("system"), nine, {"tasks": [waiting.pk]}, order=order.pk, recorded_at=nine)
    with pytest.raises(Refused):
        record(early)
    come(jinan, order)
    assert seen() == [True] * 5


def test_c10_a_unit_that_has_not_signed_for_it_owes_it_too(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    jinan.dispatch(order, nine, "town")
    assert task(order, "interim").comes_at == shanghai("2026-11-25 00:00")
    come(jinan, order)
    assert task(order, "interim").holder_id == jinan.staff["clerk@town"].pk


def test_c10_where_the_limit_was_extended_it_comes_later(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    at = later(nine, days=1)
    jinan.do("clerk@town", "extension.filed", order.pk, at, workdays=5, reason="等待配件到货，配件下周到。")
    jinan.do("leader", "extension.decided", order.pk, at, of_unit=jinan.units["town"].pk, approved=True, workdays=5)
    handle = Clock.objects.get(order=order, kind="handle")
    assert handle.extended == 5
    come(jinan, order)
    assert task(order, "interim").comes_at == shanghai("2026-12-01 00:00"), "four fifths of ten working days"
    assert task(order, "interim").holder_id is None
    come(jinan, order)
    assert (task(order, "interim").comes_at, task(order, "interim").due) == (None, handle.due)
    assert list(verify()) == []


def test_c10_must_not_bite_where_it_was_replied_before(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    replied(jinan, order, later(nine, hours=2))
    found = task(order, "interim")
    assert (found.outcome, found.holder_id, Clock.objects.filter(task=found).exists()) == ("done", None, False)


def test_c10_an_interim_reply_before_four_fifths_counts(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    interim(jinan, order, later(nine, hours=1))
    assert task(order, "interim").outcome == "done"


@pytest.mark.parametrize(
    "text",
    [
        "正在处理中",
        "您好，您反映的问题我们已收到，正在办理中，请您耐心等待，谢谢！",
        "正在处理中。。。。。。。。。。。。",
        "已收到，处理中，尽快。",
    ],
)
def test_c10_an_empty_phrase_is_refused(jinan: Cast, nine: datetime, text: str) -> None:
    order, _ = out(jinan, nine)
    said = refused(jinan, "clerk@town", "share.contacted", order, nine, text=text, interim=True)
    assert "至少 10 个字" in said["text"]
    assert "正在处理中" in said["text"]
    # A contact that does not pretend to be a reply may be short.
    contact(jinan, "clerk@town", order, nine)
    assert task(order, "interim").done_at is None


#: What says nothing, once more as the pack has it.
HOLLOW = (
    *("正在处理中", "正在办理中", "处理中", "办理中", "正在处理", "正在办理", "已收到", "收悉", "已受理", "已转办"),
    *(
        "已知晓",
        "请耐心等待",
        "请您耐心等待",
        "感谢您的理解",
        "感谢您的来电",
        "感谢理解",
        "谢谢",
        "尽快处理",
        "尽快办理",
    ),
    *("尽快答复", "您好", "您反映的问题", "我们", "我单位", "将", "会"),
)


def test_c10_each_empty_phrase_counts_for_nothing(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    nine_signs = "明早九点开挖换阀门"
    for phrase in HOLLOW:
        text = f"{phrase}{nine_signs}"
        assert len(text) >= 10
        said = refused(jinan, "clerk@town", "share.contacted", order, nine, text=text, interim=True)
        assert "至少 10 个字" in said["text"], phrase
    interim(jinan, order, nine, f"{nine_signs}了")


def test_c10_the_same_text_with_other_punctuation_is_refused(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    interim(jinan, order, nine)
    again = TOLD.replace("，", " ， ").replace("。", "！！") + "谢谢。"
    said = refused(jinan, "clerk@town", "share.contacted", order, later(nine, days=1), text=again, interim=True)
    assert "几乎相同" in said["text"]
    assert f"{nine:%m-%d}" in said["text"]
    interim(jinan, order, later(nine, days=1), ANEW)


def test_c10_an_interim_reply_that_nobody_heard_is_none(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    said = refused(jinan, "clerk@town", "share.contacted", order, nine, text=TOLD, interim=True, reached=False)
    assert "没有联系上" in said["interim"]
    jinan.do("clerk@town", "share.contacted", order.pk, nine, text=TOLD)
    assert task(order, "interim").done_at is None


def test_c10_what_is_empty_how_long_and_how_new_it_must_be_is_the_packs(
    jinan: Cast, nine: datetime, books: Shelf
) -> None:
    def change(**changes: Any) -> Any:
        def changed(book: Tables) -> None:
            book["interim"] = book["interim"] | changes

        return changed

    books.adopt(jinan, change(hollow=[TOLD]), "jinan-cg")
    order, _ = out(jinan, nine)
    assert "text" in refused(jinan, "clerk@town", "share.contacted", order, nine, text=TOLD, interim=True)
    books.adopt(jinan, change(least=500), "jinan-cg")
    order, _ = out(jinan, nine)
    assert "500" in refused(jinan, "clerk@town", "share.contacted", order, nine, text=TOLD, interim=True)["text"]
    books.adopt(jinan, change(alike="100%"), "jinan-cg")
    order, _ = out(jinan, nine)
    interim(jinan, order, nine)
    interim(jinan, order, nine, TOLD + "谢谢。")


# --- C39: a repeat within the handling period ---------------------------------------------------------


def test_c39_a_repeat_within_the_period_urges_the_unit(jinan: Cast, nine: datetime) -> None:
    order, share = out(jinan, nine)
    again = jinan.register(later(nine, days=1))
    linked(jinan, again, order, later(nine, days=1))
    urge = task(order, "repeat_urge")
    assert (urge.share_id, urge.unit_id, urge.post_role) == (share.pk, jinan.units["town"].pk, "clerk")
    done(jinan, "clerk@town", urge, later(nine, days=1, hours=1), "已派人到现场，今天内修好。")
    # One that comes after that is another reason to press.
    third = jinan.register(later(nine, days=2))
    linked(jinan, third, order, later(nine, days=2))
    assert Task.objects.filter(order=order, kind="repeat_urge").count() == 2
    assert fresh(order).matter_periods == 1
    assert list(verify()) == []


def test_c39_must_not_bite_after_the_period_nor_where_the_unit_is_done(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    late = later(Clock.objects.get(order=order, kind="handle").due, hours=10)
    again = jinan.register(late)
    linked(jinan, again, order, late)
    assert not has(order, "repeat_urge")
    other, _ = out(jinan, nine)
    replied(jinan, other, later(nine, hours=1))
    jinan.do("auditor", "share.passed", other.pk, later(nine, hours=2))
    more = jinan.register(later(nine, hours=3))
    linked(jinan, more, other, later(nine, hours=3))
    assert not has(other, "repeat_urge")


def test_c39_linked_late_it_is_still_a_repeat_of_that_period(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    again = jinan.register(later(nine, days=1))
    linked(jinan, again, order, later(Clock.objects.get(order=order, kind="handle").due, hours=10))
    assert has(order, "repeat_urge")


# --- C43: difficult points ----------------------------------------------------------------------------


def ended(cast: Cast, order: Order, at: datetime) -> None:
    replied(cast, order, at)
    cast.do("auditor", "share.passed", order.pk, at)


def test_c43_raised_in_three_handling_periods_it_is_difficult(jinan: Cast, nine: datetime) -> None:
    first, _ = out(jinan, nine)
    inside = jinan.register(later(nine, days=1))
    linked(jinan, inside, first, later(nine, days=1))
    second_at = later(Clock.objects.get(order=first, kind="handle").due, hours=10)
    second, _ = out(jinan, second_at)
    linked(jinan, second, first, second_at)
    assert {fresh(order).matter_periods for order in (first, inside, second)} == {2}
    assert not has(second, "difficult_urge")
    site = Site(jinan)

    def difficult(order: Order) -> bool:
        return order.number in site.get("supervisor", "/?queue=difficult").content.decode()

    assert not difficult(second), "two are not three"
    third_at = later(Clock.objects.get(order=second, kind="handle").due, hours=10)
    third = jinan.register(third_at)
    linked(jinan, third, second, third_at)
    assert {fresh(order).matter_periods for order in (first, inside, second, third)} == {3}
    assert difficult(second)
    assert difficult(third)
    # Whoever still has one of them is pressed (C39), and so is the unit to which the third goes.
    assert has(second, "difficult_urge")
    jinan.dispatch(third, third_at, "bureau")
    urge = task(third, "difficult_urge")
    assert (urge.unit_id, urge.post_role) == (jinan.units["bureau"].pk, "hotline_deputy")
    assert list(verify()) == []


def test_c43_two_repeats_in_one_period_count_one_and_a_rehandling_begins_a_new_one(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    repeats = [jinan.register(later(nine, hours=hours)) for hours in (1, 2)]
    for repeat in repeats:
        linked(jinan, repeat, order, later(nine, hours=3))
    assert fresh(order).matter_periods == 1
    for number in (2, 3):
        at = later(nine, hours=4 * number)
        ended(jinan, order, at)
        jinan.do("callback", "callback.recorded", order.pk, at, result_grade="dissatisfied")
        jinan.do("callback", "order.rehandled", order.pk, at, reason="诉求人称仍未解决。")
        jinan.do("clerk@town", "share.signed", order.pk, at)
        assert {fresh(one).matter_periods for one in (order, *repeats)} == {number}
    assert has(order, "difficult_urge")
    assert list(verify()) == []


def test_c43_merged_repeats_count_with_the_next_assignment(jinan: Cast, nine: datetime) -> None:
    """Merging them hides none: the first that comes after the period begins another, which ends with the deadline of
    whatever is dispatched next."""
    order, _ = out(jinan, nine)
    at = later(Clock.objects.get(order=order, kind="handle").due, hours=10)
    for hours in (0, 1):
        again = jinan.register(later(at, hours=hours))
        jinan.do("agent", "order.merged", again.pk, later(at, hours=hours), number=order.number)
    assert fresh(order).matter_periods == 2
    other, _ = out(jinan, later(at, hours=2))
    linked(jinan, other, order, later(at, hours=2))
    assert fresh(order).matter_periods == 2
    last_at = later(Clock.objects.get(order=other, kind="handle").due, hours=10)
    last = jinan.register(last_at)
    jinan.do("agent", "order.merged", last.pk, last_at, number=order.number)
    assert fresh(order).matter_periods == 3
    assert has(order, "difficult_urge")
    assert list(verify()) == []


def test_c43_must_not_count_where_no_rule_asks(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine)
    again = zhoucun.register(later(nine, days=60))
    linked(zhoucun, again, order, later(nine, days=60))
    told = Entry.objects.get(order=order, action="matter.told")
    assert fresh(order).matter_periods == 1
    assert not told.payload.get("periods")


# --- C41: the result is told on the same day -----------------------------------------------------------


def test_c41_the_result_is_told_and_the_opinion_recorded_on_the_same_day(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    replied(jinan, order, later(nine, hours=2))
    owed = task(order, "same_day")
    assert (owed.unit_id, owed.post_role) == (jinan.units["centre"].pk, "callback")
    assert due(order, "same_day") == shanghai(f"{later(nine, days=1):%Y-%m-%d} 00:00")
    assert Clock.objects.get(task=owed).warn_at == shanghai(f"{nine:%Y-%m-%d} 22:00")
    jinan.do("auditor", "share.passed", order.pk, later(nine, hours=3))
    assert task(order, "same_day").done_at is None
    said = refused(jinan, "callback", "callback.recorded", order, later(nine, hours=4), reached=True)
    assert "意见" in said["words"]
    jinan.do("callback", "callback.recorded", order.pk, later(nine, hours=4), words="已修好，没有意见。")
    assert task(order, "same_day").outcome == "done"
    assert list(verify()) == []


def test_c41_a_result_that_comes_late_at_night_is_of_that_day(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    night = nine.replace(hour=23, minute=50)
    replied(jinan, order, night)
    assert due(order, "same_day") == later(night, minutes=10)


def test_c41_must_not_bite_where_the_result_is_sent_back(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    replied(jinan, order, nine)
    jinan.do("auditor", "share.sent_back", order.pk, nine, defect="incomplete", reason="没有写明何时修好。")
    assert task(order, "same_day").done_at is not None
    replied(jinan, order, later(nine, hours=2))
    assert Task.objects.filter(order=order, kind="same_day", done_at=None).count() == 1


def test_c41_whether_an_opinion_is_asked_is_the_packs(jinan: Cast, nine: datetime, books: Shelf) -> None:
    books.adopt(jinan, lambda book: book["callback"].update(opinion=False), "jinan-cg")
    order, _ = out(jinan, nine)
    ended(jinan, order, nine)
    jinan.do("callback", "callback.recorded", order.pk, nine)


# --- C45, C46: settled on the spot; complex ---------------------------------------------------------------


def test_c45_settled_on_the_spot_it_is_reported_and_told_on_the_same_day(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    labelled(jinan, order, "on_spot", later(nine, minutes=30))
    assert due(order, "on_spot") == shanghai(f"{later(nine, days=1):%Y-%m-%d} 00:00")
    at = later(nine, hours=1)
    assert "当场向诉求人反馈" in refused(jinan, "clerk@town", "share.replied", order, at, **REPLY)[""]
    told = task(order, "on_spot_told")
    said = {"task": told.pk, "elements": ["。"], "outcome": "told"}
    refused(jinan, "clerk@town", "task.done", order, at, **said)
    said["elements"] = ["10时在3号楼下当面告知，诉求人无意见。"]
    jinan.do("clerk@town", "task.done", order.pk, at, **said)
    replied(jinan, order, at)
    assert task(order, "on_spot").outcome == "done"
    assert list(verify()) == []


def test_c45_c46_must_not_bite_where_nobody_judged_it_so(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    assert not any(has(order, kind) for kind in ("on_spot", "on_spot_told", "complex"))
    replied(jinan, order, nine)


def test_c46_a_complex_one_is_reported_within_three_calendar_days(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    labelled(jinan, order, "complex", nine)
    assert due(order, "complex") == shanghai(f"{later(nine, days=4):%Y-%m-%d} 00:00")
    at = later(nine, days=2)
    assert "text" in refused(jinan, "clerk@town", "share.progressed", order, at, text="正在处理中，请耐心等待。")
    # That somebody arrived is no account of how it stands.
    jinan.do("clerk@town", "share.progressed", order.pk, at, text="到场", on_site=True)
    assert task(order, "complex").done_at is None
    jinan.do("clerk@town", "share.progressed", order.pk, at, text=TOLD)
    assert task(order, "complex").outcome == "done"
    assert list(verify()) == []


def test_c46_where_it_is_not_complex_a_progress_may_be_short(jinan: Cast, nine: datetime) -> None:
    order, _ = out(jinan, nine)
    jinan.do("clerk@town", "share.progressed", order.pk, nine, text="正在处理中")
