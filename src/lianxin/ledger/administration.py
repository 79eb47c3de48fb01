"""Changes of the directory (units, staff, posts, packs) go into the journal, in the transaction that makes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from lianxin.directory.models import Centre, Staff
from lianxin.directory.proof import Proven
from lianxin.directory.signals import administered

from . import journal


@receiver(post_delete)
def write_down_deletion(sender: type[models.Model], instance: models.Model, **_: Any) -> None:
    """A row of the directory is gone: without this line it would be missed (docs/proof.md)."""
    if isinstance(instance, Proven):
        centre = getattr(instance, "centre_id", None) or getattr(getattr(instance, "staff", None), "centre_id", None)
        if sender is not Centre:
            payload = {"table": str(sender._meta.model_name), "id": instance.pk}
            journal.write(centre, "directory.deleted", at=timezone.now(), staff=None, payload=payload)


@receiver(administered)
def write_down(
    sender: type[models.Model],
    actor: Staff | None,
    action: str,
    objects: Iterable[models.Model],
    centre: int | None,
    message: Any,
    facts: Mapping[str, Any] | None = None,
    **_: Any,
) -> None:
    """One line an act: what kind of thing, which ones, what Django's history says of it, and what else is certain."""
    payload = {"ids": [row.pk for row in objects], "message": str(message), **(facts or {})}
    name = f"{sender._meta.model_name}.{action}"
    journal.write(centre, name, at=timezone.now(), staff=actor.pk if actor else None, payload=payload)
