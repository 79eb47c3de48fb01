"""Jinan's rows of shifts: work goes to who is on duty, a hole is the duty lead's, sixty minutes to the place."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tests.cast import Cast, later, make_cast
from tests.proceedings.stages import actions, clocks, differences, dispatched, do, fresh

from lianxin.directory import rosters
from lianxin.directory.models import Absence, Roster, Shift, Staff
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Clock, Notice
from lianxin.ledger.sweep import sweep
from lianxin.orders import succession
from lianxin.orders.models import Order, Share
from lianxin.oversight import shift_holes
from lianxin.proceedings.models import Proceeding

EIGHT = timedelta(hours=8)


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast("jinan", "jinan-cg")


@pytest.fixture
def teams(cast: Cast) -> list[Staff]:
    """Three people of the town's rapid team."""
    return [
        Staff.objects.create_user(f"team{n}", name=f"队员{n}", centre=cast.centre, unit=cast.units["town"])
        for n in range(3)
    ]


def in_force(cast: Cast, teams: list[Staff], start: datetime, post: str = "clerk@town", days: int = 30) -> Roster:
    about = {"centre": cast.centre, "post": cast.posts[post], "kind": "rapid"}
    roster = Roster.objects.create(**about, start=start, until=start + timedelta(days=days))
    rosters.rotate(roster, [(who.name, [who.pk]) for who in teams], EIGHT)
    rosters.enact(roster)
    return roster


def open_holes() -> list[Proceeding]:
    return list(Proceeding.objects.filter(Proceeding.OPEN, kind="shift_hole").order_by("pk"))


def test_c24_whoever_is_on_duty_is_given_the_order_and_the_next_shift_has_it_then(
    cast: Cast, teams: list[Staff], nine: datetime
) -> None:
    in_force(cast, teams, nine)
    order = dispatched(cast, later(nine, hours=1), "town")
    share = Share.objects.get(order=order)
    assert share.holder_id == teams[0].pk
    assert succession.follow_posts(later(nine, hours=7.9)) == 0
    for hours, who in ((8, 1), (16, 2), (24, 0)):
        assert succession.follow_posts(later(nine, hours=hours)) == 1, hours
        assert Share.objects.get(order=order).holder_id == teams[who].pk, hours
        succession._seen.clear()
        assert succession.follow_posts(later(nine, hours=hours)) == 0, "nothing is handed over again and again"
    assert differences() == []


def test_c24_a_dispatcher_s_roster_says_whose_new_orders_are(cast: Cast, nine: datetime) -> None:
    root = cast.units["centre"]
    team = [Staff.objects.create_user(f"night{n}", name=f"派单{n}", centre=cast.centre, unit=root) for n in range(2)]
    in_force(cast, team, nine, "dispatcher")
    for hours, who in ((1, 0), (9, 1)):
        assert cast.register(later(nine, hours=hours)).owner_person_id == team[who].pk
    assert Order.objects.filter(owner_person=None).count() == 0


def test_c24_leave_tears_a_hole_which_is_the_duty_lead_s_at_once_and_due_before_it(
    cast: Cast, teams: list[Staff], nine: datetime
) -> None:
    in_force(cast, teams, nine)
    assert shift_holes.look(nine) == 0
    Absence.objects.create(staff=teams[1], start=later(nine, hours=8), end=later(nine, hours=40))
    assert shift_holes.look(later(nine, hours=1)) == 2
    first, second = open_holes()
    assert (first.owner_person_id, first.state) == (cast.staff["supervisor"].pk, "open")
    assert [due for due, *_ in clocks(first)] == [later(nine, hours=8)]
    assert [due for due, *_ in clocks(second)] == [later(nine, hours=32)]
    assert Notice.objects.filter(staff=cast.staff["supervisor"]).exists()
    assert shift_holes.look(later(nine, hours=2)) == 0, "one hole is told once"
    assert differences() == []


def test_c24_a_person_who_goes_and_a_shift_that_is_withdrawn_tear_holes_too(
    cast: Cast, teams: list[Staff], nine: datetime
) -> None:
    in_force(cast, teams, nine, days=2)
    Shift.objects.filter(pk=Shift.objects.filter(staff=teams[0]).earliest("start").pk).update(withdrawn=True)
    Staff.objects.filter(pk=teams[2].pk).update(is_active=False)
    assert shift_holes.look(nine) == 3
    begun = open_holes()[0]
    assert [due for due, *_ in clocks(begun)] == [later(nine, hours=8)], "it runs already: due by its end"


def test_c24_a_hole_ends_when_somebody_has_the_shift_and_not_by_a_word(
    cast: Cast, teams: list[Staff], nine: datetime
) -> None:
    roster = in_force(cast, teams, nine, days=2)
    torn = Shift.objects.filter(staff=teams[1]).earliest("start")
    Shift.objects.filter(pk=torn.pk).update(withdrawn=True)
    shift_holes.look(nine)
    (hole,) = open_holes()
    do(cast, "supervisor", "shift_hole.noted", hole.pk, later(nine, hours=1), reason="已电话通知二队队员顶班。")
    assert shift_holes.look(later(nine, hours=1)) == 0
    assert open_holes() == [hole], "what is said fills no shift"
    with pytest.raises(Refused):
        do(cast, "supervisor", "shift_hole.filled", hole.pk, later(nine, hours=1))
    Shift.objects.create(roster=roster, staff=cast.staff["clerk@town"], start=torn.start, until=torn.until)
    assert shift_holes.look(later(nine, hours=2)) == 1
    assert (fresh(hole).state, actions(hole)[-1]) == ("filled", "shift_hole.filled")
    Shift.objects.filter(staff=cast.staff["clerk@town"]).update(withdrawn=True)
    assert shift_holes.look(later(nine, hours=3)) == 1, "torn again, it is told again"
    assert shift_holes.look(later(nine, hours=16)) == 1
    assert {root.state for root in Proceeding.objects.filter(kind="shift_hole")} == {"filled", "passed"}
    assert differences() == []


def test_on_the_spot_the_unit_must_be_there_within_sixty_minutes_of_the_dispatch(cast: Cast, nine: datetime) -> None:
    order = dispatched(cast, nine, "town", urgency="urgent")
    clock = Clock.objects.get(order=order, rule="C44")
    assert clock.due - nine == timedelta(minutes=60)
    plain = dispatched(cast, nine, "town")
    assert not Clock.objects.filter(order=plain, rule="C44").exists(), "nobody is called out for what is not urgent"


def test_on_the_spot_word_of_progress_is_no_arrival_and_whoever_registers_it_has_arrived(
    cast: Cast, nine: datetime
) -> None:
    order = dispatched(cast, nine, "town", urgency="urgent")
    share = Share.objects.get(order=order)
    do(cast, "clerk@town", "share.signed", order.pk, later(nine, minutes=5), share=share.pk)
    said = {"share": share.pk, "text": "已派队员前往现场。"}
    do(cast, "clerk@town", "share.progressed", order.pk, later(nine, minutes=6), **said)
    assert Clock.objects.get(order=order, rule="C44").end == ""
    do(cast, "clerk@town", "share.progressed", order.pk, later(nine, minutes=40), **said, on_site=True)
    assert Clock.objects.get(order=order, rule="C44").end == ""
    do(cast, "clerk@town", "share.arrived", order.pk, later(nine, minutes=50), share=share.pk)
    assert Clock.objects.get(order=order, rule="C44").end == "met"


def test_on_the_spot_who_comes_too_late_is_late(cast: Cast, nine: datetime) -> None:
    order = dispatched(cast, nine, "town", urgency="urgent")
    sweep(later(nine, minutes=61))
    clock = Clock.objects.get(order=order, rule="C44")
    assert clock.breached_at is not None
