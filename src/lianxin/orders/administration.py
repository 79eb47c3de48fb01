"""Changes of the directory (units, staff, posts, packs) go into the journal, in the transaction that makes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.dispatch import receiver
from django.utils import timezone

from lianxin.directory.models import Staff
from lianxin.directory.signals import administered

from . import journal


@receiver(administered)
def write_down(
    sender: type[models.Model],
    actor: Staff,
    action: str,
    objects: Iterable[models.Model],
    centre: int | None,
    message: Any,
    **_: Any,
) -> None:
    """One line an act: what kind of thing, which ones, and what Django's history says of it."""
    payload = {"ids": [row.pk for row in objects], "message": str(message)}
    name = f"{sender._meta.model_name}.{action}"
    journal.write(centre, name, at=timezone.now(), staff=actor.pk, payload=payload)
