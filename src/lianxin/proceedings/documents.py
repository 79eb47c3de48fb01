"""The documents that units must have of their own (`[units] documents`): proceedings of a kind that stay in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from lianxin.directory import staffing
from lianxin.directory.lines import UnitLine
from lianxin.directory.snapshot import Snapshot
from lianxin.directory.staffing import Document
from lianxin.ledger.models import Entry
from lianxin.rules.policy_who import UnitDocument

from . import kinds
from .models import Proceeding


def of_units(
    directory: Snapshot, wanted: Iterable[UnitDocument], units: Iterable[UnitLine], at: datetime
) -> Mapping[int, tuple[Document, ...]]:
    """What each of these units must have, and has, by unit: one statement for all of them, none where nothing is
    wanted, and one more where a kind names people who must be in office."""
    wanted, units = tuple(wanted), tuple(units)
    if not wanted:
        return {}
    found = Proceeding.objects.filter(
        Proceeding.OPEN,
        centre=directory.centre_id,
        kind__in={document.kind for document in wanted},
        unit__in=[unit.id for unit in units],
    )
    # The oldest first: of two, which only a race leaves, the newest stands.
    known = list(found.order_by("pk").values_list("kind", "unit", "number", "pk"))
    numbers = {(kind, unit): (number, pk) for kind, unit, number, pk in known}
    left = _left(directory, {pk: (kind, unit or 0) for kind, unit, _, pk in known}, at)

    def document(asked: UnitDocument, unit: int) -> Document:
        number, pk = numbers.get((asked.kind, unit), ("", 0))
        return Document(asked.title, number, left.get(pk, ""))

    return {unit.id: tuple(document(asked, unit.id) for asked in wanted if asked.asked_of(unit.type)) for unit in units}


def _left(directory: Snapshot, known: Mapping[int, tuple[str, int]], at: datetime) -> dict[int, str]:
    """The names of those who must be in office and are no longer, by proceeding: as each was composed last."""
    fields = {pk: name for pk, (kind, _) in known.items() if (name := kinds.find(kind).in_office)}
    if not fields:
        return {}
    named: dict[int, list[int]] = {}
    rows = Entry.objects.filter(proceeding__in=list(fields)).order_by("proceeding", "number")
    for pk, payload in rows.values_list("proceeding", "payload"):
        if pk is not None and fields[pk] in payload:
            named[pk] = payload[fields[pk]]
    return {
        pk: "、".join(
            directory.staff[who].name if who in directory.staff else "有的人员"
            for who in people
            if not staffing.in_office(directory, who, known[pk][1], at)
        )
        for pk, people in named.items()
    }
