"""Rows of the 章丘区 plan of 2023 that are the spine's: a basis for every dispatch, one named person to the end."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import pytest
from tests.cast import Cast, later
from tests.orders.test_whole_life import walk

from lianxin.directory.models import Absence
from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry, Stay
from lianxin.orders.models import Order, Share


@pytest.mark.parametrize("basis", ["law", "duty_list", "city_order"])
def test_a12_the_basis_stands_on_every_dispatch(cast: Cast, nine: datetime, basis: str) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat", basis=basis, basis_text="《供热条例》第二十条")
    share = Share.objects.get(order=order)
    assert (share.basis, share.basis_text) == (basis, "《供热条例》第二十条")
    assert Entry.objects.get(order=order, action="order.dispatched").payload["basis"] == basis


def test_a12_also_a_further_unit_and_a_change_of_unit_need_it(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    with pytest.raises(Refused, match="派单依据"):
        cast.do("dispatcher", "share.added", order.pk, nine, unit=cast.units["bureau"].pk, basis="")
    cast.do("clerk@heat", "return.filed", order.pk, nine, reason="不属本单位职责", legal_basis="派单目录")
    decision = {"approved": True, "next_unit": cast.units["bureau"].pk, "reason": "同意，属住建局职责"}
    with pytest.raises(Refused, match="派单依据"):
        cast.do("dispatcher", "return.decided", order.pk, nine, **decision)


def test_a32_one_named_person_answers_at_every_instant(cast: Cast, nine: datetime) -> None:
    """From the registration to the end, through assists, transfers and inner steps: exactly one person."""
    order = cast.register(nine)
    cast.dispatch(order, later(nine, minutes=2), "heat", "bureau")
    at = later(nine, minutes=5)
    cast.do("clerk@heat", "share.signed", order.pk, at)
    other = cast.staff["clerk@heat:b"]
    cast.do("clerk@heat", "share.transferred", order.pk, later(at, minutes=5), to=other.pk)
    order.refresh_from_db()
    assert order.owner_person == other
    deputy = cast.staff["hotline_deputy@heat"]
    cast.do("hotline_deputy@heat", "inner.assigned", order.pk, later(at, minutes=6), to=deputy.pk)
    stays = list(Stay.objects.filter(order=order).order_by("pk"))
    assert [s.person.username.removeprefix("junan-") for s in stays] == [
        "dispatcher-A",
        "clerk@heat-A",  # to sign
        "clerk@heat-A",  # to handle
        "clerk@heat-B",
        "hotline_deputy@heat-A",
    ]
    assert all(s.left_at == following.entered_at for s, following in pairwise(stays))
    assert stays[-1].left_at is None


def test_a32_whoever_signs_answers_although_another_was_named(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    actor = cast.actor("clerk@heat")
    stand_in = Actor(actor.role, actor.centre, cast.staff["clerk@heat:b"].pk, actor.post, actor.unit)
    record(Act("share.signed", stand_in, nine, order=order.pk, recorded_at=nine))
    order.refresh_from_db()
    assert order.owner_person == cast.staff["clerk@heat:b"]


def test_a32_before_sign_in_it_is_the_a_holder_and_b_in_his_absence(cast: Cast, nine: datetime) -> None:
    first, second = cast.register(nine), cast.register(nine)
    cast.dispatch(first, nine, "heat")
    Absence.objects.create(staff=cast.staff["clerk@heat"], start=nine, end=later(nine, days=2), reason="培训")
    cast.dispatch(second, nine, "heat")
    owners = list(Order.objects.order_by("pk").values_list("owner_person", flat=True))
    assert owners == [cast.staff["clerk@heat"].pk, cast.staff["clerk@heat:b"].pk]
    entry = Entry.objects.get(order=second, action="order.dispatched")
    assert cast.staff["clerk@heat:b"].pk in entry.derived["holders"][0]


def test_a32_an_order_that_nobody_would_answer_for_is_not_dispatched(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    post = cast.posts["clerk@heat"]
    post.holder_a = post.holder_b = None
    post.save()
    with pytest.raises(Refused, match="热力公司还没有在岗的经办人"):
        cast.dispatch(order, nine, "heat")


def test_a32_the_end_has_no_owner_left_to_act(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    walk(cast, order, nine)
    order.refresh_from_db()
    assert (order.state, order.node) == ("closed", "ended")
    assert not Stay.objects.filter(order=order, left_at=None).exists()
