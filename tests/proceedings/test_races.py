"""Several at once: on one proceeding one wins, and on the orders of one matter nobody waits for the matter's row."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from tests.cast import Cast, later, request
from tests.orders.test_races import at_once
from tests.proceedings.promises import given
from tests.proceedings.stages import (
    ANSWER,
    LETTER,
    actions,
    differences,
    dispatched,
    do,
    fresh,
    numbers,
    opened,
)

from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import Recorded, record
from lianxin.ledger.models import Entry
from lianxin.ledger.sweep import sweep
from lianxin.orders import succession
from lianxin.orders.erasure import erase as erase_order
from lianxin.orders.models import Order
from lianxin.orders.seen import Overtaken
from lianxin.proceedings import same
from lianxin.proceedings.models import Proceeding

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def base(transactional_db: None) -> Cast:
    from tests.cast import make_cast

    return make_cast("base", "base")


@pytest.fixture
def plain(base: Cast, early: datetime) -> Proceeding:
    return opened(base, "letter.sent", early, **LETTER(base, early))


# --- on one proceeding -----------------------------------------------------------------------
@pytest.mark.parametrize("round_", range(3))
def test_of_two_steps_at_once_one_is_taken_and_the_other_meets_it(
    base: Cast, plain: Proceeding, early: datetime, round_: int
) -> None:
    results = at_once(
        lambda: do(base, "clerk@town", "letter.answered", plain.pk, early, **ANSWER),
        lambda: do(base, "supervisor", "letter.withdrawn", plain.pk, early),
    )
    assert sorted(type(result).__name__ for result in results) == ["Recorded", "Refused"]
    (refused,) = (result for result in results if isinstance(result, Refused))
    won = fresh(plain).state
    title = {"answered": "待核实", "withdrawn": "已撤回"}[won]
    assert str(refused).startswith(f"现在是“{title}”")
    assert len(actions(plain)) == 2
    assert differences() == []


def test_whoever_decides_second_has_not_seen_the_first(base: Cast, early: datetime) -> None:
    one, two = dispatched(base, early), dispatched(base, early)
    do(base, "agent", "order.linked", one.pk, early, number=two.number)
    matter = Proceeding.objects.get()

    def study(who: str) -> Callable[[], Recorded]:
        said = {"cause": "容量不足。", "measures": "扩容。", "due": later(early, days=5)}
        return lambda: record(Act("matter.studied", base.actor(who), early, said, order=matter.pk, seen=1))

    results = at_once(study("leader"), study("supervisor"))
    assert sorted(type(result).__name__ for result in results) == ["Overtaken", "Recorded"]
    assert [r.numbers for r in results if isinstance(r, Overtaken)] == [(2,)]
    assert differences() == []


def test_the_same_letter_from_four_threads_is_sent_once(base: Cast, early: datetime) -> None:
    act = Act("letter.sent", base.actor("supervisor"), early, LETTER(base, early), key="double-click")
    results = at_once(*[lambda: record(act)] * 4)
    assert sorted(r.repeated for r in results if isinstance(r, Recorded)) == [False, True, True, True]
    assert Proceeding.objects.count() == 1
    assert differences() == []


def test_of_two_promises_about_one_order_at_once_the_second_is_told_of_the_first(
    base: Cast, early: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All have looked before any has written, if they may."""
    order, look = given(base, early), same.of_kind
    # Whoever opens the first of a day holds all others up by that.
    before = opened(base, "letter.sent", early, **LETTER(base, early))

    def slowly(*args: Any, **said: Any) -> list[Proceeding]:
        found = list(look(*args, **said))
        time.sleep(0.3)
        return found

    monkeypatch.setattr(same, "of_kind", slowly)
    said = {"numbers": [order.number], "title": "管网改造", "text": "须纳入年度改造计划。", "plan": "先换阀门。"}
    results = at_once(*[lambda: do(base, "clerk@town", "promise.opened", None, early, **said)] * 4)
    (number,) = Proceeding.objects.exclude(pk=before.pk).values_list("number", flat=True)
    refused = [result.problems for result in results if isinstance(result, Refused)]
    assert refused == [{"numbers": f"这张工单已有承诺件 {number}"}] * 3
    assert differences() == []


def test_numbers_are_not_given_twice(base: Cast, early: datetime) -> None:
    at_once(*[lambda: [opened(base, "letter.sent", early, **LETTER(base, early)) for _ in range(4)]] * 3)
    given = sorted(Proceeding.objects.values_list("number", flat=True))
    assert given == [f"Z20261102-{n:04d}" for n in range(1, 13)]


def test_an_answer_a_sweep_and_a_handing_over_at_the_same_moment(base: Cast, early: datetime) -> None:
    letters = [opened(base, "letter.sent", early, **LETTER(base, early)) for _ in range(6)]
    late = later(early, days=9)
    base.staff["clerk@town"].is_active = False
    base.staff["clerk@town"].save()

    def answer() -> int:
        for letter in letters:
            do(base, "clerk@town", "letter.answered", letter.pk, late, **ANSWER)
        return 0

    results = at_once(answer, lambda: sweep(timezone.now(), batch=2), lambda: succession.follow_posts(late))
    assert not any(isinstance(result, Refused) for result in results)
    assert {fresh(letter).state for letter in letters} == {"answered"}
    for letter in letters:
        assert actions(letter).count("proceeding.breached") <= 1
        assert letter.clocks.get().breached_at is not None
    assert differences() == []


def test_two_letters_that_quote_the_same_orders_do_not_wait_for_each_other(base: Cast, early: datetime) -> None:
    orders = [dispatched(base, early) for _ in range(6)]

    def send(given: list[str]) -> Callable[[], Proceeding]:
        return lambda: opened(base, "letter.sent", early, **LETTER(base, early), numbers=given)

    there = numbers(orders)
    results = at_once(*[send(there), send(there[::-1])] * 3)
    assert all(isinstance(result, Proceeding) for result in results), results
    assert {actions(order).count("order.quoted") for order in orders} == {6}
    # None had to be tried again: a number that is not used is one that was burnt.
    assert sorted(p.number for p in Proceeding.objects.all())[-1] == "Z20261102-0006"
    assert differences() == []


def test_an_order_that_is_erased_while_it_is_quoted_is_quoted_whole_or_not_at_all(base: Cast, early: datetime) -> None:
    order = dispatched(base, early, title="青鸾巷暖气不热")
    do(base, "agent", "order.withdrawn", order.pk, early, reason="要求撤单。", told="已撤单。")

    def send() -> Proceeding:
        return opened(base, "letter.sent", early, **LETTER(base, early), numbers=[order.number])

    def erase() -> None:
        erase_order(Order.objects.get(pk=order.pk), timezone.now())

    at_once(send, erase)
    assert Order.objects.get(pk=order.pk).erased_at is not None
    quoted = Entry.objects.filter(order=order, action="order.quoted").select_related("enclosure")
    assert not any("青鸾" in str(entry.enclosure.body) for entry in quoted)
    assert differences() == []


# --- on the orders of one matter -------------------------------------------------------------
ORDERS, AT_ONCE = 64, 8


def test_nobody_who_joins_a_matter_waits_for_its_row(base: Cast, early: datetime) -> None:
    """As long as anybody holds the matter itself, orders join it all the same, each within its time."""
    one, two, three = (dispatched(base, early) for _ in range(3))
    do(base, "agent", "order.linked", one.pk, early, number=two.number)
    matter = Proceeding.objects.get()
    with transaction.atomic():
        Proceeding.objects.select_for_update(no_key=True).get(pk=matter.pk)
        # What the door itself holds of a root while it acts on it is this lock.
        (joined,) = at_once(
            lambda: _hurried(lambda: do(base, "agent", "order.linked", three.pk, early, number=one.number))
        )
        assert isinstance(joined, Recorded), joined
    assert Order.objects.get(pk=three.pk).matter_id == matter.pk
    assert differences() == []


def _hurried(act: Callable[[], Recorded]) -> Recorded:
    """Done without waiting for any lock for longer than a moment."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '1s'")
    return act()


def test_many_orders_of_one_matter_in_eight_threads_need_not_its_row(base: Cast, early: datetime) -> None:
    """The matter's row is held from the first to the last of them: whoever needed it would never be done."""
    first, second = dispatched(base, early), dispatched(base, early)
    do(base, "agent", "order.linked", second.pk, early, number=first.number)
    matter = Proceeding.objects.get()

    def joins() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '60s'")
        for _ in range(ORDERS // AT_ONCE):
            pk = record(Act("order.registered", base.actor("agent"), early, request())).order
            do(base, "agent", "order.linked", pk, early, number=first.number)
        return 1

    with transaction.atomic():
        Proceeding.objects.select_for_update(no_key=True).get(pk=matter.pk)
        assert at_once(*[joins] * AT_ONCE) == [1] * AT_ONCE
    assert Order.objects.filter(matter=matter).count() == ORDERS + 2
    assert set(Order.objects.values_list("matter_orders", flat=True)) == {ORDERS + 2}
    assert actions(matter) == ["matter.opened"]
    assert differences() == []
