"""What was taken away or looked for stands in the journal: by whom, at which post, of what.

Each page that hands out a file notes it here (`tests/desk/test_looks.py` finds one that does not), under an action that
ends with `exported`, by which the list of who looked finds it.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from lianxin.ledger import journal

from .seats import Seat


def note(seat: Seat, action: str, **what: Any) -> None:
    """A line of the centre's journal, with the post."""
    payload = {"post": seat.post.id, **what}
    journal.write(seat.directory.centre_id, action, at=timezone.now(), staff=seat.staff.pk, payload=payload)
