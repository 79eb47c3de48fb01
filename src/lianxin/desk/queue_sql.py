"""The condition of a queue as a condition on rows: from its tree to Django's `Q`, over a closed list of columns.

Nothing of a pack's text reaches the database but values, each a parameter.  The present and what lies a span before it
are asked of the seat, so that statements stay prepared (`statements`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import F, Q

from lianxin.directory.snapshot import Snapshot
from lianxin.orders.models.order import OPEN_STATES
from lianxin.rules.queue_conditions import (
    All,
    Among,
    Asked,
    Compared,
    Either,
    Flag,
    Holds,
    Moment,
    Node,
    Not,
    QueueCondition,
    Term,
)
from lianxin.rules.worktime import SHANGHAI, end_of_day

from .queue_words import COMPUTED
from .seats import Seat


@dataclass(frozen=True, slots=True)
class Column:
    """What a term is in the database: a column; `ids`: a key, found by the words that conditions use."""

    name: str
    nullable: bool = False
    ids: Callable[[Snapshot, str], list[int]] | None = None


def _areas(directory: Snapshot, name: str) -> list[int]:
    return [area.id for area in directory.areas.values() if area.name == name]


def _categories(directory: Snapshot, name: str) -> list[int]:
    return [category.id for category in directory.categories.values() if name in category.path]


def _units(field: str) -> Callable[[Snapshot, str], list[int]]:
    return lambda directory, value: [unit.id for unit in directory.units.values() if getattr(unit, field) == value]


def _plain(*names: str) -> dict[str, Column]:
    return {name: Column(name) for name in names}


def _null(*names: str, **others: str) -> dict[str, Column]:
    return {name: Column(column, nullable=True) for name, column in (*zip(names, names, strict=True), *others.items())}


COLUMNS: dict[str, dict[str, Column]] = {
    "order": {
        **_plain("cls", "urgency", "channel", "source", "round", "urges", "returns", "moves", "send_backs"),
        **_plain("extensions", "contacts", "state", "node", "tags", "caller_flags", "labels", "judged", "explained"),
        **_plain("registered_at", "node_since"),
        "area": Column("area", nullable=True, ids=_areas),
        "category": Column("category", nullable=True, ids=_categories),
        "requests": Column("request_count"),
        "repeats": Column("matter_orders"),
        "periods": Column("matter_periods"),
        "tries": Column("callback_tries"),
        **_null("dispatched_at", "closed_at", "call_at", due="due_at"),
    },
    "share": {
        **_plain("role", "round", "depth", "state", "extensions", "dispatched_at"),
        "unit": Column("unit", ids=_units("name")),
        "unit_type": Column("unit", ids=_units("type")),
        "unit_group": Column("unit", ids=_units("ranking_group")),
        **_null("signed_at", "contacted_at", "replied_at", "due"),
    },
    "task": {**_plain("kind", "level", "made_at"), "post": Column("post_role"), **_null("due")},
    "proceeding": {**_plain("kind", "state", "level", "registered_at"), **_null(due="due_at")},
}

Yes = Callable[[str], Q]


def _has(column: str) -> Yes:
    """A column that is filled."""
    return lambda at: Q(**{f"{at}{column}__isnull": False})


def _is(**lookups: Any) -> Yes:
    return lambda at: Q(**{f"{at}{name}": value for name, value in lookups.items()})


#: What each flag asks.
FLAGS: dict[str, dict[str, Yes]] = {
    "order": {
        "open": _is(state__in=OPEN_STATES),
        "merged": _has("merged_into"),
        "excluded": _is(excluded=True),
        "erased": _has("erased_at"),
        "confidential": _is(confidential=True),
        "enterprise": _is(tags__contains=["enterprise"]),
        "upstream": _has("upstream_number"),
        "campaign": _has("campaign"),
        "called_back": lambda at: Q(**{f"{at}called_back_round": F(f"{at}round")}),
    },
    "share": {
        "contacted": _has("contacted_at"),
        "unit_audited": _has("unit_audited_at"),
        "forced": _is(forced=True),
    },
    "task": {"laid": _is(rule__gt=""), "petition": _is(petition=True), "vacant": _is(vacant__gt="")},
    "proceeding": {"open": _is(ended_at__isnull=True)},
}


def where(condition: QueueCondition, base: str, seat: Seat) -> Q:
    """What is in a queue of this base, for this seat now."""
    return _Asking(base, seat).of(condition.tree)


def instant(moment: Moment, seat: Seat) -> Any:
    """Which instant a condition means now."""
    if moment.name == "now":
        return seat.now
    if moment.name == "today":
        return end_of_day(seat.now.astimezone(SHANGHAI).date()) - timedelta(days=1)
    span = moment.span or getattr(seat.pack.queues, moment.setting)
    return seat.until(span) if moment.name == "ahead" else seat.since(span)


class _Asking:
    """From tree to `Q`.  `no` asks the contrary; what a row does not have fits no comparison with < or >."""

    def __init__(self, base: str, seat: Seat) -> None:
        self.base, self.seat = base, seat

    def of(self, node: Node, no: bool = False) -> Q:
        if isinstance(node, Not):
            return self.of(node.part, not no)
        if isinstance(node, All | Either):
            joined = and_ if isinstance(node, All) is not no else or_
            return reduce(joined, [self.of(part, no) for part in node.parts])
        if isinstance(node, Compared):
            return self._compared(node, no)
        found = self._leaf(node)
        return ~found if no else found

    def _at(self, part: str) -> str:
        return "" if part == self.base else f"{part}__"

    def _column(self, term: Term) -> tuple[str, Column]:
        column = COLUMNS[term.part][term.name]
        return f"{self._at(term.part)}{column.name}", column

    def _leaf(self, node: Node) -> Q:
        if isinstance(node, Flag):
            return FLAGS[node.term.part][node.term.name](self._at(node.term.part))
        if isinstance(node, Asked):
            since = instant(node.since, self.seat) if node.since else None
            at = "" if self.base in ("order", "proceeding") else "order__"
            return COMPUTED[node.name](self.seat, at, since)
        if isinstance(node, Holds):
            name, column = self._column(node.term)
            return self._among(node.term, [node.value]) if column.ids else Q(**{f"{name}__contains": [node.value]})
        assert isinstance(node, Among)
        return self._among(node.term, node.values)

    def _among(self, term: Term, values: Iterable[Any]) -> Q:
        name, column = self._column(term)
        if column.ids is None:
            return Q(**{f"{name}__in": list(values)})
        return Q(**{f"{name}__in": [pk for value in values for pk in column.ids(self.seat.directory, value)]})

    def _compared(self, node: Compared, no: bool) -> Q:
        name, column = self._column(node.term)
        if node.value is None:
            return Q(**{f"{name}__isnull": (node.sign == "==") is not no})
        if node.sign in ("==", "!="):
            same = self._among(node.term, [node.value]) if column.ids else Q(**{name: node.value})
            return same if (node.sign == "==") is not no else ~same
        value = instant(node.value, self.seat) if isinstance(node.value, Moment) else node.value
        if not no:
            return Q(**{f"{name}__{_LOOKUPS[node.sign]}": value})
        contrary = Q(**{f"{name}__{_CONTRARY[node.sign]}": value})
        return contrary | Q(**{f"{name}__isnull": True}) if column.nullable else contrary


_LOOKUPS = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_CONTRARY = {"<": "gte", "<=": "gt", ">": "lte", ">=": "lt"}
