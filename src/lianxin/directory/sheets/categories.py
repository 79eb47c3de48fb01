"""The sheet of categories."""

from collections.abc import Iterable
from typing import Any

from ..models import Category
from .base import YES_NO, Column, Key, show_yes_no, whole, yes_no
from .tree import Tree


class Categories(Tree):
    """Categories by their names from the first level down."""

    name = "categories"
    title = "诉求类别"
    kind = "类别"
    model = Category
    levels = ("一级类别", "二级类别", "三级类别")
    more = (
        Column("编码", "code"),
        Column("排序", "position", whole, blank_keeps=True),
        Column("启用", "active", yes_no, show_yes_no, blank_keeps=True, choices=YES_NO),
    )

    def existing(self) -> Iterable[Category]:
        """The tree in its order."""
        return self.in_order(self.centre.categories.order_by("level", "position", "id"))

    def new(self, key: Key) -> Any:
        category = super().new(key)
        category.position = len(self.standing) + 1
        return category
