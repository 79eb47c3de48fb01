"""Where a post's holders A and B were asked alone, whoever has its shifts is asked too."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.cast import later, make_cast
from tests.desk.web import Site
from tests.duties.stages import MONTHLY, closed, owed
from tests.duties.stages import under as coming_round
from tests.duties.test_monthly import FIFTH, TWENTIETH
from tests.orders.test_labels import STUDY, label, under
from tests.proceedings.bodies import course, sat
from tests.proceedings.handovers import as_whom, shifts

from lianxin.duties import rounds
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry, Task
from lianxin.orders.models import Order, Share

pytestmark = pytest.mark.django_db


def test_what_the_handler_must_not_do_lies_on_another_of_the_shift_before_a_and_b(nine: datetime) -> None:
    base = make_cast("base", "base")
    first, second = shifts(base, nine, "clerk@town", "rapid")
    first.shifts.update(withdrawn=True)
    second.shifts.update(withdrawn=True)
    roster = base.posts["clerk@town"].rosters.get()
    for who in (first, second):
        roster.shifts.create(staff=who, start=nine, until=later(nine, days=3))
    under(base, task=[STUDY | {"post": "clerk", "not_handler": True}])
    order = base.register(nine)
    (share,) = base.dispatch(order, later(nine, minutes=1), "town")
    assert share.holder_id == first.pk
    said = {"share": share.pk}
    signed = Act("share.signed", as_whom(base, first, "clerk@town"), later(nine, minutes=2), said, order=order.pk)
    record(signed)
    label(base, "supervisor", order, later(nine, minutes=3))
    assert Task.objects.get(order=order, kind="study").holder_id == second.pk


def test_whoever_was_named_on_his_shift_has_the_order_in_the_list_of_his_post(nine: datetime) -> None:
    junan = make_cast("junan", "junan-2021")
    for role in ("line_deputy", "section_head", "discipline"):
        junan.post(f"{role}@town", "town", role)
    team = shifts(junan, nine, "line_deputy@town", "leads")
    order = junan.register(nine)
    junan.dispatch(order, nine, "town", signed_off=False)
    task = Task.objects.get(order=order, kind="sign_off", done_at=None)
    named = {"deputy": team[0].pk}
    named |= {"head": junan.staff["section_head@town"].pk, "supervising": junan.staff["discipline@town"].pk}
    about = {"share": task.share_id, "opinion": "请按分工办理。", **named}
    record(Act("share.signed_off", junan.actor("principal@town"), later(nine, minutes=1), about, order=order.pk))
    assert any(person == team[0].pk for _, _, person in Share.objects.get(order=order).chain)
    number = Order.objects.get(pk=order.pk).number
    assert number in Site(junan).get("line_deputy@town", "/?queue=chain").content.decode()


def test_c14_agents_who_have_shifts_are_trained_as_those_who_hold_the_post(nine: datetime) -> None:
    jinan = make_cast("jinan", "jinan-cg")
    team = shifts(jinan, nine, "agent", "agents")
    root = course(jinan, nine)
    sat(jinan, root, later(nine, hours=2), "agent", "agent:b")
    last = Entry.objects.filter(proceeding=root).latest("number").payload
    assert (last["share"], last["missing"]) == ("应训 4 名，已训 2 名", "、".join(who.name for who in team))
    with pytest.raises(Refused, match="还有 2 名话务员没有培训"):
        record(Act("line_training.finished", jinan.actor("supervisor"), later(nine, hours=3), {}, order=root))


def test_a_duty_of_a_month_is_owed_by_those_of_the_shifts_whoever_is_a() -> None:
    base = make_cast("base", "base")
    coming_round(base, MONTHLY)
    closed(base, FIFTH)
    shifts(base, FIFTH, "principal@town", "leads", days=40)
    rounds.run(later(FIFTH, hours=1))
    post = base.posts["principal@town"]
    post.holder_a, post.holder_b = post.holder_b, None
    post.save()
    rounds.run(TWENTIETH)
    assert ("A06", "2026-10", "town", "") in owed(), "no other A lets the shifts off"


def test_a_post_that_only_has_shifts_is_not_vacant(nine: datetime) -> None:
    base = make_cast("base", "base")
    coming_round(base, MONTHLY)
    closed(base, FIFTH)
    team = shifts(base, FIFTH, "principal@town", "leads", days=40)
    post = base.posts["principal@town"]
    post.holder_a = post.holder_b = None
    post.save()
    rounds.run(later(FIFTH, hours=1))
    task = Task.objects.get(rule="A06", unit=base.units["town"])
    assert (task.vacant, task.holder_id) == ("", team[0].pk)
