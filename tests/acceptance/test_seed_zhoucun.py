"""Rows of the 淄博市周村区 opinions of 2019 that are the spine's: everything answered, every node timed, no gaps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests.cast import Cast, later, shanghai
from tests.orders.stages import PAYLOADS, REASON, STAGES, TOLD, reach
from tests.orders.test_whole_life import walk

from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Clock, Entry, Stay
from lianxin.ledger.verify import verify
from lianxin.orders.dwell import dwell
from lianxin.orders.models import Order, Share
from lianxin.orders.timeline import payload_of
from lianxin.rules import policy
from lianxin.rules.lifecycle import OPEN

ENDS = {
    "order.answered": ("agent", {}),
    "order.redirected": ("agent", {"code": "R1", "target": "军事机关信访部门", "reason": REASON}),
    "order.withdrawn": ("agent", {"reason": REASON}),
    "order.invalidated": ("dispatcher", {"reason": REASON}),
}


@pytest.fixture
def base(db: None) -> Cast:
    """A centre under the base pack, which calls back before it closes."""
    from tests.cast import make_cast

    return make_cast("base", "base")


@pytest.mark.parametrize("verb", ENDS)
def test_b02_every_way_to_end_tells_the_caller(cast: Cast, nine: datetime, verb: str) -> None:
    who, payload = ENDS[verb]
    order = cast.register(nine)
    for told in ({}, {"told": ""}, {"told": "  "}) if verb != "order.redirected" else ():
        with pytest.raises(Refused) as refused:
            cast.do(who, verb, order.pk, nine, **payload, **told)
        assert refused.value.problems["told"]
    cast.do(who, verb, order.pk, later(nine, minutes=2), **payload, told=TOLD)
    order.refresh_from_db()
    assert (order.told_at, order.closed_at) == (later(nine, minutes=2), later(nine, minutes=2))
    assert order.result_code


@pytest.mark.parametrize("told", [{}, {"told": ""}, {"told": "  "}])
def test_b02_who_is_shown_another_door_is_told_the_words_of_the_pack_at_least(
    cast: Cast, nine: datetime, told: dict[str, str]
) -> None:
    """The form says so: what is left empty is what the rule book has the agent say, and that is on record."""
    who, payload = ENDS["order.redirected"]
    order = cast.register(nine)
    done = cast.do(who, "order.redirected", order.pk, later(nine, minutes=2), **payload, **told)
    say = policy.find("junan-2021").redirects[payload["code"]].say
    said = payload_of(Entry.objects.get(order=order, number=done.entry))
    assert said is not None
    assert said.model_dump()["told"] == say
    order.refresh_from_db()
    assert order.told_at == later(nine, minutes=2)


def test_b02_nothing_closes_before_it_was_asked_back_and_told(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "to_callback", nine)
    with pytest.raises(Refused, match="本轮还没有回访"):
        base.do("callback", "order.closed", order.pk, at, told=TOLD)
    base.do("callback", "callback.recorded", order.pk, at, **PAYLOADS["callback.recorded"](base, order))
    with pytest.raises(Refused) as refused:
        base.do("callback", "order.closed", order.pk, at)
    assert refused.value.problems == {"told": "请填写本项"}


@pytest.mark.parametrize("stage", STAGES)
def test_b02_no_order_stands_ended_without_result_and_answer(base: Cast, nine: datetime, stage: str) -> None:
    order, _ = reach(base, stage, nine)
    assert order.state in OPEN or (order.told_at and order.result_code)


def test_b02_the_database_refuses_such_an_end_too(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    for values in ({"state": "closed"}, {"state": "closed", "told_at": nine}, {"state": "closed", "result_code": "x"}):
        with pytest.raises(IntegrityError, match="no_end_without_result_and_answer"), transaction.atomic():
            Order.objects.filter(pk=order.pk).update(**values)


def test_b05_dwell_per_node_in_minutes(cast: Cast, nine: datetime) -> None:
    for minutes in (2, 4, 30):
        order = cast.register(nine)
        cast.dispatch(order, later(nine, minutes=minutes), "heat")
        walk(cast, order, later(nine, minutes=minutes))
    found = {d.node: d for d in dwell(cast.centre.pk, nine, later(nine, days=1))}
    assert list(found) == ["dispatch", "sign", "handle", "unit_audit", "audit"]
    assert (found["dispatch"].title, found["dispatch"].stays, found["dispatch"].p50) == ("派单", 3, 4)
    # 2, 4, 30: nine tenths of the way lies at 4 + 0.8 × 26.
    assert found["dispatch"].p90 == pytest.approx(24.8)
    assert (found["sign"].p50, found["handle"].p50, found["audit"].p50) == (10, 290, 60)


def test_b05_only_the_period_and_only_this_centre(cast: Cast, other: Cast, nine: datetime) -> None:
    for centre in (cast, other):
        order = centre.register(nine)
        centre.dispatch(order, later(nine, minutes=2), "heat")
    Order.objects.filter(centre=other.centre).update(simulated=True)
    hour = later(nine, hours=1)
    assert [d.stays for d in dwell(cast.centre.pk, nine, hour)] == [1]
    assert dwell(other.centre.pk, nine, hour) == []
    assert dwell(cast.centre.pk, hour, later(hour, days=1)) == []


def test_b05_each_node_has_its_clock_that_warns_and_breaches(base: Cast, nine: datetime) -> None:
    order, _ = reach(base, "called_back", nine)
    kinds = set(Clock.objects.filter(order=order).values_list("kind", flat=True))
    assert kinds >= {"dispatch", "sign", "contact", "handle", "audit", "callback"}


@pytest.mark.parametrize("stage", STAGES)
def test_b06_every_instant_has_a_responsible_node(base: Cast, nine: datetime, stage: str) -> None:
    """The gap between the end of one stay and the beginning of the next is nothing, at every stage."""
    order, _ = reach(base, stage, nine)
    stays = list(Stay.objects.filter(order=order).order_by("pk"))
    assert stays[0].entered_at == order.registered_at
    assert [s.left_at for s in stays[:-1]] == [s.entered_at for s in stays[1:]]
    assert (stays[-1].left_at is None) == order.is_open
    assert order.is_open or stays[-1].left_at == order.closed_at


def test_b06_a_returned_order_is_at_once_the_next_units(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "return_filed", nine)
    base.do("dispatcher", "return.decided", order.pk, at, **PAYLOADS["return.decided"](base, order))
    stays = list(Stay.objects.filter(order=order).order_by("pk"))
    assert [(s.node, s.unit.code) for s in stays] == [("dispatch", "centre"), ("sign", "town"), ("sign", "heat")]
    assert stays[1].left_at == stays[2].entered_at == at


def test_b06_what_is_told_late_leaves_no_negative_stay(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "signed", nine)
    reply: dict[str, Any] = PAYLOADS["share.replied"](base, order)
    # Entered now, but it happened two minutes ago, before the unit had signed.
    base.do("clerk@town", "share.replied", order.pk, later(at, minutes=-2), **reply)
    stays = list(Stay.objects.filter(order=order).order_by("pk"))
    assert all(s.left_at is None or s.left_at >= s.entered_at for s in stays)
    assert [s.left_at for s in stays[:-1]] == [s.entered_at for s in stays[1:]]
    assert list(verify()) == []


@pytest.mark.parametrize(("urgency", "due"), [("urgent", "2026-11-18 09:15"), ("normal", "2026-11-20 00:00")])
def test_b09_signing_in_is_stamped_and_timed(cast: Cast, nine: datetime, urgency: str, due: str) -> None:
    order = cast.register(nine, urgency=urgency)
    cast.dispatch(order, nine, "heat")
    clock = Clock.objects.get(order=order, kind="sign")
    assert clock.due == shanghai(due)
    cast.do("clerk@heat", "share.signed", order.pk, later(nine, minutes=9))
    clock.refresh_from_db()
    assert (clock.end, clock.ended_at, clock.breached_at) == ("met", later(nine, minutes=9), None)
    assert Share.objects.get(order=order).signed_at == later(nine, minutes=9)


def test_b09_signed_in_too_late_is_on_record(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine, urgency="urgent")
    cast.dispatch(order, nine, "heat")
    cast.do("clerk@heat", "share.signed", order.pk, later(nine, minutes=15))
    clock = Clock.objects.get(order=order, kind="sign")
    assert (clock.end, clock.breached_at) == ("met", clock.due)
