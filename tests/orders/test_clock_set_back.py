"""FAULTS 50: the web machine's clock is set back an hour; nobody typed a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from tests.cast import Cast, request

from lianxin.ledger import batch, door
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.models import Clock, Entry
from lianxin.ledger.sweep import sweep
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order

HOUR = timedelta(hours=1)


def act(cast: Cast, who: str, verb: str, order: int | None, at: datetime, **payload: object) -> int:
    """On the wall clock, as a page does it."""
    return door.record(Act(verb, cast.actor(who), at, payload, order=order)).order


def registered(cast: Cast) -> Order:
    return Order.objects.get(pk=act(cast, "agent", "order.registered", None, timezone.now(), **request()))


def dispatch(cast: Cast, order: Order, at: datetime) -> None:
    shares = [{"unit": cast.units["heat"].pk, "role": "lead"}]
    act(cast, "dispatcher", "order.dispatched", order.pk, at, shares=shares, basis="duty_list")


@pytest.fixture
def set_back(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    real = timezone.now

    class Clocks:
        @staticmethod
        def now() -> datetime:
            return real() - HOUR

    def turn() -> None:
        monkeypatch.setattr(batch, "timezone", Clocks)

    return turn


def test_the_orders_of_the_last_hour_go_on(cast: Cast, set_back: Callable[[], None]) -> None:
    order = registered(cast)
    first = Entry.objects.get(order=order)
    set_back()
    behind = timezone.now() - HOUR
    dispatch(cast, order, behind)
    act(cast, "clerk@heat", "share.signed", order.pk, behind + timedelta(seconds=1))
    times = list(Entry.objects.filter(order=order).order_by("number").values_list("at", "recorded_at"))
    assert len(times) == 3
    assert all(at >= first.recorded_at for at, _ in times[1:])
    assert times == sorted(times)
    assert not Clock.objects.filter(order=order, ended_at__lt=first.at).exists()
    assert list(verify()) == []


def test_a_time_that_somebody_typed_is_still_his(cast: Cast, set_back: Callable[[], None]) -> None:
    order = registered(cast)
    set_back()
    with pytest.raises(Refused, match="早于受理时间"):
        dispatch(cast, order, timezone.now() - 2 * HOUR)
    assert Entry.objects.filter(order=order).count() == 1


def test_the_sweep_of_a_machine_that_is_behind_harms_nothing(cast: Cast, set_back: Callable[[], None]) -> None:
    order = registered(cast)
    set_back()
    sweep(timezone.now() - HOUR)
    sweep(timezone.now() - HOUR + timedelta(hours=30))
    order.refresh_from_db()
    assert list(verify()) == []
