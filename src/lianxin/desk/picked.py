"""The picker: what a person may mean by what he has typed, what he picked lately first."""

from __future__ import annotations

from collections.abc import Iterable

from .choices import Option, Picks
from .forms import PayloadForm
from .models import Recent
from .seats import Seat

#: So many are offered at a time.
OFFERED = 20
#: So many picks of a kind are remembered.
REMEMBERED = 12
_KINDS = {"unit": "unit", "category": "category", "area": "area", "shares": "unit"}


def offered(seat: Seat, kind: str, known: Picks, typed: str) -> list[Option]:
    """The first options that fit, recent ones before the others."""
    found = known.find(typed)
    lately = {pk: place for place, pk in enumerate(recent(seat, kind))}
    found.sort(key=lambda option: lately.get(option.id, REMEMBERED))
    return found[:OFFERED]


def recent(seat: Seat, kind: str) -> list[int]:
    """What the person picked lately, newest first."""
    kept = Recent.objects.filter(staff=seat.staff.pk, kind=kind).values_list("ids", flat=True).first()
    return [pk for pk in kept or () if isinstance(pk, int)]


def remember(seat: Seat, form: PayloadForm) -> None:
    """An act was done with these picks."""
    given: dict[str, list[int]] = {}
    for question in form.asked:
        kind, value = _KINDS.get(question.kind), form.cleaned_data.get(question.name)
        if kind and value:
            given.setdefault(kind, []).extend(_ids(value))
    for kind, ids in given.items():
        before = recent(seat, kind)
        now = list(dict.fromkeys((*ids, *before)))[:REMEMBERED]
        if now != before:
            Recent.objects.update_or_create(staff_id=seat.staff.pk, kind=kind, defaults={"ids": now})


def _ids(value: object) -> Iterable[int]:
    if isinstance(value, int):
        return [value]
    return [line["unit"] for line in value] if isinstance(value, list) else []
