"""What the weekly bulletin needs to know: integers counted by `figures`, named by the codes of the pack.

Rates, shares, means and changes are not among them: they are the pack's formulas over these integers.
`check` refuses figures that contradict each other before a word is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from lianxin.rules.policy import Pack


class FiguresError(ValueError):
    """The figures contradict each other or the pack; the message (Chinese) says where."""


@dataclass(frozen=True, slots=True)
class TopicCount:
    """Orders accepted under one category; `key` is how `figures` calls it."""

    key: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class CategoryCount(TopicCount):
    """A first-level category with its second-level sub-topics, which are counted among its own."""

    topics: tuple[TopicCount, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit's base measures (`handled`, `closed`, `process_graded`, …) and its place in the configured order."""

    key: str
    name: str
    group: str
    position: int
    measures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class WeeklyFigures:
    """All that was counted for the days `start` to `end`, both included, as known at `cutoff` (aware).

    `accepted_before` is the accepted total of the week before (None: not known).  `sources` and `classes` are by the
    pack's codes; categories and topics come in the centre's configured order, which ties keep.
    """

    start: date
    end: date
    cutoff: datetime
    accepted: int
    accepted_before: int | None
    sources: Mapping[str, int]
    classes: Mapping[str, int]
    categories: tuple[CategoryCount, ...]
    units: tuple[UnitRow, ...]

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


def check(figures: WeeklyFigures, pack: Pack) -> None:
    """Raise FiguresError unless every code is the pack's, parts add up to their total and none exceeds its whole.

    Handled is not held against accepted: one request may go to several units, or round again (D12).
    """
    for title, counted, known in (
        ("来源", figures.sources, pack.sources),
        ("诉求类别", figures.classes, pack.classes),
    ):
        for code in counted.keys() - known.keys():
            raise FiguresError(f"{title}“{code}”不在规则包“{pack.id}”中，通报未生成。")
        if sum(counted.values()) != figures.accepted:
            raise FiguresError(
                f"各{title}合计{sum(counted.values())}件，与受理量{figures.accepted}件不符，通报未生成。"
            )
    total = sum(category.count for category in figures.categories)
    if total > figures.accepted:
        raise FiguresError(f"各类问题合计{total}件，多于受理量{figures.accepted}件，通报未生成。")
    for category in figures.categories:
        if sum(topic.count for topic in category.topics) > category.count:
            raise FiguresError(f"“{category.name}”各小类合计多于本类的{category.count}件，通报未生成。")
    for unit in figures.units:
        closed, handled = unit.measures.get("closed", 0), unit.measures.get("handled", 0)
        if closed > handled:
            raise FiguresError(f"{unit.name}办结量{closed}件，多于承办量{handled}件，通报未生成。")
