"""Where the areas of a centre lie and which team serves them: plain, as a snapshot holds it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lianxin.rules.datums import Circle, Point, to_wgs84

from . import reading


@dataclass(frozen=True, slots=True)
class Places:
    """The circles of each area, on WGS-84, and the areas that the team of a post serves, each by its id."""

    circles: Mapping[int, tuple[Circle, ...]] = field(default_factory=dict)
    teams: Mapping[int, frozenset[int]] = field(default_factory=dict)


#: Where nothing was entered.
NOWHERE = Places()


def read(centre: Any, left_out: list[str]) -> Places:
    """Those of a centre, in two queries; what cannot be read is named in `left_out`."""
    circles: dict[int, list[Circle]] = defaultdict(list)
    drawn = centre.area_circles.order_by("id")
    for area, datum, longitude, latitude, radius in reading.rows(
        drawn, "area", "datum", "longitude", "latitude", "radius", left_out=left_out
    ):
        circles[area].append(Circle(to_wgs84(Point(longitude, latitude), datum), radius))
    teams: dict[int, set[int]] = defaultdict(set)
    for post, area in reading.rows(centre.team_areas.order_by("id"), "post", "area", left_out=left_out):
        teams[post].add(area)
    return Places(
        {area: tuple(drawn) for area, drawn in circles.items()},
        {post: frozenset(areas) for post, areas in teams.items()},
    )
