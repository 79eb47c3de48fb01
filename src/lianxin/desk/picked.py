"""The picker: what a person may mean by what he has typed, what he picked lately first."""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.db import connection

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
    return _recent(seat, [kind]).get(kind, [])


def _recent(seat: Seat, kinds: Iterable[str]) -> dict[str, list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT kind, ids FROM {Recent._meta.db_table} WHERE staff_id = %s AND kind = ANY(%s)",
            [seat.staff.pk, list(kinds)],
        )
        return {kind: [pk for pk in json.loads(ids) if isinstance(pk, int)] for kind, ids in cursor.fetchall()}


def remember(seat: Seat, form: PayloadForm) -> None:
    """An act was done with these picks."""
    given: dict[str, list[int]] = {}
    for question in form.asked:
        kind, value = _KINDS.get(question.kind), form.cleaned_data.get(question.name)
        if kind and value:
            given.setdefault(kind, []).extend(_ids(value))
    kept = _recent(seat, given) if given else {}
    for kind, ids in given.items():
        before = kept.get(kind, [])
        now = list(dict.fromkeys((*ids, *before)))[:REMEMBERED]
        if now != before:
            Recent.objects.update_or_create(staff_id=seat.staff.pk, kind=kind, defaults={"ids": now})


def _ids(value: object) -> Iterable[int]:
    if isinstance(value, int):
        return [value]
    return [line["unit"] for line in value] if isinstance(value, list) else []
