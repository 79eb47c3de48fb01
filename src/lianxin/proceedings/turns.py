"""When a proceeding was opened, taken up again or ended last: what happened to its orders before is no news to it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from lianxin.ledger.models import Entry

from .models import Proceeding


def turned_at(proceeding: Proceeding) -> datetime:
    """That instant: of a step that a rule took, when what it heard happened to the order, not when it was taken."""
    turns = Q(number=1) | Q(derived__has_any_keys=["ended", "reopened"])
    last = Entry.objects.filter(turns, proceeding=proceeding).order_by("number").last()
    assert last is not None
    return datetime.fromisoformat(heard) if (heard := last.payload.get("heard")) else last.recorded_at
