"""From a printed number to the orders that it counts.

A number's key says what was counted and of which group: `accepted`, `accepted.source.city`, `handled.unit.7`,
`process_satisfaction.unit.7` (a formula of the pack: its measures), `town_share.group.town` (of the first units of a
group), `category_share` (of the leading categories).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lianxin.figures.count import columns_of, order_ids, order_ids_by
from lianxin.figures.measures import COUNTED
from lianxin.rules.measures import MEASURES

from .gather import Gathered
from .weekly import first_units, largest

#: Shares of the requests taken in.
REQUEST_SHARES = frozenset({"class_share", "category_share"})


@dataclass(frozen=True, slots=True)
class Question:
    """The rows of `measures` in which `column` holds one of `values`; without a column all of them."""

    title: str
    measures: tuple[str, ...]
    column: str = ""
    values: frozenset[Any] = frozenset()


def read(gathered: Gathered, key: str) -> Question:
    """What `key` asks.  Raises KeyError for what no figure of this centre and pack can be called."""
    what, _, group = key.partition(".")
    kind, _, value = group.partition(".")
    if kind:
        name, column, values = _group(gathered, what, kind, value)
    else:
        name, column, values = "", *_leading(gathered, what)
    measures = _measures(gathered, what, of_first=kind == "group")
    if column and any(column not in columns_of(measure) for measure in measures):
        raise KeyError(key)
    title = MEASURES[what].title if what in MEASURES else gathered.pack.formulas[what].title
    return Question(f"{name} {title}".strip(), measures, column, frozenset(values))


def orders_of(gathered: Gathered, question: Question) -> list[int]:
    """The ids of the orders behind one number; an order counted twice stands in it once."""
    where = {question.column: question.values} if question.column else None
    found = {pk for measure in question.measures for pk in order_ids(gathered.scope, measure, where)}
    return sorted(found)


def orders_of_all(gathered: Gathered, questions: Mapping[str, Question]) -> dict[str, list[int]]:
    """The same for many numbers: one statement a measure and column, however many units and categories."""
    places = {(measure, question.column) for question in questions.values() for measure in question.measures}
    scope = gathered.scope
    grouped = {
        (measure, column): order_ids_by(scope, measure, column) if column else {None: set(order_ids(scope, measure))}
        for measure, column in places
    }
    found: dict[str, list[int]] = {}
    for key, question in questions.items():
        values = question.values if question.column else (None,)
        parts = (grouped[measure, question.column].get(v, set()) for measure in question.measures for v in values)
        found[key] = sorted(set().union(*parts))
    return found


def _measures(gathered: Gathered, what: str, *, of_first: bool) -> tuple[str, ...]:
    weekly = gathered.pack.bulletin.weekly
    if of_first:
        # Of the first units is counted what the annexes are ordered by.
        return (weekly.order_by,)
    if what in COUNTED:
        return (what,)
    if what in {area.share for area in weekly.areas}:
        raise KeyError(what)  # of which group?
    if what in REQUEST_SHARES:
        return ("accepted",)
    return tuple(sorted(gathered.pack.formulas[what].names & COUNTED.keys()))


def _group(gathered: Gathered, what: str, kind: str, value: str) -> tuple[str, str, Iterable[Any]]:
    """(name, column, values) of a named group."""
    pack, directory = gathered.pack, gathered.directory
    if kind == "source":
        return gathered.figures.source_title(value, pack), "source", [value]
    if kind == "class":
        codes = value.split(",")
        return "、".join(_class(gathered, code) for code in codes), "cls", codes
    if kind == "unit":
        unit = directory.units[_number(value)]
        return unit.short_name or unit.name, "unit_id", [unit.id]
    if kind == "group":
        weekly = pack.bulletin.weekly
        areas = [area for area in weekly.areas if (area.group, area.share) == (value, what)]
        if not areas:
            raise KeyError(value)
        area = areas[0]
        return area.title, "unit_id", [int(unit.key) for unit in first_units(gathered.figures, weekly, area)]
    if kind == "item":
        code = "" if value == "-" else value
        return f"目录事项 {code}" if code else "没有按目录派单的", "item", [code]
    if kind == "dispatcher":
        person = directory.staff.get(_number(value)) if value != "-" else None
        return person.name if person else "系统", "dispatcher", [person.id if person else 0]
    if kind == "reason":
        return pack.petition.return_.reason_title(value), "reason", [value]
    if kind == "category":
        line = directory.categories[_number(value)]
        return line.name, "category_id", _below(gathered, line.path)
    raise KeyError(kind)


def _class(gathered: Gathered, code: str) -> str:
    known = gathered.pack.classes
    return known[code].title if code in known else gathered.figures.class_title(code, gathered.pack)


def _leading(gathered: Gathered, what: str) -> tuple[str, Iterable[Any]]:
    """(column, values) of the share of the leading categories, which its sentence names."""
    if what == "category_share":
        figures, weekly = gathered.figures, gathered.pack.bulletin.weekly
        first = largest(figures.categories)[: weekly.top_categories]
        lines = (gathered.directory.categories[int(category.key)] for category in first)
        return "category_id", [pk for line in lines for pk in _below(gathered, line.path)]
    return "", ()


def _below(gathered: Gathered, path: tuple[str, ...]) -> list[int]:
    """The category of that path and all below it."""
    return [line.id for line in gathered.directory.categories.values() if line.path[: len(path)] == path]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise KeyError(text)
    return int(text)
