"""Which limits two packs set differently, for which orders: compared over every combination of what their conditions
look at, and told in as few lines as they can be told in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from math import prod
from typing import Any

from lianxin.rules.conditions import prepared, telling_values
from lianxin.rules.context import CLOCK_KINDS, EVENTS, FIELDS, complete
from lianxin.rules.policy import Pack
from lianxin.rules.policy_explain import code_in_words
from lianxin.rules.policy_rows import ClockRule

NOT_SET = "不设"
ALL = "全部"
#: So many combinations of one kind are compared; no pack of any document comes near.
MOST = 20_000

Place = tuple[str, str]
Cell = tuple[int, ...]
Box = tuple[frozenset[int], ...]


@dataclass(frozen=True, slots=True)
class LimitChange:
    """For the orders that `whose` describes, a kind of limit from one event on: what it was and what it is."""

    kind: str
    event: str
    whose: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Axis:
    """What a condition looks at, and its telling values with their names."""

    place: Place
    values: tuple[Any, ...]
    names: tuple[str, ...]


def changed(old: Pack, new: Pack) -> list[LimitChange]:
    """Every limit that differs, by kind and event; at most a few lines each."""
    return [
        change for event in EVENTS for kind in _kinds(event, old, new) for change in _of_kind(event, kind, old, new)
    ]


def _kinds(event: str, *packs: Pack) -> list[str]:
    found = {rule.kind: None for pack in packs for rule in pack.clocks_on(event)}
    known = list(CLOCK_KINDS)
    return sorted(found, key=lambda kind: (known.index(kind) if kind in known else len(known), kind))


def _of_kind(event: str, kind: str, old: Pack, new: Pack) -> Iterator[LimitChange]:
    was, now = ([rule for rule in pack.clocks_on(event) if rule.kind == kind] for pack in (old, new))
    axes = _axes((*was, *now), old, new)
    apart: dict[tuple[str, str], set[Cell]] = defaultdict(set)
    for cell in islice(product(*(range(len(axis.values)) for axis in axes)), MOST):
        first, second = _words(_applying(was, event, axes, cell), _applying(now, event, axes, cell))
        if first != second:
            apart[first, second].add(cell)
    title = CLOCK_KINDS[kind].title if kind in CLOCK_KINDS else (*now, *was)[0].title
    for (first, second), cells in apart.items():
        for box in _boxes(cells):
            yield LimitChange(title, EVENTS[event], _whose(axes, box), first, second)


def _applying(rules: Sequence[ClockRule], event: str, axes: Sequence[Axis], cell: Cell) -> ClockRule | None:
    """As `deadlines.applying`: the first whose condition holds."""
    context = complete()
    context["event"]["name"] = event
    for axis, number in zip(axes, cell, strict=True):
        context[axis.place[0]][axis.place[1]] = axis.values[number]
    facts = prepared(context)
    return next((rule for rule in rules if rule.when is None or rule.when.holds(facts)), None)


def _words(was: ClockRule | None, now: ClockRule | None) -> tuple[str, str]:
    """Both limits; what goes with them is said where it differs."""
    sides = [_parts(rule) for rule in (was, now)]
    if was is None or now is None:
        return sides[0]["allow"], sides[1]["allow"]
    said = []
    for side in sides:
        more = (words for name, words in side.items() if name != "allow" and sides[0].get(name) != sides[1].get(name))
        said.append("，".join((side["allow"], *filter(None, more))))
    return said[0], said[1]


def _parts(rule: ClockRule | None) -> dict[str, str]:
    if rule is None:
        return {"allow": NOT_SET}
    return {
        "allow": str(rule.allow),
        "until": f"至{'或'.join(EVENTS[event] for event in rule.until)}",
        "warn": f"{rule.warn}预警" if rule.warn else "不预警",
        "end": "不迟于上级平台的时限" if rule.end else "不受上级平台的时限约束",
    }


def _axes(rules: Iterable[ClockRule], *packs: Pack) -> list[Axis]:
    conditions = [rule.when for rule in rules if rule.when]
    places = sorted({place for condition in conditions for place in condition.reads} - {("event", "name")})
    return [_axis(place, [condition.text for condition in conditions], packs) for place in places]


def _axis(place: Place, texts: list[str], packs: Sequence[Pack]) -> Axis:
    field = FIELDS[place[0]][place[1]]
    titles = {code: row.title for pack in packs for code, row in _table(pack, place).items()}
    values = tuple(titles) if titles else telling_values(*place, texts)
    if field.choices:
        values = tuple(value for value in values if value)  # unknown only before there is any
    return Axis(place, values, tuple(titles.get(value) or _name(value) for value in values))


def _table(pack: Pack, place: Place) -> Any:
    return {("order", "cls"): pack.classes, ("order", "source"): pack.sources}.get(place, {})


def _name(value: Any) -> str:
    if isinstance(value, tuple):
        return "、".join(dict.fromkeys(filter(None, map(str, value)))) or "其他"
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None:
        return "无"
    return code_in_words(str(value)) or "其他" if isinstance(value, str | int) else "有"


def _whose(axes: Sequence[Axis], box: Box) -> str:
    parts = []
    for axis, numbers in zip(axes, box, strict=True):
        if len(numbers) < len(axis.values):
            title = FIELDS[axis.place[0]][axis.place[1]].title
            parts.append(f"{title}：{'、'.join(axis.names[number] for number in sorted(numbers))}")
    return "；".join(parts) or ALL


def _boxes(cells: set[Cell]) -> Iterator[Box]:
    """The cells as few boxes (so many values of each axis, in every combination), none of which overlap."""
    sides = tuple(map(frozenset, zip(*cells, strict=True)))
    if prod(map(len, sides)) == len(cells):
        yield sides
        return
    # Along each axis the values of which the rest is alike lie together; the axis that makes the fewest parts is cut.
    cuts = (list(_cut(cells, axis).values()) for axis in range(len(sides)))
    for part in min((cut for cut in cuts if len(cut) > 1), key=len):
        yield from _boxes(part)


def _cut(cells: set[Cell], axis: int) -> dict[frozenset[Cell], set[Cell]]:
    rest: dict[int, set[Cell]] = defaultdict(set)
    for cell in cells:
        rest[cell[axis]].add((*cell[:axis], *cell[axis + 1 :]))
    found: dict[frozenset[Cell], set[Cell]] = defaultdict(set)
    for value, others in rest.items():
        found[frozenset(others)] |= {(*other[:axis], value, *other[axis:]) for other in others}
    return found
