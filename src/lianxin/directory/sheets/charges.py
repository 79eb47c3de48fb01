"""The sheet of who is in charge of what within a unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ..models import Area, Category, Centre, Charge, Post, Unit
from ..roles import Role
from .base import CellError, Cells, Column, Key, Sheet
from .tree import joined, steps

UNIT, CATEGORY, AREA = "单位编码", "事项分类", "区域"
#: Between the names of a path.
BETWEEN = " › "


class Charges(Sheet):
    """Lines by unit, category and area; without a category all other fields, without an area everywhere else.

    A post is written as its unit's code and its name, with its role where the unit has two of that name.
    """

    name = "charges"
    title = "分工"
    model = Charge

    def __init__(self, centre: Centre) -> None:
        super().__init__(centre)
        self._units: dict[str, Unit] = {}
        self._categories: dict[str, Category] = {}
        self._areas: dict[str, Area] = {}
        self._posts: dict[str, Post] = {}
        self._labels: dict[int, str] = {}
        self.columns = (
            Column(UNIT, "unit", self._unit, lambda unit: unit.code, required=True),
            Column(CATEGORY, "category", self._category, _path),
            Column(AREA, "area", self._area, _path),
            Column("分管领导岗位", "deputy", self._post, self._label, required=True),
            Column("片区书记或部门负责人岗位", "head", self._post, self._label, required=True),
        )

    def existing(self) -> Iterable[Charge]:
        """All lines, each with the very units, categories, areas and posts of these lists: nothing is asked a row."""
        units, categories, areas = (
            joined(rows) for rows in (self.centre.units.all(), self.centre.categories.all(), self.centre.areas.all())
        )
        self._units = {unit.code: unit for unit in units.values()}
        self._categories = {_path(category): category for category in categories.values()}
        self._areas = {_path(area): area for area in areas.values()}
        posts = {post.pk: post for post in self.centre.posts.order_by("id")}
        for post in posts.values():
            post.unit = units[post.unit_id]
        self._name(posts)
        lines = list(self.centre.charges.order_by("unit__position", "unit__code", "id"))
        for line in lines:
            line.unit, line.deputy, line.head = units[line.unit_id], posts[line.deputy_id], posts[line.head_id]
            line.category = categories.get(line.category_id or 0)
            line.area = areas.get(line.area_id or 0)
        return lines

    def _name(self, posts: Mapping[int, Post]) -> None:
        """How each post is written: shortly where that means one alone."""
        short = {post.pk: f"{post.unit.code} {post.name}" for post in posts.values()}
        alike = Counter(short.values())
        self._labels = {
            pk: label if alike[label] == 1 else f"{label}（{Role(posts[pk].role).label}）"
            for pk, label in short.items()
        }
        self._posts = {label: posts[pk] for pk, label in self._labels.items()}

    def key_of(self, target: Charge) -> Key:
        return target.unit.code, _path(target.category), _path(target.area)

    def key(self, cells: Cells) -> Key:
        return cells.get(UNIT, ""), _tidy(cells.get(CATEGORY, "")), _tidy(cells.get(AREA, ""))

    def new(self, key: Key) -> Charge:
        return Charge(centre=self.centre)

    def name_of(self, key: Key) -> str:
        assert isinstance(key, tuple)
        return f"{key[0]} {key[1] or '其余各类'} {key[2] or '其余各处'}"

    def _unit(self, code: str) -> Unit:
        if code not in self._units:
            raise CellError(f"没有编码为“{code}”的单位，请先导入单位。")
        return self._units[code]

    def _category(self, text: str) -> Category | None:
        found: Category | None = _found(self._categories, text, "分类", "居民生活 › 供暖")
        return found

    def _area(self, text: str) -> Area | None:
        found: Area | None = _found(self._areas, text, "区域", "城关镇 › 东关村")
        return found

    def _post(self, text: str) -> Post:
        if text not in self._posts:
            raise CellError(
                f"没有岗位“{text}”，请写单位编码、空格和岗位名称；同名的再加上角色，如“dongguan 联络员（经办人）”。"
            )
        return self._posts[text]

    def _label(self, post: Post) -> str:
        return self._labels[post.pk]


def _path(one: Any) -> str:
    return BETWEEN.join(step.name for step in steps(one)) if one else ""


def _tidy(text: str) -> str:
    """A path as people write it, with any arrow between its names."""
    return BETWEEN.join(name.strip() for name in text.replace("＞", "›").replace(">", "›").split("›"))


def _found(known: Mapping[str, Any], text: str, what: str, example: str) -> Any:
    if not text:
        return None
    if _tidy(text) not in known:
        raise CellError(f"没有{what}“{text}”，请从第一级写起，如“{example}”。")
    return known[_tidy(text)]
