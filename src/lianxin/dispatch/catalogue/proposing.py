"""What the catalogue proposes for an order: the rows of its category and area, the one that fits best first.

Rows of the order's own category come before those of the categories above it, a row that names a word of the request
before one that names none, a row of the order's area before one for everywhere.  Of one item the row of the nearest
area speaks alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Q

from lianxin.directory.snapshot import Snapshot
from lianxin.rules.policy import Pack

from ..models import CatalogueRow

#: So many are shown beside an order.
MOST = 5
#: How much of a request is looked through for the words of a row.
READ = 4000
#: Between the words of a row.
BETWEEN = "、"


class Line(NamedTuple):
    """A row of the catalogue, as far as it proposes."""

    id: int
    code: str
    item: str
    category_id: int
    area_id: int | None
    words: str
    lead_id: int | None
    dual_id: int | None
    assists: list[int]
    basis: str
    basis_text: str
    basis_day: date | None
    procedure: str
    limit: str
    scope: str
    script: str
    version: int


class Asked(NamedTuple):
    """An order as the catalogue is asked for it; `text` is what the caller said."""

    order: int
    category: int | None
    area: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A row that fits an order: which words of it the request has, and whether nothing else fits as well."""

    line: Line
    hits: tuple[str, ...]
    clear: bool
    #: why it cannot be taken as it stands; "" if it can
    unfit: str = ""

    def shares(self) -> list[dict[str, Any]]:
        """To whom it sends an order, as a dispatch says it."""
        line = self.line
        leads = [unit for unit in (line.lead_id, line.dual_id) if unit]
        first = [(unit, "dual" if line.dual_id else "lead") for unit in leads]
        return [{"unit": unit, "role": role} for unit, role in (*first, *((unit, "assist") for unit in line.assists))]


def in_force(centre: int, at: datetime) -> Any:
    """The rows that hold at `at`, without those that took a row out."""
    rows = CatalogueRow.objects.filter(centre=centre, since__lte=at, removed=False)
    return rows.filter(Q(until=None) | Q(until__gt=at))


def propose(directory: Snapshot, asked: Sequence[Asked], at: datetime) -> dict[int, list[Proposal]]:
    """What the catalogue in force at `at` proposes for each of these orders: one statement for all of them."""
    categories = {step for each in asked for step in above(directory.categories, each.category)}
    areas = {step for each in asked for step in above(directory.areas, each.area)}
    if not categories:
        return {each.order: [] for each in asked}
    rows = in_force(directory.centre_id, at).filter(category__in=categories)
    rows = rows.filter(Q(area=None) | Q(area__in=areas)).order_by("code", "pk")
    by_category = _by_category(rows.values_list(*Line._fields))
    return {each.order: fitting(directory, each, by_category) for each in asked}


def _by_category(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    for row in rows:
        line = Line(*row)
        found[line.category_id].append(line)
    return found


def above(known: Mapping[int, Any], pk: int | None) -> list[int]:
    """The id of a category or area and of those above it, the nearest first."""
    found: list[int] = []
    while pk is not None and pk in known and pk not in found:
        found.append(pk)
        pk = known[pk].parent
    return found


def fitting(directory: Snapshot, asked: Asked, by_category: Mapping[int, Sequence[Line]]) -> list[Proposal]:
    """What these rows, by category, propose for one order."""
    path, place = above(directory.categories, asked.category), above(directory.areas, asked.area)
    text = asked.text[:READ]
    near = {area: len(place) - n for n, area in enumerate(place)}
    ranked = []
    for depth, category in enumerate(path):
        for line in _nearest(by_category.get(category, ()), near):
            words = [word for word in line.words.split(BETWEEN) if word]
            hits = tuple(word for word in words if word in text)
            # Whose words the request has not comes last: it is about something else of the same category.
            strange = bool(words) and not hits
            key = (strange, depth, -bool(hits), -near.get(line.area_id or 0, 0), -len(hits))
            ranked.append((key, line, hits))
    ranked.sort(key=lambda found: (found[0], found[1].code))
    return list(_told(directory, ranked))


def _nearest(lines: Iterable[Line], near: Mapping[int, int]) -> Iterator[Line]:
    """Of each item the row of the nearest area."""
    best: dict[str, Line] = {}
    for line in lines:
        if line.area_id is not None and line.area_id not in near:
            continue
        there = best.get(line.code)
        if there is None or near.get(line.area_id or 0, 0) > near.get(there.area_id or 0, 0):
            best[line.code] = line
    return iter(best.values())


def _told(directory: Snapshot, ranked: list[tuple[Any, Line, tuple[str, ...]]]) -> Iterator[Proposal]:
    for n, (key, line, hits) in enumerate(ranked[:MOST]):
        unfit = _unfit(directory, line)
        alike = [other for rank, other, _ in ranked if rank == key and other is not line]
        same = all(_given(other) == _given(line) for other in alike)
        yield Proposal(line, hits, clear=not n and not key[0] and same and not unfit, unfit=unfit)


def _given(line: Line) -> tuple[Any, ...]:
    return line.lead_id, line.dual_id, sorted(line.assists)


def _unfit(directory: Snapshot, line: Line) -> str:
    """Why its units cannot be given an order."""
    if line.lead_id is None:
        return "目录没有写明主办单位" if not line.script else "不属于受理范围，按引导话术告知诉求人"
    for pk in (line.lead_id, line.dual_id, *line.assists):
        unit = directory.units.get(pk) if pk else None
        if pk and (unit is None or not unit.active):
            return f"{unit.name if unit else '目录中的单位'}已停用"
        if pk and directory.serves_as(pk) == "body":
            return f"{unit.name if unit else ''}不承办工单"
    return ""


def payload(proposal: Proposal, pack: Pack) -> dict[str, Any]:
    """A dispatch as the row proposes it (A12: with its basis)."""
    line = proposal.line
    return {
        "shares": proposal.shares(),
        "basis": pack.catalogue.dispatch_basis(line.basis),
        "basis_text": basis_words(line, pack),
        "item": line.code,
    }


def basis_words(line: Line, pack: Pack) -> str:
    """`权责清单：《物业管理条例》（派单目录 W012“小区停车”）`, as much of it as a dispatch holds."""
    kind = pack.catalogue.basis_title(line.basis)
    source = f"{kind}：{line.basis_text}" if line.basis_text else kind
    row = f"（派单目录 {line.code}“{line.item}”）"
    return f"{source[: 200 - len(row)]}{row}"
