"""What can be chosen in a form: units, categories, areas, colleagues, and the lists of the order's rule book."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from lianxin.directory.snapshot import Snapshot
from lianxin.orders.models import Order, Share
from lianxin.rules.policy import Pack

Pairs = list[tuple[str, str]]


@dataclass
class Choices:
    """The choices of one form.  `below`: only units directly below the share's own (下派)."""

    directory: Snapshot
    pack: Pack
    share: Share | None = None
    shares: tuple[Share, ...] = ()
    order: Order | None = None
    below: bool = False

    @property
    def requests(self) -> tuple[str, ...]:
        """The order's numbered requests, read only where a form asks for their answers."""
        return tuple(self.order.appeal.requests) if self.order else ()

    @cached_property
    def unit(self) -> dict[str, int]:
        """Active units by the name that people type; a name that occurs twice carries its parent's."""
        lines = [unit for unit in self.directory.units.values() if unit.active and unit.parent is not None]
        if self.below and self.share is not None:
            lines = [unit for unit in lines if unit.parent == self.share.unit_id]
        names = [unit.name for unit in lines]
        found: dict[str, int] = {}
        for unit in lines:
            parent = self.directory.units.get(unit.parent or 0)
            name = f"{unit.name}（{parent.name}）" if names.count(unit.name) > 1 and parent else unit.name
            found[name] = unit.id
        return found

    @cached_property
    def category(self) -> dict[str, int]:
        """Active categories by their path, `居民生活 › 供暖`."""
        return {" › ".join(line.path): line.id for line in self.directory.categories.values() if line.active}

    @cached_property
    def area(self) -> dict[str, int]:
        """Areas by their path."""
        known = self.directory.areas
        return {
            f"{known[area.parent].name} › {area.name}" if area.parent in known else area.name: area.id
            for area in known.values()
        }

    @property
    def colleague(self) -> Pairs:
        """People who serve in the share's unit."""
        unit = self.share.unit_id if self.share else None
        people = [person for person in self.directory.staff.values() if person.active and person.unit == unit]
        return [(str(person.id), person.name) for person in people]

    @property
    def basis(self) -> Pairs:
        return [(basis.code, basis.title) for basis in self.pack.basis.allowed]

    @property
    def classes(self) -> Pairs:
        return [(code, found.title) for code, found in self.pack.classes.items()]

    @property
    def source(self) -> Pairs:
        return [(code, found.title) for code, found in self.pack.sources.items()]

    @property
    def redirect(self) -> Pairs:
        return [(code, found.title) for code, found in self.pack.redirects.items()]

    @property
    def grade(self) -> Pairs:
        return [(grade.code, grade.title) for grade in self.pack.callback.grades]

    @property
    def share_list(self) -> Pairs:
        """The shares of the order that can be graded, by unit and role."""
        return [
            (str(share.pk), f"{self.directory.units[share.unit_id].name}（{share.role_title}，第 {share.round} 轮）")
            for share in self.shares
            if share.unit_id in self.directory.units
        ]
