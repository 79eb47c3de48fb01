"""Hand-overs of shifts, in each state that there is."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.cast import Cast, later
from tests.rulebooks import stored

from lianxin.directory import rosters
from lianxin.directory.models import Roster, Staff
from lianxin.ledger.acts import Act, Actor
from lianxin.ledger.door import Recorded, record
from lianxin.oversight import handovers

EIGHT = timedelta(hours=8)


def shifts(
    cast: Cast, at: datetime, post: str = "dispatcher", kind: str = "dispatchers", days: float = 3
) -> list[Staff]:
    """A roster in force of a post, two people in turn, eight hours each."""
    unit, mark = cast.posts[post].unit, f"{cast.centre.code}-{post}-shift"
    team = [
        Staff.objects.create_user(f"{mark}{Staff.objects.count()}", name=f"{post}{name}", centre=cast.centre, unit=unit)
        for name in "甲乙"
    ]
    about = {"centre": cast.centre, "post": cast.posts[post], "kind": kind}
    roster = Roster.objects.create(**about, start=at, until=later(at, days=days))
    rosters.rotate(roster, [(who.name, [who.pk]) for who in team], EIGHT)
    rosters.enact(roster)
    return team


def as_whom(cast: Cast, who: Staff, post: str = "dispatcher") -> Actor:
    """That person, acting for that post."""
    line = cast.posts[post]
    return Actor(line.role, cast.centre.pk, who.pk, line.pk, line.unit_id)


def handed(cast: Cast, who: Staff, at: datetime, post: str = "dispatcher", **more: object) -> Recorded:
    """Handed over by that person."""
    said = {"text": "两件事项等待单位回电。"} | more
    return record(Act("handover.handed", as_whom(cast, who, post), at, said))


def accepted(cast: Cast, who: Staff, root: int, at: datetime, post: str = "dispatcher", **more: object) -> Recorded:
    """Taken over by that person."""
    return record(Act("handover.accepted", as_whom(cast, who, post), at, more, order=root))


def standing(cast: Cast, at: datetime) -> None:
    """One of each post that waits to be taken over, and one that nobody took over; the rosters end on the same day."""
    then = later(at, hours=2)
    for post, kind in (("dispatcher", "dispatchers"), ("supervisor", "leads"), ("clerk@town", "leads")):
        team = shifts(cast, then, post, kind, days=0.5)
        handed(cast, team[0], later(then, hours=1), post)
    root = handed(cast, team[1], later(then, hours=9), post).order
    record(Act("handover.lapsed", Actor.system(cast.centre.pk), later(then, hours=10), {}, order=root))


def lives(cast: Cast, at: datetime) -> None:
    """One by each of the steps."""
    stored(cast, "handing", shifts={"handed_over": ["dispatchers"], "accepted": "30 minutes"})
    team = shifts(cast, at)
    root = handed(cast, team[0], later(at, hours=7.5)).order
    assert root
    accepted(cast, team[1], root, later(at, hours=8.2), note="已核对。")
    root = handed(cast, team[1], later(at, hours=15)).order
    assert handovers.look(later(at, hours=16.5)) == 1
    said = {"reason": "接班人迟到，已批评。"}
    record(Act("handover.settled", cast.actor("supervisor"), later(at, hours=17), said, order=root))
    assert handovers.look(later(at, hours=24.5)) == 1
