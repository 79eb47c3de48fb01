"""The ruler: what is counted, as of when, and which orders stand behind a number."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from tests.cast import Cast, later, shanghai
from tests.orders.stages import REPLY
from tests.orders.test_whole_life import walk

from lianxin.figures.count import count, order_ids
from lianxin.figures.measures import COUNTED
from lianxin.figures.scope import Scope
from lianxin.ledger.models import Clock
from lianxin.rules.measures import MEASURES

MONDAY, SUNDAY = date(2026, 11, 16), date(2026, 11, 22)


def week(cast: Cast, cutoff: datetime | None = None) -> Scope:
    return Scope.of_days(cast.centre.pk, MONDAY, SUNDAY, "city", cutoff)


def counted(scope: Scope, *names: str) -> list[int]:
    found = count(scope, names)[()]
    return [found[name] for name in names]


def test_every_measure_of_the_rules_is_counted() -> None:
    assert COUNTED.keys() == MEASURES.keys()


def test_d12_handled_counts_dispatches_not_requests(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat", "bureau")
    cast.register(nine)
    assert counted(week(cast), "accepted", "dispatched", "handled", "closed") == [2, 1, 2, 0]


def test_closed_is_of_the_same_cohort_by_the_cut_off(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    done = walk(cast, order, nine)
    assert counted(week(cast, cutoff=done), "handled", "closed") == [1, 0]
    assert counted(week(cast), "handled", "closed", "on_time_closed") == [1, 1, 1]


def test_a_return_approved_after_the_cut_off_still_counts_as_handled(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    cast.do(
        "clerk@heat",
        "return.filed",
        order.pk,
        later(nine, hours=1),
        reason="小区已移交物业管理",
        return_reason="not_duty",
        legal_basis="目录",
    )
    cast.do(
        "dispatcher",
        "return.decided",
        order.pk,
        later(nine, hours=3),
        approved=True,
        reason="同意，属住建局职责",
        next_unit=cast.units["bureau"].pk,
        basis="duty_list",
    )
    by_unit = {
        cut: count(week(cast, cutoff=later(nine, hours=cut)), ["handled", "returned"], by=["unit_id"]) for cut in (2, 4)
    }
    heat, bureau = (cast.units["heat"].pk,), (cast.units["bureau"].pk,)
    assert by_unit[2] == {heat: {"handled": 1, "returned": 0}}
    assert by_unit[4] == {heat: {"handled": 0, "returned": 1}, bureau: {"handled": 1, "returned": 0}}


def test_a_correction_changes_later_cut_offs_only(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine, cls="help")
    cast.do("agent", "order.corrected", order.pk, later(nine, hours=2), cls="suggestion")
    early, late = (count(week(cast, cutoff=later(nine, hours=h)), ["accepted"], by=["cls"]) for h in (1, 3))
    assert early == {("help",): {"accepted": 1}}
    assert late == {("suggestion",): {"accepted": 1}}


@pytest.mark.parametrize(("layer", "expected"), [("city", [1, 0, 1, 1]), ("district", [0, 0, 0, 0])])
def test_d10_rates_count_call_backs_of_the_layer_only(
    cast: Cast, nine: datetime, layer: str, expected: list[int]
) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    done = walk(cast, order, nine)
    grades: dict[str, Any] = {"layer": layer, "process_grade": "dissatisfied", "result_grade": "satisfied"}
    cast.do("callback", "callback.recorded", order.pk, later(done, hours=1), **grades)
    names = ["process_graded", "process_satisfied", "result_graded", "result_satisfied"]
    assert counted(week(cast), *names) == expected


def test_d29_response_is_contacted_in_time_of_those_due(cast: Cast, nine: datetime) -> None:
    for minutes in (30, 60 * 24 * 3):
        order = cast.register(nine)
        cast.dispatch(order, nine, "heat")
        cast.do("clerk@heat", "share.signed", order.pk, later(nine, minutes=5))
        cast.do("clerk@heat", "share.contacted", order.pk, later(nine, minutes=minutes), text="已联系。")
    assert counted(week(cast), "contact_due", "contacted_in_time") == [2, 1]


def test_d29_a_missed_contact_stays_missed_when_the_order_ends(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    cast.do("clerk@heat", "share.signed", order.pk, later(nine, minutes=5))
    late = later(nine, days=2)
    cast.do("clerk@heat", "share.replied", order.pk, late, **REPLY)
    cast.do("hotline_deputy@heat", "share.unit_audited", order.pk, late, approved=True)
    cast.do("auditor", "share.passed", order.pk, late)
    assert Clock.objects.get(order=order, kind="contact").end == "cancelled"
    assert counted(week(cast), "contact_due", "contacted_in_time") == [1, 0]


def test_what_is_due_after_the_cut_off_is_not_owed_yet(cast: Cast, nine: datetime) -> None:
    cast.dispatch(cast.register(nine), nine, "heat")
    asked = ("overdue", "sign_due", "contact_due")
    assert counted(week(cast, later(nine, hours=1)), *asked) == [0, 0, 0]
    assert counted(week(cast, later(nine, days=2)), *asked) == [0, 1, 1]


def test_the_orders_behind_a_number(cast: Cast, nine: datetime) -> None:
    orders = [cast.register(nine) for _ in range(3)]
    cast.dispatch(orders[0], nine, "heat")
    cast.dispatch(orders[2], nine, "bureau")
    scope = week(cast)
    assert order_ids(scope, "accepted") == [o.pk for o in orders]
    assert order_ids(scope, "handled", {"unit_id": [cast.units["bureau"].pk]}) == [orders[2].pk]


def test_another_centres_orders_are_not_counted(cast: Cast, other: Cast, nine: datetime) -> None:
    other.dispatch(other.register(nine), nine, "heat")
    assert counted(week(cast), "accepted", "handled") == [0, 0]


def test_one_statement_a_relation(cast: Cast, nine: datetime, django_assert_num_queries: Any) -> None:
    cast.dispatch(cast.register(nine), nine, "heat")
    with django_assert_num_queries(21):
        count(week(cast), list(COUNTED), by=[])


def test_a_week_ends_at_24_00_in_shanghai(cast: Cast) -> None:
    cast.register(shanghai("2026-11-22 23:59"))
    cast.register(shanghai("2026-11-23 00:00"))
    assert counted(week(cast), "accepted") == [1]


def test_reopening_later_does_not_take_an_answer_from_a_past_cut_off(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.do("agent", "order.answered", order.pk, later(nine, minutes=2), told="已在线答复政策规定。")
    cut = later(nine, hours=1)
    assert counted(week(cast, cut), "direct_answered") == [1]
    cast.do("supervisor", "order.reopened", order.pk, later(nine, hours=2), reason="诉求人再次来电，问题没有解决。")
    assert counted(week(cast, cut), "direct_answered") == [1]
    assert counted(week(cast), "direct_answered") == [0]


def test_a_late_reply_after_the_cut_off_changes_nothing_before_it(cast: Cast, nine: datetime) -> None:
    order = cast.register(later(nine, days=-9))
    cast.dispatch(order, later(nine, days=-9), "heat")
    period = Scope.of_days(cast.centre.pk, date(2026, 11, 9), date(2026, 11, 15), "city", cutoff=later(nine, days=1))
    before = counted(period, "overdue", "sign_due", "contact_due")
    assert before == [1, 1, 1]
    cast.do("callback", "order.withdrawn", order.pk, later(nine, days=2), reason="诉求人要求撤单。", told="已撤单。")
    assert counted(period, "overdue", "sign_due", "contact_due") == before


def test_what_is_excluded_is_not_assessed_from_then_on(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    done = walk(cast, order, nine)
    grades: dict[str, Any] = {"layer": "city", "process_grade": "satisfied", "result_grade": "dissatisfied"}
    cast.do("system", "callback.recorded", order.pk, later(done, hours=1), solved=False, **grades)
    excluded_at = later(done, hours=2)
    cast.do("supervisor", "order.excluded", order.pk, excluded_at, excluded=True, reason="诉求无事实依据，剔除。")
    names = ["handled", "process_graded", "result_graded", "assessed"]
    assert counted(week(cast, excluded_at), *names) == [1, 1, 1, 1]
    assert counted(week(cast), *names) == [1, 0, 0, 0]
    cast.do("supervisor", "order.excluded", order.pk, later(done, hours=3), excluded=False, reason="复核后恢复计入。")
    assert counted(week(cast), *names) == [1, 1, 1, 1]
