"""The two years before the demo's weeks: their shape, that they are played once and whole, and that all else stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from tests.ops.test_demo_queues import last

from lianxin.bulletins.gather import period
from lianxin.directory import snapshot
from lianxin.directory.models import Centre
from lianxin.figures.count import count
from lianxin.ledger.models import Clock, Entry, Task
from lianxin.ledger.verify import verify
from lianxin.ops.simulation import drive, history, show, today
from lianxin.ops.simulation.past import Past, months_before, quarter_before, shape
from lianxin.orders.models import Order, Share
from lianxin.rules.lifecycle import OPEN
from lianxin.rules.periods import Period
from lianxin.rules.worktime import SHANGHAI

pytestmark = [pytest.mark.xdist_group("demo-history"), pytest.mark.django_db]
END = datetime(2026, 11, 9, 9, 30, tzinfo=SHANGHAI)
#: Enough orders for the rates of a quarter.
SOME = 0.04
HEATING, WATER = ("居民生活", "供暖"), ("居民生活", "污水")


# --- the plan -----------------------------------------------------------------------------------


def test_there_are_fifteen_a_day_for_two_years_and_more_in_the_second() -> None:
    past = Past(END)
    assert (past.first, past.last) == (date(2024, 11, 9), date(2026, 11, 9))
    assert past.total == round(15 * len(past.numbers)) == 10_950
    middle = months_before(past.last, 12)
    first = sum(many for day, many in past.numbers.items() if day < middle)
    assert Fraction(115, 100) < Fraction(past.total - first, first) < Fraction(125, 100)
    # No day is like the next, and none is empty.
    assert len(set(past.numbers.values())) > 15
    assert min(past.numbers.values()) > 0


def test_a_thin_history_has_the_shape_of_the_whole_one() -> None:
    whole, thin = Past(END), Past(END, SOME)
    assert thin.total == round(whole.total * SOME)
    for month in range(24):
        first, end = months_before(whole.last, month + 1), months_before(whole.last, month)
        many, few = (sum(p.numbers[d] for d in p.numbers if first <= d < end) for p in (whole, thin))
        assert few == pytest.approx(many * SOME, abs=1)


def test_what_people_ask_about_goes_by_the_season() -> None:
    topics: dict[str, Counter[Any]] = {"winter": Counter(), "summer": Counter()}
    for day, stories in Past(END, 0.3).stories():
        season = {12: "winter", 1: "winter", 2: "winter", 6: "summer", 7: "summer", 8: "summer"}.get(day.month)
        if season:
            topics[season].update(story.topic for story in stories)
    winter, summer = (Counter({t: n / c.total() for t, n in c.items()}) for c in topics.values())
    assert winter[HEATING] > 0.04 > 0.005 > summer[HEATING]
    assert summer[WATER] > 2 * winter[WATER]


def test_the_calendar_of_the_history() -> None:
    assert months_before(date(2024, 3, 31), 1) == date(2024, 2, 29)
    assert months_before(date(2026, 1, 15), 24) == date(2024, 1, 15)
    assert months_before(date(2026, 1, 31), 1) == date(2025, 12, 31)
    assert [quarter_before(date(2026, 11, 9), number).code for number in (0, 3)] == ["2026-Q4", "2026-Q1"]
    assert quarter_before(date(2026, 2, 1), 1).code == "2025-Q4"
    assert Past(END).bad.code == "2026-Q1"


# --- the play -----------------------------------------------------------------------------------


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done in it leaves no trace."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass(frozen=True)
class Played:
    """The centre, how many orders its history has; the orders of the demo's weeks, as they were before it."""

    centre: Centre
    many: int
    weeks: list[int]
    before: list[list[Any]]

    @property
    def orders(self) -> Any:
        """Those of the history."""
        return Order.objects.filter(centre=self.centre).exclude(pk__in=self.weeks)


@pytest.fixture(scope="module")
def now() -> datetime:
    return last(3, 10, 12)


@pytest.fixture(scope="module")
def played(now: datetime, django_db_setup: None, django_db_blocker: Any) -> Iterator[Played]:
    """The centre after the demo's weeks and then the history."""
    with django_db_blocker.unblock(), undone():
        centre = show.raise_curtain("demo", shape()["centre"])
        drive.drive(centre, today.plan_today(now, first=show.FIRST, centre=centre.code))
        drive.hand_over(centre, now)
        weeks = list(Order.objects.filter(centre=centre).values_list("pk", flat=True))
        before = _rows(weeks)
        many = history.play(centre, now, SOME)
        yield Played(centre, many, weeks, before)


def _rows(orders: list[int]) -> list[list[Any]]:
    """Everything that is known of these orders."""
    of = {"order__in": orders}
    parts = [list(model.objects.filter(**of).order_by("pk").values_list()) for model in (Entry, Share, Clock, Task)]
    return [list(Order.objects.filter(pk__in=orders).order_by("pk").values_list()), *parts]


def test_all_of_it_is_played_and_ends(played: Played, now: datetime) -> None:
    centre, many, orders = played.centre, played.many, played.orders
    assert orders.count() == many == Past(history.begin(now, centre.code), SOME).total
    assert not orders.filter(state__in=sorted(OPEN)).exists()
    states = Counter(orders.values_list("state", flat=True))
    assert states["closed"] > 0.8 * many
    assert all(states[state] for state in ("answered", "redirected", "withdrawn"))
    verbs = Counter(Entry.objects.filter(order__in=orders).values_list("action", flat=True))
    ways = (
        "share.sent_back",
        "extension.decided",
        "return.decided",
        "order.rehandled",
        "callback.tried",
        "share.opined",
    )
    assert [verb for verb in (*ways, "clock.warned", "clock.breached", "task.done") if not verbs[verb]] == []
    results = Counter(orders.values_list("result_code", flat=True))
    assert all(results[result] for result in ("solved", "explained", "unsolved", "unreachable"))
    assert orders.latest("registered_at").registered_at < history.begin(now, centre.code)


def test_what_lapsed_was_rung_and_what_that_laid_was_done(played: Played) -> None:
    orders = played.orders
    late = Clock.objects.filter(order__in=orders, kind="handle", breached_at__isnull=False)
    rung = {
        clock
        for clocks in Entry.objects.filter(order__in=orders, action="clock.breached").values_list("payload__clocks")
        for clock in clocks[0]
    }
    assert late.count() > 20
    # One that was answered between two rounds of the sweep needs no ringing.
    assert sum(pk in rung for pk in late.values_list("pk", flat=True)) > 0.9 * late.count()
    laid = Task.objects.filter(order__in=orders, kind="coordinate")
    done = Entry.objects.filter(order__in=orders, action="task.done").values_list("payload__task", flat=True)
    assert laid.filter(pk__in=list(done)).count() > laid.count() / 2 > 10
    assert not Task.objects.filter(order__in=orders, done_at=None).exists()


def rates(centre: Centre, quarter: Period) -> tuple[Fraction, Fraction]:
    """限时办结率 and 群众满意率 of a quarter, by the formulas of the pack, counted as known today."""
    scope, pack = period(snapshot.of(centre.pk), quarter.first, quarter.last)
    formulas = [pack.formulas[name] for name in ("within_limit_rate", "satisfaction")]
    names = sorted({name for formula in formulas for name in formula.names})
    found = count(replace(scope, cutoff=timezone.now()), names)[()]
    on_time, satisfied = (formula.value(found) for formula in formulas)
    assert on_time is not None
    assert satisfied is not None
    return on_time, satisfied


def test_one_quarter_is_worse_than_the_others(played: Played, now: datetime) -> None:
    past = Past(history.begin(now, played.centre.code), SOME)
    quarters = [quarter_before(past.last, number) for number in range(1, 8)]
    found = {quarter: rates(played.centre, quarter) for quarter in quarters}
    worst = found.pop(past.bad)
    for bad, others in zip(worst, zip(*found.values(), strict=True), strict=True):
        assert bad < sum(others) / len(others) - Fraction(5, 100)


def test_the_demo_s_weeks_stay_as_they_were(played: Played) -> None:
    assert len(played.weeks) > 250
    assert _rows(played.weeks) == played.before


def test_the_book_is_whole(played: Played) -> None:
    assert list(verify()) == []
