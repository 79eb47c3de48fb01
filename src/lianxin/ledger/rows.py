"""Rows of the book made and found without Django's constructor, which costs more than all the rest of an act.

What it does beside setting columns (signals, related objects given by name) the ledger does not use.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.base import ModelState

M = TypeVar("M", bound=models.Model)
#: Where a row that was found keeps what it was: only columns that changed since are written.
FOUND = "_found"


def new(model: type[M], **columns: Any) -> M:
    """A row to be inserted: `columns` by attribute name (`order_id`, not `order`), defaults for the rest.

    Raises TypeError for a name that is no column.
    """
    blank, lists = _blank(model)
    values = {**blank, **columns}
    if len(values) != len(blank):
        raise TypeError(f"{model.__name__} has no column {', '.join(sorted(columns.keys() - blank.keys()))}")
    for name in lists:
        if name not in columns:
            values[name] = values[name].copy()
    values["_state"] = ModelState()
    row = model.__new__(model)
    row.__dict__ = values
    return row


def found(model: type[M], columns: Sequence[Any]) -> M:
    """A row as the database has it; `columns` in the order of the model's fields."""
    row = model.__new__(model)
    values = row.__dict__
    state = values["_state"] = ModelState()
    state.adding, state.db = False, "default"
    values.update(zip(_names(model), columns, strict=True))
    lists, texts = _lists(model)
    for name in texts:
        values[name] = json.loads(values[name])
    before = values.copy()
    for name in lists:
        # A list of the row may be changed in place.
        before[name] = before[name] and before[name].copy()
    values[FOUND] = before
    return row


def changes(row: models.Model) -> Mapping[str, Any]:
    """The columns of a row that was found which are no longer what they were; all of one that Django loaded."""
    values = row.__dict__
    before: Mapping[str, Any] | None = values.get(FOUND)
    names = _names(type(row))[1:]
    return {n: values[n] for n in names if before is None or values[n] != before[n]}


@cache
def _names(model: type[models.Model]) -> tuple[str, ...]:
    """The primary key first: it is the first field of every model of the book."""
    return tuple(field.attname for field in model._meta.concrete_fields)


@cache
def _blank(model: type[models.Model]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Each column's default (the database's own defaults left to it), and which of them are lists."""
    fields = [f for f in model._meta.concrete_fields if f.db_default is models.NOT_PROVIDED]
    blank = {field.attname: field.get_default() for field in fields}
    return blank, tuple(name for name, value in blank.items() if isinstance(value, (list, dict)))


@cache
def _lists(model: type[models.Model]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns that hold lists or dicts; those among them that come as JSON, which Django's driver does not read."""
    fields = [f for f in model._meta.concrete_fields if isinstance(f, (models.JSONField, ArrayField))]
    return tuple(f.attname for f in fields), tuple(f.attname for f in fields if isinstance(f, models.JSONField))
