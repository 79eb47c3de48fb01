"""The directory as it was known at a past instant: names, groups and trees, for figures of that time.

A unit taken out of its group, a category moved under another root, a new name: none of them changes what was.  What
the directory did not yet know at that instant is as it was first entered, since a book may be brought in later than
the time that it tells of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from .lines import CategoryLine, UnitLine
from .models.former import FormerCategory, FormerUnit
from .snapshot import Snapshot

#: What is entered on the day on which a centre is founded is what the directory had from the beginning.
FOUNDING = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _History:
    """The former rows of a centre under one stamp, the earliest first."""

    stamp: int
    units: tuple[tuple[datetime, UnitLine], ...]
    categories: tuple[tuple[datetime, CategoryLine], ...]


_kept: dict[int, _History] = {}


def as_of(directory: Snapshot, at: datetime) -> Snapshot:
    """`directory` with the units and categories that it had at `at`; the rest is as it is now.

    Costs two queries after a change of the directory, and none otherwise.
    """
    history = _kept.get(directory.centre_id)
    if history is None or history.stamp != directory.stamp:
        history = _kept[directory.centre_id] = _read(directory)
    units = _then(history.units, at)
    categories = _then(history.categories, at)
    if not units and not categories:
        return directory
    return replace(
        directory,
        units=_ordered({**directory.units, **units}),
        categories=_with_paths({**directory.categories, **categories}),
    )


def known(unit: UnitLine, directory: Snapshot, at: datetime) -> bool:
    """Whether the directory had the unit by `at`."""
    return unit.created_at <= max(at, directory.root.created_at + FOUNDING)


def _then(rows: tuple[tuple[datetime, Any], ...], at: datetime) -> dict[int, Any]:
    """Of each row that was changed after `at` what it was before the first of these changes."""
    found: dict[int, Any] = {}
    for known_to, line in rows:
        if known_to > at:
            found.setdefault(line.id, line)
    return found


def _read(directory: Snapshot) -> _History:
    units = FormerUnit.objects.filter(centre_id=directory.centre_id).order_by("known_to", "id")
    categories = FormerCategory.objects.filter(centre_id=directory.centre_id).order_by("known_to", "id")
    return _History(
        directory.stamp,
        tuple((row.known_to, _unit(row)) for row in units),
        # The path is made when the tree of that time is known.
        tuple((row.known_to, _category(row)) for row in categories),
    )


def _category(row: FormerCategory) -> CategoryLine:
    # Nobody picks a category of the past, so it needs no letters to be found by.
    return CategoryLine(row.row_id, row.parent_id, (row.name,), row.code, row.position, row.active, match_keys="")


def _unit(row: FormerUnit) -> UnitLine:
    return UnitLine(
        id=row.row_id,
        parent=row.parent_id,
        code=row.code,
        name=row.name,
        short_name=row.short_name,
        type=row.type,
        ranking_group=row.ranking_group,
        position=row.position,
        active=row.active,
        match_keys="",
        created_at=row.created_at,
    )


def _ordered(units: Mapping[int, UnitLine]) -> dict[int, UnitLine]:
    return {unit.id: unit for unit in sorted(units.values(), key=lambda unit: (unit.position, unit.code))}


def _with_paths(lines: Mapping[int, CategoryLine]) -> dict[int, CategoryLine]:
    """The categories with the paths that their parents give, in the order of a snapshot."""
    made = {pk: replace(line, path=_path(lines, pk)) for pk, line in lines.items()}
    return {line.id: line for line in sorted(made.values(), key=lambda line: (line.level, line.position, line.id))}


def _path(lines: Mapping[int, CategoryLine], pk: int) -> tuple[str, ...]:
    names: list[str] = []
    seen: set[int] = set()
    at: int | None = pk
    while at is not None and at in lines and at not in seen:
        seen.add(at)
        names.insert(0, lines[at].name)
        at = lines[at].parent
    return tuple(names)
