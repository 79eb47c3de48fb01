"""The catalogue with which a centre may begin: for each leaf of the usual categories the office that is competent as a
rule, found among the centre's own units by the endings of their names (`policies/catalogues`).

What comes of it is a draft like any other: nobody's duty is settled by a list that no one of the centre has looked at.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field

from lianxin.directory.snapshot import Snapshot
from lianxin.rules import policy

from ..models import CatalogueRow

#: The office that is the town in whose area the matter lies.
TERRITORY = "territory"


@dataclass
class Default:
    """The rows; which offices the centre has no unit for; how many categories it does not have."""

    rows: list[CatalogueRow] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    strange: int = 0


@dataclass(frozen=True, slots=True)
class _Office:
    title: str
    names: tuple[str, ...]


def default(directory: Snapshot) -> Default:
    """The usual catalogue, as far as the centre has the categories; a row without a unit where it has none."""
    found, missing = Default(), dict[str, None]()
    offices = {
        line["code"]: _Office(line["title"], tuple(name for name in line["names"].split("、") if name))
        for line in _lines("offices")
    }
    units = {code: _unit(directory, office) for code, office in offices.items()}
    towns = dict(_towns(directory))
    by_path = {line.path: line for line in directory.categories.values() if line.active}
    for number, line in enumerate(_lines("default"), 1):
        path = tuple(name for name in (line["level1"], line["level2"], line["level3"]) if name)
        category = by_path.get(path)
        if category is None:
            found.strange += 1
            continue
        lead = units.get(line["lead"])
        if line["lead"] not in ("", TERRITORY) and lead is None:
            missing[offices[line["lead"]].title] = None
        assists = [unit for code in line["assists"].split("、") if (unit := units.get(code)) and unit != lead]
        said = {
            "code": f"T{number:03}",
            "item": category.name if category.name != "其他" else f"{path[-2]}其他事项"[:80],
            "category_id": category.id,
            "assists": assists,
            "basis": line["basis"],
            "basis_text": line["basis_text"],
            "scope": line["scope"],
            "script": line["script"],
        }
        found.rows.append(CatalogueRow(**said, lead_id=lead))
        if line["lead"] == TERRITORY:
            found.rows += [CatalogueRow(**said, lead_id=unit, area_id=area) for area, unit in towns.items()]
    found.without = list(missing)
    return found


def _lines(name: str) -> Iterator[dict[str, str]]:
    path = policy.POLICIES / "catalogues" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _unit(directory: Snapshot, office: _Office) -> int | None:
    """The centre's unit that is this office: the one whose name ends so, the first ending before the others."""
    root = directory.root.id
    able = [unit for unit in directory.units.values() if unit.active and unit.parent == root]
    for ending in office.names:
        for unit in able:
            if unit.name.endswith(ending) or unit.short_name.endswith(ending):
                return unit.id
    return None


def _towns(directory: Snapshot) -> Iterator[tuple[int, int]]:
    """(area, unit) of each area that is called like a unit."""
    names = {name: unit.id for unit in directory.units.values() if unit.active for name in (unit.name, unit.short_name)}
    for area in directory.areas.values():
        if area.active and area.parent is None and (unit := names.get(area.name)):
            yield area.id, unit
