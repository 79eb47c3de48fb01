"""What an expression of the ruler must not ask, since engines answer it differently, each with what was seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
from ibis.expr.types import Expr

#: Operation -> why no figure may depend on it (PostgreSQL 18, DuckDB 2.0, Spark 4.3).
REFUSED: dict[type[ops.Node], str] = {
    ops.Strftime: "formats differ: %G-W%V of one day is 2020-153 on PostgreSQL; edges of weeks are made in Python",
    ops.TimestampDelta: "PostgreSQL rounds, DuckDB counts the boundaries between, Spark whole units; count seconds",
    ops.DateDelta: "engines count boundaries or whole units; count days in Python",
    ops.TimestampDiff: "an interval is compared as text by some; count seconds",
    ops.DayOfWeekIndex: "the first day of a week is another on each; edges of weeks are made in Python",
    ops.DayOfWeekName: "the language of a name is the server's",
    ops.ExtractWeekOfYear: "week 53 and week 1 fall apart; edges of weeks are made in Python",
    ops.Round: "halves: 94.115 becomes 94.11 or 94.12; engines give integers, rates are made in Python",
    ops.Divide: "integers divide to integers on one and to decimals on another; rates are made in Python",
    ops.FloorDivide: "below zero they round to different sides",
    ops.Mean: "a sum in floating point depends on the order; count and sum integers",
    ops.RegexSearch: "\\w and others mean ASCII on one and Unicode on another",
    ops.RegexExtract: "\\w and others mean ASCII on one and Unicode on another",
    ops.RegexReplace: "\\w and others mean ASCII on one and Unicode on another",
    ops.Strip: "the ideographic space U+3000 is space to one and a letter to another",
    ops.LStrip: "the ideographic space U+3000 is space to one and a letter to another",
    ops.RStrip: "the ideographic space U+3000 is space to one and a letter to another",
    ops.StringConcat: "with NULL it is NULL on one and the rest on another",
    ops.CountDistinctStar: "count(distinct a, b) leaves out rows with NULL on some",
    ops.ApproxCountDistinct: "an estimate, by another method on each",
    ops.First: "of unordered rows any may be the first",
    ops.Last: "of unordered rows any may be the last",
    ops.Sort: "NULL stands first on one and last on another; order is made in Python",
    ops.JSONGetItem: "engines read JSON differently; what is asked of a payload is a column of the lake (`SAID`)",
    ops.RandomScalar: "a figure printed twice is the same figure",
    ops.TimestampNow: "a figure printed twice is the same figure",
}
_FLOATING = "floating point: beyond 2**53 it loses ones, and which digits it keeps depends on the engine"
_INTO_TEXT = "how a number, an instant or a truth is written as text is the engine's own"


def refused(expression: Expr) -> list[str]:
    """Why that expression may give different figures on different engines; empty where it may not."""
    return sorted(set(_reasons(expression.op())))


def _reasons(root: Any) -> Iterator[str]:
    for node in root.find(ops.Node):
        for kind, why in REFUSED.items():
            if isinstance(node, kind):
                yield f"{type(node).__name__}: {why}"
        kind = getattr(node, "dtype", None)
        if isinstance(kind, dt.Floating | dt.Decimal):
            yield f"{type(node).__name__}: {_FLOATING}"
        if isinstance(node, ops.Cast) and isinstance(kind, dt.String) and not isinstance(node.arg.dtype, dt.String):
            yield f"Cast: {_INTO_TEXT}"
