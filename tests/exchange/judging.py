"""How well a drafted map understands a file: each row read by it, field by field, beside the truth."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from lianxin.exchange.drafts import Proposal, propose
from lianxin.exchange.files import Source, heading
from lianxin.exchange.maps import Map
from lianxin.exchange.names import Names
from lianxin.exchange.rows import Incoming, Reader
from lianxin.rules import policy
from lianxin.workbooks.cells import text
from lianxin.workbooks.times import SHANGHAI

from .strange import UNITS, Export, Truth

FIELDS = ("number", "time", "caller", "phone", "text", "unit", "limit", "state")
#: The field of a map that holds it.
COLUMNS = {
    "number": "upstream_number",
    "time": "received_at",
    "caller": "caller",
    "phone": "phone",
    "text": "text",
    "unit": "units",
    "limit": "upstream_due",
    "state": "state",
}


@dataclass(slots=True)
class Judgement:
    """Of `rows` orders: how many were read right, wrong, and not at all, by field."""

    rows: int
    proposal: Proposal
    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    examples: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def fails(self, lacks: frozenset[str]) -> list[str]:
        """Sentences; none where the file is understood as the issue asks."""
        found = []
        for name in FIELDS:
            if name not in lacks and self.right[name] < 0.95 * self.rows:
                column = self.proposal.columns.get(COLUMNS[name])
                found.append(f"{name}: {self.right[name]} of {self.rows} right, from {column}")
            if self.wrong[name] >= max(1, 0.01 * self.rows):
                found.append(f"{name}: {self.wrong[name]} wrong, e.g. {self.examples[name]}")
        return found


def judge(export: Export) -> Judgement:
    """Draft a map, read the file by it.  A row that is a fault counts as read not at all."""
    source = Source(export.data, export.name, most=5000)
    proposal = propose(source)
    try:
        mapping = Map.model_validate(tomllib.loads(proposal.toml))
    except ValueError:
        # The draft itself says which column it lacks; a person fills it in.
        return _by_columns(export, source, proposal)
    names = Names(mapping, _directory())
    reader = Reader(mapping, names, datetime(2026, 11, 28, tzinfo=SHANGHAI))
    about = mapping.map
    assert mapping.columns is not None
    (table,) = source.tables(about.sheet, about.header_row, proposal.headings(), about.heading_rows)
    judged = Judgement(len(export.truths), proposal)
    read = [(reader.order(line), line.cells) for line, _, _ in table.lines()]
    _count(judged, export, [_said(row, cells, mapping) for row, cells in read if not row.problems])
    return judged


def _by_columns(export: Export, source: Source, proposal: Proposal) -> Judgement:
    """Without a number no map of daily orders holds: one is put in its place, for the other fields to be read."""
    given = (
        proposal.toml
        if "\nupstream_number" in proposal.toml
        else proposal.toml.replace("[columns]", '[columns]\nupstream_number = "序号"', 1)
    )
    mapping = Map.model_validate(tomllib.loads(given))
    reader = Reader(mapping, Names(mapping, _directory()), datetime(2026, 11, 28, tzinfo=SHANGHAI))
    (table,) = source.tables(mapping.map.sheet, None, proposal.headings())
    judged = Judgement(len(export.truths), proposal)
    rows = [(reader.order(line), line.cells) for line, _, _ in table.lines()]
    said = [_said(row, cells, mapping) for row, cells in rows if not row.problems]
    _count(judged, export, [one | {"number": None} for one in said])
    return judged


def _count(judged: Judgement, export: Export, found: list[dict[str, Any]]) -> None:
    by_text = {one["text"]: one for one in found}
    for truth in export.truths:
        said = by_text.get(truth.text, {})
        for name in FIELDS:
            value, meant = said.get(name), getattr(truth, name)
            if value == meant:
                judged.right[name] += 1
            elif value not in (None, ""):
                judged.wrong[name] += 1
                judged.examples.setdefault(name, (value, meant))


def _said(row: Incoming, cells: dict[str, Any], mapping: Map) -> dict[str, Any]:
    given = row.registration or {}
    columns = mapping.columns
    assert columns is not None
    caller = given.get("caller")
    return {
        "number": row.number,
        "time": row.received_at,
        "caller": caller.name if caller else "",
        "phone": caller.phone if caller else "",
        "text": given.get("text"),
        "unit": UNITS[row.units[0] - 1] if row.units else "",
        "limit": given.get("upstream_due"),
        "state": text(cells.get(heading(columns.state))) if columns.state else "",
    }


def _directory() -> Any:
    """A directory that knows the units of the files, and nothing else."""
    pack = policy.find("junan-2021")
    known = [*UNITS, "县司法局"]
    units = {
        n: SimpleNamespace(id=n, code=f"u{n}", name=name, short_name="", active=True) for n, name in enumerate(known, 1)
    }
    return SimpleNamespace(units=units, areas={}, categories={}, root=SimpleNamespace(id=0), pack=lambda at: pack)


__all__ = ["FIELDS", "Judgement", "Truth", "judge"]
