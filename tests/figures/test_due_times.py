"""Due times as of a moment: a clock that is moved later changes no figure of the past, and none of its lists.

Wednesday 18 November 2026 is the day of dispatch in all of these; under the base pack the reply is due on the 25th.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from tests.cast import Cast, later, make_cast, shanghai
from tests.figures.test_count import counted, week
from tests.orders.stages import REASON, REPLY

from lianxin.directory import adopted
from lianxin.directory.models import Holiday
from lianxin.figures.count import order_ids
from lianxin.figures.scope import Counting
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Entry, FormerDue
from lianxin.ledger.sweep import sweep
from lianxin.ledger.verify import verify
from lianxin.orders import recounting
from lianxin.orders.models import Order

DUE = shanghai("2026-11-26 00:00")
JUDGED = ("passed_reply", "first_reply", "each_clock")


@pytest.fixture
def base(db: None) -> Cast:
    return make_cast("based", "base")


@pytest.fixture
def order(base: Cast, nine: datetime) -> Order:
    order = in_hand(base, nine)
    assert handle(order).due == DUE
    return order


def in_hand(cast: Cast, at: datetime) -> Order:
    """At the heating company: signed, the caller contacted."""
    order = cast.register(at)
    cast.dispatch(order, at, "heat")
    cast.do("clerk@heat", "share.signed", order.pk, later(at, minutes=5))
    cast.do("clerk@heat", "share.contacted", order.pk, later(at, minutes=6), text="已电话联系")
    return order


def handle(order: Order) -> Clock:
    return Clock.objects.get(order=order, kind="handle")


def overdue(cast: Cast, cutoff: datetime, on_time: str = "passed_reply") -> list[int]:
    """The orders behind the figure, which are as many as it says."""
    scope = replace(week(cast, cutoff), counting=Counting(on_time))
    found = order_ids(scope, "overdue")
    assert counted(scope, "overdue") == [len(found)]
    return found


def extended(cast: Cast, order: Order, asked: datetime, granted: datetime, workdays: int = 5) -> None:
    cast.do("clerk@heat", "extension.filed", order.pk, asked, workdays=workdays, reason="等待配件到货")
    about = {"of_unit": cast.units["heat"].pk, "approved": True, "workdays": workdays}
    cast.do("dispatcher", "extension.decided", order.pk, granted, **about)


def answered(cast: Cast, order: Order, at: datetime) -> None:
    cast.do("clerk@heat", "share.replied", order.pk, at, **REPLY)
    cast.do("hotline_deputy@heat", "share.unit_audited", order.pk, at, approved=True)
    cast.do("auditor", "share.passed", order.pk, at)


# --- extensions ------------------------------------------------------------------------------
@pytest.mark.parametrize("on_time", JUDGED)
@pytest.mark.parametrize("whose", ["unit", "centre"])
def test_one_granted_after_the_cut_off_changes_nothing_of_it(
    base: Cast, order: Order, nine: datetime, monkeypatch: pytest.MonkeyPatch, on_time: str, whose: str
) -> None:
    monkeypatch.setitem(adopted.find(order.pack).petition.extension.__dict__, "late_decision", whose)
    past, cut = later(DUE, hours=-1), later(DUE, hours=1)
    before = [overdue(base, at, on_time) for at in (past, cut)]
    extended(base, order, later(nine, days=1), later(DUE, hours=2))
    assert [overdue(base, at, on_time) for at in (past, cut)] == before == [[], [order.pk]]
    # Since it was granted the pack says whose lateness it is.
    assert overdue(base, later(DUE, hours=3), on_time) == ([order.pk] if whose == "unit" else [])
    assert list(verify()) == []


@pytest.mark.parametrize("on_time", JUDGED)
def test_one_granted_before_the_cut_off_counts(base: Cast, order: Order, nine: datetime, on_time: str) -> None:
    granted = later(nine, days=2)
    extended(base, order, later(nine, days=1), granted)
    new = handle(order).due
    assert new == shanghai("2026-12-03 00:00")
    assert overdue(base, later(DUE, hours=1), on_time) == []
    assert overdue(base, new, on_time) == [order.pk]
    answered(base, order, later(DUE, hours=5))
    scope = replace(week(base, new), counting=Counting(on_time))
    assert counted(scope, "closed", "on_time_closed", "overdue") == [1, 1, 0]


def test_what_was_recorded_at_the_very_cut_off_is_not_known_at_it(base: Cast, order: Order, nine: datetime) -> None:
    extended(base, order, later(nine, days=1), DUE)
    assert overdue(base, DUE) == [order.pk]


def test_extended_twice_each_cut_off_has_its_own_due_time(base: Cast, order: Order, nine: datetime) -> None:
    rule = adopted.find(order.pack).petition.extension
    assert rule.max_times >= 1
    first, second = later(nine, days=2), later(nine, days=3)
    extended(base, order, later(nine, days=1), first, workdays=1)
    limit = shanghai("2026-11-24 00:00")
    base.do("dispatcher", "order.limit_set", order.pk, second, upstream_due=limit, reason=REASON)
    known = [(DUE, nine, first), (shanghai("2026-11-27 00:00"), first, second)]
    rows = FormerDue.objects.filter(clock=handle(order)).order_by("pk")
    assert [(row.due, row.known_from, row.known_to) for row in rows] == known
    assert (handle(order).due, handle(order).known_from) == (limit, second)
    assert [overdue(base, at) for at in (second, limit)] == [[], [order.pk]]
    assert list(verify()) == []


# --- limits, facts, the calendar --------------------------------------------------------------
@pytest.mark.parametrize("on_time", JUDGED)
def test_an_upper_limit_set_or_taken_away_later(base: Cast, order: Order, nine: datetime, on_time: str) -> None:
    limit = shanghai("2026-11-21 00:00")
    base.do("dispatcher", "order.limit_set", order.pk, later(nine, hours=1), upstream_due=limit, reason=REASON)
    cut = later(limit, hours=1)
    assert overdue(base, cut, on_time) == [order.pk]
    base.do("dispatcher", "order.limit_set", order.pk, later(cut, hours=1), upstream_due=None, reason=REASON)
    assert handle(order).due == DUE
    assert overdue(base, cut, on_time) == [order.pk]
    assert overdue(base, later(cut, hours=2), on_time) == []


def test_a_limit_that_becomes_earlier_than_the_cut_off_made_nobody_late_then(
    base: Cast, order: Order, nine: datetime
) -> None:
    cut = shanghai("2026-11-22 00:00")
    told = later(cut, hours=1)
    earlier = shanghai("2026-11-20 00:00")
    base.do("dispatcher", "order.limit_set", order.pk, told, upstream_due=earlier, reason=REASON)
    assert handle(order).due == earlier
    answered(base, order, later(told, hours=1))
    assert overdue(base, cut) == []
    assert overdue(base, later(told, hours=2)) == [order.pk]


def recounted(cast: Cast, order: Order, at: datetime) -> None:
    """As `lianxin recount` does it, at a time of our own."""
    lines = [line for line in recounting.moved(cast.centre.pk) if line.order == order.pk]
    assert handle(order).pk in [line.clock for line in lines]
    cast.do("system", "clock.recounted", order.pk, at, clocks=[line.clock for line in lines])


@pytest.mark.parametrize("on_time", JUDGED)
def test_a_holiday_entered_later_and_recounted(base: Cast, order: Order, on_time: str) -> None:
    cut = later(DUE, hours=1)
    Holiday.objects.create(centre=base.centre, day=date(2026, 11, 25), is_workday=False, name="停工")
    assert overdue(base, cut, on_time) == [order.pk]
    recounted(base, order, later(DUE, hours=2))
    assert handle(order).due == shanghai("2026-11-27 00:00")
    assert overdue(base, cut, on_time) == [order.pk]
    assert overdue(base, later(DUE, hours=3), on_time) == []
    assert list(verify()) == []


def test_a_working_day_entered_later_makes_nobody_late_before(base: Cast, order: Order) -> None:
    cut = shanghai("2026-11-25 12:00")
    Holiday.objects.create(centre=base.centre, day=date(2026, 11, 22), is_workday=True, name="补班")
    recounted(base, order, later(cut, hours=1))
    assert handle(order).due == shanghai("2026-11-25 00:00")
    assert overdue(base, cut) == []
    assert overdue(base, later(cut, hours=2)) == [order.pk]


# --- first steps -----------------------------------------------------------------------------
@pytest.mark.parametrize("met", [False, True])
def test_a_first_contact_is_owed_as_it_was_known(base: Cast, nine: datetime, met: bool) -> None:
    """Urgent, so due within the hour; corrected to normal afterwards, when it had been missed."""
    order = base.register(nine, urgency="urgent")
    base.dispatch(order, nine, "heat")
    base.do("clerk@heat", "share.signed", order.pk, later(nine, minutes=5))
    cut, asked = later(nine, hours=2), ("contact_due", "contacted_in_time")
    assert counted(week(base, cut), *asked) == [1, 0]
    base.do("auditor", "order.corrected", order.pk, later(nine, hours=3), urgency="normal")
    contact = Clock.objects.get(order=order, kind="contact")
    assert contact.due > later(nine, hours=3)
    if met:
        base.do("clerk@heat", "share.contacted", order.pk, later(nine, hours=4), text="已电话联系")
    assert counted(week(base, cut), *asked) == [1, 0]
    assert order_ids(week(base, cut), "contact_due") == [order.pk]
    assert counted(week(base, later(nine, hours=3, minutes=30)), *asked) == [0, 0]
    assert counted(week(base, later(nine, hours=5)), *asked) == ([1, 1] if met else [0, 0])


# --- a clock that nobody knew yet ------------------------------------------------------------
def test_a_reply_sent_back_after_the_cut_off_was_not_owed_again_at_it(base: Cast, order: Order, nine: datetime) -> None:
    """Told late: sent back on the 19th, recorded on the 30th."""
    answered_at = later(nine, hours=2)
    base.do("clerk@heat", "share.replied", order.pk, answered_at, **REPLY)
    base.do("hotline_deputy@heat", "share.unit_audited", order.pk, answered_at, approved=True)
    recorded = shanghai("2026-11-30 09:00")
    back = {"defect": "not_done", "reason": "没有办理，请重新办理后答复。"}
    record(
        Act("share.sent_back", base.actor("auditor"), later(nine, days=1), back, order=order.pk, recorded_at=recorded)
    )
    cut = later(DUE, days=1)
    assert [overdue(base, at, on_time) for at in (cut,) for on_time in JUDGED] == [[], [], []]
    assert overdue(base, later(recorded, hours=1)) == [order.pk]


# --- rows ------------------------------------------------------------------------------------
def test_a_clock_that_never_moves_costs_no_row(base: Cast, order: Order) -> None:
    answered(base, order, later(DUE, hours=-1))
    assert not FormerDue.objects.exists()


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE ledger_formerdue SET due = due + interval '1 day'", "原时限的“到期”与账目不符"),
        ("UPDATE ledger_formerdue SET known_to = known_to + interval '1 day'", "原时限的“改定于”与账目不符"),
        ("UPDATE ledger_formerdue SET breached_at = due", "原时限的“逾期”与账目不符"),
        ("DELETE FROM ledger_formerdue", "缺失"),
        (
            "INSERT INTO ledger_formerdue (id, due, breached_at, known_from, known_to, clock_id, order_id)"
            " SELECT id + 40, due, breached_at, known_from, known_to, clock_id, order_id"
            " FROM ledger_formerdue",
            "没有账目依据",
        ),
        ("UPDATE ledger_clock SET known_from = known_from - interval '3 days'", "时限的“到期时间记账于”与账目不符"),
    ],
)
def test_whoever_changes_them_is_named(base: Cast, order: Order, nine: datetime, statement: str, named: str) -> None:
    extended(base, order, later(nine, days=1), later(nine, days=2))
    assert list(verify()) == []
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert any(named in str(difference) for difference in verify())


# --- the work of today -----------------------------------------------------------------------
def test_the_sweep_and_the_queues_go_by_the_present_due_time(base: Cast, nine: datetime) -> None:
    at = later(nine, days=-16)
    order = in_hand(base, at)
    old = handle(order).due
    extended(base, order, later(at, days=1), later(at, days=2))
    new, pk = handle(order).due, handle(order).pk
    assert (old, new) == (shanghai("2026-11-10 00:00"), shanghai("2026-11-17 00:00"))
    others = Clock.objects.filter(order=order, ended_at=None).exclude(pk=pk)
    base.do("system", "order.unmarked", order.pk, later(at, days=2, hours=1))
    order.refresh_from_db()
    assert order.due_at == min(new, *(clock.due for clock in others))
    sweep(later(old, hours=1))
    assert not _rung(order, "clock.breached", pk)
    sweep(new)
    assert handle(order).breached_at == new
    assert _rung(order, "clock.breached", pk)


def _rung(order: Order, action: str, clock: int) -> list[Any]:
    return [entry for entry in Entry.objects.filter(order=order, action=action) if clock in entry.payload["clocks"]]
