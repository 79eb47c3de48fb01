"""Whose a thing is decides in which queue it stands."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from tests.cast import Cast, later
from tests.orders.stages import PAYLOADS, REASON, REPLY, TOLD, reach

from lianxin.desk import counting, queues
from lianxin.desk.seats import Seat
from lianxin.directory import snapshot
from lianxin.directory.models import Post, Staff, Unit
from lianxin.ledger.models import Clock


@pytest.fixture
def lately() -> datetime:
    """A day on which the orders of these tests came in."""
    return timezone.now() - timedelta(days=3)


def counted(cast: Cast, post: Post) -> dict[str, int]:
    """How much is in each queue of the post's holder now."""
    directory = snapshot.of(cast.centre.pk)
    line = next(line for line in directory.posts_at(post.unit_id, post.role) if line.id == post.pk)
    holder = Staff.objects.get(pk=post.holder_a_id)
    seat = Seat(holder, line, (line,), True, directory, timezone.now())
    return counting.count(seat, queues.queues_of(seat)).numbers


HANDLED = [
    ("dispatcher", "order.dispatched"),
    ("clerk@town", "share.signed"),
    ("clerk@town", "share.replied"),
    ("hotline_deputy@town", "share.unit_audited"),
    ("auditor", "share.passed"),
    ("callback", "callback.recorded"),
    ("callback", "order.closed"),
]


def test_whoever_was_told_with_the_main_order_is_not_called_back(base: Cast, lately: datetime) -> None:
    merged, at = reach(base, "merged", lately)
    main = merged.merged_into
    assert main
    for who, verb in HANDLED:
        base.do(who, verb, main.pk, at, **PAYLOADS[verb](base, main))
    base.do("callback", "order.closed", merged.pk, later(at, minutes=1), told=TOLD)
    found = counted(base, base.posts["callback"])
    # The main order and the repeat were closed lately; neither is to be called.
    assert (found["callback"], found["recall"], found["closed"]) == (0, 0, 2)


def test_what_was_closed_without_a_call_is_called_back(cast: Cast, lately: datetime) -> None:
    """Junan closes by audit and calls afterwards."""
    order = cast.register(lately)
    cast.dispatch(order, lately, "town")
    for who, verb, payload in (
        ("clerk@town", "share.signed", {}),
        ("clerk@town", "share.replied", REPLY),
        ("hotline_deputy@town", "share.unit_audited", {"approved": True}),
        ("auditor", "share.passed", {}),
    ):
        cast.do(who, verb, order.pk, lately, **payload)
    assert counted(cast, cast.posts["callback"])["callback"] == 1
    grades = {"process_grade": "satisfied", "result_grade": "satisfied", "solved": True, "layer": "district"}
    cast.do("callback", "callback.recorded", order.pk, later(lately, hours=1), **grades)
    assert counted(cast, cast.posts["callback"])["callback"] == 0


def test_what_waits_for_the_centres_audit_is_not_the_units_lateness(base: Cast, lately: datetime) -> None:
    order, _ = reach(base, "draft", lately)
    Clock.objects.filter(order=order, ended_at=None, share__isnull=False).update(due=lately)
    assert counted(base, base.posts["clerk@town"])["overdue"] == 1
    base.do("hotline_deputy@town", "share.unit_audited", order.pk, later(lately, hours=1), approved=True)
    Clock.objects.filter(order=order, kind="audit").update(due=lately)
    assert counted(base, base.posts["clerk@town"])["overdue"] == 0


def test_a_sub_centres_dispatcher_sees_the_petitions_that_he_may_decide(base: Cast, lately: datetime) -> None:
    root = base.units["centre"]
    branch = Unit.objects.create(centre=base.centre, parent=root, code="branch", name="城东分中心", type="sub_centre")
    person = base.staff["dispatcher:b"]
    post = Post.objects.create(centre=base.centre, unit=branch, role="dispatcher", holder_a=person)
    order, at = reach(base, "return_filed", lately)
    assert counted(base, post)["returns"] == 1
    base.do("dispatcher", "return.decided", order.pk, at, approved=False, reason=REASON)
    assert counted(base, post)["returns"] == 0
