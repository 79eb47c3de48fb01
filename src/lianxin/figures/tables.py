"""The book's tables as Ibis sees them: with the columns that the lake has, so that a measure counts on either alike."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import ibis
from django.db import models

from lianxin.directory.models import Unit
from lianxin.followup.models import Callback
from lianxin.lake.tables import TABLES
from lianxin.ledger.models import Clock, Entry, FormerDue, Stay, Task
from lianxin.orders.models import Facts, FormerRole, Order, Share
from lianxin.proceedings.models import Proceeding, ProceedingFacts

#: Types of PostgreSQL, as Ibis calls them.
_TYPES: Mapping[str, str] = {
    "bigint": "int64",
    "integer": "int32",
    "smallint": "int16",
    "boolean": "boolean",
    "text": "string",
    "timestamptz": "timestamp('UTC')",
}

ORDERS, FACTS, SHARES, CLOCKS, CALLBACKS, UNITS = Order, Facts, Share, Clock, Callback, Unit
FORMER_DUES, FORMER_ROLES = FormerDue, FormerRole
TASKS, ENTRIES, STAYS = Task, Entry, Stay
PROCEEDINGS, PROCEEDING_FACTS = Proceeding, ProceedingFacts
_BY_MODEL = {each.model: each for each in TABLES}


@cache
def table(model: type[models.Model]) -> Any:
    """`model`'s table as an unbound Ibis table.  What is not in the lake is no column of it (`lake.tables`)."""
    columns = {column: _TYPES[kind] for column, (kind, _) in _BY_MODEL[model].columns.items()}
    return ibis.table(columns, name=model._meta.db_table)


def of_book(statement: str) -> str:
    """A statement of PostgreSQL over those tables as one over the book's, which keeps what is made of other columns
    (`lake.tables`) in them alone.

    PostgreSQL pulls such a subselect up: indexes serve it as before.
    """
    for each in TABLES:
        if each.made:
            made = ", ".join(f'({said})::{kind} AS "{column}"' for column, (kind, said) in each.made.items())
            statement = statement.replace(f'"{each.name}" AS "', f'(SELECT *, {made} FROM "{each.name}") AS "')
    return statement
