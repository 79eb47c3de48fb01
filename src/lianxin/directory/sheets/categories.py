"""The sheet of categories."""

from collections.abc import Iterable

from ..models import Category, Centre
from .base import YES_NO, CellError, Cells, Column, Key, Sheet, show_yes_no, whole, yes_no
from .workbook import Line

NAMES = ("一级类别", "二级类别", "三级类别")


class Categories(Sheet):
    """Categories by their names from the first level down, one a row; those above a row come into being with it."""

    name = "categories"
    title = "诉求类别"
    model = Category

    def __init__(self, centre: Centre) -> None:
        super().__init__(centre)
        self.columns = (
            *(Column(name, "", required=level == 0) for level, name in enumerate(NAMES)),
            Column("编码", "code"),
            Column("排序", "position", whole, blank_keeps=True),
            Column("启用", "active", yes_no, show_yes_no, blank_keeps=True, choices=YES_NO),
        )

    def existing(self) -> Iterable[Category]:
        """All categories, each with the very parent object of this list; the tree in its order."""
        found = {one.pk: one for one in self.centre.categories.order_by("level", "position", "id")}
        places: dict[int, tuple[tuple[int, int], ...]] = {}
        for one in found.values():
            one.parent = found.get(one.parent_id)  # type: ignore[arg-type]
            above = places[one.parent_id] if one.parent_id else ()
            places[one.pk] = (*above, (one.position, one.pk))
        return sorted(found.values(), key=lambda one: places[one.pk])

    def key_of(self, target: Category) -> Key:
        return target.path()

    def key(self, cells: Cells) -> Key:
        return tuple(name for name in (cells.get(column, "") for column in NAMES) if name)

    def new(self, key: Key) -> Category:
        assert isinstance(key, tuple)
        if key[:-1] and key[:-1] not in self.standing:
            raise CellError("上级类别所在行有错误。")
        return Category(
            centre=self.centre, parent=self.standing.get(key[:-1]), name=key[-1], position=len(self.standing) + 1
        )

    def needs(self, cells: Cells) -> Key | None:
        path = self.key(cells)
        assert isinstance(path, tuple)
        return path[:-1] or None

    def objection(self, cells: Cells) -> tuple[str, str] | None:
        names = [cells.get(column, "") for column in NAMES]
        for column, name, below in zip(NAMES, names, [*names[1:], ""], strict=True):
            if below and not name:
                return column, "有下级类别时不能为空。"
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

    def describe(self, target: Category) -> dict[str, str]:
        path = target.path()
        names = {column: path[level] if level < len(path) else "" for level, column in enumerate(NAMES)}
        return {**names, **super().describe(target)}
