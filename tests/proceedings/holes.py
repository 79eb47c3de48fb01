"""Holes in a roster, in each state that there is."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.cast import Cast, later
from tests.proceedings.handovers import shifts
from tests.proceedings.stages import do

from lianxin.directory import rosters
from lianxin.directory.models import Roster, Shift, Staff
from lianxin.oversight import shift_holes
from lianxin.proceedings.models import Proceeding


def torn(cast: Cast, at: datetime) -> Proceeding:
    """One that is open: the second of two shifts was withdrawn."""
    about = {"centre": cast.centre, "post": cast.posts["agent"], "kind": "agents", "start": at}
    roster = Roster.objects.create(**about, until=later(at, hours=16))
    team = [
        Staff.objects.create_user(f"{cast.centre.code}-shift{n}", name=f"坐席{n}", centre=cast.centre) for n in (1, 2)
    ]
    rosters.rotate(roster, [(who.name, [who.pk]) for who in team], timedelta(hours=8))
    rosters.enact(roster)
    Shift.objects.filter(staff=team[1]).update(withdrawn=True)
    assert shift_holes.look(at) == 1
    return Proceeding.objects.get(Proceeding.OPEN, kind="shift_hole", centre=cast.centre)


def holes(cast: Cast, at: datetime) -> None:
    """One by each of the steps."""
    hole = torn(cast, at)
    do(cast, "supervisor", "shift_hole.noted", hole.pk, later(at, hours=1), reason="已通知一队队员顶班。")
    Shift.objects.update(withdrawn=False)
    shift_holes.look(later(at, hours=1))
    Shift.objects.filter(start__gt=at).update(withdrawn=True)
    shift_holes.look(later(at, hours=2))
    shift_holes.look(later(at, hours=16))


def of_unit(cast: Cast, at: datetime) -> None:
    """One that lies with the town's own duty lead."""
    shifts(cast, at, "principal@town", "leads")
    team = shifts(cast, later(at, days=2), "clerk@town", "rapid")
    Shift.objects.filter(pk=team[1].shifts.earliest("start").pk).update(withdrawn=True)
    shift_holes.look(at)
