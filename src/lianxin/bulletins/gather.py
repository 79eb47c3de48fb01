"""Counting what a weekly bulletin prints, and finding the orders behind each of its numbers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from lianxin.directory import book
from lianxin.directory.book import Book
from lianxin.figures.count import count, one_moment, order_ids
from lianxin.figures.measures import COUNTED
from lianxin.figures.scope import Scope
from lianxin.rules.policy import Pack

from .weekly_figures import CategoryCount, TopicCount, UnitRow, WeeklyFigures

#: Depth of the category levels that the bulletin names.
FIRST, SECOND = 1, 2


@dataclass(frozen=True, slots=True)
class Gathered:
    """The figures with what is needed to open any of them."""

    scope: Scope
    pack: Pack
    figures: WeeklyFigures
    #: category id -> ids of itself and all below it; those counted, by name of the first level
    below: Mapping[int, frozenset[int]] = field(repr=False)


def week_of(text: str) -> tuple[date, date]:
    """Monday and Sunday of an ISO week written `2021-W43`.  Raises ValueError with a Chinese sentence."""
    try:
        monday = datetime.strptime(f"{text}-1", "%G-W%V-%u").date()  # noqa: DTZ007 - a date, not an instant
    except ValueError:
        raise ValueError("周次应写作 2021-W43 的样子") from None
    return monday, monday + timedelta(days=6)


def gather(centre: int, first: date, last: date, cutoff: datetime | None = None) -> Gathered:
    """Count the days `first` to `last` of `centre`, as known at `cutoff` (default: 24:00 of the last day).

    Four statements, in one read-only moment.  The pack is the one in force when the period ended.
    """
    directory = book.of(centre)
    scope = Scope.of_days(centre, first, last, layer="", cutoff=cutoff)
    pack = directory.pack(scope.end - timedelta(seconds=1))
    scope = Scope.of_days(centre, first, last, pack.callback.assess_layer, cutoff)
    with one_moment():
        cube = count(scope, ["accepted"], by=["source", "cls", "category_id"])
        before = count(scope.before(), ["accepted"])[()]["accepted"]
        units = count(scope, unit_measures(pack), by=["unit_id"])
    accepted: dict[tuple[Any, ...], int] = {group: values["accepted"] for group, values in cube.items()}
    figures = WeeklyFigures(
        start=first,
        end=last,
        cutoff=scope.cutoff,
        accepted=sum(accepted.values()),
        accepted_before=before,
        sources=_summed((source, n) for (source, _, _), n in accepted.items()),
        classes=_summed((cls, n) for (_, cls, _), n in accepted.items()),
        categories=_categories(directory, _summed((category, n) for (_, _, category), n in accepted.items())),
        units=tuple(_units(directory, units, unit_measures(pack))),
    )
    return Gathered(scope, pack, figures, _below(directory))


def _summed(pairs: Iterable[tuple[Any, int]]) -> dict[Any, int]:
    total: Counter[Any] = Counter()
    for key, number in pairs:
        total[key] += number
    return dict(total)


def _categories(directory: Book, counts: Mapping[int | None, int]) -> tuple[CategoryCount, ...]:
    """First-level categories with their second level, in the configured order; orders without one are left out."""
    ordered = sorted(directory.categories.values(), key=lambda c: (c.position, c.id))
    totals: Counter[tuple[str, ...]] = Counter()
    for category, number in counts.items():
        if category is not None:
            path = directory.categories[category].path
            for depth in range(1, len(path) + 1):
                totals[path[:depth]] += number
    topics: dict[str, list[TopicCount]] = defaultdict(list)
    for line in ordered:
        if line.level == SECOND and totals[line.path]:
            topics[line.path[0]].append(TopicCount(str(line.id), line.name, totals[line.path]))
    return tuple(
        CategoryCount(str(line.id), line.name, totals[line.path], tuple(topics[line.name]))
        for line in ordered
        if line.level == FIRST
    )


def unit_measures(pack: Pack) -> list[str]:
    """The base measures that the pack's annex columns, and the order of their rows, need."""
    weekly = pack.bulletin.weekly
    wanted = {column.of for annex in weekly.annexes for column in annex.columns} | {weekly.order_by}
    names = {name for of in wanted for name in (pack.formulas[of].names if of in pack.formulas else {of})}
    return sorted((names | {"handled", "closed"}) & COUNTED.keys())


def _units(directory: Book, counts: Mapping[tuple[Any, ...], Mapping[str, int]], names: list[str]) -> Iterator[UnitRow]:
    for line in sorted(directory.units.values(), key=lambda u: (u.position, u.id)):
        measures = counts.get((line.id,), dict.fromkeys(names, 0))
        if line.ranking_group and (line.active or any(measures.values())):
            yield UnitRow(str(line.id), line.short_name or line.name, line.ranking_group, line.position, measures)


def _below(directory: Book) -> dict[int, frozenset[int]]:
    by_path: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for line in directory.categories.values():
        for depth in range(1, line.level + 1):
            by_path[line.path[:depth]].add(line.id)
    return {line.id: frozenset(by_path[line.path]) for line in directory.categories.values()}


# --- behind a number ----------------------------------------------------------------------------


def behind(gathered: Gathered, key: str) -> list[int]:
    """The ids of the orders behind the number that the bulletin prints under `key`.

    `accepted.source.city`, `handled.unit.7`, `process_satisfaction.unit.7`, `category_share`, …: a measure or a
    formula of the pack, and a group.  Raises KeyError for a key that no bulletin prints.
    """
    what, _, group = key.partition(".")
    ids: set[int] = set()
    for measure in _measures_of(gathered, what, group):
        ids.update(order_ids(gathered.scope, measure, _where(gathered, what, group)))
    return sorted(ids)


def _measures_of(gathered: Gathered, what: str, group: str) -> list[str]:
    if what in COUNTED:
        return [what]
    if what in {"town_share", "department_share"}:
        return ["handled"]
    if what in {"class_share", "category_share", "daily_mean", "wow"}:
        return ["accepted"]
    return [name for name in gathered.pack.formulas[what].names if name in COUNTED]


def _where(gathered: Gathered, what: str, group: str) -> dict[str, Any]:
    kind, _, value = group.partition(".")
    figures, weekly = gathered.figures, gathered.pack.bulletin.weekly
    if kind == "source":
        return {"source": value}
    if kind == "class":
        return {"cls": value.split(",")}
    if kind == "category":
        return {"category_id": list(gathered.below[int(value)])}
    if kind == "unit":
        return {"unit_id": int(value)}
    if what in {"town_share", "department_share"}:
        name = what.removesuffix("_share")
        top = {"town": weekly.top_towns, "department": weekly.top_departments}[name]
        rows = sorted((u for u in figures.units if u.group == name), key=lambda u: (-u.measures["handled"], u.position))
        return {"unit_id": [int(u.key) for u in rows[:top]]}
    if what == "category_share":
        first = sorted(figures.categories, key=lambda c: -c.count)[: weekly.top_categories]
        return {"category_id": [pk for c in first for pk in gathered.below[int(c.key)]]}
    return {}
