"""Erasing the words and files of a root whose time is over.  That it happened stays in its ledger.

The entries keep their salted digests, which nobody can turn back into words.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction

from lianxin.directory import snapshot
from lianxin.directory.models import Centre
from lianxin.rules.policy import Pack, PolicyError
from lianxin.rules.policy_retention import Keep
from lianxin.rules.worktime import SHANGHAI

from .acts import Act, Actor, Refused
from .attachments import lock_contents, place_of
from .door import record
from .erased import hollow
from .models import Attachment, Enclosure, Root

#: So many roots of a centre at most are erased in one go: the rest waits for the next.
AT_ONCE = 2_000
_log = logging.getLogger(__name__)


def erase_expired(model: type[Root], ended: str, action: str, kept: Callable[[Pack], Keep], at: datetime) -> int:
    """Take `action` on the roots of `model` that have ended (column `ended`) longer ago than the pack in force keeps
    them at `at`, oldest first; how many that were.

    A root that is refused, and a centre whose pack cannot be read, do not keep the others waiting.
    """
    done = 0
    for centre in Centre.objects.filter(policies__effective_from__lte=at.astimezone(SHANGHAI).date()).distinct():
        try:
            before = kept(snapshot.of(centre.pk).pack(at)).before(at)
        except (PolicyError, LookupError):
            _log.exception("nothing was erased in centre %s", centre.code)
            continue
        if before is not None:
            over = model._base_manager.filter(**{"centre": centre, f"{ended}__lt": before}, erased_at=None)
            done += sum(_erased(root, action, at) for root in over.order_by(ended)[:AT_ONCE])
    return done


def _erased(root: Root, action: str, at: datetime) -> bool:
    try:
        erase(root, action, at)
    except Refused as refused:
        _log.warning("%s %s was not erased: %s", root._meta.model_name, root.number, refused)
        return False
    return True


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
