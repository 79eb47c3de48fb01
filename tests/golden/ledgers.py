"""Ledgers of a release as lines of JSON: the entries of a root with their private parts, and the rows that they led to.

`python -m tests.golden.ledgers > tests/golden/N.jsonl` writes them from the demo of the installation that
`LIANXIN_VAR` names: for every verb that occurs the first roots in which it does.  A file that was committed with a
release is never written again: it is what that release left in people's databases.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import models

FOLDER = Path(__file__).parent
#: So many roots are kept for each verb.
EACH = 3


def files() -> list[Path]:
    """One a release, the oldest first."""
    return sorted(FOLDER.glob("*.jsonl"), key=lambda path: int(path.stem))


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Its ledgers."""
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def columns(row: models.Model) -> dict[str, Any]:
    """A row as JSON holds it."""
    return {field.attname: _plain(getattr(row, field.attname)) for field in row._meta.concrete_fields}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview | bytearray):
        return {"hex": bytes(value).hex()}
    if isinstance(value, datetime):
        return value.astimezone().isoformat() if value.tzinfo is None else value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def row_of(model: type[models.Model], said: Mapping[str, Any]) -> models.Model:
    """The row that `columns` wrote."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    values = {}
    for name, value in said.items():
        plain = bytes.fromhex(value["hex"]) if isinstance(value, dict) and value.keys() == {"hex"} else value
        values[name] = plain if isinstance(plain, dict | list) else fields[name].to_python(plain)
    return model(**values)


def rows_of(docket: Any) -> dict[str, list[dict[str, Any]]]:
    """What a replay made, by model: the root, and its parts and what stands beside it in the order of their making."""
    found: dict[str, list[dict[str, Any]]] = {docket.root._meta.label: [columns(docket.root)]}
    for row in docket.added:
        if row is not docket.root:
            found.setdefault(row._meta.label, []).append(columns(row))
    return found


def written() -> Iterator[dict[str, Any]]:
    """The ledgers of this database."""
    from lianxin.ledger.models import Enclosure, Entry, roots
    from lianxin.ledger.replay import replay

    kept: set[tuple[str, int]] = set()
    for action in sorted(set(Entry.objects.values_list("action", flat=True))):
        for model in roots():
            key = model.column
            found = Entry.objects.filter(action=action, **{f"{key}__isnull": False}).order_by("pk")
            kept.update((model.letter, pk) for pk in list(dict.fromkeys(found.values_list(key, flat=True)))[:EACH])
    by_letter = {model.letter: model for model in roots()}
    for letter, pk in sorted(kept):
        model = by_letter[letter]
        entries = list(Entry.objects.filter(**{model.column: pk}).order_by("number"))
        bodies = {e.entry_id: e.body for e in Enclosure.objects.filter(entry__in=entries)}
        centre = model._base_manager.values_list("centre", flat=True).get(pk=pk)
        docket = replay(centre, entries, bodies)
        yield {
            "centre": centre,
            "entries": [columns(entry) for entry in entries],
            "bodies": {str(key): body for key, body in bodies.items()},
            "rows": rows_of(docket),
        }


def main() -> None:
    """Print them."""
    import django

    from lianxin.ops.database import running

    with running():
        django.setup()
        for line in written():
            sys.stdout.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
