"""The sheet of areas."""

from collections.abc import Iterable

from ..models import Area
from .base import YES_NO, Column, show_yes_no, whole, yes_no
from .tree import Tree


class Areas(Tree):
    """Areas by their names from the first level down: 镇街, 村社区 …"""

    name = "areas"
    title = kind = "区域"
    model = Area
    levels = ("一级区域", "二级区域", "三级区域", "四级区域")
    more = (
        Column("排序", "position", whole, blank_keeps=True),
        Column("启用", "active", yes_no, show_yes_no, blank_keeps=True, choices=YES_NO),
    )

    def existing(self) -> Iterable[Area]:
        """The tree in its order."""
        return self.in_order(self.centre.areas.order_by("position", "sort_key", "id"))
