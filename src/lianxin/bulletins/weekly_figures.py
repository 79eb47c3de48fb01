"""What the weekly bulletin needs to know: integers counted by `figures`, named by the codes of the pack.

Rates, shares, means and changes are not among them: they are the pack's formulas over these integers.
`check` refuses figures that contradict each other before a word is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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

    `accepted_before` is the accepted total of the week before (None: not known).  `sources` and `classes` are by code;
    what the pack does not know, because the order came under another pack, has its title in `source_titles` and
    `class_titles`.  Categories and topics come in the centre's configured order, which ties keep.  `unranked` are the
    units that handled something and stand in no group, and how much.
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
    source_titles: Mapping[str, str] = field(default_factory=dict)
    class_titles: Mapping[str, str] = field(default_factory=dict)
    unranked: tuple[int, int] = (0, 0)

    def source_title(self, code: str, pack: Pack) -> str:
        """What a source is called: by the pack of the period, else by the order's own."""
        return pack.sources[code].title if code in pack.sources else self.source_titles[code]

    def class_title(self, code: str, pack: Pack) -> str:
        """The same of a class of requests, as it is printed."""
        return pack.classes[code].printed if code in pack.classes else self.class_titles[code]

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


def check(figures: WeeklyFigures) -> None:
    """Raise FiguresError unless parts add up to their total and none exceeds its whole.

    Handled is not held against accepted: one request may go to several units, or round again (D12).
    """
    for title, counted in (("来源", figures.sources), ("诉求类别", figures.classes)):
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
