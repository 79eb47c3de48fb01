"""To whom an alert on public opinion (舆情快报, B21) was sent: whether, when and by whom it was read, who answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from lianxin.ledger.models import Entry

from . import clocks
from .folio import Folio

SENT, READ, ANSWERED = "opinion_alert.sent", "opinion_alert.read", "opinion_alert.answered"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A unit or a person: whoever read it first, when, how long after it was sent, and how many more have; when the
    unit said what it does, where it owes that."""

    name: str
    is_unit: bool
    read_at: datetime | None
    read_by: str
    after: str
    more: int
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Receipts:
    """All of them, units first, in the order in which they were named."""

    recipients: list[Recipient]

    @property
    def unread(self) -> int:
        return sum(recipient.read_at is None for recipient in self.recipients)

    @property
    def unanswered(self) -> int:
        return sum(recipient.is_unit and recipient.answered_at is None for recipient in self.recipients)


def draw(folio: Folio) -> Receipts | None:
    """Out of the entries alone, which the page has read already."""
    sent = folio.entries[0]
    return Receipts([*_units(folio, sent), *_people(folio, sent)])


def _units(folio: Folio, sent: Entry) -> Iterator[Recipient]:
    for unit in sent.payload["units"]:
        read = [entry for entry in folio.entries if entry.action == READ and entry.unit_id == unit]
        answered = (entry.at for entry in folio.entries if entry.action == ANSWERED and entry.unit_id == unit)
        yield _recipient(folio, folio.seat.names(unit, None), sent, read, next(answered, None), is_unit=True)


def _people(folio: Folio, sent: Entry) -> Iterator[Recipient]:
    for person in sent.payload["people"]:
        read = [entry for entry in folio.entries if entry.action == READ and entry.staff_id == person]
        line = folio.seat.directory.staff.get(person)
        yield _recipient(folio, folio.seat.names(line.unit if line else None, person), sent, read, None, is_unit=False)


def _recipient(
    folio: Folio, name: str, sent: Entry, read: list[Entry], answered_at: datetime | None, *, is_unit: bool
) -> Recipient:
    first = read[0] if read else None
    return Recipient(
        name=name,
        is_unit=is_unit,
        read_at=first.at if first else None,
        read_by=folio.actor(first) if first else "",
        after=clocks.span(first.at - sent.at) if first else "",
        more=max(len(read) - 1, 0),
        answered_at=answered_at,
    )


def behind(folio: Folio, of: str, unit: str) -> tuple[str, Iterable[int]]:
    """None of its numbers counts orders."""
    raise KeyError(of)
