"""The sheet of areas."""

from collections.abc import Iterable

from ..models import Area
from .base import Column, whole
from .tree import Tree


class Areas(Tree):
    """Areas by their names from the first level down: 镇街, 村社区 …"""

    name = "areas"
    title = kind = "区域"
    model = Area
    levels = ("一级区域", "二级区域", "三级区域", "四级区域")
    more = (Column("排序", "position", whole, blank_keeps=True),)

    def existing(self) -> Iterable[Area]:
        """The tree in its order."""
        return self.in_order(self.centre.areas.order_by("position", "sort_key", "id"))
