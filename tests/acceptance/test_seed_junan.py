"""Rows of the 莒南县 bulletin that are about work, not figures: units, first unit, office functions, first contact."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.cast import Cast, later, shanghai
from tests.orders.stages import HAPPY, PAYLOADS, REASON, reach, tables
from tests.rulebooks import stored

from lianxin.directory.models import Post, Unit
from lianxin.directory.roles import Role
from lianxin.ledger import verbs
from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Stay, Task
from lianxin.ledger.verify import verify
from lianxin.orders.about import AboutTask
from lianxin.orders.models import Order, Share
from lianxin.rules import lifecycle


@pytest.fixture
def base(db: None) -> Cast:
    """A centre under the base pack, which calls back before it closes."""
    from tests.cast import make_cast

    return make_cast("base", "base")


@pytest.mark.parametrize("kind", ["enterprise", "hospital", "bank"])
def test_d15_a_company_a_hospital_a_bank_handles_like_any_unit(cast: Cast, nine: datetime, kind: str) -> None:
    root = cast.units["centre"]
    unit = Unit.objects.create(centre=cast.centre, parent=root, code=kind, name=f"县{kind}", type=kind, position=8)
    Post.objects.create(centre=cast.centre, unit=unit, role=Role.CLERK, holder_a=cast.staff["clerk@village"])
    cast.units[kind] = unit
    order = cast.register(nine)
    cast.dispatch(order, nine, kind)
    order.refresh_from_db()
    assert (order.owner_unit, order.owner_person) == (unit, cast.staff["clerk@village"])


def test_d18_the_first_unit_stays_responsible_until_another_is_named(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    cast.do(
        "clerk@heat",
        "return.filed",
        order.pk,
        nine,
        reason="不属本单位职责",
        return_reason="not_duty",
        legal_basis="派单目录",
    )
    order.refresh_from_db()
    assert order.owner_unit == cast.units["heat"]
    share = Share.objects.get(order=order)
    clock = Clock.objects.get(share=share, kind="handle")
    assert clock.running
    decision = {"approved": True, "reason": REASON, "next_unit": cast.units["bureau"].pk, "basis": "duty_list"}
    cast.do("dispatcher", "return.decided", order.pk, later(nine, minutes=30), **decision)
    order.refresh_from_db()
    assert order.owner_unit == cast.units["bureau"]
    units = [s.unit.code for s in Stay.objects.filter(order=order).order_by("pk")]
    assert units == ["centre", "heat", "bureau"]


def test_d18_refused_it_stays_with_the_first_unit(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    cast.do(
        "clerk@heat",
        "return.filed",
        order.pk,
        nine,
        reason="不属本单位职责",
        return_reason="not_duty",
        legal_basis="派单目录",
    )
    cast.do("dispatcher", "return.decided", order.pk, nine, approved=False, reason=REASON)
    order.refresh_from_db()
    share = Share.objects.get(order=order)
    assert (order.owner_unit, share.forced, share.state) == (cast.units["heat"], True, "signed")


#: 接收、转发、回复、回访、督导、考核: function -> (verb that is it, stage, the posts that may)
FUNCTIONS = {
    "接收": ("order.registered", "", {"agent", "dispatcher", "patrol", "leader"}),
    "转发": ("order.dispatched", "registered", {"dispatcher"}),
    "回复": ("share.passed", "replied", {"auditor"}),
    "回访": ("callback.recorded", "to_callback", {"callback"}),
    "督导": ("order.reopened", "closed", {"supervisor", "leader"}),
    "考核": ("order.excluded", "closed", {"supervisor", "leader"}),
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_d20_each_office_function_is_a_permission(base: Cast, nine: datetime, function: str) -> None:
    verb, stage, holders = FUNCTIONS[function]
    assert lifecycle.find(verb).posts - {"system"} == holders
    for role in sorted(lifecycle.CENTRE | {"analyst", "admin"}):
        order, at = reach(base, stage, nine) if stage else (None, nine)
        payload = PAYLOADS[verb](base, order)  # type: ignore[arg-type]
        seat = Actor(role, base.centre.pk, base.staff["agent"].pk, base.posts["agent"].pk, base.units["centre"].pk)
        act = Act(verb, seat, at, payload, order=order.pk if order else None, recorded_at=at)
        if role in holders:
            record(act)
        else:
            with pytest.raises(Refused, match="您的岗位不能"):
                record(act)


#: All that who assesses may take of an order, and only where a rule of the pack laid a duty on his own post.
DUTY_VERBS = {"task.done", "task.noted", "task.handed_on", "petition.endorsed"}


def test_d20_who_assesses_sees_all_and_changes_nothing(base: Cast, nine: datetime) -> None:
    order, _ = reach(base, "closed", nine)
    assert list(Order.objects.all().visible_to(base.staff["analyst"])) == [order]
    taken = {row.action for row in lifecycle.TABLE if "analyst" in row.posts}
    assert taken == DUTY_VERBS
    assert all(issubclass(verbs.get(action).payload, AboutTask) for action in taken)


@pytest.mark.parametrize("verb", sorted(DUTY_VERBS))
def test_d20_a_duty_of_another_post_is_not_the_assessors(base: Cast, nine: datetime, verb: str) -> None:
    holder, stage = HAPPY[verb]
    order, at = reach(base, stage, nine)
    payload, before = PAYLOADS[verb](base, order), tables()
    with pytest.raises(Refused, match="不在您的岗位"):
        base.do("analyst", verb, order.pk, at, **payload)
    assert tables() == before
    base.do(holder, verb, order.pk, at, **payload)


def test_d20_a_duty_of_the_assessors_own_changes_nothing_but_itself(base: Cast, nine: datetime) -> None:
    """As D30 would have it: whoever assesses looks through how an order was handled, and says what he found."""
    words = {"id": "assessed:review", "title": "复核办理过程", "origin": "测试", "kind": "review", "from": ["dispatch"]}
    review = {**words, "post": "analyst", "at": "centre", "elements": [{"title": "复核意见"}]}
    stored(base, "assessed", task=[review])
    order, at = reach(base, "signed", nine)
    task = Task.objects.get(order=order)

    def stands() -> list[Any]:
        order.refresh_from_db()
        parts = (m.objects.filter(order=order).order_by("pk") for m in (Share, Clock, Stay))
        return [order.state, order.round, order.owner_person_id, order.due_at, *(list(rows.values()) for rows in parts)]

    before = stands()
    found = {"task": task.pk, "elements": ["办理过程属实，未见敷衍。"]}
    with pytest.raises(Refused, match="不在您的岗位"):
        base.do("supervisor", "task.done", order.pk, at, **found)
    base.do("analyst", "task.done", order.pk, at, **found)
    assert stands() == before
    task.refresh_from_db()
    assert (task.outcome, task.done_at) == ("done", at)


@pytest.mark.parametrize(("urgency", "due"), [("urgent", "2026-11-18 10:00"), ("normal", "2026-11-20 00:00")])
def test_d29_the_first_contact_is_timed_from_the_dispatch(cast: Cast, nine: datetime, urgency: str, due: str) -> None:
    order = cast.register(nine, urgency=urgency)
    cast.dispatch(order, nine, "heat", "bureau")
    clock = Clock.objects.get(order=order, kind="contact")
    assert (clock.rule.split(".")[0], clock.due) == ("D29", shanghai(due))
    # The assisting unit owes no first contact.
    assert clock.share == Share.objects.get(order=order, unit=cast.units["heat"])


def test_d29_only_a_caller_who_was_reached_stops_it(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    cast.do("clerk@heat", "share.signed", order.pk, nine)
    clock = Clock.objects.get(order=order, kind="contact")
    cast.do("clerk@heat", "share.contacted", order.pk, later(nine, minutes=5), reached=False, text="无人接听")
    clock.refresh_from_db()
    assert clock.running
    cast.do("clerk@heat", "share.contacted", order.pk, later(nine, minutes=9), text="约定下午上门")
    clock.refresh_from_db()
    assert (clock.end, clock.ended_at) == ("met", later(nine, minutes=9))
    assert Share.objects.get(order=order).contacted_at == later(nine, minutes=9)


def test_d29_who_calls_for_the_town_calls_in_its_stead(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "town")
    cast.do("clerk@town", "share.signed", order.pk, nine)
    cast.do("clerk@town", "share.delegated", order.pk, nine, unit=cast.units["village"].pk)
    cast.do("clerk@village", "share.signed", order.pk, nine)
    cast.do("clerk@village", "share.contacted", order.pk, later(nine, minutes=9), text="约定下午上门")
    assert Clock.objects.get(order=order, kind="contact").end == "met"
    assert set(Share.objects.values_list("contacted_at", flat=True)) == {later(nine, minutes=9)}
    assert list(verify()) == []


def test_d29_a_new_unit_owes_a_contact_of_its_own(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    cast.do(
        "clerk@heat",
        "return.filed",
        order.pk,
        nine,
        reason="不属本单位职责",
        return_reason="not_duty",
        legal_basis="派单目录",
    )
    decision = {"approved": True, "reason": REASON, "next_unit": cast.units["bureau"].pk, "basis": "duty_list"}
    cast.do("dispatcher", "return.decided", order.pk, nine, **decision)
    ends = list(Clock.objects.filter(order=order, kind="contact").order_by("pk").values_list("end", flat=True))
    assert ends == ["cancelled", ""]
    assert Order.objects.get(pk=order.pk).owner_unit == cast.units["bureau"]
