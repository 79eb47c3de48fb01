"""Positions on the datums that maps and phones in China use, turned into one: WGS-84, in degrees.

GCJ-02 (国测局: 高德, 腾讯) is WGS-84 shifted by up to some 700 m, by a polynomial that its makers never published; the
one that is known since 2013 (github.com/googollee/eviltransform) is within a metre of their maps.  BD-09 (百度) is
GCJ-02 shifted once more.  What is shifted has no closed inverse: it is found by steps, to less than a centimetre, where
inverses that others published are off by up to some 40 m.  Outside a box around China nothing is shifted.  Own code,
since the lock has no library for it.
"""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, cos, hypot, pi, radians, sin, sqrt
from typing import Literal, NamedTuple

Datum = Literal["wgs84", "gcj02", "bd09"]
DATUMS: dict[str, str] = {
    "wgs84": "WGS-84（卫星定位）",
    "gcj02": "GCJ-02（高德、腾讯地图）",
    "bd09": "BD-09（百度地图）",
}
#: The ellipsoid of Krassowsky by which GCJ-02 is shifted: its axis in metres and the square of its eccentricity.
_AXIS, _ECCENTRICITY = 6378245.0, 0.00669342162296594323
#: The mean radius of the earth, in metres.
_EARTH = 6371008.8
#: So many steps leave less than a centimetre anywhere in China.
_STEPS = 8
_BAIDU = pi * 3000 / 180


class Point(NamedTuple):
    """A position in degrees."""

    longitude: float
    latitude: float


class Circle(NamedTuple):
    """What lies within `radius` metres of a point of WGS-84."""

    centre: Point
    radius: int

    def holds(self, point: Point) -> bool:
        """Whether a point of WGS-84 lies in it."""
        return metres(self.centre, point) <= self.radius


def to_wgs84(point: Point, datum: Datum) -> Point:
    """The same place on WGS-84."""
    if datum == "wgs84":
        return point
    return _undone(_gcj02_of, _gcj02_of_bd09(point) if datum == "bd09" else point)


def of_wgs84(point: Point, datum: Datum) -> Point:
    """A place of WGS-84 on another datum."""
    if datum == "wgs84":
        return point
    shifted = _gcj02_of(point)
    return _bd09_of(shifted) if datum == "bd09" else shifted


def metres(one: Point, other: Point) -> float:
    """How far two points of WGS-84 lie apart, on a sphere: within 0.5 % of the ellipsoid."""
    north, east = radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)
    wide = cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(east / 2) ** 2
    chord = min(1.0, sin(north / 2) ** 2 + wide)
    return 2 * _EARTH * atan2(sqrt(chord), sqrt(1 - chord))


def _in_china(point: Point) -> bool:
    return 72.004 <= point.longitude <= 137.8347 and 0.8293 <= point.latitude <= 55.8271


def _gcj02_of(point: Point) -> Point:
    if not _in_china(point):
        return point
    x, y = point.longitude - 105.0, point.latitude - 35.0
    both = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north += (both + _waves(y, 20, 40) + 160 * sin(y / 12 * pi) + 320 * sin(y / 30 * pi)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east += (both + _waves(x, 20, 40) + 150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    up = radians(point.latitude)
    bent = 1 - _ECCENTRICITY * sin(up) ** 2
    north = north * 180 / (_AXIS * (1 - _ECCENTRICITY) / (bent * sqrt(bent)) * pi)
    east = east * 180 / (_AXIS / sqrt(bent) * cos(up) * pi)
    return Point(point.longitude + east, point.latitude + north)


def _waves(at: float, short: float, long: float) -> float:
    return short * sin(at * pi) + long * sin(at / 3 * pi)


def _bd09_of(point: Point) -> Point:
    x, y = point
    far, turn = hypot(x, y) + 0.00002 * sin(y * _BAIDU), atan2(y, x) + 0.000003 * cos(x * _BAIDU)
    return Point(far * cos(turn) + 0.0065, far * sin(turn) + 0.006)


def _gcj02_of_bd09(point: Point) -> Point:
    return _undone(_bd09_of, point)


def _undone(shift: Callable[[Point], Point], wanted: Point) -> Point:
    """The point that `shift` takes to `wanted`."""
    found = wanted
    for _ in range(_STEPS):
        came = shift(found)
        found = Point(
            found.longitude + wanted.longitude - came.longitude, found.latitude + wanted.latitude - came.latitude
        )
    return found
