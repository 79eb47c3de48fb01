"""Counting what a weekly bulletin prints."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from lianxin.directory import history, snapshot
from lianxin.directory.snapshot import Snapshot
from lianxin.figures.count import count
from lianxin.figures.engines import BOOK, Behind, Engine
from lianxin.figures.measures import COUNTED
from lianxin.figures.scope import Counting, Scope
from lianxin.ledger.moments import one_moment
from lianxin.rules import periods
from lianxin.rules.policy import Pack, PolicyError
from lianxin.rules.worktime import end_of_day

from .weekly_figures import CategoryCount, TopicCount, UnitRow, WeeklyFigures

#: Depth of the category levels that the bulletin names.
FIRST, SECOND = 1, 2
#: Years that a week may be of: beyond them it is a slip of the pen.
YEARS = range(2000, 2100)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The figures with what is needed to open any of them (`drill`)."""

    scope: Scope
    pack: Pack
    directory: Snapshot
    figures: WeeklyFigures


def week_of(text: str) -> tuple[date, date]:
    """Monday and Sunday of an ISO week written `2021-W43`.  Raises ValueError with a Chinese sentence."""
    try:
        week = periods.parse(text)
    except periods.NoSuchWeek:
        raise
    except ValueError:
        raise ValueError("周次应写作 2021-W43 的样子") from None
    if week.kind != "week":
        raise ValueError("周次应写作 2021-W43 的样子")
    if week.first.year not in YEARS:
        raise ValueError(f"周次的年份应在 {YEARS.start} 至 {YEARS.stop - 1} 之间")
    return week.first, week.last


def period(
    directory: Snapshot, first: date, last: date, cutoff: datetime | None = None, *, on: Engine = BOOK
) -> tuple[Scope, Pack]:
    """The days `first` to `last` as a scope, and the pack that was in force when they ended.

    Cut off at 24:00 of the last day unless said; at this moment while that has not come, since what is due later is
    not overdue, or at what the engine knows then.  Raises LookupError where no pack was in force, `Behind` where the
    engine knows nothing of these days.
    """
    end = end_of_day(last)
    pack = directory.pack(end - timedelta(seconds=1))
    now = timezone.now()
    cutoff = cutoff or (end if end <= now else min(now, on.until or now))
    if cutoff <= end_of_day(first - timedelta(days=1)) and on.until is not None:
        raise Behind(f"{on.title}还没有这几天的数据")
    scope = Scope.of_days(directory.centre_id, first, last, pack.callback.assess_layer, cutoff)
    return replace(scope, counting=Counting.of(pack.figures)), pack


def gather(
    centre: int,
    first: date,
    last: date,
    cutoff: datetime | None = None,
    known: datetime | None = None,
    *,
    on: Engine = BOOK,
) -> Gathered:
    """Count the days `first` to `last` of `centre`, as known at `cutoff` (default: as `period`).

    The directory is that of the cut-off too.  With `known`, orders count as what they were corrected to by then.

    Four statements, in one read-only moment.  Raises `Behind` where the engine does not know so much yet.
    """
    directory = snapshot.of(centre)
    scope, pack = period(directory, first, last, cutoff, on=on)
    scope = replace(scope, known=known)
    directory = history.as_of(directory, scope.cutoff)
    # Not while another engine counts: an open transaction holds up whoever waits for the settled.
    with one_moment() if on is BOOK else nullcontext():
        cube = count(scope, ["accepted"], by=["source", "cls", "category_id", "pack"], on=on)
        before = count(scope.before(), ["accepted"], on=on)[()]["accepted"]
        units = count(scope, unit_measures(pack), by=["unit_id"], on=on)
    accepted: dict[tuple[Any, ...], int] = {group: values["accepted"] for group, values in cube.items()}
    figures = WeeklyFigures(
        start=first,
        end=last,
        cutoff=scope.cutoff,
        accepted=sum(accepted.values()),
        accepted_before=before,
        sources=_summed((source, n) for (source, *_), n in accepted.items()),
        classes=_summed((cls, n) for (_, cls, *_), n in accepted.items()),
        categories=_categories(directory, _summed((category, n) for (_, _, category, _), n in accepted.items())),
        units=tuple(_units(directory, scope, units, unit_measures(pack))),
        source_titles={
            code: _title(directory, own, "sources", "title", code)
            for code, _, _, own in accepted
            if code not in pack.sources
        },
        class_titles={
            code: _title(directory, own, "classes", "printed", code)
            for _, code, _, own in accepted
            if code not in pack.classes
        },
        unranked=_unranked(directory, units, pack),
    )
    return Gathered(scope, pack, directory, figures)


def _title(directory: Snapshot, pack: str, table: str, name: str, code: str) -> str:
    """What the order's own pack calls a code that the period's pack does not know; the code where neither does."""
    try:
        rows = getattr(directory.find_pack(pack), table)
    except PolicyError:
        return code
    return getattr(rows[code], name) if code in rows else code


def _unranked(directory: Snapshot, counts: Mapping[tuple[Any, ...], Mapping[str, int]], pack: Pack) -> tuple[int, int]:
    """How many units that stand in no annex handled something, and how much."""
    groups = {annex.group for annex in pack.bulletin.weekly.annexes}
    apart = [
        n["handled"] for (unit,), n in counts.items() if unit and directory.units[unit].ranking_group not in groups
    ]
    return sum(1 for handled in apart if handled), sum(apart)


def _summed(pairs: Iterable[tuple[Any, int]]) -> dict[Any, int]:
    total: Counter[Any] = Counter()
    for key, number in pairs:
        total[key] += number
    return dict(total)


def _categories(directory: Snapshot, counts: Mapping[int | None, int]) -> tuple[CategoryCount, ...]:
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


def _units(
    directory: Snapshot, scope: Scope, counts: Mapping[tuple[Any, ...], Mapping[str, int]], names: list[str]
) -> Iterator[UnitRow]:
    """The units of a group: those at work then, and whoever else was counted."""
    for line in sorted(directory.units.values(), key=lambda u: (u.position, u.id)):
        measures = counts.get((line.id,), dict.fromkeys(names, 0))
        there = line.active and history.known(line, directory, scope.cutoff)
        if line.ranking_group and (there or any(measures.values())):
            yield UnitRow(str(line.id), line.short_name or line.name, line.ranking_group, line.position, measures)
