"""What of the book goes into the lake: its tables and, by name, the columns that say nothing of a person.

Words never do: no text that somebody typed, no caller, no number of another system.  A code, an id, an instant, a yes
or no does.  Of an act's payload only what figures ask for is taken, each a column of its own (`SAID`), since engines
differ in how they read JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Literal

from django.db import models

from lianxin.directory.models import Area, Category, Centre, Unit
from lianxin.directory.models.former import FormerCategory, FormerUnit
from lianxin.followup.models import Callback
from lianxin.ledger.models import Clock, Entry, FormerDue, Stay, Task
from lianxin.ledger.models.parts import PART_BITS
from lianxin.orders.models import Facts, FormerRole, Order, Share
from lianxin.proceedings.models import About, Proceeding, ProceedingFacts

#: How rows come to be and change: at the head of a ledger; in one, again and again; in one, once for all; in the
#: directory, which is small and written whole.
Sort = Literal["root", "part", "entry", "directory"]
#: Types of columns that say nothing of a person, and what they are in PostgreSQL.
PLAIN: Mapping[str, str] = {
    "BigIntegerField": "bigint",
    "BigAutoField": "bigint",
    "ForeignKey": "bigint",
    "PositiveIntegerField": "integer",
    "PositiveSmallIntegerField": "smallint",
    "SmallIntegerField": "smallint",
    "IntegerField": "integer",
    "BooleanField": "boolean",
    "DateTimeField": "timestamptz",
}


def _said(name: str, kind: str, is_a: str) -> tuple[str, str]:
    """A field of the payload where it is of that kind: other acts mean something else by the same name."""
    said = f"payload->'{name}'"
    return kind, f"CASE WHEN jsonb_typeof({said}) = '{is_a}' THEN ({said})::{kind} END"


def _of(action: str, kind: str, said: str) -> tuple[str, str]:
    """What acts of that kind alone say."""
    return kind, f"CASE WHEN action = '{action}' THEN ({said})::{kind} END"


#: What figures ask of an act, by the name of its column: (type in PostgreSQL, the expression over `payload`).
SAID: Mapping[str, tuple[str, str]] = {
    "said_share": _said("share", "bigint", "number"),
    "said_reached": _said("reached", "boolean", "boolean"),
    "said_late": _said("late", "boolean", "boolean"),
    "said_sound": _said("sound", "boolean", "boolean"),
    "said_verdict": _of("share.arrived", "text", "payload->>'verdict'"),
    "said_item": _of("order.dispatched", "text", "payload->>'item'"),
    "said_agent": _of("language_check.drawn", "bigint", "payload->>'agent'"),
    "said_order": _of("language_check.drawn", "bigint", "payload->'orders'->>0"),
    "said_number": _of("recheck.checked", "text", "payload->>'number'"),
    "said_inspected": _of("inspection.opened", "bigint", "payload->>'inspected'"),
}


@dataclass(frozen=True)
class LakeTable:
    """One table: which of its texts are codes and go with it, which plain columns do not, and what is made of others.

    `made`: column -> (type, expression in PostgreSQL).  `seen`: instants by which a period sees its rows: of each file
    the manifest says from when to when they reach.
    """

    model: type[models.Model]
    sort: Sort
    codes: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    made: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    seen: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    @cached_property
    def columns(self) -> Mapping[str, tuple[str, str]]:
        """column -> (type in PostgreSQL, its expression), in the order of the model."""
        found: dict[str, tuple[str, str]] = {}
        for each in self.model._meta.concrete_fields:
            kind, column = each.get_internal_type(), str(each.column)
            if kind == "CharField" and column in self.codes:
                found[column] = ("text", f'"{column}"')
            elif kind in PLAIN and column not in self.without:
                found[column] = (PLAIN[kind], f'"{column}"')
        return found | dict(self.made)

    @property
    def root(self) -> str:
        """The root in whose ledger a row stands, by its id."""
        return "id" if self.sort == "root" else f"id >> {PART_BITS}"

    def select(self, where: str = "TRUE") -> str:
        """Its rows, in SQL of PostgreSQL."""
        columns = ", ".join(f'{made}::{kind} AS "{column}"' for column, (kind, made) in self.columns.items())
        return f"SELECT {columns} FROM {self.name} AS t WHERE {where}"


_ROOT = ("pack", "number", "node", "vacant")
#: The book-keeping of a row at the head of a ledger, which changes with every act and says nothing.
_BOOK = ("marked_clock", "head_number", "head_recorded_at", "parts", "stay_part", "facts_part")
_CENTS = {name: ("bigint", f"({name} * 100)::bigint") for name in ("amount", "score")}
_IN_CENTS = {f"{name}_cents": made for name, made in _CENTS.items()}

TABLES: tuple[LakeTable, ...] = (
    LakeTable(
        Order,
        "root",
        (*_ROOT, "state", "channel", "source", "cls", "urgency", "judged", "explained", "result_code"),
        without=(*_BOOK, "matter_orders", "matter_periods", "found_by_id"),
        seen=("registered_at", "dispatched_at"),
    ),
    LakeTable(
        Proceeding,
        "root",
        (*_ROOT, "kind", "state", "level", "channel", "period", "outcome"),
        without=_BOOK,
        made=_IN_CENTS,
    ),
    LakeTable(Facts, "part", ("cls", "source", "channel", "urgency")),
    LakeTable(ProceedingFacts, "part", ("state", "level", "channel", "period", "outcome"), made=_IN_CENTS),
    LakeTable(Share, "part", ("role", "state", "basis", "outcome"), seen=("dispatched_at", "ended_at")),
    LakeTable(FormerRole, "part", ("role",)),
    LakeTable(Clock, "part", ("rule", "kind", "cause", "event", "end"), without=("next_at",), seen=("start",)),
    LakeTable(FormerDue, "part"),
    LakeTable(Task, "part", ("kind", "reason", "rule", "period", "post_role", "vacant", "outcome"), seen=("made_at",)),
    LakeTable(Stay, "part", ("node",), seen=("entered_at", "left_at")),
    LakeTable(Callback, "part", ("layer", "process_grade", "result_grade"), seen=("finished_at",)),
    LakeTable(About, "part", ("role",)),
    LakeTable(Entry, "entry", ("action", "via", "post_role"), made=SAID, seen=("at",)),
    LakeTable(Centre, "directory", ("code", "name")),
    LakeTable(Unit, "directory", ("code", "name", "short_name", "type", "ranking_group")),
    LakeTable(FormerUnit, "directory", ("code", "name", "short_name", "type", "ranking_group")),
    LakeTable(Category, "directory", ("code", "name")),
    LakeTable(FormerCategory, "directory", ("code", "name")),
    LakeTable(Area, "directory", ("name",)),
)
BY_NAME = {table.name: table for table in TABLES}
ROOTS = tuple(table for table in TABLES if table.sort == "root")
DIRECTORY = tuple(table for table in TABLES if table.sort == "directory")
OF_ROOTS = tuple(table for table in TABLES if table.sort != "directory")


@cache
def shape() -> str:
    """What the tables are made of, as a digest: files of another version have other columns."""
    said = [[table.name, *([column, *made] for column, made in table.columns.items())] for table in TABLES]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
