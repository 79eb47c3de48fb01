"""Several agents take the day's first requests at the same moment: each order gets its number."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from tests.cast import Cast, request

from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.orders.models import Order


@pytest.mark.django_db(transaction=True)
def test_the_first_orders_of_a_day_may_come_at_once(cast: Cast, nine: datetime) -> None:
    together = threading.Barrier(4)

    def register(_: int) -> Any:
        try:
            together.wait(10)
            return record(Act("order.registered", cast.actor("agent"), nine, request(), recorded_at=nine)).order
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as agents:
        orders = list(agents.map(register, range(4)))
    numbers = set(Order.objects.filter(pk__in=orders).values_list("number", flat=True))
    assert len(numbers) == 4
    assert all(number.startswith("20261118-") for number in numbers)
