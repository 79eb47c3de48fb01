"""Test items in each state, as an inspector, a leader and an agent who knows nothing make them."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

from tests.cast import Cast, later, request
from tests.proceedings.stages import dispatched, do

from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding

PHONE = "13800005566"
WHY = "本季度已有同类督察，不再设置。"
RANG = "以住户身份来电，反映楼道堆放杂物，坐席登记。"
FOUND = "承办单位按时联系、到场清理，答复属实。"
_numbers = itertools.count(13800100000)


def SAID(cast: Cast, at: datetime) -> dict[str, Any]:
    """What is proposed about the town, to be made in the next hour."""
    return {
        "title": "楼道堆物处理情况",
        "text": "以住户身份来电，反映楼道长期堆放杂物，看承办单位是否到场处理。",
        "tried": cast.units["town"].pk,
        "planned": later(at, hours=1),
        "phone": PHONE,
    }


def by_clock(cast: Cast, who: str, verb: str, root: int | None, at: datetime, **said: Any) -> int:
    """An act on a clock of the test's own."""
    done = cast.do(who, verb, root, at, **said).order
    assert done is not None
    return done


def proposed(cast: Cast, at: datetime, **changes: Any) -> int:
    """From a number of its own."""
    said = SAID(cast, at) | {"phone": str(next(_numbers))}
    root = do(cast, "supervisor", "test_item.proposed", None, at, **said | changes).order
    assert root is not None
    return root


def approved(cast: Cast, at: datetime, phone: str = "", **changes: Any) -> int:
    """Proposed at `at`, approved ten minutes later."""
    root = proposed(cast, at, **({"phone": phone} if phone else {}) | changes)
    do(cast, "leader", "test_item.approved", root, later(at, minutes=10))
    return root


def rung(cast: Cast, at: datetime, phone: str, *units: str, **said: Any) -> Order:
    """What the call became: an order that the town handles, unless others are named."""
    caller = {"name": "王建国", "phone": phone}
    return dispatched(cast, at, *units, **said | {"caller": caller})


def named(cast: Cast, at: datetime, phone: str = PHONE) -> tuple[int, Order]:
    """Proposed at `at`, approved, made an hour later, and named an hour after that."""
    root = approved(cast, at, phone)
    order = rung(cast, later(at, hours=1), phone)
    do(cast, "supervisor", "test_item.named", root, later(at, hours=2), numbers=[order.number], account=RANG)
    return root, Order.objects.get(pk=order.pk)


def disclosed(cast: Cast, at: datetime, phone: str = PHONE) -> tuple[int, Order]:
    """The same, disclosed a day later."""
    root, order = named(cast, at, phone)
    do(cast, "leader", "test_item.disclosed", root, later(at, days=1), conclusion=FOUND)
    return root, Order.objects.get(pk=order.pk)


def standing(cast: Cast, at: datetime) -> None:
    """One in each state in which something may be done."""
    proposed(cast, at)
    approved(cast, at)
    named(cast, at)


def lives(cast: Cast, at: datetime) -> None:
    """One by each of the steps."""
    do(cast, "leader", "test_item.refused", proposed(cast, at), later(at, minutes=10), reason=WHY)
    do(cast, "supervisor", "test_item.dropped", approved(cast, at), later(at, minutes=20), reason=WHY)
    disclosed(cast, at)


def state(root: int) -> str:
    return Proceeding.objects.get(pk=root).state


def asked(phone: str, **changes: Any) -> dict[str, Any]:
    """A registration by that caller."""
    return request(caller={"name": "王建国", "phone": phone}, **changes)
