"""The lifecycle table walked: whatever it forbids is refused and changes nothing, at every stage, for every post."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.cast import Cast
from tests.orders.stages import HAPPY, PAYLOADS, STAGES, reach, tables

from lianxin.directory.roles import Role
from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.door import record
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share
from lianxin.rules import lifecycle

UNIT_POSTS = lifecycle.UNIT


def may(cast: Cast, row: lifecycle.Transition) -> Actor:
    """Somebody whose post may take the action: at the centre, or in the leading unit."""
    role = sorted(row.posts)[0]
    if role == "system":
        return Actor.system(cast.centre.pk)
    return seat(cast, role, "town" if role in UNIT_POSTS else "centre")


def seat(cast: Cast, role: str, unit: str) -> Actor:
    """Anybody, sitting at a post of that role in that unit."""
    return Actor(role, cast.centre.pk, cast.staff["agent"].pk, None, cast.units[unit].pk)


@pytest.mark.parametrize("stage", STAGES)
def test_what_the_table_forbids_is_refused_and_changes_nothing(base: Cast, nine: datetime, stage: str) -> None:
    order, at = reach(base, stage, nine)
    share = Share.objects.filter(order=order).first()
    payloads = {verb: PAYLOADS[verb](base, order) for verb in HAPPY if verb != "order.registered"}
    before, tried = tables(), 0
    for verb, payload in payloads.items():
        row = lifecycle.find(verb)
        if lifecycle.allowed(
            row, order=order.state, share=share.state if share else None, role=share.role if share else None
        ):
            continue
        tried += 1
        with pytest.raises(Refused) as refused:
            record(Act(verb, may(base, row), at, payload, order=order.pk, recorded_at=at))
        assert all(refused.value.problems.values()), verb
    assert tried
    assert tables() == before
    assert list(verify()) == []


@pytest.mark.parametrize("verb", sorted(HAPPY))
def test_a_post_that_the_table_does_not_name_is_refused(base: Cast, nine: datetime, verb: str) -> None:
    _, stage = HAPPY[verb]
    order, at = reach(base, stage, nine) if stage else (None, nine)
    payload = PAYLOADS[verb](base, order)  # type: ignore[arg-type]
    row, before = lifecycle.find(verb), tables()
    for role in (*Role.values, "system", "citizen", ""):
        if role in row.posts:
            continue
        for unit in ("centre", "town"):
            with pytest.raises(Refused, match=f"您的岗位不能{row.title}"):
                record(
                    Act(verb, seat(base, role, unit), at, payload, order=order.pk if order else None, recorded_at=at)
                )
    assert tables() == before


@pytest.mark.parametrize("verb", sorted(set(HAPPY) - {"order.registered"}))
def test_a_stranger_finds_no_such_order(base: Cast, other: Cast, nine: datetime, verb: str) -> None:
    """Another centre, and a unit of the same centre that has nothing to do with the order."""
    who, stage = HAPPY[verb]
    order, at = reach(base, stage, nine)
    payload, before = PAYLOADS[verb](base, order), tables()
    strangers = [other.actor(who)]
    if "@" in who:
        strangers.append(base.actor(who.split("@")[0] + "@heat"))
    for actor in strangers:
        with pytest.raises(Refused) as refused:
            record(Act(verb, actor, at, payload, order=order.pk, recorded_at=at))
        assert refused.value.problems == {"": "没有这件工单"}
    assert tables() == before


def test_a_unit_acts_only_on_its_own_share(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "assist_signed", nine)
    town = Share.objects.get(order=order, unit=base.units["town"])
    with pytest.raises(Refused, match="这一承办件不属于您的单位"):
        base.do("clerk@bureau", "share.signed", order.pk, at, share=town.pk)


def test_a_share_of_another_order_is_no_share_of_this_one(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "pending", nine)
    foreign, _ = reach(base, "pending", nine)
    with pytest.raises(Refused) as refused:
        base.do(
            "clerk@town",
            "share.signed",
            order.pk,
            at,
            share=Share.objects.get(order=foreign).pk,
        )
    assert refused.value.problems == {"share": "没有这一承办件"}


def test_who_sees_which_orders(base: Cast, other: Cast, nine: datetime) -> None:
    order, _ = reach(base, "signed", nine)

    def sees(cast: Cast, who: str) -> bool:
        return order in Order.objects.all().visible_to(cast.staff[who])

    everywhere = ["agent", "dispatcher", "auditor", "callback", "supervisor", "leader", "analyst", "agent:b"]
    assert all(sees(base, who) for who in everywhere)
    assert sees(base, "clerk@town")
    assert sees(base, "principal@town")
    strangers = ["admin", "patrol", "clerk@heat", "clerk@village", "principal@bureau"]
    assert not any(sees(base, who) for who in strangers)
    assert not any(sees(other, who) for who in ("agent", "supervisor", "clerk@town"))
    base.staff["agent"].is_active = False
    assert not sees(base, "agent")
