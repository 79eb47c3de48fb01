"""The sheet of units."""

from collections.abc import Iterable

from ..models import Centre, RankingGroup, Unit, UnitType
from .base import YES_NO, CellError, Cells, Column, Key, Sheet, labels, show_yes_no, whole, yes_no

TYPES = labels(UnitType)
GROUPS = labels(RankingGroup)
PARENT = "上级单位编码"


class Units(Sheet):
    """Units by code. A unit without a parent's code stands directly under the centre."""

    name = "units"
    title = "单位"
    model = Unit

    def __init__(self, centre: Centre) -> None:
        super().__init__(centre)
        types, groups = tuple(TYPES), tuple(GROUPS)
        self.columns = (
            Column("编码", "code", required=True),
            Column("名称", "name", required=True),
            Column("简称", "short_name"),
            Column("类型", "type", TYPES.__getitem__, lambda v: str(UnitType(v).label), required=True, choices=types),
            Column("排名组", "ranking_group", lambda text: GROUPS[text] if text else "", _show_group, choices=groups),
            Column(PARENT, "parent", self._parent, lambda parent: parent.code if parent else ""),
            Column("排序", "position", whole, blank_keeps=True),
            Column("启用", "active", yes_no, show_yes_no, blank_keeps=True, choices=YES_NO),
        )

    def existing(self) -> Iterable[Unit]:
        """All units, each with the very parent object of this list, so that a moved parent is seen by its children."""
        units = {unit.pk: unit for unit in self.centre.units.order_by("position", "code")}
        for unit in units.values():
            unit.parent = units.get(unit.parent_id)
        return sorted(units.values(), key=_depth)

    def key_of(self, target: Unit) -> Key:
        return target.code

    def key(self, cells: Cells) -> Key:
        return cells["编码"]

    def new(self, key: Key) -> Unit:
        return Unit(centre=self.centre, code=str(key), parent=self._parent(""), position=len(self.standing))

    def needs(self, cells: Cells) -> Key | None:
        return cells.get(PARENT) or None

    def settle(self, target: Unit) -> None:
        if target.type == UnitType.CENTRE:
            target.parent = None

    def _parent(self, code: str) -> Unit | None:
        if not code:
            return next((unit for unit in self.standing.values() if unit.type == UnitType.CENTRE), None)
        if code not in self.standing:
            raise CellError(f"没有编码为“{code}”的单位，或该单位所在行有错误。")
        parent: Unit = self.standing[code]
        return parent


def _show_group(group: str) -> str:
    return str(RankingGroup(group).label) if group else ""


def _depth(unit: Unit) -> int:
    return 0 if unit.parent is None else 1 + _depth(unit.parent)
