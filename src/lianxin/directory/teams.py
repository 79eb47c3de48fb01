"""Which rapid team serves an area, and what an area covers (C28): asked of the directory in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from lianxin.rules.datums import Circle

from .lines import AreaLine
from .snapshot import Snapshot


def ground(directory: Snapshot, area: int | None) -> tuple[Circle, ...]:
    """What an area covers: its own circles, else those of the nearest area above that has any; empty where none has."""
    above = _upwards(directory.areas, area)
    return next((found for one in above if (found := directory.places.circles.get(one))), ())


def team(directory: Snapshot, unit: int, role: str, area: int | None, at: datetime) -> int | None:
    """The post of that unit and role whose rapid team, on duty at `at`, serves the area; the one that serves the
    narrowest area where there are several; None where there is none."""
    there = [post.id for post in directory.posts_at(unit, role) if directory.on_duty.is_rapid(post.id, at)]
    for one in _upwards(directory.areas, area) if there else ():
        for post in there:
            if one in directory.places.teams.get(post, ()):
                return post
    return None


def team_of(directory: Snapshot, unit: int, role: str, staff: int, at: datetime) -> int | None:
    """The post of that unit and role for whose rapid team, on duty at `at`, that person has shifts; None where he has
    none."""
    return next(
        (
            post.id
            for post in directory.posts_at(unit, role)
            if directory.on_duty.is_rapid(post.id, at) and staff in directory.members(post.id)
        ),
        None,
    )


def _upwards(areas: Mapping[int, AreaLine], area: int | None) -> Iterator[int]:
    """The area and those above it.  A ring, which can only come by SQL, must not stop the centre."""
    for _ in areas:
        if area is None or area not in areas:
            return
        yield area
        area = areas[area].parent
