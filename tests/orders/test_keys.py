"""The same request sent twice is done once (idempotency keys)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from tests.cast import Cast, later, request
from tests.orders.stages import TOLD, reach

from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import Recorded, record, record_many
from lianxin.ledger.models import Entry
from lianxin.orders.models import Order


def registration(cast: Cast, at: datetime, key: str, **changes: str) -> Act:
    return Act("order.registered", cast.actor("agent"), at, request(**changes), key=key)


def test_the_same_request_twice_is_done_once(base: Cast, nine: datetime) -> None:
    first = record(registration(base, nine, "k1"))
    again = record(registration(base, later(nine, seconds=20), "k1"))
    assert (again.order, again.entry, again.repeated) == (first.order, first.entry, True)
    assert Order.objects.count() == 1


def test_also_when_the_act_could_not_be_done_a_second_time(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "registered", nine)
    act = Act("order.answered", base.actor("agent"), at, {"told": TOLD}, order=order.pk, key="k2")
    assert not record(act).repeated
    assert record(act).repeated


def test_another_request_with_the_same_key_is_refused(base: Cast, nine: datetime) -> None:
    record(registration(base, nine, "k1"))
    for other in (
        registration(base, nine, "k1", title="另一件事，路灯不亮"),
        replace(registration(base, nine, "k1"), actor=base.actor("dispatcher")),
    ):
        with pytest.raises(Refused, match="已用于另一项操作"):
            record(other)
    assert Order.objects.count() == 1


def test_within_one_batch_too(base: Cast, nine: datetime) -> None:
    acts = [
        registration(base, nine, "k1"),
        registration(base, nine, "k1"),
        registration(base, nine, "k1", title="另一件事，路灯不亮"),
        registration(base, nine, "k2"),
    ]
    first, again, clash, second = record_many(acts, collect=True)
    assert isinstance(first, Recorded)
    assert again == Recorded(first.order, first.entry, repeated=True)
    assert isinstance(clash, Refused)
    assert isinstance(second, Recorded)
    assert Entry.objects.count() == 2


def test_a_repeat_in_the_batch_of_a_lost_order_is_lost_too(base: Cast, nine: datetime) -> None:
    act = replace(registration(base, nine, "k1"), order=-1)
    spoiler = Act("order.closed", base.actor("callback"), nine, {"told": TOLD}, order=-1)
    results = record_many([act, replace(act, order=-2), spoiler], collect=True)
    assert all(isinstance(r, Refused) for r in results)
    assert not Order.objects.exists()


def test_a_key_that_is_too_long_is_refused(base: Cast, nine: datetime) -> None:
    with pytest.raises(Refused, match="提交编号最多 96 个字符"):
        record(registration(base, nine, "k" * 97))
