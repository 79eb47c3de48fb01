"""What each verb does to the rows of an order, beside `what_verbs_do.txt`, which people have read.

A verb whose effect, event or move is changed does something else, and that must be written there on purpose: run with
`LIANXIN_WRITE=1` it writes the file anew, and the difference is what there is to read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.cast import Cast
from tests.orders.stages import HAPPY, PAYLOADS, reach, tables

from lianxin.directory.models import Area, Category
from lianxin.ledger.models import Clock, Entry
from lianxin.orders.models import Order

FILE = Path(__file__).parent / "what_verbs_do.txt"
TABLES = (
    *("Order", "Appeal", "Share", "FormerRole", "Clock", "FormerDue", "Task", "Stay", "Facts", "Callback", "Sight"),
)
#: What differs from run to run, or says the same again: keys, digests, the book's own numbers.
SILENT = re.compile(
    r".*(digest|mac|hash|written_at|recorded_at|_part)$|^(id|pk|key|number|order_id|centre_id|body|head_number|parts|recused_for)$"
)
#: Ids of another order or of people, wherever they stand.
ELSEWHERE = re.compile(r"\b\d+\b")


class Names:
    """Ids and instants as people say them."""

    def __init__(self, cast: Cast, at: datetime) -> None:
        self.at = at
        self.units = {unit.pk: name for name, unit in cast.units.items()}
        self.staff = {person.pk: name for name, person in cast.staff.items()}
        self.posts = {post.pk: name for name, post in cast.posts.items()}
        self.rest = {row.pk: row.name for model in (Area, Category) for row in model.objects.filter(centre=cast.centre)}

    def shown(self, column: str, value: Any) -> str:
        if column in ("recused", "recused_units") and value:
            known = self.units if column.endswith("units") else self.staff
            return ", ".join(known[one] for one in value)
        if isinstance(value, dict) and value and all(key.isdigit() for key in value):
            return ", ".join(f"{self._number(column, int(key))}: {said}" for key, said in value.items())
        if value is None or value == "":
            return "–"
        if isinstance(value, datetime):
            minutes = (value - self.at).total_seconds() / 60
            return f"{minutes:+g} min"
        if isinstance(value, int) and not isinstance(value, bool):
            return self._number(column, value)
        if column in ("chain", "repeats"):
            return ELSEWHERE.sub("…", str(value))
        return str(value)

    def _number(self, column: str, value: int) -> str:
        if column in ("matter_id", "merged_into_id"):
            return "another order"
        if column == "campaign_id":
            return "the campaign"
        named = {"unit": self.units, "home": self.units, "post": self.posts, "area": self.rest, "category": self.rest,
                 "person": self.staff, "holder": self.staff, "staff": self.staff}  # fmt: skip
        kind = next((kind for kind in ("post", *named) if kind in column), "")
        if kind and value in named[kind]:
            return named[kind][value]
        # A part of an order: its place among them.
        return f"#{value & 0xFFFF}" if value > 1 << 16 else str(value)


def rows(pk: int) -> dict[tuple[str, int], dict[str, Any]]:
    """The rows of one order by table and place."""
    found = {}
    for table, lines in tables().items():
        if table in TABLES:
            mine = [row for row in lines if row.get("order_id", row.get("id") if table == "Order" else None) == pk]
            found |= {(table, n): row for n, row in enumerate(mine, 1)}
    return found


def changes(before: dict[Any, Any], after: dict[Any, Any], names: Names) -> Iterator[str]:
    for which in sorted(before.keys() | after.keys(), key=lambda key: (TABLES.index(key[0]), key[1])):
        old, new = before.get(which), after.get(which, {})
        told = {column: value for column, value in new.items() if not SILENT.match(column)}
        if old is None:
            parts = [
                f"{column} {names.shown(column, value)}" for column, value in told.items() if value not in (None, "")
            ]
        else:
            parts = [
                f"{column} {names.shown(column, old[column])} → {names.shown(column, value)}"
                for column, value in told.items()
                if value != old[column]
            ]
        if parts:
            yield f"{'' if old else 'new '}{which[0]} {which[1]}: {'; '.join(parts)}"


def taken(cast: Cast, nine: datetime, verb: str) -> str:
    """The verb taken as `stages` has it, and what it changed, in words."""
    who, stage = HAPPY[verb]
    order, at = reach(cast, stage, nine) if stage else (None, nine)
    payload = PAYLOADS[verb](cast, order)  # type: ignore[arg-type]
    if verb in ("clock.warned", "clock.breached"):
        payload = {"clocks": [Clock.objects.get(order=order, kind="handle").pk]}
    before = rows(order.pk) if order else {}
    done = cast.do(who, verb, order.pk if order else None, at, **payload)
    after = rows(done.order)
    assert Order.objects.filter(pk=done.order).exists()
    lines = [_heard(Entry.objects.get(order=done.order, number=done.entry)), *changes(before, after, Names(cast, at))]
    return "\n".join([f"{verb} ({who}{f', {stage}' if stage else ''})", *(f"    {line}" for line in lines)])


def _heard(entry: Entry) -> str:
    """What the entry keeps of the table: the states that it gave, and what the clocks heard."""
    order, share = entry.derived.get("became", (None, None))
    became = [f"the order becomes {order}"] if order else []
    became += [f"the share becomes {share}"] if share else []
    events = entry.derived.get("events") or []
    return "; ".join([*became, f"clocks hear {' '.join(events)}" if events else "clocks hear nothing"])


def read() -> dict[str, str]:
    blocks = FILE.read_text(encoding="utf-8").strip().split("\n\n") if FILE.exists() else []
    return {block.partition(" (")[0]: block for block in blocks}


@pytest.mark.parametrize("verb", HAPPY)
def test_a_verb_does_what_is_written_of_it(base: Cast, nine: datetime, verb: str) -> None:
    found = taken(base, nine, verb)
    if os.environ.get("LIANXIN_WRITE"):
        written = read() | {verb: found}
        FILE.write_text("\n\n".join(written[name] for name in HAPPY if name in written) + "\n", encoding="utf-8")
    assert found == read().get(verb)
