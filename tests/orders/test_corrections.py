"""A fact is corrected, and the clocks that go by it follow, with the true cause; whoever is at work is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from tests.cast import Cast, later, request, shanghai
from tests.orders.stages import PAYLOADS, REASON, REPLY, TOLD, reach
from tests.rulebooks import Tables, shelf

from lianxin.directory import adopted, ciphers
from lianxin.directory.models import Area, Category, Holiday
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Enclosure, Entry, Notice
from lianxin.ledger.verify import verify
from lianxin.orders import recounting
from lianxin.orders.models import Appeal, Caller, Order, Share


def running(order: Order, kind: str) -> Clock:
    return Clock.objects.get(order=order, kind=kind, ended_at=None)


def live(cast: Cast, who: str, verb: str, order: int | None, at: datetime, **payload: object) -> int:
    """One act on the wall clock, which alone sends notices."""
    return record(Act(verb, cast.actor(who), at, payload, order=order)).order


# --- 3: urgency ------------------------------------------------------------------------------
def test_urgency_corrected_after_dispatch_moves_the_running_clocks(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "signed", nine)
    contact, handle = running(order, "contact"), running(order, "handle")
    assert handle.due == shanghai("2026-11-26 00:00")
    base.do("auditor", "order.corrected", order.pk, at, urgency="urgent")
    contact.refresh_from_db()
    handle.refresh_from_db()
    dispatched = Share.objects.get(order=order).dispatched_at
    assert (contact.rule, contact.due, contact.start) == ("S01.urgent", later(dispatched, minutes=60), dispatched)
    assert (handle.rule, handle.due) == ("S02.urgent", shanghai("2026-11-20 00:00"))
    assert {contact.cause, handle.cause} == {"correction"}
    derived = Entry.objects.get(order=order, action="order.corrected").derived
    assert {(line[0], line[5]) for line in derived["move"]} == {(contact.pk, "correction"), (handle.pk, "correction")}
    assert list(verify()) == []


def test_a_limit_that_was_past_before_anybody_knew_counts_from_the_correction(base: Cast, nine: datetime) -> None:
    order, _ = reach(base, "signed", nine)
    at = later(nine, hours=3)
    base.do("auditor", "order.corrected", order.pk, at, urgency="urgent")
    contact = running(order, "contact")
    assert (contact.due, contact.counted_from, contact.breached_at) == (later(at, minutes=60), at, None)
    assert list(verify()) == []


def test_and_back_again_it_is_due_as_it_was(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "signed", nine)
    before = {clock.pk: (clock.rule, clock.due) for clock in Clock.objects.filter(order=order, ended_at=None)}
    base.do("auditor", "order.corrected", order.pk, at, urgency="urgent")
    base.do("auditor", "order.corrected", order.pk, later(at, minutes=1), urgency="normal")
    assert {c.pk: (c.rule, c.due) for c in Clock.objects.filter(order=order, ended_at=None)} == before
    assert list(verify()) == []


def test_what_the_fact_does_not_decide_stays(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "signed", nine)
    before = list(Clock.objects.filter(order=order).order_by("pk").values())
    base.do("auditor", "order.corrected", order.pk, at, cls="complaint", tags=["老人"])
    assert list(Clock.objects.filter(order=order).order_by("pk").values()) == before


def test_the_unit_is_told_of_a_correction(base: Cast) -> None:
    at = later(shanghai("2026-11-18 09:00"))
    pk = live(base, "agent", "order.registered", None, at, **request())
    units = [{"unit": base.units["town"].pk}]
    live(base, "dispatcher", "order.dispatched", pk, at, shares=units, basis="law")
    live(base, "auditor", "order.corrected", pk, at, urgency="urgent")
    live(base, "agent", "order.caller_corrected", pk, at, caller={"phone": "13900002087"}, reason="号码记错一位")
    told = set(Notice.objects.filter(order=pk, staff=base.staff["clerk@town"]).values_list("kind", flat=True))
    assert {"order.corrected", "order.caller_corrected"} <= told


# --- 3: caller, words, limit -----------------------------------------------------------------
def test_a_mistyped_number_is_corrected_and_the_name_stays(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "signed", nine)
    base.do("agent", "order.caller_corrected", order.pk, at, caller={"phone": "13900002087"}, reason="号码记错一位")
    caller = Caller.objects.get(order=order)
    assert ciphers.decrypt(caller.phone) == "13900002087"
    assert ciphers.decrypt(caller.name) == "刘素芬"
    assert bytes(caller.phone_hash or b"").hex() == ciphers.fingerprint("phone", "13900002087")
    assert bytes(caller.last4_hash or b"").hex() == ciphers.fingerprint("last4", "2087")
    entry = Entry.objects.get(order=order, action="order.caller_corrected")
    assert "13900002087" not in str(entry.payload) + str(entry.derived)
    assert list(verify()) == []


def test_a_caller_may_ask_for_confidentiality_later(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "signed", nine)
    base.do("agent", "order.caller_corrected", order.pk, at, confidential=True, reason="来电要求保密")
    with pytest.raises(Refused, match="要求保密"):
        base.do("clerk@town", "caller.unmasked", order.pk, at, reason="联系诉求人核实")
    with pytest.raises(Refused, match="请填写更正后的"):
        base.do("agent", "order.caller_corrected", order.pk, at, confidential=True, reason="来电要求保密")
    assert list(verify()) == []


def test_words_are_corrected_and_what_they_were_stays_in_their_enclosure(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "signed", nine)
    changes = {"title": "柳岸花园 5 号楼暖气不热", "address": "5 号楼 2 单元", "requests": ["检修 5 号楼暖气"]}
    base.do("agent", "order.words_corrected", order.pk, at, **changes, reason="楼号记错了")
    appeal = Appeal.objects.get(order=order)
    assert (appeal.title, appeal.address, appeal.requests) == tuple(changes.values())
    assert appeal.text == request()["text"]
    first = Enclosure.objects.get(entry__order=order, entry__number=1)
    assert first.body["title"] == request()["title"]
    with pytest.raises(Refused, match="共 1 项诉求"):
        base.do("agent", "order.words_corrected", order.pk, at, requests=["一件事", "两件事"], reason="楼号记错了")
    assert list(verify()) == []


def test_the_upper_limit_is_changed_and_binds_running_clocks(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "signed", nine)
    limit = shanghai("2026-11-21 00:00")
    base.do("dispatcher", "order.limit_set", order.pk, at, upstream_due=limit, reason="上级平台改了时限")
    handle, total = running(order, "handle"), running(order, "total")
    assert {(clock.due, clock.cause) for clock in (handle, total)} == {(limit, "upstream")}
    order.refresh_from_db()
    assert (order.upstream_due, order.due_at) == (limit, Clock.objects.get(order=order, kind="contact").due)
    # Taken away, each is due by its own rule again, and says so.
    base.do("dispatcher", "order.limit_set", order.pk, later(at, minutes=1), upstream_due=None, reason="上级平台取消")
    handle.refresh_from_db()
    assert (handle.due, handle.cause) == (shanghai("2026-11-26 00:00"), "rule")
    assert list(verify()) == []


# --- 1: later cycles -------------------------------------------------------------------------
def passed(cast: Cast, order: Order, at: datetime) -> datetime:
    for who, verb in (
        ("clerk@town", "share.signed"),
        ("clerk@town", "share.replied"),
        ("hotline_deputy@town", "share.unit_audited"),
        ("auditor", "share.passed"),
        ("callback", "callback.recorded"),
    ):
        cast.do(who, verb, order.pk, at, **PAYLOADS[verb](cast, order))
        at = later(at, minutes=1)
    return at


@pytest.mark.parametrize("limit", ["2026-11-20 00:00", "2026-11-27 00:00"])
def test_a_limit_of_an_earlier_round_does_not_bind_a_new_clock(base: Cast, nine: datetime, limit: str) -> None:
    """Past by then or not: it was set for the round before."""
    order = base.register(nine, upstream_due=shanghai(limit))
    base.dispatch(order, nine, "town")
    assert running(order, "handle").due <= shanghai(limit)
    passed(base, order, nine)
    at = shanghai("2026-11-23 10:00")
    base.do("callback", "order.rehandled", order.pk, at, reason=REASON)
    handle = running(order, "handle")
    assert (handle.start, handle.due, handle.cause) == (at, shanghai("2026-12-01 00:00"), "rule")
    # A limit that is set for this round binds.
    base.do("dispatcher", "order.limit_set", order.pk, at, upstream_due=shanghai("2026-11-25 00:00"), reason=REASON)
    assert running(order, "handle").due == shanghai("2026-11-25 00:00")
    assert list(verify()) == []


def test_nor_does_it_when_the_order_is_opened_again(base: Cast, nine: datetime) -> None:
    order = base.register(nine, upstream_due=shanghai("2026-11-27 00:00"))
    base.dispatch(order, nine, "town")
    at = passed(base, order, nine)
    base.do("callback", "order.closed", order.pk, at, told=TOLD)
    base.do("supervisor", "order.reopened", order.pk, shanghai("2026-11-24 09:00"), reason=REASON)
    base.dispatch(order, shanghai("2026-11-24 09:01"), "town")
    assert running(order, "handle").due == shanghai("2026-12-02 00:00")


def test_a_limit_past_at_the_start_of_a_clock_does_not_bind_it(base: Cast, nine: datetime) -> None:
    order = base.register(nine, upstream_due=shanghai("2026-11-18 18:00"))
    base.dispatch(order, shanghai("2026-11-19 09:00"), "town")
    handle = running(order, "handle")
    assert (handle.due, handle.cause) == (shanghai("2026-11-27 00:00"), "rule")


@pytest.fixture
def bound(base: Cast, tmp_path: Path) -> Iterator[Cast]:
    """Of the clocks of handling, and one of its own, only those of urgent orders go by the upper platform's limit."""

    def change(book: Tables) -> None:
        for clock in book["clock"]:
            if clock["id"] in ("S01", "S02"):
                clock.pop("end", None)
        book["clock"].append(
            next(c for c in book["clock"] if c["id"] == "S02.urgent") | {"id": "S02.visit", "kind": "own_visit"}
        )

    with shelf(tmp_path) as made:
        made.adopt(base, change)
        yield base


def test_a_corrected_fact_binds_nothing_to_a_limit_that_is_past(bound: Cast, nine: datetime) -> None:
    """Neither the clock that moves nor the one that starts only now: both count from the correction."""
    order = bound.register(nine, upstream_due=shanghai("2026-11-19 18:00"))
    bound.dispatch(order, nine, "town")
    assert running(order, "handle").due == shanghai("2026-11-26 00:00")
    at = shanghai("2026-11-19 20:00")
    bound.do("auditor", "order.corrected", order.pk, at, urgency="urgent")
    for kind in ("handle", "own_visit"):
        clock = running(order, kind)
        assert (clock.due, clock.cause, clock.counted_from) == (shanghai("2026-11-21 00:00"), "correction", at)
    # Nor does the calendar later on; a limit that is still to come binds both.
    Holiday.objects.create(centre=bound.centre, day=date(2026, 11, 20), is_workday=False, name="停工")
    assert {line.new_due for line in recounting.moved(bound.centre.pk)} & {shanghai("2026-11-19 18:00")} == set()
    limit = shanghai("2026-11-20 20:00")
    bound.do("dispatcher", "order.limit_set", order.pk, later(at, hours=1), upstream_due=limit, reason=REASON)
    assert {running(order, kind).due for kind in ("handle", "own_visit")} == {limit}
    assert list(verify()) == []


# --- 2, 7: extensions ------------------------------------------------------------------------
def test_an_extension_beyond_the_upper_limit_needs_the_upper_platforms_consent(base: Cast, nine: datetime) -> None:
    order = base.register(nine, upstream_due=shanghai("2026-11-25 00:00"))
    base.dispatch(order, nine, "town")
    base.do("clerk@town", "share.signed", order.pk, later(nine, minutes=1))
    base.do("clerk@town", "extension.filed", order.pk, later(nine, minutes=2), workdays=3, reason="等待配件到货")
    about = {"of_unit": base.units["town"].pk, "approved": True, "workdays": 3}
    with pytest.raises(Refused) as refused:
        base.do("dispatcher", "extension.decided", order.pk, later(nine, minutes=3), **about)
    assert "超过上级平台时限2026年11月24日24:00" in refused.value.problems["upstream_agreed"]
    base.do("dispatcher", "extension.decided", order.pk, later(nine, minutes=3), **about, upstream_agreed=True)
    handle, total = running(order, "handle"), running(order, "total")
    order.refresh_from_db()
    # What the platform agreed to is its limit now, for the order's total clock too.
    assert handle.due == total.due == order.upstream_due == shanghai("2026-11-28 00:00")
    assert (handle.cause, total.cause) == ("extension", "upstream")
    assert list(verify()) == []


@pytest.mark.parametrize(("whose", "late"), [("unit", True), ("centre", False)])
def test_whose_lateness_it_is_that_an_extension_was_granted_late(
    base: Cast, nine: datetime, monkeypatch: pytest.MonkeyPatch, whose: str, late: bool
) -> None:
    order, _ = reach(base, "extension_filed", nine)
    rule = adopted.find(order.pack).petition.extension
    assert rule.late_decision == "unit"
    monkeypatch.setitem(rule.__dict__, "late_decision", whose)
    due = running(order, "handle").due
    base.do("leader", "extension.decided", order.pk, later(due, hours=9), **PAYLOADS["extension.decided"](base, order))
    handle = running(order, "handle")
    assert (handle.breached_at is not None) is late
    assert handle.due > due
    assert list(verify()) == []


# --- 4: the calendar -------------------------------------------------------------------------
def test_a_holiday_entered_later_moves_running_clocks_an_entry_each(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "signed", nine)
    reach(base, "to_callback", nine)
    assert list(recounting.moved(base.centre.pk)) == []
    Holiday.objects.create(centre=base.centre, day=date(2026, 11, 20), is_workday=False, name="停工")
    lines = [line for line in recounting.moved(base.centre.pk) if line.order == order.pk]
    assert {line.rule for line in lines} == {"S02", "S08"}
    entries = Entry.objects.count()
    orders = {line.order for line in recounting.moved(base.centre.pk)}
    assert (
        recounting.recount(recounting.moved(base.centre.pk), base.centre.pk, later(nine, hours=1)) == len(orders) == 2
    )
    assert Entry.objects.count() == entries + 2
    handle = running(order, "handle")
    assert (handle.due, handle.cause) == (shanghai("2026-11-27 00:00"), "calendar")
    assert list(recounting.moved(base.centre.pk)) == []
    with pytest.raises(Refused, match="与现行放假安排相符"):
        base.do("system", "clock.recounted", order.pk, at, clocks=[handle.pk])
    assert list(verify()) == []


def test_a_breach_of_a_day_off_is_none(base: Cast, nine: datetime) -> None:
    order, _ = reach(base, "signed", nine)
    handle = running(order, "handle")
    base.do("system", "clock.breached", order.pk, handle.due, clocks=[handle.pk])
    Holiday.objects.create(centre=base.centre, day=date(2026, 11, 25), is_workday=False)
    base.do("system", "clock.recounted", order.pk, later(handle.due, hours=1), clocks=[handle.pk])
    handle.refresh_from_db()
    assert (handle.due, handle.breached_at) == (shanghai("2026-11-27 00:00"), None)
    assert list(verify()) == []


# --- 6: the reply that passed ----------------------------------------------------------------
def test_timeliness_can_be_judged_by_the_reply_that_passed(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "replied", nine)
    share = Share.objects.get(order=order)
    assert share.passed_reply_at is None
    base.do("auditor", "share.sent_back", order.pk, at, share=share.pk, defect="incomplete", reason=REASON)
    late = running(order, "resubmit").due + timedelta(days=17)
    base.do("clerk@town", "share.replied", order.pk, late, **REPLY)
    base.do("hotline_deputy@town", "share.unit_audited", order.pk, later(late, hours=1), approved=True)
    base.do("auditor", "share.passed", order.pk, later(late, hours=2), share=share.pk)
    share.refresh_from_db()
    assert share.passed_reply_at == later(late, hours=1)
    clocks = {clock.kind: clock for clock in Clock.objects.filter(order=order, kind__in=["handle", "resubmit"])}
    assert clocks["handle"].breached_at is None
    assert clocks["resubmit"].breached_at is not None
    assert list(verify()) == []


# --- 31: what is out of use ------------------------------------------------------------------
def test_a_retired_category_is_refused_as_a_correction(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "signed", nine)
    parent = Category.objects.get(centre=base.centre, name="供暖")
    child = Category.objects.get(centre=base.centre, name="供暖温度")
    Category.objects.filter(pk=parent.pk).update(active=False)
    for category in (parent, child):
        with pytest.raises(Refused) as refused:
            base.do("auditor", "order.corrected", order.pk, at, category=category.pk)
        assert "已停用" in refused.value.problems["category"]


def test_a_retired_area_is_refused_as_a_choice_and_stays_where_it_is(base: Cast, nine: datetime) -> None:
    town = Area.objects.get(centre=base.centre, name="大店镇")
    village = Area.objects.create(centre=base.centre, name="中心村", parent=town)
    order = base.register(nine, area=village.pk)
    other, at = reach(base, "signed", later(nine, minutes=5))
    Area.objects.filter(pk=town.pk).update(active=False)
    for area in (town, village):  # below what is out of use nothing is in use
        for who, action, to, payload in (
            ("auditor", "order.corrected", other.pk, {"area": area.pk}),
            ("agent", "order.registered", None, request(area=area.pk)),
        ):
            with pytest.raises(Refused) as refused:
                base.do(who, action, to, at, **payload)
            assert refused.value.problems == {"area": f"区域“{area.name}”已停用，请选择现行区域"}
    base.do("auditor", "order.corrected", order.pk, at, area=village.pk, urgency="urgent")
    order.refresh_from_db()
    assert (order.area, order.urgency) == (village, "urgent")
    assert list(verify()) == []


def test_a_closed_unit_is_refused_as_a_suggestion(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "pending", nine)
    base.units["heat"].active = False
    base.units["heat"].save()
    petition = {
        "reason": "小区已移交物业",
        "return_reason": "not_duty",
        "legal_basis": "派单目录",
        "suggested_unit": base.units["heat"].pk,
    }
    with pytest.raises(Refused) as refused:
        base.do("clerk@town", "return.filed", order.pk, at, **petition)
    assert "已停用" in refused.value.problems["suggested_unit"]
