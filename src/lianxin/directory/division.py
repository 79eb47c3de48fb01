"""A unit's division of work in memory: who of its leaders is in charge of which field, and who carries it out (D16)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from lianxin.rules.chain import LINKS
from lianxin.rules.serving import serves

from .lines import AreaLine, CategoryLine, ChargeLine, PostLine

serves("D16")


class Division:
    """The lines of a centre.  One whose posts have left the unit since it was written counts for nothing."""

    def __init__(
        self,
        charges: Iterable[ChargeLine],
        posts: Mapping[int, PostLine],
        within: Callable[[int], frozenset[int]],
        trees: tuple[Mapping[int, CategoryLine], Mapping[int, AreaLine]],
    ) -> None:
        self._categories, self._areas = trees
        self._lines: dict[int, dict[tuple[int | None, int | None], ChargeLine]] = defaultdict(dict)
        #: lines that name a post which is not, or no longer, the unit's
        self.misplaced: list[ChargeLine] = []
        for line in charges:
            if _placed(line, posts, within):
                self._lines[line.unit][line.category, line.area] = line
            else:
                self.misplaced.append(line)

    def find(self, unit: int, category: int | None, area: int | None) -> ChargeLine | None:
        """The line of the deepest category that the unit has one for, of these the one of the nearest area."""
        found = self._lines.get(unit)
        if not found:
            return None
        keys = ((field, place) for field in _up(self._categories, category) for place in _up(self._areas, area))
        return next((found[key] for key in keys if key in found), None)


def _up(tree: Mapping[int, CategoryLine] | Mapping[int, AreaLine], start: int | None) -> list[int | None]:
    """It, what lies above it, and at last none; a ring, which can only come by SQL, ends where it began."""
    found: list[int | None] = []
    while start is not None and start in tree and start not in found:
        found.append(start)
        start = tree[start].parent
    return [*found, None]


def _placed(line: ChargeLine, posts: Mapping[int, PostLine], within: Callable[[int], frozenset[int]]) -> bool:
    deputy, head = posts.get(line.deputy), posts.get(line.head)
    if deputy is None or head is None or deputy == head:
        return False
    return deputy.unit == line.unit and deputy.role in LINKS["deputy"].roles and _is_head(head, within(line.unit))


def _is_head(head: PostLine, units: frozenset[int]) -> bool:
    return head.role in LINKS["head"].roles and head.unit in units
