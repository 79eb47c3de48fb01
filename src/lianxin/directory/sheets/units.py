"""The sheet of units."""

from collections.abc import Iterable

from lianxin.rules.policy_settings import GroupName, TypeName

from .. import named
from ..models import Centre, Unit
from .base import YES_NO, CellError, Cells, Column, Key, Sheet, show_yes_no, whole, yes_no

PARENT = "上级单位编码"


class Units(Sheet):
    """Units by code. A unit without a parent's code stands directly under the centre.

    Types and groups are written by the titles of the rules in force; a code that these lack stands as it is.
    """

    name = "units"
    title = "单位"
    model = Unit

    def __init__(self, centre: Centre) -> None:
        super().__init__(centre)
        pack = named.names_for(centre.pk)
        self.root = centre.units.filter(parent=None).values_list("pk", flat=True).first()
        self.centre_type = next((t.code for t in pack.units.types if t.serves_as == "centre"), "") if pack else ""
        types = _Codes(pack.units.types if pack else (), centre.units.values_list("type", flat=True))
        groups = _Codes(pack.units.groups if pack else (), centre.units.values_list("ranking_group", flat=True))
        self.columns = (
            Column("编码", "code", required=True),
            Column("名称", "name", required=True),
            Column("简称", "short_name"),
            Column("类型", "type", types.read, types.show, required=True, choices=types.choices),
            Column("排名组", "ranking_group", groups.read, groups.show, choices=groups.choices),
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
        # The root stays the root, whatever rules came into force since it was founded call it.
        if target.type == self.centre_type or target is self._root():
            target.parent = None

    def _root(self) -> Unit | None:
        return next((unit for unit in self.standing.values() if unit.pk == self.root), None)

    def _parent(self, code: str) -> Unit | None:
        if not code:
            return self._root()
        if code not in self.standing:
            raise CellError(f"没有编码为“{code}”的单位，或该单位所在行有错误。")
        parent: Unit = self.standing[code]
        return parent


class _Codes:
    """A list of the pack as a column: titles in the cells, codes in the table; "" for nothing."""

    def __init__(self, entries: Iterable[TypeName | GroupName], standing: Iterable[str]) -> None:
        self._titles = {entry.code: entry.title for entry in entries}
        # What stands there under rules of before goes out and comes in again as it is.
        self._titles |= {code: code for code in sorted({*standing}) if code and code not in self._titles}
        self._codes = {title: code for code, title in self._titles.items()}
        self.choices = tuple(self._codes)

    def read(self, text: str) -> str:
        return self._codes[text] if text else ""

    def show(self, code: str) -> str:
        return self._titles.get(code, code)


def _depth(unit: Unit) -> int:
    return 0 if unit.parent is None else 1 + _depth(unit.parent)
