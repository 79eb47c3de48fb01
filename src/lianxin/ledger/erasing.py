"""Erasing the words and files of a root whose time is over.  That it happened stays in its ledger.

The entries keep their salted digests, which nobody can turn back into words.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from .acts import Act, Actor
from .attachments import lock_contents, place_of
from .door import record
from .erased import hollow
from .models import Attachment, Enclosure, Root


def erase(root: Root, action: str, at: datetime) -> None:
    """Take `action`, whose verb erases, on an ended root, and blank its enclosures and files with it, for good.

    Raises `Refused` while it is open.
    """
    column = root.column
    with transaction.atomic():
        record(Act(action, Actor.system(root.centre_id), at, {}, order=root.pk))
        enclosures = list(Enclosure.objects.filter(**{f"entry__{column}": root.pk}, erased_at=None))
        for enclosure in enclosures:
            enclosure.body, enclosure.erased_at = hollow(enclosure.body), at
        Enclosure.objects.bulk_update(enclosures, ["body", "erased_at"])
        files = dict(Attachment.objects.filter(**{column: root.pk}).values_list("path", "sha256"))
        Attachment.objects.filter(**{column: root.pk}).update(name="")
        # Only once it is certain: a file cannot be rolled back.
        transaction.on_commit(lambda: _delete(files), robust=True)


def _delete(files: Mapping[str, bytes | memoryview]) -> None:
    """Delete the files (digest by path) that hang on no root that still has its words."""
    for path, sha256 in files.items():
        with transaction.atomic():
            # Whoever is keeping the same content has committed its row when we look, or keeps it after us.
            lock_contents([bytes(sha256)])
            same = Attachment.objects.filter(path=path)
            kept = same.filter(order__isnull=False, order__erased_at=None)
            if not (kept | same.filter(proceeding__isnull=False, proceeding__erased_at=None)).exists():
                place_of(path).unlink(missing_ok=True)
