"""Who is on duty in a scene: a roster that the administrator would have made, laid before the first act.

A roster is a fact of the directory and no act (`directory.rosters`), so the scene says it beside its cast.  It is laid
once: a post that has a roster in force then keeps that one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from lianxin.directory import rosters
from lianxin.directory.models import Roster

from .names import Names


class RosterLine(BaseModel):
    """A post around the clock, one team after the other for so many hours, in scene time; people as in the cast."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    post: str
    kind: Roster.Kind
    start: str
    until: str
    hours: int = Field(gt=0)
    #: (the team's name, who is in it)
    teams: tuple[tuple[str, tuple[str, ...]], ...] = Field(min_length=1)


def lay(line: RosterLine, names: Names, at: datetime) -> None:
    """Draw the roster up and put it in force, unless the post has one.  Raises ValueError, ValidationError."""
    start, until = (names.times.at(text, at) for text in (line.start, line.until))
    post = names.post(line.post)
    there = Roster.objects.filter(post=post.id, state=Roster.State.IN_FORCE, start__lt=until, until__gt=start)
    if there.exists():
        return
    roster = Roster(centre_id=names.directory.centre_id, post_id=post.id, kind=line.kind, start=start, until=until)
    teams = [(team, [_person(names, who, at) for who in people]) for team, people in line.teams]
    roster.full_clean()
    roster.save()
    rosters.rotate(roster, teams, timedelta(hours=line.hours))
    rosters.enact(roster)


def _person(names: Names, who: str, at: datetime) -> int:
    found = names.person(who, at)
    if found is None:
        raise ValueError(f"nobody is {who!r}")
    return found
