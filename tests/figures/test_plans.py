"""The figures of a period go by indexes of the period: a history of years is not read for a week."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast

from lianxin.figures.count import count
from lianxin.figures.scope import Scope

WEEK = date(2026, 11, 23), date(2026, 11, 29)


@pytest.mark.parametrize(
    ("measures", "indexes"),
    [
        (["sign_due", "contacted_in_time", "arrive_due"], {"clock_first_due", "clock_first_met"}),
        (["results_reported", "told_same_day"], {"clock_same_day"}),
    ],
)
def test_limits_of_a_period_are_found_by_its_indexes(cast: Cast, measures: list[str], indexes: set[str]) -> None:
    scope = Scope.of_days(cast.centre.pk, *WEEK, "district")
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as asked:
        count(scope, measures)
        cursor.execute("SET LOCAL enable_seqscan = off")
        plans = []
        for query in asked.captured_queries:
            if query["sql"].lstrip("( ").upper().startswith(("SELECT", "WITH")):
                cursor.execute(f"EXPLAIN {query['sql']}")
                plans += [line for (line,) in cursor.fetchall()]
    plan = "\n".join(plans)
    assert {name for name in indexes if name in plan} == indexes, plan
