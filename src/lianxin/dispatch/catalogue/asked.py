"""The catalogue as one batch of acts asks it: each item once, however many orders are of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lianxin.ledger.others import Others
from lianxin.orders.deed import Deed

from .proposing import Line, above, in_force


class Catalogue:
    """The rows of the items that the acts of a batch name."""

    def __init__(self, batch: Others) -> None:
        self._items = {
            act.payload["item"]
            for act in batch.acts
            if isinstance(act.payload, dict) and isinstance(act.payload.get("item"), str)
        }
        self._known: dict[tuple[int, datetime, str], list[Line]] = {}

    def row(self, deed: Deed[Any], code: str) -> Line | None:
        """The row of that item for the order's area, as it holds when the act is done; None where there is none."""
        held = self._held(deed, code)
        near = {area: n for n, area in enumerate(above(deed.directory.areas, deed.order.area_id))}
        here = [line for line in held if line.area_id is None or line.area_id in near]
        return min(here, key=lambda line: near.get(line.area_id or 0, len(near)), default=None)

    def _held(self, deed: Deed[Any], code: str) -> list[Line]:
        centre, at = deed.order.centre_id, deed.at
        if (centre, at, code) not in self._known:
            wanted = {code, *self._items}
            rows = in_force(centre, at).filter(code__in=wanted).order_by("code", "pk")
            found: dict[str, list[Line]] = {each: [] for each in wanted}
            for line in map(Line._make, rows.values_list(*Line._fields)):
                found[line.code].append(line)
            self._known |= {(centre, at, each): lines for each, lines in found.items()}
        return self._known[centre, at, code]
