"""Who inspects whom (C29, C30), and what records of an inspection must be like, whatever is inspected for.

A unit inspects whose type the rule book in force today names (`[inspection] units`).  The city's hangs on the centre
and inspects all units; a district's inspects what lies below the unit to which it belongs, and never that unit.  Nobody
inspects the own unit, or what lies below it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.acts import Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import widget
from lianxin.orders.models import Order
from lianxin.orders.reach import not_of, readers
from lianxin.proceedings.deed import Deed
from lianxin.rules.lifecycle.states import UNIT_LEADS, posts
from lianxin.rules.likeness import alike, bare
from lianxin.rules.serving import serves

serves("C29")
serves("C30")

#: Who inspects, by the post: of the centre, and of an inspecting unit.
WHO = posts("supervisor", "leader", "clerk") | UNIT_LEADS
LEVELS = {"city": "市级", "district": "区级"}
#: Longer texts would not be compared in time.
MOST = 2000
#: Bounds of its own: those of the usual fields would stand instead of whatever is said beside them.
Told = Annotated[str, Private, Field(max_length=MOST, json_schema_extra=widget("textarea"))]


def level_of(directory: Snapshot, unit: int | None) -> str:
    """A code of `LEVELS`; `""` of a unit that does not inspect."""
    pack, line = directory.pack_now, directory.units.get(unit or 0)
    if pack is None or line is None or not line.active or line.type not in pack.inspection.units:
        return ""
    return "city" if line.parent in (None, directory.root.id) else "district"


def inspects(directory: Snapshot, unit: int | None) -> bool:
    """Whether posts of this unit inspect."""
    return bool(level_of(directory, unit))


def inspected_by(directory: Snapshot, unit: int) -> frozenset[int]:
    """The units that this one inspects."""
    root, line = directory.root.id, directory.units[unit]
    if unit == root:
        return directory.within(root) - {root}
    city = level_of(directory, unit) == "city"
    above = root if city or line.parent is None else line.parent
    found = directory.within(above) - directory.within(unit)
    return found if city else found - {above}


def require_inspects(deed: Deed[Any], unit: int) -> None:
    """Refuse a unit that is not for the actor's to inspect, and one in which he serves himself."""
    directory, actor = deed.directory, deed.actor
    assert actor.unit is not None
    line, own = directory.units.get(unit), directory.units[actor.unit]
    require(line is not None and line.active, "inspected", "该单位已停用，请从列表中选择")
    require(unit not in directory.within(actor.unit) or actor.unit == directory.root.id != unit, "inspected", _OWN)
    above = directory.units.get(own.parent or 0)
    sentence = f"{own.name}只督查{above.name if above else ''}的下属单位，这个单位不在其中"
    require(unit in inspected_by(directory, actor.unit), "inspected", sentence)
    serves_there = actor.staff is not None and directory.serves(actor.staff, unit)
    require(not serves_there, "inspected", "您在该单位任职，请由其他人员督查")


_OWN = "不能督查本单位，请由上级督查机构督查"


def within_reach(deed: Deed[Any], units: Collection[int]) -> Any:
    """The orders that these units have or had a share of, and that do not complain of the actor (C64)."""
    centre = deed.proceeding.centre_id
    free = not_of(centre, readers(deed.actor.staff))
    return Order.objects.filter(free, centre=centre, shares__unit__in=units).distinct()


# --- records ----------------------------------------------------------------------------------
class Record(NamedTuple):
    """A record that was made: which, by whom, when that took place which it tells of, and its words."""

    code: str
    person: int | None
    at: datetime
    words: str


def require_own(deed: Deed[Any], now: Record, before: Iterable[Record], *, field: str, when: str) -> None:
    """Refuse what does not say enough, what was said before, and two records of one person at one time."""
    rules = deed.pack.inspection
    require(len(bare(now.words)) >= rules.least, field, f"至少写明 {rules.least} 个字，标点不计")
    for record in before:
        require(not alike(now.words, record.words, rules.alike), field, "与已有的督查记录基本相同，请写明这一次的情况")
        first, last = sorted((record.at, now.at))
        apart = rules.apart.due(first, deed.outside().calendar) <= last
        sentence = f"同一人的两次督查记录至少相隔{rules.apart}，请核对时间"
        require(apart or record.person != now.person, when, sentence)


def require_files(deed: Deed[Any], code: str) -> None:
    """Refuse a record without the files that it must have."""
    record = deed.pack.inspection.record(code)
    least = record.files if record is not None else 0
    require(deed.file_count >= least, "files", f"请附至少 {least} 个现场照片等材料")
