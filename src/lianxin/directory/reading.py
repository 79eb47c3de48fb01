"""Reading the rows of a directory so that one that cannot be read does not take the others along."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.db import DataError

from .lines import AreaLine, CategoryLine, UnitLine

#: What psycopg and Python say of a value that they cannot represent.
UNREADABLE = (DataError, ValueError, OverflowError)
_log = logging.getLogger(__name__)


def rows(queryset: Any, *columns: str, left_out: list[str]) -> list[tuple[Any, ...]]:
    """The rows as tuples; each that cannot be read is named in `left_out`, for the centre's administrator."""
    try:
        return list(queryset.values_list(*columns))
    except UNREADABLE:
        pass
    found = []
    title = queryset.model._meta.verbose_name
    for pk in list(queryset.values_list("pk", flat=True)):
        try:
            found += queryset.filter(pk=pk).values_list(*columns)
        except UNREADABLE as error:
            _log.error("%s %s cannot be read and is left out: %s", queryset.model.__name__, pk, error)
            left_out.append(f"{title}第 {pk} 号")
    return found


def areas(rows: Any) -> Mapping[int, AreaLine]:
    """The areas by id, in the order of the rows."""
    found = {row[0]: AreaLine(*row) for row in rows.values_list(*AreaLine.__slots__)}
    # Below what is out of use nothing is in use.
    return {pk: area if _in_use(area, found) else replace(area, active=False) for pk, area in found.items()}


def _in_use(area: AreaLine, known: Mapping[int, AreaLine]) -> bool:
    above: AreaLine | None = area
    # A ring can only come by SQL; it must not stop the centre.
    for _ in known:
        if above is None or not above.active:
            break
        above = known.get(above.parent or 0)
    return above is None


def categories(rows: Any, left_out: list[str]) -> Mapping[int, CategoryLine]:
    """The categories by id with their paths; each that hangs on nothing is named in `left_out`."""
    found: dict[int, CategoryLine] = {}
    columns: Iterable[tuple[Any, ...]] = rows.values_list(
        "id", "parent", "name", "code", "position", "active", "match_keys"
    )
    for pk, parent, name, code, position, active, match_keys in columns:
        above = found.get(parent) if parent else None
        if parent and above is None:  # a ring, or a level that is not its parent's and one: both only by SQL
            left_out.append(f"分类“{name}”的上级分类")
        path = (*(above.path if above else ()), name)
        # Below what is out of use nothing is in use.
        in_use = active and (above is None or above.active)
        found[pk] = CategoryLine(pk, parent, path, code, position, in_use, match_keys)
    return found


def hung(units: Mapping[int, UnitLine], left_out: list[str]) -> dict[int, UnitLine]:
    """The units as one tree.  Those that lie in a ring, which can only come by SQL, hang on the centre itself: nothing
    that walks up or down the tree may run for ever."""
    below: dict[int | None, list[int]] = defaultdict(list)
    for unit in units.values():
        below[unit.parent].append(unit.id)
    reached, open_ = set[int](), below[None]
    root = open_[0] if open_ else None
    while open_:
        reached |= {*open_}
        open_ = [child for unit in open_ for child in below[unit]]
    lost = [unit for unit in units.values() if unit.id not in reached]
    left_out.extend(f"单位“{unit.name}”的上级单位" for unit in lost)
    return {**units, **{unit.id: replace(unit, parent=root) for unit in lost}}
