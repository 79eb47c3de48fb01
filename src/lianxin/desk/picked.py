"""The picker: what a person may mean by what he has typed, what he picked lately first."""

from __future__ import annotations

import json
from collections.abc import Iterable

from .asking import Asked
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
    found = Recent.objects.filter(staff=seat.staff.pk, kind=kind).values_list("ids", flat=True).first()
    return [pk for pk in found or [] if isinstance(pk, int)]


def remembering(seat: Seat, form: PayloadForm) -> list[Asked]:
    """What the picks of a form that is accepted go before those of earlier ones: a statement a kind."""
    return [(_REMEMBER, [seat.staff.pk, kind, json.dumps(ids)]) for kind, ids in _of_form(form).items()]


#: Without reading first: the picks, then what was there; each once, at its first place.
_REMEMBER = f"""
INSERT INTO {Recent._meta.db_table} AS r (staff_id, kind, ids) VALUES (%s, %s, %s::jsonb)
ON CONFLICT (staff_id, kind) DO UPDATE SET ids = (
    SELECT jsonb_agg(pk ORDER BY place) FROM (
        SELECT pk, min(place) AS place FROM jsonb_array_elements(EXCLUDED.ids || r.ids) WITH ORDINALITY AS a (pk, place)
        GROUP BY pk ORDER BY place LIMIT {REMEMBERED}
    ) AS kept
) WHERE NOT starts_with(trim(r.ids::text, '[]') || ', ', trim(EXCLUDED.ids::text, '[]') || ', ')"""


def _of_form(form: PayloadForm) -> dict[str, list[int]]:
    """What was picked in a form, by kind."""
    given: dict[str, list[int]] = {}
    for question in form.asked:
        kind, value = _KINDS.get(question.kind), form.cleaned_data.get(question.name)
        if kind and value:
            given.setdefault(kind, []).extend(_ids(value))
    return given


def _ids(value: object) -> Iterable[int]:
    if isinstance(value, int):
        return [value]
    return [line["unit"] for line in value] if isinstance(value, list) else []
