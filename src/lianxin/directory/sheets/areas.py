"""The sheet of areas."""

from collections.abc import Iterable

from ..models import Area, Centre
from .base import CellError, Cells, Column, Key, Sheet, whole
from .workbook import Line

NAMES = ("一级区域", "二级区域", "三级区域", "四级区域")


class Areas(Sheet):
    """Areas by their names from the first level down (镇街, 村社区 …), one a row; those above a row come with it."""

    name = "areas"
    title = "区域"
    model = Area

    def __init__(self, centre: Centre) -> None:
        super().__init__(centre)
        self.columns = (
            *(Column(name, "", required=level == 0) for level, name in enumerate(NAMES)),
            Column("排序", "position", whole, blank_keeps=True),
        )

    def existing(self) -> Iterable[Area]:
        """All areas, each with the very parent object of this list; parents before children, in their order."""
        found = {one.pk: one for one in self.centre.areas.order_by("position", "sort_key", "id")}
        for one in found.values():
            one.parent = found.get(one.parent_id)  # type: ignore[arg-type]
        ranks = {pk: rank for rank, pk in enumerate(found)}
        return sorted(found.values(), key=lambda one: tuple(ranks[step.pk] for step in _steps(one)))

    def key_of(self, target: Area) -> Key:
        return tuple(step.name for step in _steps(target))

    def key(self, cells: Cells) -> Key:
        return tuple(name for name in (cells.get(column, "") for column in NAMES) if name)

    def new(self, key: Key) -> Area:
        assert isinstance(key, tuple)
        if key[:-1] and key[:-1] not in self.standing:
            raise CellError("上级区域所在行有错误。")
        return Area(centre=self.centre, parent=self.standing.get(key[:-1]), name=key[-1])

    def needs(self, cells: Cells) -> Key | None:
        path = self.key(cells)
        assert isinstance(path, tuple)
        return path[:-1] or None

    def objection(self, cells: Cells) -> tuple[str, str] | None:
        names = [cells.get(column, "") for column in NAMES]
        for column, name, below in zip(NAMES, names, [*names[1:], ""], strict=True):
            if below and not name:
                return column, "有下级区域时不能为空。"
        return None

    def complete(self, lines: list[Line]) -> list[Line]:
        known = {self.key(line.cells) for line in lines} | self.standing.keys()
        added = []
        for line in lines:
            path = self.key(line.cells)
            assert isinstance(path, tuple)
            for level in range(1, len(path)):
                if path[:level] not in known:
                    known.add(path[:level])
                    added.append(Line(line.number, dict(zip(NAMES, path[:level], strict=False))))
        return [*added, *lines]

    def name_of(self, key: Key) -> str:
        assert isinstance(key, tuple)
        return " › ".join(key)

    def describe(self, target: Area) -> dict[str, str]:
        path = [step.name for step in _steps(target)]
        names = {column: path[level] if level < len(path) else "" for level, column in enumerate(NAMES)}
        return {**names, **super().describe(target)}


def _steps(area: Area) -> list[Area]:
    """The areas from the first level down to this one."""
    found = [area]
    while found[0].parent is not None:
        found.insert(0, found[0].parent)
    return found
