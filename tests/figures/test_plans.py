"""The figures of a period go by indexes of the period: a history of years is not read for a week."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast

from lianxin.figures.count import count
from lianxin.figures.scope import Scope
from lianxin.ledger.models import Clock, Task
from lianxin.orders.models import Order

WEEK = date(2026, 11, 23), date(2026, 11, 29)


#: An empty table is read whole, or by whatever index comes first: four years of four a day are not.
YEARS, OFTEN = 4, timedelta(hours=6)


@pytest.fixture
def years(cast: Cast) -> Order:
    """An order with a first step and a telling of the day every six hours of the last four years; analysed."""
    began = datetime(2022, 11, 30, tzinfo=UTC)
    order = cast.register(began)
    starts = [began + n * OFTEN for n in range(YEARS * 365 * 4)]
    kinds = list(enumerate(product(starts, ("sign", "same_day")), start=10**9))
    unit, role = cast.units["town"], "clerk"
    Task.objects.bulk_create(
        Task(pk=pk, order=order, kind=kind, unit=unit, post_role=role, made_at=start, made_entry=1)
        for pk, (start, kind) in kinds
    )
    Clock.objects.bulk_create(
        Clock(
            pk=pk,
            order=order,
            task_id=pk,
            rule="own",
            kind=kind,
            start=start,
            due=start + OFTEN,
            known_from=start,
            ended_at=start + OFTEN / 2,
            ended_recorded_at=start + OFTEN / 2,
            end="met",
        )
        for pk, (start, kind) in kinds
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ledger_clock, ledger_task")
    return order


@pytest.mark.parametrize(
    ("measures", "indexes"),
    [
        (["sign_due", "contacted_in_time", "arrive_due"], {"clock_first_due", "clock_first_met"}),
        (["results_reported", "told_same_day"], {"clock_same_day"}),
    ],
)
def test_limits_of_a_period_are_found_by_its_indexes(
    cast: Cast, years: Order, measures: list[str], indexes: set[str]
) -> None:
    scope = Scope.of_days(cast.centre.pk, *WEEK, "district")
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as asked:
        count(scope, measures)
        plans = []
        for query in asked.captured_queries:
            if query["sql"].lstrip("( ").upper().startswith(("SELECT", "WITH")):
                cursor.execute(f"EXPLAIN {query['sql']}")
                plans += [line for (line,) in cursor.fetchall()]
    plan = "\n".join(plans)
    assert {name for name in indexes if name in plan} == indexes, plan
    assert "Seq Scan on ledger_clock" not in plan
