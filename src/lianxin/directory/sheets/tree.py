"""A sheet of things that stand below one another, each row with its names from the first level down."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from ..models import Area, Category, Centre
from ..models.upwards import upwards
from .base import CellError, Cells, Column, Key, Sheet
from .workbook import Line


class Tree(Sheet):
    """One a row; those above a row come into being with it.  `levels` are the columns of the names, `kind` what the
    things are called."""

    levels: ClassVar[tuple[str, ...]]
    kind: ClassVar[str]
    more: ClassVar[tuple[Column, ...]]

    def __init__(self, centre: Centre) -> None:
        super().__init__(centre)
        names = (Column(name, "", required=level == 0) for level, name in enumerate(self.levels))
        self.columns = (*names, *self.more)

    def in_order(self, things: Iterable[Area | Category]) -> list[Any]:
        """The things, each with the very parent object of this list: parents before children, sisters as given."""
        found = joined(things)
        ranks = {pk: rank for rank, pk in enumerate(found)}
        return sorted(found.values(), key=lambda one: tuple(ranks[step.pk] for step in steps(one)))

    def key_of(self, target: Any) -> Key:
        return tuple(step.name for step in steps(target))

    def key(self, cells: Cells) -> Key:
        return self._path(cells)

    def new(self, key: Key) -> Any:
        assert isinstance(key, tuple)
        if key[:-1] and key[:-1] not in self.standing:
            raise CellError(f"上级{self.kind}所在行有错误。")
        return self.model(centre=self.centre, parent=self.standing.get(key[:-1]), name=key[-1])

    def needs(self, cells: Cells) -> Key | None:
        return self._path(cells)[:-1] or None

    def objection(self, cells: Cells) -> tuple[str, str] | None:
        names = [cells.get(column, "") for column in self.levels]
        for column, name, below in zip(self.levels, names, [*names[1:], ""], strict=True):
            if below and not name:
                return column, f"有下级{self.kind}时不能为空。"
        return None

    def complete(self, lines: list[Line]) -> list[Line]:
        known = {self.key(line.cells) for line in lines} | self.standing.keys()
        added = []
        for line in lines:
            path = self._path(line.cells)
            for level in range(1, len(path)):
                if path[:level] not in known:
                    known.add(path[:level])
                    added.append(Line(line.number, dict(zip(self.levels, path[:level], strict=False))))
        return [*added, *lines]

    def name_of(self, key: Key) -> str:
        assert isinstance(key, tuple)
        return " › ".join(key)

    def describe(self, target: Any) -> dict[str, str]:
        path = [step.name for step in steps(target)]
        names = {column: path[level] if level < len(path) else "" for level, column in enumerate(self.levels)}
        return {**names, **super().describe(target)}

    def _path(self, cells: Cells) -> tuple[str, ...]:
        return tuple(name for name in (cells.get(column, "") for column in self.levels) if name)


def joined(things: Iterable[Any]) -> dict[int, Any]:
    """The things by their ids, each with the very parent object of this list."""
    found = {one.pk: one for one in things}
    for one in found.values():
        one.parent = found.get(one.parent_id)
    return found


def steps(thing: Any) -> list[Any]:
    """The things from the first level down to this one."""
    return [*upwards(thing)][::-1]
