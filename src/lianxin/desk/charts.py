"""Charts by day, drawn by the server as SVG: where each bar, line and label stands; the template only writes it down.

Across, everything is a share of the width, down it is pixels: so a chart is as wide as its page, on a telephone and on
paper too, and its words keep their size.  Colours are tokens, by class; a table beside it says the same in numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Literal

#: Pixels: the height of a band, the room above each for its title, below all for the days.
HIGH, ABOVE, BELOW = 120, 36, 22
#: So many days are named at most.
NAMED = 6


@dataclass(frozen=True, slots=True)
class Series:
    """One row of values, a number a day, None where there is none.  `tone` is the class of its colour."""

    title: str
    values: Sequence[float | None]
    form: Literal["bar", "line", "aim"]
    tone: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar (x, y, width, height), or a stretch of a line (x, y, to x, to y)."""

    x: str
    y: str
    w: str
    h: str
    tone: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A line across, with its value."""

    y: str
    label: str


@dataclass(slots=True)
class Band:
    """Series on one scale, under one title."""

    title: str
    series: Sequence[Series]
    top: int = 0
    grid: list[Grid] = field(default_factory=list)
    bars: list[Mark] = field(default_factory=list)
    lines: list[Mark] = field(default_factory=list)
    dots: list[Mark] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Slot:
    """One day: where it stands, what it says, and whether it is named below."""

    x: str
    w: str
    middle: str
    label: str
    said: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The bands one below the other, over the same days."""

    title: str
    bands: list[Band]
    slots: list[Slot]
    height: int

    @property
    def foot(self) -> int:
        """Where the names of the days stand."""
        return self.height - 6


def chart(title: str, days: Sequence[date], bands: list[Band]) -> Chart:
    """The chart of these days."""
    for place, band in enumerate(bands):
        band.top = ABOVE + place * (HIGH + ABOVE)
        _draw(band, len(days))
    return Chart(title, bands, list(_slots(days, bands)), len(bands) * (HIGH + ABOVE) + BELOW)


def _draw(band: Band, days: int) -> None:
    most = scale(max((value for one in band.series for value in one.values if value is not None), default=0))

    def down(value: float) -> float:
        return band.top + HIGH - HIGH * value / most

    band.grid = [Grid(f"{down(value):.1f}", f"{value:g}") for value in (0, most / 2, most)]
    slot = 100 / days
    bars = [one for one in band.series if one.form == "bar"]
    for place, one in enumerate(bars):
        width = slot * 0.8 / len(bars)
        for day, value in enumerate(one.values):
            if value:
                x, y = day * slot + slot * 0.1 + place * width, down(value)
                tall = band.top + HIGH - y
                band.bars.append(Mark(_percent(x), f"{y:.1f}", _percent(width * 0.92), f"{tall:.1f}", one.tone))
    for one in band.series:
        if one.form != "bar":
            _line(band, one, [None if value is None else down(value) for value in one.values], slot)


def _line(band: Band, one: Series, heights: Sequence[float | None], slot: float) -> None:
    """From the middle of each day to that of the next."""
    points = [(_percent((n + 0.5) * slot), f"{y:.1f}") for n, y in enumerate(heights) if y is not None]
    band.lines += [Mark(x, y, to_x, to_y, f"{one.tone} lx-{one.form}") for (x, y), (to_x, to_y) in pairwise(points)]
    if one.form == "line":
        band.dots += [Mark(x, y, "", "", one.tone) for x, y in points]


def _slots(days: Sequence[date], bands: Sequence[Band]) -> Iterator[Slot]:
    step = -(-len(days) // NAMED)
    width = 100 / len(days)
    for n, day in enumerate(days):
        label = f"{day:%m-%d}" if n % step == 0 else ""
        told = (f"{one.title} {one.values[n]:g}" for band in bands for one in band.series if one.values[n] is not None)
        middle = _percent((n + 0.5) * width)
        yield Slot(_percent(n * width), _percent(width), middle, label, f"{day:%m-%d}：{'，'.join(told)}")


def scale(most: float) -> int:
    """The top of a scale that holds `most`: an even number that is easily halved (2, 4, 10, 20, 40, 100 …)."""
    tens = 1
    while True:
        for step in (2, 4, 6, 8, 10):
            if most <= step * tens:
                return step * tens
        tens *= 10


def _percent(value: float) -> str:
    return f"{value:.3f}%"
