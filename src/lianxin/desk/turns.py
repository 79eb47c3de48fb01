"""What a list of a unit's morning is made of (`morning`), for whoever draws it (`rowdrawing`)."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Line:
    """One order: what of it, whose turn it is or why it came back, and since or until when."""

    number: str
    title: str
    url: str
    what: str
    words: str
    at: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A list of the morning: its first lines, and how many there are."""

    code: str
    title: str
    total: int
    lines: list[Line]
    #: what is said of it while it is empty
    empty: str

    @property
    def more(self) -> int:
        return self.total - len(self.lines)

    @property
    def url(self) -> str:
        return reverse("desk:today", args=[self.code])
