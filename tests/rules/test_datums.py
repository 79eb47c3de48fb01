"""Datums: against pairs that others published, and back again."""

from __future__ import annotations

import pytest

from lianxin.rules.datums import DATUMS, Circle, Datum, Point, metres, of_wgs84, to_wgs84

#: WGS-84 and GCJ-02: the tests of googollee/eviltransform (Shanghai, Shenzhen, Beijing).
GCJ02 = [
    (Point(121.5272106, 31.1774276), Point(121.531541859215, 31.17530398364597)),
    (Point(113.912316, 22.543847), Point(113.9171764808363, 22.540796131694766)),
    (Point(116.377817, 39.911954), Point(116.38404722455657, 39.91334545536069)),
]
#: WGS-84 and BD-09: the tests of the crate geotool.  Those of eviltransform differ from these by 10 to 41 m.
BD09 = [(Point(121.0917077, 30.6107779), Point(121.10271732371203, 30.61484572185035), 1)]
JINAN = Point(117.12, 36.6512)


@pytest.mark.parametrize(("wgs", "shifted"), GCJ02)
def test_gcj02_is_as_published_within_a_metre_both_ways(wgs: Point, shifted: Point) -> None:
    assert metres(of_wgs84(wgs, "gcj02"), shifted) < 1
    assert metres(to_wgs84(shifted, "gcj02"), wgs) < 1
    assert 300 < metres(wgs, shifted) < 700, "read as WGS-84 it would be some streets away"


@pytest.mark.parametrize(("wgs", "shifted", "within"), BD09)
def test_bd09_is_as_published_both_ways(wgs: Point, shifted: Point, within: int) -> None:
    assert metres(to_wgs84(shifted, "bd09"), wgs) < within
    assert metres(of_wgs84(wgs, "bd09"), shifted) < within


def test_the_step_from_gcj02_to_bd09_is_as_published() -> None:
    here = to_wgs84(Point(116.404, 39.915), "gcj02")
    assert metres(of_wgs84(here, "bd09"), Point(116.41036949371029, 39.92133699351021)) < 0.1


@pytest.mark.parametrize("datum", DATUMS)
@pytest.mark.parametrize("point", [JINAN, *(pair[0] for pair in GCJ02)])
def test_there_and_back_is_the_same_place(point: Point, datum: Datum) -> None:
    assert metres(to_wgs84(of_wgs84(point, datum), datum), point) < 0.01


def test_outside_china_gcj02_is_wgs84() -> None:
    assert of_wgs84(Point(2.35, 48.85), "gcj02") == Point(2.35, 48.85)


def test_distances_are_those_of_the_map() -> None:
    """Shanghai to Beijing, as eviltransform has it; and a degree of latitude."""
    assert metres(GCJ02[0][1], GCJ02[2][1]) == pytest.approx(1078164, rel=0.005)
    assert metres(JINAN, Point(JINAN.longitude, JINAN.latitude + 1)) == pytest.approx(111195, rel=0.001)


def test_a_circle_ends_at_its_radius() -> None:
    circle = Circle(JINAN, 1000)
    assert circle.holds(Point(JINAN.longitude, JINAN.latitude + 0.0089))
    assert not circle.holds(Point(JINAN.longitude, JINAN.latitude + 0.0091))
