"""D26: stock and inflow by day, counted by the measures, as known at a cut-off."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast, later, shanghai
from tests.orders.stages import REASON, REPLY, TOLD

from lianxin.figures import flow
from lianxin.figures.count import count, order_ids
from lianxin.figures.scope import Scope
from lianxin.ledger.models import Stay
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order

#: A Monday, and the Sunday of the week after.
FIRST, LAST = date(2026, 11, 9), date(2026, 11, 22)


def scope(cast: Cast, cutoff: datetime | None = None, first: date = FIRST, last: date = LAST) -> Scope:
    return Scope.of_days(cast.centre.pk, first, last, "city", cutoff)


def on(day: int, time: str = "09:00") -> datetime:
    return shanghai(f"2026-11-{day:02} {time}")


def answered(cast: Cast, order: Order, at: datetime) -> None:
    cast.do("agent", "order.answered", order.pk, at, told=TOLD)


def closed(cast: Cast, order: Order, at: datetime, unit: str = "heat") -> None:
    """Through its unit to its end, within the hour."""
    cast.do(f"clerk@{unit}", "share.signed", order.pk, at)
    cast.do(f"clerk@{unit}", "share.replied", order.pk, later(at, minutes=10), **REPLY)
    cast.do(f"hotline_deputy@{unit}", "share.unit_audited", order.pk, later(at, minutes=20), approved=True)
    cast.do("auditor", "share.passed", order.pk, later(at, minutes=30))


@pytest.fixture
def planted(cast: Cast) -> dict[str, Order]:
    """Orders over two weeks: what each day makes of them stands in `BY_HAND`."""
    found = {"old": cast.register(on(5))}
    found |= {name: cast.register(on(9)) for name in ("answered", "withdrawn", "reopened", "invalid")}
    answered(cast, found["answered"], on(9, "10:00"))
    cast.do("agent", "order.withdrawn", found["withdrawn"].pk, on(10), reason=REASON, told=TOLD)
    answered(cast, found["reopened"], on(10))
    cast.do("dispatcher", "order.invalidated", found["invalid"].pk, on(10), reason=REASON, told=TOLD)
    found["main"], found["merged"] = cast.register(on(11)), cast.register(on(11, "10:00"))
    cast.do("agent", "order.merged", found["merged"].pk, on(11, "11:00"), number=found["main"].number)
    cast.do("supervisor", "order.reopened", found["reopened"].pk, on(12), reason=REASON)
    cast.dispatch(found["reopened"], on(12, "10:00"), "heat")
    closed(cast, found["reopened"], on(16))
    cast.do("dispatcher", "order.dispatched", found["main"].pk, on(12, "11:00"), shares=_to(cast), basis="law")
    cast.sign_off(found["main"], on(12, "11:00"))
    closed(cast, found["main"], on(17), "town")
    return found


def _to(cast: Cast) -> list[dict[str, Any]]:
    return [{"unit": cast.units["town"].pk, "role": "lead"}]


#: day: (accepted, reopened, ended, stock); on other days nothing moves.
BY_HAND = {
    9: (3, 0, 1, 3),  # old, withdrawn and reopened stand; the invalid one never counts
    10: (0, 0, 2, 1),
    11: (2, 0, 0, 3),  # what was merged is owed an answer still
    12: (0, 1, 0, 4),
    16: (0, 0, 1, 3),
    17: (0, 0, 1, 2),  # old, and the merged one until its caller is told
}


def shown(days: list[flow.Day], measured: flow.Measured = flow.ORDERS) -> dict[int, tuple[int, ...]]:
    """Day of the month: its numbers."""
    return {line.day.day: tuple(line.numbers[name] for name in measured.names) for line in days}


def test_d26_each_day_is_as_was_worked_out_by_hand(cast: Cast, planted: dict[str, Order]) -> None:
    found = shown(flow.flow(scope(cast)))
    assert list(found) == list(range(9, 23))
    stock = 1
    for day, numbers in found.items():
        expected = BY_HAND.get(day, (0, 0, 0, stock))
        assert (day, numbers) == (day, expected)
        stock = expected[-1]


def test_d26_each_day_and_their_sum_are_what_the_measures_count(cast: Cast, planted: dict[str, Order]) -> None:
    """One ruler: also the stock, which the days reckon from the one before, is counted the same alone."""
    whole = scope(cast)
    days = flow.flow(whole)
    total = count(whole, flow.ORDERS.names)[()]
    for name in ("accepted", "reopened", "ended"):
        assert sum(line.numbers[name] for line in days) == total[name]
    assert days[-1].numbers["stock"] == total["stock"]
    for line in days:
        assert count(flow.of_day(whole, line.day), flow.ORDERS.names)[()] == line.numbers


def test_d26_each_number_opens_its_orders(cast: Cast, planted: dict[str, Order]) -> None:
    def behind(day: int, name: str) -> set[int]:
        return set(order_ids(flow.of_day(scope(cast), date(2026, 11, day)), name))

    def named(*names: str) -> set[int]:
        return {planted[name].pk for name in names}

    assert behind(10, "ended") == named("withdrawn", "reopened")
    assert behind(12, "reopened") == behind(16, "ended") == named("reopened")
    assert behind(11, "stock") == named("old", "main", "merged")
    assert behind(22, "stock") == named("old", "merged")


def test_d26_an_earlier_cut_off_gives_the_earlier_figure(cast: Cast, planted: dict[str, Order]) -> None:
    """Reopened since, made invalid since, told late: none of it was known then."""
    early = shown(flow.flow(scope(cast, on(9, "12:00"))))
    assert early == {9: (4, 0, 1, 4)}
    before = shown(flow.flow(scope(cast, on(11, "23:00"))))
    assert before[11] == (2, 0, 0, 3)
    cast.do("supervisor", "order.reopened", planted["answered"].pk, on(20), reason=REASON)
    assert shown(flow.flow(scope(cast, on(11, "23:00")))) == before
    assert shown(flow.flow(scope(cast)))[20] == (0, 1, 0, 3)


def test_d26_what_is_recorded_later_is_known_later(cast: Cast) -> None:
    """Told on the 18th that it had been answered on the 10th: a cut-off between knows nothing of it."""
    from lianxin.ledger.acts import Act
    from lianxin.ledger.door import record

    order = cast.register(on(9))
    act = Act("order.answered", cast.actor("agent"), on(10), {"told": TOLD}, order=order.pk, recorded_at=on(18))
    record(act)
    assert shown(flow.flow(scope(cast, on(15))))[15] == (0, 0, 0, 1)
    assert shown(flow.flow(scope(cast)))[10] == (0, 0, 1, 0)
    assert count(flow.of_day(scope(cast, on(15)), date(2026, 11, 10)), ["stock"])[()]["stock"] == 1


def test_d26_a_unit_has_its_shares(cast: Cast, planted: dict[str, Order]) -> None:
    heat, town = (cast.units[name].pk for name in ("heat", "town"))
    whole = scope(cast)
    found = shown(flow.flow(whole, heat), flow.SHARES)
    assert {day: numbers for day, numbers in found.items() if any(numbers)} == {
        12: (1, 0, 1),
        13: (0, 0, 1),
        14: (0, 0, 1),
        15: (0, 0, 1),
        16: (0, 1, 0),
    }
    assert shown(flow.flow(whole, town), flow.SHARES)[17] == (0, 1, 0)
    assert shown(flow.flow(whole, cast.units["bureau"].pk), flow.SHARES)[22] == (0, 0, 0)
    by_unit = count(whole, flow.SHARES.names, by=["unit_id"])
    assert by_unit == {(unit,): {"handled": 1, "share_ended": 1, "share_stock": 0} for unit in (heat, town)}
    for line in flow.flow(whole, heat):
        day = count(flow.of_day(whole, line.day), flow.SHARES.names, by=["unit_id"])
        assert day.get((heat,), dict.fromkeys(flow.SHARES.names, 0)) == line.numbers


def test_d26_what_is_given_back_never_stood_with_the_unit(cast: Cast) -> None:
    """As 承办量 leaves it out: a unit gets rid of no stock, and of no inflow, by returning it."""
    order = cast.register(on(9))
    cast.dispatch(order, on(9, "10:00"), "heat")
    assert shown(flow.flow(scope(cast, on(9, "12:00")), cast.units["heat"].pk), flow.SHARES)[9] == (1, 0, 1)
    said = {"reason": "小区已移交物业管理", "return_reason": "not_duty", "legal_basis": "目录"}
    cast.do("clerk@heat", "return.filed", order.pk, on(9, "15:00"), **said)
    to = {"approved": True, "reason": REASON, "next_unit": cast.units["bureau"].pk, "basis": "duty_list"}
    cast.do("dispatcher", "return.decided", order.pk, on(10), **to)
    assert not any(any(n) for n in shown(flow.flow(scope(cast), cast.units["heat"].pk), flow.SHARES).values())
    assert shown(flow.flow(scope(cast), cast.units["bureau"].pk), flow.SHARES)[10] == (1, 0, 1)


def test_d26_nothing_of_another_centre_nor_of_a_test(cast: Cast, other: Cast, planted: dict[str, Order]) -> None:
    assert not any(any(numbers) for numbers in shown(flow.flow(scope(other))).values())
    Order.objects.filter(pk=planted["main"].pk).update(simulated=True)
    assert shown(flow.flow(scope(cast)))[11] == (1, 0, 0, 2)


def test_d26_as_many_statements_for_a_year_as_for_a_day(cast: Cast, planted: dict[str, Order]) -> None:
    def cost(first: date, unit: int | None = None) -> int:
        with CaptureQueriesContext(connection) as seen:
            flow.flow(scope(cast, first=first), unit)
        return len(seen)

    assert cost(LAST) == cost(LAST - timedelta(days=365)) == 4
    unit = cast.units["heat"].pk
    assert cost(LAST, unit) == cost(LAST - timedelta(days=365), unit) == 3


def test_stays_keep_when_they_were_recorded_and_a_replay_arrives_at_it(cast: Cast, planted: dict[str, Order]) -> None:
    stays = list(Stay.objects.filter(order=planted["reopened"]).order_by("pk"))
    assert [stay.again for stay in stays].count(True) == [stay.last for stay in stays].count(True) - 1 == 1
    assert all(stay.entered_recorded_at for stay in stays)
    assert list(verify()) == []


def test_the_migration_fills_in_what_a_replay_arrives_at(cast: Cast, planted: dict[str, Order]) -> None:
    from importlib import import_module

    names = ("pk", "entered_recorded_at", "left_recorded_at", "again", "last")
    before = list(Stay.objects.order_by("pk").values_list(*names))
    nothing = replace(scope(cast)).start
    Stay.objects.update(entered_recorded_at=nothing, left_recorded_at=None, again=False, last=False)
    with connection.cursor() as cursor:
        cursor.execute(import_module("lianxin.ledger.migrations.0008_stays_as_known").FILL)
    assert list(Stay.objects.order_by("pk").values_list(*names)) == before
