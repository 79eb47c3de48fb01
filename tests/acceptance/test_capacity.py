"""The volumes that the founding documents name: a day of them goes through the door, with its numbers."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.cast import Cast, later, request

from lianxin.ledger.acts import Act
from lianxin.ledger.door import record_many
from lianxin.orders.models import Order
from lianxin.rules import policy


def a_day(cast: Cast, at: datetime, number: int) -> list[str]:
    """`number` registrations over one day, in batches as they come from an upper platform."""
    agent, step = cast.actor("agent"), 12 * 3600 / number
    acts = [
        Act("order.registered", agent, later(at, seconds=n * step), request(), recorded_at=later(at, seconds=n * step))
        for n in range(number)
    ]
    for start in range(0, number, 900):
        record_many(acts[start : start + 900])
    return list(Order.objects.filter(centre=cast.centre).order_by("pk").values_list("number", flat=True))


def test_c13_two_thousand_seven_hundred_a_day(cast: Cast, nine: datetime) -> None:
    floor = policy.find("junan-2021").capacity.daily
    numbers = a_day(cast, nine, floor)
    assert floor >= 2700
    assert len(set(numbers)) == floor
    assert numbers[-1] == f"20261118-{floor:04d}"


@pytest.mark.parametrize("volume", [500])
def test_e34_a_district_of_five_hundred_a_day(cast: Cast, nine: datetime, volume: int) -> None:
    assert len(set(a_day(cast, nine, volume))) == volume
