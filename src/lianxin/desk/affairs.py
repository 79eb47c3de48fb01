"""The rows of the queue of proceedings, as `work.Sheet` makes those of orders."""

from __future__ import annotations

from typing import Any

from lianxin.proceedings import kinds

from . import clocks
from .counting import group_of
from .folio import Folio
from .seats import Seat
from .work import CARDS


def rows(seat: Seat, things: list[Any]) -> list[dict[str, Any]]:
    """A row for each (`queues.in_turn`, which says when it warns), with the step that comes next."""
    return [_row(seat, proceeding) for proceeding in things]


def _row(seat: Seat, proceeding: Any) -> dict[str, Any]:
    folio = Folio(seat, proceeding)
    next_ = next((folio.offer(step) for step in folio.kind.steps if seat.acting and folio.may(step)), None)
    due = proceeding.due_at
    chip = clocks.due_chip(due, proceeding.warn_at, seat.now, seat.calendar) if due else None
    unit = seat.directory.units.get(proceeding.unit_id or 0)
    person = seat.directory.staff.get(proceeding.owner_person_id or 0)
    return {
        "id": f"{proceeding.pk}-0",
        "number": proceeding.number,
        "urgent": False,
        "order_round": 0,
        "title": folio.title,
        "category": kinds.find(proceeding.kind).title,
        "chip": chip.words if chip else "",
        "card": chip.card if chip else "",
        "chip_class": CARDS.get(chip.card, "") if chip else "",
        "due": f"{clocks.due_words(due, seat.now)} 前，{folio.kind.due_title}" if due else "没有时限",
        "role": (unit.short_name or unit.name) if unit else "",
        "round": 0,
        "progress": folio.state,
        "since": f"{clocks.moment(proceeding.node_since)} 起",
        "person": person.name if person else "",
        "busy": "",
        "mine": "",
        "group": group_of(due, seat.now),
        "url": folio.url,
        "verb": next_.title if next_ else "",
        "action": next_.action if next_ else "",
        "next_url": next_.url if next_ else folio.url,
        "one_click": False,
        "share": "",
    }
