"""The book's tables as Ibis sees them, declared from the models, so that a column has one home."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import ibis
from django.db import models

from lianxin.directory.models import Unit
from lianxin.followup.models import Callback
from lianxin.ledger.models import Clock, Entry, FormerDue, Stay, Task
from lianxin.orders.models import Facts, FormerRole, Order, Share
from lianxin.proceedings.models import Proceeding, ProceedingFacts

_TYPES: dict[str, str] = {
    "BigIntegerField": "int64",
    "BigAutoField": "int64",
    "ForeignKey": "int64",
    "PositiveIntegerField": "int32",
    "PositiveSmallIntegerField": "int16",
    "CharField": "string",
    "BooleanField": "boolean",
    "DateTimeField": "timestamp('UTC')",
    "JSONField": "jsonb",
}

ORDERS, FACTS, SHARES, CLOCKS, CALLBACKS, UNITS = Order, Facts, Share, Clock, Callback, Unit
FORMER_DUES, FORMER_ROLES = FormerDue, FormerRole
TASKS, ENTRIES, STAYS = Task, Entry, Stay
PROCEEDINGS, PROCEEDING_FACTS = Proceeding, ProceedingFacts


@cache
def table(model: type[models.Model]) -> Any:
    """`model`'s table as an unbound Ibis table; columns of other types (arrays, bytes) are left out."""
    columns = {
        cast("str", field.column): _TYPES[field.get_internal_type()]
        for field in model._meta.concrete_fields
        if field.get_internal_type() in _TYPES
    }
    return ibis.table(columns, name=model._meta.db_table)
