"""The documents that units must have of their own (`[units] documents`): proceedings of a kind that stay in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lianxin.directory.lines import UnitLine
from lianxin.directory.snapshot import Snapshot
from lianxin.rules.policy_who import UnitDocument

from .models import Proceeding

#: (what a document is called, the number of the one in force; `""`: there is none)
Documents = tuple[tuple[str, str], ...]


def of_units(directory: Snapshot, wanted: Iterable[UnitDocument], units: Iterable[UnitLine]) -> Mapping[int, Documents]:
    """What each of these units must have, and has, by unit: one statement for all of them, none where nothing is
    wanted."""
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
    known = found.order_by("pk").values_list("kind", "unit", "number")
    numbers = {(kind, unit): number for kind, unit, number in known}
    return {
        unit.id: tuple((d.title, numbers.get((d.kind, unit.id), "")) for d in wanted if d.asked_of(unit.type))
        for unit in units
    }
