"""Whom the centre turns to for orders of a line (C23): the roster of that line in force, beside each of its orders."""

from __future__ import annotations

from dataclasses import dataclass

from lianxin.directory import staffing
from lianxin.ledger.models import Entry
from lianxin.orders.timeline import payload_of
from lianxin.oversight.kinds.line_contacts import COMPOSED, KIND

from .seats import Seat


@dataclass(frozen=True, slots=True)
class Person:
    """One of them; `serves`: he still holds a post today."""

    name: str
    unit: str
    serves: bool


@dataclass(frozen=True, slots=True)
class Contacts:
    """The roster as it was composed last."""

    number: str
    edition: int
    people: tuple[Person, ...]
    how: str


def of(seat: Seat, source: str) -> Contacts | None:
    """The roster of that line in force; None where there is none, and for posts outside the centre.  One statement."""
    if seat.in_unit:
        return None
    roots = seat.proceedings.filter(kind=KIND, level=source, ended_at=None)
    found = Entry.objects.filter(proceeding__in=roots.values("pk"), action__in=COMPOSED)
    entry = found.select_related("proceeding", "enclosure").order_by("-proceeding", "-number").first()
    if entry is None or entry.proceeding is None:
        return None
    payload = payload_of(entry)
    people = tuple(_person(seat, who) for who in entry.payload["people"])
    how = str(getattr(payload, "how", ""))
    return Contacts(entry.proceeding.number, int(entry.payload["edition"]), people, how)


def _person(seat: Seat, who: int) -> Person:
    directory = seat.directory
    line = directory.staff.get(who)
    unit = directory.units.get(line.unit) if line is not None and line.unit is not None else None
    name = line.name if line is not None else "有的人员"
    return Person(name, (unit.short_name or unit.name) if unit else "", staffing.serving(directory, who, seat.now))
