"""A row of a file as we understand it: a registration, a dispatch, a reply, a call-back, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .files import Line


@dataclass(slots=True)
class Reply:
    """A reply of history."""

    text: str
    at: datetime


@dataclass(slots=True)
class CallbackRow:
    """A call-back of the upper platform; `at` is None where the map has no column for it."""

    payload: dict[str, Any]
    at: datetime | None


@dataclass(slots=True)
class Incoming:
    """One row understood.  `name` is what it is found by: the upstream number, else its content; `terms` are deadline
    and urgency, None where the file itself does not say them."""

    line: Line
    number: str = ""
    name: str = ""
    registration: dict[str, Any] | None = None
    received_at: datetime | None = None
    terms: dict[str, Any] = field(default_factory=dict)
    units: list[int] = field(default_factory=list)
    dispatched_at: datetime | None = None
    reply: Reply | None = None
    callback: CallbackRow | None = None
    #: whether the file says that the order has ended; None where it does not say
    ended: bool | None = None
    #: said something that the order on record, or an earlier row of the file, says otherwise
    differs: bool = False
    notes: list[str] = field(default_factory=list)
    #: (column, reason): a row with any is not imported
    problems: list[tuple[str, str]] = field(default_factory=list)
